"""One phone, two people: what one of them saved waits for that one, and goes out under no other name."""

from __future__ import annotations

import re

from playwright.async_api import Browser

from browser.stage.front import front_of
from browser.stage.people import Visitor
from browser.stage.places import Places
from browser.stage.server import Installation, Server
from browser.stage.told import arrived
from browser.stage.underground import ALL_DELIVERED, equipped, saves, writes


async def _leave(phone: Visitor) -> None:
    await phone.open("/more")
    await phone.press("退出登录")


async def test_what_the_first_saved_goes_out_only_when_that_one_is_back(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    first, second = installation.account("volunteer"), installation.account("steward")
    async with (
        front_of(server) as front,
        equipped(chromium, front, installation, places.quiet()) as phone,
    ):
        await front.cut()
        await saves(phone, "乱堆放", "换人之前写的")
        await front.open()
        front.behind = False
        await _leave(phone)
        await phone.reads(re.compile("还有 1 条没发出。它们会留在这台手机上"))
        await phone.press("还是退出", inside="dialog")
        await phone.reads("手机号")

        front.behind = True
        await phone.sign_in(second)
        await phone.reads("另一个人在这台手机上还有 1 条没发出")
        await phone.open("/unsent")
        await phone.reads("都发出去了，这里没有东西。")
        await phone.open("/report")
        await writes(phone, "路灯", "换人之后写的")
        await phone.press("发出")
        await phone.reads(re.compile("^社区已收到"))
        assert [(one.note, one.reporter) for one in arrived(installation, "换人之_写的")] == [
            ("换人之后写的", second.person)
        ]

        await _leave(phone)
        await phone.press("退出登录", inside="dialog")
        await phone.sign_in(first)
        await phone.reads(ALL_DELIVERED)
        assert {(one.note, one.reporter) for one in arrived(installation, "换人之_写的")} == {
            ("换人之前写的", first.person),
            ("换人之后写的", second.person),
        }
