"""What kind of place a community or a grid is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, insert, select

from gridward.domain.standards import CommunityType
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.standards.rows import PlaceTypeRow
from gridward.persistence.territory.rows import AreaRow, GridRow


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceType:
    """A community (or any area) or a grid by its official code. Both words None: nothing is said of it."""

    code: str
    community_type: CommunityType | None
    area_class: str | None
    name: str = ""
    is_grid: bool = False


async def place_types(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> Sequence[PlaceType]:
    """Every line, areas before grids, by code."""
    code, name = func.coalesce(AreaRow.code, GridRow.code), func.coalesce(AreaRow.name, GridRow.name)
    is_grid = PlaceTypeRow.grid_id.is_not(None)
    rows = await session.execute(
        select(code.label("code"), name.label("name"), is_grid.label("is_grid"), PlaceTypeRow)
        .outerjoin(AreaRow, AreaRow.area_id == PlaceTypeRow.area_id)
        .outerjoin(GridRow, GridRow.grid_id == PlaceTypeRow.grid_id)
        .where(PlaceTypeRow.jurisdiction_id == jurisdiction_id)
        .order_by(is_grid, code)
    )
    return [
        PlaceType(
            code=found_code,
            name=found_name,
            is_grid=grid,
            community_type=CommunityType(row.community_type) if row.community_type else None,
            area_class=row.area_class,
        )
        for found_code, found_name, grid, row in rows
    ]


async def places_by_code(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, codes: Collection[str]
) -> Mapping[str, tuple[str, UUID]]:
    """Code → (``area`` or ``grid``, id); a code that both have is an area's."""
    wanted = list(codes)
    grids = await session.execute(
        select(GridRow.code, GridRow.grid_id).where(
            GridRow.jurisdiction_id == jurisdiction_id, GridRow.code.in_(wanted), GridRow.valid_to.is_(None)
        )
    )
    areas = await session.execute(
        select(AreaRow.code, AreaRow.area_id).where(
            AreaRow.jurisdiction_id == jurisdiction_id, AreaRow.code.in_(wanted)
        )
    )
    return {code: ("grid", one) for code, one in grids} | {code: ("area", one) for code, one in areas}


async def put_place_types(
    session: WriteSession,
    jurisdiction_id: UUID,
    lines: Sequence[tuple[str, UUID, PlaceType]],
    *,
    at: datetime,
    by: UUID | None,
) -> None:
    """Each line replaces what stood there; one that says nothing takes it away."""
    for kind, column in (("area", PlaceTypeRow.area_id), ("grid", PlaceTypeRow.grid_id)):
        ids = [one for of, one, _ in lines if of == kind]
        await session.execute(delete(PlaceTypeRow).where(column.in_(ids)))
    rows = [
        {
            "place_type_id": new_id(),
            "jurisdiction_id": jurisdiction_id,
            "area_id": one if of == "area" else None,
            "grid_id": one if of == "grid" else None,
            "community_type": line.community_type,
            "area_class": line.area_class,
            "changed_at": at,
            "changed_by": by,
        }
        for of, one, line in lines
        if line.community_type or line.area_class
    ]
    if rows:
        await session.execute(insert(PlaceTypeRow), rows)
