"""A phone whose browser subscribes with the stand-in of a push service, and messages brought to its worker.

No real push service can be reached from here, so two ways are cut short: the page's ``subscribe`` is answered with an
address of the stand-in, and what arrived there is handed to the browser by its own debugging door. All between is real:
the server's sending, the encryption, the service worker, the notification.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page
from playwright.async_api import TimeoutError as PlaywrightTimeout

from push_service import PushService, Subscription

PATIENCE_S = 30.0
HANDED_OVER, TAKEN_MS = 3, 10_000

SUBSCRIBES = """
    const said = %s
    const given = {
        endpoint: said.endpoint,
        toJSON: () => ({ endpoint: said.endpoint, keys: { p256dh: said.p256dh, auth: said.auth } }),
        unsubscribe: async () => { localStorage.removeItem('stand-in'); return true },
    }
    PushManager.prototype.getSubscription = async () => localStorage.getItem('stand-in') ? given : null
    PushManager.prototype.subscribe = async (options) => {
        if (options.applicationServerKey.byteLength !== 65) throw new DOMException('no key', 'InvalidAccessError')
        localStorage.setItem('stand-in', 'yes')
        return given
    }
    window.rung = 0
    navigator.serviceWorker.addEventListener('message', ({ data }) => { if (data?.type === 'rang') window.rung += 1 })
"""

SHOWN = """
    navigator.serviceWorker.ready.then((worker) => worker.getNotifications())
        .then((all) => all.map(({ title, body, tag }) => ({ title, body, tag })))
"""

TAP = """
    async (tag) => {
        const [shown] = (await self.registration.getNotifications()).filter((one) => one.tag === tag)
        self.dispatchEvent(new NotificationEvent('notificationclick', { notification: shown }))
    }
"""


async def until(look: Callable[[], Any]) -> Any:
    """The first thing that is not None."""
    async with asyncio.timeout(PATIENCE_S):
        while (found := look()) is None:
            await asyncio.sleep(0.05)
        return found


@dataclass(slots=True)
class Ringing:
    """One phone that can be rung."""

    page: Page
    service: PushService
    browser: Subscription
    brought: int = 0

    async def message(self) -> Mapping[str, Any]:
        """The next message that the server sent to this phone, decrypted."""

        def next_one() -> Mapping[str, Any] | None:
            got = [one.said for one in self.service.received if one.endpoint == self.browser.endpoint]
            return got[self.brought] if len(got) > self.brought else None

        found: Mapping[str, Any] = await until(next_one)
        self.brought += 1
        return found

    async def bring(self, said: Mapping[str, Any]) -> None:
        """The browser gets it, as its push service would hand it over: again until its worker has taken it."""
        door = await self.page.context.new_cdp_session(self.page)
        known: list[dict[str, Any]] = []
        door.on("ServiceWorker.workerRegistrationUpdated", lambda event: known.extend(event["registrations"]))
        await door.send("ServiceWorker.enable")
        registration = await until(lambda: known[0] if known else None)
        parcel = {
            "origin": registration["scopeURL"],
            "registrationId": registration["registrationId"],
            "data": json.dumps(said),
        }
        before = await self.page.evaluate("window.rung")
        for _ in range(HANDED_OVER):
            await door.send("ServiceWorker.deliverPushMessage", parcel)
            try:
                await self.page.wait_for_function("before => window.rung > before", arg=before, timeout=TAKEN_MS)
            except PlaywrightTimeout:
                continue
            break
        else:
            raise AssertionError(f"the worker of {registration['scopeURL']} takes no message")
        await door.detach()

    async def shown(self) -> list[dict[str, str]]:
        found: list[dict[str, str]] = await self.page.evaluate(SHOWN)
        return found

    async def shows(self, body: str) -> dict[str, str]:
        """Waits for the notification with these words."""
        seen: list[dict[str, str]] = []
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    seen = await self.shown()
                    for one in seen:
                        if one["body"] == body:
                            return one
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"no notification says {body!r}, only {seen}") from None

    async def tap(self, notification: Mapping[str, str]) -> None:
        (worker,) = self.page.context.service_workers
        await worker.evaluate(TAP, notification["tag"])


async def can_ring(page: Page, service: PushService) -> Ringing:
    """Before the page is opened: from now on its browser subscribes with the stand-in."""
    browser = service.subscribe()
    await page.context.grant_permissions(["notifications"])
    await page.add_init_script(SUBSCRIBES % json.dumps(browser.said()))
    return Ringing(page, service, browser)
