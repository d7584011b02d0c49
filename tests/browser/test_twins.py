"""The same thing told twice: the desk merges it beside its likeness, sees that it was wrong, and takes it apart again."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from browser.stage.desk import choose_line
from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import report, volunteering
from browser.stage.server import Installation, Server


async def test_a_twin_is_merged_and_taken_apart_again(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        first = await report(reporter, spot, "垃圾满了")
    async with volunteering(chromium, server, installation, spot) as reporter:
        second = await report(reporter, spot, "垃圾满了")
        await reporter.press("看我的上报")
        mine = second.among(reporter.page.get_by_role("listitem")).get_by_role("link")
        address = await mine.get_attribute("href")
        assert address is not None
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        pane = await choose_line(desk, second, "待办")
        await expect(pane.get_by_role("heading", name="可能是同一件")).to_be_visible()
        twin = pane.get_by_role("listitem").filter(has_text=f"{first.number}号").filter(has_text="相似")
        await expect(twin).to_contain_text("类别")
        await expect(twin.get_by_role("img").first).to_be_visible()
        await twin.get_by_role("button", name=f"把这一件并入 {first.number}号").click()
        await expect(pane).to_contain_text("已并入")
        async with volunteering(chromium, server, installation, spot) as reporter:
            await reporter.press("我的")
            await expect(first.among(reporter.page.get_by_role("listitem"))).to_be_visible()
            await reporter.open(address)
            await reporter.reads(f"和{first.number}号是同一件")
            await reporter.press("看并入的那一件")
            await reporter.reads(f"{first.number}号")

        await pane.get_by_role("button", name=f"{first.number}号").first.click()
        await expect(pane.get_by_role("heading", name=f"{first.number}号 · 垃圾满了")).to_be_visible()
        await expect(pane).to_contain_text("并进来的 1 件")
        await expect(pane).to_contain_text("共 2 人上报")
        await pane.get_by_role("button", name=f"{second.number}号").click()
        await expect(pane.get_by_role("heading", name=f"{second.number}号 · 垃圾满了")).to_be_visible()

        await pane.get_by_role("button", name="取消合并…").click()
        await pane.get_by_label("为什么取消合并").fill("是巷子对面的另一个桶")
        await pane.get_by_role("button", name="取消合并", exact=True).click()
        await expect(pane.get_by_text("已并入")).to_be_hidden()
        await expect(pane).to_contain_text("是巷子对面的另一个桶")
        await expect(pane.get_by_role("heading", name="可能是同一件")).to_be_visible()
