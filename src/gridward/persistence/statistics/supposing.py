"""Whose clocks 假如 counts again: the tickets of a question, filed in its period or with a clock due in it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import text

from gridward.domain.standards import ClockKind
from gridward.persistence.database import ReadSession, plan_for_values
from gridward.persistence.statistics.asking import Asked, rows
from gridward.persistence.statistics.sets import Source

# The index goes by kind before it goes by time.
_KINDS = ", ".join(f"'{kind.value}'" for kind in ClockKind)
_DUE = Source(
    table="clock c",
    here=f"c.jurisdiction_id = :jurisdiction_id AND c.kind IN ({_KINDS}) AND c.due_at >= :since AND c.due_at < :until",
    at="c.due_at",
    place="JOIN ticket pl ON pl.ticket_id = c.ticket_id",
    of="pl",
    ticket="c.ticket_id",
    unit="c.unit_id",
    key="c.key",
)
_FILED = Source(
    table="ticket o",
    here="o.jurisdiction_id = :jurisdiction_id AND o.received_at >= :since AND o.received_at < :until",
    at="o.received_at",
    place="",
    of="o",
    ticket="o.ticket_id",
    unit="(SELECT a.unit_id FROM assignment a WHERE a.ticket_id = o.ticket_id AND a.unit_id = :unit_id LIMIT 1)",
    key="''",
)
"""Of a unit those that it ever had: a rule may give it a clock that it did not have."""


async def tickets_of(session: ReadSession, asked: Asked) -> list[UUID]:
    """Each once, by id; of the places, the unit and the kind that are asked about, and of no other."""
    await plan_for_values(session)
    found: set[UUID] = set()
    for source in (_DUE, _FILED):
        of = rows(source, asked)
        head = f"WITH {of.with_}" if of.with_ else ""
        statement = f"{head} SELECT DISTINCT {source.ticket} FROM {of.from_} WHERE {of.where}"  # noqa: S608
        found.update((await session.execute(text(statement), asked.values())).scalars())
    return sorted(found)
