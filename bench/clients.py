"""Sixteen clients that ask without a pause, over connections that stay open."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

CLIENTS = 16
READ_AT_ONCE = 1 << 20
"""Bytes that a client takes without stopping its connection: a tile has some hundred thousand, and what the client spends on it
is taken from the server on the same two processors."""
WARM_UP = 0.4
"""Share of the time before what counts."""


@dataclass(slots=True)
class Outcome:
    """Latencies in seconds, of the answers that came after the warm-up."""

    seconds: float
    latencies: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    bytes: int = 0
    complaint: str = ""
    answered: int = 0
    """With those of the warm-up."""

    @property
    def per_second(self) -> float:
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] * 1000 if ordered else 0.0

    def words(self) -> str:
        return f"p50 {self.percentile(50):.1f} ms, p99 {self.percentile(99):.1f} ms, {dict(self.statuses)}"


async def load(origin: str, requests: Iterator[bytes], *, seconds: float, clients: int = CLIENTS) -> Outcome:
    """Send the requests, each by the next free client, until the time is over or there are no more."""
    began = time.perf_counter()
    counted_from, until = began + seconds * WARM_UP, began + seconds * (1 + WARM_UP)
    outcome = Outcome(seconds)
    at = urlsplit(origin)
    assert at.hostname
    last = began

    async def client() -> None:
        nonlocal last
        reader, writer = await asyncio.open_connection(at.hostname, at.port, limit=READ_AT_ONCE)
        for request in requests:
            sent = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            body = await _body(reader, head)
            now = last = time.perf_counter()
            outcome.answered += 1
            if sent >= counted_from:
                outcome.latencies.append(now - sent)
                outcome.statuses[int(head[9:12])] += 1
                outcome.bytes += len(body)
                if head[9:10] not in (b"2", b"3") and not outcome.complaint:
                    outcome.complaint = body[:300].decode(errors="replace")
            if now >= until:
                break
        writer.close()

    await asyncio.gather(*(client() for _ in range(clients)))
    outcome.seconds = max(last - counted_from, 1e-9)
    return outcome


async def _body(reader: asyncio.StreamReader, head: bytes) -> bytes:
    lower = head.lower()
    if head[9:12] == b"304":
        return b""
    at = lower.find(b"content-length:")
    if at >= 0:
        return await reader.readexactly(int(lower[at + 15 : lower.find(b"\r", at)]))
    chunks = []
    while size := int(await reader.readuntil(b"\r\n"), 16):
        chunks.append(await reader.readexactly(size))
        await reader.readexactly(2)
    await reader.readexactly(2)
    return b"".join(chunks)


def request(
    method: str, path: str, *, cookie: str, body: bytes = b"", accept: str = "identity", tag: str | None = None
) -> bytes:
    """One request of our own pages."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Cookie: sid={cookie}",
        "X-Gridward: 1",
        f"Accept-Encoding: {accept}",
    ]
    if tag is not None:
        lines.append(f"If-None-Match: {tag}")
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body
