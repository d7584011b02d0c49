"""A plan turn by turn, and the numbers by which walks are judged."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.patrols.rules import CHOSEN, ROUTE_WALKED, WALK_RULES
from gridward.domain.patrols.walk import TurnState
from gridward.domain.statements import Month
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.patrols import routes as stored
from gridward.services.patrols import completing, deciding
from gridward.services.patrols.seeing import reach
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.patrols.seeing import First, Last, MonthText, days

router = APIRouter(tags=["patrols"])


class TurnShown(BaseModel):
    """A turn that was planned or walked. ``missed_at``: it was missed, a fact since then; ``late_at``: nobody had begun it in
    time. ``checked`` of ``points`` checkpoints."""

    starts_at: datetime
    ends_at: datetime
    shift: str | None
    team: str | None
    state: TurnState
    patrol_ids: list[UUID]
    started_at: datetime | None
    missed_at: datetime | None
    late_at: datetime | None
    checked: int
    points: int


class TurnsShown(BaseModel):
    """The newest first. ``planned``: turns that should be over by now; ``walked`` and ``missed`` of them."""

    planned: int
    walked: int
    missed: int
    turns: list[TurnShown]


class RouteWalked(BaseModel):
    """A plan's route in a month: of its ``walks`` those that went the ``whole`` of it (80 % of its length), and the most that
    one covered (``best``, a share; null: nobody walked)."""

    plan_id: UUID
    walks: int
    whole: int
    best: float | None


class RoutesWalked(BaseModel):
    month: str
    routes: list[RouteWalked]


@router.get("/patrol-plans/routes")
async def routes(session: Read, actor: CurrentActor, month: MonthText) -> RoutesWalked:
    """How often the route of each plan that has one was walked in a month, by names of plans."""
    area = reach(actor, "patrol:read_coverage")
    wanted = Month.read(month)
    since, until = wanted.span(await time_zone_of(session, actor.jurisdiction_id))
    asked = {
        "jurisdiction_id": actor.jurisdiction_id,
        "community_ids": None if area.community_ids is None else sorted(area.community_ids),
        "since": since,
        "until": until,
        "whole": ROUTE_WALKED,
    }
    rows = await stored.walked(session, asked)
    return RoutesWalked(
        month=wanted.name, routes=[RouteWalked.model_validate(row, from_attributes=True) for row in rows]
    )


@router.get("/patrol-plans/{plan_id}/turns")
async def turns(plan_id: UUID, session: Read, actor: CurrentActor, now: Now, first: First, last: Last) -> TurnsShown:
    """Which turns of a plan were walked and which were missed. 404 ``patrol.plan_unknown``."""
    since, until, zone = await days(session, actor.jurisdiction_id, first, last)
    found = await completing.turns(session, actor, plan_id, since, until, zone, now)
    over = [one for one in found if one.turn.ends_at <= now]
    return TurnsShown(
        planned=len(over),
        walked=sum(bool(one.patrol_ids) for one in over),
        missed=sum(one.state is TurnState.missed for one in over),
        turns=[
            TurnShown(
                starts_at=one.turn.starts_at,
                ends_at=one.turn.ends_at,
                shift=one.shift,
                team=one.team,
                state=one.state,
                patrol_ids=list(one.patrol_ids),
                started_at=one.started_at,
                missed_at=one.missed_at,
                late_at=one.late_at,
                checked=one.checked,
                points=one.points,
            )
            for one in found
        ],
    )


class WalkRulesShown(BaseModel):
    """Metres: how far to each side somebody who walks sees; how much track inside makes a grid reached. With the defaults and
    what may be chosen."""

    swath_m: float
    reach_m: float
    default_swath_m: float = WALK_RULES.swath_m
    default_reach_m: float = WALK_RULES.reach_m
    least_swath_m: float = CHOSEN["swath_m"][0]
    most_swath_m: float = CHOSEN["swath_m"][1]
    least_reach_m: float = CHOSEN["reach_m"][0]
    most_reach_m: float = CHOSEN["reach_m"][1]


class WalkRulesIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    swath_m: Annotated[float, Field(allow_inf_nan=False)]
    reach_m: Annotated[float, Field(allow_inf_nan=False)]


@router.get("/patrol-rules")
async def rules(session: Read, actor: CurrentActor) -> WalkRulesShown:
    """By which numbers walks are judged here."""
    require(actor, "patrol_plan:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    found = await deciding.rules_of(session, actor.jurisdiction_id)
    return WalkRulesShown(swath_m=found.swath_m, reach_m=found.reach_m)


@router.put("/patrol-rules", status_code=204)
async def set_rules(wish: WalkRulesIn, session: Write, actor: CurrentActor, now: Now) -> None:
    """Other numbers for patrols that are counted from now on. 422 ``patrol.rules_unreadable`` (``field``)."""
    await deciding.set_rules(session, actor, wish.swath_m, wish.reach_m, now)
