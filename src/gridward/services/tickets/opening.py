"""Taking tickets in hand: locked in the order of their ids, then read, then folded."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from gridward.domain.sla.terms import Terms
from gridward.domain.tickets.act import recall
from gridward.persistence.database import WriteSession
from gridward.persistence.tickets import history
from gridward.services.sla import terms_of
from gridward.services.tickets.case import Case
from gridward.services.tickets.remembered import remembered


async def opened(session: WriteSession, ticket_ids: Iterable[UUID], *, waiting: bool = True) -> dict[UUID, Case]:
    """The tickets, locked until the transaction ends; those that are not there are absent.

    All that a transaction will change must be asked for at once: two writers that each lock one more later could
    wait for each other. Whoever needs more all the same asks without ``waiting``: what somebody holds is absent then.
    """
    rows = await history.lock(session, ticket_ids, waiting=waiting)
    unread = [ticket_id for ticket_id, row in rows.items() if remembered(row.newest_entry_id) is None]
    histories = await history.facts_of(session, unread) if unread else {}
    known: dict[tuple[UUID, frozenset[str]], Terms] = {}
    cases: dict[UUID, Case] = {}
    for ticket_id, row in rows.items():
        key = (row.jurisdiction_id, frozenset({str(row.standard_id)}))
        if key not in known:
            known[key] = await terms_of(session, *key)
        ticket = remembered(row.newest_entry_id) or recall(histories[ticket_id], known[key])
        cases[ticket_id] = Case(
            ticket_id=ticket_id,
            jurisdiction_id=row.jurisdiction_id,
            terms=known[key],
            row=row,
            loaded=ticket,
            outcome=ticket,
        )
    return cases
