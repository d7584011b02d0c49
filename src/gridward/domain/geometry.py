"""Datums, distances and rings: the arithmetic of places.

Everything inside the program is WGS-84 (CGCS2000 agrees with it to centimetres and is taken as equal). Chinese base
maps and many files use GCJ-02, and Baidu's use BD-09; both are turned at the edge. Within China GCJ-02 lies up to 700 m
from WGS-84, so a datum is never guessed.

Longitude comes before latitude, in degrees; distances are metres, areas square metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

import shapely
from shapely.geometry import MultiPolygon
from shapely.geometry.base import BaseGeometry
from shapely.validation import explain_validity

SEMI_MAJOR_M = 6378137.0
ECCENTRICITY_2 = 0.00669437999014

KRASSOVSKY_SEMI_MAJOR_M = 6378245.0
KRASSOVSKY_ECCENTRICITY_2 = 0.00669342162296594323
BAIDU_TURN = math.pi * 3000.0 / 180.0
INVERSE_STEPS = 6
SMALLEST_SURFACE_M2 = 0.01


class Datum(StrEnum):
    """What a pair of degrees refers to."""

    wgs84 = "WGS-84"
    cgcs2000 = "CGCS2000"
    gcj02 = "GCJ-02"
    bd09 = "BD-09"


class Maths(Protocol):
    """What the formulas need of ``math``; ``numpy`` offers the same names for whole arrays."""

    @property
    def sin(self) -> Any: ...
    @property
    def cos(self) -> Any: ...
    @property
    def sqrt(self) -> Any: ...
    @property
    def atan2(self) -> Any: ...


def named_datum(text: str) -> Datum | None:
    """The datum a person means by ``wgs84``, ``GCJ-02``, ``gcj02``, ``BD09`` …, or None."""
    plain = text.strip().upper().replace("-", "").replace("_", "").replace(" ", "")
    return {
        "WGS84": Datum.wgs84,
        "CGCS2000": Datum.cgcs2000,
        "GCJ02": Datum.gcj02,
        "BD09": Datum.bd09,
        "BD09LL": Datum.bd09,
    }.get(plain)


def in_china_box(lon: Any, lat: Any) -> Any:
    """The box outside which GCJ-02 shifts nothing; works on numbers and on arrays."""
    return (lon >= 72.004) & (lon <= 137.8347) & (lat >= 0.8293) & (lat <= 55.8271)


def wgs84_to_gcj02(lon: Any, lat: Any, maths: Maths = math) -> tuple[Any, Any]:
    """The published approximation of the state's shift: two trigonometric series on the Krassovsky ellipsoid."""
    sin, cos, sqrt, pi = maths.sin, maths.cos, maths.sqrt, math.pi
    x, y = lon - 105.0, lat - 35.0
    root_x = sqrt(abs(x))
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root_x + waves
    north = north + (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north = north + (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root_x + waves
    east = east + (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east = east + (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    slope = lat / 180.0 * pi
    magic = 1.0 - KRASSOVSKY_ECCENTRICITY_2 * sin(slope) * sin(slope)
    root = sqrt(magic)
    meridian = KRASSOVSKY_SEMI_MAJOR_M * (1.0 - KRASSOVSKY_ECCENTRICITY_2) / (magic * root)
    parallel = KRASSOVSKY_SEMI_MAJOR_M / root * cos(slope)
    inside = in_china_box(lon, lat) * 1.0
    return lon + inside * east * 180.0 / (parallel * pi), lat + inside * north * 180.0 / (meridian * pi)


def gcj02_to_bd09(lon: Any, lat: Any, maths: Maths = math) -> tuple[Any, Any]:
    """Baidu's second shift, as published with its map tools."""
    reach = maths.sqrt(lon * lon + lat * lat) + 0.00002 * maths.sin(lat * BAIDU_TURN)
    angle = maths.atan2(lat, lon) + 0.000003 * maths.cos(lon * BAIDU_TURN)
    return reach * maths.cos(angle) + 0.0065, reach * maths.sin(angle) + 0.006


def gcj02_to_wgs84(lon: Any, lat: Any, maths: Maths = math) -> tuple[Any, Any]:
    """The inverse, by fixed point: each step shrinks the rest a hundredfold, six leave less than a micrometre."""
    guess_lon, guess_lat = lon, lat
    for _ in range(INVERSE_STEPS):
        shifted_lon, shifted_lat = wgs84_to_gcj02(guess_lon, guess_lat, maths)
        guess_lon, guess_lat = guess_lon + (lon - shifted_lon), guess_lat + (lat - shifted_lat)
    return guess_lon, guess_lat


def bd09_to_gcj02(lon: Any, lat: Any, maths: Maths = math) -> tuple[Any, Any]:
    """The inverse of Baidu's shift, by fixed point."""
    guess_lon, guess_lat = lon - 0.0065, lat - 0.006
    for _ in range(INVERSE_STEPS):
        shifted_lon, shifted_lat = gcj02_to_bd09(guess_lon, guess_lat, maths)
        guess_lon, guess_lat = guess_lon + (lon - shifted_lon), guess_lat + (lat - shifted_lat)
    return guess_lon, guess_lat


def to_wgs84(lon: Any, lat: Any, datum: Datum, maths: Maths = math) -> tuple[Any, Any]:
    """Degrees of ``datum`` as WGS-84; pass ``numpy`` as ``maths`` for arrays."""
    if datum is Datum.bd09:
        lon, lat = bd09_to_gcj02(lon, lat, maths)
    if datum in (Datum.bd09, Datum.gcj02):
        lon, lat = gcj02_to_wgs84(lon, lat, maths)
    return lon, lat


def from_wgs84(lon: Any, lat: Any, datum: Datum, maths: Maths = math) -> tuple[Any, Any]:
    """WGS-84 as degrees of ``datum``: what a map app or base map of that datum is given."""
    if datum in (Datum.bd09, Datum.gcj02):
        lon, lat = wgs84_to_gcj02(lon, lat, maths)
    if datum is Datum.bd09:
        lon, lat = gcj02_to_bd09(lon, lat, maths)
    return lon, lat


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Length of one degree of longitude and of latitude at a latitude, on the WGS-84 ellipsoid."""
    slope = math.radians(lat)
    bulge = 1.0 - ECCENTRICITY_2 * math.sin(slope) ** 2
    meridian = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_2) / bulge**1.5
    parallel = SEMI_MAJOR_M / math.sqrt(bulge) * math.cos(slope)
    return math.radians(parallel), math.radians(meridian)


def distance_m(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Metres between two places: within 1 in 10,000 up to 100 km, within 0.6 % anywhere."""
    if max(abs(lon_a - lon_b), abs(lat_a - lat_b)) < 1.0:
        per_lon, per_lat = metres_per_degree((lat_a + lat_b) / 2.0)
        return math.hypot((lon_a - lon_b) * per_lon, (lat_a - lat_b) * per_lat)
    slope_a, slope_b = math.radians(lat_a), math.radians(lat_b)
    half = math.sin((slope_a - slope_b) / 2.0) ** 2
    half += math.cos(slope_a) * math.cos(slope_b) * math.sin(math.radians(lon_a - lon_b) / 2.0) ** 2
    return 2.0 * 6371008.8 * math.asin(min(1.0, math.sqrt(half)))


def bearing_deg(lon_a: float, lat_a: float, lon_b: float, lat_b: float) -> float:
    """Direction from a to b, clockwise from north, 0 ≤ x < 360; for neighbours, not for voyages."""
    per_lon, per_lat = metres_per_degree((lat_a + lat_b) / 2.0)
    return math.degrees(math.atan2((lon_b - lon_a) * per_lon, (lat_b - lat_a) * per_lat)) % 360.0


def box_around(lon: float, lat: float, reach_m: float) -> tuple[float, float, float, float]:
    """West, south, east, north of a box that holds every place within ``reach_m``."""
    per_lon, per_lat = metres_per_degree(min(89.0, abs(lat) + 0.01))
    aside, upward = reach_m / per_lon * 1.001, reach_m / per_lat * 1.001
    return lon - aside, lat - upward, lon + aside, lat + upward


def area_m2(geometry: BaseGeometry) -> float:
    """Area of a small WGS-84 polygon, flat at its middle: good to 1 in 1,000 for anything a city names."""
    if geometry.is_empty:
        return 0.0
    _, south, _, north = geometry.bounds
    per_lon, per_lat = metres_per_degree((south + north) / 2.0)
    return float(geometry.area) * per_lon * per_lat


class Family(StrEnum):
    """What kind of geometry a layer is made of."""

    polygon = "polygon"
    line = "line"
    point = "point"


@dataclass(frozen=True, slots=True)
class Mended:
    """A geometry fit to be stored, and what had to be changed for it (empty when nothing)."""

    geometry: BaseGeometry
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unfit:
    """A geometry that cannot be stored, with a stable code and a sentence."""

    code: str
    why: str


def mend(geometry: BaseGeometry, family: Family) -> Mended | Unfit:
    """Judge one WGS-84 geometry for a layer: as it is, repaired with what changed, or unfit.

    Polygons come back as MultiPolygon, lines as MultiLineString, points as Point. Repair keeps the enclosed surface:
    what collapses to a line or a point is dropped and said.
    """
    flat = shapely.force_2d(geometry)
    if flat.is_empty:
        return Unfit("geometry_empty", "the geometry is empty")
    if not math.isfinite(shapely.get_coordinates(flat).sum()):
        return Unfit("coordinate_not_a_number", "a coordinate is not a finite number")
    west, south, east, north = flat.bounds
    if west < -180.0 or east > 180.0 or south < -90.0 or north > 90.0:
        swapped = west >= -90.0 and east <= 90.0 and south >= -180.0 and north <= 180.0
        hint = ": latitude and longitude seem to be exchanged" if swapped else ": is the CRS right?"
        return Unfit("out_of_range", f"{west:.6g} {south:.6g} lies outside of ±180 and ±90 degrees{hint}")
    if family is Family.point:
        return _as_point(flat)
    if family is Family.line:
        return _as_lines(flat)
    return _as_surface(flat)


def _as_point(flat: BaseGeometry) -> Mended | Unfit:
    if flat.geom_type == "Point":
        return Mended(flat)
    if flat.geom_type == "MultiPoint" and len(flat.geoms) == 1:
        return Mended(flat.geoms[0])
    if flat.geom_type in ("Polygon", "MultiPolygon"):
        return Mended(flat.representative_point(), ("a point on the surface stands for the polygon",))
    return Unfit("geometry_kind", f"a point is needed, this is a {flat.geom_type}")


def _as_lines(flat: BaseGeometry) -> Mended | Unfit:
    if flat.geom_type not in ("LineString", "MultiLineString"):
        return Unfit("geometry_kind", f"a line is needed, this is a {flat.geom_type}")
    parts = [flat] if flat.geom_type == "LineString" else list(flat.geoms)
    sound = [part for part in parts if part.length > 0.0]
    if not sound:
        return Unfit("geometry_empty", "the line has no length")
    changes = (f"{len(parts) - len(sound)} pieces without length dropped",) if len(sound) < len(parts) else ()
    return Mended(shapely.MultiLineString(sound), changes)


def _as_surface(flat: BaseGeometry) -> Mended | Unfit:
    if flat.geom_type not in ("Polygon", "MultiPolygon", "GeometryCollection"):
        return Unfit("geometry_kind", f"a polygon is needed, this is a {flat.geom_type}")
    if flat.geom_type != "GeometryCollection" and flat.is_valid:
        if area_m2(flat) < SMALLEST_SURFACE_M2:
            return Unfit("ring_unmendable", "the ring encloses no surface")
        return Mended(_multipolygon(flat))
    fault = explain_validity(flat) if flat.geom_type != "GeometryCollection" else "a collection of geometries"
    valid = shapely.make_valid(flat, method="structure", keep_collapsed=False)
    surface = shapely.union_all([part for part in shapely.get_parts(valid) if part.geom_type.endswith("Polygon")])
    if area_m2(surface) < SMALLEST_SURFACE_M2 or not surface.geom_type.endswith("Polygon"):
        return Unfit("ring_unmendable", f"{fault}; repaired, no surface is left")
    before, after = area_m2(flat), area_m2(surface)
    pieces = len(_multipolygon(surface).geoms)
    return Mended(
        _multipolygon(surface),
        (f"{fault}; {before:.2f} m² became {after:.2f} m² in {pieces} piece{'s' if pieces > 1 else ''}",),
    )


def _multipolygon(surface: BaseGeometry) -> MultiPolygon:
    return surface if isinstance(surface, MultiPolygon) else MultiPolygon([surface])
