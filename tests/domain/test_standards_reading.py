"""Limits as cities write them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from gridward.domain.errors import Malformed
from gridward.domain.standards import DayRule, LimitKind
from gridward.domain.standards_reading import LimitWords, read_limits

CITY = LimitWords(LimitKind.WORK_DAY, LimitKind.WORK_HOUR, DayRule.HOURS)
WHOLE_DAYS = LimitWords(LimitKind.NATURAL_DAY, LimitKind.URGENT_HOUR, DayRule.NEXT_DAY)


@pytest.mark.parametrize(
    ("text", "kind", "amount", "remark", "decided"),
    [
        ("2紧急工作时", LimitKind.URGENT_HOUR, 2, None, set()),
        ("4工作时", LimitKind.WORK_HOUR, 4, None, set()),
        ("5个工作日", LimitKind.WORK_DAY, 5, None, set()),
        ("2紧急工作日", LimitKind.URGENT_DAY, 2, None, set()),
        ("15自然日", LimitKind.NATURAL_DAY, 15, None, set()),
        ("48小时", LimitKind.WORK_HOUR, 48, None, {"hour"}),
        ("1天", LimitKind.WORK_DAY, 1, None, {"day"}),
        ("1紧急工作时\n", LimitKind.URGENT_HOUR, 1, None, set()),
        (" ２ 小 时 ", LimitKind.WORK_HOUR, 2, None, {"hour"}),
        ("1紧急工作时制止", LimitKind.URGENT_HOUR, 1, "制止", set()),
        ("种植季节15工作日", LimitKind.WORK_DAY, 15, "种植季节", set()),
        ("两小时内", LimitKind.WORK_HOUR, 2, None, {"hour"}),
        ("十五个工作日", LimitKind.WORK_DAY, 15, None, set()),
        ("30分钟", LimitKind.WORK_HOUR, Fraction(1, 2), None, {"hour"}),
        ("20分钟到场", LimitKind.WORK_HOUR, Fraction(1, 3), "到场", {"hour"}),
        ("1.5小时", LimitKind.WORK_HOUR, Fraction(3, 2), None, {"hour"}),
        ("1小时半", LimitKind.WORK_HOUR, Fraction(3, 2), None, {"hour"}),
        ("半天", LimitKind.WORK_DAY, Fraction(1, 2), None, {"day"}),
        ("(3天)", LimitKind.WORK_DAY, 3, None, {"day"}),
    ],
)
def test_one_limit(text: str, kind: LimitKind, amount: int | Fraction, remark: str | None, decided: set[str]) -> None:
    said = read_limits(text, CITY)
    assert said.limit is not None
    assert (said.limit.kind, said.limit.amount, said.limit.remark, said.decided) == (kind, amount, remark, decided)
    assert said.limit.text == text.strip(), "people see what the city wrote"
    assert not said.milestones


def test_what_a_bare_word_means_is_the_citys_choice() -> None:
    assert [read_limits("1天", words).limit.kind for words in (CITY, WHOLE_DAYS)] == ["work_day", "natural_day"]  # type: ignore[union-attr]
    assert [read_limits("1小时", words).limit.kind for words in (CITY, WHOLE_DAYS)] == ["work_hour", "urgent_hour"]  # type: ignore[union-attr]
    with pytest.raises(Malformed, match=r"limit\.bare_kind"):
        LimitWords(LimitKind.WORK_HOUR, LimitKind.WORK_HOUR, DayRule.HOURS)


@pytest.mark.parametrize(
    "text",
    [
        "1紧急工作时制止，15自然日拆除",
        "1紧急工作时制止15自然日拆除",
        "制止：1紧急工作时；拆除：15自然日",
        "制止1紧急工作时拆除15自然日",
        "1紧急工作时内制止、\n15自然日内拆除。",
    ],
)
def test_stages_in_order_the_last_is_the_limit(text: str) -> None:
    said = read_limits(text, CITY)
    assert [(stage.number, stage.name, stage.limit.kind, stage.limit.amount) for stage in said.milestones] == [
        (1, "制止", LimitKind.URGENT_HOUR, 1),
        (2, "拆除", LimitKind.NATURAL_DAY, 15),
    ]
    assert said.limit == said.milestones[-1].limit


def test_one_limit_for_each_class_of_area() -> None:
    for text in ("A类2小时，B类4小时，C类1天", "一类区域2小时；二类区域4小时；三类区域1天"):
        said = read_limits(text, CITY)
        assert {name: limit.words for name, limit in said.by_area_class.items()}.keys() == {"A", "B", "C"}
        assert said.limit is None
        assert said.by_area_class["C"].kind is LimitKind.WORK_DAY


@pytest.mark.parametrize(
    ("text", "days", "minute"),
    [("当日17:00前", 0, 1020), ("次日12时", 1, 720), ("当天18点半", 0, 1110), ("当日24时前清运", 0, 1440)],
)
def test_by_an_hour_of_the_day(text: str, days: int, minute: int) -> None:
    limit = read_limits(text, WHOLE_DAYS).limit
    assert limit is not None
    assert (limit.kind, limit.amount, limit.minute_of_day) == (LimitKind.BY_TIME, days, minute)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        (" \n、", "empty"),
        ("立即", "no_limit"),
        ("及时处置", "no_limit"),
        ("按法定程序", "no_limit"),
        ("2", "no_limit"),
        ("1周", "no_limit"),
        ("一个月", "no_limit"),
        ("非工作时间处置", "no_limit"),
        ("日产日清", "no_hour"),
        ("当日完成", "no_hour"),
        ("3-5天", "left_unread"),
        ("3至5天", "left_unread"),
        ("紧急2小时", "left_unread"),
        ("1个月零3天", "left_unread"),
        ("1紧急工作时制止，15自然日拆除3次", "left_unread"),
        ("2小时4小时", "several_unnamed"),
        ("1紧急工作时制止，15天", "several_unnamed"),
        ("2小时/4小时", "several_unnamed"),
        ("A类2小时，A类4小时", "several_unnamed"),
        ("种植季节15工作日，非种植季节3工作日", "alternatives"),
        ("A类2小时，其他4小时", "alternatives"),
        ("白天1小时，夜间2小时", "alternatives"),
        ("0天", "not_positive"),
        ("当日25:00", "clock_time"),
        ("半天", "part_of_day"),
        ("1.5天", "part_of_day"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_reason(text: str, why: str) -> None:
    with pytest.raises(Malformed) as refused:
        read_limits(text, WHOLE_DAYS)
    assert (refused.value.code, refused.value.facts) == ("limit.unreadable", {"text": text, "why": why})


def test_half_days_can_be_read_where_days_are_hours() -> None:
    assert read_limits("1.5天", CITY).limit.amount == Fraction(3, 2)  # type: ignore[union-attr]
