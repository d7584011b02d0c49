"""Phones that go where there is no network: the pages are on them, and what is saved waits."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, expect

from browser.stage.front import Front
from browser.stage.people import Position, Visitor, visiting
from browser.stage.reporting import chosen_and_named, shot_and_named
from browser.stage.server import Installation

ALL_DELIVERED = "都已送到社区"
SAVED = "已存在这台手机，还没发出"


async def learned(phone: Visitor) -> None:
    """The pages are on the phone, and the service worker answers for them."""
    await phone.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
    await phone.page.reload()
    await expect(phone.page.locator("video.live")).to_be_visible()


@asynccontextmanager
async def equipped(
    chromium: Browser, front: Front, installation: Installation, at: Position, role: str = "volunteer"
) -> AsyncIterator[Visitor]:
    """Somebody's phone with the app, signed in, standing at a place."""
    async with visiting(chromium, front.origin, at=at, service_workers="allow") as phone:
        await phone.sign_in(installation.account(role))
        await learned(phone)
        yield phone


async def writes(phone: Visitor, kind: str, note: str, *pictures: bytes) -> None:
    """Up to the moment before 发出: with the camera, or with pictures from the gallery."""
    if pictures:
        await chosen_and_named(phone, kind, *pictures)
    else:
        await shot_and_named(phone, kind)
    await phone.page.get_by_label("补一句").fill(note)


async def saves(phone: Visitor, kind: str, note: str, *pictures: bytes) -> None:
    """A report while nothing can be sent."""
    await writes(phone, kind, note, *pictures)
    await phone.press("发出")
    await phone.reads(SAVED)
    await phone.press("再报一件")


async def waits(phone: Visitor, count: int) -> None:
    """The line at the top says how many are unsent."""
    await phone.reads(re.compile(f"^{count} 条还没发出"))
