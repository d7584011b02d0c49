"""What another rule would have meant: the same facts counted by another standard, or by another version of a calendar.

Nothing that people did is invented anew: who was named when, what was asked and granted stays as it was. Only limits,
days and shifts are others. So it answers "would this work have been in time", not "would people have worked otherwise".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.errors import NotFound
from gridward.domain.facts import Fact, write_limit
from gridward.domain.sla.advance import replay
from gridward.domain.sla.clocks import Clock, Clocks
from gridward.domain.sla.sweep import is_late
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ClockKind, Standard


class Judged(StrEnum):
    """How a clock stands, as the figures count it.

    ``open``: not yet due, done in time and not yet verified, or held by a request asked in time. ``apart``: in no share,
    because it is exempt, was stopped by the rules alone, or has only a reference limit.
    """

    ON_TIME = "on_time"
    LATE = "late"
    OPEN = "open"
    APART = "apart"
    NONE = "none"
    """There is no such clock, or it is void."""


COUNTED = frozenset({Judged.ON_TIME, Judged.LATE})
"""What is in a share."""


def judged(clock: Clock | None, clocks: Clocks, terms: Terms, now: datetime) -> Judged:
    """On time = a final stop at or before the due instant. By the conditions of ``persistence/statistics/sets``."""
    if clock is None or clock.voided_at is not None:
        return Judged.NONE
    if clock.exempt or clock.by_rule or (clock.unit_id is not None and terms.basis(clock) is None):
        return Judged.APART
    if is_late(clock, now):
        undecided = clock.running and not clock.breached and clocks.is_held(clock)
        return Judged.OPEN if undecided else Judged.LATE
    return Judged.ON_TIME if clock.stopped_at is not None and clock.final else Judged.OPEN


def under(terms: Terms, other: Standard | WorkingCalendar) -> Terms:
    """The terms with ``other`` in the place of every version of the same scheme, or of the same calendar."""
    if isinstance(other, Standard):
        standards = {key: other if one.scheme == other.scheme else one for key, one in terms.standards.items()}
        return replace(terms, standards=standards)
    calendars = {key: other if key[0] == other.calendar_id else calendar for key, calendar in terms.calendars.items()}
    return replace(terms, calendars=calendars)


@dataclass(frozen=True, slots=True, kw_only=True)
class Other:
    """One clock under the rule that held and under the other one. ``unit_id``: who answered for it."""

    key: str
    kind: ClockKind
    unit_id: UUID | None
    due_at: datetime | None
    other_due_at: datetime | None
    judged: Judged
    other_judged: Judged

    @property
    def changes_sides(self) -> bool:
        """Late instead of on time, or the other way round."""
        return {self.judged, self.other_judged} == {Judged.ON_TIME, Judged.LATE}


def compare(facts: Sequence[Fact], terms: Terms, other: Terms, now: datetime) -> tuple[Other, ...]:
    """Every clock that a ticket has by either rule.

    Raises:
        NotFound: ``condition.unknown``: the other standard does not have the ticket's condition.
    """
    then, now_is = replay(facts, terms), replay(_retold(facts, other), other)
    keys = dict.fromkeys((*(clock.key for clock in then.clocks), *(clock.key for clock in now_is.clocks)))
    return tuple(_pair(key, (then, terms), (now_is, other), now) for key in keys)


def _pair(key: str, held: tuple[Clocks, Terms], other: tuple[Clocks, Terms], now: datetime) -> Other:
    (then, terms), (now_is, others) = held, other
    mine, theirs = then.get(key), now_is.get(key)
    known = mine or theirs
    assert known is not None
    return Other(
        key=key,
        kind=known.kind,
        unit_id=known.unit_id,
        due_at=mine.due_at if mine else None,
        other_due_at=theirs.due_at if theirs else None,
        judged=judged(mine, then, terms, now),
        other_judged=judged(theirs, now_is, others, now),
    )


def _retold(facts: Sequence[Fact], other: Terms) -> Iterator[Fact]:
    """The facts; a part of a split has its parent's limit written down in them, which the other rule has its own of."""
    for fact in facts:
        course = fact.detail.get("overall") if fact.verb == "ticket.split_off" else None
        yield (
            fact if course is None else replace(fact, detail={**fact.detail, "overall": _limited(fact, course, other)})
        )


def _limited(fact: Fact, course: dict[str, object], other: Terms) -> dict[str, object]:
    detail = fact.detail
    limit = other.limit_of(
        ClockKind.OVERALL,
        detail["standard_id"],
        detail.get("condition_id"),
        urgent=detail.get("urgent", False),
        area_class=detail.get("area_class"),
    )
    if limit is None:
        raise NotFound("condition.unknown", condition_id=detail.get("condition_id"))
    return {**course, "limit": write_limit(limit)}
