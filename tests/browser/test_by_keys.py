"""A dispatcher triages what came in with the keyboard alone."""

from __future__ import annotations

from typing import Any

from playwright.async_api import Browser, Page, expect

from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import volunteering
from browser.stage.server import Installation, Server
from browser.test_desk_live import line, sent

LINES = "[...document.querySelectorAll('button.line')].map(({ id }) => id)"
CHOSEN = f"{LINES}.indexOf(document.querySelector('button.line.chosen')?.id)"


async def walk_to(page: Page, filed: dict[str, Any]) -> None:
    """Up or down the list until it is open."""
    await expect(line(page, filed)).to_be_visible()
    for _ in range(80):
        wanted = await page.evaluate(f"{LINES}.indexOf('line-{filed['ticket_id']}')")
        chosen = await page.evaluate(CHOSEN)
        if wanted == chosen:
            break
        await page.keyboard.press("j" if chosen < wanted else "k")
        await page.wait_for_function(f"{CHOSEN} !== {chosen}")
    pane = page.get_by_role("region", name="工单", exact=True)
    await expect(pane.get_by_role("heading", name=f"{filed['short_no']}号")).to_be_visible()


async def tab_to_the_end_of_the_form(page: Page) -> None:
    for _ in range(8):
        if await page.evaluate("document.activeElement?.type") == "submit":
            return
        await page.keyboard.press("Tab")
    raise AssertionError("the form's button is not reached by Tab")


async def test_a_handful_of_mixed_reports_without_a_mouse(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True) as desk,
    ):
        lon, lat = places.quiet()
        bin_there = {"location": {"lon": lon, "lat": lat, "accuracy_m": 6, "age_s": 1, "source": "gps"}}
        gone = await sent(reporter, places, "other", place_note="说不清")
        full = await sent(reporter, places, "litter_full", place_note="桶满", note="东门的垃圾桶满了", **bin_there)
        again = await sent(reporter, places, "litter_full", place_note="桶又满", note="东门垃圾桶满了", **bin_there)
        dumped = await sent(reporter, places, "dumping", place_note="沙发")

        await desk.sign_in(installation.account("dispatcher"))
        page = desk.page
        await expect(page.get_by_role("tab", name="待办")).to_be_visible()
        await page.keyboard.press("]")
        await expect(page.get_by_role("tab", name="待立案")).to_have_attribute("aria-selected", "true")
        pane = page.get_by_role("region", name="工单", exact=True)

        # The same bin twice: merged into its twin.
        await walk_to(page, again)
        await expect(pane.get_by_role("heading", name="可能是同一件")).to_be_visible()
        await page.keyboard.press("m")
        await expect(pane.get_by_role("button", name=f"把这一件并入 {full['short_no']}号")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(line(page, again)).to_be_hidden()

        # Nothing to be done there: a reason from the list, which is the sentence that the reporter reads.
        await walk_to(page, gone)
        await page.keyboard.press("r")
        await expect(pane.locator("form select").first).to_be_focused()
        await page.keyboard.press("ArrowDown")
        await expect(pane.locator("form textarea").first).not_to_have_value("")
        await tab_to_the_end_of_the_form(page)
        await page.keyboard.press("Enter")
        await expect(line(page, gone)).to_be_hidden()

        # Sent out; another too, and taken back in time.
        await walk_to(page, full)
        await page.keyboard.press("g")
        await expect(page.locator(".batches section")).to_have_count(1)
        await walk_to(page, dumped)
        await page.keyboard.press("a")
        await expect(page.locator(".batches section")).to_have_count(2)
        await page.keyboard.press("z")
        await expect(page.locator(".batches section")).to_have_count(1)
        await expect(line(page, full)).to_be_hidden()

        found = installation.ask(
            f"SELECT place_note, status FROM ticket WHERE ticket_id IN "
            f"({', '.join(repr(one['ticket_id']) for one in (gone, full, again, dumped))})"
        )
        assert dict(row.split("|") for row in found.splitlines()) == {
            "说不清": "rejected",
            "桶满": "assigned",
            "桶又满": "merged",
            "沙发": "received",
        }
