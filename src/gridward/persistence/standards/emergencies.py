"""Emergencies (防汛, 重污染): which profile holds where, from – to."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, insert, select, update

from gridward.domain.standards_emergencies import Emergency
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.rows import EmergencyRow, StandardRow
from gridward.persistence.territory.rows import AreaRow

OVER = func.coalesce(EmergencyRow.ended_at, EmergencyRow.ends_at)


async def emergencies(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, *, not_over_at: datetime | None = None
) -> Sequence[Emergency]:
    """Those of a jurisdiction, newest first; with ``not_over_at`` only what is on then or still to come."""
    query = (
        select(EmergencyRow, StandardRow.scheme, StandardRow.version, StandardRow.document["name"]["zh"].astext)
        .join(StandardRow, StandardRow.standard_id == EmergencyRow.standard_id)
        .where(EmergencyRow.jurisdiction_id == jurisdiction_id)
        .order_by(EmergencyRow.starts_at.desc(), EmergencyRow.emergency_id.desc())
    )
    if not_over_at is not None:
        query = query.where(not_over_at < OVER)
    return [
        Emergency(
            emergency_id=row.emergency_id,
            standard_id=row.standard_id,
            scheme=scheme,
            version=version,
            name=name,
            area_codes=tuple(row.area_codes),
            starts_at=row.starts_at,
            ends_at=row.ends_at,
            ended_at=row.ended_at,
            notice=row.notice,
        )
        for row, scheme, version, name in await session.execute(query)
    ]


async def add_emergency(
    session: WriteSession, jurisdiction_id: UUID, emergency: Emergency, *, at: datetime, by: UUID | None
) -> None:
    """Store one."""
    await session.execute(
        insert(EmergencyRow).values(
            emergency_id=emergency.emergency_id,
            jurisdiction_id=jurisdiction_id,
            standard_id=emergency.standard_id,
            area_codes=list(emergency.area_codes),
            starts_at=emergency.starts_at,
            ends_at=emergency.ends_at,
            notice=emergency.notice,
            started_at=at,
            started_by=by,
        )
    )


async def end_emergency(session: WriteSession, emergency_id: UUID, *, at: datetime, by: UUID | None) -> None:
    """End it before its time."""
    await session.execute(
        update(EmergencyRow).where(EmergencyRow.emergency_id == emergency_id).values(ended_at=at, ended_by=by)
    )


async def areas_unknown(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, codes: Collection[str]
) -> Sequence[str]:
    """The codes that no area of the jurisdiction has."""
    known = await session.scalars(
        select(AreaRow.code).where(AreaRow.jurisdiction_id == jurisdiction_id, AreaRow.code.in_(list(codes)))
    )
    return sorted(set(codes) - set(known))
