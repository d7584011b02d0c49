"""Every screen can be read by a program that reads screens aloud: axe, with all of its rules, finds nothing, and no text is missing.

Doors and walks, which need a demo of their own, are looked at by ``make audit-axe``; so are all scenes of the desk with its map
drawn, which here only the main ones have.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from browser.stage.axe import findings
from browser.stage.places import Places
from browser.stage.scene import NotInDemo, Scene, Stage, playing, unsaid
from browser.stage.scenes import every_scene, of_reports_alone
from browser.stage.server import Installation, Server

SCENES = list(filter(of_reports_alone, every_scene()))


@pytest.fixture(scope="module")
def ways_in() -> dict[str, Any]:
    return {}


@pytest.mark.parametrize("scene", SCENES, ids=[scene.name for scene in SCENES])
async def test_axe_finds_nothing(
    chromium: Browser,
    server: Server,
    installation: Installation,
    places: Places,
    ways_in: dict[str, Any],
    scene: Scene,
) -> None:
    stage = Stage(server, installation, places)
    try:
        # Styles move nothing while they are looked at.
        look = {"desk": scene.home == "1440", "webgl": scene.main or scene.drawn, "reduced_motion": "reduce"}
        async with playing(chromium, stage, scene, ways_in, **look) as visitor:
            assert await findings(visitor) == []
            assert await unsaid(visitor) == []
    except NotInDemo as nothing:
        pytest.skip(str(nothing))
