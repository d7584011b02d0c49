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
    Outcome,
    Source,
    Tested,
    UnitFact,
)
from gridward.domain.routing.meaning import Meant, Standing, ask, by_standard, name_meant, on_duty, standing_at
from gridward.domain.routing.rules import By, Part, RuleSet
from gridward.domain.standards_unit_names import UnitRole
from gridward.domain.territory import GRID_TIERS, GridHit, Located, ServiceAreaHit

PAIRS_AMONG = 8
"""Two boundaries may change the unit only together (a strip between two areas of one unit): the nearest are paired."""


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
    here = standing_at(gathered.located)
    named_last = by_standard(gathered, here, UnitRole.last_resort)
    gathered = replace(gathered, last_resorts=tuple(dict.fromkeys((*named_last, *gathered.last_resorts))))
    meant = ask(gathered, rule_set, here)
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
        names=tuple(name_meant(gathered, here, one) for one in gathered.named),
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


def _beyond(standing: Standing, flips: tuple[_Flip, ...]) -> Standing:
    grid, areas = standing.grid, standing.areas
    for flip in flips:
        if isinstance(flip.of, ServiceAreaHit):
            areas = areas ^ {flip.of.service_area_id}
        else:
            grid = flip.to_grid
    return Standing(grid, areas)


def _changes(gathered: Gathered, rule_set: RuleSet, meant: Meant, there: Standing) -> bool:
    other = ask(gathered, rule_set, there)
    if other.units != meant.units or (other.rule is None) is not (meant.rule is None):
        return True
    home = gathered.located.community_id if gathered.located else None
    away = there.grid.community_id if there.grid else None
    return away != home and (meant.by_area or other.by_area)


def _test(
    gathered: Gathered, rule_set: RuleSet, here: Standing, meant: Meant
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


def _tested(flip: _Flip, here: Standing, changes: bool) -> Tested:
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


def _doubts(gathered: Gathered, meant: Meant, here: Standing, nearest: Tested | None) -> tuple[Doubt, ...]:
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


def _who(gathered: Gathered, meant: Meant, doubts: tuple[Doubt, ...]) -> tuple[UnitFact | None, Any]:
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
    gathered: Gathered, rule_set: RuleSet, here: Standing, meant: Meant, nearest: Tested | None
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
    for unit_id in on_duty(gathered, rule_set, here, Part.main)[0]:
        add(unit_id, Source.duty, rule)
    for unit_id in by_standard(gathered, here, UnitRole.lead):
        add(unit_id, Source.standard, rule)
    for unit_id in _beyond_nearest(gathered, rule_set, here, nearest):
        add(unit_id, Source.rule, {"place_in_area_m": round(nearest.boundary_m, 1) if nearest else 0.0})
    for unit_id in gathered.last_resorts:
        add(unit_id, Source.last_resort, rule)
    return tuple(found.values())


def _service_areas(gathered: Gathered) -> tuple[ServiceAreaHit, ...]:
    return gathered.located.service_areas if gathered.located else ()


def _beyond_nearest(gathered: Gathered, rule_set: RuleSet, here: Standing, nearest: Tested | None) -> Iterator[UUID]:
    for flip in _flips(gathered.located):
        if nearest is not None and _id_of(flip.of) == nearest.id:
            yield from ask(gathered, rule_set, _beyond(here, (flip,))).units


def _assists(gathered: Gathered, rule_set: RuleSet, here: Standing) -> tuple[UUID, ...]:
    listed = on_duty(gathered, rule_set, here, Part.assist)[0]
    return tuple(dict.fromkeys((*listed, *by_standard(gathered, here, UnitRole.assist))))
