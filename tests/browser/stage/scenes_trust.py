"""The scenes of what is told and proved: statements, publications, the printed month, messages outward, who saw what."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from browser.stage.people import Visitor
from browser.stage.scene import Stage, at, scene, settled


def this_month() -> str:
    return f"{datetime.now(ZoneInfo('Asia/Shanghai')):%Y-%m}"


@scene("desk-statements", "supervisor", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/statements")


@scene("desk-publication", "supervisor", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/desk/statements?month={this_month()}")
    await visitor.page.get_by_role("tab").nth(1).click()
    await settled(visitor)


@scene("desk-report", "supervisor", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/desk/report?month={this_month()}")


@scene("desk-outward", "system_admin", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/outward")


@scene("desk-seen", "audit_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    # Whoever lists people has seen their names.
    await at(visitor, "/desk/people")
    await at(visitor, "/desk/seen")


@scene("desk-register-cases", "supervisor", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/desk/registers?tab=cases&month={this_month()}")


@scene("desk-paper", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/paper")


@scene("seen", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/seen")


@scene("thanks", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/thanks")
