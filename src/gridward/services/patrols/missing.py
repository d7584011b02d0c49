"""Patrols that did not begin in time or not at all, and checkpoints nobody came to: found by the worker, told to the team
and to who leads the grids, and lifted when a phone that was without signal tells otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.accounts import program
from gridward.domain.notifications import MessageKind
from gridward.domain.patrols.plans import Rota, Turn, read_rota, turns_between
from gridward.domain.patrols.rules import Miss
from gridward.domain.patrols.walk import Missed, Walked, missed_turns
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.notifications import following as messages
from gridward.persistence.patrols import missing as stored
from gridward.persistence.patrols import plans, walks
from gridward.services.notifications.notify import Doors, Message, queue
from gridward.services.noting import note

LOOKS_BACK = timedelta(days=3)
"""A phone may be without signal for a shift and its night; what comes later than that lifts a miss of its own turn when it
is counted, because the turn is looked at again then."""

NO_DOORS = Doors()

KINDS: Mapping[Miss, MessageKind] = {
    Miss.start_overdue: MessageKind.patrol_overdue,
    Miss.patrol: MessageKind.patrol_missed,
    Miss.checkpoint: MessageKind.checkpoint_missed,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    kind: Miss
    starts_at: datetime
    team: int
    at: datetime
    checkpoint_id: UUID | None = None

    @property
    def key(self) -> tuple[datetime, int, str, UUID | None]:
        return self.starts_at, self.team, self.kind.value, self.checkpoint_id


async def find(session: WriteSession, now: datetime, *, doors: Doors = NO_DOORS) -> int:
    """Look at every plan in force where patrols are on; how many misses are new."""
    made = 0
    for tenant in await tenants(session):
        if await plans.audiences(session, tenant.jurisdiction_id):
            zone = ZoneInfo(tenant.time_zone)
            for plan in await plans.plans(session, jurisdiction_id=tenant.jurisdiction_id, at=now):
                made += await _look_at(session, plan, zone, now, doors)
    return made


async def _look_at(session: WriteSession, plan: Any, zone: ZoneInfo, now: datetime, doors: Doors) -> int:
    rota = read_rota(plan.rota)
    since = max(now - LOOKS_BACK, plan.valid_from)
    turns = list(turns_between(rota, since, now, zone))
    if not turns:
        return 0
    found = await _missing(session, plan, rota, turns, now)
    known = await stored.known(session, plan.plan_id, since, now)
    still = {one.key for one in found}
    # A late start stays a late start; what a phone without signal tells afterwards lifts the rest.
    lifted = [
        one.miss_id
        for one in known
        if one.lifted_at is None and (one.turn_starts_at, one.team, one.kind, one.checkpoint_id) not in still
    ]
    if lifted:
        await stored.lift(session, lifted, now)
    there = {(one.turn_starts_at, one.team, one.kind, one.checkpoint_id) for one in known}
    new = [one for one in found if one.key not in there]
    rows = {new_id(): one for one in new}
    values = [
        {
            "miss_id": miss_id,
            "jurisdiction_id": plan.jurisdiction_id,
            "community_id": plan.community_id,
            "plan_id": plan.plan_id,
            "turn_starts_at": one.starts_at,
            "team": one.team,
            "kind": one.kind.value,
            "checkpoint_id": one.checkpoint_id,
            "at": one.at,
            "found_at": now,
        }
        for miss_id, one in rows.items()
    ]
    made = await stored.add(session, values)
    await _tell(session, plan, rota, [rows[miss_id] for miss_id in rows if miss_id in made], now, doors)
    return len(made)


async def _missing(session: WriteSession, plan: Any, rota: Rota, turns: Sequence[Turn], now: datetime) -> list[_Found]:
    since, until = turns[0].starts_at, turns[-1].starts_at + timedelta(microseconds=1)
    rows = await walks.walked_turns(session, plan.plan_id, since, until)
    walked = [
        Walked(patrol_id=row.patrol_id, starts_at=row.turn_starts_at, team=row.team, started_at=row.started_at)
        for row in rows
    ]
    grace = timedelta(minutes=rota.grace_minutes)
    found = [_of_turn(one) for one in missed_turns(turns, walked, grace, now)]
    # A checkpoint is missed when all patrols of its turn are over and counted; where none began, the patrol is missed.
    begun: dict[tuple[datetime, int], list[Any]] = {}
    for row in rows:
        begun.setdefault((row.turn_starts_at, row.team), []).append(row)
    points = await plans.checkpoints(session, plan.jurisdiction_id, plan_ids=[plan.plan_id])
    checked = await stored.checked(session, plan.plan_id, since, until)
    for turn in turns:
        own = begun.get((turn.starts_at, turn.team), [])
        if not own or now < turn.ends_at or any(row.ended_at is None or row.uncounted_since for row in own):
            continue
        found += [
            _Found(
                kind=Miss.checkpoint,
                starts_at=turn.starts_at,
                team=turn.team,
                at=turn.ends_at,
                checkpoint_id=point.checkpoint_id,
            )
            for point in points
            if (turn.starts_at, turn.team, point.checkpoint_id) not in checked
        ]
    return found


def _of_turn(one: Missed) -> _Found:
    return _Found(kind=one.kind, starts_at=one.starts_at, team=one.team, at=one.at)


async def _tell(
    session: WriteSession, plan: Any, rota: Rota, news: Sequence[_Found], now: datetime, doors: Doors
) -> None:
    """One entry for each turn and kind, and a message for the team and for who leads its grids."""
    groups: dict[tuple[datetime, int, Miss], list[_Found]] = {}
    for one in news:
        groups.setdefault((one.starts_at, one.team, one.kind), []).append(one)
    if not groups:
        return
    leaders = await _leaders(session, plan, now)
    for (starts_at, team, kind), ones in groups.items():
        actor = program(plan.jurisdiction_id, "sweep")
        detail = {"kind": kind.value, "starts_at": starts_at.isoformat(), "team": team, "count": len(ones)}
        at = max(one.at for one in ones)
        entry_id = await note(session, actor, "patrol.missed", "patrol_plan", plan.plan_id, detail, now, occurred_at=at)
        members = set(rota.teams[team].members) if team < len(rota.teams) else set()
        rows = [
            {
                "notification_id": new_id(),
                "jurisdiction_id": plan.jurisdiction_id,
                "person_id": person_id,
                "entry_id": entry_id,
                "ticket_id": None,
                "kind": KINDS[kind].value,
                "detail": {"plan_id": str(plan.plan_id), "starts_at": starts_at.isoformat(), "count": len(ones)},
                "made_at": now,
            }
            for person_id in sorted(members | leaders)
        ]
        await messages.add(session, rows)
        await queue(session, [Message(row, None) for row in rows], doors)


async def _leaders(session: WriteSession, plan: Any, now: datetime) -> set[UUID]:
    found: set[UUID] = set()
    for grid_id in plan.grid_ids:
        found |= await messages.leads(session, grid_id, now)
    return found
