"""Pictures on their way into a report: from the gallery, from another app, upright and small; and a draft that stays."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from browser.stage.people import Visitor, visiting
from browser.stage.places import Places
from browser.stage.reporting import GALLERY, file, report, send, shot_and_named, volunteering
from browser.stage.server import Installation, Server
from browser.stage.sheets import open_from_list, send_sheet
from gridward.domain.geometry import distance_m
from picture_files import encoded, half_red, photo

MOST_SIDE, MOST_BYTES = 1600, 350 * 1024

WITHOUT_WORKERS = "delete window.Worker"
NEARLY_FULL = "navigator.storage.estimate = async () => ({ quota: 50e6, usage: 45e6 })"
SILENT_WORKER = "Worker.prototype.postMessage = () => { window.asked = true }"
SILENT_PAGE = "window.createImageBitmap = () => { window.tried = true; return new Promise(() => {}) }"
SILENCE_MS = 21_000
"""Longer than a worker is waited for."""
SHARES = """
    ([pictures, words]) => {
        const form = document.createElement('form')
        Object.assign(form, { method: 'post', enctype: 'multipart/form-data', action: '/share' })
        const files = document.createElement('input')
        Object.assign(files, { type: 'file', name: 'photos', multiple: true })
        const held = new DataTransfer()
        for (const { name, mimeType, data } of pictures) {
            const bytes = Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0))
            held.items.add(new File([bytes], name, { type: mimeType }))
        }
        files.files = held.files
        form.append(files)
        if (words) form.append(Object.assign(document.createElement('input'), { name: 'text', value: words }))
        document.body.append(form)
        form.submit()
    }
"""
"""What the system does when somebody shares pictures into the installed app: a form is sent to the address in the manifest."""


def large() -> bytes:
    """Twelve megapixels that do not compress well; never the same twice."""
    return encoded(Image.effect_noise((4000, 3000), 90).convert("RGB"), quality=90)


def heic() -> bytes:
    """The beginning of a file as iPhones write it; no Chromium opens one."""
    return b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(2000)


async def pictures_shown(visitor: Visitor, count: int) -> None:
    await expect(visitor.page.get_by_role("img", name=re.compile("^第 [0-9]+ 张照片$"))).to_have_count(count)


@pytest.mark.parametrize(("workers", "long"), [(True, 800), (False, 600)], ids=["beside the page", "on the page"])
async def test_a_large_photo_goes_out_small_and_upright(
    chromium: Browser, server: Server, installation: Installation, places: Places, workers: bool, long: int
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as phone:
        if not workers:
            await phone.page.add_init_script(WITHOUT_WORKERS)
            await phone.page.reload()
        await phone.page.locator(GALLERY).set_input_files([file(large()), file(photo(orientation=6, size=(long, 400)))])
        await phone.press("乱堆放")
        await pictures_shown(phone, 2)
        await send(phone, spot, "乱堆放")
    rows = installation.ask("SELECT size, width, height FROM photo ORDER BY received_at DESC LIMIT 2").splitlines()
    seen = {(int(width), int(height)): int(size) for size, width, height in (row.split("|") for row in rows)}
    assert (400, long) in seen
    (of_large,) = (sides for sides in seen if sides != (400, long))
    assert max(of_large) <= MOST_SIDE
    assert seen[of_large] <= MOST_BYTES


@pytest.mark.parametrize("page_too", [False, True], ids=["made on the page", "nor the page"])
async def test_a_picture_on_which_the_phone_falls_silent_is_made_otherwise_or_asked_for_again(
    chromium: Browser, server: Server, installation: Installation, places: Places, page_too: bool
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        await phone.page.clock.install()
        await phone.page.add_init_script(SILENT_WORKER + (f"\n{SILENT_PAGE}" if page_too else ""))
        await phone.page.reload()
        await expect(phone.page.locator("video.live")).to_be_visible()
        await phone.page.locator(GALLERY).set_input_files([file(photo())])
        await phone.page.wait_for_function("window.asked")
        await phone.page.clock.fast_forward(SILENCE_MS)
        if page_too:
            await phone.page.wait_for_function("window.tried")
            await phone.page.clock.fast_forward(SILENCE_MS)
            await phone.reads("手机一时处理不了这张照片，没有存下。请再拍一张")
            await expect(phone.page.get_by_role("button", name="拍照", exact=True)).to_be_enabled()
        else:
            await phone.press("乱堆放")
            await pictures_shown(phone, 1)


async def test_of_several_from_the_gallery_the_sound_ones_are_kept_and_the_others_named(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        await phone.page.locator(GALLERY).set_input_files([file(heic(), "IMG_1.HEIC", "image/heic")])
        await phone.reads(re.compile("这张是 HEIC 格式"))
        await expect(phone.page.get_by_role("button", name="不拍照，直接报")).to_be_visible()

        cut = encoded(half_red())[:300]
        await phone.page.locator(GALLERY).set_input_files([file(photo()), file(cut), file(photo(size=(300, 300)))])
        await phone.reads("这张照片打不开")
        await phone.press("地上垃圾")
        await pictures_shown(phone, 2)


async def test_more_pictures_than_a_report_takes_are_not_left_out_silently(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        many = [file(encoded(Image.new("RGB", (64, 48), (30 * shade, 20, 90)))) for shade in range(8)]
        await phone.page.locator(GALLERY).set_input_files(many)
        await phone.reads("一次最多放 6 张，后面的没有放进来。")
        await phone.press("地上垃圾")
        await pictures_shown(phone, 6)


async def test_pictures_shared_from_the_gallery_open_a_report_that_holds_them(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with visiting(chromium, server.origin, at=spot, service_workers="allow") as phone:
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await phone.page.context.set_offline(True)
        await share(phone, [Image.new("RGB", (64, 48), shade) for shade in ("red", "blue")])
        await phone.reads("是什么问题？")
        await phone.press("乱堆放")
        await pictures_shown(phone, 2)
        await phone.page.reload()
        await pictures_shown(phone, 2)
        await phone.page.context.set_offline(False)
        await phone.page.reload()
        await send(phone, spot, "乱堆放")


async def test_pictures_shared_before_anybody_signed_in_wait_for_it(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, server.origin, at=places.anywhere(), service_workers="allow") as phone:
        await phone.open("/sign-in")
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await share(phone, [Image.new("RGB", (64, 48), "green")])
        await expect(phone.page).to_have_url(re.compile("/sign-in"))
        await phone.open(installation.account("volunteer").sign_in)
        await phone.press("在这台手机上开始用")
        await phone.reads("是什么问题？")
        await phone.press("乱堆放")
        await pictures_shown(phone, 1)


async def test_words_shared_without_a_picture_are_in_the_report_that_follows_and_in_no_later_one(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, server.origin, at=places.anywhere(), service_workers="allow") as phone:
        note = phone.page.get_by_label("补一句")
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await share(phone, [], "三栋后门堆了旧家具")
        await phone.reads("分享来的话放进了“补一句”")
        # A phone that closes the page now keeps them.
        await phone.page.reload()
        await shot_and_named(phone, "乱堆放")
        await expect(note).to_have_value("三栋后门堆了旧家具")
        await phone.press("不要了，重新拍")
        await phone.press("不要了，重新拍")

        await share(phone, [Image.new("RGB", (64, 48), "orange")])
        await phone.press("乱堆放")
        await expect(note).to_have_value("")


async def test_of_several_shares_before_a_sign_in_all_pictures_are_kept_and_the_newest_words(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, server.origin, at=places.anywhere(), service_workers="allow") as phone:
        await phone.open("/sign-in")
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await share(phone, [Image.new("RGB", (64, 48), "green")], "上周的灯不亮")
        await share(phone, [Image.new("RGB", (64, 48), "brown")], "今天的垃圾")
        await phone.open(installation.account("volunteer").sign_in)
        await phone.press("在这台手机上开始用")
        await phone.press("乱堆放")
        await pictures_shown(phone, 2)
        await expect(phone.page.get_by_label("补一句")).to_have_value("今天的垃圾")


async def share(visitor: Visitor, pictures: list[Image.Image], words: str = "") -> None:
    held = [
        {"name": f"{number}.jpg", "mimeType": "image/jpeg", "data": b64encode(encoded(picture)).decode()}
        for number, picture in enumerate(pictures)
    ]
    async with visitor.page.expect_navigation():
        await visitor.page.evaluate(SHARES, [held, words])


async def test_the_app_opens_in_the_draft_that_was_left_and_lets_go_of_it_when_told(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, server.origin, at=places.quiet()) as phone:
        await phone.sign_in(installation.account("unit_worker"))
        await phone.open("/report")
        await shot_and_named(phone, "乱堆放")
        await phone.open("/")
        await phone.reads("接着上次没发出的写")
        await phone.reads("看一眼，就发出")
        await pictures_shown(phone, 1)
        await phone.press("不要了，重新拍")
        await phone.press("还要")
        await pictures_shown(phone, 1)
        await phone.press("不要了，重新拍")
        await phone.press("不要了，重新拍")
        await expect(phone.page.get_by_role("button", name="不拍照，直接报")).to_be_visible()
        await phone.open("/")
        await expect(phone.page).to_have_url(re.compile("/unit$"))


async def test_a_phone_that_is_nearly_full_says_so_before_the_photo_is_taken(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        await expect(phone.page.get_by_text("手机快没地方了")).to_have_count(0)
        await phone.page.add_init_script(NEARLY_FULL)
        await phone.page.reload()
        await phone.reads("手机快没地方了")


async def test_the_place_noted_in_a_picture_is_offered_when_it_was_taken_elsewhere(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    here = places.anywhere()
    there = next(spot for spot in (places.quiet() for _ in range(12)) if distance_m(*here, *spot) > 200)
    async with volunteering(chromium, server, installation, here) as phone:
        await phone.page.locator(GALLERY).set_input_files([file(photo(seed=3, lon=there[0], lat=there[1]))])
        await phone.press("其他")
        await phone.reads("照片像是在别处拍的。")
        await phone.press("用照片里的地点")
        await phone.reads("照片里记的地点")
        await send(phone, there, "其他")
    kept = installation.ask(
        "SELECT location_source, ST_X(location), ST_Y(location) FROM report ORDER BY received_at DESC LIMIT 1"
    )
    source, lon, lat = kept.split("|")
    assert source == "photo"
    assert (float(lon), float(lat)) == pytest.approx(there, abs=1e-5)


async def test_what_a_picture_says_of_its_time_and_place_goes_along_with_the_step_it_proves(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as reporter:
        filed = await report(reporter, spot, "垃圾满了")
    async with visiting(chromium, server.origin, at=spot) as lead:
        await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
        await open_from_list(lead, filed)
        await lead.press("签收")
        await lead.reads("单位签收")
        await lead.press("处置完成")
        await lead.press("拍照", inside="dialog")
        # A picture from before the work was given out, by a camera that names no time zone.
        old = photo(seed=7, taken="2026:09:01 12:00:00", lon=spot[0], lat=spot[1])
        await lead.page.get_by_role("dialog").locator(GALLERY).set_input_files([file(old)])
        await pictures_shown(lead, 1)
        # Also when the phone has thrown the page away meanwhile.
        await lead.open("/")
        await pictures_shown(lead, 1)
        await send_sheet(lead)
        await lead.reads("单位说处理好了")
    used = installation.ask(
        "SELECT claim->>'taken_at', claim->>'zone_assumed', distance_m < 5, array_to_json(marks)"
        " FROM photo_use WHERE kind = 'after' ORDER BY added_at DESC LIMIT 1"
    )
    assert used == '2026-09-01T04:00:00+00:00|true|t|["photo_early"]'
