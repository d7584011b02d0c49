"""What the clocks of tickets need from the database: which calendars there are, and which tickets have a step due."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import Integer, Table, bindparam, select, text

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.prepared import Prepared
from gridward.persistence.standards.rows import CalendarRow
from gridward.persistence.tickets.rows import TicketRow

CALENDAR, TICKET = cast(Table, CalendarRow.__table__), cast(Table, TicketRow.__table__)

_CALENDAR_NUMBERS = Prepared(
    select(CALENDAR.c.calendar_id, CALENDAR.c.version)
    .where(CALENDAR.c.jurisdiction_id == bindparam("jurisdiction"))
    .order_by(CALENDAR.c.calendar_id, CALENDAR.c.version)
)
_LOCK_DUE = Prepared(
    select(TICKET.c.ticket_id)
    .where(text("ticket.next_step_at IS NOT NULL"), TICKET.c.next_step_at < bindparam("now"))
    .order_by(TICKET.c.next_step_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True, key_share=True)
)


async def calendar_numbers(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> list[tuple[str, int]]:
    """``(calendar_id, version)`` of every published version, oldest first."""
    found = await _CALENDAR_NUMBERS.rows(session, {"jurisdiction": jurisdiction_id})
    return [(row.calendar_id, row.version) for row in found]


async def lock_due(session: WriteSession, now: datetime, limit: int) -> Sequence[UUID]:
    """Tickets whose next step lies in the past, longest due first; those that somebody holds are left for the next round.

    At the very instant of a due time nothing is late yet.
    """
    return [row.ticket_id for row in await _LOCK_DUE.rows(session, {"now": now, "most": limit})]
