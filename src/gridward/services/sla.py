"""The published rules that a ticket's clocks are counted by, remembered once they were read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.errors import Unavailable
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import CITY, Standard
from gridward.persistence import sla
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.applying import Applied, standard_applying
from gridward.persistence.standards.queries import (
    calendar_versions,
    current_standard,
    standard_by_id,
)

_calendars: dict[tuple[UUID, str, int], WorkingCalendar] = {}
"""A published version never changes, so what was read once is remembered; standards are where they are read."""


async def terms_of(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, standard_ids: Iterable[str | UUID]
) -> Terms:
    """What clocks of these standards need: the standards, and every version of the jurisdiction's calendars.

    Which versions there are is asked anew each time: a calendar published a second ago counts.

    Raises:
        NotFound: ``standard.unknown``.
    """
    numbers = await sla.calendar_numbers(session, jurisdiction_id)
    unknown = [number for number in numbers if (jurisdiction_id, *number) not in _calendars]
    if unknown:
        for number, calendar in (await calendar_versions(session, jurisdiction_id, unknown)).items():
            _calendars[jurisdiction_id, *number] = calendar
    return Terms(
        standards={str(one): await standard_by_id(session, one) for one in set(map(str, standard_ids))},
        calendars={number: _calendars[jurisdiction_id, *number] for number in numbers},
        current=dict(numbers),
    )


async def standing_terms(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    category: str,
    now: datetime,
    *,
    community_id: UUID | None = None,
    grid_id: UUID | None = None,
) -> tuple[Standard, Terms, Applied]:
    """The standard that a report of this category pins now at this place, its terms, and why it is that one.

    Where no standing standard knows the category it is the one that phones show.

    Raises:
        NotFound: ``standard.none``. Unavailable: ``calendar.missing``. The jurisdiction is not set up yet.
    """
    terms = await terms_of(session, jurisdiction_id, ())
    today = local_date(terms, now)
    applied = await standard_applying(
        session, jurisdiction_id, category, on=today, at=now, community_id=community_id, grid_id=grid_id
    )
    standard = applied.standard or await current_standard(session, jurisdiction_id, today)
    return standard, replace(terms, standards={standard.standard_id: standard}), applied


def local_date(terms: Terms, now: datetime) -> date:
    """The city's own date. Raises: Unavailable: ``calendar.missing``."""
    if CITY not in terms.current:
        raise Unavailable("calendar.missing", calendar_id=CITY)
    return terms.calendars[CITY, terms.current[CITY]].local_date(now)
