"""The feed, pushed: a desk hears of everything it may know, at once, and of nothing else; a broken line loses nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
import uvicorn
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from browser.stage.server import free_port
from cast import ESTATE, MARKET, NOON, RIVER, Member, Town
from conftest import Write
from filing import open_town
from gridward.domain.accounts import program
from gridward.domain.households.register import Dwelling
from gridward.domain.sync import read_cursor
from gridward.persistence.accounts.rows import GrantRow, SessionRow
from gridward.persistence.database import reach_homes
from gridward.services.households import register, ties
from gridward.web.gate import Gate, Sizes
from phones import Phone
from serving import Served, serve

PATIENCE_S = 20.0


@dataclass(slots=True)
class Line:
    """What one open stream has said so far."""

    answer: httpx.Response
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    last_id: str | None = None
    ended: bool = False
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self) -> None:
        kind = data = ""
        async for line in self.answer.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                data = value
            elif name == "id":
                self.last_id = value
            elif line == "" and data:
                self.events.append((kind, json.loads(data)))
                kind = data = ""
            self.moved.set()
        self.ended = True
        self.moved.set()

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [data for known, data in self.events if known == kind]

    @property
    def tickets(self) -> dict[str, dict[str, Any] | None]:
        """The newest that was said of each ticket."""
        return {one["id"]: one["data"] for page in self.of("changes") for one in page["changes"]}

    async def until(self, found: Any) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not found(self):
                self.moved.clear()
                await self.moved.wait()


@dataclass(slots=True)
class Streams:
    """The API on a port: streams need a server that sends before it has finished."""

    served: Served
    origin: str
    stack: AsyncExitStack

    async def open(self, who: Member, last: str | None = None, **query: str) -> Line:
        client = await self.stack.enter_async_context(httpx.AsyncClient(base_url=f"{self.origin}/api/v1", timeout=60))
        client.cookies.set("sid", who.token)
        headers = {} if last is None else {"Last-Event-ID": last}
        stream = client.stream("GET", "changes/stream", headers=headers, params=query)
        line = Line(await self.stack.enter_async_context(stream))
        if line.answer.status_code == 200:
            task = asyncio.create_task(line.listen())
            self.stack.push_async_callback(self._stop, task)
            await line.until(lambda one: one.of("begun"))
        return line

    async def _stop(self, task: asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@asynccontextmanager
async def _streaming(served: Served) -> AsyncIterator[Streams]:
    port = free_port()
    config = uvicorn.Config(served.app, port=port, log_config=None, timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.capture_signals = lambda: AsyncExitStack()  # type: ignore[assignment,method-assign,return-value]
    running = asyncio.create_task(server._serve())
    while not server.started:
        await asyncio.sleep(0.01)
    async with AsyncExitStack() as stack:
        yield Streams(served, f"http://127.0.0.1:{port}", stack)
        served.app.state.follower.close()
    server.should_exit = True
    await running


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture
async def streams(served: Served) -> AsyncIterator[Streams]:
    async with _streaming(served) as one:
        yield one


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def filed(served: Served, who: Member, **more: Any) -> str:
    phone = Phone(served, who)
    answer = await phone.file(phone.report(**more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket_id"])


async def photographed(served: Served, who: Member, seed: int) -> list[dict[str, str]]:
    """With a photo the rules are sure, and send the report to a unit at once."""
    return [{"sha256": await Phone(served, who).photo(seed), "kind": "close"}]


async def test_a_new_report_is_on_every_desk_and_a_broken_line_loses_nothing(
    streams: Streams, served: Served, volunteer: Member, shift_leader: Member, dispatcher: Member
) -> None:
    desks = [await streams.open(who) for who in (shift_leader, dispatcher)]
    first = await filed(served, volunteer, category="other")
    for desk in desks:
        await desk.until(
            lambda one: first in one.tickets and one.of("counts")[-1:] and one.of("counts")[-1]["counts"]["received"]
        )
        told = desk.tickets[first]
        assert told is not None
        assert (told["status"], told["tray_reason"]) == ("received", "condition_not_named")
        assert desk.of("counts")[-1]["counts"]["tray"] == 1

    broken = desks[0].last_id
    missed = [await filed(served, volunteer, category="other", at=ESTATE), await filed(served, volunteer)]
    again = await streams.open(shift_leader, broken)
    await again.until(lambda one: set(missed) <= one.tickets.keys())
    after = await filed(served, volunteer, category="lamp")
    await again.until(lambda one: after in one.tickets)
    cursors = [read_cursor(page["cursor"]) for page in again.of("changes")]
    assert cursors == sorted(cursors)
    assert first not in again.tickets, "it was told before the line broke"


async def visited_door(write: Write, town: Town) -> UUID:
    """A household that 罗联系 visits."""
    household_id, office = uuid4(), program(town.jurisdiction_id, "demo")
    async with write() as session:
        await reach_homes(session, town.jurisdiction_id)
        building_id = await build.building(session, town.jurisdiction_id, "集市一号楼", *MARKET, town.grid_market)
        wish = register.Wish(building_id=building_id, dwelling=Dwelling("", "1", "101"), version=0)
        await register.put(session, town["shift_leader"].actor, household_id, wish, now=NOON)
        await ties.give(session, office, {household_id: town["liaison"].person_id}, now=NOON)
    return household_id


async def test_everybody_hears_what_the_feed_would_tell_them_and_nothing_else(
    streams: Streams,
    served: Served,
    write: Write,
    town: Town,
    volunteer: Member,
    other_volunteer: Member,
    steward: Member,
    sanitation_lead: Member,
    dispatcher: Member,
    supervisor: Member,
) -> None:
    neighbour_volunteer, neighbour_lead = town["neighbour_volunteer"], town["neighbour_lead"]
    listening = [
        volunteer,
        other_volunteer,
        steward,
        sanitation_lead,
        neighbour_lead,
        dispatcher,
        town["neighbour_dispatcher"],
        town["liaison"],
        supervisor,
    ]
    door = await visited_door(write, town)
    lines = [await streams.open(who) for who in listening]
    starts = [line.of("begun")[0]["cursor"] for line in lines]
    here = await filed(served, volunteer, photos=await photographed(served, volunteer, 1))
    visit = {"household_id": str(door), "outcome": "met", "note": "楼道的灯坏了"}
    envelope = {"schema": 1, "digest": uuid4().hex, "clock": {"captured_at": NOON.isoformat()}, "body": visit}
    met = await Phone(served, town["liaison"]).browser.put(f"visits/{uuid4()}", json=envelope)
    assert met.status_code == 201, met.text
    over_there = await photographed(served, neighbour_volunteer, 2)
    there = await filed(served, neighbour_volunteer, at=RIVER, photos=over_there)
    await lines[-1].until(lambda one: {here, there} <= one.tickets.keys())
    for who, line, start in zip(listening, lines, starts, strict=True):
        feed = (await Phone(served, who).browser.get("changes", params={"cursor": start})).json()["changes"]
        wanted = {one["id"]: one["data"] for one in feed}
        await line.until(lambda one, wanted=wanted: wanted.keys() <= one.tickets.keys())
        assert line.tickets == wanted, who.name
        at_desk = who in (dispatcher, town["neighbour_dispatcher"], supervisor)
        await line.until(lambda one, at_desk=at_desk: bool(one.of("counts") and one.of("leases")) is at_desk)
        assert at_desk or not (line.of("counts") or line.of("leases")), who.name
    assert lines[0].tickets[here]["mine"] is True  # type: ignore[index]
    assert lines[1].tickets[here]["unit_name"] is None  # type: ignore[index]
    assert lines[4].tickets.keys() == {there}
    heard = [who.name for who, line in zip(listening, lines, strict=True) if str(door) in line.tickets]
    assert heard == ["罗联系"], "that somebody was visited is nobody else's"


async def test_whoever_is_signed_out_or_gets_another_role_hears_that_and_nothing_more(
    streams: Streams, served: Served, write: Write, volunteer: Member, dispatcher: Member, shift_leader: Member
) -> None:
    out, moved = await streams.open(dispatcher), await streams.open(shift_leader)
    async with write() as session:
        await session.execute(
            update(SessionRow).where(SessionRow.person_id == dispatcher.person_id).values(ended_at=served.clock.at)
        )
        await session.execute(
            update(GrantRow)
            .where(GrantRow.person_id == shift_leader.person_id)
            .values(valid_to=served.clock.at - timedelta(seconds=1))
        )
    await out.until(lambda one: one.ended)
    await moved.until(lambda one: one.ended)
    assert out.of("ended") == [{"code": "not_signed_in"}]
    assert moved.of("ended") == [{"code": "scope_changed"}]
    refused = await streams.open(dispatcher)
    assert refused.answer.status_code == 401


async def test_a_colleagues_open_ticket_is_seen_until_it_is_left(
    streams: Streams,
    served: Served,
    town: Town,
    volunteer: Member,
    dispatcher: Member,
    shift_leader: Member,
) -> None:
    neighbour_dispatcher = town["neighbour_dispatcher"]
    ticket_id = await filed(served, volunteer)
    desk, neighbour = await streams.open(shift_leader), await streams.open(neighbour_dispatcher)
    at_work = Phone(served, dispatcher).browser
    mine = await at_work.put(f"tickets/{ticket_id}/lease")
    assert (mine.status_code, mine.json()) == (200, {"leases": []})
    held = {"ticket_id": ticket_id, "person_id": str(dispatcher.person_id), "name": "卢派遣"}
    await desk.until(lambda one: one.of("leases")[-1:] == [{"leases": [held]}])
    other = await Phone(served, shift_leader).browser.put(f"tickets/{ticket_id}/lease")
    assert other.json() == {"leases": [held]}
    assert (await at_work.delete(f"tickets/{ticket_id}/lease")).status_code == 204
    await desk.until(lambda one: [each["name"] for each in one.of("leases")[-1]["leases"]] == ["谭值班"])
    served.clock.forward(minutes=3)
    await desk.until(lambda one: one.of("leases")[-1] == {"leases": []})
    assert neighbour.of("leases") == [{"leases": []}]
    foreign = await Phone(served, neighbour_dispatcher).browser.put(f"tickets/{ticket_id}/lease")
    assert foreign.status_code == 403


async def test_a_place_in_the_feed_that_is_gone_says_so_and_the_stream_goes_on(
    streams: Streams, served: Served, owner_engine: AsyncEngine, volunteer: Member, shift_leader: Member
) -> None:
    desk = await streams.open(shift_leader)
    before = desk.of("begun")[0]["cursor"]
    async with owner_engine.begin() as connection:
        await connection.execute(text("UPDATE system SET feed_epoch = feed_epoch + 1"))
    await desk.until(lambda one: one.of("must_refetch"))
    assert desk.of("must_refetch")[0]["reason"] == "epoch"
    back = await streams.open(shift_leader, before)
    await back.until(lambda one: one.of("must_refetch"))
    ticket_id = await filed(served, volunteer)
    for line in (desk, back):
        await line.until(lambda one: ticket_id in one.tickets)
    unreadable = await streams.open(shift_leader, cursor="nonsense")
    assert unreadable.answer.status_code == 422


async def test_a_process_keeps_no_more_streams_than_it_has_room_for(
    served: Served, dispatcher: Member, shift_leader: Member
) -> None:
    gate = Gate(Sizes(streams=1))
    small = Served(parts=replace(served.parts, gate=gate), clock=served.clock, sms=served.sms)
    async with _streaming(small) as streams:
        held = await streams.open(dispatcher)
        away = await streams.open(shift_leader)
        assert away.answer.status_code == 503
        assert int(away.answer.headers["Retry-After"]) > 0
        await held.answer.aclose()
        async with asyncio.timeout(PATIENCE_S):
            while (await streams.open(shift_leader)).answer.status_code == 503:
                await asyncio.sleep(0.05)
