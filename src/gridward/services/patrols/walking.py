"""巡查: begun, told of and ended by a phone, in whatever order its messages arrive. Each is taken once, for ever."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gridward.domain import sync
from gridward.domain.accounts import Actor, Role, ScopeKind, Subject, program, require
from gridward.domain.errors import Forbidden, Malformed, NotFound, Refusal
from gridward.domain.patrols.plans import EARLY, LONGEST_SHIFT, Turn, nearest, read_rota, teams_of, turn_of
from gridward.domain.patrols.rules import LAPSES_AFTER, How, Miss, PatrolMark
from gridward.domain.patrols.track import read_fixes
from gridward.domain.patrols.walk import Claim, judge, typed_code
from gridward.domain.sla.counted import captured_at
from gridward.domain.tickets.filing import captured
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import Touched
from gridward.persistence.patrols import missing, plans
from gridward.persistence.patrols import walks as stored
from gridward.persistence.patrols.rows import PatrolRow
from gridward.services.noting import note
from gridward.services.patrols.deciding import require_on

WALK = "patrol:walk"
CLOCK_SLACK = timedelta(minutes=5)
OPERATIONS = ("positions", "check_in", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """``plan_id`` None: a walk of one's own accord over one's own grids."""

    schema: int
    digest: str
    clock: sync.PhoneClock
    sending: sync.Sending
    plan_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """``type`` one of :data:`OPERATIONS`. Positions: ``{since, fixes, device}``; check-in: ``{how, …}``; end: ``{}``."""

    schema: int
    digest: str
    type: str
    clock: sync.PhoneClock
    sending: sync.Sending
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The acknowledgement, the same each time. ``made``: this call stored it. ``verdict``: of a check-in."""

    digest: str
    version: int
    received_at: datetime
    made: bool
    started_at: datetime
    verdict: str | None = None
    checkpoint_id: UUID | None = None


async def start(session: WriteSession, actor: Actor, patrol_id: UUID, begun: Start, now: datetime) -> Taken:
    """Begin a patrol at the moment that the phone says, put right by what is known of its clock.

    Who was taken off the plan while the phone was without signal loses nothing: the walk is taken and marked.

    Raises:
        Conflict: ``id_taken``; ``patrol.off``. Forbidden: ``not_permitted``. NotFound: ``patrol.plan_unknown``.
    """
    sync.check_schema(begun.schema)
    if (known := await stored.patrol(session, patrol_id)) is not None:
        return _again(known, actor, begun.digest)
    _require(actor)
    assert actor.person_id is not None
    plan = None if begun.plan_id is None else await _plan_of(session, actor, begun.plan_id)
    await require_on(session, actor, in_plan=plan is not None)
    offset, marks = _offset(begun.clock, begun.sending, now)
    if plan is not None and actor.person_id not in plan.members:
        marks.add(PatrolMark.off_plan.value)
    started_at = min(begun.clock.captured_at + offset, now)
    turn = None if plan is None else await _turn_of(session, actor, plan, started_at)
    values = {
        "patrol_id": patrol_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "community_id": plan.community_id if plan else _home(actor),
        "person_id": actor.person_id,
        "plan_id": plan.plan_id if plan else None,
        "turn_starts_at": turn.starts_at if turn else None,
        "turn_ends_at": turn.ends_at if turn else None,
        "team": turn.team if turn else None,
        "grid_ids": list(plan.grid_ids) if plan else sorted(actor.grids),
        "started_at": started_at,
        "received_at": now,
        "heard_at": now,
        "digest": begun.digest,
        "clock": begun.clock.as_json() | {"offset_used_ms": offset / timedelta(milliseconds=1)},
        "version": 1,
        "marks": sorted(marks),
    }
    if not await stored.begin(session, values):
        rival = await stored.patrol(session, patrol_id)
        assert rival is not None
        return _again(rival, actor, begun.digest)
    detail = {"plan_id": str(plan.plan_id) if plan else None}
    row = await stored.patrol(session, patrol_id)
    assert row is not None
    await note(
        session,
        actor,
        "patrol.started",
        "patrol",
        patrol_id,
        detail,
        now,
        occurred_at=started_at,
        touched=touching(row),
    )
    return _taken(row, made=True)


async def _plan_of(session: WriteSession, actor: Actor, plan_id: UUID) -> Any:
    """The plan, for whoever stands in it or once did. Raises: NotFound: ``patrol.plan_unknown``."""
    plan = await plans.plan(session, plan_id)
    if plan is None or plan.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("patrol.plan_unknown")
    assert actor.person_id is not None
    if actor.person_id not in plan.members and not await plans.was_taken_off(
        session, actor.jurisdiction_id, plan_id, actor.person_id
    ):
        raise NotFound("patrol.plan_unknown")
    return plan


async def _turn_of(session: WriteSession, actor: Actor, plan: Any, started_at: datetime) -> Turn | None:
    """Which turn of its plan a patrol is. What was begun before the plan last changed is of the rota of then, of which only
    the turns are known that were thought missed."""
    assert actor.person_id is not None
    rota, zone = read_rota(plan.rota), await time_zone_of(session, actor.jurisdiction_id)
    found = None
    if started_at < plan.changed_at:
        teams = teams_of(rota, actor.person_id) or None
        rows = await missing.known(session, plan.plan_id, started_at - LONGEST_SHIFT, started_at + EARLY)
        turns = (
            Turn(starts_at=row.turn_starts_at, ends_at=row.at, team=row.team, shift=-1)
            for row in rows
            if row.kind == Miss.patrol and (teams is None or row.team in teams)
        )
        found = nearest(turns, started_at)
    return found or turn_of(rota, started_at, actor.person_id, zone)


def _require(actor: Actor) -> None:
    owner = frozenset() if actor.person_id is None else frozenset({actor.person_id})
    require(actor, WALK, Subject(jurisdiction_id=actor.jurisdiction_id, owner_ids=owner))


def _again(known: PatrolRow, actor: Actor, digest: str) -> Taken:
    same = known.jurisdiction_id == actor.jurisdiction_id and known.person_id == actor.person_id
    sync.check_repeat(known.digest, digest, same_sender=same)
    return _taken(known, made=False)


def _taken(row: PatrolRow, *, made: bool) -> Taken:
    return Taken(digest=row.digest, version=1, received_at=row.received_at, made=made, started_at=row.started_at)


def touching(row: PatrolRow) -> list[Touched]:
    """Who follows a patrol: the walker alone. A community's feed is everybody's there, and when somebody walks is not."""
    return [Touched(sync.person_scope(row.person_id), "patrol", row.patrol_id, row.version)]


def _home(actor: Actor) -> UUID | None:
    places = [grant.community_id for grant in actor.grants if grant.role is Role.steward and grant.community_id]
    places += [grant.scope_id for grant in actor.grants if grant.scope_kind is ScopeKind.community]
    return places[0] if places else None


def _offset(clock: sync.PhoneClock, sending: sync.Sending, now: datetime) -> tuple[timedelta, set[str]]:
    """What to add to the phone's times to have ours.

    The monotonic clock of an unbroken page says it best, then the offset measured at the last contact, then what the
    connection says now. A phone that was never in contact and says nothing is believed unless it is ahead of us.
    """
    known = captured_at(clock, sending, now)
    if known is None and clock.offset_ms is not None:
        known, _ = captured(clock, now)
    if known is None and sending.client_now is not None:
        known = clock.captured_at + (now - sending.client_now)
    if known is None:
        ahead = clock.captured_at > now + CLOCK_SLACK
        return (now - clock.captured_at if ahead else timedelta(0)), {PatrolMark.clock_unknown.value}
    offset = known - clock.captured_at
    return offset, ({PatrolMark.clock_wrong.value} if abs(offset) > CLOCK_SLACK else set())


async def operate(
    session: WriteSession, actor: Actor, patrol_id: UUID, op_id: UUID, told: Operation, now: datetime
) -> Taken:
    """Take positions, a check-in or the end of a patrol; late, again and in any order.

    Raises:
        Refusal: ``predecessor_unanswered``: the patrol's start has not arrived yet. Conflict: ``id_taken``. Forbidden:
        ``not_permitted``: somebody else's. Malformed: ``patrol.operation_unknown``, ``patrol.fixes_unreadable``,
        ``patrol.too_many_fixes``, ``patrol.check_in_unreadable``.
    """
    sync.check_schema(told.schema)
    if (known := await stored.operation(session, op_id)) is not None:
        return await _told_again(session, known, actor, patrol_id, told.digest)
    row = await stored.patrol(session, patrol_id, lock=True)
    if row is None:
        _require(actor)
        raise Refusal("predecessor_unanswered")
    if row.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("not_found")
    if row.person_id != actor.person_id:
        raise Forbidden("not_permitted", action=WALK)
    if told.type not in OPERATIONS:
        raise Malformed("patrol.operation_unknown", types=list(OPERATIONS))
    offset, marks = _offset(told.clock, told.sending, now)
    at = min(told.clock.captured_at + offset, now)
    body, claim = _body(told, offset)
    if row.raw_gone_at is not None and told.type != "end":
        # Positions this old are not kept: that they came is.
        body = None
    values = {
        "op_id": op_id,
        "patrol_id": patrol_id,
        "person_id": row.person_id,
        "type": told.type,
        "digest": told.digest,
        "body": body,
        "clock": told.clock.as_json(),
        "happened_at": at,
        "received_at": now,
    }
    if not await stored.add_operation(session, values):
        rival = await stored.operation(session, op_id)
        assert rival is not None
        return await _told_again(session, rival, actor, patrol_id, told.digest)
    verdict, checkpoint_id = await _check_in(session, row, op_id, claim, at) if claim else (None, None)
    await _apply(session, actor, row, told.type, at, marks, now)
    return Taken(
        digest=told.digest,
        version=row.version + 1,
        received_at=now,
        made=True,
        started_at=row.started_at,
        verdict=verdict,
        checkpoint_id=checkpoint_id,
    )


async def _told_again(session: WriteSession, known: Any, actor: Actor, patrol_id: UUID, digest: str) -> Taken:
    same = known.person_id == actor.person_id and known.patrol_id == patrol_id
    sync.check_repeat(known.digest, digest, same_sender=same)
    row = await stored.patrol(session, patrol_id)
    assert row is not None
    return Taken(
        digest=known.digest,
        version=row.version,
        received_at=known.received_at,
        made=False,
        started_at=row.started_at,
        verdict=known.verdict,
        checkpoint_id=known.checkpoint_id,
    )


def _body(told: Operation, offset: timedelta) -> tuple[dict[str, Any] | None, Claim | None]:
    """What is kept of a body, read first: what cannot be read is refused, and nothing is half done."""
    match told.type:
        case "positions":
            since, fixes = told.body.get("since"), told.body.get("fixes")
            try:
                begins_at = datetime.fromisoformat(str(since)) + offset
                if begins_at.tzinfo is None:
                    raise ValueError(since)
            except (ValueError, OverflowError):
                raise Malformed("patrol.fixes_unreadable", at=-1) from None
            count = len(read_fixes(fixes if isinstance(fixes, str) else "?"))
            device = str(told.body.get("device") or "")[:40]
            kept = {"since": begins_at.isoformat(), "fixes": fixes, "device": device, "count": count}
            return kept, None
        case "check_in":
            claim = _claim(told.body)
            return {"how": claim.how.value, "code": claim.code}, claim
        case _:
            return {}, None


def _claim(body: Mapping[str, Any]) -> Claim:
    try:
        how = How(str(body.get("how")))
        place = body.get("location") or {}
        point = (float(place["lon"]), float(place["lat"])) if place else (None, None)
        if place and not (abs(float(place["lon"])) <= 180 and abs(float(place["lat"])) <= 90):
            raise ValueError(point)
        accuracy = place.get("accuracy_m")
        return Claim(
            how=how,
            checkpoint_id=UUID(str(body["checkpoint_id"])) if body.get("checkpoint_id") else None,
            code=typed_code(str(body["code"])[:200])[:20] if body.get("code") else None,
            lon=point[0],
            lat=point[1],
            accuracy_m=None if accuracy is None else float(accuracy),
        )
    except (ValueError, TypeError, KeyError, AttributeError):
        raise Malformed("patrol.check_in_unreadable") from None


async def _check_in(
    session: WriteSession, row: PatrolRow, op_id: UUID, claim: Claim, at: datetime
) -> tuple[str, UUID | None]:
    asked: dict[str, Any] = {"code": claim.code} if claim.how is How.code else {"checkpoint_id": claim.checkpoint_id}
    found = await plans.checkpoints(session, row.jurisdiction_id, **asked) if any(asked.values()) else []
    verdict, checkpoint_id = judge(claim, [plans.as_checkpoint(one) for one in found], row.plan_id)
    values = {
        "check_in_id": op_id,
        "patrol_id": row.patrol_id,
        "checkpoint_id": checkpoint_id,
        "how": claim.how.value,
        "verdict": verdict.value,
        "at": at,
        "lon": claim.lon if row.raw_gone_at is None else None,
        "lat": claim.lat if row.raw_gone_at is None else None,
        "accuracy_m": claim.accuracy_m if row.raw_gone_at is None else None,
    }
    await stored.add_check_in(session, values)
    return verdict.value, checkpoint_id


async def _apply(
    session: WriteSession, actor: Actor, row: PatrolRow, type_: str, at: datetime, marks: set[str], now: datetime
) -> None:
    changed: dict[str, Any] = {"heard_at": now, "version": row.version + 1, "marks": sorted({*row.marks, *marks})}
    if row.uncounted_since is None:
        changed["uncounted_since"] = now
    ends = type_ == "end" and (row.ended_at is None or PatrolMark.lapsed.value in row.marks)
    if ends:
        changed["ended_at"] = max(at, row.started_at)
        changed["marks"] = sorted({*changed["marks"]} - {PatrolMark.lapsed.value})
    elif row.counted_at is not None:
        changed["marks"] = sorted({*changed["marks"], PatrolMark.late_parts.value})
    await stored.change(session, row.patrol_id, changed)
    if ends:
        row.version += 1
        await note(
            session, actor, "patrol.ended", "patrol", row.patrol_id, {}, now, occurred_at=at, touched=touching(row)
        )
        session.expunge(row)


async def lapse(session: WriteSession, now: datetime, limit: int) -> int:
    """Close patrols that nobody ended, at the last that was heard of them; how many."""
    rows = await stored.unheard(session, now - LAPSES_AFTER, limit)
    for row in rows:
        changed = {
            "ended_at": max(row.heard_at, row.started_at),
            "version": row.version + 1,
            "marks": sorted({*row.marks, PatrolMark.lapsed.value}),
            "uncounted_since": row.uncounted_since or now,
        }
        session.expunge(row)
        await stored.change(session, row.patrol_id, changed)
        row.version += 1
        actor = program(row.jurisdiction_id, "sweep")
        await note(session, actor, "patrol.lapsed", "patrol", row.patrol_id, {}, now, touched=touching(row))
    return len(rows)
