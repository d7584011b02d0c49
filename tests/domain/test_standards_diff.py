"""Two versions beside each other, a file onto a version, and what would vanish from under whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest

from gridward.domain.calendar import Shift, SpecialDay
from gridward.domain.calendar_changes import compare_calendars, read_calendar_file, years_unpublished
from gridward.domain.errors import Malformed, Refusal
from gridward.domain.routing.rules import By, Choose, Duty, Rule, RuleSet, When
from gridward.domain.standards import Basis, Binding, DayRule, Limit, LimitKind, Standard
from gridward.domain.standards_builtin import built_in_calendars, built_in_standard
from gridward.domain.standards_diff import FieldChange, compare
from gridward.domain.standards_document import read_file, to_document
from gridward.domain.standards_in_use import OpenTickets, in_use, require_acknowledged, vanishing
from gridward.domain.territory import UnitKind

BEFORE = built_in_standard("one")
CITY = next(one for one in built_in_calendars({}, frozenset({2026})) if one.calendar_id == "city")
TODAY = date(2026, 9, 1)


def changed(condition_id: str, **fields: object) -> Standard:
    one = replace(BEFORE.condition(condition_id), **fields)  # type: ignore[arg-type]
    return replace(BEFORE, conditions={**BEFORE.conditions, condition_id: one})


def without(*condition_ids: str, category: str | None = None) -> Standard:
    conditions = {key: one for key, one in BEFORE.conditions.items() if key not in condition_ids}
    categories = {code: one for code, one in BEFORE.categories.items() if code != category}
    return replace(BEFORE, conditions=conditions, categories=categories)


def test_a_limit_that_changes_is_told_in_the_words_of_the_screen_and_nothing_else_is() -> None:
    found = compare(BEFORE, changed("manhole-broken", limit=Limit(LimitKind.WORK_HOUR, 2)))
    (row,) = found.changed
    assert row.changes == (FieldChange("limit", ("4工作时",), ("2工作时",)),)
    assert (row.condition.condition_id, row.category.name.zh) == ("manhole-broken", "井盖")
    assert (found.added, found.gone, found.whole, found.same) == ((), (), (), len(BEFORE.conditions) - 1)


def test_the_same_written_limit_declared_otherwise_is_another_limit() -> None:
    work, urgent = (Limit(kind, 4, text="4小时") for kind in (LimitKind.WORK_HOUR, LimitKind.URGENT_HOUR))
    (row,) = compare(changed("lamp-dark", limit=work), changed("lamp-dark", limit=urgent)).changed
    assert row.changes == (FieldChange("limit", ("4工作时",), ("4紧急工作时",)),)
    rewritten = Limit(LimitKind.WORK_HOUR, 4, text="四个工作时")
    assert compare(changed("lamp-dark", limit=work), changed("lamp-dark", limit=rewritten)).empty


def test_what_went_names_what_perhaps_came_in_its_place() -> None:
    old = BEFORE.condition("manhole-noisy")
    new = replace(old, condition_id="manhole-loud", code="9", filing_text=old.filing_text + "，扰民")
    category = replace(BEFORE.category("manhole"), condition_ids=("manhole-missing", "manhole-broken", "manhole-loud"))
    after = replace(
        without("manhole-noisy"),
        conditions={**without("manhole-noisy").conditions, "manhole-loud": new},
        categories={**BEFORE.categories, "manhole": category},
    )
    found = compare(BEFORE, after)
    assert [row.condition.condition_id for row in found.added] == ["manhole-loud"]
    assert [(row.condition.condition_id, row.like) for row in found.gone] == [("manhole-noisy", "manhole-loud")]


def test_another_day_rule_touches_every_condition_that_counts_days() -> None:
    other = DayRule.HOURS if BEFORE.day_rule is DayRule.NEXT_DAY else DayRule.NEXT_DAY
    found = compare(BEFORE, replace(BEFORE, day_rule=other))
    in_days = {
        key
        for key, one in BEFORE.conditions.items()
        if any(
            limit is not None and limit.kind in (LimitKind.WORK_DAY, LimitKind.NATURAL_DAY)
            for limit in (one.limit, *one.limits_by_area_class.values(), *(m.limit for m in one.milestones))
        )
    }
    assert {row.condition.condition_id for row in found.changed} == in_days != set()
    assert [change.field for change in found.whole] == ["day_rule"]


def test_a_basis_taken_away_is_told() -> None:
    found = compare(BEFORE, replace(BEFORE, bases=BEFORE.bases[1:]))
    (change,) = found.whole
    assert change.field == "bases"
    assert set(change.before) - set(change.after) == {
        "work · 环卫作业服务合同（示例） · 附件二 作业质量与时限 · contract"
    }


class TestFile:
    def test_what_a_file_does_not_say_stays(self) -> None:
        basis = {"unit_kind": "owner", "document": "协议", "clause": "一", "binding": "coordination"}
        after = read_file({"bases": [basis]}, BEFORE)
        assert after.bases == (Basis("owner", "协议", "一", Binding.COORDINATION),)
        assert replace(after, bases=BEFORE.bases, standard_id="one", version=BEFORE.version) == BEFORE

    def test_one_condition_is_changed_by_itself(self) -> None:
        one = to_document(BEFORE.condition("lamp-dark")) | {"limit": {"kind": "work_hour", "amount": 1}}
        found = compare(BEFORE, read_file({"conditions_changed": {"lamp-dark": one}}, BEFORE))
        assert [row.changes[0].after for row in found.changed] == [("1工作时",)]

    def test_weights_of_the_score_are_a_term_like_any_other(self) -> None:
        terms = to_document(BEFORE.terms)
        after = read_file({"terms": {**terms, "score": {**terms["score"], "closed": 60, "per_order": "1/4"}}}, BEFORE)
        (change,) = compare(BEFORE, after).whole
        assert (change.field, "closed: 60" in change.after, "per_order: 1/4" in change.after) == (
            "terms.score",
            True,
            True,
        )

    @pytest.mark.parametrize(
        ("document", "place"),
        [
            ({"terms": {"score": {"closed": -1}}}, "terms.score"),
            ({"base": []}, ""),
            (
                {"bases": [{"unit_kind": "work", "document": "合同", "clause": "", "binding": "iron"}]},
                "bases[0].binding",
            ),
            ({"conditions_changed": {"lamp-dark": {"limit": {"kind": "hours"}}}}, "conditions[lamp-dark].limit.kind"),
            ({"terms": {"max_extensions": "two"}}, "terms.max_extensions"),
            ({"conditions": {}}, "categories[litter_full].condition_ids"),
        ],
    )
    def test_a_fault_is_named_with_its_place(self, document: dict[str, object], place: str) -> None:
        with pytest.raises(Malformed) as refused:
            read_file(document, BEFORE)
        assert (refused.value.code, refused.value.facts["place"]) == ("standard.document", place)


class TestInUse:
    NOISY = "manhole-noisy"
    TICKETS = {NOISY: OpenTickets(count=2, examples=((UUID(int=1), "20260901000001"),))}  # noqa: RUF012

    def test_open_tickets_keep_a_condition_from_vanishing_unseen(self) -> None:
        (one,) = in_use(BEFORE, without(self.NOISY), (), self.TICKETS, RuleSet(version=0, rules=()))
        assert (one.condition_id, one.tickets.count, one.category_name) == (self.NOISY, 2, "井盖")
        with pytest.raises(Refusal) as refused:
            require_acknowledged([one], [])
        assert refused.value.code == "standard.conditions_in_use"
        assert refused.value.facts["conditions"][0]["examples"][0]["number"] == "20260901000001"
        require_acknowledged([one], [self.NOISY])

    def test_rules_and_duties_use_what_they_name(self) -> None:
        by_condition = Rule(
            rule_id="noise", name="响", when=When(conditions=frozenset({self.NOISY})), choose=Choose(by=By.tray)
        )
        by_kind = Rule(rule_id="lamps", name="灯", when=When(categories=frozenset({"lamp"})), choose=Choose(by=By.duty))
        rules = RuleSet(
            version=1,
            rules=(by_condition, by_kind),
            duties=(
                Duty(category="noise", unit_kind=UnitKind.department),
                Duty(category="lamp", unit_kind=UnitKind.owner),
            ),
        )
        after = without(self.NOISY, "lamp-dark", category="lamp")
        found = in_use(BEFORE, after, (), {}, rules)
        assert [(one.condition_id, one.rules, one.duties) for one in found] == [
            (self.NOISY, ("noise",), ()),
            ("lamp-dark", ("lamps",), (1,)),
        ]

    def test_what_another_standing_standard_knows_does_not_vanish(self) -> None:
        assert vanishing(BEFORE, without(self.NOISY), [BEFORE]) == ()
        assert vanishing(None, BEFORE, []) == ()


class TestCalendar:
    def test_single_days_are_changed_and_taken_back(self) -> None:
        storm = {"2026-09-02": {"shifts": [], "why": "台风停工"}}
        after = read_calendar_file({"calendar_id": "city", "exceptions_changed": storm}, CITY)
        change = compare_calendars(CITY, after, TODAY)
        assert [(day.on, day.after, day.why, day.past) for day in change.days] == [
            (date(2026, 9, 2), (), "台风停工", False)
        ]
        assert not change.touches_past
        back = read_calendar_file({"calendar_id": "city", "exceptions_changed": {"2026-09-02": None}}, after)
        assert compare_calendars(CITY, back, TODAY).empty

    def test_a_day_gone_by_and_other_weekly_shifts_touch_the_past(self) -> None:
        worked = SpecialDay((Shift(480, 720),), "补记")
        gone_by = replace(CITY, exceptions={**CITY.exceptions, date(2026, 8, 29): worked})
        assert [day.past for day in compare_calendars(CITY, gone_by, TODAY).days] == [True]
        shorter = replace(CITY, weekly=((Shift(480, 720),), *CITY.weekly[1:]))
        change = compare_calendars(CITY, shorter, TODAY)
        assert (change.weekly, change.touches_past) == ((0,), True)

    def test_a_year_without_official_days_is_said(self) -> None:
        assert years_unpublished(CITY, TODAY) == (2027,)
        after = read_calendar_file({"calendar_id": "city", "years_added": [2027]}, CITY)
        assert years_unpublished(after, TODAY) == ()
        assert compare_calendars(CITY, after, TODAY).years_added == (2027,)
        assert years_unpublished(replace(CITY, holiday_free=True, published_years=frozenset()), TODAY) == ()

    @pytest.mark.parametrize(
        ("document", "place"),
        [
            ({"exceptions_changed": {"2026-13-02": {"shifts": [], "why": ""}}}, "exceptions[2026-13-02]"),
            (
                {
                    "exceptions_changed": {
                        "2026-09-02": {"shifts": [{"start_minute": 600, "end_minute": 60}], "why": ""}
                    }
                },
                "exceptions[2026-09-02].shifts[0]",
            ),
            ({"years_added": "2027"}, "years_added"),
            ({"holidays": []}, ""),
        ],
    )
    def test_a_fault_is_named_with_its_place(self, document: dict[str, object], place: str) -> None:
        with pytest.raises(Malformed) as refused:
            read_calendar_file({"calendar_id": "city", **document}, CITY)
        assert (refused.value.code, refused.value.facts["place"]) == ("standard.document", place)
