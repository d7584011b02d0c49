"""One report, from a photo on a phone to a closed ticket with the right time limit, over HTTP with every part real."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, MARKET, OUTSIDE, Member, Town
from conftest import Write
from filing import open_town
from gridward.persistence.entries import EntryRow
from gridward.persistence.tickets.rows import TicketRow
from phones import Phone
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def test_from_a_photo_to_a_closed_ticket(
    served: Served,
    town: Town,
    volunteer: Member,
    sanitation_lead: Member,
    sanitation_worker: Member,
    steward: Member,
    supervisor: Member,
) -> None:
    phone, lead, worker, checker, judge = (
        Phone(served, one) for one in (volunteer, sanitation_lead, sanitation_worker, steward, supervisor)
    )
    # The volunteer sees a full bin at the market.
    before = await phone.photo(1)
    filed = await phone.file(
        phone.report(photos=[{"sha256": before, "kind": "before"}], place_note="雪圃学校东门旁", note="满出来了")
    )
    assert filed.status_code == 201, filed.text
    assert filed.headers["X-App-Ack"] == "1"
    assert filed.headers["Cache-Control"] == "no-store"
    taken = filed.json()
    assert taken["short_no"] == "001"
    assert taken["ticket_no"].startswith("20260901-")
    ticket_id = taken["ticket_id"]

    mine = await phone.look(ticket_id)
    assert (mine["status"], mine["unit_kind"], mine["mine"]) == ("assigned", "work", True)

    # The unit's lead finds it by due time, hands it to a worker, who takes it.
    inbox = (await lead.browser.get("tickets", params={"order": "due", "unit_id": str(town.sanitation)})).json()
    assert [one["ticket_id"] for one in inbox["tickets"]] == [ticket_id]
    assert inbox["tickets"][0]["resolve_due_at"] is not None
    assert (await lead.does(ticket_id, "hand_to", worker_id=str(sanitation_worker.person_id))).status_code == 200
    served.clock.forward(minutes=5)
    assert (await worker.does(ticket_id, "acknowledge")).status_code == 200
    served.clock.forward(minutes=20)
    arrived = await worker.does(ticket_id, "arrive", lon=MARKET[0], lat=MARKET[1], accuracy_m=10)
    assert arrived.status_code == 200, arrived.text
    served.clock.forward(minutes=15)
    after = await worker.photo(2)
    done = await worker.does(ticket_id, "resolve", photos=[{"sha256": after}], note="清运完毕")
    assert done.status_code == 200, done.text
    assert done.json()["status"] == "resolved"

    # The steward looks on the spot, and it is closed.
    served.clock.forward(minutes=30)
    proof = await checker.photo(3)
    checked = await checker.does(ticket_id, "verify", way="spot", photos=[proof])
    assert checked.status_code == 200, checked.text
    closed = await phone.look(ticket_id)
    assert (closed["status"], closed["closing"]) == ("closed", "verified")
    assert [one["kind"] for one in closed["photos"]] == ["before", "after", "verification"]
    assert {one["text"] for one in closed["timeline"]} >= {"清运完毕", "满出来了"}

    # The supervisor reads how the unit's time was counted.
    book = (await judge.browser.get(f"tickets/{ticket_id}/ledger")).json()
    resolve = next(one for one in book["clocks"] if one["clock"] == "resolve")
    assert resolve["counted_s"] == 40 * 60
    assert resolve["final"]
    assert resolve["breached_at"] is None
    assert sum(line["span_s"] for line in resolve["stretches"] if line["counted"]) == resolve["counted_s"]
    hands = {one["who"]: one["span_s"] for one in book["whose_time"]}
    assert hands == {"platform": 0, "unit": 40 * 60, "verifier": 30 * 60, "reporter": 0, "suspended": 0}
    assert sum(hands.values()) == book["age_s"] == 70 * 60


async def filed_and_assigned(phone: Phone, **more: Any) -> str:
    photo = await phone.photo(7)
    answer = await phone.file(phone.report(photos=[{"sha256": photo, "kind": "before"}], **more))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["ticket_id"])


async def test_a_send_back_that_is_granted_goes_to_the_next_unit_and_out_of_the_first_ones_sight(
    served: Served, town: Town, volunteer: Member, sanitation_lead: Member, property_lead: Member, dispatcher: Member
) -> None:
    phone, lead, other, desk = (Phone(served, one) for one in (volunteer, sanitation_lead, property_lead, dispatcher))
    ticket_id = await filed_and_assigned(phone)
    start = (await lead.browser.get("changes", params={"cursor": await start_of(lead)})).json()["cursor"]
    served.clock.forward(minutes=5)
    asked = await lead.does(
        ticket_id, "ask_send_back", reason="outside_area", clause="小区围墙内", lon=MARKET[0], lat=MARKET[1]
    )
    assert asked.status_code == 200, asked.text
    assert (await desk.look(ticket_id))["tray_reason"] == "request_send_back"
    request = (await desk.look(ticket_id))["requests"][0]["request_id"]
    granted = await desk.does(ticket_id, "send_back", request_id=request, whose_unit_id=str(town.property_firm))
    assert granted.status_code == 200, granted.text
    assert (await desk.look(ticket_id))["tray_reason"] == "sent_back"
    assert (await lead.browser.get(f"tickets/{ticket_id}")).status_code == 404
    gone = (await lead.browser.get("changes", params={"cursor": start})).json()["changes"]
    assert [one["op"] for one in gone if one["id"] == ticket_id][-1] == "r"
    given = await desk.does(ticket_id, "assign", unit_id=str(town.property_firm), reason="围墙内")
    assert given.status_code == 200, given.text
    assert (await other.look(ticket_id))["status"] == "assigned"
    clocks = (await desk.browser.get(f"tickets/{ticket_id}/ledger")).json()["clocks"]
    assert {one["state"] for one in clocks if one["clock"] == "resolve"} == {"void", "running"}


async def start_of(who: Phone) -> str:
    """The cursor that a new phone of this person starts from."""
    scope = (await who.browser.get("my/scope")).json()["scopes"][0]
    return str((await who.browser.get("snapshot", params={"scope": scope})).json()["start_cursor"])


async def test_a_send_back_that_is_refused_gained_no_time(
    served: Served, volunteer: Member, sanitation_lead: Member, dispatcher: Member
) -> None:
    phone, lead, desk = (Phone(served, one) for one in (volunteer, sanitation_lead, dispatcher))
    ticket_id = await filed_and_assigned(phone)
    due = (await desk.look(ticket_id))["resolve_due_at"]
    served.clock.forward(minutes=5)
    await lead.does(ticket_id, "ask_send_back", reason="outside_area", clause="不在范围")
    request = (await desk.look(ticket_id))["requests"][0]["request_id"]
    served.clock.forward(minutes=10)
    refused = await desk.does(ticket_id, "refuse_send_back", request_id=request, reason="就在作业范围内")
    assert refused.status_code == 200, refused.text
    seen = await lead.look(ticket_id)
    assert (seen["resolve_due_at"], seen["tray_reason"]) == (due, None)
    assert "就在作业范围内" in {one["text"] for one in seen["timeline"]}
    again = await lead.does(ticket_id, "ask_send_back", reason="outside_area", clause="再试一次")
    assert again.status_code == 409


async def test_after_a_rework_the_same_clock_runs_on(
    served: Served, volunteer: Member, sanitation_lead: Member, steward: Member
) -> None:
    phone, lead, checker = (Phone(served, one) for one in (volunteer, sanitation_lead, steward))
    ticket_id = await filed_and_assigned(phone)
    served.clock.forward(minutes=10)
    await lead.does(ticket_id, "acknowledge")
    served.clock.forward(minutes=20)
    assert (await lead.does(ticket_id, "resolve", photos=[await lead.photo(8)])).status_code == 200
    assert (await lead.does(ticket_id, "verify", way="spot", photos=[await lead.photo(9)])).status_code == 403
    served.clock.forward(hours=1)
    back = await checker.does(ticket_id, "rework", reason="桶边还有", photos=[await checker.photo(10)])
    assert back.status_code == 200, back.text
    assert back.json()["status"] == "assigned"
    served.clock.forward(minutes=15)
    assert (await lead.does(ticket_id, "resolve", photos=[await lead.photo(11)])).status_code == 200
    book = (await lead.browser.get(f"tickets/{ticket_id}/ledger")).json()
    (resolve,) = [one for one in book["clocks"] if one["clock"] == "resolve"]
    assert resolve["counted_s"] == (30 + 15) * 60
    assert "verification" in {line["why"] for line in resolve["stretches"]}


async def test_what_is_urgent_goes_out_at_night_though_the_place_is_uncertain(
    served: Served, town: Town, volunteer: Member
) -> None:
    phone = Phone(served, volunteer)
    served.clock.forward(hours=13)
    photo = await phone.photo(12)
    report = phone.report("manhole", condition_id="manhole-missing", photos=[{"sha256": photo, "kind": "before"}])
    report["body"]["location"]["accuracy_m"] = 300
    answer = await phone.file(report)
    assert answer.status_code == 201, answer.text
    seen = await phone.look(answer.json()["ticket_id"])
    assert (seen["urgent"], seen["status"]) == (True, "assigned")
    assert seen["unit_kind"] == "street"


async def test_near_a_boundary_it_waits_in_the_tray_with_its_candidates(
    served: Served, town: Town, volunteer: Member, dispatcher: Member
) -> None:
    phone, desk = Phone(served, volunteer), Phone(served, dispatcher)
    edge = (ESTATE[0] - 0.0005, ESTATE[1])
    ticket_id = await filed_and_assigned(phone, at=edge)
    tray = (await desk.browser.get("tickets", params={"tray": True})).json()["tickets"]
    assert [(one["ticket_id"], one["tray_reason"]) for one in tray] == [(ticket_id, "boundary_near")]
    seen = await desk.look(ticket_id)
    assert {one["unit_id"] for one in seen["candidates"]} >= {str(town.sanitation), str(town.property_firm)}
    assert (await phone.look(ticket_id))["candidates"] == []
    accepted = await desk.does(ticket_id, "accept", condition_id="litter_full-full", grid_id=str(town.grid_estate))
    assert accepted.status_code == 200, accepted.text
    assigned = await desk.does(ticket_id, "assign", unit_id=str(town.property_firm), reason="看过地图")
    assert assigned.status_code == 200, assigned.text


async def test_two_equal_reports_at_once_are_one_and_both_are_told_so(
    served: Served, volunteer: Member, write: Write
) -> None:
    phone = Phone(served, volunteer)
    report, report_id = phone.report(photos=[{"sha256": await phone.photo(13), "kind": "before"}]), uuid4()
    answers = await asyncio.gather(*(phone.file(report, report_id) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 200, 200, 201]
    assert len({one.text for one in answers}) == 1
    async with write() as session:
        found = await session.execute(select(func.count()).where(TicketRow.ticket_id == report_id))
        assert found.scalar_one() == 1
        entries = await session.execute(select(func.count()).where(EntryRow.subject_id == report_id))
        assert entries.scalar_one() == 3


async def test_the_same_report_a_week_later_gets_the_same_answer_and_other_content_a_refusal(
    served: Served, volunteer: Member, other_volunteer: Member
) -> None:
    phone, other = Phone(served, volunteer), Phone(served, other_volunteer)
    report, report_id = phone.report(photos=[{"sha256": await phone.photo(14), "kind": "before"}]), uuid4()
    first = await phone.file(report, report_id)
    served.clock.forward(days=7)
    again = await phone.file(report, report_id)
    assert (first.status_code, again.status_code, first.json()) == (201, 200, again.json())
    changed = await phone.file(report | {"digest": uuid4().hex}, report_id)
    assert (changed.status_code, changed.json()["code"]) == (409, "id_taken")
    somebody_else = await other.file(report, report_id)
    assert (somebody_else.status_code, somebody_else.json()["facts"]) == (409, {})


async def test_photos_come_first_and_what_is_missing_is_named(served: Served, volunteer: Member) -> None:
    phone = Phone(served, volunteer)
    missing = "ab" * 32
    report, report_id = phone.report(photos=[{"sha256": missing, "kind": "before"}]), uuid4()
    answer = await phone.file(report, report_id)
    assert (answer.status_code, answer.json()["facts"]) == (424, {"missing": [missing]})
    assert (await phone.browser.get(f"tickets/{report_id}")).status_code == 404


@pytest.mark.parametrize(
    ("change", "marks", "tray"),
    [
        ({"at": OUTSIDE}, set(), "no_grid"),
        ({"photos": []}, {"evidence_missing"}, "evidence_missing"),
        ({"condition_id": "litter_full-retired"}, {"condition_unknown"}, "condition_not_named"),
        ({"category": "never_heard_of"}, {"category_unknown"}, None),
        ({"location": None}, set(), "place_unknown"),
        ({"note": "   ", "place_note": "\u0000", "at": OUTSIDE}, set(), "no_grid"),
        ({"at": (180.0, 90.0), "note": "half \ud800 a sign"}, set(), "no_grid"),
        ({"self_resolved": {"note": "倒了"}}, {"evidence_missing"}, "evidence_missing"),
        ({"location": {"lon": MARKET[0], "lat": MARKET[1], "accuracy_m": 4e7}}, set(), None),
        ({"join_ticket_id": str(uuid4())}, {"join_failed"}, "join_failed"),
    ],
)
async def test_a_well_formed_report_is_never_refused(
    served: Served,
    volunteer: Member,
    dispatcher: Member,
    shift_leader: Member,
    change: dict[str, Any],
    marks: set[str],
    tray: str | None,
) -> None:
    phone, desk = Phone(served, volunteer), Phone(served, shift_leader)
    photos = [{"sha256": await phone.photo(15), "kind": "before"}]
    answer = await phone.file(phone.report(**({"photos": photos} | change)))
    assert answer.status_code == 201, answer.text
    seen = await desk.look(answer.json()["ticket_id"])
    assert seen["status"] == "received"
    assert set(seen["marks"]) >= marks
    assert seen["tray_reason"] is not None
    assert tray is None or seen["tray_reason"] == tray


async def test_a_phone_ten_years_ahead_changes_no_due_time(
    served: Served, volunteer: Member, shift_leader: Member
) -> None:
    phone, desk = Phone(served, volunteer), Phone(served, shift_leader)
    report = phone.report(photos=[{"sha256": await phone.photo(16), "kind": "before"}])
    report["clock"] = {"captured_at": "2036-09-01T04:00:00Z"}
    seen = await desk.look((await phone.file(report)).json()["ticket_id"])
    assert seen["captured_at"] == seen["received_at"] == "2026-09-01T04:00:00Z"
    assert "clock_ahead" in seen["marks"]


@pytest.mark.parametrize(
    "broken",
    [
        {"schema": 99},
        {"body": {"category": "litter_full", "location": {"lon": 300, "lat": 23}}},
        {"clock": {"captured_at": "yesterday"}},
        {"body": {"category": "x" * 500}},
        {"digest": "short"},
    ],
)
async def test_what_cannot_be_read_is_refused_with_a_code(
    served: Served, volunteer: Member, broken: dict[str, Any]
) -> None:
    phone = Phone(served, volunteer)
    answer = await phone.file(phone.report() | broken)
    assert answer.status_code == 422
    assert answer.json()["code"] in ("malformed", "schema_unknown")


async def test_an_operation_that_cannot_be_kept_is_refused(served: Served, volunteer: Member) -> None:
    phone = Phone(served, volunteer)
    ticket_id = await filed_and_assigned(phone)
    for words in ("half \ud800 a sign", "nothing \u0000 here"):
        answer = await phone.does(ticket_id, "note", text=words, audience="unit")
        assert answer.status_code == 422, answer.text
