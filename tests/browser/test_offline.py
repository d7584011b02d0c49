"""The server is away while a report is sent: the phone says what it keeps, and later it arrives exactly once."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, expect

from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import RECEIVED, shot_and_named
from browser.stage.server import Installation, Server

NOTE = "停电的时候也能报"


@pytest.fixture
def fragile(installation: Installation) -> Iterator[Server]:
    """A server of this journey's own, on the same database, that may go away."""
    server = Server(installation, worker=False)
    server.start()
    yield server
    server.stop()


async def test_what_was_saved_without_a_server_is_delivered_once_when_it_is_back(
    chromium: Browser, fragile: Server, installation: Installation, places: Places
) -> None:
    async with visiting(chromium, fragile.origin, at=places.quiet(), service_workers="allow") as phone:
        await phone.sign_in(installation.account("volunteer"))
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await shot_and_named(phone, "乱堆放")
        await phone.page.get_by_label("补一句").fill(NOTE)
        fragile.stop()
        await phone.press("发出")
        await phone.reads("已存在这台手机，还没发出")
        await expect(phone.page.get_by_text(RECEIVED)).to_be_hidden()

        await phone.page.reload()
        await phone.reads(re.compile("1 条还没发出"))
        await phone.open("/unsent")
        await phone.reads("乱堆放")

        fragile.start()
        # Opening the page is enough: it sends by itself.
        await phone.open("/report")
        await phone.reads("都已送到社区")
        await phone.open("/mine")
        await expect(phone.page.get_by_role("listitem").filter(has_text="乱堆放").first).to_be_visible()
    reports = f"SELECT count(*) FROM report JOIN ticket_text USING (ticket_id) WHERE body = '{NOTE}'"
    assert installation.ask(reports) == "1"
