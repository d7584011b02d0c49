"""One ticket for a writer: its row locked, its facts in order, and everything that hangs on it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, exists, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.domain.facts import Fact
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import EntryRow
from gridward.persistence.tickets.rows import (
    AssignmentRow,
    ClockRow,
    OperationRow,
    ReportRow,
    RequestRow,
    TicketRow,
    TicketTextRow,
)

Line = Row[*tuple[Any, ...]]
Either = ReadSession | WriteSession

LOCKED = (
    TicketRow.ticket_id,
    TicketRow.jurisdiction_id,
    TicketRow.number,
    TicketRow.number_day,
    TicketRow.short_no,
    TicketRow.version,
    TicketRow.status,
    TicketRow.standard_id,
    TicketRow.category_code,
    TicketRow.grid_id,
    TicketRow.community_id,
    TicketRow.unit_id,
    TicketRow.tray_reason,
    TicketRow.conflict,
    TicketRow.marks,
    TicketRow.reports_count,
    TicketRow.received_at,
    func.ST_X(TicketRow.location).label("lon"),
    func.ST_Y(TicketRow.location).label("lat"),
    TicketRow.accuracy_m,
    TicketRow.merged_into_id,
    TicketRow.parent_id,
)


async def lock(session: WriteSession, ticket_ids: Iterable[UUID]) -> dict[UUID, Line]:
    """The rows of these tickets, locked in the order of their ids, so that two writers never wait for each other."""
    query = (
        select(*LOCKED)
        .where(TicketRow.ticket_id.in_(list(ticket_ids)))
        .order_by(TicketRow.ticket_id)
        .with_for_update(key_share=True)
    )
    return {row.ticket_id: row for row in await session.execute(query)}


async def facts_of(session: Either, ticket_id: UUID) -> tuple[Fact, ...]:
    """The history of a ticket, oldest first; read it after :func:`lock`, in a statement of its own."""
    query = (
        select(
            EntryRow.verb,
            EntryRow.occurred_at,
            EntryRow.recorded_at,
            EntryRow.actor_id,
            EntryRow.via,
            EntryRow.detail,
        )
        .where(EntryRow.ticket_id == ticket_id, EntryRow.ticket_version.is_not(None))
        .order_by(EntryRow.ticket_version)
    )
    return tuple(
        Fact(
            verb=row.verb,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            actor_id=row.actor_id,
            via=row.via,
            detail=row.detail,
        )
        for row in await session.execute(query)
    )


async def ticket_of_address(session: Either, ticket_id: UUID) -> UUID | None:
    """The ticket that an address leads to: the id of a joined report leads to the ticket it was joined to."""
    query = select(TicketRow.ticket_id).where(TicketRow.ticket_id == ticket_id)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is not None:
        return found
    report = select(ReportRow.ticket_id).where(ReportRow.report_id == ticket_id)
    return (await session.execute(report)).scalar_one_or_none()


async def report_standing(session: Either, report_id: UUID) -> Line | None:
    """What decides whether a report is a repeat, with the numbers of its ticket."""
    query = (
        select(
            ReportRow.report_id,
            ReportRow.jurisdiction_id,
            ReportRow.reporter_id,
            ReportRow.digest,
            ReportRow.erased_at,
            ReportRow.received_at,
            ReportRow.ticket_id,
            TicketRow.number,
            TicketRow.number_day,
            TicketRow.short_no,
        )
        .outerjoin(TicketRow, TicketRow.ticket_id == ReportRow.ticket_id)
        .where(ReportRow.report_id == report_id)
    )
    return (await session.execute(query)).one_or_none()


async def add_report(session: WriteSession, values: Mapping[str, Any]) -> bool:
    """Insert a report; False when its id is there already, which is known only once a rival has committed."""
    query = upsert(ReportRow).values(**values).on_conflict_do_nothing().returning(ReportRow.report_id)
    return (await session.execute(query)).scalar_one_or_none() is not None


async def add_ticket(session: WriteSession, values: Mapping[str, Any]) -> Line:
    """Insert a ticket; answers ``number`` and ``short_no``, which the database gives."""
    spoken = func.next_short_no(values["number_area_id"], values["number_day"])
    query = insert(TicketRow).values(**values, short_no=spoken).returning(TicketRow.number, TicketRow.short_no)
    return (await session.execute(query)).one()


async def change_ticket(session: WriteSession, ticket_id: UUID, values: Mapping[str, Any]) -> None:
    await session.execute(update(TicketRow).where(TicketRow.ticket_id == ticket_id).values(**values))


async def put_clocks(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write clocks as they stand; rows that are there are replaced."""
    if not rows:
        return
    query = upsert(ClockRow)
    changed = {name: query.excluded[name] for name in rows[0] if name not in ("ticket_id", "key", "jurisdiction_id")}
    await session.execute(
        query.values(list(rows)).on_conflict_do_update(index_elements=["ticket_id", "key"], set_=changed)
    )


async def add_assignment(session: WriteSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(AssignmentRow).values(**values))


async def end_assignments(session: WriteSession, ticket_id: UUID, at: datetime, by: str) -> None:
    """Close whatever assignment of the ticket is open; ``by`` is the verb that ended it."""
    query = (
        update(AssignmentRow)
        .where(AssignmentRow.ticket_id == ticket_id, AssignmentRow.ended_at.is_(None))
        .values(ended_at=at, ended_by=by)
    )
    await session.execute(query)


async def change_assignment(session: WriteSession, assignment_id: UUID, values: Mapping[str, Any]) -> None:
    await session.execute(update(AssignmentRow).where(AssignmentRow.assignment_id == assignment_id).values(**values))


async def unit_of_assignment(session: Either, ticket_id: UUID, assignment_id: UUID) -> UUID | None:
    """The unit that an assignment of this ticket named, open or ended."""
    query = select(AssignmentRow.unit_id).where(
        AssignmentRow.ticket_id == ticket_id, AssignmentRow.assignment_id == assignment_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def add_request(session: WriteSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(RequestRow).values(**values))


async def decide_requests(
    session: WriteSession, request_ids: Iterable[UUID], *, outcome: str, by: UUID | None, at: datetime
) -> None:
    query = (
        update(RequestRow)
        .where(RequestRow.request_id.in_(list(request_ids)), RequestRow.decided_at.is_(None))
        .values(outcome=outcome, decided_by_id=by, decided_at=at)
    )
    await session.execute(query)


async def open_requests(session: Either, ticket_id: UUID) -> frozenset[UUID]:
    query = select(RequestRow.request_id).where(RequestRow.ticket_id == ticket_id, RequestRow.decided_at.is_(None))
    return frozenset((await session.execute(query)).scalars())


async def add_texts(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        await session.execute(insert(TicketTextRow), list(rows))


async def operation(session: Either, op_id: UUID) -> Line | None:
    """What is known of an operation, with its answer."""
    query = select(
        OperationRow.op_id,
        OperationRow.jurisdiction_id,
        OperationRow.ticket_id,
        OperationRow.actor_id,
        OperationRow.digest,
        OperationRow.status,
        OperationRow.answer,
    ).where(OperationRow.op_id == op_id)
    return (await session.execute(query)).one_or_none()


async def add_operation(session: WriteSession, values: Mapping[str, Any]) -> bool:
    """Store an operation with its answer; False when the id was used on another ticket meanwhile."""
    query = upsert(OperationRow).values(**values).on_conflict_do_nothing().returning(OperationRow.op_id)
    return (await session.execute(query)).scalar_one_or_none() is not None


async def reports_of(session: Either, ticket_id: UUID) -> Sequence[Line]:
    """The reports that belong to a ticket now, oldest first."""
    query = (
        select(ReportRow.report_id, ReportRow.reporter_id, ReportRow.received_at)
        .where(ReportRow.ticket_id == ticket_id)
        .order_by(ReportRow.received_at, ReportRow.report_id)
    )
    rows: Sequence[Line] = (await session.execute(query)).all()
    return rows


async def move_reports(session: WriteSession, report_ids: Iterable[UUID], to_ticket_id: UUID) -> None:
    await session.execute(
        update(ReportRow).where(ReportRow.report_id.in_(list(report_ids))).values(ticket_id=to_ticket_id)
    )


async def twins(
    session: Either, *, jurisdiction_id: UUID, category: str, lon: float, lat: float, radius_m: float, limit: int = 5
) -> Sequence[Line]:
    """Open tickets of a kind within a radius, nearest first: ``ticket_id``, ``distance_m``, ``short_no``."""
    point = func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4326)
    distance = func.ST_Distance(func.geography(TicketRow.location), func.geography(point)).label("distance_m")
    query = (
        select(TicketRow.ticket_id, TicketRow.short_no, distance)
        .where(
            text("ticket.is_open"),
            TicketRow.jurisdiction_id == jurisdiction_id,
            TicketRow.category_code == category,
            TicketRow.location.op("&&")(func.ST_Expand(point, radius_m / 80_000.0)),
            func.ST_DWithin(func.geography(TicketRow.location), func.geography(point), radius_m),
        )
        .order_by(distance)
        .limit(limit)
    )
    rows: Sequence[Line] = (await session.execute(query)).all()
    return rows


async def is_reporter(session: Either, ticket_id: UUID, person_id: UUID) -> bool:
    query = select(exists().where(ReportRow.ticket_id == ticket_id, ReportRow.reporter_id == person_id))
    return bool((await session.execute(query)).scalar_one())
