"""One poison item among fifty: by how much does it delay the others?

The reference phone runs in a time of its own, which jumps to the next thing that happens, so that seconds are exact: the
same fifty are sent once without poison, and once with each kind of it.
"""

from __future__ import annotations

import asyncio
import json
import random
import selectors
import sys
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from drills.arguments import arguments
from drills.phone import Disk, Patience, Phone, Reply, Unreachable

T = TypeVar("T")
SIZES = {"short": 2, "planted": 2, "full": 40}
"""Seeds: each another place of the poison and other back-off."""
ITEMS = 50
ANSWER_S = 0.3
TIMEOUT_S = 30.0
KINDS = ("no answer", "503", "a fault", "too early", "nonsense", "refused")


class Jumping(asyncio.SelectorEventLoop):
    """Its clock stands while something is to be done and jumps when everybody waits."""

    def __init__(self) -> None:
        self.at = 0.0
        super().__init__(_Selector(self))

    def time(self) -> float:
        return self.at


class _Selector(selectors.SelectSelector):
    def __init__(self, loop: Jumping) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is None:
            raise RuntimeError("everybody waits for nothing")
        self._loop.at += max(0.0, timeout)
        return super().select(0)


def in_own_time(work: Coroutine[Any, Any, T]) -> T:
    loop = Jumping()
    try:
        return loop.run_until_complete(work)
    finally:
        loop.close()


@dataclass(slots=True)
class Wire:
    """Answers as the server does, but for one item."""

    poisoned: str
    kind: str
    done: dict[str, float] = field(default_factory=dict)

    async def put(self, path: str, content: bytes, kind: str) -> Reply:
        item_id = path.rpartition("/")[2]
        if item_id == self.poisoned and self.kind:
            return await self._poison()
        await asyncio.sleep(ANSWER_S)
        self.done.setdefault(item_id, asyncio.get_running_loop().time())
        return reply(201, {"report_id": item_id, "digest": json.loads(content)["digest"]})

    async def _poison(self) -> Reply:
        if self.kind == "no answer":
            await asyncio.sleep(TIMEOUT_S)
            raise Unreachable
        await asyncio.sleep(ANSWER_S)
        match self.kind:
            case "503":
                return reply(503, {"code": "database_unavailable"}, retry_after="5")
            case "a fault":
                return reply(500, {"code": "fault"})
            case "too early":
                return reply(425, {"code": "predecessor_unanswered"}, retry_after="5")
            case "refused":
                return reply(422, {"code": "malformed"})
            case _:
                return Reply(200, {"content-type": "text/html"}, "<html>")

    async def get(self, path: str, query: Mapping[str, str]) -> Reply:
        raise Unreachable


def reply(status: int, said: Mapping[str, Any], retry_after: str = "0") -> Reply:
    kind = "application/json" if status < 400 else "application/problem+json"
    return Reply(status, {"content-type": kind, "x-app-ack": "1", "retry-after": retry_after}, json.dumps(said))


@dataclass(slots=True)
class Run:
    """When each item was taken by the server, and the longest wait that the poisoned one was given."""

    at: dict[str, float]
    step: float


def run(seed: int, kind: str) -> Run:
    return in_own_time(_run(seed, kind))


async def _run(seed: int, kind: str) -> Run:
    wire = Wire("", kind)
    phone = Phone(
        disk=Disk(),
        wire=wire,
        person="p",
        scopes=(),
        dice=random.Random(seed),
        now=lambda: datetime(2026, 11, 29, tzinfo=UTC),
        patience=Patience(),
    )
    for number in range(ITEMS):
        phone.report({"category": "litter_full", "note": str(number)})
    poisoned = list(phone.disk.items.values())[random.Random(seed).randrange(ITEMS)]
    wire.poisoned = poisoned.item_id
    running, step = asyncio.create_task(phone.run()), 0.0
    while len(wire.done) < ITEMS - bool(kind):
        await asyncio.sleep(0.05)
        step = max(step, poisoned.next_try_at - asyncio.get_running_loop().time())
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    attempt = TIMEOUT_S if kind == "no answer" else 0.0
    wire.done.pop(wire.poisoned, None)
    return Run(wire.done, max(1.0, step) + attempt)


def worst(seed: int, kind: str) -> tuple[float, float]:
    """The longest delay of another item in seconds, and the back-off step that it is held against."""
    clean, poisoned = run(seed, ""), run(seed, kind)
    return max(at - clean.at[item] for item, at in poisoned.at.items()), poisoned.step


def main() -> int:
    chosen = arguments("One poison item among fifty", SIZES)
    found = 0
    for kind in KINDS:
        delays = [(seed, *worst(seed, kind)) for seed in range(chosen.seed, chosen.seed + SIZES[chosen.size])]
        for seed, delay, step in delays:
            if delay > step:
                found += 1
                print(
                    f"Poison violated: I9: seed {seed}: {kind} delays another by {delay:.1f} s, a step is {step:.1f} s"
                )
        print(f"  {kind}: delays others by at most {max(delay for _, delay, _ in delays):.1f} s")
    print(f"Poison: {len(KINDS) * SIZES[chosen.size]} runs of {ITEMS}, {found} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
