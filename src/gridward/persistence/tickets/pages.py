"""A page of tickets as the JSON of an answer, made by PostgreSQL.

For viewers to whom every ticket shows the same fields: the desk. A hundred rows then cost the API no more than one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    DateTime,
    Text,
    Uuid,
    and_,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    null,
    select,
)
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by

from gridward.persistence.database import ReadSession
from gridward.persistence.prepared import Prepared
from gridward.persistence.standards.rows import CategoryRow
from gridward.persistence.territory.rows import GridRow, UnitRow
from gridward.persistence.tickets.asking import NUMBERS, Asked, Order, Reach, Wanted, asked
from gridward.persistence.tickets.lists import plan_for_values
from gridward.persistence.tickets.rows import ReportRow, TicketRow

ZERO: ColumnElement[str] = literal_column("'0'")


@dataclass(frozen=True, slots=True)
class Page:
    """``tickets`` is a JSON array of ``count`` objects; ``last`` is the last one's place in the order."""

    tickets: str
    count: int
    last: tuple[datetime, UUID] | None


async def page(session: ReadSession, reach: Reach, wanted: Wanted, shown: frozenset[str], now: datetime) -> Page:
    """What :func:`.lists.tickets` finds, shaped for a viewer who sees the fields ``shown``; the others are null."""
    shape, values = asked(wanted, reach)
    await plan_for_values(session)
    row = await _statement(shape, shown).one(session, {**values, "now": now})
    last = (row.ats[-1], row.ids[-1]) if row.ids else None
    return Page(row.tickets, len(row.ids or ()), last)


@lru_cache(maxsize=256)
def _statement(shape: Asked, shown: frozenset[str]) -> Prepared:
    """Rows are chosen first and joined, shaped and put together afterwards: a hundred of them, whatever the box holds."""
    t = shape.of(select(TicketRow)).subquery("t").c
    at = t.order_at if shape.order is Order.due else t.received_at
    place = (at, t.ticket_id) if shape.order is Order.due else (at.desc(), t.ticket_id.desc())
    pairs: list[ColumnElement[Any]] = []
    for name, value in _fields(t).items():
        pairs += [literal_column(f"'{name}'"), value if name in shown else null()]

    def gathered(value: ColumnElement[Any]) -> Any:
        return aggregate_order_by(value, *place)

    return Prepared(
        select(
            cast(
                func.coalesce(func.json_agg(gathered(func.json_build_object(*pairs))), literal_column("'[]'")), Text
            ).label("tickets"),
            func.array_agg(gathered(at), type_=ARRAY(DateTime(timezone=True))).label("ats"),
            func.array_agg(gathered(t.ticket_id), type_=ARRAY(Uuid())).label("ids"),
        )
        .outerjoin(GridRow, GridRow.grid_id == t.grid_id)
        .outerjoin(UnitRow, UnitRow.unit_id == t.unit_id)
        .outerjoin(CategoryRow, and_(CategoryRow.standard_id == t.standard_id, CategoryRow.code == t.category_code))
    )


def _fields(t: Any) -> Mapping[str, ColumnElement[Any]]:
    """Every field of a ticket in a list, as ``web/tickets/shapes`` has it."""
    now = bindparam("now", type_=DateTime(timezone=True))
    person_id = bindparam("person_id", type_=Uuid())
    number, short_no = cast(t.number % literal_column(str(NUMBERS)), Text), cast(t.short_no, Text)
    next_due = func.json_build_object(
        literal_column("'clock'"), t.next_clock, literal_column("'due_at'"), t.next_due_at
    )
    near = and_(t.near_breach_at.is_not(None), t.near_breach_at <= now, t.breached_at.is_(None))
    day = func.to_char(t.number_day, literal_column("'YYYYMMDD-'"))
    return {
        "ticket_id": t.ticket_id,
        "ticket_no": day.op("||")(func.lpad(number, literal_column("6"), ZERO)),
        "short_no": func.lpad(short_no, func.greatest(literal_column("3"), func.length(short_no)), ZERO),
        "status": t.status,
        "category": t.category_code,
        "category_name": CategoryRow.name,
        "condition_id": t.condition_id,
        "urgent": t.urgent,
        "place_note": t.place_note,
        "lon": func.ST_X(t.location),
        "lat": func.ST_Y(t.location),
        "accuracy_m": t.accuracy_m,
        "grid_id": t.grid_id,
        "grid_name": GridRow.name,
        "community_id": t.community_id,
        "unit_id": t.unit_id,
        "unit_name": UnitRow.name,
        "unit_kind": UnitRow.kind,
        "assignee_id": t.worker_id,
        "assignment_id": t.assignment_id,
        "resolution_id": t.resolution_id,
        "received_at": t.received_at,
        "captured_at": t.captured_at,
        "ended_at": t.ended_at,
        "closing": t.closing,
        "due_at": t.due_at,
        "resolve_due_at": t.resolve_due_at,
        "next_due": case((t.next_due_at.is_not(None), next_due), else_=null()),
        "near_breach": near,
        "breached_at": t.breached_at,
        "paused": t.paused,
        "verify_way": t.verify_way,
        "tray_reason": t.tray_reason,
        "photo": t.photo_sha256,
        "thumbnail": t.photo_sha256,
        "version": t.version,
        "reports_count": t.reports_count,
        "marks": t.marks,
        "merged_into_id": t.merged_into_id,
        "parent_id": t.parent_id,
        "mine": exists().where(ReportRow.ticket_id == t.ticket_id, ReportRow.reporter_id == person_id),
    }
