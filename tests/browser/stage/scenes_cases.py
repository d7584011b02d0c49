"""The scenes of the desk's cases: requests, twins, parts, checks, supervision, a unit's board."""

from __future__ import annotations

from playwright.async_api import expect

from browser.stage.people import Visitor
from browser.stage.scene import Stage, at, scene, settled

ASKED = "EXISTS (SELECT FROM request r WHERE r.ticket_id = ticket.ticket_id AND r.decided_at IS NULL)"
TWIN = "tray_reason = 'twin_open'"
TO_CHECK = "status = 'resolved' AND verify_way = 'desk'"
MERGED = "status = 'merged'"


@scene("desk-case-request", "shift_leader", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/desk/audit?ticket={stage.ticket(ASKED)}")


@scene("desk-case-twins", "dispatcher", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/desk?tab=open&ticket={stage.ticket(TWIN)}")
    await visitor.page.locator("[data-step=merge]").first.scroll_into_view_if_needed()


@scene("desk-case-merged", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/desk/audit?ticket={stage.ticket(MERGED)}")


@scene("desk-case-check", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/desk?tab=open&ticket={stage.ticket(TO_CHECK)}")


@scene("desk-case-split", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/desk?tab=open&ticket={stage.ticket('status = ' + repr('assigned'))}")
    await visitor.page.get_by_role("combobox", name="更多办理…").select_option(value="split")
    await expect(visitor.page.get_by_role("button", name="分给 2 家")).to_be_visible()


@scene("desk-case-orders", "supervisor")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/supervision")


@scene("desk-case-suspensions", "supervisor", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/supervision?tab=suspensions")
    await visitor.page.locator("input[type=datetime-local]").first.fill("2026-01-01T08:00")
    await visitor.page.locator("input[type=datetime-local]").last.fill("2030-01-01T08:00")
    await visitor.page.locator("input[maxlength='400']").fill("三防指挥部通告第 3 号，11月28日")
    await visitor.page.locator("form button[type=submit]").click()
    await expect(visitor.page.locator(".touched")).to_be_visible()


@scene("desk-case-board", "unit_lead", of="环卫一队", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/unit")
    await visitor.page.locator("td .link").first.click()
    await settled(visitor)
