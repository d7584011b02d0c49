"""One ticket for a writer: its row locked, its facts in order, and everything that hangs on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ClauseElement, Row, Table, Update, bindparam, exists, func, insert, select, update
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

TICKET, REPORT, CLOCK, ASSIGNMENT, REQUEST, OPERATION, TEXT = (
    cast(Table, row.__table__)
    for row in (TicketRow, ReportRow, ClockRow, AssignmentRow, RequestRow, OperationRow, TicketTextRow)
)
"""Writes go to the tables themselves: through the mapped classes each costs several times as much."""

_clock = upsert(CLOCK)
PUT_CLOCK = _clock.on_conflict_do_update(
    index_elements=["ticket_id", "key"],
    set_={
        column.name: _clock.excluded[column.name]
        for column in CLOCK.c
        if column.name not in ("ticket_id", "key", "jurisdiction_id")
    },
)
ADD_REPORT = upsert(REPORT).on_conflict_do_nothing().returning(REPORT.c.report_id)
ADD_TICKET = (
    insert(TICKET)
    .values(
        short_no=func.next_short_no(
            bindparam("spoken_area", type_=TICKET.c.number_area_id.type),
            bindparam("spoken_day", type_=TICKET.c.number_day.type),
        )
    )
    .returning(TICKET.c.number, TICKET.c.short_no)
)
ADD_OPERATION = upsert(OPERATION).on_conflict_do_nothing().returning(OPERATION.c.op_id)

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
    TicketRow.routing,
    TicketRow.place_note,
    TicketRow.source,
    TicketRow.captured_at,
    TicketRow.photo_sha256,
    TicketRow.number_area_id,
    TicketRow.building_id,
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


async def facts_of(session: Either, ticket_ids: Collection[UUID]) -> dict[UUID, tuple[Fact, ...]]:
    """The histories of tickets, oldest fact first; read them after :func:`lock`, in a statement of its own."""
    query = (
        select(
            EntryRow.ticket_id,
            EntryRow.verb,
            EntryRow.occurred_at,
            EntryRow.recorded_at,
            EntryRow.actor_id,
            EntryRow.via,
            EntryRow.detail,
        )
        .where(EntryRow.ticket_id.in_(ticket_ids), EntryRow.ticket_version.is_not(None))
        .order_by(EntryRow.ticket_id, EntryRow.ticket_version)
    )
    found: dict[UUID, list[Fact]] = {ticket_id: [] for ticket_id in ticket_ids}
    for row in await session.execute(query):
        fact = Fact(
            verb=row.verb,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
            actor_id=row.actor_id,
            via=row.via,
            detail=row.detail,
        )
        found[row.ticket_id].append(fact)
    return {ticket_id: tuple(facts) for ticket_id, facts in found.items()}


async def ticket_of_address(session: Either, ticket_id: UUID) -> UUID | None:
    """The ticket that an address leads to: the id of a joined report leads to the ticket it was joined to."""
    query = select(TicketRow.ticket_id).where(TicketRow.ticket_id == ticket_id)
    found = (await session.execute(query)).scalar_one_or_none()
    if found is not None:
        return found
    report = select(ReportRow.ticket_id).where(ReportRow.report_id == ticket_id)
    return (await session.execute(report)).scalar_one_or_none()


async def kin_of(session: Either, ticket_id: UUID) -> frozenset[UUID]:
    """The tickets tied to this one: the one it was merged into, its parent and that one's parts, its own parts."""
    own = select(TicketRow.parent_id, TicketRow.merged_into_id).where(TicketRow.ticket_id == ticket_id)
    row = (await session.execute(own)).one_or_none()
    if row is None:
        return frozenset()
    heads = [one for one in (ticket_id, row.parent_id) if one is not None]
    parts = select(TicketRow.ticket_id).where(TicketRow.parent_id.in_(heads))
    found = {row.parent_id, row.merged_into_id, *(await session.execute(parts)).scalars()}
    return frozenset(one for one in found if one is not None)


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
    return (await session.execute(ADD_REPORT, dict(values))).scalar_one_or_none() is not None


async def add_ticket(session: WriteSession, values: Mapping[str, Any]) -> Line:
    """Insert a ticket; answers ``number`` and ``short_no``, which the database gives."""
    spoken = {"spoken_area": values["number_area_id"], "spoken_day": values["number_day"]}
    return (await session.execute(ADD_TICKET, {**values, **spoken})).one()


INHERITED = (
    "jurisdiction_id",
    "number_day",
    "number_area_id",
    "source",
    "place_note",
    "location",
    "accuracy_m",
    "building_id",
    "received_at",
    "captured_at",
    "photo_sha256",
    "marks",
    "search",
)
"""What a part of a split has from its parent."""


async def add_part(session: WriteSession, parent_id: UUID, values: Mapping[str, Any]) -> None:
    """Insert a part of a split: the parent's place and day, numbers of its own."""
    own = {**values, "conflict": False}
    given = select(
        *(bindparam(f"own_{name}", value, type_=TicketRow.__table__.c[name].type) for name, value in own.items()),
        *(TicketRow.__table__.c[name] for name in INHERITED),
        func.next_short_no(TicketRow.number_area_id, TicketRow.number_day),
    ).where(TicketRow.ticket_id == parent_id)
    await session.execute(insert(TicketRow).from_select([*own, *INHERITED, "short_no"], given))


async def change_ticket(session: WriteSession, ticket_id: UUID, values: Mapping[str, Any]) -> None:
    made = {name: value for name, value in values.items() if isinstance(value, ClauseElement)}
    plain = {name: value for name, value in values.items() if name not in made}
    query = _update_ticket(tuple(sorted(plain)))
    await session.execute(query.values(made) if made else query, {"of_ticket": ticket_id, **plain})


@lru_cache(maxsize=64)
def _update_ticket(names: tuple[str, ...]) -> Update:
    """Built once per set of columns: the row is written at every step."""
    return (
        update(TICKET)
        .where(TICKET.c.ticket_id == bindparam("of_ticket"))
        .values({name: bindparam(name) for name in names})
    )


async def put_clocks(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write clocks as they stand; rows that are there are replaced."""
    if rows:
        await session.execute(PUT_CLOCK, list(rows))


async def add_assignment(session: WriteSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(ASSIGNMENT), dict(values))


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
    await session.execute(insert(REQUEST), dict(values))


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
        await session.execute(insert(TEXT), list(rows))


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
    return (await session.execute(ADD_OPERATION, dict(values))).scalar_one_or_none() is not None


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


async def is_reporter(session: Either, ticket_id: UUID, person_id: UUID) -> bool:
    query = select(exists().where(ReportRow.ticket_id == ticket_id, ReportRow.reporter_id == person_id))
    return bool((await session.execute(query)).scalar_one())
