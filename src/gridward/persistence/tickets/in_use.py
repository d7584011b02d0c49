"""Which conditions of a scheme live tickets stand under."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import func, select

from gridward.domain.standards_in_use import OpenTickets
from gridward.domain.tickets.numbers import official_number
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.rows import StandardRow
from gridward.persistence.tickets.rows import TicketRow

EXAMPLES = 3


async def open_tickets(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, scheme: str, condition_ids: Sequence[str]
) -> Mapping[str, OpenTickets]:
    """Condition → the open tickets that pin it, in any version of the scheme; those without any are absent."""
    place = func.row_number().over(
        partition_by=TicketRow.condition_id, order_by=(TicketRow.received_at, TicketRow.ticket_id)
    )
    ranked = (
        select(
            TicketRow.condition_id,
            TicketRow.ticket_id,
            TicketRow.number_day,
            TicketRow.number,
            place.label("place"),
            func.count().over(partition_by=TicketRow.condition_id).label("tickets"),
        )
        .join(StandardRow, StandardRow.standard_id == TicketRow.standard_id)
        .where(
            TicketRow.jurisdiction_id == jurisdiction_id,
            TicketRow.is_open,
            StandardRow.scheme == scheme,
            TicketRow.condition_id.in_(condition_ids),
        )
        .subquery()
    )
    rows = await session.execute(
        select(ranked).where(ranked.c.place <= EXAMPLES).order_by(ranked.c.condition_id, ranked.c.place)
    )
    found: dict[str, OpenTickets] = {}
    for row in rows:
        example = (row.ticket_id, official_number(row.number_day, row.number))
        known = found.get(row.condition_id)
        examples = (*known.examples, example) if known else (example,)
        found[row.condition_id] = OpenTickets(count=row.tickets, examples=examples)
    return found
