"""Work done without signal: when it counts, why, and what becomes of it when others were quicker. Over HTTP."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from cast import LANE, Member, Town
from conftest import Write
from filing import open_town
from phones import Phone
from serving import Served, serve

HOUR = timedelta(hours=1)
ELSEWHERE = (LANE[0] + 0.0003, LANE[1] + 0.0006)
"""In the same grid, too far off to be the same thing."""


@pytest.fixture
async def served(engine: AsyncEngine, tmp_path: Path, write: Write, town: Town) -> Served:
    async with write() as session:
        await open_town(session, town)
    return serve(engine, tmp_path)


class Underground:
    """A phone that saves now and sends later; its own clock may be off, and it may be restarted in between.

    Args:
        ahead: How far its clock runs ahead of the server's.
    """

    def __init__(self, served: Served, who: Member, ahead: timedelta = timedelta()) -> None:
        self.served, self.phone, self.ahead = served, Phone(served, who), ahead
        self.known_offset: float | None = -ahead.total_seconds() * 1000
        self.boot: str | None = None

    def now(self) -> datetime:
        return self.served.clock() + self.ahead

    def mono_ms(self) -> float:
        return self.served.clock().timestamp() * 1000

    def saves(self, type_: str, seen: Mapping[str, Any], **body: Any) -> dict[str, Any]:
        clock: dict[str, Any] = {"captured_at": self.now().isoformat(), "tz": "Asia/Shanghai"}
        if self.known_offset is not None:
            clock |= {"offset_ms": self.known_offset, "offset_at": self.now().isoformat()}
        if self.boot is not None:
            clock |= {"boot_id": self.boot, "mono_ms": self.mono_ms()}
        had = {name: seen[name] for name in ("version", "assignment_id", "resolution_id")}
        return {"schema": 1, "digest": uuid4().hex, "type": type_, "seen": had, "body": body, "clock": clock}

    async def sends(self, ticket_id: str, envelope: Mapping[str, Any]) -> httpx.Response:
        headers = {"Content-Type": "application/json", "X-Client-Now": self.now().isoformat()}
        if self.boot is not None:
            headers |= {"X-Client-Boot": self.boot, "X-Client-Mono": str(self.mono_ms())}
        return await self.phone.browser.put(
            f"tickets/{ticket_id}/operations/{uuid4()}", content=json.dumps(envelope), headers=headers
        )


async def assigned(served: Served, volunteer: Member, at: tuple[float, float] = LANE) -> str:
    """A ticket that the rules gave to the cleaners."""
    phone = Phone(served, volunteer)
    photo = {"sha256": await phone.photo(1), "kind": "before"}
    answer = await phone.file(phone.report(at=at, photos=[photo]))
    assert answer.status_code == 201, answer.text
    ticket_id = str(answer.json()["ticket_id"])
    assert (await phone.look(ticket_id))["status"] == "assigned"
    return ticket_id


async def line_of(served: Served, who: Member, ticket_id: str, verb: str) -> dict[str, Any]:
    """The newest line of the timeline with this verb."""
    seen = await Phone(served, who).look(ticket_id)
    found: dict[str, Any] = [line for line in seen["timeline"] if line["verb"] == verb][-1]
    return found


async def clock_of(who: Phone, ticket_id: str, kind: str) -> dict[str, Any]:
    book = (await who.browser.get(f"tickets/{ticket_id}/ledger")).json()
    return next(clock for clock in book["clocks"] if clock["clock"] == kind)


def at(line: Mapping[str, Any], name: str = "at") -> datetime:
    return datetime.fromisoformat(line[name])


async def test_what_was_done_underground_counts_from_then_and_shows_both_times(
    served: Served, volunteer: Member, sanitation_worker: Member, supervisor: Member
) -> None:
    """Its clock runs ten years ahead; two measurements agree on that."""
    ticket_id = await assigned(served, volunteer)
    one = Underground(served, sanitation_worker, ahead=timedelta(days=3650))
    served.clock.forward(minutes=20)
    done_at = served.clock()
    saved = one.saves("acknowledge", await one.phone.look(ticket_id))
    sent_at = served.clock.forward(minutes=90)
    answer = await one.sends(ticket_id, saved)
    assert answer.status_code == 200, answer.text
    line = await line_of(served, supervisor, ticket_id, "ticket.acknowledged")
    assert (at(line), at(line, "recorded_at")) == (done_at, sent_at)
    assert line["detail"]["late"] is True
    assert "counted_why" not in line["detail"]


async def test_a_clock_that_was_set_in_between_is_not_believed(
    served: Served, volunteer: Member, sanitation_worker: Member, supervisor: Member
) -> None:
    ticket_id = await assigned(served, volunteer)
    one = Underground(served, sanitation_worker)
    saved = one.saves("acknowledge", await one.phone.look(ticket_id))
    sent_at = served.clock.forward(minutes=90)
    one.ahead = timedelta(minutes=6)
    assert (await one.sends(ticket_id, saved)).status_code == 200
    line = await line_of(served, supervisor, ticket_id, "ticket.acknowledged")
    assert (at(line), line["detail"]["counted_why"]) == (sent_at, "clock_untrusted")


async def test_a_phone_that_was_not_restarted_needs_no_right_clock(
    served: Served, volunteer: Member, sanitation_worker: Member, supervisor: Member
) -> None:
    ticket_id = await assigned(served, volunteer)
    one = Underground(served, sanitation_worker)
    one.known_offset, one.boot = None, "boot 7"
    served.clock.forward(minutes=15)
    done_at = served.clock()
    saved = one.saves("acknowledge", await one.phone.look(ticket_id))
    served.clock.forward(minutes=45)
    one.ahead = timedelta(hours=5)
    assert (await one.sends(ticket_id, saved)).status_code == 200
    line = await line_of(served, supervisor, ticket_id, "ticket.acknowledged")
    assert abs(at(line) - done_at) < timedelta(milliseconds=2)

    restarted = Underground(served, sanitation_worker)
    restarted.known_offset, restarted.boot = None, "boot 8"
    saved = restarted.saves("arrive", await restarted.phone.look(ticket_id), lon=LANE[0], lat=LANE[1])
    sent_at = served.clock.forward(minutes=30)
    restarted.boot = "boot 9"
    assert (await restarted.sends(ticket_id, saved)).status_code == 200
    line = await line_of(served, supervisor, ticket_id, "ticket.arrived")
    assert (at(line), line["detail"]["counted_why"]) == (sent_at, "clock_untrusted")


@pytest.mark.parametrize(
    ("captured_before", "sent_after", "why"),
    [(timedelta(hours=1), timedelta(0), "before_start"), (timedelta(0), timedelta(hours=73), "too_late")],
)
async def test_a_time_outside_of_the_clock_or_the_limit_is_clamped(
    served: Served,
    volunteer: Member,
    sanitation_worker: Member,
    supervisor: Member,
    write: Write,
    captured_before: timedelta,
    sent_after: timedelta,
    why: str,
) -> None:
    ticket_id = await assigned(served, volunteer)
    assigned_at = served.clock()
    served.clock.forward(minutes=10)
    one = Underground(served, sanitation_worker)
    saved = one.saves("acknowledge", await one.phone.look(ticket_id))
    said = served.clock() - timedelta(minutes=10) - captured_before
    if captured_before:
        saved["clock"]["captured_at"] = said.isoformat()
    sent_at = served.clock.forward(seconds=sent_after.total_seconds())
    for who, client in ((sanitation_worker, one.phone.browser), (supervisor, None)):
        # After three days everybody signs in anew.
        async with write() as session:
            town = who.actor.jurisdiction_id
            token = await build.signed_in(session, town, who.person_id, sent_at, device="later")
        if client is not None:
            client.cookies.set("sid", token)
        else:
            supervisor = replace(supervisor, token=token)
    answer = await one.sends(ticket_id, saved)
    assert answer.status_code == 200, answer.text
    line = await line_of(served, supervisor, ticket_id, "ticket.acknowledged")
    assert line["detail"]["counted_why"] == why
    assert at(line) == (assigned_at if why == "before_start" else sent_at)


async def test_late_sending_earns_at_most_two_hours_unless_a_supervisor_accepts_more(
    served: Served, volunteer: Member, sanitation_worker: Member, supervisor: Member
) -> None:
    ticket_id = await assigned(served, volunteer)
    one = Underground(served, sanitation_worker)
    served.clock.forward(minutes=10)
    done_at = served.clock()
    after = await one.phone.photo(2)
    saved = one.saves("resolve", await one.phone.look(ticket_id), photos=[after], note="清运完毕")
    served.clock.forward(hours=4)
    answer = await one.sends(ticket_id, saved)
    assert answer.status_code == 200, answer.text
    line = await line_of(served, supervisor, ticket_id, "ticket.resolved")
    assert line["detail"]["counted_why"] == "capped"
    assert at(line, "recorded_at") - at(line) < 4 * HOUR
    assert datetime.fromisoformat(line["detail"]["captured_at"]) == done_at
    judge = Phone(served, supervisor)
    late = (await clock_of(judge, ticket_id, "resolve"))["late"]
    assert [datetime.fromisoformat(late[name]) for name in ("captured_at", "counted_at", "received_at")] == [
        done_at,
        at(line),
        at(line, "recorded_at"),
    ]
    assert (late["operation_id"], late["why"], late["accepted_at"]) == (answer.json()["op_id"], "capped", None)
    accepted = await judge.does(ticket_id, "accept_late", operation_id=answer.json()["op_id"], reason="地下室没有信号")
    assert accepted.status_code == 200, accepted.text
    resolve = await clock_of(judge, ticket_id, "resolve")
    assert datetime.fromisoformat(resolve["stopped_at"]) == done_at
    assert datetime.fromisoformat(resolve["late"]["counted_at"]) == done_at
    assert (resolve["late"]["why"], resolve["late"]["accepted_at"] is not None) == (None, True)
    assert (await clock_of(judge, ticket_id, "dispatch"))["late"] is None


# ---- Two people, one ticket --------------------------------------------------------------------------------------


async def test_a_unit_that_was_done_while_it_was_cancelled_leaves_the_desk_something_to_settle(
    served: Served, volunteer: Member, sanitation_lead: Member, dispatcher: Member
) -> None:
    ticket_id = await assigned(served, volunteer)
    unit, desk = Underground(served, sanitation_lead), Phone(served, dispatcher)
    after = await unit.phone.photo(2)
    saved = unit.saves("resolve", await unit.phone.look(ticket_id), photos=[after], note="办好了")
    nothing = await desk.photo(3)
    cancelled = await desk.does(ticket_id, "cancel", reason="现场没有", photos=[nothing])
    assert cancelled.status_code == 200, cancelled.text
    served.clock.forward(hours=1)
    answer = await unit.sends(ticket_id, saved)
    assert (answer.status_code, answer.json()["code"]) == (409, "ticket.not_a_step")
    seen = await desk.look(ticket_id)
    assert (seen["status"], seen["conflict"], seen["tray_reason"]) == ("cancelled", True, "conflict")
    assert [photo["kind"] for photo in seen["photos"] if photo["sha256"] == after] == ["proof"]
    tray = (await desk.browser.get("tickets", params={"tray": "true", "status": "all"})).json()["tickets"]
    assert ticket_id in {one["ticket_id"] for one in tray}
    told = await desk.does(ticket_id, "note", text="看过了，谢谢环卫", audience="unit")
    assert told.status_code == 200
    assert (await desk.look(ticket_id))["conflict"] is False


async def test_a_unit_that_was_done_while_it_was_given_to_another(
    served: Served, town: Town, volunteer: Member, sanitation_lead: Member, dispatcher: Member
) -> None:
    ticket_id = await assigned(served, volunteer)
    unit, desk = Underground(served, sanitation_lead), Phone(served, dispatcher)
    after = await unit.phone.photo(2)
    saved = unit.saves("resolve", await unit.phone.look(ticket_id), photos=[after])
    moved = await desk.does(ticket_id, "assign", unit_id=str(town.property_firm), unit_kind="estate", reason="在围墙内")
    assert moved.status_code == 200, moved.text
    answer = await unit.sends(ticket_id, saved)
    assert (answer.status_code, answer.json()["code"]) == (409, "ticket.stale_assignment")
    assert set(answer.json()["current"]) == {"ticket_id"}
    seen = await desk.look(ticket_id)
    assert (seen["status"], seen["unit_id"]) == ("assigned", str(town.property_firm))
    assert (seen["conflict"], seen["tray_reason"]) == (True, "conflict")
    assert [photo["kind"] for photo in seen["photos"] if photo["sha256"] == after] == ["proof"]


async def test_of_two_resolved_the_first_wins_and_the_second_is_more_proof(
    served: Served, volunteer: Member, sanitation_lead: Member, sanitation_worker: Member, dispatcher: Member
) -> None:
    ticket_id = await assigned(served, volunteer)
    first, second = Underground(served, sanitation_lead), Underground(served, sanitation_worker)
    mine, theirs = await first.phone.photo(2), await second.phone.photo(60)
    shown = await first.phone.look(ticket_id)
    both = [first.saves("resolve", shown, photos=[mine]), second.saves("resolve", shown, photos=[theirs])]
    assert (await first.sends(ticket_id, both[0])).status_code == 200
    answer = await second.sends(ticket_id, both[1])
    assert (answer.status_code, answer.json()["current"]["status"]) == (409, "resolved")
    kinds = {photo["sha256"]: photo["kind"] for photo in (await Phone(served, dispatcher).look(ticket_id))["photos"]}
    assert (kinds[mine], kinds[theirs]) == ("after", "proof")


async def test_notes_and_photos_with_an_old_base_are_always_taken(
    served: Served, volunteer: Member, sanitation_lead: Member, dispatcher: Member
) -> None:
    ticket_id = await assigned(served, volunteer)
    reporter, desk = Underground(served, volunteer), Phone(served, dispatcher)
    old = await reporter.phone.look(ticket_id)
    photo = await reporter.phone.photo(9)
    saved = [
        reporter.saves("note", old, text="又看了一次", audience="unit"),
        reporter.saves("add_photo", old, photos=[photo]),
    ]
    nothing = await desk.photo(3)
    assert (await desk.does(ticket_id, "cancel", reason="现场没有", photos=[nothing])).status_code == 200
    for one in saved:
        assert (await reporter.sends(ticket_id, one)).status_code == 200
    assert photo in {one["sha256"] for one in (await desk.look(ticket_id))["photos"]}


async def test_corrections_side_by_side_both_hold_and_of_the_same_field_the_last_is_marked(
    served: Served, town: Town, volunteer: Member, dispatcher: Member, shift_leader: Member
) -> None:
    ticket_id = await assigned(served, volunteer)
    here, there = Underground(served, dispatcher), Underground(served, shift_leader)
    old = await here.phone.look(ticket_id)
    conditions = await here.phone.browser.get("tickets/" + ticket_id)
    apart = there.saves("correct", old, area_class="2", reason="二类区")
    same = there.saves("correct", old, grid_id=str(town.grid_estate), reason="在花园那边")
    first = here.saves("correct", old, grid_id=str(town.grid_market), reason="在集市这边")
    assert conditions.status_code == 200
    assert (await here.sends(ticket_id, first)).status_code == 200
    answer = await there.sends(ticket_id, apart)
    assert answer.status_code == 200, answer.text
    seen = await here.phone.look(ticket_id)
    assert (seen["grid_id"], seen["conflict"]) == (str(town.grid_market), False)
    assert seen["timeline"][-1]["detail"]["parallel"] == ["grid_id"]
    assert (await there.sends(ticket_id, same)).status_code == 200
    seen = await here.phone.look(ticket_id)
    assert (seen["grid_id"], seen["conflict"], seen["tray_reason"]) == (str(town.grid_estate), True, "conflict")
    places = [line["detail"].get("grid_id") for line in seen["timeline"] if line["verb"] == "ticket.corrected"]
    assert places == [str(town.grid_market), None, str(town.grid_estate)]
    assert (await here.phone.does(ticket_id, "urge", text="请花园物业看一下")).status_code == 200
    assert (await here.phone.look(ticket_id))["conflict"] is False


async def test_what_was_merged_leads_on_and_steps_are_told_where(
    served: Served, volunteer: Member, other_volunteer: Member, sanitation_lead: Member, dispatcher: Member
) -> None:
    ticket_id, target = await assigned(served, volunteer), await assigned(served, other_volunteer, ELSEWHERE)
    unit, reporter = Underground(served, sanitation_lead), Underground(served, volunteer)
    step = unit.saves("acknowledge", await unit.phone.look(ticket_id))
    note = reporter.saves("note", await reporter.phone.look(ticket_id), text="补一句", audience="unit")
    merged = await Phone(served, dispatcher).does(ticket_id, "merge", into=target, reason="同一件")
    assert merged.status_code == 200, merged.text
    answer = await unit.sends(ticket_id, step)
    assert answer.status_code == 409
    assert answer.json()["facts"].get("into", answer.json()["current"].get("merged_into_id")) == target
    assert (await reporter.sends(ticket_id, note)).json()["ticket_id"] == target


async def test_withdrawing_after_dispatch_is_a_wish(served: Served, volunteer: Member, dispatcher: Member) -> None:
    ticket_id = await assigned(served, volunteer)
    reporter = Underground(served, volunteer)
    saved = reporter.saves("withdraw", await reporter.phone.look(ticket_id), reason="自己清了")
    assert (await reporter.sends(ticket_id, saved)).status_code == 200
    seen = await Phone(served, dispatcher).look(ticket_id)
    assert (seen["status"], seen["tray_reason"]) == ("assigned", "wish_withdraw")


async def test_a_ticket_that_left_my_scope_is_refused_and_not_answered_for_ever(
    served: Served, town: Town, volunteer: Member, sanitation_lead: Member, dispatcher: Member
) -> None:
    ticket_id = await assigned(served, volunteer)
    unit = Underground(served, sanitation_lead)
    seen = await unit.phone.look(ticket_id)
    desk = Phone(served, dispatcher)
    moved = await desk.does(ticket_id, "assign", unit_id=str(town.property_firm), unit_kind="estate", reason="围墙内")
    assert moved.status_code == 200
    saved = unit.saves("note", seen | {"assignment_id": None}, text="看过", audience="unit")
    answer = await unit.sends(ticket_id, saved)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert (await unit.phone.browser.get(f"tickets/{ticket_id}")).status_code == 404
    assert UUID(ticket_id)
