"""A base map of somebody else's that may lie under our own vectors: what an operator must say of it.

A Chinese base map is drawn in GCJ-02 or in CGCS2000 (which is taken as WGS-84); which of the two is never guessed, since
the wrong one puts every house hundreds of metres away. Showing one in public needs its 审图号 beside it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from gridward.domain.geometry import Datum

PLACEHOLDERS = frozenset({"x", "y", "z"})
DATUMS = (Datum.wgs84, Datum.cgcs2000, Datum.gcj02)
"""BD-09 maps are not cut into tiles the XYZ way."""
FARTHEST_ZOOM = 22
HOST = re.compile(r"[A-Za-z0-9.-]+(:[0-9]{1,5})?")
"""What may stand in the policy of pictures: nothing that could open it further."""


@dataclass(frozen=True, slots=True)
class BaseMap:
    """``tiles``: addresses with ``{x} {y} {z}`` in the Web-Mercator scheme, drawn over one another in this order.

    Raises:
        ValueError: with a sentence about what is missing or wrong.
    """

    tiles: tuple[str, ...]
    datum: Datum
    attribution: str
    approval: str
    most_zoom: int

    def __post_init__(self) -> None:
        for address in self.tiles:
            parts = urlsplit(address)
            if parts.scheme != "https" or not HOST.fullmatch(parts.netloc):
                raise ValueError("must be https addresses whose host is written out")
            if set(re.findall(r"\{(.*?)\}", address)) != PLACEHOLDERS:
                raise ValueError("must have {x}, {y} and {z} in each address, and nothing else in braces")
        if self.datum not in DATUMS:
            raise ValueError("needs GRIDWARD_BASE_MAP_DATUM to be WGS-84, CGCS2000 or GCJ-02")
        if not self.attribution.strip():
            raise ValueError("needs GRIDWARD_BASE_MAP_ATTRIBUTION: whose map it is stands on it")

    @property
    def origins(self) -> tuple[str, ...]:
        """The hosts that a browser must be let ask for pictures."""
        parts = [urlsplit(address) for address in self.tiles]
        return tuple(dict.fromkeys(f"{part.scheme}://{part.netloc}" for part in parts))
