"""What a call asks of the database, and what each statement costs there."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import event
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

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, ____: Any) -> None:
        if not statement.startswith("SET "):
            found.append(Asked(statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        async with read_transaction(engine) as session:
            answer = await call(session)
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    return found, answer


async def database_ms(engine: AsyncEngine, statements: Sequence[Asked]) -> float:
    """Planning and execution of the statements, in milliseconds."""
    whole = 0.0
    async with read_transaction(engine) as session:
        connection = await session.connection()
        for one in statements:
            row = await connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {one.sql}", tuple(one.parameters)
            )
            said = row.scalar_one()
            plan = (json.loads(said) if isinstance(said, str) else said)[0]
            whole += plan["Planning Time"] + plan["Execution Time"]
    return whole


async def plan_of(engine: AsyncEngine, one: Asked) -> str:
    """The plan as PostgreSQL prints it, with buffers."""
    async with read_transaction(engine) as session:
        connection = await session.connection()
        rows = await connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS) {one.sql}", tuple(one.parameters))
        return "\n".join(row[0] for row in rows)


def percentile(values: Sequence[float], percent: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
