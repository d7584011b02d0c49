"""Households over HTTP: the register, who visits whom, what is done at a door, and who may see what of it."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime, timedelta
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
from cast import MARKET, NOON, RIVER, SINCE, Member, Town
from gridward.domain.erasure import Erasure, Kind
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.database import reach_homes
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
        await reach_homes(session, town.jurisdiction_id)
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


async def test_a_second_list_without_names_takes_nothing_away_and_says_before_what_it_would(
    served: Served, town: Town, tied: list[str], liaison: Member, shift_leader: Member, read
) -> None:
    """The office sends floors alone, then a list in which one household has withdrawn."""
    headings: list[object] = ["楼栋", "房号", "楼层", "同意", "关爱"]
    floors = workbook([headings[:3], ["集市一号楼", 101, 1], ["集市一号楼", 201, 2]], [])
    said = workbook([headings, ["集市一号楼", 101, "", "否", ""], ["集市一号楼", 201, "", "否", "独居"]], [])
    address = f"households/{tied[0]}"
    async with served.browser(liaison) as phone, served.browser(shift_leader) as desk:
        agreed = {"given": True, "version": "2026-11"}
        assert (await phone.put(f"{address}/consent", json=agreed)).status_code == 200
        contact = {"name": "梁秀英", "phone": PHONE, "needs": ["lives_alone"]}
        assert (await phone.put(f"{address}/contact", json=contact)).status_code == 200

        async def known() -> tuple[object, ...]:
            people = (await phone.get(address)).json()["people"]
            return people["consents"], people["name"], people["phone"], people["needs"]

        served.clock.forward(minutes=1)
        done = (await desk.post("households/file", json={"content": floors})).json()
        assert (done["applied"], done["overwritten"]) == (2, [])
        assert await known() == (True, "梁秀英", "138****8000", ["lives_alone"])
        number = await phone.post(f"{address}/number", json={"purpose": "answer"})
        assert number.json() == {"phone": PHONE}, "kept as it was sealed"
        renamed = workbook([["楼栋", "房号", "联系人"], ["集市一号楼", 101, "梁先生"]], [])
        served.clock.forward(minutes=1)
        assert (await desk.post("households/file", json={"content": renamed})).json()["applied"] == 1
        assert await known() == (True, "梁先生", "138****8000", ["lives_alone"])
        assert (await phone.post(f"{address}/number", json={"purpose": "answer"})).json() == {"phone": PHONE}
        seen = (await desk.post("households/file/preview", json={"content": said})).json()
        assert [(one["place"], one["code"], one["text"]) for one in seen["overwritten"]] == [
            ("sheet 户 row 2", "consent_withdrawn", "1层 · 101")
        ]
        assert "梁" not in str(seen)
        served.clock.forward(minutes=1)
        assert (await desk.post("households/file", json={"content": said})).json()["applied"] == 1
        assert await known() == (False, None, None, [])
    async with read() as session:
        await reach_homes(session, town.jurisdiction_id)
        noted = (await session.execute(text("SELECT given FROM household_consent ORDER BY at"))).scalars().all()
        needs = (await session.execute(text("SELECT count(*) FROM household_need"))).scalar_one()
    assert (list(noted), needs) == ([True, False], 0), "one agreed and withdrew; the other said nothing"


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
        assert [(one["reader"], one["field"], one["subject"], one["dwelling"]) for one in seen] == [
            ("罗联系", "household", None, "集市一号楼 101")
        ], "the auditor reads which door, and nobody's name"
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
        stewards = (await desk.get("building-stewards", params={"text": "罗联系"})).json()["buildings"]
        assert [(one["building"], one["steward"]["name"]) for one in stewards] == [("集市一号楼", "罗联系")]
        home = {"building_id": houses["tower"], "employer": "区供电局党支部"}
        assert (await desk.put(f"home-registrations/{liaison.person_id}", json=home)).status_code == 200
        homes = (await desk.get("home-registrations")).json()["homes"]
        assert [(one["name"], one["employer"]) for one in homes] == [("罗联系", "区供电局党支部")]


@pytest.mark.parametrize(
    "gone",
    [
        "UPDATE person SET disabled_at = :at WHERE person_id = :who",
        "UPDATE role_grant SET valid_to = :at WHERE person_id = :who",
    ],
)
async def test_who_is_no_liaison_any_more_is_listed_until_the_households_are_handed_over(
    served: Served, write, town: Town, tied: list[str], dispatcher: Member, liaison: Member, gone: str
) -> None:
    asked = {"community_id": str(town.community_id)}
    async with write() as session:
        await session.execute(text(gone), {"at": NOON, "who": liaison.person_id})
        second = await build.person(
            session, town.jurisdiction_id, "麦联系", community_id=town.community_id, since=SINCE
        )
        scope = (build.ScopeKind.community, town.community_id)
        await build.grant(session, town.jurisdiction_id, second, build.Role.liaison, *scope, since=SINCE)
    served.clock.forward(hours=1)
    async with served.browser(dispatcher) as desk:
        stands = (await desk.get("ties")).json()
        assert [(one["name"], one["load"]) for one in stands["liaisons"]] == [("麦联系", 0)]
        assert [(one["name"], one["load"]) for one in stands["former"]] == [("罗联系", 3)]
        leaving = asked | {"leaving": stands["former"][0]["person_id"]}
        over = (await desk.get("ties/suggestion", params=leaving)).json()
        given = [
            {"household_id": one, "person_id": whose["person_id"]}
            for whose in over["given"]
            for one in whose["household_ids"]
        ]
        assert (await desk.put("ties", json={"ties": given})).json() == {"changed": 3}
        after = (await desk.get("ties")).json()
    assert (after["former"], [(one["name"], one["load"]) for one in after["liaisons"]]) == ([], [("麦联系", 3)])


async def test_a_visit_is_taken_once_shows_on_the_due_list_and_brings_the_answer_back(
    served: Served, write, town: Town, tied: list[str], liaison: Member, dispatcher: Member, supervisor: Member
) -> None:
    grouped = f"{ID_NUMBER[:6]} {ID_NUMBER[6:14]}-{ID_NUMBER[14:]}"
    visit_id, visit = str(uuid4()), sent(tied[0], note=f"楼道灯坏了 {ID_NUMBER}，{grouped}")
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
        assert notes == ["楼道灯坏了 〔证件号已略去〕，〔证件号已略去〕"]
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
        until = datetime.fromisoformat(up[0]["reopen_until"])
        assert until == NOON + timedelta(days=45), "asked about for half a year, reopened for less"
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
        here, next_door = ({"area_id": str(one)} for one in (town.community_id, town.neighbour_id))
        assert (await desk.get("visits/figures", params=by | here)).json()["lines"][0] == line
        assert (await desk.get("visits/figures", params=by | next_door)).status_code == 403
        assert (await above.get("visits/figures", params=by | next_door)).json()["lines"] == []
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
        await reach_homes(session, town.jurisdiction_id)
        kept = (
            await session.execute(text("SELECT outcome, erased FROM visit WHERE visit_id = :v"), {"v": last_id})
        ).one()
        notes = (
            await session.execute(text("SELECT count(*) FROM visit_note WHERE household_id = :h"), {"h": tied[2]})
        ).scalar_one()
    assert (tuple(kept), notes) == (("met", True), 0)
    async with write() as session:
        await reach_homes(session, town.jurisdiction_id)
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
        await reach_homes(session, dispatcher.actor.jurisdiction_id)
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
            await reach_homes(session, dispatcher.actor.jurisdiction_id)
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


async def test_a_double_is_looked_at_first_and_what_only_it_knew_goes_over(
    served: Served, houses: dict[str, str], shift_leader: Member, dispatcher: Member, liaison: Member
) -> None:
    agreed = {"given": True, "version": "2026-11"}
    async with served.browser(shift_leader) as desk, served.browser(liaison) as phone:
        double = await household(desk, houses["market"], "0301")
        right = await household(desk, houses["market"], "301")
        far = await household(desk, houses["tower"], "301")
        give = {"ties": [{"household_id": double, "person_id": str(liaison.person_id)}]}
        assert (await desk.put("ties", json=give)).json() == {"changed": 1}
        address = f"households/{double}"
        assert (await phone.put(f"{address}/consent", json=agreed)).status_code == 200
        contact = {"name": "梁秀英", "phone": PHONE, "needs": ["escort"]}
        assert (await phone.put(f"{address}/contact", json=contact)).status_code == 200
        assert (await phone.put(f"visits/{uuid4()}", json=sent(double, note="灯坏了"))).status_code == 201
        async with served.browser(dispatcher) as other:
            doors = (await other.get(f"{address}/doubles")).json()["doors"]
            assert [one["household_id"] for one in doors] == [right], "not the one of another building"
            seen = (await other.get(f"{address}/merge", params={"into_id": right})).json()
            assert (seen["contact"], seen["tie"], seen["visits"]) == ("taken_over", "taken_over", 1)
            assert "梁秀英" not in str(seen)
            over = (await other.get(f"{address}/merge", params={"into_id": far})).json()
            assert over["same_building"] is False
        self_ = await desk.post(f"{address}/merge", json={"into_id": double})
        assert (self_.status_code, self_.json()["code"]) == (409, "household.merge_self")
        served.clock.forward(minutes=5)
        for _ in range(2):
            assert (await desk.post(f"{address}/merge", json={"into_id": right})).status_code == 200
        back = await desk.post(f"households/{right}/merge", json={"into_id": double})
        assert (back.status_code, back.json()["code"], back.json()["facts"]["ended"]) == (
            409,
            "household.ended",
            "merged",
        )
        people = (await phone.get(f"households/{right}")).json()["people"]
        assert (people["name"], people["phone"], people["needs"]) == ("梁秀英", "138****8000", ["escort"])
        assert [one["note"] for one in people["visits"]] == ["灯坏了"], "read with the line that stays"
        number = await phone.post(f"households/{right}/number", json={"purpose": "answer"})
        assert number.json() == {"phone": PHONE}
        due = (await phone.get("my/households")).json()["households"]
        assert [(one["household_id"], one["reached"]) for one in due] == [(right, True)]
        shown = (await desk.get(f"households/{double}")).json()
        assert (shown["ended"], shown["merged_into_id"]) == ("merged", right)
        history = (await desk.get(f"households/{right}")).json()["history"]
        assert [(one["name"], one["valid_to"]) for one in history["ties"]] == [("罗联系", None)]
        assert [(one["outcome"], one["liaison"]) for one in history["visits"]] == [("met", "罗联系")]
        assert [(one["version"], one["given"]) for one in history["consents"]] == [("2026-11", True)]
        assert "灯坏了" not in str(history)
        assert (await desk.post(f"households/{right}/merge", json={"into_id": far})).status_code == 200
        chain = (await desk.get(f"households/{double}")).json()
        assert chain["merged_into_id"] == far, "nobody is led through two steps"
        month = {"month": "2026-09", "by": "building"}
        lines = (await desk.get("visits/figures", params=month)).json()["lines"]
        assert [(one["name"], one["households"], one["reached"]) for one in lines if one["households"]] == [
            ("集市二号楼", 1, 1)
        ]


async def test_a_visit_that_arrives_after_the_merging_is_told_to_whoever_reads_it_now(
    served: Served, tied: list[str], liaison: Member, shift_leader: Member
) -> None:
    """Made at a line that has ended meanwhile: the door that stays shows another last outcome, so its phone must ask anew."""
    double, stays = tied[:2]
    served.clock.forward(minutes=5)
    async with served.browser(shift_leader) as desk:
        assert (await desk.post(f"households/{double}/merge", json={"into_id": stays})).status_code == 200
    cursor = await _cursor(served, liaison)
    async with served.browser(liaison) as phone:
        assert (await phone.put(f"visits/{uuid4()}", json=sent(double, "phoned"))).status_code == 201
        changes = (await phone.get("changes", params={"cursor": cursor, "limit": 500})).json()["changes"]
        assert [one["id"] for one in changes if one["entity"] == "household"] == [stays]
        doors = {one["household_id"]: one for one in (await phone.get("my/households")).json()["households"]}
        assert doors[stays]["last_outcome"] == "phoned"


async def test_a_household_that_asks_to_be_forgotten_is_told_what_goes_and_its_doubles_go_with_it(
    served: Served, tied: list[str], read, liaison: Member, shift_leader: Member, security_admin: Member
) -> None:
    async with served.browser(liaison) as phone, served.browser(shift_leader) as desk:
        assert (await phone.put(f"visits/{uuid4()}", json=sent(tied[0], note="只说给联系人听"))).status_code == 201
        served.clock.forward(minutes=5)
        assert (await desk.post(f"households/{tied[0]}/merge", json={"into_id": tied[1]})).status_code == 200
        assert (await desk.get(f"households/{tied[1]}/erase")).status_code == 404
    async with served.browser(security_admin) as security:
        found = (await security.get("households", params={"text": "一号 201"})).json()["households"]
        assert [one["household_id"] for one in found] == [tied[1]]
        place = (await security.get(f"households/{tied[1]}")).json()
        assert (place["people"], place["history"], place["may_erase"]) == (None, None, True)
        seen = (await security.get(f"households/{tied[1]}/erase")).json()
        assert (seen["notes"], seen["lines"], seen["tied"], seen["visits_left"]) == (1, 1, True, 1)
        assert (await security.post(f"households/{tied[1]}/erase")).status_code == 200
        gone = await security.get(f"households/{tied[1]}/erase")
        assert (gone.status_code, gone.json()["code"]) == (404, "household.unknown")
    async with read() as session:
        await reach_homes(session, liaison.actor.jurisdiction_id)
        asked = text(
            "SELECT ended, room, (SELECT count(*) FROM visit_note n WHERE n.household_id = h.household_id) AS notes "
            "FROM household h WHERE household_id = :h"
        )
        rows = [tuple((await session.execute(asked, {"h": one})).one()) for one in tied[:2]]
    assert rows == [("erased", "", 0), ("erased", "", 0)]
    assert [str(one.subject_id) for one in await served.parts.erasures.all()] == [tied[1], tied[0]]


async def test_a_household_is_found_by_the_words_of_its_address(
    served: Served, houses: dict[str, str], tied: list[str], shift_leader: Member, steward: Member
) -> None:
    async with served.browser(shift_leader) as desk:
        door = {"building_id": houses["tower"], "entrance": "2单元", "floor": "3", "room": "301", "version": 0}
        assert (await desk.put(f"households/{uuid4()}", json=door)).status_code == 200

        async def doors(words: str, **more: object) -> list[str]:
            found = (await desk.get("households", params={"text": words, **more})).json()["households"]
            return [f"{one['building']} {one['label']}" for one in found]

        assert await doors("301室") == ["集市一号楼 301", "集市二号楼 2单元 · 3层 · 301"]
        assert await doors("二号楼　２单元") == ["集市二号楼 2单元 · 3层 · 301"]
        assert await doors("二号楼 1单元") == []
        assert await doors("%") == []
        assert (await desk.post(f"households/{tied[0]}/move-away")).status_code == 200
        assert await doors("一号楼 101") == []
        assert await doors("一号楼 101", ended=True) == ["集市一号楼 101"]
    async with served.browser(steward) as other:
        assert (await other.get("households")).status_code == 403


async def test_a_supervisor_sees_who_looked_at_which_number_and_why_without_a_name(
    served: Served, tied: list[str], liaison: Member, supervisor: Member, dispatcher: Member
) -> None:
    async with served.browser(liaison) as phone:
        address = f"households/{tied[0]}"
        assert (await phone.put(f"{address}/consent", json={"given": True, "version": "2026-11"})).status_code == 200
        assert (await phone.put(f"{address}/contact", json={"name": "梁秀英", "phone": PHONE})).status_code == 200
        for purpose in ("arrange", "urgent"):
            assert (await phone.post(f"{address}/number", json={"purpose": purpose})).status_code == 200
            served.clock.forward(minutes=1)
    async with served.browser(supervisor) as above, served.browser(dispatcher) as desk:
        page = (await above.get("reveals")).json()
        lines = [(one["reader"], one["purpose"], one["building"], one["label"]) for one in page["reveals"]]
        assert lines == [("罗联系", "urgent", "集市一号楼", "101"), ("罗联系", "arrange", "集市一号楼", "101")]
        last = page["reveals"][0]
        older = (await above.get("reveals", params={"before": last["at"], "before_id": last["reveal_id"]})).json()
        assert [one["purpose"] for one in older["reveals"]] == ["arrange"]
        assert "梁秀英" not in str(page)
        assert PHONE[-4:] not in str(page)
        assert (await desk.get("reveals")).status_code == 403


async def test_an_entrance_or_a_building_goes_to_another_liaison_and_back(
    served: Served, town: Town, houses: dict[str, str], shift_leader: Member, liaison: Member
) -> None:
    async with served.browser(shift_leader) as desk:
        for entrance, rooms in (("1", 3), ("2", 2)):
            for room in range(rooms):
                door = {"building_id": houses["market"], "entrance": entrance, "room": f"10{room}", "version": 0}
                assert (await desk.put(f"households/{uuid4()}", json=door)).status_code == 200
        address, mine = f"ties/houses/{houses['market']}", str(liaison.person_id)
        moved = (await desk.put(address, json={"entrance": "2", "person_id": mine})).json()["before"]
        assert [one["person_id"] for one in moved] == [None, None]

        async def shown() -> list[tuple[str, bool, int]]:
            asked = {"community_id": str(town.community_id)}
            (house,) = (await desk.get("ties/houses", params=asked)).json()["houses"]
            assert house["building"] == "集市一号楼"
            return [(one["entrance"], one["person_id"] == mine, one["households"]) for one in house["behind"]]

        assert await shown() == [("1", False, 3), ("2", True, 2)]
        served.clock.forward(minutes=1)
        rest = (await desk.put(address, json={"entrance": None, "person_id": mine})).json()["before"]
        assert len(rest) == 3, "those behind the second entrance were there already"
        assert await shown() == [("1", True, 3), ("2", True, 2)]
        served.clock.forward(minutes=1)
        assert (await desk.put("ties", json={"ties": rest})).json() == {"changed": 3}
        assert await shown() == [("1", False, 3), ("2", True, 2)]
        empty = await desk.put(f"ties/houses/{houses['tower']}", json={"entrance": None, "person_id": mine})
        assert (empty.status_code, empty.json()["code"]) == (404, "household.unknown")


async def test_a_building_steward_comes_and_goes_and_the_list_says_from_when_to_when(
    served: Served, houses: dict[str, str], dispatcher: Member, liaison: Member, steward: Member
) -> None:
    async with served.browser(dispatcher) as desk:
        people = {one["name"]: one for one in (await desk.get("ties/people")).json()["people"]}
        assert {"罗联系", steward.name} <= set(people)
        assert "liaison" in people["罗联系"]["roles"]
        address = f"building-stewards/{houses['market']}"
        for person in (liaison.person_id, steward.person_id, None):
            said = {"person_id": str(person) if person else None}
            assert (await desk.put(address, json=said)).status_code == 200
            served.clock.forward(hours=1)
        (house,) = (await desk.get("building-stewards", params={"text": "集市一号"})).json()["buildings"]
        assert house["steward"] is None
        assert [one["name"] for one in house["past"]] == [steward.name, "罗联系"]
        assert all(one["valid_from"] < one["valid_to"] for one in house["past"])
        home = f"home-registrations/{liaison.person_id}"
        refused = await desk.put(home, json={"building_id": houses["tower"], "employer": " "})
        assert refused.json()["code"] == "household.employer_missing"
        assert (await desk.put(home, json={"building_id": houses["tower"], "employer": "供电局"})).status_code == 200
        served.clock.forward(hours=1)
        assert (await desk.put(home, json={"building_id": None})).status_code == 200
        assert (await desk.get("home-registrations")).json()["homes"] == []


async def test_a_long_list_of_buildings_comes_a_page_at_a_time_and_is_found_by_words(
    served: Served, write, town: Town, houses: dict[str, str], liaison: Member, dispatcher: Member
) -> None:
    async with write() as session:
        for number in range(1, 106):
            await build.building(session, town.jurisdiction_id, f"长巷{number}号", *MARKET, town.grid_market)
        await build.building(session, town.jurisdiction_id, "河边长巷9号", *RIVER, town.grid_river)
    async with served.browser(dispatcher) as desk:
        first = (await desk.get("building-stewards")).json()
        rest = (await desk.get("building-stewards", params={"after": first["after"]})).json()
        assert (len(first["buildings"]), len(rest["buildings"]), rest["after"]) == (100, 8, None)
        names = [one["building"] for one in (*first["buildings"], *rest["buildings"])]
        assert {"集市一号楼", "集市二号楼", *(f"长巷{number}号" for number in range(1, 106))} < set(names)
        assert len(set(names)) == 108
        assert "河边长巷9号" not in names, "the neighbour's buildings are not this desk's"
        steward = {"person_id": str(liaison.person_id)}
        assert (await desk.put(f"building-stewards/{houses['tower']}", json=steward)).status_code == 200
        found = {
            words: [one["building"] for one in (await desk.get("building-stewards", params=asked)).json()["buildings"]]
            for words, asked in (
                ("name", {"text": "罗联系"}),
                ("building", {"text": "长巷 105号"}),
                ("without", {"text": "集市", "without": True}),
                ("nothing", {"text": "没有这栋楼"}),
            )
        }
        assert found == {"name": ["集市二号楼"], "building": ["长巷105号"], "without": ["集市一号楼"], "nothing": []}
        told = (await desk.get("building-stewards", params={"text": "没有这栋楼"})).json()
        assert (told["looked_after"], told["in_all"]) == (1, 108), "of the whole area, whatever is looked for"
        broken = await desk.get("building-stewards", params={"after": "%%%"})
        assert (broken.status_code, broken.json()["code"]) == (422, "page_unreadable")


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
