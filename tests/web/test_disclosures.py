"""Who saw what: whoever is shown a name, a number or a large photo of somebody else leaves a row; one's own leaves none."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, Member, Town
from conftest import Write
from filing import open_town
from phones import Phone
from serving import Served, days_later, serve


@pytest.fixture
async def served(engine: AsyncEngine, tmp_path: Path, write: Write, town: Town) -> Served:
    async with write() as session:
        await open_town(session, town)
    return serve(engine, tmp_path)


async def get(served: Served, who: Member, path: str, status: int = 200, **params: Any) -> Any:
    async with served.browser(who) as page:
        answer = await page.get(path, params=params)
    assert answer.status_code == status, answer.text
    return answer.json() if "json" in answer.headers["content-type"] else answer.content


async def seen(served: Served, auditor: Member, of: Member) -> set[tuple[str, str, int]]:
    page = await get(served, auditor, "disclosures", subject_id=str(of.person_id))
    return {(one["reader"], one["field"], one["times"]) for one in page["seen"]}


async def test_what_others_were_shown_of_a_volunteer_is_noted_once_an_hour_and_what_was_not_shown_is_not(
    served: Served, town: Town, volunteer: Member
) -> None:
    phone = Phone(served, volunteer)
    sha256 = await phone.photo(5)
    filed = await phone.file(phone.report(at=MARKET, photos=[{"sha256": sha256, "kind": "before"}]))
    ticket_id = UUID(filed.json()["ticket_id"])
    desk, lead, auditor = town["dispatcher"], town["sanitation_lead"], town["audit_admin"]
    for _ in range(2):
        shown = await get(served, desk, f"tickets/{ticket_id}")
    assert volunteer.name in str(shown["reporter"])
    await get(served, desk, f"photos/{sha256}")
    await get(served, desk, f"photos/{sha256}", size="thumb")
    assert (await get(served, lead, f"tickets/{ticket_id}"))["reporter"] is None
    await get(served, volunteer, f"tickets/{ticket_id}")
    await get(served, volunteer, f"photos/{sha256}")
    assert await seen(served, auditor, volunteer) == {(desk.name, "reporter", 2), (desk.name, "photo", 1)}

    served.clock.forward(hours=1)
    people = await get(served, town["system_admin"], "people", text=volunteer.name)
    assert [one["phone"] for one in people["people"]] == [volunteer.phone]
    await get(served, town["security_admin"], "people", text=volunteer.name)
    await get(served, desk, f"tickets/{ticket_id}")
    assert await seen(served, auditor, volunteer) == {
        (desk.name, "reporter", 2),
        (desk.name, "photo", 1),
        (town["system_admin"].name, "phone", 1),
        (town["security_admin"].name, "name", 1),
        (desk.name, "reporter", 1),
    }

    mine = (await get(served, volunteer, "my/disclosures"))["seen"]
    assert [(one["roles"], one["field"]) for one in mine][-1] == (["dispatcher"], "reporter")
    assert {one["reader"] for one in mine} == {None}
    assert (await get(served, town["other_volunteer"], "my/disclosures"))["seen"] == []
    await get(served, desk, "disclosures", 403)
    await get(served, volunteer, "disclosures", 403)


async def test_an_auditor_finds_who_looked_and_at_whom_by_name_and_by_day_and_takes_it_along_as_a_file(
    served: Served, write: Write, town: Town, volunteer: Member, other_volunteer: Member
) -> None:
    system, security, auditor = town["system_admin"], town["security_admin"], town["audit_admin"]
    await get(served, system, "people", text=volunteer.name)
    await get(served, system, "people", text=other_volunteer.name)
    await days_later(served, write, days=1)
    await get(served, security, "people", text=volunteer.name)

    async def found(**asked: str) -> list[tuple[str, str]]:
        page = await get(served, auditor, "disclosures", **asked)
        assert page["total"] == len(page["seen"])
        return [(one["reader"], one["subject"]) for one in page["seen"]]

    first = served.clock() - timedelta(days=1)
    of_first = {"from": f"{first:%Y-%m-%d}", "to": f"{first:%Y-%m-%d}"}
    assert await found(subject=volunteer.name) == [(security.name, volunteer.name), (system.name, volunteer.name)]
    assert await found(reader=security.name[:1], subject=volunteer.name) == [(security.name, volunteer.name)]
    assert set(await found(**of_first)) == {(system.name, volunteer.name), (system.name, other_volunteer.name)}
    assert await found(reader="%") == []
    assert (await get(served, auditor, "disclosures", 422, **{"from": "2026-02-02", "to": "2026-02-01"}))["code"]

    sheet = await get(served, auditor, "disclosures/file", format="csv", subject=volunteer.name)
    rows = list(csv.DictReader(io.StringIO(sheet.decode("utf-8-sig"))))
    assert [(row["谁看了"], row["身份"], row["谁的"], row["看到什么"]) for row in rows] == [
        (security.name, "安全管理员", volunteer.name, "姓名"),
        (system.name, "系统管理员", volunteer.name, "姓名和完整电话"),
    ]
    await get(served, town["dispatcher"], "disclosures/file", 403)
