"""What a program that reads screens aloud stumbles over: axe, with all of its rules."""

from __future__ import annotations

from browser.stage.people import Visitor
from browser.stage.server import CHECKOUT

AXE = CHECKOUT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FINDINGS = """
    async (rules) => (await axe.run(rules ? { runOnly: rules } : {})).violations.flatMap(({ id, help, nodes }) =>
        nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} ${node.html.slice(0, 120)}`))
"""

OF_COLOURS = ("color-contrast", "link-in-text-block")
"""The rules that may find something else in the dark."""


async def findings(visitor: Visitor) -> list[str]:
    """Of the page as it stands, light and then dark; one line for each place."""
    await visitor.page.evaluate(AXE.read_text())
    await visitor.page.emulate_media(color_scheme="light")
    light = await visitor.page.evaluate(FINDINGS, None)
    await visitor.page.emulate_media(color_scheme="dark")
    dark = await visitor.page.evaluate(FINDINGS, OF_COLOURS)
    return [*(f"light: {line}" for line in light), *(f"dark: {line}" for line in dark)]
