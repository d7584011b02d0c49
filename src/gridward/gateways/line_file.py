"""A file of lines that is only ever added to, each line durable before anybody is told so."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from gridward.domain.errors import Refusal, Unavailable
from gridward.gateways.blobstore import NO_ROOM

BLOCK = 1 << 16


def add_lines(path: Path, lines: Sequence[str]) -> None:
    """Write lines at the end of a file that only its owner reads, and wait until the disk has them.

    Raises:
        Refusal: ``storage_full``. Unavailable: ``storage_unavailable``.
    """
    try:
        _add(path, "".join(f"{line}\n" for line in lines).encode())
    except OSError as error:
        if error.errno in NO_ROOM:
            raise Refusal("storage_full", of="disk", retry_after_s=60) from error
        raise Unavailable("storage_unavailable", why="folder", settings=["GRIDWARD_DATA"]) from error


def _add(path: Path, content: bytes) -> None:
    new = not path.exists()
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        # A line that a crash cut short was never relied on: it is overwritten, not continued.
        end = file.seek(0, os.SEEK_END)
        while end:
            start = max(0, end - BLOCK)
            file.seek(start)
            cut = file.read(end - start).rfind(b"\n") + 1
            end = start + cut
            if cut:
                break
        file.truncate(end)
        file.seek(end)
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if new:
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Each whole line with where it begins; a file that is not there has none."""
    if not path.exists():
        return
    with path.open("rb") as file:
        at = 0
        for content in file:
            if not content.endswith(b"\n"):
                return
            yield at, content[:-1].decode(errors="replace")
            at += len(content)


def line_at(path: Path, at: int) -> str:
    """The line that begins there."""
    with path.open("rb") as file:
        file.seek(at)
        return file.readline().rstrip(b"\n").decode(errors="replace")
