"""成因: what comes back in one house is put before the dispatcher, taken up or set aside, and watched."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, MARKET, NOON, Member, Town
from conftest import Read, Write
from filing import open_town
from gridward.persistence.households.rows import BuildingStewardshipRow
from gridward.services import causes
from gridward.services.notifications.notify import notify
from phones import Phone
from serving import Served, days_later, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


class Estate:
    """Somebody who keeps reporting from 花园一座, and the worker that looks."""

    def __init__(self, served: Served, write: Write, who: Member) -> None:
        self.served, self.write, self.phone = served, write, Phone(served, who)

    async def reports(self, category: str = "other", *, at: tuple[float, float] = ESTATE) -> str:
        # A step aside each time: two at one spot at once would be one and the same.
        answer = await self.phone.file(self.phone.report(category, at=at))
        assert answer.status_code == 201, answer.text
        ticket_id: str = answer.json()["ticket_id"]
        await self.looks()
        await days_later(self.served, self.write, days=2)
        return ticket_id

    async def looks(self) -> None:
        async with self.write() as session:
            while await causes.look(session, self.served.clock()):
                pass


async def found(desk: Phone, **query: str) -> list[dict[str, Any]]:
    answer = await desk.browser.get("causes", params=query)
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["causes"]
    return listed


async def test_what_came_three_times_is_proposed_once_told_once_taken_up_and_seen_to_help(
    served: Served, town: Town, volunteer: Member, liaison: Member, dispatcher: Member, write: Write, read: Read
) -> None:
    estate, desk = Estate(served, write, volunteer), Phone(served, dispatcher)
    async with write() as session:
        here = {"here": town.jurisdiction_id}
        building = await session.execute(text("SELECT building_id FROM building WHERE jurisdiction_id = :here"), here)
        looks_after = {"building_id": building.scalar_one(), "person_id": liaison.person_id, "valid_from": NOON}
        looks_after |= {"building_stewardship_id": uuid4(), "jurisdiction_id": town.jurisdiction_id}
        await session.execute(insert(BuildingStewardshipRow).values(**looks_after))
    first = await estate.reports()
    await estate.reports("lamp")
    await estate.reports(at=MARKET)
    second = await estate.reports()
    assert await found(desk) == []
    third = await estate.reports()
    (one,) = await found(desk, state="open")
    assert (one["building"], one["category"], one["tickets"], one["times"], one["days"]) == (
        "花园一座",
        "other",
        3,
        3,
        30,
    )
    await estate.looks()
    just_found = served.clock() - timedelta(days=2)
    async with write() as session:
        while (await notify(session, just_found)).more:
            pass
    async with read() as session:
        told = "SELECT count(*) FROM notification WHERE person_id = :person AND kind = 'cause_found'"
        for who in (dispatcher, liaison):
            assert (await session.execute(text(told), {"person": who.person_id})).scalar_one() == 1, who.name
    steward, beside = Phone(served, liaison), Phone(served, volunteer)
    (message,) = [
        one
        for one in (await steward.browser.get("notifications")).json()["notifications"]
        if one["kind"] == "cause_found"
    ]
    assert message["detail"] == {"building": "花园一座", "category": "other", "tickets": 3, "days": 30}
    (mine,) = (await steward.browser.get("my/causes")).json()["causes"]
    assert (mine["building"], mine["tickets"], mine["state"]) == ("花园一座", 3, "open")
    assert sum(month["tickets"] for month in mine["months"]) == 3
    assert (await beside.browser.get("my/causes")).json()["causes"] == [], "who reports there is not its steward"
    assert (await desk.browser.get("my/causes")).status_code == 403
    fourth = await estate.reports()
    (one,) = await found(desk, ticket_id=first)
    assert one["tickets"] == 4
    detail = (await desk.browser.get(f"causes/{one['cause_id']}")).json()
    assert [ticket["ticket_id"] for ticket in detail["counted"]] == [first, second, third, fourth]
    assert sum(month["tickets"] for month in detail["months"]) == 4

    address = f"causes/{one['cause_id']}/decision"
    blank = await desk.browser.put(address, json={"state": "taken_up", "words": "  "})
    assert (blank.status_code, blank.json()["code"]) == (422, "cause.words_missing")
    assert (await desk.browser.put(address, json={"state": "taken_up", "words": "更换主排水管"})).status_code == 204
    again = await desk.browser.put(address, json={"state": "set_aside", "words": "晚了"})
    assert (again.status_code, again.json()["code"]) == (409, "cause.decided")
    (one,) = await found(desk, state="taken_up")
    assert (one["words"], one["decided_by"]) == ("更换主排水管", "卢派遣")
    assert (one["effect"]["before"], one["effect"]["helped"]) == (4, "watching")
    (mine,) = (await steward.browser.get("my/causes")).json()["causes"]
    assert (mine["words"], mine["effect"]["helped"]) == ("更换主排水管", "watching")
    assert "卢派遣" not in str(mine)
    await days_later(served, write, hours=1)
    await estate.reports()
    await days_later(served, write, days=40)
    (one,) = await found(desk)
    assert (one["effect"]["after"], one["effect"]["helped"]) == (1, "fewer")
    async with read() as session:
        entries = (
            await session.execute(
                text(
                    "SELECT verb, detail::text FROM entry WHERE jurisdiction_id = :here AND subject = 'cause' ORDER BY xid"
                ),
                {"here": town.jurisdiction_id},
            )
        ).all()
    assert [row.verb for row in entries] == ["cause.found", "cause.joined", "cause.taken_up"]
    assert "排水管" not in "".join(row.detail for row in entries)


async def test_a_rule_holds_for_its_kind_and_causes_stay_in_their_community(
    served: Served,
    town: Town,
    volunteer: Member,
    dispatcher: Member,
    shift_leader: Member,
    write: Write,
) -> None:
    estate, desk, leader = Estate(served, write, volunteer), Phone(served, dispatcher), Phone(served, shift_leader)
    rules = {"category": "lamp", "times": 2, "days": 7}
    assert (await desk.browser.put("cause-rules", json=rules)).status_code == 403
    assert (await leader.browser.put("cause-rules", json=rules)).status_code == 204
    assert (
        await leader.browser.put("cause-rules", json={"category": "other", "times": 3, "days": 30, "watched": False})
    ).status_code == 204
    wrong = await leader.browser.put("cause-rules", json=rules | {"times": 1})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "cause.rule_out_of_range")
    unknown = await leader.browser.put("cause-rules", json=rules | {"category": "no_such"})
    assert unknown.json()["code"] == "cause.category_unknown"
    shown = (await desk.browser.get("cause-rules")).json()["rules"]
    assert [(one["category"], one["times"], one["watched"]) for one in shown] == [
        (None, 3, True),
        ("lamp", 2, True),
        ("other", 3, False),
    ]
    for _ in range(3):
        await estate.reports()
    twice = [await estate.reports("lamp") for _ in range(2)]
    (one,) = await found(desk)
    assert (one["category"], one["tickets"]) == ("lamp", 2)
    beside = Phone(served, town["neighbour_dispatcher"])
    assert await found(beside) == []
    assert (await beside.browser.get(f"causes/{one['cause_id']}")).status_code == 404
    there = await beside.browser.put(
        f"causes/{one['cause_id']}/decision", json={"state": "set_aside", "words": "不归我们"}
    )
    assert there.status_code == 403

    assert (
        await desk.browser.put(f"causes/{one['cause_id']}/decision", json={"state": "set_aside", "words": "是两盏灯"})
    ).status_code == 204
    turned_down = await desk.does(twice[1], "reject", reason="out_of_scope", answer="不归社区管")
    assert turned_down.status_code == 200, turned_down.text
    await days_later(served, write, hours=1)
    await estate.reports("lamp")
    await estate.reports("lamp")
    newest, before = await found(desk)
    assert (newest["state"], before["state"]) == ("open", "set_aside")
    await days_later(served, write, days=1)
    detail = (await desk.browser.get(f"causes/{newest['cause_id']}")).json()
    assert [one["cause_id"] for one in detail["before"]] == [before["cause_id"]]
    assert served.clock() - NOON < timedelta(days=30)
