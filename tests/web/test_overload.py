"""A crowd at the door: what people could not deliver yet goes first, nobody is lost, and everybody hears when to come again."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import uvicorn
from fastapi.routing import APIRoute, iter_route_contexts
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member, Town
from conftest import Read, Write
from filing import open_town, picture
from gridward.app import MOST_JSON_BYTES, create_app, routes
from gridward.persistence.tickets.rows import ReportRow
from gridward.web.gate import PATIENCE_S, Gate, Sizes, TurnedAway, Work
from gridward.web.overload import API, FILE, class_of
from phones import Phone
from serving import ORIGIN, Served, serve

HURRY = dict.fromkeys(Work, 0.05)
PATIENT = dict.fromkeys(Work, 30.0)


async def in_turn(gate: Gate, work: Work, came: list[Work]) -> None:
    await gate.enter(work)
    came.append(work)


async def queued(gate: Gate, number: int) -> None:
    """Everybody who is about to queue stands there."""
    async with asyncio.timeout(10):
        while gate.waiting < number:
            await asyncio.sleep(0)


async def test_who_matters_most_gets_the_next_place_not_who_came_first() -> None:
    gate, came = Gate(Sizes(requests=1), PATIENT), list[Work]()
    await gate.enter(Work.READ)
    order = [Work.EXPORT, Work.TILE, Work.READ, Work.PULL, Work.OPERATION, Work.REPORT]
    waiting = []
    for number, work in enumerate(order, 1):
        waiting.append(asyncio.create_task(in_turn(gate, work, came)))
        await queued(gate, number)
    gate.leave(Work.READ)
    for number in range(1, 7):
        async with asyncio.timeout(10):
            while len(came) < number:
                await asyncio.sleep(0)
        gate.leave(came[-1])
    await asyncio.gather(*waiting)
    assert came == sorted(order)


async def test_readers_never_take_the_last_places() -> None:
    gate = Gate(Sizes(requests=10), HURRY)
    taken = []
    for work in (Work.EXPORT, Work.TILE, Work.READ, Work.PULL, Work.OPERATION, Work.REPORT):
        with pytest.raises(TurnedAway):
            while True:
                await gate.enter(work)
                taken.append(work)
    assert {work.name: taken.count(work) for work in Work} == {
        "REPORT": 2,
        "OPERATION": 2,
        "PULL": 2,
        "READ": 1,
        "TILE": 2,
        "EXPORT": 1,
    }


async def test_a_sender_who_goes_away_while_waiting_leaves_no_place_taken() -> None:
    gate = Gate(Sizes(requests=1), PATIENT)
    await gate.enter(Work.REPORT)
    gone = asyncio.create_task(gate.enter(Work.REPORT))
    await queued(gate, 1)
    gone.cancel()
    with pytest.raises(asyncio.CancelledError):
        await gone
    gate.leave(Work.REPORT)
    await gate.enter(Work.REPORT)
    late = asyncio.create_task(gate.enter(Work.REPORT))
    await queued(gate, 1)
    gate.leave(Work.REPORT)
    late.cancel()  # in the same moment as its turn comes
    with pytest.raises(asyncio.CancelledError):
        await late
    await gate.enter(Work.REPORT)


async def test_the_larger_the_crowd_the_wider_it_is_spread() -> None:
    gate = Gate(Sizes(requests=1), dict.fromkeys(Work, 0.0))
    assert gate.hint_s() == 0
    await gate.enter(Work.REPORT)
    heard = []
    for _ in range(300):
        with pytest.raises(TurnedAway) as away:
            await gate.enter(Work.REPORT)
        heard.append(away.value.retry_after_s)
    assert max(heard) <= 62
    assert min(heard) >= 2
    assert max(heard[:8]) <= 10 < max(heard[200:])
    assert len(set(heard[200:])) > 20
    assert gate.hint_s() == 60


@pytest.mark.parametrize(
    ("method", "path", "work"),
    [
        ("PUT", "/api/v1/reports/1", Work.REPORT),
        ("PUT", "/api/v1/photos/ab", Work.REPORT),
        ("GET", "/api/v1/photos/ab", Work.READ),
        ("PUT", "/api/v1/tickets/1/operations/2", Work.OPERATION),
        ("POST", "/api/v1/sign-in/code", Work.OPERATION),
        ("GET", "/api/v1/changes", Work.PULL),
        ("GET", "/api/v1/snapshot", Work.PULL),
        ("GET", "/api/v1/hello", Work.PULL),
        ("GET", "/api/v1/tickets/1", Work.PULL),
        ("GET", "/api/v1/tickets", Work.READ),
        ("GET", "/api/v1/territory/grids", Work.READ),
        ("POST", "/api/v1/routing/dry-run", Work.EXPORT),
        ("POST", "/api/v1/past-tickets/imports", Work.EXPORT),
        ("GET", "/assets/app.js", None),
        ("GET", "/", None),
    ],
)
def test_every_request_has_its_class(method: str, path: str, work: Work | None) -> None:
    assert class_of(method, path) is work


def test_a_file_that_its_route_takes_arrives() -> None:
    """What is larger than other requests is said by the route, and by those who read it before the route is found."""
    larger = {
        f"{API}v1{one.original_route.path}".replace("{form_id}", "F")
        for one in iter_route_contexts(routes())
        if isinstance(one.original_route, APIRoute)
        and (one.original_route.max_body_size or 0) > MOST_JSON_BYTES
        and "photos" not in one.original_route.path
    }
    assert len(larger) > 8
    assert [path for path in larger if not FILE.fullmatch(path)] == []


@pytest.fixture
async def served(engine: AsyncEngine, tmp_path: Path, write: Write, town: Town) -> Served:
    async with write() as session:
        await open_town(session, town)
    served = serve(engine, tmp_path)
    served.parts = replace(served.parts, gate=Gate(Sizes(requests=2, uploads=1), HURRY))
    served.app = create_app(served.parts, pages=None)
    return served


@asynccontextmanager
async def over_the_wire(served: Served, member: Member) -> AsyncIterator[Phone]:
    """A person's phone before a real server."""
    server = uvicorn.Server(uvicorn.Config(served.app, port=0, host="127.0.0.1", log_config=None, lifespan="off"))
    running = asyncio.create_task(server.serve())
    async with asyncio.timeout(20):
        while not server.started:
            await asyncio.sleep(0.01)
    try:
        phone = Phone(served, member)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}/api/v1", headers={"X-Gridward": "1"}, cookies={"sid": member.token}
        ) as phone.browser:
            yield phone
    finally:
        server.should_exit = True
        await running


async def test_a_report_that_finds_no_place_comes_again_and_is_taken_once(
    served: Served, volunteer: Member, read: Read
) -> None:
    gate = served.parts.gate
    async with over_the_wire(served, volunteer) as phone:
        report, report_id = phone.report(), uuid4()
        await gate.enter(Work.REPORT)
        await gate.enter(Work.REPORT)
        for _ in range(3):
            answer = await phone.file(report, report_id)
            assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
            assert int(answer.headers["Retry-After"]) >= 2
            assert "X-App-Ack" not in answer.headers
            assert answer.headers["Content-Security-Policy"]
        gate.leave(Work.REPORT)
        gate.leave(Work.REPORT)
        assert (await phone.file(report, report_id)).status_code == 201
        assert (await phone.file(report, report_id)).status_code == 200
        hello = (await phone.browser.get("hello")).json()
        assert hello["backoff_hint_s"] > 5
    async with read() as session:
        query = select(func.count()).select_from(ReportRow).where(ReportRow.report_id == report_id)
        assert await session.scalar(query) == 1


async def test_reading_stops_before_reporting(served: Served, volunteer: Member) -> None:
    gate = served.parts.gate
    async with over_the_wire(served, volunteer) as phone:
        await gate.enter(Work.READ)
        assert (await phone.browser.get("tickets")).status_code == 503
        assert (await phone.file(phone.report())).status_code == 201
        gate.leave(Work.READ)
        assert (await phone.browser.get("tickets")).status_code == 200


async def test_a_group_that_finds_no_place_reads_when_to_come_again_and_whom_to_call(served: Served) -> None:
    served.parts.telephone.known = "0000-10000000"
    await served.parts.gate.enter(Work.READ)
    async with served.browser() as stranger:
        answer = await stranger.get(f"{ORIGIN}/p/{'a' * 26}")
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) >= 2
    assert "请过一会儿再打开" in answer.text
    assert "0000-10000000" in answer.text


async def test_a_phone_that_sends_slowly_holds_no_place(served: Served, volunteer: Member) -> None:
    async with over_the_wire(served, volunteer) as phone:
        body = json.dumps(phone.report()).encode()
        head = (
            f"PUT /api/v1/reports/{uuid4()} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Gridward: 1\r\nCookie: sid={volunteer.token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        slow = []
        for _ in range(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", phone.browser.base_url.port)
            writer.write(head.encode() + body[:20])
            await writer.drain()
            slow.append((reader, writer))
        assert (await phone.file(phone.report())).status_code == 201
        reader, writer = slow[0]
        writer.write(body[20:])
        assert b" 201 " in await reader.readline()
        for _, writer in slow:
            writer.close()
            await writer.wait_closed()


async def test_photos_beyond_what_is_taken_in_at_once_come_again(served: Served, volunteer: Member) -> None:
    gate = served.parts.gate
    content = picture(7)
    sha256 = hashlib.sha256(content).hexdigest()
    async with over_the_wire(served, volunteer) as phone:
        gate.take_upload()
        answer = await phone.browser.put(f"photos/{sha256}", content=content, headers={"Content-Type": "image/jpeg"})
        assert (answer.status_code, answer.json()["code"]) == (503, "overloaded")
        assert int(answer.headers["Retry-After"]) >= 2
        gate.end_upload()
        assert await phone.photo(7) == sha256


@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize("size", [1_200_000, 9_000_000], ids=["for_its_route", "for_any"])
async def test_what_is_too_large_is_told_so_and_not_sent_for_ever(
    served: Served, volunteer: Member, read: Read, size: int, streamed: bool
) -> None:
    async with over_the_wire(served, volunteer) as phone:
        report_id = uuid4()
        large = json.dumps(phone.report(note="早" * (size // 6))).encode()

        async def in_pieces() -> AsyncIterator[bytes]:
            for at in range(0, len(large), 64_000):
                yield large[at : at + 64_000]

        answer = await phone.browser.put(
            f"reports/{report_id}", content=in_pieces() if streamed else large, headers=phone.headers()
        )
        assert (answer.status_code, answer.headers["Content-Type"]) == (413, "application/problem+json")
        assert (answer.json()["code"], "X-App-Ack" in answer.headers) == ("too_large", False)
        assert answer.headers["Content-Security-Policy"]
        assert (await phone.file(phone.report(), report_id)).status_code == 201, "shortened, it is taken"


async def test_a_photo_larger_than_any_is_told_so(served: Served, volunteer: Member) -> None:
    async with served.browser(volunteer) as phone:
        said = {"Content-Type": "image/jpeg", "Content-Length": str(65 * 1024 * 1024)}
        answer = await phone.put(f"photos/{'0' * 64}", content=b"\xff\xd8", headers=said)
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_the_more_it_matters_the_longer_it_may_wait() -> None:
    assert list(PATIENCE_S.values()) == sorted(PATIENCE_S.values(), reverse=True)
