"""An emergency: from – to, in some areas, a profile (a standard of its own) goes before all others.

Tickets filed while it is on pin the profile; what was filed before is not touched. It ends by itself.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gridward.domain.errors import Conflict, Malformed

LONGEST = timedelta(days=92)
"""A profile that holds for longer is no emergency: publish a standard."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """One emergency. ``area_codes`` empty: everywhere; ``ended_at``: a person ended it before ``ends_at``."""

    emergency_id: UUID
    standard_id: UUID
    scheme: str
    version: int
    name: str
    area_codes: tuple[str, ...]
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None
    notice: str = ""

    @property
    def over_at(self) -> datetime:
        return self.ended_at or self.ends_at

    def is_on(self, at: datetime) -> bool:
        return self.starts_at <= at < self.over_at


def check_start(new: Emergency, others: Iterable[Emergency], now: datetime) -> None:
    """Whether it may be started.

    Raises:
        Malformed: ``emergency.period``: it ends before it starts, has ended already, begins in the past (what was filed
            then pinned something else) or lasts longer than :data:`LONGEST`.
        Conflict: ``emergency.overlaps``: the same profile is on then, in one of these areas.
    """
    if not (now <= new.starts_at < new.ends_at <= new.starts_at + LONGEST):
        raise Malformed("emergency.period", most_days=LONGEST.days)
    for other in others:
        together = new.starts_at < other.over_at and other.starts_at < new.ends_at
        shared = not new.area_codes or not other.area_codes or set(new.area_codes) & set(other.area_codes)
        if other.scheme == new.scheme and together and shared:
            raise Conflict(
                "emergency.overlaps", emergency_id=str(other.emergency_id), ends_at=other.over_at.isoformat()
            )
