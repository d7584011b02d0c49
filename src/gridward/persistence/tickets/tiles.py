"""Open tickets as tiles of a map: points where they can be told apart, exact counts of cells farther out.

A tile is made by PostgreSQL from the conditions that lists are asked with; what of a ticket is written into it is named
by the caller, and nothing else is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Double,
    Integer,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)
from sqlalchemy.types import NullType

from gridward.domain.tiles import Tile
from gridward.persistence.database import Glance, ReadSession
from gridward.persistence.prepared import Prepared
from gridward.persistence.tickets.asking import AnySelect, Asked, Reach, Wanted, asked
from gridward.persistence.tickets.rows import TicketRow

EXTENT = 4096
POINTS_FROM = 12
"""From this zoom on each ticket is a point; before it, cells are counted."""
NAMED_FROM = 14
"""From this zoom on a point says which ticket it is. Before it there are thousands in a tile, and one that is clicked
brings the map nearer."""
CELLS = 8
"""Cells along a tile's edge: about a finger's width each on a screen."""

_T = TicketRow
_EDGES: list[ColumnElement[Any]] = [bindparam(f"bbox_{n}", type_=Double()) for n in range(4)]
_WEST, _SOUTH, _EAST, _NORTH = _EDGES
_X = (func.ST_X(_T.location) - _WEST) / (_EAST - _WEST)
_Y = (_NORTH - func.ST_Y(_T.location)) / (_NORTH - _SOUTH)
"""From a tile's north-west corner, in edges of the tile."""


def _written(number: int | str) -> ColumnElement[Any]:
    return literal_column(str(number))


def _seconds(column: Any) -> ColumnElement[Any]:
    return cast(func.date_part(literal_column("'epoch'"), column), Integer)


BY_ITSELF: ColumnElement[bool] = func.pg_backend_pid() != literal_column("0")
"""Always true, and why PostgreSQL begins no workers for a tile: what they save one desk they cost the others, who ask at the same
time. They may not call this function, so a scan that asks for it is not theirs."""


ALL_POINTS: Mapping[str, tuple[str, Any]] = {
    "status": ("status", _T.status),
    "urgent": ("urgent", _T.urgent),
    "paused": ("paused", _T.paused),
    "due": ("next_due", _seconds(_T.next_due_at)),
    "near": ("near_breach", _seconds(_T.near_breach_at)),
    "late": ("breached_at", _T.breached_at.is_not(None)),
}
"""What a point says, by its name in the tile: the field of the policy that opens it, and where it is read. Seconds since
1970: what is near its time is for the reader's clock to say, so a tile does not age."""

NAMED_POINTS: Mapping[str, tuple[str, Any]] = {
    **ALL_POINTS,
    "id": ("ticket_id", cast(_T.ticket_id, Text)),
    "no": ("short_no", _T.short_no),
    "category": ("category", _T.category_code),
}


async def ticket_tile(
    session: ReadSession | Glance, reach: Reach, wanted: Wanted, tile: Tile, shown: frozenset[str]
) -> bytes:
    """The open tickets of a tile that are wanted and within reach, as a vector tile; empty bytes: there are none.

    Points are the layer ``ticket`` (see :data:`NAMED_POINTS`; what is not so is absent), cells the layer ``cell``: ``n``
    tickets with their middle, how many of them in each status, how many ``late``, and the first ``due`` and ``near`` of
    those that run. ``shown`` are fields of the policy: what none of them opens is left out.
    """
    shape, values = asked(wanted, reach)
    rows = await _statement(shape, min(max(tile.z, POINTS_FROM - 1), NAMED_FROM), shown).rows(session, values)
    found: bytes = rows[0].tile
    return found


@lru_cache(maxsize=256)
def _statement(shape: Asked, zoom: int, shown: frozenset[str]) -> Prepared:
    content = _cells(shape, shown) if zoom < POINTS_FROM else _points(shape, zoom, shown)
    layer = "'cell'" if zoom < POINTS_FROM else "'ticket'"
    made = func.ST_AsMVT(literal_column("content.*"), literal_column(layer), _written(EXTENT), type_=NullType())
    return Prepared(select(made.label("tile")).select_from(content.subquery("content")))


def _spot(x: ColumnElement[Any], y: ColumnElement[Any]) -> ColumnElement[Any]:
    """A place as steps of the tile."""
    steps = (func.floor(part * _written(EXTENT)) for part in (x, y))
    return func.ST_MakePoint(*steps, type_=NullType()).label("geom")


def _points(shape: Asked, zoom: int, shown: frozenset[str]) -> AnySelect:
    said = NAMED_POINTS if zoom >= NAMED_FROM else ALL_POINTS
    columns = [_if_so(column).label(name) for name, (field, column) in said.items() if field in shown]
    return shape.within(select(_spot(_X, _Y), *columns)).where(BY_ITSELF)


def _if_so(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """True or nothing: of thousands of points most are neither urgent nor late, and what is absent has no length."""
    return case((column, literal_column("true"))) if isinstance(column.type, Boolean) else column


def _cells(shape: Asked, shown: frozenset[str]) -> AnySelect:
    """First by cell and status, then by cell: a count in each status without looking at every ticket six times.

    A cell holds its western and northern edge, so each ticket is counted in one tile. ``OFFSET 0`` keeps PostgreSQL from
    working a place out anew for each of its uses: they are most of what this costs.
    """
    timed = {"next_due", "near_breach", "breached_at", "paused"} <= shown
    running = and_(_T.breached_at.is_(None), _T.paused.is_(literal_column("false")))
    spots = (
        shape.within(
            select(
                _X.label("x"),
                _Y.label("y"),
                _T.status.label("status"),
                _T.breached_at.label("breached_at"),
                case((running, _T.next_due_at)).label("due"),
                case((running, _T.near_breach_at)).label("near"),
            )
        )
        .offset(_written(0))
        .subquery("spots")
    )
    column, row = (cast(func.floor(part * _written(CELLS)), Integer) for part in (spots.c.x, spots.c.y))
    sums = (
        select(
            (row * _written(CELLS) + column).label("cell"),
            spots.c.status.label("status"),
            func.count().label("n"),
            func.sum(spots.c.x).label("x"),
            func.sum(spots.c.y).label("y"),
            func.count(spots.c.breached_at).label("late"),
            func.min(spots.c.due).label("due"),
            func.min(spots.c.near).label("near"),
        )
        .where(spots.c.x >= _written(0), spots.c.x < _written(1), spots.c.y >= _written(0), spots.c.y < _written(1))
        .group_by(literal_column("1"), literal_column("2"))
        .subquery("sums")
    )
    n = func.sum(sums.c.n)
    by_time = [
        cast(func.sum(sums.c.late), Integer).label("late"),
        _seconds(func.min(sums.c.due)).label("due"),
        _seconds(func.min(sums.c.near)).label("near"),
    ]
    return select(
        _spot(func.sum(sums.c.x) / n, func.sum(sums.c.y) / n),
        cast(n, Integer).label("n"),
        func.jsonb_object_agg(sums.c.status, sums.c.n, type_=NullType()).label("states"),
        *(by_time if timed else []),
    ).group_by(sums.c.cell)
