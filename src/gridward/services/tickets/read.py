"""A ticket folded for reading: what may be done next, and how its clocks counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gridward.domain.accounts import Actor, Subject
from gridward.domain.facts import Fact
from gridward.domain.sla.ledger import Ledger, ledger
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets.act import Outcome, recall
from gridward.domain.tickets.decide import allowed
from gridward.domain.tickets.table import Transition
from gridward.domain.tickets.whose import Hand, age, whose_time
from gridward.persistence.database import ReadSession
from gridward.persistence.tickets import history
from gridward.services.sla import terms_of
from gridward.services.tickets.case import acting_as


@dataclass(frozen=True, slots=True, kw_only=True)
class Folded:
    """A ticket from its facts."""

    facts: tuple[Fact, ...]
    ticket: Outcome
    terms: Terms


async def folded(session: ReadSession, jurisdiction_id: UUID, ticket_id: UUID) -> Folded:
    """The ticket as its facts make it; who may read it is asked before."""
    facts = (await history.facts_of(session, [ticket_id]))[ticket_id]
    standards = {fact.detail["standard_id"] for fact in facts if "standard_id" in fact.detail}
    terms = await terms_of(session, jurisdiction_id, standards)
    return Folded(facts=facts, ticket=recall(facts, terms), terms=terms)


def steps_for(actor: Actor, subject: Subject, what: Folded) -> Sequence[Transition]:
    """The steps to offer to this person."""
    return allowed(what.ticket.state, acting_as(actor, subject))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """Every clock explained, and in whose hands the time was; the spans add up to ``age``."""

    ledgers: tuple[Ledger, ...]
    whose: Mapping[Hand, timedelta]
    age: timedelta


def times(what: Folded, now: datetime) -> Times:
    """The ledger of every clock as of ``now``."""
    return Times(
        ledgers=tuple(ledger(clock, what.terms, now) for clock in what.ticket.clocks.clocks),
        whose=whose_time(what.facts, now),
        age=age(what.facts, now),
    )
