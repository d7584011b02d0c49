"""A message pasted from WeChat becomes a ticket by Enter, and a unit that never signs in finishes it by an address."""

from __future__ import annotations

import re

from playwright.async_api import Browser, expect

from browser.stage.people import visiting
from browser.stage.reporting import file
from browser.stage.server import Installation, Server
from browser.stage.told import arrived
from picture_files import photo

PASTED = "梁阿姨 10:20\n荔枝公园门口垃圾桶满了，没人收，我电话13800138000"

INTO_CLIPBOARD = """async ([words, width, height]) => {
  const canvas = new OffscreenCanvas(width, height)
  const brush = canvas.getContext('2d')
  brush.fillStyle = '#6a7'
  brush.fillRect(0, 0, width, height)
  brush.fillStyle = '#222'
  brush.fillRect(200, 120, 200, 300)
  const picture = await canvas.convertToBlob({ type: 'image/png' })
  const text = new Blob([words], { type: 'text/plain' })
  await navigator.clipboard.write([new ClipboardItem({ 'image/png': picture, 'text/plain': text })])
}"""

LARGE = (4000, 3000)
"""As telephones take them: to make it small takes longer than the server needs for its proposal."""

DROPPED = """(form, bytes) => {
  const given = new DataTransfer()
  given.items.add(new File([Uint8Array.from(bytes)], 'dropped.jpg', { type: 'image/jpeg' }))
  const happens = (where, kind) =>
    !where.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer: given }))
  const header = document.querySelector('header')
  const beside = ['dragover', 'drop'].map((kind) => happens(header, kind))
  happens(form, 'drop')
  return beside
}"""
"""Drops a picture beside the form, then on it; answers whether the desk kept the browser from opening the first."""


async def test_a_pasted_message_is_filed_by_enter_and_finished_by_a_unit_without_an_account(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        page = desk.page
        await expect(page.get_by_role("button", name="代上报")).to_be_visible()
        await page.keyboard.press("i")
        form = page.get_by_role("form", name="代上报")
        words = form.get_by_role("textbox").first
        await expect(words).to_be_focused()
        await page.evaluate(INTO_CLIPBOARD, [PASTED, 640, 480])
        await page.keyboard.press("Control+V")

        await expect(form.get_by_role("listitem").get_by_role("img")).to_be_visible()
        proposed = form.get_by_role("status").filter(has_text="荔枝公园")
        await expect(proposed).to_contain_text(re.compile("荔枝公园门口 · 垃圾满了 · 环卫.队"))
        await expect(form.get_by_label("谁说的")).to_have_value("梁阿姨 13800138000")
        read = form.get_by_label("责任单位会看到")
        await expect(read).to_have_value("荔枝公园门口垃圾桶满了，没人收，我电话（电话略）")
        unit = await form.get_by_label("派给").locator("option:checked").inner_text()

        # What was typed and pasted outlives a reload.
        await page.reload()
        await expect(words).to_have_value(PASTED)
        await expect(form.get_by_role("listitem").get_by_role("img")).to_be_visible()
        await expect(proposed).to_be_visible()
        await words.press("Enter")
        filed = form.get_by_role("status").filter(has_text="已上报")
        await expect(filed).to_be_visible()
        await expect(words).to_have_value("")
        await filed.get_by_role("button", name="打开").click()

        pane = page.get_by_role("region", name="工单", exact=True)
        await expect(pane).to_contain_text("待签收")
        await expect(pane).to_contain_text(unit)
        await expect(pane).to_contain_text("梁阿姨 138****8000")
        await pane.get_by_role("button", name="看号码").click()
        await expect(pane).to_contain_text("梁阿姨 13800138000")
        await expect(pane).to_contain_text("没人收，我电话（电话略）")
        await pane.get_by_role("button", name="单案链接").click()
        said = page.get_by_role("dialog").get_by_label("发到微信的话")
        await expect(said).to_have_value(re.compile("/u/[a-z2-7]{26}"))
        found = re.search(r"https?://\S+(/u/[a-z2-7]{26})", await said.input_value())
        assert found is not None

        # A phone that has the app as well: its service worker leaves this address to the server.
        async with visiting(chromium, server.origin, at=(113.2765, 22.8341), service_workers="allow") as worker:
            phone = worker.page
            await worker.open("/help")
            await phone.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
            await phone.goto(server.origin + found[1])
            for secret in ("梁阿姨", "13800138000"):
                await expect(phone.locator("body")).not_to_contain_text(secret)
            await phone.get_by_label("姓名").fill("黄师傅")
            await phone.get_by_label("电话", exact=True).fill("13900139000")
            await phone.get_by_role("button", name="开始办理").click()
            await phone.get_by_role("button", name="我到场了").click()
            await expect(phone.get_by_text("办理人：黄师傅")).to_be_visible()
            await phone.get_by_role("button", name="办好了").click()
            await expect(phone.get_by_role("alert")).to_have_text("请先拍一张照片。")
            done = {"name": "done.jpg", "mimeType": "image/jpeg", "buffer": photo()}
            await phone.locator("#photo").set_input_files(done)
            await expect(phone.locator("#shots img")).to_be_visible()
            await phone.get_by_label("说一句").fill("清走了，地面冲洗过")
            await phone.get_by_role("button", name="办好了").click()
            await expect(phone.get_by_text("等社区的人看过")).to_be_visible()

        await page.keyboard.press("Escape")
        await expect(pane).to_contain_text("待核查")
        done_line = pane.get_by_role("listitem").filter(has_text="处置完成")
        await expect(done_line).to_contain_text("代办 · 单案链接 · 黄师傅")
        await expect(done_line).to_contain_text("清走了，地面冲洗过")


async def test_enter_at_once_waits_for_the_photo_and_leaves_the_next_message_alone(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        page = desk.page
        await expect(page.get_by_role("button", name="代上报")).to_be_visible()
        await page.keyboard.press("i")
        form = page.get_by_role("form", name="代上报")
        words = form.get_by_role("textbox").first
        await expect(words).to_be_focused()
        await page.evaluate(INTO_CLIPBOARD, ["荔枝公园门口垃圾桶又满了", *LARGE])
        await page.keyboard.press("Control+V")
        await page.keyboard.press("Enter")
        # The next resident's words are pasted while the first report is on its way.
        await page.evaluate("words => navigator.clipboard.writeText(words)", "东门路灯不亮")
        await page.keyboard.press("Control+V")

        filed = form.get_by_role("status").filter(has_text="已上报")
        await expect(filed).to_be_visible()
        await expect(words).to_have_value("东门路灯不亮")
        await expect(form.locator("#intake-kind option:checked")).to_contain_text("路灯")
        await expect(form.get_by_role("listitem").get_by_role("img")).to_have_count(0)
        await words.press("Enter")
        await expect(words).to_have_value("")
        await expect(filed).to_be_visible()

        (first,) = arrived(installation, "荔枝公园门口垃圾桶又满了")
        (second,) = arrived(installation, "东门路灯不亮")
        assert (len(first.photos), len(second.photos)) == (1, 0)


async def test_a_photo_that_cannot_be_taken_holds_the_report_up_once_and_a_dropped_one_is_taken(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("dispatcher"))
        page = desk.page
        await expect(page.get_by_role("button", name="代上报")).to_be_visible()
        await page.keyboard.press("i")
        form = page.get_by_role("form", name="代上报")
        words = form.get_by_role("textbox").first
        await words.fill("西门垃圾桶满了")
        # To choose a photo is not to send the form around it.
        async with page.expect_file_chooser() as chooser:
            await form.get_by_role("button", name="选照片").click()
        await (await chooser.value).set_files([file(b"no picture", "no.jpg")])
        await words.press("Enter")
        await expect(form.get_by_role("alert")).to_contain_text("这张照片打不开")
        await expect(form.get_by_text("再发一次就不带它了")).to_be_visible()
        await expect(words).to_have_value("西门垃圾桶满了")
        assert arrived(installation, "西门垃圾桶满了") == []

        assert await form.evaluate(DROPPED, list(photo())) == [True, True]
        await expect(form.get_by_role("listitem").get_by_role("img")).to_have_count(1)
        await words.press("Enter")
        await expect(form.get_by_role("status").filter(has_text="已上报")).to_be_visible()
        await expect(form.get_by_role("alert")).to_have_count(0)
        (filed,) = arrived(installation, "西门垃圾桶满了")
        assert len(filed.photos) == 1
