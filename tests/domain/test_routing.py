"""Which unit, and why: rules in order, the ground, the boundary that would change the answer, and what is urgent."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridward.domain.errors import Refusal
from gridward.domain.routing.choice import UNIT_DOUBTS, Choice, Doubt, Gathered, Outcome, Twin, UnitFact
from gridward.domain.routing.document import read_duties, read_rules, write_duties, write_rules
from gridward.domain.routing.route import route
from gridward.domain.routing.rules import By, Choose, Duty, Ground, Part, Rule, RuleSet, When, default_rules
from gridward.domain.territory import GridHit, GridKind, Located, ServiceAreaHit, ServiceKind, UnitKind


def an_id(number: int) -> UUID:
    return UUID(int=number)


FIRM, SWEEPERS, LAMPS, DRAINS, OFFICE, OTHERS = (an_id(number) for number in range(1, 7))
HOME, NEXT, STREET = (an_id(number) for number in range(11, 14))
MARKET, GARDEN, RIVER = (an_id(number) for number in range(21, 24))
ESTATE, ROUND, OTHER_ROUND = (an_id(number) for number in range(31, 34))

UNITS = {
    FIRM: UnitFact(unit_id=FIRM, name="雪圃花园物业", kind=UnitKind.estate),
    SWEEPERS: UnitFact(unit_id=SWEEPERS, name="环卫一队", kind=UnitKind.work),
    OTHERS: UnitFact(unit_id=OTHERS, name="水埗环卫队", kind=UnitKind.work),
    LAMPS: UnitFact(unit_id=LAMPS, name="路灯所", kind=UnitKind.department),
    DRAINS: UnitFact(unit_id=DRAINS, name="排水所", kind=UnitKind.department, rung=1),
    OFFICE: UnitFact(unit_id=OFFICE, name="街道办", kind=UnitKind.street, rung=1),
}
DUTIES = (
    Duty(category="lamp", unit_kind=UnitKind.department, unit_id=LAMPS),
    Duty(category="manhole", unit_kind=UnitKind.department),
    Duty(category="manhole", unit_kind=UnitKind.street, part=Part.assist),
)
RULES = RuleSet(version=3, rules=default_rules(DUTIES), duties=DUTIES)


def grid(grid_id: UUID, boundary_m: float, *, inside: bool = True, community_id: UUID = HOME) -> GridHit:
    return GridHit(
        grid_id=grid_id,
        code=str(grid_id.int),
        name=f"网格{grid_id.int}",
        kind=GridKind.basic,
        community_id=community_id,
        inside=inside,
        boundary_m=boundary_m,
    )


def area(area_id: UUID, boundary_m: float, *, inside: bool = True) -> ServiceAreaHit:
    unit = UNITS[{ESTATE: FIRM, ROUND: SWEEPERS, OTHER_ROUND: OTHERS}[area_id]]
    kind = ServiceKind.estate if area_id == ESTATE else ServiceKind.work
    return ServiceAreaHit(
        service_area_id=area_id,
        code=str(area_id.int),
        name=f"范围{area_id.int}",
        kind=kind,
        unit_id=unit.unit_id,
        unit_name=unit.name,
        unit_kind=unit.kind,
        inside=inside,
        boundary_m=boundary_m,
    )


IN_MARKET = (grid(MARKET, 90.0), grid(GARDEN, 90.0, inside=False))


def at(*areas: ServiceAreaHit, accuracy_m: float = 10.0, grids: tuple[GridHit, ...] = IN_MARKET) -> Located:
    return Located(
        lon=113.1,
        lat=23.0,
        accuracy_m=accuracy_m,
        reach_m=max(accuracy_m, 250.0),
        grids=grids,
        service_areas=areas,
        building=None,
        last_resorts=(OFFICE,),
    )


def seen(category: str = "litter_full", located: Located | None = None, **more: object) -> Gathered:
    given_: dict[str, object] = {
        "category": category,
        "condition_id": f"{category}.1",
        "condition_named": True,
        "urgent": False,
        "located": located,
        "area_ids": frozenset({HOME, STREET}),
        "units": UNITS,
        "last_resorts": (OFFICE,),
        **more,
    }
    return Gathered(**given_)  # type: ignore[arg-type]


IN_ESTATE = at(area(ESTATE, 60.0), area(ROUND, 80.0))
ON_LANE = at(area(ROUND, 80.0), area(ESTATE, 40.0, inside=False))


def test_inside_the_estate_it_goes_to_the_firm() -> None:
    choice = route(seen(located=IN_ESTATE), RULES)
    assert (choice.rule_id, choice.version, choice.unit_id, choice.role) == ("estate", 3, FIRM, "lead")
    assert choice.sure
    assert choice.nearest_change_m == 60.0


def test_on_the_lane_it_goes_to_the_sweepers_and_the_estates_wall_is_the_boundary_that_counts() -> None:
    choice = route(seen(located=ON_LANE), RULES)
    assert (choice.rule_id, choice.unit_id, choice.sure) == ("lane", SWEEPERS, True)
    assert (choice.nearest_change_id, choice.nearest_change_m) == (ESTATE, 40.0)


@pytest.mark.parametrize(("category", "unit"), [("lamp", LAMPS), ("manhole", DRAINS)])
@pytest.mark.parametrize("place", [IN_ESTATE, ON_LANE], ids=["estate", "lane"])
def test_professional_kinds_go_by_the_duty_list_wherever_they_are(category: str, unit: UUID, place: Located) -> None:
    choice = route(seen(category, place), RULES)
    assert (choice.rule_id, choice.unit_id, choice.sure) == ("duty", unit, True)
    assert choice.nearest_change_m is None, "no boundary in reach changes a duty"
    assert choice.assists == ((OFFICE,) if category == "manhole" else ())


def test_a_duty_of_one_area_goes_before_one_that_holds_everywhere() -> None:
    local = Duty(category="lamp", unit_kind=UnitKind.work, unit_id=SWEEPERS, area_id=STREET)
    rules = replace(RULES, duties=(*DUTIES, local))
    assert route(seen("lamp", ON_LANE), rules).unit_id == SWEEPERS
    assert route(seen("lamp", ON_LANE, area_ids=frozenset({NEXT})), rules).unit_id == LAMPS


def doubts_of(gathered: Gathered, rules: RuleSet = RULES) -> Choice:
    choice = route(gathered, rules)
    assert choice.sure is (choice.doubts == ())
    return choice


SHARED = at(area(ROUND, 80.0), grids=(grid(MARKET, 0.0), grid(GARDEN, 0.0)))
ENDED = {**UNITS, SWEEPERS: replace(UNITS[SWEEPERS], ended=True)}
TWIN = Twin(ticket_id=an_id(99), distance_m=12.0, status="assigned", short_no=37)

UNSURE = {
    Doubt.place_unknown: seen(located=None),
    Doubt.no_grid: seen(located=at(area(ROUND, 80.0), grids=())),
    Doubt.grid_shared: seen(located=SHARED),
    Doubt.left_to_desk: seen(located=at()),
    Doubt.no_unit: seen("manhole", ON_LANE, units={}),
    Doubt.several_units: seen(located=at(area(ROUND, 80.0), area(OTHER_ROUND, 80.0))),
    Doubt.unit_gone: seen(located=ON_LANE, units=ENDED),
    Doubt.boundary_near: seen(located=replace(ON_LANE, accuracy_m=40.0)),
    Doubt.condition_not_named: seen(located=ON_LANE, condition_named=False),
    Doubt.category_by_hand: seen(located=ON_LANE, automatic=False),
    Doubt.twin_open: seen(located=ON_LANE, twins=(TWIN,)),
}


@pytest.mark.parametrize("doubt", sorted(UNSURE))
def test_each_doubt_alone_leaves_it_to_the_desk(doubt: Doubt) -> None:
    choice = doubts_of(UNSURE[doubt])
    assert doubt in choice.doubts
    assert (choice.outcome, choice.unit_id) == (Outcome.tray, None)


def test_no_rule_at_all_is_a_doubt_with_the_candidates() -> None:
    choice = doubts_of(seen(located=ON_LANE), RuleSet(version=0, rules=()))
    assert choice.doubts == (Doubt.no_rule,)
    assert [one.unit_id for one in choice.candidates] == [SWEEPERS, FIRM, OFFICE]


def test_the_tray_says_what_each_candidate_would_have_needed() -> None:
    choice = doubts_of(UNSURE[Doubt.boundary_near])
    needed = {one.unit_id: dict(one.needed) for one in choice.candidates}
    assert needed == {SWEEPERS: {}, FIRM: {"place_in_area_m": 40.0}, OFFICE: {"rule": "lane"}}
    assert choice.meant_unit_id == SWEEPERS


@pytest.mark.parametrize("doubt", sorted(UNSURE))
def test_what_is_urgent_never_waits(doubt: Doubt) -> None:
    gathered = replace(UNSURE[doubt], urgent=True)
    if doubt in (Doubt.place_unknown, Doubt.no_grid):
        gathered = replace(gathered, located=at(grids=(grid(MARKET, 30.0, inside=False),)))
    if doubt is Doubt.no_unit:
        gathered = replace(gathered, units={OFFICE: UNITS[OFFICE]})
    choice = route(gathered, RULES)
    assert choice.outcome is Outcome.assign
    assert choice.grid_id == MARKET
    expected = (OFFICE, "last_resort") if doubt in UNIT_DOUBTS else (SWEEPERS, "lead")
    assert (choice.unit_id, choice.role) == expected


def test_what_is_urgent_and_sure_goes_where_it_belongs() -> None:
    choice = route(seen(located=ON_LANE, urgent=True), RULES)
    assert (choice.unit_id, choice.role, choice.sure) == (SWEEPERS, "lead", True)


def test_an_urgent_thing_nobody_answers_for_is_left_to_the_desk_and_not_lost() -> None:
    choice = route(seen(located=at(), urgent=True, last_resorts=()), RULES)
    assert choice.outcome is Outcome.tray


def test_a_boundary_between_two_areas_of_one_unit_changes_nothing() -> None:
    both = replace(area(OTHER_ROUND, 3.0), unit_id=SWEEPERS)
    choice = route(seen(located=at(area(ROUND, 3.0), both)), RULES)
    assert [tested.changes_unit for tested in choice.boundaries if tested.of == "service_area"] == [False, False]
    assert choice.nearest_change_m == 3.0, "but where both end, nobody answers"


def test_beyond_the_edge_of_the_community_another_last_resort_answers() -> None:
    rules = RuleSet(version=1, rules=(Rule(rule_id="all", name="all", when=When(), choose=Choose(by=By.last_resort)),))
    same = at(grids=(grid(MARKET, 5.0), grid(GARDEN, 5.0, inside=False)))
    other = at(grids=(grid(MARKET, 5.0), grid(RIVER, 5.0, inside=False, community_id=NEXT)))
    assert route(seen(located=same), rules).sure
    assert route(seen(located=other), rules).doubts == (Doubt.boundary_near,)


areas_ = st.lists(
    st.builds(
        lambda area_id, metres, inside: area(area_id, metres, inside=inside),
        st.sampled_from([ESTATE, ROUND, OTHER_ROUND]),
        st.floats(0, 250),
        st.booleans(),
    ),
    max_size=3,
    unique_by=lambda hit: hit.service_area_id,
)
places = st.builds(
    lambda areas, accuracy, edge: at(*areas, accuracy_m=accuracy, grids=(grid(MARKET, edge),)),
    areas_,
    st.floats(0, 200),
    st.floats(0.1, 250),
)
whens = st.builds(
    When,
    categories=st.none() | st.frozensets(st.sampled_from(["litter_full", "lamp", "manhole"]), min_size=1),
    grounds=st.none() | st.frozensets(st.sampled_from(list(Ground)), min_size=1),
    grids=st.none() | st.frozensets(st.sampled_from([MARKET, GARDEN]), min_size=1),
    areas=st.none() | st.frozensets(st.sampled_from([HOME, NEXT, STREET]), min_size=1),
    urgent=st.none() | st.booleans(),
)
chooses = st.one_of(
    st.builds(lambda kind: Choose(by=By.service_area, kind=kind), st.sampled_from(list(ServiceKind))),
    st.builds(lambda unit_id: Choose(by=By.unit, unit_id=unit_id), st.sampled_from(sorted(UNITS, key=str))),
    st.builds(lambda by: Choose(by=by), st.sampled_from([By.duty, By.last_resort, By.tray])),
)
rule_lists = st.lists(st.tuples(whens, chooses), max_size=5).map(
    lambda pairs: tuple(
        Rule(rule_id=f"r{number}", name="r", when=when, choose=choose) for number, (when, choose) in enumerate(pairs)
    )
)
cases = st.builds(
    lambda category, place, urgent, named: seen(category, place, urgent=urgent, condition_named=named),
    st.sampled_from(["litter_full", "lamp", "manhole"]),
    places,
    st.booleans(),
    st.booleans(),
)


@given(cases, rule_lists)
def test_the_same_question_has_the_same_answer_and_the_first_rule_that_holds_gives_it(
    gathered: Gathered, rules: tuple[Rule, ...]
) -> None:
    rule_set = RuleSet(version=1, rules=rules, duties=DUTIES)
    choice = route(gathered, rule_set)
    assert route(gathered, rule_set) == choice
    at_all = {one.rule_id: route(gathered, replace(rule_set, rules=(one,))).rule_id for one in rules}
    assert choice.rule_id == next((rule_id for rule_id, held in at_all.items() if held), None)
    assert choice.as_json()["sure"] is choice.sure
    assert choice.sure <= (choice.outcome is Outcome.assign)
    if choice.outcome is Outcome.tray:
        assert choice.doubts


@given(cases, rule_lists)
def test_away_from_every_boundary_the_boundary_is_no_doubt_and_nothing_else_has_changed(
    gathered: Gathered, rules: tuple[Rule, ...]
) -> None:
    rule_set = RuleSet(version=1, rules=rules, duties=DUTIES)
    located = gathered.located
    assert located is not None
    far = replace(
        located,
        accuracy_m=10.0,
        grids=tuple(replace(hit, boundary_m=240.0) for hit in located.grids),
        service_areas=tuple(replace(hit, boundary_m=240.0) for hit in located.service_areas),
    )
    near, moved = route(gathered, rule_set), route(replace(gathered, located=far), rule_set)
    assert Doubt.boundary_near not in moved.doubts
    assert set(moved.doubts) == set(near.doubts) - {Doubt.boundary_near}
    assert (moved.rule_id, moved.meant_unit_id) == (near.rule_id, near.meant_unit_id)


@given(cases, rule_lists, st.floats(0, 200))
def test_a_worse_position_never_makes_it_sure(gathered: Gathered, rules: tuple[Rule, ...], worse: float) -> None:
    rule_set = RuleSet(version=1, rules=rules, duties=DUTIES)
    located = gathered.located
    assert located is not None
    less = replace(gathered, located=replace(located, accuracy_m=located.accuracy_m + worse))
    assert route(less, rule_set).sure <= route(gathered, rule_set).sure


@given(cases, rule_lists, st.data())
def test_when_it_is_sure_no_place_within_the_accuracy_has_another_unit(
    gathered: Gathered, rules: tuple[Rule, ...], data: st.DataObject
) -> None:
    """The meaning of sure: cross any boundaries that the position's circle touches, and the same unit answers."""
    rule_set = RuleSet(version=1, rules=rules, duties=DUTIES)
    choice = route(gathered, rule_set)
    located = gathered.located
    assert located is not None
    touched = [hit for hit in located.service_areas if hit.boundary_m <= located.accuracy_m]
    crossed = data.draw(st.sets(st.sampled_from(touched)) if touched else st.just(set()))
    if not choice.sure or len(crossed) > 2:
        return
    elsewhere = replace(
        located,
        service_areas=tuple(replace(hit, inside=hit.inside ^ (hit in crossed)) for hit in located.service_areas),
    )
    assert route(replace(gathered, located=elsewhere), rule_set).meant_unit_id == choice.meant_unit_id


@given(rule_lists)
def test_rules_come_back_from_their_json_as_they_were(rules: tuple[Rule, ...]) -> None:
    assert read_rules(write_rules(rules)) == rules


def test_duties_come_back_from_their_json_as_they_were() -> None:
    duties = (*DUTIES, Duty(category="lamp", unit_kind=UnitKind.work, area_id=HOME))
    assert read_duties(write_duties(duties)) == duties


GOOD = {"rule_id": "a", "name": "a", "when": {}, "choose": {"by": "tray"}}


@pytest.mark.parametrize(
    ("broken", "place"),
    [
        ("not a list", "rules"),
        ([{}], "rules[0].choose"),
        ([GOOD, {**GOOD, "when": {"where": "x"}}], "rules[1].when"),
        ([{**GOOD, "rule_id": " "}], "rules[0].rule_id"),
        ([{**GOOD, "when": {"grounds": ["sea"]}}], "rules[0].when.grounds"),
        ([{**GOOD, "when": {"categories": []}}], "rules[0].when.categories"),
        ([{**GOOD, "when": {"grids": ["x"]}}], "rules[0].when.grids"),
        ([{**GOOD, "when": {"urgent": "yes"}}], "rules[0].when.urgent"),
        ([{**GOOD, "choose": {"by": "unit"}}], "rules[0].choose"),
        ([{**GOOD, "choose": {"by": "tray", "kind": "work"}}], "rules[0].choose"),
        ([{**GOOD, "choose": {"by": "dice"}}], "rules[0].choose.by"),
        ([{**GOOD, "extra": 1}], "rules[0]"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(broken: object, place: str) -> None:
    with pytest.raises(Refusal) as refused:
        read_rules(broken)
    assert (refused.value.code, refused.value.facts["place"]) == ("rules_malformed", place)
