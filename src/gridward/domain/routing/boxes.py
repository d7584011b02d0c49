"""For which cases rules hold, as boxes: in each dimension the set of values that a rule admits, one bit each.

Rules ask a few things independently of one another (kind, ground, place, class of area, time), so all cases of a rule
are a box. What two rules share is a box again, and what earlier rules leave of a later one is a list of boxes: exact,
whatever the number of grids and kinds, without trying case after case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from gridward.domain.routing.rules import Case, Ground, Rule, When, Window

Box = tuple[int, ...]

MOST_BOXES = 50_000


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem as rules see it; without a condition it was not named."""

    category: str
    condition_id: str | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class Spot:
    """A place as rules see it; the first one, without grid and areas, lies outside of everything."""

    grid_id: UUID | None = None
    area_ids: frozenset[UUID] = frozenset()


class TooManyBoxes(Exception):
    """Rules cut one another into more pieces than can be judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """Every value that tells cases apart; in each dimension the plainest first, which examples prefer."""

    kinds: Sequence[Kind]
    grounds: Sequence[Ground]
    spots: Sequence[Spot]
    area_classes: Sequence[str | None]
    instants: Sequence[datetime]
    places: Mapping[UUID, int]
    """Where each grid stands among the spots."""

    def box_of(self, when: When) -> Box:
        return (
            _bits(self.kinds, lambda kind: _admits(when, kind)),
            _bits(self.grounds, lambda ground: when.grounds is None or ground in when.grounds),
            self._spots_of(when),
            _bits(self.area_classes, lambda one: when.area_classes is None or one in when.area_classes),
            _bits(self.instants, lambda at: when.window is None or when.window.holds(at)),
        )

    def example(self, box: Box) -> Case:
        """The plainest case of a box that is not empty."""
        dimensions: tuple[Sequence[Any], ...] = (
            self.kinds,
            self.grounds,
            self.spots,
            self.area_classes,
            self.instants,
        )
        kind, ground, spot, area_class, at = (
            values[(bits & -bits).bit_length() - 1] for values, bits in zip(dimensions, box, strict=True)
        )
        return Case(
            category=kind.category,
            condition_id=kind.condition_id,
            urgent=kind.urgent,
            ground=ground,
            grid_id=spot.grid_id,
            area_ids=spot.area_ids,
            area_class=area_class,
            local_at=at,
        )

    def _spots_of(self, when: When) -> int:
        """Most rules ask for no place, or for few grids of thousands: those are not looked for one by one."""
        if when.grids is None and when.areas is None:
            return (1 << len(self.spots)) - 1
        at = self.places
        named = range(len(self.spots)) if when.grids is None else sorted(at[one] for one in when.grids if one in at)
        found = bytearray(len(self.spots) // 8 + 1)
        for place in named:
            if when.areas is None or not when.areas.isdisjoint(self.spots[place].area_ids):
                found[place >> 3] |= 1 << (place & 7)
        return int.from_bytes(found, "little")

    def grounds_box(self, grounds: frozenset[Ground]) -> Box:
        """All cases on these grounds."""
        return self.box_of(When(grounds=grounds))

    def categories_box(self, categories: frozenset[str]) -> Box:
        return self.box_of(When(categories=categories))


def common(one: Box, other: Box) -> Box | None:
    """What two boxes share; None when nothing."""
    shared = tuple(mine & theirs for mine, theirs in zip(one, other, strict=True))
    return shared if all(shared) else None


def within(one: Box, other: Box) -> bool:
    return all(mine & ~theirs == 0 for mine, theirs in zip(one, other, strict=True))


def minus(pieces: Iterable[Box], taken: Box) -> list[Box]:
    """What is left of disjoint boxes without another one; disjoint boxes again.

    Raises:
        TooManyBoxes: beyond :data:`MOST_BOXES`.
    """
    left: list[Box] = []
    for piece in pieces:
        if common(piece, taken) is None:
            left.append(piece)
            continue
        head: Box = ()
        for at, (mine, theirs) in enumerate(zip(piece, taken, strict=True)):
            if mine & ~theirs:
                left.append((*head, mine & ~theirs, *piece[at + 1 :]))
            head = (*head, mine & theirs)
        if len(left) > MOST_BOXES:
            raise TooManyBoxes
    return left


def instants_of(rules: Sequence[Rule]) -> list[datetime]:
    """One local instant for each stretch of time that the rules' windows tell apart; the first lies in none, if any."""
    windows = [rule.when.window for rule in rules if rule.when.window is not None]
    starts = {window.from_on for window in windows if window.from_on} | {
        window.to_on + timedelta(days=1) for window in windows if window.to_on and window.to_on < date.max
    }
    days = sorted({*starts, *({min(starts) - timedelta(days=1)} if starts else {date(2000, 1, 3)})})
    clocks = sorted({time(0), *(one for window in windows for one in (window.from_time, window.to_time) if one)})
    found = [datetime.combine(day, clock) for day in days for clock in clocks]
    return sorted(found, key=lambda at: (_among(windows, at), at))


def _among(windows: Sequence[Window], at: datetime) -> int:
    return sum(window.holds(at) for window in windows)


def _admits(when: When, kind: Kind) -> bool:
    return (
        (when.categories is None or kind.category in when.categories)
        and (when.conditions is None or kind.condition_id in when.conditions)
        and (when.urgent is None or kind.urgent is when.urgent)
    )


def _bits(values: Sequence[Any], holds: Callable[[Any], bool]) -> int:
    return sum(1 << at for at, value in enumerate(values) if holds(value))
