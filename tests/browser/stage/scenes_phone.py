"""The scenes of the phone: nobody signed in, a volunteer, a steward, a unit."""

from __future__ import annotations

import re

from playwright.async_api import expect

from browser.stage.people import Visitor
from browser.stage.scene import Stage, at, home, scene, settled
from gridward.demo.people import roster

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


PICTURED = {
    "litter_full": "垃圾满了",
    "litter_ground": "地上垃圾",
    "dumping": "乱堆放",
    "parking": "乱停放",
    "other": "其他",
}


async def to_kinds(visitor: Visitor) -> None:
    await home(visitor)
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
    await home(visitor)
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


@scene("report-near", "steward", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    grids = ", ".join(f"'{code}'" for code in next(plan for plan in roster() if plan.role == "steward").grids)
    ticket = stage.ticket(
        "is_open AND category_code IN ('litter_full', 'litter_ground', 'dumping', 'parking', 'other')"
        f" AND location IS NOT NULL AND grid_id IN (SELECT grid_id FROM grid WHERE code IN ({grids}))"
    )
    found = stage.installation.ask(
        f"SELECT category_code, ST_X(location), ST_Y(location) FROM ticket WHERE ticket_id = '{ticket}'"
    )
    kind, lon, lat = found.split("|")
    await visitor.page.context.set_geolocation({"longitude": float(lon), "latitude": float(lat), "accuracy": 8})
    await visitor.open("/report")
    await settled(visitor)
    await to_kinds(visitor)
    await visitor.press(PICTURED[kind])
    await expect(visitor.page.get_by_role("dialog").get_by_role("img").first).to_be_visible()


@scene("report-resumed", "volunteer", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await to_kinds(visitor)
    await expect(visitor.page.get_by_text("正在存下…")).to_have_count(0)
    await visitor.open("/")
    await visitor.reads("接着上次没发出的写")
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


@scene("mine-nothing", "unit_worker")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/mine")


@scene("ticket-reporter", "volunteer", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await visitor.open("/mine")
    done = visitor.page.get_by_role("listitem").filter(has_text="已办好")
    await expect(visitor.page.get_by_role("listitem").first).to_be_visible()
    await (done if await done.count() else visitor.page.get_by_role("listitem")).first.click()
    await settled(visitor)


async def to_own(visitor: Visitor, stage: Stage) -> None:
    name = stage.installation.account("volunteer").person
    own = f"SELECT ticket_id FROM report JOIN person ON person_id = reporter_id WHERE name = '{name}'"
    await visitor.open(f"/ticket/{stage.ticket(f'ticket_id IN ({own})')}")
    await expect(visitor.page.get_by_role("button", name="复制进展")).to_be_visible()


@scene("ticket-progress", "volunteer")
async def _(visitor: Visitor, stage: Stage) -> None:
    await to_own(visitor, stage)
    await visitor.press("复制进展")
    await visitor.reads("有这个网址的人都能看")


@scene("progress-page", "volunteer", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await to_own(visitor, stage)
    await visitor.press("复制进展")
    page = visitor.page.get_by_role("link", name="看看这一页")
    address = str(await page.get_attribute("href"))
    await visitor.open(f"/p/{address.rpartition('/')[2]}?lang={visitor.language}")


@scene("more", "volunteer", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/more")


@scene("messages", "unit_lead", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/messages")


@scene("messages-settings", "unit_lead", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    # Scenes run without a service worker: this is what a browser that cannot ring says.
    await at(visitor, "/messages/settings")
    await visitor.reads("这个浏览器不能响铃。" if visitor.language == "zh" else "This browser cannot ring.")


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


@scene("help", "volunteer", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/help?about=install")


# ---- A steward ---------------------------------------------------------------------------------------------------


@scene("verify", "steward", main=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/verify")


@scene("map", "steward", main=True, large=True)
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/map")
    await expect(visitor.page.locator(".sketch .mark").first).to_be_visible()


@scene("map-ticket", "steward")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/map")
    await visitor.page.locator(".sketch .mark").first.click()
    await settled(visitor)


@scene("map-list", "steward")
async def _(visitor: Visitor, stage: Stage) -> None:
    await at(visitor, "/map?as=list")


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
