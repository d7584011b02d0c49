"""The second half of a dispatcher's hour: noted for units, checked, split, granted, and handed over to the next shift."""

from __future__ import annotations

import re
from io import BytesIO

import openpyxl
from playwright.async_api import Browser, Locator, expect

from browser.stage.by_keys import sent, stored
from browser.stage.people import Visitor, visiting
from browser.stage.places import Places
from browser.stage.reporting import file, volunteering
from browser.stage.server import Installation, Server
from browser.stage.steps import takes
from picture_files import photo

CLEANERS = "环卫一队"
LARGE = (3000, 2000)

PASTED = """bytes => {
  const given = new DataTransfer()
  given.items.add(new File([Uint8Array.from(bytes)], 'pasted.jpg', { type: 'image/jpeg' }))
  document.body.dispatchEvent(
    new ClipboardEvent('paste', { clipboardData: given, bubbles: true, cancelable: true }),
  )
}"""


async def filed(reporter: Visitor, places: Places, seed: int) -> str:
    """A report with its photo, which the rules give to the cleaners at once."""
    picture = await stored(reporter, photo(seed=seed))
    return str((await sent(reporter, places, "litter_full", photos=[picture]))["ticket_id"])


async def opened(desk: Visitor, ticket_id: str, state: str) -> Locator:
    await desk.open(f"/desk?tab=open&ticket={ticket_id}")
    pane = desk.page.get_by_role("region", name="工单", exact=True)
    await expect(pane.locator("article")).to_contain_text(state)
    return pane


async def chosen(pane: Locator, step: str) -> Locator:
    """The form of a step from the list of the less usual ones."""
    await pane.get_by_role("combobox", name="更多办理…").select_option(label=step)
    return pane.locator("form")


async def test_a_unit_that_telephones_is_noted_with_its_picture_and_its_work_checked(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True, webgl=False) as desk,
    ):
        ticket_id = await filed(reporter, places, 1)
        await desk.sign_in(installation.account("dispatcher"))
        pane = await opened(desk, ticket_id, "待签收")
        form = await chosen(pane, "代签收")
        await form.get_by_label("谁签收的（姓名）").fill("黄师傅")
        async with desk.page.expect_file_chooser() as chooser:
            await form.get_by_role("button", name="选照片").click()
        await (await chooser.value).set_files([file(photo(seed=2, size=LARGE))])
        # Nobody waits for the picture to appear.
        await form.get_by_role("button", name="代签收", exact=True).click()
        await expect(form).to_have_count(0)
        await expect(pane).to_contain_text("处置中")

        form = await chosen(pane, "代反馈")
        await form.get_by_label("谁办的（姓名）").fill("黄师傅")
        await desk.page.evaluate(PASTED, list(photo(seed=3, size=LARGE)))
        await form.get_by_role("button", name="代反馈", exact=True).click()
        await expect(form).to_have_count(0)
        await expect(pane).to_contain_text("待核查")
        await expect(pane.get_by_role("img", name="处置后")).to_be_visible()
        # Both of the unit's pictures are there, the one of its signing too.
        await expect(pane.get_by_role("button", name="第 1／2 张")).to_be_visible()

        await pane.get_by_role("button", name="返工…").click()
        await pane.get_by_label("哪里没弄好").fill("桶边还有一袋")
        await pane.get_by_label("没弄好的照片").set_input_files([file(photo(seed=4, size=LARGE))])
        await pane.get_by_role("button", name="返工", exact=True).click()
        await expect(pane).to_contain_text("待签收")
        await expect(pane.get_by_role("listitem").filter(has_text="桶边还有一袋")).to_be_visible()


async def test_one_matter_goes_to_two_units_and_another_gets_more_time(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True, webgl=False) as lead,
        visiting(chromium, server.origin, desk=True, webgl=False) as desk,
    ):
        shared, longer = await filed(reporter, places, 5), await filed(reporter, places, 6)
        await lead.sign_in(installation.account("unit_lead", of=CLEANERS))
        await takes(lead, longer, "ask_extend", reason="parts", by={"kind": "work_hour", "amount": 2}, text="等配件")
        await desk.sign_in(installation.account("shift_leader"))

        pane = await opened(desk, shared, "待签收")
        await chosen(pane, "分办")
        await pane.get_by_label("第 1 家").select_option(label=CLEANERS)
        await pane.get_by_label("第 2 家").select_option(label="路灯管理所")
        await pane.get_by_label("说明（各单位会看到）").fill("桶由环卫清，灯由路灯所修")
        await pane.get_by_role("button", name="分给 2 家").click()
        await expect(pane).to_contain_text("分办中")
        await expect(pane.get_by_role("listitem").filter(has_text="路灯管理所")).to_contain_text("待签收")

        pane = await opened(desk, longer, "待审批：延期")
        request = pane.get_by_role("region", name="待审批：延期")
        await expect(request).to_contain_text("等配件")
        await request.get_by_label("理由").fill("配件在路上，属实")
        await request.get_by_role("button", name="同意延期", exact=True).click()
        await expect(request).to_have_count(0)
        await expect(pane.get_by_role("listitem").filter(has_text="配件在路上，属实")).to_be_visible()


async def test_a_unit_hands_out_its_work_prints_the_day_and_takes_it_along(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    worker = installation.account("unit_worker", of=CLEANERS)
    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True, webgl=False) as lead,
    ):
        ticket_id = await filed(reporter, places, 7)
        no = installation.ask(f"SELECT short_no FROM ticket WHERE ticket_id = '{ticket_id}'")
        page = lead.page
        await page.add_init_script("window.print = () => { window.printed = (window.printed ?? 0) + 1 }")
        await lead.sign_in(installation.account("unit_lead", of=CLEANERS))
        await lead.open("/desk/unit")
        hand = page.get_by_role("combobox", name=re.compile(f"^0*{no}号交给谁"))
        await hand.last.select_option(label=worker.person)
        whose = page.get_by_role("combobox", name="谁的")
        await whose.select_option(label=worker.person)
        await expect(page.get_by_role("button", name=re.compile(f"^0*{no}号")).first).to_be_visible()
        await lead.press("打印当日清单")
        assert await page.evaluate("window.printed") == 1
        async with page.expect_download() as download:
            await page.get_by_role("link", name="导出表格（xlsx）").click()
        path = await (await download.value).path()
        rows = openpyxl.load_workbook(BytesIO(path.read_bytes())).worksheets[0].iter_rows(values_only=True)
        assert any(worker.person in map(str, row) for row in rows)


async def test_one_shift_leaves_its_words_to_the_next(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with (
        visiting(chromium, server.origin, desk=True, webgl=False) as desk,
        visiting(chromium, server.origin, desk=True, webgl=False) as following,
    ):
        await desk.sign_in(installation.account("dispatcher"))
        await desk.press("值班交接")
        page = desk.page
        await page.get_by_label("值班人").fill("老梁")
        await page.get_by_role("textbox", name="电话").fill("13900139000")
        await desk.press("排上")
        await expect(page.get_by_role("row").filter(has_text="老梁")).to_contain_text("在班")
        await page.get_by_label("要交代的话").fill("东门的井盖等市政，晚上再看一眼")
        await page.get_by_role("button", name="交班", exact=True).click()
        await expect(page.get_by_text("还没有人接")).to_be_visible()

        await following.sign_in(installation.account("shift_leader"))
        await following.press("值班交接")
        await following.reads("“东门的井盖等市政，晚上再看一眼”")
        await following.press("看过了，接班")
        taken = following.page.get_by_text(re.compile("接班，"))
        await expect(taken.first).to_be_visible()
        await page.reload()
        await expect(page.get_by_text(re.compile("接班，")).first).to_be_visible()
