"""The ground of a made-up city: grids that tile, streets' areas, estates, houses.

The lattice lies east of the demo community, on the same plane of metres, bent so that no boundary is straight;
neighbours share their vertices exactly. Codes begin with 9907, of a province that does not exist.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np
import shapely
from numpy.typing import NDArray

from gridward.demo.city import to_wgs84

WIDTH, DEPTH = 200.0, 150.0
"""Of a grid, in metres."""
BESIDE_THE_DEMO_M = 1_500.0
EDGE_POINTS = 9
COMMUNITY = (3, 3)
"""Grids of a community, across and up."""
STREET = (12, 9)
DISTRICT_STREETS = 6
ESTATE_SHARE = 0.4
SLOTS = (10, 8)
"""Places for houses in a grid, across and up."""

Points = NDArray[np.float64]


def fresh(rng: random.Random) -> UUID:
    """An id that the seed gives again."""
    return UUID(int=rng.getrandbits(128), version=4)


@dataclass(slots=True)
class Area:
    area_id: UUID
    code: str
    level: str
    name: str
    parent: str | None
    boundary: shapely.Geometry | None = None
    unit_id: UUID | None = None


@dataclass(slots=True)
class Grid:
    """A grid with who answers there. ``estate_unit_id`` None: no property firm."""

    grid_id: UUID
    code: str
    name: str
    boundary: shapely.Geometry
    community: Area
    street: Area
    work_unit_id: UUID
    estate_unit_id: UUID | None = None
    estate: shapely.Geometry | None = None


@dataclass(slots=True)
class Unit:
    unit_id: UUID
    code: str
    name: str
    kind: str
    area_id: UUID | None
    last_resort: bool = False


@dataclass(slots=True)
class Building:
    building_id: UUID
    code: str
    name: str
    grid: Grid
    footprint: shapely.Geometry
    lon: float
    lat: float
    in_estate: bool


@dataclass(slots=True)
class Ground:
    areas: list[Area] = field(default_factory=list)
    grids: list[Grid] = field(default_factory=list)
    units: list[Unit] = field(default_factory=list)
    work_areas: list[tuple[Unit, Area, shapely.Geometry]] = field(default_factory=list)
    buildings: list[Building] = field(default_factory=list)


NAMES = "永丰安和兴隆平顺泰康东西南北朝阳福禄桂兰莲荷竹松梅菊金银珠玉春夏秋冬"


def build_ground(rng: random.Random, grids: int, buildings: int) -> Ground:
    """``grids`` cells with ``buildings`` houses spread over them."""
    columns = math.ceil(math.sqrt(grids))
    rows = math.ceil(grids / columns)
    cells = _cells(np.random.default_rng(rng.getrandbits(32)), columns, rows)
    ground = Ground()
    streets: dict[tuple[int, int], tuple[Area, Unit]] = {}
    communities: dict[tuple[int, int], Area] = {}
    members: dict[UUID, list[shapely.Geometry]] = {}
    districts: dict[int, Area] = {}
    corners: list[Points] = []
    for number in range(grids):
        column, row = number % columns, number // columns
        street, work = _street(rng, ground, streets, districts, column, row)
        community = _community(rng, ground, communities, street, column, row)
        corner, outline = cells[column, row]
        boundary = to_wgs84(shapely.Polygon(outline))
        grid = Grid(
            fresh(rng),
            f"{community.code}{len(members.setdefault(community.area_id, [])) + 1:03d}",
            f"{community.name.removesuffix('社区')}第{len(members[community.area_id]) + 1}网格",
            boundary,
            community,
            street,
            work.unit_id,
        )
        members[community.area_id].append(boundary)
        members.setdefault(street.area_id, []).append(boundary)
        if rng.random() < ESTATE_SHARE:
            _estate(rng, ground, grid, corner)
        ground.grids.append(grid)
        corners.append(corner)
    for area in ground.areas:
        if area.area_id in members:
            area.boundary = shapely.union_all(members[area.area_id])
    for street, work in streets.values():
        ground.work_areas.append((work, street, street.boundary))
    _build(rng, ground, corners, buildings)
    return ground


def _name(rng: random.Random) -> str:
    return "".join(rng.sample(NAMES, 2))


def _street(
    rng: random.Random,
    ground: Ground,
    streets: dict[tuple[int, int], tuple[Area, Unit]],
    districts: dict[int, Area],
    column: int,
    row: int,
) -> tuple[Area, Unit]:
    key = (column // STREET[0], row // STREET[1])
    if key not in streets:
        number = len(streets) // DISTRICT_STREETS
        if number not in districts:
            districts[number] = Area(fresh(rng), f"9907{number + 1:02d}", "district", f"{_name(rng)}区", None)
            ground.areas.append(districts[number])
        code = f"{districts[number].code}{len(streets) % DISTRICT_STREETS + 1:03d}"
        area = Area(fresh(rng), code, "street", f"{_name(rng)}街道", districts[number].code)
        work = Unit(fresh(rng), f"HW{code}", f"{area.name}环卫队", "work", area.area_id)
        office = Unit(fresh(rng), f"JD{code}", f"{area.name}办事处", "street", area.area_id, last_resort=True)
        area.unit_id = office.unit_id
        ground.areas.append(area)
        ground.units += [work, office]
        streets[key] = area, work
    return streets[key]


def _community(
    rng: random.Random,
    ground: Ground,
    communities: dict[tuple[int, int], Area],
    street: Area,
    column: int,
    row: int,
) -> Area:
    key = (column // COMMUNITY[0], row // COMMUNITY[1])
    if key not in communities:
        number = sum(one.parent == street.code for one in communities.values()) + 1
        area = Area(fresh(rng), f"{street.code}{number:03d}", "community", f"{_name(rng)}社区", street.code)
        unit = Unit(fresh(rng), f"SQ{area.code}", f"{area.name}居委会", "community", area.area_id, last_resort=True)
        area.unit_id = unit.unit_id
        ground.areas.append(area)
        ground.units.append(unit)
        communities[key] = area
    return communities[key]


def _cells(rng: np.random.Generator, columns: int, rows: int) -> dict[tuple[int, int], tuple[Points, Points]]:
    """Corners (south-west first, against the clock) and outline of each cell, in metres."""
    x, y = np.meshgrid(np.arange(columns + 1) * WIDTH, np.arange(rows + 1) * DEPTH)
    nodes = np.stack([x, y], -1) + rng.uniform(-18, 18, (rows + 1, columns + 1, 2))
    nodes += np.stack([40 * np.sin(y / 900), 40 * np.sin(x / 1100)], -1)
    nodes += [BESIDE_THE_DEMO_M, -400.0]
    along = np.linspace(0, 1, EDGE_POINTS + 2)[:-1, None]
    bend = rng.uniform(-2.5, 2.5, (2, rows + 1, columns + 1, EDGE_POINTS + 1, 2))
    bend[..., 0, :] = 0

    def edge(kind: int, row: int, column: int) -> Points:
        start = nodes[row, column]
        end = nodes[row, column + 1] if kind == 0 else nodes[row + 1, column]
        path: Points = start + (end - start) * along + bend[kind, row, column]
        return np.vstack([path, end])

    found = {}
    for row in range(rows):
        for column in range(columns):
            south, north = edge(0, row, column), edge(0, row + 1, column)
            west, east = edge(1, row, column), edge(1, row, column + 1)
            outline = np.vstack([south[:-1], east[:-1], north[::-1][:-1], west[::-1]])
            corner = np.array([south[0], south[-1], north[-1], north[0]])
            found[column, row] = corner, outline
    return found


def _inside(corner: Points, u: Points, v: Points) -> Points:
    """Points at fractions of four-cornered cells: bilinear, the last axis is x, y."""
    south = corner[0] + (corner[1] - corner[0]) * u[..., None]
    north = corner[3] + (corner[2] - corner[3]) * u[..., None]
    found: Points = south + (north - south) * v[..., None]
    return found


def _estate(rng: random.Random, ground: Ground, grid: Grid, corner: Points) -> None:
    ring = _inside(corner, np.array([0.07, 0.93, 0.93, 0.07]), np.array([0.08, 0.08, 0.92, 0.92]))
    unit = Unit(fresh(rng), f"WY{grid.code}", f"{_name(rng)}花园物业", "estate", grid.community.area_id)
    ground.units.append(unit)
    grid.estate_unit_id = unit.unit_id
    grid.estate = to_wgs84(shapely.Polygon(ring))


def _build(rng: random.Random, ground: Ground, corners: list[Points], buildings: int) -> None:
    across, up = SLOTS
    each, more = divmod(buildings, len(ground.grids))
    ring_u, ring_v = np.array([-1, 1, 1, -1]) * 0.03, np.array([-1, -1, 1, 1]) * 0.036
    for number, (grid, corner) in enumerate(zip(ground.grids, corners, strict=True)):
        wanted = each + (number < more)
        slots = np.array(rng.sample(range(across * up), min(wanted, across * up)))
        u = 0.06 + 0.88 * (slots % across + 0.5) / across
        v = 0.06 + 0.88 * (slots // across + 0.5) / up
        rings = _inside(corner, u[:, None] + ring_u, v[:, None] + ring_v)
        shapes = to_wgs84(shapely.MultiPolygon([shapely.Polygon(ring) for ring in rings])).geoms
        middles = shapely.get_coordinates(shapely.centroid(list(shapes)))
        for place, (shape, (lon, lat)) in enumerate(zip(shapes, middles, strict=True), 1):
            within = grid.estate is not None and 0.1 < u[place - 1] < 0.9 and 0.12 < v[place - 1] < 0.88
            name = f"{grid.name}{place}栋" if within else f"{grid.name.partition('第')[0]}路{place}号"
            building_id = fresh(rng)
            ground.buildings.append(
                Building(building_id, f"{grid.code}B{place:03d}", name, grid, shape, float(lon), float(lat), within)
            )
