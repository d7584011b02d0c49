"""How many tickets stand in each section of the desk's list: one statement, each count from its own index."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache

from sqlalchemy import func, select

from gridward.persistence.database import Glance, ReadSession
from gridward.persistence.prepared import Prepared
from gridward.persistence.tickets.asking import SECTIONS, Asked, Reach, Section, Wanted, asked
from gridward.persistence.tickets.rows import TicketRow

COUNTED = tuple(section for section, condition in SECTIONS.items() if condition is not None)
"""``all`` is not counted: nobody works through it, and its cost grows with the past."""


async def of_sections(session: ReadSession | Glance, reach: Reach, wanted: Wanted, now: datetime) -> dict[Section, int]:
    """The counts within a viewer's reach under the filters of ``wanted``; its order, place and limit do not matter."""
    shape, values = asked(wanted, reach)
    (row,) = await _statement(shape).rows(session, {**values, "near_at": now})
    return {section: getattr(row, section) for section in COUNTED}


@lru_cache(maxsize=64)
def _statement(shape: Asked) -> Prepared:
    counts = (
        shape.within(select(func.count(TicketRow.ticket_id)))
        .where(SECTIONS[section])  # type: ignore[arg-type]
        .scalar_subquery()
        .label(section.value)
        for section in COUNTED
    )
    return Prepared(select(*counts))
