"""Versions of the rules: compared, as a sheet of words and back, and holding at their times."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from uuid import UUID

import pytest

from gridward.domain.errors import Malformed
from gridward.domain.routing.compare import compare
from gridward.domain.routing.document import read_rules, write_duties, write_rules
from gridward.domain.routing.faults import Fault
from gridward.domain.routing.rules import By, Choose, Duty, Ground, Part, Rule, RuleSet, When, Window, default_rules
from gridward.domain.routing.sheet import Names, from_rows, judged, to_rows
from gridward.domain.territory import ServiceKind, UnitKind

LAMPS, HOME, MARKET = UUID(int=1), UUID(int=2), UUID(int=3)
NAMES = Names(
    categories={"lamp": ("lamp", "路灯"), "litter_full": ("litter_full", "垃圾满了")},
    conditions={"lamp-out": ("lamp-out", "不亮")},
    grids={str(MARKET): ("440605001001001", "集市网格")},
    areas={str(HOME): ("440605001001", "雪圃社区")},
    units={str(LAMPS): ("U001", "路灯所"), "x": ("U002", "同名队"), "y": ("U003", "同名队")},
)
LAMP_DUTY = Duty(category="lamp", unit_kind=UnitKind.department, unit_id=LAMPS)
NIGHT = Rule(
    rule_id="night",
    name="夜里的路灯",
    when=When(
        categories=frozenset({"lamp"}),
        conditions=frozenset({"lamp-out"}),
        grounds=frozenset({Ground.lane, Ground.neither}),
        grids=frozenset({MARKET}),
        areas=frozenset({HOME}),
        area_classes=frozenset({"A"}),
        urgent=False,
        window=Window(from_on=date(2026, 1, 20), from_time=time(22), to_time=time(6)),
    ),
    choose=Choose(by=By.unit, unit_id=LAMPS),
    before=frozenset({"estate"}),
)
EVERY_WAY = tuple(
    Rule(rule_id=f"w{number}", name=f"规则{number}", when=When(), choose=choose)
    for number, choose in enumerate(
        [
            *(Choose(by=By.service_area, kind=kind) for kind in ServiceKind),
            *(Choose(by=by) for by in (By.duty, By.standard, By.last_resort, By.tray)),
        ]
    )
)
FULL = RuleSet(
    version=1,
    rules=(NIGHT, *default_rules((LAMP_DUTY,)), *EVERY_WAY),
    duties=(LAMP_DUTY, Duty(category="litter_full", unit_kind=UnitKind.work, part=Part.assist, area_id=HOME)),
)


def test_a_sheet_of_words_comes_back_as_the_same_rules() -> None:
    rules, duties = to_rows(FULL, NAMES)
    assert rules[0]["categories"] == "lamp 路灯"
    assert (rules[0]["dates"], rules[0]["times"]) == ("2026-01-20~", "22:00~06:00")
    assert rules[0]["unit_id"] == "U001 路灯所"
    read = from_rows([*enumerate(rules, 2)], [*enumerate(duties, 2)], NAMES)
    assert read.findings == []
    assert read.rules == write_rules(FULL.rules)
    assert read.duties == write_duties(FULL.duties)
    assert read.places["night"] == "sheet 规则 row 2"


@pytest.mark.parametrize(
    ("changed", "field", "said"),
    [
        ({"categories": "路灯、飞船"}, "类别", "'飞船' is not known here."),
        ({"unit_id": "同名队"}, "单位", "'同名队' is not unique, say its code."),
        ({"grounds": "河里"}, "场所", "none of"),
        ({"by": "随便"}, "派给", "none of"),
        ({"by": "派遣员"}, "单位", "otherwise none"),
        ({"name": " "}, "名称", "must be given."),
        ({"times": "22:00"}, "时段", "START~END"),
    ],
)
def test_a_cell_that_says_nothing_known_is_named_with_its_row(changed: dict[str, str], field: str, said: str) -> None:
    (cells, *_), _ = to_rows(FULL, NAMES)
    (finding,) = from_rows([(7, {**cells, **changed})], [], NAMES).findings
    assert (finding.place, finding.field) == ("sheet 规则 row 7", field)
    assert said in finding.why


def test_a_name_will_do_where_it_is_the_only_one() -> None:
    cells = {"rule_id": "a", "name": "a", "categories": "路灯，垃圾满了", "by": "指定单位", "unit_id": "路灯所"}
    read = from_rows([(2, cells)], [], NAMES)
    assert read.findings == []
    assert read.rules[0]["when"]["categories"] == ["lamp", "litter_full"]
    assert read.rules[0]["choose"] == {"by": "unit", "unit_id": str(LAMPS)}


def test_what_is_wrong_with_a_rule_is_told_at_its_row() -> None:
    rules, duties = to_rows(FULL, NAMES)
    read = from_rows([*enumerate(rules, 2)], [*enumerate(duties, 2)], NAMES)
    faults = [
        Fault(code="window_empty", place="night", facts={}),
        Fault(code="unit_unknown", place="night", facts={"named": "x"}),
        Fault(code="unit_unknown", place="duties[1]", facts={"named": "x"}),
    ]
    found = judged(read, faults)
    assert [(one.place, one.code) for one in found] == [
        ("sheet 规则 row 2", "window_empty"),
        ("sheet 事项清单 row 3", "unit_unknown"),
    ]
    assert "ends before it begins" in found[0].why
    assert "does not exist" in found[0].why


def test_two_versions_are_compared_line_by_line() -> None:
    estate, lane, rest = default_rules(())
    before = RuleSet(version=1, rules=(estate, lane, rest), duties=(LAMP_DUTY,))
    renamed = replace(lane, name="巷子", when=When(grounds=frozenset(Ground)))
    new = replace(rest, rule_id="new", name="新的", when=When(urgent=True))
    after = RuleSet(version=2, rules=(renamed, estate, new), duties=())
    told = [(one.what.value, one.rule_id, one.place, one.fields) for one in compare(before, after)]
    (moved,) = [one for one in told if one[0] == "moved"]
    assert moved[1] in ("lane", "estate"), "one of the two was taken up"
    assert [one for one in told if one != moved] == [
        ("changed", "lane", 1, ("name", "when.grounds")),
        ("added", "new", 3, ()),
        ("removed", "rest", 3, ()),
        ("duty_removed", None, 1, ()),
    ]
    assert compare(before, replace(before, version=9)) == ()


def test_one_rule_taken_up_and_put_elsewhere_is_one_move() -> None:
    rules = tuple(Rule(rule_id=f"r{n}", name="r", when=When(), choose=Choose(by=By.tray)) for n in range(6))
    last_first = RuleSet(version=2, rules=(rules[5], *rules[:5]))
    (change,) = compare(RuleSet(version=1, rules=rules), last_first)
    assert (change.what.value, change.rule_id, change.place) == ("moved", "r5", 1)


@pytest.mark.parametrize(
    ("at", "holds"),
    [
        ("2026-01-20 21:59", False),
        ("2026-01-20 22:00", True),
        ("2026-01-21 05:59", True),
        ("2026-01-21 06:00", False),
        ("2026-01-19 23:00", False),
        ("2031-01-01 00:00", True),
    ],
)
def test_a_night_runs_over_midnight_from_its_first_date(at: str, holds: bool) -> None:
    window = NIGHT.when.window
    assert window is not None
    assert window.holds(datetime.fromisoformat(at)) is holds


@pytest.mark.parametrize(
    "window", [{}, {"from_time": "22:00"}, {"from_on": "20260230x"}, {"from_time": "22:00:30", "to_time": "23:00"}]
)
def test_a_window_that_says_nothing_is_malformed_with_its_place(window: dict[str, str]) -> None:
    (rule,) = write_rules([EVERY_WAY[0]])
    with pytest.raises(Malformed) as refused:
        read_rules([{**rule, "when": {"window": window}}])
    assert str(refused.value.facts["place"]).startswith("rules[0].when.window")
