"""A scene: who looks at a screen, and how one comes to what is shown. ``scripts/screens.py`` takes their pictures."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import expect

from browser.stage.people import Visitor
from browser.stage.places import Places
from browser.stage.server import Installation, Server


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
            raise LookupError(f"no ticket in these demo days: {condition}")
        return found


Play = Callable[[Visitor, Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """One screen.

    ``role`` None: nobody is signed in. ``main``: also dark and in English. ``large``: also at 200 % text. ``home``: the
    width it was made for.
    """

    name: str
    role: str | None
    play: Play
    of: str = ""
    main: bool = False
    large: bool = False

    @property
    def home(self) -> str:
        return "1440" if self.name.startswith("desk") else "360"


SCENES: list[Scene] = []


def scene(
    name: str, role: str | None, *, of: str = "", main: bool = False, large: bool = False
) -> Callable[[Play], Play]:
    def keep(play: Play) -> Play:
        SCENES.append(Scene(name, role, play, of, main, large))
        return play

    return keep


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


async def settled(visitor: Visitor) -> None:
    """Nothing is being fetched or waited for; the language of the look is on."""
    await visitor.turn_language()
    await visitor.page.wait_for_load_state()
    await visitor.page.evaluate(FETCHED)
    await expect(visitor.page.locator(".skeleton")).to_have_count(0)


async def at(visitor: Visitor, path: str) -> None:
    await visitor.open(path)
    await settled(visitor)
