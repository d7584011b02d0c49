"""Names of places and units, for lists and menus."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, Uuid, and_, bindparam, or_, select, text
from sqlalchemy.dialects.postgresql import ARRAY

from gridward.domain.territory import AreaLevel
from gridward.persistence.database import ReadSession
from gridward.persistence.prepared import Line
from gridward.persistence.territory.rows import AreaRow, GridRow, UnitRow


@dataclass(frozen=True, slots=True)
class Named:
    """A thing with an id and a name; ``community_id`` is where a grid lies."""

    id: UUID
    name: str
    community_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unit as lists show it."""

    unit_id: UUID
    code: str
    name: str
    kind: str
    telephone: str | None
    area_id: UUID | None
    is_last_resort: bool


async def units(session: ReadSession, jurisdiction_id: UUID, at: datetime) -> list[Unit]:
    """Units that stand, by code."""
    rows = await session.execute(
        select(
            UnitRow.unit_id,
            UnitRow.code,
            UnitRow.name,
            UnitRow.kind,
            UnitRow.telephone,
            UnitRow.area_id,
            UnitRow.is_last_resort,
        )
        .where(
            UnitRow.jurisdiction_id == jurisdiction_id,
            or_(UnitRow.ended_at.is_(None), UnitRow.ended_at > at),
        )
        .order_by(UnitRow.code)
    )
    return [Unit(**row._mapping) for row in rows]


async def units_named(session: ReadSession, unit_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of these units, those that stand no more too."""
    query = select(UnitRow.unit_id, UnitRow.name).where(UnitRow.unit_id.in_(unit_ids))
    return {row.unit_id: row.name for row in await session.execute(query)}


async def communities(session: ReadSession, jurisdiction_id: UUID, ids: Iterable[UUID] | None) -> list[Named]:
    """The named areas, or every community of the jurisdiction when ``ids`` is None; by code."""
    wanted = AreaRow.level == AreaLevel.community.value if ids is None else AreaRow.area_id.in_(tuple(ids))
    rows = await session.execute(
        select(AreaRow.area_id, AreaRow.name)
        .where(AreaRow.jurisdiction_id == jurisdiction_id, wanted)
        .order_by(AreaRow.code)
    )
    return [Named(row.area_id, row.name) for row in rows]


async def grids(
    session: ReadSession, jurisdiction_id: UUID, ids: Iterable[UUID], community_ids: Iterable[UUID], at: datetime
) -> list[Named]:
    """Grids that stand: the named ones and those of the named communities; by code."""
    rows = await session.execute(
        select(GridRow.grid_id, GridRow.name, GridRow.community_id)
        .where(
            GridRow.jurisdiction_id == jurisdiction_id,
            or_(GridRow.grid_id.in_(tuple(ids)), GridRow.community_id.in_(tuple(community_ids))),
            and_(GridRow.valid_from <= at, or_(GridRow.valid_to.is_(None), GridRow.valid_to > at)),
        )
        .order_by(GridRow.code)
    )
    return [Named(row.grid_id, row.name, row.community_id) for row in rows]


NAMED = text(
    """
WITH found AS (
    (SELECT 'building' AS kind, coalesce(name, house_no) AS name, location AS point, 0.0 AS reach_m
     FROM building
     WHERE jurisdiction_id = :jurisdiction_id
       AND (name = ANY(:words) OR (name IS NULL AND length(house_no) > 3 AND house_no = ANY(:words)))
     LIMIT 20)
    UNION ALL
    (SELECT 'landmark', name, location, 0.0 FROM landmark
     WHERE jurisdiction_id = :jurisdiction_id AND name = ANY(:words) LIMIT 20)
    UNION ALL
    (SELECT 'street', name, ST_ClosestPoint(path, ST_Centroid(path)), ST_Length(path::geography) / 2 FROM street
     WHERE jurisdiction_id = :jurisdiction_id AND name = ANY(:words) LIMIT 20)
)
SELECT kind, name, ST_X(point) AS lon, ST_Y(point) AS lat, reach_m,
       EXISTS (SELECT FROM area WHERE area_id = ANY(:community_ids) AND ST_Covers(boundary, point)) AS in_area
FROM found
ORDER BY kind, name COLLATE "C", lon, lat
"""
).bindparams(
    bindparam("jurisdiction_id", type_=Uuid()),
    bindparam("words", type_=ARRAY(Text())),
    bindparam("community_ids", type_=ARRAY(Uuid())),
)


async def things_named(
    session: ReadSession, jurisdiction_id: UUID, words: Iterable[str], community_ids: Iterable[UUID]
) -> list[Line]:
    """Houses, landmarks and lanes that bear one of these names: ``kind``, ``name``, ``lon``, ``lat``, ``reach_m``, and
    whether they lie in one of these communities. At most twenty of a kind."""
    asked = {"jurisdiction_id": jurisdiction_id, "words": list(words), "community_ids": list(community_ids)}
    return list(await session.execute(NAMED, asked))
