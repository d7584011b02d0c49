"""The page of figures: every index of a period, and the same told apart by unit, in database time.

Months that are over are summed before, as the worker does it: the first line says how long that takes for all of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from statistics import median
from time import perf_counter

from sqlalchemy.ext.asyncio import AsyncEngine

from bench.explaining import Asked as Statement
from bench.explaining import asked, database_ms, plan_of
from bench.installation import RUN, Installation, connect
from bench.report import Line
from gridward.persistence.database import make_engine, write_transaction
from gridward.persistence.statistics.asking import Asked, Group
from gridward.persistence.statistics.counting import WHOLE, counts
from gridward.services.statistics import sum_month

LIMIT_MS = 1_000.0
TIMES = 5
PERIODS = (("30 days", 30), ("a quarter", 91), ("a year", 365), ("everything", 5 * 365))


async def measure(installation: Installation) -> list[Line]:
    connection = await connect(installation, RUN)
    row = await connection.fetchrow(
        "SELECT jurisdiction_id, max(received_at) AS newest FROM ticket GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    await connection.execute("VACUUM (ANALYZE) clock, ticket_round, assignment, request, ticket")
    await connection.close()
    until = datetime.combine(row["newest"].date() + timedelta(days=1), time(), UTC)
    engine = make_engine(installation.owner(RUN), role="gridward_app", pool_size=1, statement_timeout_ms=10 * 60 * 1000)
    lines = [await _summed(engine, until)]
    lines += [await _period(engine, row["jurisdiction_id"], until, name, days) for name, days in PERIODS]
    await engine.dispose()
    return lines


async def _summed(engine: AsyncEngine, now: datetime) -> Line:
    took = []
    more = True
    while more:
        began = perf_counter()
        async with write_transaction(engine) as session:
            more = await sum_month(session, now)
        took.append((perf_counter() - began) * 1_000)
    months = took[:-1]
    return Line(
        key="dashboard",
        what=f"{len(months)} months that are over, summed once",
        measured=f"{sum(months) / 1_000:.1f} s, the longest month {max(months, default=0):.0f} ms; finding that there is none {took[-1]:.0f} ms",
    )


async def _period(engine: AsyncEngine, jurisdiction_id: object, until: datetime, name: str, days: int) -> Line:
    question = Asked(
        jurisdiction_id=jurisdiction_id,  # type: ignore[arg-type]
        since=until - timedelta(days=days),
        until=until,
        at=until,
        time_zone="Asia/Shanghai",
    )
    statements, found = await _counted(engine, question, Group.none)
    took = [await database_ms(engine, statements) for _ in range(TIMES)]
    by_unit, groups = await _counted(engine, question, Group.unit)
    whole = found[WHOLE]
    # What no unit answers for lies in the group without a name; together the groups are the whole.
    apart = {name for name, n in whole.items() if n != sum(one[name] for one in groups.values())}
    return Line(
        key="dashboard",
        what=f"every index of {name}: {whole['ticket.accepted']:,} tickets accepted, {whole['resolve.due']:,} due",
        measured=f"{median(took):.0f} ms, longest {max(took):.0f} ms of {TIMES}; "
        f"by unit {await database_ms(engine, by_unit):.0f} ms; {len(apart)} sets differ",
        target=f"≤ {LIMIT_MS:.0f} ms",
        held=median(took) <= LIMIT_MS and not apart,
        details={
            f"{name}, each statement": ", ".join([f"{await database_ms(engine, [one]):.0f} ms" for one in statements])
        },
        plans={f"{days}-{place}": await plan_of(engine, one) for place, one in enumerate(statements)},
    )


async def _counted(
    engine: AsyncEngine, question: Asked, group: Group
) -> tuple[list[Statement], dict[str, dict[str, int]]]:
    """The statements of one question, and its answer."""
    return await asked(engine, lambda session: counts(session, question, group))
