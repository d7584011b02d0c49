"""What another rule would have meant: the same facts counted by another standard, or by another version of a calendar.

Nothing that people did is invented anew: who was named when, what was asked and granted stays as it was. Only limits,
days and shifts are others. So it answers "would this work have been in time", not "would people have worked otherwise".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.errors import NotFound
from gridward.domain.facts import Fact, write_limit
from gridward.domain.sla.advance import replay
from gridward.domain.sla.clocks import Clock, Clocks
from gridward.domain.sla.sweep import is_late
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ClockKind, Standard


class Judged(StrEnum):
    """How a clock stands. ``open``: not yet due, or done and not yet verified."""

    ON_TIME = "on_time"
    LATE = "late"
    OPEN = "open"
    NONE = "none"
    """There is no such clock, or it is void."""


def judged(clock: Clock | None, now: datetime) -> Judged:
    """On time = a final stop at or before the due instant."""
    if clock is None or clock.voided_at is not None:
        return Judged.NONE
    if is_late(clock, now):
        return Judged.LATE
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
    """One clock under the rule that held and under the other one."""

    key: str
    kind: ClockKind
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
    return tuple(_pair(key, then, now_is, now) for key in keys)


def _pair(key: str, then: Clocks, now_is: Clocks, now: datetime) -> Other:
    mine, theirs = then.get(key), now_is.get(key)
    known = mine or theirs
    assert known is not None
    return Other(
        key=key,
        kind=known.kind,
        due_at=mine.due_at if mine else None,
        other_due_at=theirs.due_at if theirs else None,
        judged=judged(mine, now),
        other_judged=judged(theirs, now),
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
