"""Who saw what (查阅记录): a personal field of somebody that somebody else was shown. Not for tickets: the log is theirs.

Reading one's own leaves nothing. The same reading within an hour is one row that counts: an open page asks again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

KEPT = timedelta(days=730)
"""As long as what people are visited for is kept."""


class Personal(StrEnum):
    name = "name"
    """In a list of people, with masked number."""
    phone = "phone"
    """The whole number."""
    reporter = "reporter"
    """Who reported a ticket, by name."""
    speaker = "speaker"
    """Name and whole number of whoever a report was filed for; nobody of these pages, so the subject is the report."""
    household = "household"
    """Name and needs of a household; its number has a list of its own."""
    photo = "photo"
    """A photo as it was sent, large; a thumbnail is not one."""


@dataclass(frozen=True, slots=True)
class Sight:
    """``subject_id``: whose field it is; ``about_id``: the ticket it stood on, None for a list of people."""

    subject_id: UUID
    field: Personal
    about_id: UUID | None = None


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
