"""Facts about clocks themselves: reminders, breaches, exemptions, suspensions, new calendar versions."""

from __future__ import annotations

from datetime import datetime

from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import SUSPENDED_KINDS, Clock, Clocks, Pause, Why
from gridward.domain.sla.course import recomputed
from gridward.domain.sla.terms import Terms
from gridward.domain.values import replace


def reminded(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    key, step = fact.detail["clock"], fact.detail["step"]
    return book.change(lambda c: c.key == key, lambda c: replace(c, reminded=(*c.reminded, step)))


def breached(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    key, at = fact.detail["clock"], fact.instant("breached_at")
    return book.change(lambda c: c.key == key, lambda c: replace(c, breached_at=at, lifted_at=None, lift_why=None))


def breach_lifted(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    key, why = fact.detail["clock"], fact.detail["why"]
    return book.change(lambda c: c.key == key, lambda c: replace(c, lifted_at=fact.recorded_at, lift_why=why))


def exempted(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    key = fact.detail["clock"]
    return book.change(lambda c: c.key == key, lambda c: replace(c, exempt=True))


def rescheduled(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """A new version of a calendar, for the clocks that the fact names: those that were running."""
    name, version, keys = fact.detail["calendar_id"], fact.detail["to_version"], set(fact.detail["clocks"])

    def on_new(clock: Clock) -> Clock:
        calendars = {**clock.calendars, name: version}
        return recomputed(replace(clock, calendars=calendars), terms, at=fact.recorded_at, why="calendar")

    return book.change(lambda c: c.key in keys, on_new)


def _touches(clock: Clock, start: datetime, end: datetime) -> bool:
    over = clock.voided_at or (clock.stopped_at if clock.final else None)
    return clock.kind in SUSPENDED_KINDS and clock.started_at < end and (over is None or over > start)


def suspended(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """``[from, to)`` does not count for work outside, for clocks that run then and those that start meanwhile."""
    start, end = fact.instant("from"), fact.instant("to")
    assert start is not None
    assert end is not None
    pause = Pause(why=Why.SUSPENSION, start=start, end=end, basis=fact.detail["suspension_id"], by=fact.actor_id)

    def waiting(clock: Clock) -> Clock:
        return recomputed(replace(clock, pauses=(*clock.pauses, pause)), terms, at=fact.recorded_at, why=Why.SUSPENSION)

    book = replace(book, suspensions=(*book.suspensions, pause))
    return book.change(lambda clock: _touches(clock, start, end), waiting)


def suspension_changed(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """It ends earlier or later than announced: the same, with another end."""
    suspension, end = fact.detail["suspension_id"], fact.instant("to")
    assert end is not None

    def bare(clock: Clock) -> Clock:
        return replace(clock, pauses=tuple(p for p in clock.pauses if p.basis != suspension))

    old = next((p for p in book.suspensions if p.basis == suspension), None)
    if old is None:
        return book
    new = replace(old, end=max(old.start, end))
    book = replace(book, suspensions=tuple(new if p is old else p for p in book.suspensions))

    def anew(clock: Clock) -> Clock:
        had = any(p.basis == suspension for p in clock.pauses)
        touched = _touches(clock, new.start, end)
        if not had and not touched:
            return clock
        pauses = (*bare(clock).pauses, new) if touched else bare(clock).pauses
        return recomputed(replace(clock, pauses=pauses), terms, at=fact.recorded_at, why=Why.SUSPENSION)

    return book.change(lambda clock: clock.kind in SUSPENDED_KINDS, anew)


HANDLERS = {
    "clock.reminded": reminded,
    "clock.breached": breached,
    "clock.breach_lifted": breach_lifted,
    "clock.exempted": exempted,
    "clock.rescheduled": rescheduled,
    "suspension.applied": suspended,
    "suspension.changed": suspension_changed,
}
