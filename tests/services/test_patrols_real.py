"""Sixteen recorded walks over grids cut from real sub-districts: PostGIS and Shapely agree within 1 %."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
import shapely
from geoalchemy2.shape import from_shape
from pyproj import Transformer
from shapely.geometry import LineString, MultiPolygon, Point, shape
from shapely.ops import unary_union

import build
from conftest import Write
from gridward.domain.geometry import distance_m
from gridward.domain.patrols.rules import WALK_RULES
from gridward.domain.patrols.track import Fix, Track, read_fixes, track_of, write_fixes
from gridward.persistence.database import WGS84, WriteSession
from gridward.persistence.patrols import pieces

SINCE = datetime(2008, 1, 1, tzinfo=UTC)
GPX = "{http://www.topografix.com/GPX/1/1}"
SIDE = 0.004
"""Degrees: grids of some 350 by 450 metres."""


def recorded(path: Path) -> list[Fix]:
    points = ET.parse(path).getroot().iter(f"{GPX}trkpt")
    return [
        Fix(
            datetime.fromisoformat(one.findtext(f"{GPX}time", "").replace("Z", "+00:00")).timestamp(),
            float(one.get("lon", "")),
            float(one.get("lat", "")),
        )
        for one in points
    ]


def independent(track: Track, cell: shapely.Polygon) -> tuple[float, float]:
    """Area covered of a cell and length of track inside, in the metres of another projection than PostGIS uses."""
    lon, lat = cell.centroid.x, cell.centroid.y
    turn = Transformer.from_crs(4326, f"+proj=aeqd +lat_0={lat} +lon_0={lon} +datum=WGS84", always_xy=True)

    def flat(one: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(one, lambda xy: np.column_stack(turn.transform(xy[:, 0], xy[:, 1])))

    area = flat(cell)
    near = [
        leg for leg in track.legs if LineString(leg.path if len(leg.path) > 1 else leg.path * 2).distance(cell) < 0.002
    ]
    lines = [flat(LineString(leg.path) if len(leg.path) > 1 else Point(leg.path[0])) for leg in near]
    swath = unary_union([line.buffer(leg.swath_m, 16) for line, leg in zip(lines, near, strict=True)])
    return swath.intersection(area).area, sum(line.intersection(area).length for line in lines)


async def _cut(
    session: WriteSession, jurisdiction_id: UUID, parts: list[shapely.Geometry], fixes: list[Fix]
) -> dict[UUID, shapely.Polygon]:
    """Squares of a raster, cut by the sub-districts they lie in: edges are as crooked as real ones."""
    found: dict[UUID, shapely.Polygon] = {}
    cells = {(int(one.lon // SIDE), int(one.lat // SIDE)) for one in fixes}
    near = shapely.STRtree(parts)
    for column, row in sorted(cells):
        square = shapely.box(column * SIDE, row * SIDE, (column + 1) * SIDE, (row + 1) * SIDE)
        for place in near.query(square):
            cut = square.intersection(parts[place].buffer(0))
            polygons = [one for one in shapely.get_parts(cut) if one.geom_type == "Polygon" and one.area > 1e-8]
            if not polygons:
                continue
            boundary = MultiPolygon(polygons)
            grid_id = await build.grid(
                session, jurisdiction_id, None, f"格{len(found)}", from_shape(boundary, srid=WGS84), since=SINCE
            )
            found[grid_id] = boundary
    return found


@pytest.fixture(scope="module")
def walks(real_data: Path) -> dict[str, list[Fix]]:
    files = sorted((real_data / "tracks").glob("*.gpx"))
    if not files:
        pytest.skip("no recorded walks: tracks/*.gpx is not among the real input files")
    return {path.stem: recorded(path) for path in files}


def test_no_metre_is_gained_across_a_gap_a_jump_or_a_repeated_time(walks: dict[str, list[Fix]]) -> None:
    for name, fixes in walks.items():
        track = track_of([fixes])
        assert track_of([fixes + fixes[::3]]).legs == track.legs, name
        for leg in track.legs:
            span, ends = leg.ended_at - leg.started_at, (*leg.path[0], *leg.path[-1])
            assert distance_m(*ends) <= WALK_RULES.most_speed_ms * 1.2 * span + WALK_RULES.slack_m, name
        for one, after in pairwise(track.legs):
            assert after.started_at > one.ended_at, name
        assert track.walked_s <= fixes[-1].at - fixes[0].at + 1, name
        written = read_fixes(write_fixes([Fix(one.at - fixes[0].at, one.lon, one.lat) for one in fixes]))
        assert len(written) == len(fixes)
        assert len(write_fixes(written)) < 8 * len(fixes), name


async def test_coverage_is_what_an_independent_library_computes(
    walks: dict[str, list[Fix]], real_data: Path, write: Write
) -> None:
    source = real_data / "territory" / "beijing_subdistricts.geojson"
    if not source.is_file():
        pytest.skip("no territory: territory/beijing_subdistricts.geojson is not among the real input files")
    parts = [shape(one["geometry"]) for one in json.loads(source.read_text())["features"]]
    compared = 0
    async with write() as session:
        for fixes in walks.values():
            track = track_of([fixes])
            if not track.legs:
                continue
            jurisdiction_id = await build.jurisdiction(session)
            grids = await _cut(session, jurisdiction_id, parts, fixes)
            found = {
                row.grid_id: row
                for row in await pieces.covered(
                    session, jurisdiction_id, track.legs, datetime.fromtimestamp(fixes[0].at, UTC)
                )
            }
            total = [0.0, 0.0]
            for grid_id, cell in grids.items():
                area, length = independent(track, cell)
                row = found.get(grid_id)
                own = (row.area_m2, row.length_m) if row else (0.0, 0.0)
                assert own[0] == pytest.approx(area, rel=0.01, abs=15), cell.wkt
                assert own[1] == pytest.approx(length, rel=0.01, abs=3)
                total = [total[0] + area, total[1] + length]
                compared += area > 0
            assert sum(row.area_m2 for row in found.values()) == pytest.approx(total[0], rel=0.01)
            assert sum(row.length_m for row in found.values()) == pytest.approx(total[1], rel=0.01, abs=1)
    assert compared > 20
