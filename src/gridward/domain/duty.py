"""值班: who is on duty when, and what one shift hands to the next. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from gridward.domain.errors import Malformed

LONGEST = timedelta(days=3)
NEXT_SHIFT = timedelta(hours=8)
OUTER_SOON = timedelta(hours=24)
MOST_NAME, MOST_NOTE = 20, 1_000
_PHONE = re.compile(r"1[3-9]\d{9}|0\d{2,3}-?\d{7,8}(?:-\d{1,5})?|\d{3,8}|0000-\d{8}")


def check_shift(name: str, telephone: str, from_at: datetime, to_at: datetime) -> tuple[str, str]:
    """The name and the number as they are kept.

    Raises:
        Malformed: ``duty.name_missing``, ``duty.telephone_unreadable``, ``duty.no_span``: it ends before it begins or
            lasts more than three days.
    """
    plain, number = name.strip(), re.sub(r"[\s()（）]", "", telephone)
    if not 0 < len(plain) <= MOST_NAME:
        raise Malformed("duty.name_missing", most=MOST_NAME)
    if not _PHONE.fullmatch(number):
        raise Malformed("duty.telephone_unreadable")
    if not timedelta(0) < to_at - from_at <= LONGEST:
        raise Malformed("duty.no_span", most_days=LONGEST.days)
    return plain, number


class Left(StrEnum):
    """Why a ticket is handed over; the most pressing reason of each only."""

    breached = "breached"
    urgent = "urgent"
    due = "due"
    """A clock runs out in the next eight hours."""
    outer = "outer"
    """Another system wants its answer within a day."""
    asked = "asked"
    """A request waits for a decision."""
    unanswered = "unanswered"
    """The reporter was asked for more and has not answered."""
    promised = "promised"
    """Put off to a day within the next shift."""
    tray = "tray"


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """What of an open ticket decides whether it is handed over."""

    ticket_id: UUID
    urgent: bool
    breached: bool
    paused: bool
    next_due_at: datetime | None
    outer_due_at: datetime | None
    deferred_until: datetime | None
    tray_reason: str | None


def left_of(one: Open, now: datetime) -> Left | None:
    """Why this ticket is on the list; None: the next shift need not think of it."""
    reason = one.tray_reason or ""
    soon = now + NEXT_SHIFT
    if one.breached:
        return Left.breached
    if one.urgent:
        return Left.urgent
    if one.next_due_at is not None and not one.paused and one.next_due_at <= soon:
        return Left.due
    if one.outer_due_at is not None and one.outer_due_at <= now + OUTER_SOON:
        return Left.outer
    if reason.startswith("request_"):
        return Left.asked
    if reason == "waits_for_reporter":
        return Left.unanswered
    if one.deferred_until is not None and one.deferred_until <= soon:
        return Left.promised
    return Left.tray if reason else None


def handed_over(tickets: Iterable[Open], now: datetime) -> Mapping[Left, list[UUID]]:
    """The tickets by reason, each once, in the order given."""
    found: dict[Left, list[UUID]] = {left: [] for left in Left}
    for one in tickets:
        left = left_of(one, now)
        if left is not None:
            found[left].append(one.ticket_id)
    return found


def as_json(lists: Mapping[Left, list[UUID]]) -> dict[str, Any]:
    return {left.value: [str(ticket_id) for ticket_id in ids] for left, ids in lists.items() if ids}
