"""The desk's list and what belongs to it: sections and their counts, steps on several tickets, views, phrases."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, LANE, MARKET, Member, Town
from conftest import Write
from filing import open_town
from phones import Phone
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def filed(phone: Phone, category: str = "other", **more: Any) -> str:
    answer = await phone.file(phone.report(category, **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket_id"])


async def assigned(phone: Phone, seed: int, **more: Any) -> str:
    """With the photo that lets the rules be sure."""
    return await filed(phone, "litter_full", photos=[{"sha256": await phone.photo(seed), "kind": "before"}], **more)


async def section(desk: Phone, name: str, **query: Any) -> list[str]:
    answer = await desk.browser.get("tickets", params={"section": name, **query})
    assert answer.status_code == 200, answer.text
    return [one["ticket_id"] for one in answer.json()["tickets"]]


async def counted(desk: Phone, **query: Any) -> dict[str, int]:
    answer = await desk.browser.get("tickets/counts", params=query)
    assert answer.status_code == 200, answer.text
    found: dict[str, int] = answer.json()["counts"]
    return {name: count for name, count in found.items() if count}


async def test_each_section_holds_what_it_says_and_its_count_is_that_of_its_list(
    served: Served,
    town: Town,
    volunteer: Member,
    dispatcher: Member,
    sanitation_lead: Member,
) -> None:
    phone, desk, unit = Phone(served, volunteer), Phone(served, dispatcher), Phone(served, sanitation_lead)
    received = await filed(phone, place_note="雪圃学校东门旁")
    without = await filed(phone, at=ESTATE)
    grid = str(town.grid_estate)
    assert (await desk.does(without, "accept", condition_id="lamp-dark", grid_id=grid)).status_code == 200
    asked = await assigned(phone, 1, at=MARKET)
    assert (await unit.does(asked, "ask_send_back", reason="outside_area", clause="小区围墙内")).status_code == 200
    working = await assigned(phone, 2, at=LANE)

    expected = {"tray": 3, "received": 1, "no_unit": 1, "requests": 1, "open": 4}
    assert await counted(desk) == expected
    assert await section(desk, "received") == [received]
    assert await section(desk, "no_unit") == [without]
    assert await section(desk, "requests") == [asked]
    assert set(await section(desk, "open")) == {received, without, asked, working}
    assert await counted(desk, text="学校东门") == {"tray": 1, "received": 1, "open": 1}
    assert await counted(desk, unit_id=str(town.sanitation)) == {"tray": 1, "requests": 1, "open": 2}
    assert await counted(Phone(served, town["neighbour_dispatcher"])) == {}
    assert (await unit.browser.get("tickets/counts")).status_code == 403

    due = (await desk.look(working))["resolve_due_at"]
    assert due is not None
    served.clock.forward(hours=11)
    for name, count in (await counted(desk)).items():
        assert len(await section(desk, name)) == count, name


async def test_what_waits_for_the_desk_is_near_its_breach_before_it_is_late(
    served: Served, volunteer: Member, dispatcher: Member, town: Town
) -> None:
    """At minute 14 of 15 a report that nobody has accepted looked as calm as one of this minute."""
    phone, desk = Phone(served, volunteer), Phone(served, dispatcher)
    waiting = await filed(phone, place_note="雪圃学校东门旁")
    accepted = await filed(phone, at=ESTATE)
    grid = str(town.grid_estate)
    assert (await desk.does(accepted, "accept", condition_id="lamp-dark", grid_id=grid)).status_code == 200
    assert await section(desk, "near") == []
    dues = {}
    for ticket in (waiting, accepted):
        (clock,) = [one for one in (await desk.look(ticket))["clocks"] if one["state"] == "running"]
        dues[ticket] = (clock["clock"], datetime.fromisoformat(clock["due_at"]))
    assert [kind for kind, _ in dues.values()] == ["file", "dispatch"]
    last = max(due for _, due in dues.values())
    served.clock.forward(seconds=(last - served.clock()).total_seconds() - 60)
    assert set(await section(desk, "near")) == {waiting, accepted}
    assert (await counted(desk))["near"] == 2
    assert (await desk.look(waiting))["near_breach"] is True


async def test_a_step_on_several_tickets_tells_for_each_what_will_happen_and_then_what_did(
    served: Served, town: Town, volunteer: Member, dispatcher: Member, shift_leader: Member
) -> None:
    phone, desk = Phone(served, volunteer), Phone(served, dispatcher)
    named, unnamed = await filed(phone, "dumping", at=ESTATE), await filed(phone)
    asked = {"step": "reject", "ticket_ids": [named, unnamed, str(uuid4())]}
    plan = (await desk.browser.post("tickets/plan", json=asked)).json()["tickets"]
    told = {one["ticket_id"]: (one["intents"], one["why_not"]) for one in plan}
    assert told[unnamed] == (["reject"], None)
    assert set(told) == {named, unnamed}

    # A colleague is quicker: the ticket has moved on when the step arrives, and its answer says where to.
    body = {"reason": "not_public", "answer": "这里属于私人地方，我们不便处理。"}
    assert (await Phone(served, shift_leader).does(unnamed, "reject", **body)).status_code == 200
    late = await desk.does(unnamed, "reject", **body)
    assert late.status_code == 409
    assert late.json()["code"] == "ticket.not_a_step"
    assert late.json()["current"]["status"] == "rejected"


async def test_a_view_is_saved_under_an_address_and_shared_with_the_desk_of_the_community(
    served: Served, town: Town, dispatcher: Member, shift_leader: Member
) -> None:
    people = (dispatcher, shift_leader, town["neighbour_dispatcher"])
    mine, leader, neighbour = (Phone(served, who).browser for who in people)
    view = f"desk/views/{uuid4()}"
    kept = {"name": "花园网格的临期", "query": "?text=花园&tab=near", "shared": False}
    assert (await mine.put(view, json=kept)).status_code == 204
    (own,) = (await mine.get("desk/views")).json()["views"]
    assert (own["name"], own["query"], own["mine"]) == ("花园网格的临期", "tab=near&text=%E8%8A%B1%E5%9B%AD", True)
    assert (await leader.get("desk/views")).json()["views"] == []

    assert (await mine.put(view, json=kept | {"shared": True})).status_code == 204
    (seen,) = (await leader.get("desk/views")).json()["views"]
    assert (seen["mine"], seen["owner_name"]) == (False, "卢派遣")
    assert (await neighbour.get("desk/views")).json()["views"] == []
    assert (await leader.delete(view)).status_code == 403
    for query in ("ticket=1", "tab=near&to=https://elsewhere", ""):
        refused = await mine.put(view, json=kept | {"query": query})
        assert (refused.status_code, refused.json()["code"]) == (422, "view_unreadable"), query
    assert (await mine.delete(view)).status_code == 204
    assert (await mine.get("desk/views")).json()["views"] == []


async def test_phrases_are_the_shift_leaders_to_write_and_the_desks_to_use(
    served: Served, write: Write, dispatcher: Member, shift_leader: Member
) -> None:
    desk, leader = Phone(served, dispatcher).browser, Phone(served, shift_leader).browser
    phrase = f"desk/phrases/{uuid4()}"
    words = {"use": "reject", "title": "物业内部", "words": "这里属于小区内部，已转告物业。"}
    assert (await desk.put(phrase, json=words)).status_code == 403
    assert (await leader.put(phrase, json=words)).status_code == 204
    (found,) = (await desk.get("desk/phrases")).json()["phrases"]
    assert (found["title"], found["words"]) == ("物业内部", "这里属于小区内部，已转告物业。")
    assert (await leader.put(phrase, json=words | {"title": " "})).json()["code"] == "title_missing"
    assert (await leader.delete(phrase)).status_code == 204
    assert (await desk.get("desk/phrases")).json()["phrases"] == []


async def test_the_desk_finds_by_first_letters_and_by_names_of_units_and_nobody_else_does(
    served: Served, volunteer: Member, dispatcher: Member, sanitation_lead: Member
) -> None:
    phone, desk, unit = Phone(served, volunteer), Phone(served, dispatcher), Phone(served, sanitation_lead)
    gate = await filed(phone, place_note="雪圃学校东门旁")
    litter = await assigned(phone, 3, at=MARKET)
    estate = await filed(phone, at=ESTATE)
    assert await section(desk, "open", text="xpxx") == [gate]
    assert await section(desk, "open", text="XX") == [gate]
    assert await section(desk, "open", text="ljm") == [litter]
    assert await section(desk, "open", text="hw") == [litter]
    assert await section(desk, "open", text="环卫一队") == [litter]
    assert await section(desk, "open", text="花园网格") == [estate]
    assert await section(desk, "open", text="qqq") == []
    listed = await unit.browser.get("tickets", params={"text": "环卫一队"})
    assert listed.json()["tickets"] == []
