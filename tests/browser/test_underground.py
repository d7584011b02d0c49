"""Work without a network: what the phone holds is enough to go on, and what was done meets what others did meanwhile."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from browser.stage.people import Visitor, visiting
from browser.stage.places import Places
from browser.stage.reporting import Filed, report, volunteering
from browser.stage.server import Installation, Server
from browser.stage.sheets import is_on_the_phone, open_from_list, send_sheet, take_photo_in_sheet

ALL_DELIVERED = "都已送到社区"
SAVED = "已存在这台手机，还没发出"
LEAD = "环卫一队"

DETAILS_HELD = """number => new Promise((done, fail) => {
    const asked = indexedDB.open('gridward')
    asked.onerror = fail
    asked.onsuccess = () => {
        const found = asked.result.transaction('kept').objectStore('kept').getAll()
        found.onsuccess = () => {
            asked.result.close()
            done(found.result.some(({key, value}) => key.startsWith('ticket ') && value.short_no === number))
        }
    }
})"""
"""Whether the phone has fetched the details of a ticket that nobody has opened."""


@pytest.fixture
def fragile(installation: Installation) -> Iterator[Server]:
    """A server of this journey's own, on the same database, that may go away."""
    server = Server(installation, worker=False)
    server.start()
    yield server
    server.stop()


def my_step(visitor: Visitor, words: str) -> Locator:
    return visitor.page.get_by_role("status").filter(has_text=words)


async def ready_to_go_down(visitor: Visitor, filed: Filed) -> None:
    """The program and the ticket's details are on the phone."""
    await visitor.page.evaluate("navigator.serviceWorker.ready")
    await expect(filed.among(visitor.page.get_by_role("listitem"))).to_be_visible()
    await visitor.page.wait_for_function(DETAILS_HELD, arg=filed.number, polling=500)


async def test_a_ticket_never_opened_before_is_worked_on_to_its_end_and_all_of_it_arrives(
    chromium: Browser, server: Server, fragile: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
    async with visiting(chromium, fragile.origin, at=spot, service_workers="allow") as lead:
        await lead.sign_in(installation.account("unit_lead", of=LEAD))
        await ready_to_go_down(lead, filed)
        fragile.stop()

        await open_from_list(lead, filed)
        await expect(lead.page.get_by_text(re.compile("^截止"))).to_be_visible()
        await lead.press("签收")
        await expect(my_step(lead, "签收")).to_contain_text(SAVED)
        await lead.press("处置完成")
        await take_photo_in_sheet(lead)
        await lead.page.get_by_label("说一句做了什么").fill("地下室也能办")
        await send_sheet(lead)
        await expect(my_step(lead, "处置完成")).to_contain_text(SAVED)
        await lead.reads("待核查")

        # Also when the phone has thrown the page away in between.
        await lead.page.reload()
        await expect(my_step(lead, "处置完成")).to_contain_text("地下室也能办")
        await lead.reads(re.compile("2 条还没发出"))
        await lead.open("/unit")
        card = filed.among(lead.page.get_by_role("listitem"))
        await expect(card).to_contain_text("待核查")
        await expect(card).to_contain_text("还没发出")

        fragile.start()
        await lead.open("/unit")
        await lead.reads(ALL_DELIVERED)
        await expect(card).to_have_count(0)
    done = (
        "SELECT string_agg(type, ' ' ORDER BY operation.received_at) FROM operation JOIN ticket_text USING (ticket_id)"
    )
    assert installation.ask(f"{done} WHERE body = '地下室也能办'") == "acknowledge resolve"


async def test_a_ticket_whose_details_are_long_in_coming_says_at_once_what_the_phone_holds_of_it(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
    async with visiting(chromium, server.origin, at=spot) as lead:
        on_its_way = asyncio.Event()

        async def come_late(route: Route) -> None:
            await on_its_way.wait()
            await route.continue_()

        await lead.page.route(re.compile(r"/api/v1/tickets/[0-9a-f-]{36}$"), come_late)
        await lead.sign_in(installation.account("unit_lead", of=LEAD))
        await filed.among(lead.page.get_by_role("listitem")).click()
        # Long before a read is given up.
        heading = lead.page.get_by_role("heading", level=1, name=filed.kind)
        await expect(heading).to_be_visible(timeout=8_000)
        for words in ("待签收", filed.place):
            await lead.reads(words)
        on_its_way.set()
        await lead.press("签收")
        await expect(my_step(lead, "签收")).to_be_visible()


async def test_what_somebody_else_did_meanwhile_is_shown_beside_what_i_did_and_nothing_of_it_is_lost(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "地上垃圾")
    async with visiting(chromium, server.origin, at=spot) as lead, visiting(chromium, server.origin, at=spot) as worker:
        await lead.sign_in(installation.account("unit_lead", of=LEAD))
        await open_from_list(lead, filed)
        await lead.press("签收")
        await lead.reads("单位签收")
        await lead.press("处置完成")
        await take_photo_in_sheet(lead)
        await lead.page.get_by_label("说一句做了什么").fill("我清运的")
        await lead.page.context.set_offline(True)
        await send_sheet(lead)
        await expect(my_step(lead, "处置完成")).to_contain_text(SAVED)

        await worker.sign_in(installation.account("unit_lead", of=LEAD))
        await open_from_list(worker, filed)
        await worker.press("处置完成")
        await take_photo_in_sheet(worker)
        await worker.page.get_by_label("说一句做了什么").fill("他先弄好了")
        await send_sheet(worker)
        await worker.reads("单位说处理好了")

        await lead.page.context.set_offline(False)
        await lead.press(re.compile("1 条发不出去"))
        stuck = lead.page.get_by_role("listitem").filter(has_text="处置完成")
        await expect(stuck).to_contain_text("我清运的")
        await expect(stuck.get_by_text("待核查")).to_be_visible()
        await expect(stuck.get_by_role("img", name="第 1 张照片")).to_be_visible()

        await lead.press("改一改再发")
        await lead.reads("话和照片都不会丢")
        words = lead.page.get_by_label("要说的话")
        await lead.press("去掉这张", inside="dialog")
        await words.fill("")
        await lead.press("当作补充说明发出")
        await expect(lead.page.get_by_role("dialog").get_by_role("alert")).to_have_text("还差一句话")

        # What is changed is not lost either when the phone throws the page away, as it does behind a camera.
        await words.press_sequentially("我到的时候桶已经空了")
        await lead.press("再拍一张", inside="dialog")
        sheet = lead.page.get_by_role("dialog")
        await expect(sheet.locator("video.live")).to_be_visible()
        await sheet.get_by_role("button", name="拍照", exact=True).click()
        await expect(sheet.get_by_role("img", name="第 1 张照片")).to_be_visible()
        await is_on_the_phone(lead, "我到的时候桶已经空了")
        await lead.open("/")
        await expect(words).to_have_value("我到的时候桶已经空了")
        await expect(sheet.get_by_role("img", name="第 1 张照片")).to_be_visible()
        await lead.press("当作补充说明发出")
        await lead.reads(ALL_DELIVERED)
        await is_on_the_phone(lead, "我到的时候桶已经空了", wanted=False)
        await lead.open("/")
        await expect(lead.page).to_have_url(re.compile("/unit$"))
    told = (
        "SELECT count(*) FROM operation JOIN ticket_text USING (ticket_id) WHERE type = 'add_photo' AND status = 200"
        " AND ticket_text.body = '我到的时候桶已经空了'"
    )
    assert installation.ask(told) == "1"
