"""The sweep killed at random for an hour: two towns live the same hour, in one of them nobody kills anything.

Whatever was recorded by time alone (reminders, breaches, lifts, days that came) must be the same in both, each once, with
the time at which it was true.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, LANE, MARKET, NOON, Town, settle
from conftest import TEMPLATE
from filing import Story, deliver, filed, open_town, report
from gridward.domain import sync
from gridward.gateways.cluster import Cluster
from gridward.persistence.database import WriteSession, make_engine, write_transaction
from gridward.persistence.entries import EntryRow
from gridward.persistence.tickets.rows import TicketRow
from proof.sizes import size
from proof.sweeper import MINUTE, one_minute, work
from replaying import differences, path_of_the_table

HOUR = 60
SEEDS = size(1, 6)
BEGIN = NOON + timedelta(hours=3)
"""Three in the afternoon of a Tuesday: what was filed since noon comes due in the hour that follows."""
KINDS = (
    ("manhole", "manhole-missing", MARKET),
    ("litter_full", None, MARKET),
    ("litter_full", None, LANE),
    ("manhole", "manhole-missing", ESTATE),
    ("manhole", "manhole-missing", LANE),
    ("dumping", None, LANE),
)
BY_TIME = ("clock.", "ticket.resumed", "shelving.")

Do = Callable[[WriteSession, "Hour"], Any]


class Hour:
    """One town's tickets, filed at drawn minutes, and what people do to them at drawn minutes of the hour."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town, self.dice = town, Random(seed)
        self.stories: list[Story] = []
        self.now = BEGIN
        self.photos: dict[str, str] = {}
        self.deeds: dict[int, list[Do]] = {}

    async def begin(self, session: WriteSession) -> None:
        await open_town(session, self.town)
        for number, who in enumerate(("volunteer", "sanitation_lead", "steward")):
            self.photos[who] = await deliver(session, self.town[who], 40 + 40 * number)
        claim = (sync.PhotoClaim(sha256=self.photos["volunteer"], kind="before"),)
        for number in range(12):
            kind, condition, at = KINDS[number % len(KINDS)]
            when = BEGIN - self.dice.randint(10, 170) * MINUTE
            place = (at[0] + number * 0.00003, at[1])
            sent = report(kind, condition_id=condition, at=place, photos=claim, now=when)
            made = await filed(session, self.town["volunteer"], sent, when)
            self.stories.append(Story(made.ticket_id, when))
        for number in range(len(self.stories)):
            self.deeds.setdefault(self.dice.randrange(HOUR), []).append(self.drawn(number))

    def drawn(self, number: int) -> Do:
        late = self.dice.randint(0, 90) * MINUTE
        step = self.dice.choice(["resolve", "ask_extend", "ask_defer", "nothing"])

        async def do(session: WriteSession, hour: Hour) -> None:
            await hour.acts(session, hour.stories[number], step, late)

        return do

    async def acts(self, session: WriteSession, story: Story, step: str, late: timedelta) -> None:
        row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == story.ticket_id))).scalar_one()
        story.now, story.seen = self.now, sync.Seen(version=row.version, assignment_id=row.assignment_id)
        leads = {self.town.sanitation: "sanitation_lead", self.town.property_firm: "property_lead"}
        if row.unit_id not in leads:
            return
        lead = self.town[leads[row.unit_id]]
        done_at = max(self.now - late, row.received_at)
        match step:
            case "resolve" if row.unit_id == self.town.sanitation:
                where = {"lon": MARKET[0], "lat": MARKET[1], "accuracy_m": 9}
                await story.does(
                    session, lead, "resolve", photos=[self.photos["sanitation_lead"]], done_at=done_at, **where
                )
            case "ask_extend":
                by = {"kind": "urgent_hour", "amount": 1}
                asked = await story.does(session, lead, "ask_extend", reason="weather", by=by, done_at=done_at)
                if asked.status == 200:
                    leader = self.town["shift_leader"]
                    await story.does(session, leader, "grant_extend", request_id=asked.body["op_id"])
            case "ask_defer":
                until = (self.now + timedelta(minutes=12)).isoformat()
                asked = await story.does(session, lead, "ask_defer", reason="rain", until=until, done_at=done_at)
                if asked.status == 200:
                    leader = self.town["shift_leader"]
                    await story.does(session, leader, "grant_defer", request_id=asked.body["op_id"])


async def told(session: WriteSession, hour: Hour) -> list[Counter[tuple[Any, ...]]]:
    """What time alone recorded, ticket by ticket: each fact with its true time."""
    found = []
    for story in hour.stories:
        rows = await session.execute(
            select(EntryRow.verb, EntryRow.occurred_at, EntryRow.detail)
            .where(EntryRow.ticket_id == story.ticket_id)
            .order_by(EntryRow.ticket_version)
        )
        found.append(
            Counter(
                (
                    row.verb,
                    row.detail.get("clock"),
                    row.detail.get("step"),
                    row.detail.get("breached_at"),
                    row.occurred_at,
                )
                for row in rows
                if row.verb.startswith(BY_TIME)
            )
        )
    return found


async def readings(session: WriteSession, hour: Hour) -> list[Any]:
    found = []
    for story in hour.stories:
        row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == story.ticket_id))).scalar_one()
        found.append((row.status, row.due_at, row.resolve_due_at, row.breached_at))
        assert await differences(session, story.ticket_id) == []
    return found


@pytest.fixture(scope="module")
async def peaceful(cluster: Cluster) -> AsyncIterator[AsyncEngine]:
    """Another database, in which nobody kills anything."""
    name = f"test_{uuid4().hex}"
    engine = make_engine(cluster.create_database(name, template=TEMPLATE), role="gridward_app")
    yield engine
    await engine.dispose()
    cluster.drop_database(name)


async def lived(engine: AsyncEngine, seed: int, sweep_at: Callable[[datetime], Awaitable[None]]) -> Hour:
    """The hour from its first to its last minute; ``sweep_at`` may fail to."""
    async with write_transaction(engine) as session:
        hour = Hour(await settle(session, f"街道{seed}"), seed)
        await hour.begin(session)
    for minute in range(HOUR):
        hour.now = BEGIN + minute * MINUTE
        for deed in hour.deeds.get(minute, []):
            async with write_transaction(engine) as session:
                await deed(session, hour)
        await sweep_at(hour.now)
    return hour


class Killed:
    """Sweeps that end in the middle, and stay away for some minutes when they did."""

    def __init__(self, url: str, seed: int) -> None:
        self.url, self.dice, self.kills, self.back_at = url, Random(1_000 + seed), 0, BEGIN
        self.processes = multiprocessing.get_context("forkserver")
        self.processes.set_forkserver_preload(["proof.sweeper"])

    def run(self, now: datetime, dies_after: int | None) -> int | None:
        process = self.processes.Process(target=work, args=(self.url, now, 1, dies_after))
        process.start()
        process.join()
        return process.exitcode

    async def sweep_at(self, now: datetime) -> None:
        if now >= self.back_at and self.run(now, self.dice.randint(1, 12)) == -signal.SIGKILL:
            self.kills += 1
            self.back_at = now + self.dice.randint(1, 9) * MINUTE


@pytest.mark.parametrize("seed", range(SEEDS))
async def test_an_hour_of_kills_records_what_an_hour_of_peace_does(
    engine: AsyncEngine, database_url: str, peaceful: AsyncEngine, seed: int
) -> None:
    end = BEGIN + HOUR * MINUTE
    quiet = await lived(peaceful, seed, partial(one_minute, peaceful))
    await one_minute(peaceful, end)
    killed = Killed(database_url, seed)
    troubled = await lived(engine, seed, killed.sweep_at)
    assert killed.run(end, None) == 0
    assert killed.kills > 3
    async with write_transaction(peaceful) as session:
        peace, shown = await told(session, quiet), await readings(session, quiet)
    async with write_transaction(engine) as session:
        war = await told(session, troubled)
        assert await readings(session, troubled) == shown
        await path_of_the_table(session, troubled.town.jurisdiction_id)
    assert war == peace
    assert max(times for one in war for times in one.values()) == 1
    verbs = Counter(key[0] for one in war for key in one)
    assert verbs["clock.reminded"] > 5
    assert verbs["clock.breached"] > 2
