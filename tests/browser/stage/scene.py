"""A scene: who looks at a screen, and how one comes to what is shown. ``scripts/screens.py`` takes their pictures."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Browser, expect

from browser.stage.people import Visitor, visiting
from browser.stage.places import Places
from browser.stage.server import Installation, Server


class NotInDemo(LookupError):
    """The days of this demo have nothing of the kind: they are drawn anew each day."""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a scene may use."""

    server: Server
    installation: Installation
    places: Places

    def ticket(self, condition: str) -> str:
        """The newest ticket that this SQL condition holds for."""
        found = self.installation.ask(
            f"SELECT ticket_id FROM ticket WHERE {condition} ORDER BY received_at DESC, ticket_id LIMIT 1"
        )
        if not found:
            raise NotInDemo(f"no ticket in these demo days: {condition}")
        return found


Play = Callable[[Visitor, Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """One screen.

    ``role`` None: nobody is signed in. ``main``: also dark and in English. ``large``: also at 200 % text. ``drawn``: it cannot
    be played where the map is not drawn. ``home``: the width it was made for.
    """

    name: str
    role: str | None
    play: Play
    of: str = ""
    main: bool = False
    large: bool = False
    drawn: bool = False

    @property
    def home(self) -> str:
        return "1440" if self.name.startswith(("desk", "setup")) else "360"


SCENES: list[Scene] = []


def scene(
    name: str, role: str | None, *, of: str = "", main: bool = False, large: bool = False, drawn: bool = False
) -> Callable[[Play], Play]:
    def keep(play: Play) -> Play:
        SCENES.append(Scene(name, role, play, of, main, large, drawn))
        return play

    return keep


@asynccontextmanager
async def playing(
    browser: Browser,
    stage: Stage,
    scene: Scene,
    ways_in: dict[str, Any],
    *,
    desk: bool,
    language: str = "zh",
    first: str = "",
    **look: Any,
) -> AsyncIterator[Visitor]:
    """The scene on a screen of its own.

    Args:
        ways_in: Who has signed in before stays it: a link is used once for all of a person's screens.
        first: A script that runs before those of the page.
        look: What :func:`browser.stage.people.visiting` takes.
    """
    who = f"{scene.role} {scene.of}"
    async with visiting(
        browser, stage.server.origin, at=stage.places.anywhere(), desk=desk, storage_state=ways_in.get(who), **look
    ) as visitor:
        visitor.language = language
        if first:
            await visitor.page.add_init_script(first)
        if scene.role is not None and who not in ways_in:
            await visitor.sign_in(stage.installation.account(scene.role, of=scene.of))
            ways_in[who] = await visitor.page.context.storage_state()
        await scene.play(visitor, stage)
        yield visitor


FETCHED = """
    () => new Promise((done) => {
        const fetched = () => performance.getEntriesByType('resource').length
        let known = fetched()
        let since = performance.now()
        const look = () => {
            if (fetched() !== known) {
                known = fetched()
                since = performance.now()
            }
            if (performance.now() - since > 500) done(true)
            else setTimeout(look, 50)
        }
        look()
    })
"""
"""Nothing came for half a second. The desk's stream never ends, so the browser's own network idle never comes."""


BROKEN = re.compile("^(这个页面出了错|This page failed)")


async def settled(visitor: Visitor) -> None:
    """Nothing is being fetched or waited for, and the page has not failed; the language of the look is on."""
    await visitor.turn_language()
    await visitor.page.wait_for_load_state()
    await visitor.page.evaluate(FETCHED)
    # At the end of a long list stands what is read when somebody scrolls there.
    await expect(visitor.page.locator(".skeleton:not(.more .skeleton)")).to_have_count(0)
    await expect(visitor.page.get_by_text(BROKEN)).to_have_count(0)


UNSAID = """
    () => {
        const key = /^[a-z][a-z_]*(\\.[a-z0-9_]+)+$/
        const said = ['aria-label', 'title', 'alt', 'placeholder']
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
        const found = []
        while (walker.nextNode()) found.push(walker.currentNode.textContent.trim())
        for (const one of document.querySelectorAll(said.map((name) => `[${name}]`).join()))
            found.push(...said.map((name) => one.getAttribute(name) ?? ''))
        return found.filter((text) => key.test(text))
    }
"""
"""Where a text is missing its key stands on the screen."""


async def unsaid(visitor: Visitor) -> list[str]:
    """Keys of texts that the page shows in place of the texts."""
    found: list[str] = await visitor.page.evaluate(UNSAID)
    return found


async def home(visitor: Visitor) -> None:
    """Where the person's role begins; who has just signed in is there already."""
    if visitor.page.url == "about:blank":
        await visitor.open("/")


async def at(visitor: Visitor, path: str) -> None:
    await visitor.open(path)
    await settled(visitor)
