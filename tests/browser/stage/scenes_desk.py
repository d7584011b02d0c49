"""The scenes of the desk: dispatcher, supervisor, administrator."""

from __future__ import annotations

import re

from playwright.async_api import expect

from browser.stage.people import Visitor
from browser.stage.scene import Stage, at, scene, settled

# ---- The desk ----------------------------------------------------------------------------------------------------

PAST = "工单编号,上报时间,办结时间,截止时间,小类,是否超期\n" + "".join(
    f"A-{n},2025-03-0{n} 09:00,2025-03-0{n + 1} 10:00,2025-03-05 09:00,{'地上垃圾' if n < 5 else '流动摊档堵路'},否\n"
    for n in range(1, 7)
)
"""Some days of another system: a word that means nothing here, and one ticket that was late and says it was not."""

WAITS = "tray_reason IS NOT NULL"
LATE = "status = 'closed' AND breached_at IS NOT NULL"


async def map_drawn(visitor: Visitor) -> None:
    """Or, in a browser that cannot draw it, the plain one."""
    await settled(visitor)
    await expect(visitor.page.locator(".map[data-drawn=true], .plain .room")).to_be_attached()


@scene("desk", "dispatcher", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk?tab=open")
    await map_drawn(visitor)


@scene("desk-ticket", "dispatcher", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open(f"/desk?tab=open&ticket={stage.ticket('status = ' + repr('resolved'))}")
    await map_drawn(visitor)


@scene("desk-tray", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open(f"/desk?tab=tray&ticket={stage.ticket(WAITS)}")
    await map_drawn(visitor)


@scene("desk-form", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open(f"/desk?tab=open&ticket={stage.ticket('is_open AND status = ' + repr('in_progress'))}")
    await map_drawn(visitor)
    await visitor.press("派遣")
    await expect(visitor.page.get_by_role("region", name="工单", exact=True).locator("form")).to_be_visible()


@scene("desk-why", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open(f"/desk?tab=open&ticket={stage.ticket(WAITS)}")
    await visitor.page.get_by_role("tab", name="派遣依据").click()
    await map_drawn(visitor)


@scene("desk-large-photo", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open(f"/desk?tab=all&ticket={stage.ticket(LATE)}")
    await map_drawn(visitor)
    await visitor.page.get_by_role("button", name="看大图").first.click()


@scene("desk-public-photos", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open(f"/desk?tab=open&ticket={stage.ticket('status = ' + repr('resolved'))}")
    await visitor.press("公开页的照片")
    await expect(visitor.page.get_by_role("button", name="先打码").first).to_be_visible()
    await map_drawn(visitor)


@scene("desk-blur", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open(f"/desk?tab=open&ticket={stage.ticket('status = ' + repr('resolved'))}")
    await visitor.press("公开页的照片")
    await visitor.press("先打码")
    await visitor.press("加一块")
    await visitor.reads("遮了 1 处")


@scene("desk-public", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/public")


@scene("desk-keys", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk?tab=open")
    await map_drawn(visitor)
    await visitor.press("键盘操作")


@scene("desk-nothing", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk/audit?text=没有这样的工单")
    await settled(visitor)


@scene("desk-error", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/audit")
    await visitor.press("派遣规则")
    await settled(visitor)
    await visitor.page.context.set_offline(True)
    await visitor.press("工单与时限")
    await expect(visitor.page.locator(".old")).to_be_visible()


@scene("desk-audit", "supervisor", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/audit")


@scene("desk-audit-ledger", "supervisor", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/desk/audit?ticket={stage.ticket(LATE)}")
    await visitor.page.locator("details[open]").scroll_into_view_if_needed()
    await visitor.page.locator("section section:last-child").last.scroll_into_view_if_needed()


@scene("desk-audit-sent-back", "supervisor")
async def _(visitor: Visitor, stage: Stage) -> None:
    sent_back = "EXISTS (SELECT FROM request r WHERE r.ticket_id = ticket.ticket_id)"
    await at(visitor, f"/desk/audit?ticket={stage.ticket(sent_back)}")
    await visitor.page.locator("section section:last-child").last.scroll_into_view_if_needed()


@scene("desk-rules", "dispatcher", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk/rules")
    await map_drawn(visitor)


@scene("desk-rules-tried", "system_admin", drawn=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk/rules")
    await map_drawn(visitor)
    await visitor.page.locator(".map canvas").click()
    await expect(visitor.page.get_by_text("这一条决定")).to_be_visible()
    await visitor.page.get_by_role("button", name="巷道归作业单位 上移").click()
    await settled(visitor)


@scene("desk-territory", "system_admin", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk/territory")
    await map_drawn(visitor)


@scene("desk-people", "system_admin", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/people")


@scene("setup-person", "security_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk/people")
    await visitor.page.get_by_role("row").nth(3).get_by_role("button").first.click()
    await expect(visitor.page.get_by_role("article")).to_be_visible()


@scene("setup-unit", "system_admin", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/setup")
    await visitor.page.locator("[aria-current], ul button").nth(2).click()
    await map_drawn(visitor)


@scene("setup-files", "system_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk/setup")
    await visitor.page.get_by_role("tab").nth(1).click()


@scene("setup-past", "system_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk/setup")
    await visitor.page.get_by_role("tab").nth(2).click()
    chosen = {"name": "旧系统.csv", "mimeType": "text/csv", "buffer": PAST.encode()}
    await visitor.page.locator("input[type=file]").set_input_files([chosen])
    await expect(visitor.page.locator("fieldset select").first).to_be_visible()
    await visitor.page.locator("input[list=past-zones]").fill("Asia/Shanghai")
    await visitor.page.locator("button[type=submit]").click()
    await expect(visitor.page.get_by_role("table").first).to_be_visible()


@scene("setup-year", "system_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk/standards")
    await visitor.page.get_by_role("tab").nth(6).click()
    await visitor.page.get_by_role("tab", name="全年节假日与调休").click()


@scene("setup-safety", "security_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk/setup")
    await settled(visitor)


@scene("setup-step", "dispatcher")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/second-step")
    await visitor.page.get_by_role("button", name=re.compile("^(开始设置|Set it up)$")).click()
    await expect(visitor.page.locator("img")).to_be_visible()


@scene("desk-invite", "system_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/people")
    await visitor.page.get_by_role("button", name="邀请", exact=True).first.click()
    await expect(visitor.page.get_by_role("img", name="邀请的二维码")).to_be_visible()


@scene("desk-figures", "supervisor", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/figures?set=ticket.should_close")
    await expect(visitor.page.locator("section table tbody tr").first).to_be_visible()
