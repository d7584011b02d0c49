"""Places of the demo where nothing else lies near, so that a journey's report is about nothing that is known already."""

from __future__ import annotations

from dataclasses import dataclass, field

import shapely
from shapely.geometry import Point, Polygon

from browser.stage.people import Position
from browser.stage.server import Installation
from gridward.demo.city import City, build_city
from gridward.demo.people import roster
from gridward.domain.geometry import distance_m

FROM_EDGES_DEG = 0.0002
"""About 20 m, so that the circle of a good position lies in one grid."""
STEP_DEG = 0.0001


@dataclass(slots=True)
class Places:
    """Points in the grids of the demo's first steward; each is handed out once."""

    installation: Installation
    city: City = field(default_factory=build_city)
    _given: list[Position] = field(default_factory=list)

    def quiet(self) -> Position:
        """A point on a lane side, away from every ticket there is: the rules can be sure of it."""
        own = next(plan for plan in roster() if plan.role == "steward").grids
        grounds = [grid.shape.buffer(-FROM_EDGES_DEG) for grid in self.city.grids if grid.code in own]
        taken = [*self._given, *self._tickets()]
        spots = [spot for ground in grounds for spot in _lattice(ground)]
        best = max(
            spots,
            key=lambda spot: min((distance_m(spot[0], spot[1], other[0], other[1]) for other in taken), default=1e9),
        )
        self._given.append(best)
        return best

    def anywhere(self) -> Position:
        """The middle of a grid of the first steward: for somebody who only looks."""
        own = next(plan for plan in roster() if plan.role == "steward").grids
        middle = next(grid.shape for grid in self.city.grids if grid.code in own).representative_point()
        return middle.x, middle.y

    def _tickets(self) -> list[Position]:
        rows = self.installation.ask(
            "SELECT ST_X(location), ST_Y(location) FROM ticket WHERE location IS NOT NULL AND is_open"
        )
        return [(float(lon), float(lat)) for lon, _, lat in (row.partition("|") for row in rows.splitlines())]


def _lattice(ground: Polygon) -> list[Position]:
    west, south, east, north = ground.bounds
    columns, rows = int((east - west) / STEP_DEG), int((north - south) / STEP_DEG)
    every = [Point(west + x * STEP_DEG, south + y * STEP_DEG) for x in range(columns) for y in range(rows)]
    inside = shapely.contains(ground, every)
    return [(spot.x, spot.y) for spot, within in zip(every, inside, strict=True) if within]
