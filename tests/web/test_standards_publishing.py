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


async def reported(write: Write, town: Town, seed: int = 1) -> str:
    async with write() as session:
        photo = await deliver(session, town["volunteer"], seed)
        claim = (sync.PhotoClaim(sha256=photo, kind="before"),)
        taken = await filed(session, town["volunteer"], report("litter_ground", at=LANE, photos=claim))
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
