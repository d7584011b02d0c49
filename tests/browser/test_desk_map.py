"""The dispatcher asks the map why, chooses what it shows, and works on where it cannot be drawn."""

from __future__ import annotations

import asyncio
import re

from playwright.async_api import Browser, Route, async_playwright, expect

from browser.stage.by_keys import ByKeys, sent
from browser.stage.people import ARGUMENTS, CHROMIUM, PATIENCE_MS, visiting
from browser.stage.places import Places
from browser.stage.reporting import volunteering
from browser.stage.server import Installation, Server


async def test_the_map_is_coloured_filtered_and_asked_why(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        canvas = desk.page.locator(".map[data-drawn=true] canvas")
        await expect(canvas).to_be_visible()
        legend = desk.page.get_by_role("list", name="图例")
        await expect(legend).to_contain_text("临期")
        async with desk.page.expect_response(re.compile(r"/tiles/tickets/.*\?status=resolved$")) as asked:
            await desk.press("按状态")
            await expect(legend).not_to_contain_text("临期")
            await legend.get_by_role("button", name="待核查").click()
        assert (await asked.value).status == 200
        await expect(desk.page).to_have_url(re.compile("status=resolved"))
        await legend.get_by_role("button", name="待核查").click()
        await expect(desk.page).not_to_have_url(re.compile("status="))

        await canvas.click(button="right")
        why = desk.page.get_by_role("region", name="解释这一点")
        await why.get_by_role("combobox", name="类别").select_option(label="路灯")
        await expect(why).to_contain_text("路灯管理所")
        await expect(why).to_contain_text("专业事项按事项清单")
        await why.get_by_role("link", name=re.compile("检查每个网格")).click()
        await expect(desk.page.get_by_role("tab", name="覆盖检查")).to_have_attribute("aria-selected", "true")


async def test_a_drawn_shape_leaves_what_lies_in_it_and_one_key_marks_all_of_that(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        await desk.page.get_by_role("tab", name="在办").click()
        lines = desk.page.locator("button.line")
        await expect(lines.first).to_be_visible()
        before = await lines.count()
        box = await desk.page.locator(".map[data-drawn=true] canvas").bounding_box()
        assert box is not None
        await desk.press("圈选")
        mouse = desk.page.mouse
        x, y, r = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, box["height"] / 5
        await mouse.move(x - r, y - r)
        await mouse.down()
        for dx, dy in ((r, -r), (r, r), (-r, r), (-r, -r)):
            await mouse.move(x + dx, y + dy, steps=8)
        async with desk.page.expect_response(re.compile(r"/tickets/points\?.*within=")) as asked:
            await mouse.up()
        inside = {one["id"] for one in (await (await asked.value).json())["points"]}
        assert 0 < len(inside) < int(installation.ask("SELECT count(*) FROM ticket WHERE is_open"))
        await expect(lines).to_have_count(len(inside))

        keys, many = ByKeys(desk.page), len(inside)
        marked = desk.page.get_by_role("toolbar", name=f"已选 {many} 件")
        await keys.press("Shift+X")
        await expect(marked).to_be_visible()
        await keys.press("Escape")
        await expect(marked).to_be_hidden()
        await desk.press("全选这个列表")
        await keys.do_to_marked("n", many, "下午台风，今天都等一等")
        held = desk.page.locator(".batches section").filter(has_text="撤销")
        await expect(held).to_contain_text(f"{many} 件")
        await keys.press("z")
        await expect(held).to_have_count(0)
        await desk.press("不圈了")
        await expect(lines).to_have_count(before)


async def test_what_tiles_cannot_choose_follows_the_list_also_after_it_did_not_come(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    points = re.compile(r"/api/v1/tickets/points\?")
    told: asyncio.Queue[str] = asyncio.Queue()

    async def overhear(route: Route) -> None:
        answer = await route.fetch()
        await told.put(await answer.text())
        await route.fulfill(response=answer)

    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True) as desk,
    ):
        await desk.sign_in(installation.account("dispatcher"))
        await desk.page.route(points, lambda route: route.abort())
        await desk.open("/desk?tab=open&text=泵房")
        lost = desk.page.get_by_text("符合筛选的工单没有取到")
        await expect(lost).to_be_visible()
        await desk.page.unroute(points)
        await desk.page.route(points, overhear)
        filed = await sent(reporter, places, "other", note="泵房门口的水管漏水")
        async with asyncio.timeout(PATIENCE_MS / 1000):
            while filed["ticket_id"] not in await told.get():
                pass
        await expect(lost).to_be_hidden()


async def test_without_webgl_the_list_goes_on_beside_a_plain_map(server: Server, installation: Installation) -> None:
    async with async_playwright() as playwright:
        bare = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, "--disable-3d-apis"])
        async with visiting(bare, server.origin, desk=True) as desk:
            await desk.sign_in(installation.account("dispatcher"))
            await desk.reads(re.compile("没有 WebGL"))
            await desk.page.get_by_role("tab", name="在办").click()
            await desk.page.locator("button.line").first.click()
            await expect(desk.page.get_by_role("region", name="工单", exact=True)).to_contain_text("号 · ")
            await expect(desk.page.locator(".mark").first).to_be_visible()
        await bare.close()
