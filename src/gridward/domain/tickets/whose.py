"""In whose hands the time was (时间花在谁手上): every second of a ticket's age belongs to exactly one of five.

A step done without signal ends the unit's time when it was done; the next one's begins when the server knew. What lies
between, like the way of a report to the server, is nobody's waiting: it goes to the reporter or the platform.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from gridward.domain.facts import Fact, read_instant
from gridward.domain.tickets.words import OPEN, Status


class Hand(StrEnum):
    """Who has it."""

    PLATFORM = "platform"
    UNIT = "unit"
    VERIFIER = "verifier"
    REPORTER = "reporter"
    SUSPENDED = "suspended"


HAND_OF: Mapping[Status, Hand] = MappingProxyType(
    {
        Status.RECEIVED: Hand.PLATFORM,
        Status.ACCEPTED: Hand.PLATFORM,
        Status.ASSIGNED: Hand.UNIT,
        Status.IN_PROGRESS: Hand.UNIT,
        Status.DEFERRED: Hand.SUSPENDED,
        Status.SHELVED: Hand.SUSPENDED,
        Status.RESOLVED: Hand.VERIFIER,
        Status.SPLIT: Hand.UNIT,
    }
)
"""Whose an open status is; with an ending the age stops, until somebody takes the ticket up again."""


@dataclass(frozen=True, slots=True)
class Piece:
    """``[start, end)`` in one hand."""

    start: datetime
    end: datetime
    hand: Hand


@dataclass(frozen=True, slots=True)
class Window:
    """Time that belongs to ``hand`` wherever it was in one of ``instead_of``."""

    start: datetime
    end: datetime
    hand: Hand
    instead_of: frozenset[Hand]


def whose_time(facts: Iterable[Fact], now: datetime) -> Mapping[Hand, timedelta]:
    """How long each had it until ``now``; the values add up to :func:`age`."""
    spent = dict.fromkeys(Hand, timedelta())
    for piece in pieces(facts, now):
        spent[piece.hand] += piece.end - piece.start
    return MappingProxyType(spent)


def age(facts: Iterable[Fact], now: datetime) -> timedelta:
    """How long it was open, from when it was seen; the time between an ending and a new round is not part of it."""
    total, opened = timedelta(), None
    for fact in facts:
        was_open = opened is not None
        is_open = fact.status in OPEN if fact.status is not None else was_open
        if opened is None and is_open:
            first = total == timedelta() and fact.verb in ("report.filed", "ticket.split_off")
            opened = _seen_at(fact) if first else fact.recorded_at
        elif opened is not None and not is_open:
            total += fact.recorded_at - opened
            opened = None
    return total if opened is None else total + now - opened


def _seen_at(fact: Fact) -> datetime:
    return min(fact.instant("captured_at") or fact.recorded_at, fact.recorded_at)


def pieces(facts: Iterable[Fact], now: datetime) -> tuple[Piece, ...]:
    """The age of a ticket, cut by whose it was; in order."""
    history = tuple(facts)
    parts = _by_status(history, now)
    for window in _windows(history, now):
        parts = [cut for part in parts for cut in _overlaid(part, window)]
    return tuple(parts)


def _by_status(history: tuple[Fact, ...], now: datetime) -> list[Piece]:
    parts: list[Piece] = []
    hand: Hand | None = None
    since = history[0].recorded_at

    def close(end: datetime, received: datetime) -> None:
        """The hand's time ends when the step counts; the rest, until it was received, waited for nobody."""
        if hand is None:
            return
        done = min(max(end, since), received)
        parts.append(Piece(since, done, hand))
        parts.append(Piece(done, received, Hand.PLATFORM))

    for fact in history:
        if fact.status is None:
            continue
        if fact is history[0] and Status(fact.status) in OPEN:
            parts.append(Piece(_seen_at(fact), fact.recorded_at, Hand.REPORTER))
        next_hand = HAND_OF.get(Status(fact.status))
        if next_hand is hand:
            continue
        # The day itself needs nobody to tell it: what follows begins then, whenever it was noted down.
        known_at = max(fact.occurred_at, since) if fact.detail.get("by_day") else fact.recorded_at
        close(fact.occurred_at, known_at)
        hand, since = next_hand, known_at
    close(now, now)
    return [part for part in parts if part.end > part.start]


def _windows(history: tuple[Fact, ...], now: datetime) -> list[Window]:
    """Pauses that reach back behind the fact that told of them, and waiting for the reporter."""
    found: list[Window] = []
    asked: datetime | None = None
    suspensions: dict[str, tuple[datetime, datetime]] = {}
    for fact in history:
        match fact.verb:
            case "report.more_asked" if asked is None:
                asked = fact.recorded_at
            case "report.supplemented" | "ticket.accepted" | "ticket.rejected" | "ticket.withdrawn" | "ticket.merged":
                if asked is not None:
                    found.append(Window(asked, fact.recorded_at, Hand.REPORTER, frozenset({Hand.PLATFORM})))
                asked = None
            case "request.granted" if fact.detail["kind"] in ("defer", "shelve"):
                end = min(read_instant(fact.detail["until"]), fact.recorded_at)
                start = read_instant(fact.detail["asked_at"])
                found.append(Window(start, end, Hand.SUSPENDED, frozenset({Hand.UNIT})))
            case "suspension.applied":
                span = read_instant(fact.detail["from"]), read_instant(fact.detail["to"])
                suspensions[fact.detail["suspension_id"]] = span
            case "suspension.changed":
                start, _ = suspensions[fact.detail["suspension_id"]]
                suspensions[fact.detail["suspension_id"]] = start, read_instant(fact.detail["to"])
    if asked is not None:
        found.append(Window(asked, now, Hand.REPORTER, frozenset({Hand.PLATFORM})))
    outside = frozenset({Hand.UNIT, Hand.VERIFIER})
    found.extend(Window(start, min(end, now), Hand.SUSPENDED, outside) for start, end in suspensions.values())
    return found


def _overlaid(piece: Piece, window: Window) -> list[Piece]:
    start, end = max(piece.start, window.start), min(piece.end, window.end)
    if piece.hand not in window.instead_of or start >= end:
        return [piece]
    cut = (Piece(piece.start, start, piece.hand), Piece(start, end, window.hand), Piece(end, piece.end, piece.hand))
    return [part for part in cut if part.end > part.start]
