"""The rows that follow from the log, taken away so that they can be made again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, tuple_

from gridward.persistence.database import WriteSession
from gridward.persistence.tickets.history import ASSIGNMENT, CLOCK, REQUEST, TICKET, change_assignment
from gridward.persistence.tickets.rounds import ROUND


@dataclass(frozen=True, slots=True)
class Place:
    """A ticket in the order of receipt."""

    received_at: datetime
    ticket_id: UUID


async def places(session: WriteSession, jurisdiction_id: UUID, after: Place | None, limit: int) -> list[Place]:
    """The next tickets of a jurisdiction, the newest first."""
    query = select(TICKET.c.received_at, TICKET.c.ticket_id).where(TICKET.c.jurisdiction_id == jurisdiction_id)
    if after is not None:
        query = query.where(tuple_(TICKET.c.received_at, TICKET.c.ticket_id) < (after.received_at, after.ticket_id))
    query = query.order_by(TICKET.c.received_at.desc(), TICKET.c.ticket_id.desc()).limit(limit)
    return [Place(row.received_at, row.ticket_id) for row in await session.execute(query)]


async def throw_away(session: WriteSession, ticket_ids: Sequence[UUID]) -> Mapping[UUID, Mapping[str, Any]]:
    """Delete what follows from the entries of these tickets. Answers why units were chosen, which follows from none."""
    query = select(ASSIGNMENT.c.assignment_id, ASSIGNMENT.c.routing).where(
        ASSIGNMENT.c.ticket_id.in_(ticket_ids), ASSIGNMENT.c.routing.is_not(None)
    )
    why = {row.assignment_id: row.routing for row in await session.execute(query)}
    for table in (CLOCK, ROUND, ASSIGNMENT, REQUEST):
        await session.execute(delete(table).where(table.c.ticket_id.in_(ticket_ids)))
    return why


async def keep_why(session: WriteSession, why: Mapping[UUID, Mapping[str, Any]]) -> None:
    """Put back what :func:`throw_away` answered."""
    for assignment_id, routing in why.items():
        await change_assignment(session, assignment_id, {"routing": routing})
