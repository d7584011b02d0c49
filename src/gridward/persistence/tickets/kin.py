"""Tickets that belong to one another: merged into one, parts of one, and what reporters said of several."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.tickets.rows import TicketRow, TicketTextRow

TOLD = ("file.note", "join.note", "self_resolve.note", "answer_more.answer")
"""Words of reporters about what they saw."""


async def merged_into(session: ReadSession, ticket_id: UUID) -> list[UUID]:
    """The tickets that are merged into this one now."""
    query = select(TicketRow.ticket_id).where(TicketRow.merged_into_id == ticket_id).order_by(TicketRow.received_at)
    return list(await session.scalars(query))


async def told_of(session: ReadSession, ticket_ids: Collection[UUID]) -> dict[UUID, str]:
    """What reporters wrote on each of these tickets; absent where nobody wrote anything that is still there."""
    query = (
        select(TicketTextRow.ticket_id, func.string_agg(TicketTextRow.body, " ").label("words"))
        .where(TicketTextRow.ticket_id.in_(ticket_ids), TicketTextRow.kind.in_(TOLD), TicketTextRow.body.is_not(None))
        .group_by(TicketTextRow.ticket_id)
    )
    return {row.ticket_id: row.words for row in await session.execute(query)}


DONE = ("resolve.answer", "resolve.note")
"""Words of a unit when it was done; what a household was told goes before what was noted."""


async def said_when_done(session: ReadSession | WriteSession, ticket_id: UUID) -> str | None:
    """What the unit wrote when it last said that the ticket is done; None: nothing that is still there."""
    query = (
        select(TicketTextRow.body)
        .where(TicketTextRow.ticket_id == ticket_id, TicketTextRow.kind.in_(DONE), TicketTextRow.body.is_not(None))
        .order_by(TicketTextRow.written_at.desc(), TicketTextRow.kind)
        .limit(1)
    )
    return (await session.execute(query)).scalar_one_or_none()
