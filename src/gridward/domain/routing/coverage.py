"""Coverage: for which kinds and grids the rules know no unit, or several, before anybody has reported anything.

A grid is cut by the service areas that lie across it into parts, each with its share of the grid. In every part every
kind is put to the rules. Kinds that no rule and no duty tells apart are put only once, and so are parts that look the
same to the rules: a city of 3,461 grids and 100 kinds has 346,100 pairs, but few different answers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from shapely import Geometry
from shapely.affinity import scale

from gridward.domain.geometry import metres_per_degree
from gridward.domain.routing.boxes import Kind
from gridward.domain.routing.choice import Doubt, Gathered
from gridward.domain.routing.meaning import meant_at
from gridward.domain.routing.rules import By, RuleSet
from gridward.domain.standards_conditions import Condition
from gridward.domain.standards_unit_names import Meaning, named_at
from gridward.domain.territory import GridHit, Located, ServiceAreaHit

NARROW_M = 2.0
"""A part that is nowhere wider than this is what two drawings of one edge leave between them, not ground of its own."""

WORST = (Doubt.no_rule, Doubt.no_unit, Doubt.unit_gone, Doubt.several_units, Doubt.left_to_desk)
"""What can be said of a pair, worst first; of a pair with several the worst counts it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a grid: its share (0 … 1) and the service areas that hold it."""

    share: float
    areas: frozenset[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A grid with everything about it that rules may ask."""

    grid: GridHit
    area_ids: frozenset[UUID]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Kinds that have no unit, or several, in a part of a grid.

    Args:
        share: How much of the grid is so (1 = all of it).
        kinds: Categories of which every condition is meant; ``conditions``: those of the others that are.
        unit_ids: The several units, or the one that has ended.
    """

    grid_id: UUID
    doubt: Doubt
    share: float
    kinds: tuple[str, ...]
    conditions: tuple[str, ...]
    rule_id: str | None
    unit_ids: tuple[UUID, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """``pairs``: all (category, grid); ``by_doubt``: those with a gap, each counted once, under the worst."""

    pairs: int
    by_doubt: Mapping[Doubt, int]
    gaps: tuple[Gap, ...]


def cut(grid: Geometry, lying_across: Mapping[UUID, Geometry], covering: frozenset[UUID]) -> tuple[Piece, ...]:
    """The parts of a grid, largest first; geometries are WGS-84.

    Args:
        lying_across: Service areas that hold a part of it; ``covering``: those that hold all of it.
    """
    flat = _flat(grid)
    parts: list[tuple[Geometry, frozenset[UUID]]] = [(flat, covering)]
    for area_id, boundary in sorted(lying_across.items(), key=lambda one: str(one[0])):
        area, next_parts = _flat(boundary, grid), []
        for part, areas in parts:
            inside, outside = part.intersection(area), part.difference(area)
            if _narrow(inside) or _narrow(outside):
                kept = areas if _narrow(inside) else areas | {area_id}
                next_parts.append((part, kept))
            else:
                next_parts += [(inside, areas | {area_id}), (outside, areas)]
        parts = next_parts
    pieces = (Piece(part.area / flat.area, areas) for part, areas in parts)
    return tuple(sorted(pieces, key=lambda piece: (-piece.share, sorted(map(str, piece.areas)))))


def _flat(geometry: Geometry, like: Geometry | None = None) -> Geometry:
    """In metres on a plane at the middle of the grid."""
    middle = (like or geometry).envelope.centroid
    per_lon, per_lat = metres_per_degree(middle.y)
    return scale(geometry, per_lon, per_lat, origin=(middle.x, middle.y))


def _narrow(geometry: Geometry) -> bool:
    return geometry.area < NARROW_M**2 or bool(geometry.buffer(-NARROW_M / 2).is_empty)


Answer = tuple[Doubt | None, str | None, tuple[UUID, ...]]
"""What is wrong (None: nothing), the rule that held, the units in question."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """What else rules may ask in a place that lies in certain areas.

    Args:
        bare: Units, last resorts and time, as gathered for any kind there.
        meanings: What the names of the standard mean there.
    """

    bare: Gathered
    meanings: tuple[Meaning, ...] = ()


def coverage(
    grounds: Sequence[Ground],
    kinds: Sequence[Kind],
    hits: Mapping[UUID, ServiceAreaHit],
    around: Mapping[frozenset[UUID], Around],
    conditions: Mapping[str, Condition],
    rule_set: RuleSet,
) -> Coverage:
    """Put every kind in every part of every grid to the rules.

    Args:
        hits: The service areas by id.
        around: For each set of areas that a ground lies in.
    """
    alike = _alike(kinds, rule_set)
    per_category: dict[str, set[str | None]] = {}
    for kind in kinds:
        per_category.setdefault(kind.category, set()).add(kind.condition_id)
    named = frozenset(grid for rule in rule_set.rules for grid in rule.when.grids or ())
    answered: dict[object, Answer] = {}
    gaps: list[Gap] = []
    by_doubt: Counter[Doubt] = Counter()
    for ground in grounds:
        at = around[ground.area_ids]
        own = ground.grid.grid_id if ground.grid.grid_id in named else None
        shares: dict[Answer, dict[int, float]] = {}
        for piece in ground.pieces:
            for group, members in enumerate(alike):
                key = (group, piece.areas, ground.area_ids, ground.grid.community_id, own)
                if key not in answered:
                    gathered = _put(at, members[0], ground.grid, [hits[one] for one in piece.areas], conditions)
                    answered[key] = _answer(gathered, rule_set)
                if answered[key][0] is not None:
                    of_group = shares.setdefault(answered[key], {})
                    of_group[group] = of_group.get(group, 0.0) + piece.share
        own_gaps = [*_gaps(ground.grid.grid_id, shares, alike, per_category)]
        by_doubt.update(_worst(own_gaps, conditions).values())
        gaps += own_gaps
    return Coverage(pairs=len(grounds) * len(per_category), by_doubt=by_doubt, gaps=tuple(gaps))


def _gaps(
    grid_id: UUID,
    shares: Mapping[Answer, Mapping[int, float]],
    alike: Sequence[Sequence[Kind]],
    per_category: Mapping[str, set[str | None]],
) -> Iterator[Gap]:
    for (doubt, rule_id, units), of_group in shares.items():
        assert doubt is not None
        for share in sorted(set(of_group.values()), reverse=True):
            members = [kind for group, one in of_group.items() if one == share for kind in alike[group]]
            yield _gap(grid_id, doubt, share, members, per_category, rule_id, units)


def _worst(gaps: Sequence[Gap], conditions: Mapping[str, Condition]) -> dict[str, Doubt]:
    """The worst of each category."""
    found: dict[str, Doubt] = {}
    for gap in gaps:
        for category in {*gap.kinds, *(conditions[one].category_code for one in gap.conditions)}:
            found[category] = min(found.get(category, gap.doubt), gap.doubt, key=WORST.index)
    return found


def _gap(
    grid_id: UUID,
    doubt: Doubt,
    share: float,
    members: Sequence[Kind],
    per_category: Mapping[str, set[str | None]],
    rule_id: str | None,
    units: tuple[UUID, ...],
) -> Gap:
    of: dict[str, set[str | None]] = {}
    for kind in members:
        of.setdefault(kind.category, set()).add(kind.condition_id)
    whole = [category for category, conditions in of.items() if conditions == per_category[category]]
    some = [one for category, conditions in of.items() if category not in whole for one in conditions if one]
    return Gap(
        grid_id=grid_id,
        doubt=doubt,
        share=min(1.0, share),
        kinds=tuple(sorted(whole)),
        conditions=tuple(sorted(some)),
        rule_id=rule_id,
        unit_ids=units,
    )


def _alike(kinds: Sequence[Kind], rule_set: RuleSet) -> tuple[tuple[Kind, ...], ...]:
    """Kinds in groups that no rule and no line of the duty list tells apart."""
    groups: dict[object, list[Kind]] = {}
    lines: dict[str, list[object]] = {}
    for duty in rule_set.duties:
        lines.setdefault(duty.category, []).append(replace(duty, category=""))
    by_standard = any(rule.choose.by is By.standard for rule in rule_set.rules)
    for kind in kinds:
        asked = tuple(
            (rule.when.categories is None or kind.category in rule.when.categories)
            and (rule.when.conditions is None or kind.condition_id in rule.when.conditions)
            and (rule.when.urgent is None or rule.when.urgent is kind.urgent)
            for rule in rule_set.rules
        )
        own = kind.condition_id if by_standard else None
        groups.setdefault((asked, tuple(lines.get(kind.category, ())), own), []).append(kind)
    return tuple(tuple(group) for group in groups.values())


def _put(
    at: Around, kind: Kind, grid: GridHit, areas: Sequence[ServiceAreaHit], conditions: Mapping[str, Condition]
) -> Gathered:
    located = Located(
        lon=math.nan,
        lat=math.nan,
        accuracy_m=0.0,
        reach_m=0.0,
        grids=(grid,),
        service_areas=tuple(sorted(areas, key=lambda hit: hit.code)),
        building=None,
        last_resorts=at.bare.last_resorts,
    )
    condition = None if kind.condition_id is None else conditions[kind.condition_id]
    return replace(
        at.bare,
        category=kind.category,
        condition_id=kind.condition_id,
        urgent=kind.urgent,
        located=located,
        named=named_at(condition, at.meanings),
    )


def _answer(gathered: Gathered, rule_set: RuleSet) -> Answer:
    rule, units = meant_at(gathered, rule_set)
    if rule is None:
        return Doubt.no_rule, None, ()
    if rule.choose.by is By.tray:
        return Doubt.left_to_desk, rule.rule_id, ()
    if not units:
        return Doubt.no_unit, rule.rule_id, ()
    if len(units) > 1:
        return Doubt.several_units, rule.rule_id, units
    unit = gathered.units.get(units[0])
    gone = unit is None or unit.ended
    return (Doubt.unit_gone if gone else None), rule.rule_id, units if gone else ()
