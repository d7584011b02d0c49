"""The ground as tiles of a map: areas, grids, lanes, houses, names, and where units answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, literal_column, or_, select, text
from sqlalchemy.dialects.postgresql import BYTEA

from gridward.domain.tiles import Tile
from gridward.persistence.database import Glance, ReadSession
from gridward.persistence.entries import EntryRow, SystemRow
from gridward.persistence.prepared import Prepared
from gridward.persistence.territory.layers import STANDS

EXTENT = 4096
MARGIN = 64
"""Steps beyond a tile's edge that shapes go on for, so that no line shows where two tiles meet."""

_G, _B, _S = (STANDS.format(row=row) for row in "gbs")

BASE: Mapping[str, tuple[int, str]] = {
    "area": (
        8,
        f"""
SELECT {{shape}} AS geom, a.level, a.name FROM area a JOIN area_boundary b USING (area_id)
WHERE a.jurisdiction_id = :jurisdiction_id AND {_B} AND {{near}}""",  # noqa: S608
    ),
    "grid": (
        12,
        f"""
SELECT {{shape}} AS geom, CAST(g.grid_id AS text) AS id, g.code, g.kind FROM grid_boundary b JOIN grid g USING (grid_id)
WHERE b.jurisdiction_id = :jurisdiction_id AND {_B} AND {_G} AND {{near}}""",  # noqa: S608
    ),
    "grid_name": (
        14,
        f"""
SELECT {{middle}} AS geom, g.name FROM grid_boundary b JOIN grid g USING (grid_id)
WHERE b.jurisdiction_id = :jurisdiction_id AND {_B} AND {_G} AND {{near}}""",  # noqa: S608
    ),
    "street": (
        13,
        """
SELECT {shape} AS geom, b.name FROM (SELECT path AS boundary, name, jurisdiction_id FROM street) b
WHERE b.jurisdiction_id = :jurisdiction_id AND {near}""",
    ),
    "building": (
        14,
        """
SELECT {shape} AS geom FROM (
    SELECT footprint AS boundary, jurisdiction_id FROM building WHERE footprint IS NOT NULL) b
WHERE b.jurisdiction_id = :jurisdiction_id AND {near}""",
    ),
    "building_name": (
        17,
        """
SELECT {shape} AS geom, b.name FROM (
    SELECT location AS boundary, coalesce(name, house_no) AS name, jurisdiction_id FROM building) b
WHERE b.jurisdiction_id = :jurisdiction_id AND b.name IS NOT NULL AND {near}""",
    ),
    "landmark": (
        15,
        """
SELECT {shape} AS geom, b.name FROM (SELECT location AS boundary, name, jurisdiction_id FROM landmark) b
WHERE b.jurisdiction_id = :jurisdiction_id AND {near}""",
    ),
}
"""Layers with the zoom from which they are drawn. ``b.boundary`` is what is drawn, whatever its table calls it."""

ANSWERED = f"""
    FROM (SELECT s.boundary, s.kind, CAST(s.unit_id AS text) AS unit_id, u.name AS unit_name
          FROM service_area s JOIN unit u USING (unit_id)
          WHERE s.jurisdiction_id = :jurisdiction_id AND {_S} AND (u.ended_at IS NULL OR u.ended_at > :at)) b
    WHERE {{near}}"""  # noqa: S608
SERVICE_AREAS: Mapping[str, tuple[int, str]] = {
    "service_area": (11, f"SELECT {{shape}} AS geom, b.kind, b.unit_id {ANSWERED}"),
    "service_area_name": (12, f"SELECT {{middle}} AS geom, b.kind, b.unit_name AS name {ANSWERED}"),
}

_PARTS = {
    "shape": f"ST_AsMVTGeom(b.boundary, CAST(edge.box AS box2d), {EXTENT}, {MARGIN})",
    "middle": f"ST_AsMVTGeom(ST_PointOnSurface(b.boundary), CAST(edge.box AS box2d), {EXTENT}, 0)",
    "near": "b.boundary && edge.wide",
}


def _tile_of(layers: Mapping[str, tuple[int, str]], z: int) -> str:
    made = [
        f"""coalesce((SELECT ST_AsMVT(f.*, '{name}', {EXTENT}, 'geom')
        FROM ({content.format(**_PARTS)}) f WHERE f.geom IS NOT NULL), '')"""  # noqa: S608
        for name, (since, content) in layers.items()
        if z >= since
    ]
    return f"""
WITH edge AS (
    SELECT box, ST_Expand(box, (:east - :west) * {MARGIN / EXTENT}) AS wide
    FROM (SELECT ST_MakeEnvelope(:west, :south, :east, :north, 4326) AS box) tile)
SELECT {" || ".join(made) or "CAST('' AS bytea)"} AS tile, CAST(:jurisdiction_id AS uuid), CAST(:at AS timestamptz)
FROM edge"""  # noqa: S608


ZOOMS = range(23)
STATEMENTS = {
    name: [text(_tile_of(layers, z)).columns(tile=BYTEA()) for z in ZOOMS]
    for name, layers in (("base", BASE), ("service-areas", SERVICE_AREAS))
}


async def ground_tile(session: ReadSession, jurisdiction_id: UUID, layers: str, tile: Tile, at: datetime) -> bytes:
    """``base`` or ``service-areas`` of a tile as they stand at ``at``, as a vector tile; empty bytes: nothing is there.

    A piece of a concatenated tile is a tile: each layer is made by itself.
    """
    west, south, east, north = tile.box
    asked = {"jurisdiction_id": jurisdiction_id, "at": at, "west": west, "south": south, "east": east, "north": north}
    found: bytes = (await session.execute(STATEMENTS[layers][tile.z], asked)).scalar_one()
    return found


EXTENT_OF = text(
    f"""
SELECT ST_XMin(e) AS west, ST_YMin(e) AS south, ST_XMax(e) AS east, ST_YMax(e) AS north
FROM (SELECT ST_Extent(b.boundary) AS e FROM grid_boundary b WHERE b.jurisdiction_id = :jurisdiction_id AND {_B}) grids
"""  # noqa: S608
)


async def bounds(session: ReadSession, jurisdiction_id: UUID, at: datetime) -> tuple[float, float, float, float] | None:
    """West, south, east, north of all grids in degrees; None where there are none."""
    found = (await session.execute(EXTENT_OF, {"jurisdiction_id": jurisdiction_id, "at": at})).one()
    return None if found.west is None else (found.west, found.south, found.east, found.north)


ABOUT_GROUND = ("jurisdiction", "territory_change")
"""What entries of a territory's changes are about."""


STATE = Prepared(
    select(
        select(SystemRow.feed_epoch).scalar_subquery().label("epoch"),
        select(func.count())
        .where(
            EntryRow.jurisdiction_id == bindparam("jurisdiction_id", type_=Uuid()),
            or_(*(EntryRow.subject == literal_column(f"'{subject}'") for subject in ABOUT_GROUND)),
        )
        .scalar_subquery()
        .label("changes"),
    )
)


async def ground_state(session: ReadSession | Glance, jurisdiction_id: UUID) -> str:
    """Another text after each change of the territory: its entries are only ever added to."""
    rows = await STATE.rows(session, {"jurisdiction_id": jurisdiction_id})
    return f"{rows[0].epoch}:{rows[0].changes}"
