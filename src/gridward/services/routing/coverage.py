"""The coverage check as a verb: every grid and kind put to the rules in force, or to a draft."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.routing.boxes import Kind
from gridward.domain.routing.choice import Gathered
from gridward.domain.routing.coverage import Around, Coverage, Ground, Piece, coverage, cut
from gridward.domain.routing.rules import RuleSet
from gridward.domain.routing.terrain import Terrain
from gridward.domain.standards_conditions import Condition
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.persistence.routing.ground import GridGround, ServiceGround, grids_with_services
from gridward.persistence.routing.terrain import terrain
from gridward.persistence.standards.queries import standing_standards
from gridward.services.routing.choose import local_time


async def coverage_of(session: ReadSession, actor: Actor, rule_set: RuleSet, *, at: datetime) -> Coverage:
    """Which (category, grid) pairs have no unit under these rules, or several, and in which share of the grid.

    Asked as of ``at``: standing standards, grids, service areas, units, and the local time where rules ask for it.

    Raises:
        Forbidden: no right to read rules.
    """
    require(actor, "rules:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    jurisdiction_id = actor.jurisdiction_id
    grids, services = await grids_with_services(session, jurisdiction_id, at)
    known = await terrain(session, jurisdiction_id)
    kinds, conditions = await _kinds(session, jurisdiction_id, at)
    local_at = await local_time(session, jurisdiction_id, at)

    grounds, around = [], {}
    for one in grids:
        local = known.local(one.grid.community_id, at)
        grounds.append(Ground(grid=one.grid, area_ids=local.area_ids, pieces=_pieces(one, services)))
        if local.area_ids not in around:
            around[local.area_ids] = _around(known, one.grid.community_id, at, local_at)
    hits = {service_area_id: one.hit for service_area_id, one in services.items()}
    return coverage(grounds, kinds, hits, around, conditions, rule_set)


def _pieces(one: GridGround, services: dict[UUID, ServiceGround]) -> tuple[Piece, ...]:
    if one.boundary is None:
        return (Piece(1.0, one.covering),)
    across = {area: boundary for area in one.across if (boundary := services[area].boundary) is not None}
    return cut(one.boundary, across, one.covering)


def _around(known: Terrain, community_id: UUID | None, at: datetime, local_at: datetime) -> Around:
    local = known.local(community_id, at)
    bare = Gathered(
        category="",
        condition_id=None,
        condition_named=True,
        urgent=False,
        located=None,
        area_ids=local.area_ids,
        units=local.units,
        last_resorts=local.last_resorts,
        local_at=local_at,
    )
    return Around(bare=bare, meanings=local.meanings)


async def _kinds(session: ReadSession, jurisdiction_id: UUID, at: datetime) -> tuple[list[Kind], dict[str, Condition]]:
    """Every condition of the standing standards; a category without any stands for itself."""
    on = at.astimezone(await time_zone_of(session, jurisdiction_id)).date()
    kinds: dict[Kind, None] = {}
    conditions: dict[str, Condition] = {}
    for standard in await standing_standards(session, jurisdiction_id, on):
        for category in standard.categories.values():
            if not category.offered:
                continue
            own = [standard.conditions[one] for one in category.condition_ids]
            conditions |= {one.condition_id: one for one in own}
            found = [Kind(category.code, one.condition_id, one.urgent) for one in own] or [Kind(category.code)]
            kinds |= dict.fromkeys(found)
    return list(kinds), conditions
