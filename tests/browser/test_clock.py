"""A phone whose clock is ten years off: neither what is due nor what it is told changes."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, expect

from browser.stage.front import front_of
from browser.stage.places import Places
from browser.stage.server import Installation, Server
from browser.stage.underground import equipped, writes


@pytest.mark.parametrize("years", [-10, 10])
async def test_a_clock_ten_years_off_changes_nothing_that_is_due_and_nothing_that_is_heard(
    chromium: Browser, server: Server, installation: Installation, places: Places, years: int
) -> None:
    note = f"钟差了{years}年"
    async with (
        front_of(server) as front,
        equipped(chromium, front, installation, places.quiet()) as phone,
    ):
        await phone.page.clock.set_system_time(datetime.now(UTC) + timedelta(days=365.25 * years))
        await phone.open("/report")
        await writes(phone, "乱堆放", note)
        await phone.press("发出")
        await phone.reads(re.compile("^社区已收到"))
        received, captured = installation.ask(
            "SELECT abs(extract(epoch FROM now() - report.received_at)) < 300,"
            " abs(extract(epoch FROM report.received_at - report.captured_at)) < 300"
            f" FROM report JOIN ticket_text USING (report_id) WHERE body = '{note}'"
        ).split("|")
        assert (received, captured) == ("t", "t")
        due = installation.ask(
            "SELECT due_at BETWEEN now() AND now() + interval '60 days'"
            f" FROM ticket JOIN ticket_text USING (ticket_id) WHERE body = '{note}'"
        )
        assert due == "t"
        # The feed is followed by the server's cursor: what the desk does is heard all the same.
        await phone.press("看我的上报")
        mine = phone.page.get_by_role("listitem").filter(has_text="乱堆放").first
        await expect(mine).to_contain_text(re.compile("社区已收到|已派给"))
