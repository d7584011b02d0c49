"""Boundaries and dates judged without a database: what cannot be meant, what is cut and merged, who and what goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

import pytest
from shapely.geometry import MultiPolygon, Polygon, box

from gridward.domain.errors import Malformed
from gridward.domain.routing.rules import By, Choose, Rule, When
from gridward.domain.territory import GridKind
from gridward.domain.territory_carry import Held, Successors, carry_rules, carry_stewards, without_ended
from gridward.domain.territory_change import Piece, begins, cut, merged, misplaced

ZONE = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
GROUND = (113.0, 22.9, 113.2, 23.1)


def the(name: str) -> UUID:
    return uuid5(UUID(int=3), name)


def piece(code: str, west: float, *, community: str = "c", kind: GridKind = GridKind.basic) -> Piece:
    shape = MultiPolygon([box(113 + west / 100, 23.0, 113 + (west + 1) / 100, 23.01)])
    return Piece(code=code, name=code, kind=kind, community=community, geometry=shape)


def test_a_day_begins_at_its_local_midnight_and_today_is_now() -> None:
    assert begins(date(2026, 9, 1), NOW, ZONE) == NOW
    assert begins(date(2026, 9, 2), NOW, ZONE) == datetime(2026, 9, 1, 16, 0, tzinfo=UTC)
    assert begins(date(2026, 8, 31), NOW, ZONE) == datetime(2026, 8, 30, 16, 0, tzinfo=UTC)
    late_in_the_evening = datetime(2026, 9, 1, 17, 0, tzinfo=UTC)  # the 2nd already, over there
    assert begins(date(2026, 9, 2), late_in_the_evening, ZONE) == late_in_the_evening
    with pytest.raises(Malformed, match="date_too_early"):
        begins(date(2025, 8, 30), NOW, ZONE)


@pytest.mark.parametrize(
    ("shape", "code"),
    [
        (box(113.1, 23.0, 113.11, 23.01), None),
        (box(113.21, 23.0, 113.22, 23.01), None),
        (box(23.0, 113.1, 23.01, 113.11), "lat_lon_swapped"),
        (box(371_065, 75_459, 371_700, 76_100), "not_degrees"),
        (box(118.1, 23.0, 118.11, 23.01), "boundary_far_away"),
        (box(34.4, 7.0, 34.5, 7.01), "boundary_far_away"),
    ],
)
def test_coordinates_that_cannot_be_meant(shape: Polygon, code: str | None) -> None:
    found = misplaced("g", shape, GROUND)
    assert (found.code if found else None) == code


def test_in_europe_an_exchange_is_seen_from_what_stands() -> None:
    vienna = (16.2, 48.1, 16.6, 48.3)
    found = misplaced("g", box(48.2, 16.3, 48.21, 16.31), vienna)
    assert found is not None
    assert found.code == "lat_lon_swapped"
    assert misplaced("g", box(16.3, 48.2, 16.31, 48.21), vienna) is None
    assert misplaced("g", box(48.2, 16.3, 48.21, 16.31), None) is None, "where nothing stands nothing can be said"


def test_a_merge_is_one_surface_without_the_wall_between() -> None:
    ground, faults = merged([piece("a", 0), piece("b", 1)])
    assert faults == ()
    assert len(ground.geoms) == 1
    assert ground.area == pytest.approx(0.02 * 0.01)
    assert len(ground.geoms[0].interiors) == 0


def test_what_speaks_against_a_merge() -> None:
    def codes(*pieces: Piece) -> set[tuple[str, str]]:
        return {(one.code, one.place) for one in merged(pieces)[1]}

    assert codes(piece("a", 0)) == {("merge_of_one", "a")}
    assert codes(piece("a", 0), piece("b", 1), piece("c", 5)) == {("merge_apart", "c")}
    assert codes(piece("a", 0), piece("b", 1, community="d")) == {("merge_of_communities", "a + b")}
    assert codes(piece("a", 0), piece("b", 1, kind=GridKind.cell)) == {("merge_of_kinds", "a + b")}


def test_a_line_cuts_a_grid_in_two_west_first() -> None:
    west, east = cut(piece("a", 0), [(113.004, 22.0), (113.004, 24.0)])
    assert (west.area, east.area) == (pytest.approx(0.4e-4), pytest.approx(0.6e-4))
    assert west.bounds[0] == 113.0


@pytest.mark.parametrize(
    "line",
    [
        [(113.004, 23.002), (113.004, 23.008)],
        [(114.0, 22.0), (114.0, 24.0)],
        [(113.004, 22.0)],
        [(113.002, 22.0), (113.002, 24.0), (113.006, 24.0), (113.006, 22.0)],
    ],
)
def test_a_line_that_does_not_make_two_parts(line: list[tuple[float, float]]) -> None:
    with pytest.raises(Malformed, match="cut_misses"):
        cut(piece("a", 0), line)


A, B, M = the("a"), the("b"), the("m")
INTO_NEW = Successors(
    after={A: (M,), B: (M,)}, standing=frozenset(), ended=frozenset({A, B}), codes={A: "a", B: "b", M: "m"}
)
INTO_B = Successors(after={A: (B,)}, standing=frozenset({B}), ended=frozenset({A}), codes={A: "a", B: "b"})
SPLIT = Successors(after={A: (M,)}, standing=frozenset({A}), ended=frozenset(), codes={A: "a", M: "m"})


def held(grid_id: UUID, name: str, *, lead: bool = False, since: datetime = NOW - timedelta(days=9)) -> Held:
    return Held(
        stewardship_id=the(f"{grid_id}{name}"),
        grid_id=grid_id,
        person_id=the(name),
        name=name,
        is_lead=lead,
        valid_from=since,
        valid_to=None,
    )


def test_everybody_goes_on_once_and_one_leads() -> None:
    people = [held(A, "李", lead=True), held(A, "麦"), held(B, "麦"), held(B, "苏")]
    carried, faults = carry_stewards(people, INTO_NEW, at=NOW, lead_of=None)
    assert faults == ()
    assert [(one.of.name, one.is_lead) for one in carried] == [("李", True), ("麦", False), ("苏", False)]


def test_of_two_leads_one_is_named() -> None:
    people = [held(A, "李", lead=True), held(B, "苏", lead=True)]
    assert [one.code for one in carry_stewards(people, INTO_NEW, at=NOW, lead_of=None)[1]] == ["several_leads"]
    carried, faults = carry_stewards(people, INTO_NEW, at=NOW, lead_of=B)
    assert faults == ()
    assert [(one.of.name, one.is_lead) for one in carried] == [("苏", True), ("李", False)]


def test_a_grid_that_goes_on_keeps_its_lead() -> None:
    carried, faults = carry_stewards([held(A, "李", lead=True), held(B, "苏", lead=True)], INTO_B, at=NOW, lead_of=None)
    assert faults == ()
    assert [(one.of.name, one.grid_id, one.is_lead) for one in carried] == [("李", B, False)]


def test_who_begins_later_in_a_grid_that_ends_is_named() -> None:
    later = held(A, "新", since=NOW + timedelta(days=3))
    carried, faults = carry_stewards([later], INTO_NEW, at=NOW, lead_of=None)
    assert ([one.code for one in faults], carried) == (["steward_planned"], ())


def rule(*grids: UUID) -> Rule:
    return Rule(rule_id="r", name="规则", when=When(grids=frozenset(grids) or None), choose=Choose(by=By.tray))


@pytest.mark.parametrize(
    ("successors", "named", "then", "faults"),
    [
        (INTO_NEW, {A, B}, {M}, 0),
        (INTO_NEW, {A}, None, 1),
        (INTO_B, {A, B}, {B}, 0),
        (INTO_B, {B}, None, 1),
        (INTO_B, {A}, None, 1),
        (SPLIT, {A}, {A, M}, 0),
        (SPLIT, {the("other")}, {the("other")}, 0),
        (INTO_NEW, set(), set(), 0),
    ],
)
def test_a_rule_holds_on_the_ground_it_held_on_before(
    successors: Successors, named: set[UUID], then: set[UUID] | None, faults: int
) -> None:
    made, _, found = carry_rules([rule(*named)], successors, ended_too=False)
    assert len(found) == faults
    if then is not None:
        assert (made[0].when.grids or set()) == then


def test_until_the_day_has_come_both_are_named_and_then_only_what_stands() -> None:
    made, touched, _ = carry_rules([rule(A, B)], INTO_NEW, ended_too=True)
    assert (made[0].when.grids, touched) == ({A, B, M}, ("r",))
    assert without_ended(made, frozenset({A, B}))[0].when.grids == {M}
    alone = rule(A)
    assert without_ended([alone], frozenset({A})) == (alone,), "a rule is never made to hold everywhere"
