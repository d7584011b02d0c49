"""Pictures on their way into a report: from the gallery, from another app, upright and small; and a draft that stays."""

from __future__ import annotations

import re
from base64 import b64encode

import pytest
from PIL import Image
from playwright.async_api import Browser, expect

from browser.stage.people import Visitor, visiting
from browser.stage.places import Places
from browser.stage.reporting import GALLERY, file, send, shot_and_named, volunteering
from browser.stage.server import Installation, Server
from gridward.domain.geometry import distance_m
from picture_files import encoded, half_red, photo

MOST_SIDE, MOST_BYTES = 1600, 350 * 1024

WITHOUT_WORKERS = "delete window.Worker"
NEARLY_FULL = "navigator.storage.estimate = async () => ({ quota: 50e6, usage: 45e6 })"
SHARES = """
    (pictures) => {
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


async def share(visitor: Visitor, pictures: list[Image.Image]) -> None:
    held = [
        {"name": f"{number}.jpg", "mimeType": "image/jpeg", "data": b64encode(encoded(picture)).decode()}
        for number, picture in enumerate(pictures)
    ]
    async with visitor.page.expect_navigation():
        await visitor.page.evaluate(SHARES, held)


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
