"""Which grid a place belongs to, how a neighbour names it, and codes that stay codes."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gridward.domain.errors import Malformed
from gridward.domain.territory import (
    AreaLevel,
    GridHit,
    GridKind,
    Located,
    Near,
    code_as_text,
    describe_place,
    level_above,
    level_of_code,
)

COMMUNITY = UUID(int=1)


def hit(code: str, *, kind: GridKind = GridKind.basic, inside: bool = True, boundary_m: float = 60.0) -> GridHit:
    return GridHit(
        grid_id=uuid4(),
        code=code,
        name=code,
        kind=kind,
        community_id=COMMUNITY,
        inside=inside,
        boundary_m=boundary_m,
    )


def located(*grids: GridHit, accuracy_m: float = 12.0) -> Located:
    return Located(
        lon=113.1,
        lat=23.0,
        accuracy_m=accuracy_m,
        reach_m=250.0,
        grids=grids,
        service_areas=(),
        building=None,
        last_resorts=(),
    )


def test_a_place_well_inside_one_grid_is_sure() -> None:
    there = located(hit("440605001001002"), hit("440605001001003", inside=False, boundary_m=60.0))
    assert there.grid is not None
    assert there.grid.code == "440605001001002"
    assert there.one_grid
    assert there.nearest_grid_boundary_m == 60.0
    assert there.community_id == COMMUNITY


def test_an_edge_closer_than_the_accuracy_is_not_sure() -> None:
    assert not located(hit("1", boundary_m=11.0), accuracy_m=12.0).one_grid
    assert not located(hit("1", boundary_m=12.0), accuracy_m=12.0).one_grid
    assert located(hit("1", boundary_m=12.5), accuracy_m=12.0).one_grid


@given(st.permutations(["440605001001010", "440605001001009", "440605001001011"]))
def test_on_a_shared_edge_the_smallest_code_wins_whatever_the_order(codes: list[str]) -> None:
    there = located(*(hit(code, boundary_m=0.0) for code in codes))
    assert there.grid is not None
    assert there.grid.code == "440605001001009"
    assert there.on_grid_boundary
    assert there.nearest_grid_boundary_m == 0.0
    assert not there.one_grid


def test_in_an_overlap_it_counts_as_on_the_boundary_however_deep() -> None:
    there = located(hit("2", boundary_m=40.0), hit("1", boundary_m=50.0), accuracy_m=5.0)
    assert there.grid is not None
    assert there.grid.code == "1"
    assert there.nearest_grid_boundary_m == 0.0
    assert not there.one_grid


def test_cells_and_micro_grids_below_do_not_blur_the_answering_grid() -> None:
    there = located(
        hit("000", kind=GridKind.cell, boundary_m=2.0),
        hit("900", kind=GridKind.basic, boundary_m=80.0),
        hit("001", kind=GridKind.micro, boundary_m=1.0),
    )
    assert there.grid is not None
    assert there.grid.code == "900"
    assert there.one_grid


def test_where_only_cells_are_kept_the_cell_answers() -> None:
    there = located(hit("000", kind=GridKind.cell), hit("001", kind=GridKind.micro))
    assert there.grid is not None
    assert there.grid.kind is GridKind.cell


def test_outside_of_every_grid_nothing_is_made_up() -> None:
    there = located(hit("1", inside=False, boundary_m=5.0))
    assert there.grid is None
    assert there.community_id is None
    assert not there.one_grid
    assert there.nearest_grid_boundary_m == 5.0
    assert located().nearest_grid_boundary_m is None


@pytest.mark.parametrize(
    ("near", "zh", "en"),
    [
        ((Near(kind="landmark", name="雪圃学校东门", distance_m=9.0),), "雪圃学校东门旁", "beside 雪圃学校东门"),
        ((Near(kind="building", name="幸福楼", distance_m=0.0),), "幸福楼", "at 幸福楼"),
        (
            (Near(kind="landmark", name="祠堂", distance_m=43.0, bearing_deg=92.0),),
            "祠堂东约40米",
            "about 40 m east of 祠堂",
        ),
        (
            (
                Near(kind="street", name="文明巷", distance_m=2.0),
                Near(kind="building", name="12号", distance_m=6.0),
            ),
            "文明巷，12号旁",
            "文明巷, beside 12号",
        ),
        (
            (
                Near(kind="street", name="文明巷", distance_m=2.0),
                Near(kind="building", name="文明巷12号", distance_m=6.0),
            ),
            "文明巷12号旁",
            "beside 文明巷12号",
        ),
        ((Near(kind="street", name="文明巷", distance_m=3.0),), "文明巷", "on 文明巷"),
        (
            (
                Near(kind="building", name="3号", distance_m=8.0),
                Near(kind="landmark", name="菜市场", distance_m=15.0),
            ),
            "菜市场旁",
            "beside 菜市场",
        ),
        (
            (
                Near(kind="landmark", name="学校", distance_m=120.0, bearing_deg=0.0),
                Near(kind="street", name="河边路", distance_m=15.0),
            ),
            "河边路旁",
            "beside 河边路",
        ),
        ((Near(kind="landmark", name="远山", distance_m=900.0),), None, None),
        ((), None, None),
    ],
)
def test_a_place_is_named_as_a_neighbour_would(near: tuple[Near, ...], zh: str | None, en: str | None) -> None:
    assert describe_place(near) == zh
    assert describe_place(near, "en") == en
    assert describe_place(near[::-1]) == zh


@pytest.mark.parametrize(
    ("bearing", "word"), [(0, "北"), (44, "东北"), (180, "南"), (270, "西"), (337, "西北"), (359, "北")]
)
def test_the_eight_directions(bearing: float, word: str) -> None:
    assert (
        describe_place((Near(kind="landmark", name="井", distance_m=50.0, bearing_deg=bearing),)) == f"井{word}约50米"
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (110114104000, "110114104000"),
        (110114104000.0, "110114104000"),
        ("440606004002", "440606004002"),
        ("440606004002.0", "440606004002"),
        (" 0012 ", "0012"),
        ("A-1.5", "A-1.5"),
        ("1.5", "1.5"),
    ],
)
def test_a_code_is_text_whatever_the_file_made_of_it(value: object, code: str) -> None:
    assert code_as_text(value) == code


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (None, "code_missing"),
        ("  ", "code_missing"),
        (float("nan"), "code_missing"),
        (1.5, "code_not_whole"),
        (True, "code_not_whole"),
        (4.406050010010012e17, "code_not_whole"),
    ],
)
def test_what_cannot_be_a_code_is_said(value: object, reason: str) -> None:
    with pytest.raises(Malformed) as refused:
        code_as_text(value)
    assert refused.value.code == reason


@given(st.integers(0, 2**53))
def test_a_number_and_its_float_are_the_same_code(number: int) -> None:
    assert code_as_text(float(number)) == code_as_text(number) == str(number)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("440605", AreaLevel.district),
        ("440605125", AreaLevel.street),
        ("440605125003", AreaLevel.community),
        ("110114104000", AreaLevel.street),
        ("110114000000", AreaLevel.district),
        ("440600", AreaLevel.city),
        ("X1", None),
        ("440605001001002", None),
    ],
)
def test_official_codes_tell_their_rung(code: str, level: AreaLevel | None) -> None:
    assert level_of_code(code) is level


def test_above_a_city_is_nothing_larger() -> None:
    assert level_above(AreaLevel.community) is AreaLevel.street
    assert level_above(AreaLevel.city) is AreaLevel.city
