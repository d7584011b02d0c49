"""What lies around a place: each question is one statement, whatever the size of the city.

Distances are taken on a plane scaled at the place itself: exact to 1 in 10,000 within a few kilometres, and many times
faster than ``geography`` on boundaries of thousands of vertices. A place within a centimetre of an edge lies on it, so
that a crack left by rounding between two neighbours belongs to both.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import DateTime, Double, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from gridward.domain.geometry import box_around, metres_per_degree
from gridward.domain.territory import (
    NEAR_M,
    BuildingHit,
    GridHit,
    GridKind,
    Located,
    Near,
    ServiceAreaHit,
    ServiceKind,
    UnitKind,
)
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.prepared import Prepared

REACH_M = 250.0
EDGE_DEGREES = 1e-7

PLACE = """
place AS MATERIALIZED (
    SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS point,
           ST_MakePoint(:lon * :per_lon, :lat * :per_lat) AS flat,
           ST_MakeEnvelope(:west, :south, :east, :north, 4326) AS box
)"""

LOCATE = Prepared(
    text(
        f"""
WITH {PLACE},
grids AS MATERIALIZED (
    SELECT g.grid_id, g.code, g.name, g.kind, g.community_id,
           ST_DWithin(b.boundary, place.point, {EDGE_DEGREES}) AS inside,
           round(ST_Distance(ST_Scale(ST_SetSRID(ST_Boundary(b.boundary), 0), :per_lon, :per_lat), flat)::numeric, 2)
               AS boundary_m,
           CASE g.kind WHEN 'cell' THEN 1 WHEN 'micro' THEN 2 ELSE 0 END AS tier
    FROM place
    JOIN grid_boundary b ON b.boundary && place.box
    JOIN grid g ON g.grid_id = b.grid_id
    WHERE b.jurisdiction_id = :jurisdiction_id
      AND b.valid_from <= :at AND (b.valid_to IS NULL OR b.valid_to > :at)
      AND g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at)
),
services AS (
    SELECT s.service_area_id, s.code, s.name, s.kind, s.unit_id, u.name AS unit_name, u.kind AS unit_kind,
           ST_DWithin(s.boundary, place.point, {EDGE_DEGREES}) AS inside,
           round(ST_Distance(ST_Scale(ST_SetSRID(ST_Boundary(s.boundary), 0), :per_lon, :per_lat), flat)::numeric, 2)
               AS boundary_m
    FROM place
    JOIN service_area s ON s.boundary && place.box
    JOIN unit u ON u.unit_id = s.unit_id
    WHERE s.jurisdiction_id = :jurisdiction_id
      AND s.valid_from <= :at AND (s.valid_to IS NULL OR s.valid_to > :at)
      AND (u.ended_at IS NULL OR u.ended_at > :at)
),
near_buildings AS (
    SELECT b.building_id, b.code, b.name, b.house_no, b.grid_id,
           round(ST_Distance(
               ST_Scale(ST_SetSRID(coalesce(b.footprint, b.location), 0), :per_lon, :per_lat), flat)::numeric, 2)
               AS distance_m
    FROM place
    CROSS JOIN LATERAL (
        (SELECT * FROM building f
         WHERE f.jurisdiction_id = :jurisdiction_id AND f.footprint && place.box
         ORDER BY f.footprint <-> place.point LIMIT 4)
        UNION ALL
        (SELECT * FROM building f
         WHERE f.jurisdiction_id = :jurisdiction_id AND f.footprint IS NULL AND f.location && place.box
         ORDER BY f.location <-> place.point LIMIT 4)
    ) b
),
rungs AS (
    WITH RECURSIVE up AS (
        SELECT a.area_id, a.code, a.parent_code, a.level FROM area a
        WHERE a.area_id = (
            SELECT community_id FROM grids WHERE inside ORDER BY tier, code COLLATE "C" LIMIT 1)
        UNION
        SELECT a.area_id, a.code, a.parent_code, a.level FROM area a
        JOIN area_boundary ab USING (area_id)
        CROSS JOIN place
        WHERE NOT EXISTS (SELECT FROM grids WHERE inside)
          AND a.jurisdiction_id = :jurisdiction_id AND ST_DWithin(ab.boundary, place.point, {EDGE_DEGREES})
          AND ab.valid_from <= :at AND (ab.valid_to IS NULL OR ab.valid_to > :at)
        UNION
        SELECT a.area_id, a.code, a.parent_code, a.level FROM up
        JOIN area a ON a.jurisdiction_id = :jurisdiction_id AND a.code = up.parent_code
    )
    SELECT area_id, CASE level WHEN 'community' THEN 0 WHEN 'street' THEN 1 WHEN 'district' THEN 2 ELSE 3 END AS rung
    FROM up
)
SELECT jsonb_build_object(
    'grids', (SELECT jsonb_agg(to_jsonb(g)) FROM grids g WHERE inside OR boundary_m <= :reach_m),
    'services', (SELECT jsonb_agg(to_jsonb(s)) FROM services s WHERE inside OR boundary_m <= :reach_m),
    'building', (SELECT to_jsonb(b) FROM near_buildings b WHERE distance_m <= :reach_m
                 ORDER BY distance_m, code COLLATE "C" LIMIT 1),
    'last_resorts', (
        SELECT jsonb_agg(u.unit_id ORDER BY u.rung, u.code COLLATE "C")
        FROM (
            SELECT unit_id, code, ended_at, 4 AS rung FROM unit
            WHERE jurisdiction_id = :jurisdiction_id AND is_last_resort AND area_id IS NULL
            UNION ALL
            SELECT b.unit_id, b.code, b.ended_at, r.rung FROM rungs r CROSS JOIN LATERAL (
                SELECT * FROM unit
                WHERE jurisdiction_id = :jurisdiction_id AND is_last_resort AND area_id = r.area_id OFFSET 0) b
        ) u
        WHERE u.ended_at IS NULL OR u.ended_at > :at)
) AS found
"""  # noqa: S608
    )
    .bindparams(
        bindparam("jurisdiction_id", type_=Uuid()),
        bindparam("at", type_=DateTime(timezone=True)),
        *(bindparam(name, type_=Double()) for name in ("lon", "lat", "per_lon", "per_lat", "reach_m")),
        *(bindparam(name, type_=Double()) for name in ("west", "south", "east", "north")),
    )
    .columns(found=JSONB())
)

NEAR_NAMES = text(
    f"""
WITH {PLACE},
named AS (
    SELECT 'building' AS kind, coalesce(b.name, b.house_no) AS name, coalesce(b.footprint, b.location) AS shape,
           b.location AS middle
    FROM place CROSS JOIN LATERAL (
        SELECT * FROM building f
        WHERE f.jurisdiction_id = :jurisdiction_id AND f.location && place.box
          AND (f.name IS NOT NULL OR f.house_no IS NOT NULL)
        ORDER BY f.location <-> place.point LIMIT 8) b
    UNION ALL
    SELECT 'street', s.name, s.path, NULL
    FROM place CROSS JOIN LATERAL (
        SELECT * FROM street f
        WHERE f.jurisdiction_id = :jurisdiction_id AND f.path && place.box AND f.name IS NOT NULL
        ORDER BY f.path <-> place.point LIMIT 3) s
    UNION ALL
    SELECT 'landmark', l.name, l.location, l.location
    FROM place CROSS JOIN LATERAL (
        SELECT * FROM landmark f
        WHERE f.jurisdiction_id = :jurisdiction_id AND f.location && place.box
        ORDER BY f.location <-> place.point LIMIT 3) l
)
SELECT kind, name,
       ST_Distance(ST_Scale(ST_SetSRID(shape, 0), :per_lon, :per_lat), flat) AS distance_m,
       degrees(ST_Azimuth(
           ST_Scale(ST_SetSRID(coalesce(middle, ST_ClosestPoint(shape, point)), 0), :per_lon, :per_lat), flat))
           AS bearing_deg
FROM named CROSS JOIN place
ORDER BY distance_m, name COLLATE "C"
"""  # noqa: S608
)

STEWARDS_OF = text(
    """
SELECT person_id, is_lead FROM stewardship
WHERE grid_id IN (
        SELECT CAST(:grid_id AS uuid)
        UNION SELECT s.successor_id FROM grid_succession s JOIN grid g ON g.grid_id = s.predecessor_id
              WHERE s.predecessor_id = :grid_id AND g.valid_to <= :at)
  AND valid_from <= :at AND (valid_to IS NULL OR valid_to > :at)
ORDER BY is_lead DESC, valid_from, person_id
"""
).bindparams(bindparam("grid_id"), bindparam("at"))


@dataclass(frozen=True, slots=True)
class Steward:
    """Who holds a grid at an instant."""

    person_id: UUID
    is_lead: bool


def around(lon: float, lat: float, reach_m: float) -> dict[str, Any]:
    """The parameters of a place and of the box that holds everything within reach."""
    west, south, east, north = box_around(lon, lat, reach_m)
    per_lon, per_lat = metres_per_degree(lat)
    return {
        "lon": lon,
        "lat": lat,
        "per_lon": per_lon,
        "per_lat": per_lat,
        "west": west,
        "south": south,
        "east": east,
        "north": north,
    }


async def locate(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    lon: float,
    lat: float,
    accuracy_m: float,
    at: datetime,
) -> Located:
    """Everything that routing asks of the ground at a place, as it stood at ``at`` (WGS-84 degrees, metres).

    A thing is in reach when its edge lies within 250 m, or within the accuracy when that is worse.
    """
    reach_m = max(accuracy_m, REACH_M)
    asked = {"jurisdiction_id": jurisdiction_id, "at": at, "reach_m": reach_m, **around(lon, lat, reach_m)}
    found = (await LOCATE.one(session, asked)).found
    building = found["building"]
    return Located(
        lon=lon,
        lat=lat,
        accuracy_m=accuracy_m,
        reach_m=reach_m,
        grids=tuple(sorted(map(grid_hit, found["grids"] or ()), key=lambda hit: hit.code)),
        service_areas=tuple(
            sorted(map(service_area_hit, found["services"] or ()), key=lambda hit: (not hit.inside, hit.code))
        ),
        building=None if building is None else _building(building),
        last_resorts=tuple(map(UUID, found["last_resorts"] or ())),
    )


def grid_hit(row: dict[str, Any]) -> GridHit:
    """From a row of ``grids`` as JSON."""
    return GridHit(
        grid_id=UUID(row["grid_id"]),
        code=row["code"],
        name=row["name"],
        kind=GridKind(row["kind"]),
        community_id=_id(row["community_id"]),
        inside=row["inside"],
        boundary_m=_metres(row["boundary_m"]),
    )


def service_area_hit(row: dict[str, Any]) -> ServiceAreaHit:
    """From a row of ``services`` as JSON."""
    return ServiceAreaHit(
        service_area_id=UUID(row["service_area_id"]),
        code=row["code"],
        name=row["name"],
        kind=ServiceKind(row["kind"]),
        unit_id=UUID(row["unit_id"]),
        unit_name=row["unit_name"],
        unit_kind=UnitKind(row["unit_kind"]),
        inside=row["inside"],
        boundary_m=_metres(row["boundary_m"]),
    )


def _building(row: dict[str, Any]) -> BuildingHit:
    return BuildingHit(
        building_id=UUID(row["building_id"]),
        code=row["code"],
        name=row["name"],
        house_no=row["house_no"],
        grid_id=_id(row["grid_id"]),
        distance_m=float(row["distance_m"]),
    )


def _id(value: str | None) -> UUID | None:
    return None if value is None else UUID(value)


def _metres(value: float) -> float:
    return 0.0 if value < 0.02 else float(value)


async def near_names(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, lon: float, lat: float
) -> tuple[Near, ...]:
    """Named houses, lanes and landmarks within 150 m, nearest first; what ``describe_place`` makes words of."""
    rows = await session.execute(NEAR_NAMES, {"jurisdiction_id": jurisdiction_id, **around(lon, lat, NEAR_M)})
    return tuple(
        Near(kind=cast(Any, row.kind), name=row.name, distance_m=row.distance_m, bearing_deg=row.bearing_deg or 0.0)
        for row in rows
        if row.distance_m <= NEAR_M
    )


async def stewards_of(session: ReadSession | WriteSession, grid_id: UUID, at: datetime) -> tuple[Steward, ...]:
    """Who holds a grid at an instant, the lead first; of one that has ended, who holds what came after it."""
    rows = await session.execute(STEWARDS_OF, {"grid_id": grid_id, "at": at})
    return tuple(Steward(row.person_id, row.is_lead) for row in rows)
