"""Coverage of a month from the pieces of 20,000 patrols, and what counting one new patrol costs."""

from __future__ import annotations

import math
import random
import time
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from statistics import median
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.explaining import asked, database_ms, percentile, plan_of
from bench.installation import RUN, Installation, connect
from bench.report import Line
from gridward.domain.patrols.track import Fix, write_fixes
from gridward.persistence.database import WriteSession, make_engine, read_transaction, write_transaction
from gridward.persistence.entries import new_id
from gridward.persistence.patrols import pieces, walks
from gridward.services.patrols import counting

PATROLS, PER_PATROL, FIXES = 20_000, 5, 1_000
MONTH_LIMIT_MS, MAP_LIMIT_MS, ONE_LIMIT_MS = 10_000.0, 1_000.0, 200.0
TIMES = 20

MADE = """
    WITH walker AS (SELECT person_id, jurisdiction_id FROM person WHERE jurisdiction_id = $1 LIMIT 1),
    made AS (
        INSERT INTO patrol (patrol_id, jurisdiction_id, person_id, grid_ids, started_at, ended_at, received_at, heard_at,
                            digest, clock, version, counted_at, length_m, walked_s, fixes)
        SELECT gen_random_uuid(), jurisdiction_id, person_id, '{}', at, at + interval '2 hours', at, at, 'bench', '{}', 3, at,
               3000, 5000, $3
        FROM walker, generate_series(1, $2) n, LATERAL (SELECT $4::timestamptz + n * ($5::interval / $2) AS at) t
        RETURNING patrol_id, jurisdiction_id, started_at
    ),
    numbered AS (SELECT *, row_number() OVER (ORDER BY patrol_id) AS n FROM made),
    place AS (
        SELECT g.grid_id, g.community_id, b.boundary, row_number() OVER (ORDER BY g.code) - 1 AS n, count(*) OVER () AS of
        FROM grid g JOIN grid_boundary b ON b.grid_id = g.grid_id AND b.valid_to IS NULL WHERE g.jurisdiction_id = $1
    )
    INSERT INTO patrol_piece (patrol_id, grid_id, jurisdiction_id, community_id, walked_at, length_m, seconds, area_m2,
                              street_m, streets_m, checked_in, reached, piece)
    SELECT p.patrol_id, place.grid_id, p.jurisdiction_id, place.community_id, p.started_at, 600, 1000, 15000, 400, 900, false,
           true, ST_Multi(ST_Intersection(place.boundary, ST_Buffer(ST_PointOnSurface(place.boundary)::geography,
                                                                    40 + p.n % 60, 'quad_segs=4')::geometry))
    FROM numbered p CROSS JOIN generate_series(0, $6 - 1) step
    JOIN place ON place.n = (p.n * 7 + step) % place.of
"""


async def measure(installation: Installation) -> list[Line]:
    connection = await connect(installation, RUN)
    jurisdiction_id = await connection.fetchval(
        "SELECT jurisdiction_id FROM grid GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    since = datetime(2026, 10, 1, tzinfo=UTC)
    month = timedelta(days=30)
    await connection.execute(MADE, jurisdiction_id, PATROLS, FIXES, since, month, PER_PATROL)
    await connection.execute("VACUUM (ANALYZE) patrol, patrol_piece")
    grids = await connection.fetchval("SELECT count(*) FROM grid WHERE jurisdiction_id = $1", jurisdiction_id)
    place = await connection.fetchrow(
        "SELECT ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT ST_Centroid(ST_Extent(boundary)) AS p FROM grid_boundary "
        "WHERE jurisdiction_id = $1) e",
        jurisdiction_id,
    )
    await connection.close()
    engine = make_engine(installation.owner(RUN), role="gridward_app", pool_size=1, statement_timeout_ms=120_000)
    lines = [
        await _month(engine, jurisdiction_id, since, since + month, grids),
        await _together(engine, jurisdiction_id, since, since + month),
        await _one(engine, jurisdiction_id, place["lon"], place["lat"], installation.seed),
    ]
    await engine.dispose()
    return lines


async def _month(engine: AsyncEngine, jurisdiction_id: UUID, since: datetime, until: datetime, grids: int) -> Line:
    statements, rows = await asked(
        engine, lambda session: pieces.by_grid(session, jurisdiction_id, since=since, until=until)
    )
    counted, walked = sum(row.patrols for row in rows), sum(row.patrols > 0 for row in rows)
    if counted < 0.99 * PATROLS * PER_PATROL:
        raise RuntimeError(f"only {counted:,} of {PATROLS * PER_PATROL:,} pieces were counted: nothing was measured")
    took = [await database_ms(engine, statements) for _ in range(3)]
    return Line(
        key="patrols",
        what=f"coverage of a month by grid: {grids:,} grids, {PATROLS:,} patrols, {PATROLS * PER_PATROL:,} pieces",
        measured=f"{median(took):.0f} ms of database time, longest {max(took):.0f} ms of {len(took)}; "
        f"{counted:,} pieces in {walked:,} of {len(rows):,} grids",
        target=f"< {MONTH_LIMIT_MS:.0f} ms",
        held=max(took) < MONTH_LIMIT_MS,
        details={},
        plans={"month": await plan_of(engine, statements[-1])},
    )


async def _together(engine: AsyncEngine, jurisdiction_id: UUID, since: datetime, until: datetime) -> Line:
    """As the map of the largest community asks for it."""
    async with read_transaction(engine) as session:
        rows = await pieces.by_grid(session, jurisdiction_id, since=since, until=until)
    largest = Counter(row.community_id for row in rows).most_common(1)[0][0]
    wanted = [row.grid_id for row in rows if row.community_id == largest]
    statements, found = await asked(
        engine, lambda session: pieces.shares(session, wanted, since=since, until=until, plan_id=None)
    )
    took = [await database_ms(engine, statements) for _ in range(3)]
    return Line(
        key="patrols",
        what=f"streets seen by all patrols of a month together: one community of {len(wanted):,} grids",
        measured=f"{median(took):.0f} ms of database time; {len(found):,} grids with streets",
        target=f"< {MAP_LIMIT_MS:.0f} ms",
        held=max(took) < MAP_LIMIT_MS,
        details={},
        plans={"together": await plan_of(engine, statements[-1])},
    )


class _Undone(Exception):
    """Nothing of what was measured stays."""


async def _one(engine: AsyncEngine, jurisdiction_id: UUID, lon: float, lat: float, seed: int) -> Line:
    """What the worker does with a patrol that is over, up to its commit: the next finds the tables as they were."""
    chance = random.Random(seed)
    took, found = [], 0
    for _ in range(TIMES):
        with suppress(_Undone):
            async with write_transaction(engine) as session:
                patrol_id = await _told(session, jurisdiction_id, write_fixes(_stroll(chance, lon, lat)))
                began = time.perf_counter()
                await counting.count(session, patrol_id, datetime.now(UTC))
                took.append((time.perf_counter() - began) * 1000)
                found += len(await pieces.of_patrol(session, patrol_id))
                raise _Undone
    if found < TIMES:
        raise RuntimeError(f"{TIMES} walks covered {found} grids: nothing was measured")
    p95 = percentile(took, 95)
    return Line(
        key="patrols",
        what=f"one new patrol of {FIXES:,} positions, by the clock",
        measured=f"p50 {median(took):.0f} ms, p95 {p95:.0f} ms, counted and written, all but its commit; "
        f"{found / TIMES:.1f} grids each",
        target=f"p95 < {ONE_LIMIT_MS:.0f} ms",
        held=p95 < ONE_LIMIT_MS,
        details={},
        plans={},
    )


async def _told(session: WriteSession, jurisdiction_id: UUID, fixes: str) -> UUID:
    """A patrol that is over, with all of its positions; its id."""
    person_id = await session.scalar(
        text("SELECT person_id FROM person WHERE jurisdiction_id = :jurisdiction_id LIMIT 1"),
        {"jurisdiction_id": jurisdiction_id},
    )
    patrol_id, ended_at = new_id(), datetime.now(UTC)
    started_at = ended_at - timedelta(seconds=5 * FIXES)
    heard = {"received_at": ended_at, "digest": "bench", "clock": {}, "person_id": person_id}
    patrol = {
        "patrol_id": patrol_id,
        "jurisdiction_id": jurisdiction_id,
        "grid_ids": [],
        "started_at": started_at,
        "ended_at": ended_at,
        "heard_at": ended_at,
        "version": 1,
        "marks": [],
        "uncounted_since": ended_at,
    }
    await walks.begin(session, heard | patrol)
    body = {"since": started_at.isoformat(), "fixes": fixes, "device": "one", "count": FIXES}
    positions = {"op_id": new_id(), "patrol_id": patrol_id, "type": "positions", "body": body, "happened_at": ended_at}
    await walks.add_operation(session, heard | positions)
    return patrol_id


def _stroll(chance: random.Random, lon: float, lat: float) -> list[Fix]:
    """A walk with turns at lanes, a position every five seconds."""
    heading, found = 0.0, []
    lon, lat = lon + chance.uniform(-0.01, 0.01), lat + chance.uniform(-0.01, 0.01)
    for step in range(FIXES):
        if step % 25 == 0:
            heading = chance.choice((0.0, 0.5, 1.0, 1.5)) * math.pi
        lon += 6.0 * math.cos(heading) / 102_000 + chance.gauss(0, 1.5) / 102_000
        lat += 6.0 * math.sin(heading) / 111_000 + chance.gauss(0, 1.5) / 111_000
        found.append(Fix(step * 5, lon, lat, 6.0))
    return found
