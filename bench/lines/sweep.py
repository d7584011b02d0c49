"""The sweep with so many tickets due, and the same with ten times the closed ones."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from statistics import median

import asyncpg

from bench.installation import RUN, Installation, connect
from bench.report import Line
from gridward.gateways.cluster import identifier
from gridward.persistence.database import make_engine, write_transaction
from gridward.services.tickets.sweep import sweep

LIMIT_MS = 1_000.0
ROUNDS = 3
NOISE = 1.5
"""“The same”: within this factor, on a machine that does other things too."""
TIMES_AS_MANY = 10


async def measure(installation: Installation) -> list[Line]:
    once = await _swept(installation, RUN)
    tenfold = f"{installation.template}_tenfold"
    await _ensure_tenfold(installation, tenfold)
    many = await _swept(installation, tenfold)
    closed, more_closed = once["closed"], many["closed"]
    line = Line(
        key="sweep",
        what=f"sweep with {installation.size.due:,} due among {closed:,} closed tickets, database time",
        measured=f"{once['ms']:.0f} ms ({once['facts']:.0f} facts; {once['wall_ms']:.0f} ms in all)",
        target=f"< {LIMIT_MS:.0f} ms",
        held=once["ms"] < LIMIT_MS,
        details={"by statement": once["statements"]},
        plans={"find": str(once["plan"])},
    )
    other = Line(
        key="sweep",
        what=f"the same among {more_closed:,} closed tickets",
        measured=f"{many['ms']:.0f} ms = {many['ms'] / once['ms']:.2f} × ({many['facts']:.0f} facts)",
        target=f"< {LIMIT_MS:.0f} ms, the same",
        held=many["ms"] < LIMIT_MS and many["ms"] < once["ms"] * NOISE,
        plans={"find-tenfold": str(many["plan"])},
    )
    return [line, other]


async def _swept(installation: Installation, database: str) -> dict[str, object]:
    due = installation.size.due
    connection = await connect(installation, database)
    engine = make_engine(installation.owner(database), role="gridward_worker", pool_size=2)
    rounds, facts, walls, statements, plan = [], [], [], {}, ""
    for _ in range(ROUNDS):
        now = await _make_due(connection, due)
        await connection.execute("CHECKPOINT")
        await connection.execute("SELECT pg_stat_statements_reset()")
        began, made, more = time.perf_counter(), 0, True
        while more:
            async with write_transaction(engine) as session:
                swept = await sweep(session, now)
            made, more = made + swept.facts, swept.more
        walls.append((time.perf_counter() - began) * 1000)
        rows = await connection.fetch(
            "SELECT sum(total_exec_time + total_plan_time) AS ms, sum(calls)::int AS calls, "
            "left(regexp_replace(query, '\\s+', ' ', 'g'), 60) AS query FROM pg_stat_statements "
            "WHERE query NOT LIKE '%pg_stat%' AND query <> 'CHECKPOINT' GROUP BY 3 ORDER BY 1 DESC"
        )
        rounds.append(sum(row["ms"] for row in rows))
        facts.append(made)
        statements = {row["query"]: f"{row['ms']:.0f} ms, {row['calls']} ×" for row in rows[:8]}
        found = await connection.fetch(
            "EXPLAIN (ANALYZE, BUFFERS) SELECT ticket_id FROM ticket WHERE next_step_at IS NOT NULL "
            "AND next_step_at < $1 ORDER BY next_step_at LIMIT 50",
            now,
        )
        plan = "\n".join(row[0] for row in found)
    closed = await connection.fetchval("SELECT count(*) FROM ticket WHERE NOT is_open")
    await engine.dispose()
    await connection.close()
    return {
        "ms": median(rounds),
        "facts": median(facts),
        "wall_ms": median(walls),
        "statements": statements,
        "plan": plan,
        "closed": closed,
    }


async def _make_due(connection: asyncpg.Connection, due: int) -> datetime:
    """The instant at which exactly so many tickets are due; others with the same due time are put off on this copy."""
    now: datetime | None = await connection.fetchval(
        "SELECT max(next_step_at) FROM (SELECT next_step_at FROM ticket WHERE next_step_at IS NOT NULL "
        "ORDER BY next_step_at, ticket_id LIMIT $1) first",
        due,
    )
    if now is None:
        raise RuntimeError("no ticket has a next step")
    await connection.execute(
        """
        UPDATE ticket SET next_step_at = NULL WHERE next_step_at <= $1 AND ticket_id NOT IN (
            SELECT ticket_id FROM ticket WHERE next_step_at IS NOT NULL ORDER BY next_step_at, ticket_id LIMIT $2)
        """,
        now,
        due,
    )
    return now + timedelta(seconds=1)


async def _ensure_tenfold(installation: Installation, name: str) -> None:
    """A copy of the city with nine more rows for each closed ticket (the ticket alone, bare of words), made anew
    for each run from a template that is kept.
    """
    kept = f"{name}_kept"
    if not installation.cluster.sql(f"SELECT 1 FROM pg_database WHERE datname = '{kept}' AND datistemplate"):
        print("ten times the closed tickets …", flush=True)
        installation.copy(kept)
        connection = await connect(installation, kept)
        await connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '512MB'")
        indexes = await connection.fetch(
            "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS definition FROM pg_index "
            "WHERE indrelid = 'ticket'::regclass AND NOT indisprimary"
        )
        for row in indexes:
            await connection.execute(f"DROP INDEX {row['name']}")
        columns = [
            row["column_name"]
            for row in await connection.fetch(
                "SELECT column_name FROM information_schema.columns WHERE table_name = 'ticket' ORDER BY ordinal_position"
            )
        ]
        other = {
            "ticket_id": "gen_random_uuid()",
            "number": "number + n * 10000000",
            "short_no": "short_no + n * 100000",
            "search": "''",
            "routing": "NULL",
            "place_note": "NULL",
        }
        await connection.execute(
            f"INSERT INTO ticket ({', '.join(columns)}) OVERRIDING SYSTEM VALUE "
            f"SELECT {', '.join(other.get(column, column) for column in columns)} "
            f"FROM ticket, generate_series(1, {TIMES_AS_MANY - 1}) n WHERE NOT is_open"
        )
        for row in indexes:
            await connection.execute(row["definition"])
        await connection.execute("VACUUM (ANALYZE) ticket")
        await connection.close()
        installation.cluster.sql(f"ALTER DATABASE {identifier(kept)} IS_TEMPLATE true")
    installation.cluster.drop_database(name)
    installation.cluster.sql(
        f"CREATE DATABASE {identifier(name)} TEMPLATE {identifier(kept)} STRATEGY FILE_COPY OWNER gridward_owner"
    )
