"""What a ticket is found by, made anew where its reports change: one joins, several move along, one is erased."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select, update

from gridward.persistence.database import WriteSession
from gridward.persistence.standards.rows import CategoryRow
from gridward.persistence.tickets.rows import ReportRow, TicketRow, TicketTextRow
from gridward.persistence.tickets.search import search_vector

SAID = ("file.note", "join.note", "self_resolve.note")
"""Words of a report, as they are kept."""
IMPORTED = "import"


async def renew(session: WriteSession, ticket_ids: Collection[UUID]) -> None:
    """Place and kind for everybody; words, numbers and places of its reports for whoever may read them.

    A part of a split is found by what was reported of the whole. A ticket of another system brought its own words.
    """
    category = and_(CategoryRow.standard_id == TicketRow.standard_id, CategoryRow.code == TicketRow.category_code)
    query = (
        select(
            TicketRow.ticket_id,
            TicketRow.place_note,
            func.coalesce(CategoryRow.name, TicketRow.category_code).label("category"),
            func.coalesce(TicketRow.parent_id, TicketRow.ticket_id).label("whole_id"),
        )
        .outerjoin(CategoryRow, category)
        .where(TicketRow.ticket_id.in_(ticket_ids), TicketRow.source != IMPORTED)
    )
    tickets = (await session.execute(query)).all()
    said = await _said(session, {one.whole_id for one in tickets})
    for one in tickets:
        vector = search_vector((one.place_note, one.category), said.get(one.whole_id, ()))
        await session.execute(
            update(TicketRow)
            .where(TicketRow.ticket_id == one.ticket_id)
            .values(search=vector)
            .execution_options(synchronize_session=False)
        )


async def _said(session: WriteSession, ticket_ids: Collection[UUID]) -> dict[UUID, list[str | None]]:
    texts = and_(TicketTextRow.report_id == ReportRow.report_id, TicketTextRow.kind.in_(SAID))
    query = (
        select(ReportRow.ticket_id, ReportRow.place_note, ReportRow.outer_no, TicketTextRow.body)
        .outerjoin(TicketTextRow, texts)
        .where(ReportRow.ticket_id.in_(ticket_ids), ReportRow.erased_at.is_(None))
        .order_by(ReportRow.received_at, ReportRow.report_id)
    )
    found: dict[UUID, list[str | None]] = {}
    rows: Any = (await session.execute(query)).all()
    for row in rows:
        found.setdefault(row.ticket_id, []).extend((row.body, row.outer_no, row.place_note))
    return found
