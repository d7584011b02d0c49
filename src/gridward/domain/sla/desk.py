"""What the desk's steps do to the clocks: filing, accepting, correcting, cancelling, merging, beginning a new round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import UNIT_KINDS, Clock, Clocks, Pause, Why
from gridward.domain.sla.course import recomputed
from gridward.domain.sla.starting import (
    ended,
    limit_for,
    start,
    start_one,
    start_overall,
    step_of,
    taken_up,
    voided,
    wanted_of_unit,
)
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ClockKind, Limit, Rework
from gridward.domain.values import replace

DESK_KINDS = frozenset({ClockKind.FILE, ClockKind.DISPATCH})
BY_RULES = "rules"
"""``Fact.via`` of what the rules did alone."""


def stopped(clock: Clock, fact: Fact, terms: Terms, *, final: bool = True) -> Clock:
    """The clock stopped at the counted time; a pause that was open ends there too."""
    if not clock.running:
        return clock
    at = max(fact.occurred_at, clock.started_at)
    pauses = tuple(replace(p, end=max(p.start, at)) if p.end is None else p for p in clock.pauses)
    clock = replace(
        clock,
        pauses=pauses,
        stopped_at=at,
        final=final,
        stop_operation=fact.detail.get("operation_id"),
        by_rule=fact.via == BY_RULES,
    )
    return clock if clock.due_at is not None else recomputed(clock, terms, at=fact.recorded_at, why="stop")


def stop(book: Clocks, fact: Fact, terms: Terms, *kinds: ClockKind, final: bool = True) -> Clocks:
    """Every running clock of these kinds stopped at the fact's counted time."""
    return book.change(
        lambda clock: clock.kind in kinds and clock.running, lambda clock: stopped(clock, fact, terms, final=final)
    )


def void_all(book: Clocks, at: datetime, why: str, which: Callable[[Clock], bool] = lambda _: True) -> Clocks:
    return book.change(lambda clock: not clock.final and which(clock), lambda clock: voided(clock, at, why))


def known(book: Clocks, fact: Fact) -> Clocks:
    """The book with what the fact says of kind and place."""
    detail = fact.detail
    return replace(
        book,
        standard_id=detail.get("standard_id", book.standard_id),
        condition_id=detail.get("condition_id", book.condition_id),
        urgent=detail.get("urgent", book.urgent),
        area_class=detail.get("area_class", book.area_class),
    )


def new_round(book: Clocks) -> Clocks:
    return replace(book, round=book.round + 1, duty=None)


def filed(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    book = known(book, fact)
    if fact.detail["intent"] != "file":
        return book
    return start(book, fact, terms, ClockKind.FILE, limit_for(book, terms, ClockKind.FILE))


def more_asked(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    def wait(clock: Clock) -> Clock:
        pause = Pause(why=Why.REPORTER, start=fact.recorded_at, end=None, by=fact.actor_id)
        return recomputed(replace(clock, pauses=(*clock.pauses, pause)), terms, at=fact.recorded_at, why=Why.REPORTER)

    waits = any(p.end is None for clock in book.of(ClockKind.FILE) for p in clock.pauses)
    return book if waits else book.change(lambda c: c.kind is ClockKind.FILE and c.running, wait)


def supplemented(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    def go_on(clock: Clock) -> Clock:
        pauses = tuple(replace(p, end=fact.recorded_at) if p.end is None else p for p in clock.pauses)
        return recomputed(replace(clock, pauses=pauses), terms, at=fact.recorded_at, why=Why.REPORTER)

    return book.change(lambda c: c.kind is ClockKind.FILE and c.running, go_on)


def erased(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """Whoever was waited for will never answer."""
    return supplemented(book, fact, terms) if fact.detail.get("ends_wait") else book


def accepted(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    book = stop(known(book, fact), fact, terms, ClockKind.FILE)
    return start(book, fact, terms, ClockKind.DISPATCH, limit_for(book, terms, ClockKind.DISPATCH))


def rejected(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    return stop(book, fact, terms, ClockKind.FILE)


def withdrawn(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    return void_all(book, fact.recorded_at, "withdraw", lambda clock: clock.running)


def restored(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    book = new_round(book)
    return start(book, fact, terms, ClockKind.FILE, limit_for(book, terms, ClockKind.FILE))


def reopened(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    book = new_round(book)
    return start(book, fact, terms, ClockKind.DISPATCH, limit_for(book, terms, ClockKind.DISPATCH))


def cancelled(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """Running ones are void; one that has run over stays, stopped by the cancelling."""
    at = fact.occurred_at
    return book.change(lambda clock: clock.running, lambda clock: ended(clock, book, at, "cancel"))


def merged(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    return void_all(book, fact.recorded_at, "merge", lambda clock: clock.round == book.round)


def unmerged(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """What the merge made void goes on where it stood; ``overall`` as if nothing had been: a merge does not move it."""
    return book.change(
        lambda clock: clock.void_why == "merge" and clock.round == book.round,
        lambda clock: taken_up(
            clock, book, terms, fact.recorded_at, Why.MERGED, pause=clock.kind is not ClockKind.OVERALL
        ),
    )


def corrected(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """Running clocks get the limit of the corrected condition from the same start; stopped ones keep their reading.

    One that the new condition does not know is void, and comes back if a later correction asks for it again.
    """
    return conform(known(book, fact), fact, terms)


def conform(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """Running clocks brought in line with the condition that the ticket has now."""
    of_unit = {(kind, number): limit for kind, number, limit in wanted_of_unit(book, terms)}

    def wanted(clock: Clock) -> Limit | None:
        if clock.rework:
            return rework_limit(book, terms) or limit_for(book, terms, clock.kind)
        return (
            of_unit.get((clock.kind, clock.number)) if clock.kind in UNIT_KINDS else limit_for(book, terms, clock.kind)
        )

    def anew(clock: Clock) -> Clock:
        limit = wanted(clock)
        if limit is None:
            return voided(clock, fact.recorded_at, "correct")
        back = replace(clock, limit=limit, condition_id=book.condition_id, voided_at=None, void_why=None)
        return recomputed(back, terms, at=fact.recorded_at, why="correct")

    book = book.change(lambda clock: _corrigible(clock, book), anew)
    duty = book.duty
    if duty is None:
        return book
    for kind, number, limit in wanted_of_unit(book, terms):
        there = any(c.number == number and c.unit_id == duty.unit_id for c in book.of(kind))
        if not there and step_of(kind, number) not in duty.done:
            book = start_one(book, fact, terms, kind, number, limit)
    return start_overall(book, fact, terms, at=duty.since)


def rework_limit(book: Clocks, terms: Terms) -> Limit | None:
    """The limit of a rework of its own, where the standard has such; None: the old clock runs on."""
    condition = terms.condition(book.standard_id, book.condition_id)
    if condition is None or condition.rework is not Rework.NEW_CLOCK:
        return None
    return condition.rework_limit or condition.limit_in(book.area_class)


def _corrigible(clock: Clock, book: Clocks) -> bool:
    if clock.imported or clock.round != book.round or not (clock.running or clock.void_why == "correct"):
        return False
    if clock.kind in UNIT_KINDS:
        duty = book.duty
        return duty is not None and clock.unit_id == duty.unit_id and step_of(clock.kind, clock.number) not in duty.done
    return clock.kind is ClockKind.OVERALL or (clock.kind in DESK_KINDS and clock.running)


HANDLERS = {
    "report.filed": filed,
    "report.more_asked": more_asked,
    "report.supplemented": supplemented,
    "report.erased": erased,
    "ticket.accepted": accepted,
    "ticket.rejected": rejected,
    "ticket.withdrawn": withdrawn,
    "ticket.restored": restored,
    "ticket.reopened": reopened,
    "ticket.cancelled": cancelled,
    "ticket.merged": merged,
    "ticket.unmerged": unmerged,
    "ticket.corrected": corrected,
}
