"""Tickets as points of a map where a tile cannot say which: those with some words, of an age, or within a drawn shape."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Text, cast, func, literal_column, select

from gridward.persistence.database import Glance, ReadSession
from gridward.persistence.prepared import Prepared
from gridward.persistence.tickets.asking import Asked, Reach, Wanted, asked
from gridward.persistence.tickets.rows import TicketRow
from gridward.persistence.tickets.tiles import NAMED_POINTS

_T = TicketRow

SAID: Mapping[str, tuple[str, Any]] = {
    **NAMED_POINTS,
    "lon": ("lon", func.ST_X(_T.location)),
    "lat": ("lat", func.ST_Y(_T.location)),
}
"""As a tile has it, with its place."""


async def points(session: ReadSession | Glance, reach: Reach, wanted: Wanted, shown: frozenset[str]) -> list[str]:
    """At most ``wanted.limit`` JSON objects, the newest tickets first; tickets without a place are left out."""
    shape, values = asked(wanted, reach)
    return [row.point for row in await _statement(shape, shown).rows(session, values)]


@lru_cache(maxsize=256)
def _statement(shape: Asked, shown: frozenset[str]) -> Prepared:
    columns = [column.label(name) for name, (field, column) in SAID.items() if field in shown]
    found = shape.of(select(*columns).where(_T.location.is_not(None))).subquery("found")
    return Prepared(select(cast(func.row_to_json(literal_column("found")), Text).label("point")).select_from(found))
