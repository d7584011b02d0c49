"""People with browsers: a phone in a grid, or a screen at the desk."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Playwright, expect

from browser.stage.server import Account

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-ui-for-media-stream",
    # Each of its frames is drawn without a graphics card: as few as it can.
    "--use-fake-device-for-media-stream=fps=5",
)
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
TABLET = {"width": 1024, "height": 768}
PATIENCE_MS = 30_000

START = "在这台手机上开始用"

Position = tuple[float, float]
"""WGS-84 longitude and latitude."""


async def launch(playwright: Playwright, *, seen: Path | None = None) -> Browser:
    """Chromium with a made-up camera; ``seen`` is an MJPEG file that it looks at instead of its test picture."""
    camera = [f"--use-file-for-fake-video-capture={seen}"] if seen else []
    return await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *camera])


@dataclass(slots=True)
class Visitor:
    """One person's browser: nothing in it at first."""

    page: Page
    origin: str
    language: str = "zh"
    """In which language the screen shall be in the end; everything is done in Chinese."""

    async def open(self, path: str) -> None:
        await self.page.goto(self.origin + path)

    async def sign_in(self, account: Account) -> None:
        """By the link, as it came to the person; ends on the first page of the role."""
        await self.open(account.sign_in)
        await self.press(START)
        await expect(self.page).to_have_url(re.compile("/(report|unit|desk.*)$"))

    async def turn_language(self) -> None:
        """Opens the same page in the wished language; nothing else is said twice."""
        if await self.page.evaluate("localStorage.getItem('language') ?? 'zh'") != self.language:
            await self.page.evaluate("language => localStorage.setItem('language', language)", self.language)
            await self.page.reload()

    async def press(self, name: str | re.Pattern[str], *, inside: str | None = None) -> None:
        """A button or link by its whole word, where it can be seen."""
        place = self.page.locator(inside) if inside else self.page
        found = place.get_by_role("button", name=name, exact=True).or_(place.get_by_role("link", name=name, exact=True))
        await found.first.click()

    async def reads(self, words: str | re.Pattern[str]) -> None:
        """Waits until the words can be seen."""
        await expect(self.page.get_by_text(words).first).to_be_visible()

    async def shoot(self) -> None:
        await self.page.get_by_role("button", name="拍照", exact=True).click()


WITHOUT_WEBGL = """
    const own = HTMLCanvasElement.prototype.getContext
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        return kind.startsWith('webgl') ? null : own.call(this, kind, ...more)
    }
"""


@asynccontextmanager
async def visiting(
    browser: Browser,
    origin: str,
    *,
    at: Position | None = None,
    accuracy_m: float = 8,
    desk: bool = False,
    webgl: bool = True,
    **more: Any,
) -> AsyncIterator[Visitor]:
    """A fresh browser on a phone, standing ``at`` a place, or at the desk; ``viewport`` for another size.

    ``webgl`` False: the desk shows the plain map beside its list, as in a browser that cannot draw the other one. Drawing
    that without a graphics card is most of what opening the desk costs, so whoever is not there for the map does without.
    """
    context = await browser.new_context(
        viewport=more.pop("viewport", DESK if desk else PHONE),
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
        has_touch=not desk,
        permissions=["geolocation", "camera", "clipboard-read", "clipboard-write"],
        geolocation={"longitude": at[0], "latitude": at[1], "accuracy": accuracy_m} if at else None,
        service_workers=more.pop("service_workers", "block"),
        **more,
    )
    context.set_default_timeout(PATIENCE_MS)
    if not webgl:
        await context.add_init_script(WITHOUT_WEBGL)
    try:
        yield Visitor(await context.new_page(), origin)
    finally:
        await context.close()
