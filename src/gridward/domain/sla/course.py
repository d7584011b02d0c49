"""How a clock counts: which time, until when, and when a share of its span has been used up.

A clock has a queue of allowances: its limit, then each extension in the order of asking. Time outside every pause uses them
up, one after the other, each in its own measure. So a pause freezes what is left, whatever the kind of limit, and pauses
and extensions may be granted in any order: the answer depends only on when they were asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from operator import is_
from typing import cast

from gridward.domain.sla.clocks import Clock, PastDue, Pause
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import Limit, Measure, Timekeeping
from gridward.domain.standards_limits import HOURS
from gridward.domain.values import replace

NOTHING = timedelta()


@dataclass(frozen=True, slots=True)
class Leg:
    """A run without a pause, counted in one measure. ``end`` None: it goes on."""

    start: datetime
    end: datetime | None
    measure: Measure

    def counted_until(self, at: datetime) -> timedelta:
        """What of this leg has counted by ``at``."""
        return self.measure.between(self.start, at if self.end is None else min(at, self.end))


@dataclass(frozen=True, slots=True)
class Course:
    """The whole course of a clock, as far as its pauses are known.

    ``legs`` lead to ``due``, ``beyond`` goes on after it in the measure of the last allowance. ``due`` None: it waits for
    the end of a pause that nobody knows.
    """

    legs: tuple[Leg, ...]
    due: datetime | None
    beyond: tuple[Leg, ...]
    provisional: bool

    def counted(self, until: datetime) -> timedelta:
        """Everything that counted in ``(start, until]``, beyond the due instant too."""
        return sum((leg.counted_until(until) for leg in (*self.legs, *self.beyond)), NOTHING)

    @property
    def span(self) -> timedelta | None:
        """The whole span allowed, extensions included; None while ``due`` is unknown."""
        return None if self.due is None else self.counted(self.due)

    def instant_at(self, percent: int) -> datetime | None:
        """When ``percent`` of the span has been used up (above 100: of the same span again, after due)."""
        if self.due is None or percent == 100:
            return self.due
        left = self.counted(self.due) * percent / 100
        for leg in (*self.legs, *self.beyond):
            room = None if leg.end is None else leg.counted_until(leg.end)
            if room is None or room >= left:
                return leg.measure.after(leg.start, left)
            left -= room
        return None


def merged(pauses: tuple[Pause, ...]) -> list[tuple[datetime, datetime | None]]:
    """The pauses as disjoint intervals in order."""
    joined: list[tuple[datetime, datetime | None]] = []
    for pause in sorted(pauses, key=lambda pause: pause.start):
        if pause.end is not None and pause.end <= pause.start:
            continue
        if joined and (joined[-1][1] is None or pause.start <= joined[-1][1]):
            start, end = joined[-1]
            joined[-1] = (start, None if end is None or pause.end is None else max(end, pause.end))
        else:
            joined.append((pause.start, pause.end))
    return joined


def free_time(start: datetime, pauses: tuple[Pause, ...]) -> Iterator[tuple[datetime, datetime | None]]:
    """The intervals from ``start`` on that lie in no pause; the last one is open (None) unless a pause is."""
    at = start
    for pause_start, pause_end in merged(pauses):
        if pause_end is not None and pause_end <= at:
            continue
        if pause_start > at:
            yield at, pause_start
        if pause_end is None:
            return
        at = pause_end
    yield at, None


def _span_of(limit: Limit, at: datetime, keeping: Timekeeping, *, extension: bool) -> timedelta:
    if limit.kind in HOURS:
        return limit.hours
    due = limit.extend(at, keeping) if extension else limit.due(at, keeping)
    return limit.measure(keeping).between(at, due)


def course_of(clock: Clock, terms: Terms) -> Course:
    """The course of a clock from its start, its pauses, its limit and its extensions; worked out once for each of these."""
    keeping = terms.keeping(clock)
    made_from = (
        keeping.city,
        keeping.own,
        keeping.day_rule,
        clock.started_at,
        clock.pauses,
        clock.limit,
        clock.extensions,
    )
    known = clock._course
    if known is not None and all(map(is_, known, made_from)):
        return cast(Course, known[-1])
    course = _worked_out(clock, keeping)
    object.__setattr__(clock, "_course", (*made_from, course))
    return course


def _worked_out(clock: Clock, keeping: Timekeeping) -> Course:
    extensions = sorted(clock.extensions, key=lambda extension: extension.asked_at)
    allowances = [(clock.limit, False), *((extension.limit, True) for extension in extensions)]
    free = list(free_time(clock.started_at, clock.pauses))
    legs: list[Leg] = []
    used_up = clock.started_at
    for limit, is_extension in allowances:
        measure = limit.measure(keeping)
        left = _span_of(limit, used_up, keeping, extension=is_extension)
        while free:
            start, end = free.pop(0)
            room = None if end is None else measure.between(start, end)
            if room is not None and room < left:
                legs.append(Leg(start, end, measure))
                left -= room
                continue
            used_up = measure.after(start, left)
            legs.append(Leg(start, used_up, measure))
            free.insert(0, (used_up, end))
            break
        else:
            return Course(tuple(legs), None, (), _is_provisional(legs))
    last = allowances[-1][0].measure(keeping)
    beyond = tuple(Leg(start, end, last) for start, end in free)
    return Course(tuple(legs), used_up, beyond, _is_provisional(legs))


def _is_provisional(legs: list[Leg]) -> bool:
    return any(leg.measure.is_provisional(leg.start, leg.end or leg.start) for leg in legs)


def recomputed(clock: Clock, terms: Terms, *, at: datetime, why: str) -> Clock:
    """The clock with its due instant computed anew; the old one stays on record with why and when it moved."""
    course = course_of(clock, terms)
    moved = clock.due_at != course.due and clock.first_due_at is not None
    past = (*clock.past_dues, PastDue(due_at=clock.due_at, moved_at=at, why=why)) if moved else clock.past_dues
    first = clock.first_due_at if clock.first_due_at is not None else course.due
    return replace(clock, due_at=course.due, first_due_at=first, past_dues=past, provisional=course.provisional)
