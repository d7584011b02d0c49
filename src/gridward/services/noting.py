"""What somebody did that is no step of a ticket's life, told to the log and to those whose phones hold it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor
from gridward.domain.entries import Deed
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import Touched, new_id, record


async def note(
    session: WriteSession,
    actor: Actor,
    verb: str,
    subject: str,
    subject_id: UUID,
    detail: Mapping[str, Any],
    now: datetime,
    *,
    ticket_id: UUID | None = None,
    occurred_at: datetime | None = None,
    touched: Iterable[Touched] = (),
) -> UUID:
    """One entry; its id. ``ticket_id``: the ticket that it is about; its story does not tell it.

    ``detail`` names ids, codes, times and numbers: no words, no position. Nothing occurs later than it is recorded.
    """
    deed = Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb=verb,
        subject=subject,
        subject_id=subject_id,
        ticket_id=ticket_id,
        occurred_at=now if occurred_at is None else min(occurred_at, now),
        recorded_at=now,
        detail=detail,
    )
    await record(session, [deed], jurisdiction_id=actor.jurisdiction_id, touched=touched)
    return deed.entry_id
