"""Who used addresses that ran out long ago is forgotten."""

from __future__ import annotations

from datetime import datetime

from gridward.persistence import unit_links
from gridward.persistence.database import WriteSession


async def forget_names(session: WriteSession, now: datetime) -> int:
    """How many names and numbers went."""
    return await unit_links.forget_names(session, now)
