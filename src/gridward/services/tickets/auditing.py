"""Every ticket of a period replayed from its entries, and held against the rows that are stored (``audit-sla``).

The stored rows are what people were shown and judged by; the entries are what happened. Where the two differ, one of them
was changed by something else than the program, or the program was wrong.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from typing import Any
from uuid import UUID

from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import Clock, Clocks
from gridward.domain.sla.ledger import ledger
from gridward.domain.sla.sweep import is_late
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets.act import Outcome, next_step_at, recall
from gridward.domain.tickets.numbers import official_number
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.prepared import Line
from gridward.persistence.tickets import auditing as stored
from gridward.persistence.tickets import history, rounds
from gridward.services.sla import terms_of
from gridward.services.tickets.projection import clock_values, round_values, ticket_values

PAGE = 500
"""Tickets in memory at a time."""

OF_THE_MOMENT = frozenset({"paused"})
"""Columns that depend on when they were written: not wrong, only old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Something stored that a replay does not give. ``clock`` None: a column of the ticket itself."""

    ticket_id: UUID
    number: str
    clock: str | None
    field: str
    stored: Any
    recomputed: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A ticket as the tables have it, and its entries."""

    row: Line
    clocks: Mapping[str, Line]
    rounds: Mapping[int, Line]
    assignment_id: UUID | None
    request_ids: frozenset[UUID]
    facts: tuple[Fact, ...]

    @property
    def number(self) -> str:
        return official_number(self.row.number_day, self.row.number)


@dataclass(frozen=True, slots=True)
class Page:
    """Some tickets, and every standard and calendar that any of them names."""

    tickets: tuple[Stored, ...]
    terms: Terms


async def pages(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, start: datetime, end: datetime
) -> AsyncIterator[Page]:
    """The tickets filed in ``[start, end)`` or with a clock due in it, all as of one instant."""
    async for ticket_ids in stored.pages(session, jurisdiction_id, start, end, PAGE):
        yield await read(session, jurisdiction_id, ticket_ids)


async def read(session: ReadSession | WriteSession, jurisdiction_id: UUID, ticket_ids: Collection[UUID]) -> Page:
    """These tickets whole."""
    rows = await stored.tickets(session, ticket_ids)
    clocks = await stored.clocks(session, ticket_ids)
    kept = await rounds.rounds_of(session, ticket_ids)
    assignments = await stored.open_assignments(session, ticket_ids)
    requests = await stored.open_requests(session, ticket_ids)
    facts = await history.facts_of(session, ticket_ids)
    tickets = tuple(
        Stored(
            row=row,
            clocks=clocks[ticket_id],
            rounds=kept[ticket_id],
            assignment_id=assignments.get(ticket_id),
            request_ids=frozenset(requests.get(ticket_id, ())),
            facts=facts[ticket_id],
        )
        for ticket_id, row in rows.items()
    )
    named = {
        fact.detail["standard_id"]
        for own in facts.values()
        for fact in own
        if fact.detail.get("standard_id") is not None
    }
    terms = await terms_of(session, jurisdiction_id, {*named, *(str(row.standard_id) for row in rows.values())})
    return Page(tickets, terms)


def differences(ticket: Stored, terms: Terms, now: datetime) -> list[Difference]:
    """Everything stored of a ticket that its entries do not give; normally nothing.

    Also what a clock's recomputed ledger does not bear out: the stretches must add up to what counted, and a stop must
    lie on that side of the due instant on which the sum lies of the span.
    """
    if not ticket.facts:
        return [_of(ticket, None, "entries", ticket.row.version, 0)]
    replayed = recall(ticket.facts, terms)
    return [
        *_of_ticket(ticket, replayed, terms),
        *_of_rounds(ticket, replayed, terms),
        *_of_clocks(ticket, replayed.clocks, terms, now),
    ]


def _of(ticket: Stored, clock: str | None, field: str, stored: Any, recomputed: Any) -> Difference:
    return Difference(
        ticket_id=ticket.row.ticket_id,
        number=ticket.number,
        clock=clock,
        field=field,
        stored=stored,
        recomputed=recomputed,
    )


@lru_cache
def _columns(fields: tuple[str, ...], names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    return itemgetter(*(fields.index(name) for name in names))


def _unequal(ticket: Stored, clock: str | None, row: Line, wanted: Mapping[str, Any]) -> Iterator[Difference]:
    found = _columns(row._fields, tuple(wanted))(row)
    if found == tuple(wanted.values()):
        return
    for (name, value), kept in zip(wanted.items(), found, strict=True):
        if kept != value and name not in OF_THE_MOMENT:
            yield _of(ticket, clock, name, kept, value)


def _of_ticket(ticket: Stored, replayed: Outcome, terms: Terms) -> Iterator[Difference]:
    state, row = replayed.state, ticket.row
    look_at = next_step_at(state, replayed.clocks, terms)
    wanted = ticket_values(state, replayed.clocks, terms, next_step_at=look_at, now=row.received_at)
    yield from _unequal(ticket, None, row, wanted)
    if ticket.assignment_id != state.assignment_id:
        yield _of(ticket, None, "assignment", ticket.assignment_id, state.assignment_id)
    asked = {request.request_id for request in state.requests}
    if ticket.request_ids != asked:
        yield _of(ticket, None, "requests", sorted(ticket.request_ids), sorted(asked))


def _of_rounds(ticket: Stored, replayed: Outcome, terms: Terms) -> Iterator[Difference]:
    """What figures are counted from."""
    row = ticket.row
    wanted = round_values(
        row.ticket_id,
        row.jurisdiction_id,
        replayed.state,
        replayed.clocks,
        terms,
        community_id=row.community_id,
    )
    for number in sorted(ticket.rounds.keys() - {one["round"] for one in wanted}):
        yield _of(ticket, None, f"round {number}", "there", None)
    for one in wanted:
        kept = ticket.rounds.get(one["round"])
        if kept is None:
            yield _of(ticket, None, f"round {one['round']}", None, "there")
        else:
            yield from _unequal(ticket, None, kept, one)


def _of_clocks(ticket: Stored, replayed: Clocks, terms: Terms, now: datetime) -> Iterator[Difference]:
    row = ticket.row
    keys = {clock.key for clock in replayed.clocks}
    for key in sorted(ticket.clocks.keys() - keys):
        yield _of(ticket, key, "clock", "there", None)
    for clock in replayed.clocks:
        kept = ticket.clocks.get(clock.key)
        if kept is None:
            yield _of(ticket, clock.key, "clock", None, "there")
            continue
        wanted = clock_values(row.ticket_id, row.jurisdiction_id, clock, terms)
        yield from _unequal(ticket, clock.key, kept, wanted)
        yield from _of_verdict(ticket, clock, kept, replayed)
        yield from _of_ledger(ticket, clock, terms, now)


def _of_verdict(ticket: Stored, clock: Clock, kept: Line, replayed: Clocks) -> Iterator[Difference]:
    """A breach is recorded as a fact of its own; here it is judged anew from the reading."""
    if clock.voided_at is not None or clock.stopped_at is None or replayed.is_held(clock):
        return
    breached_at = clock.due_at if is_late(clock, clock.stopped_at) else None
    if kept.breached_at != breached_at:
        yield _of(ticket, clock.key, "verdict", kept.breached_at, breached_at)


def _of_ledger(ticket: Stored, clock: Clock, terms: Terms, now: datetime) -> Iterator[Difference]:
    book = ledger(clock, terms, now)
    summed = sum((line.span for line in book.lines if line.counted), timedelta())
    if summed != book.counted:
        yield _of(ticket, clock.key, "ledger", book.counted, summed)
    whole = sum((line.span for line in book.lines), timedelta())
    if whole != max(book.until - clock.started_at, timedelta()):
        yield _of(ticket, clock.key, "ledger_gap", book.until - clock.started_at, whole)
    if book.left is not None and clock.voided_at is None:
        late = is_late(clock, book.until)
        if (late and book.left > timedelta()) or (not late and book.left < timedelta()):
            yield _of(ticket, clock.key, "ledger_left", clock.due_at, book.left)


@dataclass(slots=True)
class Tally:
    """What an audit went through."""

    tickets: int = 0
    clocks: int = 0
    entries: int = 0
    differences: int = 0
    tickets_with_differences: int = 0

    def add(self, ticket: Stored, found: Sequence[Difference]) -> None:
        self.tickets += 1
        self.clocks += len(ticket.clocks)
        self.entries += len(ticket.facts)
        self.differences += len(found)
        self.tickets_with_differences += bool(found)
