"""Answers that come late, or not the first time, at the desk: asked for again, and never taken for another choice."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Browser, Route, expect

from browser.stage.by_keys import line, sent
from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import volunteering
from browser.stage.server import Installation, Server

DRAWN = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"
REFUSE = """
    () => {
        navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'))
    }
"""


async def test_figures_that_did_not_come_are_asked_for_again(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("supervisor"))
        page = desk.page
        now = page.locator("ul.now")
        for lost in (re.compile(r"/api/v1/figures/indices"), re.compile(r"/api/v1/figures\?")):
            await page.route(lost, lambda route: route.fulfill(status=503))
            await desk.open("/desk/figures?tab=indices")
            again = page.get_by_role("button", name="再试一次")
            await expect(again).to_be_visible()
            await expect(now).to_have_count(0)
            await page.unroute(lost)
            await again.click()
            await expect(now).to_contain_text("立案")
            await expect(again).to_have_count(0)


async def test_several_tickets_never_go_to_the_unit_that_was_chosen_before(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True, webgl=False) as desk,
    ):
        filed = [await sent(reporter, places, "dumping", note=f"第 {number} 件") for number in range(2)]
        await desk.sign_in(installation.account("dispatcher"))
        page = desk.page
        await page.get_by_role("tab", name="待立案").click()
        for one in filed:
            await line(page, one).click(modifiers=["Control"])
        await page.keyboard.press("g")
        sheet = page.get_by_role("dialog")
        unit = sheet.get_by_label("派给")
        slow = await unit.locator("option", has_text="环卫一队").get_attribute("value")
        let_go = asyncio.Event()

        async def answer_late(route: Route) -> None:
            if route.request.post_data_json["unit_id"] == slow:
                await let_go.wait()
            await route.continue_()

        await page.route("**/api/v1/tickets/plan", answer_late)
        async with page.expect_response("**/api/v1/tickets/plan") as late:
            await unit.select_option(label="环卫一队")
            go = sheet.get_by_role("button", name=re.compile("^办理"))
            await expect(go).to_be_disabled()
            async with page.expect_response("**/api/v1/tickets/plan"):
                await unit.select_option(label="路灯管理所")
            await expect(go).to_be_enabled()
            let_go.set()
        await (await late.value).finished()
        await page.evaluate(DRAWN)
        await expect(sheet.get_by_role("listitem").first).to_contain_text("路灯管理所")
        await go.click()
        await expect(page.locator(".batches")).to_contain_text("2")


async def test_an_address_that_may_not_be_copied_is_selected_for_the_persons_own_hands(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        await desk.press("视图")
        await desk.page.evaluate(REFUSE)
        await desk.press("复制这个列表的地址")
        await desk.reads("这里不让程序复制")
        assert "/desk?" in await desk.page.evaluate("document.activeElement.value")

    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("system_admin"))
        await desk.press("人员")
        await desk.page.get_by_role("button", name="邀请", exact=True).first.click()
        sheet = desk.page.get_by_role("dialog")
        link = await sheet.locator(".link").inner_text()
        await desk.page.evaluate(REFUSE)
        await sheet.get_by_role("button", name="复制链接").click()
        await desk.reads("这里不让程序复制")
        assert await desk.page.evaluate("getSelection().toString()") == link
