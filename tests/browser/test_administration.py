"""The administrator orders the rules, tries a point, and invites somebody from the roster."""

from __future__ import annotations

import re

from playwright.async_api import Browser, expect

from browser.stage.people import START, visiting
from browser.stage.server import Installation, Server
from webhook_receiver import MOVED, OK, Receiver


async def test_rules_are_reordered_tried_on_a_point_and_published(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("system_admin"))
        await desk.press("派遣规则")
        rules = desk.page.get_by_role("region", name="派遣规则", exact=True)
        version = int(re.sub(r"\D", "", await rules.get_by_text("现在是第").inner_text()))
        trial = desk.page.get_by_role("region", name="试点位、试跑、覆盖")
        await trial.get_by_role("combobox").select_option(label="路灯")
        canvas = desk.page.locator(".map[data-drawn=true] canvas")
        await expect(canvas).to_be_visible()
        box = await canvas.bounding_box()
        assert box is not None
        await canvas.click(position={"x": box["width"] * 0.3, "y": box["height"] * 0.45})
        await expect(trial).to_contain_text("路灯管理所")
        await expect(rules.get_by_role("listitem").filter(has_text="这一条决定")).to_contain_text("专业事项按事项清单")

        await rules.get_by_role("button", name="专业事项按事项清单 下移").click()
        await expect(trial).to_contain_text("环卫")
        await expect(rules.get_by_role("listitem").filter(has_text="这一条决定")).to_contain_text("巷道归作业单位")
        await expect(rules).to_contain_text("还没有发布")
        await rules.get_by_role("button", name="发布新版").click()
        await expect(rules).to_contain_text("已发布")
        await expect(rules).to_contain_text(f"现在是第 {version + 1} 版")

        # The other journeys count on the order of before.
        await rules.get_by_role("button", name="专业事项按事项清单 上移").click()
        await rules.get_by_role("button", name="发布新版").click()
        await expect(rules).to_contain_text(f"现在是第 {version + 2} 版")


async def test_an_invite_from_the_roster_opens_on_the_phone_of_the_invited(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    ready = {account.person for account in installation.accounts()}
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("system_admin"))
        await desk.press("人员")
        people = desk.page.get_by_role("row").filter(has_text="党员志愿者")
        await expect(people.first).to_be_visible()
        names = [await row.get_by_role("rowheader").inner_text() for row in await people.all()]
        guest = next(name for name in names if name not in ready)
        await desk.page.get_by_role("searchbox").fill(guest)
        await expect(desk.page.get_by_role("row")).to_have_count(2)
        await desk.page.get_by_role("button", name="邀请", exact=True).click()
        sheet = desk.page.get_by_role("dialog")
        await expect(sheet).to_contain_text(f"给 {guest} 的邀请")
        await expect(sheet.get_by_role("img", name="邀请的二维码")).not_to_have_js_property("naturalWidth", 0)
        await expect(sheet).to_contain_text(re.compile(r"八位数：\d{8}"))
        link = await sheet.locator(".link").inner_text()

    async with visiting(chromium, server.origin) as phone:
        await phone.page.goto(link)
        await phone.reads(f"{guest}，您好")
        await phone.press(START)
        await expect(phone.page).to_have_url(re.compile("/report$"))
        await phone.press("更多")
        await phone.reads(guest)


async def test_a_webhook_is_added_tried_out_and_its_dead_letter_goes_out_again(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with Receiver() as receiver, visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("system_admin"))
        await desk.press("对外通知")
        page = desk.page
        await page.get_by_role("button", name="添加地址").click()
        await page.get_by_label("名称").fill("街道短信网关")
        await page.get_by_label("地址（https）").fill(receiver.address)
        await page.get_by_role("button", name="保存").click()
        receiver.answer = lambda _: MOVED
        await page.get_by_role("button", name="发一条测试").click()
        receipt = page.get_by_role("row").filter(has_text="测试")
        await expect(receipt).to_contain_text("没送到")
        await expect(receipt).to_contain_text("302")

        receiver.answer = lambda _: OK
        await page.get_by_role("button", name="死信").click()
        letter = page.get_by_role("row").filter(has_text="302")
        await letter.get_by_role("button", name="重发").click()
        await expect(page.get_by_text("1 条已重新排队")).to_be_visible()
        await page.get_by_role("button", name="街道短信网关").click()
        await expect(page.get_by_role("row").filter(has_text="测试")).to_contain_text("已送达")
        first, second = receiver.said()
        assert first == second
