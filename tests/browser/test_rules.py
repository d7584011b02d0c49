"""Publishing rules without fear: tried on the past and on every grid, refused with an example, and taken back."""

from __future__ import annotations

import re

from playwright.async_api import Browser, Locator, expect

from browser.stage.people import visiting
from browser.stage.server import Installation, Server


async def tab(pane: Locator, name: str) -> None:
    await pane.get_by_role("tab", name=name, exact=True).click()


async def test_a_draft_is_tried_on_the_past_and_on_every_grid(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("system_admin"))
        await desk.press("派遣规则")
        rules = desk.page.get_by_role("region", name="派遣规则", exact=True)
        right = desk.page.get_by_role("region", name="试点位、试跑、覆盖")

        await tab(right, "试跑")
        await right.get_by_role("button", name="开始试跑").click()
        await expect(right.get_by_role("status")).to_contain_text("没有一件会变")
        await tab(right, "覆盖检查")
        await right.get_by_role("button", name="开始检查").click()
        await expect(right.get_by_role("status")).to_contain_text("都有且只有一个单位")

        await rules.get_by_role("button", name="删除「巷道归作业单位」").click()
        await expect(right).to_contain_text("规则又改过了")
        await right.get_by_role("button", name="开始检查").click()
        await expect(right.get_by_role("listitem").first).to_contain_text("规定由派遣员定")
        await tab(right, "试跑")
        await right.get_by_role("button", name="开始试跑").click()
        await expect(right.get_by_role("status")).to_contain_text("会派到别处")
        ways = right.get_by_role("table")
        await expect(ways.get_by_role("row").nth(1)).to_contain_text("环卫")
        await ways.get_by_role("button", name="派遣员").first.click()
        await expect(right.get_by_role("listitem").first).to_contain_text("巷道归作业单位")
        await expect(right.get_by_role("listitem").first).to_contain_text("其余由派遣员定")
        await rules.get_by_role("button", name="恢复原样").click()
        await expect(rules.get_by_role("button", name="发布新版")).to_be_disabled()


async def test_a_rule_is_made_on_screen_refused_with_an_example_and_an_earlier_version_comes_back(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True) as desk:
        await desk.sign_in(installation.account("system_admin"))
        await desk.press("派遣规则")
        rules = desk.page.get_by_role("region", name="派遣规则", exact=True)
        version = int(re.sub(r"\D", "", await rules.get_by_text("现在是第").inner_text()))

        await rules.get_by_role("button", name="加一条规则").click()
        form = desk.page.get_by_role("dialog", name="规则")
        await form.get_by_label("名称").fill("夜里的巷道")
        await form.get_by_role("checkbox", name="巷道").check()
        await form.get_by_label("派给谁").select_option(label="兜底单位")
        await form.get_by_role("button", name="好").click()
        await expect(rules.get_by_role("listitem").nth(3)).to_contain_text("夜里的巷道")
        await rules.get_by_role("button", name="发布新版").click()
        alert = rules.get_by_role("alert")
        await expect(alert).to_contain_text("「夜里的巷道」永远轮不到：都被")
        await expect(alert).to_contain_text("巷道归作业单位")
        await expect(alert).to_contain_text("比如：")

        await rules.get_by_role("button", name="修改「夜里的巷道」").click()
        await form.get_by_role("group", name="每天的时段").get_by_label("从").fill("22:00")
        await form.get_by_role("group", name="每天的时段").get_by_label("到").fill("06:00")
        await form.get_by_role("button", name="好").click()
        await rules.get_by_role("button", name="夜里的巷道 上移").click()
        await expect(rules.get_by_role("listitem").nth(2)).to_contain_text("22:00～06:00")
        await rules.get_by_role("button", name="发布新版").click()
        await expect(alert).to_contain_text("都符合同一种情况，谁在先要说清楚")
        await alert.get_by_role("button", name="就是要「专业事项按事项清单」在先").click()
        await rules.get_by_role("button", name="发布新版").click()
        await expect(rules).to_contain_text(f"现在是第 {version + 1} 版")

        await tab(rules, "历次版本")
        versions = rules.locator("ol > li")
        newest = versions.filter(has=desk.page.locator("strong", has_text=f"第 {version + 1} 版"))
        await expect(newest).to_contain_text("加了「夜里的巷道」")
        before = versions.filter(has=desk.page.locator("strong", has_text=f"第 {version} 版"))
        await before.get_by_role("button", name="拿来做新版").click()
        await expect(rules).to_contain_text(f"这是第 {version} 版的内容")
        await rules.get_by_role("button", name="发布新版").click()
        await expect(rules).to_contain_text(f"现在是第 {version + 2} 版")
        await expect(rules.get_by_role("listitem").filter(has_text="夜里的巷道")).to_have_count(0)
