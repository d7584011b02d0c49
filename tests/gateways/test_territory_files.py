"""Files of territory as they come: silent about their coordinates, in GBK, with several layers, broken off."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from pyogrio import raw
from pyproj import Transformer
from shapely.geometry import box

from gridward.domain.errors import Malformed
from gridward.domain.geometry import distance_m, wgs84_to_gcj02
from gridward.gateways.imports.territory import FileFeature, TerritoryFile, open_territory

HERE = box(113.10, 23.00, 113.11, 23.01)
SQUARE = [[113.10, 23.00], [113.11, 23.00], [113.11, 23.01], [113.10, 23.01], [113.10, 23.00]]
CRS84 = {"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}


def rows(file: TerritoryFile) -> list[FileFeature]:
    return [row for part in file.slices() for row in part]


def geojson(path: Path, *features: dict[str, Any], **members: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": list(features), **members}))
    return path


def feature(geometry: dict[str, Any] | None, **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def layer(
    path: Path, *, driver: str, crs: str | None, name: str | None = None, encoding: str = "UTF-8", **fields: list[str]
) -> None:
    shapes = [box(113.10, 23.00, 113.11, 23.01), box(113.11, 23.00, 113.12, 23.01)]
    if crs is not None and crs != "EPSG:4490":
        through = Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform
        shapes = [shapely.transform(shape, lambda xy: np.column_stack(through(xy[:, 0], xy[:, 1]))) for shape in shapes]
    raw.write(
        path,
        shapely.to_wkb(np.array(shapes)),
        [np.array(column, dtype=object) for column in fields.values()],
        list(fields),
        geometry_type="Polygon",
        crs=crs,
        driver=driver,
        layer=name,
        encoding=encoding if driver == "ESRI Shapefile" else None,
        append=path.exists() and driver == "GPKG",
    )


def zipped(folder: Path, *, without: tuple[str, ...] = (), encoding: str, crs: str | None = "EPSG:4490") -> Path:
    parts = folder / "parts"
    parts.mkdir()
    layer(
        parts / "grids.shp",
        driver="ESRI Shapefile",
        crs=crs,
        encoding=encoding,
        名称=["雪圃社区", "水埗社区"],
        CODE=["001", "002"],
    )
    archive = folder / "grids.zip"
    with zipfile.ZipFile(archive, "w") as made:
        for part in parts.iterdir():
            if part.suffix not in without:
                made.write(part, part.name)
    return archive


def refusal(path: Path, **options: str | None) -> Malformed:
    with pytest.raises(Malformed) as refused:
        for part in open_territory(path, **{"layer": None, "crs": None, **options}).slices():
            assert part is not None
    return refused.value


def test_a_file_silent_about_its_coordinates_is_asked_and_the_answer_moves_it(tmp_path: Path) -> None:
    silent = geojson(tmp_path / "a.geojson", feature({"type": "Polygon", "coordinates": [SQUARE]}, code="1"))
    asked = refusal(silent)
    assert asked.code == "crs_needed"
    assert "GCJ-02" in asked.facts["why"]

    as_wgs84 = rows(open_territory(silent, layer=None, crs="wgs84"))[0].geometry
    as_gcj02 = rows(open_territory(silent, layer=None, crs="GCJ-02"))[0].geometry
    assert as_wgs84.equals(HERE)
    there = as_gcj02.exterior.coords[0]
    assert distance_m(*wgs84_to_gcj02(*there), *SQUARE[0]) < 1e-6
    assert 500 < distance_m(*there, *SQUARE[0]) < 700


@pytest.mark.parametrize(
    ("geometry", "kind"),
    [
        ({"type": "MultiPolygon", "coordinates": [[SQUARE]]}, "MultiPolygon"),
        ({"coordinates": [[SQUARE]]}, "MultiPolygon"),
        ({"coordinates": [SQUARE]}, "Polygon"),
        ({"coordinates": [113.1, 23.0]}, "Point"),
    ],
)
def test_a_bare_geometry_is_one_feature_and_keeps_its_other_members(
    tmp_path: Path, geometry: dict[str, Any], kind: str
) -> None:
    bare = tmp_path / "outline.json"
    bare.write_text(json.dumps({**geometry, "code": "440605", "name": "南海区"}))
    (row,) = rows(open_territory(bare, layer=None, crs="WGS-84"))
    assert row.geometry.geom_type == kind
    assert dict(row.values) == {"code": "440605", "name": "南海区"}


def test_one_bad_feature_is_one_bad_row(tmp_path: Path) -> None:
    file = geojson(
        tmp_path / "a.geojson",
        feature({"type": "Polygon", "coordinates": [SQUARE]}),
        feature({"type": "Polygon", "coordinates": [SQUARE[:2]]}),
        feature({"type": "Polygon", "coordinates": [[["x", 1], [2, 3], [4, 5]]]}),
        feature({"type": "Blob", "coordinates": []}),
        feature(None),
        {"type": "Feature", "geometry": 7, "properties": None},
        feature({"type": "Polygon", "coordinates": [SQUARE[:-1]]}),
        crs=CRS84,
    )
    found = rows(open_territory(file, layer=None, crs=None))
    assert [row.fault.code if row.fault else None for row in found] == [
        None,
        "ring_too_short",
        "coordinate_not_a_number",
        "geometry_unreadable",
        None,
        "geometry_unreadable",
        None,
    ]
    assert found[4].geometry is None
    assert found[6].changes == ("an open ring was closed",)
    assert found[6].geometry.equals(HERE)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b'{"type": "FeatureCollection", "features": [{"type": "Fea', "file_unreadable"),
        (b'{"hello": 1}', "not_geojson"),
        (b"\x89PNG\r\n\x1a\n", "file_kind_unknown"),
        (b"PK\x03\x04 but no archive", "file_unreadable"),
        (b"SQLite format 3\x00 but no database", "file_unreadable"),
        (b'{"type": "\xff\xff\xff"}', "encoding_unknown"),
    ],
)
def test_what_is_no_territory_is_refused_in_words(tmp_path: Path, content: bytes, code: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(content)
    refused = refusal(file, crs="WGS-84")
    assert refused.code == code
    assert refused.facts["why"]


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "nowhere.geojson").code == "file_missing"


def test_of_several_layers_one_must_be_named(tmp_path: Path) -> None:
    package = tmp_path / "city.gpkg"
    layer(package, driver="GPKG", crs="EPSG:4547", name="grids", code=["1", "2"])
    layer(package, driver="GPKG", crs="EPSG:4547", name="houses", code=["1", "2"])
    asked = refusal(package)
    assert asked.code == "layer_needed"
    assert asked.facts["layers"] == ["grids", "houses"]
    assert refusal(package, layer="roads").code == "layer_unknown"
    first, _ = rows(open_territory(package, layer="houses", crs=None))
    assert first.geometry.hausdorff_distance(HERE) < 1e-8


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:4547", "EPSG:32649", "EPSG:4490"])
def test_a_stated_crs_is_read_and_left_for_wgs84(tmp_path: Path, crs: str) -> None:
    package = tmp_path / "a.gpkg"
    layer(package, driver="GPKG", crs=crs, name="grids", code=["1", "2"])
    first, _ = rows(open_territory(package, layer=None, crs=None))
    assert first.geometry.hausdorff_distance(HERE) < 1e-8


@pytest.mark.filterwarnings("ignore:'crs' was not provided")
def test_a_package_without_crs_is_asked_and_a_datum_without_a_way_refused(tmp_path: Path) -> None:
    package = tmp_path / "a.gpkg"
    layer(package, driver="GPKG", crs=None, name="grids", code=["1", "2"])
    assert refusal(package).code == "crs_needed"
    assert refusal(package, crs="EPSG:4610").code == "crs_no_way"
    assert refusal(package, crs="Atlantis 1").code == "crs_unknown"


@pytest.mark.parametrize("encoding", ["GB18030", "UTF-8"])
def test_a_shapefile_that_hides_its_encoding_is_read_and_shown(tmp_path: Path, encoding: str) -> None:
    file = open_territory(zipped(tmp_path, without=(".cpg",), encoding=encoding), layer=None, crs=None)
    assert file.encoding == encoding
    assert file.encoding_guessed
    assert file.preview == {"名称": ("雪圃社区", "水埗社区")}
    assert [row.values for row in rows(file)] == [
        {"名称": "雪圃社区", "CODE": "001"},
        {"名称": "水埗社区", "CODE": "002"},
    ]


def test_a_shapefile_that_says_its_encoding_is_believed(tmp_path: Path) -> None:
    file = open_territory(zipped(tmp_path, encoding="GB18030"), layer=None, crs=None)
    assert not file.encoding_guessed
    assert rows(file)[0].values["名称"] == "雪圃社区"


def test_a_shapefile_without_prj_is_asked_and_one_without_dbf_refused(tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    assert refusal(zipped(tmp_path / "a", without=(".prj",), encoding="UTF-8")).code == "crs_needed"
    refused = refusal(zipped(tmp_path / "b", without=(".dbf",), encoding="UTF-8"))
    assert refused.code == "file_unreadable"
    assert ".dbf" in refused.facts["why"]


def test_slices_hold_every_row_once(tmp_path: Path) -> None:
    points = [feature({"type": "Point", "coordinates": [113.1, 23.0]}, code=str(number)) for number in range(23)]
    file = open_territory(geojson(tmp_path / "a.geojson", *points, crs=CRS84), layer=None, crs=None)
    parts = list(file.slices(10))
    assert [len(part) for part in parts] == [10, 10, 3]
    assert [row.row_no for part in parts for row in part] == list(range(1, 24))
