"""The worker: duties beside each other, faults that stay with their duty, a stop that finishes what was begun."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.gateways.blobstore import MemoryBlobs
from gridward.worker import Duty, Tools, go_round

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


async def test_more_to_do_is_done_at_once_and_a_fault_stays_alone(worker_engine: AsyncEngine) -> None:
    stop = asyncio.Event()
    left, faults = [3], [0]

    async def drain(tools: Tools) -> bool:
        assert tools.now() == NOON
        left[0] -= 1
        if left[0] == 0:
            stop.set()
        return left[0] > 0

    async def fail(_: Tools) -> bool:
        faults[0] += 1
        raise RuntimeError("planted")

    duties = [Duty("fail", 3600, fail), Duty("drain", 3600, drain)]
    async with asyncio.timeout(5):
        await go_round(duties, Tools(engine=worker_engine, blobs=MemoryBlobs(), now=lambda: NOON), stop)
    assert (left, faults) == ([0], [1])


async def test_stopping_waits_for_what_is_under_way(worker_engine: AsyncEngine) -> None:
    stop, begun, may_end = asyncio.Event(), asyncio.Event(), asyncio.Event()
    done: list[str] = []

    async def slow(_: Tools) -> bool:
        begun.set()
        await may_end.wait()
        done.append("whole")
        return True

    going = asyncio.create_task(
        go_round([Duty("slow", 0, slow)], Tools(engine=worker_engine, blobs=MemoryBlobs(), now=lambda: NOON), stop)
    )
    async with asyncio.timeout(5):
        await begun.wait()
        stop.set()
        may_end.set()
        await going
    assert done == ["whole"]
