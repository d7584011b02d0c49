"""Territory from files: a preview that changes nothing, then all at once, and the same file again is no news."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from gridward.cli.territory import run
from gridward.domain.errors import Conflict, Malformed
from gridward.domain.imports import ImportExit, ImportReport
from gridward.domain.territory import Layer, UnitKind
from gridward.persistence.entries import EntryRow
from gridward.persistence.territory.importing import import_turn
from gridward.persistence.territory.queries import locate
from gridward.persistence.territory.rows import (
    AreaRow,
    BuildingRow,
    GridBoundaryRow,
    GridRow,
    LandmarkRow,
    ServiceAreaRow,
    StreetRow,
    UnitRow,
)
from gridward.persistence.territory.staging import StagedFeatureRow, TerritoryImportRow
from gridward.services.territory.read import open_reading

CRS84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}
DAY = datetime(2026, 5, 1, tzinfo=UTC)


def square(west: float, east: float, south: float = 23.0, north: float = 23.01) -> dict[str, Any]:
    """A polygon between meridians given in thousandths of a degree east of 113°."""
    x, y = 113 + west / 1000, 113 + east / 1000
    return {
        "type": "Polygon",
        "coordinates": [[[x, south], [y, south], [y, north], [x, north], [x, south]]],
    }


def feature(geometry: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


class Desk:
    """An administrator at the command line of one jurisdiction."""

    def __init__(self, engine: AsyncEngine, folder: Path, jurisdiction_id: UUID) -> None:
        self.engine = engine
        self.folder = folder
        self.jurisdiction_id = jurisdiction_id
        self.day = DAY

    async def file(self, path: Path, layer: Layer, *, apply: bool = True, **options: Any) -> ImportReport:
        settled = {"layer_in_file": None, "crs": None, "named": {}, "kind": None, **options}
        reading = open_reading(path, layer, **settled)
        return await run(self.engine, self.jurisdiction_id, reading, apply=apply, clock=lambda: self.day)

    async def features(
        self, layer: Layer, *features: dict[str, Any], apply: bool = True, **options: Any
    ) -> ImportReport:
        path = self.folder / "file.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "crs": CRS84, "features": list(features)}))
        return await self.file(path, layer, apply=apply, **options)


@pytest.fixture
async def desk(engine: AsyncEngine, write, tmp_path: Path) -> Desk:
    async with write() as session:
        jurisdiction_id = await build.jurisdiction(session)
    return Desk(engine, tmp_path, jurisdiction_id)


def codes(findings: tuple) -> Counter[str]:
    return Counter(finding.code for finding in findings)


async def column(read, of: Any, desk: Desk, order: Any) -> list[Any]:
    async with read() as session:
        rows = await session.execute(
            select(of).where(order.class_.jurisdiction_id == desk.jurisdiction_id).order_by(order)
        )
        return list(rows.scalars())


async def test_a_preview_publishes_nothing_and_the_same_file_again_is_no_news(desk: Desk, read, write) -> None:
    features = (
        feature(square(100, 110), code=440605001001.0, Name="雪圃社区", parentCode=440605001000),
        feature(square(110, 120), code=440605001002, Name="水埗社区", parentCode=440605001000),
    )
    preview = await desk.features(Layer.area, *features, apply=False)
    assert (preview.read, preview.ready, preview.applied, preview.published) == (2, 2, 0, False)
    assert await column(read, AreaRow.code, desk, AreaRow.code) == []

    done = await desk.features(Layer.area, *features)
    assert (done.applied, done.unchanged, done.exit) == (2, 0, ImportExit.good)
    assert codes(done.warnings)["parent_made_bare"] == 1
    async with read() as session:
        areas = (
            await session.execute(
                select(AreaRow.code, AreaRow.level, AreaRow.name, AreaRow.parent_code, AreaRow.boundary.is_(None))
                .where(AreaRow.jurisdiction_id == desk.jurisdiction_id)
                .order_by(AreaRow.code)
            )
        ).all()
    assert [tuple(area) for area in areas] == [
        ("440605001000", "street", "440605001000", None, True),
        ("440605001001", "community", "雪圃社区", "440605001000", False),
        ("440605001002", "community", "水埗社区", "440605001000", False),
    ]

    again = await desk.features(Layer.area, *features)
    assert (again.applied, again.unchanged) == (0, 2)
    assert codes(again.warnings)["parent_made_bare"] == 0
    async with read() as session:
        entries = (
            await session.execute(
                select(EntryRow.verb, EntryRow.detail).where(EntryRow.jurisdiction_id == desk.jurisdiction_id)
            )
        ).all()
        left = (await session.execute(select(func.count()).select_from(TerritoryImportRow))).scalar_one()
        staged = (await session.execute(select(func.count()).select_from(StagedFeatureRow))).scalar_one()
    assert [(entry.verb, entry.detail["applied"]) for entry in entries] == [("territory.imported", 2)]
    assert (left, staged) == (0, 0)


async def test_overlaps_and_gaps_are_listed_with_area_and_place(desk: Desk) -> None:
    report = await desk.features(
        Layer.grid,
        feature(square(100, 110), code="440605001001002"),
        feature(square(109.99, 120), code="440605001001001"),
        feature(square(100, 120, 23.01, 23.02), code="440605001001003"),
        feature(square(100, 112, 22.99, 23.0), code="440605001001004"),
        feature(square(113, 120, 22.99, 23.0), code="440605001001005"),
        feature(square(100, 120, 22.98, 22.99), code="440605001001006"),
        apply=False,
    )
    (overlap,) = [finding for finding in report.warnings if finding.code == "overlap"]
    assert overlap.place == "440605001001001 × 440605001001002"
    assert overlap.facts["area_m2"] == pytest.approx(1.025 * 1107.6, rel=0.01)
    assert overlap.facts["lon"] == pytest.approx(113.109995, abs=1e-6)
    (gap,) = [finding for finding in report.warnings if finding.code == "gap"]
    assert gap.facts["area_m2"] == pytest.approx(102.5 * 1107.6, rel=0.01)
    assert gap.facts["lon"] == pytest.approx(113.1125, abs=1e-6)


async def test_a_new_grid_is_held_against_those_that_stand_and_against_its_community(desk: Desk) -> None:
    await desk.features(Layer.area, feature(square(100, 120), code="440605001001", name="雪圃社区"))
    await desk.features(Layer.grid, feature(square(100, 110), code="440605001001001"))
    report = await desk.features(Layer.grid, feature(square(109, 119), code="440605001001002"), apply=False)
    assert codes(report.warnings) == {"overlap": 1, "gap": 1, "datum_as_stated": 1}
    (gap,) = [finding for finding in report.warnings if finding.code == "gap"]
    assert "at the edge of 440605001001" in gap.why
    moved = await desk.features(Layer.grid, feature(square(100, 110.5), code="440605001001001"), apply=False)
    assert codes(moved.warnings)["overlap"] == 0, "a grid does not overlap what it replaces"


async def test_tiers_of_grids_may_lie_over_one_another(desk: Desk) -> None:
    await desk.features(Layer.grid, feature(square(100, 110), code="440605001001001"))
    cells = await desk.features(Layer.grid, feature(square(101, 102), code="440605001001901"), kind="cell")
    assert codes(cells.warnings)["overlap"] == 0
    dedicated = await desk.features(Layer.grid, feature(square(105, 106), code="440605001001800"), kind="专属网格")
    assert codes(dedicated.warnings)["overlap"] == 1


async def test_rows_are_repaired_or_refused_one_by_one_and_the_good_ones_stand(desk: Desk, read) -> None:
    bow_tie = {
        "type": "Polygon",
        "coordinates": [[[113.1, 23], [113.11, 23.01], [113.11, 23], [113.1, 23.01], [113.1, 23]]],
    }
    report = await desk.features(
        Layer.grid,
        feature(square(100, 101), code="1", name="好"),
        feature(bow_tie, code="2", name="领结"),
        feature(square(102, 103), code=None),
        feature(square(103, 104), code=1.5),
        feature(None, code="5"),
        feature({"type": "Point", "coordinates": [113.1, 23]}, code="6"),
        feature(square(104, 105), code="1"),
        feature(square(105, 106), code="8", kind="火星"),
        feature(square(106, 107), code="9", name="长" * 300),
        feature(square(107, 108), code="10", community="404"),
        feature({"type": "Polygon", "coordinates": [[[23, 113], [23, 113.1], [23.1, 113.1], [23, 113]]]}, code="11"),
        kind="micro",
    )
    assert {finding.place: (finding.code, finding.field) for finding in report.refused} == {
        "row 3": ("code_missing", "code"),
        "row 4": ("code_not_whole", "code"),
        "row 5": ("geometry_missing", "geometry"),
        "row 6": ("geometry_kind", "geometry"),
        "row 7": ("duplicate_code", "code"),
        "row 8": ("kind_unknown", "kind"),
        "row 9": ("text_too_long", "name"),
        "row 10": ("community_unknown", "community"),
        "row 11": ("out_of_range", "geometry"),
    }
    assert all(finding.why for finding in report.refused)
    assert report.read == report.ready + report.unchanged + len(report.refused) == 11
    assert (report.applied, report.repaired, report.exit) == (2, 1, ImportExit.some_refused)
    (repaired,) = [finding for finding in report.warnings if finding.code == "repaired"]
    assert repaired.place == "row 2"
    assert "became" in repaired.why
    assert await column(read, GridRow.name, desk, GridRow.code) == ["好", "领结"]


async def test_ten_thousand_bad_rows_are_all_listed(desk: Desk) -> None:
    bad = [feature({"type": "Point", "coordinates": [113.1, None]}, code=str(number)) for number in range(10_000)]
    good = feature({"type": "Point", "coordinates": [113.1, 23.0]}, code="good", name="祠堂")
    report = await desk.features(Layer.landmark, *bad, good)
    assert len(report.as_json()["refused"]) == 10_000
    assert report.applied == 1


async def test_a_new_boundary_from_a_day_moves_buildings_and_keeps_the_past(desk: Desk, read) -> None:
    await desk.features(
        Layer.grid,
        feature(square(100, 110), code="440605001001001", name="西"),
        feature(square(110, 120), code="440605001001002", name="东"),
    )
    house, edge = square(110.5, 110.6, 23.004, 23.005), square(109.9, 110.1, 23.006, 23.007)
    placed = await desk.features(
        Layer.building,
        feature(house, code="A", name="一栋"),
        feature(edge, code="B", name="骑墙楼"),
        feature(square(300, 300.1, 23.004, 23.005), code="C", name="远楼"),
    )
    assert codes(placed.warnings)["building_without_grid"] == 1
    assert await houses(read, desk) == {"一栋": "东", "骑墙楼": "西", "远楼": None}

    desk.day = DAY + timedelta(days=40)
    moved = await desk.features(
        Layer.grid,
        feature(square(100, 111), code="440605001001001", name="西"),
        feature(square(111, 120), code="440605001001002", name="东"),
    )
    assert moved.applied == 2
    assert (await houses(read, desk))["一栋"] == "西"
    async with read() as session:
        there = (113.1105, 23.0045)
        before = await locate(session, desk.jurisdiction_id, *there, 5.0, DAY + timedelta(days=1))
        after = await locate(session, desk.jurisdiction_id, *there, 5.0, desk.day)
        kept = (
            await session.execute(
                select(func.count(), func.count(GridBoundaryRow.valid_to)).where(
                    GridBoundaryRow.jurisdiction_id == desk.jurisdiction_id
                )
            )
        ).one()
    assert before.grid is not None
    assert after.grid is not None
    assert (before.grid.name, after.grid.name) == ("东", "西")
    assert tuple(kept) == (4, 2)
    unmoved = await desk.features(Layer.building, feature(house, code="A", name="一栋"))
    assert (unmoved.applied, unmoved.unchanged) == (0, 1)


async def houses(read, desk: Desk) -> dict[str, str | None]:
    async with read() as session:
        rows = await session.execute(
            select(BuildingRow.name, GridRow.name)
            .outerjoin(GridRow, GridRow.grid_id == BuildingRow.grid_id)
            .where(BuildingRow.jurisdiction_id == desk.jurisdiction_id)
        )
        return dict(tuple(row) for row in rows)


async def test_a_boundary_corrected_on_the_day_it_began_has_no_past(desk: Desk, read) -> None:
    await desk.features(Layer.grid, feature(square(100, 110), code="1"))
    await desk.features(Layer.grid, feature(square(100, 111), code="1"))
    assert len(await column(read, GridBoundaryRow.grid_boundary_id, desk, GridBoundaryRow.valid_from)) == 1


async def test_a_new_name_is_no_new_boundary(desk: Desk, read) -> None:
    await desk.features(Layer.grid, feature(square(100, 110), code="1", name="旧名"))
    desk.day = DAY + timedelta(days=3)
    renamed = await desk.features(Layer.grid, feature(square(100, 110), code="1", name="新名"))
    assert renamed.applied == 1
    assert await column(read, GridRow.name, desk, GridRow.code) == ["新名"]
    assert await column(read, GridBoundaryRow.valid_from, desk, GridBoundaryRow.valid_from) == [DAY]


async def test_a_grid_finds_its_community_by_code_or_by_place(desk: Desk, read) -> None:
    await desk.features(
        Layer.area,
        feature(square(100, 120), code="440605001", name="街道"),
        feature(square(100, 110), code="440605001001", name="雪圃社区"),
        feature(None, code="440605001002", name="无界社区"),
    )
    report = await desk.features(
        Layer.grid,
        feature(square(101, 102), code="1", name="按位置"),
        feature(square(112, 113), code="2", name="街道直属"),
        feature(square(114, 115), code="3", name="按编码", community="440605001002"),
        feature(square(200, 201), code="4", name="飞地"),
    )
    assert codes(report.warnings)["grid_without_community"] == 1
    async with read() as session:
        rows = await session.execute(
            select(GridRow.name, AreaRow.name)
            .outerjoin(AreaRow, AreaRow.area_id == GridRow.community_id)
            .where(GridRow.jurisdiction_id == desk.jurisdiction_id)
        )
        assert dict(tuple(row) for row in rows) == {
            "按位置": "雪圃社区",
            "街道直属": "街道",
            "按编码": "无界社区",
            "飞地": None,
        }


async def test_units_then_their_service_areas_which_keep_their_past(desk: Desk, read) -> None:
    units = await desk.features(
        Layer.unit,
        feature(None, code="U1", name="环卫一队", kind="作业单位", phone="0000-1"),
        feature(None, code="U2", name="雪圃花园物业", kind="物业企业"),
        feature(None, code="U3", name="社区居委会", kind="community", last_resort="是"),
        feature(None, code="U4", kind="work"),
    )
    assert codes(units.refused) == {"name_missing": 1}
    first = await desk.features(
        Layer.service_area,
        feature(square(100, 120), code="S1", unit="U1"),
        feature(square(105, 106), code="S2", unit="U2"),
        feature(square(105, 106), code="S3", unit="U9"),
    )
    assert codes(first.refused) == {"unit_unknown": 1}
    assert codes(first.warnings)["overlap"] == 0, "a property firm's estate lies within a sanitation unit's area"
    assert await column(read, ServiceAreaRow.kind, desk, ServiceAreaRow.code) == ["work", "estate"]

    desk.day = DAY + timedelta(days=9)
    renamed = await desk.features(Layer.service_area, feature(square(100, 120), code="S1", unit="U1", name="一队范围"))
    assert renamed.applied == 1
    handed = await desk.features(Layer.service_area, feature(square(105, 107), code="S2", unit="U2"))
    assert handed.applied == 1
    async with read() as session:
        rows = await session.execute(
            select(ServiceAreaRow.code, ServiceAreaRow.name, ServiceAreaRow.valid_from, ServiceAreaRow.valid_to)
            .where(ServiceAreaRow.jurisdiction_id == desk.jurisdiction_id)
            .order_by(ServiceAreaRow.code, ServiceAreaRow.valid_from)
        )
        assert [tuple(row) for row in rows] == [
            ("S1", "一队范围", DAY, None),
            ("S2", "S2", DAY, desk.day),
            ("S2", "S2", desk.day, None),
        ]
    resort = await column(read, UnitRow.is_last_resort, desk, UnitRow.code)
    assert resort == [False, False, True]


async def test_things_without_codes_are_known_again_by_their_shape(desk: Desk, read) -> None:
    lane = {"type": "LineString", "coordinates": [[113.1, 23], [113.2, 23]]}
    first = await desk.features(Layer.street, feature(lane, name="雪圃大巷"), feature(lane, name="又一条"))
    assert (first.applied, codes(first.refused)) == (1, {"duplicate_code": 1})
    assert codes(first.warnings)["code_from_shape"] == 1
    again = await desk.features(Layer.street, feature(lane, name="雪圃大巷"))
    assert again.unchanged == 1
    assert await column(read, StreetRow.name, desk, StreetRow.code) == ["雪圃大巷"]


async def test_what_a_file_does_not_say_is_not_forgotten(desk: Desk, read) -> None:
    gate = {"type": "Point", "coordinates": [113.1, 23]}
    await desk.features(Layer.landmark, feature(gate, code="L1", name="雪圃学校东门", kind="gate"))
    report = await desk.features(Layer.landmark, feature(gate, code="L1", name="学校东门"))
    assert report.applied == 1
    async with read() as session:
        rows = await session.execute(
            select(LandmarkRow.name, LandmarkRow.kind).where(LandmarkRow.jurisdiction_id == desk.jurisdiction_id)
        )
        assert [tuple(row) for row in rows] == [("学校东门", "gate")]


async def test_field_names_are_asked_for_when_they_cannot_be_told(desk: Desk) -> None:
    with pytest.raises(Malformed) as asked:
        await desk.features(Layer.grid, feature(square(100, 110), BSM="1", BZ="西"))
    assert asked.value.code == "field_needed"
    assert "BSM, BZ" in asked.value.facts["why"]
    with pytest.raises(Malformed) as wrong:
        await desk.features(Layer.grid, feature(square(100, 110), BSM="1"), named={"code": "NO"})
    assert wrong.value.code == "field_unknown"
    done = await desk.features(
        Layer.grid, feature(square(100, 110), BSM="1", BZ="西"), named={"code": "BSM", "name": "BZ"}
    )
    assert done.applied == 1


async def test_two_imports_at_once_do_not_meet(desk: Desk, engine: AsyncEngine) -> None:
    async with import_turn(engine, desk.jurisdiction_id):
        with pytest.raises(Conflict) as refused:
            await desk.features(Layer.grid, feature(square(100, 110), code="1"))
    assert refused.value.code == "import_under_way"
    assert (await desk.features(Layer.grid, feature(square(100, 110), code="1"))).applied == 1


async def test_a_failure_while_publishing_leaves_nothing_half_done(desk: Desk, read, owner_engine: AsyncEngine) -> None:
    async with owner_engine.begin() as owner:
        await owner.execute(
            text("ALTER TABLE grid_boundary ADD CONSTRAINT no_room CHECK (valid_from < '2026-01-01') NOT VALID")
        )
    try:
        with pytest.raises(Exception, match="no_room"):
            await desk.features(Layer.grid, feature(square(100, 110), code="1"))
    finally:
        async with owner_engine.begin() as owner:
            await owner.execute(text("ALTER TABLE grid_boundary DROP CONSTRAINT no_room"))
    assert await column(read, GridRow.code, desk, GridRow.code) == []
    async with read() as session:
        assert (await session.execute(select(func.count()).select_from(StagedFeatureRow))).scalar_one() == 0


async def test_another_jurisdiction_is_neither_seen_nor_touched(desk: Desk, write, engine, tmp_path) -> None:
    await desk.features(Layer.grid, feature(square(100, 110), code="1", name="西"))
    async with write() as session:
        other = Desk(engine, tmp_path, await build.jurisdiction(session, "邻区"))
        await build.unit(session, desk.jurisdiction_id, "别家队", UnitKind.work)
    report = await other.features(Layer.grid, feature(square(100, 110), code="1", name="西"))
    assert (report.applied, codes(report.warnings)["overlap"]) == (1, 0)
