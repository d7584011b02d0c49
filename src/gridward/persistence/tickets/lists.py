"""Tickets as lists and maps need them: one row each, sized for the page, newest or most urgent first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    cast,
    exists,
    func,
    literal_column,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import TSQUERY

from gridward.persistence.database import WGS84, ReadSession, WriteSession
from gridward.persistence.standards.rows import CategoryRow
from gridward.persistence.territory.rows import GridRow, UnitRow
from gridward.persistence.tickets.rows import ReportRow, TicketRow


class Order(StrEnum):
    """``due``: what is due first, first. ``newest``: what was received last, first."""

    due = "due"
    newest = "newest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Which tickets a viewer may find at all; the fields of each are the policy's matter.

    ``everything``: all of the jurisdiction. Otherwise those of the communities, those that the units hold, and those
    that the person reported.
    """

    jurisdiction_id: UUID
    person_id: UUID | None
    everything: bool = False
    community_ids: frozenset[UUID] = frozenset()
    unit_ids: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list asks for. ``after`` is the last row's place in the order: its instant and id.

    ``bbox`` is west, south, east, north in WGS-84 degrees. Without ``statuses`` only open tickets are listed, unless ``any_status``.
    ``query`` is the text form of a tsquery; ``short_no`` finds a spoken number among open tickets.
    """

    order: Order = Order.newest
    after: tuple[datetime, UUID] | None = None
    limit: int = 100
    bbox: tuple[float, float, float, float] | None = None
    statuses: Sequence[str] = ()
    any_status: bool = False
    unit_id: UUID | None = None
    grid_id: UUID | None = None
    category: str | None = None
    due_before: datetime | None = None
    query: str | None = None
    number: tuple[str, int] | None = None
    short_no: int | None = None
    tray: bool = False
    mine: bool = False
    worker_id: UUID | None = None
    verify_grids: frozenset[UUID] | None = None
    ticket_ids: Sequence[UUID] | None = None


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
)


Scope = ColumnElement[bool]


def reported_by(person_id: UUID) -> Scope:
    """The tickets that a person's reports belong to."""
    return _T.ticket_id.in_(select(ReportRow.ticket_id).where(ReportRow.reporter_id == person_id))


def _own(person_id: UUID | None) -> ColumnElement[bool]:
    return exists().where(ReportRow.ticket_id == _T.ticket_id, ReportRow.reporter_id == person_id)


def _within(reach: Reach) -> ColumnElement[bool]:
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


def _brief(reach: Reach) -> Select[Any]:
    return (
        select(*COLUMNS, _own(reach.person_id).label("mine"))
        .outerjoin(GridRow, GridRow.grid_id == _T.grid_id)
        .outerjoin(UnitRow, UnitRow.unit_id == _T.unit_id)
        .outerjoin(CategoryRow, and_(CategoryRow.standard_id == _T.standard_id, CategoryRow.code == _T.category_code))
        .where(_within(reach))
    )


IS_OPEN: ColumnElement[bool] = literal_column("ticket.is_open")
"""Written into the SQL: a partial index cannot be matched with a bound value."""


def _filters(wanted: Wanted, reach: Reach) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.statuses:
        found.append(_T.status.in_(wanted.statuses))
    elif not (wanted.any_status or wanted.number is not None or wanted.ticket_ids is not None):
        found.append(IS_OPEN)
    if wanted.bbox is not None:
        found.append(_T.location.op("&&")(func.ST_MakeEnvelope(*wanted.bbox, WGS84)))
    for column, value in (
        (_T.unit_id, wanted.unit_id),
        (_T.grid_id, wanted.grid_id),
        (_T.category_code, wanted.category),
        (_T.worker_id, wanted.worker_id),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.due_before is not None:
        found.append(_T.order_at < wanted.due_before)
    if wanted.query is not None:
        found.append(_T.search.op("@@")(cast(wanted.query, TSQUERY)))
    if wanted.number is not None:
        day, number = wanted.number
        found += [_T.number_day == func.to_date(day, "YYYYMMDD"), _T.number % NUMBERS == number]
    if wanted.short_no is not None:
        found += [IS_OPEN, _T.short_no == wanted.short_no]
    if wanted.tray:
        found.append(literal_column("ticket.tray_reason IS NOT NULL"))
    if wanted.mine:
        found.append(_own(reach.person_id))
    if wanted.verify_grids is not None:
        found += [IS_OPEN, _T.status == "resolved", _T.grid_id.in_(wanted.verify_grids)]
    if wanted.ticket_ids is not None:
        found.append(_T.ticket_id.in_(wanted.ticket_ids))
    return found


NUMBERS = 1_000_000
"""The official number shows six digits of the sequence."""


async def tickets(session: ReadSession | WriteSession, reach: Reach, wanted: Wanted) -> Sequence[Row[Any]]:
    """At most ``wanted.limit`` rows of what the viewer may find, in the wanted order.

    The plan is made for the values at hand: a prepared plan for any box is up to 200 times slower for a large one.
    """
    await session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))
    query = _brief(reach).where(*_filters(wanted, reach))
    if wanted.order is Order.due:
        key = tuple_(_T.order_at, _T.ticket_id)
        query = query.order_by(_T.order_at, _T.ticket_id)
        beyond = key > tuple_(*_bound(wanted.after)) if wanted.after else true()
    else:
        key = tuple_(_T.received_at, _T.ticket_id)
        query = query.order_by(_T.received_at.desc(), _T.ticket_id.desc())
        beyond = key < tuple_(*_bound(wanted.after)) if wanted.after else true()
    rows: Sequence[Row[Any]] = (await session.execute(query.where(beyond).limit(wanted.limit))).all()
    return rows


def _bound(after: tuple[datetime, UUID]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    at, ticket_id = after
    return bindparam("after_at", at, unique=True), bindparam("after_id", ticket_id, unique=True)


async def briefs(session: ReadSession | WriteSession, reach: Reach, ticket_ids: Sequence[UUID]) -> dict[UUID, Row[Any]]:
    """The rows of some tickets by id; those that the viewer may not find are absent."""
    if not ticket_ids:
        return {}
    rows = await session.execute(_brief(reach).where(_T.ticket_id.in_(ticket_ids)))
    return {row.ticket_id: row for row in rows}


async def snapshot_page(
    session: ReadSession | WriteSession,
    reach: Reach,
    *,
    scope: ColumnElement[bool],
    ended_since: datetime,
    after: UUID | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Open and lately closed tickets of one scope in the order of their ids."""
    query = _brief(reach).where(scope, or_(IS_OPEN, _T.ended_at >= ended_since)).order_by(_T.ticket_id).limit(limit)
    if after is not None:
        query = query.where(_T.ticket_id > after)
    rows: Sequence[Row[Any]] = (await session.execute(query)).all()
    return rows
