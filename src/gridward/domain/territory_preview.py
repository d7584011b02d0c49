"""What a change of territory would move, said before anything is. Pure; areas in square metres, places in WGS-84 degrees."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from gridward.domain.imports import Finding
from gridward.domain.territory_change import ChangeKind, Consent, seen_digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One grid (or area) that is made, redrawn or ends; ``before`` and ``after`` are GeoJSON texts."""

    id: UUID
    code: str
    name: str
    is_new: bool
    ends: bool
    before_m2: float
    after_m2: float
    gained_m2: float
    lost_m2: float
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """Buildings that change their grid; null is no grid."""

    from_code: str | None
    to_code: str | None
    things: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A building that would lie in no grid."""

    name: str
    from_code: str
    lon: float
    lat: float


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenTickets:
    """Open tickets of a grid concerned: they keep it and their unit. ``duty``: codes of the grids whose stewards look

    after them from then on. ``elsewhere``: those whose place would lie in another grid.
    """

    code: str
    open: int
    elsewhere: int
    with_unit: int
    duty: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StewardMoved:
    """A steward who goes on in a successor."""

    person_id: UUID
    name: str
    from_code: str
    to_code: str
    was_lead: bool
    is_lead: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleNamed:
    """A rule (or line of the duty list) that names what changes; ``carried``: the successors are written into it."""

    place: str
    name: str
    carried: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AreaAnswering:
    """A service area over ground that changes its grid; the unit answers there as before."""

    code: str
    name: str
    kind: str
    unit_name: str
    moved_m2: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Ground that two would claim (``other``) or nobody would (``other`` null)."""

    code: str
    other: str | None
    area_m2: float
    lon: float
    lat: float
    ground: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """A change as it would be. ``received_since``: reports filed on that ground since a past date; they stay as they are."""

    kind: ChangeKind
    on: date
    at: datetime
    past: bool
    lines: tuple[Line, ...]
    succession: tuple[tuple[str, str], ...]
    buildings: tuple[Moved, ...]
    outside: tuple[LeftOut, ...]
    tickets: tuple[OpenTickets, ...]
    received_since: int
    stewards: tuple[StewardMoved, ...]
    rules: tuple[RuleNamed, ...]
    service_areas: tuple[AreaAnswering, ...]
    overlaps: tuple[Patch, ...]
    gaps: tuple[Patch, ...]
    grids_outside: tuple[str, ...]
    faults: tuple[Finding, ...]

    @property
    def buildings_moved(self) -> int:
        return sum(one.things for one in self.buildings)

    @property
    def buildings_outside(self) -> int:
        """Those that lie in a grid now and would lie in none."""
        return sum(one.things for one in self.buildings if one.to_code is None)

    @property
    def needs(self) -> tuple[Consent, ...]:
        """What its author has to agree to, having seen it."""
        past = (Consent.past,) if self.past else ()
        return (*past, Consent.outside) if self.buildings_outside else past

    @property
    def changes(self) -> bool:
        return bool(self.lines)

    @property
    def seen(self) -> str:
        """By what it is known when it is published. Counts of tickets, which change by the minute, have no part in it."""
        return seen_digest(
            {
                "kind": self.kind,
                "on": self.on,
                "lines": [
                    (one.code, one.is_new, one.ends, round(one.gained_m2), round(one.lost_m2)) for one in self.lines
                ],
                "succession": self.succession,
                "buildings": [asdict(one) for one in self.buildings],
                "stewards": [asdict(one) for one in self.stewards],
                "rules": [asdict(one) for one in self.rules],
                "gaps": [(one.code, round(one.area_m2)) for one in self.gaps],
                "faults": [(one.code, one.place) for one in self.faults],
            }
        )

    def counts(self) -> dict[str, int | float]:
        """The numbers, for the log and for a summary."""
        return {
            "grids": len(self.lines),
            "new": sum(one.is_new for one in self.lines),
            "ended": sum(one.ends for one in self.lines),
            "gained_m2": round(sum(one.gained_m2 for one in self.lines if not one.is_new), 1),
            "lost_m2": round(sum(one.lost_m2 for one in self.lines if not one.ends), 1),
            "buildings_moved": self.buildings_moved,
            "buildings_outside": self.buildings_outside,
            "tickets_open": sum(one.open for one in self.tickets),
            "stewards": len(self.stewards),
            "rules": sum(one.carried for one in self.rules),
            "overlaps": len(self.overlaps),
            "gaps": len(self.gaps),
            "gap_m2": round(sum(one.area_m2 for one in self.gaps), 1),
        }

    def as_json(self) -> dict[str, Any]:
        """JSON-ready, with everything named. Shapes are GeoJSON geometries as text."""
        lists = ("lines", "buildings", "outside", "tickets", "stewards", "rules", "service_areas", "overlaps", "gaps")
        said: Mapping[str, Any] = {name: [_plain(asdict(one)) for one in getattr(self, name)] for name in lists}
        return {
            "kind": self.kind.value,
            "from": self.on.isoformat(),
            "at": self.at.isoformat(),
            "past": self.past,
            "seen": self.seen,
            "needs": [one.value for one in self.needs],
            "counts": self.counts(),
            "received_since": self.received_since,
            "succession": [{"from_code": old, "to_code": new} for old, new in self.succession],
            "grids_outside": list(self.grids_outside),
            "faults": [one.as_json() for one in self.faults],
            **said,
        }


def _plain(value: dict[str, Any]) -> dict[str, Any]:
    return {name: str(one) if isinstance(one, UUID) else one for name, one in value.items()}
