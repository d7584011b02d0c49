"""What somebody who searches may mean by a name: kinds, units and grids as such, places as the words of a ticket."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, cast, literal_column, select, union_all

from gridward.domain.initials import are_initials, begins_so
from gridward.domain.tickets.intake_people import level
from gridward.persistence.database import Glance, ReadSession
from gridward.persistence.prepared import Prepared
from gridward.persistence.standards.rows import CategoryRow
from gridward.persistence.territory.rows import AreaRow, GridRow, LandmarkRow, StreetRow, UnitRow
from gridward.persistence.tickets.rows import ReportRow

MOST_PLACES = 40
"""Place names of one search; letters that fit more are no search yet."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Called:
    categories: tuple[str, ...] = ()
    unit_ids: tuple[UUID, ...] = ()
    grid_ids: tuple[UUID, ...] = ()
    places: tuple[str, ...] = ()
    ticket_ids: tuple[UUID, ...] = ()
    """Those that another system knows by this very number."""

    def __bool__(self) -> bool:
        return bool(self.categories or self.unit_ids or self.grid_ids or self.places or self.ticket_ids)


def _names() -> Prepared:
    of = (
        ("category", CategoryRow.code, CategoryRow),
        ("unit", UnitRow.unit_id, UnitRow),
        ("grid", GridRow.grid_id, GridRow),
        ("place", LandmarkRow.landmark_id, LandmarkRow),
        ("place", StreetRow.street_id, StreetRow),
        ("place", AreaRow.area_id, AreaRow),
    )
    every = union_all(
        *(
            select(
                literal_column(f"'{kind}'", Text()).label("kind"),
                cast(key, Text).label("key"),
                row.name.label("name"),
            ).where(
                row.jurisdiction_id == bindparam("jurisdiction_id", type_=Uuid()),
                row.name.is_not(None),
            )
            for kind, key, row in of
        )
    ).subquery()
    return Prepared(select(every.c.kind, every.c.key, every.c.name).distinct())


NAMES = _names()
MOST_NUMBERED = 50
"""Tickets that one number of another system may stand for; it was told in several reports, or typed twice."""
NUMBERED = Prepared(
    select(ReportRow.ticket_id)
    .where(
        ReportRow.jurisdiction_id == bindparam("jurisdiction_id", type_=Uuid()),
        ReportRow.outer_no == any_(bindparam("numbers", type_=ARRAY(Text()))),
    )
    .distinct()
    .limit(MOST_NUMBERED)
)


async def numbered(session: ReadSession | Glance, jurisdiction_id: UUID, words: str) -> tuple[UUID, ...]:
    """Tickets with a report that has exactly this number in another system, also one that joined later."""
    number = level(words).strip()
    forms = list(dict.fromkeys((words.strip(), number, number.upper(), number.lower())))
    rows = await NUMBERED.rows(session, {"jurisdiction_id": jurisdiction_id, "numbers": forms})
    return tuple(row.ticket_id for row in rows if row.ticket_id is not None)


async def called(session: ReadSession | Glance, jurisdiction_id: UUID, words: str) -> Called:
    """Names that first letters in pinyin may stand for; of other words, the units and grids with these in their name.

    Kinds and places need no looking up by their own words: these are found in a ticket's text.
    """
    words = words.strip()
    by_letters = are_initials(words)
    if not by_letters and len(words) < 2:
        return Called()
    rows = await NAMES.rows(session, {"jurisdiction_id": jurisdiction_id})
    found: dict[str, set[str]] = {}
    for row in rows:
        if begins_so(row.name, words) if by_letters else row.kind in ("unit", "grid") and words in row.name:
            found.setdefault(row.kind, set()).add(row.name if row.kind == "place" else row.key)
    places = sorted(found.get("place", ()))
    return Called(
        categories=tuple(sorted(found.get("category", ()))),
        unit_ids=tuple(UUID(one) for one in sorted(found.get("unit", ()))),
        grid_ids=tuple(UUID(one) for one in sorted(found.get("grid", ()))),
        places=tuple(places) if len(places) <= MOST_PLACES else (),
    )
