"""值班表 and 交接班: who can be called now, what one shift leaves to the next, and who has taken it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Actor, ScopeKind, Subject, require
from gridward.domain.duty import MOST_NOTE, Left, handed_over
from gridward.persistence import duty as stored
from gridward.persistence.database import ReadSession
from gridward.persistence.tickets import lists
from gridward.services import duty
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.tickets.reach import reach_of
from gridward.web.tickets.shapes import TicketBrief, brief, fields_for

router = APIRouter(tags=["duty"])

MOST_SPAN = timedelta(days=62)
LATEST_HANDOVERS = 10
EACH_SHOWN = 100


class ShiftOut(BaseModel):
    """``area_id`` null: for the whole jurisdiction."""

    shift_id: UUID
    area_id: UUID | None
    area_name: str | None
    name: str
    telephone: str
    from_at: datetime
    to_at: datetime


class ShiftsOut(BaseModel):
    shifts: list[ShiftOut]


class ShiftIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    area_id: UUID | None = None
    name: Annotated[str, Field(max_length=100)]
    telephone: Annotated[str, Field(max_length=40)]
    from_at: AwareDatetime
    to_at: AwareDatetime


class HandoverList(BaseModel):
    """Tickets that are handed over for one reason; at most 100 are shown of ``count``."""

    reason: Left
    count: int
    tickets: list[TicketBrief]


class HandoverOut(BaseModel):
    handover_id: UUID
    area_id: UUID | None
    area_name: str | None
    made_by: str | None
    made_at: datetime
    note: str | None
    counts: dict[str, int]
    taken_by: str | None
    taken_at: datetime | None
    mine: bool


class HandoversOut(BaseModel):
    """What would be handed over now, and the latest handovers, newest first."""

    now: list[HandoverList]
    handovers: list[HandoverOut]


class HandoverIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    area_id: UUID | None = None
    note: Annotated[str | None, Field(max_length=MOST_NOTE)] = None


class HandoverMade(BaseModel):
    handover_id: UUID


def _whole(actor: Actor) -> Subject:
    return Subject(jurisdiction_id=actor.jurisdiction_id)


@router.get("/duty")
async def list_shifts(
    session: Read,
    actor: CurrentActor,
    now: Now,
    from_at: Annotated[AwareDatetime | None, Query(description="left out: those of this moment")] = None,
    to_at: Annotated[AwareDatetime | None, Query()] = None,
) -> ShiftsOut:
    """Who is on duty in a span of at most 62 days, or now."""
    require(actor, "duty:read", _whole(actor))
    begin = from_at or now
    end = min(to_at or begin + timedelta(microseconds=1), begin + MOST_SPAN)
    rows = await stored.shifts(session, actor.jurisdiction_id, begin, end)
    return ShiftsOut(shifts=[ShiftOut(**{name: getattr(row, name) for name in ShiftOut.model_fields}) for row in rows])


@router.put("/duty/{shift_id}", status_code=204)
async def put_shift(shift_id: UUID, shift: ShiftIn, session: Write, actor: CurrentActor, now: Now) -> None:
    """Set who is on duty; the same id again changes it."""
    await duty.put_shift(session, actor, shift_id, **shift.model_dump(), now=now)


@router.delete("/duty/{shift_id}", status_code=204)
async def end_shift(shift_id: UUID, session: Write, actor: CurrentActor, now: Now) -> None:
    """Take a shift off the list."""
    await duty.end_shift(session, actor, shift_id, now)


@router.get("/handovers")
async def list_handovers(session: Read, actor: CurrentActor, now: Now, area_id: UUID | None = None) -> HandoversOut:
    """What is open, due in the next shift, promised and unanswered; and who took over before."""
    require(actor, "duty:read_handover", _whole(actor))
    reach = reach_of(actor)
    left = handed_over(await stored.open_tickets(session, reach, area_id), now)
    areas = None if reach.everything else actor.scope_ids(ScopeKind.community)
    rows = await stored.handovers(session, actor.jurisdiction_id, areas, LATEST_HANDOVERS)
    return HandoversOut(
        now=[
            HandoverList(reason=reason, count=len(ids), tickets=await _briefs(session, actor, ids[:EACH_SHOWN], now))
            for reason, ids in left.items()
            if ids
        ],
        handovers=[_handover(row, actor) for row in rows],
    )


async def _briefs(session: ReadSession, actor: Actor, ids: list[UUID], now: datetime) -> list[Any]:
    rows = await lists.briefs(session, reach_of(actor), ids)
    fields = fields_for(actor)
    shown = (brief(rows[one], fields(rows[one]), now) for one in ids if one in rows)
    return [one for one in shown if one is not None]


def _handover(row: Any, actor: Actor) -> HandoverOut:
    return HandoverOut(
        handover_id=row.handover_id,
        area_id=row.area_id,
        area_name=row.area_name,
        made_by=row.made_by_name,
        made_at=row.made_at,
        note=row.note,
        counts={name: len(ids) for name, ids in row.lists.items()},
        taken_by=row.taken_by_name,
        taken_at=row.taken_at,
        mine=row.made_by == actor.person_id,
    )


@router.post("/handovers", status_code=201)
async def hand_over(handover: HandoverIn, session: Write, actor: CurrentActor, now: Now) -> HandoverMade:
    """Hand the desk over: the list of now is kept as it is."""
    made = await duty.hand_over(session, actor, reach_of(actor), handover.area_id, handover.note, now)
    return HandoverMade(handover_id=made)


@router.post("/handovers/{handover_id}/take", status_code=204)
async def take_over(handover_id: UUID, session: Write, actor: CurrentActor, now: Now) -> None:
    """The next person has read it."""
    await duty.take_over(session, actor, handover_id, now)
