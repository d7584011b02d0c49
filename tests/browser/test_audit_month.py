"""A supervisor's month: a figure and its list, the file beside plain SQL, a clock, a statement, what is told, what is put right."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import openpyxl
from playwright.async_api import Browser, expect

from browser.stage.people import Visitor, visiting
from browser.stage.server import Installation, Server

CLEANERS = "环卫一队"
SHORT = 10
"""Rows of one file, as an office with an old spreadsheet program may set it."""

ZONE = ZoneInfo("Asia/Shanghai")


def the_month() -> date:
    """The first of the month in which most of the demo's days lie."""
    return (datetime.now(ZONE) - timedelta(hours=36)).date().replace(day=1)


def following(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)


def until(day: date) -> int:
    return (day - datetime.now(ZONE).date()).days


async def steps(visitor: Visitor, ticket_id: str, type_: str, **body: Any) -> str:
    """A step as this person's screen sends it; the id of it."""
    at, operation = f"{visitor.origin}/api/v1/tickets/{ticket_id}", str(uuid4())
    seen = await (await visitor.page.request.get(at)).json()
    envelope = {
        "schema": 1,
        "digest": uuid4().hex,
        "type": type_,
        "seen": {name: seen[name] for name in ("version", "assignment_id", "resolution_id")},
        "body": body,
        "clock": {"captured_at": seen["received_at"]},
    }
    answer = await visitor.page.request.put(f"{at}/operations/{operation}", data=envelope, headers={"X-Gridward": "1"})
    assert answer.ok, await answer.text()
    return operation


async def test_from_a_figure_to_its_correction(chromium: Browser, installation: Installation) -> None:
    first = the_month()
    last = following(first)
    early = Server(installation, days_later=until(last.replace(day=4)), chosen={"GRIDWARD_FILE_ROWS": str(SHORT)})
    early.start()
    try:
        async with visiting(chromium, early.origin, desk=True, webgl=False) as desk:
            await desk.sign_in(installation.account("supervisor"))
            page = desk.page
            await desk.open(f"/desk/figures?from={first}&to={last - timedelta(days=1)}")
            tile = page.locator("article[data-index=acknowledged_in_time]")
            await tile.get_by_role("button", name=re.compile("分母")).click()
            listed = page.get_by_role("region", name="清单")
            await expect(listed.locator("tbody tr").first).to_be_visible()
            n = int(re.sub(r"\D", "", await listed.locator("h2 small").inner_text()))
            files = await listed.get_by_role("link", name=re.compile("第 .* 个文件.*xlsx")).all()
            assert len(files) == -(-n // SHORT) > 1
            await expect(
                listed.get_by_text(f"共 {n} 行，一个文件最多 {SHORT} 行，要分 {len(files)} 个文件导出")
            ).to_be_visible()
            numbers: list[Any] = []
            for file in files:
                content = await (await page.request.get(f"{early.origin}{await file.get_attribute('href')}")).body()
                rows = openpyxl.load_workbook(BytesIO(content)).worksheets[0].iter_rows(min_row=2, values_only=True)
                numbers += [row[0] for row in rows if row[0]]
            in_plain_sql = installation.ask(
                "SELECT count(*) FROM clock c JOIN ticket t USING (ticket_id) "
                f"WHERE c.kind = 'acknowledge' AND c.due_at >= '{first} 00:00+08' AND c.due_at < '{last} 00:00+08' "
                "AND c.state <> 'void' AND NOT c.exempt AND c.binding IS NOT NULL"
            )
            assert n == len(numbers) == int(in_plain_sql) > 0

            await listed.locator("a[href*=audit]").first.click()
            pane = page.get_by_role("region", name="工单", exact=True)
            await expect(pane.get_by_role("img", name=re.compile("计时图"))).to_be_visible()
            await expect(pane.get_by_text("与存下的读数没有差异")).to_be_visible()

            await desk.press("对账与通报")
            row = page.get_by_role("button").filter(has_text=CLEANERS)
            await expect(row).to_be_visible()
            await row.click()
            await expect(page.get_by_role("list", name="时限之外的数")).to_contain_text("改派次数")
            await expect(page.locator("tbody tr").first).to_be_visible()
            await desk.press("返回列表")
            await page.get_by_role("tab", name="通报").click()
            await expect(page.get_by_text("现在还不能发布")).to_be_visible()
    finally:
        early.stop()

    late = installation.ask(
        "SELECT c.ticket_id, c.key FROM clock c JOIN ticket t USING (ticket_id) JOIN unit u ON u.unit_id = c.unit_id "
        f"WHERE c.kind = 'resolve' AND c.is_final AND c.breached_at IS NOT NULL AND c.binding IS NOT NULL "
        f"AND c.due_at < '{last} 00:00+08' AND t.status = 'closed' AND u.name = '{CLEANERS}' LIMIT 1"
    )
    ticket_id, clock = late.split("|")
    after = Server(installation, days_later=until(last.replace(day=15)), worker=False)
    after.start()
    try:
        async with (
            visiting(chromium, after.origin, desk=True, webgl=False) as desk,
            visiting(chromium, after.origin, desk=True, webgl=False) as lead,
        ):
            await desk.sign_in(installation.account("supervisor"))
            await desk.press("对账与通报")
            page = desk.page
            await page.get_by_role("tab", name="通报").click()
            await desk.press("发布通报")
            await desk.press("发布", inside="dialog")
            await expect(page.get_by_text("数字从此不再改写")).to_be_visible()

            # An appeal that is granted after the month was told.
            await lead.sign_in(installation.account("unit_lead", of=CLEANERS))
            request = await steps(lead, ticket_id, "appeal", clock=clock, reason="道路封闭，有通知")
            await steps(desk, ticket_id, "exempt", request_id=request, reason="属实")
            await page.reload()
            await page.get_by_role("tab", name="通报").click()
            await expect(page.get_by_text("通报之后有变化")).to_be_visible()
            await page.get_by_label("更正原因").fill("申诉成立：封路")
            await desk.press("发更正表")
            await expect(page.get_by_text("更正表 第 1 号")).to_be_visible()
            await expect(page.get_by_text("通报之后有变化")).to_be_hidden()

            async with visiting(chromium, after.origin, desk=True, webgl=False) as dispatcher:
                await dispatcher.sign_in(installation.account("dispatcher"))
                await dispatcher.press("月报")
                told = dispatcher.page
                await expect(told.get_by_role("heading", level=1)).to_have_text(re.compile(f"{first:%Y-%m} 月报"))
                file = told.get_by_role("link", name="导出 Excel")
                answer = await told.request.get(f"{after.origin}{await file.get_attribute('href')}")
                rows = openpyxl.load_workbook(BytesIO(await answer.body())).worksheets[0].values
                assert CLEANERS in {row[0] for row in rows}
                await told.locator("tbody tr").filter(has_text="按期处置率").get_by_role("link").first.click()
                await expect(told.get_by_role("region", name="清单").locator("tbody tr").first).to_be_visible()
    finally:
        after.stop()


async def test_a_lead_opens_a_step_of_a_trend_takes_its_file_and_prints_its_list(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    first = the_month()
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("unit_lead", of=CLEANERS))
        page = desk.page
        last = following(first) - timedelta(days=1)
        await desk.open(f"/desk/figures?tab=trend&index=acknowledged_in_time&from={first}&to={last}")
        picture = page.get_by_role("group", name="签收及时率的走势")
        await expect(picture.get_by_role("button").first).to_be_visible()
        told = [str(await bar.get_attribute("aria-label")) for bar in await picture.get_by_role("button").all()]
        words = next(one for one in told if not one.endswith("÷ 0"))
        day, *_, numbers = words.split(" · ")
        above, below = (int(number) for number in numbers.split(" ÷ "))
        await picture.get_by_role("button", name=words).focus()
        await page.keyboard.press("Enter")
        listed = page.get_by_role("region", name="清单")
        for button, n in ((f"{above} 件：分子", above), (f"{below} 件：分母", below)):
            await page.get_by_role("button", name=button, exact=True).click()
            await expect(listed.locator("h2 small")).to_contain_text(f"n = {n} · {day}")
            await expect(listed.locator("tbody tr")).to_have_count(n)
        await expect(listed.locator("tbody a").first).to_have_attribute("href", re.compile("^/ticket/"))
        link = listed.get_by_role("link", name="导出 xlsx")
        file = await page.request.get(f"{server.origin}{await link.get_attribute('href')}")
        assert (file.status, file.headers["x-rows"]) == (200, str(below))
        # How long it took opens as well: all of it, and each step.
        spread = page.get_by_role("figure").filter(has_text="签收用时")
        for opens in (spread.locator("figcaption button"), spread.locator("td button").last):
            n = int(await opens.inner_text())
            await opens.click()
            await expect(listed.locator("h2")).to_contain_text("签收用时")
            await expect(listed.locator("h2 small")).to_have_text(re.compile(rf"n = {n}\s*$"))
            await expect(listed.locator("tbody tr")).to_have_count(min(n, 100))
            await expect(listed.locator("tbody tr").first).to_contain_text("用了")
        await page.get_by_role("button", name=f"{below} 件：分母", exact=True).click()
        await expect(listed.locator("tbody tr")).to_have_count(below)
        # A browser without a screen has no window for its printers.
        await page.evaluate("window.print = () => (window.printed = true)")
        await listed.get_by_role("button", name="打印").click()
        await page.wait_for_function("window.printed")
        await page.emulate_media(media="print")
        await expect(listed.locator("tbody tr")).to_have_count(below)
        await expect(listed.get_by_role("button")).to_have_count(0)


async def test_what_another_rule_would_have_meant_opens_as_lists(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    first = the_month()
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("supervisor"))
        page = desk.page
        await desk.open(f"/desk/figures?tab=suppose&from={first}&to={following(first) - timedelta(days=1)}")
        await desk.press("重算")
        listed = page.get_by_role("region", name="清单")
        row = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name="处置"))
        due = row.get_by_role("button", name=re.compile("：到期"))
        n = int(await due.inner_text())
        assert n > 0
        await due.click()
        await expect(listed.locator("h2")).to_have_text(re.compile(rf"处置：到期\s*n = {n}"))
        # By the same rule, the same share; of another unit, other clocks.
        shares = (await row.get_by_role("cell").first.inner_text()).split(" → ")
        assert len(shares) == 2
        assert all(re.fullmatch(r"[\d.]+ ?%", share) for share in shares)
        while await (more := listed.get_by_role("button", name="再看 100 件")).count():
            await more.click()
        await expect(listed.locator("tbody tr")).to_have_count(n)
        await listed.locator("tbody a").first.click()
        await expect(page.get_by_role("region", name="工单", exact=True)).to_be_visible()


async def test_the_score_opens_its_parts_and_what_only_tells_has_no_worst(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    first = the_month()
    period = f"from={first}&to={following(first) - timedelta(days=1)}"
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("supervisor"))
        page = desk.page
        await desk.open(f"/desk/figures?{period}")
        score = page.locator("li", has_text="综合评分").get_by_role("button").first
        total = float(await score.inner_text())
        await score.click()
        parts = page.locator("tr[data-part]")
        await expect(parts).to_have_count(4)
        points = [float(await part.get_by_role("cell").nth(0).inner_text()) for part in await parts.all()]
        assert abs(sum(points) - total) <= 0.3, "the parts are what it is made of"
        assert [await part.get_by_role("cell").nth(1).inner_text() for part in await parts.all()] == [
            "50",
            "30",
            "10",
            "10",
        ]
        base = parts.first.get_by_role("button").last
        n = int(await base.inner_text())
        await base.click()
        await expect(page.get_by_role("region", name="清单").locator("h2 small")).to_contain_text(f"n = {n}")

        for index, ranked in (("closed_in_time", True), ("extended", False)):
            await desk.open(f"/desk/figures?tab=rank&index={index}&{period}")
            await expect(page.get_by_role("heading", name="全部")).to_be_visible()
            await expect(page.get_by_role("heading", name=re.compile("最差"))).to_have_count(int(ranked))
            await expect(page.get_by_text("没有好坏，不排名")).to_have_count(int(not ranked))


async def test_the_case_register_prints_across_the_paper_under_its_name(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("supervisor"))
        await desk.open(f"/desk/registers?tab=cases&month={the_month():%Y-%m}")
        rows = desk.page.get_by_role("row")
        await expect(rows.nth(30)).to_be_attached()
        pages = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", await desk.page.pdf(prefer_css_page_size=True))
        assert all(float(width) > float(height) for width, height in pages), "eighteen columns stand on none upright"
        assert 1 <= len(pages) <= await rows.count() / 8 + 1, "not a page for every few cases"
        await desk.page.emulate_media(media="print")
        await expect(desk.page.get_by_role("heading", name=re.compile("案件台账 · "))).to_be_visible()
        await expect(desk.page.get_by_role("button", name="打印")).to_be_hidden()
