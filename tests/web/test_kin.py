"""The same thing told twice, and one thing for several units: merged, taken apart again, split, and who sees of it what."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, RIVER, Member, Town
from conftest import Write
from filing import open_town
from phones import Phone
from serving import Served, serve

NEAR = (MARKET[0] + 0.0001, MARKET[1])
"""About 10 m from the market."""


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def told(served: Served, phone: Phone, seed: int, **more: Any) -> str:
    served.clock.forward(minutes=7)
    photo = await phone.photo(seed)
    answer = await phone.file(phone.report(photos=[{"sha256": photo, "kind": "close", "exif": None}], **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket_id"])


async def kin(phone: Phone, ticket_id: str) -> dict[str, Any]:
    answer = await phone.browser.get(f"tickets/{ticket_id}/kin")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_a_twin_is_merged_and_taken_apart_again_and_nothing_is_lost(
    served: Served, volunteer: Member, other_volunteer: Member, dispatcher: Member
) -> None:
    first, second, desk = Phone(served, volunteer), Phone(served, other_volunteer), Phone(served, dispatcher)
    older = await told(served, first, 1, note="学校东门垃圾桶满了")
    younger = await told(served, second, 41, at=NEAR, note="东门的垃圾桶满了，都溢出来了")
    await told(served, first, 81, at=RIVER)

    (twin,) = (await kin(desk, younger))["twins"]
    assert twin["ticket"]["ticket_id"] == older
    assert twin["ticket"]["photo"], "beside the ticket with its photo"
    assert twin["distance_m"] == pytest.approx(10.2, abs=0.5)
    assert twin["kind"] == 1.0
    assert twin["words"] > 0.4
    assert twin["score"] > 0.8

    own = [photo["sha256"] for photo in (await desk.look(younger))["photos"]]
    assert (await desk.does(younger, "merge", into=older)).status_code == 200
    whole = await desk.look(older)
    assert len(whole["photos"]) == 2
    assert {one["name"] for one in whole["reporter"]} == {volunteer.name, other_volunteer.name}
    assert [one["ticket_id"] for one in (await kin(desk, older))["merged_here"]] == [younger]
    gone = await desk.browser.get(f"tickets/{younger}/kin")
    assert gone.json()["merged_into"]["ticket_id"] == older
    assert gone.json()["twins"] == [], "what is merged looks for no twin"

    back = await desk.does(younger, "unmerge", reason="不是同一个桶")
    assert back.status_code == 200, back.text
    assert [photo["sha256"] for photo in (await desk.look(younger))["photos"]] == own
    assert {one["name"] for one in (await desk.look(younger))["reporter"]} == {other_volunteer.name}
    assert {one["name"] for one in (await desk.look(older))["reporter"]} == {volunteer.name}
    assert (await kin(desk, older))["merged_here"] == []


async def test_parts_of_a_split_know_each_other_and_the_lead_answers_for_the_whole(
    served: Served, town: Town, volunteer: Member, dispatcher: Member, sanitation_lead: Member, property_lead: Member
) -> None:
    desk, sweepers, porters = (Phone(served, who) for who in (dispatcher, sanitation_lead, property_lead))
    whole = await told(served, Phone(served, volunteer), 1)
    children = [str(uuid4()), str(uuid4())]
    done = await desk.does(
        whole,
        "split",
        in_order=True,
        parts=[
            {"child_id": children[0], "unit_id": str(town.property_firm), "unit_kind": "estate"},
            {"child_id": children[1], "unit_id": str(town.sanitation), "unit_kind": "work", "lead": True},
        ],
        reason="先关水再清运",
    )
    assert done.status_code == 200, done.text
    for phone, asked in ((desk, whole), (desk, children[0]), (sweepers, children[1]), (porters, children[0])):
        split = (await kin(phone, asked))["split"]
        assert split["whole_id"] == whole
        assert split["in_order"] is True
        assert [(one["unit_name"], one["lead"], one["on_turn"]) for one in split["parts"]] == [
            ("雪圃花园物业", False, True),
            ("环卫一队", True, False),
        ]
    early = await sweepers.does(children[1], "acknowledge")
    assert (early.status_code, early.json()["code"]) == (409, "split.not_yet")
    assert (await kin(sweepers, children[1]))["twins"] == [], "a unit is not shown what else was reported"


async def test_the_lead_answers_for_the_whole_and_its_reporter_reads_it(
    served: Served,
    town: Town,
    volunteer: Member,
    dispatcher: Member,
    sanitation_lead: Member,
    property_lead: Member,
    lead_steward: Member,
) -> None:
    desk, sweepers, porters, checks = (
        Phone(served, who) for who in (dispatcher, sanitation_lead, property_lead, lead_steward)
    )
    whole = await told(served, Phone(served, volunteer), 1)
    lead, other = str(uuid4()), str(uuid4())
    done = await desk.does(
        whole,
        "split",
        parts=[
            {"child_id": lead, "unit_id": str(town.sanitation), "unit_kind": "work", "lead": True},
            {"child_id": other, "unit_id": str(town.property_firm), "unit_kind": "estate"},
        ],
    )
    assert done.status_code == 200, done.text
    # The lead is done first; the whole waits for the other, and speaks with the words of the lead all the same.
    for unit, part, words in ((sweepers, lead, "两家一起清了，以后每天两次"), (porters, other, "门锁换了")):
        served.clock.forward(minutes=9)
        resolved = await unit.does(part, "resolve", photos=[await unit.photo(51)], note=words)
        assert resolved.status_code == 200, resolved.text
        assert (await desk.look(whole))["status"] == "split"
        verified = await checks.does(part, "verify", way="spot", photos=[await checks.photo(52)])
        assert verified.status_code == 200, verified.text
    seen = await Phone(served, volunteer).look(whole)
    assert seen["status"] == "closed"
    (end,) = (line for line in seen["timeline"] if line["verb"] == "ticket.split_finished")
    assert (end["text"], end["who"]) == ("两家一起清了，以后每天两次", "program")
    assert "门锁换了" not in str(seen), "of the other parts the reporter of the whole reads nothing"


async def test_who_only_reported_it_learns_nothing_of_the_others(
    served: Served, volunteer: Member, dispatcher: Member
) -> None:
    ticket = await told(served, Phone(served, volunteer), 1)
    answer = await Phone(served, volunteer).browser.get(f"tickets/{ticket}/kin")
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert (await kin(Phone(served, dispatcher), ticket))["split"] is None


async def test_a_request_lies_beside_its_rule_with_who_may(
    served: Served, volunteer: Member, sanitation_lead: Member, dispatcher: Member, shift_leader: Member
) -> None:
    ticket = await told(served, Phone(served, volunteer), 1)
    unit = Phone(served, sanitation_lead)
    served.clock.forward(minutes=5)
    asked = await unit.does(ticket, "ask_extend", reason="parts", by={"kind": "work_hour", "amount": 2})
    assert asked.status_code == 200, asked.text
    answer = await Phone(served, dispatcher).browser.get(f"tickets/{ticket}/requests")
    (one,) = answer.json()["requests"]
    assert (one["kind"], one["grant"], one["may_grant"]) == ("extend", "grant_extend", False)
    assert one["not_mine"]["code"] == "request.not_yours_to_grant"
    assert one["approval"]["roles"] == ["shift_leader", "supervisor"]
    (for_leader,) = (await Phone(served, shift_leader).browser.get(f"tickets/{ticket}/requests")).json()["requests"]
    assert for_leader["may_grant"] is True
    foretold = {moved["clock"]: moved["would_be_due_at"] for moved in for_leader["moved"]}
    leader = Phone(served, shift_leader)
    granted = await leader.does(ticket, "grant_extend", request_id=one["request_id"])
    assert granted.status_code == 200, granted.text
    assert (await leader.look(ticket))["resolve_due_at"] == foretold["resolve"]
