"""台账 and 例会: what is there already, in the form in which it is handed upward; nothing of whoever reported."""

from __future__ import annotations

import base64
import csv
import io
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, MARKET, NOON, RIVER, Member, Town
from conftest import Write
from filing import open_town
from gateways.test_forms import street_form
from gridward.persistence.database import reach_homes
from gridward.persistence.households.rows import HouseholdRow, VisitRow
from gridward.services import causes
from gridward.services.tickets.sweep import sweep
from phones import Phone
from serving import Served, days_later, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


MONTH = {"month": "2026-09"}


async def done(served: Served, town: Town, who: Member, seed: int, *, at: tuple[float, float]) -> str:
    """A full bin that is reported, emptied, looked at and closed."""
    phone, unit, desk = Phone(served, who), Phone(served, town["sanitation_lead"]), Phone(served, town["dispatcher"])
    photos = [{"sha256": await phone.photo(seed), "kind": "before"}]
    report = phone.report(at=at, condition_id="litter_full-full", photos=photos, note="王伯家门口，电话139")
    filed = await phone.file(report)
    assert filed.status_code == 201, filed.text
    ticket_id: str = filed.json()["ticket_id"]
    if (await desk.look(ticket_id))["status"] == "received":
        raise AssertionError(await desk.look(ticket_id))
    served.clock.forward(minutes=10)
    assert (await unit.does(ticket_id, "acknowledge")).status_code == 200
    after = [await unit.photo(seed + 5_000)]
    resolved = await unit.does(ticket_id, "resolve", photos=after, note="=已清运，并冲洗")
    assert resolved.status_code == 200, resolved.text
    served.clock.forward(minutes=10)
    steward = Phone(served, town["steward"])
    proof = [await steward.photo(seed + 9_000)]
    checked = await steward.does(ticket_id, "verify", way="spot", photos=proof)
    assert checked.status_code == 200, checked.text
    return ticket_id


async def test_the_register_the_meeting_and_the_sentence_say_what_the_tickets_say(
    served: Served, town: Town, volunteer: Member, other_volunteer: Member, dispatcher: Member, write: Write
) -> None:
    desk, phone = Phone(served, dispatcher), Phone(served, volunteer)
    closed = await done(served, town, volunteer, 1, at=MARKET)
    rated = await phone.does(closed, "rate", satisfied=False)
    assert rated.status_code == 200, rated.text
    waiting = (await phone.file(phone.report("other", at=(MARKET[0], MARKET[1] + 0.0006)))).json()["ticket_id"]
    joined = Phone(served, other_volunteer)
    again = joined.report("other", at=(MARKET[0], MARKET[1] + 0.0006), join_ticket_id=waiting)
    assert (await joined.file(again)).status_code in (200, 201)
    refused = (await phone.file(phone.report("greenery", at=(MARKET[0] - 0.0006, MARKET[1])))).json()["ticket_id"]
    assert (await desk.does(refused, "reject", reason="not_ours", answer="不归社区管")).status_code == 200
    await Phone(served, town["neighbour_volunteer"]).file(phone.report("other", at=RIVER))
    for _ in range(3):
        await phone.file(phone.report("lamp", at=ESTATE))
        await days_later(served, write, days=1)
    async with write() as session:
        await causes.look(session, served.clock())
        while (await sweep(session, served.clock())).more:
            pass

    here = MONTH | {"area_id": str(town.community_id)}
    register = (await desk.browser.get("registers/cases", params=here)).json()
    assert register["total"] == len(register["rows"]) == 6
    first = register["rows"][0]
    assert (first["line"], first["status"], first["unit"], first["satisfied"], first["late"]) == (
        1,
        "已结案",
        "环卫一队",
        "不满意",
        "否",
    )
    assert first["result"] == "=已清运，并冲洗"
    everything = str(register)
    for secret in ("王伯", "139", volunteer.name, volunteer.phone):
        assert secret not in everything

    agenda = (await desk.browser.get("registers/meeting/agenda", params=here)).json()
    assert [one["ticket"]["ticket_id"] for one in agenda["unhappy"]] == [closed]
    assert [one["building"] for one in agenda["repeated"]] == ["花园一座"]
    assert agenda["thanks"] == {"found": 5, "done": 1}

    answer = await desk.browser.get("registers/cases/file", params=here | {"format": "csv"})
    lines = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(lines) == 7
    assert lines[0][:3] == ["序号", "工单号", "来源"]
    assert "'=已清运，并冲洗" in lines[1]
    # In several files, and by the address at the end of one that had to end early: the same lines, counted on.
    parts = [
        await desk.browser.get("registers/cases/file", params=here | {"format": "csv", "limit": 4, "skip": skip})
        for skip in (0, 4)
    ]
    read = [list(csv.reader(io.StringIO(one.content.decode("utf-8-sig"))))[1:] for one in parts]
    assert [row for part in read for row in part if len(row) > 1] == lines[1:]
    further = await desk.browser.get(read[0][-1][0])
    assert list(csv.reader(io.StringIO(further.content.decode("utf-8-sig"))))[1:] == lines[5:]
    bent = await desk.browser.get("registers/cases/file", params=here | {"after": "gestern,1"})
    assert (bent.status_code, bent.json()["code"]) == (422, "page_unreadable")
    book = load_workbook(
        io.BytesIO((await desk.browser.get("registers/meeting/file", params=here)).content)
    ).worksheets[0]
    assert {row[1].value for row in book.iter_rows(min_row=2)} >= {"群众不满意", "反复出现"}

    other_month = (await desk.browser.get("registers/cases", params=here | {"month": "2026-08"})).json()
    assert other_month["total"] == 0
    assert (await desk.browser.get("registers/cases", params=MONTH)).status_code == 403
    beside = await desk.browser.get("registers/cases", params=MONTH | {"area_id": str(town.neighbour_id)})
    assert beside.status_code == 403

    own = await phone.browser.get("my/thanks", params={"from": "2026-09-01", "to": "2026-09-30"})
    assert own.json() == {"found": 5, "done": 1}
    theirs = await joined.browser.get("my/thanks", params={"from": "2026-09-01", "to": "2026-09-30"})
    assert theirs.json() == {"found": 1, "done": 0}


async def test_the_streets_form_is_uploaded_once_corrected_and_filled(
    served: Served, town: Town, volunteer: Member, dispatcher: Member, shift_leader: Member
) -> None:
    await done(served, town, volunteer, 1, at=MARKET)
    desk, leader, form_id = Phone(served, dispatcher), Phone(served, shift_leader), uuid4()
    sent = {"fills": "cases", "name": " 大良月报 ", "content": base64.b64encode(street_form()).decode()}
    assert (await desk.browser.put(f"street-forms/{form_id}", json=sent)).status_code == 403
    broken = await leader.browser.put(f"street-forms/{uuid4()}", json=sent | {"content": "UEsDBA=="})
    assert (broken.status_code, broken.json()["code"]) == (422, "form.not_a_workbook")
    assert (await leader.browser.put(f"street-forms/{form_id}", json=sent)).status_code == 204
    (form,) = (await desk.browser.get("street-forms")).json()["forms"]
    told = {one["heading"]: one["key"] for one in form["columns"]}
    assert (form["name"], told["案件编号"], told["备注"]) == ("大良月报", "ticket_no", None)

    columns = {str(one["place"]): one["key"] for one in form["columns"] if one["key"]}
    place_of_remark = next(str(one["place"]) for one in form["columns"] if one["heading"] == "备注")
    wrong = await leader.browser.put(f"street-forms/{form_id}/columns", json={"columns": {"99": "line"}})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "form.column_unknown")
    better = {"columns": columns | {place_of_remark: "result"}}
    assert (await leader.browser.put(f"street-forms/{form_id}/columns", json=better)).status_code == 204

    here = MONTH | {"area_id": str(town.community_id)}
    answer = await desk.browser.get(f"street-forms/{form_id}/file", params=here)
    assert answer.status_code == 200, answer.text
    sheet = load_workbook(io.BytesIO(answer.content)).worksheets[0]
    assert sheet["A2"].value == "社区：雪圃社区    月份：2026年9月"
    assert (sheet["A5"].value, sheet["G5"].value) == (1, "环卫一队")
    assert (sheet["H5"].value, sheet["H5"].data_type) == ("=已清运，并冲洗", "s")
    assert sheet["F5"].value - sheet["E5"].value == timedelta(minutes=20)

    assert (await leader.browser.delete(f"street-forms/{form_id}")).status_code == 204
    gone = await desk.browser.get(f"street-forms/{form_id}/file", params=here)
    assert (gone.status_code, gone.json()["code"]) == (404, "form.unknown")


async def test_the_card_leads_to_the_report_screen(served: Served, town: Town, dispatcher: Member) -> None:
    desk = Phone(served, dispatcher)
    card = (await desk.browser.get("contact-card", params={"area_id": str(town.community_id)})).json()
    assert card["area"] == "雪圃社区"
    assert card["address"] == f"{served.parts.public_url}/report"
    assert card["qr"].startswith("data:image/svg+xml")


async def test_what_a_household_says_when_it_is_visited_again_comes_before_the_meeting(
    served: Served, town: Town, volunteer: Member, liaison: Member, dispatcher: Member, write: Write
) -> None:
    """Also without a wish to reopen: the tick is easily forgotten at a door."""
    ticket_id = await done(served, town, volunteer, 3, at=MARKET)
    async with write() as session:
        building = "SELECT building_id FROM building WHERE jurisdiction_id = :here"
        building_id = (await session.execute(text(building), {"here": town.jurisdiction_id})).scalar_one()
        here = {"jurisdiction_id": town.jurisdiction_id, "community_id": town.community_id, "building_id": building_id}
        at, said = served.clock(), {"follows": UUID(ticket_id), "satisfied": False}
        home = {"household_id": uuid4(), "entrance": "", "floor": "3", "room": "302", "version": 1}
        await reach_homes(session, town.jurisdiction_id)
        await session.execute(insert(HouseholdRow).values(**here, **home, registered_at=NOON, changed_at=NOON))
        visit = {"visit_id": uuid4(), "household_id": home["household_id"], "liaison_id": liaison.person_id}
        visit |= {"outcome": "met", "visited_at": at, "visited_on": at.date(), "received_at": at}
        await session.execute(insert(VisitRow).values(**here, **visit, **said, digest="d", clock={}))
    month = MONTH | {"area_id": str(town.community_id)}
    desk = Phone(served, dispatcher).browser
    (unhappy,) = (await desk.get("registers/meeting/agenda", params=month)).json()["unhappy"]
    assert (unhappy["ticket"]["ticket_id"], unhappy["at_visit"], unhappy["asked_again"]) == (ticket_id, True, False)
    book = load_workbook(io.BytesIO((await desk.get("registers/meeting/file", params=month)).content)).worksheets[0]
    assert "走访时住户说没有办好" in str([[cell.value for cell in row] for row in book.iter_rows()])
    beside = Phone(served, town["neighbour_dispatcher"]).browser
    there = await beside.get("registers/meeting/agenda", params=MONTH | {"area_id": str(town.neighbour_id)})
    assert there.json()["unhappy"] == []


async def test_what_people_told_and_who_was_visited_stand_in_registers_of_their_own(
    served: Served,
    town: Town,
    volunteer: Member,
    liaison: Member,
    dispatcher: Member,
    shift_leader: Member,
    write: Write,
) -> None:
    visit_id, household_id = uuid4(), uuid4()
    async with write() as session:
        building_id = (
            await session.execute(
                text("SELECT building_id FROM building WHERE jurisdiction_id = :here"), {"here": town.jurisdiction_id}
            )
        ).scalar_one()
        here = {
            "jurisdiction_id": town.jurisdiction_id,
            "community_id": town.community_id,
            "building_id": building_id,
            "household_id": household_id,
        }
        await reach_homes(session, town.jurisdiction_id)
        await session.execute(
            insert(HouseholdRow).values(
                **here, entrance="", floor="3", room="302", version=1, registered_at=NOON, changed_at=NOON
            )
        )
        visit = {
            "visit_id": visit_id,
            "liaison_id": liaison.person_id,
            "outcome": "met",
            "visited_at": NOON,
            "visited_on": NOON.date(),
            "received_at": NOON,
            "digest": "d",
            "clock": {},
        }
        await session.execute(insert(VisitRow).values(**here, **visit))
        later = {"visit_id": uuid4(), "outcome": "phoned", "visited_at": NOON + timedelta(hours=1)}
        await session.execute(insert(VisitRow).values(**here, **visit | later))
    at_the_door, desk = Phone(served, liaison), Phone(served, dispatcher)
    told = await at_the_door.file(at_the_door.report("lamp", at=ESTATE, visit_id=str(visit_id)))
    assert told.status_code == 201, told.text
    await Phone(served, volunteer).file(Phone(served, volunteer).report("other", at=MARKET))

    month = MONTH | {"area_id": str(town.community_id)}
    demands = (await desk.browser.get("registers/demands", params=month)).json()
    assert [row["ticket_no"] for row in demands["rows"]] == [told.json()["ticket_no"]]
    visits = (await desk.browser.get("registers/visits", params=month)).json()
    assert [row["outcome"] for row in visits["rows"]] == ["见到了", "电话联系"]
    row = visits["rows"][0]
    assert (row["building"], row["outcome"], row["status"]) == ("花园一座", "见到了", "办理中 1 件")
    assert "302" not in str(row.values())
    assert row["liaison"] is None
    theirs = (await Phone(served, shift_leader).browser.get("registers/visits", params=month)).json()
    assert theirs["rows"][0]["liaison"] == "罗联系"
    for limit, cut in ((1, True), (2, False)):
        file = await desk.browser.get("registers/visits/file", params=month | {"format": "csv", "limit": limit})
        assert ("未完" in file.text) is cut, "what follows a file is looked for by a transaction of its own"
    walked = await desk.browser.get("registers/patrols", params=month)
    assert walked.status_code == 403
    log = (await Phone(served, shift_leader).browser.get("registers/patrols", params=month)).json()
    assert (log["total"], log["columns"][3]["name"]) == (0, "巡查人")
