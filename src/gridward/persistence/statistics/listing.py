"""The tickets of a set, page after page: what a figure opens, and what an export writes.

Pages follow by ``(at, ticket_id, key)``, the newest first, each in a transaction of its own: a reader who stalls holds
nothing. A question is judged at its own ``at``, so later pages are judged like the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from gridward.persistence.database import ReadSession, plan_for_values
from gridward.persistence.statistics.asking import Asked, rows
from gridward.persistence.statistics.sets import SETS, SPENT, SUMMED, source_of


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended."""

    at: datetime
    ticket_id: UUID
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One row of a set: a clock, a round, a dispatch, an order. WGS-84 degrees; nobody who reported is named.

    ``at`` is the instant by which it lies in the period; ``due_at``, ``done_at`` what it was held against and when it was
    done; ``counted`` what it adds to the figure; ``spent_s``, in a set of times only, how many seconds it took.
    """

    at: datetime
    ticket_id: UUID
    key: str
    counted: int
    spent_s: float | None
    number_day: date
    number: int
    short_no: int
    status: str
    category_code: str
    category_name: str | None
    community_name: str | None
    grid_code: str | None
    grid_name: str | None
    unit_name: str | None
    place_note: str | None
    lon: float | None
    lat: float | None
    received_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    ended_at: datetime | None
    marks: Sequence[str]

    @property
    def place(self) -> Place:
        return Place(self.at, self.ticket_id, self.key)


SHAPED = """
SELECT m.at, m.ticket_id, m.key, m.counted, m.spent_s, t.number_day, t.number, t.short_no, t.status, t.category_code,
       k.name AS category_name, a.name AS community_name, g.code AS grid_code, g.name AS grid_name, u.name AS unit_name,
       t.place_note, ST_X(t.location) AS lon, ST_Y(t.location) AS lat, t.received_at, m.due_at, m.done_at, t.ended_at,
       t.marks
FROM members m
JOIN ticket t ON t.ticket_id = m.ticket_id
LEFT JOIN category k ON k.standard_id = t.standard_id AND k.code = t.category_code
LEFT JOIN area a ON a.area_id = t.community_id
LEFT JOIN grid g ON g.grid_id = t.grid_id
LEFT JOIN unit u ON u.unit_id = m.unit_id
ORDER BY m.at DESC, m.ticket_id DESC, m.key COLLATE "C" DESC
"""


async def members(
    session: ReadSession, asked: Asked, name: str, after: Place | None, limit: int, skip: int = 0
) -> list[Member]:
    """At most ``limit`` rows of a set, those after a place and without ``skip`` more. Raises: KeyError: no such set."""
    source = source_of(name)
    found = rows(source, asked)
    order = f'{source.at}, {source.ticket}, {source.key} COLLATE "C"'
    # The first comparison is one that an index answers, the second is the exact one.
    further = f"AND {source.at} <= :after_at AND ({order}) < (:after_at, :after_ticket, :after_key)" if after else ""
    counted = SUMMED.get(name, "1")
    head = f"{found.with_}," if found.with_ else ""
    statement = f"""
WITH {head} members AS MATERIALIZED (
    SELECT {source.ticket} AS ticket_id, {source.key} AS key, {source.at} AS at, {source.unit} AS unit_id,
           {source.due} AS due_at, {source.done} AS done_at, {counted}::int AS counted,
           {SPENT.get(name, "NULL")}::float8 AS spent_s
    FROM {found.from_}
    WHERE {found.where} AND {SETS[name]} {further}
    ORDER BY {source.at} DESC, {source.ticket} DESC, {source.key} COLLATE "C" DESC
    LIMIT :most OFFSET :skip
) {SHAPED}"""  # noqa: S608
    values = {**asked.values(), "most": limit, "skip": skip}
    if after is not None:
        values |= {"after_at": after.at, "after_ticket": after.ticket_id, "after_key": after.key}
    await plan_for_values(session)
    return [Member(**row._mapping) for row in await session.execute(text(statement), values)]
