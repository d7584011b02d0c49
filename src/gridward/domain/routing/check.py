"""Rules are judged when they are published, so that nothing has to be skipped when they are asked.

A rule that names what does not exist, that can never hold because earlier ones take every case, that partly overlaps a
later one without saying so (``before``), or that would find nobody is refused, with an example of a case that shows it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from gridward.domain.routing.boxes import (
    Box,
    Kind,
    Space,
    Spot,
    TooManyBoxes,
    common,
    instants_of,
    minus,
    within,
)
from gridward.domain.routing.check_duties import duties_of, judge_duties
from gridward.domain.routing.faults import Fault
from gridward.domain.routing.rules import By, Case, Duty, Ground, Rule
from gridward.domain.territory import ServiceKind, UnitKind

GROUNDS_OF: Mapping[ServiceKind, frozenset[Ground]] = {
    ServiceKind.estate: frozenset({Ground.estate}),
    ServiceKind.work: frozenset({Ground.estate, Ground.lane}),
}
"""Where a service area of the kind can lie at all: what is inside an estate is never lane, a work area may cover both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """What rules may name.

    Args:
        units: Units that have not ended.
        unreachable: Those of them with neither a person signed up nor a telephone: nobody would learn of a ticket.
        last_resorts: Those of them that are 兜底.
        categories: All that exist.
        conditions: Condition → its category; ``urgent`` are those that go out at once.
        grids, areas: Grid or area → the areas it lies in, itself included for an area.
    """

    units: Mapping[UUID, UnitKind]
    categories: frozenset[str]
    conditions: Mapping[str, str]
    grids: Mapping[UUID, frozenset[UUID]]
    areas: Mapping[UUID, frozenset[UUID]]
    urgent: frozenset[str] = frozenset()
    unreachable: frozenset[UUID] = frozenset()
    last_resorts: frozenset[UUID] = field(default=frozenset())


def check(rules: Sequence[Rule], duties: Sequence[Duty], world: World) -> tuple[Fault, ...]:
    """Everything that is wrong, in the order of the rules; empty: may be published."""
    faults = [
        *_repeated(rules),
        *_unknown(rules, world),
        *judge_duties(
            duties,
            categories=world.categories,
            areas=world.areas,
            units=world.units,
            unreachable=world.unreachable,
        ),
    ]
    if faults:
        return tuple(faults)
    try:
        return tuple(_crossed(rules, duties, world))
    except TooManyBoxes:
        return (Fault(code="rules_too_many_to_check", place="rules", facts={"rules": len(rules)}),)


def _repeated(rules: Sequence[Rule]) -> Iterator[Fault]:
    for rule_id, times in Counter(rule.rule_id for rule in rules).items():
        if times > 1:
            yield Fault(code="rule_id_repeated", place=rule_id, facts={"times": times})


def _unknown(rules: Sequence[Rule], world: World) -> Iterator[Fault]:
    later: set[str] = set()
    before: dict[str, frozenset[str]] = {}
    for rule in reversed(rules):
        before[rule.rule_id] = rule.before - later
        later.add(rule.rule_id)
    for rule in rules:
        when, unit_id = rule.when, rule.choose.unit_id
        chosen = frozenset() if unit_id is None else frozenset({unit_id})
        named: tuple[tuple[str, frozenset[Any], set[Any]], ...] = (
            ("category_unknown", when.categories or frozenset(), set(world.categories)),
            ("condition_unknown", when.conditions or frozenset(), set(world.conditions)),
            ("grid_unknown", when.grids or frozenset(), set(world.grids)),
            ("area_unknown", when.areas or frozenset(), set(world.areas)),
            ("unit_unknown", chosen, set(world.units)),
            ("unit_without_person", chosen & world.unreachable, set()),
            ("before_not_a_later_rule", before[rule.rule_id], set()),
        )
        for code, given, known in named:
            for one in sorted(given - known, key=str):
                yield Fault(code=code, place=rule.rule_id, facts={"named": str(one)})
        if when.window is not None and when.window.is_empty:
            yield Fault(code="window_empty", place=rule.rule_id, facts={})
        if rule.choose.by is By.last_resort and not world.last_resorts:
            yield Fault(code="no_last_resort", place=rule.rule_id, facts={})


@dataclass(frozen=True, slots=True)
class _Held:
    """A rule with its cases, and those of them in which it is the first that holds."""

    rule: Rule
    box: Box
    first: list[Box]


def _crossed(rules: Sequence[Rule], duties: Sequence[Duty], world: World) -> Iterator[Fault]:
    """Rules that never come first, pairs of which the order decides silently, and rules that find nobody."""
    space = _space(rules, duties, world)
    held: list[_Held] = []
    for rule in rules:
        box = space.box_of(rule.when)
        first = [box] if all(box) else []
        for earlier in held:
            first = minus(first, earlier.box) if first else first
        held.append(_Held(rule, box, first))
    for at, one in enumerate(held):
        if not one.first and not _is_last_word(one.rule, rules):
            yield _unreachable(one, held[:at], space)
    for at, one in enumerate(held):
        for other in held[at + 1 :]:
            yield from _overlap(one, other, space)
    for one in held:
        yield from _finds_nobody(one, duties, space)


def _unreachable(one: _Held, earlier: Sequence[_Held], space: Space) -> Fault:
    by = [other.rule.rule_id for other in earlier if any(common(piece, one.box) for piece in other.first)]
    example = _told(space.example(one.box), space) if all(one.box) else None
    code = "rule_unreachable" if by else "rule_never_holds"
    return Fault(code=code, place=one.rule.rule_id, facts={"taken_by": sorted(by), "example": example})


def _overlap(one: _Held, other: _Held, space: Space) -> Iterator[Fault]:
    """Of two rules that share cases one must be the other's special case, choose the same, or go first on purpose."""
    agreed = other.rule.rule_id in one.rule.before or one.rule.choose == other.rule.choose
    if agreed or not other.first or within(one.box, other.box) or within(other.box, one.box):
        return
    shared = next(filter(None, (common(piece, other.box) for piece in one.first)), None)
    if shared is not None:
        facts = {"with": other.rule.rule_id, "example": _told(space.example(shared), space)}
        yield Fault(code="rules_overlap", place=one.rule.rule_id, facts=facts)


def _finds_nobody(one: _Held, duties: Sequence[Duty], space: Space) -> Iterator[Fault]:
    """Cases that a rule takes although the way it chooses can find no unit there, whatever the map."""
    choose = one.rule.choose
    if choose.by is By.service_area and choose.kind is not None:
        code, hopeless = "rule_finds_nobody", space.grounds_box(frozenset(Ground) - GROUNDS_OF[choose.kind])
    elif choose.by is By.duty:
        listed = duties_of(duties)
        code = "duty_missing"
        hopeless = space.categories_box(frozenset(kind.category for kind in space.kinds) - listed)
    else:
        return
    found = next(filter(None, (common(piece, hopeless) for piece in one.first)), None)
    if found is not None:
        example = space.example(found)
        told = _told(example, space, ground=choose.by is By.service_area)
        facts = {"named": example.category} if choose.by is By.duty else {}
        yield Fault(code=code, place=one.rule.rule_id, facts={**facts, "example": told})


def _is_last_word(rule: Rule, rules: Sequence[Rule]) -> bool:
    """A catch-all at the very end may have nothing left to catch: it is there for the day when it has."""
    return rule == rules[-1] and [one for one in rules if one.when.is_catch_all] == [rule]


def _space(rules: Sequence[Rule], duties: Sequence[Duty], world: World) -> Space:
    """For each thing a rule may ask: every value that some rule tells apart, and one that none does."""
    whens = [rule.when for rule in rules]
    classes = sorted({one for when in whens for one in when.area_classes or ()})
    grids = sorted({one for when in whens for one in when.grids or ()}, key=str)
    areas = sorted({one for when in whens for one in when.areas or ()}, key=str)
    return Space(
        kinds=[
            *(Kind(category) for category in sorted(world.categories)),
            *(Kind(category, one, one in world.urgent) for one, category in sorted(world.conditions.items())),
        ],
        grounds=(Ground.neither, Ground.lane, Ground.estate),
        spots=[
            Spot(),
            *(Spot(area_ids=world.areas[one]) for one in areas),
            *(Spot(one, world.grids[one]) for one in grids),
        ],
        area_classes=(None, *classes),
        instants=instants_of(rules),
        places={one: at for at, one in enumerate(grids, 1 + len(areas))},
    )


def _told(case: Case, space: Space, *, ground: bool = False) -> dict[str, Any]:
    """The example, as far as it is about anything in particular. ``ground``: say it even where it is neither."""
    told = {
        "category": case.category,
        "condition_id": case.condition_id,
        "ground": case.ground if ground or case.ground is not Ground.neither else None,
        "grid_id": None if case.grid_id is None else str(case.grid_id),
        "area_ids": sorted(map(str, case.area_ids)),
        "area_class": case.area_class,
        "urgent": case.urgent or None,
        "at": _moment(case, space),
    }
    return {name: value for name, value in told.items() if value}


def _moment(case: Case, space: Space) -> str | None:
    """The local time, with its date where rules name dates; None where no rule asks for it."""
    if case.local_at is None or case.local_at == space.instants[0]:
        return None
    dated = len({at.date() for at in space.instants}) > 1
    return f"{case.local_at:%Y-%m-%d %H:%M}" if dated else f"{case.local_at:%H:%M}"
