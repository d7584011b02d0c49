"""Whom the names in standards mean, line by line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.standards.rows import UnitNameRow
from gridward.persistence.territory.rows import AreaRow, UnitRow


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitNameLine:
    """One line: what ``name`` means in ``area_id`` (None: wherever no nearer line holds).

    Both ``unit_kind`` and ``unit_id`` None: not mapped yet. ``role``: in which part it acts, whatever its column says.
    """

    name: str
    area_id: UUID | None
    unit_kind: str | None
    unit_id: UUID | None
    role: str | None = None

    @property
    def is_mapped(self) -> bool:
        return self.unit_kind is not None or self.unit_id is not None


async def lines_of(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, names: Iterable[str] | None = None
) -> Sequence[UnitNameLine]:
    """The lines of a jurisdiction, or of some names, by name and then from wide to narrow."""
    wanted = select(UnitNameRow).where(UnitNameRow.jurisdiction_id == jurisdiction_id)
    if names is not None:
        wanted = wanted.where(UnitNameRow.name.in_(list(names)))
    rows = await session.execute(wanted.order_by(UnitNameRow.name, UnitNameRow.area_id.nulls_first()))
    return [
        UnitNameLine(name=row.name, area_id=row.area_id, unit_kind=row.unit_kind, unit_id=row.unit_id, role=row.role)
        for row in rows.scalars()
    ]


async def add_unmapped(
    session: WriteSession, jurisdiction_id: UUID, names: Iterable[str], *, at: datetime, by: UUID | None
) -> None:
    """Names that the table has not seen yet; those it knows stay as they are."""
    known = {line.name for line in await lines_of(session, jurisdiction_id, list(names))}
    await _put(
        session,
        jurisdiction_id,
        [UnitNameLine(name=one, area_id=None, unit_kind=None, unit_id=None) for one in names if one not in known],
        at=at,
        by=by,
    )


async def replace_lines(
    session: WriteSession, jurisdiction_id: UUID, lines: Sequence[UnitNameLine], *, at: datetime, by: UUID | None
) -> None:
    """The lines of every name that occurs in ``lines`` become exactly these."""
    await session.execute(
        delete(UnitNameRow).where(
            UnitNameRow.jurisdiction_id == jurisdiction_id, UnitNameRow.name.in_({line.name for line in lines})
        )
    )
    await _put(session, jurisdiction_id, lines, at=at, by=by)


async def strangers(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, lines: Sequence[UnitNameLine]
) -> tuple[set[UUID], set[UUID]]:
    """The areas and the units that lines name and the jurisdiction does not have."""
    areas = {line.area_id for line in lines if line.area_id is not None}
    units = {line.unit_id for line in lines if line.unit_id is not None}
    known_areas = await session.execute(
        select(AreaRow.area_id).where(AreaRow.jurisdiction_id == jurisdiction_id, AreaRow.area_id.in_(areas))
    )
    known_units = await session.execute(
        select(UnitRow.unit_id).where(
            UnitRow.jurisdiction_id == jurisdiction_id, UnitRow.unit_id.in_(units), UnitRow.ended_at.is_(None)
        )
    )
    return areas - set(known_areas.scalars()), units - set(known_units.scalars())


async def version_of(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> datetime | None:
    """When the table last changed."""
    found = await session.execute(
        select(func.max(UnitNameRow.changed_at)).where(UnitNameRow.jurisdiction_id == jurisdiction_id)
    )
    return found.scalar_one()


async def _put(
    session: WriteSession, jurisdiction_id: UUID, lines: Sequence[UnitNameLine], *, at: datetime, by: UUID | None
) -> None:
    if not lines:
        return
    rows = [
        {
            "unit_name_id": new_id(),
            "jurisdiction_id": jurisdiction_id,
            "name": line.name,
            "area_id": line.area_id,
            "unit_kind": line.unit_kind,
            "unit_id": line.unit_id,
            "role": line.role,
            "changed_at": at,
            "changed_by": by,
        }
        for line in lines
    ]
    await session.execute(insert(UnitNameRow).on_conflict_do_nothing(), rows)


async def units_by_word(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, words: Iterable[str]
) -> dict[str, list[UUID]]:
    """Code or name → the standing units that have it; a code goes before a name."""
    wanted = list(words)
    rows = await session.execute(
        select(UnitRow.code, UnitRow.name, UnitRow.unit_id)
        .where(
            UnitRow.jurisdiction_id == jurisdiction_id,
            UnitRow.ended_at.is_(None),
            UnitRow.code.in_(wanted) | UnitRow.name.in_(wanted),
        )
        .order_by(UnitRow.code)
    )
    by_code: dict[str, list[UUID]] = {}
    by_name: dict[str, list[UUID]] = {}
    for code, name, unit_id in rows:
        by_code.setdefault(code, []).append(unit_id)
        by_name.setdefault(name, []).append(unit_id)
    return {word: by_code.get(word) or by_name.get(word, []) for word in wanted}
