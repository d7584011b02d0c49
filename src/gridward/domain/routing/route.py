"""Asking the rules: which holds first, whom it means, and how near the boundary lies that would change that.

Whether a boundary matters is not guessed from its kind: for every boundary in reach the rules are asked again as if the
place lay on its other side. The nearest one that changes the answer is what the position's accuracy is held against.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any
from uuid import UUID

from gridward.domain.routing.choice import (
    UNIT_DOUBTS,
    Asked,
    Candidate,
    Choice,
    Doubt,
    Gathered,
    NameMeant,
    Outcome,
    Source,
    Tested,
    UnitFact,
)
from gridward.domain.routing.rules import By, Case, Duty, Ground, Part, Rule, RuleSet
from gridward.domain.standards_unit_names import Named, Role
from gridward.domain.territory import GRID_TIERS, GridHit, Located, ServiceAreaHit, ServiceKind, UnitKind

SERVING = (UnitKind.work, UnitKind.estate)
"""Kinds that answer inside areas of their own."""

PAIRS_AMONG = 8
"""Two boundaries may change the unit only together (a strip between two areas of one unit): the nearest are paired."""


@dataclass(frozen=True, slots=True)
class _Standing:
    """Where a place is taken to lie: in which grid, in which service areas."""

    grid: GridHit | None
    areas: frozenset[UUID]


@dataclass(frozen=True, slots=True)
class _Meant:
    """What the rules say of a standing. ``by_area``: the units depend on the community, not on a service area alone."""

    rule: Rule | None
    units: tuple[UUID, ...]
    by_area: bool = False


@dataclass(frozen=True, slots=True)
class _Flip:
    """The other side of one boundary."""

    of: GridHit | ServiceAreaHit
    to_grid: GridHit | None = None

    @property
    def boundary_m(self) -> float:
        return self.of.boundary_m


def route(gathered: Gathered, rule_set: RuleSet) -> Choice:
    """Choose a unit, or say why a person must. Pure: the same question always has the same answer."""
    here = _standing(gathered.located)
    named_last = _by_standard(gathered, here, Role.last_resort)
    gathered = replace(gathered, last_resorts=tuple(dict.fromkeys((*named_last, *gathered.last_resorts))))
    meant = _ask(gathered, rule_set, here)
    boundaries, nearest = _test(gathered, rule_set, here, meant)
    doubts = _doubts(gathered, meant, here, nearest)
    unit, role = _who(gathered, meant, doubts)
    grid = here.grid or (_nearest_grid(gathered.located) if gathered.urgent else None)
    if gathered.condition_id is None or grid is None:
        unit, role = None, None
    return Choice(
        asked=_asked(gathered),
        rule_id=meant.rule.rule_id if meant.rule else None,
        version=rule_set.version,
        outcome=Outcome.tray if unit is None else Outcome.assign,
        unit_id=unit.unit_id if unit else None,
        unit_kind=unit.kind if unit else None,
        role=role,
        meant_unit_id=meant.units[0] if len(meant.units) == 1 else None,
        grid_id=grid.grid_id if grid else None,
        sure=not doubts,
        doubts=doubts,
        boundaries=boundaries,
        nearest_change_m=nearest.boundary_m if nearest else None,
        nearest_change_id=nearest.id if nearest else None,
        accuracy_m=gathered.located.accuracy_m if gathered.located else None,
        reach_m=gathered.located.reach_m if gathered.located else None,
        candidates=_candidates(gathered, rule_set, here, meant, nearest),
        assists=tuple(_assists(gathered, rule_set, here)),
        twins=gathered.twins,
        located=gathered.located,
        names=tuple(_name_meant(gathered, here, one) for one in gathered.named),
        rule_name=meant.rule.name if meant.rule else None,
    )


def _asked(gathered: Gathered) -> Asked:
    return Asked(
        category=gathered.category,
        condition_id=gathered.condition_id,
        condition_named=gathered.condition_named,
        urgent=gathered.urgent,
        automatic=gathered.automatic,
        area_class=gathered.area_class,
        accuracy_m=gathered.located.accuracy_m if gathered.located else None,
    )


def meant_at(gathered: Gathered, rule_set: RuleSet) -> tuple[Rule | None, tuple[UUID, ...]]:
    """The rule that holds first and the units it means, before any doubt is weighed."""
    meant = _ask(gathered, rule_set, _standing(gathered.located))
    return meant.rule, meant.units


def ground_of(located: Located | None, areas: frozenset[UUID]) -> Ground:
    """Inside an estate, else on a work area, else neither."""
    kinds = {hit.kind for hit in located.service_areas if hit.service_area_id in areas} if located else set()
    if ServiceKind.estate in kinds:
        return Ground.estate
    return Ground.lane if ServiceKind.work in kinds else Ground.neither


def _standing(located: Located | None) -> _Standing:
    if located is None:
        return _Standing(None, frozenset())
    return _Standing(located.grid, frozenset(hit.service_area_id for hit in located.answering))


def _ask(gathered: Gathered, rule_set: RuleSet, standing: _Standing) -> _Meant:
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
        return _Meant(None, ())
    match rule.choose.by:
        case By.unit if rule.choose.unit_id is not None:
            return _Meant(rule, (rule.choose.unit_id,))
        case By.service_area if rule.choose.kind is not None:
            return _Meant(rule, _of_areas(gathered, standing, rule.choose.kind))
        case By.duty:
            units, by_area = _on_duty(gathered, rule_set, standing, Part.main)
            return _Meant(rule, units, by_area)
        case By.standard:
            return _Meant(rule, _by_standard(gathered, standing, Role.lead), by_area=_named_by_area(gathered))
        case By.last_resort:
            return _Meant(rule, gathered.last_resorts[:1], by_area=True)
    return _Meant(rule, ())


def _area_ids(gathered: Gathered, standing: _Standing) -> frozenset[UUID]:
    """Of the community it lies in; beyond a community's edge only the neighbouring community itself is known."""
    located = gathered.located
    if located is None or standing.grid is None or standing.grid.community_id == located.community_id:
        return gathered.area_ids
    return frozenset() if standing.grid.community_id is None else frozenset({standing.grid.community_id})


def _of_areas(gathered: Gathered, standing: _Standing, kind: ServiceKind) -> tuple[UUID, ...]:
    hits = gathered.located.service_areas if gathered.located else ()
    found = (hit.unit_id for hit in hits if hit.kind is kind and hit.service_area_id in standing.areas)
    return tuple(dict.fromkeys(found))


def _on_duty(gathered: Gathered, rule_set: RuleSet, standing: _Standing, part: Part) -> tuple[tuple[UUID, ...], bool]:
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


def _of_duty(gathered: Gathered, standing: _Standing, duty: Duty) -> tuple[UUID, ...]:
    if duty.unit_id is not None:
        return (duty.unit_id,)
    return _of_kind(gathered, standing, duty.unit_kind)


def _of_kind(gathered: Gathered, standing: _Standing, kind: UnitKind) -> tuple[UUID, ...]:
    """By the service area that holds the place where the kind has such, else the units of the nearest rung."""
    if kind in SERVING:
        return _of_areas(gathered, standing, ServiceKind(kind.value))
    here = [unit for unit in gathered.units.values() if unit.kind is kind and unit.rung is not None]
    lowest = min((unit.rung for unit in here if unit.rung is not None), default=None)
    return tuple(sorted((unit.unit_id for unit in here if unit.rung == lowest), key=str))


def _by_standard(gathered: Gathered, standing: _Standing, role: Role) -> tuple[UUID, ...]:
    """The units that the condition names in a part, as the table of names says for this place."""
    named = (one for one in gathered.named if one.role is role)
    return tuple(dict.fromkeys(unit_id for one in named for unit_id in _units_named(gathered, standing, one)))


def _units_named(gathered: Gathered, standing: _Standing, named: Named) -> tuple[UUID, ...]:
    meaning = named.meaning
    if meaning is None or (meaning.unit_id is None and meaning.unit_kind is None):
        return ()
    if meaning.unit_id is not None:
        return (meaning.unit_id,)
    assert meaning.unit_kind is not None
    return _of_kind(gathered, standing, meaning.unit_kind)


def _named_by_area(gathered: Gathered) -> bool:
    """Whether a name of a lead means another unit in another community, or may."""
    lines = (one.meaning for one in gathered.named if one.role is Role.lead and one.meaning is not None)
    return any(line.area_id is not None or line.unit_kind not in (None, *SERVING) for line in lines)


def _name_meant(gathered: Gathered, here: _Standing, named: Named) -> NameMeant:
    units = _units_named(gathered, here, named)
    return NameMeant(name=named.name, role=named.role, mapped=named.meaning is not None, unit_ids=units)


def _flips(located: Located | None) -> list[_Flip]:
    """Every other side in reach, nearest first."""
    if located is None:
        return []
    flips = [_Flip(hit) for hit in located.service_areas]
    own = located.grid
    tier = next((kinds for kinds in GRID_TIERS if own is None or own.kind in kinds), frozenset())
    others = [hit for hit in located.grids if hit.kind in tier and hit != own]
    flips += [_Flip(hit, to_grid=hit) for hit in others]
    if own is not None and all(hit.boundary_m > own.boundary_m + 1.0 for hit in others):
        flips.append(_Flip(own, to_grid=None))
    return sorted(flips, key=lambda flip: (flip.boundary_m, str(_id_of(flip.of))))


def _beyond(standing: _Standing, flips: tuple[_Flip, ...]) -> _Standing:
    grid, areas = standing.grid, standing.areas
    for flip in flips:
        if isinstance(flip.of, ServiceAreaHit):
            areas = areas ^ {flip.of.service_area_id}
        else:
            grid = flip.to_grid
    return _Standing(grid, areas)


def _changes(gathered: Gathered, rule_set: RuleSet, meant: _Meant, there: _Standing) -> bool:
    other = _ask(gathered, rule_set, there)
    if other.units != meant.units or (other.rule is None) is not (meant.rule is None):
        return True
    home = gathered.located.community_id if gathered.located else None
    away = there.grid.community_id if there.grid else None
    return away != home and (meant.by_area or other.by_area)


def _test(
    gathered: Gathered, rule_set: RuleSet, here: _Standing, meant: _Meant
) -> tuple[tuple[Tested, ...], Tested | None]:
    """Each boundary in reach alone, then the nearest in pairs (as far away as the farther of the two)."""
    flips = _flips(gathered.located)
    tested = tuple(_tested(flip, here, _changes(gathered, rule_set, meant, _beyond(here, (flip,)))) for flip in flips)
    nearest = next((one for one in tested if one.changes_unit), None)
    for pair in combinations(flips[:PAIRS_AMONG], 2):
        farther = max(pair, key=lambda flip: flip.boundary_m)
        closer = nearest is None or farther.boundary_m < nearest.boundary_m
        if closer and _changes(gathered, rule_set, meant, _beyond(here, pair)):
            nearest = _tested(farther, here, changes=True)
    return tested, nearest


def _tested(flip: _Flip, here: _Standing, changes: bool) -> Tested:
    hit = flip.of
    inside = hit.service_area_id in here.areas if isinstance(hit, ServiceAreaHit) else hit == here.grid
    return Tested(
        of="service_area" if isinstance(hit, ServiceAreaHit) else "grid",
        id=_id_of(hit),
        name=hit.name,
        inside=inside,
        boundary_m=hit.boundary_m,
        changes_unit=changes,
    )


def _id_of(hit: GridHit | ServiceAreaHit) -> UUID:
    return hit.service_area_id if isinstance(hit, ServiceAreaHit) else hit.grid_id


def _doubts(gathered: Gathered, meant: _Meant, here: _Standing, nearest: Tested | None) -> tuple[Doubt, ...]:
    located = gathered.located
    found = {
        Doubt.place_unknown: located is None,
        Doubt.no_grid: located is not None and here.grid is None,
        Doubt.grid_shared: located is not None and located.on_grid_boundary,
        Doubt.no_rule: meant.rule is None,
        Doubt.left_to_desk: meant.rule is not None and meant.rule.choose.by is By.tray,
        Doubt.no_unit: meant.rule is not None and meant.rule.choose.by is not By.tray and not meant.units,
        Doubt.several_units: len(meant.units) > 1,
        Doubt.unit_gone: len(meant.units) == 1 and _standing_unit(gathered, meant.units[0]) is None,
        Doubt.boundary_near: located is not None and nearest is not None and nearest.boundary_m <= located.accuracy_m,
        Doubt.condition_not_named: gathered.condition_id is None or not gathered.condition_named,
        Doubt.category_by_hand: not gathered.automatic,
        Doubt.twin_open: bool(gathered.twins),
    }
    return tuple(doubt for doubt, holds in found.items() if holds)


def _standing_unit(gathered: Gathered, unit_id: UUID) -> UnitFact | None:
    unit = gathered.units.get(unit_id)
    return None if unit is None or unit.ended else unit


def _who(gathered: Gathered, meant: _Meant, doubts: tuple[Doubt, ...]) -> tuple[UnitFact | None, Any]:
    """The unit and its role; nobody when a person must choose."""
    if not doubts or (gathered.urgent and not UNIT_DOUBTS & set(doubts)):
        return _standing_unit(gathered, meant.units[0]), "lead"
    if gathered.urgent:
        standing = (_standing_unit(gathered, unit_id) for unit_id in gathered.last_resorts)
        return next((unit for unit in standing if unit is not None), None), "last_resort"
    return None, None


def _nearest_grid(located: Located | None) -> GridHit | None:
    hits = located.grids if located else ()
    return min(hits, key=lambda hit: (hit.boundary_m, hit.code), default=None)


def _candidates(
    gathered: Gathered, rule_set: RuleSet, here: _Standing, meant: _Meant, nearest: Tested | None
) -> tuple[Candidate, ...]:
    """Each unit once, with the nearest thing to being chosen that can be said of it."""
    found: dict[UUID, Candidate] = {}
    rule = {"rule": meant.rule.rule_id if meant.rule else None}

    def add(unit_id: UUID, source: Source, needed: dict[str, Any]) -> None:
        unit = gathered.units.get(unit_id)
        if unit is None or unit_id in found:
            return
        if unit.ended:
            needed = {"ended": True}
        found[unit_id] = Candidate(unit_id=unit_id, name=unit.name, kind=unit.kind, source=source, needed=needed)

    for unit_id in meant.units:
        add(unit_id, Source.rule, {} if len(meant.units) == 1 else {"choice_among": len(meant.units)})
    for hit in sorted(_service_areas(gathered), key=lambda hit: (not hit.inside, hit.boundary_m)):
        add(hit.unit_id, Source.service_area, rule if hit.inside else {"place_in_area_m": round(hit.boundary_m, 1)})
    for unit_id in _on_duty(gathered, rule_set, here, Part.main)[0]:
        add(unit_id, Source.duty, rule)
    for unit_id in _by_standard(gathered, here, Role.lead):
        add(unit_id, Source.standard, rule)
    for unit_id in _beyond_nearest(gathered, rule_set, here, nearest):
        add(unit_id, Source.rule, {"place_in_area_m": round(nearest.boundary_m, 1) if nearest else 0.0})
    for unit_id in gathered.last_resorts:
        add(unit_id, Source.last_resort, rule)
    return tuple(found.values())


def _service_areas(gathered: Gathered) -> tuple[ServiceAreaHit, ...]:
    return gathered.located.service_areas if gathered.located else ()


def _beyond_nearest(gathered: Gathered, rule_set: RuleSet, here: _Standing, nearest: Tested | None) -> Iterator[UUID]:
    for flip in _flips(gathered.located):
        if nearest is not None and _id_of(flip.of) == nearest.id:
            yield from _ask(gathered, rule_set, _beyond(here, (flip,))).units


def _assists(gathered: Gathered, rule_set: RuleSet, here: _Standing) -> tuple[UUID, ...]:
    listed = _on_duty(gathered, rule_set, here, Part.assist)[0]
    return tuple(dict.fromkeys((*listed, *_by_standard(gathered, here, Role.assist))))
