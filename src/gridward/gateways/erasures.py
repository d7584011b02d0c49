"""The ledger of erasures: a file beside the database, only ever added to, and in no backup of it."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from gridward.domain.erasure import Erasure, read_line
from gridward.domain.errors import Refusal, Unavailable
from gridward.gateways.blobstore import NO_ROOM

FILE = "erasures.jsonl"


class Ledger(Protocol):
    """Erasures in the order in which they were asked for. The same one twice is harmless."""

    async def add(self, erasure: Erasure) -> None:
        """Keep it durably; called before the erasure is committed, so that none is ever missing here.

        Raises:
            Refusal: ``storage_full``. Unavailable: ``storage_unavailable``.
        """

    async def all(self) -> Sequence[Erasure]:
        """Raises: Malformed: ``erasure_unreadable`` (``line``)."""


class FileLedger:
    """One JSON line per erasure in a file that only its owner reads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def add(self, erasure: Erasure) -> None:
        try:
            await asyncio.to_thread(self._add, erasure.line() + "\n")
        except OSError as error:
            if error.errno in NO_ROOM:
                raise Refusal("storage_full", of="disk", retry_after_s=60) from error
            raise Unavailable("storage_unavailable", why="folder", settings=["GRIDWARD_DATA"]) from error

    def _add(self, line: str) -> None:
        new = not self.path.exists()
        with os.fdopen(os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            # A line that a crash cut short was never committed: it is overwritten, not continued.
            whole = file.read()
            file.truncate(whole.rfind(b"\n") + 1)
            file.seek(0, os.SEEK_END)
            file.write(line.encode())
            file.flush()
            os.fsync(file.fileno())
        if new:
            folder = os.open(self.path.parent, os.O_RDONLY | os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    async def all(self) -> Sequence[Erasure]:
        return await asyncio.to_thread(self._all)

    def _all(self) -> Sequence[Erasure]:
        if not self.path.exists():
            return ()
        *whole, _cut_short = self.path.read_text().split("\n")
        return tuple(read_line(line, number) for number, line in enumerate(whole, 1))


class MemoryLedger:
    """The quiet twin: forgets everything when the process ends."""

    def __init__(self) -> None:
        self.erasures: list[Erasure] = []

    async def add(self, erasure: Erasure) -> None:
        self.erasures.append(erasure)

    async def all(self) -> Sequence[Erasure]:
        return tuple(self.erasures)
