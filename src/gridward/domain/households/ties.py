"""Ties (联系户): which liaison visits which households, suggested by distance and load. Source: design of field work.

A liaison is tied to 30–35 households (settings). Whole buildings stay together as far as loads allow, and what one liaison
gets lies together, so that it can be walked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

Spot = tuple[float, float]
"""WGS-84 longitude and latitude."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a jurisdiction chooses, ``settings["visits"]``; the defaults are the street's own."""

    least: int = 30
    most: int = 35
    a_month: int = 12
    quarterly_months: int = 3
    care_months: int = 1

    @classmethod
    def read(cls, settings: Mapping[str, Any]) -> Rules:
        """Raises: ValueError: a number that is none, or more than one may tie."""
        said = dict(settings.get("visits", {}))
        unknown = set(said) - set(cls.__slots__)
        if unknown or any(not isinstance(value, int) or not 1 <= value <= 500 for value in said.values()):
            raise ValueError(f"settings of visits: {said}")
        rules = cls(**said)
        if rules.least > rules.most:
            raise ValueError("settings of visits: least is above most")
        return rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Liaison:
    """``load``: households tied now; ``spot``: the middle of these, else the home (双报到), else None."""

    person_id: UUID
    load: int
    spot: Spot | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Untied:
    """The untied households of a building, in the order of its doors."""

    building_id: UUID
    spot: Spot
    household_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Who gets whom; ``left``: households for whom no liaison has room."""

    given: Mapping[UUID, tuple[UUID, ...]]
    left: tuple[UUID, ...]


def suggest(liaisons: Sequence[Liaison], buildings: Iterable[Untied], rules: Rules) -> Suggestion:
    """Who should visit the untied households of one community.

    Everybody is filled up to the same height, at most ``rules.most``; who has more than that already gets nobody. The
    community is halved across its longer side, liaisons and households alike, until each part has one liaison.
    """
    waiting = list(buildings)
    room = _room(liaisons, sum(len(one.household_ids) for one in waiting), rules)
    able = [
        _Able(one.person_id, one.spot, room[one.person_id], rules.most - one.load, _need(one, room, rules))
        for one in liaisons
        if room[one.person_id]
    ]
    found = Suggestion({}, tuple(household for one in waiting for household in one.household_ids))
    return found if not able else _divided(able, waiting)


@dataclass(frozen=True, slots=True)
class _Able:
    """``room``: how many would be fair; ``free``: how many are possible; ``need``: fewer would be too little work."""

    person_id: UUID
    spot: Spot | None
    room: int
    free: int
    need: int


def _need(one: Liaison, room: Mapping[UUID, int], rules: Rules) -> int:
    """Where there are not enough households for everybody's least, buildings stay whole instead."""
    wanting = max(0, rules.least - one.load)
    return wanting if wanting <= room[one.person_id] else 0


def _divided(able: Sequence[_Able], buildings: Sequence[Untied]) -> Suggestion:
    if len(able) == 1:
        everybody = [household for one in buildings for household in one.household_ids]
        mine, left = everybody[: able[0].free], everybody[able[0].free :]
        return Suggestion({able[0].person_id: tuple(mine)} if mine else {}, tuple(left))
    axis = _longer(buildings)
    along = sorted(buildings, key=lambda one: (one.spot[axis], one.building_id))
    order = sorted(able, key=lambda one: (one.spot is None, one.spot[axis] if one.spot else 0, one.person_id))
    some, others = order[: len(order) // 2], order[len(order) // 2 :]
    here, there = _cut(along, some, others)
    one, two = _divided(some, here), _divided(others, there)
    return Suggestion({**one.given, **two.given}, one.left + two.left)


def _longer(buildings: Sequence[Untied]) -> int:
    """0: from west to east, 1: from south to north."""
    spans = [
        max((one.spot[axis] for one in buildings), default=0) - min((one.spot[axis] for one in buildings), default=0)
        for axis in (0, 1)
    ]
    return int(spans[1] > spans[0] * EAST_WEST)


EAST_WEST = 0.92
"""A degree of longitude as a share of one of latitude, where people live."""
STEPS = 4
"""By so many households a load may differ so that a building stays whole."""


def _cut(along: Sequence[Untied], some: Sequence[_Able], others: Sequence[_Able]) -> tuple[list[Untied], list[Untied]]:
    """The first part for ``some``: a fair share, whole buildings where loads allow it."""
    total = sum(len(one.household_ids) for one in along)
    room, most = sum(one.room for one in some), sum(one.free for one in some)
    least = min(most, max(0, total - sum(one.free for one in others)))
    # A share of what is here: what cuts before this one took too much or too little is everybody's.
    wanted = round(total * room / (room + sum(one.room for one in others)))
    needed, spared = sum(one.need for one in some), total - sum(one.need for one in others)
    if max(least, needed) <= min(most, spared):
        least, most = max(least, needed), min(most, spared)
    ends, count = {0}, 0
    for one in along:
        count += len(one.household_ids)
        ends.add(count)
    wanted = min(max(wanted, least), most, total)
    near = [wanted + step * side for step in range(STEPS + 1) for side in (1, -1)]
    stop = next((end for end in near if end in ends and least <= end <= most), wanted)
    here: list[Untied] = []
    there: list[Untied] = []
    for one in along:
        inside = max(0, min(stop, len(one.household_ids)))
        stop -= len(one.household_ids)
        if inside:
            here.append(replace(one, household_ids=one.household_ids[:inside]))
        if inside < len(one.household_ids):
            there.append(replace(one, household_ids=one.household_ids[inside:]))
    return here, there


def _room(liaisons: Sequence[Liaison], waiting: int, rules: Rules) -> dict[UUID, int]:
    """How many each one gets so that the least loaded are filled up first, to one height."""
    room = dict.fromkeys((one.person_id for one in liaisons), 0)
    low, high = 0, rules.most
    while low < high:
        height = (low + high) // 2
        if sum(max(0, height - one.load) for one in liaisons) >= waiting:
            high = height
        else:
            low = height + 1
    for one in liaisons:
        room[one.person_id] = max(0, low - 1 - one.load)
    left = waiting - sum(room.values())
    # The last of the height goes round one by one: otherwise what is missing of it would all be one person's.
    for one in sorted(liaisons, key=lambda one: (one.load, one.person_id)):
        if left > 0 and one.load < low:
            room[one.person_id] += 1
            left -= 1
    return room
