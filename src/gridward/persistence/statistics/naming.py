"""What the groups of figures are called."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import select, text

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.statistics.asking import Group
from gridward.persistence.territory.rows import AreaRow, GridRow, UnitRow

CATEGORIES = text(
    """
SELECT DISTINCT ON (k.code) k.code, k.name
FROM category k JOIN standard s ON s.standard_id = k.standard_id
WHERE s.jurisdiction_id = :jurisdiction_id AND k.code = ANY(:codes)
ORDER BY k.code, s.valid_from DESC, s.version DESC
"""
)
"""A code may be in several versions: the newest one's word."""


async def names(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, group: Group, keys: Iterable[str]
) -> dict[str, str]:
    """Key → name; groups by time are called by themselves."""
    known = [key for key in keys if key]
    if group is Group.category:
        rows = await session.execute(CATEGORIES, {"jurisdiction_id": jurisdiction_id, "codes": known})
        return {row.code: row.name for row in rows}
    of = {
        Group.unit: (UnitRow.unit_id, UnitRow.name, UnitRow.jurisdiction_id),
        Group.community: (AreaRow.area_id, AreaRow.name, AreaRow.jurisdiction_id),
        Group.grid: (GridRow.grid_id, GridRow.name, GridRow.jurisdiction_id),
    }.get(group)
    if of is None:
        return {key: key for key in known}
    found = await session.execute(
        select(of[0], of[1]).where(of[2] == jurisdiction_id, of[0].in_([UUID(key) for key in known]))
    )
    return {str(row[0]): row[1] for row in found}
