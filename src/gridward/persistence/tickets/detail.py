"""One ticket with everything around it, as one person's screen needs it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select

from gridward.persistence.accounts.rows import GrantRow, PersonRow
from gridward.persistence.database import ReadSession
from gridward.persistence.entries import EntryRow
from gridward.persistence.territory.rows import UnitRow
from gridward.persistence.tickets.rows import AssignmentRow, ClockRow, ReportRow, RequestRow, TicketRow, TicketTextRow

Line = Row[*tuple[Any, ...]]


async def entries_of(session: ReadSession, ticket_id: UUID) -> Sequence[Line]:
    """Everything that was recorded about a ticket, in the order of recording."""
    query = (
        select(
            EntryRow.entry_id,
            EntryRow.actor_id,
            EntryRow.via,
            EntryRow.verb,
            EntryRow.occurred_at,
            EntryRow.recorded_at,
            EntryRow.detail,
        )
        .where(EntryRow.ticket_id == ticket_id)
        .order_by(EntryRow.recorded_at, EntryRow.ticket_version.nulls_last(), EntryRow.entry_id)
    )
    return (await session.execute(query)).all()


async def texts_of(session: ReadSession, ticket_id: UUID) -> Sequence[Line]:
    """The words on a ticket that were not erased."""
    query = select(
        TicketTextRow.text_id,
        TicketTextRow.author_id,
        TicketTextRow.kind,
        TicketTextRow.audiences,
        TicketTextRow.body,
    ).where(TicketTextRow.ticket_id == ticket_id, TicketTextRow.body.is_not(None))
    return (await session.execute(query)).all()


async def people_of(session: ReadSession, person_ids: Collection[UUID]) -> dict[UUID, tuple[str, frozenset[str]]]:
    """Names and the roles they ever had."""
    query = (
        select(PersonRow.person_id, PersonRow.name, func.array_agg(GrantRow.role.distinct()))
        .outerjoin(GrantRow, GrantRow.person_id == PersonRow.person_id)
        .where(PersonRow.person_id.in_(person_ids))
        .group_by(PersonRow.person_id, PersonRow.name)
    )
    rows = await session.execute(query)
    return {one: (name, frozenset(filter(None, roles))) for one, name, roles in rows}


async def granted_requests(session: ReadSession, request_ids: Collection[UUID]) -> Sequence[Line]:
    """``request_id, kind, decided_by_id, decided_at`` of those of these requests that were granted."""
    query = select(RequestRow.request_id, RequestRow.kind, RequestRow.decided_by_id, RequestRow.decided_at).where(
        RequestRow.request_id.in_(request_ids), RequestRow.outcome == "granted"
    )
    return (await session.execute(query)).all()


async def reports_of(session: ReadSession, ticket_id: UUID) -> Sequence[Line]:
    """Who reported it, when, and what came with reports made for others."""
    query = (
        select(
            ReportRow.report_id,
            ReportRow.reporter_id,
            PersonRow.name.label("reporter_name"),
            ReportRow.source,
            ReportRow.speaker,
            ReportRow.said_at,
            ReportRow.outer_no,
            ReportRow.outer_due_at,
            ReportRow.received_at,
            ReportRow.captured_at,
            ReportRow.marks,
        )
        .outerjoin(PersonRow, PersonRow.person_id == ReportRow.reporter_id)
        .where(ReportRow.ticket_id == ticket_id, ReportRow.erased_at.is_(None))
        .order_by(ReportRow.received_at, ReportRow.report_id)
    )
    return (await session.execute(query)).all()


async def clocks_of(session: ReadSession, ticket_id: UUID) -> Sequence[ClockRow]:
    query = select(ClockRow).where(ClockRow.ticket_id == ticket_id).order_by(ClockRow.started_at, ClockRow.key)
    return (await session.execute(query)).scalars().all()


async def requests_of(session: ReadSession, ticket_id: UUID) -> Sequence[RequestRow]:
    query = select(RequestRow).where(RequestRow.ticket_id == ticket_id).order_by(RequestRow.asked_at)
    return (await session.execute(query)).scalars().all()


async def assignments_of(session: ReadSession, ticket_id: UUID) -> Sequence[Line]:
    """Every turn of a unit on the ticket, newest first."""
    query = (
        select(
            AssignmentRow.assignment_id,
            AssignmentRow.unit_id,
            UnitRow.name.label("unit_name"),
            UnitRow.kind.label("unit_kind"),
            UnitRow.telephone.label("unit_telephone"),
            AssignmentRow.worker_id,
            PersonRow.name.label("worker_name"),
            AssignmentRow.by_rule,
            AssignmentRow.assigned_at,
            AssignmentRow.ended_at,
            AssignmentRow.ended_by,
        )
        .outerjoin(UnitRow, UnitRow.unit_id == AssignmentRow.unit_id)
        .outerjoin(PersonRow, PersonRow.person_id == AssignmentRow.worker_id)
        .where(AssignmentRow.ticket_id == ticket_id)
        .order_by(AssignmentRow.assigned_at.desc(), AssignmentRow.assignment_id.desc())
    )
    return (await session.execute(query)).all()


async def routing_of(session: ReadSession, ticket_id: UUID) -> dict[str, Any] | None:
    query = select(TicketRow.routing).where(TicketRow.ticket_id == ticket_id)
    return (await session.execute(query)).scalar_one_or_none()


async def routings_of(session: ReadSession, ticket_ids: Collection[UUID]) -> dict[UUID, dict[str, Any] | None]:
    """Why the rules chose what they chose, of several tickets."""
    query = select(TicketRow.ticket_id, TicketRow.routing).where(TicketRow.ticket_id.in_(ticket_ids))
    return {row.ticket_id: row.routing for row in await session.execute(query)}
