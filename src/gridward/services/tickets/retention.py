"""Who complained is forgotten once nobody has to call back any more."""

from __future__ import annotations

from datetime import datetime

from gridward.domain.tickets.intake_people import SPEAKER_KEPT
from gridward.persistence.database import WriteSession
from gridward.persistence.tickets import outer

AT_ONCE = 5_000


async def forget_speakers(session: WriteSession, now: datetime) -> bool:
    """Name and number of whoever spoke for a ticket that ended long ago; True: there may be more.

    A ticket that was taken up again is open, so its speaker stays.
    """
    return await outer.forget_speakers(session, now - SPEAKER_KEPT, AT_ONCE) >= AT_ONCE
