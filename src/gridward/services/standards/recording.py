"""What is done to standards, calendars, names, places and emergencies leaves an entry."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor
from gridward.domain.entries import Deed
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id, record


async def record_act(
    session: WriteSession,
    actor: Actor,
    verb: str,
    subject_id: UUID,
    detail: Mapping[str, Any],
    now: datetime,
    *,
    subject: str | None = None,
) -> None:
    """An entry of administration; its subject is the first half of the verb unless named."""
    deed = Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb=verb,
        subject=subject or verb.partition(".")[0],
        subject_id=subject_id,
        occurred_at=now,
        recorded_at=now,
        detail=detail,
    )
    await record(session, [deed], jurisdiction_id=actor.jurisdiction_id)
