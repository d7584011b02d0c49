"""What requests do to the clocks. A granted one counts from the instant it was asked; until somebody decides, nothing moves."""

from __future__ import annotations

from gridward.domain.facts import Fact, read_limit
from gridward.domain.sla.clocks import UNIT_KINDS, Clock, Clocks, Extension, Held, Pause, Why
from gridward.domain.sla.course import recomputed
from gridward.domain.sla.desk import stopped
from gridward.domain.sla.starting import ended, limit_for, start
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ClockKind
from gridward.domain.values import replace

EXTENDED = frozenset({ClockKind.RESOLVE, ClockKind.OVERALL})
PAUSED = UNIT_KINDS | {ClockKind.OVERALL}
MOVED_BY = {"extend": EXTENDED, "defer": PAUSED, "shelve": PAUSED}
"""Which clocks a request moves; asking to send back moves none: passing on banks no time."""

TIMED = frozenset({"extend", "defer", "shelve", "send_back", "reopen"})
"""Requests whose decision is timed. An appeal is an inquiry."""


def asked(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    kind, request_id = fact.detail["kind"], fact.uuid("request_id")
    assert request_id is not None
    moved = MOVED_BY.get(kind, frozenset())
    keys = frozenset(c.key for c in book.clocks if c.kind in moved and c.running and c.round == book.round)
    held = Held(request_id=request_id, kind=kind, asked_at=fact.occurred_at, clocks=keys)
    book = replace(book, held=(*book.held, held))
    if kind not in TIMED:
        return book
    limit = limit_for(book, terms, ClockKind.APPROVAL)
    return start(book, fact, terms, ClockKind.APPROVAL, limit, request_id=request_id)


def _held(book: Clocks, fact: Fact) -> Held | None:
    request_id = fact.uuid("request_id")
    return next((held for held in book.held if held.request_id == request_id), None)


def _released(book: Clocks, held: Held) -> Clocks:
    return replace(book, held=tuple(other for other in book.held if other is not held))


def _decided(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    request_id = fact.uuid("request_id")
    return book.change(lambda c: c.request_id == request_id, lambda clock: stopped(clock, fact, terms))


def granted(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    held = _held(book, fact)
    if held is None:
        return book
    book = _released(_decided(book, fact, terms), held)
    match held.kind:
        case "extend":
            return _extended(book, held, fact, terms)
        case "defer" | "shelve":
            return _paused(book, held, fact, terms)
        case _:
            return book


def _extended(book: Clocks, held: Held, fact: Fact, terms: Terms) -> Clocks:
    extension = Extension(
        limit=read_limit(fact.detail["by"]),
        asked_at=held.asked_at,
        granted_at=fact.recorded_at,
        basis=str(held.request_id),
        by=fact.actor_id,
    )

    def longer(clock: Clock) -> Clock:
        extended = replace(clock, extensions=(*clock.extensions, extension))
        return recomputed(extended, terms, at=fact.recorded_at, why="extend")

    def in_time(clock: Clock) -> bool:
        asked_in_time = clock.due_at is None or held.asked_at <= clock.due_at
        return clock.key in held.clocks and clock.voided_at is None and asked_in_time

    return book.change(in_time, longer)


def _paused(book: Clocks, held: Held, fact: Fact, terms: Terms) -> Clocks:
    until = fact.instant("until")
    if fact.status is None and until is not None:
        # Decided after the work was done: what it stopped has stopped already.
        until = min(until, fact.recorded_at)
    why = Why(held.kind)
    pause = Pause(why=why, start=held.asked_at, end=until, basis=str(held.request_id), by=fact.actor_id)

    def waiting(clock: Clock) -> Clock:
        return recomputed(replace(clock, pauses=(*clock.pauses, pause)), terms, at=fact.recorded_at, why=why)

    def moved(clock: Clock) -> bool:
        now_running = clock.kind in PAUSED and clock.running and clock.round == book.round
        return clock.voided_at is None and (clock.key in held.clocks or now_running)

    if book.duty is not None:
        book = replace(book, duty=replace(book.duty, pauses=(*book.duty.pauses, pause)))
    return book.change(moved, waiting)


def refused(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    held = _held(book, fact)
    return book if held is None else _released(_decided(book, fact, terms), held)


def withdrawn(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """Taken back, or overtaken by another step: nothing was ever paused, and nobody has to decide any more."""
    held = _held(book, fact)
    if held is None:
        return book
    book = book.change(
        lambda c: c.request_id == held.request_id and c.running,
        lambda clock: ended(clock, book, fact.recorded_at, "request"),
    )
    return _released(book, held)


HANDLERS = {
    "request.asked": asked,
    "request.granted": granted,
    "request.refused": refused,
    "request.withdrawn": withdrawn,
    "request.lapsed": withdrawn,
}
