"""Rules judged before they are in force: what is unknown, unreachable, silently crossed, or finds nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from itertools import product
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridward.domain.routing.boxes import Box, Kind, Space, Spot, common, instants_of, minus, within
from gridward.domain.routing.check import World, check
from gridward.domain.routing.faults import SENTENCES, in_words
from gridward.domain.routing.rules import By, Case, Choose, Duty, Ground, Part, Rule, When, Window, default_rules
from gridward.domain.territory import ServiceKind, UnitKind


def an_id(number: int) -> UUID:
    return UUID(int=number)


FIRM, SWEEPERS, LAMPS, DRAINS, OFFICE, OTHERS = (an_id(number) for number in range(1, 7))
HOME, NEXT, STREET = (an_id(number) for number in range(11, 14))
MARKET, GARDEN, RIVER = (an_id(number) for number in range(21, 24))
KINDS = {
    FIRM: UnitKind.estate,
    SWEEPERS: UnitKind.work,
    OTHERS: UnitKind.work,
    LAMPS: UnitKind.department,
    DRAINS: UnitKind.department,
    OFFICE: UnitKind.street,
}
DUTIES = (
    Duty(category="lamp", unit_kind=UnitKind.department, unit_id=LAMPS),
    Duty(category="manhole", unit_kind=UnitKind.department),
    Duty(category="manhole", unit_kind=UnitKind.street, part=Part.assist),
)

WORLD = World(
    units=KINDS,
    categories=frozenset({"litter_full", "lamp", "manhole", "other"}),
    conditions={"manhole.missing": "manhole", "litter_full.1": "litter_full"},
    grids={MARKET: frozenset({HOME, STREET}), RIVER: frozenset({NEXT, STREET})},
    areas={HOME: frozenset({HOME, STREET}), NEXT: frozenset({NEXT, STREET}), STREET: frozenset({STREET})},
    urgent=frozenset({"manhole.missing"}),
)


def rule(rule_id: str, choose: By | UUID | ServiceKind = By.tray, before: tuple[str, ...] = (), **when: object) -> Rule:
    match choose:
        case UUID():
            chosen = Choose(by=By.unit, unit_id=choose)
        case ServiceKind():
            chosen = Choose(by=By.service_area, kind=choose)
        case _:
            chosen = Choose(by=choose)
    return Rule(rule_id=rule_id, name=rule_id, when=When(**when), choose=chosen, before=frozenset(before))  # type: ignore[arg-type]


LAMP, ANY_LITTER = frozenset({"lamp"}), frozenset({"litter_full"})
IN_ESTATES = frozenset({Ground.estate})

REFUSED = {
    "unit_unknown": (rule("a", an_id(777)),),
    "category_unknown": (rule("a", categories=frozenset({"lamps"})),),
    "condition_unknown": (rule("a", conditions=frozenset({"manhole.gone"})),),
    "grid_unknown": (rule("a", grids=frozenset({GARDEN})),),
    "area_unknown": (rule("a", areas=frozenset({MARKET})),),
    "rule_id_repeated": (rule("a", categories=LAMP), rule("a")),
    "before_not_a_later_rule": (rule("a", categories=LAMP), rule("b", before=("a",))),
    "rule_unreachable": (rule("all"), rule("lamps", categories=LAMP)),
    "rules_overlap": (rule("lamps", LAMPS, categories=LAMP), rule("estate", FIRM, grounds=IN_ESTATES)),
    "rule_never_holds": (rule("a", FIRM, categories=LAMP, conditions=frozenset({"manhole.missing"})), rule("b")),
    "window_empty": (rule("a", window=Window(from_on=date(2026, 2, 3), to_on=date(2026, 1, 20))),),
    "no_last_resort": (rule("a", By.last_resort),),
    "unit_without_person": (rule("a", OTHERS),),
    "rule_finds_nobody": (rule("a", ServiceKind.work),),
    "duty_missing": (rule("a", By.duty, categories=frozenset({"lamp", "other"})),),
}
ALONE = {"unit_without_person": replace(WORLD, unreachable=frozenset({OTHERS}))}


@pytest.mark.parametrize("code", sorted(REFUSED))
def test_bad_rules_are_refused_by_name(code: str) -> None:
    duties = (Duty(category="lamp", unit_kind=UnitKind.department, unit_id=LAMPS),) if code == "duty_missing" else ()
    faults = check(REFUSED[code], duties, ALONE.get(code, WORLD))
    assert [fault.code for fault in faults] == [code]
    assert "{" not in in_words(faults[0])


def test_an_overlap_is_told_with_an_example_and_accepted_when_meant() -> None:
    (fault,) = check(REFUSED["rules_overlap"], (), WORLD)
    assert fault.as_json() == {
        "code": "rules_overlap",
        "place": "lamps",
        "with": "estate",
        "example": {"category": "lamp", "ground": "estate"},
    }
    meant = (rule("lamps", LAMPS, before=("estate",), categories=LAMP), rule("estate", FIRM, grounds=IN_ESTATES))
    assert check(meant, (), WORLD) == ()


def test_a_rule_is_unreachable_also_when_only_several_together_leave_it_nothing() -> None:
    three = (
        rule("a", FIRM, grounds=IN_ESTATES),
        rule("b", SWEEPERS, grounds=frozenset({Ground.lane, Ground.neither})),
        rule("c", LAMPS, categories=LAMP),
    )
    (fault,) = check(three, (), WORLD)
    assert (fault.code, fault.place, fault.facts["taken_by"]) == ("rule_unreachable", "c", ["a", "b"])


def test_a_last_word_may_have_nothing_left_to_say() -> None:
    assert check((rule("a", FIRM, grounds=frozenset(Ground)), rule("rest")), (), WORLD) == ()


def test_a_special_case_goes_before_the_general_one_without_more_words() -> None:
    special = rule("market_lamps", SWEEPERS, categories=LAMP, grids=frozenset({MARKET}))
    assert check((special, rule("lamps", LAMPS, categories=LAMP)), (), WORLD) == ()
    (fault,) = check((rule("lamps", LAMPS, categories=LAMP), special), (), WORLD)
    assert (fault.code, fault.place) == ("rule_unreachable", "market_lamps")


def test_a_grid_lies_in_its_community() -> None:
    rules = (rule("home", FIRM, areas=frozenset({HOME})), rule("market", LAMPS, grids=frozenset({MARKET})))
    assert [fault.code for fault in check(rules, (), WORLD)] == ["rule_unreachable"]


def test_duties_are_judged_as_well() -> None:
    bad = (
        Duty(category="lamps", unit_kind=UnitKind.department),
        Duty(category="lamp", unit_kind=UnitKind.department, unit_id=an_id(777)),
        Duty(category="lamp", unit_kind=UnitKind.work, unit_id=LAMPS),
        Duty(category="lamp", unit_kind=UnitKind.work, area_id=MARKET),
    )
    codes = [(fault.place, fault.code) for fault in check((), bad, WORLD)]
    assert codes == [
        ("duties[0]", "category_unknown"),
        ("duties[1]", "unit_unknown"),
        ("duties[2]", "unit_of_other_kind"),
        ("duties[3]", "area_unknown"),
    ]


def test_the_default_rules_are_fit_to_be_published() -> None:
    assert check(default_rules(DUTIES), DUTIES, WORLD) == ()
    assert check(default_rules(()), (), WORLD) == ()


def test_what_a_rule_finds_nobody_for_is_told_with_the_ground() -> None:
    (fault,) = check(REFUSED["rule_finds_nobody"], (), WORLD)
    assert fault.facts["example"] == {"category": "lamp", "ground": "neither"}
    everywhere = frozenset({Ground.estate, Ground.lane})
    assert check((rule("a", ServiceKind.work, grounds=everywhere), rule("rest")), (), WORLD) == ()
    (fault,) = check((rule("a", ServiceKind.estate, grounds=frozenset({Ground.lane})),), (), WORLD)
    assert fault.facts["example"]["ground"] == "lane", "what lies in an estate is no lane"


def test_an_earlier_rule_may_take_what_a_later_one_would_find_nobody_for() -> None:
    rules = (rule("open", grounds=frozenset({Ground.neither})), rule("rest", ServiceKind.work))
    assert check(rules, (), WORLD) == ()


def test_a_rule_for_urgent_kinds_never_holds_for_a_kind_that_is_none() -> None:
    asked = rule("a", FIRM, categories=ANY_LITTER, urgent=True)
    assert [fault.code for fault in check((asked, rule("rest")), (), WORLD)] == ["rule_never_holds"]
    manhole = rule("a", FIRM, categories=frozenset({"manhole"}), urgent=True)
    assert check((manhole, rule("rest")), (), WORLD) == ()


NIGHT = Window(from_time=time(22), to_time=time(6))
FESTIVAL = Window(from_on=date(2026, 2, 1), to_on=date(2026, 2, 14))


def test_two_times_that_meet_are_an_overlap_with_the_hour() -> None:
    rules = (rule("night", FIRM, window=NIGHT), rule("festival", SWEEPERS, window=FESTIVAL))
    (fault,) = check(rules, (), WORLD)
    assert (fault.code, fault.facts["example"]["at"]) == ("rules_overlap", "2026-02-01 00:00")
    day = Window(from_time=time(6), to_time=time(22))
    assert check((rule("night", FIRM, window=NIGHT), rule("day", SWEEPERS, window=day)), (), WORLD) == ()
    (fault,) = check((rule("night", FIRM, window=NIGHT), rule("lamps", SWEEPERS, categories=LAMP)), (), WORLD)
    assert fault.facts["example"]["at"] == "00:00", "no date, where none is named"
    never = rule("never", LAMPS, categories=LAMP)
    both = (rule("night", FIRM, window=NIGHT), rule("day", SWEEPERS, window=day), never, rule("rest"))
    assert [(fault.code, fault.place) for fault in check(both, (), WORLD)] == [("rule_unreachable", "never")]


def test_two_who_lead_for_one_thing_are_refused_and_an_area_of_its_own_is_not() -> None:
    lamps = Duty(category="lamp", unit_kind=UnitKind.department, unit_id=LAMPS)
    other = replace(lamps, unit_id=DRAINS)
    (fault,) = check((), (lamps, other), WORLD)
    assert fault.as_json() == {"code": "duties_overlap", "place": "duties[1]", "with": "duties[0]", "named": "lamp"}
    assert check((), (lamps, replace(other, part=Part.assist)), WORLD) == ()
    assert check((), (lamps, replace(other, area_id=HOME)), WORLD) == ()
    nested = (replace(lamps, area_id=STREET), replace(other, area_id=HOME))
    assert [fault.code for fault in check((), nested, WORLD)] == ["duties_overlap"]
    apart = (replace(lamps, area_id=NEXT), replace(other, area_id=HOME))
    assert check((), apart, WORLD) == ()
    assert [fault.code for fault in check((), (lamps, lamps), WORLD)] == ["duties_overlap"], "twice the same line"


def test_a_duty_wants_somebody() -> None:
    volunteers = Duty(category="lamp", unit_kind=UnitKind.volunteers)
    assert [fault.code for fault in check((), (volunteers,), WORLD)] == ["duty_without_unit"]
    lamps = Duty(category="lamp", unit_kind=UnitKind.department, unit_id=LAMPS)
    away = replace(WORLD, unreachable=frozenset({LAMPS}))
    assert [fault.code for fault in check((), (lamps,), away)] == ["unit_without_person"]


def test_every_fault_has_its_sentence() -> None:
    assert set(REFUSED) <= set(SENTENCES)


SPACE_KINDS = [Kind("lamp"), Kind("litter_full"), Kind("manhole"), Kind("manhole", "manhole.missing", urgent=True)]
whens = st.builds(
    When,
    categories=st.none() | st.frozensets(st.sampled_from(["litter_full", "lamp", "manhole"]), min_size=1),
    conditions=st.none() | st.just(frozenset({"manhole.missing"})),
    grounds=st.none() | st.frozensets(st.sampled_from(list(Ground)), min_size=1),
    grids=st.none() | st.frozensets(st.sampled_from([MARKET, RIVER]), min_size=1),
    areas=st.none() | st.frozensets(st.sampled_from([HOME, NEXT, STREET]), min_size=1),
    urgent=st.none() | st.booleans(),
    window=st.none() | st.sampled_from([NIGHT, FESTIVAL]),
)
lists = st.lists(st.tuples(whens, st.sampled_from([FIRM, SWEEPERS])), max_size=5).map(
    lambda pairs: tuple(
        Rule(rule_id=f"r{at}", name="r", when=when, choose=Choose(by=By.unit, unit_id=unit))
        for at, (when, unit) in enumerate(pairs)
    )
)
SMALL = replace(
    WORLD,
    categories=frozenset({"litter_full", "lamp", "manhole"}),
    conditions={"manhole.missing": "manhole"},
)


def every_case(rules: tuple[Rule, ...]) -> list[Case]:
    """All cases one by one, as slowly as one likes: the oracle of the boxes."""
    spots = [
        Spot(),
        *(Spot(area_ids=of) for of in WORLD.areas.values()),
        *(Spot(g, of) for g, of in WORLD.grids.items()),
    ]
    return [
        Case(
            category=kind.category,
            condition_id=kind.condition_id,
            urgent=kind.urgent,
            ground=ground,
            grid_id=spot.grid_id,
            area_ids=spot.area_ids,
            local_at=at,
        )
        for kind, ground, spot, at in product(SPACE_KINDS, Ground, spots, instants_of(rules))
    ]


@given(lists)
def test_boxes_say_what_trying_every_case_says(rules: tuple[Rule, ...]) -> None:
    holding = [{rule.rule_id for rule in rules if rule.when.holds(case)} for case in every_case(rules)]
    first = [min(ids, default=None) for ids in holding]
    reached = set(first) - {None}
    asked = {rule.rule_id: rule for rule in rules}
    overlaps = set()
    for one, other in product(rules, rules):
        a, b = one.rule_id, other.rule_id
        decides = any(f == a and b in ids for f, ids in zip(first, holding, strict=True))
        alone = any(a in ids and b not in ids for ids in holding), any(b in ids and a not in ids for ids in holding)
        if a < b and decides and all(alone) and b in reached and one.choose != other.choose:
            overlaps.add((a, b))
    faults = check(rules, (), SMALL)
    last_word = rules and rules[-1].when.is_catch_all and sum(rule.when.is_catch_all for rule in rules) == 1
    excused = {rules[-1].rule_id} if last_word else set()
    found = {fault.place for fault in faults if fault.code in ("rule_unreachable", "rule_never_holds")}
    assert found == set(asked) - reached - excused
    assert {(fault.place, fault.facts["with"]) for fault in faults if fault.code == "rules_overlap"} == overlaps


boxes = st.tuples(*[st.integers(1, 15)] * 3)


@given(boxes, st.lists(boxes, max_size=4))
def test_what_is_left_of_a_box_is_what_no_other_holds(box: Box, taken: list[Box]) -> None:
    def points(of: Box) -> set[tuple[int, ...]]:
        return set(product(*([bit for bit in range(4) if bits >> bit & 1] for bits in of)))

    left = [box]
    for other in taken:
        left = minus(left, other)
        assert within(box, other) <= (left == [])
        assert (common(box, other) is not None) == bool(points(box) & points(other))
    parts = [points(piece) for piece in left]
    assert set().union(*parts) == points(box).difference(*map(points, taken))
    assert sum(map(len, parts)) == len(set().union(*parts)), "no point twice"


def test_a_citys_worth_of_rules_is_judged() -> None:
    """3,461 grids, 100 kinds and 400 rules that name some of each: exact, without trying 30 million cases."""
    grids = {an_id(1_000 + number): frozenset({HOME}) for number in range(3_461)}
    categories = frozenset(f"k{number}" for number in range(100))
    world = replace(WORLD, grids=grids, categories=categories, conditions={})
    ids = list(grids)
    rules = [
        rule(
            f"r{number:03d}",
            FIRM if number % 2 else SWEEPERS,
            categories=frozenset({f"k{number % 100}"}),
            grids=frozenset(ids[number * 8 : number * 8 + 8]),
        )
        for number in range(400)
    ]
    assert check((*rules, rule("rest")), (), world) == ()
    hidden = rule("hidden", LAMPS, categories=frozenset({"k7"}), grids=frozenset(ids[7 * 8 : 7 * 8 + 2]))
    (fault,) = check((*rules, hidden, rule("rest")), (), world)
    assert (fault.code, fault.place, fault.facts["taken_by"]) == ("rule_unreachable", "hidden", ["r007"])


def test_the_space_prefers_the_plainest_example() -> None:
    grounds = (Ground.neither, Ground.estate)
    space = Space(
        kinds=[Kind("lamp")],
        grounds=grounds,
        spots=[Spot()],
        area_classes=(None,),
        instants=instants_of(()),
        places={},
    )
    case = space.example(space.box_of(When()))
    assert (case.category, case.ground, case.grid_id) == ("lamp", Ground.neither, None)
