"""What is forgotten of people coming in: the log, ended sessions, spent invites and codes, once they are old."""

from __future__ import annotations

from datetime import datetime, timedelta

from gridward.domain.accounts_sign_in import LOG_SPAN
from gridward.persistence.accounts import ways_in
from gridward.persistence.database import WriteSession

CODE_KEPT = timedelta(days=1)
AT_ONCE = 5_000


async def forget(session: WriteSession, now: datetime) -> bool:
    """Deletes up to 5,000 rows of each kind; True when there may be more.

    Sessions count from their last sign of life: no role's idle limit is longer than what is kept.
    """
    return await ways_in.forget(session, before=now - LOG_SPAN, codes_before=now - CODE_KEPT, limit=AT_ONCE)
