"""A dispatcher's hands on the keyboard: what is done with a report without touching the mouse."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from playwright.async_api import Locator, Page, expect

from browser.stage.people import Visitor
from browser.stage.places import Places

WHERE = """
    wanted => {
        const ids = [...document.querySelectorAll('button.line')].map(({ id }) => id)
        const chosen = document.querySelector('button.line.chosen')?.id ?? 'none'
        return [ids.indexOf(wanted), ids.indexOf(chosen), chosen]
    }
"""
MOST_STEPS = 120
STEP_MS = 1_500
MOST_TABS = 60
FILED = re.compile("已上报|已并进")

Sent = dict[str, Any]
"""What a report's sender is told of it."""


async def sent(reporter: Visitor, places: Places, category: str, **more: Any) -> Sent:
    """A report as a phone sends it; answers the acknowledgement."""
    lon, lat = (0.0, 0.0) if "location" in more else places.quiet()
    now = datetime.now(UTC).isoformat()
    body = {
        "category": category,
        "condition_id": None,
        "location": {"lon": lon, "lat": lat, "accuracy_m": 6, "age_s": 1, "source": "gps"},
        "photos": [],
        **more,
    }
    envelope = {
        "schema": 1,
        "digest": uuid4().hex,
        "body": body,
        "clock": {"captured_at": now, "tz": "Asia/Shanghai", "offset_ms": 0, "offset_at": now},
    }
    answer = await reporter.page.request.put(
        f"{reporter.origin}/api/v1/reports/{uuid4()}", data=envelope, headers={"X-Gridward": "1"}
    )
    assert answer.status == 201, await answer.text()
    found: Sent = await answer.json()
    return found


async def stored(reporter: Visitor, content: bytes) -> dict[str, str]:
    """A photo that the server has, as ``photos`` of a report name it."""
    sha256 = hashlib.sha256(content).hexdigest()
    answer = await reporter.page.request.put(
        f"{reporter.origin}/api/v1/photos/{sha256}",
        data=content,
        headers={"X-Gridward": "1", "Content-Type": "image/jpeg"},
    )
    assert answer.ok, await answer.text()
    return {"sha256": sha256, "kind": "before"}


def line(page: Page, filed: Sent) -> Locator:
    return page.locator(f"#line-{filed['ticket_id']}")


@dataclass(slots=True)
class ByKeys:
    """The desk, worked by keys. Each deed ends when the desk has taken it."""

    page: Page

    @property
    def pane(self) -> Locator:
        return self.page.get_by_role("region", name="工单", exact=True)

    def waiting(self, filed: Sent) -> Locator:
        """A step on it that can still be taken back."""
        return self.page.locator(".batches section").filter(has_text=str(filed["short_no"])).filter(has_text="撤销")

    async def press(self, key: str) -> None:
        await self.page.keyboard.press(key)

    async def to_section(self, name: str) -> None:
        tab = self.page.get_by_role("tab", name=name)
        while await tab.get_attribute("aria-selected") != "true":
            before = await self.page.locator("[role=tab][aria-selected=true]").first.inner_text()
            await self.press("]")
            await expect(self.page.locator("[role=tab][aria-selected=true]").first).not_to_have_text(before)

    async def walk_to(self, filed: Sent) -> None:
        """Up or down the list until it is open."""
        await expect(line(self.page, filed)).to_be_visible()
        for _ in range(MOST_STEPS):
            # Looked at in one breath: lines come and go by themselves meanwhile.
            wanted, chosen, before = await self.page.evaluate(WHERE, f"line-{filed['ticket_id']}")
            if wanted == chosen:
                break
            await self.press("j" if chosen < wanted else "k")
            with suppress(AssertionError):
                await expect(self.page.locator("button.line.chosen")).not_to_have_id(before, timeout=STEP_MS)
        await expect(self.pane.get_by_role("heading", name=f"{filed['short_no']}号")).to_be_visible()

    async def tab_to(self, type_: str) -> None:
        """On to the next field of this kind (``submit``, ``textarea``)."""
        for _ in range(MOST_TABS):
            if await self.page.evaluate("document.activeElement?.type") == type_:
                return
            await self.press("Tab")
        raise AssertionError(f"no {type_} is reached by Tab")

    async def merge(self, filed: Sent, into: Sent) -> None:
        await self.walk_to(filed)
        await expect(self.pane.get_by_role("heading", name="可能是同一件")).to_be_visible()
        await self.press("m")
        wanted = self.pane.get_by_role("button", name=f"把这一件并入 {into['short_no']}号")
        await expect(self.pane.locator("[data-step=merge] button:focus")).to_be_visible()
        for _ in range(MOST_TABS):
            if await wanted.evaluate("button => button === document.activeElement"):
                break
            await self.press("Tab")
        await expect(wanted).to_be_focused()
        await self.press("Enter")
        await expect(line(self.page, filed)).to_be_hidden()

    async def reject(self, filed: Sent) -> None:
        """With a reason from the list, which is the sentence that the reporter reads."""
        await self.walk_to(filed)
        await self.press("r")
        await expect(self.pane.locator("form select").first).to_be_focused()
        await self.press("ArrowDown")
        await expect(self.pane.locator("form textarea").first).not_to_have_value("")
        await self.tab_to("submit")
        await self.press("Enter")
        await expect(line(self.page, filed)).to_be_hidden()

    async def send_out(self, filed: Sent) -> None:
        await self.walk_to(filed)
        await self.press("g")
        await expect(self.waiting(filed)).to_have_count(1)

    async def accept(self, filed: Sent) -> None:
        await self.walk_to(filed)
        await self.press("a")
        await expect(self.waiting(filed)).to_have_count(1)

    async def take_back(self, filed: Sent) -> None:
        """The last one, before it is sent."""
        await self.press("z")
        await expect(self.waiting(filed)).to_have_count(0)

    async def note(self, filed: Sent, words: str) -> None:
        await self.walk_to(filed)
        await self.press("n")
        await expect(self.pane.locator("form :focus")).to_be_visible()
        await self.tab_to("textarea")
        await self.page.keyboard.type(words)
        await self.tab_to("submit")
        await self.press("Enter")
        await expect(self.pane.locator("form")).to_be_hidden()

    async def send_out_together(self, filed: Sequence[Sent]) -> None:
        """Marked, looked at in the preview, sent."""
        for one in filed:
            await self.walk_to(one)
            await self.press("x")
        await self.do_to_marked("g", len(filed))
        await expect(self.waiting(filed[0])).to_have_count(1)

    async def do_to_marked(self, step: str, many: int, words: str = "") -> None:
        """Looked at in the preview, given the words that it asks for, sent."""
        await self.press(step)
        sheet = self.page.get_by_role("dialog")
        await expect(sheet).to_contain_text(f"会办理 {many} 件")
        if words:
            await self.tab_to("textarea")
            await self.page.keyboard.type(words)
        main = sheet.locator("button.main")
        for _ in range(MOST_TABS):
            if await main.evaluate("button => button === document.activeElement"):
                break
            await self.press("Tab")
        await expect(main).to_be_focused()
        await self.press("Enter")
        await expect(sheet).to_be_hidden()

    async def report_for_somebody(self, words: str) -> None:
        """Typed as it was said on the telephone; Enter files what is proposed."""
        await self.press("i")
        form = self.page.get_by_role("form", name="代上报")
        await expect(form.get_by_role("textbox").first).to_be_focused()
        await self.page.keyboard.type(words)
        await self.press("Enter")
        filed = form.get_by_role("status").filter(has_text=FILED)
        unnamed = form.locator("#intake-kind:focus")
        await expect(filed.or_(unnamed)).to_be_visible()
        if await unnamed.count():
            # What kind it is was not to be read from the words: the first that fits is chosen.
            await self.press("ArrowDown")
            await self.tab_to("submit")
            await self.press("Enter")
            await expect(filed).to_be_visible()
        await self.press("Escape")
        await expect(form).to_be_hidden()
