"""What a call asks of the database, and what each statement costs there."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.persistence.database import ReadSession, read_transaction


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement as the driver sent it."""

    sql: str
    parameters: Sequence[Any]


async def asked(engine: AsyncEngine, call: Callable[[ReadSession], Awaitable[Any]]) -> tuple[list[Asked], Any]:
    """The statements of one call, and its answer."""
    found: list[Asked] = []

    def note(query: Any) -> None:
        if not query.query.startswith(("BEGIN", "SET ", "ROLLBACK", "SELECT 1")):
            found.append(Asked(query.query, query.args or ()))

    async with read_transaction(engine) as session:
        with (await driver_of(session)).query_logger(note):
            answer = await call(session)
    return found, answer


async def driver_of(session: ReadSession) -> Any:
    """asyncpg's own connection."""
    return (await (await session.connection()).get_raw_connection()).driver_connection


async def database_ms(engine: AsyncEngine, statements: Sequence[Asked]) -> float:
    """Planning and execution of the statements, in milliseconds."""
    whole = 0.0
    async with read_transaction(engine) as session:
        driver = await driver_of(session)
        for one in statements:
            said = await driver.fetchval(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {one.sql}", *one.parameters)
            plan = (json.loads(said) if isinstance(said, str | bytes) else said)[0]
            whole += plan["Planning Time"] + plan["Execution Time"]
    return whole


async def plan_of(engine: AsyncEngine, one: Asked) -> str:
    """The plan as PostgreSQL prints it, with buffers."""
    async with read_transaction(engine) as session:
        driver = await driver_of(session)
        rows = await driver.fetch(f"EXPLAIN (ANALYZE, BUFFERS) {one.sql}", *one.parameters)
        return "\n".join(row[0] for row in rows)


def percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
