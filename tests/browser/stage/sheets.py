"""Steps on a phone: the ticket from its list, the sheet of a step, its picture."""

from __future__ import annotations

import asyncio

from playwright.async_api import expect

from browser.stage.handset import OPENED
from browser.stage.people import PATIENCE_MS, Visitor
from browser.stage.reporting import Filed

DRAFTED = (
    """
    async ([words, wanted]) => {
"""
    + OPENED
    + """
        const drafts = await all('drafts')
        db.close()
        return JSON.stringify(drafts).includes(words) === wanted
    }
"""
)


async def open_from_list(visitor: Visitor, filed: Filed) -> None:
    await filed.among(visitor.page.get_by_role("listitem")).click()
    await expect(visitor.page.get_by_role("heading", level=1, name=filed.kind)).to_be_visible()


async def take_photo_in_sheet(visitor: Visitor) -> None:
    """The sheet's button opens the finder, the shutter takes the picture."""
    sheet = visitor.page.get_by_role("dialog")
    await sheet.get_by_role("button", name="拍照", exact=True).click()
    await expect(sheet.locator("video.live")).to_be_visible()
    await sheet.get_by_role("button", name="拍照", exact=True).click()
    await expect(sheet.get_by_role("img", name="第 1 张照片")).to_be_visible()


async def send_sheet(visitor: Visitor) -> None:
    await visitor.press("发出", inside="dialog")
    await expect(visitor.page.get_by_role("dialog")).to_be_hidden()


async def is_on_the_phone(visitor: Visitor, words: str, *, wanted: bool = True) -> None:
    """Waits until a draft holds the words that are being written, or until none does any more."""
    async with asyncio.timeout(PATIENCE_MS / 1000):
        # Not wait_for_function: to that the promise of an answer is an answer.
        while not await visitor.page.evaluate(DRAFTED, [words, wanted]):
            await visitor.page.wait_for_timeout(100)
