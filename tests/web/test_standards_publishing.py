"""Publishing over HTTP: shown first, refused by name, then whole; and the ledger says which standard counted."""

from __future__ import annotations

from datetime import datetime

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import LANE, Town
from conftest import Write
from filing import deliver, filed, open_town, report
from gridward.domain import sync
from web.test_standards import Browser


@pytest.fixture
def browser(engine: AsyncEngine, now: datetime) -> Browser:
    return Browser(engine, now)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def reported(write: Write, town: Town, seed: int = 1, *, shown: bool = True) -> str:
    """Without a picture it waits for the desk. Each seed lies apart, so that nothing is taken for a twin."""
    where = LANE[0] + (seed - 1) * 0.0003, LANE[1] + (seed - 1) * 0.0006
    async with write() as session:
        photo = await deliver(session, town["volunteer"], seed)
        claim = (sync.PhotoClaim(sha256=photo, kind="before"),) if shown else ()
        taken = await filed(session, town["volunteer"], report("litter_ground", at=where, photos=claim))
    return str(taken.ticket_id)


async def current(browser: Browser, town: Town) -> dict[str, object]:
    listed = (await browser.ask("GET", "/standards", town["dispatcher"])).json()["standards"]
    return (await browser.ask("GET", f"/standards/{listed[0]['standard_id']}/document", town["system_admin"])).json()


async def test_a_draft_is_shown_refused_by_name_and_compared_afterwards(
    browser: Browser, write: Write, town: Town
) -> None:
    ticket_id = await reported(write, town)
    file = await current(browser, town)
    del file["conditions"]["litter_ground-ground"]  # type: ignore[attr-defined]
    file["categories"]["litter_ground"] |= {"condition_ids": [], "default_condition_id": None}  # type: ignore[index]
    shown = (await browser.ask("POST", "/standards/draft", town["system_admin"], json={"document": file})).json()
    assert [row["condition_id"] for row in shown["comparison"]["gone"]] == ["litter_ground-ground"]
    assert [(one["tickets"], one["examples"][0]["ticket_id"]) for one in shown["in_use"]] == [(1, ticket_id)]

    refused = await browser.ask("POST", "/standards", town["system_admin"], json={"document": file})
    assert (refused.status_code, refused.json()["code"]) == (409, "standard.conditions_in_use")
    body = {"document": file, "acknowledged": ["litter_ground-ground"]}
    made = (await browser.ask("POST", "/standards", town["system_admin"], json=body)).json()
    assert (made["version"], made["is_new"]) == (2, True)

    versions = (await browser.ask("GET", "/standards", town["dispatcher"])).json()["standards"]
    new, old = versions[0]["standard_id"], versions[1]["standard_id"]
    diff = (await browser.ask("GET", f"/standards/{new}/diff?against={old}", town["dispatcher"])).json()
    assert (len(diff["gone"]), diff["added"], diff["changed"]) == (1, [], [])
    assert (await browser.ask("GET", f"/standards/{new}/diff?against={old}", town["volunteer"])).status_code == 403


async def test_a_file_that_is_wrong_is_refused_with_its_place(browser: Browser, town: Town) -> None:
    document = {
        "scheme": "gridward",
        "bases": [{"unit_kind": "work", "document": 7, "clause": "", "binding": "contract"}],
    }
    answer = await browser.ask("POST", "/standards", town["system_admin"], json={"document": document})
    assert (answer.status_code, answer.json()["code"]) == (422, "standard.document")
    assert answer.json()["facts"]["place"] == "bases[0].document"
    assert len((await browser.ask("GET", "/standards", town["dispatcher"])).json()["standards"]) == 1


async def test_the_ledger_says_that_an_emergency_counted(browser: Browser, write: Write, town: Town) -> None:
    file = await current(browser, town)
    condition = file["conditions"]["litter_ground-ground"] | {  # type: ignore[index]
        "limit": {"kind": "urgent_hour", "amount": 1},
        "limits_by_area_class": {},
    }
    profile = {
        "scheme": "flood",
        "name": {"zh": "防汛"},
        "categories": {"litter_ground": file["categories"]["litter_ground"]},  # type: ignore[index]
        "conditions": {"litter_ground-ground": condition},
        "applies": {"emergency": True},
    }
    made = (await browser.ask("POST", "/standards", town["system_admin"], json={"document": profile})).json()
    meant = {"standard_id": made["standard_id"], "ends_at": "2026-09-01T08:00:00Z", "notice": "防汛3号"}
    assert (await browser.ask("POST", "/emergencies", town["system_admin"], json=meant)).status_code == 403
    assert (await browser.ask("POST", "/emergencies", town["supervisor"], json=meant)).status_code == 200
    ticket_id = await reported(write, town)
    said = (await browser.ask("GET", f"/tickets/{ticket_id}/ledger", town["dispatcher"])).json()["standard"]
    assert (said["name"], said["applied"], said["notice"]) == ("防汛", "emergency", "防汛3号")
    assert said["until_at"] == "2026-09-01T08:00:00Z"


async def test_a_calendar_is_shown_before_and_the_past_needs_a_word(browser: Browser, write: Write, town: Town) -> None:
    await reported(write, town)
    document = {"calendar_id": "work", "exceptions_changed": {"2026-08-31": {"shifts": [], "why": "补记"}}}
    admin = town["system_admin"]
    shown = (await browser.ask("POST", "/calendars/draft", admin, json={"document": document})).json()
    assert (shown["based_on"], shown["touches_past"], shown["tickets"], shown["moved"]) == (1, True, 1, 0)
    body = {"document": document, "based_on": 1}
    refused = await browser.ask("POST", "/calendars", admin, json=body)
    assert (refused.json()["code"], refused.json()["facts"]["days"]) == ("calendar.past", ["2026-08-31"])
    done = await browser.ask("POST", "/calendars", admin, json=body | {"past_acknowledged": True})
    assert done.json() == {"version": 2}
    listed = (await browser.ask("GET", "/calendars", town["dispatcher"])).json()["calendars"]
    assert {one["calendar_id"]: one["provisional_years"] for one in listed}["city"] == [2027]


async def test_a_kind_is_switched_off_and_what_is_on_its_way_arrives(
    browser: Browser, write: Write, town: Town
) -> None:
    open_ticket = await reported(write, town)
    admin, version = town["system_admin"], (await browser.ask("GET", "/standards", town["dispatcher"])).json()
    based_on = version["standards"][0]["standard_id"]
    kind = (await current(browser, town))["categories"]["litter_ground"]  # type: ignore[index]
    change = {"scheme": "gridward", "categories_changed": {"litter_ground": kind | {"offered": False}}}

    shown = (await browser.ask("POST", "/standards/draft", admin, json={"document": change})).json()
    assert shown["comparison"]["whole"] == [{"field": "offered.地上垃圾", "before": ["yes"], "after": ["no"]}]
    assert shown["in_use"] == []
    body = {"document": change, "based_on": based_on}
    assert (await browser.ask("POST", "/standards", admin, json=body)).json()["version"] == 2
    late = await browser.ask("POST", "/standards", admin, json=body)
    assert (late.status_code, late.json()["code"]) == (409, "standard.moved_on")

    offered = (await browser.ask("GET", "/categories", town["volunteer"])).json()["categories"]
    assert "litter_ground" not in [one["code"] for one in offered]
    every = (await browser.ask("GET", "/categories?off=true", town["dispatcher"])).json()["categories"]
    assert [one["name"] for one in every if not one["offered"]] == ["地上垃圾"]

    # Half written on a phone when it was switched off: taken, named, with its limit, and shown to the desk.
    arrived = await reported(write, town, seed=2)
    ticket = (await browser.ask("GET", f"/tickets/{arrived}", town["dispatcher"])).json()
    assert (ticket["status"], ticket["tray_reason"], ticket["category_name"]) == (
        "received",
        "category_off",
        "地上垃圾",
    )
    assert "category_off" in ticket["marks"]
    # What was open before goes on under its own version.
    before = (await browser.ask("GET", f"/tickets/{open_ticket}", town["dispatcher"])).json()
    assert ("category_off" in before["marks"], before["condition_id"]) == (False, "litter_ground-ground")


async def test_a_list_of_reasons_changes_and_old_tickets_keep_their_words(
    browser: Browser, write: Write, town: Town
) -> None:
    old = await reported(write, town, shown=False)
    admin, desk = town["system_admin"], town["dispatcher"]
    file = await current(browser, town)
    reject = file["reasons"]["reject"]  # type: ignore[index]
    own = [{"code": "own-1", "text": {"zh": "这里正在施工，完工后再看。", "en": ""}}, *reject[1:]]
    rework = [{"code": "own-2", "text": {"zh": "还有一半没清。", "en": "Half of it is still there."}}]
    change = {"scheme": "gridward", "reasons": file["reasons"] | {"reject": own, "rework": rework}}  # type: ignore[operator]
    shown = (await browser.ask("POST", "/standards/draft", admin, json={"document": change})).json()["comparison"]
    assert [one["field"] for one in shown["whole"]] == ["reasons.reject", "reasons.rework"]
    assert shown["whole"][0]["after"] == ["这里正在施工，完工后再看。"]
    made = (await browser.ask("POST", "/standards", admin, json={"document": change})).json()
    lists = (await browser.ask("GET", f"/standards/{made['standard_id']}/reasons", desk)).json()["lists"]
    assert lists["rework"] == [{"code": "own-2", "zh": "还有一半没清。", "en": "Half of it is still there."}]

    new = await reported(write, town, seed=2, shown=False)
    offered = {}
    for ticket_id in (old, new):
        allowed = (await browser.ask("GET", f"/tickets/{ticket_id}", desk)).json()["allowed"]
        offered[ticket_id] = {one["code"] for step in allowed for one in step["reasons"] if step["intent"] == "reject"}
    assert ("own-1" in offered[new], "seen_already" in offered[new]) == (True, False)
    assert ("own-1" in offered[old], "seen_already" in offered[old]) == (False, True)
