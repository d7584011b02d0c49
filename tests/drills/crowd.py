"""A crowd comes out of the underground at once: every phone sends what it has saved, one small server takes it all in.

``python -m drills.crowd --seed 1 --size full``: 1,000 phones with 5 reports and 5 photos each. The phones are the
reference phones, the server is ``gridward serve`` with its defaults. What must hold: everything delivered within 300 s and
there once; no answer of 5xx but 503 with ``Retry-After``; nothing sent again before that; at most 6 requests for each report
with its photo, whatever they ask for.
"""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

from PIL import Image
from sqlalchemy import text

import build
from cast import LANE, Town, settle
from drills.arguments import arguments
from drills.phone import Disk, Item, Patience, Phone, Reply, Unreachable
from drills.stage import Stage, staged
from drills.wire import HttpWire
from filing import open_town
from gridward.domain.accounts import Role, ScopeKind
from gridward.persistence.database import WriteSession
from gridward.web.changes import PAGE

REPORTS = 5
PROCESSES = 2
"""Of the API: one for each core of the machine that the limit in time is for."""
MOST_S = 300.0
MOST_REQUESTS = 6.0
EARLY_S = 0.05
"""How far the clocks of two coroutines may be apart before a repeat counts as too early."""

SIZES = {"tiny": 20, "short": 100, "full": 1_000}


def picture_of(dice: random.Random) -> bytes:
    """As a phone sends it: 1,600 × 1,200, some 320 KB."""
    small = Image.frombytes("RGB", (400, 300), dice.randbytes(400 * 300 * 3))
    out = BytesIO()
    small.resize((1600, 1200), Image.Resampling.BICUBIC).save(out, "JPEG", quality=30)
    return out.getvalue()


class Album(dict[str, bytes]):
    """Photos of a phone; all share one picture and differ in what follows its end, so that 5,000 fit in memory."""

    def __init__(self, base: bytes) -> None:
        super().__init__()
        self.base = base

    def add(self, own: bytes) -> str:
        sha = hashlib.sha256(self.base + own).hexdigest()
        self[sha] = own
        return sha

    def __getitem__(self, sha: str) -> bytes:
        return self.base + super().__getitem__(sha)


@dataclass(slots=True)
class Seen:
    """What the wires saw, of all phones together."""

    answers: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    puts: int = 0
    wrong: list[str] = field(default_factory=list)
    sent_bytes: int = 0


class CrowdWire:
    """A wire of its own kept connections, which tells what it saw."""

    def __init__(self, port: Callable[[], int], token: str, seen: Seen) -> None:
        self._wire = HttpWire(port, lambda: token, patience_s=120, keeps=True)
        self._seen = seen
        self._not_before: dict[str, float] = {}

    async def put(self, path: str, content: bytes, kind: str) -> Reply:
        now = asyncio.get_running_loop().time()
        if now < self._not_before.get(path, 0.0) - EARLY_S:
            self._seen.wrong.append(f"{path} was sent {self._not_before[path] - now:.1f} s before its Retry-After")
        self._seen.puts += 1
        self._seen.sent_bytes += len(content)
        reply = await self._seeing(self._wire.put(path, content, kind))
        self._seen.answers[f"{'photo' if '/photos/' in path else 'report'} {reply.status}"] += 1
        if reply.status >= 500 and (reply.status != 503 or "retry-after" not in reply.headers):
            self._seen.wrong.append(f"{path}: {reply.status} {reply.text[:200]}")
        self._not_before[path] = asyncio.get_running_loop().time() + reply.retry_after_s
        return reply

    async def get(self, path: str, query: Mapping[str, str]) -> Reply:
        reply = await self._seeing(self._wire.get(path, query))
        self._seen.answers[f"{path.rsplit('/', 1)[1]} {reply.status}"] += 1
        return reply

    async def _seeing(self, asking: Awaitable[Reply]) -> Reply:
        self._seen.requests += 1
        try:
            return await asking
        except Unreachable as broken:
            self._seen.answers[f"no answer ({broken})"] += 1
            raise

    def close(self) -> None:
        self._wire.close()


@dataclass(frozen=True, slots=True)
class Carrier:
    person_id: str
    token: str


async def crowd_of(session: WriteSession, town: Town, number: int) -> list[Carrier]:
    """Volunteers of one community, each signed in on a phone."""
    now, made = datetime.now(UTC), []
    since = now - timedelta(days=30)
    for count in range(number):
        person = await build.person(
            session, town.jurisdiction_id, f"志愿者{count:04d}", f"138{count:08d}", community_id=town.community_id, since=since
        )  # fmt: skip
        await build.grant(
            session,
            town.jurisdiction_id,
            person,
            Role.volunteer,
            ScopeKind.community,
            town.community_id,
            since=since,
        )
        made.append(Carrier(str(person), await build.signed_in(session, town.jurisdiction_id, person, now)))
    return made


def underground(phone: Phone, album: Album, dice: random.Random) -> None:
    """Five things saved, with a photo each, before there is any network."""
    for number in range(REPORTS):
        own = f"{phone.person} {number}".encode()
        lon, lat = LANE
        place = {
            "lon": lon + dice.uniform(-1, 1) * 0.0003,
            "lat": lat + dice.uniform(-1, 1) * 0.0003,
            "accuracy_m": 8,
            "age_s": 1,
            "source": "gps",
        }
        category = dice.choice(("litter_full", "dumping"))
        item = phone.report({"category": category, "location": place, "note": f"第{number}件"}, [album.base + own])
        assert album.add(own) == item.photos[0]


async def drill(stage: Stage, number: int, dice: random.Random) -> list[str]:
    async def arrange(session: WriteSession) -> tuple[Town, list[Carrier]]:
        town = await settle(session)
        await open_town(session, town, datetime.now(UTC) - timedelta(days=1))
        return town, await crowd_of(session, town, number)

    town, people = await stage.patiently(arrange)
    seen, base = Seen(), picture_of(dice)
    phones, wires = [], []
    for one in people:
        wire, album, disk = CrowdWire(stage.upstream, one.token, seen), Album(base), Disk()
        phone = Phone(
            disk=disk,
            wire=wire,
            person=one.person_id,
            scopes=(f"person:{one.person_id}",),
            dice=random.Random(dice.random()),
            now=lambda: datetime.now(UTC),
            patience=Patience(),
            pages=(PAGE,),
        )
        underground(phone, album, phone.dice)
        disk.photos = album
        phones.append(phone)
        wires.append(wire)
    items = [item for phone in phones for item in phone.disk.items.values()]
    # A thousand phones in one process: looking for garbage among them is no work of the server's.
    gc.freeze()
    print(f"  {len(phones)} phones, {len(items)} reports, photos of {len(base) // 1000} KB", flush=True)
    lasted = await drained(phones, items)
    for wire in wires:
        wire.close()
    return [*await complaints(stage, town, items, seen), *judged(items, seen, lasted)]


async def drained(phones: list[Phone], items: list[Item]) -> float:
    """All come out at once; until everything is delivered or the time is over."""
    began = time.monotonic()
    running = [asyncio.create_task(phone.run()) for phone in phones]
    told = 0.0
    try:
        while (lasted := time.monotonic() - began) < MOST_S:
            waiting = sum(item.state != "delivered" for item in items)
            if waiting == 0:
                return lasted
            if lasted - told >= 20:
                told = lasted
                print(f"  {lasted:.0f} s: {len(items) - waiting} of {len(items)} delivered", flush=True)
            await asyncio.sleep(1)
        return lasted
    finally:
        for task in running:
            task.cancel()
        for ended in await asyncio.gather(*running, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


def judged(items: list[Item], seen: Seen, lasted: float) -> list[str]:
    waiting = [item for item in items if item.state != "delivered"]
    each = seen.requests / len(items)
    print(
        f"  drained {len(items) - len(waiting)} of {len(items)} in {lasted:.1f} s; {each:.2f} requests per report, "
        f"{seen.puts / len(items):.2f} of them to send it and its photo; {seen.sent_bytes / 1e6:.0f} MB; "
        f"{dict(sorted(seen.answers.items()))}"
    )
    found = list(seen.wrong[:20])
    if waiting:
        found.append(
            f"{len(waiting)} not delivered within {MOST_S:.0f} s, such as {waiting[0].state}: {waiting[0].last}"
        )
    if each > MOST_REQUESTS:
        found.append(f"{each:.2f} requests per report, {MOST_REQUESTS} are allowed")
    return found


async def complaints(stage: Stage, town: Town, items: list[Item], seen: Seen) -> list[str]:
    """Each there once, with its one photo; nothing else."""

    async def rows(session: WriteSession) -> list[Any]:
        query = text(
            "SELECT report_id, digest, (SELECT count(*) FROM photo_use u WHERE u.report_id = r.report_id) AS photos,"
            " (SELECT count(*) FROM entry e WHERE e.ticket_id = r.ticket_id AND e.verb IN ('report.filed', 'report.joined')"
            " AND e.detail->>'report_id' = r.report_id::text) AS filings FROM report r WHERE jurisdiction_id = :home"
        )
        return list((await session.execute(query, {"home": town.jurisdiction_id})).all())

    there = await stage.patiently(rows)
    by_id = {row.report_id: row for row in there}
    found = [
        f"{row.report_id} has {row.photos} photos, {row.filings} filings"
        for row in there
        if (row.photos, row.filings) != (1, 1)
    ]
    twice = [digest for digest, times in Counter(row.digest for row in there).items() if times > 1]
    found += [f"filed more than once: {digest}" for digest in twice]
    missing = [item for item in items if item.state == "delivered" and UUID(item.item_id) not in by_id]
    found += [f"called delivered and not there: {item.item_id}" for item in missing]
    found += [f"nobody sent {report_id}" for report_id in by_id.keys() - {UUID(item.item_id) for item in items}]
    pictures = list((stage.photos / "photos" / "photos").rglob("*.jpg"))
    delivered = sum(item.state == "delivered" for item in items)
    if len(pictures) < delivered:
        found.append(f"{len(pictures)} pictures in the store, {delivered} reports delivered")
    return found[:20]


async def run(seed: int, number: int) -> int:
    async with staged(processes=PROCESSES) as stage:
        found = await drill(stage, number, random.Random(seed))
        if found:
            print(f"  the server said last: {stage.log()}")
    for one in found:
        print(f"crowd violated: {one}")
    print(f"crowd: {number} phones, {len(found)} violations")
    return 1 if found else 0


def main() -> int:
    chosen = arguments("A crowd at once", SIZES)
    os.environ.pop("GRIDWARD_PROCESSES", None)
    return asyncio.run(run(chosen.seed, SIZES[chosen.size]))


if __name__ == "__main__":
    sys.exit(main())
