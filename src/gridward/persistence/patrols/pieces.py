"""Coverage in PostGIS: the piece of each grid that a walk covered, computed once; figures from pieces only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import text

from gridward.domain.patrols.rules import PIECE_GRAIN_M
from gridward.domain.patrols.track import Leg
from gridward.persistence.database import ReadSession, WriteSession

Either = ReadSession | WriteSession
Found = Line[*tuple[Any, ...]]

COVERED = text(
    """
    WITH leg AS MATERIALIZED (
        SELECT ST_Transform(ST_SetSRID(ST_GeomFromText(l.path), 4326), CAST(:srid AS integer)) AS path, l.swath, l.seconds
        FROM unnest(CAST(:paths AS text[]), CAST(:swaths AS float8[]), CAST(:seconds AS float8[])) AS l(path, swath, seconds)
    ),
    swath AS MATERIALIZED (SELECT ST_Union(ST_Buffer(path, swath, 'quad_segs=8')) AS area FROM leg),
    near AS MATERIALIZED (
        SELECT b.grid_id, ST_Transform(b.boundary, CAST(:srid AS integer)) AS boundary, b.boundary AS degrees
        FROM grid_boundary b, swath
        WHERE b.jurisdiction_id = :jurisdiction_id AND b.valid_from <= :at AND (b.valid_to IS NULL OR b.valid_to > :at)
          AND b.boundary && ST_Transform(ST_Envelope(swath.area), 4326)
    ),
    inside AS MATERIALIZED (
        SELECT near.grid_id, near.boundary, near.degrees, ST_Intersection(near.boundary, swath.area) AS piece
        FROM near, swath WHERE ST_Intersects(near.boundary, swath.area)
    )
    SELECT inside.grid_id, ST_Area(inside.piece) AS area_m2,
           ST_AsEWKB(ST_Multi(ST_CollectionExtract(ST_Transform(inside.piece, 4326), 3))) AS exact,
           along.length_m, along.seconds, streets.street_m, streets.streets_m,
           ST_Multi(ST_CollectionExtract(ST_MakeValid(ST_Transform(
               ST_SimplifyPreserveTopology(ST_SnapToGrid(inside.piece, :grain / 2), :grain / 2), 4326)), 3)) AS piece
    FROM inside
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(ST_Length(part)), 0) AS length_m,
               coalesce(sum(CASE WHEN ST_Length(path) > 0 THEN seconds * ST_Length(part) / ST_Length(path)
                                 WHEN ST_Intersects(path, inside.boundary) THEN seconds ELSE 0 END), 0) AS seconds
        FROM (SELECT leg.path, leg.seconds, ST_Intersection(leg.path, inside.boundary) AS part FROM leg
              WHERE ST_Intersects(leg.path, inside.boundary)) AS parts
    ) AS along
    CROSS JOIN LATERAL (
        SELECT coalesce(sum(ST_Length(ST_Intersection(lane, inside.piece))), 0) AS street_m,
               coalesce(sum(ST_Length(lane)), 0) AS streets_m
        FROM (SELECT ST_Intersection(ST_Transform(s.path, CAST(:srid AS integer)), inside.boundary) AS lane FROM street s
              WHERE s.jurisdiction_id = :jurisdiction_id AND ST_Intersects(s.path, inside.degrees)) AS lanes
    ) AS streets
    """
)
"""In metres of the UTM zone of the walk: lengths and areas there are right to 1 in 1,000."""


async def covered(session: Either, jurisdiction_id: UUID, legs: Sequence[Leg], at: datetime) -> Sequence[Found]:
    """What these legs cover of each grid that stood at ``at``: ``grid_id``, ``area_m2``, ``length_m``, ``seconds``,
    ``street_m`` of ``streets_m``, the ``piece`` as it is stored and ``exact`` as it was computed."""
    if not legs:
        return []
    asked = {
        "jurisdiction_id": jurisdiction_id,
        "at": at,
        "srid": utm_zone(*legs[0].path[0]),
        "paths": [_words(leg) for leg in legs],
        "swaths": [leg.swath_m for leg in legs],
        "seconds": [leg.ended_at - leg.started_at for leg in legs],
        "grain": PIECE_GRAIN_M,
    }
    return list(await session.execute(COVERED, asked))


def utm_zone(lon: float, lat: float) -> int:
    """EPSG code of the UTM zone of a place."""
    return (32600 if lat >= 0 else 32700) + min(60, int((lon + 180) // 6) + 1)


def _words(leg: Leg) -> str:
    places = [f"{lon:.7f} {lat:.7f}" for lon, lat in leg.path]
    return f"LINESTRING({', '.join(places)})" if len(places) > 1 else f"POINT({places[0]})"


DROP = text("DELETE FROM patrol_piece WHERE patrol_id = :patrol_id")
ADD = text(
    """
    INSERT INTO patrol_piece (patrol_id, grid_id, jurisdiction_id, community_id, plan_id, walked_at, length_m, seconds,
                              area_m2, street_m, streets_m, checked_in, reached, piece)
    SELECT :patrol_id, g.grid_id, g.jurisdiction_id, g.community_id, :plan_id, :walked_at, :length_m, :seconds, :area_m2,
           :street_m, :streets_m, :checked_in, :reached, CAST(:piece AS geometry)
    FROM grid g WHERE g.grid_id = :grid_id
    """
)


async def replace(session: WriteSession, patrol_id: UUID, pieces: Sequence[Mapping[str, Any]]) -> None:
    await session.execute(DROP, {"patrol_id": patrol_id})
    if pieces:
        await session.execute(ADD, [{"patrol_id": patrol_id, **piece} for piece in pieces])


OF_PATROL = text(
    """
    SELECT p.grid_id, g.name, p.length_m, p.seconds, p.area_m2, p.street_m, p.streets_m, p.checked_in, p.reached,
           ST_AsGeoJSON(p.piece, 6)::json AS piece
    FROM patrol_piece p JOIN grid g ON g.grid_id = p.grid_id WHERE p.patrol_id = :patrol_id ORDER BY g.code
    """
)


async def of_patrol(session: Either, patrol_id: UUID) -> Sequence[Found]:
    return list(await session.execute(OF_PATROL, {"patrol_id": patrol_id}))


BY_GRID = text(
    """
    WITH piece AS MATERIALIZED (
        SELECT grid_id, count(*) AS patrols, count(*) FILTER (WHERE reached) AS times_reached,
               sum(seconds) AS seconds, sum(length_m) AS length_m, max(walked_at) AS last_at,
               max(streets_m) AS streets_m, max(CASE WHEN streets_m > 0 THEN street_m / streets_m END) AS best_share
        FROM patrol_piece
        WHERE jurisdiction_id = :jurisdiction_id AND walked_at >= :since AND walked_at < :until
          AND (CAST(:plan_id AS uuid) IS NULL OR plan_id = CAST(:plan_id AS uuid))
        GROUP BY grid_id
    ),
    reported AS MATERIALIZED (
        SELECT t.grid_id, count(*) AS reports,
               count(*) FILTER (WHERE r.patrol_id IS NOT NULL) AS on_patrol
        FROM report r JOIN ticket t ON t.ticket_id = r.ticket_id
        WHERE r.jurisdiction_id = :jurisdiction_id AND r.received_at >= :since AND r.received_at < :until
          AND r.erased_at IS NULL
        GROUP BY t.grid_id
    ),
    planned AS MATERIALIZED (
        SELECT DISTINCT unnest(grid_ids) AS grid_id FROM patrol_plan
        WHERE jurisdiction_id = :jurisdiction_id AND valid_from < :until AND (valid_to IS NULL OR valid_to > :since)
          AND (CAST(:plan_id AS uuid) IS NULL OR plan_id = CAST(:plan_id AS uuid))
    )
    SELECT g.grid_id, g.code, g.name, g.community_id, planned.grid_id IS NOT NULL AS planned,
           coalesce(piece.patrols, 0) AS patrols, coalesce(piece.times_reached, 0) AS times_reached,
           coalesce(piece.seconds, 0) AS seconds, coalesce(piece.length_m, 0) AS length_m, piece.last_at,
           piece.streets_m, piece.best_share, coalesce(reported.reports, 0) AS reports,
           coalesce(reported.on_patrol, 0) AS on_patrol
    FROM grid g
    LEFT JOIN piece ON piece.grid_id = g.grid_id
    LEFT JOIN reported ON reported.grid_id = g.grid_id
    LEFT JOIN planned ON planned.grid_id = g.grid_id
    WHERE g.jurisdiction_id = :jurisdiction_id AND g.valid_from < :until AND (g.valid_to IS NULL OR g.valid_to > :since)
      AND (CAST(:community_ids AS uuid[]) IS NULL OR g.community_id = ANY (CAST(:community_ids AS uuid[])))
      AND (CAST(:plan_id AS uuid) IS NULL OR planned.grid_id IS NOT NULL OR piece.grid_id IS NOT NULL)
    ORDER BY g.code
    """
)


async def by_grid(
    session: Either,
    jurisdiction_id: UUID,
    *,
    since: datetime,
    until: datetime,
    community_ids: Collection[UUID] | None = None,
    plan_id: UUID | None = None,
) -> Sequence[Found]:
    """Every grid with what was walked of it in a time, also those of which nothing was."""
    asked = {
        "jurisdiction_id": jurisdiction_id,
        "since": since,
        "until": until,
        "community_ids": None if community_ids is None else list(community_ids),
        "plan_id": plan_id,
    }
    return list(await session.execute(BY_GRID, asked))


ON_MAP = text(
    """
    SELECT b.grid_id, g.name, ST_AsGeoJSON(ST_SimplifyPreserveTopology(b.boundary, 0.00002), 6)::json AS boundary,
           ST_AsGeoJSON(walked.piece, 6)::json AS piece
    FROM grid_boundary b JOIN grid g ON g.grid_id = b.grid_id
    LEFT JOIN LATERAL (
        SELECT ST_Union(p.piece) AS piece FROM patrol_piece p
        WHERE p.grid_id = b.grid_id AND p.walked_at >= :since AND p.walked_at < :until
          AND (CAST(:plan_id AS uuid) IS NULL OR p.plan_id = CAST(:plan_id AS uuid))
    ) AS walked ON true
    WHERE b.grid_id = ANY (CAST(:grid_ids AS uuid[])) AND b.valid_from <= :until
      AND (b.valid_to IS NULL OR b.valid_to > :until)
    """
)


async def on_map(
    session: Either, grid_ids: Collection[UUID], *, since: datetime, until: datetime, plan_id: UUID | None
) -> Sequence[Found]:
    """Boundaries of these grids and what of each was covered, all patrols of the time together (GeoJSON)."""
    asked = {"grid_ids": list(grid_ids), "since": since, "until": until, "plan_id": plan_id}
    return list(await session.execute(ON_MAP, asked))


SHARES = text(
    """
    WITH covered AS MATERIALIZED (
        SELECT p.grid_id, ST_Union(p.piece) AS piece FROM patrol_piece p
        WHERE p.grid_id = ANY (CAST(:grid_ids AS uuid[])) AND p.walked_at >= :since AND p.walked_at < :until
          AND (CAST(:plan_id AS uuid) IS NULL OR p.plan_id = CAST(:plan_id AS uuid))
          AND p.streets_m > 0 AND p.piece IS NOT NULL
        GROUP BY p.grid_id
    )
    SELECT covered.grid_id, sum(ST_Length(lane::geography)) AS streets_m,
           sum(ST_Length(ST_Intersection(lane, covered.piece)::geography)) AS street_m
    FROM covered
    JOIN grid_boundary b ON b.grid_id = covered.grid_id AND b.valid_from <= :until
                            AND (b.valid_to IS NULL OR b.valid_to > :until)
    JOIN street s ON s.jurisdiction_id = b.jurisdiction_id AND ST_Intersects(s.path, b.boundary)
    CROSS JOIN LATERAL (SELECT ST_Intersection(s.path, b.boundary) AS lane) AS cut
    GROUP BY covered.grid_id
    """
)


async def shares(
    session: Either, grid_ids: Collection[UUID], *, since: datetime, until: datetime, plan_id: UUID | None
) -> dict[UUID, float]:
    """What part of a grid's streets all patrols of a time saw together, 0 to 1; none where no street is known.

    From the pieces as they are stored, which are drawn no finer than 10 m.
    """
    asked = {"grid_ids": list(grid_ids), "since": since, "until": until, "plan_id": plan_id}
    rows = await session.execute(SHARES, asked)
    return {row.grid_id: min(1.0, row.street_m / row.streets_m) for row in rows if row.streets_m}
