"""The published rules that a ticket's clocks are counted by, and the sweep that records what time alone has done."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.sla.terms import Terms
from gridward.persistence import sla
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.queries import calendar_versions, standard_by_id

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
    standards = {str(one): await standard_by_id(session, one) for one in set(map(str, standard_ids))}
    return Terms(
        standards=standards,
        calendars={number: _calendars[jurisdiction_id, *number] for number in numbers},
        current=dict(numbers),
    )
