"""Every screen can be read by a program that reads screens aloud: axe, with all of its rules, finds nothing.

Here the main scenes also in the dark; doors and walks, and everything in both, are looked at by ``make audit-axe``.
"""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from browser.stage.axe import findings
from browser.stage.places import Places
from browser.stage.scene import NotInDemo, Scene, Stage, playing
from browser.stage.scenes import every_scene, of_reports_alone
from browser.stage.server import Installation, Server

LOOKS = [
    (scene, scheme)
    for scene in filter(of_reports_alone, every_scene())
    for scheme in (("light", "dark") if scene.main else ("light",))
]


@pytest.fixture(scope="module")
def ways_in() -> dict[str, Any]:
    return {}


@pytest.mark.parametrize(("scene", "scheme"), LOOKS, ids=[f"{scene.name}-{scheme}" for scene, scheme in LOOKS])
async def test_axe_finds_nothing(
    chromium: Browser,
    server: Server,
    installation: Installation,
    places: Places,
    ways_in: dict[str, Any],
    scene: Scene,
    scheme: str,
) -> None:
    stage = Stage(server, installation, places)
    # Styles move nothing while they are looked at.
    look = {"color_scheme": scheme, "reduced_motion": "reduce"}
    try:
        async with playing(chromium, stage, scene, ways_in, desk=scene.home == "1440", **look) as visitor:
            assert await findings(visitor) == []
    except NotInDemo as nothing:
        pytest.skip(str(nothing))
