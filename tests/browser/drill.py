"""L3: the real app in a real Chromium that is killed by its pid, against the real server.

    python -m browser.drill --seed 7 --size full        (with tests/ on the path; it builds the pages where there are none)

Kills fall while a report is saved (nobody can be reached), while it is sent (over a slow way), and while a file chooser or
the camera stands open, on a walk, and while a visit is saved. After each the phone is started again and looked at: what the screen had called saved is there with
sound photos, every photo that the screen had shown is in the outbox or in the draft, and the app opens in that draft. In the
end all of it is at the server once, with its photos. Ends with 1 when something did not hold, with 2 when it could not run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from PIL import Image
from playwright.async_api import Error, FilePayload, async_playwright, expect

from browser.drill_field import FieldDrill, prepare
from browser.stage.front import Front, front_of
from browser.stage.handset import RECEIVED, SAVED, Handset
from browser.stage.people import PATIENCE_MS, Visitor
from browser.stage.places import Places
from browser.stage.server import PAGES, Installation, Server
from conftest import TEMPLATE, make_template, test_cluster
from picture_files import encoded

WAYS = ("saving", "sending", "choosing", "walking", "visiting")
SIZES = {
    "tiny": (2, 2, 2, 1, 2),
    "short": (4, 4, 4, 2, 4),
    "planted": (10, 10, 4, 2, 4),
    "full": (60, 40, 40, 20, 20),
}
"""How many kills while a report is saved, while it is sent, behind a file chooser or the camera, on a walk, at a door."""

SHOWN = re.compile("^第 [0-9]+ 张照片$")
GALLERY = 'input[type="file"][multiple]'
ALL_OF_IT_MS = 240_000
RESUMED = "接着上次没发出的写"
REPORTS = (
    "SELECT report_id, (SELECT coalesce(string_agg(sha256, ',' ORDER BY place), '') FROM photo_use"
    " WHERE photo_use.report_id = report.report_id) FROM report JOIN person ON person_id = reporter_id"
    " WHERE name = '{name}' AND report.received_at > to_timestamp({since})"
)


class Violation(AssertionError):
    """Something did not hold."""


def picture() -> FilePayload:
    """Never the same twice, as the test camera's first pictures are."""
    content = encoded(Image.effect_noise((1200, 900), 60).convert("RGB"))
    return FilePayload(name="picture.jpg", mimeType="image/jpeg", buffer=content)


def must(holds: bool, words: str) -> None:
    if not holds:
        raise Violation(words)


@dataclass(slots=True)
class Drill:
    """One phone and what was seen of it."""

    handset: Handset
    installation: Installation
    front: Front
    dice: random.Random
    since: float
    field: FieldDrill
    shown: set[str] = field(default_factory=set)
    """Photos that were on the screen before a kill."""
    count: Counter[str] = field(default_factory=Counter)

    async def sign_in(self) -> None:
        """Signed in, the pages on the phone, the browser closed in peace: a cookie that is a second old may be lost."""
        phone = await self.handset.start()
        await phone.sign_in(self.installation.account("volunteer"))
        await phone.page.evaluate("navigator.serviceWorker.ready.then(() => undefined)")
        await phone.page.reload()
        await expect(phone.page.locator("video.live")).to_be_visible()
        await self.field.learn(phone)
        await self.handset.stop()

    async def open(self) -> Visitor:
        """The app is opened after whatever happened, and what it holds is looked at."""
        phone = await self.handset.start()
        await phone.open("/")
        await expect(phone.page).to_have_url(re.compile("/report"))
        await expect(phone.page.locator("video.live").or_(phone.page.get_by_text(RESUMED)).first).to_be_visible()
        held = await self.handset.holds()
        for report_id, claims in self.handset.said.items():
            state = held.states.get(report_id)
            must(state is not None, f"{report_id} was called saved and is not on the phone")
            must(RECEIVED not in claims or state == "delivered", f"{report_id} was called received and is {state}")
            if state != "delivered":
                must(held.sound.issuperset(held.photos[report_id]), f"photos of {report_id} are gone or damaged")
        there = {*held.drafted, *(sha256 for of_one in held.photos.values() for sha256 in of_one)}
        lost = self.shown - there
        must(not lost, f"photos that the screen had shown are neither in the outbox nor in the draft: {lost}")
        must(held.sound.issuperset(held.drafted), "a photo of the draft is gone or damaged")
        must(not held.drafted or await phone.page.get_by_text(RESUMED).is_visible(), "it did not open in the draft")
        return phone

    async def to_the_last_look(self, phone: Visitor) -> None:
        """A report up to 发出; one that was left is taken on."""
        if not await phone.page.get_by_text(RESUMED).is_visible():
            await phone.page.locator(GALLERY).set_input_files([picture()])
        await expect(phone.page.get_by_role("heading", name=re.compile("是什么问题|看一眼"))).to_be_visible()
        if await phone.page.get_by_role("heading", name="是什么问题？").is_visible():
            await phone.press("其他")
        await phone.reads("看一眼，就发出")
        await self.look(phone)

    async def look(self, phone: Visitor) -> None:
        """What the screen shows now must never be gone."""
        await expect(phone.page.get_by_role("img", name=SHOWN).first).to_be_visible()
        await expect(phone.page.get_by_text("正在存下")).to_have_count(0)
        # A photo is on the screen a moment before its draft names it.
        shown, held = await self._drafted(phone)
        for _ in range(40):
            if shown == len(held):
                break
            await asyncio.sleep(0.05)
            shown, held = await self._drafted(phone)
        must(shown == len(held), "the screen shows a photo that is not kept")
        self.shown.update(held)

    async def _drafted(self, phone: Visitor) -> tuple[int, tuple[str, ...]]:
        return await phone.page.get_by_role("img", name=SHOWN).count(), (await self.handset.holds()).drafted

    async def press_and_kill(self, phone: Visitor, within_s: float) -> None:
        pressing = asyncio.create_task(phone.press("发出"))
        await asyncio.sleep(self.dice.uniform(0, within_s))
        await self.handset.kill()
        await asyncio.gather(pressing, return_exceptions=True)

    async def while_saving(self) -> None:
        await self.front.cut()
        phone = await self.open()
        await self.to_the_last_look(phone)
        await self.press_and_kill(phone, 0.25)

    async def while_sending(self) -> None:
        await self.front.open()
        self.front.slow_s = self.dice.uniform(0.02, 0.4)
        phone = await self.open()
        await self.to_the_last_look(phone)
        await self.press_and_kill(phone, 1.6)
        await self.front.cut()

    async def behind_a_chooser(self) -> None:
        await self.front.cut()
        phone = await self.open()
        await self.to_the_last_look(phone)
        await phone.press("再拍一张")
        button = "手机相机" if self.dice.random() < 0.5 else "相册"
        async with phone.page.expect_file_chooser() as opened:
            await phone.press(button)
        if self.dice.random() < 0.5:
            choosing = asyncio.create_task((await opened.value).set_files([picture()]))
            await asyncio.sleep(self.dice.uniform(0, 0.3))
            await self.handset.kill()
            await asyncio.gather(choosing, return_exceptions=True)
        else:
            await self.handset.kill()
        phone = await self.open()
        await self.to_the_last_look(phone)
        await phone.press("发出")
        await phone.reads(re.compile(SAVED))
        await self.handset.stop()

    async def while_walking(self) -> None:
        await self.front.cut()
        await self.field.while_walking(await self.open())

    async def while_visiting(self) -> None:
        await self.front.cut()
        await self.field.while_visiting(await self.open())

    async def run(self, kills: dict[str, int]) -> None:
        ways: dict[str, Callable[[], Awaitable[None]]] = {
            "saving": self.while_saving,
            "sending": self.while_sending,
            "choosing": self.behind_a_chooser,
            "walking": self.while_walking,
            "visiting": self.while_visiting,
        }
        await self.sign_in()
        order = [way for way, times in kills.items() for _ in range(times)]
        self.dice.shuffle(order)
        await self.front.cut()
        for way in order:
            await ways[way]()
            self.count[way] += 1
        await self.settle()

    async def settle(self) -> None:
        """In coverage: everything arrives by itself, once, with its photos."""
        await self.front.open()
        self.front.slow_s = 0
        phone = await self.open()
        await expect(phone.page.get_by_text("都已送到社区").first).to_be_visible(timeout=ALL_OF_IT_MS)
        held = await self.handset.holds()
        await self.handset.stop()
        waiting = [one for one, state in held.states.items() if state != "delivered"]
        must(not waiting, f"still on the phone: {waiting}")
        name = self.installation.account("volunteer").person
        rows = self.installation.ask(REPORTS.format(name=name, since=self.since)).splitlines()
        arrived = {one: tuple(filter(None, photos.split(","))) for one, photos in (row.split("|") for row in rows)}
        must(len(arrived) == len(rows), "a report is there twice")
        must(arrived.keys() == held.states.keys(), f"not the same: {arrived.keys() ^ held.states.keys()}")
        for one, photos in arrived.items():
            must(sorted(photos) == sorted(held.photos[one]), f"{one} has other photos than it was sent with")
        twice = [sha256 for sha256, times in Counter(sum(arrived.values(), ())).items() if times > 1]
        must(not twice, f"one draft was sent as two reports: {twice}")
        self.count += self.field.accounts(name)
        self.count["said saved"] = len(self.handset.said)
        self.count["arrived"] = len(arrived)
        self.count["photos"] = sum(map(len, arrived.values()))


async def drill(installation: Installation, server: Server, folder: Path, seed: int, size: str) -> Counter[str]:
    """Runs on a server that answers; returns what was counted, or raises ``Violation``."""
    expect.set_options(timeout=PATIENCE_MS)
    dice = random.Random(seed)
    kills = dict(zip(WAYS, SIZES[size], strict=True))
    prepare(installation, installation.account("volunteer").person)
    async with async_playwright() as playwright, front_of(server) as front:
        handset = Handset(playwright, folder, front, Places(installation).anywhere(), dice)
        field_ = FieldDrill(handset, installation, dice)
        one = Drill(handset, installation, front, dice, time.time(), field_)
        try:
            await one.run(kills)
        finally:
            await handset.over()
        return one.count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seed", type=int, default=random.randrange(2**31))
    parser.add_argument("--size", choices=SIZES, default="full")
    chosen = parser.parse_args()
    print(f"browser drill: seed {chosen.seed}, kills {SIZES[chosen.size]}", flush=True)
    if not PAGES.exists():
        subprocess.run(["npx", "vite", "build", "--logLevel", "error"], cwd=PAGES.parents[1], check=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gridward-browser-drill-") as made:
        folder = Path(made)
        os.chmod(folder, 0o711)
        cluster = test_cluster(folder)
        cluster.start()
        try:
            make_template(cluster)
            installation = Installation(cluster, "drill", folder / "installation")
            cluster.create_database(installation.database, template=TEMPLATE)
            installation.make_demo(1)
            server = Server(installation)
            server.start()
            try:
                counted = asyncio.run(drill(installation, server, folder / "profile", chosen.seed, chosen.size))
            finally:
                server.stop()
        except (Violation, AssertionError, Error) as violation:
            print(f"browser drill: VIOLATED: {violation}")
            return 1
        finally:
            cluster.stop()
    figures = ", ".join(f"{name} {n}" for name, n in counted.items())
    print(f"browser drill: held; {figures}; lost 0, doubled 0; {time.monotonic() - began:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
