"""axe over every screen of the demo, light and dark, and which addresses no scene shows.

    make audit-axe              every scene
    make audit-axe ONLY=desk    those whose name holds this

Names each finding with its scene. Exit code 1 when there is one, when a scene did not come about, or when an address of the
pages is shown by none.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, async_playwright, expect
from screens import AT_ONCE, ROOT, demo

from browser.stage.axe import findings
from browser.stage.people import launch
from browser.stage.scene import NotInDemo, Scene, Stage, playing
from browser.stage.scenes import every_scene
from gridward.demo.pictures import draw_scene

ROUTES = ROOT / "frontend" / "src" / "ui" / "routes.ts"
ALIASES = frozenset({"/"})
"""They lead on to another address."""


def addresses() -> set[str]:
    """Of the pages, with names in place of ids."""
    return set(re.findall(r"path: '(/[^']*)'", ROUTES.read_text())) - ALIASES


def fits(address: str, path: str) -> bool:
    return re.fullmatch(re.sub(r":\w+", "[^/]+", address), path) is not None


async def look(stage: Stage, only: str) -> tuple[list[str], set[str], int]:
    """What was found, one line each; the paths that were shown; how many scenes."""
    found: list[str] = []
    paths: set[str] = set()
    ways_in: dict[str, Any] = {}
    wanted = [scene for scene in every_scene() if only in scene.name]
    waiting = iter(wanted)
    expect.set_options(timeout=15_000)

    async def one(browser: Browser, scene: Scene) -> None:
        async with playing(
            browser, stage, scene, ways_in, desk=scene.home == "1440", reduced_motion="reduce"
        ) as visitor:
            paths.add(urlsplit(visitor.page.url).path)
            found.extend(f"{scene.name} {line}" for line in await findings(visitor))

    async def looker(browser: Browser) -> None:
        for scene in waiting:
            try:
                await one(browser, scene)
                print(".", end="", flush=True)
            except NotInDemo as nothing:
                print(f"({scene.name}: {nothing})", end="", flush=True)
            except Exception as error:
                found.append(f"{scene.name}: not shown: {str(error).splitlines()[0]}")
                print("x", end="", flush=True)

    seen = stage.installation.folder / "camera.mjpeg"
    seen.write_bytes(draw_scene("litter_full", variant=1, after=False))
    async with async_playwright() as playwright:
        browser = await launch(playwright, seen=seen)
        await asyncio.gather(*(looker(browser) for _ in range(AT_ONCE)))
        await browser.close()
    print()
    return found, paths, len(wanted)


def main() -> int:
    began, only = time.monotonic(), "".join(sys.argv[1:])
    with demo() as stage:
        found, paths, scenes = asyncio.run(look(stage, only))
    unseen = sorted(one for one in addresses() if not any(fits(one, path) for path in paths))
    print(f"{scenes} scenes, light and dark, in {time.monotonic() - began:.0f} s, {len(found)} findings")
    for line in sorted(found):
        print(f"  {line}")
    if not only and unseen:
        print(f"no scene shows: {', '.join(unseen)}")
    return int(bool(found or (unseen and not only)))


if __name__ == "__main__":
    sys.exit(main())
