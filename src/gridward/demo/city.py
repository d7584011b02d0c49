"""An invented quarter in the manner of an old Pearl River community.

Everything here is made up: names, people, and the codes, which begin with 99, a province that does not exist. The same
seed gives the same quarter. It lies on a plane of metres east and north of :data:`ORIGIN` and is turned into WGS-84 at
the end, so that neighbours share their vertices exactly and the imports find neither gap nor overlap.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import dataclass, field

import shapely
from shapely import affinity
from shapely.geometry import LineString, MultiPolygon, Point, Polygon, box
from shapely.ops import unary_union

ORIGIN = (113.2765, 22.8341)
"""WGS-84 longitude and latitude of the plane's origin, in the Pearl River delta."""

COLUMNS, ROWS = 6, 5
"""Grids from west to east and from south to north; two columns make a community."""
GRID_WIDTH, GRID_DEPTH = 205.0, 150.0
"""Metres."""

STREET_CODE = "990606004"


@dataclass(frozen=True, slots=True)
class Place:
    """One feature of the quarter: a row of an import file, with its shape in WGS-84."""

    code: str
    name: str
    shape: Polygon | MultiPolygon | LineString | Point
    kind: str = ""
    parent: str = ""


@dataclass(slots=True)
class City:
    """The quarter, layer by layer, in the order in which it is imported."""

    areas: list[Place] = field(default_factory=list)
    grids: list[Place] = field(default_factory=list)
    streets: list[Place] = field(default_factory=list)
    landmarks: list[Place] = field(default_factory=list)
    buildings: list[Place] = field(default_factory=list)
    estates: list[Place] = field(default_factory=list)
    work_areas: list[Place] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class CommunityPlan:
    code: str
    name: str
    columns: tuple[int, int]
    lanes: tuple[str, ...]


COMMUNITIES = (
    CommunityPlan(STREET_CODE + "001", "雪圃社区", (0, 1), ("学校路", "书院巷", "雪圃大街", "荔枝巷", "涌边街")),
    CommunityPlan(STREET_CODE + "002", "榕基社区", (2, 3), ("榕荫街", "宗祠前街", "市场横巷", "豆豉巷", "河堤路")),
    CommunityPlan(STREET_CODE + "003", "水埗社区", (4, 5), ("水埗头街", "船厂路", "盐仓巷", "竹器街", "埗头横街")),
)

LANDMARKS = (
    # name, kind, column, row, fraction of the grid's width and depth
    ("雪圃学校", "school", 0, 3, 0.55, 0.55),
    ("雪圃学校东门", "gate", 0, 3, 0.93, 0.50),
    ("雪圃社区居委会", "office", 1, 2, 0.50, 0.12),
    ("荔枝公园", "park", 1, 4, 0.45, 0.55),
    ("涌边卫生站", "clinic", 0, 0, 0.60, 0.80),
    ("榕树头", "tree", 2, 2, 0.90, 0.90),
    ("陈氏宗祠", "hall", 2, 3, 0.50, 0.50),
    ("榕基市场", "market", 3, 2, 0.50, 0.55),
    ("榕基市场北门", "gate", 3, 2, 0.50, 0.92),
    ("榕基社区居委会", "office", 2, 1, 0.50, 0.12),
    ("河堤公交站", "stop", 3, 0, 0.40, 0.05),
    ("天后庙", "hall", 2, 0, 0.30, 0.40),
    ("水埗头", "pier", 4, 0, 0.30, 0.06),
    ("旧船厂", "site", 5, 1, 0.55, 0.50),
    ("水埗社区居委会", "office", 4, 2, 0.50, 0.12),
    ("水埗幼儿园", "school", 5, 3, 0.45, 0.50),
    ("盐仓旧址", "site", 4, 3, 0.60, 0.40),
    ("水埗公交站", "stop", 5, 4, 0.50, 0.95),
)

ESTATES = (
    # name, column, row
    ("雪圃花园", 1, 3),
    ("水埗新苑", 5, 2),
)

OPEN_GROUND = {(0, 3), (1, 4), (3, 2)}
"""Grids with a school, a park or a market in the middle: fewer houses."""


def to_wgs84(shape: Polygon | MultiPolygon | LineString | Point) -> Polygon | MultiPolygon | LineString | Point:
    """From metres east and north of the origin to degrees; exact enough for two kilometres (error below 1 cm)."""
    lon, lat = ORIGIN
    per_lat = 110_574.0 + 1_120.0 * math.sin(math.radians(lat)) ** 2
    per_lon = 111_320.0 * math.cos(math.radians(lat))
    return shapely.transform(shape, lambda x, y: (lon + x / per_lon, lat + y / per_lat), interleaved=False)


def build_city(seed: int = 1) -> City:
    """The whole quarter: 1 street, 3 communities, 30 grids, about 600 buildings."""
    rng = random.Random(seed)
    corner = _corners(rng)
    cells = {
        (column, row): Polygon(
            [corner[column, row], corner[column + 1, row], corner[column + 1, row + 1], corner[column, row + 1]]
        )
        for column in range(COLUMNS)
        for row in range(ROWS)
    }
    city = City()
    _areas(city, cells)
    _grids(city, cells)
    _streets(city, cells, corner)
    estates = {(column, row): name for name, column, row in ESTATES}
    _estates(city, cells)
    _work_areas(city, cells)
    for name, kind, column, row, along, up in LANDMARKS:
        spot = inside(cells[column, row], along, up)
        code = f"{_community_of(column).code}L{len(city.landmarks) + 1:02d}"
        city.landmarks.append(Place(code, name, to_wgs84(spot), kind))
    for key, cell in cells.items():
        _buildings(city, rng, key, cell, estates.get(key))
    return city


def _corners(rng: random.Random) -> dict[tuple[int, int], tuple[float, float]]:
    """The lattice, bent as grown places are: the southern edge follows the river."""
    corners = {}
    for column in range(COLUMNS + 1):
        for row in range(ROWS + 1):
            edge = column in (0, COLUMNS) or row == ROWS
            bend = 38.0 * math.sin(column * 0.9) * (1 - row / ROWS)
            corners[column, row] = (
                column * GRID_WIDTH - COLUMNS * GRID_WIDTH / 2 + (0 if edge else rng.uniform(-22, 22)),
                row * GRID_DEPTH - ROWS * GRID_DEPTH / 2 + bend + (0 if edge else rng.uniform(-16, 16)),
            )
    return corners


def _community_of(column: int) -> CommunityPlan:
    return next(plan for plan in COMMUNITIES if column in plan.columns)


def _areas(city: City, cells: dict[tuple[int, int], Polygon]) -> None:
    whole = unary_union(list(cells.values()))
    city.areas.append(Place(STREET_CODE, "连溪街道（演示，虚构）", to_wgs84(whole), "street"))
    for plan in COMMUNITIES:
        shape = unary_union([cell for (column, _), cell in cells.items() if column in plan.columns])
        city.areas.append(Place(plan.code, plan.name, to_wgs84(shape), "community", STREET_CODE))


def _grids(city: City, cells: dict[tuple[int, int], Polygon]) -> None:
    for plan in COMMUNITIES:
        number = 0
        for row in reversed(range(ROWS)):
            for column in plan.columns:
                number += 1
                name = f"{plan.name.removesuffix('社区')}第{number}网格"
                city.grids.append(Place(f"{plan.code}{number:03d}", name, to_wgs84(cells[column, row]), "", plan.code))


def grid_code(column: int, row: int) -> str:
    """The code of the grid in that cell; numbers run from the north, west to east."""
    plan = _community_of(column)
    return f"{plan.code}{(ROWS - 1 - row) * 2 + plan.columns.index(column) + 1:03d}"


def _streets(
    city: City, cells: dict[tuple[int, int], Polygon], corner: dict[tuple[int, int], tuple[float, float]]
) -> None:
    """Lanes along the lattice, named per community, and one inner lane in each grid."""

    def add(plan: CommunityPlan, name: str, path: LineString) -> None:
        city.streets.append(Place(f"{plan.code}S{len(city.streets) + 1:03d}", name, to_wgs84(path)))

    for plan in COMMUNITIES:
        west, east = plan.columns[0], plan.columns[1] + 1
        for row in range(ROWS):
            add(plan, plan.lanes[ROWS - 1 - row], LineString([corner[c, row] for c in range(west, east + 1)]))
        middle = plan.columns[1]
        add(plan, f"{plan.name[:2]}中路", LineString([corner[middle, row] for row in range(ROWS + 1)]))
        numerals = iter("一二三四五六七八九十")
        for row in reversed(range(ROWS)):
            for column in plan.columns:
                inner = LineString([inside(cells[column, row], 0.5, 0.02), inside(cells[column, row], 0.5, 0.98)])
                add(plan, f"{plan.name[:2]}{next(numerals)}巷", inner)


def _estates(city: City, cells: dict[tuple[int, int], Polygon]) -> None:
    for name, column, row in ESTATES:
        wall = cells[column, row].buffer(-9, join_style="mitre")
        city.estates.append(Place(f"{_community_of(column).code}E1", name, to_wgs84(wall), "estate"))


def _work_areas(city: City, cells: dict[tuple[int, int], Polygon]) -> None:
    """Two sanitation units share the quarter; the line between them runs through the middle community."""
    for number, (name, columns) in enumerate((("环卫一队作业范围", (0, 1, 2)), ("环卫二队作业范围", (3, 4, 5))), 1):
        shape = unary_union([cell for (column, _), cell in cells.items() if column in columns])
        city.work_areas.append(Place(f"{STREET_CODE}W{number}", name, to_wgs84(shape), "work"))


def inside(cell: Polygon, along: float, up: float) -> Point:
    """The point at these fractions of a four-cornered cell (0, 0 is its south-west corner)."""
    south_west, south_east, north_east, north_west = list(cell.exterior.coords)[:4]
    south = [a + (b - a) * along for a, b in zip(south_west, south_east, strict=True)]
    north = [a + (b - a) * along for a, b in zip(north_west, north_east, strict=True)]
    return Point(*(a + (b - a) * up for a, b in zip(south, north, strict=True)))


def _buildings(city: City, rng: random.Random, key: tuple[int, int], cell: Polygon, estate: str | None) -> None:
    plan = _community_of(key[0])
    inner = cell.buffer(-7)
    lane = LineString([inside(cell, 0.5, 0), inside(cell, 0.5, 1)]).buffer(2.5)
    placed = 0
    for spot, width, depth in _slabs(cell) if estate else _houses(rng, cell, sparse=key in OPEN_GROUND):
        tilt = 0.0 if estate else rng.uniform(-4, 4)
        shape = affinity.rotate(
            box(spot.x - width / 2, spot.y - depth / 2, spot.x + width / 2, spot.y + depth / 2), tilt
        )
        if not inner.contains(shape) or shape.intersects(lane):
            continue
        placed += 1
        lane_name = plan.lanes[ROWS - 1 - key[1]]
        before = sum(one.name.startswith(lane_name) for one in city.buildings)
        name = f"{estate}{placed}栋" if estate else f"{lane_name}{before + 1}号"
        code = f"{grid_code(*key)}B{placed:03d}"
        city.buildings.append(Place(code, name, to_wgs84(shape), "flats" if estate else "house", grid_code(*key)))


def _houses(rng: random.Random, cell: Polygon, *, sparse: bool) -> Iterator[tuple[Point, float, float]]:
    """Rows of houses on both sides of the inner lane; around open ground only the outer rows."""
    for up in (0.16, 0.38, 0.62, 0.84):
        for along in (0.08, 0.19, 0.30, 0.41, 0.59, 0.70, 0.81, 0.92):
            if sparse and 0.25 < along < 0.75:
                continue
            if rng.random() < 0.26:
                continue
            yield inside(cell, along, up), rng.uniform(12, 17), rng.uniform(13, 20)


def _slabs(cell: Polygon) -> Iterator[tuple[Point, float, float]]:
    for up in (0.2, 0.5, 0.8):
        for along in (0.26, 0.74):
            yield inside(cell, along, up), 62.0, 13.0
