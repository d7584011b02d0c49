"""The past of an office without a shell: its words get a meaning, it comes in, and the page may be closed in between."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Browser, Locator, Route, expect

from browser.stage.people import Visitor, visiting
from browser.stage.server import Installation, Server
from past_files import OLD_HEADINGS, as_csv, old_row

ROWS = 2_300
IMPORTS = "**/past-tickets/imports"


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    """Without places, so that no map is needed; one row closed before it was opened, ten of a word that is not ours."""
    rows = [old_row(number, 小类="扰民犬吠" if number % 230 == 0 else "地上垃圾") for number in range(ROWS)]
    rows[1] |= {"办结时间": "2025-01-01 08:00"}
    rows[2] |= {"是否超期": "是"}
    headings = [one for one in OLD_HEADINGS if one not in ("经度", "纬度", "工单编号", "责任单位")]
    path = tmp_path / "旧系统 2025.csv"
    named = [{"号": one["工单编号"], **one} for one in rows]
    path.write_text(as_csv(("号", *headings), named), "utf-8", newline="")
    return path


async def chosen(desk: Visitor, exported: Path) -> Locator:
    """Ends with the columns to choose."""
    await desk.open("/desk/setup")
    await desk.page.get_by_role("tab", name="导入历史工单").click()
    await desk.page.get_by_label("选择文件").set_input_files(exported)
    columns = desk.page.get_by_role("group", name="哪一列是什么")
    await expect(columns.get_by_label("上报时间（必需）")).to_have_value("上报时间")
    return columns


async def test_a_past_comes_in_from_the_desk(
    chromium: Browser, server: Server, installation: Installation, exported: Path
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("system_admin"))
        page = desk.page
        columns = await chosen(desk, exported)
        await desk.press("先看会改什么")
        await desk.reads("必需的列还没有选：请在上面选编号、上报时间和类别各是哪一列。")
        await columns.get_by_label("工单编号（必需）").select_option("号")
        await desk.press("先看会改什么")
        await desk.reads("文件里的时间没写时区，请在上面选是哪里的钟点。")
        await page.get_by_label("时间是哪个时区的").fill("Asia/Shanghai")
        await desk.press("先看会改什么")
        await desk.reads(f"读到 {ROWS} 行")
        fault = page.get_by_role("listitem").filter(has_text="第 3 行")
        await expect(fault).to_contain_text("结案早于上报。")
        await desk.reads("按文件里的时间逐件数，和文件自己的标记对：2,298 件一致，1 件不一致。")
        words = page.get_by_role("region", name="文件里的类别在这里是什么")
        await words.get_by_label("扰民犬吠（10 行）").select_option(index=1)
        await desk.reads("改过以后还没有看，请再看一遍。")
        await desk.press("先看会改什么")
        # After the first thousand the line breaks, and somebody closes the page.
        asked = 0

        async def once(route: Route) -> None:
            nonlocal asked
            asked += 1
            await (route.continue_() if asked == 1 else route.abort())

        await page.route(IMPORTS, once)
        await desk.press(f"导入这 {ROWS - 1} 行")
        await desk.reads("已导入 1,000 行，还有 1,299 行")
        await page.unroute(IMPORTS, once)

        columns = await chosen(desk, exported)
        await expect(columns.get_by_label("工单编号（必需）")).to_have_value("号")
        await expect(page.get_by_label("时间是哪个时区的")).to_have_value("Asia/Shanghai")
        await desk.press("先看会改什么")
        await desk.reads("这个文件以前导入过 1,000 行")
        await desk.press("导入这 1299 行")
        await desk.reads("全部导入了：1,299 行")
        await desk.press("先看会改什么")
        await desk.reads("这个文件已经全部导入过")
        await desk.reads("没有可导入的行。")
