"""Plans, checkpoints and their sheets, and the switch without which nobody's way is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import segno
from fastapi import APIRouter, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gridward.domain.accounts import Subject, may, require
from gridward.domain.errors import NotFound
from gridward.domain.patrols.plans import MOST_CHECKPOINTS, MOST_GRIDS, MOST_LINES, MOST_PLACES
from gridward.domain.patrols.rules import Audience
from gridward.persistence.patrols import plans as stored
from gridward.services.patrols import deciding, planning
from gridward.services.patrols.seeing import reach
from gridward.web.deps import Built, CurrentActor, Now, Read, Write
from gridward.web.tickets.envelopes import Words, clean_all

router = APIRouter(tags=["patrols"])

Name = Annotated[Words, Field(min_length=1, max_length=60)]


class PolicyShown(BaseModel):
    """``audiences`` empty: off. ``hours``: how long they are on patrol is counted as well. ``decided_at`` null: nobody ever
    decided, which is off as well."""

    audiences: list[Audience]
    hours: bool
    reason: str | None
    decided_at: datetime | None


class PolicyWish(BaseModel):
    model_config = ConfigDict(extra="forbid")

    audiences: Annotated[list[Audience], Field(max_length=4)]
    hours: bool = False
    reason: Annotated[Words, Field(max_length=1000)]


@router.get("/patrol-policy")
async def policy(session: Read, actor: CurrentActor) -> PolicyShown:
    """Whether ways are kept here, whose, and why."""
    require(actor, "patrol_plan:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    found = await stored.policy(session, actor.jurisdiction_id)
    if found is None:
        return PolicyShown(audiences=[], hours=False, reason=None, decided_at=None)
    return PolicyShown.model_validate(found, from_attributes=True)


@router.put("/patrol-policy", status_code=204)
async def decide(wish: PolicyWish, session: Write, actor: CurrentActor, now: Now) -> None:
    """Turn patrols on for these, or with an empty list off. 422 ``patrol.no_reason``, ``patrol.hours_of_nobody``."""
    await deciding.decide(session, actor, wish.audiences, wish.reason, now, hours=wish.hours)


class CheckpointShown(BaseModel):
    """``code`` null: not for this reader, who could check in from home with it."""

    checkpoint_id: UUID
    name: str
    lon: float
    lat: float
    fence_m: float
    grid_id: UUID | None
    code: str | None


class PlanShown(BaseModel):
    """``rota`` ``{cycle_days, anchor_on, shifts, teams, turns, grace_minutes}``; turns name shifts and teams by place.
    ``route``: lines of longitude and latitude; empty: whichever way they like."""

    plan_id: UUID
    community_id: UUID
    name: str
    version: int
    grid_ids: list[UUID]
    rota: dict[str, Any]
    route: list[list[tuple[float, float]]]
    valid_from: datetime
    valid_to: datetime | None
    checkpoints: list[CheckpointShown]
    mine: bool


class PlansShown(BaseModel):
    plans: list[PlanShown]


@router.get("/patrol-plans")
async def plans(session: Read, actor: CurrentActor, now: Now, ended: bool = False) -> PlansShown:
    """The plans of my area, by name; with ``ended`` also those that are over."""
    area = reach(actor, "patrol_plan:read")
    rows = await stored.plans(
        session,
        jurisdiction_id=actor.jurisdiction_id,
        at=None if ended else now,
        community_ids=area.community_ids,
    )
    points = await stored.checkpoints(session, actor.jurisdiction_id, plan_ids=[one.plan_id for one in rows])
    shown = []
    for row in rows:
        place = Subject(jurisdiction_id=actor.jurisdiction_id, community_id=row.community_id)
        keeps = may(actor, planning.KEEP, place)
        shown.append(
            PlanShown(
                plan_id=row.plan_id,
                community_id=row.community_id,
                name=row.name,
                version=row.version,
                grid_ids=row.grid_ids,
                rota=row.rota,
                route=row.route or [],
                valid_from=row.valid_from,
                valid_to=row.valid_to,
                checkpoints=[_checkpoint(one, keeps) for one in points if one.plan_id == row.plan_id],
                mine=keeps,
            )
        )
    return PlansShown(plans=shown)


def _checkpoint(row: Any, keeps: bool) -> CheckpointShown:
    shown = CheckpointShown.model_validate(row, from_attributes=True)
    return shown if keeps else shown.model_copy(update={"code": None})


class CheckpointIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    checkpoint_id: UUID
    name: Name
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)]
    fence_m: Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)] = 30.0


Degrees = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)]
Spot = tuple[Degrees, Degrees]


class PatrolPlanIn(BaseModel):
    """``version``: of the plan as it was seen, 0 for a new one."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int, Field(ge=0)]
    community_id: UUID
    name: Name
    grid_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST_GRIDS)]
    rota: Annotated[dict[str, Any], BeforeValidator(clean_all)]
    checkpoints: Annotated[list[CheckpointIn], Field(max_length=MOST_CHECKPOINTS)] = []
    route: Annotated[list[Annotated[list[Spot], Field(max_length=MOST_PLACES)]], Field(max_length=MOST_LINES)] = []


class PlanKept(BaseModel):
    version: int


@router.put("/patrol-plans/{plan_id}")
async def keep(plan_id: UUID, wish: PatrolPlanIn, session: Write, actor: CurrentActor, now: Now) -> PlanKept:
    """Make or change a plan. 409 ``patrol.plan_moved`` · 422 ``patrol.rota_unreadable`` (``field``),
    ``patrol.grids_unknown``, ``patrol.members_unknown``, ``patrol.checkpoint_unreadable``, ``patrol.route_unreadable``."""
    meant = planning.PlanWish(
        version=wish.version,
        community_id=wish.community_id,
        name=wish.name,
        grid_ids=wish.grid_ids,
        rota=wish.rota,
        checkpoints=[planning.CheckpointWish(**one.model_dump()) for one in wish.checkpoints],
        route=wish.route,
    )
    return PlanKept(version=await planning.keep(session, actor, plan_id, meant, now))


@router.post("/patrol-plans/{plan_id}/end", status_code=204)
async def end(plan_id: UUID, session: Write, actor: CurrentActor, now: Now) -> None:
    """Nothing is due by it any more; what was walked stays."""
    await planning.end(session, actor, plan_id, now)


class Suggested(BaseModel):
    checkpoints: list[CheckpointIn]


@router.get("/patrol-plans/suggestion")
async def suggestion(
    session: Read,
    actor: CurrentActor,
    now: Now,
    community_id: UUID,
    grid_id: UUID,
    most: Annotated[int, Query(ge=1, le=20)] = 6,
) -> Suggested:
    """Checkpoints made from the landmarks and lanes of a grid; nothing is stored."""
    found = await planning.suggest(session, actor, community_id, grid_id, most, now)
    shown = [CheckpointIn.model_validate(one, from_attributes=True) for one in found if one.name]
    bare = [one for one in found if not one.name]
    shown += [
        CheckpointIn(
            checkpoint_id=one.checkpoint_id, name=f"#{place + 1}", lon=one.lon, lat=one.lat, fence_m=one.fence_m
        )
        for place, one in enumerate(bare)
    ]
    return Suggested(checkpoints=shown)


class Walker(BaseModel):
    """Somebody who can stand in a team. ``role``: steward or volunteer."""

    person_id: UUID
    name: str
    role: str


class Walkers(BaseModel):
    people: list[Walker]


@router.get("/patrol-plans/walkers")
async def walkers(session: Read, actor: CurrentActor, now: Now) -> Walkers:
    """Whom a team can be made of: stewards and volunteers of the area, by role and name."""
    area = reach(actor, planning.KEEP)
    found: dict[UUID, Walker] = {}
    for row in await stored.walkers(session, actor.jurisdiction_id, now):
        if area.community_ids is None or row.community_id in area.community_ids:
            found.setdefault(row.person_id, Walker(person_id=row.person_id, name=row.name, role=row.role))
    return Walkers(people=list(found.values()))


class SheetShown(BaseModel):
    """A sheet to hang up. ``qr``: rows of the code's squares, ``1`` black, without its quiet zone."""

    checkpoint_id: UUID
    name: str
    code: str
    address: str
    qr: list[str]


class SheetsShown(BaseModel):
    plan_name: str
    sheets: list[SheetShown]


@router.get("/patrol-plans/{plan_id}/sheets")
async def sheets(plan_id: UUID, session: Read, actor: CurrentActor, built: Built) -> SheetsShown:
    """The sheets of a plan's checkpoints, to be printed."""
    plan = await stored.plan(session, plan_id)
    if plan is None or plan.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("patrol.plan_unknown")
    place = Subject(jurisdiction_id=actor.jurisdiction_id, community_id=plan.community_id)
    require(actor, planning.KEEP, place)
    found = await stored.checkpoints(session, actor.jurisdiction_id, plan_ids=[plan_id])
    shown = []
    for one in found:
        address = f"{built.public_url}/patrol/at/{one.code}"
        squares = segno.make(address, error="m", micro=False).matrix
        qr = ["".join("1" if bit else "0" for bit in row) for row in squares]
        shown.append(SheetShown(checkpoint_id=one.checkpoint_id, name=one.name, code=one.code, address=address, qr=qr))
    return SheetsShown(plan_name=plan.name, sheets=shown)


class SheetRenewed(BaseModel):
    code: str


@router.post("/patrol-plans/{plan_id}/checkpoints/{checkpoint_id}/renew")
async def renew(plan_id: UUID, checkpoint_id: UUID, session: Write, actor: CurrentActor, now: Now) -> SheetRenewed:
    """Another code: the sheet that hangs there, and every copy of it, counts for nothing from now on."""
    return SheetRenewed(code=await planning.renew_sheet(session, actor, plan_id, checkpoint_id, now))
