"""The scenes of doors and walks: a liaison's and a steward's phone, and what the desk sees of both."""

from __future__ import annotations

from browser.stage.people import Visitor
from browser.stage.scene import Stage, at, scene, settled


@scene("visits", "liaison", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/visits")


@scene("contact-card", "liaison")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/card")


@scene("causes", "steward")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/causes")


@scene("visits-door", "liaison", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/visits")
    await visitor.page.locator("ol a").first.click()
    await settled(visitor)


@scene("patrol", "steward", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/patrol")


@scene("patrol-walking", "steward")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/patrol")
    await visitor.press("不按计划，自己走一圈")
    await visitor.reads("巡查中")


@scene("patrol-checkpoint-unknown", "steward")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/patrol/at/AAAAAAAA")


async def _desk_tab(visitor: Visitor, path: str, tab: int) -> None:
    await at(visitor, path)
    await visitor.page.get_by_role("tab").nth(tab).click()
    await settled(visitor)


@scene("desk-patrols", "supervisor", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/patrols")


@scene("desk-patrols-turns", "supervisor")
async def _(visitor: Visitor, stage: Stage) -> None:
    await _desk_tab(visitor, "/desk/patrols", 1)


@scene("desk-patrols-missed", "supervisor")
async def _(visitor: Visitor, stage: Stage) -> None:
    await _desk_tab(visitor, "/desk/patrols", 2)


@scene("desk-patrols-walk", "supervisor")
async def _(visitor: Visitor, stage: Stage) -> None:
    await _desk_tab(visitor, "/desk/patrols", 3)
    await visitor.page.get_by_role("button", name="回看").first.click()
    await settled(visitor)


@scene("desk-patrols-hours", "supervisor")
async def _(visitor: Visitor, stage: Stage) -> None:
    await _desk_tab(visitor, "/desk/patrols", 4)


@scene("desk-patrols-plans", "supervisor")
async def _(visitor: Visitor, stage: Stage) -> None:
    await _desk_tab(visitor, "/desk/patrols", 5)


@scene("desk-households", "supervisor", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/households")


@scene("desk-households-ties", "dispatcher", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await _desk_tab(visitor, "/desk/households", 1)


@scene("desk-causes", "dispatcher", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/causes")


@scene("desk-meeting", "dispatcher", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/registers")


@scene("desk-register-visits", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/registers?tab=visits")
