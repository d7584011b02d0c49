"""Names of places and units, for lists and menus."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, or_, select

from gridward.domain.territory import AreaLevel
from gridward.persistence.database import ReadSession
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
