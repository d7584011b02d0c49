"""Kinds of limit and their arithmetic: from a start to a due instant, through pauses and extensions.

**What a pause freezes.** Every limit has one *measure*: the seconds that its remaining time is counted in. Pausing at
``p`` keeps ``remaining = measure(p, due)``; resuming at ``r`` gives the earliest due with that much after ``r``.

==================  ==============================  ==========================================
kind                due from a start                measure of what is left
==================  ==============================  ==========================================
``work_hour``       hours on the clock's calendar   working time on the clock's calendar
``work_day``        days on the city's calendar     working time on the city's calendar
``urgent_hour``     elapsed hours                   elapsed time
``urgent_day``      n × 24 elapsed hours            elapsed time
``natural_day``     24:00 of day n, or n × 24 h     elapsed time
``by_time``         a stated hour of the day        elapsed time
==================  ==============================  ==========================================

So a day limit under ``next_day`` that was paused ends where its working time ends, which need not be the end of a
shift: paused for three whole days it is due three working days later at the same hour, never a day for a started day.
A pause of no length, and one outside all shifts of a working measure, change nothing.

**What an extension adds.** Hours move the due instant by their span. Days under ``hours`` are n × 8 working hours (or
n × 24 elapsed). Days under ``next_day`` move the due instant n (working) days on at the same local hour; the end of a
working day stays the end of one (so does an hour that is not worked on the day it falls on), 24:00 stays 24:00. Both
readings commute with pauses on a regular calendar.

A clock that is already over is not paused: its due instant, and the breach at it, stand.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from gridward.domain.calendar import (
    DAY_MINUTES,
    Stretch,
    WorkingCalendar,
    add_working,
    end_of_day,
    end_of_work_day,
    is_provisional,
    local_instant,
    nth_working_day,
    stretches,
    working_between,
)
from gridward.domain.errors import Malformed

WORK_DAY_HOURS = 8


class LimitKind(StrEnum):
    """Kinds of limit; the Chinese word stands in :data:`KIND_WORDS`."""

    URGENT_HOUR = "urgent_hour"
    WORK_HOUR = "work_hour"
    WORK_DAY = "work_day"
    NATURAL_DAY = "natural_day"
    URGENT_DAY = "urgent_day"
    BY_TIME = "by_time"


KIND_WORDS: dict[LimitKind, str] = {
    LimitKind.URGENT_HOUR: "紧急工作时",
    LimitKind.WORK_HOUR: "工作时",
    LimitKind.WORK_DAY: "工作日",
    LimitKind.NATURAL_DAY: "自然日",
    LimitKind.URGENT_DAY: "紧急工作日",
}

URGENT = frozenset({LimitKind.URGENT_HOUR, LimitKind.URGENT_DAY})
HOURS = frozenset({LimitKind.URGENT_HOUR, LimitKind.WORK_HOUR})


class DayRule(StrEnum):
    """How a standard counts days; it must declare one.

    ``next_day``: the day of the start does not count, due at the end of day n. ``hours``: a work day is 8 working
    hours, a natural day 24 elapsed hours.
    """

    NEXT_DAY = "next_day"
    HOURS = "hours"


@dataclass(frozen=True, slots=True)
class Measure:
    """The seconds that count: those inside a calendar's shifts, or all of them (``calendar`` None)."""

    calendar: WorkingCalendar | None

    def between(self, a: datetime, b: datetime) -> timedelta:
        """What counts in ``(a, b]``; zero where ``b`` is not after ``a``."""
        if self.calendar is not None:
            return working_between(self.calendar, a, b)
        return max(b - a, timedelta())

    def after(self, start: datetime, span: timedelta) -> datetime:
        """The earliest instant at which ``span`` has been counted since ``start``. UTC."""
        if self.calendar is not None:
            return add_working(self.calendar, start, span)
        if span < timedelta():
            raise Malformed("calendar.negative_span", seconds=span.total_seconds())
        return start.astimezone(UTC) + span

    def stretches(self, a: datetime, b: datetime) -> tuple[Stretch, ...]:
        """``[a, b)`` cut into what counted and what did not (see :func:`gridward.domain.calendar.stretches`)."""
        if self.calendar is not None:
            return stretches(self.calendar, a, b)
        return (Stretch(a.astimezone(UTC), b.astimezone(UTC), True, "elapsed"),) if b > a else ()

    def is_provisional(self, start: datetime, due: datetime) -> bool:
        """Whether the days between depend on a year without published holidays."""
        return self.calendar is not None and is_provisional(self.calendar, start, due)


@dataclass(frozen=True, slots=True)
class Timekeeping:
    """What a limit needs to become an instant: *days on the city's calendar, hours on the clock's own*.

    ``own`` is the calendar of the clock (``desk`` for ``file`` and ``dispatch``, that of the unit's kind for the unit's
    clocks, ``verifiers`` for ``verify``); ``day_rule`` is the standard's.
    """

    city: WorkingCalendar
    own: WorkingCalendar
    day_rule: DayRule


@dataclass(frozen=True, slots=True)
class Limit:
    """A span of time allowed (时限), as the standard states it.

    Args:
        kind: See :class:`LimitKind`.
        amount: Hours or days, more than 0, exact (20 minutes are ``Fraction(1, 3)``). For ``by_time`` the days to go
            on: 0 当日, 1 次日.
        text: The words it was read from, shown to people.
        remark: What those words said besides (``种植季节``, ``制止``).
        minute_of_day: ``by_time`` only: local minutes after midnight, 0…1440.
    """

    kind: LimitKind
    amount: int | Fraction
    text: str = ""
    remark: str | None = None
    minute_of_day: int | None = None

    def __post_init__(self) -> None:
        if self.kind is LimitKind.BY_TIME:
            whole = self.amount >= 0 and self.amount == int(self.amount)
            if not whole or self.minute_of_day is None or not 0 <= self.minute_of_day <= DAY_MINUTES:
                raise Malformed("limit.by_time", amount=str(self.amount), minute_of_day=self.minute_of_day)
        elif self.amount <= 0 or self.minute_of_day is not None:
            raise Malformed("limit.amount", kind=self.kind, amount=str(self.amount))

    @property
    def is_urgent(self) -> bool:
        """Nights and holidays count, and the ticket goes out at once."""
        return self.kind in URGENT

    @property
    def hours(self) -> timedelta:
        """The span of a limit in hours, in its own measure; of any other kind only a start makes one."""
        assert self.kind in HOURS
        return _hours(self.amount)

    @property
    def words(self) -> str:
        """The limit in Chinese words: as read, or made from kind and amount."""
        if self.text:
            return self.text
        if self.minute_of_day is not None:
            day = {0: "当日", 1: "次日"}.get(int(self.amount), f"{self.amount}日后")
            return f"{day}{self.minute_of_day // 60:02d}:{self.minute_of_day % 60:02d}"
        minutes = self.amount * 60
        if self.kind in HOURS and self.amount < 1 and minutes == int(minutes):
            return f"{int(minutes)}{'紧急' if self.is_urgent else '工作'}分钟"
        return f"{_plain(self.amount)}{KIND_WORDS[self.kind]}"

    def measure(self, keeping: Timekeeping) -> Measure:
        """What its remaining time is counted in (the table of this module)."""
        if self.kind is LimitKind.WORK_HOUR:
            return Measure(keeping.own)
        if self.kind is LimitKind.WORK_DAY:
            return Measure(keeping.city)
        return Measure(None)

    def due(self, start: datetime, keeping: Timekeeping) -> datetime:
        """The instant until which a stop is on time (inclusive), for a clock that runs from ``start`` unbroken. UTC.

        ``by_time``: the first stated hour after ``start`` (当日) or on the n-th day after it (次日): a limit is never
        over before it began. Raises :class:`Malformed` ``limit.part_of_day`` for half days under ``next_day``.
        """
        city = keeping.city
        if self.minute_of_day is not None:
            day = city.local_date(start) + timedelta(days=int(self.amount))
            due = local_instant(city.zone, day, self.minute_of_day, last=True)
            if due <= start:
                due = local_instant(city.zone, day + timedelta(days=1), self.minute_of_day, last=True)
            return due
        if self.kind in HOURS:
            return self.measure(keeping).after(start, _hours(self.amount))
        if self.kind is LimitKind.URGENT_DAY:
            return start.astimezone(UTC) + _hours(self.amount * 24)
        if keeping.day_rule is DayRule.NEXT_DAY:
            days = self._whole_days()
            return (end_of_work_day if self.kind is LimitKind.WORK_DAY else end_of_day)(city, start, days)
        day_hours = WORK_DAY_HOURS if self.kind is LimitKind.WORK_DAY else 24
        return self.measure(keeping).after(start, _hours(self.amount * day_hours))

    def remaining(self, at: datetime, due: datetime, keeping: Timekeeping) -> timedelta:
        """What is left of the limit at ``at`` of a clock due at ``due``, in its measure; zero once due."""
        return self.measure(keeping).between(at, due)

    def resume(self, remaining: timedelta, at: datetime, keeping: Timekeeping) -> datetime:
        """The due instant of a clock that goes on at ``at`` with ``remaining``: the inverse of :meth:`remaining`."""
        return self.measure(keeping).after(at, remaining)

    def extend(self, due: datetime, keeping: Timekeeping) -> datetime:
        """``due`` moved on by this limit as an extension (it may be of another kind than the clock's own).

        Raises :class:`Malformed` ``limit.extension`` for ``by_time``, which is no span.
        """
        if self.kind is LimitKind.BY_TIME:
            raise Malformed("limit.extension", kind=self.kind)
        if self.kind in HOURS or self.kind is LimitKind.URGENT_DAY or keeping.day_rule is DayRule.HOURS:
            return self.due(due, keeping)
        days, city = self._whole_days(), keeping.city
        # 24:00 belongs to the day it ends, not to the one it begins.
        last_moment = due - timedelta(microseconds=1)
        day = city.local_date(last_moment)
        minutes = (due - local_instant(city.zone, day, 0)) / timedelta(minutes=1)
        if self.kind is LimitKind.NATURAL_DAY:
            return local_instant(city.zone, day + timedelta(days=days), 0) + timedelta(minutes=minutes)
        own_day = city.intervals_on(day)
        target_day = nth_working_day(city, day, days)
        target = city.intervals_on(target_day)
        same_hour = local_instant(city.zone, target_day, 0) + timedelta(minutes=minutes)
        inside = any(opens < same_hour <= closes for opens, closes in target)
        return same_hour if inside and own_day and due < own_day[-1][1] else target[-1][1]

    def _whole_days(self) -> int:
        if self.amount != int(self.amount):
            raise Malformed("limit.part_of_day", amount=str(self.amount))
        return int(self.amount)


def extend_paused(
    limit: Limit, remaining: timedelta, paused_at: datetime, extension: Limit, keeping: Timekeeping
) -> timedelta:
    """What is left of a clock paused at ``paused_at`` after an extension: as if added just before the pause."""
    due = extension.extend(limit.resume(remaining, paused_at, keeping), keeping)
    return limit.remaining(paused_at, due, keeping)


@lru_cache(maxsize=1024)
def _hours(amount: int | Fraction) -> timedelta:
    microseconds = Fraction(amount) * 3_600_000_000
    return timedelta(microseconds=int(microseconds))


def _plain(amount: int | Fraction) -> str:
    return str(int(amount)) if amount == int(amount) else f"{float(amount):g}"
