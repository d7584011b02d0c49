"""What other rules would have done with past reports, held against what the rules of their day did.

Not against where a ticket went later: that a dispatcher moved it says nothing about the rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.routing.choice import Choice, Gathered, Outcome
from gridward.domain.routing.route import route
from gridward.domain.routing.rules import RuleSet


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Where rules sent a report and why. ``unit_id`` None: to the dispatcher's tray."""

    unit_id: UUID | None
    role: str | None
    rule_id: str | None
    rule_name: str | None
    version: int
    doubts: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "unit_id": None if self.unit_id is None else str(self.unit_id),
            "role": self.role,
            "rule_id": self.rule_id,
            "rule_name": self.rule_name,
            "version": self.version,
            "doubts": list(self.doubts),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A report as it stood when it came in, and the way its rules sent it."""

    ticket_id: UUID
    ticket_no: str
    received_at: datetime
    category: str
    grid_id: UUID | None
    lon: float | None
    lat: float | None
    gathered: Gathered
    before: Way


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A report that would have gone elsewhere."""

    past: Past
    after: Way

    def as_json(self) -> dict[str, Any]:
        past = self.past
        return {
            "ticket_id": str(past.ticket_id),
            "ticket_no": past.ticket_no,
            "received_at": past.received_at.isoformat(),
            "category": past.category,
            "grid_id": None if past.grid_id is None else str(past.grid_id),
            "lon": past.lon,
            "lat": past.lat,
            "before": past.before.as_json(),
            "after": self.after.as_json(),
        }


def way_of(choice: Choice) -> Way:
    return Way(
        unit_id=choice.unit_id if choice.outcome is Outcome.assign else None,
        role=choice.role,
        rule_id=choice.rule_id,
        rule_name=choice.rule_name,
        version=choice.version,
        doubts=tuple(choice.doubts),
    )


def way_kept(routing: Mapping[str, Any]) -> Way:
    """From what a ticket keeps."""
    unit_id = routing["unit_id"] if routing["outcome"] == Outcome.assign else None
    return Way(
        unit_id=None if unit_id is None else UUID(unit_id),
        role=routing["role"],
        rule_id=routing["rule_id"],
        rule_name=routing["rule_name"],
        version=int(routing["version"]),
        doubts=tuple(routing["doubts"]),
    )


def moved(past: Past, rule_set: RuleSet) -> Moved | None:
    """The same report under other rules; None when the same unit, or the tray again, would have got it."""
    after = way_of(route(past.gathered, rule_set))
    return None if after.unit_id == past.before.unit_id else Moved(past=past, after=after)
