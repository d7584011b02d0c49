"""The life of a ticket on the screens of everybody who has a hand in it.

A screen shows an unsent step as done; what the server has recorded stands in the ticket's story, so that is waited for.
"""

from __future__ import annotations

import re

from playwright.async_api import Browser, expect

from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import report, volunteering
from browser.stage.server import Installation, Server
from browser.stage.sheets import open_from_list, send_sheet, take_photo_in_sheet

FORGET_WORKERS = """() => new Promise((done, fail) => {
    const asked = indexedDB.open('gridward')
    asked.onerror = fail
    asked.onsuccess = () => {
        const kept = asked.result.transaction('kept', 'readwrite').objectStore('kept')
        const keys = kept.getAllKeys()
        keys.onsuccess = () => keys.result.filter((key) => key.startsWith('workers')).forEach((key) => kept.delete(key))
        kept.transaction.oncomplete = () => { asked.result.close(); done() }
    }
})"""
"""The phone has not heard of its unit's people yet."""


async def test_from_the_unit_lead_over_the_worker_and_the_steward_back_to_the_reporter(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    worker_account = installation.account("unit_worker", of="环卫一队")
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")

        async with visiting(chromium, server.origin, at=spot) as lead:
            await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
            await expect(filed.among(lead.page.get_by_role("listitem"))).to_contain_text("还剩")
            await open_from_list(lead, filed)
            await expect(lead.page.get_by_text(installation.account("volunteer").name)).to_have_count(0)
            await lead.press("签收")
            await lead.reads("单位签收")
            await lead.reads("处置中")
            await lead.press("交办")
            await lead.press(worker_account.person, inside="dialog")
            await send_sheet(lead)
            await lead.reads(f"交给：{worker_account.person}")

        async with visiting(chromium, server.origin, at=spot) as worker:
            await worker.sign_in(worker_account)
            await open_from_list(worker, filed)
            await worker.press("到场")
            await worker.reads("位置已记下")
            await send_sheet(worker)
            await worker.reads("到了现场")
            await worker.press("处置完成")
            await take_photo_in_sheet(worker)
            await worker.page.get_by_label("说一句做了什么").fill("已清运，地面冲洗过")
            await send_sheet(worker)
            await worker.reads("单位说处理好了")
            await worker.reads("待核查")

        async with visiting(chromium, server.origin, at=spot) as steward:
            await steward.sign_in(installation.account("steward"))
            await steward.press("核查")
            await expect(filed.among(steward.page.get_by_role("listitem"))).to_contain_text("离我 10 米")
            await open_from_list(steward, filed)
            await steward.reads("已清运，地面冲洗过")
            await steward.press("通过")
            await take_photo_in_sheet(steward)
            await send_sheet(steward)
            await steward.reads("核查通过，办好了")
            await steward.reads("已结案")

        await reporter.press("看我的上报")
        await open_from_list(reporter, filed)
        await reporter.reads("已办好")
        for what in ("处置前", "处置后"):
            picture = reporter.page.get_by_role("img", name=f"{what}照片").first
            await expect(picture).to_be_visible()
            await expect(picture).not_to_have_js_property("naturalWidth", 0)
        await reporter.reads("处理好了吗？")
        await reporter.press("好了")
        await reporter.reads("您说：好了。谢谢。")
        await reporter.reads("评价：好了")
        await expect(reporter.page.get_by_text("处理好了吗？")).to_be_hidden()
        await reporter.page.reload()
        await reporter.reads("您说：好了。谢谢。")


async def test_a_step_says_what_was_done_and_how_far_it_came(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
    async with visiting(chromium, server.origin, at=spot) as lead:
        await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
        await open_from_list(lead, filed)
        done = lead.page.get_by_role("status").filter(has_text="签收")
        await lead.page.context.set_offline(True)
        await lead.press("签收")
        await expect(done).to_contain_text("已存在这台手机，还没发出")
        await expect(lead.page.get_by_role("button", name="签收", exact=True)).to_have_count(0)
        await lead.page.context.set_offline(False)
        await expect(done).to_contain_text("社区已收到")
        await lead.reads("单位签收")
        await expect(lead.page.get_by_role("button", name="签收", exact=True)).to_have_count(0)


async def test_the_lead_asks_for_more_time_and_takes_it_back(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
    async with visiting(chromium, server.origin, at=spot) as lead:
        await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
        await open_from_list(lead, filed)
        await lead.press("更多")
        await lead.press("申请延期", inside="dialog")
        await lead.press("天气", inside="dialog")
        await lead.press("发出", inside="dialog")
        await lead.reads("请写再要多久，比如 2")
        await lead.page.get_by_label("再要多久").fill("3")
        await lead.press("工作小时", inside="dialog")
        await send_sheet(lead)
        await lead.reads("已申请延期，等审批")
        by = "SELECT detail->'by' FROM entry WHERE verb = 'request.asked' ORDER BY recorded_at DESC LIMIT 1"
        assert installation.ask(by) == '{"kind": "work_hour", "amount": 3}'
        await lead.press("更多")
        await lead.press("撤回延期申请", inside="dialog")
        await lead.reads("撤回申请")
        await expect(lead.page.get_by_text("已申请延期，等审批")).to_be_hidden()


async def test_the_workers_names_are_waited_for_and_asked_for_again(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
    async with visiting(chromium, server.origin, at=spot) as lead:
        await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
        await open_from_list(lead, filed)
        await lead.page.evaluate(FORGET_WORKERS)
        people = re.compile("/api/v1/people")
        await lead.page.route(people, lambda route: route.abort())
        await lead.press("交办")
        sheet = lead.page.get_by_role("dialog")
        await expect(sheet.get_by_role("alert")).to_contain_text("现在连不上社区的服务器")
        await lead.page.unroute(people)
        await lead.press("再试一次", inside="dialog")
        worker = installation.account("unit_worker", of="环卫一队").person
        await expect(sheet.get_by_role("button", name=worker)).to_be_visible()
