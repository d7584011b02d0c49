"""A ticket taken through a step, or through time alone: everything a service needs under the row lock, in one call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from gridward.domain.facts import Fact
from gridward.domain.sla import sweep
from gridward.domain.sla.advance import advance, replay
from gridward.domain.sla.clocks import Clocks
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets.apply import apply, fold
from gridward.domain.tickets.bodies import Body
from gridward.domain.tickets.decide import decide
from gridward.domain.tickets.state import TicketState
from gridward.domain.tickets.step import Acting, Moment
from gridward.domain.tickets.words import Intent, Status


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A ticket after new ``facts``, which are to be recorded in this order."""

    state: TicketState
    clocks: Clocks
    facts: tuple[Fact, ...] = ()

    def after(self, facts: Iterable[Fact], terms: Terms) -> Outcome:
        outcome = self
        for fact in facts:
            outcome = Outcome(
                state=apply(outcome.state, fact),
                clocks=advance(outcome.clocks, fact, terms),
                facts=(*outcome.facts, fact),
            )
        return outcome


def recall(history: Iterable[Fact], terms: Terms) -> Outcome:
    """A ticket from its history, with nothing new."""
    facts = tuple(history)
    return Outcome(state=fold(facts), clocks=replay(facts, terms))


def act(history: Iterable[Fact], intent: Intent, body: Body, acting: Acting, moment: Moment, terms: Terms) -> Outcome:
    """The ticket of ``history`` (empty: a new one) after one step; ``facts`` holds the new ones only.

    Raises: what :func:`.decide.decide` raises; then nothing is to be recorded.
    """
    facts = tuple(history)
    return step_on(recall(facts, terms) if facts else None, intent, body, acting, moment, terms)


def step_on(
    ticket: Outcome | None, intent: Intent, body: Body, acting: Acting, moment: Moment, terms: Terms
) -> Outcome:
    """The same for a ticket already recalled: first what time did until now, then the step, then what it settled."""
    if ticket is None:
        first, *others = decide(None, intent, body, acting, moment, terms)
        before = Outcome(state=apply(None, first), clocks=advance(Clocks(), first, terms), facts=(first,))
        return settled(before.after(others, terms), moment.now, terms)
    before = settled(ticket, moment.now, terms)
    new = decide(before.state, intent, body, acting, moment, terms, before.clocks)
    return settled(before.after(new, terms), moment.now, terms)


def without_reporter(
    ticket: Outcome, report_id: UUID, *, actor_id: UUID | None, via: str, now: datetime, terms: Terms
) -> Outcome:
    """The ticket after one of its reports was erased: the duty stays, whoever reported it is forgotten."""
    before = settled(ticket, now, terms)
    others = (person for report, person in before.state.reporters.items() if report != report_id)
    detail: dict[str, Any] = {"report_id": str(report_id)}
    if before.state.waits_for_reporter and not any(others):
        detail["ends_wait"] = True
    fact = Fact(verb="report.erased", occurred_at=now, recorded_at=now, actor_id=actor_id, via=via, detail=detail)
    return settled(before.after([fact], terms), now, terms)


def catch_up(history: Iterable[Fact], now: datetime, terms: Terms) -> Outcome:
    """The ticket of ``history`` brought up to ``now``; ``facts`` holds the new ones only."""
    return settled(recall(history, terms), now, terms)


def settled(ticket: Outcome, now: datetime, terms: Terms) -> Outcome:
    """The ticket brought up to ``now``: days that came, reminders, breaches, lifts. Running it twice adds nothing."""
    ticket = ticket.after(_days_that_came(ticket.state, now, terms), terms)
    return ticket.after(sweep.due_steps(ticket.clocks, now, terms), terms)


def _days_that_came(state: TicketState, now: datetime, terms: Terms) -> Iterator[Fact]:
    """The end of a deferral or shelving by the day itself, and the reviews of a shelving."""
    yield from _reviews(state, now, terms)
    if state.status in (Status.DEFERRED, Status.SHELVED) and state.paused_until and state.paused_until <= now:
        detail = {"intent": Intent.RESUME.value, "status": Status.IN_PROGRESS.value, "by_day": True}
        yield Fact(verb="ticket.resumed", occurred_at=state.paused_until, recorded_at=now, via="sweep", detail=detail)


def _reviews(state: TicketState, now: datetime, terms: Terms) -> Iterator[Fact]:
    if state.status is not Status.SHELVED or state.shelved_at is None:
        return
    days = terms.standard(state.standard_id).terms.shelve_review_days
    last = min(now, state.paused_until or now)
    for number in range(state.reviews + 1, (last - state.shelved_at).days // days + 1):
        at = state.shelved_at + timedelta(days=days * number)
        detail = {"number": number}
        yield Fact(verb="shelving.review_due", occurred_at=at, recorded_at=now, via="sweep", detail=detail)


def next_step_at(state: TicketState, clocks: Clocks, terms: Terms) -> datetime | None:
    """When time alone will next do something to the ticket; None: never, as things stand."""
    instants = [sweep.next_step_at(clock, clocks, terms) for clock in clocks.clocks]
    if state.status in (Status.DEFERRED, Status.SHELVED):
        instants.append(state.paused_until)
    if state.status is Status.SHELVED and state.shelved_at is not None:
        days = terms.standard(state.standard_id).terms.shelve_review_days
        instants.append(state.shelved_at + timedelta(days=days * (state.reviews + 1)))
    return min((instant for instant in instants if instant is not None), default=None)
