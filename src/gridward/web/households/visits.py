"""Visits: the due list, what was done at a door, and what a supervisor sees of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from gridward.domain.households.register import Dwelling
from gridward.domain.households.visits import Outcome
from gridward.domain.statements import Month
from gridward.services.households import figures, visits
from gridward.services.households.ties import rules_of
from gridward.web.deps import CurrentActor, Now, ReadAtHome, WriteAtHome
from gridward.web.problems import problem
from gridward.web.tickets.envelopes import ClockIn, Digest, Words

router = APIRouter(tags=["households"])

ACKNOWLEDGED = {"X-App-Ack": "1", "Cache-Control": "no-store"}
MonthText = Annotated[str, Query(pattern=r"^\d{4}-\d{2}$")]


class FollowUpShown(BaseModel):
    """A ticket from an earlier visit that is done since ``ended_at`` and was not asked about yet.

    After ``reopen_until`` it cannot be reopened any more: what is not good by then is a new demand.
    """

    ticket_id: UUID
    category_code: str
    ended_at: datetime
    reopen_until: datetime


class DueShown(BaseModel):
    """A household of mine; no name, no number. ``spot`` is its building's."""

    household_id: UUID
    version: int
    building_id: UUID
    building: str
    label: str
    lon: float
    lat: float
    cares: bool
    due_on: date
    reached: bool
    overdue: bool
    last_outcome: Outcome | None
    last_on: date | None
    follow_ups: list[FollowUpShown]


class DueListShown(BaseModel):
    """In walking order. ``visited`` of ``a_month``: visits in person this month."""

    households: list[DueShown]
    visited: int
    a_month: int
    month_ends_on: date


class VisitBody(BaseModel):
    """``follows``: the ticket whose answer was brought back; ``satisfied``: what they said to it."""

    household_id: UUID
    outcome: Outcome
    note: Words | None = None
    follows: UUID | None = None
    satisfied: bool | None = None


class VisitIn(BaseModel):
    """As a report: ``digest`` is the phone's own over the bytes that it keeps."""

    schema_: int = Field(alias="schema")
    digest: Digest
    body: VisitBody
    clock: ClockIn


class VisitTaken(BaseModel):
    """The acknowledgement; a repeat gets the same. ``marks``: what was odd about it."""

    visit_id: UUID
    digest: str
    received_at: datetime
    marks: list[str]


class LineShown(BaseModel):
    """``reached`` of ``households`` since the quarter began; ``visits`` of the month by outcome, and ``in_person``."""

    key: UUID | None
    name: str
    households: int
    reached: int
    visits: dict[str, int]


class FiguresShown(BaseModel):
    """``a_month``: visits a liaison is asked for. Lines are in the order of places or names."""

    month: str
    by: str
    a_month: int
    lines: list[LineShown]


class OverdueShown(BaseModel):
    household_id: UUID
    building: str
    label: str
    reached_on: date | None
    liaison: str | None


class MovedShown(BaseModel):
    """Where the last visitor heard that they had moved; the desk settles it."""

    household_id: UUID
    building: str
    label: str
    visited_on: date


class CaredForShown(BaseModel):
    """关爱户 of the area that are to be met once a month, and those whom nobody met for a whole one."""

    households: int
    late: int


class OverduesShown(BaseModel):
    """Doors without names, by one measure for all of them; ``in_all`` where the list is cut. ``cared_for`` null: too few to be
    told apart from a door."""

    overdue: list[OverdueShown]
    in_all: int
    moved: list[MovedShown]
    cared_for: CaredForShown | None


class DemandShown(BaseModel):
    category_code: str
    building_id: UUID
    building: str
    lon: float
    lat: float
    demands: int
    open: int
    satisfied: int
    unhappy: int


class DemandsShown(BaseModel):
    month: str
    demands: list[DemandShown]


@router.get("/my/households")
async def due_list(session: ReadAtHome, who: CurrentActor, at: Now) -> DueListShown:
    """The households that I visit, what is due, in walking order; what a phone may keep."""
    found = await visits.due_list(session, who, at)
    return DueListShown(
        households=[
            DueShown(
                household_id=one.household_id,
                version=one.version,
                building_id=one.building_id,
                building=one.building,
                label=one.dwelling.label,
                lon=one.spot[0],
                lat=one.spot[1],
                cares=one.cares,
                due_on=one.due.due_on,
                reached=one.due.reached,
                overdue=one.due.overdue,
                last_outcome=Outcome(one.last_outcome) if one.last_outcome else None,
                last_on=one.last_on,
                follow_ups=[FollowUpShown.model_validate(up, from_attributes=True) for up in one.follow_ups],
            )
            for one in found.households
        ],
        visited=found.visited,
        a_month=found.a_month,
        month_ends_on=found.month_ends_on,
    )


@router.put(
    "/visits/{visit_id}",
    response_model=VisitTaken,
    status_code=201,
    responses={
        200: {"model": VisitTaken, "description": "It was here before; nothing was done twice"},
        410: {"description": "The household was erased: day and outcome are kept, what was written is not"},
    },
)
async def put_visit(visit_id: UUID, visit: VisitIn, session: WriteAtHome, who: CurrentActor, at: Now) -> Response:
    """A visit that was made. Whatever became of the household meanwhile, it is taken, and marked.

    404 ``household.unknown`` never tied to it · 409 ``id_taken`` · 410 ``visit.household_erased``.
    """
    said: dict[str, Any] = visit.body.model_dump()
    taken = await visits.take(
        session,
        who,
        visit_id,
        visits.Visit(**said, schema=visit.schema_, digest=visit.digest, clock=visit.clock.read()),
        at,
    )
    if taken.erased:
        refused = problem(410, "visit.household_erased")
        refused.headers.update(ACKNOWLEDGED)
        return refused
    shown = VisitTaken(
        visit_id=taken.visit_id, digest=taken.digest, received_at=taken.received_at, marks=list(taken.marks)
    )
    return JSONResponse(shown.model_dump(mode="json"), 201 if taken.made else 200, headers=ACKNOWLEDGED)


@router.get("/visits/figures")
async def of_month(
    session: ReadAtHome,
    who: CurrentActor,
    month: MonthText,
    by: Literal["whole", "grid", "building", "liaison"] = "grid",
    area_id: Annotated[UUID | None, Query(description="A community, or a street with all its communities")] = None,
) -> FiguresShown:
    """A month's visits; by liaison only for whom the policy lets see persons, by name, without a rank."""
    lines = await figures.month_lines(session, who, Month.read(month), by, area_id)
    rules = await rules_of(session, who.jurisdiction_id)
    return FiguresShown(
        month=month,
        by=by,
        a_month=rules.a_month,
        lines=[LineShown.model_validate(line, from_attributes=True) for line in lines],
    )


@router.get("/visits/overdue")
async def overdue(session: ReadAtHome, who: CurrentActor, at: Now) -> OverduesShown:
    """Doors at which nobody was met for too long, and those where they are said to have moved. No household's name."""
    found = await figures.overdue(session, who, at)
    return OverduesShown(
        overdue=[
            OverdueShown(
                household_id=row.household_id,
                building=row.building,
                label=Dwelling(row.entrance, row.floor, row.room).label,
                reached_on=row.reached_on,
                liaison=row.liaison,
            )
            for row in found.doors
        ],
        in_all=found.doors[0].all_of_them if found.doors else 0,
        moved=[
            MovedShown(
                household_id=row.household_id,
                building=row.building,
                label=Dwelling(row.entrance, row.floor, row.room).label,
                visited_on=row.visited_on,
            )
            for row in found.moved
        ],
        cared_for=found.cared_for and CaredForShown.model_validate(found.cared_for, from_attributes=True),
    )


@router.get("/visits/demands")
async def demands(session: ReadAtHome, who: CurrentActor, month: MonthText) -> DemandsShown:
    """What people asked for at visits of a month, by kind and building."""
    rows = await figures.demands(session, who, Month.read(month))
    return DemandsShown(month=month, demands=[DemandShown.model_validate(row, from_attributes=True) for row in rows])
