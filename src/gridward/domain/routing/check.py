"""Rules are judged when they are published, so that nothing has to be skipped when they are asked.

A rule that names what does not exist, that can never hold because earlier ones take every case, or that partly overlaps
a later one without saying so (``before``) is refused, with an example of a case that shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any
from uuid import UUID

from gridward.domain.routing.rules import Case, Duty, Ground, Rule, When
from gridward.domain.territory import UnitKind

MOST_CASES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What rules may name.

    Args:
        units: Units that have not ended.
        conditions: Condition → its category; categories are all that exist.
        grids, areas: Grid or area → the areas it lies in, itself included for an area.
    """

    units: Mapping[UUID, UnitKind]
    categories: frozenset[str]
    conditions: Mapping[str, str]
    grids: Mapping[UUID, frozenset[UUID]]
    areas: Mapping[UUID, frozenset[UUID]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Why rules are refused. ``place`` is a rule's id or ``duties[3]``; ``facts`` name what, or the example."""

    code: str
    place: str
    facts: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        return {"code": self.code, "place": self.place, **self.facts}


def check(rules: Sequence[Rule], duties: Sequence[Duty], world: World) -> tuple[Fault, ...]:
    """Everything that is wrong, in the order of the rules; empty: may be published."""
    faults = [*_repeated(rules), *_unknown(rules, duties, world)]
    if faults:
        return tuple(faults)
    return tuple(_too_many(rules, world)) or tuple(_crossed(rules, world))


def _repeated(rules: Sequence[Rule]) -> Iterator[Fault]:
    for rule_id, times in Counter(rule.rule_id for rule in rules).items():
        if times > 1:
            yield Fault(code="rule_id_repeated", place=rule_id, facts={"times": times})


def _unknown(rules: Sequence[Rule], duties: Sequence[Duty], world: World) -> Iterator[Fault]:
    later: set[str] = set()
    before: dict[str, frozenset[str]] = {}
    for rule in reversed(rules):
        before[rule.rule_id] = rule.before - later
        later.add(rule.rule_id)
    for rule in rules:
        when = rule.when
        named: tuple[tuple[str, frozenset[Any], set[Any]], ...] = (
            ("category_unknown", when.categories or frozenset(), set(world.categories)),
            ("condition_unknown", when.conditions or frozenset(), set(world.conditions)),
            ("grid_unknown", when.grids or frozenset(), set(world.grids)),
            ("area_unknown", when.areas or frozenset(), set(world.areas)),
            ("unit_unknown", _some(rule.choose.unit_id), set(world.units)),
            ("before_not_a_later_rule", before[rule.rule_id], set()),
        )
        for code, given, known in named:
            for one in sorted(given - known, key=str):
                yield Fault(code=code, place=rule.rule_id, facts={"named": str(one)})
    for at, duty in enumerate(duties):
        place = f"duties[{at}]"
        if duty.category not in world.categories:
            yield Fault(code="category_unknown", place=place, facts={"named": duty.category})
        if duty.area_id is not None and duty.area_id not in world.areas:
            yield Fault(code="area_unknown", place=place, facts={"named": str(duty.area_id)})
        if duty.unit_id is not None and duty.unit_id not in world.units:
            yield Fault(code="unit_unknown", place=place, facts={"named": str(duty.unit_id)})
        elif duty.unit_id is not None and world.units[duty.unit_id] is not duty.unit_kind:
            yield Fault(code="unit_of_other_kind", place=place, facts={"named": str(duty.unit_id)})


def _some(value: UUID | None) -> frozenset[UUID]:
    return frozenset() if value is None else frozenset({value})


def _too_many(rules: Sequence[Rule], world: World) -> Iterator[Fault]:
    cases = 1
    for dimension in _dimensions(rules, world):
        cases *= len(dimension)
    if cases > MOST_CASES:
        yield Fault(code="rules_too_many_to_check", place="rules", facts={"cases": cases, "most": MOST_CASES})


def _crossed(rules: Sequence[Rule], world: World) -> Iterator[Fault]:
    """Rules that never come first, and pairs of which neither is the other's special case but both hold for a case."""
    firsts: set[str] = set()
    taken_by: dict[str, Counter[str]] = {rule.rule_id: Counter() for rule in rules}
    example: dict[str, Case] = {}
    shared: dict[tuple[str, str], Case] = {}
    alone: set[tuple[str, str]] = set()
    for case in _cases(rules, world):
        holding = [rule for rule in rules if rule.when.holds(case)]
        ids = {rule.rule_id for rule in holding}
        if holding:
            firsts.add(holding[0].rule_id)
        for at, rule in enumerate(holding):
            if at:
                taken_by[rule.rule_id][holding[0].rule_id] += 1
            example.setdefault(rule.rule_id, case)
            alone.update((rule.rule_id, other.rule_id) for other in rules if other.rule_id not in ids)
            for other in holding[at + 1 :]:
                shared.setdefault((rule.rule_id, other.rule_id), case)
    for rule in rules:
        if rule.rule_id not in firsts and not _is_last_word(rule, rules):
            by = sorted(taken_by[rule.rule_id])
            facts = {"taken_by": by, "example": _told(example[rule.rule_id]) if rule.rule_id in example else None}
            yield Fault(code="rule_unreachable" if by else "rule_never_holds", place=rule.rule_id, facts=facts)
    chooses = {rule.rule_id: rule for rule in rules}
    for (first, second), case in shared.items():
        crossing = (first, second) in alone and (second, first) in alone
        agreed = second in chooses[first].before or chooses[first].choose == chooses[second].choose
        if crossing and not agreed and {first, second} <= firsts:
            yield Fault(code="rules_overlap", place=first, facts={"with": second, "example": _told(case)})


def _is_last_word(rule: Rule, rules: Sequence[Rule]) -> bool:
    """A catch-all at the very end may have nothing left to catch: it is there for the day when it has."""
    return rule == rules[-1] and [one for one in rules if one.when.is_catch_all] == [rule]


def _dimensions(rules: Sequence[Rule], world: World) -> tuple[Sequence[Any], ...]:
    """For each thing a rule may ask: every value that some rule names, and one that none names."""
    whens = [rule.when for rule in rules]
    return (
        _kinds(whens, world),
        tuple(Ground) if any(when.grounds for when in whens) else (Ground.neither,),
        _places(whens, world),
        (*sorted({one for when in whens for one in when.area_classes or ()}), None),
        (False, True) if any(when.urgent is not None for when in whens) else (False,),
    )


def _kinds(whens: Sequence[When], world: World) -> tuple[tuple[str, str | None], ...]:
    conditions = sorted({one for when in whens for one in when.conditions or ()})
    of_conditions = {world.conditions[one] for one in conditions if one in world.conditions}
    categories = sorted({one for when in whens for one in when.categories or ()} | of_conditions)
    unnamed = sorted(world.categories - set(categories))[:1]
    return (
        *((world.conditions[one], one) for one in conditions),
        *((category, None) for category in (*categories, *unnamed)),
    )


def _places(whens: Sequence[When], world: World) -> tuple[tuple[UUID | None, frozenset[UUID]], ...]:
    grids = sorted({one for when in whens for one in when.grids or ()}, key=str)
    areas = sorted({one for when in whens for one in when.areas or ()}, key=str)
    return (
        *((one, world.grids[one]) for one in grids),
        *((None, world.areas[one]) for one in areas),
        (None, frozenset()),
    )


def _cases(rules: Sequence[Rule], world: World) -> Iterator[Case]:
    for (category, condition_id), ground, (grid_id, area_ids), area_class, urgent in product(
        *_dimensions(rules, world)
    ):
        yield Case(
            category=category,
            condition_id=condition_id,
            urgent=urgent,
            ground=ground,
            grid_id=grid_id,
            area_ids=area_ids,
            area_class=area_class,
        )


def _told(case: Case) -> dict[str, Any]:
    """The example, as far as it is about anything in particular."""
    told = {
        "category": case.category,
        "condition_id": case.condition_id,
        "ground": case.ground,
        "grid_id": None if case.grid_id is None else str(case.grid_id),
        "area_ids": sorted(map(str, case.area_ids)),
        "area_class": case.area_class,
        "urgent": case.urgent or None,
    }
    return {name: value for name, value in told.items() if value}
