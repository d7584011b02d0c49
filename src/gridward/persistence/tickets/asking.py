"""What a list may be asked for, as conditions of a statement: written once for each combination, then prepared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    Double,
    Integer,
    Select,
    Text,
    Uuid,
    and_,
    any_,
    bindparam,
    cast,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY

from gridward.persistence.database import WGS84
from gridward.persistence.tickets.called import Called
from gridward.persistence.tickets.rows import ReportRow, RequestRow, TicketRow

AnySelect = Select[*tuple[Any, ...]]


class Order(StrEnum):
    """``due``: what is due first, first. ``newest``: what was received last, first."""

    due = "due"
    newest = "newest"


class Section(StrEnum):
    """The parts of the desk's list. A ticket may stand in several: what is urgent about it is not one thing.

    ``tray``: everything the desk must look at, ended tickets too (an appeal, a wish to reopen); ``received``,
    ``no_unit``, ``sent_back``, ``requests`` and ``conflicts`` are what it consists of.
    """

    tray = "tray"
    received = "received"
    no_unit = "no_unit"
    sent_back = "sent_back"
    requests = "requests"
    conflicts = "conflicts"
    near = "near"
    breached = "breached"
    open = "open"
    all = "all"


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

    def holds(self, row: Any, *, own: bool) -> bool:
        """Whether a ticket's row lies within it, as the queries of lists say it; ``own``: the person reported it."""
        if row.jurisdiction_id != self.jurisdiction_id:
            return False
        near = row.community_id in self.community_ids or row.unit_id in self.unit_ids
        return self.everything or near or (own and self.person_id is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What a list asks for. ``after`` is the last row's place in the order: its instant and id.

    ``section`` says by itself whether ended tickets are wanted; what is near its breach is so at ``now``.

    ``bbox`` is west, south, east, north in WGS-84 degrees. Without ``statuses`` only open tickets are listed, unless ``any_status``.
    ``query`` is the text form of a tsquery; ``called`` besides finds what bears a name that was meant; ``short_no`` finds a spoken number among open tickets. ``only_open`` holds
    beside ``statuses``: what is open is what the indexes of places know. ``within`` are the corners of a drawn shape as
    lon, lat; it closes itself.
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
    called: Called | None = None
    number: tuple[str, int] | None = None
    short_no: int | None = None
    section: Section | None = None
    now: datetime | None = None
    tray: bool = False
    mine: bool = False
    worker_id: UUID | None = None
    verify_grids: frozenset[UUID] | None = None
    ticket_ids: Sequence[UUID] | None = None
    only_open: bool = False
    received_before: datetime | None = None
    received_after: datetime | None = None
    within: Sequence[tuple[float, float]] | None = None


_T = TicketRow

IS_OPEN: ColumnElement[bool] = literal_column("ticket.is_open")
"""Written into the SQL: a partial index cannot be matched with a bound value."""

FOR_THESE_VALUES: ColumnElement[bool] = or_(
    bindparam("planned", True, type_=Boolean()),
    select(func.count())
    .select_from(func.generate_series(literal_column("1"), literal_column("1000000000")))
    .scalar_subquery()
    < literal_column("0"),
)
"""Always true, and why each list is planned for the values at hand.

After five runs PostgreSQL weighs one plan for any values, which it would keep, against planning anew. One for any box is
up to 200 times slower for a large one. With a value the second part falls away before anything is planned; in a plan for
any value it stands as a count that costs more than every list, and is never reached. (``SET LOCAL plan_cache_mode`` does
the same for one more round trip.)
"""

NUMBERS = 1_000_000
"""The official number shows six digits of the sequence."""

OWN = exists().where(ReportRow.ticket_id == _T.ticket_id, ReportRow.reporter_id == bindparam("person_id", type_=Uuid()))
"""Whether the viewer reported the ticket."""


def _one_of(column: Any, name: str, kind: Any) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column == any_(bindparam(name, type_=ARRAY(kind)))
    return found


def _beyond(column: Any, *, later: bool) -> ColumnElement[bool]:
    place = tuple_(column, _T.ticket_id)
    last = tuple_(bindparam("after_at", type_=DateTime(timezone=True)), bindparam("after_id", type_=Uuid()))
    return place > last if later else place < last


IN_TRAY: ColumnElement[bool] = literal_column("ticket.tray_reason IS NOT NULL")
NOT_BREACHED: ColumnElement[bool] = literal_column("ticket.breached_at IS NULL")

SECTIONS: Mapping[Section, ColumnElement[bool] | None] = {
    Section.tray: IN_TRAY,
    Section.received: and_(IN_TRAY, _T.status == literal_column("'received'")),
    Section.no_unit: and_(
        IN_TRAY, _T.status == literal_column("'accepted'"), _T.tray_reason != literal_column("'sent_back'")
    ),
    Section.sent_back: and_(IN_TRAY, _T.tray_reason == literal_column("'sent_back'")),
    # The most pressing reason hides the others: what waits for a decision is asked of the requests themselves.
    Section.requests: and_(
        IN_TRAY,
        or_(
            _T.tray_reason.op("^@")(literal_column("'request_'")),
            _T.tray_reason.op("^@")(literal_column("'wish_'")),
            and_(
                _T.tray_reason == literal_column("'conflict'"),
                exists().where(RequestRow.ticket_id == _T.ticket_id, RequestRow.decided_at.is_(None)),
            ),
        ),
    ),
    Section.conflicts: and_(IN_TRAY, _T.tray_reason == literal_column("'conflict'")),
    Section.near: and_(
        IS_OPEN,
        NOT_BREACHED,
        _T.near_breach_at.is_not(None),
        _T.near_breach_at <= bindparam("near_at", type_=DateTime(timezone=True)),
    ),
    Section.breached: and_(IS_OPEN, literal_column("ticket.breached_at IS NOT NULL")),
    Section.open: IS_OPEN,
    Section.all: None,
}
"""What makes a ticket stand in a section; None: every ticket does."""

_CORNERS = bindparam("within", type_=Text())
_DRAWN = func.ST_MakeValid(func.ST_GeomFromText(_CORNERS, literal_column(str(WGS84))))
"""A hand that crosses its own line means the parts on both sides."""

CONDITIONS: Mapping[str, ColumnElement[bool]] = {
    **{f"section_{name}": condition for name, condition in SECTIONS.items() if condition is not None},
    "statuses": _one_of(_T.status, "statuses", Text()),
    "open": IS_OPEN,
    "bbox": _T.location.op("&&")(
        func.ST_MakeEnvelope(*(bindparam(f"bbox_{n}", type_=Double()) for n in range(4)), literal_column(str(WGS84)))
    ),
    "unit_id": _T.unit_id == bindparam("unit_id", type_=Uuid()),
    "grid_id": _T.grid_id == bindparam("grid_id", type_=Uuid()),
    "category": _T.category_code == bindparam("category", type_=Text()),
    "worker_id": _T.worker_id == bindparam("worker_id", type_=Uuid()),
    "due_before": _T.order_at < bindparam("due_before", type_=DateTime(timezone=True)),
    "received_before": _T.received_at < bindparam("received_before", type_=DateTime(timezone=True)),
    "received_after": _T.received_at >= bindparam("received_after", type_=DateTime(timezone=True)),
    "within": func.ST_Intersects(_T.location, _DRAWN),
    "query": _T.search.op("@@")(cast(bindparam("query", type_=Text()), TSQUERY)),
    "called": or_(
        _T.search.op("@@")(cast(bindparam("query", type_=Text()), TSQUERY)),
        _one_of(_T.category_code, "categories", Text()),
        _one_of(_T.unit_id, "unit_ids_called", Uuid()),
        _one_of(_T.grid_id, "grid_ids_called", Uuid()),
        _one_of(_T.ticket_id, "ticket_ids_called", Uuid()),
    ),
    "number": and_(
        _T.number_day == func.to_date(bindparam("number_day", type_=Text()), literal_column("'YYYYMMDD'")),
        _T.number % literal_column(str(NUMBERS)) == bindparam("number", type_=Integer()),
    ),
    "short_no": and_(IS_OPEN, _T.short_no == bindparam("short_no", type_=Integer())),
    "tray": IN_TRAY,
    "mine": OWN,
    "verify_grids": and_(
        IS_OPEN, _T.status == literal_column("'resolved'"), _one_of(_T.grid_id, "verify_grids", Uuid())
    ),
    "ticket_ids": _one_of(_T.ticket_id, "ticket_ids", Uuid()),
    "after_due": _beyond(_T.order_at, later=True),
    "after_newest": _beyond(_T.received_at, later=False),
}

WAYS: Mapping[str, ColumnElement[bool]] = {
    "of_communities": _one_of(_T.community_id, "community_ids", Uuid()),
    "of_units": _one_of(_T.unit_id, "unit_ids", Uuid()),
    "of_reporter": _T.ticket_id.in_(
        select(ReportRow.ticket_id).where(ReportRow.reporter_id == bindparam("person_id", type_=Uuid()))
    ),
}
"""What may bring a ticket within reach; any one is enough."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which conditions hold and how the rows are ordered. Equal ones are one statement."""

    conditions: tuple[str, ...]
    ways: tuple[str, ...] | None
    order: Order

    def of(self, query: AnySelect) -> AnySelect:
        """The query over ``ticket`` with these conditions, this order, and the limit ``limit``."""
        query = self.within(query)
        if self.order is Order.due:
            query = query.order_by(_T.order_at, _T.ticket_id)
        else:
            query = query.order_by(_T.received_at.desc(), _T.ticket_id.desc())
        return query.limit(bindparam("limit", type_=Integer()))

    def within(self, query: AnySelect) -> AnySelect:
        """The query over ``ticket`` with these conditions alone."""
        query = self.reached(query).where(*(CONDITIONS[name] for name in self.conditions))
        # Tickets named by their ids are found in one way, however many they are.
        return query if self.conditions == ("ticket_ids",) else query.where(FOR_THESE_VALUES)

    def reached(self, query: AnySelect) -> AnySelect:
        """The query over ``ticket`` within the viewer's reach."""
        query = query.where(_T.jurisdiction_id == bindparam("jurisdiction_id", type_=Uuid()))
        return query if self.ways is None else query.where(or_(false(), *(WAYS[way] for way in self.ways)))


VALUED = (
    "unit_id",
    "grid_id",
    "category",
    "worker_id",
    "due_before",
    "received_before",
    "received_after",
    "short_no",
)


def asked(wanted: Wanted, reach: Reach) -> tuple[Asked, dict[str, Any]]:
    """The statement that is wanted, and its values."""
    values: dict[str, Any] = {
        "jurisdiction_id": reach.jurisdiction_id,
        "person_id": reach.person_id,
        "limit": wanted.limit,
    }
    names: list[str] = []
    if wanted.statuses:
        names.append("statuses")
        values["statuses"] = list(wanted.statuses)
    if wanted.only_open or not (
        wanted.statuses
        or wanted.any_status
        or wanted.section
        or wanted.number is not None
        or wanted.ticket_ids is not None
    ):
        names.append("open")
    if wanted.section is not None and SECTIONS[wanted.section] is not None:
        names.append(f"section_{wanted.section}")
        if wanted.section is Section.near:
            values["near_at"] = wanted.now
    if wanted.bbox is not None:
        names.append("bbox")
        values |= {f"bbox_{n}": edge for n, edge in enumerate(wanted.bbox)}
    if wanted.called:
        names.append("called")
        values["query"] = wanted.query
        values["categories"] = list(wanted.called.categories)
        values["unit_ids_called"] = list(wanted.called.unit_ids)
        values["grid_ids_called"] = list(wanted.called.grid_ids)
        values["ticket_ids_called"] = list(wanted.called.ticket_ids)
    elif wanted.query is not None:
        names.append("query")
        values["query"] = wanted.query
    for name in VALUED:
        if (value := getattr(wanted, name)) is not None:
            names.append(name)
            values[name] = value
    if wanted.number is not None:
        names.append("number")
        values["number_day"], values["number"] = wanted.number
    if wanted.within is not None:
        names.append("within")
        corners = ", ".join(f"{lon!r} {lat!r}" for lon, lat in (*wanted.within, wanted.within[0]))
        values["within"] = f"POLYGON(({corners}))"
    names += [name for name in ("tray", "mine") if getattr(wanted, name)]
    for name in ("verify_grids", "ticket_ids"):
        if (listed := getattr(wanted, name)) is not None:
            names.append(name)
            values[name] = list(listed)
    if wanted.after is not None:
        names.append(f"after_{wanted.order.value}")
        values["after_at"], values["after_id"] = wanted.after
    ways = None if reach.everything else _ways(reach, values)
    return Asked(tuple(names), ways, wanted.order), values


def _ways(reach: Reach, values: dict[str, Any]) -> tuple[str, ...]:
    found = []
    for way, name in (("of_communities", "community_ids"), ("of_units", "unit_ids")):
        if listed := getattr(reach, name):
            found.append(way)
            values[name] = list(listed)
    if reach.person_id is not None:
        found.append("of_reporter")
    return tuple(found)
