"""Every screen can be read by a program that reads screens aloud: axe, with all of its rules, finds nothing."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.async_api import Browser

from browser.stage import scenes_desk, scenes_phone, scenes_standards
from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.scene import SCENES, Scene, Stage
from browser.stage.server import CHECKOUT, Installation, Server

SHOWN = (scenes_phone, scenes_desk, scenes_standards)
"""Scenes make themselves known when their file is read."""
AXE = CHECKOUT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FINDINGS = """
    async () => (await axe.run()).violations.flatMap(({ id, help, nodes }) =>
        nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} ${node.html.slice(0, 120)}`))
"""

LOOKS = [(scene, scheme) for scene in SCENES for scheme in (("light", "dark") if scene.main else ("light",))]


@pytest.fixture(scope="module")
def ways_in() -> dict[str, Any]:
    """Who has signed in before stays it: a link is used once for all of a person's screens."""
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
    who = f"{scene.role} {scene.of}"
    async with visiting(
        chromium,
        server.origin,
        at=places.anywhere(),
        desk=scene.home == "1440",
        color_scheme=scheme,
        # Styles move nothing while they are looked at.
        reduced_motion="reduce",
        storage_state=ways_in.get(who),
    ) as visitor:
        if scene.role is not None and who in ways_in:
            await visitor.open("/")
        elif scene.role is not None:
            await visitor.sign_in(installation.account(scene.role, of=scene.of))
            ways_in[who] = await visitor.page.context.storage_state()
        await scene.play(visitor, stage)
        await visitor.page.evaluate(AXE.read_text())
        assert await visitor.page.evaluate(FINDINGS) == []
