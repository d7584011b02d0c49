"""A steward's walk: planned at the desk, walked without a network, killed in the middle, and read by the supervisor."""

from __future__ import annotations

import json
import re
import time
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Browser, FilePayload, Page, expect

from browser.stage.people import Position, Visitor, visiting
from browser.stage.places import Places
from browser.stage.server import Installation, Server
from browser.stage.walking import WALKER, followed, step

REASON = "夜间单人值守，人身安全"
PLAN = "老街巡查"
LEFT = "路线已走 2 段中的 1 段，还剩约 180 米"
TOLD = """
    INSERT INTO notification (notification_id, jurisdiction_id, person_id, entry_id, kind, detail, made_at)
    SELECT gen_random_uuid(), jurisdiction_id, {person}, entry_id, 'patrol_missed', jsonb_build_object('plan_id', subject_id,
           'team', 0, 'starts_at', date_trunc('day', now(), 'Asia/Shanghai'), 'count', 1), now()
    FROM entry WHERE verb = 'patrol_plan.kept' LIMIT 1
"""
"""As the worker tells of a turn that nobody walked: for that it would have to be midnight."""


@pytest.fixture
def away(installation: Installation) -> Server:
    """A server of this journey's own that may go away."""
    server = Server(installation)
    server.start()
    yield server  # type: ignore[misc]
    server.stop()


async def walk(page: Page, start: Position, steps: int, *, since: float, begins: int = 0) -> None:
    """Some fifteen metres every twelve seconds, eastward."""
    for number in range(begins, begins + steps):
        await step(page, (start[0] + number * 0.00015, start[1]), since + number * 12)


async def turned_on(desk: Visitor) -> None:
    await desk.open("/desk/patrols")
    await desk.page.get_by_role("tab", name="开关").click()
    await desk.reads("现在关闭：不记录任何人的位置。")
    await expect(desk.page.get_by_role("tab", name="服务时长")).to_have_count(0)
    await desk.page.get_by_label("专职网格员").check()
    await desk.page.get_by_role("checkbox", name=re.compile("同时统计")).check()
    await desk.page.get_by_label(re.compile("理由")).fill(REASON)
    await desk.press("决定")
    await desk.reads("现在开启，范围：专职网格员，并统计服务时长")


def route_file(start: Position) -> FilePayload:
    """A lane of some hundred metres eastward, and another one, two hundred metres north of it, which nobody will walk."""
    lon, lat = start
    lanes = [
        [[lon, lat], [lon + 0.00105, lat]],
        [[lon, lat + 0.0018], [lon + 0.0018, lat + 0.0018]],
    ]
    text = json.dumps({"type": "MultiLineString", "coordinates": lanes})
    return {"name": "路线.geojson", "mimeType": "application/geo+json", "buffer": text.encode()}


async def planned(desk: Visitor, walker: str, grid: str, route: FilePayload) -> None:
    await desk.open("/desk/patrols")
    await desk.page.get_by_role("tab", name="计划").click()
    await desk.press("新计划")
    await desk.page.get_by_label("名称", exact=True).fill(PLAN)
    await desk.page.get_by_label("班次").select_option("daily")
    await desk.page.get_by_label("开始时间").fill("00:00")
    await desk.page.get_by_label("时长（分钟）").fill("1440")
    await desk.page.get_by_role("button", name=grid, exact=True).click()
    await desk.page.get_by_label(walker, exact=True).check()
    await desk.press("按网格的街巷和地标生成")
    await expect(desk.page.get_by_role("button", name="去掉").first).to_be_visible()
    await desk.page.get_by_label("导入路线（GeoJSON 线）").set_input_files(files=[route])
    await desk.reads("已加入 2 条路线")
    await desk.press("保存计划")
    await desk.press("打印二维码")
    await expect(desk.page.get_by_role("img").first).to_be_visible()


async def test_a_walk_without_a_network_is_kept_through_a_kill_and_read_by_the_supervisor(
    chromium: Browser, away: Server, installation: Installation, places: Places
) -> None:
    steward = installation.account("steward")
    person = f"(SELECT person_id FROM person WHERE name = '{steward.person}' LIMIT 1)"
    grid_id, grid, lon, lat = installation.ask(
        "SELECT concat_ws('|', g.grid_id, g.name, ST_X(p), ST_Y(p)) FROM stewardship s JOIN grid g USING (grid_id) "
        "JOIN grid_boundary b ON b.grid_id = g.grid_id AND b.valid_to IS NULL, ST_PointOnSurface(b.boundary) p "
        f"WHERE s.person_id = {person} AND s.valid_to IS NULL ORDER BY g.code LIMIT 1"
    ).split("|")
    begins = (float(lon) - 0.0006, float(lat))

    async with visiting(chromium, away.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("supervisor"))
        await turned_on(desk)
        await planned(desk, steward.person, grid, route_file(begins))
    code, point = installation.ask("SELECT code, name FROM checkpoint ORDER BY place LIMIT 1").split("|")
    installation.ask(TOLD.format(person=person))

    async with visiting(chromium, away.origin, at=begins, service_workers="allow") as phone:
        await phone.page.add_init_script(WALKER)
        await phone.sign_in(steward)
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await phone.open("/patrol")
        await phone.reads(PLAN)
        await phone.reads(f"本辖区开启巡查记录的理由：{REASON}")
        await phone.reads(re.compile("^这里也统计巡查时长"))
        await phone.open("/messages")
        await phone.reads("有一班没有巡查")
        await phone.reads(f"{PLAN} · 日班 · 1 组")
        await expect(phone.page.get_by_text("这件事现在不归您看")).to_have_count(0)
        await phone.page.get_by_text("有一班没有巡查").click()
        await phone.reads("我的班次")
        away.stop()

        await phone.open("/patrol")
        await phone.press("开始巡查")
        await phone.reads("巡查中")
        await phone.reads("路线已走 2 段中的 0 段，还剩约 290 米")
        began = time.time()
        await walk(phone.page, begins, 8, since=began)
        await phone.reads(re.compile(r"走了 1\d\d 米"))
        # Known on the phone alone: the server is away.
        await phone.reads(LEFT)
        await expect(phone.page.locator("polyline.route.walked")).to_have_count(1)
        await expect(phone.page.locator("polyline.route:not(.walked)")).to_have_count(1)
        await phone.press("扫码或输入编码")
        await phone.page.get_by_label("六位编码").fill("ABC10")
        await phone.press("记录到点")
        await phone.reads("编码是六位字母和数字（没有 0、1、I、O）。")
        await phone.page.get_by_label("六位编码").fill(code.lower())
        await phone.press("记录到点")
        await phone.reads("到点记下了，联网后核对")
        # The check-in stored what was recorded before it.
        await expect(phone.page.get_by_text(re.compile("条还没发出")).first).to_be_visible()

        await phone.page.reload()
        await phone.reads("接着上次的巡查。关掉的那段时间没有定位，不算走过。")
        await walk(phone.page, begins, 8, since=began, begins=8)
        await phone.reads(re.compile("^走进过的网格 1 / "))
        # On whatever page it is opened again, the walk goes on, and what it tells bears its name.
        await phone.open("/unsent")
        await expect(phone.page.get_by_text("到点记录").first).to_be_visible()
        await followed(phone.page)
        await step(phone.page, begins, began + 300)
        await step(phone.page, begins, began + 1300)
        await phone.reads("巡查路线")
        await phone.open("/patrol")
        await phone.press("结束巡查")
        await expect(phone.page.get_by_role("dialog").get_by_text(LEFT)).to_be_visible()
        await phone.press("结束巡查", inside="dialog")
        await phone.reads("已结束，已存在这台手机。有信号时自动发出。")
        assert installation.ask("SELECT count(*) FROM patrol") == "0"

        away.start()
        await phone.open("/patrol")
        await phone.reads("都已送到社区")
        await expect(phone.page.get_by_text(re.compile("到点 1 · 上报 0"))).to_be_visible()

        # Whoever signs out on the way ends the walk, and loses nothing of it.
        await phone.press("开始巡查")
        await phone.reads("巡查中")
        await walk(phone.page, begins, 6, since=began + 300)
        left = phone.page.get_by_role("heading", name=re.compile("^还没到的巡查点"))
        before = await left.inner_text()
        await phone.press("扫码或输入编码")
        await phone.page.get_by_label("六位编码").fill(code)
        await phone.press("记录到点")
        await phone.reads(f"{point}：有效")
        assert await left.inner_text() != before, "a code that was read is ticked off"
        await phone.page.get_by_role("link", name=re.compile("^更多")).click()
        await phone.press("退出登录")
        await phone.reads(re.compile("^巡查还在进行：退出时一起结束。"))
        await phone.page.get_by_role("dialog").get_by_role("button", name=re.compile("退出")).click()
        await phone.reads("手机号")
        await phone.sign_in(steward)
        await phone.open("/patrol")
        await phone.reads("都已送到社区")

    async with visiting(chromium, away.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("supervisor"))
        await desk.open("/desk/patrols")
        await desk.reads("计划的 1 个网格里到过 1 个")
        await desk.reads("没人走过：情况未知，不等于没有问题")
        today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
        await desk.open(f"/desk/figures?from={today - timedelta(days=300)}&to={today}")
        tile = desk.page.locator("article[data-index=patrol_coverage]")
        await expect(tile).to_contain_text("1 ÷ 1")
        await tile.get_by_role("link", name="看巡查").click()
        await desk.reads("计划的 1 个网格里到过 1 个")
        await desk.page.get_by_role("tab", name="班次").click()
        await desk.page.get_by_role("combobox").last.select_option(label=PLAN)
        done = desk.page.get_by_role("row").filter(has_text="走了")
        await expect(done).to_have_count(1)
        await expect(done).to_contain_text(re.compile("1 / [0-9]+"))
        await desk.page.get_by_role("tab", name="巡查记录").click()
        await desk.page.get_by_role("button", name="回看").last.click()
        await desk.reads(re.compile("到点 .*：有效"))
        await desk.page.get_by_role("tab", name="服务时长").click()
        await expect(
            desk.page.get_by_role("row").filter(has_text=steward.person).get_by_role("cell").nth(1)
        ).to_have_text("2")
        await desk.page.get_by_role("tab", name="计划").click()
        await desk.press("修改")
        await expect(desk.page.get_by_label(steward.person, exact=True)).to_be_checked()
        await desk.page.get_by_label("班次").select_option("days")
        for day in ("周二", "周日"):
            await desk.page.get_by_label(day, exact=True).uncheck()
        await desk.press("再加一班")
        await expect(desk.page.get_by_label("班名")).to_have_count(2)
        await desk.page.get_by_label("班名").last.fill("晚班")
        await desk.page.get_by_label(steward.person, exact=True).last.check()
        await desk.press("保存计划")
        await desk.press("打印二维码")
        await desk.reads(code)
        await desk.press("换新码")
        await desk.press("换，旧码作废")
        await desk.reads("已换新码，请打印后贴上。")
        await expect(desk.page.get_by_text(code, exact=True)).to_have_count(0)
    kept = installation.ask(
        "SELECT rota -> 'shifts' -> 1 ->> 'name', jsonb_array_length(rota -> 'turns') FROM patrol_plan"
    )
    assert kept == "晚班|10", "two shifts on five days"
    assert installation.ask(f"SELECT old_codes FROM checkpoint WHERE '{code}' = ANY (old_codes)") == f"{{{code}}}"
    assert installation.ask("SELECT count(*) FROM patrol_operation WHERE type = 'end'") == "2"
    assert installation.ask("SELECT count(*) FROM patrol WHERE fixes >= 6") == "2"
    assert installation.ask(f"SELECT count(*) FROM patrol_piece WHERE grid_id = '{grid_id}' AND reached") == "2"
