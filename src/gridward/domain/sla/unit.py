"""What the unit's and the verifier's steps do to the clocks, and what naming a unit does."""

from __future__ import annotations

from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import UNIT_KINDS, Clock, Clocks, Duty, Pause, Why
from gridward.domain.sla.course import recomputed
from gridward.domain.sla.desk import conform, rework_limit, stop, stopped
from gridward.domain.sla.starting import (
    ended,
    is_of,
    limit_for,
    start,
    start_of_unit,
    start_overall,
    step_of,
    taken_up,
    voided,
)
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ClockKind, Verification
from gridward.domain.values import replace

FOR_NOW = frozenset({ClockKind.RESPOND, ClockKind.MILESTONE, ClockKind.RESOLVE, ClockKind.OVERALL})
"""What "done" stops for now: all of it runs on after a failed verification."""


GONE = frozenset({"rework", "correct"})
"""Void for good: not what a unit that is named again takes up."""


def resumed_clocks(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """Deferral and shelving end at the recorded time, at the latest on the day that was granted."""

    def end(pause: Pause) -> Pause:
        if pause.why not in (Why.DEFER, Why.SHELVE) or (pause.end is not None and pause.end <= fact.recorded_at):
            return pause
        return replace(pause, end=max(pause.start, fact.recorded_at))

    def go_on(clock: Clock) -> Clock:
        back = replace(clock, pauses=tuple(map(end, clock.pauses)))
        return recomputed(back, terms, at=fact.recorded_at, why="resume") if back.pauses != clock.pauses else clock

    if book.duty is not None:
        book = replace(book, duty=replace(book.duty, pauses=tuple(map(end, book.duty.pauses))))
    return book.change(lambda clock: clock.running and clock.round == book.round, go_on)


def assigned(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """A unit is named: the one before gives up its clocks, this one starts, or goes on where it stood."""
    unit_id, before = fact.uuid("unit_id"), book.duty
    assignment_id = fact.uuid("assignment_id")
    assert unit_id is not None
    assert assignment_id is not None
    book = stop(book, fact, terms, ClockKind.DISPATCH)
    book = resumed_clocks(book, fact, terms)
    if before is not None and before.unit_id == unit_id:
        return replace(book, duty=replace(book.duty or before, assignment_id=assignment_id))
    if before is not None:
        given_up = book
        book = book.change(
            lambda clock: is_of(clock, book.round, before.unit_id) and clock.running,
            lambda clock: ended(clock, given_up, fact.occurred_at, "assign"),
        )
    duty = Duty(
        assignment_id=assignment_id, unit_id=unit_id, unit_kind=fact.detail["unit_kind"], since=fact.recorded_at
    )
    earlier = [clock for clock in book.clocks if is_of(clock, book.round, unit_id) and clock.void_why not in GONE]
    if not earlier:
        return start_overall(start_of_unit(replace(book, duty=duty), fact, terms), fact, terms)
    keys = {clock.key for clock in earlier}
    book = book.change(lambda clock: clock.key in keys, lambda c: taken_up(c, book, terms, fact.recorded_at, Why.AWAY))
    steps = frozenset(step_of(c.kind, c.number) for c in earlier if c.stopped_at is not None and c.ended_by is None)
    first = min(earlier, key=lambda clock: clock.started_at)
    pauses = next((clock.pauses for clock in book.clocks if clock.key == first.key), ())
    duty = replace(duty, since=first.started_at, done=steps, pauses=pauses)
    return start_overall(conform(replace(book, duty=duty), fact, terms), fact, terms)


def done(book: Clocks, step: str) -> Clocks:
    if book.duty is None:
        return book
    return replace(book, duty=replace(book.duty, done=book.duty.done | {step}))


def acknowledged(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    return done(stop(book, fact, terms, ClockKind.ACKNOWLEDGE), ClockKind.ACKNOWLEDGE)


def arrived(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    return done(stop(book, fact, terms, ClockKind.RESPOND), ClockKind.RESPOND)


def reached(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    number = fact.detail["number"]
    book = book.change(
        lambda c: c.kind is ClockKind.MILESTONE and c.number == number and c.running,
        lambda clock: stopped(clock, fact, terms),
    )
    return done(book, step_of(ClockKind.MILESTONE, number))


def resolved(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """Everything of the unit stops for now at the counted time; verifying starts when the server knew."""
    book = stop(book, fact, terms, ClockKind.ACKNOWLEDGE)
    book = stop(book, fact, terms, *FOR_NOW, final=False)
    way = Verification(fact.detail["way"])
    return start(book, fact, terms, ClockKind.VERIFY, limit_for(book, terms, ClockKind.VERIFY, way), way=way)


def closed(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """Verified, or closed in another way: what stopped for now stands; what still ran stops now."""
    book = stop(book, fact, terms, ClockKind.VERIFY, ClockKind.ACKNOWLEDGE, *FOR_NOW)
    return book.change(
        lambda c: c.kind in FOR_NOW and c.round == book.round and c.stopped_at is not None,
        lambda clock: replace(clock, final=True),
    )


def reworked(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """What "done" had stopped runs on with what was left; or, where the standard says so, resolving gets a new limit."""
    book = stop(book, fact, terms, ClockKind.VERIFY)
    assignment_id = fact.uuid("assignment_id")
    if book.duty is not None and assignment_id is not None:
        book = replace(book, duty=replace(book.duty, assignment_id=assignment_id))
    new_limit = rework_limit(book, terms)

    def run_on(clock: Clock) -> Clock:
        if new_limit is not None and clock.kind is ClockKind.RESOLVE:
            return _superseded(clock, fact)
        assert clock.stopped_at is not None
        pause = Pause(
            why=Why.VERIFICATION,
            start=clock.stopped_at,
            end=fact.recorded_at,
            basis=clock.stop_operation,
            by=fact.actor_id,
        )
        back = replace(clock, stopped_at=None, stop_operation=None, pauses=(*clock.pauses, pause))
        return recomputed(back, terms, at=fact.recorded_at, why="rework")

    def for_now(clock: Clock) -> bool:
        return (
            clock.round == book.round
            and clock.kind in FOR_NOW
            and clock.voided_at is None
            and clock.stopped_at is not None
            and not clock.final
        )

    book = book.change(for_now, run_on)
    duty = book.duty
    if new_limit is None or duty is None:
        return book
    return start(
        book,
        fact,
        terms,
        ClockKind.RESOLVE,
        new_limit,
        assignment_id=duty.assignment_id,
        unit_id=duty.unit_id,
        unit_kind=duty.unit_kind,
        rework=True,
    )


def _superseded(clock: Clock, fact: Fact) -> Clock:
    """The first clock of a rework with a new limit: a late one stays as it is, one in time proves nothing yet."""
    late = clock.due_at is not None and clock.stopped_at is not None and clock.stopped_at > clock.due_at
    return replace(clock, final=True) if late else voided(clock, fact.recorded_at, "rework")


def sent_back(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """The dispatch was wrong: the unit's clocks are void, stopped ones too, and the desk dispatches again."""
    duty = book.duty
    if duty is not None:
        book = book.change(
            lambda clock: is_of(clock, book.round, duty.unit_id),
            lambda clock: voided(clock, fact.recorded_at, "send_back"),
        )
    book = replace(book, duty=None)
    return start(book, fact, terms, ClockKind.DISPATCH, limit_for(book, terms, ClockKind.DISPATCH))


def late_accepted(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """A supervisor accepts more of a late-sent step: what it stopped is read as stopped at the accepted time."""
    operation, at = fact.detail["late_operation_id"], fact.instant("counted_at")
    assert at is not None

    def earlier(clock: Clock) -> Clock:
        def moved(pause: Pause) -> Pause:
            mine = pause.why is Why.VERIFICATION and pause.basis == operation
            return replace(pause, start=min(pause.start, max(at, clock.started_at))) if mine else pause

        back = replace(clock, pauses=tuple(map(moved, clock.pauses)))
        if clock.stop_operation == operation and clock.stopped_at is not None and at < clock.stopped_at:
            back = replace(back, stopped_at=max(at, clock.started_at))
        return recomputed(back, terms, at=fact.recorded_at, why="late_work")

    return book.change(lambda clock: clock.kind in UNIT_KINDS | {ClockKind.OVERALL, ClockKind.VERIFY}, earlier)


HANDLERS = {
    "ticket.assigned": assigned,
    "ticket.acknowledged": acknowledged,
    "ticket.arrived": arrived,
    "milestone.reached": reached,
    "ticket.resolved": resolved,
    "ticket.verified": closed,
    "ticket.closed_unverified": closed,
    "ticket.closed_informed": closed,
    "ticket.force_closed": closed,
    "ticket.reworked": reworked,
    "ticket.sent_back": sent_back,
    "ticket.resumed": resumed_clocks,
    "late_work.accepted": late_accepted,
}
