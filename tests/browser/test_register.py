"""The register of households: a sheet mended and imported, one household looked up, a number shown for a purpose, a double
settled while a liaison's phone holds a visit to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest
import xlsxwriter
from playwright.async_api import Browser, expect

from browser.stage.people import Visitor, visiting
from browser.stage.server import Account, Installation, Server

PHONE, ID_NUMBER = "13800138000", "440605199001011234"
HEADINGS = ["楼栋", "单元", "房号", "联系人", "联系电话", "同意"]


@dataclass(frozen=True, slots=True)
class Ground:
    """A building of the liaison's community; the registrar visits households there as well."""

    registrar: Account
    liaison: Account
    building: str
    code: str


@pytest.fixture(scope="module")
def ground(installation: Installation) -> Ground:
    registrar, liaison = installation.account("shift_leader"), installation.account("liaison")
    person = "(SELECT person_id FROM person WHERE name = '{}' LIMIT 1)"
    community = f"(SELECT scope_id FROM role_grant WHERE role = 'liaison' AND person_id = {person.format(liaison.person)} LIMIT 1)"
    installation.ask(
        "INSERT INTO role_grant (grant_id, jurisdiction_id, person_id, role, scope_kind, scope_id, valid_from, is_lead) "
        "SELECT gen_random_uuid(), jurisdiction_id, person_id, 'liaison', 'community', "
        f"{community}, '2020-01-01', false FROM person WHERE name = '{registrar.person}'"
    )
    # The demo's liaisons have as many households as they may: one less makes room.
    installation.ask(
        "DELETE FROM tie WHERE tie_id = (SELECT tie_id FROM tie "
        f"WHERE person_id = {person.format(liaison.person)} AND valid_to IS NULL LIMIT 1)"
    )
    name, code = installation.ask(
        "SELECT coalesce(b.name, b.house_no), b.code FROM building b JOIN grid g USING (grid_id) "
        f"WHERE g.community_id = {community} AND coalesce(b.name, b.house_no) <> '' ORDER BY b.code LIMIT 1"
    ).split("|")
    return Ground(registrar, liaison, name, code)


def sheet(path: Path, rows: list[list[object]]) -> Path:
    book = xlsxwriter.Workbook(path)
    page = book.add_worksheet("户")
    for number, row in enumerate([HEADINGS, *rows]):
        page.write_row(number, 0, row)
    book.close()
    return path


@pytest.fixture
def sheets(tmp_path: Path, ground: Ground) -> tuple[Path, Path, Path]:
    """As it was handed in, mended, and a later one."""
    right = [[ground.code, 1, "9901", "梁秀英", PHONE, "是"], [ground.code, 1, "09901", "", "", ""]]
    wrong = [[ground.code, 1, "9902", "何伯", ID_NUMBER, "是"], ["没有这栋", 1, "9903", "", "", ""]]
    mended = [[ground.code, 1, "9902", "何伯", "", "是"]]
    withdrawn = [[ground.code, 1, "9901", "", "", "否"], [ground.code, 1, "9902", "", "", ""]]
    return (
        sheet(tmp_path / "handed.xlsx", right + wrong),
        sheet(tmp_path / "mended.xlsx", right + mended),
        sheet(tmp_path / "withdrawn.xlsx", withdrawn),
    )


async def opened(desk: Visitor, address: str) -> None:
    """By the keyboard alone."""
    await desk.open("/desk/households?tab=find")
    await expect(desk.page.get_by_role("searchbox")).to_be_focused()
    await desk.page.keyboard.type(address)
    found = desk.page.get_by_role("list", name="找到的户").get_by_role("button")
    await expect(found).to_have_count(1)
    await desk.page.keyboard.press("ArrowDown")
    await desk.page.keyboard.press("Enter")
    await expect(desk.page.get_by_role("article")).to_be_visible()


async def handed(desk: Visitor, person: str) -> None:
    await desk.press("换联系党员")
    choice = desk.page.get_by_label("改由谁联系")
    option = await choice.get_by_role("option").filter(has_text=person).first.get_attribute("value")
    await choice.select_option(option)
    await desk.press("改")
    await desk.reads(f"已改由 {person} 联系。")


async def test_a_sheet_is_mended_and_a_double_is_settled_while_a_phone_is_without_signal(
    chromium: Browser, server: Server, installation: Installation, ground: Ground, sheets: tuple[Path, Path, Path]
) -> None:
    async with (
        visiting(chromium, server.origin, desk=True, webgl=False) as desk,
        visiting(chromium, server.origin, service_workers="allow") as phone,
    ):
        await desk.sign_in(ground.registrar)
        await desk.open("/desk/households?tab=register")
        chooser = desk.page.get_by_label("户表（xlsx 或 csv）")
        await chooser.set_input_files(sheets[0])
        await desk.reads("读到 4 行：新 2，有改动 0，没变 0，不收 2")
        await desk.reads("这里写了身份证号，不保存，也不在这里显示。请从表里删掉。")
        await desk.reads("没有这栋楼。先导入楼栋，或看编码有没有少零。")
        assert ID_NUMBER not in await desk.page.content()
        await chooser.set_input_files(sheets[1])
        await desk.reads("读到 3 行：新 3，有改动 0，没变 0，不收 0")
        await desk.press("登记 3 户")
        await desk.reads("已登记 3 户。")
        await chooser.set_input_files(sheets[2])
        await desk.reads("读到 2 行：新 0，有改动 1，没变 1，不收 0")
        await expect(desk.page.get_by_role("heading", name="会改写或删除的内容")).to_be_visible()
        await desk.reads("写了“否”：撤回同意，姓名、电话、关爱需要都会删除。")

        await opened(desk, f"{ground.code} 09901")
        await desk.reads("姓名、电话和民情日记只给联系这一户的党员看。")
        await handed(desk, ground.liaison.person)
        await phone.sign_in(ground.liaison)
        await phone.page.evaluate("navigator.serviceWorker.ready")
        await phone.open("/visits")
        await phone.reads("1单元 · 09901")
        await phone.page.context.set_offline(True)

        await opened(desk, f"{ground.code} 9901")
        await handed(desk, ground.registrar.person)
        await desk.press("看姓名和电话（要有网络）")
        await desk.reads("138****8000")
        assert PHONE not in await desk.page.content()
        await desk.press("看完整号码")
        await desk.press("约走访时间")
        await desk.reads(PHONE)

        await opened(desk, f"{ground.code} 09901")
        await desk.press("与另一户合并")
        await desk.page.get_by_label(f"{ground.building} 1单元 · 9901").check()
        await desk.reads("联系方式用留下那一户的。")
        await desk.press("合并")
        await expect(desk.page.get_by_role("heading", name="1单元 · 9901")).to_be_visible()

        await phone.page.get_by_role("link", name="1单元 · 09901").click()
        await phone.press("见到了")
        await phone.press("记下")
        await phone.reads("已存在这台手机")
        await phone.page.context.set_offline(False)
        await phone.reads("这一户已并入另一户（登记了两次）。走访照样收下了。")
        await expect(phone.page.get_by_role("link", name="1单元 · 09901")).to_be_hidden()

        await opened(desk, f"{ground.code} 9901")
        await desk.reads("已并入另一户之后收到")
    assert installation.ask("SELECT outcome, marks FROM visit ORDER BY received_at DESC LIMIT 1") == (
        "met|{household_merged}"
    )
    async with visiting(chromium, server.origin, desk=True, webgl=False) as above:
        await above.sign_in(installation.account("supervisor"))
        await above.open("/desk/households?tab=reveals")
        row = above.page.get_by_role("row").filter(has_text="9901")
        await expect(row).to_contain_text(ground.registrar.person)
        await expect(row).to_contain_text("约走访时间")
        await above.open("/desk/households?tab=stewards")
        await above.page.get_by_label("楼栋、编码或楼长姓名").fill(ground.code)
        await expect(above.page.get_by_role("row")).to_have_count(2)
        await expect(above.page.get_by_role("row").last).to_contain_text(ground.building)
        await above.page.get_by_label("楼栋、编码或楼长姓名").fill("没有这样的楼")
        await above.reads("没有这样的楼栋。换个词，或去掉“只看没有楼长的”。")
    async with visiting(chromium, server.origin, desk=True, webgl=False) as auditor:
        await auditor.sign_in(installation.account("audit_admin"))
        page = auditor.page
        await auditor.press("查阅记录")
        await page.get_by_label("看了谁的（姓名，或楼栋）").fill(ground.building)
        await page.get_by_label("谁看的（姓名）").fill(ground.registrar.person)
        await auditor.press("查找")
        seen = page.get_by_role("listitem").filter(has_text=f"{ground.building} 1单元 · 9901").first
        await expect(seen).to_contain_text("住户的称呼和需求")
        await expect(page.get_by_text("已删除的人")).to_have_count(0)
        assert "梁秀英" not in await page.content(), "the door, nobody's name"
        file = await page.get_by_role("link", name="导出 CSV").get_attribute("href")
        told = await (await page.request.get(f"{server.origin}{file}")).text()
        assert f"{ground.building} 1单元 · 9901" in told
        await page.get_by_label("谁看的（姓名）").fill("没有这个人")
        await auditor.press("查找")
        await auditor.reads("没有这样的记录。换个名字或日期试试。")
