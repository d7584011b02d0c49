"""A volunteer reports: photo, picture, sent; and finds it again."""

from __future__ import annotations

import asyncio
import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, FilePayload, Locator, Route, expect

from browser.stage.people import Visitor, visiting
from browser.stage.places import Places
from browser.stage.reporting import RECEIVED, Filed, report, send, shot_and_named, volunteering
from browser.stage.server import Installation, Server
from filing import picture

HOLDS_SMALL_PICTURES = """
    async () => (await (await caches.open('gridward-thumbs')).keys()).length > 0
        && (await (await caches.open('gridward-thumbs')).keys()).length === await new Promise((said) => {
            const opened = indexedDB.open('gridward')
            opened.onsuccess = () => {
                const read = opened.result.transaction('rows').objectStore('rows').getAll()
                read.onsuccess = () => said(new Set(read.result.map((row) => row.data.thumbnail).filter(Boolean)).size)
            }
        })
"""
"""The phone has followed the feed and brought the small pictures of all that it holds."""

KINDS = ("垃圾满了", "地上垃圾", "乱堆放", "井盖", "路灯", "积水", "乱停放", "堵消防通道", "其他")


async def test_a_newcomer_photographs_a_full_bin_and_finds_it_under_mine(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with visiting(chromium, server.origin, at=spot) as phone:
        volunteer = installation.account("volunteer")
        await phone.open(volunteer.sign_in)
        await phone.reads(f"{volunteer.name}，您好")
        await phone.press("在这台手机上开始用")
        await phone.shoot()
        await phone.reads("是什么问题？")
        for kind in KINDS:
            await phone.reads(kind)
        await phone.press("垃圾满了")
        await phone.reads("定位误差约 8 米")

        filed = await send(phone, spot, "垃圾满了")
        await phone.reads("办得怎么样，会写在“我的”里。谢谢您。")
        await phone.press("看我的上报")
        mine = filed.among(phone.page.get_by_role("listitem"))
        await expect(mine).to_contain_text(re.compile("社区已收到|已派给"))
        await expect(mine.locator("img")).to_have_js_property("complete", True)
        await expect(mine.locator("img")).not_to_have_js_property("naturalWidth", 0)


@pytest.mark.parametrize(("answer", "urgent"), [("不见了", True), ("破了", False), ("响", False)])
async def test_a_manhole_cover_is_asked_about_and_a_missing_one_shows_the_numbers_first(
    chromium: Browser, server: Server, installation: Installation, places: Places, answer: str, urgent: bool
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        await phone.shoot()
        await phone.press("井盖")
        await phone.reads("井盖怎么了？")
        await phone.press(answer, inside="dialog")
        await phone.reads(f"井盖：{answer}")
        warning = phone.page.get_by_text("危险先打电话，再发出")
        if not urgent:
            await expect(warning).to_be_hidden()
            return
        numbers = phone.page.locator("a[href^='tel:']")
        for number in ("110", "119", "120"):
            await expect(numbers.filter(has_text=number).first).to_be_visible()
        above, below = await warning.bounding_box(), await phone.page.get_by_text(f"井盖：{answer}").bounding_box()
        assert above is not None
        assert below is not None
        assert above["y"] < below["y"]


async def test_a_blocked_fire_lane_is_urgent_without_a_question(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        await shot_and_named(phone, "堵消防通道")
        await phone.reads("危险先打电话，再发出")


async def test_the_phones_own_back_goes_one_step_back_and_nothing_is_lost_by_it(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as phone:
        await phone.press("我的")
        await phone.press("上报")
        await shot_and_named(phone, "垃圾满了")
        await phone.page.get_by_label("补一句").fill("桶盖也坏了")
        await phone.press("再拍一张")
        await expect(phone.page.get_by_role("button", name="取消")).to_be_visible()
        await phone.page.go_back()
        await phone.reads("看一眼，就发出")
        await phone.page.go_back()
        await phone.reads("是什么问题？")
        await phone.page.go_back()
        await expect(phone.page.get_by_role("button", name="就用已拍的 1 张")).to_be_visible()
        await phone.page.go_back()
        await expect(phone.page.get_by_role("heading", name="我的上报")).to_be_visible()

        await phone.press("上报")
        await phone.press("就用已拍的 1 张")
        await phone.press("垃圾满了")
        await expect(phone.page.get_by_label("补一句")).to_have_value("桶盖也坏了")
        await expect(phone.page.get_by_role("img", name="第 1 张照片")).to_be_visible()
        await send(phone, spot, "垃圾满了")
        await phone.page.go_back()
        await expect(phone.page.get_by_role("button", name="不拍照，直接报")).to_be_visible()
        await phone.page.go_forward()
        await expect(phone.page.get_by_role("heading", name=RECEIVED)).to_be_visible()
        await phone.page.go_back()
        await phone.page.go_back()
        await expect(phone.page.get_by_role("heading", name="我的上报")).to_be_visible()


async def test_a_page_closed_in_the_middle_opens_where_it_was_left_with_the_steps_behind_it(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        await shot_and_named(phone, "乱堆放")
        await phone.open("/report")
        await phone.reads("看一眼，就发出")
        await phone.page.go_back()
        await phone.reads("是什么问题？")
        await phone.page.reload()
        await phone.reads("是什么问题？")
        await phone.press("乱堆放")
        await phone.reads("看一眼，就发出")


async def test_no_name_is_denied_while_names_are_still_looked_for(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        asked = asyncio.Event()

        async def answer_late(route: Route) -> None:
            await asked.wait()
            await route.continue_()

        await phone.page.route(re.compile("/api/v1/(place-words|territory/)"), answer_late)
        await shot_and_named(phone, "乱堆放")
        await phone.reads("正在找附近的名字…")
        await expect(phone.page.get_by_text("附近没有登记的名字")).to_have_count(0)
        asked.set()
        await expect(phone.page.locator(".where strong")).to_have_text(re.compile("旁$"))


async def test_a_server_that_keeps_silent_leaves_the_place_to_the_phone_and_its_words_go_out(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    lon, lat = places.quiet()
    async with volunteering(chromium, server, installation, (lon, lat)) as phone:
        never = asyncio.Event()

        async def keep_silent(route: Route) -> None:
            await never.wait()
            await route.abort()

        await phone.page.route("**/api/v1/place-words*", keep_silent)
        await shot_and_named(phone, "乱停放")
        # Before the phone gives the server up, and though it does not know to ten metres where it is.
        for accuracy_m, north in ((7, 0.00015), (6, 0.0), (5, 0.00015), (4, 0.0)):
            here = {"longitude": lon, "latitude": lat + north, "accuracy": accuracy_m}
            await phone.page.context.set_geolocation(here)
            await phone.reads(f"定位误差约 {accuracy_m} 米")
        await expect(phone.page.locator(".where strong")).to_have_text(re.compile("旁$"), timeout=12_000)
        await phone.press("发出")
        await expect(phone.page.get_by_role("heading", name=RECEIVED)).to_be_visible()
        newest = "SELECT place_note FROM report ORDER BY received_at DESC LIMIT 1"
        assert installation.ask(newest).endswith("旁")
        never.set()


async def test_what_was_put_right_on_the_spot_goes_out_with_both_pictures_and_is_closed(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as phone:
        await shot_and_named(phone, "乱停放")
        await phone.press("我已顺手处理")
        await phone.press("发出")
        await phone.reads("还差一张处理后的照片")
        await phone.press("拍处理后的")
        # From the gallery: the camera of the tests begins anew each time, and its first pictures are the same.
        now = FilePayload(name="now.jpg", mimeType="image/jpeg", buffer=picture(7))
        await phone.page.locator('input[type="file"]').last.set_input_files(now)
        await expect(phone.page.get_by_role("img", name="第 1 张照片")).to_have_count(2)
        filed = await send(phone, spot, "乱停放")
        await phone.reads("谢谢您顺手处理。照片已记下，不用再派人。")
        await phone.press("看我的上报")
        await expect(filed.among(phone.page.get_by_role("listitem"))).to_contain_text("已办好")
    kept = (
        "SELECT status, self_resolved FROM ticket JOIN report USING (ticket_id)"
        " ORDER BY report.received_at DESC LIMIT 1"
    )
    assert installation.ask(kept) == "closed|t"


async def test_who_sees_the_same_as_somebody_before_joins_it(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as first:
        filed = await report(first, spot, "乱堆放")
        await first.press("再报一件")
        await shot_and_named(first, "乱堆放")
        await expect(first.page.get_by_role("button", name="我也看到了")).to_have_count(0)
    async with visiting(chromium, server.origin, at=spot) as second:
        await second.sign_in(installation.account("steward"))
        await shot_and_named(second, "乱堆放")
        again = await asked_about(second, filed)
        await again.get_by_role("button", name="我也看到了").click()
        await second.reads(f"会和 {filed.number}号 并在一起")
        await send(second, spot, "乱堆放")
        await second.reads(f"和 {filed.number}号 是同一件")


async def test_what_is_about_something_else_goes_on_with_the_big_button_and_is_not_asked_again(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as first:
        filed = await report(first, spot, "乱停放")
    async with visiting(chromium, server.origin, at=spot) as second:
        await second.sign_in(installation.account("steward"))
        await shot_and_named(second, "路灯")
        await expect(second.page.get_by_role("dialog")).to_have_count(0)
        await second.page.get_by_role("button", name=re.compile("换一个$")).click()
        await second.press("乱停放")
        await asked_about(second, filed)
        await second.press("不是，继续")
        await second.page.reload()
        await second.reads("定位误差约 8 米")
        await second.page.wait_for_load_state("networkidle")
        await expect(second.page.get_by_role("dialog")).to_have_count(0)
        own = await send(second, spot, "乱停放")
        assert own.number != filed.number


async def test_of_three_near_by_two_are_shown_once_and_the_third_is_not_asked_about_afterwards(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as first:
        for _ in range(3):
            await first.open("/report")
            await report(first, spot, "乱停放")
    async with visiting(chromium, server.origin, at=spot) as second:
        await second.sign_in(installation.account("steward"))
        await shot_and_named(second, "乱停放")
        sheet = second.page.get_by_role("dialog", name="附近有人报过同样的，是这一件吗？")
        await expect(sheet.get_by_role("listitem")).to_have_count(2)
        await second.press("不是，继续")
        await second.page.reload()
        await second.reads("定位误差约 8 米")
        await second.page.wait_for_load_state("networkidle")
        await expect(second.page.get_by_role("dialog")).to_have_count(0)


async def test_without_a_position_the_button_for_it_says_so(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with volunteering(chromium, server, installation, places.quiet()) as phone:
        await shot_and_named(phone, "乱堆放")
        await phone.reads("定位误差约 8 米")
        await phone.press("改地点")
        await phone.page.evaluate(
            "navigator.geolocation.watchPosition = (found, failed) => setTimeout(() => failed({ code: 2 }))"
        )
        await phone.press("用现在的定位", inside="dialog")
        sheet = phone.page.get_by_role("dialog")
        await expect(sheet.get_by_role("status").filter(has_text="现在定不了位")).to_be_visible()
        await expect(sheet.get_by_role("button", name="用现在的定位")).to_be_enabled()


async def test_a_photo_from_the_basement_that_is_sent_from_home_has_not_the_place_of_home(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    home = places.anywhere()
    async with visiting(chromium, server.origin) as phone:
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.clock.set_system_time(datetime.now(UTC) - timedelta(hours=2))
        await phone.open("/report")
        await shot_and_named(phone, "乱堆放")

        await phone.page.clock.set_system_time(datetime.now(UTC))
        await phone.page.context.set_geolocation({"longitude": home[0], "latitude": home[1], "accuracy": 8})
        await phone.open("/report")
        await phone.reads("拍照的时候没定到位")
        await expect(phone.page.locator(".where strong")).to_have_text("还不知道在哪里")
        # Whoever still stands there says so.
        await phone.press("改地点")
        await phone.press("用现在的定位", inside="dialog")
        await expect(phone.page.get_by_role("dialog").get_by_role("button", name="用现在的定位")).to_be_enabled()
        await phone.press("就是这里", inside="dialog")
        await phone.reads("定位误差约 8 米")


async def test_a_photo_that_is_taken_anew_elsewhere_has_not_the_place_of_the_one_before(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    first, second = places.quiet(), places.quiet()
    async with visiting(chromium, server.origin, at=first) as phone:
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.clock.set_system_time(datetime.now(UTC) - timedelta(minutes=5))
        await phone.open("/report")
        await shot_and_named(phone, "乱堆放")
        await phone.reads("定位误差约 8 米")
        await phone.press("去掉这张")
        await phone.page.clock.set_system_time(datetime.now(UTC))
        await phone.page.context.set_geolocation({"longitude": second[0], "latitude": second[1], "accuracy": 5})
        await phone.press("再拍一张")
        await expect(phone.page.locator("video.live")).to_be_visible()
        await phone.shoot()
        await phone.reads("看一眼，就发出")
        await phone.reads("定位误差约 5 米")
        await send(phone, second, "乱堆放")
    kept = installation.ask("SELECT ST_X(location), ST_Y(location) FROM report ORDER BY received_at DESC LIMIT 1")
    lon, lat = map(float, kept.split("|"))
    assert (lon, lat) == pytest.approx(second, abs=1e-5)


async def test_the_same_near_by_is_known_without_a_network_with_its_picture(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as first:
        filed = await report(first, spot, "地上垃圾")
    async with visiting(chromium, server.origin, at=spot, service_workers="allow") as second:
        await second.sign_in(installation.account("steward"))
        await second.page.evaluate("navigator.serviceWorker.ready")
        await second.page.wait_for_function(HOLDS_SMALL_PICTURES)
        await second.page.context.set_offline(True)
        await shot_and_named(second, "地上垃圾")
        again = await asked_about(second, filed)
        await expect(again.get_by_role("img")).not_to_have_js_property("naturalWidth", 0)
        await again.get_by_role("button", name="我也看到了").click()
        await second.press("发出")
        await second.reads("已存在这台手机，还没发出")
        await second.page.context.set_offline(False)
        await second.reads(f"和 {filed.number}号 是同一件")


async def test_a_place_of_danger_has_its_numbers_above_the_question_for_the_same(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    spot = places.quiet()
    async with volunteering(chromium, server, installation, spot) as first:
        filed = await report(first, spot, "堵消防通道")
    async with visiting(chromium, server.origin, at=spot) as second:
        await second.sign_in(installation.account("steward"))
        await shot_and_named(second, "堵消防通道")
        again = await asked_about(second, filed)
        number = second.page.get_by_role("dialog").get_by_role("link", name="119")
        await expect(number).to_be_visible()
        above, below = await number.bounding_box(), await again.bounding_box()
        assert above is not None
        assert below is not None
        assert above["y"] < below["y"]


async def asked_about(visitor: Visitor, filed: Filed) -> Locator:
    """The one that the sheet asks about, with its picture."""
    sheet = visitor.page.get_by_role("dialog", name="附近有人报过同样的，是这一件吗？")
    one = sheet.get_by_role("listitem").filter(has_text=f"{filed.number}号").filter(has_text=filed.place)
    await expect(one.get_by_role("img", name=f"{filed.number}号的照片")).to_be_visible()
    return one
