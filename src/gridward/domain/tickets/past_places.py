"""Places of a file as a whole: do they lie where the jurisdiction lies, and is one of them a default that says nothing?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gridward.domain.errors import Malformed
from gridward.domain.geometry import distance_m, metres_per_degree

Point = tuple[float, float]
"""Longitude, latitude; WGS-84 degrees."""

FAR_M = 20_000.0
"""Farther than this from all that the jurisdiction knows, a place is an error and not a neighbour's."""

FITS, FITS_NOT = 0.5, 0.1
"""Shares of places near the jurisdiction: a reading with at least the first is right, with less than the second wrong."""

SHARED_BY, SHARED_SHARE = 50, 0.01
"""A place named by more rows than both of these is a default: the town hall, the middle of the map."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The box around everything that the jurisdiction knows, WGS-84 degrees."""

    west: float
    south: float
    east: float
    north: float

    @property
    def middle(self) -> Point:
        return (self.west + self.east) / 2, (self.south + self.north) / 2

    def holds(self, point: Point, within_m: float = FAR_M) -> bool:
        per_lon, per_lat = metres_per_degree(self.middle[1])
        lon, lat = point
        aside, upward = within_m / per_lon, within_m / per_lat
        return self.west - aside <= lon <= self.east + aside and self.south - upward <= lat <= self.north + upward


def share_near(points: Iterable[Point], extent: Extent) -> float:
    """Which share of the places lies near the jurisdiction; places at 0, 0 and unreadable ones say nothing."""
    said = [point for point in points if all(map(math.isfinite, point)) and point != (0.0, 0.0)]
    return sum(extent.holds(point) for point in said) / len(said) if said else 1.0


QUESTIONS: Mapping[str, str] = {
    "axes_exchanged": "Latitude and longitude are exchanged: read the other way round they lie here. Say --exchanged.",
    "coordinates_in_feet": (
        "The coordinates are in feet, and the reference counts metres: taken as feet they lie here. Say the EPSG code of "
        "the same projection in feet, such as --crs EPSG:2263."
    ),
    "coordinates_in_metres": (
        "The coordinates are in metres, and the reference counts feet: taken as metres they lie here. Say the EPSG code "
        "of the same projection in metres."
    ),
    "not_degrees": (
        "These are no degrees; they look like metres or feet of a map projection. Say which: --crs EPSG:4547, EPSG:2263, …"
    ),
}
"""What may be wrong with all places at once, and the answer that puts it right."""


def check_places(
    points: Sequence[Point], readings: Mapping[str, Sequence[Point]], extent: Extent, largest: float
) -> None:
    """Refuse a file whose places lie somewhere else as a whole, with what is wrong if another reading shows it.

    Args:
        points: As declared.
        readings: The same places read otherwise, by the code of :data:`QUESTIONS`.
        largest: The largest coordinate in the file, as it stands there.

    Raises:
        Malformed: a code of :data:`QUESTIONS`, or ``far_outside``.
    """
    share = share_near(points, extent)
    if share >= FITS_NOT:
        return
    for code, other in readings.items():
        if other and share_near(other, extent) >= FITS:
            raise Malformed(code, field="--crs", text=_written(points), why=QUESTIONS[code])
    if largest > 360.0 and not any(map(_on_earth, points)):
        raise Malformed("not_degrees", field="--crs", text=f"{largest:,.0f}", why=QUESTIONS["not_degrees"])
    middle = _middle(points)
    away = "" if middle is None else f"; their middle is {distance_m(*middle, *extent.middle) / 1000:,.0f} km away"
    why = f"{share:.0%} of the places lie within 20 km of the jurisdiction{away}. Is --crs right, and the file of this city?"
    raise Malformed("far_outside", field="--crs", text=_written(points), why=why)


def default_places(points: Iterable[Point | None]) -> dict[Point, int]:
    """Places that more rows share than any true place would, with how many; to about 0.1 m."""
    given = [key(point) for point in points if point is not None]
    limit = max(SHARED_BY, math.ceil(SHARED_SHARE * len(given)))
    return {point: rows for point, rows in Counter(given).most_common() if rows > limit}


def key(point: Point) -> Point:
    """What two rows at one place share."""
    return round(point[0], 6), round(point[1], 6)


def _on_earth(point: Point) -> bool:
    return abs(point[0]) <= 180.0 and abs(point[1]) <= 90.0


def _middle(points: Sequence[Point]) -> Point | None:
    said = [point for point in points if _on_earth(point) and point != (0.0, 0.0)]
    if not said:
        return None
    return sorted(lon for lon, _ in said)[len(said) // 2], sorted(lat for _, lat in said)[len(said) // 2]


def _written(points: Sequence[Point]) -> str:
    first = next((point for point in points if all(map(math.isfinite, point)) and point != (0.0, 0.0)), None)
    return "" if first is None else f"{first[0]:.6f}, {first[1]:.6f}"
