"""What somebody was shown of others is noted before the answer leaves."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from gridward.domain.accounts import Actor
from gridward.domain.disclosures import KEPT, Sight, hour_of
from gridward.persistence import disclosures as stored
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id

AT_ONCE = 5_000


async def note(session: WriteSession, actor: Actor, sights: Collection[Sight], now: datetime) -> None:
    """One's own is nobody's business."""
    others = {one for one in sights if one.subject_id != actor.person_id}
    if others:
        await stored.add(
            session,
            [
                {
                    "disclosure_id": new_id(),
                    "jurisdiction_id": actor.jurisdiction_id,
                    "reader_id": actor.person_id,
                    "via": actor.via,
                    "subject_id": one.subject_id,
                    "field": one.field.value,
                    "about_id": one.about_id,
                    "hour": hour_of(now),
                    "first_at": now,
                    "last_at": now,
                    "times": 1,
                }
                for one in others
            ],
        )


async def forget(session: WriteSession, now: datetime) -> bool:
    """True when there may be more."""
    return await stored.prune(session, now - KEPT, AT_ONCE)
