"""Where seals are kept outside the database: a file beside the photos, only ever added to, and in no backup."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Protocol

from gridward.domain.sealing import Anew, Seal, line, read_line
from gridward.gateways.line_file import add_lines, line_at, read_lines

FILE = "seals.jsonl"


class Anchors(Protocol):
    """Seals in the order in which they were made. The same one twice is harmless."""

    async def add(self, anchored: Sequence[Seal | Anew]) -> None:
        """Keep them durably.

        Raises:
            Refusal: ``storage_full``. Unavailable: ``storage_unavailable``.
        """

    def read(self) -> Iterator[tuple[int, Seal | Anew]]:
        """Everything, each with the place by which :meth:`at` finds it again.

        Raises:
            Malformed: ``anchor_unreadable`` (``line``).
        """

    def at(self, place: int) -> Seal | Anew: ...


class FileAnchors:
    """One JSON line for each in a file that only its owner reads."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def add(self, anchored: Sequence[Seal | Anew]) -> None:
        await asyncio.to_thread(add_lines, self.path, [line(one) for one in anchored])

    def read(self) -> Iterator[tuple[int, Seal | Anew]]:
        for number, (at, text) in enumerate(read_lines(self.path), 1):
            yield at, read_line(text, number)

    def at(self, place: int) -> Seal | Anew:
        return read_line(line_at(self.path, place), 0)


class MemoryAnchors:
    """The quiet twin: forgets everything when the process ends."""

    def __init__(self) -> None:
        self.anchored: list[Seal | Anew] = []

    async def add(self, anchored: Sequence[Seal | Anew]) -> None:
        self.anchored += anchored

    def read(self) -> Iterator[tuple[int, Seal | Anew]]:
        return enumerate(self.anchored)

    def at(self, place: int) -> Seal | Anew:
        return self.anchored[place]
