"""A plan turn by turn: what was planned, what was walked, what was missed as a fact with its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import NotFound
from gridward.domain.patrols.plans import Turn, read_rota, turns_between
from gridward.domain.patrols.rules import Miss
from gridward.domain.patrols.walk import TurnState, turn_state
from gridward.persistence.database import ReadSession
from gridward.persistence.patrols import missing, walks
from gridward.persistence.patrols import plans as stored


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnDone:
    """``shift``, ``team``: names as the rota has them now, None where it has no such one any more. ``late_at``: since when it
    was late. ``checked`` of ``points``: checkpoints with a check-in that counts."""

    turn: Turn
    shift: str | None
    team: str | None
    state: TurnState
    patrol_ids: tuple[UUID, ...]
    started_at: datetime | None
    missed_at: datetime | None
    late_at: datetime | None
    checked: int
    points: int


async def turns(
    session: ReadSession,
    actor: Actor,
    plan_id: UUID,
    since: datetime,
    until: datetime,
    zone: ZoneInfo,
    now: datetime,
) -> list[TurnDone]:
    """The turns that start in ``[since, until)`` while the plan was in force, the newest first.

    A turn of a rota that was changed since is one because somebody walked it, or was missed.

    Raises:
        NotFound: ``patrol.plan_unknown``. Forbidden: ``not_permitted``.
    """
    plan = await stored.plan(session, plan_id)
    if plan is None or plan.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("patrol.plan_unknown")
    require(actor, "patrol:read", Subject(jurisdiction_id=actor.jurisdiction_id, community_id=plan.community_id))
    rota = read_rota(plan.rota)
    first = max(since, plan.valid_from)
    last = until if plan.valid_to is None else min(until, plan.valid_to)
    planned = {(one.starts_at, one.team): one for one in turns_between(rota, first, last, zone)}
    begun: dict[tuple[datetime, int], list[Any]] = {}
    for row in await walks.walked_turns(session, plan_id, since, until):
        key = (row.turn_starts_at, row.team)
        begun.setdefault(key, []).append(row)
        planned.setdefault(key, Turn(starts_at=row.turn_starts_at, ends_at=row.turn_ends_at, team=row.team, shift=-1))
    facts: dict[tuple[datetime, int, str], datetime] = {}
    for row in await missing.known(session, plan_id, since, until):
        if row.lifted_at is None and row.checkpoint_id is None:
            facts[row.turn_starts_at, row.team, row.kind] = row.at
            key = (row.turn_starts_at, row.team)
            planned.setdefault(key, Turn(starts_at=row.turn_starts_at, ends_at=row.at, team=row.team, shift=-1))
    checked = await missing.checked(session, plan_id, since, until)
    points = {one.checkpoint_id for one in await stored.checkpoints(session, actor.jurisdiction_id, plan_ids=[plan_id])}
    found = []
    for (starts_at, team), turn in planned.items():
        own: Sequence[Any] = sorted(begun.get((starts_at, team), ()), key=lambda row: row.started_at)
        missed_at = facts.get((starts_at, team, Miss.patrol.value))
        over = all(row.ended_at is not None for row in own)
        there = {point for at, whose, point in checked if (at, whose) == (starts_at, team)}
        found.append(
            TurnDone(
                turn=turn,
                shift=rota.shifts[turn.shift].name if turn.shift >= 0 else None,
                team=rota.teams[team].name if team < len(rota.teams) else None,
                state=turn_state(turn, begun=bool(own), over=over, missed=missed_at is not None, now=now),
                patrol_ids=tuple(row.patrol_id for row in own),
                started_at=own[0].started_at if own else None,
                missed_at=missed_at,
                late_at=facts.get((starts_at, team, Miss.start_overdue.value)),
                checked=len(there & points),
                points=len(points),
            )
        )
    return sorted(found, key=lambda one: (one.turn.starts_at, one.turn.team), reverse=True)
