"""Working calendars: which seconds count, and where a span of working time ends.

Everything here is exact to the microsecond and takes aware instants in any zone; answers are UTC. A calendar's shifts
are minutes of the *local* day in the calendar's zone, and an instant counts when the wall clock there shows a time
inside a shift. So where clocks are set forward or back, an hour that is never shown is not counted, and one shown twice
is, twice.

Cost: O(days between the two ends). Days once looked at are remembered in the calendar object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from types import MappingProxyType
from zoneinfo import ZoneInfo

from gridward.domain.errors import Malformed

DAY_MINUTES = 1440
ONE_DAY = timedelta(days=1)
BARREN_DAYS = 1500
"""After so many days without one shift a calendar is taken to have none left (the longest real gap is a holiday)."""

Interval = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, order=True)
class Shift:
    """A part of the local day that counts, ``[start_minute, end_minute)`` in minutes after local midnight, 0…1440.

    Night work is two shifts: until 1440 on one day and from 0 on the next.
    """

    start_minute: int
    end_minute: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_minute < self.end_minute <= DAY_MINUTES:
            raise Malformed("calendar.shift", start_minute=self.start_minute, end_minute=self.end_minute)


@dataclass(frozen=True, slots=True)
class SpecialDay:
    """A dated exception: the day has exactly these shifts (none: a day off); ``why`` is for people."""

    shifts: tuple[Shift, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of ``[start, end)`` that counted or did not.

    ``why`` is one of ``working``, ``make_up`` (counted on a special day), ``off_hours`` (between or outside the
    shifts of a working day), ``rest_day`` (a weekday without shifts), ``holiday`` (a special day without shifts),
    ``elapsed`` (every second counts). ``note`` is the special day's own name, if it has one.
    """

    start: datetime
    end: datetime
    counted: bool
    why: str
    note: str | None = None

    @property
    def span(self) -> timedelta:
        return self.end - self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkingCalendar:
    """One published version of one calendar of a jurisdiction. Never edited: a change is a new version.

    Args:
        calendar_id: The name clocks know it by (``city``, ``desk``, ``verifiers``, ``work``, ``estate``, …).
        version: Counts up from 1 within (jurisdiction, calendar_id).
        time_zone: IANA name.
        weekly: Seven tuples of shifts, Monday first.
        exceptions: Local date → what that day is instead.
        published_years: Local years whose holidays are official. Others are computed from the plain weekdays and are
            *provisional* (暂定). A calendar whose days do not depend on holidays names every year it may meet, or sets
            ``holiday_free``.
        holiday_free: Holidays do not touch it (duty hours of every day): never provisional.
    """

    calendar_id: str
    version: int
    time_zone: str
    weekly: tuple[tuple[Shift, ...], ...]
    exceptions: Mapping[date, SpecialDay] = field(default_factory=dict)
    published_years: frozenset[int] = frozenset()
    holiday_free: bool = False
    _remembered: dict[date, tuple[Interval, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )
    _cut: dict[date, tuple[Stretch, ...]] = field(
        default_factory=dict, init=False, repr=False, compare=False, hash=False
    )

    def __post_init__(self) -> None:
        if len(self.weekly) != 7:
            raise Malformed("calendar.week", days=len(self.weekly))
        for day, shifts in (*enumerate(self.weekly), *((on, s.shifts) for on, s in self.exceptions.items())):
            if any(a.end_minute > b.start_minute for a, b in pairwise(shifts)):
                raise Malformed("calendar.shifts_overlap", day=str(day))
        zone_named(self.time_zone)
        object.__setattr__(self, "exceptions", MappingProxyType(dict(self.exceptions)))

    @property
    def zone(self) -> ZoneInfo:
        return zone_named(self.time_zone)

    def local_date(self, instant: datetime) -> date:
        """The calendar's local date of an aware instant."""
        return instant.astimezone(self.zone).date()

    def shifts_on(self, day: date) -> tuple[Shift, ...]:
        """The shifts of one local day, exceptions applied."""
        special = self.exceptions.get(day)
        return self.weekly[day.weekday()] if special is None else special.shifts

    def is_working_day(self, day: date) -> bool:
        return bool(self.shifts_on(day))

    def intervals_on(self, day: date) -> tuple[Interval, ...]:
        """The shifts of one local day as UTC intervals, in order, touching ones joined."""
        known = self._remembered.get(day)
        if known is None:
            known = self._remembered[day] = tuple(self._intervals(day))
        return known

    def stretches_on(self, day: date) -> tuple[Stretch, ...]:
        """One local day from 00:00 to 24:00, cut into what counts and what does not."""
        known = self._cut.get(day)
        if known is None:
            known = self._cut[day] = tuple(self._stretches(day))
        return known

    def _stretches(self, day: date) -> Iterator[Stretch]:
        special = self.exceptions.get(day)
        note = special.why if special else None
        idle = "off_hours" if self.is_working_day(day) else "holiday" if special else "rest_day"
        at, midnight = local_instant(self.zone, day, 0), local_instant(self.zone, day, DAY_MINUTES)
        for opens, closes in self.intervals_on(day):
            if at < opens:
                yield Stretch(at, opens, False, idle, note)
            yield Stretch(opens, closes, True, "make_up" if special else "working", note)
            at = closes
        if at < midnight:
            yield Stretch(at, midnight, False, idle, note)

    def _intervals(self, day: date) -> Iterator[Interval]:
        midnight = datetime.combine(day, time.min, UTC)
        open_: Interval | None = None
        for starts, ends, offset in _offsets(self.zone, day):
            for shift in self.shifts_on(day):
                opens = max(starts, midnight + timedelta(minutes=shift.start_minute) - offset)
                closes = min(ends, midnight + timedelta(minutes=shift.end_minute) - offset)
                if closes <= opens:
                    continue
                if open_ is not None and opens == open_[1]:
                    open_ = (open_[0], closes)
                    continue
                if open_ is not None:
                    yield open_
                open_ = (opens, closes)
        if open_ is not None:
            yield open_


def _offsets(zone: ZoneInfo, day: date) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The local day cut where the zone's offset changes (at most once in a day): start, end, offset."""
    starts, ends = local_instant(zone, day, 0), local_instant(zone, day, DAY_MINUTES, last=True)
    before, after = _offset(zone, starts), _offset(zone, ends - timedelta(microseconds=1))
    if before == after:
        yield starts, ends, before
    else:
        change = _first(starts, ends, lambda instant: _offset(zone, instant) != before)
        yield starts, change, before
        yield change, ends, after


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


def _first(not_yet: datetime, surely: datetime, holds: Callable[[datetime], bool]) -> datetime:
    """The first whole second at which something holds that then goes on holding."""
    while surely - not_yet > timedelta(seconds=1):
        middle = not_yet + timedelta(seconds=(surely - not_yet) // timedelta(seconds=2))
        not_yet, surely = (not_yet, middle) if holds(middle) else (middle, surely)
    return surely


@lru_cache
def zone_named(name: str) -> ZoneInfo:
    """The IANA zone. Raises :class:`Malformed` ``calendar.time_zone`` for a name nobody knows."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):
        raise Malformed("calendar.time_zone", time_zone=name) from None


def local_instant(zone: ZoneInfo, day: date, minute: int, *, last: bool = False) -> datetime:
    """The UTC instant at which local clocks of ``day`` show ``minute`` (0…1440).

    A time shown twice (clocks set back) gives the first instant, or the second with ``last``; a time never shown
    (clocks set forward) gives the instant of the change.
    """
    wall = datetime.combine(day, time.min) + timedelta(minutes=minute)
    instant = wall.replace(tzinfo=zone, fold=int(last)).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    before, after = sorted(wall.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return _first(before, after, lambda shown: shown.astimezone(zone).replace(tzinfo=None) >= wall)


def _days(cal: WorkingCalendar, start: datetime) -> Iterator[date]:
    day = cal.local_date(start)
    while True:
        yield day
        day += timedelta(days=1)


def add_working(cal: WorkingCalendar, start: datetime, span: timedelta) -> datetime:
    """The earliest instant ``t`` such that the working time in ``(start, t]`` equals ``span``.

    ``span`` zero gives ``start`` itself, also outside the shifts. Raises :class:`Malformed` for a negative span and for
    a calendar that has no working time left (``calendar.no_working_time``).
    """
    if span < timedelta():
        raise Malformed("calendar.negative_span", seconds=span.total_seconds())
    start = start.astimezone(UTC)
    if not span:
        return start
    left, barren = span, 0
    for day in _days(cal, start):
        intervals = cal.intervals_on(day)
        for opens, closes in intervals:
            available = closes - max(opens, start)
            if available >= left:
                return max(opens, start) + left
            if available > timedelta():
                left -= available
        barren = 0 if intervals else barren + 1
        if barren > BARREN_DAYS:
            break
    raise Malformed("calendar.no_working_time", calendar_id=cal.calendar_id, after=start.isoformat())


def working_between(cal: WorkingCalendar, a: datetime, b: datetime) -> timedelta:
    """The working time in ``(a, b]``; zero where ``b`` is not after ``a``."""
    a, b = a.astimezone(UTC), b.astimezone(UTC)
    total = timedelta()
    if b <= a:
        return total
    day, final = cal.local_date(a), cal.local_date(b)
    while day <= final:
        for opens, closes in cal.intervals_on(day):
            since = opens if opens > a else a
            until = closes if closes < b else b
            if until > since:
                total += until - since
        day += ONE_DAY
    return total


def stretches(cal: WorkingCalendar, a: datetime, b: datetime) -> tuple[Stretch, ...]:
    """``[a, b)`` cut into what counted and what did not, in order, without gaps; neighbours of one kind are joined.

    The counted spans add up to ``working_between(cal, a, b)``, all of them to ``b - a``.
    """
    a, b = a.astimezone(UTC), b.astimezone(UTC)
    out: list[Stretch] = []
    if b <= a:
        return ()
    day, final = cal.local_date(a), cal.local_date(b)
    while day <= final:
        for part in cal.stretches_on(day):
            if part.end <= a or part.start >= b:
                continue
            start = part.start if part.start > a else a
            end = part.end if part.end < b else b
            if out and (out[-1].why, out[-1].note) == (part.why, part.note):
                start = out.pop().start
            out.append(Stretch(start, end, part.counted, part.why, part.note))
        day += ONE_DAY
    return tuple(out)


def nth_working_day(cal: WorkingCalendar, after: date, number: int) -> date:
    """The ``number``-th (from 1) working day after a local date, which itself does not count."""
    day, left, barren = after, number, 0
    while barren <= BARREN_DAYS:
        day += timedelta(days=1)
        barren = 0 if cal.is_working_day(day) else barren + 1
        left -= not barren
        if left <= 0:
            return day
    raise Malformed("calendar.no_working_time", calendar_id=cal.calendar_id, after=after.isoformat())


def end_of_work_day(cal: WorkingCalendar, start: datetime, days: int) -> datetime:
    """The end of the last shift of working day ``days``; the local day of ``start`` itself does not count."""
    return cal.intervals_on(nth_working_day(cal, cal.local_date(start), days))[-1][1]


def end_of_day(cal: WorkingCalendar, start: datetime, days: int) -> datetime:
    """24:00 of the local day that lies ``days`` days after the local day of ``start``."""
    return local_instant(cal.zone, cal.local_date(start) + timedelta(days=days), DAY_MINUTES)


def is_provisional(cal: WorkingCalendar, start: datetime, due: datetime | None = None) -> bool:
    """Whether a computation over ``[start, due]`` touches a local year without published holidays (shown as 暂定)."""
    if cal.holiday_free:
        return False
    first, last = cal.local_date(start).year, cal.local_date(due if due is not None else start).year
    return any(year not in cal.published_years for year in range(first, last + 1))
