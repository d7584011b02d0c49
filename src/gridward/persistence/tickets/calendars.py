"""Which running clocks a calendar counts, and how the sweep learns that it has a new version."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Integer, Text, Uuid, bindparam, select, text, update

from gridward.domain.tickets.numbers import official_number
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.tickets.rows import TicketRow

RUNNING = text(
    """
SELECT t.ticket_id, t.number_day, t.number, t.standard_id
FROM ticket t
WHERE t.jurisdiction_id = :jurisdiction_id AND t.is_open AND EXISTS (
    SELECT FROM clock c
    WHERE c.ticket_id = t.ticket_id AND c.state = 'running' AND (c.calendars ->> :calendar_id)::int < :version)
ORDER BY t.received_at, t.ticket_id
"""
).bindparams(
    bindparam("jurisdiction_id", type_=Uuid()),
    bindparam("calendar_id", type_=Text()),
    bindparam("version", type_=Integer()),
)


@dataclass(frozen=True, slots=True)
class Counted:
    """An open ticket with running clocks on an older version of a calendar."""

    ticket_id: UUID
    number: str
    standard_id: UUID


async def counted_by(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, calendar_id: str, version: int
) -> Sequence[Counted]:
    """Open tickets with a running clock that pins a version of the calendar below ``version``, oldest first."""
    rows = await session.execute(
        RUNNING, {"jurisdiction_id": jurisdiction_id, "calendar_id": calendar_id, "version": version}
    )
    return [Counted(row.ticket_id, official_number(row.number_day, row.number), row.standard_id) for row in rows]


async def look_again(session: WriteSession, ticket_ids: Sequence[UUID], now: datetime) -> None:
    """The sweep looks at these tickets next, whatever else it was waiting for; they are locked in order of their ids."""
    if not ticket_ids:
        return
    ordered = select(TicketRow.ticket_id).where(TicketRow.ticket_id.in_(ticket_ids)).order_by(TicketRow.ticket_id)
    await session.execute(ordered.with_for_update(key_share=True))
    soon = text("least(coalesce(next_step_at, :now), :now)").bindparams(
        bindparam("now", value=now, type_=DateTime(timezone=True))
    )
    await session.execute(update(TicketRow).where(TicketRow.ticket_id.in_(ticket_ids)).values(next_step_at=soon))
