"""A unit's day on paper: by due time, without the reporter, and what somebody typed is text and no formula."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, Member, Town
from conftest import Write
from filing import open_town
from phones import Phone
from serving import Served, serve

FORMULA = '=HYPERLINK("http://example.org";"学校东门")'


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def test_the_list_of_a_day_is_by_due_time_and_holds_no_formula_and_no_reporter(
    served: Served, volunteer: Member, sanitation_lead: Member, sanitation_worker: Member, property_lead: Member
) -> None:
    phone, lead = Phone(served, volunteer), Phone(served, sanitation_lead)
    filed = []
    for number, note in enumerate((FORMULA, "东门对面")):
        served.clock.forward(minutes=3)
        photo = {"sha256": await phone.photo(1 + 40 * number), "kind": "close", "exif": None}
        at = (MARKET[0], MARKET[1] - 0.0008 + 0.0007 * number)
        answer = await phone.file(phone.report(at=at, photos=[photo], place_note=note))
        filed.append(str(answer.json()["ticket_id"]))
    await lead.does(filed[0], "acknowledge")
    handed = await lead.does(filed[0], "hand_to", worker_id=str(sanitation_worker.person_id))
    assert handed.status_code == 200, handed.text
    answer = await lead.browser.get("my/unit/day-list")
    assert answer.status_code == 200
    sheet = load_workbook(BytesIO(answer.content)).active
    assert sheet is not None
    head, *rows = list(sheet.iter_rows())
    column = {str(cell.value): at for at, cell in enumerate(head)}
    assert [row[column["地点"]].value for row in rows] == [FORMULA, "东门对面"]
    assert {row[column["地点"]].data_type for row in rows} == {"s"}, "text, never a formula"
    assert [row[column["交给谁"]].value for row in rows] == [sanitation_worker.name, None]
    said = {str(cell.value) for row in rows for cell in row}
    assert not said & {volunteer.name, volunteer.phone}
    english = load_workbook(BytesIO((await lead.browser.get("my/unit/day-list", params={"lang": "en"})).content)).active
    assert english is not None
    head, *rows = list(english.iter_rows(values_only=True))
    assert [dict(zip(head, row, strict=True))["State"] for row in rows] == ["in progress", "assigned"]
    other = await Phone(served, property_lead).browser.get("my/unit/day-list")
    sheet = load_workbook(BytesIO(other.content)).active
    assert sheet is not None
    assert sheet.max_row == 1, "another unit's list holds only its own"
    refused = await phone.browser.get("my/unit/day-list")
    assert refused.status_code == 403
