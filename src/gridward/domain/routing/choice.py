"""From what was gathered about a report to a unit, with the reason.

The choice is *sure* when nothing is left to judge: the kind was named, one grid holds the place, a rule chose one unit,
the nearest boundary that would change the unit is farther away than the position is uncertain, the category may go out
by rule, and nothing of the kind is open near by. Anything else goes to the dispatcher's tray with the candidates, and
what each would have needed. What is urgent never waits: where the unit is in doubt, 兜底 gets it at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID

from gridward.domain.standards_unit_names import Named, UnitRole
from gridward.domain.territory import Located, UnitKind


class Doubt(StrEnum):
    """Why a choice is not sure. The first group leaves the unit open, the second only whether to go on alone."""

    place_unknown = "place_unknown"
    no_grid = "no_grid"
    grid_shared = "grid_shared"
    no_rule = "no_rule"
    left_to_desk = "left_to_desk"
    no_unit = "no_unit"
    several_units = "several_units"
    unit_gone = "unit_gone"
    boundary_near = "boundary_near"

    condition_not_named = "condition_not_named"
    category_by_hand = "category_by_hand"
    twin_open = "twin_open"


UNIT_DOUBTS = frozenset(
    {
        Doubt.place_unknown,
        Doubt.no_grid,
        Doubt.grid_shared,
        Doubt.no_rule,
        Doubt.left_to_desk,
        Doubt.no_unit,
        Doubt.several_units,
        Doubt.unit_gone,
        Doubt.boundary_near,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitFact:
    """A unit that may be chosen. ``rung``: how many levels above the community its area lies; None: not here."""

    unit_id: UUID
    name: str
    kind: UnitKind
    ended: bool = False
    rung: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """An open ticket of the same category near by."""

    ticket_id: UUID
    distance_m: float
    status: str
    short_no: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything that the rules may ask, fetched before they are asked.

    Args:
        condition_id: The condition, or the category's ordinary one when none was named.
        condition_named: The picture or the reporter named it.
        automatic: The category may go out by rule alone.
        located: What lies around the place; None without a usable position.
        area_ids: The community and everything above it.
        units: Units that answer in those areas, in service areas within reach, or that rules and duties name.
        last_resorts: 兜底, from the nearest rung up.
        named: Whom the condition names, with what that means at the place.
        local_at: The local time, without a zone; fetched only for rules that ask the time.
    """

    category: str
    condition_id: str | None
    condition_named: bool
    urgent: bool
    automatic: bool = True
    area_class: str | None = None
    located: Located | None
    area_ids: frozenset[UUID] = frozenset()
    units: Mapping[UUID, UnitFact] = field(default_factory=dict)
    last_resorts: tuple[UUID, ...] = ()
    twins: tuple[Twin, ...] = ()
    named: tuple[Named, ...] = ()
    local_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tested:
    """A boundary that was asked about. ``changes_unit``: on its other side another unit, or none, would be chosen."""

    of: Literal["grid", "service_area"]
    id: UUID
    name: str
    inside: bool
    boundary_m: float
    changes_unit: bool


class Source(StrEnum):
    """How a unit came to be a candidate."""

    service_area = "service_area"
    duty = "duty"
    standard = "standard"
    rule = "rule"
    last_resort = "last_resort"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A unit that the dispatcher may think of.

    ``needed`` says what was missing: ``{"place_in_area_m": 12.5}`` the place would have to lie so far over,
    ``{"rule": id}`` another rule went first, ``{"choice_among": 2}`` several were meant, ``{"ended": true}``; empty for
    the unit that the rules meant.
    """

    unit_id: UUID
    name: str
    kind: UnitKind
    source: Source
    needed: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class NameMeant:
    """A name of the standard and the units it means at the place; ``mapped`` False: nobody has said what it means."""

    name: str
    role: UnitRole
    mapped: bool
    unit_ids: tuple[UUID, ...]


class Outcome(StrEnum):
    assign = "assign"
    tray = "tray"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What the rules were asked about beside the place, kept so that other rules can be asked the same."""

    category: str
    condition_id: str | None
    condition_named: bool
    urgent: bool
    automatic: bool
    area_class: str | None
    accuracy_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the rules say, and why.

    Args:
        rule_id, rule_name: The rule that held first, as it was called then; None when none did.
        version: Of the rule set.
        unit_id: Who gets it; None in the tray.
        role: ``lead``, or ``last_resort`` when 兜底 acts because the unit is in doubt.
        meant_unit_id: The unit that the rules meant, also where it was not sure.
        grid_id: The grid that holds the place; for what is urgent, and outside of all, the nearest in reach.
        nearest_change_m: Way to the nearest boundary that would change the unit; None: none within ``reach_m``.
        assists: Units that the duty list and the standard name to help (协办).
        names: Whom the standard names, and which units that means here.
        located: What lay around the place, for whoever goes on from here.
    """

    asked: Asked
    rule_id: str | None
    version: int
    outcome: Outcome
    unit_id: UUID | None
    unit_kind: UnitKind | None
    role: Literal["lead", "last_resort"] | None
    meant_unit_id: UUID | None
    grid_id: UUID | None
    sure: bool
    doubts: tuple[Doubt, ...]
    boundaries: tuple[Tested, ...]
    nearest_change_m: float | None
    nearest_change_id: UUID | None
    accuracy_m: float | None
    reach_m: float | None
    candidates: tuple[Candidate, ...]
    assists: tuple[UUID, ...]
    twins: tuple[Twin, ...]
    located: Located | None
    names: tuple[NameMeant, ...] = ()
    rule_name: str | None = None

    @property
    def building_id(self) -> UUID | None:
        """The building that the place lies in, or the nearest within its accuracy."""
        building = self.located.building if self.located else None
        within = building is not None and building.distance_m <= (self.accuracy_m or 0.0)
        return building.building_id if building is not None and within else None

    def as_json(self) -> dict[str, Any]:
        """The form that a ticket keeps and ``explain`` answers: ids, codes, metres, names of places and units."""
        return {
            "asked": asdict(self.asked),
            "rule_id": self.rule_id,
            "rule_name": self.rule_name,
            "version": self.version,
            "outcome": self.outcome,
            "unit_id": _text(self.unit_id),
            "unit_kind": self.unit_kind,
            "role": self.role,
            "meant_unit_id": _text(self.meant_unit_id),
            "grid_id": _text(self.grid_id),
            "sure": self.sure,
            "doubts": list(self.doubts),
            "boundaries": [
                {
                    "of": tested.of,
                    "id": str(tested.id),
                    "name": tested.name,
                    "inside": tested.inside,
                    "boundary_m": _metres(tested.boundary_m),
                    "changes_unit": tested.changes_unit,
                }
                for tested in self.boundaries
            ],
            "nearest_change_m": _metres(self.nearest_change_m),
            "nearest_change_id": _text(self.nearest_change_id),
            "accuracy_m": _metres(self.accuracy_m),
            "reach_m": _metres(self.reach_m),
            "candidates": [
                {
                    "unit_id": str(one.unit_id),
                    "name": one.name,
                    "kind": one.kind,
                    "source": one.source,
                    "needed": dict(one.needed),
                }
                for one in self.candidates
            ],
            "assists": [str(unit_id) for unit_id in self.assists],
            "names": [
                {"name": one.name, "role": one.role, "mapped": one.mapped, "unit_ids": list(map(str, one.unit_ids))}
                for one in self.names
            ],
            "twins": [
                {
                    "ticket_id": str(twin.ticket_id),
                    "distance_m": _metres(twin.distance_m),
                    "status": twin.status,
                    "short_no": twin.short_no,
                }
                for twin in self.twins
            ],
        }


def _text(value: UUID | None) -> str | None:
    return None if value is None else str(value)


def _metres(value: float | None) -> float | None:
    return None if value is None else round(value, 1)
