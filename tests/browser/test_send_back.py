"""A unit asks to send a ticket back; the desk grants or refuses; and work that has to be done again."""

from __future__ import annotations

import re
from math import ceil
from time import monotonic

from playwright.async_api import Browser, expect

from browser.stage.desk import choose_line, decide_request, take_step
from browser.stage.people import Visitor, visiting
from browser.stage.places import Places
from browser.stage.reporting import Filed, report, volunteering
from browser.stage.server import Installation, Server
from browser.stage.sheets import is_on_the_phone, open_from_list, send_sheet, take_photo_in_sheet


async def due_minute(unit: Visitor) -> int:
    """The minute of the day at which the ticket on the screen is due."""
    shown = await unit.page.get_by_text(re.compile("^截止")).inner_text()
    hour, minute = re.findall(r"\d+", shown)[-2:]
    return int(hour) * 60 + int(minute)


async def ask_to_send_back(unit: Visitor, filed: Filed) -> None:
    await open_from_list(unit, filed)
    await unit.press(re.compile("^更多(操作)?$"))
    await unit.press("申请回退", inside="dialog")
    await unit.press("属物业或业主内部", inside="dialog")
    await unit.page.get_by_label("依据（哪一条、哪份文件）").fill("作业合同第 3 条：围墙内不在范围")
    await send_sheet(unit)
    await unit.reads("提出申请")


async def test_granted_it_goes_to_the_one_whose_it_is(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "乱堆放")
    async with visiting(chromium, server.origin, at=spot) as lead:
        await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
        await ask_to_send_back(lead, filed)
        await lead.reads(re.compile("还剩"))
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        pane = await choose_line(desk, filed, "待办")
        await expect(pane).to_contain_text("待审批：回退")
        await expect(pane).to_contain_text("作业合同第 3 条：围墙内不在范围")
        await decide_request(pane, "回退", "回退成立", whose="雪圃花园物业")
        await expect(pane).to_contain_text("待派遣")
        await take_step(pane, "派遣", choices={"派给": "雪圃花园物业"}, words="回退时已认定属小区内")
        await expect(pane).to_contain_text("待签收")
    async with visiting(chromium, server.origin, at=spot) as other:
        await other.sign_in(installation.account("unit_lead", of="雪圃花园物业"))
        await expect(filed.among(other.page.get_by_role("listitem"))).to_be_visible()


async def test_refused_the_unit_reads_why_and_its_time_ran_on(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "地上垃圾")
    async with visiting(chromium, server.origin, at=spot) as lead:
        await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
        await ask_to_send_back(lead, filed)
        async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
            await desk.sign_in(installation.account("shift_leader"))
            pane = await choose_line(desk, filed, "待办")
            request = pane.get_by_role("region", name="待审批：回退")
            await expect(request).to_contain_text("作业合同第 3 条：围墙内不在范围")
            await expect(request).to_contain_text("应在 30 分 内")
            await expect(request).to_contain_text("由派遣员、值班长审批")
            await expect(request.get_by_role("row").filter(has_text="处置")).to_contain_text("作废，不计")
            await request.get_by_role("button", name="回退不成立").click()
            await expect(request).to_contain_text("请写明理由。")
            await decide_request(pane, "回退", "回退不成立", words="巷道在贵队作业范围内，请处理。")
            await expect(pane).to_contain_text("申请未同意")
            await pane.get_by_role("tab", name="计时明细").click()
            await expect(pane.locator("summary").filter(has_text="处置")).to_contain_text("正在计时")
        await lead.page.reload()
        await lead.reads("巷道在贵队作业范围内，请处理。")


async def test_work_not_done_well_goes_back_and_the_old_time_runs_on(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
    async with (
        visiting(chromium, server.origin, at=spot) as lead,
        visiting(chromium, server.origin, at=spot) as steward,
    ):
        await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
        await open_from_list(lead, filed)
        await lead.press("签收")
        await lead.reads("单位签收")
        due = await due_minute(lead)
        called_done = monotonic()
        await lead.press("处置完成")
        await take_photo_in_sheet(lead)
        await send_sheet(lead)
        await lead.reads("单位说处理好了")

        await steward.sign_in(installation.account("steward"))
        await steward.press("核查")
        await open_from_list(steward, filed)
        await steward.press("返工")
        await take_photo_in_sheet(steward)
        await steward.page.get_by_label("哪里没弄好").fill("桶边还有一袋")
        await send_sheet(steward)
        await steward.reads("没弄好，返工")

        await lead.page.reload()
        await lead.reads("桶边还有一袋")
        await lead.reads("待签收")
        waited = ceil((monotonic() - called_done) / 60)
        # What was left runs on: later by no more than the wait for the check.
        assert (await due_minute(lead) - due) % (24 * 60) <= waited


async def test_what_was_half_written_before_the_work_came_back_is_looked_at_again_before_it_goes(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    lead = installation.account("unit_lead", of="环卫一队")
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
    async with visiting(chromium, server.origin, at=spot) as early:
        await early.sign_in(lead)
        await open_from_list(early, filed)
        await early.press("签收")
        await early.reads("单位签收")
        await early.press("处置完成")
        await take_photo_in_sheet(early)
        await early.page.get_by_label("说一句做了什么").fill("桶换好了")
        await is_on_the_phone(early, "桶换好了")
        await early.open("/more")

        # Meanwhile it was done from another phone, and was not good enough.
        async with visiting(chromium, server.origin, at=spot) as late:
            await late.sign_in(lead)
            await open_from_list(late, filed)
            await late.press("处置完成")
            await take_photo_in_sheet(late)
            await send_sheet(late)
            await late.reads("单位说处理好了")
        async with visiting(chromium, server.origin, at=spot) as steward:
            await steward.sign_in(installation.account("steward"))
            await steward.press("核查")
            await open_from_list(steward, filed)
            await steward.press("返工")
            await take_photo_in_sheet(steward)
            await steward.page.get_by_label("哪里没弄好").fill("桶边还有一袋")
            await send_sheet(steward)
            await steward.reads("没弄好，返工")

        await early.open("/unit")
        await open_from_list(early, filed)
        await early.reads("待签收")
        await early.press("签收")
        await early.press("处置完成")
        await expect(early.page.get_by_label("说一句做了什么")).to_have_value("桶换好了")
        await early.press("发出", inside="dialog")
        told = early.page.get_by_role("dialog").get_by_role("alert")
        await expect(told).to_contain_text("您开始写以后，这一件又派过一次")
        await expect(told).to_contain_text("桶边还有一袋")
        await send_sheet(early)
        mine = early.page.get_by_role("status").filter(has_text="处置完成")
        await expect(mine).to_contain_text("社区已收到")
    done = installation.ask("SELECT count(*) FROM ticket_text WHERE kind = 'resolve.note' AND body = '桶换好了'")
    assert done == "1"


async def test_a_units_lead_answers_an_order_and_appeals_against_a_limit_from_the_phone(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "地上垃圾")
    late = installation.ask(
        "SELECT c.ticket_id FROM clock c JOIN ticket t USING (ticket_id) JOIN unit u ON u.unit_id = c.unit_id "
        "WHERE c.breached_at IS NOT NULL AND NOT c.exempt AND c.kind = 'resolve' AND t.status = 'closed' "
        "AND u.name = '环卫一队' AND t.unit_id = u.unit_id ORDER BY t.ended_at DESC LIMIT 1"
    )
    assert late
    async with visiting(chromium, server.origin, at=spot) as lead:
        await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
        async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
            await desk.sign_in(installation.account("supervisor"))
            pane = await choose_line(desk, filed, "在办")
            await pane.get_by_role("combobox", name="更多办理…").select_option(label="督办")
            form = pane.locator("form")
            await form.get_by_role("textbox").first.fill("居民反映两次，今天办结")
            await form.get_by_role("button", name="督办", exact=True).click()
            await expect(form).to_be_hidden()
        await lead.page.reload()
        await open_from_list(lead, filed)
        await lead.press("答复督办")
        await expect(lead.page.get_by_role("dialog")).to_contain_text("居民反映两次，今天办结")
        await lead.press("发出", inside="dialog")
        await expect(lead.page.get_by_role("dialog").get_by_role("alert")).to_be_visible()
        await lead.page.get_by_label("怎么办的、何时办好").fill("车已派出，16 点前清完")
        await send_sheet(lead)
        await lead.reads("车已派出，16 点前清完")
        await expect(lead.page.get_by_role("button", name="答复督办")).to_have_count(0)

        await lead.open(f"/ticket/{late}")
        await lead.press(re.compile("^更多(操作)?$"))
        await lead.press("申诉", inside="dialog")
        await lead.page.get_by_role("dialog").get_by_role("button", name=re.compile("^处置")).click()
        await lead.page.get_by_label("为什么不该算").fill("当日道路封闭，有交警通知")
        await send_sheet(lead)
        await lead.reads("已申诉，等复核")


async def test_the_desk_notes_the_answer_to_an_order_beside_it_in_the_list(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    """For a unit that never signs in: what it said on the telephone, and who said it."""
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "地上垃圾")
    async with visiting(chromium, server.origin, desk=True, webgl=False) as boss:
        await boss.sign_in(installation.account("supervisor"))
        pane = await choose_line(boss, filed, "在办")
        await pane.get_by_role("combobox", name="更多办理…").select_option(label="督办")
        form = pane.locator("form")
        await form.get_by_role("textbox").first.fill("第三次反映了，请说明")
        await form.get_by_role("button", name="督办", exact=True).click()
        await expect(form).to_be_hidden()
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        await desk.open("/desk/supervision")
        line = desk.page.get_by_role("row").filter(has_text="第三次反映了，请说明")
        await line.get_by_role("button", name="代答复督办").click()
        await line.get_by_label("单位怎么答复的").fill("车已派出，16 点前清完")
        await line.get_by_label("单位谁答复的（姓名）").fill("冼经理")
        await line.get_by_role("button", name="代答复督办").click()
        await expect(line.get_by_role("alert")).to_contain_text("电话记录")
        await line.get_by_label("电话记录").fill("10:20 冼经理说车已派出")
        await line.get_by_role("button", name="代答复督办").click()
        await expect(line).to_be_hidden()
        await desk.page.get_by_label("只看没有答复的").uncheck()
        await expect(line).to_contain_text("代办")
        await expect(line).to_contain_text("车已派出，16 点前清完")
