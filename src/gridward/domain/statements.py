"""Numbers that were told stay told: a unit's statement (对账单), what is published of a month (通报), what is put right later.

A month goes through it once. On day 3 of the next month each unit gets a statement of every clock that was due; three
working days long it may object to a line; when all objections are decided the figures are published, with the instant as
of which they were counted and the seal of the log at that time. From then on they are never written again: what changes
later stands in a correction (更正表) with before, after and reason. Source: rule book of time limits, section 9.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.calendar import WorkingCalendar, end_of_work_day, local_instant
from gridward.domain.entries import canonical
from gridward.domain.errors import Malformed

ISSUED_ON = 3
"""Day of the next month on which statements are made."""
OBJECTION_DAYS = 3
"""Working days of the city's calendar in which a unit may object."""


class Verdict(StrEnum):
    """How a clock is counted; what is neither ``in_time`` nor ``late`` stands apart and is in no share."""

    in_time = "in_time"
    late = "late"
    pending = "pending"
    not_yet = "not_yet"
    exempt = "exempt"
    reference = "reference"


class Decision(StrEnum):
    """What a supervisor says to an objection."""

    granted = "granted"
    """The line is wrong: the ticket is put right by its own steps before anything is published."""
    noted = "noted"
    """What the unit says is kept beside the line; the number stays."""
    refused = "refused"


class SaidWay(StrEnum):
    """How a unit that does not sign in said something."""

    paper = "paper"
    telephone = "telephone"


@dataclass(frozen=True, slots=True)
class SaidFor:
    """A supervisor enters what somebody of the unit said (代办).

    Raises:
        Malformed: ``said_for.nobody``: not said by whom.
    """

    said_by: str
    way: SaidWay

    def __post_init__(self) -> None:
        if not self.said_by.strip():
            raise Malformed("said_for.nobody")


@dataclass(frozen=True, slots=True)
class Month:
    """A month by the jurisdiction's own days, named by its first."""

    first: date

    def __post_init__(self) -> None:
        if self.first.day != 1:
            raise Malformed("statement.month", month=self.first.isoformat())

    @classmethod
    def read(cls, text: str) -> Month:
        """``2026-11``. Raises: Malformed: ``statement.month``."""
        try:
            return cls(date.fromisoformat(f"{text}-01"))
        except ValueError:
            raise Malformed("statement.month", month=text) from None

    @property
    def name(self) -> str:
        return f"{self.first:%Y-%m}"

    def next(self) -> Month:
        return Month((self.first + timedelta(days=31)).replace(day=1))

    def before(self) -> Month:
        return Month((self.first - timedelta(days=1)).replace(day=1))

    def span(self, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """``[since, until)``."""
        return local_instant(zone, self.first, 0), local_instant(zone, self.next().first, 0)


def month_to_state(today: date) -> Month:
    """The newest month whose statements are due by this local day: before day 3 that is the one before the last."""
    last = Month(today.replace(day=1)).before()
    return last if today.day >= ISSUED_ON else last.before()


def object_until(calendar: WorkingCalendar, made_at: datetime) -> datetime:
    """The end of the third working day after the day on which the statement was made."""
    return end_of_work_day(calendar, made_at, OBJECTION_DAYS)


Counts = Mapping[str, int]
"""Set → how many are in it."""
Told = Mapping[str, Counts]
"""Whose (a unit's id; "" is the whole jurisdiction) → counts, as they were published or as they are now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """A figure as its definition named it when it was published: two sets. ``below`` None: a count."""

    code: str
    above: str
    below: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A published figure that is another one now. ``whose`` "": the whole jurisdiction's."""

    whose: str
    code: str
    before: tuple[int, int | None]
    after: tuple[int, int | None]


def moved(indices: Sequence[Index], told: Told, now: Told) -> tuple[Moved, ...]:
    """Every figure that would be told differently now, by the definitions it was published under."""
    found = []
    for whose in sorted({*told, *now}):
        before, after = told.get(whose, {}), now.get(whose, {})
        for one in indices:
            pair = tuple(
                (counts.get(one.above, 0), None if one.below is None else counts.get(one.below, 0))
                for counts in (before, after)
            )
            if pair[0] != pair[1]:
                found.append(Moved(whose=whose, code=one.code, before=pair[0], after=pair[1]))
    return tuple(found)


def digest(told: Mapping[str, Any]) -> bytes:
    """SHA-256 over what is published; it goes into the log, which is sealed."""
    return hashlib.sha256(canonical(told)).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What stands between a month and its publication."""

    statements: int
    object_until: datetime | None
    open_objections: int
    unchanged: Sequence[UUID]
    """Objections that were granted and whose line reads as it did."""


def why_not_yet(standing: Standing, now: datetime, month_over_at: datetime) -> tuple[str, Mapping[str, Any]] | None:
    """The code of the refusal to publish and its facts; None: it may be published."""
    if now < month_over_at:
        return "publication.month_not_over", {"over_at": month_over_at.isoformat()}
    if standing.statements == 0 or standing.object_until is None:
        return "publication.no_statements", {}
    if now <= standing.object_until:
        return "publication.may_still_object", {"until": standing.object_until.isoformat()}
    if standing.open_objections:
        return "publication.objections_open", {"count": standing.open_objections}
    if standing.unchanged:
        return "publication.granted_unchanged", {"count": len(standing.unchanged)}
    return None
