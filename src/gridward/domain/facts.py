"""One thing that happened to a ticket. The facts of a ticket, in order, are the ticket: everything else is folded from them.

A fact carries ids, codes, times and numbers only. Words of people are named by id (``detail["texts"]``) and live elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from gridward.domain.standards_limits import Limit, LimitKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """An entry of a ticket's history.

    Args:
        verb: Past tense, ``noun.verb`` (``ticket.assigned``).
        occurred_at: The counted time (计时时刻): where a clock stops. For work done without signal it lies before
            ``recorded_at``, never after.
        recorded_at: When the server learned of it: where the next clock starts, since nobody could know before.
        actor_id: None: the program itself.
        via: ``app``, ``rules``, ``sweep``, ``cli``, …
        detail: JSON. ``intent`` names the step that made the fact; ``status`` stands there only where it changed.
    """

    verb: str
    occurred_at: datetime
    recorded_at: datetime
    actor_id: UUID | None = None
    via: str = "app"
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def status(self) -> str | None:
        """The status that this fact led to; None where the status stayed."""
        return self.detail.get("status")

    @property
    def late(self) -> bool:
        """Whether it was sent after it counted (补传)."""
        return self.occurred_at < self.recorded_at

    def instant(self, name: str) -> datetime | None:
        """An instant in ``detail``."""
        value = self.detail.get(name)
        return None if value is None else read_instant(value)

    def uuid(self, name: str) -> UUID | None:
        """An id in ``detail``."""
        value = self.detail.get(name)
        return None if value is None else UUID(value)


def write_instant(instant: datetime) -> str:
    """The one form of an instant in ``detail``: UTC with microseconds."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


def read_instant(text: str) -> datetime:
    """The inverse of :func:`write_instant`; aware, UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def read_limit(value: Mapping[str, Any]) -> Limit:
    """A :class:`Limit` from its JSON form in bodies and in ``detail``."""
    return Limit(
        LimitKind(value["kind"]),
        _plain(Fraction(value["amount"])),
        text=value.get("text", ""),
        minute_of_day=value.get("minute_of_day"),
    )


def write_limit(limit: Limit) -> dict[str, Any]:
    """The inverse of :func:`read_limit`."""
    amount = limit.amount if limit.amount == int(limit.amount) else str(limit.amount)
    written: dict[str, Any] = {
        "kind": limit.kind.value,
        "amount": int(amount) if not isinstance(amount, str) else amount,
    }
    if limit.text:
        written["text"] = limit.text
    if limit.minute_of_day is not None:
        written["minute_of_day"] = limit.minute_of_day
    return written


def _plain(amount: Fraction) -> int | Fraction:
    return int(amount) if amount.denominator == 1 else amount
