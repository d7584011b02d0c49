"""The places of one process, and who gets the next one: what matters most, not who came first.

A class of work may use at most its share, counted together with all that matters less, so some room is always left for
what matters more. Who finds none waits a short while and is then told when to come again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.persistence.database import ReadSession, read_transaction


class Work(IntEnum):
    """Classes of work, what matters most first."""

    REPORT = 0
    OPERATION = 1
    PULL = 2
    READ = 3
    TILE = 4
    EXPORT = 5


SHARE: Mapping[Work, float] = {
    Work.REPORT: 1.0,
    Work.OPERATION: 0.8,
    Work.PULL: 0.6,
    Work.READ: 0.4,
    Work.TILE: 0.3,
    Work.EXPORT: 0.1,
}
"""Of what is done at once: the most for a class together with all classes after it; never less than one."""

PATIENCE_S: Mapping[Work, float] = {
    Work.REPORT: 4.0,
    Work.OPERATION: 3.0,
    Work.PULL: 2.0,
    Work.READ: 2.0,
    Work.TILE: 2.0,
    Work.EXPORT: 1.0,
}


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much one process does at once: ``requests`` with a place in the database, ``uploads`` of photos beside them,
    and ``streams``, which hold a connection to a browser and none to the database."""

    requests: int = 10
    uploads: int = 64
    streams: int = 500


class TurnedAway(Exception):
    """No room within the patience of this class."""

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(retry_after_s)
        self.retry_after_s = retry_after_s


MEMORY_S = 30.0
SHORTEST_S, LONGEST_S = 2, 60
LEAST_SPREAD_S = 8
WAITING_PER_PLACE = 40
"""So many may stand in a class's queue for each place: more than can be served within its patience."""


class Rush:
    """How crowded it was during the last 30 seconds, and when to come again for that reason."""

    def __init__(self) -> None:
        self._served: deque[float] = deque()
        self._turned_away: deque[float] = deque()

    def served(self, at: float) -> None:
        self._note(self._served, at)

    def turned_away(self, at: float) -> None:
        self._note(self._turned_away, at)

    def _note(self, times: deque[float], at: float) -> None:
        times.append(at)
        self._recent(times, at)

    @staticmethod
    def _recent(times: deque[float], at: float) -> int:
        while times and times[0] < at - MEMORY_S:
            times.popleft()
        return len(times)

    def hint_s(self, at: float) -> int:
        """Over how many seconds those who were turned away should spread: as long as serving them takes; 0 in peace."""
        crowd = self._recent(self._turned_away, at)
        if crowd == 0:
            return 0
        per_s = max(1.0, self._recent(self._served, at) / MEMORY_S)
        return min(LONGEST_S, max(LEAST_SPREAD_S, round(crowd / per_s)))

    def come_again_s(self, at: float) -> int:
        """Whole seconds, drawn anew for each who asks."""
        return SHORTEST_S + secrets.randbelow(max(LEAST_SPREAD_S, self.hint_s(at)) + 1)


class Gate:
    """The places of one process. All of it runs on one event loop, so nothing here needs a lock."""

    def __init__(self, sizes: Sizes | None = None, patience_s: Mapping[Work, float] = PATIENCE_S) -> None:
        self.sizes = sizes or Sizes()
        self._patience_s = patience_s
        self._most = {work: max(1, int(self.sizes.requests * share)) for work, share in SHARE.items()}
        self._in_use = dict.fromkeys(Work, 0)
        self._queues: dict[Work, deque[asyncio.Future[None]]] = {work: deque() for work in Work}
        self._uploads = 0
        self._streams = 0
        self.rush, self.upload_rush = Rush(), Rush()
        """Apart: opening a picture takes several times what a request does, and a crowd of one is told so."""

    @property
    def waiting(self) -> int:
        """How many stand in the queues."""
        return sum(len(queue) for queue in self._queues.values())

    def _fits(self, work: Work) -> bool:
        """Whether a place is free: for every class that matters as much or more, its share holds."""
        return all(
            sum(self._in_use[each] for each in Work if each >= kind) < self._most[kind] for kind in Work if kind <= work
        )

    async def enter(self, work: Work) -> None:
        """Take a place, waiting for it at most this class's patience.

        Raises:
            TurnedAway: with when to come again.
        """
        waiting = self._queues[work]
        if not any(self._queues[each] for each in Work if each <= work) and self._fits(work):
            self._in_use[work] += 1
            return
        if len(waiting) >= WAITING_PER_PLACE * self._most[work]:
            raise self._away(self.rush)
        turn = asyncio.get_running_loop().create_future()
        waiting.append(turn)
        try:
            async with asyncio.timeout(self._patience_s[work]):
                await turn
        except TimeoutError:
            if turn.cancelled() or not turn.done():
                self._forget(work, turn)
                raise self._away(self.rush) from None
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.leave(work)
            else:
                self._forget(work, turn)
            raise

    def _forget(self, work: Work, turn: asyncio.Future[None]) -> None:
        turn.cancel()
        if turn in self._queues[work]:
            self._queues[work].remove(turn)
        self._give_on()

    def leave(self, work: Work) -> None:
        """Give the place back; whoever waits for the most important work gets it."""
        self._in_use[work] -= 1
        self.rush.served(asyncio.get_running_loop().time())
        self._give_on()

    def _give_on(self) -> None:
        for work in Work:
            waiting = self._queues[work]
            while waiting and self._fits(work):
                turn = waiting.popleft()
                if not turn.done():
                    self._in_use[work] += 1
                    turn.set_result(None)

    def take_upload(self) -> None:
        """Raises: TurnedAway. Nobody waits here: a phone that waits holds the connection it would send on."""
        if self._uploads >= self.sizes.uploads:
            raise self._away(self.upload_rush)
        self._uploads += 1

    def end_upload(self) -> None:
        self._uploads -= 1
        self.upload_rush.served(asyncio.get_running_loop().time())

    def take_stream(self) -> None:
        """Raises: TurnedAway. Nobody waits: a desk without a stream asks again by itself."""
        if self._streams >= self.sizes.streams:
            raise self._away(self.rush)
        self._streams += 1

    def end_stream(self) -> None:
        self._streams -= 1

    def _away(self, rush: Rush) -> TurnedAway:
        at = asyncio.get_running_loop().time()
        rush.turned_away(at)
        return TurnedAway(rush.come_again_s(at))

    def hint_s(self) -> int:
        """What ``hello`` says: seconds over which to spread what is not urgent; 0 in peace."""
        at = asyncio.get_running_loop().time()
        return max(self.rush.hint_s(at), self.upload_rush.hint_s(at))


PATIENCE = 30
"""How often a page of a long list asks for a place before the list ends where it is."""

Line = TypeVar("Line")


async def page_out(
    gate: Gate, engine: AsyncEngine, read: Callable[[ReadSession], Awaitable[list[Line]]]
) -> list[Line] | None:
    """The next page of a long list going out, in a transaction of its own; None: for a long while there was no place."""
    for _ in range(PATIENCE):
        try:
            await gate.enter(Work.EXPORT)
        except TurnedAway:
            continue
        try:
            async with read_transaction(engine) as session:
                return await read(session)
        finally:
            gate.leave(Work.EXPORT)
    return None
