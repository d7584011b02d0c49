"""Which jurisdictions there are, for commands that act on one of them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select

from gridward.persistence.accounts.rows import JurisdictionRow
from gridward.persistence.database import ReadSession, WriteSession


@dataclass(frozen=True, slots=True)
class Tenant:
    """A jurisdiction by id and name; ``time_zone`` is its IANA zone."""

    jurisdiction_id: UUID
    name: str
    time_zone: str


async def tenants(session: ReadSession | WriteSession) -> list[Tenant]:
    """All jurisdictions, by name."""
    rows = await session.execute(
        select(JurisdictionRow.jurisdiction_id, JurisdictionRow.name, JurisdictionRow.time_zone).order_by(
            JurisdictionRow.name
        )
    )
    return [Tenant(row.jurisdiction_id, row.name, row.time_zone) for row in rows]


async def telephone_of(session: ReadSession, jurisdiction_id: UUID) -> str | None:
    """Whom everybody may call."""
    statement = select(JurisdictionRow.telephone).where(JurisdictionRow.jurisdiction_id == jurisdiction_id)
    return (await session.execute(statement)).scalar_one()


async def time_zone_of(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> ZoneInfo:
    """The zone of its local dates; a camera's bare time is read in it too."""
    statement = select(JurisdictionRow.time_zone).where(JurisdictionRow.jurisdiction_id == jurisdiction_id)
    return ZoneInfo((await session.execute(statement)).scalar_one())
