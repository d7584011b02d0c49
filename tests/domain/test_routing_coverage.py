"""Coverage: a grid cut by service areas, and every kind put to the rules in every part of it."""

from __future__ import annotations

import math
from dataclasses import replace
from uuid import UUID

import pytest
from shapely import Polygon, box

from gridward.domain.routing.boxes import Kind
from gridward.domain.routing.choice import Doubt, Gathered, UnitFact
from gridward.domain.routing.coverage import Around, Ground, Piece, coverage, cut
from gridward.domain.routing.rules import By, Choose, Duty, Rule, RuleSet, When, default_rules
from gridward.domain.routing.rules import Ground as Lies
from gridward.domain.territory import GridHit, GridKind, ServiceAreaHit, ServiceKind, UnitKind

FIRM, SWEEPERS, OTHERS, LAMPS = (UUID(int=number) for number in range(1, 5))
ESTATE, ROUND, OTHER_ROUND = (UUID(int=number) for number in range(31, 34))
MARKET, GARDEN = UUID(int=21), UUID(int=22)
HOME = UUID(int=11)
SIDE = 0.002
CELL = box(113.1, 23.0, 113.1 + SIDE, 23.0 + SIDE)


def east(share: float) -> Polygon:
    return box(113.1 + (1 - share) * SIDE, 23.0, 113.1 + SIDE, 23.0 + SIDE)


def test_a_grid_is_cut_into_parts_with_their_shares() -> None:
    pieces = cut(CELL, {ESTATE: east(0.25)}, frozenset({ROUND}))
    assert [(piece.share, piece.areas) for piece in pieces] == [
        (pytest.approx(0.75), frozenset({ROUND})),
        (pytest.approx(0.25), frozenset({ROUND, ESTATE})),
    ]
    crossing = {ESTATE: east(0.5), OTHER_ROUND: box(113.1, 23.0, 113.1 + SIDE, 23.0 + SIDE / 2)}
    pieces = cut(CELL, crossing, frozenset())
    assert [piece.share for piece in pieces] == [pytest.approx(0.25)] * 4
    assert {piece.areas for piece in pieces} == {
        frozenset(),
        frozenset({ESTATE}),
        frozenset({OTHER_ROUND}),
        frozenset({ESTATE, OTHER_ROUND}),
    }


def test_a_sliver_that_two_drawings_leave_is_no_ground_of_its_own() -> None:
    metre = 1 / 111_000
    nearly = box(113.1 + metre, 23.0, 113.1 + SIDE, 23.0 + SIDE)
    assert cut(CELL, {ROUND: nearly}, frozenset()) == (Piece(pytest.approx(1.0), frozenset({ROUND})),)
    barely = box(113.0, 23.0, 113.1 + metre, 23.0 + SIDE)
    assert cut(CELL, {ROUND: barely}, frozenset()) == (Piece(pytest.approx(1.0), frozenset()),)


def hit(area_id: UUID, unit_id: UUID, kind: ServiceKind) -> ServiceAreaHit:
    return ServiceAreaHit(
        service_area_id=area_id,
        code=str(area_id.int),
        name="范围",
        kind=kind,
        unit_id=unit_id,
        unit_name="单位",
        unit_kind=UnitKind(kind.value),
        inside=True,
        boundary_m=math.inf,
    )


HITS = {
    ESTATE: hit(ESTATE, FIRM, ServiceKind.estate),
    ROUND: hit(ROUND, SWEEPERS, ServiceKind.work),
    OTHER_ROUND: hit(OTHER_ROUND, OTHERS, ServiceKind.work),
}
UNITS = {
    unit_id: UnitFact(unit_id=unit_id, name="单位", kind=kind, rung=0)
    for unit_id, kind in ((FIRM, UnitKind.estate), (SWEEPERS, UnitKind.work), (OTHERS, UnitKind.work))
} | {LAMPS: UnitFact(unit_id=LAMPS, name="路灯所", kind=UnitKind.department, rung=1)}
BARE = Gathered(
    category="",
    condition_id=None,
    condition_named=True,
    urgent=False,
    located=None,
    area_ids=frozenset({HOME}),
    units=UNITS,
)
AROUND = {frozenset({HOME}): Around(bare=BARE)}
KINDS = [Kind("lamp"), Kind("litter_full"), Kind("litter_ground")]
DUTY = Duty(category="lamp", unit_kind=UnitKind.department, unit_id=LAMPS)
RULES = RuleSet(version=1, rules=default_rules((DUTY,)), duties=(DUTY,))


def ground(grid_id: UUID, *pieces: tuple[float, set[UUID]]) -> Ground:
    grid = GridHit(
        grid_id=grid_id,
        code=str(grid_id.int),
        name="网格",
        kind=GridKind.basic,
        community_id=HOME,
        inside=True,
        boundary_m=math.inf,
    )
    parts = tuple(Piece(share, frozenset(areas)) for share, areas in pieces)
    return Ground(grid=grid, area_ids=frozenset({HOME}), pieces=parts)


def test_every_pair_that_lacks_one_unit_is_listed_with_its_share() -> None:
    grounds = [
        ground(MARKET, (0.6, {ROUND}), (0.3, {ROUND, OTHER_ROUND}), (0.1, set())),
        ground(GARDEN, (1.0, {ROUND, ESTATE})),
    ]
    found = coverage(grounds, KINDS, HITS, AROUND, {}, RULES)
    assert found.pairs == 6
    assert dict(found.by_doubt) == {Doubt.several_units: 2}, "each pair once, under its worst; the lamps have theirs"
    told = [(gap.grid_id, gap.doubt, gap.share, gap.kinds, gap.rule_id, gap.unit_ids) for gap in found.gaps]
    litter = ("litter_full", "litter_ground")
    assert told == [
        (MARKET, Doubt.several_units, 0.3, litter, "lane", (SWEEPERS, OTHERS)),
        (MARKET, Doubt.left_to_desk, 0.1, litter, "rest", ()),
    ]


def test_no_rule_no_unit_and_a_unit_that_has_ended_are_told_apart() -> None:
    gone = {**UNITS, LAMPS: replace(UNITS[LAMPS], ended=True)}
    around = {frozenset({HOME}): Around(bare=replace(BARE, units=gone))}
    only_estates = Rule(
        rule_id="estates",
        name="e",
        when=When(categories=frozenset({"litter_full"})),
        choose=Choose(by=By.service_area, kind=ServiceKind.estate),
    )
    lamps = Rule(rule_id="lamps", name="l", when=When(categories=frozenset({"lamp"})), choose=Choose(by=By.duty))
    rules = RuleSet(version=1, rules=(lamps, only_estates), duties=(DUTY,))
    found = coverage([ground(MARKET, (1.0, {ROUND}))], KINDS, HITS, around, {}, rules)
    assert {(gap.doubt, gap.kinds) for gap in found.gaps} == {
        (Doubt.unit_gone, ("lamp",)),
        (Doubt.no_unit, ("litter_full",)),
        (Doubt.no_rule, ("litter_ground",)),
    }


def test_a_rule_for_one_grid_counts_there_and_nowhere_else() -> None:
    own = Rule(rule_id="own", name="o", when=When(grids=frozenset({GARDEN})), choose=Choose(by=By.unit, unit_id=OTHERS))
    rules = RuleSet(version=1, rules=(own,))
    found = coverage([ground(MARKET, (1.0, set())), ground(GARDEN, (1.0, set()))], KINDS, HITS, AROUND, {}, rules)
    assert {gap.grid_id for gap in found.gaps} == {MARKET}


def test_kinds_that_rules_do_not_tell_apart_are_still_all_named() -> None:
    kinds = [Kind(f"k{number}") for number in range(100)]
    nobody = RuleSet(
        version=1,
        rules=(Rule(rule_id="e", name="e", when=When(grounds=frozenset({Lies.estate})), choose=Choose(by=By.tray)),),
    )
    (gap,) = coverage([ground(MARKET, (1.0, {ROUND}))], kinds, HITS, AROUND, {}, nobody).gaps
    assert (gap.doubt, len(gap.kinds)) == (Doubt.no_rule, 100)
