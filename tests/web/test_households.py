"""Households over HTTP: the register, who visits whom, what is done at a door, and who may see what of it."""

from __future__ import annotations

from base64 import b64encode
from datetime import timedelta
from io import BytesIO
from json import dumps
from pathlib import Path
from uuid import uuid4

import pytest
import xlsxwriter
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import build
import filing
from cast import MARKET, NOON, SINCE, Member, Town
from gridward.domain.erasure import Erasure, Kind
from gridward.gateways.phone_numbers import NumberKey
from gridward.services import erasure
from gridward.services.households import visits
from serving import KEY, Served, serve

PHONE = "13800138000"
ID_NUMBER = "440605199001011234"


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture
async def houses(write, town: Town) -> dict[str, str]:
    async with write() as session:
        await filing.open_town(session, town)
        market = await build.building(session, town.jurisdiction_id, "集市一号楼", *MARKET, town.grid_market)
        tower = await build.building(
            session, town.jurisdiction_id, "集市二号楼", MARKET[0] + 0.0003, MARKET[1], town.grid_market
        )
    return {"market": str(market), "tower": str(tower)}


def workbook(rows: list[list[object]], merged: list[tuple[str, object]]) -> str:
    out = BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet("户")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    for where, value in merged:
        sheet.merge_range(where, value)
    book.close()
    return b64encode(out.getvalue()).decode()


HEADINGS = ["楼栋", "单元", "房号", "联系人", "联系电话", "同意", "身份证号"]


async def test_a_spreadsheet_is_looked_at_first_and_published_whole(
    served: Served, town: Town, houses: dict[str, str], shift_leader: Member, read
) -> None:
    rows = [
        HEADINGS,
        ["", 1, 101, "梁秀英", int(PHONE), "是", ID_NUMBER],
        ["", 1, 102, "何伯", int(ID_NUMBER), "是", ""],
        ["", 2, 101, "陈姨", "", "是", ""],
        ["集市二号楼", "", 201, "", "", "否", ""],
        ["集市二号楼", "", 201, "", "", "", ""],
        ["集市二号楼", "", 202, "", "", "", ""],
        ["集市二号楼", "", 203, "", "", "", ""],
    ]
    file = workbook(rows, [("A2:A4", "集市一号楼"), ("E7:E8", "13700137000")])
    async with served.browser(shift_leader) as desk:
        seen = (await desk.post("households/file/preview", json={"content": file})).json()
        assert (seen["read"], seen["ready"], seen["published"], seen["unread"]) == (7, 4, False, ["身份证号"])
        refused = {(one["place"], one["code"]) for one in seen["refused"]}
        assert refused == {
            ("sheet 户 row 3", "id_number"),
            ("sheet 户 row 6", "room_repeated"),
            ("sheet 户 row 8", "cell_merged"),
        }
        assert {one["code"] for one in seen["warnings"]} >= {"cell_filled"}
        assert ID_NUMBER not in str(seen)
        assert (await desk.get("households")).json()["households"] == []
        done = (await desk.post("households/file", json={"content": file})).json()
        assert (done["applied"], done["new"]) == (4, 4)
        again = (await desk.post("households/file", json={"content": file})).json()
        assert (again["applied"], again["unchanged"]) == (0, 4)
        listed = (await desk.get("households")).json()["households"]
    assert [(one["building"], one["label"]) for one in listed] == [
        ("集市一号楼", "1单元 · 101"),
        ("集市一号楼", "2单元 · 101"),
        ("集市二号楼", "201"),
        ("集市二号楼", "202"),
    ]
    assert "梁秀英" not in str(listed)
    assert PHONE not in str(listed)
    async with read() as session:
        stored = str(
            (
                await session.execute(
                    text("SELECT h, c FROM household h JOIN household_contact c USING (household_id)")
                )
            ).all()
        )
        logged = str((await session.execute(text("SELECT detail FROM entry WHERE verb = 'households.imported'"))).all())
    assert "梁秀英" in stored
    assert PHONE not in stored
    assert ID_NUMBER not in stored + logged


async def household(desk, building_id: str, room: str) -> str:
    household_id = str(uuid4())
    made = await desk.put(f"households/{household_id}", json={"building_id": building_id, "room": room, "version": 0})
    assert made.json() == {"version": 1}, made.text
    return household_id


def sent(household_id: str, outcome: str = "met", **body: object) -> dict[str, object]:
    clock = {"captured_at": NOON.isoformat(), "offset_ms": 0}
    return {
        "schema": 1,
        "digest": uuid4().hex,
        "clock": clock,
        "body": {"household_id": household_id, "outcome": outcome, **body},
    }


@pytest.fixture
async def tied(served: Served, houses: dict[str, str], shift_leader: Member, liaison: Member) -> list[str]:
    """Three households that 罗联系 visits."""
    async with served.browser(shift_leader) as desk:
        found = [await household(desk, houses["market"], room) for room in ("101", "201", "301")]
        given = [{"household_id": one, "person_id": str(liaison.person_id)} for one in found]
        assert (await desk.put("ties", json={"ties": given})).json() == {"changed": 3}
    return found


async def test_a_number_is_shown_whole_for_a_purpose_and_the_household_can_see_to_whom(
    served: Served, tied: list[str], liaison: Member, dispatcher: Member, audit_admin: Member
) -> None:
    async with served.browser(liaison) as phone, served.browser(dispatcher) as desk:
        address = f"households/{tied[0]}"
        contact = {"name": "梁秀英", "phone": PHONE, "needs": ["lives_alone"]}
        assert (await phone.put(f"{address}/contact", json=contact)).json()["code"] == "household.no_consent"
        agreed = {"given": True, "version": "2026-11"}
        assert (await phone.put(f"{address}/consent", json=agreed | {"version": "2020-01"})).status_code == 422
        assert (await phone.put(f"{address}/consent", json=agreed)).status_code == 200
        assert (await phone.put(f"{address}/contact", json=contact)).status_code == 200
        people = (await phone.get(address)).json()["people"]
        assert (people["name"], people["phone"], people["needs"]) == ("梁秀英", "138****8000", ["lives_alone"])
        shown = await phone.post(f"{address}/number", json={"purpose": "arrange"})
        assert shown.json() == {"phone": PHONE}
        desk_sees = (await desk.get(address)).json()
        assert desk_sees["people"] is None
        assert "梁秀英" not in str(desk_sees)
        assert (await desk.post(f"{address}/number", json={"purpose": "arrange"})).status_code == 404
        reveals = (await phone.get(f"{address}/reveals")).json()["reveals"]
        assert [(one["reader_id"], one["purpose"]) for one in reveals] == [(str(liaison.person_id), "arrange")]
        async with served.browser(audit_admin) as audit:
            seen = (await audit.get("disclosures", params={"subject_id": tied[0]})).json()["seen"]
        assert [(one["reader"], one["field"]) for one in seen] == [("罗联系", "household")]
        for _ in range(19):
            assert (await phone.post(f"{address}/number", json={"purpose": "urgent"})).status_code == 200
        assert (await phone.post(f"{address}/number", json={"purpose": "urgent"})).status_code == 429
        withdrawn = {"given": False, "version": "2026-11"}
        assert (await phone.put(f"{address}/consent", json=withdrawn)).status_code == 200
        people = (await phone.get(address)).json()["people"]
        assert (people["name"], people["phone"], people["needs"], people["consents"]) == (None, None, [], False)


async def test_a_copy_of_the_database_opens_no_number() -> None:
    mine, other = uuid4(), uuid4()
    sealed = NumberKey(KEY).seal(mine, PHONE)
    assert PHONE.encode() not in sealed
    assert NumberKey(KEY).unseal(mine, sealed) == PHONE
    for key, household_id in ((NumberKey(b"x" * 32), mine), (NumberKey(KEY), other)):
        with pytest.raises(RuntimeError):
            key.unseal(household_id, sealed)


async def test_ties_are_suggested_checked_given_and_handed_over(
    served: Served, write, town: Town, houses: dict[str, str], dispatcher: Member, shift_leader: Member, liaison: Member
) -> None:
    async with write() as session:
        second = await build.person(
            session, town.jurisdiction_id, "麦联系", community_id=town.community_id, since=SINCE
        )
        await build.grant(
            session,
            town.jurisdiction_id,
            second,
            build.Role.liaison,
            build.ScopeKind.community,
            town.community_id,
            since=SINCE,
        )
    async with served.browser(shift_leader) as desk:
        rooms = [await household(desk, houses["market"], str(100 + n)) for n in range(30)]
        rooms += [await household(desk, houses["tower"], str(100 + n)) for n in range(10)]
    async with served.browser(dispatcher) as desk:
        asked = {"community_id": str(town.community_id)}
        found = (await desk.get("ties/suggestion", params=asked)).json()
        assert found["left"] == []
        assert sorted(len(one["household_ids"]) for one in found["given"]) == [20, 20]
        everything = [{"household_id": one, "person_id": str(liaison.person_id)} for one in rooms]
        refused = (await desk.put("ties", json={"ties": everything})).json()
        assert (refused["code"], refused["facts"]["load"], refused["facts"]["most"]) == ("tie.too_many", 40, 35)
        given = [
            {"household_id": one, "person_id": who["person_id"]}
            for who in found["given"]
            for one in who["household_ids"]
        ]
        assert (await desk.put("ties", json={"ties": given})).json() == {"changed": 40}
        assert (await desk.put("ties", json={"ties": given})).json() == {"changed": 0}
        stands = (await desk.get("ties")).json()
        assert {one["load"] for one in stands["liaisons"]} == {20}
        assert [(one["households"], one["tied"]) for one in stands["buildings"]] == [(30, 30), (10, 10)]
        leaving = asked | {"leaving": str(liaison.person_id)}
        over = (await desk.get("ties/suggestion", params=leaving)).json()
        assert (len(over["given"]), len(over["left"])) == (1, 5), "35 is the most that one liaison has"
        wrong = {"ties": [{"household_id": rooms[0], "person_id": str(dispatcher.person_id)}]}
        assert (await desk.put("ties", json=wrong)).json()["code"] == "tie.not_a_liaison"
        steward = {"person_id": str(liaison.person_id)}
        assert (await desk.put(f"building-stewards/{houses['market']}", json=steward)).status_code == 200
        stewards = (await desk.get("building-stewards")).json()["stewards"]
        assert [(one["building"], one["name"]) for one in stewards] == [("集市一号楼", "罗联系")]
        home = {"building_id": houses["tower"], "employer": "区供电局党支部"}
        assert (await desk.put(f"home-registrations/{liaison.person_id}", json=home)).status_code == 200
        homes = (await desk.get("home-registrations")).json()["homes"]
        assert [(one["name"], one["employer"]) for one in homes] == [("罗联系", "区供电局党支部")]


async def test_a_visit_is_taken_once_shows_on_the_due_list_and_brings_the_answer_back(
    served: Served, write, tied: list[str], liaison: Member, dispatcher: Member, supervisor: Member
) -> None:
    visit_id, visit = str(uuid4()), sent(tied[0], note=f"楼道灯坏了 {ID_NUMBER}")
    async with served.browser(liaison) as phone:
        before = (await phone.get("my/households")).json()
        assert [(one["label"], one["reached"]) for one in before["households"]] == [
            ("101", False),
            ("201", False),
            ("301", False),
        ]
        first = await phone.put(f"visits/{visit_id}", json=visit)
        again = await phone.put(f"visits/{visit_id}", json=visit)
        assert (first.status_code, again.status_code, first.headers["X-App-Ack"]) == (201, 200, "1")
        assert first.json() == again.json()
        other = await phone.put(f"visits/{visit_id}", json=sent(tied[0]))
        assert (other.status_code, other.json()["code"]) == (409, "id_taken")
        card = await phone.put(f"visits/{uuid4()}", json=sent(tied[1], "card_left"))
        call = await phone.put(f"visits/{uuid4()}", json=sent(tied[2], "phoned"))
        assert (card.status_code, call.status_code) == (201, 201)
        after = (await phone.get("my/households")).json()
        assert (after["visited"], after["a_month"]) == (2, 12)
        assert [one["reached"] for one in after["households"]] == [True, False, False]
        notes = [one["note"] for one in (await phone.get(f"households/{tied[0]}")).json()["people"]["visits"]]
        assert notes == ["楼道灯坏了 〔证件号已略去〕"]
    async with write() as session:
        filed = await filing.filed(session, liaison, filing.report("lamp", visit_id=_uuid(visit_id)))
        await session.execute(
            text("UPDATE ticket SET status = 'closed', is_open = false, ended_at = :at WHERE ticket_id = :id"),
            {"at": NOON, "id": filed.ticket_id},
        )
    served.clock.forward(days=2)
    async with served.browser(liaison) as phone:
        up = (await phone.get("my/households")).json()["households"][0]["follow_ups"]
        assert [(one["ticket_id"], one["category_code"]) for one in up] == [(str(filed.ticket_id), "lamp")]
        later = sent(tied[0], follows=str(filed.ticket_id), satisfied=False)
        later["clock"]["captured_at"] = served.clock.at.isoformat()  # type: ignore[index]
        assert (await phone.put(f"visits/{uuid4()}", json=later)).status_code == 201
        assert (await phone.get("my/households")).json()["households"][0]["follow_ups"] == []
    served.clock.forward(days=-2)
    async with served.browser(dispatcher) as desk, served.browser(supervisor) as above:
        demands = (await desk.get("visits/demands", params={"month": "2026-09"})).json()["demands"]
        assert [(one["category_code"], one["demands"], one["unhappy"]) for one in demands] == [("lamp", 1, 1)]
        by = {"month": "2026-09", "by": "grid"}
        line = (await desk.get("visits/figures", params=by)).json()["lines"][0]
        assert (line["name"], line["households"], line["reached"]) == ("集市网格", 3, 1)
        assert (line["visits"]["met"], line["visits"]["in_person"], line["visits"]["phoned"]) == (2, 3, 1)
        assert (await desk.get("visits/figures", params=by | {"by": "liaison"})).status_code == 403
        mine = (await above.get("visits/figures", params=by | {"by": "liaison"})).json()["lines"]
        assert [(one["name"], one["households"]) for one in mine] == [("罗联系", 3)]
        told = (await above.get("publications/2026-09")).json()["told"][0]["figures"]
        figures = {one["code"]: (one["above"], one["below"]) for one in told}
        assert (figures["visit_reached"], figures["visit_in_person"]) == ((1, 3), (3, None))


def _uuid(words: str):
    return type(uuid4())(words)


async def test_a_visit_to_a_household_that_moved_was_merged_or_erased_meanwhile_is_answered_clearly(
    served: Served,
    tied: list[str],
    read,
    write,
    liaison: Member,
    shift_leader: Member,
    security_admin: Member,
    town: Town,
) -> None:
    async with served.browser(shift_leader) as desk, served.browser(security_admin) as security:
        cursor = await _cursor(served, liaison)
        served.clock.forward(hours=1)
        assert (await desk.post(f"households/{tied[0]}/move-away")).status_code == 200
        merged = await desk.post(f"households/{tied[1]}/merge", json={"into_id": tied[2]})
        assert merged.status_code == 200
        gone = await _gone(served, liaison, cursor)
        assert gone == {tied[0], tied[1]}
        async with served.browser(liaison) as phone:
            moved = await phone.put(f"visits/{uuid4()}", json=sent(tied[0]))
            into = await phone.put(f"visits/{uuid4()}", json=sent(tied[1]))
            assert (moved.status_code, moved.json()["marks"]) == (201, ["household_moved"])
            assert (into.status_code, into.json()["marks"]) == (201, ["household_merged"])
            noted = await phone.put(f"visits/{uuid4()}", json=sent(tied[2], note="只有她自己在家"))
            assert noted.status_code == 201
            assert (await security.post(f"households/{tied[2]}/erase")).status_code == 200
            last_id, last = str(uuid4()), sent(tied[2], note="谁也不该读到")
            answers = [await phone.put(f"visits/{last_id}", json=last) for _ in range(2)]
            assert [(one.status_code, one.json()["code"]) for one in answers] == [(410, "visit.household_erased")] * 2
            assert (await phone.get("my/households")).json()["households"] == []
    async with read() as session:
        kept = (
            await session.execute(text("SELECT outcome, erased FROM visit WHERE visit_id = :v"), {"v": last_id})
        ).one()
        notes = (
            await session.execute(text("SELECT count(*) FROM visit_note WHERE household_id = :h"), {"h": tied[2]})
        ).scalar_one()
    assert (tuple(kept), notes) == (("met", True), 0)
    async with write() as session:
        await session.execute(text("UPDATE household SET ended = 'moved' WHERE household_id = :h"), {"h": tied[2]})
        line = Erasure(
            kind=Kind.household,
            jurisdiction_id=town.jurisdiction_id,
            subject_id=_uuid(tied[2]),
            report_ids=(),
            at=NOON,
        )
        assert (await erasure.replay(session, [line, line], NOON)).again == 1


async def _cursor(served: Served, liaison: Member) -> str:
    async with served.browser(liaison) as phone:
        page = await phone.get("snapshot", params={"scope": f"person:{liaison.person_id}"})
    return str(page.json()["start_cursor"])


async def _gone(served: Served, liaison: Member, cursor: str) -> set[str]:
    async with served.browser(liaison) as phone:
        changes = (await phone.get("changes", params={"cursor": cursor, "limit": 500})).json()["changes"]
    return {one["id"] for one in changes if one["entity"] == "household" and one["op"] == "r"}


async def test_whoever_was_met_by_nobody_for_a_quarter_is_on_the_list_without_a_name(
    served: Served, tied: list[str], liaison: Member, dispatcher: Member, write
) -> None:
    async with served.browser(liaison) as phone:
        assert (await phone.put(f"visits/{uuid4()}", json=sent(tied[0]))).status_code == 201
        assert (await phone.put(f"visits/{uuid4()}", json=sent(tied[1], "moved_away"))).status_code == 201
    served.clock.forward(days=200)
    async with write() as session:
        await session.execute(text("UPDATE session SET seen_at = :at"), {"at": served.clock.at})
        assert await visits.forget(session, NOON + timedelta(days=800)) is False
    async with served.browser(dispatcher) as desk:
        found = (await desk.get("visits/overdue")).json()
        assert [(one["label"], one["reached_on"]) for one in found["overdue"]] == [
            ("201", None),
            ("301", None),
            ("101", "2026-09-01"),
        ]
        assert [one["label"] for one in found["moved"]] == ["201"]


async def test_the_list_of_a_desk_does_not_tell_who_needs_more_care(
    served: Served, houses: dict[str, str], shift_leader: Member, liaison: Member, dispatcher: Member, write
) -> None:
    """关爱户 are due monthly: a list by each one's own measure would name them."""
    async with served.browser(shift_leader) as desk:
        found = [await household(desk, houses["market"], str(100 + n)) for n in range(12)]
        given = [{"household_id": one, "person_id": str(liaison.person_id)} for one in found]
        assert (await desk.put("ties", json={"ties": given})).json() == {"changed": 12}

    async def cared_for(count: int) -> None:
        query = "UPDATE household SET cares = room < :room, reached_on = '2026-09-01' WHERE household_id = ANY (:ids)"
        async with write() as session:
            await session.execute(text(query), {"room": str(100 + count), "ids": [_uuid(one) for one in found]})

    served.clock.forward(days=75)
    async with write() as session:
        await session.execute(text("UPDATE session SET seen_at = :at"), {"at": served.clock.at})
    async with served.browser(dispatcher) as desk, served.browser(liaison) as phone:
        await cared_for(10)
        seen = (await desk.get("visits/overdue")).json()
        assert (seen["overdue"], seen["in_all"]) == ([], 0), "everybody was met last quarter"
        assert seen["cared_for"] == {"households": 10, "late": 10}
        mine = (await phone.get("my/households")).json()["households"]
        assert sum(one["overdue"] for one in mine) == 10, "whoever visits them sees which"
        await cared_for(9)
        assert (await desk.get("visits/overdue")).json()["cared_for"] is None


async def test_signs_that_nothing_can_keep_are_left_out(
    served: Served, tied: list[str], liaison: Member, shift_leader: Member, houses: dict[str, str]
) -> None:
    """A phone that cuts a text may cut a sign in two; some keyboards send NUL."""
    odd = "梁\ud83d阿\x00姨"
    async with served.browser(liaison) as phone, served.browser(shift_leader) as desk:
        address = f"households/{tied[0]}"
        agreed = {"given": True, "version": "2026-11"}
        assert (await phone.put(f"{address}/consent", json=agreed)).status_code == 200
        for method, path, body in (
            (phone.put, f"{address}/contact", {"name": odd, "phone": PHONE, "needs": []}),
            (phone.put, f"visits/{uuid4()}", sent(tied[0], note=odd)),
            (desk.put, f"households/{uuid4()}", {"building_id": houses["tower"], "room": odd, "version": 0}),
            (desk.put, f"home-registrations/{liaison.person_id}", {"building_id": houses["tower"], "employer": odd}),
        ):
            answer = await method(path, content=dumps(body), headers={"Content-Type": "application/json"})
            assert answer.status_code in (200, 201), (path, answer.text)
        people = (await phone.get(address)).json()["people"]
        assert (people["name"], people["visits"][0]["note"]) == ("梁?阿姨", "梁?阿姨")


async def test_two_desks_that_correct_one_household_do_not_overwrite_each_other(
    served: Served, tied: list[str], houses: dict[str, str], shift_leader: Member
) -> None:
    address, place = f"households/{tied[0]}", {"building_id": houses["tower"], "room": "901"}
    async with served.browser(shift_leader) as desk:
        assert (await desk.put(address, json=place | {"version": 1})).json() == {"version": 2}
        late = await desk.put(address, json={"building_id": houses["tower"], "room": "902", "version": 1})
        assert (late.status_code, late.json()["code"]) == (409, "household.changed")
        taken = await desk.put(f"households/{uuid4()}", json=place | {"version": 0})
        assert (taken.status_code, taken.json()["code"]) == (409, "household.room_taken")
        shown = (await desk.get(address)).json()
    assert [(one["version"], one["building"], one["label"]) for one in shown["past"]] == [(1, "集市一号楼", "101")]
