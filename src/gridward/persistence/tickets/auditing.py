"""What an audit reads: the tickets of a period, one page after the other, and every stored row of theirs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from gridward.domain.standards import ClockKind
from gridward.persistence.prepared import Line
from gridward.persistence.tickets.history import ASSIGNMENT, CLOCK, REQUEST, TICKET, Either


async def pages(
    session: Either, jurisdiction_id: UUID, start: datetime, end: datetime, size: int
) -> AsyncIterator[Sequence[UUID]]:
    """Tickets filed in ``[start, end)`` or with a clock due in it, by id, each once, ``size`` at a time.

    The list stays in the server: however long it is, only a page of it is here.
    """
    filed = select(TICKET.c.ticket_id).where(
        TICKET.c.jurisdiction_id == jurisdiction_id, TICKET.c.received_at >= start, TICKET.c.received_at < end
    )
    due = select(CLOCK.c.ticket_id).where(
        CLOCK.c.jurisdiction_id == jurisdiction_id,
        # The index goes by kind before it goes by time.
        CLOCK.c.kind.in_([kind.value for kind in ClockKind]),
        CLOCK.c.due_at >= start,
        CLOCK.c.due_at < end,
    )
    both = filed.union(due).subquery()
    found = await session.stream_scalars(select(both.c.ticket_id).order_by(both.c.ticket_id))
    async for page in found.partitions(size):
        yield page


async def tickets(session: Either, ticket_ids: Collection[UUID]) -> dict[UUID, Line]:
    """The rows of tickets, without their place and words."""
    columns = [column for column in TICKET.c if column.name not in ("location", "search", "routing")]
    rows = await session.execute(select(*columns).where(TICKET.c.ticket_id.in_(ticket_ids)))
    return {row.ticket_id: row for row in rows}


async def clocks(session: Either, ticket_ids: Collection[UUID]) -> dict[UUID, dict[str, Line]]:
    """The rows of their clocks: ticket → key → row."""
    found: dict[UUID, dict[str, Line]] = {ticket_id: {} for ticket_id in ticket_ids}
    for row in await session.execute(select(*CLOCK.c).where(CLOCK.c.ticket_id.in_(ticket_ids))):
        found[row.ticket_id][row.key] = row
    return found


async def open_assignments(session: Either, ticket_ids: Collection[UUID]) -> dict[UUID, UUID]:
    """Ticket → the assignment that is not ended; a unique index allows one."""
    query = select(ASSIGNMENT.c.ticket_id, ASSIGNMENT.c.assignment_id).where(
        ASSIGNMENT.c.ticket_id.in_(ticket_ids), ASSIGNMENT.c.ended_at.is_(None)
    )
    return {row.ticket_id: row.assignment_id for row in await session.execute(query)}


async def open_requests(session: Either, ticket_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Ticket → the requests that nobody has decided."""
    query = select(REQUEST.c.ticket_id, REQUEST.c.request_id).where(
        REQUEST.c.ticket_id.in_(ticket_ids), REQUEST.c.decided_at.is_(None)
    )
    found: dict[UUID, set[UUID]] = {}
    for row in await session.execute(query):
        found.setdefault(row.ticket_id, set()).add(row.request_id)
    return found
