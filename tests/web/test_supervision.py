"""督办: orders with numbers that leave none out, the unit's answer, and what is still unanswered."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, RIVER, Member, Town
from conftest import Write
from filing import open_town
from gridward.persistence.tickets.supervision import ORDER
from phones import Phone
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def listed(who: Phone, **query: Any) -> dict[str, Any]:
    answer = await who.browser.get("supervision-orders", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_orders_are_numbered_answered_and_the_unanswered_are_counted(
    served: Served, volunteer: Member, supervisor: Member, sanitation_lead: Member, property_lead: Member
) -> None:
    phone, boss = Phone(served, volunteer), Phone(served, supervisor)
    unit, other = Phone(served, sanitation_lead), Phone(served, property_lead)
    tickets = []
    for number in range(3):
        photo = {"sha256": await phone.photo(1 + 40 * number), "kind": "close", "exif": None}
        at = (MARKET[0], MARKET[1] - 0.0008 + 0.0005 * number)
        filed = await phone.file(phone.report(at=at, photos=[photo]))
        tickets.append(str(filed.json()["ticket_id"]))
    until = (served.clock() + timedelta(hours=4)).isoformat()
    # At once: a number that is given twice or left out would show here.
    answers = await asyncio.gather(
        *(boss.does(ticket, "supervise", text="三天没有动静，请说明", answer_by=until) for ticket in tickets)
    )
    assert [one.status_code for one in answers] == [200, 200, 200]
    orders = await listed(boss)
    assert sorted((one["year"], one["number"]) for one in orders["orders"]) == [(2026, 1), (2026, 2), (2026, 3)]
    assert (orders["unanswered"], orders["late"]) == (3, 0)
    assert {one["text"] for one in orders["orders"]} == {"三天没有动静，请说明"}
    assert {one["unit_name"] for one in orders["orders"]} == {"环卫一队"}
    assert (await listed(other))["orders"] == [], "not another unit's"
    refused = await phone.browser.get("supervision-orders")
    assert refused.status_code == 403

    mine = next(one for one in (await listed(unit))["orders"] if one["ticket"]["ticket_id"] == tickets[0])
    told = await unit.does(tickets[0], "answer_supervision", order_id=mine["order_id"], answer="明早八点清运")
    assert told.status_code == 200, told.text
    again = await unit.does(tickets[0], "answer_supervision", order_id=mine["order_id"], answer="又一次")
    assert again.json()["code"] == "supervision.not_open"
    served.clock.forward(hours=5)
    orders = await listed(boss)
    assert (orders["unanswered"], orders["late"]) == (2, 2)
    answered = orders["orders"][-1]
    assert (answered["order_id"], answered["answer"], answered["late"]) == (mine["order_id"], "明早八点清运", False)
    assert len((await listed(boss, open=True))["orders"]) == 2


async def test_however_many_the_neighbour_has_one_sees_ones_own(
    served: Served,
    write: Write,
    town: Town,
    volunteer: Member,
    supervisor: Member,
    dispatcher: Member,
) -> None:
    boss, until = Phone(served, supervisor), served.clock() + timedelta(hours=4)
    tickets = []
    for number, (who, at) in enumerate(((volunteer, MARKET), (town["neighbour_volunteer"], RIVER))):
        phone = Phone(served, who)
        photo = {"sha256": await phone.photo(1 + 40 * number), "kind": "close", "exif": None}
        filed = await phone.file(phone.report(at=at, photos=[photo]))
        tickets.append(str(filed.json()["ticket_id"]))
        ordered = await boss.does(tickets[-1], "supervise", text="请说明", answer_by=until.isoformat())
        assert ordered.status_code == 200, ordered.text
    # A busy year at the neighbour's, all of it more pressing than what is ordered here.
    earlier = {"answer_by": until - timedelta(hours=1), "ordered_at": served.clock()}
    of = {"jurisdiction_id": town.jurisdiction_id, "ticket_id": UUID(tickets[1]), "year": 2026}
    async with write() as session:
        orders = [{**of, **earlier, "order_id": uuid4(), "number": 3 + number} for number in range(499)]
        await session.execute(insert(ORDER), orders)
    here = await listed(Phone(served, dispatcher))
    assert [one["ticket"]["ticket_id"] for one in here["orders"]] == [tickets[0]]
    assert (here["unanswered"], here["more"]) == (1, False)
    there = await listed(Phone(served, town["neighbour_dispatcher"]))
    assert {one["ticket"]["ticket_id"] for one in there["orders"]} == {tickets[1]}
    assert (there["unanswered"], there["more"]) == (500, False)
    everywhere = await listed(boss)
    assert (len(everywhere["orders"]), everywhere["more"]) == (500, True)
    assert (everywhere["unanswered"], everywhere["late"]) == (501, 0), "also those for which the list has no room"
    served.clock.forward(hours=5)
    assert ((await listed(boss))["unanswered"], (await listed(boss))["late"]) == (501, 501)
    assert ((await listed(Phone(served, dispatcher)))["late"]) == 1
