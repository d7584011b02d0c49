"""Visits (走访): when a household is due, in which order one walks, what an outcome counts for.

Every household once a quarter, 关爱户 once a month, and so many visits a month and liaison (``ties.Rules``). A quarter and
a month are the calendar's, in the jurisdiction's own days. No position, photo or signature is asked for at a door.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import TypeVar

from gridward.domain.households.register import Dwelling, without_numbers
from gridward.domain.households.ties import EAST_WEST, Rules, Spot


class Outcome(StrEnum):
    met = "met"
    """见到了"""
    card_left = "card_left"
    """没人在家，留了联系卡"""
    not_now = "not_now"
    """不便接待"""
    moved_away = "moved_away"
    """已搬走"""
    phoned = "phoned"
    """电话联系: counted apart"""


REACHED = frozenset({Outcome.met, Outcome.not_now})
"""The household knows who its liaison is: it is not due again before the next quarter or month. A card at the door and a
call are written down, but leave it due."""


class Mark(StrEnum):
    """What is odd about a visit that was taken all the same: it is a fact."""

    household_moved = "household_moved"
    household_merged = "household_merged"
    not_tied = "not_tied"
    clock_ahead = "clock_ahead"


OMITTED = "〔证件号已略去〕"


def without_id_numbers(note: str) -> str:
    """What somebody wrote at a door, without identity numbers: these are kept nowhere."""
    return without_numbers(note, OMITTED)


LEAST_TOLD = 10
"""Of fewer 关爱户 than these nothing is counted for a desk: the number would point at a door."""

NOTE_KEPT = timedelta(days=730)
MOST_NOTE = 2000


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def first_of_period(day: date, months: int) -> date:
    """The first day of the month, quarter … that a day lies in; ``months`` divides twelve."""
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def end_of_period(first: date, months: int) -> date:
    """The last day of it."""
    month = first.month - 1 + months
    return date(first.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """``due_on``: the last day in time. ``reached``: nothing is due until then; ``overdue``: a whole period went by."""

    due_on: date
    reached: bool
    overdue: bool


def due(*, cares: bool, since: date, reached_on: date | None, today: date, rules: Rules) -> Due:
    """When a household is to be visited.

    Args:
        since: The day from which it is visited: registered, or first tied. No period before it counts.
        reached_on: The day on which somebody last met it.
    """
    months = rules.care_months if cares else rules.quarterly_months
    first = first_of_period(today, months)
    if reached_on is not None and reached_on >= first:
        following = end_of_period(first, months) + timedelta(days=1)
        return Due(due_on=end_of_period(following, months), reached=True, overdue=False)
    # A period in the middle of which it was registered or tied is not held against anybody.
    before = first_of_period(first - timedelta(days=1), months)
    overdue = since <= before and (reached_on is None or reached_on < before)
    return Due(due_on=end_of_period(first, months), reached=False, overdue=overdue)


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """``spot``: of its building."""

    spot: Spot
    building: str
    dwelling: Dwelling


D = TypeVar("D", bound=Door)


def walking_order(doors: Sequence[D]) -> list[D]:
    """From the westernmost building always on to the nearest one not visited; inside of it entrance by entrance, from
    the top floor down."""
    houses: dict[tuple[str, Spot], list[D]] = {}
    for one in doors:
        houses.setdefault((one.building, one.spot), []).append(one)
    left = sorted(houses, key=lambda one: (one[1], one[0]))
    ordered: list[D] = []
    here: Spot | None = None
    while left:
        nearest = left[0] if here is None else _nearest(here, left)
        left.remove(nearest)
        here = nearest[1]
        ordered += sorted(houses[nearest], key=lambda one: _stairs(one.dwelling))
    return ordered


def _nearest(here: Spot, left: Sequence[tuple[str, Spot]]) -> tuple[str, Spot]:
    return min(left, key=lambda one: (_apart(here, one[1]), one))


def _apart(a: Spot, b: Spot) -> float:
    """Good enough to compare: a degree of longitude is shorter than one of latitude where people live."""
    return ((a[0] - b[0]) * EAST_WEST) ** 2 + (a[1] - b[1]) ** 2


def _stairs(one: Dwelling) -> tuple[tuple[object, ...], int, tuple[object, ...]]:
    floor = re.search(r"\d+", one.floor)
    return _natural(one.entrance), -int(floor.group()) if floor else 0, _natural(one.room)


def _natural(words: str) -> tuple[object, ...]:
    """``2`` before ``10``."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in re.findall(r"\d+|\D+", words))


def share(part: int, whole: int) -> float | None:
    """None where there is nothing to divide by."""
    return None if whole == 0 else part / whole


def counted(outcomes: Iterable[tuple[Outcome, int]]) -> dict[str, int]:
    """Outcome → how many, all of them named; ``in_person`` leaves calls out."""
    found = dict.fromkeys((one.value for one in Outcome), 0)
    for outcome, number in outcomes:
        found[outcome.value] += number
    return {**found, "in_person": sum(found.values()) - found[Outcome.phoned.value]}
