"""``gridward import people`` and ``gridward invite``, as they are typed."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import NOON, Member, Town
from gridward.persistence.accounts.rows import GrantRow, InviteRow, PersonRow
from gridward.persistence.territory.rows import StewardshipRow
from serving import Served, serve


def report(done: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    return json.loads(done.stdout)


def workbook(path: Path, rows: list[tuple[object, ...]]) -> Path:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("名册")
        for at, row in enumerate(rows):
            sheet.write_row(at, 0, row)
    return path


async def people_of(read, town: Town) -> int:
    async with read() as session:
        query = select(func.count()).where(PersonRow.jurisdiction_id == town.jurisdiction_id)
        return (await session.execute(query)).scalar_one()


async def test_a_roster_is_previewed_published_and_printed(
    gridward, town: Town, read, write, tmp_path: Path, engine: AsyncEngine
) -> None:
    roster = workbook(
        tmp_path / "roster.xlsx",
        [
            ("雪圃社区名册",),
            ("姓名", "手机", "所属社区", "角色", "网格编码", "单位编码"),
            ("梁秀英", 19911110001, "440605001001", "", "", ""),
            ("何国华", "199 1111 0002", "雪圃社区", "党员志愿者", "", ""),
            ("李耀祖", "19911110003", "", "网格员", "440605001001001", ""),
            ("无名", "12345", "雪圃社区", "", "", ""),
            ("外人", "19911110004", "没有的社区", "", "", ""),
        ],
    )
    jurisdiction = ("--jurisdiction", str(town.jurisdiction_id))
    before = await people_of(read, town)
    seen = gridward("import", "people", str(roster), *jurisdiction, "--json")
    assert seen.returncode == 1, seen.stderr
    assert {name: report(seen)[name] for name in ("read", "ready", "applied", "published")} == {
        "read": 5,
        "ready": 3,
        "applied": 0,
        "published": False,
    }
    assert [(one["place"], one["field"], one["text"]) for one in report(seen)["refused"]] == [
        ("sheet 名册 row 6", "phone", "12345"),
        ("sheet 名册 row 7", "community", "没有的社区"),
    ]
    assert await people_of(read, town) == before

    done = gridward("import", "people", str(roster), *jurisdiction, "--apply", "--json")
    assert report(done)["applied"] == 3
    assert await people_of(read, town) == before + 3
    (sheet,) = (tmp_path / "data" / "invites").glob("*.html")
    assert sheet.stat().st_mode & 0o077 == 0
    page = sheet.read_text()
    codes = re.findall(r'class="code">(\d{4} \d{4})<', page)
    assert page.count("<svg") == len(codes) == 3
    assert "梁秀英" in page

    again = gridward("import", "people", str(roster), *jurisdiction, "--apply", "--json")
    assert (report(again)["applied"], report(again)["unchanged"]) == (0, 3)
    assert len(list((tmp_path / "data" / "invites").glob("*.html"))) == 1

    async with read() as session:
        steward = (await session.execute(select(PersonRow).where(PersonRow.name == "李耀祖"))).scalar_one()
        held = (
            await session.execute(select(StewardshipRow.grid_id).where(StewardshipRow.person_id == steward.person_id))
        ).scalars()
        assert list(held) == [town.grid_market]
        entries = await session.execute(
            text("SELECT verb FROM entry WHERE subject_id = :person ORDER BY verb"), {"person": steward.person_id}
        )
        assert list(entries.scalars()) == ["grant.given", "invite.made", "person.added", "stewardship.begun"]


async def test_a_csv_from_an_old_excel_is_read(gridward, town: Town, read, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_bytes("姓名,手机,社区\n冼婉婷,19911110021,雪圃社区\n".encode("gb18030"))
    done = gridward("import", "people", str(roster), "--jurisdiction", str(town.jurisdiction_id), "--apply", "--json")
    assert done.returncode == 0, done.stderr
    async with read() as session:
        assert (await session.execute(select(PersonRow).where(PersonRow.name == "冼婉婷"))).scalar_one()


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02", b"a,b\n1,2\n", b"PK\x03\x04not a workbook"])
def test_a_file_that_is_no_roster_is_refused_as_a_whole(gridward, town: Town, tmp_path: Path, content: bytes) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_bytes(content)
    done = gridward("import", "people", str(roster), "--json")
    assert done.returncode == 2, done.stderr
    assert report(done)["read"] == 0
    assert len(report(done)["refused"]) == 1


def test_ten_thousand_bad_rows_are_ten_thousand_refusals(gridward, town: Town, tmp_path: Path) -> None:
    roster = tmp_path / "roster.csv"
    roster.write_text("name,phone,community\n" + "".join(f"甲{n},{n},雪圃社区\n" for n in range(10_000)))
    done = gridward("import", "people", str(roster), "--jurisdiction", str(town.jurisdiction_id), "--apply", "--json")
    assert done.returncode == 1, done.stderr
    assert (report(done)["read"], report(done)["applied"], len(report(done)["refused"])) == (10_000, 0, 10_000)


async def test_the_first_administrator_of_an_installation_is_invited(gridward, read) -> None:
    done = gridward(
        "invite", "梁工", "--phone", "13800138000", "--role", "system_admin", "--found", "新开街道", "--json"
    )
    assert done.returncode == 0, done.stderr
    made = json.loads(done.stdout)
    assert made["url"].startswith("http://127.0.0.1:8000/i#")
    assert made["printed_code"] is None
    async with read() as session:
        role = await session.execute(select(GrantRow.role).where(GrantRow.person_id == made["person_id"]))
        assert role.scalar_one() == "system_admin"


async def test_an_invite_is_for_one_person_and_works(
    gridward, town: Town, volunteer: Member, read, engine: AsyncEngine, tmp_path: Path
) -> None:
    at_home = ("--jurisdiction", str(town.jurisdiction_id))
    made = json.loads(gridward("invite", "--phone", volunteer.phone, *at_home, "--json").stdout)
    served: Served = serve(engine, tmp_path)
    async with read() as session:
        row = (await session.execute(select(InviteRow).where(InviteRow.person_id == volunteer.person_id))).scalar_one()
    assert row.expires_at is not None
    served.clock.at = row.made_at
    async with served.browser() as phone:
        entered = await phone.post("sign-in/invite", json={"token": made["url"].partition("#")[2]})
    assert entered.json()["name"] == "梁阿姨"
    assert gridward("invite", "没有的人", *at_home).returncode == 1
    assert served.clock.at > NOON
