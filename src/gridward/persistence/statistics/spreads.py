"""How long things took: times of response and of work, spread over steps of a fixed ladder, with exact middle values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlalchemy import text

from gridward.persistence.database import ReadSession, plan_for_values
from gridward.persistence.statistics.asking import Asked, rows
from gridward.persistence.statistics.sets import SETS, SOURCES

MINUTE, HOUR, DAY = 60, 3600, 86400
EDGES_S = (15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 4 * HOUR, 8 * HOUR, DAY, 2 * DAY, 3 * DAY, 7 * DAY, 14 * DAY)
"""Upper edges of the steps, in seconds; the last step has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """``counts[i]``: how many took less than ``EDGES_S[i]`` and not less than the edge before; the last: longer.

    Seconds from start to stop as the wall clock has them, nights and pauses included.
    """

    kind: str
    n: int
    counts: tuple[int, ...]
    half_s: float | None
    nine_tenths_s: float | None


@dataclass(frozen=True, slots=True)
class _Taken:
    source: str
    seconds: str
    where: str


TAKEN: Mapping[str, _Taken] = MappingProxyType(
    {
        **{
            kind: _Taken(
                kind,
                "extract(epoch FROM c.stopped_at - c.started_at)",
                "c.stopped_at IS NOT NULL AND c.is_final AND c.ended_by IS NULL",
            )
            for kind in ("acknowledge", "respond", "resolve", "verify")
        },
        "whole": _Taken("ticket", "extract(epoch FROM r.ended_at - r.accepted_at)", f"{SETS['ticket.ended_closed']}"),
    }
)
"""What is timed. ``whole``: from the acceptance of a ticket to its closing."""


async def spreads(session: ReadSession, asked: Asked) -> list[Spread]:
    """The times of what was due (or, for the whole, accepted) in the period and is done."""
    await plan_for_values(session)
    return [await _spread(session, asked, kind, taken) for kind, taken in TAKEN.items()]


async def _spread(session: ReadSession, asked: Asked, kind: str, taken: _Taken) -> Spread:
    found = rows(SOURCES[taken.source], asked)
    head = f"{found.with_}," if found.with_ else ""
    statement = f"""
WITH {head} taken AS MATERIALIZED (
    SELECT greatest({taken.seconds}, 0)::float8 AS s FROM {found.from_} WHERE {found.where} AND {taken.where}
), steps AS (
    SELECT width_bucket(s, CAST(:edges AS float8[])) AS step, count(*) AS n FROM taken GROUP BY 1
)
SELECT (SELECT count(*) FROM taken) AS n,
       (SELECT percentile_disc(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY s) FROM taken) AS middle,
       (SELECT json_object_agg(step, n) FROM steps) AS steps
"""  # noqa: S608
    row = (await session.execute(text(statement), {**asked.values(), "edges": list(map(float, EDGES_S))})).one()
    steps = row.steps or {}
    half, nine_tenths = row.middle or (None, None)
    return Spread(
        kind=kind,
        n=row.n,
        counts=tuple(steps.get(str(step), 0) for step in range(len(EDGES_S) + 1)),
        half_s=half,
        nine_tenths_s=nine_tenths,
    )
