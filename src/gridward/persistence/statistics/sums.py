"""Sums of what settled in months that are over, and which of them still say what the rows say.

A row is settled from the instant on from which it counts the same whenever it is judged (``Source.settled``). Whoever changes
one that settled long ago leaves its instant in ``figure_stale`` in the same transaction (triggers of migration ``20261201v``), so a
snapshot sees either both or neither. The tables are made of other rows and can be thrown away at any time: figures are then
slower, never other ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ARRAY, BigInteger, Boolean, Date, DateTime, Identity, Index, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.statements import Month
from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.statistics.asking import Asked
from gridward.persistence.statistics.sets import SETS, SOURCES, SUMMED, Source

Instant = DateTime(timezone=True)


class FigureMonthRow(Row):
    """A month of which everything that settled in it is in ``figure_sum``, by days of this zone and by these sets."""

    __tablename__ = "figure_month"

    jurisdiction_id: Mapped[UUID] = mapped_column(primary_key=True)
    settled_month: Mapped[date] = mapped_column(Date, primary_key=True)
    time_zone: Mapped[str] = mapped_column(Text)
    definition: Mapped[str] = mapped_column(Text)
    summed_at: Mapped[datetime] = mapped_column(Instant)


class FigureSumRow(Row):
    """Of what settled in a month: how many rows of ``month`` are in each set of a source, in the order of :func:`names_of`.

    ``whole``: of all units together; otherwise of one, or of rows without a unit.
    """

    __tablename__ = "figure_sum"
    __table_args__ = (
        Index("ix_figure_sum_month", "jurisdiction_id", "source", "whole", "month"),
        Index("ix_figure_sum_settled", "jurisdiction_id", "settled_month"),
    )

    figure_sum_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    jurisdiction_id: Mapped[UUID]
    settled_month: Mapped[date] = mapped_column(Date)
    source: Mapped[str] = mapped_column(Text)
    whole: Mapped[bool] = mapped_column(Boolean)
    month: Mapped[date] = mapped_column(Date)
    unit_id: Mapped[UUID | None]
    counts: Mapped[list[int]] = mapped_column(ARRAY(BigInteger))


class FigureStaleRow(Row):
    """A row that settled then has changed since. Without a jurisdiction it is one of any; ``-infinity``: one of any month."""

    __tablename__ = "figure_stale"
    __table_args__ = (Index("ix_figure_stale_settled", "jurisdiction_id", "settled_at"),)

    figure_stale_id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    jurisdiction_id: Mapped[UUID | None]
    settled_at: Mapped[datetime] = mapped_column(Instant)


def names_of(source: str) -> tuple[str, ...]:
    """The sets of a source, in the order in which their sums are stored."""
    return tuple(name for name in SETS if name.partition(".")[0] == source)


def counted(name: str) -> str:
    """How many of the rows at hand are in a set; what it sums of them, where it sums something."""
    if name in SUMMED:
        return f"coalesce(sum({SUMMED[name]}) FILTER (WHERE {SETS[name]}), 0)::bigint"
    return f"count(*) FILTER (WHERE {SETS[name]})"


SUMMABLE = tuple(name for name, source in SOURCES.items() if source.settled)
DEFINITION = hashlib.sha256(
    "\n".join(
        f"{source} {SOURCES[source]} {[(name, counted(name)) for name in names_of(source)]}" for source in SUMMABLE
    ).encode()
).hexdigest()
"""Sums by other sets than those of this program are no sums."""

_EVER = {"since": datetime(1900, 1, 1, tzinfo=UTC), "until": datetime(2900, 1, 1, tzinfo=UTC)}
_MONTH = "(f.settled_month::timestamp AT TIME ZONE f.time_zone)"
_NEXT = "((f.settled_month + interval '1 month')::timestamp AT TIME ZONE f.time_zone)"
_FRESH = text(
    f"""
SELECT f.settled_month FROM figure_month f
WHERE f.jurisdiction_id = :jurisdiction_id AND f.time_zone = :zone AND f.definition = :definition
  AND NOT EXISTS (
      SELECT FROM figure_stale s
      WHERE s.jurisdiction_id = f.jurisdiction_id AND s.settled_at >= {_MONTH} AND s.settled_at < {_NEXT}
  )
  AND NOT EXISTS (
      SELECT FROM figure_stale s
      WHERE s.settled_at = '-infinity' AND (s.jurisdiction_id = f.jurisdiction_id OR s.jurisdiction_id IS NULL)
  )
"""  # noqa: S608
)


async def fresh(session: ReadSession | WriteSession, jurisdiction_id: UUID, time_zone: str) -> frozenset[Month]:
    """The months whose sums say what the rows say that this transaction sees."""
    values = {"jurisdiction_id": jurisdiction_id, "zone": time_zone, "definition": DEFINITION}
    return frozenset(Month(row.settled_month) for row in await session.execute(_FRESH, values))


async def stored(
    session: ReadSession | WriteSession,
    asked: Asked,
    names: Sequence[str],
    key: str,
    months: Collection[Month],
    settled: Collection[Month],
) -> list[Sequence[Any]]:
    """Key and counts of sets of one source, over rows of these months that settled in one of those.

    Args:
        key: ``NULL::text``, ``unit_id::text`` or ``month::text``.
    """
    source = names[0].partition(".")[0]
    order = names_of(source)
    columns = ", ".join(f"coalesce(sum(counts[{order.index(name) + 1}]), 0)::bigint" for name in names)
    statement = f"""
SELECT {key}, {columns} FROM figure_sum
WHERE jurisdiction_id = :jurisdiction_id AND source = :source AND whole = :whole
  AND month = ANY(CAST(:months AS date[])) AND settled_month = ANY(CAST(:settled AS date[]))
GROUP BY 1
"""  # noqa: S608
    values = {
        "jurisdiction_id": asked.jurisdiction_id,
        "source": source,
        "whole": key != "unit_id::text",
        "months": [month.first for month in months],
        "settled": [month.first for month in settled],
    }
    return [tuple(row) for row in await session.execute(text(statement), values)]


_OLDEST = text(
    " UNION ALL ".join(
        f"(SELECT {source.settled} AS settled FROM {source.table} WHERE {source.here} "  # noqa: S608
        f"AND {source.settled} IS NOT NULL ORDER BY 1 LIMIT 1)"
        for source in map(SOURCES.__getitem__, SUMMABLE)
    )
)


async def oldest(session: WriteSession, jurisdiction_id: UUID) -> datetime | None:
    """When the first row of all settled; None where none has."""
    rows = await session.execute(_OLDEST, {"jurisdiction_id": jurisdiction_id, **_EVER, "judged": _EVER["until"]})
    return min((row.settled for row in rows), default=None)


async def take_turn(session: WriteSession, jurisdiction_id: UUID) -> None:
    """The months of a jurisdiction are summed one after the other."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('figure sums ' || CAST(:id AS text), 0))"),
        {"id": str(jurisdiction_id)},
    )


async def forget_all(session: WriteSession) -> None:
    """Where anything of any month may have changed, its months are no longer summed."""
    gone = await session.execute(
        text("DELETE FROM figure_stale WHERE settled_at = '-infinity' RETURNING jurisdiction_id")
    )
    for of in set(gone.scalars()):
        await session.execute(
            text("DELETE FROM figure_month WHERE jurisdiction_id = CAST(:of AS uuid) OR CAST(:of AS uuid) IS NULL"),
            {"of": of},
        )


async def add_month(session: WriteSession, jurisdiction_id: UUID, time_zone: str, month: Month, now: datetime) -> None:
    """Sum what settled in this month.

    First the marks are taken away and then the rows counted, by statements of their own: whatever changes between the two
    is counted, and leaves a mark that stays.
    """
    since, until = month.span(ZoneInfo(time_zone))
    of = {"jurisdiction_id": jurisdiction_id, "month": month.first}
    span = {"settled_since": since, "settled_until": until}
    await session.execute(
        text(
            "DELETE FROM figure_stale WHERE jurisdiction_id = :jurisdiction_id "
            "AND settled_at >= :settled_since AND settled_at < :settled_until"
        ),
        {"jurisdiction_id": jurisdiction_id, **span},
    )
    await session.execute(
        text("DELETE FROM figure_sum WHERE jurisdiction_id = :jurisdiction_id AND settled_month = :month"), of
    )
    for name in SUMMABLE:
        values = {**of, **span, **_EVER, "judged": until, "zone": time_zone}
        await session.execute(text(_adding(name, SOURCES[name])), values)
    await session.execute(
        text(
            """
INSERT INTO figure_month (jurisdiction_id, settled_month, time_zone, definition, summed_at)
VALUES (:jurisdiction_id, :month, :zone, :definition, :now)
ON CONFLICT (jurisdiction_id, settled_month) DO UPDATE
SET time_zone = excluded.time_zone, definition = excluded.definition, summed_at = excluded.summed_at
"""
        ),
        {**of, "zone": time_zone, "definition": DEFINITION, "now": now},
    )


def _adding(name: str, source: Source) -> str:
    sums = ", ".join(counted(one) for one in names_of(name))
    local = f"date_trunc('month', {source.at} AT TIME ZONE :zone)::date"
    return f"""
INSERT INTO figure_sum (jurisdiction_id, settled_month, source, whole, month, unit_id, counts)
SELECT :jurisdiction_id, :month, '{name}', grouping({source.unit}) = 1, {local}, {source.unit}, ARRAY[{sums}]
FROM {source.table}
WHERE {source.here} AND {source.settled} >= :settled_since AND {source.settled} < :settled_until
GROUP BY GROUPING SETS (({local}), ({local}, {source.unit}))
"""  # noqa: S608
