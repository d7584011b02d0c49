"""The territory in words: levels, kinds, what lies around a place, and which grid a place belongs to.

Pure: what lies where is asked of the database, what follows from it is decided here. Distances are metres.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal
from uuid import UUID

from gridward.domain.errors import Malformed


class AreaLevel(StrEnum):
    """区划 from large to small. The hierarchy is ``parent_code``; the level only names the rung."""

    city = "city"
    district = "district"
    street = "street"
    community = "community"


class GridKind(StrEnum):
    """单元网格 · 基础网格（综合网格） · 专属网格 · 微网格."""

    cell = "cell"
    basic = "basic"
    dedicated = "dedicated"
    micro = "micro"


class UnitKind(StrEnum):
    """作业单位 · 物业企业 · 专业部门 · 权属单位 · 街道 · 社区 · 志愿队. A property firm is never a contractor."""

    work = "work"
    estate = "estate"
    department = "department"
    owner = "owner"
    street = "street"
    community = "community"
    volunteers = "volunteers"


class ServiceKind(StrEnum):
    """作业范围 of a working unit, 物业管理区域 of a property firm."""

    work = "work"
    estate = "estate"


class Layer(StrEnum):
    """What a file of territory is read into."""

    area = "area"
    grid = "grid"
    street = "street"
    landmark = "landmark"
    building = "building"
    unit = "unit"
    service_area = "service-area"


GRID_TIERS: tuple[frozenset[GridKind], ...] = (
    frozenset({GridKind.basic, GridKind.dedicated}),
    frozenset({GridKind.cell}),
    frozenset({GridKind.micro}),
)
"""Grids of one tier share out the ground between them; a dedicated grid is cut out of the basic ones. Tiers lie over
one another, and the first one present at a place answers for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GridHit:
    """A grid in reach of a place. ``boundary_m`` is the way to its edge, from inside or from outside."""

    grid_id: UUID
    code: str
    name: str
    kind: GridKind
    community_id: UUID | None
    inside: bool
    boundary_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceAreaHit:
    """A service area in reach of a place, with the unit that answers there."""

    service_area_id: UUID
    code: str
    name: str
    kind: ServiceKind
    unit_id: UUID
    unit_name: str
    unit_kind: UnitKind
    inside: bool
    boundary_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingHit:
    """The building a place lies in, or the nearest one in reach (``distance_m`` 0 = inside)."""

    building_id: UUID
    code: str
    name: str | None
    house_no: str | None
    grid_id: UUID | None
    distance_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Located:
    """What lies around a place, as far as ``reach_m``.

    Args:
        grids: Grids of all kinds, inside or in reach, by code.
        service_areas: The same of service areas, those inside first, then by code.
        building: The building that holds the place, or the nearest in reach.
        last_resorts: 兜底: unit ids from the nearest rung up (community, street, …, everywhere).
    """

    lon: float
    lat: float
    accuracy_m: float
    reach_m: float
    grids: tuple[GridHit, ...]
    service_areas: tuple[ServiceAreaHit, ...]
    building: BuildingHit | None
    last_resorts: tuple[UUID, ...]

    @property
    def holding(self) -> tuple[GridHit, ...]:
        """The grids of the answering tier that hold the place; two on a shared edge or in an overlap."""
        for tier in GRID_TIERS:
            hits = tuple(hit for hit in self.grids if hit.inside and hit.kind in tier)
            if hits:
                return tuple(sorted(hits, key=lambda hit: hit.code))
        return ()

    @property
    def grid(self) -> GridHit | None:
        """The grid that the place belongs to: the smallest code, compared as text."""
        holding = self.holding
        return holding[0] if holding else None

    @property
    def on_grid_boundary(self) -> bool:
        """On a shared edge or in an overlap; neither is sure."""
        return len(self.holding) > 1 or (self.grid is not None and self.grid.boundary_m == 0.0)

    @property
    def nearest_grid_boundary_m(self) -> float | None:
        """Way to the nearest edge of a grid of the answering tier, 0 on one, None when none is in reach."""
        if self.on_grid_boundary:
            return 0.0
        tier = next((kinds for kinds in GRID_TIERS if any(hit.kind in kinds for hit in self.grids)), frozenset())
        ways = [hit.boundary_m for hit in self.grids if hit.kind in tier]
        return min(ways, default=None)

    @property
    def one_grid(self) -> bool:
        """Exactly one grid, and no edge of its tier within the accuracy."""
        nearest = self.nearest_grid_boundary_m
        return self.grid is not None and nearest is not None and nearest > self.accuracy_m

    @property
    def answering(self) -> tuple[ServiceAreaHit, ...]:
        """The service areas that hold the place."""
        return tuple(hit for hit in self.service_areas if hit.inside)

    @property
    def community_id(self) -> UUID | None:
        """The community of the grid it belongs to."""
        return self.grid.community_id if self.grid else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A named thing near a place, and in which direction from it the place lies (degrees from north)."""

    kind: Literal["building", "street", "landmark"]
    name: str
    distance_m: float
    bearing_deg: float = 0.0


Language = Literal["zh", "en"]
BESIDE_M = 20.0
ON_STREET_M = 8.0
NEAR_M = 150.0
SECTORS: dict[Language, tuple[str, ...]] = {
    "zh": ("北", "东北", "东", "东南", "南", "西南", "西", "西北"),
    "en": ("north", "northeast", "east", "southeast", "south", "southwest", "west", "northwest"),
}


def describe_place(near: tuple[Near, ...], language: Language = "zh") -> str | None:
    """Where a place is, as a neighbour would say it: 「雪圃学校东门旁」, 「文明巷，幸福楼东约40米」.

    The nearest house or landmark says it; a lane that the place lies on is named before it. A landmark beats a house
    that is hardly nearer, because people know it. None when nothing named is within 150 m.
    """
    lanes = [thing for thing in near if thing.kind == "street" and thing.distance_m <= NEAR_M]
    marks = [thing for thing in near if thing.kind != "street" and thing.distance_m <= NEAR_M]
    lane = min(lanes, key=lambda thing: thing.distance_m, default=None)
    mark = min(marks, key=_plainness, default=None)
    on_lane = lane is not None and lane.distance_m <= ON_STREET_M
    if mark is None:
        return _beside_lane(lane, language) if lane is not None else None
    if lane is not None and not on_lane and mark.distance_m > BESIDE_M and lane.distance_m < mark.distance_m:
        return _beside_lane(lane, language)
    words = _beside_mark(mark, language)
    if lane is None or not on_lane or mark.distance_m == 0.0 or lane.name in mark.name:
        return words
    return f"{lane.name}，{words}" if language == "zh" else f"{lane.name}, {words}"


def _plainness(thing: Near) -> float:
    return thing.distance_m - (10.0 if thing.kind == "landmark" else 0.0)


def _beside_lane(lane: Near, language: Language) -> str:
    if lane.distance_m <= ON_STREET_M:
        return lane.name if language == "zh" else f"on {lane.name}"
    return _beside_mark(lane, language)


def _beside_mark(mark: Near, language: Language) -> str:
    if mark.distance_m == 0.0:
        return mark.name if language == "zh" else f"at {mark.name}"
    if mark.distance_m <= BESIDE_M:
        return f"{mark.name}旁" if language == "zh" else f"beside {mark.name}"
    sector = SECTORS[language][round(mark.bearing_deg / 45.0) % 8]
    rounded = round(mark.distance_m / 10.0) * 10
    return f"{mark.name}{sector}约{rounded}米" if language == "zh" else f"about {rounded} m {sector} of {mark.name}"


LARGEST_EXACT_FLOAT = 2**53


def level_of_code(code: str) -> AreaLevel | None:
    """The rung that an official code stands for, trailing zeros aside: 6 digits district, 9 street, 12 community."""
    if not code.isdecimal() or len(code) not in (4, 6, 9, 12):
        return None
    padded = code.ljust(12, "0")
    if padded[9:] != "000":
        return AreaLevel.community
    if padded[6:9] != "000":
        return AreaLevel.street
    return AreaLevel.district if padded[4:6] != "00" else AreaLevel.city


def level_above(level: AreaLevel) -> AreaLevel:
    """The next larger rung; a city stays a city."""
    rungs = list(AreaLevel)
    return rungs[max(0, rungs.index(level) - 1)]


def code_as_text(value: object) -> str:
    """A code as it was meant: numbers of a file lose their ``.0``, text keeps its leading zeros.

    Raises:
        Malformed: ``code_missing`` for nothing, ``code_not_whole`` for 1.5 and for a number too large to be exact.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        raise Malformed("code_missing")
    if isinstance(value, bool):
        raise Malformed("code_not_whole", text=str(value))
    if isinstance(value, float):
        if not value.is_integer() or abs(value) > LARGEST_EXACT_FLOAT:
            raise Malformed("code_not_whole", text=str(value))
        return str(int(value))
    text = str(value).strip()
    if not text:
        raise Malformed("code_missing")
    whole, dot, rest = text.partition(".")
    return whole if dot and whole.isdecimal() and rest and set(rest) == {"0"} else text
