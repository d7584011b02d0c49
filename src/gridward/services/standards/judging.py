"""What a version would change, asked before it is published and at any time later."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from gridward.domain.standards import Standard
from gridward.domain.standards_in_use import InUse, in_use, vanishing
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.routing.rule_sets import current_rules
from gridward.persistence.standards import queries
from gridward.persistence.tickets.in_use import open_tickets


async def uses_of_vanishing(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    previous: Standard | None,
    draft: Standard,
    *,
    on: date,
) -> tuple[InUse, ...]:
    """Conditions of ``previous`` that ``draft`` drops although open tickets, rules or duties use them."""
    if previous is None:
        return ()
    standing = await queries.standing_standards(session, jurisdiction_id, on)
    others = [one for one in standing if one.scheme != draft.scheme and one.applies.everywhere]
    gone = vanishing(previous, draft, others)
    if not gone:
        return ()
    tickets = await open_tickets(session, jurisdiction_id, previous.scheme, gone)
    return in_use(previous, draft, others, tickets, await current_rules(session, jurisdiction_id))
