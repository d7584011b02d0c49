"""What a standard says for a ticket, and that our own one says something sensible for every kind."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from gridward.domain.calendar import add_working
from gridward.domain.errors import Malformed, NotFound, Unavailable
from gridward.domain.standards import Binding, ClockKind, LimitKind, Verification
from gridward.domain.standards_builtin import built_in_calendars, built_in_standard
from gridward.domain.standards_document import read_calendar, read_standard, to_document

STANDARD = built_in_standard("demo")
CALENDARS = {
    one.calendar_id: one
    for one in built_in_calendars({date(2026, 10, 1): "国庆节", date(2026, 10, 10): None}, frozenset({2026}))
}
MISSING, BROKEN, LITTER = (
    STANDARD.condition(one) for one in ("manhole-missing", "manhole-broken", "litter_ground-ground")
)


def test_urgent_tickets_are_filed_and_dispatched_in_elapsed_minutes_others_in_duty_time() -> None:
    for clock in (ClockKind.FILE, ClockKind.DISPATCH):
        urgent, plain = STANDARD.limit_of(clock, MISSING), STANDARD.limit_of(clock, BROKEN)
        assert urgent is not None
        assert plain is not None
        assert (urgent.kind, plain.kind) == (LimitKind.URGENT_HOUR, LimitKind.WORK_HOUR)
        assert STANDARD.calendar_id(clock, "work") == "desk"


def test_a_stage_that_must_be_stopped_at_once_makes_the_whole_ticket_urgent() -> None:
    ongoing = STANDARD.condition("building_work-ongoing")
    assert ongoing.limit is not None
    assert not ongoing.limit.is_urgent
    assert ongoing.urgent
    assert [stage.name for stage in ongoing.stages] == ["制止"], "the last one is measured by resolve"


def test_no_limit_no_clock() -> None:
    assert STANDARD.limit_of(ClockKind.RESPOND, LITTER) is None
    assert STANDARD.limit_of(ClockKind.MILESTONE, LITTER) is None
    nothing = replace(LITTER, limit=None, limits_by_area_class={})
    assert STANDARD.limit_of(ClockKind.RESOLVE, nothing) is STANDARD.limit_of(ClockKind.OVERALL, nothing) is None


def test_a_place_of_a_class_has_its_own_limit() -> None:
    hours = [STANDARD.limit_of(ClockKind.RESOLVE, LITTER, area_class=one) for one in ("A", "B", "C", None, "D")]
    assert [limit and limit.amount for limit in hours] == [2, 4, 8, 4, 4]


def test_each_kind_of_unit_has_its_calendar_and_its_basis() -> None:
    assert STANDARD.calendar_id(ClockKind.RESOLVE, "work") == "work"
    assert STANDARD.calendar_id(ClockKind.RESOLVE, "owner") == "city"
    assert STANDARD.calendar_id(ClockKind.VERIFY, "work") == "verifiers"
    assert STANDARD.timekeeping(ClockKind.RESOLVE, "work", CALENDARS).own.calendar_id == "work"
    with pytest.raises(Unavailable, match=r"calendar\.missing"):
        STANDARD.timekeeping(ClockKind.RESOLVE, "work", {"city": CALENDARS["city"]})
    bases = [STANDARD.basis_of(LITTER, kind) for kind in ("work", "estate", "street", "owner")]
    assert [basis and basis.binding for basis in bases] == [
        Binding.CONTRACT,
        Binding.REGULATION,
        Binding.COORDINATION,
        None,
    ]


def test_who_grants_what() -> None:
    def who(request: str, days: int | None = None, *, first: bool = True) -> tuple[str, bool]:
        rule = STANDARD.approval_of(request, None if days is None else timedelta(days=days), first=first)
        assert rule is not None
        return rule.roles[0], rule.form_required

    assert who("extend", 1) == ("shift_leader", False)
    assert who("extend", 1, first=False) == ("supervisor", True)
    assert who("defer", 3) == ("shift_leader", False)
    assert who("defer", 4) == ("supervisor", True)
    assert who("shelve", 30) == ("supervisor", True)
    assert who("send_back") == ("dispatcher", False)
    assert STANDARD.approval_of("nonsense", None, first=True) is None


def test_the_ladder_belongs_to_overall_and_the_units_reminders_to_resolve() -> None:
    assert [step.percent for step in STANDARD.ladder_of(ClockKind.OVERALL)] == [100, 150, 200]
    assert [(step.percent, step.to) for step in STANDARD.ladder_of(ClockKind.RESOLVE)] == [
        (50, ("unit",)),
        (80, ("unit",)),
    ]
    assert STANDARD.ladder_of(ClockKind.ACKNOWLEDGE) == ()


def test_nine_pictures_in_order_and_questions_only_where_the_answer_changes_the_urgency() -> None:
    pictures = {one.picture.place: one.name.zh for one in STANDARD.categories.values() if one.picture}
    assert [pictures[place] for place in sorted(pictures)] == [
        "垃圾满了",
        "地上垃圾",
        "乱堆放",
        "井盖",
        "路灯",
        "积水",
        "乱停放",
        "堵消防通道",
        "其他",
    ]
    for category in STANDARD.categories.values():
        urgencies = {STANDARD.condition(one).urgent for one in category.condition_ids}
        assert (category.question is not None) == (len(urgencies) > 1), category.code


def test_our_own_standard_is_complete() -> None:
    for condition in STANDARD.conditions.values():
        category = STANDARD.category(condition.category_code)
        assert condition.condition_id in category.condition_ids
        assert condition.limit is not None
        assert condition.name is not None
        assert condition.name.en
        assert condition.name.zh
        assert condition.lead
        assert condition.last_resort
        assert STANDARD.limit_of(ClockKind.VERIFY, condition) is not None
        if condition.urgent:
            assert condition.verification is Verification.SPOT, "danger is looked at, not judged from a picture"
    with pytest.raises(NotFound, match=r"condition\.unknown"):
        STANDARD.condition("manhole-blue")
    with pytest.raises(NotFound, match=r"category\.unknown"):
        STANDARD.category("blue")


def test_street_cleaning_goes_on_through_a_holiday_the_office_does_not() -> None:
    holiday = datetime(2026, 10, 1, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
    hour = timedelta(hours=1)
    assert add_working(CALENDARS["work"], holiday, hour) == holiday + hour
    assert add_working(CALENDARS["city"], holiday, hour) == holiday + timedelta(days=1)
    assert CALENDARS["city"].is_working_day(date(2026, 10, 10)), "a Saturday made up for"


def test_what_is_written_reads_back_equal() -> None:
    assert read_standard(to_document(STANDARD)) == STANDARD
    for calendar in CALENDARS.values():
        assert read_calendar(to_document(calendar)) == calendar


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("day_rule",), "sometimes"),
        (("version",), "1"),
        (("conditions", "manhole-broken", "limit", "amount"), "1/0"),
        (("conditions", "manhole-broken", "limit"), {"kind": "work_hour"}),
        (("valid_from",), "yesterday"),
    ],
)
def test_a_document_that_was_tampered_with_is_refused(path: tuple[str, ...], value: object) -> None:
    document = to_document(STANDARD)
    part = document
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = value
    with pytest.raises(Malformed):
        read_standard(document)
