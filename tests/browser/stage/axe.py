"""What a program that reads screens aloud stumbles over: axe, with all of its rules."""

from __future__ import annotations

from browser.stage.people import Visitor
from browser.stage.server import CHECKOUT

AXE = CHECKOUT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
FINDINGS = """
    async () => (await axe.run()).violations.flatMap(({ id, help, nodes }) =>
        nodes.map((node) => `${id}: ${help}: ${node.target.join(' ')} ${node.html.slice(0, 120)}`))
"""


async def findings(visitor: Visitor) -> list[str]:
    """Of the page as it stands; one line for each place."""
    await visitor.page.evaluate(AXE.read_text())
    found: list[str] = await visitor.page.evaluate(FINDINGS)
    return found
