"""What is known of a household stays where the policy puts it: on nobody's phone but as a door on its liaison's, in no log."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

import programs
from browser.stage.people import Visitor, visiting
from browser.stage.server import Account, Installation, Server

NAMES = ("金丝雀甲", "金丝雀乙", "金丝雀丙")
PHONES = ("13911110001", "13911110002", "13911110003")
ROOMS = ("CANARY101", "CANARY102", "CANARY103")
ID_NUMBER = "440605199001011234"
NOTE = "金丝雀说楼道的灯坏了"
PEOPLE = (*NAMES, *PHONES, ID_NUMBER, NOTE)

STORED = """
    async () => {
        const found = { local: { ...localStorage }, session: { ...sessionStorage } }
        for (const { name } of await indexedDB.databases()) {
            const db = await new Promise((done, failed) => {
                const asked = indexedDB.open(name)
                asked.onsuccess = () => done(asked.result)
                asked.onerror = () => failed(asked.error)
            })
            for (const store of db.objectStoreNames)
                found[`${name} ${store}`] = await new Promise((done, failed) => {
                    const asked = db.transaction(store).objectStore(store).getAll()
                    asked.onsuccess = () => done(asked.result)
                    asked.onerror = () => failed(asked.error)
                })
            db.close()
        }
        for (const name of await caches.keys()) {
            const cache = await caches.open(name)
            for (const request of await cache.keys())
                if (new URL(request.url).pathname.startsWith('/api/'))
                    found[request.url] = await (await cache.match(request)).text()
        }
        return JSON.stringify(found)
    }
"""
"""Everything that the browser keeps for our pages."""


@pytest.fixture
def own(installation: Installation) -> Iterator[Server]:
    """A server that says all it has to say."""
    server = Server(installation, chosen={"GRIDWARD_LOG_LEVEL": "debug"})
    server.start()
    yield server
    server.stop()


def brought_in(installation: Installation, folder: Path) -> str:
    """Three households at one building, and a line with an identity number where a telephone number should be."""
    building = installation.ask(
        "SELECT b.code FROM building b JOIN stewardship s ON s.grid_id = b.grid_id AND s.valid_to IS NULL"
        " JOIN person p ON p.person_id = s.person_id"
        f" WHERE p.name = '{installation.account('steward').person}' ORDER BY b.code LIMIT 1"
    )
    file = folder / "households.csv"
    with file.open("w", newline="") as out:
        lines = csv.writer(out)
        lines.writerow(("楼栋", "房号", "联系人", "联系电话", "同意", "关爱"))
        lines.writerows((building, *one, "是", "独居") for one in zip(ROOMS, NAMES, PHONES, strict=True))
        lines.writerow((building, "CANARY104", "金丝雀丁", ID_NUMBER, "是", ""))
    done = programs.run("import", "households", str(file), "--apply", "--json", environment=installation.environment())
    assert done.returncode == 1, done.stdout + done.stderr
    return done.stdout + done.stderr


def tied(installation: Installation, liaison: str) -> None:
    """He visits the first two."""
    rooms = ", ".join(f"'{room}'" for room in ROOMS[:2])
    installation.ask(
        "INSERT INTO tie (tie_id, jurisdiction_id, household_id, person_id, valid_from)"
        " SELECT gen_random_uuid(), h.jurisdiction_id, h.household_id, p.person_id, now() - interval '1 day'"
        f" FROM household h, person p WHERE h.room IN ({rooms}) AND p.name = '{liaison}'"
    )


async def stored(page: Page) -> str:
    found: str = await page.evaluate(STORED)
    return found


async def settled(phone: Visitor) -> None:
    """The screen has what it waited for; a desk's connection never rests, so that is no measure."""
    await phone.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    await expect(phone.page.locator("h1").first).to_be_visible()
    await expect(phone.page.locator(".skeleton")).to_have_count(0)


async def looks_around(
    chromium: Browser, server: Server, account: Account, *paths: str, desk: bool = False
) -> tuple[str, str]:
    """What a person's browser holds after these pages, and what they read."""
    read = ""
    async with visiting(chromium, server.origin, desk=desk, service_workers="allow") as one:
        await one.sign_in(account)
        for path in paths:
            await one.open(path)
            await settled(one)
            read += await one.page.locator("body").inner_text()
        return await stored(one.page), read


async def test_nothing_of_a_household_is_left_on_a_phone_or_in_a_log(
    chromium: Browser, own: Server, installation: Installation, tmp_path: Path
) -> None:
    report = brought_in(installation, tmp_path)
    assert "id_number" in report
    liaison = installation.account("liaison")
    tied(installation, liaison.person)

    async with visiting(chromium, own.origin, service_workers="allow") as phone:
        await phone.sign_in(liaison)
        await phone.open("/visits")
        await phone.page.get_by_text(re.compile(ROOMS[0])).click()
        await phone.press("看姓名和电话（要有网络）")
        await phone.reads(NAMES[0])
        await phone.page.get_by_role("button", name="看完整号码", exact=True).click()
        await phone.press("约走访时间")
        await phone.reads(re.compile(PHONES[0]))
        await phone.press("见到了")
        await phone.page.get_by_label(re.compile("民情日记")).fill(NOTE)
        await phone.page.get_by_role("button", name="记下").click()
        await expect(phone.page).to_have_url(re.compile("/visits$"))
        await phone.reads(re.compile("见到了 · "))
        assert installation.ask("SELECT count(*) FROM visit_note") in "01"
        await expect(phone.page.get_by_text(re.compile("见到了 · 社区已收到|上次.*见到了")).first).to_be_visible()
        await phone.open("/mine")
        await settled(phone)
        held = await stored(phone.page)
    assert installation.ask("SELECT words FROM visit_note") == NOTE
    assert ROOMS[0] in held, "the door is what the liaison finds without a signal"
    for canary in (*PEOPLE, ROOMS[2]):
        assert canary not in held, canary

    for role, paths, at_desk in (
        ("volunteer", ("/report", "/mine"), False),
        ("steward", ("/verify", "/patrol", "/mine"), False),
        ("dispatcher", ("/desk", "/desk/households"), True),
        ("unit_lead", ("/unit",), False),
    ):
        held, read = await looks_around(chromium, own, installation.account(role), *paths, desk=at_desk)
        for canary in PEOPLE:
            assert canary not in held + read, (role, canary)
        for room in ROOMS:
            assert room not in held, (role, room)
            assert at_desk or room not in read, (role, room)

    own.stop()
    log = own.log()
    assert "api.started" in log, "it was listened to"
    for canary in (*PEOPLE, *ROOMS):
        assert canary not in log + report, canary
    everything = installation.ask("SELECT string_agg(e::text, ' ') FROM entry e")
    for canary in (*PEOPLE, *ROOMS):
        assert canary not in everything, canary
