"""One ticket for a writer: its row locked, its facts in order, and everything that hangs on it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ClauseElement, Table, Uuid, bindparam, func, insert, select, update
from sqlalchemy.dialects.postgresql import ARRAY as PG_ARRAY
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.domain.facts import Fact
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import EntryRow
from gridward.persistence.prepared import Line, Prepared
from gridward.persistence.tickets.rows import (
    AssignmentRow,
    ClockRow,
    OperationRow,
    ReportRow,
    RequestRow,
    TicketRow,
    TicketTextRow,
)
from gridward.persistence.writes import Put

TICKET, REPORT, CLOCK, ASSIGNMENT, REQUEST, OPERATION, TEXT, ENTRY = (
    cast(Table, row.__table__)
    for row in (TicketRow, ReportRow, ClockRow, AssignmentRow, RequestRow, OperationRow, TicketTextRow, EntryRow)
)
"""Reads and writes go to the tables themselves: through the mapped classes each costs several times as much."""

CLOCKS = Put(CLOCK, again="replaced", key=("ticket_id", "key"), fixed=("jurisdiction_id",))
ASSIGNMENTS, TEXTS = Put(ASSIGNMENT), Put(TEXT)
ADD_REPORT = Prepared(upsert(REPORT).on_conflict_do_nothing().returning(REPORT.c.report_id))
ADD_TICKET = Prepared(
    insert(TICKET)
    .values(
        short_no=func.next_short_no(
            bindparam("spoken_area", type_=TICKET.c.number_area_id.type),
            bindparam("spoken_day", type_=TICKET.c.number_day.type),
        )
    )
    .returning(TICKET.c.number, TICKET.c.short_no)
)
ADD_OPERATION = Prepared(upsert(OPERATION).on_conflict_do_nothing().returning(OPERATION.c.op_id))
ADD_REQUEST = Prepared(insert(REQUEST))

Either = ReadSession | WriteSession

LOCKED = (
    TICKET.c.ticket_id,
    TICKET.c.jurisdiction_id,
    TICKET.c.number,
    TICKET.c.number_day,
    TICKET.c.short_no,
    TICKET.c.version,
    TICKET.c.status,
    TICKET.c.standard_id,
    TICKET.c.category_code,
    TICKET.c.grid_id,
    TICKET.c.community_id,
    TICKET.c.unit_id,
    TICKET.c.tray_reason,
    TICKET.c.conflict,
    TICKET.c.marks,
    TICKET.c.reports_count,
    TICKET.c.received_at,
    func.ST_X(TICKET.c.location).label("lon"),
    func.ST_Y(TICKET.c.location).label("lat"),
    TICKET.c.accuracy_m,
    TICKET.c.merged_into_id,
    TICKET.c.parent_id,
    TICKET.c.routing,
    TICKET.c.place_note,
    TICKET.c.source,
    TICKET.c.captured_at,
    TICKET.c.photo_sha256,
    TICKET.c.number_area_id,
    TICKET.c.building_id,
    select(ENTRY.c.entry_id)
    .where(ENTRY.c.ticket_id == TICKET.c.ticket_id, ENTRY.c.ticket_version == TICKET.c.version)
    .correlate(TICKET)
    .scalar_subquery()
    .label("newest_entry_id"),
)


_NAMED = (
    select(*LOCKED)
    .where(TICKET.c.ticket_id == func.any(bindparam("ticket_ids", type_=PG_ARRAY(Uuid))))
    .order_by(TICKET.c.ticket_id)
)
_LOCK = Prepared(_NAMED.with_for_update(key_share=True))
_LOCK_FREE = Prepared(_NAMED.with_for_update(key_share=True, skip_locked=True))


async def lock(session: WriteSession, ticket_ids: Iterable[UUID], *, waiting: bool = True) -> dict[UUID, Line]:
    """The rows of these tickets, locked in the order of their ids, so that two writers never wait for each other.

    Args:
        waiting: False: rows that somebody else holds are left out. Whoever holds locks already must not wait for more.

    ``newest_entry_id`` is null when the statement had to wait: its snapshot is older than the row it then got.
    """
    query = _LOCK if waiting else _LOCK_FREE
    return {row.ticket_id: row for row in await query.rows(session, {"ticket_ids": list(ticket_ids)})}


_FACTS = Prepared(
    select(
        ENTRY.c.ticket_id,
        ENTRY.c.verb,
        ENTRY.c.occurred_at,
        ENTRY.c.recorded_at,
        ENTRY.c.actor_id,
        ENTRY.c.via,
        ENTRY.c.detail,
    )
    .where(
        ENTRY.c.ticket_id == func.any(bindparam("ticket_ids", type_=PG_ARRAY(Uuid))),
        ENTRY.c.ticket_version.is_not(None),
    )
    .order_by(ENTRY.c.ticket_id, ENTRY.c.ticket_version)
)


async def facts_of(session: Either, ticket_ids: Collection[UUID]) -> dict[UUID, tuple[Fact, ...]]:
    """The histories of tickets, oldest fact first; read them after :func:`lock`, in a statement of its own."""
    found: dict[UUID, list[Fact]] = {ticket_id: [] for ticket_id in ticket_ids}
    for row in await _FACTS.rows(session, {"ticket_ids": list(ticket_ids)}):
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


async def corrections_since(
    session: Either, ticket_id: UUID, version: int, *, not_by: UUID | None
) -> Sequence[Mapping[str, Any]]:
    """What was corrected after a version of the ticket, by others than this person."""
    query = select(ENTRY.c.detail).where(
        ENTRY.c.ticket_id == ticket_id,
        ENTRY.c.ticket_version > version,
        ENTRY.c.verb == "ticket.corrected",
        ENTRY.c.actor_id.is_distinct_from(not_by),
    )
    return (await session.execute(query)).scalars().all()


_ADDRESS = select(
    func.coalesce(
        select(TICKET.c.ticket_id).where(TICKET.c.ticket_id == bindparam("address")).scalar_subquery(),
        select(REPORT.c.ticket_id).where(REPORT.c.report_id == bindparam("address")).scalar_subquery(),
    )
)


async def ticket_of_address(session: Either, ticket_id: UUID) -> UUID | None:
    """The ticket that an address leads to: the id of a joined report leads to the ticket it was joined to."""
    found: UUID | None = (await session.execute(_ADDRESS, {"address": ticket_id})).scalar_one()
    return found


_part = TICKET.alias("part")
_KIN = Prepared(
    select(
        TICKET.c.ticket_id,
        TICKET.c.parent_id,
        TICKET.c.merged_into_id,
        func.array(
            select(_part.c.ticket_id)
            .where(_part.c.parent_id.in_([TICKET.c.ticket_id, TICKET.c.parent_id]))
            .scalar_subquery(),
            type_=PG_ARRAY(Uuid),
        ).label("parts"),
    ).where(TICKET.c.ticket_id == _ADDRESS.scalar_subquery())
)


async def kin_of_address(session: Either, address: UUID) -> tuple[UUID, frozenset[UUID]] | None:
    """The ticket that an address leads to, and all that a step on it may touch, itself included: its parent with that
    one's parts, its own parts, the one it was merged into. None: there is no such ticket.
    """
    row = await _KIN.one_or_none(session, {"address": address})
    if row is None:
        return None
    found = {row.ticket_id, row.parent_id, row.merged_into_id, *row.parts}
    return row.ticket_id, frozenset(one for one in found if one is not None)


_REPORT_STANDING = Prepared(
    select(
        REPORT.c.report_id,
        REPORT.c.jurisdiction_id,
        REPORT.c.reporter_id,
        REPORT.c.digest,
        REPORT.c.erased_at,
        REPORT.c.received_at,
        REPORT.c.ticket_id,
        TICKET.c.number,
        TICKET.c.number_day,
        TICKET.c.short_no,
    )
    .outerjoin(TICKET, TICKET.c.ticket_id == REPORT.c.ticket_id)
    .where(REPORT.c.report_id == bindparam("report"))
)


async def report_standing(session: Either, report_id: UUID) -> Line | None:
    """What decides whether a report is a repeat, with the numbers of its ticket."""
    return await _REPORT_STANDING.one_or_none(session, {"report": report_id})


async def add_report(session: WriteSession, values: Mapping[str, Any]) -> bool:
    """Insert a report; False when its id is there already, which is known only once a rival has committed."""
    return await ADD_REPORT.one_or_none(session, values) is not None


async def add_ticket(session: WriteSession, values: Mapping[str, Any]) -> Line:
    """Insert a ticket; answers ``number`` and ``short_no``, which the database gives."""
    spoken = {"spoken_area": values["number_area_id"], "spoken_day": values["number_day"]}
    return await ADD_TICKET.one(session, {**values, **spoken})


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
        *(bindparam(f"own_{name}", value, type_=TICKET.c[name].type) for name, value in own.items()),
        *(TICKET.c[name] for name in INHERITED),
        func.next_short_no(TICKET.c.number_area_id, TICKET.c.number_day),
    ).where(TICKET.c.ticket_id == parent_id)
    await session.execute(insert(TICKET).from_select([*own, *INHERITED, "short_no"], given))


CHANGE_TICKET = Prepared(update(TICKET).where(TICKET.c.ticket_id == bindparam("of_ticket")))


async def change_ticket(session: WriteSession, ticket_id: UUID, values: Mapping[str, Any]) -> None:
    if any(isinstance(value, ClauseElement) for value in values.values()):
        await session.execute(update(TICKET).where(TICKET.c.ticket_id == ticket_id).values(dict(values)))
    else:
        await CHANGE_TICKET.run(session, [{"of_ticket": ticket_id, **values}])


END_ASSIGNMENTS = Prepared(
    update(ASSIGNMENT).where(ASSIGNMENT.c.ticket_id == bindparam("of_ticket"), ASSIGNMENT.c.ended_at.is_(None))
)
CHANGE_ASSIGNMENT = Prepared(update(ASSIGNMENT).where(ASSIGNMENT.c.assignment_id == bindparam("assignment")))


async def end_assignments(session: WriteSession, ticket_id: UUID, at: datetime, by: str) -> None:
    """Close whatever assignment of the ticket is open; ``by`` is the verb that ended it."""
    await END_ASSIGNMENTS.run(session, [{"of_ticket": ticket_id, "ended_at": at, "ended_by": by}])


async def change_assignment(session: WriteSession, assignment_id: UUID, values: Mapping[str, Any]) -> None:
    await CHANGE_ASSIGNMENT.run(session, [{"assignment": assignment_id, **values}])


async def unit_of_assignment(session: Either, ticket_id: UUID, assignment_id: UUID) -> UUID | None:
    """The unit that an assignment of this ticket named, open or ended."""
    query = select(ASSIGNMENT.c.unit_id).where(
        ASSIGNMENT.c.ticket_id == ticket_id, ASSIGNMENT.c.assignment_id == assignment_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def add_request(session: WriteSession, values: Mapping[str, Any]) -> None:
    await ADD_REQUEST.run(session, [values])


async def decide_requests(
    session: WriteSession, request_ids: Iterable[UUID], *, outcome: str, by: UUID | None, at: datetime
) -> None:
    query = (
        update(REQUEST)
        .where(REQUEST.c.request_id.in_(list(request_ids)), REQUEST.c.decided_at.is_(None))
        .values(outcome=outcome, decided_by_id=by, decided_at=at)
    )
    await session.execute(query)


async def open_requests(session: Either, ticket_id: UUID) -> frozenset[UUID]:
    query = select(REQUEST.c.request_id).where(REQUEST.c.ticket_id == ticket_id, REQUEST.c.decided_at.is_(None))
    return frozenset((await session.execute(query)).scalars())


_OPERATION = Prepared(
    select(
        OPERATION.c.op_id,
        OPERATION.c.jurisdiction_id,
        OPERATION.c.ticket_id,
        OPERATION.c.actor_id,
        OPERATION.c.digest,
        OPERATION.c.status,
        OPERATION.c.answer,
    ).where(OPERATION.c.op_id == bindparam("operation"))
)


async def operation(session: Either, op_id: UUID) -> Line | None:
    """What is known of an operation, with its answer."""
    return await _OPERATION.one_or_none(session, {"operation": op_id})


async def add_operation(session: WriteSession, values: Mapping[str, Any]) -> bool:
    """Store an operation with its answer; False when the id was used on another ticket meanwhile."""
    return await ADD_OPERATION.one_or_none(session, values) is not None


async def reports_of(session: Either, ticket_id: UUID) -> Sequence[Line]:
    """The reports that belong to a ticket now, oldest first."""
    query = (
        select(REPORT.c.report_id, REPORT.c.reporter_id, REPORT.c.received_at)
        .where(REPORT.c.ticket_id == ticket_id)
        .order_by(REPORT.c.received_at, REPORT.c.report_id)
    )
    rows: Sequence[Line] = (await session.execute(query)).all()
    return rows


async def move_reports(session: WriteSession, report_ids: Iterable[UUID], to_ticket_id: UUID) -> None:
    await session.execute(update(REPORT).where(REPORT.c.report_id.in_(list(report_ids))).values(ticket_id=to_ticket_id))
