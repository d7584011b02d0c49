"""What somebody is writing is on the phone while it is written: the phone may throw the page away at any moment."""

from __future__ import annotations

import re

from playwright.async_api import Browser, expect

from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import report, send, shot_and_named, volunteering
from browser.stage.server import Installation, Server
from browser.stage.sheets import is_on_the_phone, open_from_list, send_sheet, take_photo_in_sheet

LEAD = "环卫一队"


async def test_the_note_of_a_report_is_there_again_while_the_cursor_is_still_in_it(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as phone:
        await shot_and_named(phone, "乱堆放")
        note = phone.page.get_by_label("补一句")
        await note.press_sequentially("三袋建筑垃圾")
        await is_on_the_phone(phone, "三袋建筑垃圾")
        await phone.page.reload()
        await expect(note).to_have_value("三袋建筑垃圾")
        await note.press_sequentially("，还有木板")
        await send(phone, spot, "乱堆放")
        await is_on_the_phone(phone, "三袋建筑垃圾", wanted=False)
    assert installation.ask("SELECT count(*) FROM ticket_text WHERE body = '三袋建筑垃圾，还有木板'") == "1"


async def test_the_words_for_a_place_are_there_again_also_when_the_sheet_was_only_closed(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as phone:
        await shot_and_named(phone, "乱堆放")
        await phone.reads("定位误差约 8 米")
        await phone.press("改地点")
        said = phone.page.get_by_label("也可以写一句：在哪里")
        await said.fill("榕树下第二个石凳")
        await is_on_the_phone(phone, "榕树下第二个石凳")
        await phone.page.reload()
        await phone.press("改地点")
        await expect(said).to_have_value("榕树下第二个石凳")
        await said.fill("榕树下第三个石凳")
        await phone.press("关闭", inside="dialog")
        await expect(phone.page.locator(".where strong")).to_have_text("榕树下第三个石凳")
        await send(phone, spot, "乱堆放")
    told = "SELECT count(*) FROM report WHERE place_note = '榕树下第三个石凳'"
    assert installation.ask(told) == "1"


async def test_the_words_of_a_step_and_of_an_answer_open_again_where_they_were_and_go_out_once(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")

        async with visiting(chromium, server.origin, at=spot) as lead:
            await lead.sign_in(installation.account("unit_lead", of=LEAD))
            await open_from_list(lead, filed)
            await lead.press("签收")
            await lead.reads("单位签收")
            await lead.press("处置完成")
            said = lead.page.get_by_label("说一句做了什么")
            await said.press_sequentially("换了一个新桶")
            await is_on_the_phone(lead, "换了一个新桶")
            await lead.open("/")
            await expect(said).to_have_value("换了一个新桶")

            # What was taken out again is nowhere, and opens nothing.
            await said.fill("")
            await is_on_the_phone(lead, "换了一个新桶", wanted=False)
            await said.press_sequentially("换了桶，地面冲过")
            await take_photo_in_sheet(lead)
            await send_sheet(lead)
            await lead.reads("单位说处理好了")
            await is_on_the_phone(lead, "换了桶，地面冲过", wanted=False)
            await lead.open("/")
            await expect(lead.page).to_have_url(re.compile("/unit$"))

        await reporter.open("/mine")
        await open_from_list(reporter, filed)
        await reporter.press("还没好")
        await reporter.press("只弄了一部分", inside="dialog")
        more = reporter.page.get_by_role("dialog").get_by_role("textbox")
        await more.press_sequentially("桶边还有一袋")
        await is_on_the_phone(reporter, "桶边还有一袋")
        await reporter.open("/")
        await expect(more).to_have_value("桶边还有一袋")
        await send_sheet(reporter)
        await reporter.reads("您说了还没好。去看的人会看到。")
        await is_on_the_phone(reporter, "桶边还有一袋", wanted=False)
    told = "SELECT count(*) FROM ticket_text WHERE body LIKE '%桶边还有一袋' OR body = '换了桶，地面冲过'"
    assert installation.ask(told) == "2"


async def test_who_signs_out_is_told_of_what_is_half_written_and_may_take_it_along(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        await phone.open("/more")
        await phone.press("退出登录")
        await phone.reads("这台手机上的记录会清掉")
        await expect(phone.page.get_by_text("写到一半")).to_have_count(0)
        await phone.press("先不退")

        await phone.press("上报")
        await shot_and_named(phone, "乱堆放")
        await phone.page.get_by_label("补一句").fill("楼道口的旧沙发")
        await is_on_the_phone(phone, "楼道口的旧沙发")
        await phone.open("/more")
        await phone.press("退出登录")
        await phone.reads("还有 1 件写到一半、没有发出的")
        async with phone.page.expect_download() as saving:
            await phone.press("存出来或转给别人", inside="dialog")
        kept = (await (await saving.value).path()).read_text()
        for told in ("写到一半，没有发出", "楼道口的旧沙发", "乱堆放", "data:image/jpeg;base64,"):
            assert told in kept
        await phone.press("还是退出", inside="dialog")
        await phone.reads("手机号")
        await is_on_the_phone(phone, "楼道口的旧沙发", wanted=False)
