"""The screens as scenes: who looks, and how one comes to what is shown. `scripts/screens.py` takes their pictures."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from playwright.async_api import expect

from browser.stage.people import Visitor
from browser.stage.places import Places
from browser.stage.server import Installation, Server


@dataclass(frozen=True, slots=True)
class Stage:
    """What a scene may use."""

    server: Server
    installation: Installation
    places: Places

    def ticket(self, condition: str) -> str:
        """The newest ticket that this SQL condition holds for."""
        found = self.installation.ask(
            f"SELECT ticket_id FROM ticket WHERE {condition} ORDER BY received_at DESC, ticket_id LIMIT 1"
        )
        if not found:
            raise LookupError(f"no ticket in these demo days: {condition}")
        return found


Play = Callable[[Visitor, Stage], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Scene:
    """One screen.

    ``role`` None: nobody is signed in. ``main``: also dark and in English. ``large``: also at 200 % text. ``home``: the
    width it was made for.
    """

    name: str
    role: str | None
    play: Play
    of: str = ""
    main: bool = False
    large: bool = False

    @property
    def home(self) -> str:
        return "1440" if self.name.startswith("desk") else "360"


SCENES: list[Scene] = []


def scene(
    name: str, role: str | None, *, of: str = "", main: bool = False, large: bool = False
) -> Callable[[Play], Play]:
    def keep(play: Play) -> Play:
        SCENES.append(Scene(name, role, play, of, main, large))
        return play

    return keep


async def settled(visitor: Visitor) -> None:
    """Nothing is being fetched or waited for; the language of the look is on."""
    await visitor.turn_language()
    await visitor.page.wait_for_load_state("networkidle")
    await expect(visitor.page.locator(".skeleton")).to_have_count(0)


async def at(visitor: Visitor, path: str) -> None:
    await visitor.open(path)
    await settled(visitor)


# ---- Nobody is signed in -----------------------------------------------------------------------------------------


@scene("sign-in", None, main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/sign-in")


@scene("sign-in-printed", None)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/sign-in")
    await visitor.press("用纸上的 8 位码")


@scene("sign-in-password-refused", None)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/sign-in")
    await visitor.press("工作人员用密码")
    await visitor.page.get_by_label("登录名").fill("nobody")
    await visitor.page.get_by_label("密码", exact=True).fill("wrong")
    await visitor.press("登录")
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


@scene("invite", None, main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open(stage.installation.account("volunteer").sign_in)
    await visitor.reads("您好")
    await settled(visitor)


@scene("invite-unknown", None)
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/i#AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


# ---- A volunteer -------------------------------------------------------------------------------------------------


async def to_kinds(visitor: Visitor) -> None:
    await expect(visitor.page.locator("video.live")).to_be_visible()
    await visitor.shoot()
    await visitor.reads("是什么问题？")


async def to_confirm(visitor: Visitor, kind: str, answer: str | None = None) -> None:
    await to_kinds(visitor)
    await visitor.press(kind)
    if answer is not None:
        await visitor.press(answer, inside="dialog")
    await expect(visitor.page.locator(".where strong")).not_to_have_text(re.compile("还不知道|没有登记"))


@scene("report-shoot", "volunteer", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await settled(visitor)
    await expect(visitor.page.locator("video.live")).to_be_visible()


@scene("report-kind", "volunteer", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await to_kinds(visitor)
    await settled(visitor)


@scene("report-answer", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await to_kinds(visitor)
    await visitor.press("井盖")
    await visitor.reads("井盖怎么了？")


@scene("report-confirm", "volunteer", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await to_confirm(visitor, "垃圾满了")
    await settled(visitor)


@scene("report-urgent", "volunteer", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await to_confirm(visitor, "井盖", "不见了")
    await settled(visitor)


@scene("report-place", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await to_confirm(visitor, "垃圾满了")
    await visitor.press("改地点")
    await visitor.reads("在图上点一下")
    await settled(visitor)


@scene("report-sent", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await to_confirm(visitor, "其他")
    await visitor.press("发出")
    await visitor.reads("社区已收到")


@scene("report-saved-offline", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await to_confirm(visitor, "路灯")
    await visitor.page.context.set_offline(True)
    await visitor.press("发出")
    await visitor.reads("已存在这台手机，还没发出")


@scene("unsent", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    # A phone that was here before holds the page; a fresh browser without a service worker does not.
    await at(visitor, "/unsent")
    await visitor.open("/report")
    await to_confirm(visitor, "路灯")
    await visitor.page.context.set_offline(True)
    await visitor.press("发出")
    await visitor.reads("已存在这台手机，还没发出")
    await visitor.page.get_by_role("link").filter(has_text="1 条还没发出").click()
    await visitor.reads("现在就发")


@scene("unsent-nothing", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/unsent")


@scene("mine", "volunteer", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/mine")


@scene("mine-nothing", "liaison")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/mine")


@scene("ticket-reporter", "volunteer", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/mine")
    done = visitor.page.get_by_role("listitem").filter(has_text="已办好")
    await expect(visitor.page.get_by_role("listitem").first).to_be_visible()
    await (done if await done.count() else visitor.page.get_by_role("listitem")).first.click()
    await settled(visitor)


@scene("more", "volunteer", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/more")


@scene("more-sign-out", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/more")
    await visitor.press("退出登录")


@scene("no-such-page", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/nowhere")


@scene("not-yours", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk")


@scene("error-no-ticket", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/ticket/01a20000-0000-7000-8000-000000000000")
    await expect(visitor.page.get_by_role("alert")).to_be_visible()


@scene("error-offline", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/mine")
    await visitor.press("更多")
    await settled(visitor)
    await visitor.page.context.set_offline(True)
    await visitor.press("我的")
    await expect(visitor.page.get_by_role("alert").or_(visitor.page.locator(".old")).first).to_be_visible()


# ---- A steward ---------------------------------------------------------------------------------------------------


@scene("verify", "steward", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/verify")


@scene("ticket-steward", "steward", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    steward = stage.installation.account("steward").person
    own = f"SELECT grid_id FROM stewardship JOIN person USING (person_id) WHERE name = '{steward}'"
    waiting = f"grid_id IN ({own}) ORDER BY status <> 'resolved', received_at DESC"
    found = stage.installation.ask(f"SELECT ticket_id FROM ticket WHERE {waiting} LIMIT 1")
    await at(visitor, f"/ticket/{found}")


# ---- A unit ------------------------------------------------------------------------------------------------------

IN_HAND = "status = 'in_progress' AND unit_id = (SELECT unit_id FROM unit WHERE name = '环卫一队')"


@scene("unit", "unit_lead", of="环卫一队", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/unit")


@scene("ticket-unit", "unit_lead", of="环卫一队", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/ticket/{stage.ticket(IN_HAND)}")


@scene("ticket-unit-map", "unit_lead", of="环卫一队")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/ticket/{stage.ticket(IN_HAND)}")
    await visitor.press("看草图")
    await settled(visitor)


@scene("step-open-map", "unit_lead", of="环卫一队")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/ticket/{stage.ticket(IN_HAND)}")
    await visitor.press("用地图打开")


@scene("step-resolve", "unit_lead", of="环卫一队")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/ticket/{stage.ticket(IN_HAND)}")
    await visitor.press("处置完成")
    await settled(visitor)


@scene("step-hand-to", "unit_lead", of="环卫一队")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, f"/ticket/{stage.ticket(IN_HAND)}")
    await visitor.press("交办")
    await expect(visitor.page.get_by_role("dialog").get_by_role("button")).not_to_have_count(2)


# ---- The desk ----------------------------------------------------------------------------------------------------

WAITS = "tray_reason IS NOT NULL"
LATE = "status = 'closed' AND breached_at IS NOT NULL"


async def map_drawn(visitor: Visitor) -> None:
    await settled(visitor)
    await expect(visitor.page.locator(".map[data-drawn=true]")).to_be_attached()


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
    await expect(visitor.page.locator("form")).to_be_visible()


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


@scene("desk-rules-tried", "system_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/desk/rules")
    await map_drawn(visitor)
    await visitor.page.locator(".map canvas").click()
    await expect(visitor.page.get_by_text("这一条决定")).to_be_visible()
    await visitor.page.get_by_role("button", name="巷道归作业单位 上移").click()
    await settled(visitor)


@scene("desk-people", "system_admin", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/people")


@scene("desk-invite", "system_admin")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/desk/people")
    await visitor.page.get_by_role("button", name="邀请", exact=True).first.click()
    await expect(visitor.page.get_by_role("img", name="邀请的二维码")).to_be_visible()
