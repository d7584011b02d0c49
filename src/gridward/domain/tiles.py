"""Tiles of the Web-Mercator scheme as pieces of the ground, in WGS-84 degrees.

A tile's content is placed by its edges in degrees, evenly between them, and not by projecting every point: within a tile
of zoom 10 the two differ by some two of its 4,096 steps, from zoom 12 on by less than one, and along the edges not at
all, so neighbours meet. Nothing has to be projected or stored twice, and the spatial indexes are used as they are.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from gridward.domain.errors import Malformed

FARTHEST, NEAREST = 5, 22
"""Zooms: a province in one tile; farther out nobody looks for a ticket, and even spacing would show."""


@dataclass(frozen=True, slots=True)
class Tile:
    """Column ``x`` from the west, row ``y`` from the north of the ``2 ** z`` each way.

    Raises:
        Malformed: ``tile_unknown``: there is no such tile, or none of it is made.
    """

    z: int
    x: int
    y: int

    def __post_init__(self) -> None:
        if not FARTHEST <= self.z <= NEAREST or not (0 <= self.x < 2**self.z and 0 <= self.y < 2**self.z):
            raise Malformed("tile_unknown", farthest=FARTHEST, nearest=NEAREST)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east, north in degrees."""
        west, east = (360.0 * column / 2**self.z - 180.0 for column in (self.x, self.x + 1))
        return west, _latitude(self.y + 1, self.z), east, _latitude(self.y, self.z)


def _latitude(row: int, z: int) -> float:
    return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**z))))
