"""Vector tiles of open tickets, each made anew, against the bare statement of the same tile; cells from afar; a tile that has
not changed; and one that another desk has had made."""

from __future__ import annotations

import itertools
import math
import random
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from bench.city.settling import cookie
from bench.clients import CLIENTS, load, request
from bench.installation import RUN, Installation, connect
from bench.report import Line
from bench.spending import by_place, by_statement, each, forget_statements, processor_seconds
from bench.statements import Script, pgbench

PORT = 18_324
PROCESSES = 2
SHARES = {14: 0.45, 12: 0.85}
"""Of the bare statement's throughput, by zoom."""
CELL_ZOOMS = (11, 10, 9, 8)
MOST_MS = 150.0
"""Database time of a tile of cells."""
VIEWERS = 16
WARMING = 200

BARE = """
SELECT ST_AsMVT(content.*, 'ticket', 4096, 'geom') FROM (
    SELECT ST_MakePoint(floor((ST_X(location) - {w}) / ({e} - {w}) * 4096), floor(({n} - ST_Y(location)) / ({n} - {s}) * 4096))
               AS geom,
           status, urgent, paused, date_part('epoch', next_due_at)::integer AS due,
           date_part('epoch', near_breach_at)::integer AS near, breached_at IS NOT NULL AS late {named}
    FROM ticket
    WHERE jurisdiction_id = '{jurisdiction}' AND is_open AND location && ST_MakeEnvelope({w}, {s}, {e}, {n}, 4326)) content;
"""
NAMED = ", ticket_id::text AS id, short_no AS no, category_code AS category"


@dataclass(frozen=True, slots=True)
class Tiles:
    """Those of a zoom that the city lies in: columns and rows, both ends included."""

    z: int
    columns: tuple[int, int]
    rows: tuple[int, int]

    @staticmethod
    def over(whole: tuple[float, float, float, float], z: int) -> Tiles:
        west, south, east, north = whole
        return Tiles(z, (_column(west, z), _column(east, z)), (_row(north, z), _row(south, z)))

    def any(self, rng: random.Random) -> str:
        return f"{self.z}/{rng.randint(*self.columns)}/{rng.randint(*self.rows)}"

    def bare(self, jurisdiction: UUID) -> Script:
        """For pgbench, a tile drawn anew each time: like the API's, its statement must be planned for each, and is made by one
        process: with workers for each tile, which cost all others more than they save, it came to less."""

        def lat(row: str) -> str:
            return f"degrees(atan(sinh(pi() * (1 - 2 * ({row})::float8 / {2**self.z}))))"

        edges = {
            "w": f"(360.0::float8 * :x / {2**self.z} - 180)",
            "e": f"(360.0::float8 * (:x + 1) / {2**self.z} - 180)",
            "n": lat(":y"),
            "s": lat(":y + 1"),
        }
        drawn = (
            f"\\set x random({self.columns[0]}, {self.columns[1]})\n\\set y random({self.rows[0]}, {self.rows[1]})\n"
        )
        named = NAMED if self.z >= 14 else ""
        return Script(drawn + BARE.format(**edges, named=named, jurisdiction=jurisdiction), 1)


def _column(lon: float, z: int) -> int:
    return int((lon + 180) / 360 * 2**z)


def _row(lat: float, z: int) -> int:
    return int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z)


async def measure(installation: Installation) -> list[Line]:
    connection = await connect(installation, RUN)
    await connection.execute("UPDATE session SET seen_at = now(), created_at = now()")
    await connection.execute("VACUUM (ANALYZE) ticket")
    row = await connection.fetchrow(
        "SELECT ST_XMin(e) AS w, ST_YMin(e) AS s, ST_XMax(e) AS e, ST_YMax(e) AS n "
        "FROM (SELECT ST_Extent(boundary) AS e FROM grid_boundary) all_of_it"
    )
    whole = (row["w"], row["s"], row["e"], row["n"])
    jurisdiction = await connection.fetchval("SELECT jurisdiction_id FROM jurisdiction")
    opened = await connection.fetchval("SELECT count(*) FROM ticket WHERE is_open")
    with installation.serving(RUN, processes=PROCESSES, port=PORT, GRIDWARD_TILES_KEPT_MB="0") as origin:
        await load(origin, itertools.islice(_requests(Tiles.over(whole, 14), "warm"), WARMING), seconds=60)
        found = [
            *[await _points(installation, connection, origin, Tiles.over(whole, z), jurisdiction) for z in SHARES],
            *[await _cells(installation, connection, origin, Tiles.over(whole, z), opened) for z in CELL_ZOOMS],
            await _unchanged(installation, connection, origin, Tiles.over(whole, 12)),
        ]
    with installation.serving(RUN, processes=PROCESSES, port=PORT) as origin:
        await load(origin, itertools.islice(_requests(Tiles.over(whole, 14), "warm"), WARMING), seconds=60)
        found.append(await _shared(installation, connection, origin, Tiles.over(whole, 12)))
    await connection.close()
    return found


async def _points(
    installation: Installation, connection: asyncpg.Connection, origin: str, tiles: Tiles, jurisdiction: UUID
) -> Line:
    seconds, share = installation.size.seconds, SHARES[tiles.z]
    bare = pgbench(
        installation,
        RUN,
        [tiles.bare(jurisdiction)],
        seconds=seconds,
        clients=CLIENTS,
        plan_cache_mode="force_custom_plan",
        max_parallel_workers_per_gather="0",
    )
    await forget_statements(connection)
    before = processor_seconds(installation)
    outcome = await load(origin, _requests(tiles, "points"), seconds=seconds)
    spent = each(before, processor_seconds(installation), outcome.answered)
    in_database, by_what = await by_statement(connection, outcome.answered, shown=4)
    profile = await by_place(installation, origin, _requests(tiles, "profile"), max(2, seconds / 4))
    part = outcome.per_second / bare.per_second
    good = outcome.statuses.get(200, 0) == len(outcome.latencies)
    return Line(
        key=f"tile-z{tiles.z}",
        what=f"a tile of open tickets at zoom {tiles.z}, HTTP, {PROCESSES} processes, {CLIENTS} clients",
        measured=f"{outcome.per_second:.0f}/s = {part:.0%} of the bare statement ({bare.per_second:.0f}/s); {outcome.words()}",
        target=f"≥ {share:.0%}",
        held=good and part >= share,
        details={
            "bytes of a tile": outcome.bytes // max(len(outcome.latencies), 1),
            "pgbench p50, p99 (ms)": (bare.p50_ms, bare.p99_ms),
            "processor time per request": spent,
            "database time per request": f"{in_database:.2f} ms",
            "by statement": by_what,
            "API process by place": profile,
            **({"complaint": outcome.complaint} if outcome.complaint else {}),
        },
    )


async def _cells(
    installation: Installation, connection: asyncpg.Connection, origin: str, tiles: Tiles, opened: int
) -> Line:
    """One after the other: what one tile takes, not how many fit."""
    await forget_statements(connection)
    outcome = await load(origin, _requests(tiles, "cells"), seconds=max(1, installation.size.seconds / 4), clients=1)
    in_database, by_what = await by_statement(connection, outcome.answered, shown=3)
    good = outcome.statuses.get(200, 0) == len(outcome.latencies)
    slowest = await connection.fetchval(
        "SELECT max(max_exec_time + max_plan_time) FROM pg_stat_statements WHERE query ~ 'ST_AsMVT'"
    )
    return Line(
        key=f"tile-z{tiles.z}",
        what=f"a tile of cells at zoom {tiles.z}, {opened:,} open tickets, exact counts, one client",
        measured=f"{in_database:.1f} ms of database time, the dearest {slowest:.1f} ms; {outcome.words()}",
        target=f"≤ {MOST_MS:.0f} ms",
        held=good and slowest <= MOST_MS,
        details={"bytes of a tile": outcome.bytes // max(len(outcome.latencies), 1), "by statement": by_what},
    )


async def _unchanged(installation: Installation, connection: asyncpg.Connection, origin: str, tiles: Tiles) -> Line:
    path = f"/api/v1/tiles/tickets/{tiles.any(random.Random(installation.seed))}"
    asking = urllib.request.Request(f"{origin}{path}", headers={"Cookie": f"sid={cookie(-1)}"})
    with urllib.request.urlopen(asking, timeout=30) as answer:
        tag = answer.headers["ETag"]
    await forget_statements(connection)
    before = processor_seconds(installation)
    again = itertools.repeat(request("GET", path, cookie=cookie(-1), tag=tag))
    outcome = await load(origin, again, seconds=installation.size.seconds)
    spent = each(before, processor_seconds(installation), outcome.answered)
    in_database, by_what = await by_statement(connection, outcome.answered, shown=4)
    shapes = [query for query in by_what if "ST_" in query]
    good = outcome.statuses.get(304, 0) == len(outcome.latencies)
    return Line(
        key="tile-unchanged",
        what="a tile that has not changed, asked for with its tag",
        measured=f"{outcome.per_second:.0f}/s, {in_database:.2f} ms of database time; {outcome.words()}",
        target="no geometry query",
        held=good and not shapes,
        details={"processor time per request": spent, "by statement": by_what},
    )


async def _shared(installation: Installation, connection: asyncpg.Connection, origin: str, tiles: Tiles) -> Line:
    """Many desks look at the same tiles and hold none of them; nothing changes meanwhile."""
    await forget_statements(connection)
    outcome = await load(origin, _requests(tiles, "shared"), seconds=installation.size.seconds)
    in_database, by_what = await by_statement(connection, outcome.answered, shown=4)
    good = outcome.statuses.get(200, 0) == len(outcome.latencies)
    return Line(
        key="tile-shared",
        what=f"a tile at zoom {tiles.z} that another desk has asked for since the last change",
        measured=f"{outcome.per_second:.0f}/s, {in_database:.2f} ms of database time; {outcome.words()}",
        held=None if good else False,
        details={"bytes of a tile": outcome.bytes // max(len(outcome.latencies), 1), "by statement": by_what},
    )


def _requests(tiles: Tiles, seed: str) -> Iterator[bytes]:
    rng = random.Random(f"{tiles.z}-{seed}")
    for number in itertools.count():
        yield request("GET", f"/api/v1/tiles/tickets/{tiles.any(rng)}", cookie=cookie(-1 - number % VIEWERS))
