"""The street's own form: its headings are found however it is made, and a month goes into it without hurting it."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import Border, Side

from gridward.domain.errors import Malformed
from gridward.domain.registers import CASES, columns_for, plain_heading
from gridward.gateways.forms import fill, read_form

ZONE = ZoneInfo("Asia/Shanghai")
KNOWN = {plain_heading(word): column for column in CASES for word in column.words}


def street_form(*, empty_rows: int = 2) -> bytes:
    """A title over all columns, a line for the month, headings in two rows, empty rows with borders, a signature below."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "月报"
    sheet["A1"] = "大良街道城市管理案件月报表"
    sheet.merge_cells("A1:H1")
    sheet["A2"] = "社区：{社区}    月份：{月份}"
    sheet.merge_cells("A2:H2")
    for place, heading in enumerate(
        ("序号", "案件编号", "发生地点（详细）", "问题描述", "时间", None, "承办单位", "备注"), 1
    ):
        sheet.cell(3, place, heading)
    sheet.merge_cells("E3:F3")
    sheet["E4"], sheet["F4"] = "受理", "办结"
    for column in "ABCDGH":
        sheet.merge_cells(f"{column}3:{column}4")
    line = Side(style="thin")
    for row in range(5, 5 + empty_rows):
        sheet.row_dimensions[row].height = 30
        for place in range(1, 9):
            sheet.cell(row, place).border = Border(left=line, right=line, top=line, bottom=line)
    below = 5 + empty_rows
    sheet.cell(below, 1, "填表人：")
    sheet.merge_cells(start_row=below, end_row=below, start_column=1, end_column=4)
    sheet.cell(below, 5, "负责人：")
    sheet.merge_cells(start_row=below, end_row=below, start_column=5, end_column=8)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def records(n: int) -> list[dict[str, object]]:
    at = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
    return [
        {
            "line": number,
            "ticket_no": f"20260901-{number:06d}",
            "place_note": '=HYPERLINK("http://bad")' if number == 1 else "雪圃学校东门旁",
            "what": "垃圾\x0b满溢",
            "received_at": at,
            "ended_at": None,
            "unit": "环卫一队",
        }
        for number in range(1, n + 1)
    ]


def test_headings_are_found_under_titles_and_in_merged_cells() -> None:
    form = read_form(street_form(), KNOWN)
    meant = columns_for(CASES, form.headings)
    assert (form.sheet, form.first_row) == ("月报", 5)
    assert {form.headings[place]: key for place, key in meant.items()} == {
        "序号": "line",
        "案件编号": "ticket_no",
        "发生地点（详细）": "place_note",
        "问题描述": "what",
        "受理时间": "received_at",
        "办结时间": "ended_at",
        "承办单位": "unit",
    }


@pytest.mark.parametrize("rows", [1, 7])
def test_a_month_goes_in_and_what_stands_below_moves_down_whole(rows: int) -> None:
    content = street_form()
    form = read_form(content, KNOWN)
    columns = columns_for(CASES, form.headings)
    filled = fill(content, form, columns, records(rows), ZONE, {"月份": "2026年9月", "社区": "雪圃社区"})
    sheet = load_workbook(io.BytesIO(filled)).worksheets[0]
    assert sheet["A2"].value == "社区：雪圃社区    月份：2026年9月"
    first = [sheet.cell(5, place).value for place in range(1, 9)]
    assert first[:2] == [1, "20260901-000001"]
    assert first[3] == "垃圾满溢"
    assert f"{first[4]:%Y-%m-%d %H:%M}" == "2026-09-01 12:00"
    assert (sheet["C5"].value, sheet["C5"].data_type) == ('=HYPERLINK("http://bad")', "s")
    below = 5 + max(rows, 2)
    assert sheet.cell(below, 1).value == "填表人："
    assert sheet.cell(below, 5).value == "负责人："
    merged = {str(one) for one in sheet.merged_cells.ranges}
    assert {"A1:H1", "E3:F3", f"A{below}:D{below}", f"E{below}:H{below}"} <= merged
    last = 4 + rows
    assert sheet.cell(last, 8).border.left.style == "thin"
    assert sheet.row_dimensions[last].height == 30


def test_what_is_no_form_is_refused_by_name() -> None:
    empty = io.BytesIO()
    Workbook().save(empty)
    for content, code in ((b"\xd0\xcf\x11\xe0 old xls", "form.not_a_workbook"), (empty.getvalue(), "form.no_headings")):
        with pytest.raises(Malformed, match=code):
            read_form(content, KNOWN)
    content = street_form()
    form = read_form(content, KNOWN)
    with pytest.raises(Malformed, match="too_many_rows"):
        fill(content, form, {}, [{}] * 3_001, ZONE, {})
