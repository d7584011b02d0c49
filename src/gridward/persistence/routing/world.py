"""What rules may name."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from gridward.domain.routing.check import World
from gridward.domain.territory import UnitKind
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.rows import UnitRow

WORLD = text(
    """
WITH RECURSIVE up AS (
    SELECT area_id, area_id AS above, parent_code FROM area WHERE jurisdiction_id = :jurisdiction_id
    UNION
    SELECT up.area_id, a.area_id, a.parent_code FROM up
    JOIN area a ON a.jurisdiction_id = :jurisdiction_id AND a.code = up.parent_code
),
above AS (SELECT area_id, jsonb_agg(above) AS areas FROM up GROUP BY area_id)
SELECT jsonb_build_object(
    'units', (
        SELECT jsonb_object_agg(unit_id, jsonb_build_object(
            'kind', kind, 'last_resort', is_last_resort,
            'reachable', telephone IS NOT NULL OR EXISTS (
                SELECT FROM role_grant g JOIN person p USING (person_id)
                WHERE g.jurisdiction_id = :jurisdiction_id AND g.scope_kind = 'unit' AND g.scope_id = unit.unit_id AND p.disabled_at IS NULL
                  AND g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at))))
        FROM unit WHERE jurisdiction_id = :jurisdiction_id AND (ended_at IS NULL OR ended_at > :at)),
    'areas', (SELECT jsonb_object_agg(area_id, areas) FROM above),
    'grids', (SELECT jsonb_object_agg(g.grid_id, coalesce(above.areas, '[]')) FROM grid g
              LEFT JOIN above ON above.area_id = g.community_id
              WHERE g.jurisdiction_id = :jurisdiction_id AND (g.valid_to IS NULL OR g.valid_to > :at))
)::text
"""
)


async def world(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    at: datetime,
    *,
    categories: frozenset[str],
    conditions: Mapping[str, str],
    urgent: frozenset[str],
) -> World:
    """Everything that rules may name at an instant; kinds of problem come from the standards."""
    found = json.loads((await session.execute(WORLD, {"jurisdiction_id": jurisdiction_id, "at": at})).scalar_one())

    def within(name: str) -> dict[UUID, frozenset[UUID]]:
        return {UUID(one): frozenset(map(UUID, areas)) for one, areas in (found[name] or {}).items()}

    units = {UUID(unit_id): unit for unit_id, unit in (found["units"] or {}).items()}
    return World(
        units={unit_id: UnitKind(unit["kind"]) for unit_id, unit in units.items()},
        unreachable=frozenset(unit_id for unit_id, unit in units.items() if not unit["reachable"]),
        last_resorts=frozenset(unit_id for unit_id, unit in units.items() if unit["last_resort"]),
        categories=categories,
        conditions=conditions,
        urgent=urgent,
        grids=within("grids"),
        areas=within("areas"),
    )


async def standing_units(session: ReadSession, jurisdiction_id: UUID, at: datetime) -> Sequence[UnitRow]:
    """The units that have not ended, by code."""
    rows = await session.scalars(
        select(UnitRow)
        .where(
            UnitRow.jurisdiction_id == jurisdiction_id,
            UnitRow.ended_at.is_(None) | (UnitRow.ended_at > at),
        )
        .order_by(UnitRow.code)
    )
    return rows.all()
