"""Passwords: argon2id, checked beside the event loop, a few at a time (each takes 64 MiB for a moment)."""

from __future__ import annotations

import asyncio

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

AT_ONCE = 2


class Passwords:
    """Hashes and checks. Checking against nobody costs as much as checking against somebody."""

    def __init__(self, hasher: Argon2Hasher | None = None) -> None:
        self._hashing = PasswordHash((hasher or Argon2Hasher(),))
        self._turns = asyncio.Semaphore(AT_ONCE)

    @classmethod
    def cheap(cls) -> Passwords:
        """The twin for tests and invented cities: the same algorithm with the least cost."""
        return cls(Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1))

    async def hashed(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hashing.hash, password)

    async def matches(self, password: str, stored: str | None) -> bool:
        """Whether this is the password behind the stored hash; with None the work is done for nothing."""
        async with self._turns:
            if stored is None:
                await asyncio.to_thread(self._hashing.hash, password)
                return False
            return await asyncio.to_thread(self._hashing.verify, password, stored)
