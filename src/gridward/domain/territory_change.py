"""Territory that changes from a date: redrawn, merged, split. What is asked for, and what of it can be judged at once.

Pure. Geometry is WGS-84 (EPSG:4326), x before y; areas are square metres, distances metres. What a change means for
buildings, tickets and neighbours is asked of the database (``persistence/territory/moves``).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import shapely
from shapely import LineString, MultiPolygon, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from gridward.domain.errors import Malformed
from gridward.domain.geometry import area_m2, distance_m
from gridward.domain.imports import Finding
from gridward.domain.territory import GRID_TIERS, GridKind


class ChangeKind(StrEnum):
    """What is done: boundaries drawn anew, several grids made one, one grid made several."""

    redraw = "redraw"
    merge = "merge"
    split = "split"  # type: ignore[assignment]  # hides str.split, which nobody asks a kind for


class Consent(StrEnum):
    """What a change does only when its author says so, having seen it.

    ``past``: it holds from a day that is over. ``outside``: buildings are left in no grid.
    """

    past = "past"
    outside = "outside"


FAR_AWAY_M = 5_000.0
"""A new boundary this far from everything that stands is a mistake of coordinates, not a change."""

TOLERATED_M2 = 1.0
"""Ground up to this is rounding between two drawings; more of it is named (a gap) or refused (an overlap)."""

LONGEST_PAST_DAYS = 366


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A grid as it stands at the instant of the change."""

    code: str
    name: str
    kind: GridKind
    community: str | None
    geometry: MultiPolygon


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One grid that a change makes or redraws. Without a geometry (a merge) it gets the ground of its predecessors."""

    code: str
    name: str | None = None
    geometry: BaseGeometry | None = None


def begins(on: date, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant from which a change of that day holds: its first one, for today the present one.

    Raises:
        Malformed: ``date_too_early``: more than a year ago.
    """
    today = now.astimezone(zone).date()
    if on == today:
        return now
    if (today - on).days > LONGEST_PAST_DAYS:
        why = f"A change may begin at most {LONGEST_PAST_DAYS} days ago."
        raise Malformed("date_too_early", field="from", text=on.isoformat(), why=why)
    return datetime.combine(on, time.min, zone)


def tier_of(kind: GridKind) -> int:
    """Grids of one tier share out the ground between them; see ``GRID_TIERS``."""
    return next(number for number, kinds in enumerate(GRID_TIERS) if kind in kinds)


def of_polygons(geometry: BaseGeometry) -> MultiPolygon:
    """The surface of a geometry as a MultiPolygon; lines and points fall away."""
    parts = [part for part in shapely.get_parts(geometry) if isinstance(part, Polygon) and not part.is_empty]
    return MultiPolygon(parts)


def fault(code: str, place: str, why: str, **more: Any) -> Finding:
    """A reason why a change cannot be: ``place`` is the code of a grid or rule, or a pair of them."""
    field, text = more.pop("field", ""), more.pop("text", "")
    return Finding(code=code, place=place, field=field, text=text, why=why, facts=more)


def merged(pieces: Sequence[Piece]) -> tuple[MultiPolygon, tuple[Finding, ...]]:
    """The ground of several grids as one, without the lines between them; and what speaks against it.

    Findings: ``merge_of_one``, ``merge_apart`` (a grid that touches none of the others), ``merge_of_kinds``,
    ``merge_of_communities``.
    """
    faults: list[Finding] = []
    codes = " + ".join(piece.code for piece in pieces)
    if len(pieces) < 2:
        faults.append(fault("merge_of_one", codes, "A merge needs at least two grids."))
    if len({tier_of(piece.kind) for piece in pieces}) > 1:
        faults.append(fault("merge_of_kinds", codes, "Grids of different kinds lie over one another; merge one kind."))
    if len({piece.community for piece in pieces}) > 1:
        faults.append(fault("merge_of_communities", codes, "They lie in different communities; a grid lies in one."))
    ground = of_polygons(shapely.union_all([piece.geometry for piece in pieces], grid_size=1e-9))
    for piece in pieces if len(pieces) > 1 else ():
        others = shapely.union_all([other.geometry for other in pieces if other is not piece])
        if shapely.distance(piece.geometry, others) > 1e-7:
            faults.append(fault("merge_apart", piece.code, "It does not adjoin the other grids of the merge."))
    return ground, tuple(faults)


def cut(piece: Piece, line: Sequence[tuple[float, float]]) -> tuple[MultiPolygon, ...]:
    """A grid cut in two by a line; the western part first, of parts with one longitude the southern one.

    Raises:
        Malformed: ``cut_misses`` unless the line cuts it into exactly two parts.
    """
    knife = LineString(line) if len(line) > 1 else None
    parts = [] if knife is None or knife.length == 0.0 else list(split(piece.geometry, knife).geoms)
    parts = [part for part in parts if isinstance(part, Polygon) and area_m2(part) > TOLERATED_M2]
    if len(parts) != 2:
        why = f"The line makes {len(parts)} part{'s' if len(parts) != 1 else ''} of the grid; it must make two."
        raise Malformed("cut_misses", field="line", text=piece.code, parts=len(parts), why=why)
    middles = [(part.representative_point().x, part.representative_point().y) for part in parts]
    return tuple(MultiPolygon([part]) for _, part in sorted(zip(middles, parts, strict=True), key=lambda one: one[0]))


def misplaced(code: str, geometry: BaseGeometry, ground: tuple[float, float, float, float] | None) -> Finding | None:
    """A boundary in coordinates that cannot be meant, as seen from the box of everything that stands.

    Findings: ``lat_lon_swapped``, ``not_degrees`` (feet or metres), ``boundary_far_away``.

    Args:
        ground: West, south, east, north of the territory; None where nothing stands yet.
    """
    west, south, east, north = geometry.bounds
    if max(abs(west), abs(east)) > 180.0 or max(abs(south), abs(north)) > 180.0:
        why = f"{west:.6g}, {south:.6g} are no degrees: metres or feet? State the file's CRS, or convert it to WGS-84."
        return fault("not_degrees", code, why, field="geometry", text=f"{west:.6g} {south:.6g}")
    if ground is not None and _way(ground, (south, west, north, east)) < FAR_AWAY_M <= _way(ground, geometry.bounds):
        why = "Latitude and longitude are exchanged: longitude stands first. The other way round it would lie here."
        return fault("lat_lon_swapped", code, why, field="geometry", text=f"{west:.6g} {south:.6g}")
    if max(abs(south), abs(north)) > 90.0:
        why = f"{south:.6g} is no latitude. Longitude stands first, then latitude, in degrees."
        return fault("lat_lon_swapped", code, why, field="geometry", text=f"{west:.6g} {south:.6g}")
    if ground is not None and (way := _way(ground, geometry.bounds)) >= FAR_AWAY_M:
        why = (
            f"It lies {way / 1000:,.0f} km from everything that stands: another CRS, feet for metres, or another city?"
        )
        return fault("boundary_far_away", code, why, field="geometry", text=f"{west:.6g} {south:.6g}", distance_m=way)
    return None


def _way(ground: tuple[float, float, float, float], box: tuple[float, float, float, float]) -> float:
    """Metres between two boxes, 0 where they meet."""
    if min(box[1], ground[1]) < -90.0 or max(box[3], ground[3]) > 90.0:
        return float("inf")
    lon = (max(ground[0], box[0]), min(ground[2], box[2]))
    lat = (max(ground[1], box[1]), min(ground[3], box[3]))
    here = (min(lon) if lon[0] > lon[1] else lon[0], min(lat) if lat[0] > lat[1] else lat[0])
    there = (max(lon) if lon[0] > lon[1] else lon[0], max(lat) if lat[0] > lat[1] else lat[0])
    return distance_m(*here, *there)


def seen_digest(shown: Mapping[str, Any]) -> str:
    """What a preview is known by: a change is published only as it was shown."""
    said = json.dumps(shown, sort_keys=True, ensure_ascii=False, default=str).encode()
    return hashlib.sha256(said).hexdigest()[:32]
