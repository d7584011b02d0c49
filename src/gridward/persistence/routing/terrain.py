"""The areas, units and names of a whole jurisdiction, read once for questions that are put by the thousand."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from gridward.domain.routing.terrain import AreaFact, Terrain, UnitLine
from gridward.domain.standards_unit_names import Meaning, UnitRole
from gridward.domain.territory import AreaLevel, UnitKind
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.rows import UnitNameRow
from gridward.persistence.territory.rows import AreaRow, UnitRow


async def terrain(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> Terrain:
    """As it is now; a unit that has ended carries the instant."""
    areas = await session.execute(
        select(AreaRow.area_id, AreaRow.code, AreaRow.parent_code, AreaRow.level).where(
            AreaRow.jurisdiction_id == jurisdiction_id
        )
    )
    units = await session.execute(
        select(
            UnitRow.unit_id,
            UnitRow.code,
            UnitRow.name,
            UnitRow.kind,
            UnitRow.area_id,
            UnitRow.is_last_resort,
            UnitRow.ended_at,
        ).where(UnitRow.jurisdiction_id == jurisdiction_id)
    )
    names = await session.execute(
        select(
            UnitNameRow.name, UnitNameRow.role, UnitNameRow.unit_kind, UnitNameRow.unit_id, UnitNameRow.area_id
        ).where(UnitNameRow.jurisdiction_id == jurisdiction_id)
    )
    return Terrain(
        [
            AreaFact(area_id=row.area_id, code=row.code, parent_code=row.parent_code, level=AreaLevel(row.level))
            for row in areas
        ],
        [
            UnitLine(
                unit_id=row.unit_id,
                code=row.code,
                name=row.name,
                kind=UnitKind(row.kind),
                area_id=row.area_id,
                is_last_resort=row.is_last_resort,
                ended_at=row.ended_at,
            )
            for row in units
        ],
        [
            Meaning(
                name=row.name,
                role=None if row.role is None else UnitRole(row.role),
                unit_kind=None if row.unit_kind is None else UnitKind(row.unit_kind),
                unit_id=row.unit_id,
                area_id=row.area_id,
            )
            for row in names
        ],
    )
