"""Every grid that answers for its ground, with the service areas that hold it or lie across it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from shapely import Geometry, from_wkb
from sqlalchemy import DateTime, Row, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from gridward.domain.territory import GridHit, GridKind, ServiceAreaHit, ServiceKind, UnitKind
from gridward.persistence.database import ReadSession

GRIDS = text(
    """
WITH standing AS MATERIALIZED (
    SELECT g.grid_id, g.code, g.name, g.kind, g.community_id, b.boundary,
           CASE g.kind WHEN 'cell' THEN 1 WHEN 'micro' THEN 2 ELSE 0 END AS tier
    FROM grid g JOIN grid_boundary b USING (grid_id)
    WHERE g.jurisdiction_id = :jurisdiction_id
      AND b.valid_from <= :at AND (b.valid_to IS NULL OR b.valid_to > :at)
      AND g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at)
),
answering AS (
    SELECT * FROM standing g
    WHERE tier = 0 OR NOT EXISTS (
        SELECT FROM standing other
        WHERE other.tier < g.tier AND ST_Covers(other.boundary, ST_PointOnSurface(g.boundary)))
)
SELECT g.grid_id, g.code, g.name, g.kind, g.community_id,
       coalesce(array_agg(s.service_area_id) FILTER (WHERE s.covers), '{}') AS covering,
       coalesce(array_agg(s.service_area_id) FILTER (WHERE NOT s.covers), '{}') AS across,
       CASE WHEN bool_or(NOT s.covers) THEN ST_AsBinary(g.boundary) END AS boundary
FROM answering g
LEFT JOIN LATERAL (
    SELECT s.service_area_id, ST_Covers(s.boundary, g.boundary) AS covers
    FROM service_area s JOIN unit u USING (unit_id)
    WHERE s.jurisdiction_id = :jurisdiction_id AND ST_Intersects(s.boundary, g.boundary)
      AND s.valid_from <= :at AND (s.valid_to IS NULL OR s.valid_to > :at)
      AND (u.ended_at IS NULL OR u.ended_at > :at)
) s ON true
GROUP BY g.grid_id, g.code, g.name, g.kind, g.community_id, g.boundary
ORDER BY g.code COLLATE "C"
"""
).bindparams(bindparam("jurisdiction_id", type_=Uuid()), bindparam("at", type_=DateTime(timezone=True)))

AREAS = text(
    """
SELECT s.service_area_id, s.code, s.name, s.kind, s.unit_id, u.name AS unit_name, u.kind AS unit_kind,
       CASE WHEN s.service_area_id = ANY(:across) THEN ST_AsBinary(s.boundary) END AS boundary
FROM service_area s JOIN unit u USING (unit_id)
WHERE s.service_area_id = ANY(:wanted)
"""
).bindparams(bindparam("wanted", type_=ARRAY(Uuid())), bindparam("across", type_=ARRAY(Uuid())))


@dataclass(frozen=True, slots=True, kw_only=True)
class GridGround:
    """``boundary`` (WGS-84) is there where service areas lie ``across`` it."""

    grid: GridHit
    covering: frozenset[UUID]
    across: frozenset[UUID]
    boundary: Geometry | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceGround:
    """A service area, with its boundary where it lies across some grid."""

    hit: ServiceAreaHit
    boundary: Geometry | None


async def grids_with_services(
    session: ReadSession, jurisdiction_id: UUID, at: datetime
) -> tuple[list[GridGround], dict[UUID, ServiceGround]]:
    """The grids of the tier that answers at each place, by code, and the service areas that touch any of them."""
    rows = (await session.execute(GRIDS, {"jurisdiction_id": jurisdiction_id, "at": at})).all()
    grids = [
        GridGround(
            grid=GridHit(
                grid_id=row.grid_id,
                code=row.code,
                name=row.name,
                kind=GridKind(row.kind),
                community_id=row.community_id,
                inside=True,
                boundary_m=float("inf"),
            ),
            covering=frozenset(row.covering),
            across=frozenset(row.across),
            boundary=None if row.boundary is None else from_wkb(bytes(row.boundary)),
        )
        for row in rows
    ]
    across = frozenset[UUID]().union(*(one.across for one in grids))
    wanted = across.union(*(one.covering for one in grids))
    found = await session.execute(AREAS, {"wanted": sorted(wanted), "across": sorted(across)})
    return grids, {row.service_area_id: _service(row) for row in found}


def _service(row: Row[Any]) -> ServiceGround:
    boundary = row.boundary
    return ServiceGround(
        hit=ServiceAreaHit(
            service_area_id=row.service_area_id,
            code=row.code,
            name=row.name,
            kind=ServiceKind(row.kind),
            unit_id=row.unit_id,
            unit_name=row.unit_name,
            unit_kind=UnitKind(row.unit_kind),
            inside=True,
            boundary_m=float("inf"),
        ),
        boundary=None if boundary is None else from_wkb(bytes(boundary)),
    )
