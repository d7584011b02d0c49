"""Which jurisdictions there are, for commands that act on one of them."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from gridward.persistence.accounts.rows import JurisdictionRow
from gridward.persistence.database import ReadSession


@dataclass(frozen=True, slots=True)
class Tenant:
    """A jurisdiction by id and name."""

    jurisdiction_id: UUID
    name: str


async def tenants(session: ReadSession) -> list[Tenant]:
    """All jurisdictions, by name."""
    rows = await session.execute(
        select(JurisdictionRow.jurisdiction_id, JurisdictionRow.name).order_by(JurisdictionRow.name)
    )
    return [Tenant(row.jurisdiction_id, row.name) for row in rows]
