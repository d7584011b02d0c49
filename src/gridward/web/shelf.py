"""Answers made lately, for everybody who may see the same: after a change each is made once, not once for each desk.

A part of the process, like the engine. What is kept never grows old: its key holds the state that it was made from.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable

MOST_BYTES = 32 << 20
KEY_BYTES = 1_000
"""What the key of an answer takes, about: a thousand empty answers are not nothing."""


class Shelf:
    """The answers asked for last, up to so many bytes. Zero bytes: everybody has their own made."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most, self._held = most_bytes, 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._making: dict[Hashable, asyncio.Future[bytes | None]] = {}

    async def get(self, key: Hashable, make: Callable[[], Awaitable[bytes]]) -> bytes:
        """What is kept under this key; else made now, by the first of those who ask at the same time.

        When that one is called off or fails, the next one makes it.
        """
        if not self._most:
            return await make()
        while (making := self._making.get(key)) is not None:
            if (made := await asyncio.shield(making)) is not None:
                return made
        if (kept := self._kept.get(key)) is not None:
            self._kept.move_to_end(key)
            return kept
        mine = self._making[key] = asyncio.get_running_loop().create_future()
        answer = None
        try:
            answer = await make()
        finally:
            del self._making[key]
            mine.set_result(answer)
        self._keep(key, answer)
        return answer

    def _keep(self, key: Hashable, answer: bytes) -> None:
        if KEY_BYTES + len(answer) > self._most:
            return
        self._kept[key] = answer
        self._held += KEY_BYTES + len(answer)
        while self._held > self._most:
            _, oldest = self._kept.popitem(last=False)
            self._held -= KEY_BYTES + len(oldest)
