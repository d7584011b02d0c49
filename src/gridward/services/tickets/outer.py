"""The desk is told once when another system (12345 …) wants its answer soon."""

from __future__ import annotations

from datetime import datetime

from gridward.domain import sync
from gridward.domain.entries import Deed
from gridward.domain.facts import write_instant
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import Touched, new_id, record
from gridward.persistence.tickets.outer import take_warnings

AT_ONCE = 200
BY = "outer"


async def warn(session: WriteSession, now: datetime) -> bool:
    """Record what runs out soon; True when there may be more. Twice at once, or run again, it tells each once."""
    warned, more = await take_warnings(session, now, AT_ONCE)
    for one in warned:
        deed = Deed(
            entry_id=new_id(),
            actor_id=None,
            via=BY,
            verb="outer.near_due",
            subject="ticket",
            subject_id=one.ticket_id,
            ticket_id=one.ticket_id,
            occurred_at=now,
            recorded_at=now,
            detail={"outer_due_at": write_instant(one.outer_due_at)},
        )
        scopes = [sync.jurisdiction_scope(one.jurisdiction_id)]
        if one.community_id is not None:
            scopes.append(sync.community_scope(one.community_id))
        touched = [Touched(scope, "ticket", one.ticket_id, one.version) for scope in scopes]
        await record(session, [deed], jurisdiction_id=one.jurisdiction_id, touched=touched)
    return more
