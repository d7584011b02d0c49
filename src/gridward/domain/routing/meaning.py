"""Whom rules mean at a place, before any doubt is weighed: the first rule that holds, and the units it finds there."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gridward.domain.routing.choice import Gathered, NameMeant
from gridward.domain.routing.rules import By, Case, Duty, Ground, Part, Rule, RuleSet
from gridward.domain.standards_unit_names import Named, UnitRole
from gridward.domain.territory import GridHit, Located, ServiceKind, UnitKind

SERVING = (UnitKind.work, UnitKind.estate)
"""Kinds that answer inside areas of their own."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a place is taken to lie: in which grid, in which service areas."""

    grid: GridHit | None
    areas: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class Meant:
    """What the rules say of a standing. ``by_area``: the units depend on the community, not on a service area alone."""

    rule: Rule | None
    units: tuple[UUID, ...]
    by_area: bool = False


def meant_at(gathered: Gathered, rule_set: RuleSet) -> tuple[Rule | None, tuple[UUID, ...]]:
    """The rule that holds first and the units it means, before any doubt is weighed."""
    meant = ask(gathered, rule_set, standing_at(gathered.located))
    return meant.rule, meant.units


def ground_of(located: Located | None, areas: frozenset[UUID]) -> Ground:
    """Inside an estate, else on a work area, else neither."""
    kinds = {hit.kind for hit in located.service_areas if hit.service_area_id in areas} if located else set()
    if ServiceKind.estate in kinds:
        return Ground.estate
    return Ground.lane if ServiceKind.work in kinds else Ground.neither


def standing_at(located: Located | None) -> Standing:
    if located is None:
        return Standing(None, frozenset())
    return Standing(located.grid, frozenset(hit.service_area_id for hit in located.answering))


def ask(gathered: Gathered, rule_set: RuleSet, standing: Standing) -> Meant:
    case = Case(
        category=gathered.category,
        condition_id=gathered.condition_id,
        urgent=gathered.urgent,
        ground=ground_of(gathered.located, standing.areas),
        grid_id=standing.grid.grid_id if standing.grid else None,
        area_ids=_area_ids(gathered, standing),
        area_class=gathered.area_class,
        local_at=gathered.local_at,
    )
    rule = next((rule for rule in rule_set.rules if rule.when.holds(case)), None)
    if rule is None:
        return Meant(None, ())
    match rule.choose.by:
        case By.unit if rule.choose.unit_id is not None:
            return Meant(rule, (rule.choose.unit_id,))
        case By.service_area if rule.choose.kind is not None:
            return Meant(rule, _of_areas(gathered, standing, rule.choose.kind))
        case By.duty:
            units, by_area = on_duty(gathered, rule_set, standing, Part.main)
            return Meant(rule, units, by_area)
        case By.standard:
            return Meant(rule, by_standard(gathered, standing, UnitRole.lead), by_area=_named_by_area(gathered))
        case By.last_resort:
            return Meant(rule, gathered.last_resorts[:1], by_area=True)
    return Meant(rule, ())


def _area_ids(gathered: Gathered, standing: Standing) -> frozenset[UUID]:
    """Of the community it lies in; beyond a community's edge only the neighbouring community itself is known."""
    located = gathered.located
    if located is None or standing.grid is None or standing.grid.community_id == located.community_id:
        return gathered.area_ids
    return frozenset() if standing.grid.community_id is None else frozenset({standing.grid.community_id})


def _of_areas(gathered: Gathered, standing: Standing, kind: ServiceKind) -> tuple[UUID, ...]:
    hits = gathered.located.service_areas if gathered.located else ()
    found = (hit.unit_id for hit in hits if hit.kind is kind and hit.service_area_id in standing.areas)
    return tuple(dict.fromkeys(found))


def on_duty(gathered: Gathered, rule_set: RuleSet, standing: Standing, part: Part) -> tuple[tuple[UUID, ...], bool]:
    areas = _area_ids(gathered, standing)
    lines = [
        duty
        for duty in rule_set.duties
        if duty.category == gathered.category and duty.part is part and (duty.area_id is None or duty.area_id in areas)
    ]
    if part is Part.main and any(duty.area_id for duty in lines):
        lines = [duty for duty in lines if duty.area_id]
    units: list[UUID] = []
    for duty in lines:
        units += _of_duty(gathered, standing, duty)
    local = any(duty.area_id for duty in rule_set.duties if duty.category == gathered.category)
    unnamed = any(duty.unit_id is None and duty.unit_kind.value not in set(ServiceKind) for duty in lines)
    return tuple(dict.fromkeys(units)), local or unnamed


def _of_duty(gathered: Gathered, standing: Standing, duty: Duty) -> tuple[UUID, ...]:
    if duty.unit_id is not None:
        return (duty.unit_id,)
    return _of_kind(gathered, standing, duty.unit_kind)


def _of_kind(gathered: Gathered, standing: Standing, kind: UnitKind) -> tuple[UUID, ...]:
    """By the service area that holds the place where the kind has such, else the units of the nearest rung."""
    if kind in SERVING:
        return _of_areas(gathered, standing, ServiceKind(kind.value))
    here = [unit for unit in gathered.units.values() if unit.kind is kind and unit.rung is not None]
    lowest = min((unit.rung for unit in here if unit.rung is not None), default=None)
    return tuple(sorted((unit.unit_id for unit in here if unit.rung == lowest), key=str))


def by_standard(gathered: Gathered, standing: Standing, role: UnitRole) -> tuple[UUID, ...]:
    """The units that the condition names in a part, as the table of names says for this place."""
    named = (one for one in gathered.named if one.role is role)
    return tuple(dict.fromkeys(unit_id for one in named for unit_id in units_named(gathered, standing, one)))


def units_named(gathered: Gathered, standing: Standing, named: Named) -> tuple[UUID, ...]:
    meaning = named.meaning
    if meaning is None or (meaning.unit_id is None and meaning.unit_kind is None):
        return ()
    if meaning.unit_id is not None:
        return (meaning.unit_id,)
    assert meaning.unit_kind is not None
    return _of_kind(gathered, standing, meaning.unit_kind)


def _named_by_area(gathered: Gathered) -> bool:
    """Whether a name of a lead means another unit in another community, or may."""
    lines = (one.meaning for one in gathered.named if one.role is UnitRole.lead and one.meaning is not None)
    return any(line.area_id is not None or line.unit_kind not in (None, *SERVING) for line in lines)


def name_meant(gathered: Gathered, here: Standing, named: Named) -> NameMeant:
    units = units_named(gathered, here, named)
    return NameMeant(name=named.name, role=named.role, mapped=named.meaning is not None, unit_ids=units)
