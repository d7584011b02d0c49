"""The longest list there is as a file: how fast it comes, what it costs in memory, and what others wait meanwhile."""

from __future__ import annotations

import asyncio
import re
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from bench.city.settling import cookie
from bench.clients import Outcome, load, request
from bench.installation import RUN, Installation, connect
from bench.report import Line
from bench.spending import forget_peaks, resident_mb
from gridward.gateways.sheets import MOST_ROWS

PORT = 18_321
PROCESSES = 2
ZONE = ZoneInfo("Asia/Shanghai")
LONGEST = timedelta(days=1_095)
"""Three years: nothing in the city is older."""
MOST_MB = 200.0
SMALL_MS = 500.0
BETWEEN_S = 0.1
"""Between two small requests: a desk asks, it does not hammer."""
SMALL = request("GET", "/api/v1/tickets/counts", cookie=cookie(-2))


@dataclass(slots=True)
class File:
    """As a browser takes it, compressed on the way. ``lines`` counts those of a text, heading and last words too.

    ``said``: rows of the whole list; one file holds :data:`MOST_ROWS` of them and says where the rest is.
    """

    said: int = 0
    lines: int = 0
    size: int = 0
    on_the_way: int = 0
    first_s: float = 0.0
    seconds: float = 0.0
    end: bytes = b""
    status: bytes = b""


@asynccontextmanager
async def asked_meanwhile(origin: str) -> AsyncIterator[Outcome]:
    """Small requests, each over a connection of its own: whichever process takes it."""
    outcome, at = Outcome(0.0), urlsplit(origin)

    async def ask() -> None:
        while True:
            began = time.perf_counter()
            reader, writer = await asyncio.open_connection(at.hostname, at.port)
            writer.write(SMALL)
            head = await reader.readuntil(b"\r\n\r\n")
            await reader.readexactly(int(head.lower().split(b"content-length:")[1].split(b"\r")[0]))
            writer.close()
            outcome.latencies.append(time.perf_counter() - began)
            outcome.statuses[int(head[9:12])] += 1
            await asyncio.sleep(BETWEEN_S)

    asking = asyncio.create_task(ask())
    try:
        yield outcome
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)


async def _chunks(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    while size := int(await reader.readuntil(b"\r\n"), 16):
        yield await reader.readexactly(size)
        await reader.readexactly(2)


async def _fetch(origin: str, path: str) -> File:
    at, file = urlsplit(origin), File()
    began = time.perf_counter()
    reader, writer = await asyncio.open_connection(at.hostname, at.port, limit=16_000_000)
    writer.write(request("GET", path, cookie=cookie(-1), accept="gzip"))
    head = await reader.readuntil(b"\r\n\r\n")
    file.status = head[9:12]
    lower = head.lower()
    if file.status != b"200":
        file.end = head
        return file
    file.said = int(lower.split(b"x-rows:")[1].split(b"\r")[0])
    unpacked = zlib.decompressobj(wbits=31) if b"content-encoding: gzip" in lower else None
    async for chunk in _chunks(reader):
        file.first_s = file.first_s or time.perf_counter() - began
        content = unpacked.decompress(chunk) if unpacked else chunk
        file.on_the_way += len(chunk)
        file.size += len(content)
        file.lines += content.count(b"\n")
        file.end = (file.end + content)[-2000:]
    file.seconds = time.perf_counter() - began
    writer.close()
    return file


async def measure(installation: Installation) -> list[Line]:
    connection = await connect(installation, RUN)
    await connection.execute("UPDATE session SET seen_at = now(), created_at = now()")
    newest = await connection.fetchval("SELECT max(received_at) FROM ticket")
    await connection.close()
    last = newest.astimezone(ZONE).date()
    asked = {"set": "ticket.accepted", "from": str(last - LONGEST), "to": str(last)}
    lines = []
    with installation.serving(RUN, processes=PROCESSES, port=PORT) as origin:
        # What every process needs once is there before memory is looked at.
        await load(origin, iter([SMALL] * 200), seconds=30)
        for form in ("csv", "xlsx"):
            for _ in range(2 * PROCESSES):
                await _fetch(origin, _path({**asked, "format": form, "limit": "4000"}))
        async with asked_meanwhile(origin) as alone:
            await asyncio.sleep(max(1.0, installation.size.seconds / 4))
        for form in ("csv", "xlsx"):
            before = resident_mb(installation)
            forget_peaks(installation)
            async with asked_meanwhile(origin) as beside:
                file = await _fetch(origin, _path({**asked, "format": form}))
            lines.append(_line(form, file, before, resident_mb(installation, peak=True), alone, beside))
    return lines


def _path(asked: dict[str, str]) -> str:
    return f"/api/v1/figures/export?{urlencode(asked)}"


def _line(form: str, file: File, before: float, peak: float, alone: Outcome, beside: Outcome) -> Line:
    wanted = min(file.said, MOST_ROWS)
    told = re.search(r"本文件 (\d+) 行", file.end.decode(errors="replace"))
    whole = (
        told is not None and int(told[1]) == wanted and file.lines > wanted
        if form == "csv"
        else b"PK\x05\x06" in file.end
    )
    grown, p95 = peak - before, beside.percentile(95)
    answered = set(beside.statuses) <= {200}
    return Line(
        key=f"export-{form}",
        what=f"everything that was ever accepted as {form} through HTTP, {PROCESSES} processes, a desk asking for its "
        f"counts every {BETWEEN_S:.1f} s meanwhile",
        measured=f"{wanted:,} of {file.said:,} rows in {file.seconds:.1f} s = {wanted / max(file.seconds, 1e-9):,.0f}/s; "
        f"memory {before:.0f} → {peak:.0f} MB; small requests p50 {beside.percentile(50):.0f} ms, p95 {p95:.0f} ms "
        f"(alone {alone.percentile(95):.0f} ms)",
        target=f"grows by < {MOST_MB:.0f} MB, p95 < {SMALL_MS:.0f} ms",
        held=file.status == b"200" and whole and answered and grown < MOST_MB and p95 < SMALL_MS,
        details={
            "first bytes after": f"{file.first_s:.2f} s",
            "size": f"{file.size / 1e6:.1f} MB, {file.on_the_way / 1e6:.1f} MB on the way",
            "small requests": f"{len(beside.latencies)}, longest {beside.percentile(100):.0f} ms, {dict(beside.statuses)}",
            **({} if whole else {"it ended early": file.end.decode(errors="replace")}),
        },
    )
