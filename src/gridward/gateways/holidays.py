"""Official holidays and made-up working days (调休) of China, from the ``holidays`` package.

It seeds calendars that an administrator can then publish anew. The package also foretells statutory days of years that
the State Council has not announced; those are left out: without the made-up days they would be wrong, and a year counts
as published only when the announcement is known. Every announcement since 2007 moves at least one weekend.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import holidays


@dataclass(frozen=True, slots=True)
class OfficialDays:
    """``special``: date → the holiday's name, or None for a weekend day worked instead. ``published``: years known."""

    special: Mapping[date, str | None]
    published: frozenset[int]


def official_days_of_china(first_year: int, last_year: int) -> OfficialDays:
    """What was announced for the years ``first_year`` … ``last_year``."""
    years = range(first_year, last_year + 1)
    announced = holidays.country_holidays("CN", years=years, language="zh_CN")
    worked = {day for day in announced.weekend_workdays if day.year in years}
    published = frozenset(day.year for day in worked)
    free = {day: name for day, name in announced.items() if day.year in published and day not in worked}
    return OfficialDays({**free, **dict.fromkeys(worked)}, published)
