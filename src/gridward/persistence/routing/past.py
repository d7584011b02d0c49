"""Past reports by the thousand: what the rules were asked, and what lay around the place at that time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Double, Integer, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from gridward.domain.territory import Located
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.queries import EDGE_DEGREES, around, grid_hit, service_area_hit

OF_PERIOD = """
FROM ticket t JOIN report r ON r.report_id = t.ticket_id
WHERE t.jurisdiction_id = :jurisdiction_id AND t.received_at >= :since AND t.received_at < :until
  AND t.routing ? 'asked' AND NOT r.self_resolved AND r.erased_at IS NULL
"""

PAGE = text(
    f"""
SELECT t.ticket_id, t.number, t.number_day, t.received_at, t.standard_id, t.grid_id,
       ST_X(r.location) AS lon, ST_Y(r.location) AS lat,
       jsonb_build_object(
           'asked', t.routing -> 'asked', 'outcome', t.routing -> 'outcome', 'unit_id', t.routing -> 'unit_id',
           'role', t.routing -> 'role', 'rule_id', t.routing -> 'rule_id', 'rule_name', t.routing -> 'rule_name',
           'version', t.routing -> 'version', 'doubts', t.routing -> 'doubts', 'twins', t.routing -> 'twins'
       )::text AS routing
{OF_PERIOD}
  AND (t.received_at, t.ticket_id) > (:after_at, :after_id)
ORDER BY t.received_at, t.ticket_id LIMIT :most
"""
).bindparams(
    *(bindparam(name, type_=Uuid()) for name in ("jurisdiction_id", "after_id")),
    *(bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "until", "after_at")),
    bindparam("most", type_=Integer()),
)

COUNT = text(f"SELECT count(*) {OF_PERIOD}").bindparams(
    bindparam("jurisdiction_id", type_=Uuid()),
    *(bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "until")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRow:
    """A ticket with what its rules said at the time (``routing``, as ``Choice.as_json``, in part)."""

    ticket_id: UUID
    number: int
    number_day: date
    received_at: datetime
    standard_id: UUID
    grid_id: UUID | None
    lon: float | None
    lat: float | None
    routing: dict[str, Any]


async def past_reports(
    session: ReadSession,
    jurisdiction_id: UUID,
    *,
    since: datetime,
    until: datetime,
    after: tuple[datetime, UUID] | None,
    most: int,
) -> list[PastRow]:
    """Reports that rules were asked about, oldest first; not what somebody settled alone, nor what was erased."""
    after_at, after_id = after or (since, UUID(int=0))
    rows = await session.execute(
        PAGE,
        {
            "jurisdiction_id": jurisdiction_id,
            "since": since,
            "until": until,
            "after_at": after_at,
            "after_id": after_id,
            "most": most,
        },
    )
    return [
        PastRow(
            ticket_id=row.ticket_id,
            number=row.number,
            number_day=row.number_day,
            received_at=row.received_at,
            standard_id=row.standard_id,
            grid_id=row.grid_id,
            lon=row.lon,
            lat=row.lat,
            routing=json.loads(row.routing),
        )
        for row in rows
    ]


async def count_past(session: ReadSession, jurisdiction_id: UUID, *, since: datetime, until: datetime) -> int:
    given = {"jurisdiction_id": jurisdiction_id, "since": since, "until": until}
    found: int = (await session.execute(COUNT, given)).scalar_one()
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """WGS-84 degrees, metres, and the instant whose boundaries count."""

    lon: float
    lat: float
    accuracy_m: float
    at: datetime


PLACES = """
places AS MATERIALIZED (
    SELECT n, at, per_lon, per_lat, reach,
           ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point,
           ST_MakePoint(lon * per_lon, lat * per_lat) AS flat,
           ST_MakeEnvelope(west, south, east, north, 4326) AS box
    FROM unnest(:lon, :lat, :per_lon, :per_lat, :west, :south, :east, :north, :reach, :at)
         WITH ORDINALITY AS p(lon, lat, per_lon, per_lat, west, south, east, north, reach, at, n)
)"""

BOUNDARY_M = """
round(ST_Distance(ST_Scale(ST_SetSRID(ST_Boundary(b.boundary), 0), p.per_lon, p.per_lat), p.flat)::numeric, 2)
"""

LOCATE_ALL = text(
    f"""
WITH {PLACES},
grids AS (
    SELECT p.n, p.reach, g.grid_id, g.code, g.name, g.kind, g.community_id,
           ST_DWithin(b.boundary, p.point, {EDGE_DEGREES}) AS inside, {BOUNDARY_M} AS boundary_m
    FROM places p
    JOIN grid_boundary b ON b.boundary && p.box
    JOIN grid g ON g.grid_id = b.grid_id
    WHERE b.jurisdiction_id = :jurisdiction_id
      AND b.valid_from <= p.at AND (b.valid_to IS NULL OR b.valid_to > p.at)
      AND g.valid_from <= p.at AND (g.valid_to IS NULL OR g.valid_to > p.at)
),
services AS (
    SELECT p.n, p.reach, b.service_area_id, b.code, b.name, b.kind, b.unit_id,
           u.name AS unit_name, u.kind AS unit_kind,
           ST_DWithin(b.boundary, p.point, {EDGE_DEGREES}) AS inside, {BOUNDARY_M} AS boundary_m
    FROM places p
    JOIN service_area b ON b.boundary && p.box
    JOIN unit u ON u.unit_id = b.unit_id
    WHERE b.jurisdiction_id = :jurisdiction_id
      AND b.valid_from <= p.at AND (b.valid_to IS NULL OR b.valid_to > p.at)
      AND (u.ended_at IS NULL OR u.ended_at > p.at)
)
SELECT n, 'grid' AS what, (to_jsonb(grids) - 'n' - 'reach')::text AS found FROM grids
WHERE inside OR boundary_m <= reach
UNION ALL
SELECT n, 'service', (to_jsonb(services) - 'n' - 'reach')::text FROM services WHERE inside OR boundary_m <= reach
"""  # noqa: S608
).bindparams(
    bindparam("jurisdiction_id", type_=Uuid()),
    *(
        bindparam(name, type_=ARRAY(Double()))
        for name in ("lon", "lat", "per_lon", "per_lat", "west", "south", "east", "north", "reach")
    ),
    bindparam("at", type_=ARRAY(DateTime(timezone=True))),
)


async def locate_all(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, points: Sequence[Point]
) -> list[Located]:
    """As ``territory.queries.locate`` for each point, in one statement, and no farther than its accuracy.

    What lies beyond the accuracy changes no choice, except for what is urgent and in no grid. The building and 兜底 are
    left out: the rules do not ask for the one, and ``Terrain`` knows the other.
    """
    if not points:
        return []
    boxes = [around(point.lon, point.lat, max(point.accuracy_m, 0.1)) for point in points]
    rows = await session.execute(
        LOCATE_ALL,
        {
            "jurisdiction_id": jurisdiction_id,
            **{name: [box[name] for box in boxes] for name in boxes[0]},
            "reach": [point.accuracy_m for point in points],
            "at": [point.at for point in points],
        },
    )
    grids: dict[int, list[dict[str, Any]]] = {}
    services: dict[int, list[dict[str, Any]]] = {}
    for n, what, found in rows:
        (grids if what == "grid" else services).setdefault(n, []).append(json.loads(found))
    return [
        Located(
            lon=point.lon,
            lat=point.lat,
            accuracy_m=point.accuracy_m,
            reach_m=point.accuracy_m,
            grids=tuple(sorted(map(grid_hit, grids.get(n, ())), key=lambda hit: hit.code)),
            service_areas=tuple(
                sorted(map(service_area_hit, services.get(n, ())), key=lambda hit: (not hit.inside, hit.code))
            ),
            building=None,
            last_resorts=(),
        )
        for n, point in enumerate(points, 1)
    ]
