"""Two people at two desks: what comes in is there by itself, and what both do at once comes out clear."""

from __future__ import annotations

from playwright.async_api import Browser, expect

from browser.stage.by_keys import line, sent
from browser.stage.people import visiting
from browser.stage.places import Places
from browser.stage.reporting import volunteering
from browser.stage.server import Installation, Server


async def test_a_report_comes_by_itself_and_a_step_on_several_tickets_tells_what_became_of_each(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True, webgl=False) as desk,
        visiting(chromium, server.origin, desk=True, webgl=False) as leader,
    ):
        await desk.sign_in(installation.account("dispatcher"))
        await leader.sign_in(installation.account("shift_leader"))
        for one in (desk, leader):
            await one.page.get_by_role("tab", name="待立案").click()
        tab = desk.page.get_by_role("tab", name="待立案")
        before = int(await tab.locator(".count").inner_text())
        # Nothing on this page is touched; while it is live, it asks for nothing by itself either.
        await expect(desk.page.get_by_text("实时更新断开了")).to_be_hidden()
        filed = [await sent(reporter, places, "other", note=f"第 {number} 件") for number in range(3)]
        for one in filed:
            await expect(line(desk.page, one)).to_be_visible()
        await expect(tab.locator(".count")).to_have_text(str(before + 3))

        # A colleague looks at the first.
        await line(leader.page, filed[0]).click()
        await expect(line(desk.page, filed[0])).to_contain_text("正在看")

        # All three are marked; while the preview is open, the colleague is quicker with the first.
        for one in filed:
            await line(desk.page, one).click(modifiers=["Control"])
        await desk.page.keyboard.press("r")
        sheet = desk.page.get_by_role("dialog")
        await expect(sheet).to_contain_text("会办理 3 件")
        pane = leader.page.get_by_role("region", name="工单", exact=True)
        await leader.page.keyboard.press("r")
        await pane.get_by_label("原因").select_option(label="去看过，已经没有了。")
        await pane.locator("form").get_by_role("button", name="不予立案", exact=True).click()
        await expect(line(leader.page, filed[0])).to_be_hidden()
        await sheet.get_by_label("原因").select_option(label="这里属于私人地方，我们不便处理。")
        await sheet.get_by_role("button", name="办理 3 件").click()

        # They wait on this machine, and a reload loses nothing of that.
        waits = desk.page.locator(".batches")
        await expect(waits.get_by_role("button", name="撤销")).to_be_visible()
        await desk.page.reload()
        await expect(waits).to_contain_text("已办 2 件")
        await expect(waits).to_contain_text("1 件没有办成")
        await expect(waits.locator("li")).to_contain_text(f"{filed[0]['short_no']}号")
        await waits.get_by_role("button", name="知道了").click()
        await expect(waits).to_be_hidden()
        for one in filed:
            await expect(line(desk.page, one)).to_be_hidden()
            assert installation.ask(f"SELECT status FROM ticket WHERE ticket_id = '{one['ticket_id']}'") == "rejected"


async def test_an_urgent_report_is_called_out_on_every_page_of_the_desk(
    chromium: Browser, server: Server, installation: Installation, places: Places
) -> None:
    async with (
        volunteering(chromium, server, installation, places.quiet()) as reporter,
        visiting(chromium, server.origin, desk=True, webgl=False) as desk,
    ):
        page = desk.page
        # The window stands behind another one.
        await page.add_init_script("Document.prototype.hasFocus = () => false")
        await desk.sign_in(installation.account("dispatcher"))
        async with page.expect_response("**/api/v1/changes/stream"):
            await desk.open("/desk/duty")
        await expect(page.get_by_role("region", name="交接班")).to_be_visible()
        quiet = await page.title()
        await sent(reporter, places, "fire_lane", note="消防通道堵了")
        await expect(page).to_have_title("(1) 紧急工单")
        await desk.press("派遣规则")
        await expect(page.get_by_role("heading", name="派遣规则").first).to_be_attached()
        await expect(page).to_have_title("(1) 紧急工单")
        await page.evaluate("dispatchEvent(new Event('focus'))")
        await expect(page).to_have_title(quiet)
