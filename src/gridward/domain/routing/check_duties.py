"""The duty list judged: what a line names must exist, somebody must be there, and two lines may not claim one thing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from itertools import combinations
from uuid import UUID

from gridward.domain.routing.faults import Fault
from gridward.domain.routing.rules import Duty, Part
from gridward.domain.territory import UnitKind


def duties_of(duties: Sequence[Duty]) -> frozenset[str]:
    """The categories that somebody answers for (主体责任)."""
    return frozenset(duty.category for duty in duties if duty.part is Part.main)


def judge_duties(
    duties: Sequence[Duty],
    *,
    categories: Set[str],
    areas: Mapping[UUID, frozenset[UUID]],
    units: Mapping[UUID, UnitKind],
    unreachable: Set[UUID],
) -> Iterator[Fault]:
    """Everything that is wrong with a duty list. Arguments as of ``World``."""
    faults = [*_unknown(duties, categories, areas, units, unreachable)]
    return iter(faults or _claimed_twice(duties, areas))


def _unknown(
    duties: Sequence[Duty],
    categories: Set[str],
    areas: Mapping[UUID, frozenset[UUID]],
    units: Mapping[UUID, UnitKind],
    unreachable: Set[UUID],
) -> Iterator[Fault]:
    kinds = set(units.values())
    for at, duty in enumerate(duties):
        place, unit_id = f"duties[{at}]", duty.unit_id
        if duty.category not in categories:
            yield Fault(code="category_unknown", place=place, facts={"named": duty.category})
        if duty.area_id is not None and duty.area_id not in areas:
            yield Fault(code="area_unknown", place=place, facts={"named": str(duty.area_id)})
        if unit_id is None and duty.unit_kind not in kinds:
            yield Fault(code="duty_without_unit", place=place, facts={"named": duty.unit_kind.value})
        elif unit_id is not None and unit_id not in units:
            yield Fault(code="unit_unknown", place=place, facts={"named": str(unit_id)})
        elif unit_id is not None and units[unit_id] is not duty.unit_kind:
            yield Fault(code="unit_of_other_kind", place=place, facts={"named": str(unit_id)})
        elif unit_id in unreachable:
            yield Fault(code="unit_without_person", place=place, facts={"named": str(unit_id)})


def _claimed_twice(duties: Sequence[Duty], areas: Mapping[UUID, frozenset[UUID]]) -> Iterator[Fault]:
    of_category: dict[str, list[tuple[int, Duty]]] = {}
    for at, duty in enumerate(duties):
        of_category.setdefault(duty.category, []).append((at, duty))
    for lines in of_category.values():
        for (first, one), (second, other) in combinations(lines, 2):
            if _claim_the_same(one, other, areas):
                facts = {"with": f"duties[{first}]", "named": other.category}
                yield Fault(code="duties_overlap", place=f"duties[{second}]", facts=facts)


def _claim_the_same(one: Duty, other: Duty, areas: Mapping[UUID, frozenset[UUID]]) -> bool:
    """Whether both lines hold for the same cases: two leads for one thing leave every ticket to the desk.

    Two lines without a unit overlap only when they name the same kind: an estate's firm and the lane's sweepers seldom
    answer at one place, and where they do the coverage check says so.
    """
    if one.part is not other.part:
        return False
    if one.unit_id == other.unit_id and one.unit_kind is other.unit_kind:
        return one.area_id == other.area_id
    if one.part is Part.assist or one.unit_id is None or other.unit_id is None:
        return False
    if one.area_id is None or other.area_id is None:
        return one.area_id is other.area_id
    return other.area_id in areas.get(one.area_id, ()) or one.area_id in areas.get(other.area_id, ())
