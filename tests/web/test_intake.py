"""代上报: what the desk pastes becomes a ticket with its unit, once; and what another system wants is not forgotten."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, MARKET, NOON, RIVER, WEST, Member, Town
from conftest import Read, Write
from filing import open_town
from gridward.services.notifications.notify import notify
from gridward.services.tickets.outer import warn
from gridward.services.tickets.retention import forget_speakers
from phones import Phone
from serving import Served, serve

PASTED = "黄女士 11:20\n雪圃学校东门旁边垃圾桶满了，没人收\n[图片]"


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def proposed(desk: Phone, text: str, **more: object) -> dict:  # type: ignore[type-arg]
    answer = await desk.browser.post("reports/proposal", json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    found: dict = answer.json()  # type: ignore[type-arg]
    return found


async def test_a_pasted_message_proposes_place_kind_and_unit_and_stores_nothing(
    served: Served, town: Town, dispatcher: Member
) -> None:
    made = await proposed(Phone(served, dispatcher), PASTED)
    assert (made["heard"]["speaker"], made["heard"]["source"]) == ("黄女士", "wechat")
    assert made["heard"]["said_at"] == "2026-09-01T11:20:00+08:00"
    assert made["places"][0]["words"] == "雪圃学校东门旁边"
    assert made["places"][0]["lon"] == pytest.approx(WEST + 0.6 * 0.002)
    assert made["kinds"][0]["category_name"] == "垃圾满了"
    assert (made["choice"]["unit_id"], made["choice"]["unit_name"]) == (str(town.sanitation), "环卫一队")
    assert made["choice"]["twins"] == []
    listed = await Phone(served, dispatcher).browser.get("tickets", params={"status": "all"})
    assert listed.json()["tickets"] == []


async def test_what_a_person_settled_overrules_the_text_and_a_twin_is_named(
    served: Served, town: Town, dispatcher: Member, volunteer: Member
) -> None:
    phone = Phone(served, volunteer)
    filed = (await phone.file(phone.report("lamp", at=ESTATE, place_note="花园一座"))).json()
    desk = Phone(served, dispatcher)
    at_estate = {"lon": ESTATE[0], "lat": ESTATE[1], "accuracy_m": 5}
    made = await proposed(desk, PASTED, place=at_estate, category="lamp")
    assert made["choice"]["unit_id"] == str(town.property_firm)
    (twin,) = made["choice"]["twins"]
    assert (twin["ticket_id"], twin["place_note"]) == (filed["ticket_id"], "花园一座")
    nowhere = await proposed(desk, "天气真好")
    assert (nowhere["places"], nowhere["kinds"], nowhere["choice"]) == ([], [], None)


async def test_degrees_lie_in_three_places_until_somebody_says_their_datum(served: Served, dispatcher: Member) -> None:
    (degrees,) = (await proposed(Phone(served, dispatcher), f"{MARKET[0]},{MARKET[1]} 井盖破了"))["degrees"]
    assert degrees["datum"] is None
    lons = {name: at["lon"] for name, at in degrees["as_datum"].items()}
    assert lons["WGS-84"] == pytest.approx(MARKET[0], abs=1e-6)
    assert len(set(lons.values())) == 3


def for_others(desk: Phone, town: Town, **more: object) -> dict:  # type: ignore[type-arg]
    said = {
        "source": "wechat",
        "speaker": "黄女士",
        "said_at": (NOON - timedelta(minutes=40)).isoformat(),
        "outer_no": "GZ-0901-0123",
        "outer_due_at": (NOON + timedelta(days=3)).isoformat(),
        "note": "垃圾桶满了，没人收",
        "unit_id": str(town.sanitation),
        "unit_reason": "群里说的，就在他们路段",
    }
    return desk.report(place_note="雪圃学校东门旁", **(said | more))


async def test_the_desk_files_and_sends_it_out_in_one_breath_and_only_once(
    served: Served, town: Town, dispatcher: Member, sanitation_lead: Member, read: Read
) -> None:
    desk, report_id = Phone(served, dispatcher), uuid4()
    report = for_others(desk, town)
    first, again = await desk.file(report, report_id), await desk.file(report, report_id)
    assert (first.status_code, again.status_code) == (201, 200)
    ticket = await desk.look(str(report_id))
    assert (ticket["status"], ticket["unit_name"], ticket["source"]) == ("assigned", "环卫一队", "wechat")
    assert (ticket["outer_no"], ticket["reporter"][0]["speaker"]) == ("GZ-0901-0123", "黄女士")
    verbs = [one["verb"] for one in ticket["timeline"]]
    assert verbs.count("ticket.assigned") == 1
    assert "群里说的，就在他们路段" in [one["text"] for one in ticket["timeline"]]
    (line,) = (await desk.browser.get("tickets")).json()["tickets"]
    assert (line["outer_no"], line["outer_due_at"]) == ("GZ-0901-0123", "2026-09-04T04:00:00Z")

    unit = Phone(served, sanitation_lead)
    theirs = await unit.look(str(report_id))
    everything = str(theirs) + (await unit.browser.get("tickets")).text
    for secret in ("黄女士", "GZ-0901-0123", "2026-09-04T04:00:00Z"):
        assert secret not in everything
    assert (await unit.browser.get("tickets", params={"text": "GZ-0901-0123"})).json()["tickets"] == []
    async with read() as session:
        entries = str((await session.execute(text("SELECT json_agg(detail) FROM entry"))).scalar_one())
    assert "黄女士" not in entries
    assert "GZ-0901" not in entries


async def test_a_form_sent_as_it_is_still_tells_the_unit_nothing_of_its_caller(
    served: Served, town: Town, dispatcher: Member, sanitation_lead: Member
) -> None:
    """What a desk without a line filed: nobody could take it apart on screen."""
    form = "工单编号：FS-0901-77\n来电人：王秀英\n联系电话：0757-22345678\n诉求内容：王女士反映垃圾桶满了"
    desk = Phone(served, dispatcher)
    report = for_others(desk, town, source="hotline", note=form, speaker=None, outer_no=None)
    ticket_id = (await desk.file(report)).json()["ticket_id"]
    ticket = await desk.look(ticket_id)
    assert ticket["outer_no"] == "FS-0901-77"
    assert "王秀英" in ticket["reporter"][0]["speaker"]
    unit = Phone(served, sanitation_lead)
    theirs = await unit.look(ticket_id)
    assert "诉求内容：市民反映垃圾桶满了" in [one["text"] for one in theirs["timeline"]]
    everything = str(theirs) + (await unit.browser.get("tickets")).text
    for secret in ("王", "22345678", "FS-0901-77"):
        assert secret not in everything


async def test_where_the_unit_cannot_have_it_nothing_is_lost(
    served: Served, town: Town, dispatcher: Member, volunteer: Member
) -> None:
    desk = Phone(served, dispatcher)
    for more, place in (
        ({"unit_id": str(uuid4())}, MARKET),
        ({}, RIVER),
        ({"category": "manhole"}, (MARKET[0] + 0.0005, MARKET[1])),
    ):
        answer = await desk.file(for_others(desk, town, at=place, **more))
        assert answer.status_code == 201, answer.text
        ticket = await Phone(served, town["shift_leader"]).look(answer.json()["ticket_id"])
        assert (ticket["status"], "not_sent_out" in ticket["marks"]) == ("received", True)
    bare = await desk.file(for_others(desk, town, unit_reason=" "))
    assert bare.status_code == 422
    reporter = Phone(served, volunteer)
    for forged in ({"speaker": "黄女士"}, {"outer_due_at": NOON.isoformat()}, {"unit_id": str(town.sanitation)}):
        body = reporter.report(unit_reason="x", **forged)
        assert (await reporter.file(body)).status_code == 403


async def test_the_desk_is_told_once_before_another_systems_limit_runs_out(
    served: Served, town: Town, dispatcher: Member, write: Write, read: Read
) -> None:
    desk = Phone(served, dispatcher)
    ticket_id = (await desk.file(for_others(desk, town))).json()["ticket_id"]

    async def at(**span: float) -> list[str]:
        now = NOON + timedelta(**span)
        async with write() as session:
            await warn(session, now)
        async with write() as session:
            while (await notify(session, now)).more:
                pass
        async with read() as session:
            told = "SELECT kind FROM notification WHERE person_id = :person AND ticket_id = :ticket"
            rows = await session.execute(text(told), {"person": dispatcher.person_id, "ticket": ticket_id})
            return list(rows.scalars())

    assert "outer_near_due" not in await at(hours=47)
    assert (await at(hours=49)).count("outer_near_due") == 1
    assert (await at(hours=50)).count("outer_near_due") == 1
    timeline = (await desk.look(ticket_id))["timeline"]
    (due_at,) = [one["detail"]["outer_due_at"] for one in timeline if one["verb"] == "outer.near_due"]
    assert datetime.fromisoformat(due_at) == NOON + timedelta(days=3)


async def test_whoever_calls_back_with_the_number_of_another_system_is_found_also_where_it_joined(
    served: Served, town: Town, dispatcher: Member, sanitation_lead: Member, volunteer: Member
) -> None:
    """12345 asks after its own number; the dispatcher is one community's, and both may be read there."""
    desk = Phone(served, dispatcher)
    first = (await desk.file(for_others(desk, town, note="桶旁边一股酸臭"))).json()["ticket_id"]
    again = for_others(desk, town, outer_no="FS-0902-77", note="又有人说漏水", join_ticket_id=first, unit_id=None)
    joined = (await desk.file(again)).json()
    assert joined["ticket_id"] == first
    apart = (await desk.file(for_others(desk, town, outer_no="FS-0903-88", note="路面有碎玻璃"))).json()["ticket_id"]

    async def found(who: Phone, words: str) -> list[str]:
        answer = await who.browser.get("tickets", params={"text": words})
        assert answer.status_code == 200, answer.text
        return [one["ticket_id"] for one in answer.json()["tickets"]]

    for words in ("GZ-0901-0123", "FS-0902-77", "fs-0902-77", " ＦＳ-0902-77", "酸臭", "漏水"):
        assert await found(desk, words) == [first], words
        assert await found(Phone(served, town["neighbour_dispatcher"]), words) == []
    merged = await desk.does(apart, "merge", into=first)
    assert merged.status_code == 200, merged.text
    assert await found(desk, "FS-0903-88") == [first]
    assert await found(desk, "碎玻璃") == [first]
    counted = (await desk.browser.get("tickets/counts", params={"text": "FS-0902-77"})).json()["counts"]
    assert counted["open"] == 1
    for other in (sanitation_lead, volunteer):
        for words in ("FS-0902-77", "漏水"):
            assert await found(Phone(served, other), words) == []
    back = await desk.does(apart, "unmerge", reason="不是同一件")
    assert back.status_code == 200, back.text
    assert (await found(desk, "FS-0903-88"), await found(desk, "碎玻璃")) == ([apart], [apart])


async def test_what_joined_is_not_found_any_more_once_it_is_erased(
    served: Served, town: Town, dispatcher: Member, security_admin: Member
) -> None:
    desk, second = Phone(served, dispatcher), uuid4()
    first = (await desk.file(for_others(desk, town, note="桶旁边一股酸臭"))).json()["ticket_id"]
    again = for_others(desk, town, outer_no="FS-0902-77", note="又有人说漏水", join_ticket_id=first, unit_id=None)
    await desk.file(again, second)
    assert (await Phone(served, security_admin).browser.post(f"reports/{second}/erase")).status_code == 200
    for words, there in (("漏水", 0), ("FS-0902-77", 0), ("酸臭", 1), ("GZ-0901-0123", 1)):
        answer = await desk.browser.get("tickets", params={"text": words})
        assert len(answer.json()["tickets"]) == there, words


async def test_the_callers_number_is_shown_whole_to_whoever_asks_and_that_is_written_down(
    served: Served, town: Town, dispatcher: Member, sanitation_lead: Member
) -> None:
    desk = Phone(served, dispatcher)
    ticket_id = (await desk.file(for_others(desk, town, speaker="黄女士 13800138000 0757-22345678"))).json()[
        "ticket_id"
    ]
    ticket = await desk.look(ticket_id)
    assert ticket["reporter"][0]["speaker"] == "黄女士 138****8000 075****5678"
    assert (await Phone(served, sanitation_lead).browser.get(f"tickets/{ticket_id}/speakers")).status_code == 403
    auditor = Phone(served, town["audit_admin"])
    assert (await auditor.browser.get("disclosures")).json()["seen"] == []
    (whole,) = (await desk.browser.get(f"tickets/{ticket_id}/speakers")).json()["speakers"]
    assert whole == {"report_id": ticket_id, "speaker": "黄女士 13800138000 0757-22345678"}
    (sight,) = (await auditor.browser.get("disclosures")).json()["seen"]
    assert (sight["reader"], sight["field"], sight["about_id"]) == (dispatcher.name, "speaker", ticket_id)


async def test_half_a_year_after_the_end_nobody_knows_any_more_who_called(
    served: Served, town: Town, dispatcher: Member, write: Write
) -> None:
    desk = Phone(served, dispatcher)
    over, open_ = [(await desk.file(for_others(desk, town, outer_no=no))).json()["ticket_id"] for no in ("A-1", "A-2")]
    async with write() as session:
        ended = {"at": NOON, "ticket": over}
        await session.execute(
            text("UPDATE ticket SET status = 'closed', is_open = false, ended_at = :at WHERE ticket_id = :ticket"),
            ended,
        )

    async def known(days: int) -> list[bool]:
        async with write() as session:
            await forget_speakers(session, NOON + timedelta(days=days))
        shown = [(await desk.browser.get(f"tickets/{one}/speakers")).json()["speakers"] for one in (over, open_)]
        return [bool(one) for one in shown]

    assert await known(179) == [True, True]
    assert await known(181) == [False, True], "a ticket that is open may still need its caller"


async def test_what_the_speaker_was_is_forgotten_with_the_report(
    served: Served, town: Town, dispatcher: Member, security_admin: Member
) -> None:
    desk = Phone(served, dispatcher)
    ticket_id = (await desk.file(for_others(desk, town))).json()["ticket_id"]
    answer = await Phone(served, security_admin).browser.post(f"reports/{ticket_id}/erase")
    assert answer.status_code == 200, answer.text
    left = await desk.look(ticket_id)
    assert left["outer_no"] is None
    assert "黄女士" not in str(left)
    found = await desk.browser.get("tickets", params={"text": "GZ-0901-0123", "status": "all"})
    assert found.json()["tickets"] == []
