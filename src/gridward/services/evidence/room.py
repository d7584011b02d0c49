"""How much of photos may be in memory at once.

Counted in bytes, not in photos: a phone sends some 300 KB, and hundreds of those may come side by side where a handful
of the largest would already fill a small server.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from gridward.domain.errors import Unavailable

MEMORY_BYTES = 192 * 1024 * 1024
PATIENCE_S = 2.0
AGAIN_S = range(5, 20)
"""When to come again: a crowd that is turned away together must not come back together."""


class Room:
    """Memory that uploads share, from their first byte until their files are stored.

    Args:
        total_bytes: At least as much as the largest photo that is taken.
        patience_s: How long an upload may wait for others to finish before it is turned away.
    """

    def __init__(self, total_bytes: int = MEMORY_BYTES, *, patience_s: float = PATIENCE_S) -> None:
        self._free = total_bytes
        self._patience_s = patience_s
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def take(self, size: int) -> AsyncIterator[None]:
        """Hold ``size`` bytes.

        Raises:
            Unavailable: ``photo_busy``; the phone keeps the photo and comes again.
        """
        async with self._changed:
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._changed.wait_for(lambda: self._free >= size)
            except TimeoutError as error:
                raise Unavailable("photo_busy", retry_after_s=secrets.choice(AGAIN_S)) from error
            self._free -= size
        try:
            yield
        finally:
            self._free += size
            async with self._changed:
                self._changed.notify_all()
