"""The supervisor's numbers: a figure opens its tickets, a ticket its picture of time, and all of it goes out as a file."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from playwright.async_api import Browser, expect

from browser.stage.people import visiting
from browser.stage.server import Installation, Server


async def test_from_a_figure_to_its_tickets_to_the_picture_of_a_clock(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, accept_downloads=True) as desk:
        await desk.sign_in(installation.account("supervisor"))
        await desk.press("数字")
        await desk.page.get_by_label("期间", exact=True).select_option(label="近30天")
        tile = desk.page.locator("[data-index=resolved_in_time]")
        # Everything that is in `clock`, and none of it is an unverified, exempt or undecided one: counted without the program.
        due, in_time = installation.ask(
            "SELECT count(*), count(*) FILTER (WHERE stopped_at <= due_at AND is_final) FROM clock "
            "WHERE kind = 'resolve' AND state <> 'void' AND binding IS NOT NULL AND NOT exempt AND due_at <= now() "
            "AND NOT (state = 'stopped' AND NOT is_final AND stopped_at <= due_at) "
            "AND due_at > now() - interval '29 days'"
        ).split("|")
        await expect(tile.get_by_role("button", name=f"{due} 件：分母")).to_be_visible()
        await tile.get_by_role("button", name=f"{in_time} 件：分子").click()
        listed = desk.page.get_by_role("region", name="清单")
        await expect(listed.get_by_role("heading")).to_contain_text(f"n = {in_time}")
        await expect(listed.locator("tbody tr")).to_have_count(min(100, int(in_time)))
        async with desk.page.expect_download() as started:
            await listed.get_by_role("link", name="csv").click()
        file = Path(await (await started.value).path())
        rows = list(csv.DictReader(file.read_text("utf-8-sig").splitlines()))
        assert len(rows) == int(in_time)

        await desk.page.get_by_role("tab", name="趋势与用时").click()
        await expect(desk.page.get_by_role("img", name="按期结案率的走势")).to_be_visible()
        await desk.page.get_by_role("tab", name="网格分布").click()
        await desk.page.get_by_role("button", name=re.compile("：[1-9][0-9]* 件")).first.click()
        await expect(listed.locator("tbody tr").first).to_be_visible()

        await desk.page.get_by_role("tab", name="假如").click()
        await desk.press("重算")
        await desk.reads(re.compile("重算了 [1-9][0-9]* 件，0 件改变结果"))

        await desk.open("/desk/figures?set=resolve.in_time")
        await listed.get_by_role("link", name=re.compile("^2026|^20")).first.click()
        pane = desk.page.get_by_role("region", name="工单", exact=True)
        await expect(pane.get_by_role("img", name=re.compile("计时图"))).not_to_have_count(0)
        await expect(pane.get_by_text("没有差异")).to_be_visible()
