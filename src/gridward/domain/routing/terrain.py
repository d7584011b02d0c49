"""The areas and units of a whole jurisdiction, for questions that are put by the thousand.

One report asks the database for its own rungs and units (``persistence/routing/surroundings``); a dry run or a coverage
check reads them once and answers from here, the same way.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from gridward.domain.routing.choice import UnitFact
from gridward.domain.standards_unit_names import Meaning
from gridward.domain.territory import AreaLevel, UnitKind

RUNGS: Mapping[AreaLevel, int] = {
    AreaLevel.community: 0,
    AreaLevel.street: 1,
    AreaLevel.district: 2,
    AreaLevel.city: 3,
}
EVERYWHERE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaFact:
    area_id: UUID
    code: str
    parent_code: str | None
    level: AreaLevel


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitLine:
    unit_id: UUID
    code: str
    name: str
    kind: UnitKind
    area_id: UUID | None
    is_last_resort: bool
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """What holds in a community at an instant: its rungs, all units with theirs, 兜底 from the nearest rung up."""

    area_ids: frozenset[UUID]
    units: Mapping[UUID, UnitFact]
    last_resorts: tuple[UUID, ...]
    meanings: tuple[Meaning, ...]


class Terrain:
    """Areas, units and the table of names, read once. ``meanings`` carry no rung yet."""

    def __init__(self, areas: Iterable[AreaFact], units: Sequence[UnitLine], meanings: Sequence[Meaning] = ()) -> None:
        self._areas = {area.area_id: area for area in areas}
        self._by_code = {area.code: area for area in self._areas.values()}
        self._units = sorted(units, key=lambda unit: unit.code)
        self._meanings = tuple(meanings)
        self._known: dict[tuple[UUID | None, frozenset[UUID]], Local] = {}

    def local(self, community_id: UUID | None, at: datetime) -> Local:
        """Of a community, or of a place in none."""
        ended = frozenset(unit.unit_id for unit in self._units if unit.ended_at is not None and unit.ended_at <= at)
        key = (community_id, ended)
        if key not in self._known:
            self._known[key] = self._local(community_id, ended)
        return self._known[key]

    def _local(self, community_id: UUID | None, ended: frozenset[UUID]) -> Local:
        rungs = self._rungs(community_id)

        def rung(area_id: UUID | None) -> int | None:
            return EVERYWHERE if area_id is None else rungs.get(area_id)

        units = {
            unit.unit_id: UnitFact(
                unit_id=unit.unit_id,
                name=unit.name,
                kind=unit.kind,
                ended=unit.unit_id in ended,
                rung=rung(unit.area_id),
            )
            for unit in self._units
        }
        resorts = [
            (own, unit.code, unit.unit_id)
            for unit in self._units
            if unit.is_last_resort and unit.unit_id not in ended and (own := rung(unit.area_id)) is not None
        ]
        return Local(
            area_ids=frozenset(rungs),
            units=units,
            last_resorts=tuple(unit_id for _, _, unit_id in sorted(resorts)),
            meanings=tuple(
                line if line.area_id is None else replace(line, rung=rungs[line.area_id])
                for line in self._meanings
                if line.area_id is None or line.area_id in rungs
            ),
        )

    def _rungs(self, community_id: UUID | None) -> dict[UUID, int]:
        found: dict[UUID, int] = {}
        area = None if community_id is None else self._areas.get(community_id)
        while area is not None and area.area_id not in found:
            found[area.area_id] = RUNGS[area.level]
            area = None if area.parent_code is None else self._by_code.get(area.parent_code)
        return found
