"""督办: orders with numbers that leave none out, the unit's answer, and what is still unanswered."""

from __future__ import annotations

import asyncio
import csv
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, RIVER, Member, Town
from conftest import Write
from filing import open_town
from gridward.persistence.tickets.supervision import ORDER
from gridward.services.notifications.notify import notify
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
    file = await boss.browser.get("supervision-orders/file", params={"format": "csv"})
    rows = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert len(rows) == (await listed(boss))["total"] == 3
    assert sorted((row["文号"], row["责任单位"]) for row in rows) == [
        (f"督办〔2026〕{number}号", "环卫一队") for number in (1, 2, 3)
    ]
    assert [(row["答复"], row["超期"]) for row in rows] == [("", "是"), ("", "是"), ("明早八点清运", "")]
    part = await boss.browser.get("supervision-orders/file", params={"format": "csv", "limit": 1})
    lines = part.content.decode("utf-8-sig").splitlines()
    assert "skip=1" in lines[-1], "a file that ends early names the address that goes on"
    nobody = await other.browser.get("supervision-orders/file", params={"format": "csv"})
    assert len(nobody.content.decode("utf-8-sig").splitlines()) == 1, "another unit's file holds none of them"


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


async def reported(served: Served, who: Member, number: int) -> str:
    phone = Phone(served, who)
    photo = {"sha256": await phone.photo(1 + 40 * number), "kind": "close", "exif": None}
    at = (MARKET[0], MARKET[1] - 0.0008 + 0.0005 * number)
    filed = await phone.file(phone.report(at=at, photos=[photo]))
    return str(filed.json()["ticket_id"])


async def ordered(served: Served, town: Town, ticket: str, text: str = "三天没有动静，请说明") -> str:
    """An order on this ticket; its id."""
    op_id = uuid4()
    told = await Phone(served, town["supervisor"]).does(ticket, "supervise", text=text, op_id=op_id)
    assert told.status_code == 200, told.text
    return str(op_id)


async def answers(who: Phone, ticket: str, order_id: str, **more: Any) -> httpx.Response:
    """From the list of orders: whoever answers there has not opened the ticket, and may not be able to."""
    envelope = {
        "schema": 1,
        "digest": uuid4().hex,
        "type": "answer_supervision",
        "seen": {},
        "body": {"order_id": order_id, "answer": "明早八点清运"} | more,
        "clock": who.clock(),
    }
    path = f"tickets/{ticket}/operations/{uuid4()}"
    return await who.browser.put(path, content=json.dumps(envelope), headers=who.headers())


async def test_whoever_was_ordered_to_answers_also_when_the_ticket_is_anothers_by_now(
    served: Served,
    town: Town,
    volunteer: Member,
    dispatcher: Member,
    sanitation_lead: Member,
    property_lead: Member,
    supervisor: Member,
) -> None:
    ticket = await reported(served, volunteer, 0)
    order = await ordered(served, town, ticket)
    desk, sweepers, porters = (Phone(served, who) for who in (dispatcher, sanitation_lead, property_lead))
    given = await desk.does(ticket, "assign", unit_id=str(town.property_firm), reason="围墙内")
    assert given.status_code == 200, given.text

    assert (await listed(porters))["orders"] == [], "it was not told to them"
    (mine,) = (await listed(sweepers))["orders"]
    assert (mine["order_id"], mine["answers"], mine["unit_name"]) == (order, "unit", "环卫一队")
    assert (mine["ticket"]["ticket_id"], mine["ticket"]["unit_name"]) == (ticket, None), "whose it is now is not theirs"
    assert (await sweepers.browser.get(f"tickets/{ticket}")).status_code == 404
    assert (await answers(porters, ticket, order)).status_code == 403
    told = await answers(sweepers, ticket, order)
    assert told.status_code == 200, told.text
    (order_now,) = (await listed(Phone(served, supervisor)))["orders"]
    assert (order_now["answer"], order_now["on_behalf"], order_now["answers"]) == ("明早八点清运", False, None)
    assert (await answers(sweepers, ticket, order)).status_code == 403, "nothing is left for them there"


async def test_of_a_ticket_that_was_split_the_lead_is_told_and_answers(
    served: Served,
    write: Write,
    town: Town,
    volunteer: Member,
    dispatcher: Member,
    sanitation_lead: Member,
    property_lead: Member,
) -> None:
    ticket = await reported(served, volunteer, 0)
    desk, sweepers, porters = (Phone(served, who) for who in (dispatcher, sanitation_lead, property_lead))
    parts = [
        {"child_id": str(uuid4()), "unit_id": str(town.property_firm), "unit_kind": "estate", "lead": True},
        {"child_id": str(uuid4()), "unit_id": str(town.sanitation), "unit_kind": "work"},
    ]
    split = await desk.does(ticket, "split", parts=parts)
    assert split.status_code == 200, split.text
    order = await ordered(served, town, ticket)
    assert (await listed(sweepers))["orders"] == []
    async with write() as session:
        while (await notify(session, served.clock())).more:
            pass
    for who, told_of_it in ((porters, True), (sweepers, False), (desk, False)):
        kinds = [one["kind"] for one in (await who.browser.get("notifications")).json()["notifications"]]
        assert ("supervised" in kinds) is told_of_it
    (mine,) = (await listed(porters))["orders"]
    assert (mine["order_id"], mine["answers"]) == (order, "unit")
    told = await answers(porters, ticket, order)
    assert told.status_code == 200, told.text
    assert (await listed(porters))["unanswered"] == 0


@pytest.mark.parametrize("end", ["cancel", "merge"])
async def test_an_order_is_answered_whatever_became_of_its_ticket(
    served: Served, town: Town, volunteer: Member, dispatcher: Member, sanitation_lead: Member, end: str
) -> None:
    ticket, twin = await reported(served, volunteer, 0), await reported(served, volunteer, 1)
    order = await ordered(served, town, ticket)
    how = {"into": twin} if end == "merge" else {"reason": "现场没有", "call": "10:20 打电话，他说没有"}
    ended = await Phone(served, dispatcher).does(ticket, end, **how)
    assert ended.status_code == 200, ended.text
    sweepers = Phone(served, sanitation_lead)
    assert [one["answers"] for one in (await listed(sweepers))["orders"]] == ["unit"]
    told = await answers(sweepers, ticket, order)
    assert told.status_code == 200, told.text
    assert (await listed(sweepers))["unanswered"] == 0


async def test_the_desk_notes_the_answer_of_a_unit_that_never_signs_in(
    served: Served, town: Town, volunteer: Member, dispatcher: Member, sanitation_lead: Member, supervisor: Member
) -> None:
    ticket = await reported(served, volunteer, 0)
    order = await ordered(served, town, ticket)
    desk = Phone(served, dispatcher)
    assert [one["answers"] for one in (await listed(desk))["orders"]] == ["desk"]
    assert [one["answers"] for one in (await listed(Phone(served, supervisor)))["orders"]] == [None]
    assert "answer_supervision" in [one["intent"] for one in (await desk.look(ticket))["allowed"]]
    nobody = await answers(desk, ticket, order)
    assert (nobody.status_code, nobody.json()["code"]) == (422, "body.missing")
    unproved = await answers(desk, ticket, order, taken_by="冼经理")
    assert (unproved.status_code, unproved.json()["code"]) == (422, "body.needs_one_of")
    told = await answers(desk, ticket, order, taken_by="冼经理", call="10:20 打电话，他说明早八点清运")
    assert told.status_code == 200, told.text
    (now,) = (await listed(desk))["orders"]
    assert (now["answer"], now["on_behalf"]) == ("明早八点清运", True)
    unit = await Phone(served, sanitation_lead).look(ticket)
    line = next(one for one in unit["timeline"] if one["verb"] == "supervision.answered")
    assert (line["detail"]["on_behalf"], line["texts"]["taken_by"]) == (True, "冼经理")


async def test_a_unit_that_never_signs_in_reaches_its_stage_and_asks_for_time_by_the_desk(
    served: Served, town: Town, volunteer: Member, dispatcher: Member, sanitation_lead: Member
) -> None:
    ticket = await reported(served, volunteer, 0)
    desk = Phone(served, dispatcher)
    offered = {one["intent"] for one in (await desk.look(ticket))["allowed"]}
    assert {"ask_extend", "ask_defer", "ask_shelve", "ask_send_back"} <= offered
    assert "reach" not in offered, "this kind has no stages"
    told = {"taken_by": "冼经理", "call": "10:20 打电话，他说车坏了"}
    asked = await desk.does(ticket, "ask_extend", reason="weather", by={"kind": "work_hour", "amount": 2}, **told)
    assert asked.status_code == 200, asked.text
    ticket_now = await Phone(served, sanitation_lead).look(ticket)
    (request,) = ticket_now["requests"]
    assert (request["kind"], request["state"]) == ("extend", "open")
    line = next(one for one in ticket_now["timeline"] if one["verb"] == "request.asked")
    assert (line["detail"]["on_behalf"], line["texts"]) == (True, {"taken_by": "冼经理"}), "the call is the desk's"
    leader = Phone(served, town["shift_leader"])
    granted = await leader.does(ticket, "grant_extend", request_id=request["request_id"])
    assert granted.status_code == 200, granted.text
