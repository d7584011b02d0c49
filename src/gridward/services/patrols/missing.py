"""Patrols that did not begin in time or not at all, and checkpoints nobody came to: found by the worker, told to the team
and to who leads the grids, and lifted when a phone that was without signal tells otherwise."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.accounts import Role, program
from gridward.domain.notifications import MessageKind
from gridward.domain.patrols.plans import Rota, Turn, read_rota, turns_between
from gridward.domain.patrols.rules import Audience, Miss
from gridward.domain.patrols.walk import Missed, Walked, answered, missed_turns
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.notifications import following as messages
from gridward.persistence.patrols import missing as stored
from gridward.persistence.patrols import plans, walks
from gridward.persistence.patrols.rows import PatrolRow
from gridward.services.notifications.notify import Doors, Message, queue
from gridward.services.noting import note

LOOKS_BACK = timedelta(days=3)
"""So long after it began a turn is looked at as a whole; of a phone that was silent for longer see :func:`look_again`."""

INSTANT = timedelta(microseconds=1)

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
    """Look at every plan in force where patrols are on; how many misses are new.

    A turn is judged by what held when it began: none from before the plan's last change or the decision that turned
    patrols on, and none of a team whose ways may not be kept here.
    """
    made = 0
    for tenant in await tenants(session):
        decided = await plans.policy(session, tenant.jurisdiction_id)
        if decided is None or not decided.audiences:
            continue
        walkers = await _who_may(session, tenant.jurisdiction_id, decided.audiences, now)
        zone = ZoneInfo(tenant.time_zone)
        for plan in await plans.plans(session, jurisdiction_id=tenant.jurisdiction_id, at=now):
            since = max(now - LOOKS_BACK, plan.changed_at, decided.decided_at)
            made += await _look_at(session, plan, walkers, zone, since, now, doors)
    return made


async def _who_may(
    session: WriteSession, jurisdiction_id: UUID, audiences: Collection[str], now: datetime
) -> frozenset[UUID] | None:
    """Whose patrols can be missed, as ``deciding.may_walk`` judges a member of a plan; None: every member's."""
    if Audience.safety_patrols in audiences:
        return None
    rows = await plans.walkers(session, jurisdiction_id, now)
    return frozenset(one.person_id for one in rows if one.role == Role.steward)


async def look_again(session: WriteSession, row: PatrolRow, now: datetime) -> None:
    """The turn of a patrol that has come, however late: what was thought missed of it and was not is lifted."""
    if row.plan_id is not None and row.turn_starts_at is not None:
        await _lift(session, row.plan_id, row.turn_starts_at, row.turn_starts_at + INSTANT, now)


async def _lift(session: WriteSession, plan_id: UUID, since: datetime, until: datetime, now: datetime) -> None:
    known = [one for one in await stored.known(session, plan_id, since, until) if one.lifted_at is None]
    if not known:
        return
    begun: dict[tuple[datetime, int], datetime] = {}
    for row in await walks.walked_turns(session, plan_id, since, until):
        key = row.turn_starts_at, row.team
        begun[key] = min(row.started_at, begun.get(key, row.started_at))
    checked: dict[tuple[datetime, int], set[UUID]] = {}
    for starts_at, team, checkpoint_id in await stored.checked(session, plan_id, since, until):
        checked.setdefault((starts_at, team), set()).add(checkpoint_id)
    lifted = []
    for one in known:
        key = one.turn_starts_at, one.team
        miss = Missed(kind=Miss(one.kind), starts_at=one.turn_starts_at, team=one.team, at=one.at)
        if answered(miss, one.checkpoint_id, begun.get(key), checked.get(key, ())):
            lifted.append(one.miss_id)
    if lifted:
        await stored.lift(session, lifted, now)


async def _look_at(
    session: WriteSession,
    plan: Any,
    walkers: frozenset[UUID] | None,
    zone: ZoneInfo,
    since: datetime,
    now: datetime,
    doors: Doors,
) -> int:
    await _lift(session, plan.plan_id, now - LOOKS_BACK, now, now)
    rota = read_rota(plan.rota)
    teams = {place for place, team in enumerate(rota.teams) if walkers is None or not walkers.isdisjoint(team.members)}
    turns = [turn for turn in turns_between(rota, since, now, zone) if turn.team in teams]
    if not turns:
        return 0
    found = await _missing(session, plan, rota, turns, now)
    known = await stored.known(session, plan.plan_id, since, now)
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
    since, until = turns[0].starts_at, turns[-1].starts_at + INSTANT
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
                "detail": {"plan_id": str(plan.plan_id), "team": team, "starts_at": starts_at.isoformat()}
                | {"count": len(ones)},
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
