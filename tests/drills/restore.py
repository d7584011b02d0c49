"""A server burns while twenty people work; its backup of some minutes ago begins a new life on another machine.

``python -m drills.restore --seed 1``: twenty phones report and work, and a twenty-first belongs to somebody who will ask to
be forgotten. While they go on, ``gridward backup`` runs; then that person is erased; then the first server is killed while
everybody has unsent work. ``gridward restore`` and ``gridward serve`` follow on a cluster of its own, and every phone finds
its way by itself. What must hold: each phone shows what the database says; what was unsent arrives once; what the backup
held is there once; nothing of the erased person is there, and their report is not taken again.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import text

import build
from cast import ESTATE, LANE, MARKET, Town, settle
from drills.arguments import arguments
from drills.handset import Person
from drills.oracle import rows, visible
from drills.phone import Disk, Item, Patience, Phone
from drills.stage import DATABASE, Stage, free_port, staged
from drills.wire import HttpWire
from filing import open_town, picture
from gridward.domain import sync
from gridward.domain.accounts import Role, ScopeKind
from gridward.gateways.cluster import Cluster
from gridward.persistence.database import WriteSession, make_engine, write_transaction


@dataclass(frozen=True, slots=True)
class Size:
    """``seconds``: that everybody works before the backup, and again after it."""

    phones: int
    seconds: float


SIZES = {"short": Size(6, 2.0), "full": Size(20, 20.0)}
CONVERGE_S = 120.0
YEARS = 50_000
"""Transactions that the second machine has behind it. A cursor of the first then lies in its past, not in its future, and only the
epoch tells that it is another's."""
SPEED = 10.0
PACE_S = 0.12
"""Between two things that somebody of all of them does."""


@dataclass(slots=True)
class Elsewhere:
    """Another machine: its own cluster, data folder and port."""

    folder: Path
    cluster: Cluster
    port: int

    @property
    def data(self) -> Path:
        return self.folder / "data"


@dataclass(slots=True)
class Carried:
    """One phone and how far its things had come at the moments that matter."""

    who: Person
    phone: Phone
    dice: random.Random
    wire: HttpWire
    before: set[str] = field(default_factory=set)
    """Delivered before the backup began."""

    def items(self) -> list[Item]:
        return list(self.phone.disk.items.values())

    def delivered(self) -> set[str]:
        return {item.item_id for item in self.items() if item.state == "delivered"}


class Failed(Exception):
    """A command did not do what it is for."""


def gridward(stage_data: Path, url: str, port: int, *arguments: str) -> str:
    """One command as an operator gives it."""
    done = subprocess.run(
        [sys.executable, "-m", "gridward", *arguments],
        env={**os.environ, **surroundings(stage_data, url, port)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    if done.returncode != 0:
        raise Failed(f"gridward {' '.join(arguments)}: {done.stderr}")
    return done.stderr.strip()


def surroundings(data: Path, url: str, port: int) -> dict[str, str]:
    return {
        "GRIDWARD_DATA": str(data),
        "DATABASE_URL": url,
        "GRIDWARD_PORT": str(port),
        "GRIDWARD_LOG_LEVEL": "error",
        "GRIDWARD_SMS": "off",
        "COLUMNS": "300",
    }


async def people(session: WriteSession, phones: int) -> tuple[Town, list[Person]]:
    """The town's own volunteers, units and desk, and more volunteers; the last one will ask to be forgotten."""
    now = datetime.now(UTC)
    town = await settle(session)
    await open_town(session, town, now - timedelta(days=1))
    made = []
    for key in ("volunteer", "other_volunteer", "sanitation_lead", "property_lead", "dispatcher"):
        member = town[key]
        # The cast signed in weeks ago; people at a desk are signed out by then.
        token = await build.signed_in(session, town.jurisdiction_id, member.person_id, now, device="drill")
        units = tuple(str(unit) for unit in member.actor.unit_ids)
        communities = (str(town.community_id),) if not units else ()
        made.append(Person(key, str(member.person_id), sync.scopes_of(member.actor), token, units, communities))
    for number in range(phones + 1 - len(made)):
        person_id = await build.person(
            session, town.jurisdiction_id, f"志愿者{number:02d}", f"137{number:08d}", community_id=town.community_id, since=now
        )  # fmt: skip
        grant = (Role.volunteer, ScopeKind.community, town.community_id)
        await build.grant(session, town.jurisdiction_id, person_id, *grant, since=now - timedelta(days=1))
        token = await build.signed_in(session, town.jurisdiction_id, person_id, now)
        scopes = (f"person:{person_id}", f"community:{town.community_id}")
        made.append(Person(f"volunteer {number}", str(person_id), scopes, token, (), (str(town.community_id),)))
    return town, made


def carried(who: Person, port: int, dice: random.Random) -> Carried:
    wire = HttpWire(lambda: port, lambda: who.token, patience_s=10.0)
    phone = Phone(
        disk=Disk(),
        wire=wire,
        person=who.person_id,
        scopes=who.scopes,
        dice=random.Random(dice.random()),
        now=lambda: datetime.now(UTC),
        patience=Patience(speed=SPEED, pull_every=0.5),
    )
    return Carried(who, phone, random.Random(dice.random()), wire)


def does_something(one: Carried) -> None:
    """A volunteer reports; a unit takes what waits for it; the desk says something on what it sees."""
    dice, phone = one.dice, one.phone
    seen = [row for row in phone.disk.rows.shown().values() if row["status"] in ("assigned", "in_progress")]
    if one.who.units or one.who.key == "dispatcher":
        if not seen:
            return
        row = dice.choice(seen)
        had = {name: row[name] for name in ("version", "assignment_id", "resolution_id")}
        step = "acknowledge" if one.who.units and row["status"] == "assigned" else "note"
        body = {} if step == "acknowledge" else {"text": f"看过{dice.getrandbits(40)}", "audience": "unit"}
        phone.step(row["ticket_id"], step, body, **had)
        return
    lon, lat = dice.choice((LANE, ESTATE, MARKET))
    place = {"lon": lon + dice.uniform(-1, 1) * 0.0003, "lat": lat, "accuracy_m": 8, "age_s": 1, "source": "gps"}
    body = {"category": dice.choice(("litter_full", "dumping")), "location": place, "note": words_of(one.who)}
    item = phone.report(body, [picture(dice.randrange(65_536))])
    if dice.random() < 0.3:
        phone.step(item.item_id, "note", {"text": words_of(one.who), "audience": "unit"})


def words_of(who: Person) -> str:
    return f"这是{who.person_id}写的"


async def work(everybody: list[Carried], seconds: float) -> None:
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        one = random.Random(everybody[0].dice.random()).choice(everybody)
        does_something(one)
        await asyncio.sleep(PACE_S)


@asynccontextmanager
async def running(everybody: list[Carried]) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(one.phone.run()) for one in everybody]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for ended in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                raise ended


async def until(what: str, done: Any) -> float:
    began = time.monotonic()
    while not await done():
        if time.monotonic() - began > CONVERGE_S:
            raise TimeoutError(what)
        await asyncio.sleep(0.2)
    return time.monotonic() - began


async def grow_old(url: str) -> None:
    spend = f"DO $$ BEGIN FOR n IN 1..{YEARS} LOOP PERFORM pg_current_xact_id(); COMMIT; END LOOP; END $$"
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.connect() as one:
            alone = await one.execution_options(isolation_level="AUTOCOMMIT")
            await alone.execute(text("SET synchronous_commit = off"))
            await alone.execute(text(spend))
    finally:
        await engine.dispose()


async def drill(stage: Stage, there: Elsewhere, seed: int, size: Size) -> list[str]:
    dice = random.Random(seed)
    town, folk = await stage.patiently(lambda session: people(session, size.phones))
    everybody = [carried(who, stage.port, dice) for who in folk]
    *others, leaver = everybody
    url, backup = stage.cluster.url(DATABASE), stage.folder / "backup"
    async with running(everybody):
        for one in everybody:
            does_something(one)
        await work(everybody, size.seconds)

        async def nothing_waits() -> bool:
            return all(one.delivered() for one in (*others[:2], *others[5:], leaver))

        await until("first reports did not go out", nothing_waits)
        for one in everybody:
            one.before = one.delivered()
        began = time.monotonic()
        backing_up = asyncio.create_task(
            asyncio.to_thread(gridward, stage.photos, url, stage.port, "backup", str(backup))
        )
        while not backing_up.done():
            await work(everybody, 0.5)
        print(f"  backup while {len(everybody)} phones work: {time.monotonic() - began:.1f} s: {await backing_up}")
        erased = ("erase", "person", leaver.who.person_id, "--apply")
        print(f"  {await asyncio.to_thread(gridward, stage.photos, url, stage.port, *erased)}")
        await work(others, size.seconds)
        await asyncio.to_thread(stage.end_api, signal.SIGKILL)
        await work(others, size.seconds / 2)
        unsent = {item.item_id for one in others for item in one.items() if item.waiting}
        after = {one.who.key: one.delivered() - one.before for one in others}
        print(
            f"  the server burns: {len(unsent)} unsent, {sum(map(len, after.values()))} delivered since the backup began"
        )

        (there.data / "secrets.json").write_bytes((stage.photos / "secrets.json").read_bytes())
        (there.data / "secrets.json").chmod(0o600)
        ledger = stage.photos / "erasures.jsonl"
        new_url = await asyncio.to_thread(there.cluster.ensure_database, DATABASE)
        await grow_old(new_url)
        began = time.monotonic()
        said = await asyncio.to_thread(
            gridward, there.data, new_url, there.port, "restore", str(backup), "--erasures", str(ledger)
        )
        print(f"  restored elsewhere in {time.monotonic() - began:.1f} s: {' | '.join(said.splitlines())}")
        async with serving(there, new_url):
            for one in everybody:
                one.wire = HttpWire(lambda: there.port, lambda who=one.who: who.token, patience_s=10.0)  # type: ignore[misc]
                one.phone.wire = one.wire
                one.phone.online()
            engine = make_engine(new_url, pool_size=3)
            try:
                return await judged(engine, town, others, leaver, unsent)
            finally:
                await engine.dispose()


def held(one: Carried, item: Item) -> bool:
    """It stands on a step that the server refused: the person has to look at that one first."""
    before = one.phone.disk.items.get(item.after or "")
    return before is not None and (before.state == "attention" or held(one, before))


async def judged(engine: Any, town: Town, others: list[Carried], leaver: Carried, unsent: set[str]) -> list[str]:
    async def off() -> list[str]:
        found = []
        async with write_transaction(engine) as session:
            for one in others:
                truth = await visible(session, town.jurisdiction_id, one.who)
                shown = {ticket: row["version"] for ticket, row in one.phone.disk.rows.shown().items()}
                left = [item for item in one.items() if item.waiting and item.item_id in unsent and not held(one, item)]
                if left or shown != truth or not one.phone.pulls:
                    what = f"{one.who.key}: {len(left)} unsent, shows {len(shown)} of {len(truth)}"
                    found.append(what + "".join(f"; {item.kind} {item.type}: {item.last}" for item in left[:2]))
        return found

    async def agreed() -> bool:
        return not await off()

    for one in others:
        one.phone.pulls = 0
    try:
        lasted = await until("phones did not converge", agreed)
        print(f"  {len(others)} of {len(others)} phones show what the database says after {lasted:.1f} s")
    except TimeoutError:
        return [f"I11: {one}" for one in await off()]
    found = []
    async with write_transaction(engine) as session:
        there = Counter(row.report_id for row in await rows(session, "SELECT report_id::text FROM report"))
        done = {row.op_id: row.status for row in await rows(session, "SELECT op_id::text, status FROM operation")}
        for one in others:
            for item in one.items():
                must = item.item_id in unsent or item.item_id in one.before
                is_there = item.item_id in there if item.kind == "report" else item.item_id in done
                if must and item.state == "delivered" and not is_there:
                    found.append(f"I1: {item.kind} {item.item_id} of {one.who.key} is not there")
                if item.item_id in unsent and item.state == "attention" and item.refused not in BY_RULE:
                    found.append(f"I1: {item.kind} {item.item_id} of {one.who.key} ended as {item.refused}")
        found += await returned(session, leaver)
    again = await leaver_sends_again(leaver, others[0])
    return found + again


BY_RULE = frozenset({"ticket.not_a_step", "ticket.stale_assignment", "predecessor_refused", "ticket_unknown"})
"""What may end a step whose ticket was lost with the first server, or went another way there."""


async def returned(session: Any, leaver: Carried) -> list[str]:
    """Anything of the erased person, in any table."""
    found = []
    tables = await rows(session, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    name = await rows(session, "SELECT name, phone FROM person WHERE person_id::text = :who", who=leaver.who.person_id)
    if not name or name[0].phone is not None or name[0].name.startswith("志愿者"):
        found.append(f"I6: the erased person is back: {name}")
    for table in tables:
        query = f"SELECT count(*) AS n FROM {table.tablename} t WHERE t::text LIKE :words"
        n = (await rows(session, query, words=f"%{words_of(leaver.who)}%"))[0].n
        if n:
            found.append(f"I6: words of the erased person are in {n} rows of {table.tablename}")
    photos = await rows(
        session, "SELECT count(*) AS n FROM photo WHERE uploader_id::text = :who", who=leaver.who.person_id
    )
    if photos[0].n:
        found.append(f"I6: {photos[0].n} photos of the erased person are back")
    return found


async def leaver_sends_again(leaver: Carried, other: Carried) -> list[str]:
    """The erased ids answer 410, whoever sends them."""
    found = []
    for item in [one for one in leaver.items() if one.kind == "report" and one.item_id in leaver.before][:5]:
        reply = await other.phone.wire.put(item.path, item.text.encode(), "application/json")
        if reply.status != 410:
            found.append(f"I6: the erased report {item.item_id} was answered {reply.status}")
    if not leaver.phone.sign_in_needed:
        found.append("I6: the erased person's phone is still signed in")
    return found


@asynccontextmanager
async def serving(there: Elsewhere, url: str) -> AsyncIterator[None]:
    log = (there.folder / "serve.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "gridward", "serve"],
        env={**os.environ, **surroundings(there.data, url, there.port)},
        stdout=log,
        stderr=log,
    )
    try:
        probe = Stage(there.folder, there.cluster, there.port, make_engine(url, pool_size=1))
        await probe.answering()
        await probe.engine.dispose()
        yield
    finally:
        process.terminate()
        await asyncio.to_thread(process.wait, 20)
        log.close()


async def run(seed: int, size: Size) -> int:
    with tempfile.TemporaryDirectory(prefix="gridward-elsewhere-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        (folder / "data").mkdir()
        with Cluster(folder / "postgres", settings={"max_connections": "60"}) as cluster:
            there = Elsewhere(folder, cluster, free_port())
            async with staged() as stage:
                try:
                    found = await drill(stage, there, seed, size)
                except Failed as failed:
                    found = [str(failed)]
    for one in found:
        print(f"restore violated: {one}")
    print(f"restore: {size.phones} phones, {len(found)} violations")
    return 1 if found else 0


def main() -> int:
    chosen = arguments("A restore with live phones", SIZES)
    return asyncio.run(run(chosen.seed, SIZES[chosen.size]))


if __name__ == "__main__":
    sys.exit(main())
