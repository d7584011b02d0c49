"""The read models thrown away and made again from the log: ``ticket``, ``clock``, ``assignment``, ``request``, rounds.

What no entry carries stays as it is: numbers, place and words of a ticket, and why a unit was chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridward.domain.tickets.act import Outcome, recall
from gridward.persistence.database import WriteSession
from gridward.persistence.tickets import history, projected
from gridward.persistence.tickets.projected import Place
from gridward.persistence.writes import Writes
from gridward.services.sla import terms_of
from gridward.services.tickets.case import Case, project

BATCH = 100
"""Tickets made again in one transaction."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """``last``: go on after this one; None: that was all."""

    tickets: int
    last: Place | None


async def rebuild(
    session: WriteSession, jurisdiction_id: UUID, after: Place | None, now: datetime, limit: int = BATCH
) -> Rebuilt:
    """Make the next tickets again, the newest first; a ticket without entries stays as it is.

    The oldest comes last, so that figures can tell by it whether everything is there.
    """
    places = await projected.places(session, jurisdiction_id, after, limit)
    if not places:
        return Rebuilt(0, None)
    ticket_ids = [one.ticket_id for one in places]
    rows = await history.lock(session, ticket_ids)
    facts = {ticket_id: own for ticket_id, own in (await history.facts_of(session, ticket_ids)).items() if own}
    terms = await terms_of(
        session,
        jurisdiction_id,
        {
            fact.detail["standard_id"]
            for own in facts.values()
            for fact in own
            if fact.detail.get("standard_id") is not None
        },
    )
    why = await projected.throw_away(session, list(facts))
    for ticket_id, own in facts.items():
        whole = recall(own, terms)
        case = Case(
            ticket_id=ticket_id,
            jurisdiction_id=jurisdiction_id,
            terms=terms,
            row=rows[ticket_id],
            outcome=Outcome(state=whole.state, clocks=whole.clocks, facts=own),
        )
        writes = Writes()
        await project(session, writes, case, now)
        await writes.run(session)
    await projected.keep_why(session, why)
    return Rebuilt(len(facts), places[-1] if len(places) == limit else None)
