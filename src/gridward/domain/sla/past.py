"""The one clock of a ticket that another system had: opened, due and closed as its file says."""

from __future__ import annotations

from datetime import datetime, timedelta
from fractions import Fraction

from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import Clock, Clocks
from gridward.domain.sla.desk import known
from gridward.domain.sla.starting import start
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ClockKind, Limit, LimitKind
from gridward.domain.values import replace

WORDS = "原系统时限"
"""How the limit reads: nobody here knows by which rule it was set."""


def imported(book: Clocks, fact: Fact, terms: Terms) -> Clocks:
    """``overall`` from the file's opening to its due time, elapsed; stopped where the file closed it.

    A file without a due time has no clock. No clock of a unit starts: when it was assigned is not known. A due time that
    had passed by the closing, or by the import, is a breach from the first: there is no later moment to find it.
    """
    book = known(book, fact)
    due_at, closed_at = fact.instant("due_at"), fact.instant("closed_at")
    if due_at is None:
        return book
    book = start(
        book, fact, terms, ClockKind.OVERALL, _given(fact.occurred_at, due_at), at=fact.occurred_at, imported=True
    )
    until = closed_at or fact.recorded_at

    def read(clock: Clock) -> Clock:
        clock = replace(clock, breached_at=due_at if until > due_at else None)
        return clock if closed_at is None else replace(clock, stopped_at=closed_at, final=True)

    return book.change(lambda clock: clock.imported, read)


def _given(opened_at: datetime, due_at: datetime) -> Limit:
    hours = Fraction((due_at - opened_at) // timedelta(microseconds=1), 3_600_000_000)
    return Limit(LimitKind.URGENT_HOUR, hours, text=WORDS)


HANDLERS = {"ticket.imported": imported}
