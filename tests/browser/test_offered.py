"""The desk offers nobody what the server would refuse."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from browser.stage.people import visiting
from browser.stage.server import Installation, Server


async def test_whoever_keeps_the_rights_sees_units_and_their_people_and_nothing_to_import(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(installation.account("security_admin"))
        await desk.press("设置")
        page = desk.page
        await expect(page.get_by_role("heading", name="登录与三员")).to_be_visible()
        await expect(page.get_by_role("tab", name="导入地图资料")).to_have_count(0)
        await page.get_by_role("tab", name="责任单位").click()
        await page.get_by_role("button", name="环卫一队").click()
        await expect(page.get_by_role("heading", name="单位的人")).to_be_visible()
        await expect(page.get_by_role("textbox", name="名称")).to_be_disabled()
        await expect(page.get_by_role("heading", name="责任范围")).to_have_count(0)
        await expect(page.get_by_role("alert")).to_have_count(0)


async def test_whoever_leads_the_shift_of_one_community_is_not_offered_what_concerns_all(
    chromium: Browser, server: Server, installation: Installation
) -> None:
    leader = installation.account("shift_leader")
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(leader)
        await desk.open("/desk/households")
        await expect(desk.page.get_by_role("tab", name="户表导入")).to_be_visible()
    installation.ask(
        "UPDATE role_grant SET scope_kind = 'community', "
        "scope_id = (SELECT scope_id FROM role_grant WHERE role = 'volunteer' LIMIT 1) WHERE role = 'shift_leader'"
    )
    async with visiting(chromium, server.origin, desk=True, webgl=False) as desk:
        await desk.sign_in(leader)
        page = desk.page
        await desk.open("/desk/households")
        await expect(page.get_by_role("tab", name="联系户分配")).to_be_visible()
        await expect(page.get_by_role("tab", name="户表导入")).to_have_count(0)
        await desk.open("/desk/causes?tab=rules")
        await desk.reads("由全辖区的值班长、考核员或系统管理员设定")
        await expect(page.get_by_role("button", name="设定")).to_have_count(0)
        await desk.open("/desk/registers?tab=forms")
        await desk.reads("由全辖区的值班长、考核员或系统管理员上传")
        await expect(page.get_by_role("heading", name="上传街道的表")).to_have_count(0)
