"""The server is away, or the phone's own store: the screen says what is known, and what was saved arrives exactly once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, expect

from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import RECEIVED, shot_and_named
from browser.stage.server import Installation, Server

NOTE = "停电的时候也能报"
ALL_DELIVERED = "都已送到社区"

OUTBOX_READS = """
    const read = IDBObjectStore.prototype.getAll
    IDBObjectStore.prototype.getAll = function (...range) {
        return this.name === 'outbox' ? (%s)() : read.apply(this, range)
    }
"""
"""Puts something else in the place of reading the outbox."""

NEVER_ANSWERED = OUTBOX_READS % "() => new Promise(() => undefined)"
DAMAGED = OUTBOX_READS % "() => { throw new DOMException('damaged', 'UnknownError') }"


@pytest.fixture
def fragile(installation: Installation) -> Iterator[Server]:
    """A server of this journey's own, on the same database, that may go away."""
    server = Server(installation, worker=False)
    server.start()
    yield server
    server.stop()


async def test_what_was_saved_without_a_server_is_delivered_once_when_it_is_back(
    chromium: Browser, fragile: Server, installation: Installation, places: Places
) -> None:
    reports = f"SELECT count(*) FROM report JOIN ticket_text USING (ticket_id) WHERE body = '{NOTE}'"
    async with visiting(chromium, fragile.origin, at=places.quiet(), service_workers="allow") as phone:
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await shot_and_named(phone, "乱堆放")
        await phone.page.get_by_label("补一句").fill(NOTE)
        fragile.stop()
        await phone.press("发出")
        await phone.reads("已存在这台手机，还没发出")
        await expect(phone.page.get_by_text(RECEIVED)).to_be_hidden()

        await phone.page.reload()
        await phone.reads(re.compile("1 条还没发出"))
        await phone.open("/unsent")
        await phone.reads("乱堆放")

        fragile.start()
        # Opening the page is enough: it sends by itself.
        await phone.open("/report")
        await phone.reads(ALL_DELIVERED)
        assert installation.ask(reports) == "1"
        await phone.open("/mine")
        await expect(phone.page.get_by_role("listitem").filter(has_text="乱堆放").first).to_be_visible()
    assert installation.ask(reports) == "1"


async def test_a_server_that_cannot_be_told_that_the_notice_was_read_keeps_nobody_from_reporting(
    chromium: Browser, fragile: Server, installation: Installation, places: Places
) -> None:
    volunteer = installation.account("volunteer")
    async with visiting(chromium, fragile.origin, at=places.quiet(), service_workers="allow") as phone:
        await phone.sign_in(volunteer)
        await phone.page.evaluate("navigator.serviceWorker.ready")
        installation.ask(f"UPDATE person SET notice_version = NULL WHERE name = '{volunteer.person}'")
        await phone.page.reload()
        await phone.reads("先说清楚")
        fragile.stop()
        await phone.press("我看过了，开始用")
        await phone.press("先用着，有网络时再问您")
        await shot_and_named(phone, "乱堆放")
        await phone.press("发出")
        await phone.reads("已存在这台手机，还没发出")

        fragile.start()
        await phone.page.evaluate("dispatchEvent(new Event('online'))")
        await phone.press("我看过了，开始用")
        await phone.reads(ALL_DELIVERED)
        await expect(phone.page.get_by_text("先说清楚")).to_have_count(0)
    asked = f"SELECT notice_version IS NULL FROM person WHERE name = '{volunteer.person}'"
    assert installation.ask(asked) == "f"


async def test_nothing_is_said_of_the_outbox_before_it_was_read(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin) as phone:
        await phone.sign_in(installation.account("volunteer"))
        await phone.reads(ALL_DELIVERED)
        await phone.page.add_init_script(NEVER_ANSWERED)
        await phone.open("/unsent")
        await expect(phone.page.get_by_role("heading", name="还没发出")).to_be_visible()
        await phone.reads("正在查看…")
        for claim in (ALL_DELIVERED, "都发出去了，这里没有东西。"):
            await expect(phone.page.get_by_text(claim)).to_have_count(0)


async def test_a_store_that_cannot_be_read_is_not_an_empty_one(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin) as phone:
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.add_init_script(DAMAGED)
        await phone.open("/more")
        await phone.press(re.compile("读不出这台手机里存的"))
        await phone.reads("没发出的可能还在，请不要清理浏览器数据")
        for claim in (ALL_DELIVERED, "都发出去了，这里没有东西。"):
            await expect(phone.page.get_by_text(claim)).to_have_count(0)


async def test_a_page_that_the_phone_lacks_says_so_and_opens_when_the_network_is_back(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin) as phone:
        await phone.sign_in(installation.account("volunteer"))
        context = phone.page.context
        await context.set_offline(True)
        await phone.press("我的")
        await phone.reads("这一页还没存到这台手机上，要有网络时打开一次。")
        await expect(phone.page.get_by_role("navigation")).to_be_visible()
        await phone.press("再试一次")
        await phone.reads("这一页还没存到这台手机上，要有网络时打开一次。")
        await context.set_offline(False)
        await expect(phone.page.get_by_role("heading", name="我的上报")).to_be_visible()


async def test_a_page_of_an_older_build_offers_the_new_one(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin) as phone:
        await phone.sign_in(installation.account("volunteer"))
        gone = re.compile("/assets/Mine-")
        await phone.page.route(gone, lambda route: route.fulfill(status=404, body="not found"))
        await phone.press("我的")
        await phone.reads("程序有了新版本，请更新后再打开这一页。")
        await phone.page.unroute(gone)
        await phone.press("更新")
        await expect(phone.page.get_by_role("heading", name="我的上报")).to_be_visible()


async def test_a_volunteer_opens_the_own_certificate_and_without_a_network_reads_why_not(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    volunteer = installation.account("volunteer")
    today = datetime.now(ZoneInfo("Asia/Shanghai"))
    span = "今年" if (today - timedelta(days=1)).year == today.year else "上月"
    mine = (
        "SELECT count(DISTINCT ticket_id) FROM report JOIN person ON person_id = reporter_id"
        f" WHERE name = '{volunteer.person}' AND report.erased_at IS NULL"
    )
    async with visiting(chromium, server.origin) as phone:
        await phone.sign_in(volunteer)
        await phone.press("更多")
        await phone.press("我的感谢状")
        await phone.press(span)
        paper = phone.page.get_by_role("article")
        await expect(paper).to_contain_text(f"{volunteer.person} 同志")
        found = re.search(r"发现身边问题 (\d+) 处，办好 (\d+) 处", await paper.inner_text())
        assert found
        assert 0 <= int(found[2]) <= int(found[1]) <= int(installation.ask(mine))
        assert int(found[1]) > 0
        await phone.page.emulate_media(media="print")
        await expect(paper).to_be_visible()
        for elsewhere in (phone.page.get_by_role("navigation"), phone.page.get_by_role("button", name="打印")):
            await expect(elsewhere).to_be_hidden()
        await phone.page.emulate_media(media="screen")

        await phone.page.context.set_offline(True)
        await phone.press("上月")
        await phone.reads("感谢状上的数字要联网才有")
        await phone.page.context.set_offline(False)
        await phone.press(span)
        await expect(paper).to_contain_text("同志")


async def test_a_liaison_has_the_own_contact_card_at_hand_at_a_door_without_a_network(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    liaison = installation.account("liaison")
    async with visiting(chromium, server.origin, service_workers="allow") as phone:
        await phone.sign_in(liaison)
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await phone.press("更多")
        await phone.press("我的民情联系卡")
        card = phone.page.get_by_role("article")
        await expect(card).to_have_count(1)
        for words in ("联系党员", liaison.person, "社区电话"):
            await expect(card).to_contain_text(words)
        await expect(card.get_by_role("img")).not_to_have_js_property("naturalWidth", 0)
        await phone.page.emulate_media(media="print")
        await expect(card).to_have_count(8)
        await phone.page.emulate_media(media="screen")
        await phone.page.context.set_offline(True)
        await phone.page.reload()
        await expect(card).to_contain_text(liaison.person)
