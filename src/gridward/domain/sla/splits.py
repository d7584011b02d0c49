"""What a split (分办) does to the clocks of the parent and of its children."""

from __future__ import annotations

from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import Clocks, Duty
from gridward.domain.sla.desk import known, new_round, stop
from gridward.domain.sla.starting import ended, is_of, start_inherited, start_of_unit, start_overall
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ClockKind
from gridward.domain.values import replace


def split(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """The parent's unit gives its clocks up; ``overall`` goes on, or starts if no unit had the ticket before."""
    book = stop(book, fact, terms, ClockKind.DISPATCH)
    duty = book.duty
    if duty is not None:
        given_up = book
        book = book.change(
            lambda clock: is_of(clock, book.round, duty.unit_id) and clock.running,
            lambda clock: ended(clock, given_up, fact.recorded_at, "split"),
        )
    return start_overall(replace(book, duty=None), fact, terms)


def split_off(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """A child begins: ``overall`` from its parent's start; the unit's clocks now, or when its turn comes."""
    unit_id, assignment_id = fact.uuid("unit_id"), fact.uuid("assignment_id")
    assert unit_id is not None
    assert assignment_id is not None
    book = known(book, fact)
    course = fact.detail.get("overall")
    if course is not None:
        book = start_inherited(book, fact, terms, course)
    duty = Duty(
        assignment_id=assignment_id, unit_id=unit_id, unit_kind=fact.detail["unit_kind"], since=fact.recorded_at
    )
    book = replace(book, duty=duty)
    return book if fact.detail.get("waiting") else start_of_unit(book, fact, terms)


def turn_came(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    if book.duty is None:
        return book
    return start_of_unit(replace(book, duty=replace(book.duty, since=fact.recorded_at)), fact, terms)


def finished(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """The last child is closed: ``overall`` stopped when the last of them was done, not when that was checked."""
    counted = replace(fact, occurred_at=fact.instant("stopped_at") or fact.occurred_at)
    return stop(book, counted, terms, ClockKind.OVERALL)


def resumed(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """A child is open again. If the parent had been closed, its new round begins."""
    return book if fact.status is None else start_overall(new_round(book), fact, terms)


HANDLERS = {
    "ticket.split": split,
    "ticket.split_off": split_off,
    "ticket.turn_came": turn_came,
    "ticket.split_finished": finished,
    "ticket.split_resumed": resumed,
}
