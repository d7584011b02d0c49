"""The dispatcher's desk: tray, map, ticket, and the steps taken there."""

from __future__ import annotations

import re
from io import BytesIO

from PIL import Image
from playwright.async_api import Browser, expect

from browser.stage.desk import choose_line, take_step
from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import file, report, volunteering
from browser.stage.server import Installation, Server
from picture_files import photo


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


async def test_a_wrong_kind_and_a_wrong_place_are_corrected(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        pane = await choose_line(desk, filed, "在办")
        await take_step(pane, "更正", choices={"立案条件": "乱堆放"}, words="照片上是旧沙发，不是垃圾桶")
        await expect(pane.get_by_role("heading", name=f"{filed.number}号 · 乱堆放")).to_be_visible()

        canvas = desk.page.locator(".map[data-drawn=true] canvas")
        box = await canvas.bounding_box()
        assert box is not None
        await pane.get_by_role("button", name="更正", exact=True).click()
        await canvas.click(position={"x": box["width"] / 2 + 30, "y": box["height"] / 2 + 10})
        await pane.get_by_label("用地图上点的位置").check()
        await pane.get_by_role("textbox", name="原因").fill("在对面的墙边")
        await pane.locator("form").get_by_role("button", name="更正", exact=True).click()
        await expect(pane.locator("form")).to_be_hidden()
        await expect(pane.get_by_text("在对面的墙边")).to_be_visible()
    where = installation.ask(
        "SELECT ST_Distance(location::geography, "
        f"ST_SetSRID(ST_MakePoint({spot[0]}, {spot[1]}), 4326)::geography) FROM ticket "
        "JOIN ticket_text USING (ticket_id) WHERE body = '在对面的墙边'"
    )
    assert 5 < float(where) < 100


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


async def test_a_photo_with_a_face_is_hidden_and_a_better_one_added(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        pane = await choose_line(desk, filed, "在办")
        await pane.get_by_role("button", name="隐藏照片…").click()
        await pane.get_by_role("button", name="隐藏照片", exact=True).click()
        await expect(pane.get_by_role("alert")).to_have_text("请写明理由。")
        await pane.get_by_label("原因").fill("有居民的脸")
        await pane.get_by_role("button", name="隐藏照片", exact=True).click()
        await expect(pane.get_by_text("已隐藏", exact=True)).to_be_visible()
        await expect(pane.get_by_role("button", name="隐藏照片…")).to_have_count(0)
        await expect(pane.get_by_role("listitem").filter(has_text="有居民的脸")).to_contain_text("隐藏照片")

        await pane.get_by_role("button", name="补传照片…").click()
        form = pane.locator("form")
        await form.get_by_role("button", name="补传照片", exact=True).click()
        await expect(form.get_by_role("alert")).to_have_text("这一项要填：照片")
        async with desk.page.expect_file_chooser() as chooser:
            await form.get_by_role("button", name="选照片").click()
        await (await chooser.value).set_files([file(photo(size=(3000, 2000)))])
        # At once: the step waits for the picture.
        await form.get_by_role("button", name="补传照片", exact=True).click()
        await expect(form).to_have_count(0)
        await pane.get_by_role("button", name="第 1／2 张").click()
        await expect(pane.get_by_text("已隐藏", exact=True)).to_have_count(0)
        await expect(pane.get_by_role("button", name="隐藏照片…")).to_be_visible()


async def test_a_filter_that_cannot_be_read_takes_no_other_along_and_grids_need_no_shapes(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        page = desk.page
        await page.route("**/api/v1/units", lambda route: route.fulfill(status=503))
        await page.route("**/api/v1/territory/grid*", lambda route: route.fulfill(status=503))
        await page.get_by_role("button", name="筛选").click()
        await expect(page.get_by_role("combobox", name="按责任单位筛选")).to_have_text("没有取到，请稍后再试")
        grid = page.get_by_role("combobox", name="按网格筛选")
        await expect(grid).to_be_enabled()
        await expect(page.get_by_role("combobox", name="按类别筛选")).to_be_enabled()
        names = installation.ask("SELECT name FROM grid WHERE valid_to IS NULL ORDER BY code").splitlines()
        assert await grid.locator("option").all_inner_texts() == ["所有网格", *names]
        await grid.select_option(index=1)
        await expect(page).to_have_url(re.compile("[?&]grid="))
