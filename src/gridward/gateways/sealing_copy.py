"""A copy of the seals with somebody else: the file's own bytes, in their order, to an address of the operator's.

Each call brings what was added, whole lines, and says from which byte of the file on (``X-Gridward-At``): the receiver
writes it there, refuses to write over anything else, and has a file that ``verify-entries --anchors`` reads. Calls are
signed like webhooks. A call that was taken and not noted comes again with the same bytes at the same place.

How far the receiver has come is kept beside the file. It vouches for nothing: that the receiver said so is all we know, and
that it really has the seals is seen by reading its copy.
"""

from __future__ import annotations

import asyncio
import json
import os
from dataclasses import dataclass, field, replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

from gridward.gateways.channels.calling import TIMEOUT_S, Answer, Caller, Outcome
from gridward.gateways.channels.webhook import post_signed, secret_of

MOST_BYTES = 1 << 18
"""In one call, unless a single line is longer."""
SHORTENED = "file_shorter"
CHANGED = "file_changed"
LAST = 4096
"""Bytes before the place reached by which the file is known again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SealWebhook:
    """Who takes pieces of the file. Faults of the other side are answers. Without an address nobody is called.

    Args:
        key: The key of webhooks; what the receiver checks with is derived from it.
        allow_private, timeout_s: See :class:`gridward.gateways.channels.calling.Caller`.
    """

    key: bytes = field(repr=False)
    address: str
    allow_private: bool = False
    timeout_s: float = TIMEOUT_S

    @property
    def host(self) -> str:
        return urlsplit(self.address).netloc.rpartition("@")[2]

    @property
    def secret(self) -> str:
        return secret_of(self.key, b"seals")

    async def send(self, at: int, content: bytes, now: datetime) -> Answer:
        caller = Caller.of(self.address, allow_private=self.allow_private, timeout_s=self.timeout_s)
        headers = {"Content-Type": "application/x-ndjson", "X-Gridward-At": str(at)}
        return await post_signed(caller, self.address, content, headers, secret=self.secret, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the receiver has come. ``at``: bytes of the file; ``waits``: those that it has not taken yet.

    ``asked_at``, ``why``: the last call and what came of it, or why none could be made.
    """

    at: int = 0
    last: str = ""
    taken_at: datetime | None = None
    asked_at: datetime | None = None
    why: str | None = None
    waits: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarded:
    """``why_not``: the answer of a receiver that did not take it, or what is wrong with the file."""

    more: bool = False
    why_not: str | None = None


class SealCopy:
    """What was added to a file of seals, on its way to a receiver.

    Args:
        path: The file of seals.
    """

    def __init__(self, path: Path, receiver: SealWebhook) -> None:
        self.path, self.receiver = path, receiver
        self._kept = path.with_name(f"{path.stem}-sent.json")
        # An address may hold what lets in; it is kept nowhere but where it was set.
        self._address = sha256(receiver.address.encode()).hexdigest()

    def progress(self) -> Progress:
        """Another address has nothing yet."""
        size = self.path.stat().st_size if self.path.exists() else 0
        try:
            said = json.loads(self._kept.read_text())
            if said["address"] != self._address:
                return Progress(waits=size)
            instants = {name: said[name] and datetime.fromisoformat(said[name]) for name in ("taken_at", "asked_at")}
            at, last, why = int(said["at"]), str(said["last"]), said["why"]
        except (OSError, ValueError, KeyError, TypeError):
            return Progress(waits=size)
        return Progress(at=at, last=last, why=why, waits=max(0, size - at), **instants)

    async def forward(self, now: datetime) -> Forwarded:
        """Send the next piece, if there is one."""
        before = await asyncio.to_thread(self.progress)
        content, why_not = await asyncio.to_thread(self._next, before)
        answer = None
        if why_not is None:
            if not content:
                return Forwarded()
            answer = await self.receiver.send(before.at, content, now)
            why_not = None if answer.outcome is Outcome.taken else answer.why
        if answer is None or why_not is not None:
            await asyncio.to_thread(self._keep, replace(before, asked_at=now, why=why_not))
            return Forwarded(why_not=why_not)
        at = before.at + len(content)
        last = await asyncio.to_thread(self._mark, at)
        reached = replace(before, at=at, last=last, taken_at=now, asked_at=now, why=answer.why)
        await asyncio.to_thread(self._keep, reached)
        return Forwarded(more=before.waits > len(content))

    def _next(self, before: Progress) -> tuple[bytes, str | None]:
        if not self.path.exists():
            return b"", SHORTENED if before.at else None
        if self.path.stat().st_size < before.at:
            return b"", SHORTENED
        if before.at and self._mark(before.at) != before.last:
            return b"", CHANGED
        with self.path.open("rb") as file:
            file.seek(before.at)
            content = file.read(MOST_BYTES)
            whole = content.rfind(b"\n") + 1
            if not whole and len(content) == MOST_BYTES:
                content += file.readline()
                whole = len(content) if content.endswith(b"\n") else 0
        return content[:whole], None

    def _mark(self, at: int) -> str:
        start = max(0, at - LAST)
        with self.path.open("rb") as file:
            file.seek(start)
            return sha256(file.read(at - start)).hexdigest()

    def _keep(self, reached: Progress) -> None:
        said = {
            "address": self._address,
            "at": reached.at,
            "last": reached.last,
            "taken_at": reached.taken_at and reached.taken_at.isoformat(),
            "asked_at": reached.asked_at and reached.asked_at.isoformat(),
            "why": reached.why,
        }
        draft = self._kept.with_suffix(".draft")
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(said, file)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(self._kept)
