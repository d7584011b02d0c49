"""Desks that follow the feed while reports come in: how long after its sending each report is on every desk."""

from __future__ import annotations

import asyncio
import itertools
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import urlsplit

from bench.city.settling import cookie
from bench.installation import RUN, Installation, connect
from bench.lines.filing import PROCESSES, prepare
from bench.report import Line
from bench.spending import by_statement, each, forget_statements, processor_seconds

PORT = 18_319
DESKS = 200
VIEWERS = 16
PER_SECOND = 20.0
MEDIAN_S, P99_S = 1.0, 3.0
LEAST_REPORTS = 40
TRIES = 20
STRAGGLERS_S = 15.0
"""So long after the last report the desks are waited for; what has not arrived then is missing."""

TICKET = re.compile(rb'"entity":"ticket","id":"([0-9a-f-]{36})"')


@dataclass(slots=True)
class Reports:
    """Moments of this process's own clock, by report. A report that founds a ticket has the ticket's id."""

    sent: dict[bytes, float] = field(default_factory=dict)
    answered: dict[bytes, float] = field(default_factory=dict)
    joined: int = 0
    statuses: Counter[int] = field(default_factory=Counter)


@dataclass(slots=True)
class Desk:
    arrived: dict[bytes, float] = field(default_factory=dict)
    events: int = 0
    bytes: int = 0
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    broken: str = ""


@lru_cache(maxsize=4096)
def _tickets(data: bytes) -> tuple[bytes, ...]:
    """Desks with one view are told the same text; it is read once."""
    return tuple(TICKET.findall(data))


async def _opened(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, viewer: int) -> bytes:
    writer.write(
        f"GET /api/v1/changes/stream HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: sid={cookie(-1 - viewer)}\r\n\r\n".encode()
    )
    return await reader.readuntil(b"\r\n\r\n")


async def _follow(origin: str, viewer: int, desk: Desk) -> None:
    """As a desk does: whoever is turned away at the door comes again."""
    at = urlsplit(origin)
    for _ in range(TRIES):
        reader, writer = await asyncio.open_connection(at.hostname, at.port, limit=4_000_000)
        head = await _opened(reader, writer, viewer)
        if not head.startswith(b"HTTP/1.1 503"):
            break
        writer.close()
        await asyncio.sleep(1.0 + viewer / VIEWERS)
    if not head.startswith(b"HTTP/1.1 200"):
        desk.broken = head.split(b"\r\n")[0].decode()
        desk.begun.set()
        return
    try:
        while line := await reader.readline():
            desk.bytes += len(line)
            if line.startswith(b"event: "):
                desk.events += 1
                desk.begun.set()
            elif line.startswith(b'data: {"changes"'):
                now = time.perf_counter()
                for ticket in _tickets(line):
                    desk.arrived.setdefault(ticket, now)
    finally:
        writer.close()


async def _file(origin: str, requests: Iterator[bytes], seconds: float, reports: Reports) -> None:
    """So many a second, each by a connection of its own kind of phone: one that waits for its answer delays no other."""
    at = urlsplit(origin)
    idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def one(request: bytes) -> None:
        while idle and idle[-1][0].at_eof():
            # The server closes a connection that nobody used for some seconds.
            idle.pop()[1].close()
        reader, writer = idle.pop() if idle else await asyncio.open_connection(at.hostname, at.port)
        report_id = request.split(b" ", 2)[1].rsplit(b"/", 1)[1]
        reports.sent[report_id] = time.perf_counter()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head.lower())[1])  # type: ignore[index]
        body = await reader.readexactly(length)
        reports.answered[report_id] = time.perf_counter()
        reports.statuses[int(head[9:12])] += 1
        if b'"joined":true' in body:
            reports.joined += 1
            del reports.sent[report_id]
        idle.append((reader, writer))

    began, running = time.perf_counter(), set[asyncio.Task[None]]()
    for number in range(max(LEAST_REPORTS, round(seconds * PER_SECOND))):
        await asyncio.sleep(max(0.0, began + number / PER_SECOND - time.perf_counter()))
        running.add(asyncio.create_task(one(next(requests))))
    await asyncio.gather(*running)
    for _, writer in idle:
        writer.close()


async def measure(installation: Installation) -> list[Line]:
    requests = await prepare(installation, "live")
    seconds = installation.size.seconds * 4.0
    connection = await connect(installation, RUN)
    desks, reports = [Desk() for _ in range(DESKS)], Reports()
    with installation.serving(RUN, processes=PROCESSES, port=PORT) as origin:
        await _file(origin, itertools.islice(requests, LEAST_REPORTS), 0, Reports())
        following = [asyncio.create_task(_follow(origin, number % VIEWERS, desk)) for number, desk in enumerate(desks)]
        async with asyncio.timeout(60):
            for desk in desks:
                await desk.begun.wait()
        await forget_statements(connection)
        before = processor_seconds(installation)
        await _file(origin, requests, seconds, reports)
        until = time.perf_counter() + STRAGGLERS_S
        while time.perf_counter() < until and any(reports.sent.keys() - desk.arrived.keys() for desk in desks):
            await asyncio.sleep(0.05)
        spent = each(before, processor_seconds(installation), len(reports.sent))
        in_database, by_what = await by_statement(connection, len(reports.sent), shown=6)
        for task in following:
            task.cancel()
        await asyncio.gather(*following, return_exceptions=True)
    await connection.close()
    return [
        _line(
            desks,
            reports,
            {
                "processor time per report": spent,
                "database time per report": f"{in_database:.2f} ms",
                "by statement": by_what,
            },
        )
    ]


def _line(desks: list[Desk], reports: Reports, details: dict[str, object]) -> Line:
    late = sorted(desk.arrived[one] - at for desk in desks for one, at in reports.sent.items() if one in desk.arrived)
    after = sorted(
        max(0.0, desk.arrived[one] - reports.answered[one])
        for desk in desks
        for one in reports.sent
        if one in desk.arrived
    )
    missing = sum(len(reports.sent.keys() - desk.arrived.keys()) for desk in desks)
    worst = [
        _at([desk.arrived[one] - at for one, at in reports.sent.items() if one in desk.arrived], 50) for desk in desks
    ]
    broken = Counter(desk.broken for desk in desks if desk.broken)
    good = bool(late) and not missing and not broken and set(reports.statuses) == {201}
    return Line(
        key="live",
        what=f"{DESKS} desks follow, {PER_SECOND:.0f} reports a second, {PROCESSES} processes: from sending a report to "
        "its arrival at each desk",
        measured=f"median {_at(late, 50):.2f} s, p99 {_at(late, 99):.2f} s, longest {_at(late, 100):.2f} s; "
        f"after the report's answer median {_at(after, 50):.2f} s, p99 {_at(after, 99):.2f} s; "
        f"{len(late):,} arrivals of {len(reports.sent)} reports, {missing} missing",
        target=f"median ≤ {MEDIAN_S:.0f} s, p99 ≤ {P99_S:.0f} s, none missing",
        held=good and _at(late, 50) <= MEDIAN_S and _at(late, 99) <= P99_S,
        details={
            "median of the slowest desk": f"{max(worst, default=0.0):.2f} s",
            "answers to the reports": dict(reports.statuses),
            "joined to another ticket, not counted": reports.joined,
            "events per desk": sum(desk.events for desk in desks) // len(desks),
            "bytes per desk": sum(desk.bytes for desk in desks) // len(desks),
            **({"desks without a stream": dict(broken)} if broken else {}),
            **details,
        },
    )


def _at(ordered: list[float], percent: float) -> float:
    """A percentile; the list need not be sorted."""
    ordered = sorted(ordered)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0
