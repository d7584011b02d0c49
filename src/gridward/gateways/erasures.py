"""The ledger of erasures: a file beside the database, only ever added to, and in no backup of it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from gridward.domain.erasure import Erasure, read_line
from gridward.gateways.line_file import add_lines, read_lines

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
        await asyncio.to_thread(add_lines, self.path, [erasure.line()])

    async def all(self) -> Sequence[Erasure]:
        return await asyncio.to_thread(self._all)

    def _all(self) -> Sequence[Erasure]:
        return tuple(read_line(line, number) for number, (_, line) in enumerate(read_lines(self.path), 1))


class MemoryLedger:
    """The quiet twin: forgets everything when the process ends."""

    def __init__(self) -> None:
        self.erasures: list[Erasure] = []

    async def add(self, erasure: Erasure) -> None:
        self.erasures.append(erasure)

    async def all(self) -> Sequence[Erasure]:
        return tuple(self.erasures)
