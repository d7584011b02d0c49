"""What the clocks of tickets need from the database: which calendars there are, and which tickets have a step due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.rows import CalendarRow
from gridward.persistence.tickets.rows import TicketRow


async def calendar_numbers(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> list[tuple[str, int]]:
    """``(calendar_id, version)`` of every published version, oldest first."""
    query = (
        select(CalendarRow.calendar_id, CalendarRow.version)
        .where(CalendarRow.jurisdiction_id == jurisdiction_id)
        .order_by(CalendarRow.calendar_id, CalendarRow.version)
    )
    return [(row.calendar_id, row.version) for row in await session.execute(query)]


async def lock_due(session: WriteSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Tickets whose next step lies in the past, longest due first; those that somebody holds are left for the next round.

    At the very instant of a due time nothing is late yet.
    """
    query = (
        select(TicketRow.ticket_id)
        .where(text("ticket.next_step_at IS NOT NULL"), TicketRow.next_step_at < now)
        .order_by(TicketRow.next_step_at)
        .limit(limit)
        .with_for_update(skip_locked=True, key_share=True)
    )
    return list((await session.execute(query)).scalars())
