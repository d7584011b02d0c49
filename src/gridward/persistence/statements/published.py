"""What was published, and what was put right afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.statements.rows import CorrectionRow, PublicationRow
from gridward.persistence.territory.rows import UnitRow

Either = ReadSession | WriteSession


async def listed(session: Either, jurisdiction_id: UUID) -> Sequence[PublicationRow]:
    query = select(PublicationRow).where(PublicationRow.jurisdiction_id == jurisdiction_id)
    return (await session.execute(query.order_by(PublicationRow.month.desc()))).scalars().all()


async def of_month(session: Either, jurisdiction_id: UUID, month: date) -> PublicationRow | None:
    query = select(PublicationRow).where(
        PublicationRow.jurisdiction_id == jurisdiction_id, PublicationRow.month == month
    )
    return (await session.execute(query)).scalar_one_or_none()


async def corrections(session: Either, publication_id: UUID) -> Sequence[CorrectionRow]:
    query = select(CorrectionRow).where(CorrectionRow.publication_id == publication_id)
    return (await session.execute(query.order_by(CorrectionRow.number))).scalars().all()


async def publish(session: WriteSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(PublicationRow).values(**values))


async def correct(session: WriteSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(CorrectionRow).values(**values))


async def unit_names(session: Either, jurisdiction_id: UUID) -> dict[str, str]:
    """Unit's id as text → its name."""
    query = select(UnitRow.unit_id, UnitRow.name).where(UnitRow.jurisdiction_id == jurisdiction_id)
    return {str(row.unit_id): row.name for row in await session.execute(query)}
