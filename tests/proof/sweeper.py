"""A sweep in a process of its own that kills itself: SIGKILL, after a statement that was drawn before, wherever that is.

It is given minutes of a time that is not the present and sweeps once in each, as the worker does.
"""

from __future__ import annotations

import asyncio
import os
import signal
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.persistence.database import make_engine, write_transaction
from gridward.services.tickets.sweep import sweep

MINUTE = timedelta(minutes=1)
BATCH = 4


def work(url: str, first: datetime, minutes: int, dies_after: int | None) -> None:
    """Sweep ``minutes`` minutes from ``first`` on; None: and live. The process ends without an exit code, as kills do."""
    asyncio.run(_work(url, first, minutes, dies_after))


async def _work(url: str, first: datetime, minutes: int, dies_after: int | None) -> None:
    engine = make_engine(url, role="gridward_worker", pool_size=1)
    if dies_after is not None:
        _die(engine, dies_after)
    for number in range(minutes):
        await one_minute(engine, first + number * MINUTE)
    await engine.dispose()


async def one_minute(engine: AsyncEngine, now: datetime) -> None:
    more = True
    while more:
        async with write_transaction(engine) as session:
            more = (await sweep(session, now, limit=BATCH)).more


def _die(engine: AsyncEngine, after: int) -> None:
    left = after

    def count(_: Any) -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    @event.listens_for(engine.sync_engine, "connect")
    def watch(connection: Any, _: Any) -> None:
        connection.driver_connection.add_query_logger(count)
