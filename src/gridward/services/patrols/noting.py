"""The one way in which patrols tell the log, and those whose phones hold them."""

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
    occurred_at: datetime | None = None,
    touched: Iterable[Touched] = (),
) -> UUID:
    """One entry; its id. ``detail`` holds no position."""
    deed = Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb=verb,
        subject=subject,
        subject_id=subject_id,
        occurred_at=now if occurred_at is None else min(occurred_at, now),
        recorded_at=now,
        detail=detail,
    )
    await record(session, [deed], jurisdiction_id=actor.jurisdiction_id, touched=touched)
    return deed.entry_id
