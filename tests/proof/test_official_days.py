"""The official working days of China, every day from 2015 on, against a list that somebody else keeps."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import chinese_calendar
import pytest

from gridward.domain.calendar import WorkingCalendar, is_provisional
from gridward.domain.standards import CITY
from gridward.domain.standards_builtin import built_in_calendars
from gridward.gateways.holidays import official_days_of_china

FIRST, LAST = 2015, 2026


@pytest.fixture(scope="module")
def city() -> WorkingCalendar:
    """The calendar that a jurisdiction starts with; 2027 was asked for as well, and nobody has announced it."""
    official = official_days_of_china(FIRST, LAST + 1)
    found = built_in_calendars(official.special, official.published, "Asia/Shanghai")
    return next(one for one in found if one.calendar_id == CITY)


@pytest.mark.parametrize("year", range(FIRST, LAST + 1))
def test_every_day_of_a_year_is_what_was_announced(city: WorkingCalendar, year: int) -> None:
    days = [date(year, 1, 1) + timedelta(days=number) for number in range(366)]
    wrong = [day for day in days if day.year == year and city.is_working_day(day) != chinese_calendar.is_workday(day)]
    assert wrong == []
    assert not is_provisional(city, datetime(year, 6, 1, tzinfo=UTC), datetime(year, 12, 31, tzinfo=UTC))


def test_a_year_that_nobody_has_announced_is_said_to_be_provisional(city: WorkingCalendar) -> None:
    assert is_provisional(city, datetime(LAST + 1, 3, 1, tzinfo=UTC))
    assert is_provisional(city, datetime(LAST, 12, 30, tzinfo=UTC), datetime(LAST + 1, 1, 4, tzinfo=UTC))
    assert city.is_working_day(date(LAST + 1, 1, 1)), "a plain Friday: what is not known is not guessed"
