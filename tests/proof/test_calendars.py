"""Working time against two oracles that know nothing of intervals: one looks at every minute, one at every second.

What counts is taken from the definition alone: an instant counts when the wall clock in the calendar's zone then shows a
time inside one of the day's shifts. The weeks hold the nights on which Berlin and St. John's set their clocks back.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import accumulate
from random import Random
from zoneinfo import ZoneInfo

import pytest

from gridward.domain.calendar import Shift, SpecialDay, WorkingCalendar, add_working, stretches, working_between
from proof.sizes import size

BY_MINUTE, BY_SECOND, AT_ONCE = size(200, 20_000), size(5, 300), 100
MINUTE, SECOND = timedelta(minutes=1), timedelta(seconds=1)
ZONES = ("Asia/Shanghai", "UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns")
BEGIN, DAYS = datetime(2026, 10, 12, tzinfo=UTC), 35
MINUTES = DAYS * 1440


def random_shifts(dice: Random) -> tuple[Shift, ...]:
    """Up to three shifts; some touch, some reach midnight, some are a minute long."""
    marks = sorted(dice.sample((0, 1440, *range(1, 1440)), 2 * dice.randint(0, 3)))
    if len(marks) >= 4 and dice.random() < 0.3:
        marks[2] = marks[1]
    return tuple(Shift(a, b) for a, b in zip(marks[::2], marks[1::2], strict=True) if a < b)


def random_calendar(dice: Random) -> WorkingCalendar:
    days = [date(2026, 10, 10) + timedelta(days=dice.randrange(DAYS + 4)) for _ in range(dice.randint(0, 8))]
    return WorkingCalendar(
        calendar_id="random",
        version=1,
        time_zone=dice.choice(ZONES),
        weekly=tuple(random_shifts(dice) for _ in range(7)),
        exceptions={day: SpecialDay(random_shifts(dice), "special") for day in days},
    )


def shows_work(cal: WorkingCalendar, wall: datetime) -> bool:
    """The definition."""
    special = cal.exceptions.get(wall.date())
    shifts = cal.weekly[wall.weekday()] if special is None else special.shifts
    shown = wall.hour * 60 + wall.minute
    return any(shift.start_minute <= shown < shift.end_minute for shift in shifts)


@cache
def walls(zone: str) -> list[datetime]:
    """What the clocks on the wall show at each minute of these weeks."""
    there = ZoneInfo(zone)
    return [(BEGIN + number * MINUTE).astimezone(there).replace(tzinfo=None) for number in range(MINUTES)]


@pytest.mark.parametrize("first", range(0, BY_MINUTE, AT_ONCE))
def test_spans_end_where_counting_every_minute_says(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        dice = Random(seed)
        cal = random_calendar(dice)
        counts = [shows_work(cal, wall) for wall in walls(cal.time_zone)]
        sums = [0, *accumulate(counts)]
        start = dice.randrange(MINUTES)
        span = dice.randint(0, sums[-1] - sums[start])
        end = start
        while sums[end] - sums[start] < span:
            end += 1
        at, due = BEGIN + start * MINUTE, BEGIN + end * MINUTE
        assert add_working(cal, at, span * MINUTE) == due, (seed, "add_working")
        assert working_between(cal, at, due) == span * MINUTE, (seed, "working_between")
        other = dice.randint(start, MINUTES - 1)
        between = (sums[other] - sums[start]) * MINUTE
        until = BEGIN + other * MINUTE
        assert working_between(cal, at, until) == between, (seed, "working_between, any end")
        cut = stretches(cal, at, until)
        assert sum((one.span for one in cut if one.counted), timedelta()) == between, (seed, "stretches")


@pytest.mark.parametrize("seed", range(BY_SECOND))
def test_spans_end_where_counting_every_second_says(seed: int) -> None:
    dice = Random(1_000_000 + seed)
    cal = random_calendar(dice)
    zone = ZoneInfo(cal.time_zone)
    at = BEGIN + timedelta(days=dice.randrange(DAYS - 4), seconds=dice.randrange(86_400))
    left = span = dice.randrange(60_000)
    now, last = at, at + timedelta(days=3)
    while left and now < last:
        left -= shows_work(cal, now.astimezone(zone))
        now += SECOND
    span -= left
    assert working_between(cal, at, now) == span * SECOND
    if not left:
        assert add_working(cal, at, span * SECOND) == now
