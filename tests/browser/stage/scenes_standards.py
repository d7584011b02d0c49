"""The scenes of what an office sets up on screen: kinds, limits, reasons, calendars, who is on duty."""

from __future__ import annotations

from browser.stage.people import Visitor
from browser.stage.scene import Stage, at, scene, settled

CHANGE, CALENDARS = 3, 6


async def part_of_change(visitor: Visitor, number: int) -> None:
    await at(visitor, "/desk/standards")
    await visitor.page.get_by_role("tab").nth(CHANGE).click()
    await visitor.page.get_by_role("tablist").nth(1).get_by_role("tab").nth(number).click()


@scene("desk-standards-kinds", "system_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await part_of_change(visitor, 0)
    await visitor.page.get_by_role("checkbox").nth(2).uncheck()
    await settled(visitor)


@scene("desk-standards-limits", "system_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await part_of_change(visitor, 1)
    await visitor.page.locator("li button[aria-expanded]").first.click()
    await settled(visitor)


@scene("desk-standards-reasons", "system_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await part_of_change(visitor, 2)
    await settled(visitor)


@scene("desk-calendars", "system_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/standards")
    await visitor.page.get_by_role("tab").nth(CALENDARS).click()
    await settled(visitor)


@scene("desk-duty", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/duty")
