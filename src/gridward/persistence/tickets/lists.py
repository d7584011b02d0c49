"""Tickets as lists and maps need them: one row each, sized for the page, newest or most urgent first."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Integer,
    Select,
    Uuid,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY

from gridward.persistence.database import Glance, ReadSession, WriteSession
from gridward.persistence.prepared import Line, Prepared
from gridward.persistence.standards.rows import CategoryRow
from gridward.persistence.territory.rows import GridRow, UnitRow
from gridward.persistence.tickets.asking import IS_OPEN, OWN, Asked, Reach, Wanted, asked
from gridward.persistence.tickets.outer import outer_due_at, outer_no
from gridward.persistence.tickets.rows import ReportRow, TicketRow

_T = TicketRow

COLUMNS = (
    _T.ticket_id,
    _T.jurisdiction_id,
    _T.number,
    _T.number_day,
    _T.short_no,
    _T.status,
    _T.is_open,
    _T.version,
    _T.round,
    _T.source,
    _T.category_code,
    _T.standard_id,
    _T.condition_id,
    _T.urgent,
    _T.place_note,
    func.ST_X(_T.location).label("lon"),
    func.ST_Y(_T.location).label("lat"),
    _T.accuracy_m,
    _T.grid_id,
    _T.community_id,
    _T.building_id,
    _T.unit_id,
    _T.worker_id,
    _T.assignment_id,
    _T.resolution_id,
    _T.received_at,
    _T.captured_at,
    _T.ended_at,
    _T.closing,
    _T.due_at,
    _T.resolve_due_at,
    _T.order_at,
    _T.next_clock,
    _T.next_due_at,
    _T.near_breach_at,
    _T.breached_at,
    _T.paused,
    _T.verify_way,
    _T.tray_reason,
    _T.conflict,
    _T.photo_sha256,
    _T.reports_count,
    _T.marks,
    _T.merged_into_id,
    _T.parent_id,
    GridRow.name.label("grid_name"),
    UnitRow.name.label("unit_name"),
    UnitRow.kind.label("unit_kind"),
    CategoryRow.name.label("category_name"),
    outer_due_at(_T.ticket_id).label("outer_due_at"),
    outer_no(_T.ticket_id).label("outer_no"),
)


Scope = ColumnElement[bool]


def reported_by(person_id: UUID) -> Scope:
    """The tickets that a person's reports belong to."""
    return _T.ticket_id.in_(select(ReportRow.ticket_id).where(ReportRow.reporter_id == person_id))


def within(reach: Reach) -> Scope:
    """The tickets within reach, as a condition of a query over ``ticket``."""
    here = _T.jurisdiction_id == reach.jurisdiction_id
    if reach.everything:
        return here
    ways: list[ColumnElement[bool]] = []
    if reach.community_ids:
        ways.append(_T.community_id.in_(reach.community_ids))
    if reach.unit_ids:
        ways.append(_T.unit_id.in_(reach.unit_ids))
    if reach.person_id is not None:
        ways.append(reported_by(reach.person_id))
    return and_(here, or_(*ways)) if ways else and_(here, literal_column("false"))


def _joined(query: Select[Any]) -> Select[Any]:
    return (
        query.outerjoin(GridRow, GridRow.grid_id == _T.grid_id)
        .outerjoin(UnitRow, UnitRow.unit_id == _T.unit_id)
        .outerjoin(CategoryRow, and_(CategoryRow.standard_id == _T.standard_id, CategoryRow.code == _T.category_code))
    )


async def tickets(session: ReadSession | WriteSession | Glance, reach: Reach, wanted: Wanted) -> Sequence[Line]:
    """At most ``wanted.limit`` rows of what the viewer may find, in the wanted order."""
    shape, values = asked(wanted, reach)
    return await _statement(shape).rows(session, values)


@lru_cache(maxsize=256)
def _statement(shape: Asked) -> Prepared:
    return Prepared(shape.of(_joined(select(*COLUMNS, OWN.label("mine")))))


async def briefs(
    session: ReadSession | WriteSession | Glance, reach: Reach, ticket_ids: Sequence[UUID]
) -> dict[UUID, Line]:
    """The rows of some tickets by id; those that the viewer may not find are absent."""
    if not ticket_ids:
        return {}
    wanted = Wanted(ticket_ids=ticket_ids, limit=len(ticket_ids))
    return {row.ticket_id: row for row in await tickets(session, reach, wanted)}


_FOR_MANY = Prepared(
    _joined(select(*COLUMNS, false().label("mine"))).where(
        _T.ticket_id == func.any(bindparam("ticket_ids", type_=ARRAY(Uuid)))
    )
)


async def rows_for_many(session: ReadSession, ticket_ids: Collection[UUID]) -> Sequence[Line]:
    """The rows of some tickets for several viewers at once: whoever shows one applies :meth:`Reach.holds` and the policy.

    ``mine`` is false in all of them; see :func:`reported_among`.
    """
    return await _FOR_MANY.rows(session, {"ticket_ids": list(ticket_ids)}) if ticket_ids else []


async def reported_among(
    session: ReadSession, ticket_ids: Collection[UUID], person_ids: Collection[UUID]
) -> set[tuple[UUID, UUID]]:
    """Which of these people reported which of these tickets."""
    if not ticket_ids or not person_ids:
        return set()
    query = select(ReportRow.ticket_id, ReportRow.reporter_id).where(
        ReportRow.ticket_id.in_(ticket_ids), ReportRow.reporter_id.in_(person_ids)
    )
    found = await session.execute(query)
    return {(ticket_id, person_id) for ticket_id, person_id in found if ticket_id is not None and person_id is not None}


OF_SCOPE: Mapping[str, Scope] = {
    "person": _T.ticket_id.in_(
        select(ReportRow.ticket_id).where(ReportRow.reporter_id == bindparam("scope_id", type_=Uuid()))
    ),
    "unit": _T.unit_id == bindparam("scope_id", type_=Uuid()),
    "community": _T.community_id == bindparam("scope_id", type_=Uuid()),
    "jurisdiction": _T.jurisdiction_id == bindparam("scope_id", type_=Uuid()),
}
"""Which tickets belong to a scope of the feed, by its kind."""


async def snapshot_page(
    session: ReadSession | WriteSession,
    reach: Reach,
    *,
    scope: tuple[str, UUID],
    ended_since: datetime,
    after: UUID | None,
    limit: int,
) -> Sequence[Line]:
    """Open and lately closed tickets of one scope (kind and id) in the order of their ids.

    Raises:
        KeyError: no such kind.
    """
    kind, scope_id = scope
    shape, values = asked(Wanted(any_status=True, limit=limit), reach)
    values |= {"scope_id": scope_id, "ended_since": ended_since, "after_id": after}
    return await _snapshot(shape, kind, after is not None).rows(session, values)


@lru_cache(maxsize=64)
def _snapshot(shape: Asked, kind: str, goes_on: bool) -> Prepared:
    lately = or_(IS_OPEN, _T.ended_at >= bindparam("ended_since", type_=DateTime(timezone=True)))
    query = shape.reached(_joined(select(*COLUMNS, OWN.label("mine")))).where(OF_SCOPE[kind], lately)
    if goes_on:
        query = query.where(_T.ticket_id > bindparam("after_id", type_=Uuid()))
    return Prepared(query.order_by(_T.ticket_id).limit(bindparam("limit", type_=Integer())))
