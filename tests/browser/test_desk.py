"""The dispatcher's desk: tray, map, ticket, and the steps taken there."""

from __future__ import annotations

from io import BytesIO

from PIL import Image
from playwright.async_api import Browser, expect

from browser.stage.desk import choose_line, take_step
from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import report, volunteering
from browser.stage.server import Installation, Server


def colours_in(png: bytes) -> int:
    with Image.open(BytesIO(png)) as picture:
        return len(picture.convert("RGB").resize((64, 64)).getcolors(64 * 64) or [])


async def test_a_report_of_no_named_kind_waits_in_the_tray_and_goes_out_by_hand(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "其他")
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        pane = await choose_line(desk, filed, "待办")
        await expect(pane).to_contain_text("待立案")
        await pane.get_by_role("tab", name="派遣依据").click()
        await expect(pane).to_contain_text("规则拿不准，请派遣员定")
        await expect(pane).to_contain_text("拿不准的原因")

        await take_step(pane, "立案", choices={"立案条件": "其他"})
        await expect(pane).to_contain_text("待派遣")
        await take_step(pane, "派遣", choices={"派给": "环卫一队"}, words="社区里的事先由作业单位处理")
        await expect(pane).to_contain_text("待签收")
        await expect(filed.among(desk.page.locator("button.line"))).to_be_hidden()
        await choose_line(desk, filed, "在办")
        await expect(filed.among(desk.page.locator("button.line"))).to_contain_text("环卫一队")


async def test_the_map_is_drawn_and_the_panes_keep_their_widths(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        await desk.page.get_by_role("tab", name="在办").click()
        await expect(desk.page.locator("button.line").first).to_be_visible()
        drawn = desk.page.locator(".map[data-drawn=true] canvas")
        await expect(drawn).to_be_visible()
        assert colours_in(await drawn.screenshot()) > 20

        edge = desk.page.get_by_role("separator", name="待处理的宽度")
        before = await edge.get_attribute("aria-valuenow")
        await edge.focus()
        for _ in range(5):
            await desk.page.keyboard.press("ArrowRight")
        widened = await edge.get_attribute("aria-valuenow")
        assert widened != before
        await desk.page.reload()
        await expect(edge).to_have_attribute("aria-valuenow", str(widened))


async def test_the_next_ticket_comes_by_the_keyboard(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        await desk.page.get_by_role("tab", name="全部").click()
        lines = desk.page.locator("button.line")
        await expect(lines.nth(1)).to_be_visible()
        await desk.page.keyboard.press("j")
        await expect(lines.nth(0)).to_have_attribute("aria-pressed", "true")
        await desk.page.keyboard.press("j")
        await expect(lines.nth(1)).to_have_attribute("aria-pressed", "true")
        await desk.page.keyboard.press("?")
        await expect(desk.page.get_by_role("dialog")).to_contain_text("下一件，上一件")
