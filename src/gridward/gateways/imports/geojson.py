"""GeoJSON as it is found in the field: collections, single features, bare geometries, geometries without a type.

Read by our own hand, so that one bad feature is one refused row and not a refused file.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry

from gridward.domain.errors import Malformed
from gridward.domain.geometry import Unfit

GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection")
KIND_OF_DEPTH = {1: "Point", 2: "LineString", 3: "Polygon", 4: "MultiPolygon"}


@dataclass(frozen=True, slots=True)
class JsonFeature:
    """One feature: its values, its geometry in the file's coordinates (or None, or why not), what was put right."""

    values: Mapping[str, Any]
    geometry: BaseGeometry | None
    fault: Unfit | None = None
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Collection:
    """A GeoJSON file: ``stated_crs`` as text that ``reference`` understands, or None when the file does not say."""

    stated_crs: str | None
    encoding: str
    raw: Sequence[Any]

    def fields(self) -> tuple[str, ...]:
        """Names of all values, in the order of their first appearance."""
        seen: dict[str, None] = {}
        for one in self.raw:
            seen.update(dict.fromkeys(map(str, _values(one))))
        return tuple(seen)

    def features(self, first: int, count: int) -> Iterator[JsonFeature]:
        """A slice of the features."""
        return (_feature(one) for one in self.raw[first : first + count])


def read(content: bytes) -> Collection:
    """Parse a file.

    Raises:
        Malformed: ``file_unreadable`` when it is not JSON (with the line), ``not_geojson`` when it is something else.
    """
    text, encoding = _decoded(content)
    try:
        document = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else 0
        raise Malformed(
            "file_unreadable",
            field="",
            text=f"line {line}",
            why="The file is not complete JSON: it breaks off or is damaged at this line.",
        ) from None
    return Collection(_stated_crs(document), encoding, _raw_features(document))


def _decoded(content: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding), encoding.removesuffix("-sig").upper()
        except UnicodeDecodeError:
            continue
    raise Malformed("encoding_unknown", field="", text="", why="The text is neither UTF-8 nor GB18030.")


def _raw_features(document: Any) -> list[Any]:
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        if isinstance(document.get("features"), list):
            return list(document["features"])
        if document.get("type") in ("Feature", *GEOMETRIES) or "coordinates" in document:
            return [document]
    raise Malformed(
        "not_geojson", field="", text="", why="This JSON is neither a FeatureCollection, nor a Feature, nor a geometry."
    )


def _stated_crs(document: Any) -> str | None:
    crs = document.get("crs") if isinstance(document, dict) else None
    properties = crs.get("properties") if isinstance(crs, dict) else None
    if not isinstance(properties, dict):
        return None
    name = properties.get("name") or properties.get("code")
    if isinstance(name, int):
        return f"EPSG:{name}"
    return name if isinstance(name, str) and name else None


def _values(one: Any) -> Mapping[str, Any]:
    if not isinstance(one, dict):
        return {}
    if one.get("type") == "Feature" or "geometry" in one:
        values = one.get("properties")
        named = values if isinstance(values, dict) else {}
        return {"id": one["id"], **named} if "id" in one else named
    return {key: value for key, value in one.items() if key not in ("type", "coordinates", "geometries", "crs", "bbox")}


def _feature(one: Any) -> JsonFeature:
    if not isinstance(one, dict):
        return JsonFeature({}, None, Unfit("not_a_feature", "this is not a JSON object"))
    values = _values(one)
    geometry = one.get("geometry") if one.get("type") == "Feature" or "geometry" in one else one
    if geometry is None:
        return JsonFeature(values, None)
    changes: list[str] = []
    try:
        return JsonFeature(values, _geometry(geometry, changes), None, tuple(changes))
    except _Unreadable as unreadable:
        return JsonFeature(values, None, Unfit(unreadable.code, unreadable.why))


class _Unreadable(Exception):
    def __init__(self, code: str, why: str) -> None:
        super().__init__(why)
        self.code = code
        self.why = why


def _geometry(geometry: Any, changes: list[str]) -> BaseGeometry:
    if not isinstance(geometry, dict):
        raise _Unreadable("geometry_unreadable", "the geometry is not a JSON object")
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        parts = geometry.get("geometries")
        if not isinstance(parts, list):
            raise _Unreadable("geometry_unreadable", "a collection without geometries")
        return shapely.GeometryCollection([_geometry(part, changes) for part in parts])
    coordinates = geometry.get("coordinates")
    if kind is None:
        kind = KIND_OF_DEPTH.get(_depth(coordinates))
    if kind not in GEOMETRIES:
        raise _Unreadable("geometry_unreadable", f"no geometry of the kind {str(kind)[:40]!r} is known")
    return _SHAPES[kind](coordinates, changes)


def _depth(coordinates: Any) -> int:
    depth = 0
    while isinstance(coordinates, list) and coordinates:
        depth, coordinates = depth + 1, coordinates[0]
    return depth if isinstance(coordinates, (int, float)) else 0


def _position(value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) < 2:
        raise _Unreadable("coordinate_missing", "a position needs two numbers")
    x, y = value[0], value[1]
    for number in (x, y):
        if isinstance(number, bool) or not isinstance(number, (int, float)) or not math.isfinite(number):
            raise _Unreadable("coordinate_not_a_number", "a coordinate is not a finite number")
    return float(x), float(y)


def _positions(value: Any) -> list[tuple[float, float]]:
    if not isinstance(value, list):
        raise _Unreadable("geometry_unreadable", "a list of positions is missing")
    return [_position(one) for one in value]


def _ring(value: Any, changes: list[str]) -> list[tuple[float, float]]:
    ring = _positions(value)
    if ring and ring[0] != ring[-1]:
        ring.append(ring[0])
        changes.append("an open ring was closed")
    if len(ring) < 4:
        raise _Unreadable(
            "ring_too_short", f"a ring needs three different corners, this one has {max(0, len(ring) - 1)}"
        )
    return ring


def _point(value: Any, _: list[str]) -> BaseGeometry:
    return shapely.Point(_position(value))


def _points(value: Any, _: list[str]) -> BaseGeometry:
    return shapely.MultiPoint(_positions(value))


def _line(value: Any, _: list[str]) -> BaseGeometry:
    line = _positions(value)
    if len(line) < 2:
        raise _Unreadable("line_too_short", "a line needs two positions")
    return shapely.LineString(line)


def _lines(value: Any, changes: list[str]) -> BaseGeometry:
    return shapely.MultiLineString([_line(part, changes) for part in _parts(value)])


def _polygon(value: Any, changes: list[str]) -> BaseGeometry:
    rings = [_ring(part, changes) for part in _parts(value)]
    return shapely.Polygon(rings[0], rings[1:]) if rings else shapely.Polygon()


def _polygons(value: Any, changes: list[str]) -> BaseGeometry:
    polygons = [_polygon(part, changes) for part in _parts(value)]
    return shapely.MultiPolygon([polygon for polygon in polygons if not polygon.is_empty])


def _parts(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise _Unreadable("geometry_unreadable", "a list of parts is missing")
    return value


_SHAPES = {
    "Point": _point,
    "MultiPoint": _points,
    "LineString": _line,
    "MultiLineString": _lines,
    "Polygon": _polygon,
    "MultiPolygon": _polygons,
}
