"""The way somebody takes through a few grids, and what a phone in the pocket records of it.

A walk goes along the lanes or back and forth between the houses. Positions come about every dozen metres, some metres off;
now and then the screen was locked and some minutes are missing. Degrees are WGS-84, metres are on the ground.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from shapely.geometry import Point, Polygon

from gridward.demo.city import inside
from gridward.domain.geometry import distance_m, metres_per_degree
from gridward.domain.patrols.track import Fix

Spot = tuple[float, float]

EVERY_M = 13.0
STANDING_S = 22.0
AT_THE_EDGE_DEG = 2e-5
LOOKS_S = (15, 60)
"""How long somebody stands at a checkpoint."""

SERPENTINE = ((0.08, 0.14), (0.92, 0.14), (0.92, 0.5), (0.08, 0.5), (0.08, 0.86), (0.92, 0.86))
LANES = ((0.05, 0.06), (0.5, 0.06), (0.5, 0.94), (0.95, 0.94))
"""Fractions of a grid's width and depth: between the rows of houses, or by its lower and its inner lane."""


@dataclass(frozen=True, slots=True)
class Step:
    """Where the walker is, ``at`` seconds after the beginning. ``stop``: the number of the checkpoint that this is."""

    at: float
    lon: float
    lat: float
    stop: int | None = None


def lanes(grid: Polygon) -> list[Spot]:
    """The way by the lanes of a grid, as a plan has it for its route."""
    return [(point.x, point.y) for point in (inside(grid, along, up) for along, up in LANES)]


def through(rng: random.Random, grids: Sequence[Polygon], stops: Sequence[Spot]) -> list[Step]:
    """A walk through these grids in their order, past those ``stops`` that lie in them."""
    corners: list[tuple[Spot, int | None]] = []
    left = dict(enumerate(stops))
    for grid in grids:
        own = [(spot, number) for number, spot in left.items() if grid.distance(Point(spot)) < AT_THE_EDGE_DEG]
        left = {number: spot for number, spot in left.items() if (spot, number) not in own}
        corners += _past(_in_grid(rng, grid, corners[-1][0] if corners else None), own)
    speed = rng.uniform(1.0, 1.3)
    return list(_timed(rng, corners, speed))


def _in_grid(rng: random.Random, grid: Polygon, before: Spot | None) -> list[tuple[Spot, int | None]]:
    shape = SERPENTINE if rng.random() < 0.45 else LANES
    way = [(point.x, point.y) for point in (inside(grid, along, up) for along, up in shape)]
    if before is not None and distance_m(*before, *way[-1]) < distance_m(*before, *way[0]):
        way.reverse()
    return [(spot, None) for spot in way]


def _past(way: list[tuple[Spot, int | None]], stops: Iterable[tuple[Spot, int]]) -> list[tuple[Spot, int | None]]:
    """Each stop is put in where it is the smallest detour."""
    for spot, number in stops:
        gaps = [
            distance_m(*one, *spot) + distance_m(*spot, *after) - distance_m(*one, *after)
            for (one, _), (after, _) in pairwise(way)
        ]
        way.insert(gaps.index(min(gaps)) + 1, (spot, number))
    return way


def _timed(rng: random.Random, corners: Sequence[tuple[Spot, int | None]], speed: float) -> Iterator[Step]:
    at = 0.0
    yield Step(at, *corners[0][0])
    for (one, _), (after, stop) in pairwise(corners):
        way = distance_m(*one, *after)
        parts = max(1, round(way / EVERY_M))
        for part in range(1, parts + 1):
            at += way / parts / (speed * rng.uniform(0.85, 1.15))
            share = part / parts
            lon, lat = one[0] + (after[0] - one[0]) * share, one[1] + (after[1] - one[1]) * share
            yield Step(at, lon, lat, stop if part == parts else None)
        if stop is not None:
            until = at + rng.uniform(*LOOKS_S)
            while at + STANDING_S < until:
                at += STANDING_S
                yield Step(at, *after)
            at = until


def recorded(rng: random.Random, steps: Sequence[Step], gaps: int) -> list[Fix]:
    """What the phone kept of it: ``gaps`` times the screen was locked for some minutes, a few positions are far off."""
    whole = steps[-1].at
    lost = [(start, start + rng.uniform(120, 420)) for start in (rng.uniform(0.1, 0.8) * whole for _ in range(gaps))]
    east = north = 0.0
    fixes = []
    for step in steps:
        east, north = 0.8 * east + rng.gauss(0, 1.6), 0.8 * north + rng.gauss(0, 1.6)
        bad = rng.random() < 0.012
        off = 35.0 if bad else 1.0
        if any(start <= step.at < end for start, end in lost):
            continue
        lon, lat = moved((step.lon, step.lat), east * off, north * off)
        fixes.append(Fix(round(step.at), lon, lat, float(round(rng.uniform(45, 90) if bad else rng.uniform(4, 12)))))
    return fixes


def moved(spot: Spot, east_m: float, north_m: float) -> Spot:
    per_lon, per_lat = metres_per_degree(spot[1])
    return spot[0] + east_m / per_lon, spot[1] + north_m / per_lat
