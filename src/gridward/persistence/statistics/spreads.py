"""How long things took: times of response and of work, spread over steps of a fixed ladder, with exact middle values."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from gridward.persistence.database import ReadSession, plan_for_values
from gridward.persistence.statistics.asking import Asked, rows
from gridward.persistence.statistics.sets import EDGES_S, SOURCES, TIMED, Timed


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """``counts[i]``: how many took less than ``EDGES_S[i]`` and not less than the edge before; the last: longer.

    Seconds from start to stop as the wall clock has them, nights and pauses included. ``whole`` and ``steps`` name the sets
    that the numbers open.
    """

    kind: str
    whole: str
    steps: tuple[str, ...]
    n: int
    counts: tuple[int, ...]
    half_s: float | None
    nine_tenths_s: float | None


async def spreads(session: ReadSession, asked: Asked) -> list[Spread]:
    """The times of what was due (or, for the whole, accepted) in the period and is done."""
    await plan_for_values(session)
    return [await _spread(session, asked, kind, timed) for kind, timed in TIMED.items()]


async def _spread(session: ReadSession, asked: Asked, kind: str, timed: Timed) -> Spread:
    found = rows(SOURCES[timed.source], asked)
    head = f"{found.with_}," if found.with_ else ""
    statement = f"""
WITH {head} taken AS MATERIALIZED (
    SELECT greatest({timed.seconds}, 0)::float8 AS s FROM {found.from_} WHERE {found.where} AND {timed.where}
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
        whole=timed.whole,
        steps=timed.steps,
        n=row.n,
        counts=tuple(steps.get(str(step), 0) for step in range(len(EDGES_S) + 1)),
        half_s=half,
        nine_tenths_s=nine_tenths,
    )
