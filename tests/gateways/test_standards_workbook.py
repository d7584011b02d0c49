"""Workbooks as cities make them: merged cells, numbers as codes, lines of two heights."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import Workbook

from gridward.domain.errors import Malformed
from gridward.domain.standards import CategoryKind, DayRule, LimitKind, Standard, Verification
from gridward.domain.standards_builtin import built_in_standard
from gridward.domain.standards_import import Judged, RawSheet, judge
from gridward.domain.standards_reading import LimitWords, read_code, read_unit_names
from gridward.gateways.imports import standards as gateway
from gridward.gateways.imports.standards import read_workbook

WORDS = LimitWords(LimitKind.WORK_DAY, LimitKind.WORK_HOUR, DayRule.HOURS)
HEADINGS = ["大类代码", "大类名称", "小类代码", "小类名称", "处置单位", "主管部门", "立案条件", "结案条件", "处置时限"]

Line = list[object]


def workbook(*lines: Line, title: str = "部件", merged: tuple[str, ...] = (), headings: list[str] = HEADINGS) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    sheet.append(["某市立案、处置和结案标准"])
    sheet.append(headings)
    for line in lines:
        sheet.append(line)
    for area in merged:
        sheet.merge_cells(area)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def judged(content: bytes, words: LimitWords = WORDS) -> Judged:
    return judge(read_workbook(content), words, scheme="somewhere", previous=None)


COVER: Line = [1, "公用设施", 1.0, "上水井盖", "节水中心、各产权单位", "城管局", "缺失", "恢复", "2紧急工作时"]
BROKEN: Line = [None, None, None, None, None, None, "破损", "更换", "4小时"]


def test_merged_cells_carry_their_values_down_and_codes_become_text() -> None:
    said = judged(workbook(COVER, BROKEN, merged=("A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:E4", "F3:F4")))
    assert (said.read, said.refused, said.warnings, said.repaired) == (2, (), (), 0)
    category = said.categories["C0101"]
    assert (category.number, category.name.zh, category.kind) == ("0101", "上水井盖", CategoryKind.COMPONENT)
    missing, broken = said.conditions["C0101-1"], said.conditions["C0101-2"]
    assert missing.lead == broken.lead == ("节水中心", "各产权单位")
    assert missing.urgent
    assert missing.verification is Verification.SPOT
    assert broken.limit is not None
    assert (broken.limit.kind, broken.limit.text, broken.verification) == ("work_hour", "4小时", Verification.DESK)
    assert said.decided == {"day": 0, "hour": 1}


def test_cells_left_empty_without_merging_are_filled_from_above_and_said() -> None:
    said = judged(workbook(COVER, BROKEN))
    assert (len(said.conditions), said.repaired) == (2, 1)
    assert [(one.code, one.place) for one in said.warnings] == [("carried_down", "sheet 部件 row 4")]
    assert said.conditions["C0101-2"].lead == ("节水中心", "各产权单位")


def test_a_condition_without_a_unit_is_kept_and_said() -> None:
    said = judged(workbook([*COVER[:4], None, *COVER[5:]]))
    assert (len(said.conditions), [one.code for one in said.warnings]) == (1, ["no_unit"])


def test_a_condition_two_lines_high_is_one_condition_two_limits_of_one_condition_are_two() -> None:
    columns = ("A3:A4", "B3:B4", "C3:C4", "D3:D4", "E3:E4", "F3:F4", "G3:G4", "H3:H4")
    lower: Line = [None] * 9
    said = judged(workbook(COVER, lower, merged=(*columns, "I3:I4")))
    assert (said.read, len(said.conditions), said.continued) == (1, 1, 1)
    said = judged(workbook(COVER, [*lower[:8], "4小时"], merged=columns))
    assert (said.read, len(said.conditions), said.continued) == (2, 2, 0)
    assert [one.code for one in said.warnings] == ["said_twice"]


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({8: "尽快"}, "limit_no_limit", "limit"),
        ({8: None}, "limit_empty", "limit"),
        ({8: "3-5天"}, "limit_left_unread", "limit"),
        ({6: None}, "missing", "filing_text"),
        ({2: "?"}, "code_form", "code"),
    ],
)
def test_what_cannot_be_read_is_refused_with_sheet_row_and_text(
    change: dict[int, object], code: str, field: str
) -> None:
    line = [change.get(column, value) for column, value in enumerate(COVER)]
    said = judged(workbook([*COVER[:6], "别的", *COVER[7:]], line))
    assert (said.read, len(said.conditions)) == (2, 1)
    refusal = said.refused[0]
    assert (refusal.code, refusal.place, refusal.field) == (code, "sheet 部件 row 4", field)
    assert refusal.text == (str(change.get(8) or "") if field == "limit" else refusal.text)
    assert refusal.why


def test_one_code_with_two_names_and_a_sheet_of_no_kind_are_refused() -> None:
    said = judged(workbook(COVER, [*COVER[:3], "污水井盖", *COVER[4:]]))
    assert [one.code for one in said.refused] == ["code_reused"]
    said = judged(workbook(COVER, title="Sheet1"))
    assert (said.read, [one.code for one in said.refused]) == (1, ["sheet_kind"])


def test_columns_for_classes_of_area() -> None:
    headings = [*HEADINGS[:8], "A类区域时限", "B类区域时限", "协办单位"]
    said = judged(workbook([*COVER[:8], "2小时", "4小时", "交警"], headings=headings))
    condition = said.conditions["C0101-1"]
    assert condition.limit is None
    assert {letter: limit.amount for letter, limit in condition.limits_by_area_class.items()} == {"A": 2, "B": 4}
    assert condition.assist == ("交警",)


def test_the_same_words_keep_their_id_when_a_row_is_put_in_before_them() -> None:
    first = judged(workbook(COVER, BROKEN))
    from_before = judge(
        read_workbook(workbook([*COVER[:6], "丢失", "恢复", "1紧急工作时"], [None] * 6 + COVER[6:], BROKEN)),
        WORDS,
        scheme="somewhere",
        previous=_standard(first),
    )
    assert {one.filing_text: one.condition_id for one in from_before.conditions.values()} == {
        "丢失": "C0101-3",
        "缺失": "C0101-1",
        "破损": "C0101-2",
    }
    assert (from_before.changed, from_before.vanished) == (1, ())
    fewer = judge(read_workbook(workbook(COVER)), WORDS, scheme="somewhere", previous=_standard(first))
    assert fewer.vanished == ("C0101-2",)


def _standard(said: Judged) -> Standard:
    return replace(built_in_standard("before"), categories=said.categories, conditions=said.conditions)


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("甲局、乙中心", ("甲局", "乙中心")),
        ("\n运城市园林绿化服务中心", ("运城市园林绿化服务中心",)),
        ("市容环卫中心\n园林中心", ("市容环卫中心", "园林中心")),
        ("市政服务中心、及各产权单位", ("市政服务中心", "各产权单位")),
        ("属地行政执法部门和绿化养护管理部门", ("属地行政执法部门", "绿化养护管理部门")),
        ("属地行政执法部门和和环卫部门", ("属地行政执法部门", "环卫部门")),
        ("运城市住房和城乡建设局", ("运城市住房和城乡建设局",)),
        ("盐湖区 政府；甲；甲", ("盐湖区政府", "甲")),
        ("", ()),
    ],
)
def test_names_of_units_are_taken_apart(text: str, names: tuple[str, ...]) -> None:
    assert read_unit_names(text) == names


def test_codes_are_text() -> None:
    assert [read_code(text) for text in ("1", "03", "99", "A1", "")] == ["01", "03", "99", "A1", ""]


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 not really", b"code,name\n1,2\n"])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Malformed, match=r"import\.not_a_workbook"):
        read_workbook(content)


def test_a_workbook_without_headings_is_refused_with_its_sheets() -> None:
    with pytest.raises(Malformed, match=r"import\.no_headings") as refusal:
        read_workbook(workbook(COVER, headings=["a", "b"]))
    assert refusal.value.facts["sheets"] == ["部件"]


def test_a_sheet_without_headings_is_left_out_aloud() -> None:
    headed = read_workbook(workbook(COVER))
    said = judge((*headed, RawSheet("说明", (), headed=False)), WORDS, scheme="somewhere", previous=None)
    assert [(one.code, one.place) for one in said.warnings] == [("sheet_skipped", "sheet 说明")]


def test_a_file_that_unpacks_to_more_than_a_standard_can_be_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    content = workbook(COVER)
    monkeypatch.setattr(gateway, "MOST_UNPACKED", 1000)
    with pytest.raises(Malformed, match=r"import\.too_large"):
        read_workbook(content)


def test_ten_thousand_bad_rows_are_ten_thousand_refusals() -> None:
    said = judged(workbook(COVER, *([*COVER[:6], f"第{n}种", "恢复", "尽快"] for n in range(10_000))))
    assert (said.read, len(said.refused), len(said.conditions)) == (10_001, 10_000, 1)


def test_a_real_city(real_data: Path) -> None:
    """519 conditions, none lost, none defaulted; what bare words decide is counted."""
    file = real_data / "standards" / "yuncheng_standard.xlsx"
    if not file.is_file():
        pytest.skip("the sample city's workbook is not there")
    said = judged(file.read_bytes())
    assert (said.read, len(said.conditions), said.refused) == (519, 519, ())
    assert [sum(one.kind is kind for one in said.categories.values()) for kind in CategoryKind] == [92, 98, 0]
    assert said.several_units == 477
    assert all(one.limit is not None and one.limit.text and one.lead for one in said.conditions.values())
    assert said.decided == {"day": 412, "hour": 61}
    assert said.kinds == {"urgent_hour": 42, "work_hour": 61, "work_day": 412, "urgent_day": 4}
    otherwise = judged(file.read_bytes(), LimitWords(LimitKind.NATURAL_DAY, LimitKind.URGENT_HOUR, DayRule.NEXT_DAY))
    assert otherwise.kinds == {"urgent_hour": 103, "natural_day": 412, "urgent_day": 4}
    stopped = [one.limit.remark for one in said.conditions.values() if one.limit and one.limit.remark]
    assert stopped == ["制止"]
