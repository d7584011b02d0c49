"""What time alone does to tickets: reminders, breaches, days that came. Run late or twice, it records the same facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridward.persistence import sla
from gridward.persistence.database import WriteSession
from gridward.persistence.tickets import history
from gridward.services.tickets.case import columns, save
from gridward.services.tickets.opening import opened

BATCH = 50
"""Tickets in one transaction: an open writer holds the change feed back for everybody."""


@dataclass(frozen=True, slots=True)
class Swept:
    """What one batch did. ``more``: it was full and got somewhere, another one may wait."""

    tickets: int
    facts: int
    more: bool


async def sweep(session: WriteSession, now: datetime, limit: int = BATCH) -> Swept:
    """Record what has become due on at most ``limit`` tickets, longest due first.

    Tickets that somebody else holds are passed over: that writer records the same facts itself.
    """
    due = await sla.lock_due(session, now, limit)
    cases = list((await opened(session, due)).values()) if due else []
    for case in cases:
        case.catch_up(now)
        if not case.new:
            await history.change_ticket(session, case.ticket_id, columns(case, now))
    for case in cases:
        await save(session, [case], now=now)
    facts = sum(len(case.new) for case in cases)
    return Swept(len(cases), facts, more=facts > 0 and len(due) >= limit)
