"""Point → grid → unit with the explanation of why: what that asks of the database."""

from __future__ import annotations

import random
from datetime import UTC, datetime
from statistics import median
from uuid import UUID

from bench.explaining import asked, database_ms, percentile, plan_of
from bench.installation import RUN, Installation, connect
from bench.report import Line
from gridward.persistence.database import make_engine, read_transaction
from gridward.services.accounts.sign_in import actor_of_person
from gridward.services.routing import choose

LIMIT_MS = 3.0
TIMES = 400
EXPLAINED = 40


async def measure(installation: Installation) -> list[Line]:
    rng = random.Random(installation.seed)
    connection = await connect(installation, RUN)
    places = await connection.fetch(
        "SELECT ST_X(location) AS lon, ST_Y(location) AS lat FROM building TABLESAMPLE BERNOULLI (10) REPEATABLE (1) LIMIT 4000"
    )
    dispatcher: UUID = await connection.fetchval("SELECT person_id FROM role_grant WHERE role = 'dispatcher' LIMIT 1")
    engine = make_engine(installation.owner(RUN), role="gridward_app", pool_size=1)
    now = datetime.now(UTC)
    async with read_transaction(engine) as session:
        actor = await actor_of_person(session, dispatcher, now)

    async def explained(session: object) -> object:
        place = rng.choice(places)
        return await choose.explain(
            session,  # type: ignore[arg-type]
            actor,
            choose.Place(lon=place["lon"], lat=place["lat"], accuracy_m=10.0),
            category=rng.choice(("litter_full", "lamp", "part003", "part007")),
            condition_id=None,
            at=now,
        )

    for _ in range(10):
        async with read_transaction(engine) as session:
            await explained(session)
    await connection.execute("SELECT pg_stat_statements_reset()")
    sure = 0
    for _ in range(TIMES):
        async with read_transaction(engine) as session:
            choice = await explained(session)
            sure += bool(choice.unit_id)  # type: ignore[attr-defined]
    rows = await connection.fetch(
        "SELECT (total_exec_time + total_plan_time) AS ms, calls, left(regexp_replace(query, '\\s+', ' ', 'g'), 60) AS query "
        "FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat%' ORDER BY 1 DESC"
    )
    mean = sum(row["ms"] for row in rows) / TIMES
    fresh, plans = [], {}
    for number in range(EXPLAINED):
        statements, _ = await asked(engine, explained)
        fresh.append(await database_ms(engine, statements))
        if number == 0:
            plans = {f"{at}": await plan_of(engine, one) for at, one in enumerate(statements) if "WITH" in one.sql}
    await engine.dispose()
    await connection.close()
    return [
        Line(
            key="explain",
            what="point → grid → unit with explanation, database time",
            measured=f"{mean:.2f} ms on average of {TIMES} (planned anew each time: median {median(fresh):.2f}, "
            f"p95 {percentile(fresh, 95):.2f} ms)",
            target=f"< {LIMIT_MS:.0f} ms",
            held=mean < LIMIT_MS,
            details={
                "by statement": {
                    row["query"]: f"{row['ms'] / TIMES:.3f} ms, {row['calls'] / TIMES:.1f} ×" for row in rows[:6]
                },
                "with a unit": f"{sure} of {TIMES}",
            },
            plans=plans,
        )
    ]
