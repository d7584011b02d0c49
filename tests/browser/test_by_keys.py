"""A dispatcher triages what came in with the keyboard alone. ``make drill-hour`` does so for an hour's reports."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, Route, expect

from browser.stage.by_keys import ByKeys, line, sent
from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import volunteering
from browser.stage.server import Installation, Server


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
        await expect(desk.page.get_by_role("tab", name="待办")).to_be_visible()
        keys = ByKeys(desk.page)
        await keys.to_section("待立案")
        # The same bin twice; nothing to be done there; one sent out, another too and taken back in time.
        await keys.merge(again, full)
        await keys.reject(gone)
        await keys.send_out(full)
        await keys.accept(dumped)
        await keys.take_back(dumped)
        await expect(line(desk.page, full)).to_be_hidden()

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


async def test_a_form_that_a_key_opened_on_one_ticket_never_stands_on_another(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True) as desk,
    ):
        first = await sent(reporter, places, "other", place_note="说不清")
        second = await sent(reporter, places, "other", place_note="也说不清")
        await desk.sign_in(installation.account("dispatcher"))
        await expect(desk.page.get_by_role("tab", name="待办")).to_be_visible()
        keys = ByKeys(desk.page)
        await keys.to_section("待立案")
        await keys.reject(first)
        # Somebody rings: the pane makes room and comes back.
        await keys.press("i")
        await expect(desk.page.get_by_role("form", name="代上报")).to_be_visible()
        await keys.press("Escape")
        await keys.walk_to(second)
        await expect(keys.pane.get_by_role("button", name="不予立案")).to_be_visible()
        await expect(keys.pane.locator("form")).to_have_count(0)


COMPOSING = """(field, key) => {
    field.dispatchEvent(new KeyboardEvent('keydown', { key, code: key, isComposing: true, bubbles: true }))
}"""
FULL_WIDTH = """() => {
    const sign = { key: '？', code: 'Slash', shiftKey: true, bubbles: true, cancelable: true }
    document.body.dispatchEvent(new KeyboardEvent('keydown', sign))
}"""
"""A question mark as an input method writes it."""


async def test_a_key_never_moves_what_a_unit_has_nor_a_step_twice_and_says_when_it_cannot(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True, webgl=False) as desk,
    ):
        # What a unit is working on.
        given = {"ticket_id": installation.ask("SELECT ticket_id FROM ticket WHERE status = 'in_progress' LIMIT 1")}
        given["short_no"] = installation.ask(f"SELECT short_no FROM ticket WHERE ticket_id = '{given['ticket_id']}'")
        first = await sent(reporter, places, "dumping", place_note="沙发")
        second = await sent(reporter, places, "dumping", place_note="床垫")
        await desk.sign_in(installation.account("dispatcher"))
        page, keys = desk.page, ByKeys(desk.page)
        await page.get_by_role("tab", name="在办").click()
        await line(page, given).click()
        await expect(keys.pane).to_contain_text("处置中")
        await keys.press("r")
        await expect(page.get_by_role("status").filter(has_text="这件现在不能“不予立案”")).to_be_visible()
        await keys.press("g")
        form = keys.pane.locator("form")
        words = form.locator("textarea").first
        await words.fill("离得近")
        # An input method gives up its own letters by Escape: the form and what is written stay.
        await words.evaluate(COMPOSING, "Escape")
        await expect(words).to_have_value("离得近")
        await keys.press("Escape")
        await expect(form).to_have_count(0)
        await expect(keys.waiting(given)).to_have_count(0)
        await page.evaluate(FULL_WIDTH)
        await expect(page.get_by_role("dialog")).to_contain_text("下一件，上一件")
        await keys.press("Escape")

        await page.get_by_role("tab", name="待立案").click()
        await line(page, first).click()
        await expect(keys.pane.get_by_role("heading", name=f"{first['short_no']}号")).to_be_visible()
        let_go = asyncio.Event()

        async def answer_late(route: Route) -> None:
            await let_go.wait()
            await route.continue_()

        await page.route("**/api/v1/tickets/plan", answer_late)
        await keys.press("a")
        await keys.press("a")
        await expect(page.get_by_role("status").filter(has_text="上一步还在办")).to_be_visible()
        let_go.set()
        await expect(keys.waiting(first)).to_have_count(1)
        # A key that is held does it to one ticket, not to the next as well.
        await line(page, second).click()
        await expect(keys.pane.get_by_role("heading", name=f"{second['short_no']}号")).to_be_visible()
        await page.keyboard.down("n")
        await expect(form).to_be_visible()
        await form.locator("select").first.focus()
        await keys.press("Escape")
        await expect(form).to_have_count(0)
        await page.keyboard.down("n")
        await page.keyboard.up("n")
        await page.evaluate(FULL_WIDTH)
        await expect(page.get_by_role("dialog")).to_be_visible()
        await expect(form).to_have_count(0)
