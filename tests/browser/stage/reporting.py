"""A report from its photo to its number, as a volunteer makes it; most journeys begin with one."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from playwright.async_api import Browser, FilePayload, Locator, expect

from browser.stage.people import Position, Visitor, visiting
from browser.stage.server import Installation, Server

GALLERY = 'input[type="file"][multiple]'
RECEIVED = re.compile(r"^社区已收到 · (\d{3})号$")


def file(content: bytes, name: str = "picture.jpg", kind: str = "image/jpeg") -> FilePayload:
    return FilePayload(name=name, mimeType=kind, buffer=content)


@dataclass(frozen=True, slots=True)
class Filed:
    """What the volunteer knows of a report: its kind, its number of the day, the words for its place."""

    kind: str
    number: str
    place: str
    at: Position

    def among(self, lines: Locator) -> Locator:
        """The one line of a list that is about it."""
        return lines.filter(has_text=self.number).filter(has_text=self.kind).filter(has_text=self.place)


async def shot_and_named(visitor: Visitor, kind: str, answer: str | None = None) -> None:
    """Up to the last look before sending."""
    await visitor.shoot()
    await visitor.press(kind)
    if answer is not None:
        await visitor.press(answer, inside="dialog")
    await visitor.reads("看一眼，就发出")


async def chosen_and_named(visitor: Visitor, kind: str, *pictures: bytes) -> None:
    """Up to the last look before sending, with pictures from the gallery."""
    await visitor.page.locator(GALLERY).set_input_files([file(picture) for picture in pictures])
    await visitor.press(kind)
    await visitor.reads("看一眼，就发出")


async def report(visitor: Visitor, at: Position, kind: str, answer: str | None = None) -> Filed:
    """By somebody who is signed in and on the first page."""
    await shot_and_named(visitor, kind, answer)
    return await send(visitor, at, kind)


async def send(visitor: Visitor, at: Position, kind: str) -> Filed:
    """From the last look to the number."""
    words = visitor.page.locator(".where strong")
    await expect(words).not_to_have_text(re.compile("还不知道|正在找|没有登记"))
    # The words as they went out: the server's may have come a moment ago in the place of the phone's.
    async with visitor.page.expect_request(re.compile("/api/v1/reports/")) as sent:
        await visitor.press("发出")
    place = (await sent.value).post_data_json["body"]["place_note"]
    heading = visitor.page.get_by_role("heading", name=RECEIVED)
    await expect(heading).to_be_visible()
    found = RECEIVED.match(await heading.inner_text())
    assert found is not None
    return Filed(kind, found[1], place, at)


@asynccontextmanager
async def volunteering(
    browser: Browser, server: Server, installation: Installation, at: Position, *, accuracy_m: float = 8
) -> AsyncIterator[Visitor]:
    """A volunteer with a phone, signed in, standing at a place."""
    async with visiting(browser, server.origin, at=at, accuracy_m=accuracy_m) as phone:
        await phone.sign_in(installation.account("volunteer"))
        yield phone
