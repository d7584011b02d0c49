"""How much is in the hands of a unit."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import func, select

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.tickets.rows import AssignmentRow


async def tickets_with(session: ReadSession | WriteSession, unit_id: UUID) -> int:
    """Tickets whose assignment to the unit has not ended."""
    query = select(func.count()).where(AssignmentRow.unit_id == unit_id, AssignmentRow.ended_at.is_(None))
    return int((await session.execute(query)).scalar_one())
