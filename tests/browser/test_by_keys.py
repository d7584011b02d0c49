"""A dispatcher triages what came in with the keyboard alone. ``make drill-hour`` does so for an hour's reports."""

from __future__ import annotations

from playwright.async_api import Browser, expect

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
