"""Two versions of a calendar beside each other, and a calendar from a person's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from gridward.domain.calendar import Shift, WorkingCalendar
from gridward.domain.errors import Malformed
from gridward.domain.standards_document import read_calendar, to_document

CODE = "standard.document"


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that has other shifts; ``why`` is the new version's word for it, ``past``: it has been."""

    on: date
    before: tuple[Shift, ...]
    after: tuple[Shift, ...]
    why: str | None
    past: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarChange:
    """``weekly``: weekdays (Monday 0) whose ordinary shifts change; that counts for days gone by as well."""

    days: tuple[DayChange, ...]
    weekly: tuple[int, ...]
    years_added: tuple[int, ...]
    years_gone: tuple[int, ...]
    zone_changed: bool

    @property
    def touches_past(self) -> bool:
        return bool(self.weekly) or self.zone_changed or any(day.past for day in self.days)

    @property
    def empty(self) -> bool:
        return not (self.days or self.weekly or self.years_added or self.years_gone or self.zone_changed)


def compare_calendars(before: WorkingCalendar, after: WorkingCalendar, today: date) -> CalendarChange:
    """``today`` is the city's date; a day before it has been."""
    dated = sorted(set(before.exceptions) | set(after.exceptions))
    days = [
        DayChange(
            on=day,
            before=before.shifts_on(day),
            after=after.shifts_on(day),
            why=after.exceptions[day].why if day in after.exceptions else None,
            past=day < today,
        )
        for day in dated
        if before.exceptions.get(day) != after.exceptions.get(day) and before.shifts_on(day) != after.shifts_on(day)
    ]
    return CalendarChange(
        days=tuple(days),
        weekly=tuple(day for day in range(7) if before.weekly[day] != after.weekly[day]),
        years_added=tuple(sorted(after.published_years - before.published_years)),
        years_gone=tuple(sorted(before.published_years - after.published_years)),
        zone_changed=before.time_zone != after.time_zone,
    )


def read_calendar_file(document: Mapping[str, Any], onto: WorkingCalendar | None) -> WorkingCalendar:
    """A calendar from a file of a person; what it does not say is as in ``onto``.

    ``exceptions_changed`` puts single days (``null`` takes one back), ``exceptions`` all of them; ``years_added`` adds
    to ``published_years``.

    Raises:
        Malformed: ``standard.document`` with ``place`` and ``why``; ``calendar.…`` as :class:`WorkingCalendar`.
    """
    given = dict(document)
    whole: dict[str, Any] = to_document(onto) if onto is not None else {"version": 1}
    days, years = given.pop("exceptions_changed", {}), given.pop("years_added", [])
    if not isinstance(days, Mapping):
        raise Malformed(CODE, kind="WorkingCalendar", place="exceptions_changed", why="it is no object")
    if not isinstance(years, list):
        raise Malformed(CODE, kind="WorkingCalendar", place="years_added", why="it is no list")
    whole |= given
    exceptions = {**whole.get("exceptions", {}), **days}
    whole["exceptions"] = {day: one for day, one in exceptions.items() if one is not None}
    whole["published_years"] = [*dict.fromkeys([*whole.get("published_years", []), *years])]
    whole["version"] = onto.version if onto is not None else 1
    if "calendar_id" not in whole:
        raise Malformed(CODE, kind="WorkingCalendar", place="calendar_id", why="which calendar is it?")
    for name in ("time_zone", "weekly"):
        if name not in whole:
            raise Malformed(CODE, kind="WorkingCalendar", place=name, why="a new calendar must say it")
    return read_calendar(whole)


def years_unpublished(calendar: WorkingCalendar, today: date) -> tuple[int, ...]:
    """This year and the next, as far as their holidays are not official: what is computed over them is 暂定."""
    if calendar.holiday_free:
        return ()
    return tuple(year for year in (today.year, today.year + 1) if year not in calendar.published_years)
