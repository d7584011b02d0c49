"""The answer comes back: to the reporter's phone, to the chat group, and on a page that needs nothing."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from io import BytesIO
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.async_api import Browser, Page, expect

from browser.stage.desk import choose_line, decide_request
from browser.stage.people import PHONE, Visitor, visiting
from browser.stage.places import Places
from browser.stage.reporting import Filed, chosen_and_named, report, send, volunteering
from browser.stage.server import Installation, Server
from browser.stage.sheets import open_from_list, send_sheet, take_photo_in_sheet
from picture_files import photo

SENTENCE = "已清运，地面冲洗过"


async def resolved(chromium: Browser, server: Server, installation: Installation, filed: Filed) -> None:
    """环卫一队 says that it is done, with a photo."""
    async with visiting(chromium, server.origin, at=filed.at) as lead:
        await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
        await open_from_list(lead, filed)
        await lead.press("签收")
        await lead.reads("单位签收")
        await lead.press("处置完成")
        await take_photo_in_sheet(lead)
        await lead.page.get_by_label("说一句做了什么").fill(SENTENCE)
        await send_sheet(lead)
        await lead.reads("单位说处理好了")


async def verified(chromium: Browser, server: Server, installation: Installation, filed: Filed) -> None:
    async with visiting(chromium, server.origin, at=filed.at) as steward:
        await steward.sign_in(installation.account("steward"))
        await steward.press("核查")
        await open_from_list(steward, filed)
        await steward.press("通过")
        await take_photo_in_sheet(steward)
        await send_sheet(steward)
        await steward.reads("核查通过，办好了")


async def to_mine(reporter: Visitor, filed: Filed) -> None:
    await reporter.open("/mine")
    await open_from_list(reporter, filed)


async def test_not_yet_before_anybody_has_looked_is_read_by_whoever_looks(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
        await resolved(chromium, server, installation, filed)
        await to_mine(reporter, filed)
        await expect(reporter.page.locator("blockquote")).to_contain_text(SENTENCE)
        await expect(reporter.page.get_by_text("处理好了吗？")).to_have_count(0)
        await reporter.press("还没好")
        await reporter.press("发出", inside="dialog")
        await reporter.reads("请先选一个")
        await reporter.press("只弄了一部分", inside="dialog")
        await send_sheet(reporter)
        await reporter.reads("您说了还没好。去看的人会看到。")
        await expect(reporter.page.get_by_role("button", name="还没好", exact=True)).to_have_count(0)

    async with visiting(chromium, server.origin, at=spot) as steward:
        await steward.sign_in(installation.account("steward"))
        await steward.press("核查")
        await open_from_list(steward, filed)
        await steward.reads("只弄了一部分")


async def test_not_yet_after_it_was_closed_asks_the_community_once_also_without_signal(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
        await resolved(chromium, server, installation, filed)
        await verified(chromium, server, installation, filed)
        await to_mine(reporter, filed)
        await reporter.reads("处理好了吗？")
        await reporter.press("还没好")
        await reporter.press("弄好了，又有了", inside="dialog")
        await take_photo_in_sheet(reporter)
        await reporter.page.context.set_offline(True)
        await send_sheet(reporter)
        await reporter.reads("已存在这台手机，还没发出")
        await expect(reporter.page.get_by_text("处理好了吗？")).to_have_count(0)
        await reporter.page.context.set_offline(False)
        await reporter.reads("已请社区重办，等答复")
        await reporter.reads("您说：还没好。可以请社区重办。")
        await reporter.page.reload()
        await reporter.reads("您说：还没好。可以请社区重办。")
        await expect(reporter.page.get_by_text("处理好了吗？")).to_have_count(0)
    asked = installation.ask(
        "SELECT string_agg(e.verb, ',' ORDER BY e.ticket_version) FROM entry e JOIN ticket t USING (ticket_id) "
        f"WHERE t.short_no = {int(filed.number)} AND e.verb IN ('request.asked', 'ticket.rated') "
        "AND t.received_at = (SELECT max(received_at) FROM ticket "
        f"WHERE short_no = {int(filed.number)})"
    )
    assert asked == "request.asked,ticket.rated"


async def test_whoever_reported_reads_by_when_and_then_until_when_and_why_it_waits(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    tomorrow = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=1)
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
        await reporter.press("看我的上报")
        await expect(filed.among(reporter.page.get_by_role("listitem"))).to_contain_text("截止")
        await open_from_list(reporter, filed)
        await reporter.reads(re.compile("^截止 "))
        async with visiting(chromium, server.origin, at=spot) as lead:
            await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
            await open_from_list(lead, filed)
            await lead.press("更多")
            await lead.press("申请缓办", inside="dialog")
            await lead.press("下雨", inside="dialog")
            await lead.page.get_by_label("到哪一天").fill(tomorrow.isoformat())
            await send_sheet(lead)
            await lead.reads("已申请缓办，等审批")
        async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
            await desk.sign_in(installation.account("shift_leader"))
            pane = await choose_line(desk, filed, "待办")
            await decide_request(pane, "缓办", "同意缓办")
            await expect(pane).to_contain_text("缓办中")
        await reporter.page.reload()
        await reporter.reads(re.compile("^暂缓，预计"))
        await reporter.reads("原因：下雨")
        await expect(reporter.page.get_by_text(re.compile("^截止 "))).to_have_count(0)


async def test_photos_are_swiped_large(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
        await resolved(chromium, server, installation, filed)
        await to_mine(reporter, filed)
        await reporter.page.get_by_role("button", name="看大图").nth(1).click()
        strip = reporter.page.get_by_role("dialog").get_by_role("list")
        after = strip.get_by_role("img", name="处置后照片")
        before = strip.get_by_role("img", name="处置前照片")
        await expect(after).to_be_in_viewport()
        await expect(before).not_to_be_in_viewport()
        await strip.focus()
        await reporter.page.keyboard.press("ArrowLeft")
        await expect(before).to_be_in_viewport()


async def copied(page: Page) -> list[str]:
    text: str = await page.evaluate("navigator.clipboard.readText()")
    return text.split("\n")


async def test_three_lines_and_an_address_go_to_the_group_and_are_taken_back(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
        await to_mine(reporter, filed)
        await reporter.press("复制进展")
        await reporter.reads("有这个网址的人都能看")
        await reporter.press("复制", inside="dialog")
        await reporter.reads("已复制，去群里粘贴")
        number, what, state, address = await copied(reporter.page)
        assert number == f"{filed.number}号"
        assert what.startswith("垃圾满了，")
        assert re.search(r"^已派给.*，最晚 ", state)
        path = re.fullmatch(r"https?://[^/]+(/p/[a-z2-7]{26})", address)
        assert path is not None, address

        anybody = await chromium.new_context(viewport=PHONE, java_script_enabled=False, locale="zh-CN")  # type: ignore[arg-type]
        page = await anybody.new_page()
        await page.goto(server.origin + path[1])
        await expect(page.get_by_role("heading", level=1)).to_have_text("垃圾满了")
        await expect(page.locator(".state")).to_contain_text("已派给")
        assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        assert installation.account("volunteer").person not in await page.content()
        await page.get_by_role("link", name="English").click()
        await expect(page.locator(".state")).to_contain_text("Sent to")

        await reporter.press("收回网址", inside="dialog")
        await reporter.reads("已收回。发出去的网址打不开了。")
        # Asked past the browser, which may keep the page for a minute.
        answer = await anybody.request.get(server.origin + path[1])
        assert answer.status == 404
        assert "看不到这一页" in await answer.text()
        await anybody.close()


async def test_without_signal_the_lines_are_copied_without_an_address(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
        await to_mine(reporter, filed)
        await reporter.reads("派给责任单位")
        await reporter.page.context.set_offline(True)
        await reporter.press("复制进展")
        await reporter.reads("没有信号，取不到网址")
        await reporter.press("复制", inside="dialog")
        lines = await copied(reporter.page)
        assert len(lines) == 3
        assert "http" not in "".join(lines)


async def test_the_desk_covers_a_part_and_everybody_sees_the_photo_without_it(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
        await to_mine(reporter, filed)
        await reporter.press("复制进展")
        await reporter.reads("有这个网址的人都能看")
        await reporter.press("复制", inside="dialog")
        path = "/p/" + (await copied(reporter.page))[-1].rpartition("/")[2]

    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        await desk.press("公开页")
        line = desk.page.locator("button.line").filter(has_text=filed.number).filter(has_text=filed.kind)
        await line.first.click()
        await expect(desk.page.get_by_role("status").filter(has_text="还没人看过").first).to_be_visible()
        await desk.press("先打码")
        paper = desk.page.get_by_role("dialog").locator(".paper")
        await expect(paper.get_by_role("img")).not_to_have_js_property("naturalWidth", 0)
        box = await paper.bounding_box()
        assert box is not None
        mouse = desk.page.mouse
        await mouse.move(box["x"] + box["width"] * 0.2, box["y"] + box["height"] * 0.2)
        await mouse.down()
        await mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] * 0.6, steps=4)
        await mouse.up()
        await desk.reads("遮了 1 处")
        await desk.press("加一块")
        await desk.reads("遮了 2 处")
        await desk.press("撤销")
        await desk.reads("遮了 1 处")
        await desk.press("遮好了，公开")
        await desk.reads("已公开，遮了 1 处")

    answer = await chromium.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = await answer.new_page()
    await page.goto(server.origin + path)
    shown = page.get_by_role("img")
    await expect(shown).not_to_have_js_property("naturalWidth", 0)
    copy = await page.context.request.get(server.origin + str(await shown.get_attribute("src")))
    with Image.open(BytesIO(await copy.body())) as picture:
        part = picture.convert("L")
        inside = part.crop(
            (round(part.width * 0.25), round(part.height * 0.25), round(part.width * 0.55), round(part.height * 0.55))
        )
        steps = [abs(inside.getpixel((x, 5)) - inside.getpixel((x + 1, 5))) for x in range(inside.width - 1)]  # type: ignore[operator]
    assert max(steps) < 24, "an edge can still be seen in the covered part"
    await answer.close()


async def test_the_steward_of_the_grid_clears_on_the_phone_and_the_desk_finds_it_there(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        # Not with the made-up camera: now and then it takes the very same picture before and after, which is one then.
        await chosen_and_named(reporter, "垃圾满了", photo())
        filed = await send(reporter, spot, "垃圾满了")
        await resolved(chromium, server, installation, filed)
    async with visiting(chromium, server.origin, at=spot) as steward:
        await steward.sign_in(installation.account("steward"))
        await steward.press("核查")
        await open_from_list(steward, filed)
        await steward.press("公开页的照片")
        sheet = steward.page.get_by_role("dialog")
        before_after_and_the_sentence = 3
        await expect(sheet.get_by_role("button", name="可以公开")).to_have_count(before_after_and_the_sentence)
        await sheet.get_by_role("button", name="可以公开").first.click()
        await expect(sheet.get_by_role("status").filter(has_text=re.compile("^已公开$"))).to_have_count(1)
        await sheet.get_by_role("button", name="不公开").nth(1).click()
        await expect(sheet.get_by_role("status").filter(has_text=re.compile("^不公开$"))).to_have_count(1)
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        pane = await choose_line(desk, filed, "在办")
        await pane.get_by_role("button", name="公开页的照片").click()
        await expect(pane.get_by_role("status").filter(has_text=re.compile("^已公开$"))).to_have_count(1)
        await expect(pane.get_by_role("status").filter(has_text=re.compile("^不公开$"))).to_have_count(1)
