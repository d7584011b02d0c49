"""What a call asks of the database, and what each statement costs there."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.persistence.database import ReadSession, read_transaction

READING = ("SELECT", "WITH")


@dataclass(frozen=True, slots=True)
class Asked:
    """A statement as the driver sent it."""

    sql: str
    parameters: Sequence[Any]


async def asked(engine: AsyncEngine, call: Callable[[ReadSession], Awaitable[Any]]) -> tuple[list[Asked], Any]:
    """The statements of one call, and its answer.

    Some are sent by SQLAlchemy, as prepared statements of which the driver's own log says nothing, and some straight to
    the driver; what the driver asks for itself (how a type is made) is no part of the call.

    Raises:
        RuntimeError: there are none.
    """
    found: list[Asked] = []

    def sent(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> None:
        if any(word in statement for word in READING):
            found.append(Asked(statement, parameters))

    def straight(query: Any) -> None:
        if any(word in query.query for word in READING) and "pg_catalog" not in query.query:
            found.append(Asked(query.query, query.args or ()))

    event.listen(engine.sync_engine, "before_cursor_execute", sent)
    try:
        async with read_transaction(engine) as session:
            with (await driver_of(session)).query_logger(straight):
                answer = await call(session)
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", sent)
    if not found:
        raise RuntimeError("nothing was asked of the database: nothing was measured")
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
