"""Queries of a unit that is kept at the desk, and of the areas it answers for."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select, update

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.rows import ServiceAreaRow, UnitRow

Session = ReadSession | WriteSession


async def unit(
    session: Session, jurisdiction_id: UUID, *, unit_id: UUID | None = None, code: str = ""
) -> UnitRow | None:
    """A unit of the jurisdiction by id or code, also one that was closed."""
    mine = UnitRow.code == code if unit_id is None else UnitRow.unit_id == unit_id
    query = select(UnitRow).where(UnitRow.jurisdiction_id == jurisdiction_id, mine)
    return (await session.execute(query)).scalar_one_or_none()


async def areas_of(session: Session, unit_id: UUID, at: datetime) -> int:
    """How many service areas the unit answers for now or later."""
    query = select(func.count()).where(
        ServiceAreaRow.unit_id == unit_id, or_(ServiceAreaRow.valid_to.is_(None), ServiceAreaRow.valid_to > at)
    )
    return int((await session.execute(query)).scalar_one())


async def end(session: WriteSession, unit_id: UUID, at: datetime) -> None:
    """The unit and its areas end."""
    await session.execute(update(UnitRow).where(UnitRow.unit_id == unit_id).values(ended_at=at))
    await session.execute(
        update(ServiceAreaRow)
        .where(ServiceAreaRow.unit_id == unit_id, ServiceAreaRow.valid_to.is_(None))
        .values(valid_to=at)
        .execution_options(synchronize_session=False)
    )


async def service_area(session: Session, jurisdiction_id: UUID, service_area_id: UUID) -> ServiceAreaRow | None:
    query = select(ServiceAreaRow).where(
        ServiceAreaRow.jurisdiction_id == jurisdiction_id, ServiceAreaRow.service_area_id == service_area_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def end_service_area(session: WriteSession, service_area_id: UUID, at: datetime) -> None:
    await session.execute(
        update(ServiceAreaRow).where(ServiceAreaRow.service_area_id == service_area_id).values(valid_to=at)
    )
