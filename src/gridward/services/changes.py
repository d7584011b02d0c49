"""The feed is kept as long as a phone may follow it; after that a snapshot is shorter."""

from __future__ import annotations

from datetime import datetime

from gridward.domain.sync import FEED_KEPT
from gridward.persistence import changes
from gridward.persistence.database import WriteSession

AT_ONCE = 10_000


async def prune(session: WriteSession, now: datetime) -> bool:
    """Drop up to about 10,000 changes older than ``FEED_KEPT``; True when there may be more."""
    return await changes.prune(session, before=now - FEED_KEPT, limit=AT_ONCE) >= AT_ONCE
