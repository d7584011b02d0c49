"""What a patrol has reached, and what it has missed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from gridward.domain.geometry import distance_m
from gridward.domain.patrols.plans import Turn
from gridward.domain.patrols.rules import WALK_RULES, How, Miss, WalkRules

LEAST_FENCE_M, MOST_FENCE_M = 10.0, 200.0
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""On printed sheets: nothing that is read as something else, no 0 and O, no 1 and I."""
CODE_LENGTH = 6


class Verdict(StrEnum):
    """What a check-in (到点记录) is worth. It is kept whatever it is."""

    counted = "counted"
    outside_fence = "outside_fence"
    too_inaccurate = "too_inaccurate"
    old_sheet = "old_sheet"
    """The sheet was replaced: somebody may carry a copy of it."""
    other_plan = "other_plan"
    """A sheet of another plan or another grid."""
    unknown = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """巡查点. ``code`` stands on its sheet; ``old_codes`` stood on earlier ones."""

    checkpoint_id: UUID
    plan_id: UUID
    grid_id: UUID | None
    lon: float
    lat: float
    fence_m: float
    code: str
    old_codes: Collection[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a phone says of a check-in: which checkpoint, or the code that was read; the position, if there was one."""

    how: How
    checkpoint_id: UUID | None = None
    code: str | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None


def typed_code(text: str) -> str:
    """A code as somebody types it, or the address in a QR that ends in it."""
    return text.rstrip("/").rsplit("/", 1)[-1].strip().upper().replace("-", "").replace(" ", "")


def judge(
    claim: Claim, known: Iterable[Checkpoint], plan_id: UUID | None, rules: WalkRules = WALK_RULES
) -> tuple[Verdict, UUID | None]:
    """What a check-in is worth, and of which checkpoint it is.

    Args:
        known: The checkpoints of the jurisdiction that the claim could mean.
        plan_id: Of the patrol; None: it follows no plan, and every checkpoint counts.
    """
    if claim.how is How.code:
        code = typed_code(claim.code or "")
        for one in known:
            if code == one.code:
                ours = plan_id is None or one.plan_id == plan_id
                return (Verdict.counted if ours else Verdict.other_plan), one.checkpoint_id
            if code in one.old_codes:
                return Verdict.old_sheet, one.checkpoint_id
        return Verdict.unknown, None
    found = next((one for one in known if one.checkpoint_id == claim.checkpoint_id), None)
    if found is None or claim.lon is None or claim.lat is None:
        return Verdict.unknown, found.checkpoint_id if found else None
    if plan_id is not None and found.plan_id != plan_id:
        return Verdict.other_plan, found.checkpoint_id
    accuracy = claim.accuracy_m or 0.0
    if accuracy > rules.most_accuracy_m:
        return Verdict.too_inaccurate, found.checkpoint_id
    inside = distance_m(claim.lon, claim.lat, found.lon, found.lat) <= found.fence_m
    return (Verdict.counted if inside else Verdict.outside_fence), found.checkpoint_id


def reached(
    *, length_m: float, area_m2: float, swath_m: float, checked_in: bool, rules: WalkRules = WALK_RULES
) -> bool:
    """Whether a grid counts as reached (巡查覆盖率): a check-in that counts, or enough *new* track inside.

    Track is new as far as its swath is: somebody who stands still, or a phone that wanders on a table, gains nothing.
    """
    return checked_in or min(length_m, area_m2 / (2.0 * swath_m)) >= rules.reach_m


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """A patrol as far as it matters for a turn; ``starts_at`` and ``team`` are the turn's that it was matched with."""

    patrol_id: UUID
    starts_at: datetime
    team: int
    started_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Missed:
    """``at``: when it became true, whenever it was found."""

    kind: Miss
    starts_at: datetime
    team: int
    at: datetime


def answered(missed: Missed, checkpoint_id: UUID | None, begun_at: datetime | None, checked: Collection[UUID]) -> bool:
    """Whether what came later shows that a miss is none. Only walks and check-ins say so, never another rota.

    Args:
        checkpoint_id: Of a missed checkpoint.
        begun_at: When the turn's earliest patrol began; None: none did.
        checked: Checkpoints with a check-in that counts, of all patrols of the turn.
    """
    match missed.kind:
        case Miss.checkpoint:
            return checkpoint_id in checked
        case Miss.patrol:
            return begun_at is not None
        case Miss.start_overdue:
            return begun_at is not None and begun_at <= missed.at


def missed_turns(turns: Iterable[Turn], walked: Iterable[Walked], grace: timedelta, now: datetime) -> Iterator[Missed]:
    """What of these turns has not begun in time, or not at all, as far as is known at ``now``."""
    begun: Mapping[tuple[datetime, int], datetime] = _earliest(walked)
    for turn in turns:
        at = begun.get((turn.starts_at, turn.team))
        due_at = min(turn.starts_at + grace, turn.ends_at)
        if now >= due_at and (at is None or at > due_at):
            yield Missed(kind=Miss.start_overdue, starts_at=turn.starts_at, team=turn.team, at=due_at)
        if at is None and now >= turn.ends_at:
            yield Missed(kind=Miss.patrol, starts_at=turn.starts_at, team=turn.team, at=turn.ends_at)


def _earliest(walked: Iterable[Walked]) -> dict[tuple[datetime, int], datetime]:
    found: dict[tuple[datetime, int], datetime] = {}
    for one in walked:
        key = (one.starts_at, one.team)
        found[key] = min(one.started_at, found.get(key, one.started_at))
    return found


class TurnState(StrEnum):
    """How a planned turn stands. ``unwalked``: over, nobody walked it, and nobody has called it missed (patrols were off)."""

    to_come = "to_come"
    awaited = "awaited"
    under_way = "under_way"
    walked = "walked"
    missed = "missed"
    unwalked = "unwalked"


def turn_state(turn: Turn, *, begun: bool, over: bool, missed: bool, now: datetime) -> TurnState:
    """Args:
    begun: Somebody's patrol is matched with it; ``over``: and all such have ended.
    missed: The fact stands that nobody walked it.
    """
    if begun:
        return TurnState.walked if over else TurnState.under_way
    if now < turn.starts_at:
        return TurnState.to_come
    if now < turn.ends_at:
        return TurnState.awaited
    return TurnState.missed if missed else TurnState.unwalked
