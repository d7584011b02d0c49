"""Datums against published check points and independent arithmetic; rings that are mended or refused."""

from __future__ import annotations

import math

import numpy
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod
from shapely.geometry import GeometryCollection, LineString, MultiPoint, Point, Polygon, box

from gridward.domain.geometry import (
    Datum,
    Family,
    Mended,
    Unfit,
    area_m2,
    bearing_deg,
    box_around,
    distance_m,
    from_wgs84,
    gcj02_to_bd09,
    mend,
    named_datum,
    to_wgs84,
    wgs84_to_gcj02,
)

ELLIPSOID = Geod(ellps="WGS84")
IN_CHINA = st.tuples(st.floats(75.0, 134.0), st.floats(4.0, 53.0))


def test_published_check_points_of_the_two_shifts() -> None:
    """The example printed in the documentation of coordtransform and checked by its many ports."""
    assert wgs84_to_gcj02(116.404, 39.915) == pytest.approx((116.41024449916938, 39.91640428150164), abs=1e-11)
    assert gcj02_to_bd09(116.404, 39.915) == pytest.approx((116.41036949371029, 39.92133699351021), abs=1e-11)


@pytest.mark.parametrize(
    ("wgs84", "gcj02"),
    [
        ((121.5272106, 31.1774276), (121.531541859215, 31.17530398364597)),
        ((113.912316, 22.543847), (113.9171764808363, 22.540796131694766)),
        ((116.377817, 39.911954), (116.38404722455657, 39.91334545536069)),
    ],
    ids=["Shanghai", "Shenzhen", "Beijing"],
)
def test_check_points_of_an_implementation_on_another_ellipsoid(
    wgs84: tuple[float, float], gcj02: tuple[float, float]
) -> None:
    """The vectors of eviltransform, which uses the radius of WGS-84: the two agree to centimetres."""
    assert distance_m(*wgs84_to_gcj02(*wgs84), *gcj02) < 0.05


@given(IN_CHINA, st.sampled_from(list(Datum)))
def test_there_and_back_is_the_same_place_to_the_micrometre(place: tuple[float, float], datum: Datum) -> None:
    assert distance_m(*to_wgs84(*from_wgs84(*place, datum), datum), *place) < 1e-6


@given(st.lists(IN_CHINA, min_size=1, max_size=20), st.sampled_from([Datum.gcj02, Datum.bd09]))
def test_a_whole_array_moves_as_each_of_its_places(places: list[tuple[float, float]], datum: Datum) -> None:
    lon, lat = (numpy.array(column) for column in zip(*places, strict=True))
    together = to_wgs84(lon, lat, datum, numpy)
    for index, place in enumerate(places):
        assert (together[0][index], together[1][index]) == pytest.approx(to_wgs84(*place, datum), abs=1e-12)


def test_outside_of_china_nothing_is_shifted() -> None:
    assert from_wgs84(14.4, 50.1, Datum.gcj02) == (14.4, 50.1)
    assert from_wgs84(116.4, 39.9, Datum.cgcs2000) == (116.4, 39.9)


def test_the_shift_in_foshan_is_about_six_hundred_metres() -> None:
    assert 500 < distance_m(113.145, 23.031, *wgs84_to_gcj02(113.145, 23.031)) < 700


@pytest.mark.parametrize(
    ("text", "datum"),
    [("wgs84", Datum.wgs84), ("GCJ-02", Datum.gcj02), ("gcj02", Datum.gcj02), ("bd09ll", Datum.bd09), ("mars", None)],
)
def test_a_datum_is_known_by_the_names_people_use(text: str, datum: Datum | None) -> None:
    assert named_datum(text) is datum


@given(IN_CHINA, st.floats(0.0, 360.0), st.floats(0.01, 90_000.0))
def test_distance_agrees_with_the_geodesic(place: tuple[float, float], heading: float, length: float) -> None:
    lon, lat, _ = ELLIPSOID.fwd(*place, heading, length)
    assert distance_m(*place, lon, lat) == pytest.approx(length, rel=2e-4)


@given(IN_CHINA, st.floats(0.0, 360.0), st.floats(1.0, 5_000.0))
def test_a_box_holds_every_place_within_reach(place: tuple[float, float], heading: float, reach: float) -> None:
    lon, lat, _ = ELLIPSOID.fwd(*place, heading, reach)
    west, south, east, north = box_around(*place, reach)
    assert west <= lon <= east
    assert south <= lat <= north


def test_a_long_way_is_right_within_the_ellipsoid() -> None:
    assert distance_m(116.4, 39.9, 113.26, 23.13) == pytest.approx(
        ELLIPSOID.inv(116.4, 39.9, 113.26, 23.13)[2], rel=6e-3
    )


def test_bearing_is_read_clockwise_from_north() -> None:
    assert bearing_deg(113.0, 23.0, 113.0, 23.001) == pytest.approx(0.0)
    assert bearing_deg(113.0, 23.0, 113.001, 23.0) == pytest.approx(90.0, abs=0.01)
    assert bearing_deg(113.0, 23.0, 112.999, 23.0) == pytest.approx(270.0, abs=0.01)


def test_area_agrees_with_the_ellipsoid() -> None:
    courtyard = box(113.10, 23.00, 113.11, 23.01)
    assert area_m2(courtyard) == pytest.approx(abs(ELLIPSOID.geometry_area_perimeter(courtyard)[0]), rel=1e-3)


def test_a_sound_ring_is_left_alone() -> None:
    judged = mend(box(113.0, 23.0, 113.1, 23.1), Family.polygon)
    assert isinstance(judged, Mended)
    assert judged.changes == ()
    assert judged.geometry.geom_type == "MultiPolygon"


def test_a_bow_tie_is_mended_and_what_changed_is_said() -> None:
    judged = mend(Polygon([(113, 23), (113.001, 23.001), (113.001, 23), (113, 23.001)]), Family.polygon)
    assert isinstance(judged, Mended)
    assert judged.geometry.is_valid
    assert "Self-intersection" in judged.changes[0]
    assert "2 pieces" in judged.changes[0]


def test_a_ring_that_encloses_nothing_is_refused() -> None:
    judged = mend(Polygon([(113, 23), (113.001, 23.001), (113.002, 23.002)]), Family.polygon)
    assert isinstance(judged, Unfit)
    assert judged.code == "ring_unmendable"


def test_of_a_collection_the_surface_is_kept() -> None:
    judged = mend(GeometryCollection([box(113, 23, 113.1, 23.1), Point(1, 1)]), Family.polygon)
    assert isinstance(judged, Mended)
    assert judged.geometry.equals(box(113, 23, 113.1, 23.1))
    assert judged.changes


def test_exchanged_latitude_and_longitude_are_suspected_aloud() -> None:
    judged = mend(box(23.0, 113.0, 23.1, 113.1), Family.polygon)
    assert isinstance(judged, Unfit)
    assert judged.code == "out_of_range"
    assert "exchanged" in judged.why


@pytest.mark.parametrize(
    ("geometry", "family", "code"),
    [
        (Polygon(), Family.polygon, "geometry_empty"),
        (LineString([(113, 23), (113, 24)]), Family.polygon, "geometry_kind"),
        (Point(113, 23), Family.line, "geometry_kind"),
        (LineString([(113, 23), (113, 23)]), Family.line, "geometry_empty"),
        (MultiPoint([(113, 23), (113, 24)]), Family.point, "geometry_kind"),
        (LineString([(0, 0), (1, math.inf)]), Family.polygon, "coordinate_not_a_number"),
        (box(500_000, 2_500_000, 500_100, 2_500_100), Family.polygon, "out_of_range"),
    ],
)
def test_what_cannot_be_stored_is_refused_with_a_code(geometry: shapely.Geometry, family: Family, code: str) -> None:
    judged = mend(geometry, family)
    assert isinstance(judged, Unfit)
    assert judged.code == code


def test_heights_are_laid_flat_and_lines_keep_their_pieces() -> None:
    judged = mend(LineString([(113, 23, 5), (113.1, 23, 6)]), Family.line)
    assert isinstance(judged, Mended)
    assert not judged.geometry.has_z
    assert judged.geometry.geom_type == "MultiLineString"


def test_a_landmark_drawn_as_a_surface_becomes_a_point_on_it() -> None:
    market = box(113.0, 23.0, 113.01, 23.01)
    judged = mend(market, Family.point)
    assert isinstance(judged, Mended)
    assert market.covers(judged.geometry)
