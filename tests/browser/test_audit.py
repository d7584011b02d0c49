"""The supervisor reads how time was counted, and whose it was."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Browser, Locator, expect

from browser.stage.by_keys import sent, stored
from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import volunteering
from browser.stage.server import Installation, Server
from browser.stage.steps import takes
from picture_files import photo

SPAN = re.compile(r"(?:(\d+) 小时)? ?(?:(\d+) 分)?")


def minutes(words: str) -> int:
    """``4 小时 16 分`` → 256; what is not counted → 0."""
    found = SPAN.fullmatch(words.strip())
    return int(found[1] or 0) * 60 + int(found[2] or 0) if found else 0


async def cells(table: Locator, row: str) -> list[str]:
    return [words.strip() for words in await table.locator(f"{row} td.number:not(.soft)").all_inner_texts()]


async def test_the_lines_of_a_late_clock_add_up_and_so_does_whose_time_it_was(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    late = installation.ask(
        "SELECT ticket_id FROM ticket WHERE status = 'closed' AND breached_at IS NOT NULL "
        "ORDER BY received_at DESC LIMIT 1"
    )
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("supervisor"))
        await desk.press("工单与时限")
        await desk.page.get_by_label("状态").select_option(label="已结案")
        line = desk.page.locator(f"[id='line-{late}']")
        await line.click()
        pane = desk.page.get_by_role("region", name="工单", exact=True)
        await expect(pane.get_by_role("tab", name="计时明细")).to_have_attribute("aria-selected", "true")

        clock = pane.locator("details[open]")
        await expect(clock.locator("summary")).to_contain_text("超时")
        await expect(clock).to_contain_text("依据")
        lines, sums = await cells(clock, "tbody tr"), await cells(clock, "tfoot tr")
        counted, limit = map(minutes, sums[:2])
        assert lines
        assert sum(map(minutes, lines)) == counted
        if sums[2] == "不到 1 分":
            assert counted == limit
        else:
            assert counted - limit == minutes(sums[2]) > 0
        await expect(clock.locator("tbody tr.over")).not_to_have_count(0)

        whose = pane.get_by_role("region", name="时间花在谁手上")
        parts, (whole,) = await cells(whose, "tbody tr"), await cells(whose, "tfoot tr")
        assert len(parts) == 5
        assert sum(map(minutes, parts)) == minutes(whole) > 0


async def test_work_that_was_sent_a_day_late_is_accepted_where_it_stands_in_the_ledger(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    unit_id, kind = installation.ask("SELECT unit_id, kind FROM unit WHERE name = '环卫一队'").split("|")
    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True, webgl=False) as desk,
    ):
        picture = await stored(reporter, photo())
        filed = await sent(reporter, places, "fire_lane", note="消防通道堵了", photos=[picture])
        ticket_id = filed["ticket_id"]
        await desk.sign_in(installation.account("dispatcher"))
        await takes(desk, ticket_id, "assign", unit_id=unit_id, unit_kind=kind, reason="离得最近")
    # An urgent limit counts day and night, so a day is more than late sending earns, whatever day it is.
    tomorrow = Server(installation, days_later=1, worker=False)
    tomorrow.start()
    try:
        async with visiting(chromium, tomorrow.origin) as lead:
            await lead.sign_in(installation.account("unit_lead", of="环卫一队"))
            done = datetime.now(UTC)
            await takes(lead, ticket_id, "acknowledge", done=done, sent=done + timedelta(days=1))

        async with visiting(chromium, tomorrow.origin, desk=True, webgl=False) as desk:
            await desk.sign_in(installation.account("supervisor"))
            await desk.open(f"/desk/audit?ticket={ticket_id}")
            pane = desk.page.get_by_role("region", name="工单", exact=True)
            clock = pane.locator("details").filter(has=desk.page.locator("summary", has_text="签收")).last
            await clock.locator("summary").click()
            await expect(clock).to_contain_text("补传最多让的时间已用完")
            await clock.get_by_role("button", name="认可补传…").click()
            await clock.get_by_label("原因").fill("地下车库没有信号，有监控为证")
            await clock.get_by_role("button", name="认可补传", exact=True).click()
            await expect(clock).to_contain_text(re.compile("考核员 .* 认可。"))
            await expect(clock.get_by_role("button", name="认可补传…")).to_have_count(0)
            await expect(clock.locator("summary")).not_to_contain_text("超时")
    finally:
        tomorrow.stop()
