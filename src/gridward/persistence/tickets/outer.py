"""Whom the desk filed a report for: the number that it has in another system (12345 …), when that one wants an answer, and
who said it.

All stand with the report that brought them, so they are forgotten with it; whoever said it is forgotten in time.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Text, and_, func, select, update
from sqlalchemy.dialects.postgresql import aggregate_order_by

from gridward.persistence.database import WriteSession
from gridward.persistence.tickets.rows import ReportRow, TicketRow


class Warned(NamedTuple):
    """An open ticket that another system wants answered soon."""

    ticket_id: UUID
    jurisdiction_id: UUID
    community_id: UUID | None
    version: int
    outer_due_at: datetime


def due_first() -> ColumnElement[Any]:
    """Of some reports: the earliest instant at which another system wants an answer."""
    return func.min(ReportRow.outer_due_at).filter(ReportRow.erased_at.is_(None))


def no_first() -> ColumnElement[Any]:
    """Of some reports: the number in the other system of the one that is due first, else of the first that has one."""
    in_order = aggregate_order_by(ReportRow.outer_no, ReportRow.outer_due_at.nulls_last(), ReportRow.received_at)
    there = and_(ReportRow.outer_no.is_not(None), ReportRow.erased_at.is_(None))
    numbers: Any = func.array_agg(in_order, type_=ARRAY(Text())).filter(there)
    first: ColumnElement[Any] = numbers[1]
    return first


def outer_due_at(ticket_id: Any) -> ColumnElement[Any]:
    """The earliest of a ticket's reports."""
    return _of_reports(due_first(), ticket_id)


def outer_no(ticket_id: Any) -> ColumnElement[Any]:
    """Of a ticket's reports the one that is due first, else the first that has one."""
    return _of_reports(no_first(), ticket_id)


def _of_reports(told: ColumnElement[Any], ticket_id: Any) -> ColumnElement[Any]:
    return select(told).where(ReportRow.ticket_id == ticket_id).correlate_except(ReportRow).scalar_subquery()


async def forget_speakers(session: WriteSession, ended_before: datetime, limit: int) -> int:
    """Who said it, of tickets that ended before an instant and are over; how many went."""
    old = (
        select(ReportRow.report_id)
        .join(TicketRow, TicketRow.ticket_id == ReportRow.ticket_id)
        .where(ReportRow.speaker.is_not(None), ~TicketRow.is_open, TicketRow.ended_at < ended_before)
        .limit(limit)
    )
    gone = await session.execute(
        update(ReportRow)
        .where(ReportRow.report_id.in_(old))
        .values(speaker=None)
        .returning(ReportRow.report_id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all())


async def take_warnings(session: WriteSession, now: datetime, limit: int) -> tuple[Sequence[Warned], bool]:
    """Open tickets whose other system's limit runs out soon, each once, however many ask at once; True: there may be
    more. Nothing is said of a ticket that has ended."""
    due = (
        select(ReportRow.report_id)
        .where(ReportRow.outer_warn_at <= now)
        .order_by(ReportRow.outer_warn_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    taken = await session.execute(
        update(ReportRow)
        .where(ReportRow.report_id.in_(due))
        .values(outer_warn_at=None)
        .returning(ReportRow.ticket_id, ReportRow.outer_due_at)
        .execution_options(synchronize_session=False)
    )
    due_at = {row.ticket_id: row.outer_due_at for row in taken}
    if not due_at:
        return (), False
    rows = await session.execute(
        select(TicketRow.ticket_id, TicketRow.jurisdiction_id, TicketRow.community_id, TicketRow.version)
        .where(TicketRow.ticket_id.in_(due_at), TicketRow.is_open)
        .order_by(TicketRow.ticket_id)
    )
    return [Warned(*row, due_at[row.ticket_id]) for row in rows], len(due_at) >= limit
