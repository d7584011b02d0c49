"""Real files of cities, none of which we wrote; skipped where they are not at hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from gridward.cli.territory import run
from gridward.domain.errors import Malformed
from gridward.domain.imports import ImportReport
from gridward.domain.territory import Layer
from gridward.gateways.imports.territory import open_territory
from gridward.persistence.territory.queries import locate
from gridward.services.territory.read import open_reading


@pytest.mark.slow
async def test_beijing_sub_districts_and_buildings(engine: AsyncEngine, write, read, real_data: Path) -> None:
    async with write() as session:
        beijing = await build.jurisdiction(session, "北京")

    async def take(name: str, layer: Layer) -> tuple[ImportReport, Counter[str]]:
        path = real_data / "territory" / name
        if not path.exists():
            pytest.skip(f"{name} is not at hand")
        reading = open_reading(path, layer, layer_in_file=None, crs=None, named={}, kind=None)
        report = await run(engine, beijing, reading, apply=True)
        return report, Counter(finding.code for finding in report.warnings)

    areas, about = await take("beijing_subdistricts.geojson", Layer.area)
    assert (areas.read, areas.applied, areas.repaired, areas.refused) == (343, 343, 0, ())
    assert (about["overlap"], about["parent_made_bare"]) == (67, 16)
    assert areas.facts["overlap_m2"] == pytest.approx(45_000, rel=0.02)
    again, about = await take("beijing_subdistricts.geojson", Layer.area)
    assert (again.applied, again.unchanged, about["overlap"]) == (0, 343, 67)

    grids, _ = await take("beijing_subdistricts.geojson", Layer.grid)
    assert (grids.applied, grids.refused) == (343, ())
    buildings, about = await take("beijing_buildings.geojson", Layer.building)
    assert (buildings.applied, buildings.refused, about["building_without_grid"]) == (5442, (), 0)
    again, _ = await take("beijing_buildings.geojson", Layer.building)
    assert (again.applied, again.unchanged) == (0, 5442)

    async with read() as session:
        held = (
            await session.execute(
                text(
                    "SELECT min(areas), max(areas), count(*) FROM ("
                    "  SELECT count(a.area_id) AS areas FROM building b LEFT JOIN area a"
                    "    ON a.jurisdiction_id = :j AND ST_Covers(a.boundary, ST_Centroid(b.footprint))"
                    "  WHERE b.jurisdiction_id = :j GROUP BY b.building_id) AS counted"
                ),
                {"j": beijing},
            )
        ).one()
        lon, lat, since = (
            await session.execute(
                text(
                    "SELECT ST_X(location), ST_Y(location), clock_timestamp() FROM building WHERE jurisdiction_id = :j"
                ),
                {"j": beijing},
            )
        ).first()
        there = await locate(session, beijing, lon, lat, 12.0, since)
    assert tuple(held) == (1, 1, 5442)
    assert there.grid is not None
    assert there.building is not None
    assert there.building.distance_m == 0.0


def test_a_prague_quarter_is_moved_to_wgs84(real_data: Path) -> None:
    path = real_data / "territory" / "bubenec_epsg3857.gpkg"
    if not path.exists():
        pytest.skip("bubenec_epsg3857.gpkg is not at hand")
    with pytest.raises(Malformed) as asked:
        open_territory(path, layer=None, crs=None)
    assert asked.value.code == "layer_needed"
    assert set(asked.value.facts["layers"]) == {"tessellation", "buildings", "streets", "plots"}
    file = open_territory(path, layer="buildings", crs=None)
    assert file.reference.name == "EPSG:3857"
    bounds = [row.geometry.bounds for part in file.slices() for row in part]
    assert len(bounds) == 144
    assert all(14.3 < west < 14.5 and 50.0 < south < 50.2 for west, south, _, _ in bounds)


def test_a_bare_outline_asks_what_its_coordinates_are(real_data: Path) -> None:
    path = real_data / "territory" / "nanhai_outline_bare_geometry.json"
    if not path.exists():
        pytest.skip("nanhai_outline_bare_geometry.json is not at hand")
    with pytest.raises(Malformed) as asked:
        open_territory(path, layer=None, crs=None)
    assert asked.value.code == "crs_needed"
    ((row,),) = open_territory(path, layer=None, crs="GCJ-02").slices()
    assert row.values["code"] == "440605"
    assert row.geometry.geom_type == "MultiPolygon"


def test_three_rings_of_nanshan_are_mended(real_data: Path) -> None:
    path = real_data / "territory" / "nanshan_buildings.geojson"
    if not path.exists():
        pytest.skip("nanshan_buildings.geojson is not at hand")
    reading = open_reading(path, Layer.building, layer_in_file=None, crs=None, named={}, kind=None)
    staged = [row for part in reading.slices() for row in part]
    assert (reading.read, len(staged), len(reading.refused), len(reading.repaired)) == (5438, 5438, 0, 3)
    assert [finding.code for finding in reading.about_the_file()] == ["datum_as_stated", "code_from_shape"]
