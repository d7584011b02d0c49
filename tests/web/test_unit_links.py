"""单案链接: a unit that never signs in opens an address, says who it is, and finishes the ticket; nothing else opens."""

from __future__ import annotations

import hashlib
import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, Member, Town
from conftest import Read, Write
from filing import open_town, picture
from phones import Phone
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


class Stranger:
    """Somebody of the unit with a phone that is signed in nowhere."""

    def __init__(self, served: Served, url: str) -> None:
        self.path = "/u/" + url.rpartition("/u/")[2]
        self.browser = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=served.app, client=("203.0.113.9", 40001)),
            base_url=served.parts.public_url,
            headers={"X-Gridward": "1", "Sec-Fetch-Site": "same-origin"},
        )

    async def page(self) -> str:
        answer = await self.browser.get(self.path)
        return unescape(answer.text) if answer.status_code == 200 else f"{answer.status_code} {unescape(answer.text)}"

    async def says(self, name: str = "黄师傅", phone: str = "13900000000") -> int:
        return (await self.browser.put(f"{self.path}/who", json={"name": name, "phone": phone})).status_code

    async def photo(self, seed: int) -> str:
        content = picture(seed)
        sha256 = hashlib.sha256(content).hexdigest()
        answer = await self.browser.put(
            f"{self.path}/photos/{sha256}", content=content, headers={"Content-Type": "image/jpeg"}
        )
        assert answer.status_code == 204, answer.text
        return sha256

    async def does(self, what: str, op_id: str | None = None, **more: Any) -> httpx.Response:
        found = re.search(r'data-assignment="([^"]*)"', await self.page())
        sent = {"what": what, "assignment_id": found[1] if found else None, **more}
        return await self.browser.put(f"{self.path}/steps/{op_id or uuid4()}", json=sent)


async def sent_out(served: Served, volunteer: Member, **more: Any) -> str:
    phone = Phone(served, volunteer)
    photos = [{"sha256": await phone.photo(1), "kind": "before"}]
    report = phone.report(photos=photos, place_note="雪圃学校东门旁", note="桶满了三天", **more)
    return str((await phone.file(report)).json()["ticket_id"])


async def shared(desk: Phone, ticket_id: str) -> str:
    answer = await desk.browser.put(f"tickets/{ticket_id}/unit-link")
    assert answer.status_code == 200, answer.text
    return str(answer.json()["url"])


async def test_a_unit_without_an_account_finishes_its_ticket_and_that_is_marked(
    served: Served, volunteer: Member, dispatcher: Member, sanitation_lead: Member, read: Read
) -> None:
    desk, ticket_id = Phone(served, dispatcher), await sent_out(served, volunteer)
    url = await shared(desk, ticket_id)
    assert await shared(desk, ticket_id) == url
    unit = Stranger(served, url)
    page = await unit.page()
    for seen in ("垃圾满了", "环卫一队", "雪圃学校东门旁", "桶满了三天", "请在", "uri.amap.com"):
        assert seen in page
    for secret in (volunteer.name, volunteer.phone, str(volunteer.person_id), dispatcher.name):
        assert secret not in page
    assert (await unit.does("arrive", lon=MARKET[0], lat=MARKET[1])).status_code == 409
    assert await unit.says(" ") == 422
    assert await unit.says(phone="打不通") == 422
    assert await unit.says() == 204

    assert (await unit.does("arrive")).status_code == 422
    assert (await unit.does("arrive", lon=MARKET[0], lat=MARKET[1], accuracy_m=12)).json() == {"status": "in_progress"}
    assert (await unit.does("resolve", words="清走了")).status_code == 422
    after, op_id = await unit.photo(7), str(uuid4())
    for _ in range(2):
        answer = await unit.does("resolve", op_id, photos=[after], words="清走了，地面冲洗过")
        assert answer.status_code == 200, answer.text
    assert "等社区的人看过" in await unit.page()

    ticket = await desk.look(ticket_id)
    assert ticket["status"] == "resolved"
    acts = [one for one in ticket["timeline"] if one["via"] == "link"]
    assert [one["verb"] for one in acts] == ["ticket.acknowledged", "ticket.arrived", "ticket.resolved"]
    assert all(one["detail"]["on_behalf"] and one["who_label"] == "unit" for one in acts)
    assert acts[-1]["texts"] == {"note": "清走了，地面冲洗过", "taken_by": "黄师傅"}
    assert (await desk.browser.get(f"tickets/{ticket_id}/unit-link")).json()["link"]["name"] == "黄师傅"
    assert "黄师傅" not in str((await Phone(served, volunteer).look(ticket_id))["timeline"])
    async with read() as session:
        kept = await session.execute(
            text("SELECT json_agg(e.detail)::text || json_agg(l)::text FROM entry e, unit_link l")
        )
        everything = kept.scalar_one()
        entries = (await session.execute(text("SELECT json_agg(detail)::text FROM entry"))).scalar_one()
    assert url.rpartition("/")[2] not in everything
    assert "黄师傅" not in entries
    assert "13900000000" not in entries


async def test_the_address_ends_by_time_by_hand_and_with_the_ticket(
    served: Served, town: Town, volunteer: Member, dispatcher: Member
) -> None:
    desk, ticket_id = Phone(served, dispatcher), await sent_out(served, volunteer)
    url = await shared(desk, ticket_id)
    unit = Stranger(served, url)
    served.clock.forward(hours=11)
    assert "请在" in await unit.page() or "超过" in await unit.page()

    assert (await desk.browser.delete(f"tickets/{ticket_id}/unit-link")).json() == {"ended": 1}
    gone = await unit.page()
    assert gone.startswith("404")
    assert (await Stranger(served, "/u/" + "a" * 26).page()) == gone
    assert await unit.says() == 404

    again = Stranger(served, await shared(desk, ticket_id))
    assert again.path != unit.path
    moved = await desk.does(ticket_id, "assign", unit_id=str(town.property_firm), reason="归物业")
    assert moved.status_code == 200, moved.text
    elsewhere = await again.page()
    assert "不在贵单位" in elsewhere
    assert "雪圃学校东门旁" not in elsewhere
    assert await again.says() == 204
    assert (await again.does("arrive", lon=MARKET[0], lat=MARKET[1])).status_code == 409

    last = Stranger(served, await shared(desk, ticket_id))
    served.clock.forward(hours=73)
    assert (await last.page()).startswith("404")


async def test_only_the_desk_hands_it_out_and_only_its_own_photos_open(
    served: Served, volunteer: Member, dispatcher: Member, sanitation_lead: Member
) -> None:
    desk, ticket_id = Phone(served, dispatcher), await sent_out(served, volunteer)
    for member in (volunteer, sanitation_lead):
        answer = await Phone(served, member).browser.put(f"tickets/{ticket_id}/unit-link")
        assert answer.status_code in (403, 404)
    unit = Stranger(served, await shared(desk, ticket_id))
    (shown,) = set(re.findall(r"/photos/([0-9a-f]{64})\.jpg", await unit.page()))
    assert (await unit.browser.get(f"{unit.path}/photos/{shown}.jpg")).status_code == 200
    stranger = await Phone(served, dispatcher).photo(99)
    assert (await unit.browser.get(f"{unit.path}/photos/{stranger}.jpg")).status_code == 404
    assert (await desk.does(ticket_id, "hide_photo", photos=[shown])).status_code == 200
    assert (await unit.browser.get(f"{unit.path}/photos/{shown}.jpg")).status_code == 404


async def test_an_address_that_sends_without_end_is_slowed_down_and_foreign_pages_send_nothing(
    served: Served, volunteer: Member, dispatcher: Member
) -> None:
    desk, ticket_id = Phone(served, dispatcher), await sent_out(served, volunteer)
    unit = Stranger(served, await shared(desk, ticket_id))
    foreign = await unit.browser.put(
        f"{unit.path}/who", json={"name": "x", "phone": "13900000000"}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert foreign.status_code == 403
    codes = [await unit.says(" ") for _ in range(41)]
    assert (codes[0], codes[39], codes[40]) == (422, 422, 429)
    served.clock.forward(minutes=11)
    assert await unit.says() == 204
