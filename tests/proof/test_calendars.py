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


def minutes_of(shifts: tuple[Shift, ...]) -> bytes:
    """The definition: 1 for each of the day's 1440 minutes that lies in a shift."""
    day = bytearray(1440)
    for shift in shifts:
        for minute in range(shift.start_minute, shift.end_minute):
            day[minute] = 1
    return bytes(day)


def days_of(cal: WorkingCalendar) -> dict[date, bytes]:
    weekly = [minutes_of(shifts) for shifts in cal.weekly]
    days = [BEGIN.date() + timedelta(days=number - 2) for number in range(DAYS + 4)]
    special = {day: minutes_of(own.shifts) for day, own in cal.exceptions.items()}
    return {day: special.get(day, weekly[day.weekday()]) for day in days}


@cache
def walls(zone: str) -> list[tuple[date, int]]:
    """What calendar and clock on the wall show at each minute of these weeks: the day, and the minute of it."""
    there = ZoneInfo(zone)
    shown = [(BEGIN + number * MINUTE).astimezone(there) for number in range(MINUTES)]
    return [(wall.date(), wall.hour * 60 + wall.minute) for wall in shown]


@pytest.mark.parametrize("first", range(0, BY_MINUTE, AT_ONCE))
def test_spans_end_where_counting_every_minute_says(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        dice = Random(seed)
        cal = random_calendar(dice)
        days = days_of(cal)
        counts = [days[day][minute] for day, minute in walls(cal.time_zone)]
        sums = [0, *accumulate(counts)]
        start = dice.randrange(MINUTES)
        span = dice.randint(0, sums[-1] - sums[start])
        shut = [one for one in range(start + 1, MINUTES) if counts[one - 1] and not counts[one]]
        if shut and dice.random() < 0.3:
            # To the very end of a shift: there the earliest instant is not the only one with that much work before it.
            span = sums[dice.choice(shut)] - sums[start]
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
    zone, days = ZoneInfo(cal.time_zone), days_of(cal)
    at = BEGIN + timedelta(days=dice.randrange(DAYS - 4), seconds=dice.randrange(86_400))
    left = span = dice.randrange(60_000)
    now, last = at, at + timedelta(days=3)
    while left and now < last:
        wall = now.astimezone(zone)
        left -= days[wall.date()][wall.hour * 60 + wall.minute]
        now += SECOND
    span -= left
    assert working_between(cal, at, now) == span * SECOND
    if not left:
        assert add_working(cal, at, span * SECOND) == now
