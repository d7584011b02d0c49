"""The ledger of a clock (计时明细): each stretch that counted or did not, why, who approved it, on which basis; and the sum."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from uuid import UUID

from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import Clock, Pause
from gridward.domain.sla.course import Course, Leg, course_of, free_time
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import Basis


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One stretch ``[start, end)``.

    Args:
        why: ``working``, ``make_up``, ``elapsed`` (these count); ``off_hours``, ``rest_day``, ``holiday``; or a pause:
            ``defer``, ``shelve``, ``suspension``, ``reporter``, ``verification``, ``away``, ``merged``.
        note: The name of a special day.
        over: After the due instant.
        basis: The request, suspension or operation behind a pause.
        by: Who granted it.
    """

    start: datetime
    end: datetime
    counted: bool
    why: str
    note: str | None = None
    over: bool = False
    basis: str | None = None
    by: UUID | None = None

    @property
    def span(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """Something that moved the due instant: ``from_due`` → ``to_due``, at ``at``, because of ``why``."""

    at: datetime
    why: str
    from_due: datetime | None
    to_due: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLate:
    """The step that stopped a clock was told later than it was done (补传).

    Args:
        operation_id: The step that was sent late.
        captured_at: When it was done, as the phone says and can be believed.
        counted_at: When the clock stopped by it: what was captured, or later where less of it counts.
        received_at: When the server learned of it.
        why: Why it is not counted as captured: ``too_late``, ``capped``, ``before_start``; None: it is.
        accepted_at: When a supervisor accepted more of it than the rules give; None: nobody did.
    """

    operation_id: str
    captured_at: datetime
    counted_at: datetime
    received_at: datetime
    why: str | None
    accepted_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """A clock explained.

    ``until``: its stop, its end as void, or ``now``. ``counted`` is the sum of the lines that counted; ``span`` what is
    allowed, extensions included (None while it waits for a pause without a known end). ``basis`` None: 参考时限.
    """

    clock: Clock
    until: datetime
    lines: tuple[Line, ...]
    changes: tuple[Change, ...]
    counted: timedelta
    span: timedelta | None
    basis: Basis | None

    @property
    def left(self) -> timedelta | None:
        """What is left, negative if it ran over."""
        return None if self.span is None else self.span - self.counted


def ledger(clock: Clock, terms: Terms, now: datetime) -> Ledger:
    """The ledger of a clock as of ``now``; the lines are in order and leave no gap."""
    until = min((end for end in (clock.voided_at, clock.stopped_at) if end is not None), default=now)
    course = course_of(clock, terms)
    lines = sorted((*_counting(course, until), *_waiting(clock, until)), key=lambda line: line.start)
    return Ledger(
        clock=clock,
        until=until,
        lines=tuple(_joined(lines)),
        changes=_changes(clock),
        counted=course.counted(until),
        span=course.span,
        basis=terms.basis(clock),
    )


def sent_late(clock: Clock, facts: Sequence[Fact]) -> SentLate | None:
    """How late the stop of a clock was told; None: it was told when it was done, or the clock has not stopped.

    Args:
        facts: Of the ticket, in their order.
    """
    if clock.stop_operation is None or clock.stopped_at is None:
        return None
    operation = clock.stop_operation
    told = next((one for one in facts if one.detail.get("late") and one.detail.get("operation_id") == operation), None)
    captured_at = told.instant("captured_at") if told else None
    if told is None or captured_at is None:
        return None
    accepted = [one for one in facts if one.detail.get("late_operation_id") == operation]
    return SentLate(
        operation_id=operation,
        captured_at=captured_at,
        counted_at=clock.stopped_at,
        received_at=told.recorded_at,
        why=None if accepted else told.detail.get("counted_why"),
        accepted_at=accepted[-1].recorded_at if accepted else None,
    )


def _joined(lines: list[Line]) -> list[Line]:
    """Neighbours that say the same become one: where an allowance ends and the next begins is no new stretch."""
    out: list[Line] = []
    for line in lines:
        if out and line.start == out[-1].end and _says(line) == _says(out[-1]):
            line = replace(line, start=out.pop().start)
        out.append(line)
    return out


def _says(line: Line) -> tuple[object, ...]:
    return line.counted, line.over, line.why, line.note, line.basis, line.by


def _counting(course: Course, until: datetime) -> Iterator[Line]:
    for leg, over in (*((leg, False) for leg in course.legs), *((leg, True) for leg in course.beyond)):
        yield from _of_leg(leg, until, over)


def _of_leg(leg: Leg, until: datetime, over: bool) -> Iterator[Line]:
    end = until if leg.end is None else min(leg.end, until)
    for part in leg.measure.stretches(leg.start, end):
        yield Line(start=part.start, end=part.end, counted=part.counted, why=part.why, note=part.note, over=over)


def _waiting(clock: Clock, until: datetime) -> Iterator[Line]:
    """The time in no leg: it belongs to the pause that began first among those that cover it."""
    if not clock.pauses:
        return
    free = list(free_time(clock.started_at, clock.pauses))
    edges = [clock.started_at, *(edge for stretch in free for edge in stretch if edge is not None), until]
    covered = [
        (a, b) for a, b in pairwise(sorted(set(edges))) if b <= until and not any(_inside(a, b, part) for part in free)
    ]
    pauses = sorted(clock.pauses, key=lambda pause: pause.start)
    for start, end in covered:
        yield from _by_pause(start, end, pauses)


def _inside(a: datetime, b: datetime, stretch: tuple[datetime, datetime | None]) -> bool:
    return stretch[0] <= a and (stretch[1] is None or b <= stretch[1])


def _by_pause(start: datetime, end: datetime, pauses: list[Pause]) -> Iterator[Line]:
    at = start
    for pause in pauses:
        stop = end if pause.end is None else min(pause.end, end)
        if pause.start <= at < stop:
            yield Line(start=at, end=stop, counted=False, why=pause.why.value, basis=pause.basis, by=pause.by)
            at = stop


def _changes(clock: Clock) -> tuple[Change, ...]:
    dues = [*(past.due_at for past in clock.past_dues), clock.due_at]
    return tuple(
        Change(at=past.moved_at, why=past.why, from_due=past.due_at, to_due=following)
        for past, following in zip(clock.past_dues, dues[1:], strict=True)
    )
