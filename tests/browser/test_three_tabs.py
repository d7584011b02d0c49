"""The app is open three times on one phone, and all three send at once: each report arrives once."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser

from browser.stage.front import front_of
from browser.stage.people import Visitor
from browser.stage.places import Places
from browser.stage.server import Installation, Server
from browser.stage.told import arrived
from browser.stage.underground import ALL_DELIVERED, equipped, saves, waits

KINDS = ("乱堆放", "路灯", "垃圾满了")


async def test_three_tabs_that_send_at_once_send_each_report_once(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        front_of(server) as front,
        equipped(chromium, front, installation, places.quiet()) as phone,
    ):
        tabs = [phone, *[Visitor(await phone.page.context.new_page(), front.origin) for _ in range(2)]]
        await front.cut()
        for number, (tab, kind) in enumerate(zip(tabs, KINDS, strict=True)):
            await tab.page.bring_to_front()
            await tab.open("/report")
            await saves(tab, kind, f"标签页{number}")
        for tab in tabs:
            await waits(tab, len(tabs))
        await front.open()
        await asyncio.gather(*(tab.page.evaluate("dispatchEvent(new Event('online'))") for tab in tabs))
        for tab in tabs:
            await tab.reads(ALL_DELIVERED)
        reports = arrived(installation, "标签页_")
        assert sorted(report.note for report in reports) == [f"标签页{n}" for n in range(3)]
        assert all(len(report.photos) == 1 for report in reports)
