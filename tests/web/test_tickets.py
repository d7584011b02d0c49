"""Lists, details, feed and messages: what each person finds, page by page, and what nobody else ever sees."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, MARKET, Member, Town
from conftest import Write
from filing import open_town
from gridward.services import suspensions
from gridward.services.notifications.notify import notify
from phones import Phone
from serving import Served, serve

SPREAD = 0.0004
"""About 40 m, farther than twins are looked for."""

INSTANT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|[+-]\d\d:\d\d)")


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def some(served: Served, phone: Phone, count: int, **more: Any) -> list[str]:
    """Reports at the market a minute apart, each at its own spot."""
    found = []
    for number in range(count):
        served.clock.forward(minutes=1)
        place = (MARKET[0] - 0.0008 + SPREAD * (number % 5), MARKET[1] - 0.0008 + SPREAD * (number // 5))
        answer = await phone.file(phone.report(**({"at": place} | more)))
        assert answer.status_code == 201, answer.text
        found.append(str(answer.json()["ticket_id"]))
    return found


async def listed(who: Phone, **query: Any) -> list[str]:
    answer = await who.browser.get("tickets", params=query)
    assert answer.status_code == 200, answer.text
    return [one["ticket_id"] for one in answer.json()["tickets"]]


@pytest.mark.parametrize("order", ["newest", "due"])
async def test_pages_hold_everything_once_in_order(
    served: Served, volunteer: Member, shift_leader: Member, order: str
) -> None:
    mine = await some(served, Phone(served, volunteer), 7)
    desk = Phone(served, shift_leader)
    seen: list[str] = []
    after: str | None = None
    while True:
        query = {"order": order, "limit": 3} | ({"after": after} if after else {})
        page = (await desk.browser.get("tickets", params=query)).json()
        seen += [one["ticket_id"] for one in page["tickets"]]
        after = page["next"]
        if after is None:
            break
    assert sorted(seen) == sorted(mine)
    assert seen == (mine[::-1] if order == "newest" else mine)


async def test_lists_are_cut_by_box_status_grid_text_and_number(
    served: Served, town: Town, volunteer: Member, shift_leader: Member
) -> None:
    phone, desk = Phone(served, volunteer), Phone(served, shift_leader)
    (market,) = await some(served, phone, 1, at=MARKET, place_note="雪圃学校东门旁", note="梁阿姨看见的")
    (estate,) = await some(served, phone, 1, at=ESTATE, category="lamp", place_note="花园一座")
    west = f"{MARKET[0] - 0.001},{MARKET[1] - 0.001},{MARKET[0] + 0.0005},{MARKET[1] + 0.001}"
    assert await listed(desk, bbox=west) == [market]
    assert await listed(desk, grid_id=str(town.grid_estate)) == [estate]
    assert await listed(desk, category="lamp") == [estate]
    assert await listed(desk, status="closed") == []
    assert await listed(desk, status="all") == [estate, market]
    for words in ("学校", "圃学校东", "东", "垃圾"):
        assert await listed(desk, text=words) == [market], words
    assert await listed(desk, text="校学") == []
    assert await listed(desk, text="学校 花园") == []
    assert await listed(desk, text="阿姨") == [market]
    assert await listed(desk, text="002号") == [estate]
    number = (await desk.look(market))["ticket_no"]
    assert await listed(desk, text=number) == [market]
    for query in ({"bbox": "1,2,3"}, {"bbox": "9,9,1,1"}, {"status": "sleeping"}, {"after": "x"}, {"text": "？！"}):
        answer = await desk.browser.get("tickets", params=query)
        assert (answer.status_code, answer.json()["code"]) in ((422, "query_unreadable"), (422, "page_unreadable"))


async def test_the_reporters_words_are_no_way_to_find_a_ticket_for_others(
    served: Served, volunteer: Member, sanitation_lead: Member, other_volunteer: Member
) -> None:
    (ticket_id,) = await some(served, Phone(served, volunteer), 1, note="梁阿姨看见的", place_note="学校东门")
    for member in (sanitation_lead, other_volunteer):
        assert await listed(Phone(served, member), text="阿姨") == []
    assert await listed(Phone(served, other_volunteer), text="学校") == [ticket_id]


async def test_everybody_finds_what_is_theirs(
    served: Served,
    town: Town,
    volunteer: Member,
    other_volunteer: Member,
    sanitation_lead: Member,
    property_lead: Member,
    steward: Member,
    dispatcher: Member,
) -> None:
    phone = Phone(served, volunteer)
    photo = [{"sha256": await phone.photo(1), "kind": "before"}]
    (sent_out,) = await some(served, phone, 1, photos=photo)
    (waiting,) = await some(served, phone, 1, category="other", at=(MARKET[0], MARKET[1] + SPREAD))
    assert await listed(phone, mine=True) == [waiting, sent_out]
    assert await listed(Phone(served, other_volunteer), mine=True) == []
    assert set(await listed(Phone(served, other_volunteer))) == {sent_out, waiting}
    assert await listed(Phone(served, sanitation_lead)) == [sent_out]
    assert await listed(Phone(served, property_lead)) == []
    assert await listed(Phone(served, dispatcher), tray=True) == [waiting]
    assert await listed(Phone(served, town["neighbour_dispatcher"])) == []
    checker = Phone(served, steward)
    assert await listed(checker, verify=True) == []
    lead = Phone(served, sanitation_lead)
    assert (await lead.does(sent_out, "resolve", photos=[await lead.photo(2)])).status_code == 200
    assert await listed(checker, verify=True) == [sent_out]


CANARIES = ("梁阿姨", "黄女士")


async def everything_of(who: Phone, ticket_id: str) -> str:
    """All that this person can read about a ticket, in one text."""
    answers: list[httpx.Response] = [
        await who.browser.get("tickets", params={"status": "all"}),
        await who.browser.get(f"tickets/{ticket_id}"),
        await who.browser.get(f"tickets/{ticket_id}/ledger"),
        await who.browser.get("notifications"),
    ]
    for scope in (await who.browser.get("my/scope")).json()["scopes"]:
        page = await who.browser.get("snapshot", params={"scope": scope})
        answers.append(page)
    return "\n".join(answer.text for answer in answers)


async def test_the_reporter_is_never_shown_to_a_unit_or_to_neighbours(
    served: Served,
    engine: AsyncEngine,
    write: Write,
    volunteer: Member,
    other_volunteer: Member,
    sanitation_lead: Member,
    sanitation_worker: Member,
    dispatcher: Member,
) -> None:
    phone, lead, desk = Phone(served, volunteer), Phone(served, sanitation_lead), Phone(served, dispatcher)
    photo = [{"sha256": await phone.photo(1), "kind": "before"}]
    (ticket_id,) = await some(served, phone, 1, photos=photo)
    assert (await phone.does(ticket_id, "note", text="我是梁阿姨，住三楼", audience="reporter")).status_code == 200
    assert (await desk.does(ticket_id, "note", text="黄女士来电催", audience="internal")).status_code == 200
    assert (await desk.does(ticket_id, "note", text="请带水枪", audience="unit")).status_code == 200
    async with write() as session:
        await notify(session, served.clock())
    for member in (sanitation_lead, sanitation_worker, other_volunteer):
        read = await everything_of(Phone(served, member), ticket_id)
        assert not [name for name in CANARIES if name in read], member.name
        assert str(volunteer.person_id) not in read
    assert "请带水枪" in await everything_of(lead, ticket_id)
    assert "请带水枪" not in await everything_of(Phone(served, other_volunteer), ticket_id)
    assert "请带水枪" not in await everything_of(phone, ticket_id)
    seen_by_desk = await everything_of(desk, ticket_id)
    assert all(name in seen_by_desk for name in CANARIES)
    outline = await Phone(served, other_volunteer).look(ticket_id)
    shown = {name for name, value in outline.items() if value not in (None, [], False)}
    assert shown <= {
        "ticket_id", "short_no", "status", "category", "category_name", "place_note", "lon", "lat", "grid_id",
        "grid_name", "community_id", "unit_kind", "received_at", "thumbnail", "version",
    }  # fmt: skip


async def test_the_ledger_says_who_gave_more_time_and_by_what_notice_limits_stood_still(
    served: Served,
    write: Write,
    volunteer: Member,
    sanitation_lead: Member,
    dispatcher: Member,
    shift_leader: Member,
    supervisor: Member,
) -> None:
    phone, unit, leader = Phone(served, volunteer), Phone(served, sanitation_lead), Phone(served, shift_leader)
    (ticket_id,) = await some(served, phone, 1, photos=[{"sha256": await phone.photo(1), "kind": "before"}])
    began = served.clock()
    asked = await unit.does(ticket_id, "ask_extend", reason="parts", by={"kind": "work_hour", "amount": 2})
    assert asked.status_code == 200, asked.text
    granted_at = served.clock.forward(minutes=5)
    granted = await leader.does(ticket_id, "grant_extend", request_id=asked.json()["op_id"])
    assert granted.status_code == 200, granted.text
    typhoon = suspensions.Wish(
        area_ids=(),
        categories=(),
        from_at=began,
        to_at=began + timedelta(hours=1),
        reason="typhoon",
        notice="通告第 3 号",
    )
    async with write() as session:
        await suspensions.suspend(session, supervisor.actor, uuid4(), typhoon, now=granted_at)
        await suspensions.spread(session, granted_at)
    served.clock.forward(hours=2)

    async def told(who: Member) -> tuple[Any, Any]:
        read = (await Phone(served, who).browser.get(f"tickets/{ticket_id}/ledger")).json()
        (clock,) = (one for one in read["clocks"] if one["clock"] == "resolve")
        (stood_still,) = (one["approved"] for one in clock["stretches"] if one["why"] == "suspension")
        (more,) = (one["approved"] for one in clock["extensions"])
        return more, stood_still

    more, stood_still = await told(dispatcher)
    assert (more["kind"], more["role"], more["name"]) == ("extend", "shift_leader", shift_leader.name)
    assert datetime.fromisoformat(more["at"]) == granted_at, "when it was granted, not when it was asked for"
    assert (stood_still["role"], stood_still["name"]) == ("supervisor", supervisor.name)
    assert stood_still["notice"] == "通告第 3 号"
    more, stood_still = await told(sanitation_lead)
    assert [(one["role"], one["name"]) for one in (more, stood_still)] == [("shift_leader", None), ("supervisor", None)]


async def test_another_town_finds_nothing(served: Served, volunteer: Member, far_town: Town) -> None:
    (ticket_id,) = await some(served, Phone(served, volunteer), 1)
    for who in ("shift_leader", "volunteer", "sanitation_lead", "supervisor"):
        stranger = Phone(served, far_town[who])
        assert await listed(stranger, status="all") == []
        assert (await stranger.browser.get(f"tickets/{ticket_id}")).status_code == 404
        assert (await stranger.browser.get(f"tickets/{ticket_id}/ledger")).status_code == 404


def as_instants(value: Any) -> Any:
    """With instants read: PostgreSQL writes ``+00:00`` where we write ``Z``."""
    if isinstance(value, dict):
        return {name: as_instants(one) for name, one in value.items()}
    return datetime.fromisoformat(value) if isinstance(value, str) and INSTANT.fullmatch(value) else value


class Follower:
    """A phone that keeps what the feed tells it, as a phone does: rows by version, forgotten when told so."""

    def __init__(self, phone: Phone) -> None:
        self.phone, self.rows, self.cursor = phone, dict[str, dict[str, Any]](), ""

    async def start(self) -> None:
        for scope in (await self.phone.browser.get("my/scope")).json()["scopes"]:
            after: str | None = None
            while True:
                query = {"scope": scope, "limit": 2} | ({"after": after} if after else {})
                page = (await self.phone.browser.get("snapshot", params=query)).json()
                self.cursor = self.cursor or page["start_cursor"]
                for row in page["rows"]:
                    self.rows[row["id"]] = as_instants(row["data"])
                after = page["after"]
                if after is None:
                    break

    async def pull(self) -> int:
        count, more = 0, True
        while more:
            page = (await self.phone.browser.get("changes", params={"cursor": self.cursor, "limit": 3})).json()
            for one in page["changes"]:
                count += 1
                if one["op"] == "r":
                    self.rows.pop(one["id"], None)
                else:
                    self.rows[one["id"]] = as_instants(one["data"])
            self.cursor, more = page["cursor"], page["more"]
        return count

    async def oracle(self) -> dict[str, dict[str, Any]]:
        answer = await self.phone.browser.get("tickets", params={"status": "all", "limit": 500})
        return {one["ticket_id"]: as_instants(one) for one in answer.json()["tickets"]}


async def test_phones_that_follow_the_feed_hold_what_a_fresh_read_gives(
    served: Served,
    town: Town,
    volunteer: Member,
    other_volunteer: Member,
    sanitation_lead: Member,
    property_lead: Member,
    dispatcher: Member,
    shift_leader: Member,
) -> None:
    phone, desk = Phone(served, volunteer), Phone(served, dispatcher)
    photo = [{"sha256": await phone.photo(1), "kind": "before"}]
    before = await some(served, phone, 3, photos=photo)
    followers = [
        Follower(Phone(served, one))
        for one in (volunteer, other_volunteer, sanitation_lead, property_lead, dispatcher, shift_leader)
    ]
    for one in followers:
        await one.start()
        assert one.rows == await one.oracle()
    await some(served, phone, 2, photos=photo, category="dumping")
    given = await desk.does(before[0], "assign", unit_id=str(town.property_firm), reason="围墙内")
    assert given.status_code == 200, given.text
    moved = await desk.does(before[1], "correct", lon=ESTATE[0], lat=ESTATE[1], reason="点错了")
    assert moved.status_code == 200, moved.text
    lead = Phone(served, sanitation_lead)
    assert (await lead.does(before[2], "acknowledge")).status_code == 200
    for one in followers:
        assert await one.pull() > 0
        assert one.rows == await one.oracle()
        assert await one.pull() == 0
    assert before[0] not in followers[2].rows
    assert before[0] in followers[3].rows


async def test_the_feed_says_when_to_begin_anew(
    served: Served, write: Write, volunteer: Member, sanitation_lead: Member
) -> None:
    phone = Phone(served, volunteer)
    await some(served, phone, 1)
    none = await phone.browser.get("changes")
    assert (none.status_code, none.json()["code"], none.json()["facts"]) == (
        409,
        "must_refetch",
        {"reason": "no_cursor"},
    )
    broken = await phone.browser.get("changes", params={"cursor": "not-a-cursor"})
    assert (broken.status_code, broken.json()["code"]) == (422, "cursor_unreadable")
    foreign = await phone.browser.get("snapshot", params={"scope": f"unit:{uuid4()}"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "scope_not_yours")
    nobody = served.browser()
    assert (await nobody.get("changes")).status_code == 401


async def test_messages_are_read_and_counted(
    served: Served, write: Write, volunteer: Member, sanitation_lead: Member
) -> None:
    phone, lead = Phone(served, volunteer), Phone(served, sanitation_lead)
    (ticket_id,) = await some(served, phone, 1, photos=[{"sha256": await phone.photo(1), "kind": "before"}])
    async with write() as session:
        await notify(session, served.clock())
    inbox = (await lead.browser.get("notifications")).json()
    (message,) = inbox["notifications"]
    assert (message["kind"], message["ticket_id"], inbox["unread"]) == ("assigned", ticket_id, 1)
    assert message["ticket"]["status"] == "assigned"
    read = await lead.browser.post("notifications/read", json={"up_to": served.clock().isoformat()})
    assert read.status_code == 204
    assert (await lead.browser.get("notifications")).json()["unread"] == 0


async def test_a_hidden_photo_leaves_the_lists_and_stays_for_the_desk(
    served: Served, volunteer: Member, other_volunteer: Member, dispatcher: Member
) -> None:
    phone, neighbour, desk = (Phone(served, one) for one in (volunteer, other_volunteer, dispatcher))
    sha256 = await phone.photo(1)
    (ticket_id,) = await some(served, phone, 1, photos=[{"sha256": sha256, "kind": "before"}])
    assert (await neighbour.look(ticket_id))["thumbnail"] == sha256
    hidden = await desk.does(ticket_id, "hide_photo", photos=[sha256], reason="有人脸")
    assert hidden.status_code == 200, hidden.text
    assert (await neighbour.look(ticket_id))["thumbnail"] is None
    assert (await neighbour.browser.get(f"photos/{sha256}", params={"size": "thumb"})).status_code == 404
    assert [one["hidden"] for one in (await desk.look(ticket_id))["photos"]] == [True]
    again = await desk.does(ticket_id, "hide_photo", photos=[sha256])
    assert (again.status_code, again.json()["code"]) == (422, "photo_unknown")


async def test_reporters_are_told_until_when(served: Served, volunteer: Member, other_volunteer: Member) -> None:
    phone = Phone(served, volunteer)
    (ticket_id,) = await some(served, phone, 1, photos=[{"sha256": await phone.photo(1), "kind": "before"}])
    mine = await phone.look(ticket_id)
    assert mine["due_at"] is not None
    assert mine["resolve_due_at"] is None
    assert (await Phone(served, other_volunteer).look(ticket_id))["due_at"] is None
