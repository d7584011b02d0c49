"""The phone is full: the screen never says saved, keeps what it had, and with room again the same press works."""

from __future__ import annotations

import re

from playwright.async_api import Browser, expect

from browser.stage.front import front_of
from browser.stage.people import Visitor, visiting
from browser.stage.places import Places
from browser.stage.server import Installation, Server
from browser.stage.told import arrived
from browser.stage.underground import ALL_DELIVERED, writes

NOT_SAVED = re.compile("^没有存下：手机空间满了")
NOTE = "手机满的时候写的"


LITTLE = 64 * 1024 * 1024
FILL = """
    async () => {
        const db = await new Promise((done, failed) => {
            const asked = indexedDB.open('others', 1)
            asked.onupgradeneeded = () => asked.result.createObjectStore('files', { autoIncrement: true })
            asked.onsuccess = () => done(asked.result)
            asked.onerror = () => failed(asked.error)
        })
        let bytes = 0
        for (let size = 8 * 1024 * 1024; size >= 64; )
            try {
                const tx = db.transaction('files', 'readwrite')
                tx.objectStore('files').add(crypto.getRandomValues(new Uint8Array(Math.min(size, 65536))).slice(0, size))
                if (size > 65536) tx.objectStore('files').add(new Uint8Array(size))
                await new Promise((done, failed) => {
                    tx.oncomplete = done
                    tx.onabort = () => failed(tx.error)
                })
                bytes += size
            } catch (error) {
                if (error?.name !== 'QuotaExceededError') throw error
                size = Math.floor(size / 2)
            }
        db.close()
        return bytes
    }
"""
"""Other files fill the phone to the last byte; says how many bytes went in."""


async def _room(phone: Visitor, size: int | None) -> None:
    """How much this page may keep; set before it keeps anything, since the browser remembers for a while how much there was."""
    browser = await phone.page.context.new_cdp_session(phone.page)
    limit = {} if size is None else {"quotaSize": size}
    await browser.send("Storage.overrideQuotaForOrigin", {"origin": phone.origin, **limit})


async def test_a_full_phone_never_says_saved(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        front_of(server) as front,
        visiting(chromium, front.origin, at=places.quiet()) as phone,
    ):
        await _room(phone, LITTLE)
        await phone.sign_in(installation.account("volunteer"))
        await writes(phone, "乱堆放", NOTE)
        assert await phone.page.evaluate(FILL) > LITTLE // 2
        # The browser tidies up behind its back and finds some room again: less than what is in use leaves none.
        await _room(phone, LITTLE // 4)
        await phone.press("发出")
        await phone.reads(NOT_SAVED)
        for claim in (re.compile("已存在这台手机"), re.compile("^社区已收到")):
            await expect(phone.page.get_by_text(claim)).to_have_count(0)
        assert arrived(installation, NOTE) == []
        assert not any("/reports/" in path for path in front.sent)

        await _room(phone, None)
        await phone.press("发出")
        await phone.reads(re.compile("^社区已收到"))
        await phone.reads(ALL_DELIVERED)
        (report,) = arrived(installation, NOTE)
        assert len(report.photos) == 1
