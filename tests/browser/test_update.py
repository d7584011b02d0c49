"""A new build comes while the outbox is full: it is offered, the person takes it, and everything is still there."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from browser.stage.front import front_of
from browser.stage.places import Places
from browser.stage.server import PAGES, Installation, Server
from browser.stage.told import arrived
from browser.stage.underground import ALL_DELIVERED, equipped, saves, waits, writes

FRONTEND = PAGES.parents[1]
LATER = "later"
NOTES = ["旧版本第一件", "旧版本第二件"]


@pytest.fixture(scope="session")
def later_pages(run_folder: Path) -> Path:
    """The same sources built again under another name."""
    folder = run_folder / "later-pages"
    made = subprocess.run(
        ["npx", "vite", "build", "--outDir", str(folder), "--emptyOutDir", "--logLevel", "error"],
        cwd=FRONTEND,
        env={**os.environ, "GRIDWARD_BUILD": LATER},
        capture_output=True,
        text=True,
    )
    assert made.returncode == 0, made.stderr
    return folder


async def test_an_update_waits_for_what_is_being_written_and_keeps_the_outbox(
    chromium: Browser, server: Server, installation: Installation, places: Places, later_pages: Path
) -> None:
    async with (
        front_of(server) as front,
        equipped(chromium, front, installation, places.quiet()) as phone,
    ):
        await front.cut()
        for kind, note in zip(("乱堆放", "路灯"), NOTES, strict=True):
            await saves(phone, kind, note)
        front.pages, front.behind = later_pages, False
        await front.open()
        await phone.page.reload()
        await phone.reads("有新版本")
        await waits(phone, 2)
        await writes(phone, "垃圾满了", "更新的时候正写着")
        await phone.press("更新")
        await phone.reads("有新版本。请先写完、发出或存下，再更新")
        await phone.press("发出")
        await phone.reads("已存在这台手机，还没发出")
        async with phone.page.expect_navigation():
            await phone.press("更新")
        await waits(phone, 3)
        await phone.open("/more")
        await phone.reads(f"版本 {LATER}")

        front.behind = True
        await phone.open("/report")
        await phone.reads(ALL_DELIVERED)
        assert sorted(report.note for report in arrived(installation, "旧版本%")) == sorted(NOTES)
        assert len(arrived(installation, "更新的时候%")) == 1


async def test_what_nobody_has_written_keeps_no_update_away(
    chromium: Browser, server: Server, installation: Installation, places: Places, later_pages: Path
) -> None:
    async with (
        front_of(server) as front,
        equipped(chromium, front, installation, places.quiet()) as phone,
    ):
        front.pages = later_pages
        await phone.page.reload()
        await phone.reads("有新版本")
        await phone.open("/messages/settings")
        await expect(phone.page.get_by_role("switch").first).to_be_visible()
        async with phone.page.expect_navigation():
            await phone.press("更新")
        await phone.open("/more")
        await phone.reads(f"版本 {LATER}")
