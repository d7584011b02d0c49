"""A standard changes at the desk: compared before it is published, refused until what is in use was seen."""

from __future__ import annotations

import json
import re
from pathlib import Path

from playwright.async_api import Browser, expect

from browser.stage.desk import choose_line
from browser.stage.people import Visitor, visiting
from browser.stage.places import Places
from browser.stage.reporting import send, shot_and_named, volunteering
from browser.stage.server import Installation, Server


async def test_a_version_is_compared_acknowledged_and_published_from_a_file(
    chromium: Browser, server: Server, installation: Installation, tmp_path: Path
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("system_admin"))
        await desk.press("标准与日历")
        page = desk.page
        versions = page.get_by_role("region", name="版本", exact=True)
        await versions.get_by_role("button", name="示例标准").first.click()
        href = await page.get_by_role("link", name="导出这一版（.json）").get_attribute("href")
        file = await (await page.request.get(f"{server.origin}{href}")).json()
        file["conditions"]["manhole-broken"]["limit"] = {"kind": "work_hour", "amount": 2}
        del file["conditions"]["litter_ground-ground"]
        file["categories"]["litter_ground"] |= {"condition_ids": [], "default_condition_id": None}
        chosen = tmp_path / "next.json"
        chosen.write_text(json.dumps(file, ensure_ascii=False), "utf-8")

        await page.get_by_role("tab", name="发布新版").click()
        await page.get_by_label("选文件").set_input_files(chosen)
        await page.get_by_role("button", name="看会改什么").click()
        changed = page.get_by_role("listitem").filter(has_text="manhole-broken")
        await expect(changed).to_contain_text("处置时限")
        await expect(changed.locator("del")).to_have_text("4工作时")
        await expect(changed.locator("ins")).to_have_text("2工作时")
        go = page.get_by_role("button", name="发布第 2 版")
        await expect(go).to_be_visible()
        # What was looked at is what is published: another day is looked at anew.
        await page.get_by_label("从哪天起用").fill("2031-01-01")
        await expect(go).to_have_count(0)
        await page.get_by_label("从哪天起用").fill("")
        await page.get_by_role("button", name="看会改什么").click()
        used = page.get_by_role("region", name="要去掉、但还在用").get_by_role("listitem")
        await expect(used).to_contain_text("件未结工单")
        await expect(go).to_be_disabled()
        await used.get_by_role("checkbox").focus()
        await page.keyboard.press("Space")
        await go.click()
        await expect(page.get_by_role("status").filter(has_text="已发布第 2 版")).to_be_visible()

        await page.get_by_role("tab", name="版本对照").click()
        await expect(versions.get_by_role("button", name="第 2 版 · 现行")).to_be_visible()
        await expect(page.get_by_role("listitem").filter(has_text="manhole-broken")).to_contain_text("2工作时")

        # The other journeys report what lies on the ground.
        back = tmp_path / "back.json"
        document = await (await page.request.get(f"{server.origin}{href}")).json()
        back.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        await page.get_by_role("tab", name="发布新版").click()
        await page.get_by_label("选文件").set_input_files(back)
        await page.get_by_role("button", name="看会改什么").click()
        await page.get_by_role("button", name="发布第 3 版").click()
        await expect(page.get_by_role("status").filter(has_text="已发布第 3 版")).to_be_visible()


async def test_a_supervisor_starts_an_emergency_only_with_a_profile(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("supervisor"))
        await desk.press("标准与日历")
        await desk.page.get_by_role("tab", name="应急").click()
        await desk.reads("还没有应急标准")
        await desk.page.keyboard.press("ArrowRight")
        await desk.reads("年还没有公布节假日")
        await expect(desk.page.get_by_role("button", name="看会动什么")).to_have_count(0)


async def test_a_year_without_holidays_is_told_of_on_every_page_until_it_is_published(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("system_admin"))
        calendars = f"{server.origin}/api/v1/calendars"
        asked = desk.page.request
        versions = {one["calendar_id"]: one for one in (await (await asked.get(calendars)).json())["calendars"]}
        document = await (await asked.get(f"{calendars}/city/document")).json()
        known = document["published_years"]

        async def publish(years: list[int]) -> None:
            said = {"document": {**document, "published_years": years}, "past_acknowledged": True}
            sent = {**said, "based_on": versions["city"]["version"]}
            answer = await asked.post(calendars, data=sent, headers={"X-Gridward": "1"})
            assert answer.status == 200, await answer.text()
            versions["city"]["version"] = (await answer.json())["version"]

        await publish([])
        note = desk.page.get_by_text(re.compile("还没有公布 .* 年的节假日"))
        for place in ("/desk/people", "/desk/territory"):
            await desk.open(place)
            await expect(note).to_be_visible()
        await desk.press("看日历")
        await expect(desk.page.get_by_role("tab", name="日历")).to_have_attribute("aria-selected", "true")
        await publish([*known, *(max(known) + more for more in range(1, 20))])
        # Whoever looks at the calendars anyhow has heard it.
        await desk.page.get_by_role("tab", name="应急").click()
        await desk.page.get_by_role("tab", name="日历").click()
        await expect(note).to_be_hidden()
        # The other journeys look at the years that are missing.
        await publish(known)


async def publish_changes(desk: Visitor) -> None:
    page = desk.page
    await page.get_by_role("button", name="看会改什么").click()
    await page.get_by_role("button", name=re.compile("^发布第 .* 版$")).click()
    await expect(page.get_by_role("status").filter(has_text="已发布第")).to_be_visible()


async def test_kinds_limits_and_reasons_are_changed_on_screen_and_nothing_on_its_way_is_lost(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with (
        volunteering(chromium, server, installation, spot) as phone,
        visiting(chromium, server.origin, desk=True, webgl=False) as desk,
    ):
        await shot_and_named(phone, "路灯")
        await desk.sign_in(installation.account("system_admin"))
        await desk.press("标准与日历")
        page = desk.page
        await page.get_by_role("tab", name="修改").click()
        await page.get_by_role("checkbox", name="路灯").uncheck()
        await page.get_by_role("tab", name="时限", exact=True).click()
        await page.get_by_role("group", name="派遣时限", exact=True).get_by_role("textbox").fill("20")
        await page.get_by_placeholder("找类别或条件").fill("路灯")
        await page.get_by_role("button", name=re.compile("^路灯")).first.click()
        limit = page.get_by_role("group", name="处置时限")
        await limit.get_by_role("textbox").fill("一天")
        await expect(limit.get_by_role("alert")).to_be_visible()
        await limit.get_by_role("textbox").fill("5")
        await limit.get_by_role("combobox").select_option(label="工作日")
        await page.get_by_role("tab", name="理由").click()
        rework = page.get_by_role("region", name="返工")
        await rework.get_by_role("button", name="加一条").click()
        await expect(page.get_by_role("button", name="看会改什么")).to_be_disabled()
        await rework.get_by_role("textbox", name="第 1 条", exact=True).fill("还有一半没清")
        await expect(page.get_by_text("改了 4 处，还没发布")).to_be_visible()
        await page.get_by_role("button", name="看会改什么").click()
        for words in ("可以上报 路灯", "派遣时限", "5工作日", "还有一半没清"):
            await expect(page.get_by_text(words).first).to_be_visible()
        await page.get_by_role("button", name=re.compile("^发布第 .* 版$")).click()
        await expect(page.get_by_role("status").filter(has_text="已发布第")).to_be_visible()

        # The phone had it half written; it goes out and says so at the desk.
        filed = await send(phone, spot, "路灯")
        await phone.press("再报一件")
        await phone.shoot()
        await phone.reads("是什么问题？")
        # What the phone keeps is shown first, and is new the next time.
        async with phone.page.expect_response(re.compile("/api/v1/categories")):
            await phone.page.reload()
        await phone.page.reload()
        await phone.reads("垃圾满了")
        await expect(phone.page.get_by_role("button", name="路灯")).to_have_count(0)
        async with visiting(chromium, server.origin, desk=True, webgl=False) as other:
            await other.sign_in(installation.account("dispatcher"))
            pane = await choose_line(other, filed, "待办")
            await expect(pane).to_contain_text("类别已停用")

        await page.get_by_role("tab", name="类别开关").click()
        await page.get_by_role("checkbox", name="路灯").check()
        await publish_changes(desk)


async def test_a_limit_is_taken_back_and_a_calendars_day_is_looked_at_anew(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("system_admin"))
        await desk.press("标准与日历")
        page = desk.page
        await page.get_by_role("tab", name="修改").click()
        await page.get_by_role("tab", name="时限", exact=True).click()
        limit = page.get_by_role("group", name="派遣时限", exact=True).get_by_role("textbox")
        before = await limit.input_value()
        await limit.fill("77")
        await desk.reads("改了 1 处，还没发布")
        await desk.press("全部改回去")
        await expect(limit).to_have_value(before)

        await page.get_by_role("tab", name="日历", exact=True).click()
        which = page.get_by_role("combobox", name="哪个日历")
        await which.select_option(index=1)
        day = page.get_by_label("哪天")
        await day.fill("2031-06-03")
        await page.get_by_label("叫什么").fill("台风过后补休")
        await page.get_by_role("button", name="看会动什么").click()
        go = page.get_by_role("button", name="发布新版")
        await expect(go).to_be_visible()
        await day.fill("2031-06-04")
        await expect(go).to_have_count(0)


async def test_what_binds_a_kind_of_unit_is_changed_on_screen(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("system_admin"))
        await desk.press("标准与日历")
        page = desk.page
        await page.get_by_role("tab", name="修改").click()
        await page.get_by_role("tablist", name="修改").get_by_role("tab", name="依据").click()
        owner = page.get_by_role("combobox", name="权属单位凭什么受约束")
        await expect(owner).to_have_value("")
        await owner.select_option(label="协调")
        await expect(page.get_by_role("alert").filter(has_text="有依据没写文件名")).to_be_visible()
        await expect(page.get_by_role("button", name="看会改什么")).to_be_disabled()
        await page.get_by_role("textbox", name="权属单位：文件").fill("与产权单位的协议")
        await page.get_by_role("button", name="看会改什么").click()
        await expect(page.get_by_text("与产权单位的协议").last).to_be_visible()
        await page.get_by_role("button", name="全部改回去").click()
        await expect(owner).to_have_value("")
