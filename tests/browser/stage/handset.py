"""A phone whose browser is killed by its pid, with everything under it, and started again on the same profile."""

from __future__ import annotations

import contextlib
import os
import random
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from playwright.async_api import BrowserContext, Error, Page, Playwright

from browser.stage.front import Front
from browser.stage.people import ARGUMENTS, CHROMIUM, PATIENCE_MS, PHONE, Position, Visitor

SAVED = "已存在这台手机"
RECEIVED = "社区已收到"

TELLS = f"""
    const told = new Set()
    new MutationObserver(() => {{
        const id = new URLSearchParams(location.search).get('sent')
        const words = document.querySelector('.sent h2')?.textContent ?? ''
        const said = ['{SAVED}', '{RECEIVED}'].find((claim) => words.includes(claim))
        if (!id || !said || told.has(id + said)) return
        told.add(id + said)
        window.screenSays(id, said)
    }}).observe(document, {{ subtree: true, childList: true, characterData: true }})
"""
"""Says at once what the screen says of which report."""

OPENED = """
        const db = await new Promise((done, failed) => {
            const asked = indexedDB.open('gridward')
            asked.onsuccess = () => done(asked.result)
            asked.onerror = () => failed(asked.error)
        })
        const all = (store) => new Promise((done, failed) => {
            const asked = db.transaction(store).objectStore(store).getAll()
            asked.onsuccess = () => done(asked.result)
            asked.onerror = () => failed(asked.error)
        })
"""
"""The phone's database as ``db``, and ``all(store)``: every row of one of its stores."""

HOLDS = (
    """
    async () => {
"""
    + OPENED
    + """
        const [items, photos, drafts] = await Promise.all(['outbox', 'photos', 'drafts'].map(all))
        db.close()
        const sound = []
        for (const { sha256, bytes } of photos) {
            const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))
            const hex = Array.from(digest, (byte) => byte.toString(16).padStart(2, '0')).join('')
            if (hex === sha256) sound.push(sha256)
        }
        return {
            items: items.filter(({ kind }) => kind === 'report').map(({ item_id, state, photos }) => ({ item_id, state, photos })),
            sound,
            drafted: drafts.flatMap(({ content }) => (content.photos ?? []).map(({ sha256 }) => sha256)),
        }
    }
"""
)


@dataclass(frozen=True, slots=True)
class Held:
    """What lies on the phone of reports: photos by digest, those whose bytes are sound, and those that the draft names."""

    states: dict[str, str]
    photos: dict[str, tuple[str, ...]]
    sound: frozenset[str]
    drafted: tuple[str, ...]


@dataclass(slots=True)
class Handset:
    playwright: Playwright
    folder: Path
    front: Front
    about: Position
    dice: random.Random
    said: dict[str, set[str]] = field(default_factory=dict)
    """What a screen of this phone has ever said of a report, by its id."""
    _context: BrowserContext | None = None
    _page: Page | None = None

    @property
    def visitor(self) -> Visitor:
        assert self._page is not None
        return Visitor(self._page, self.front.origin)

    async def start(self) -> Visitor:
        """The browser opens on this profile, somewhere around."""
        for lock in self.folder.glob("Singleton*"):
            lock.unlink()
        lon, lat = (value + self.dice.uniform(-0.004, 0.004) for value in self.about)
        context = await self.playwright.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=CHROMIUM,
            args=[*ARGUMENTS],
            viewport=PHONE,  # type: ignore[arg-type]
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=True,
            permissions=["geolocation", "camera"],
            geolocation={"longitude": lon, "latitude": lat, "accuracy": 8},
        )
        context.set_default_timeout(PATIENCE_MS)
        await context.expose_function("screenSays", lambda report_id, claim: self._hear(report_id, claim))
        await context.add_init_script(TELLS)
        self._context, self._page = context, context.pages[0]
        other = self._page.get_by_role("button", name="不是，继续")
        await self._page.add_locator_handler(other, lambda found: found.click())
        return self.visitor

    def _hear(self, report_id: str, claim: str) -> None:
        self.said.setdefault(report_id, set()).add(claim)

    async def kill(self) -> None:
        """The system kills the browser: by pid, with everything that it started."""
        pid = self._pid()
        group = os.getpgid(pid)
        assert group != os.getpgid(0), "the browser has no process group of its own"
        os.killpg(group, signal.SIGKILL)
        with contextlib.suppress(Error):
            await self.stop()

    async def over(self) -> None:
        """Nothing of it runs any more, however it went."""
        with contextlib.suppress(LookupError, ProcessLookupError):
            await self.kill()

    async def stop(self) -> None:
        assert self._context is not None
        await self._context.close()

    def _pid(self) -> int:
        wanted = f"--user-data-dir={self.folder}".encode()
        for process in Path("/proc").iterdir():
            if process.name.isdigit():
                with contextlib.suppress(OSError):
                    words = (process / "cmdline").read_bytes().split(b"\0")
                    if wanted in words and not any(word.startswith(b"--type=") for word in words):
                        return int(process.name)
        raise LookupError("the browser does not run")

    async def holds(self) -> Held:
        assert self._page is not None
        found = cast(dict[str, Any], await self._page.evaluate(HOLDS))
        return Held(
            states={one["item_id"]: one["state"] for one in found["items"]},
            photos={one["item_id"]: tuple(one["photos"]) for one in found["items"]},
            sound=frozenset(found["sound"]),
            drafted=tuple(found["drafted"]),
        )
