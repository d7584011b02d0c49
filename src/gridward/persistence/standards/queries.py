"""Reads and writes of standards, calendars and unit names.

A published standard never changes (only the day it ends does, which no ticket asks for), nor does a version of a
calendar: what was read is remembered by ids that no other database has, with the days already worked out.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, insert, select, tuple_, update
from sqlalchemy.dialects.postgresql import distinct_on

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.errors import NotFound
from gridward.domain.standards import Standard
from gridward.domain.standards_document import read_calendar, read_standard, to_document
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.rows import CalendarRow, CategoryRow, ConditionRow, StandardRow

Session = ReadSession | WriteSession
REMEMBERED = 64

_read: OrderedDict[UUID, Standard] = OrderedDict()
_read_calendars: OrderedDict[tuple[UUID, str, int, datetime], WorkingCalendar] = OrderedDict()


@dataclass(frozen=True, slots=True, kw_only=True)
class StandardLine:
    """One version in the list of standards."""

    standard_id: UUID
    scheme: str
    name: str
    version: int
    day_rule: str
    valid_from: date
    valid_to: date | None
    published_at: datetime
    conditions: int
    area_codes: Sequence[str] = ()
    community_types: Sequence[str] = ()
    is_emergency: bool = False


async def standard_by_id(session: Session, standard_id: UUID | str) -> Standard:
    """One version, whole. Raises :class:`NotFound` ``standard.unknown``."""
    wanted = UUID(str(standard_id))
    known = _read.get(wanted)
    if known is not None:
        return known
    own = (await session.execute(select(StandardRow).where(StandardRow.standard_id == wanted))).scalar_one_or_none()
    if own is None:
        raise NotFound("standard.unknown", standard_id=str(wanted))
    categories = await session.execute(
        select(CategoryRow.code, CategoryRow.document)
        .where(CategoryRow.standard_id == wanted)
        .order_by(CategoryRow.place)
    )
    conditions = await session.execute(
        select(ConditionRow.condition_id, ConditionRow.document)
        .where(ConditionRow.standard_id == wanted)
        .order_by(ConditionRow.place)
    )
    standard = read_standard(
        {
            **own.document,
            "valid_to": None,
            "categories": dict(categories.all()),
            "conditions": dict(conditions.all()),
        }
    )
    _read[wanted] = standard
    while len(_read) > REMEMBERED:
        _read.popitem(last=False)
    return standard


async def standard_in(session: Session, jurisdiction_id: UUID, standard_id: UUID) -> Standard:
    """One version of this jurisdiction. Raises :class:`NotFound` ``standard.unknown``, also for another's."""
    own = select(StandardRow.standard_id).where(
        StandardRow.standard_id == standard_id, StandardRow.jurisdiction_id == jurisdiction_id
    )
    if (await session.execute(own)).scalar_one_or_none() is None:
        raise NotFound("standard.unknown", standard_id=str(standard_id))
    return await standard_by_id(session, standard_id)


EVERYWHERE = (
    StandardRow.area_codes == [],
    StandardRow.community_types == [],
    StandardRow.is_emergency.is_(False),
)
"""The general standards: what no area, type of community or emergency narrows."""


async def standard_called(session: Session, jurisdiction_id: UUID, name: str) -> Standard:
    """A version by what people call it: its id, ``scheme@2``, or the scheme alone for its newest version.

    Raises :class:`NotFound` ``standard.unknown``.
    """
    try:
        return await standard_in(session, jurisdiction_id, UUID(name))
    except ValueError:
        scheme, _, number = name.rpartition("@") if "@" in name else (name, "", "")
    wanted = (
        select(StandardRow.standard_id)
        .where(StandardRow.jurisdiction_id == jurisdiction_id, StandardRow.scheme == scheme)
        .order_by(StandardRow.version.desc())
        .limit(1)
    )
    if number:
        wanted = wanted.where(StandardRow.version == (int(number) if number.isdigit() else 0))
    found = (await session.execute(wanted)).scalar_one_or_none()
    if found is None:
        raise NotFound("standard.unknown", name=name)
    return await standard_by_id(session, found)


def _standing(jurisdiction_id: UUID, on: date) -> tuple[ColumnElement[bool], ...]:
    return (
        StandardRow.jurisdiction_id == jurisdiction_id,
        StandardRow.valid_from <= on,
        (StandardRow.valid_to > on) | StandardRow.valid_to.is_(None),
    )


async def current_standard(session: Session, jurisdiction_id: UUID, on: date) -> Standard:
    """The general standard that phones show on a local date: the newest one with pictures, or else the newest.

    Raises :class:`NotFound` ``standard.none`` where none stands.
    """
    found = await session.execute(
        select(StandardRow.standard_id)
        .where(*_standing(jurisdiction_id, on), *EVERYWHERE)
        .order_by(StandardRow.has_pictures.desc(), StandardRow.valid_from.desc(), StandardRow.standard_id.desc())
        .limit(1)
    )
    standard_id = found.scalar_one_or_none()
    if standard_id is None:
        raise NotFound("standard.none", on=on.isoformat())
    return await standard_by_id(session, standard_id)


async def standing_standards(session: Session, jurisdiction_id: UUID, on: date) -> tuple[Standard, ...]:
    """Every standard valid on a local date, at most one of each scheme; the one that phones show comes first."""
    found = await session.execute(
        select(StandardRow.standard_id)
        .where(*_standing(jurisdiction_id, on))
        .order_by(StandardRow.has_pictures.desc(), StandardRow.valid_from.desc(), StandardRow.standard_id.desc())
    )
    return tuple([await standard_by_id(session, one) for one in found.scalars().all()])


async def list_standards(session: Session, jurisdiction_id: UUID) -> Sequence[StandardLine]:
    """Every version, newest first."""
    count = (
        select(func.count())
        .where(ConditionRow.standard_id == StandardRow.standard_id)
        .scalar_subquery()
        .label("conditions")
    )
    rows = await session.execute(
        select(StandardRow, count)
        .where(StandardRow.jurisdiction_id == jurisdiction_id)
        .order_by(StandardRow.published_at.desc(), StandardRow.standard_id.desc())
    )
    return [_line(own, conditions) for own, conditions in rows]


def _line(own: StandardRow, conditions: int) -> StandardLine:
    return StandardLine(
        standard_id=own.standard_id,
        scheme=own.scheme,
        name=own.document["name"]["zh"],
        version=own.version,
        day_rule=own.day_rule,
        valid_from=own.valid_from,
        valid_to=own.valid_to,
        published_at=own.published_at,
        conditions=conditions,
        area_codes=own.area_codes,
        community_types=own.community_types,
        is_emergency=own.is_emergency,
    )


async def take_turn(session: WriteSession, jurisdiction_id: UUID) -> None:
    """Whoever publishes in this jurisdiction next waits until this transaction ends."""
    key = func.hashtextextended(f"publishing standards of {jurisdiction_id}", 0)
    await session.execute(select(func.pg_advisory_xact_lock(key)))


async def latest_of_scheme(session: Session, jurisdiction_id: UUID, scheme: str) -> StandardRow | None:
    """The row of the highest version of a scheme."""
    wanted = (
        select(StandardRow)
        .where(StandardRow.jurisdiction_id == jurisdiction_id, StandardRow.scheme == scheme)
        .order_by(StandardRow.version.desc())
        .limit(1)
    )
    return (await session.execute(wanted)).scalar_one_or_none()


async def add_standard(
    session: WriteSession,
    standard: Standard,
    *,
    jurisdiction_id: UUID,
    digest: str,
    published_at: datetime,
    published_by: UUID | None,
) -> None:
    """Store a version whole; ``standard.valid_from`` must be set."""
    standard_id = UUID(standard.standard_id)
    own = to_document(replace(standard, categories={}, conditions={}, valid_to=None))
    await session.execute(
        insert(StandardRow).values(
            standard_id=standard_id,
            jurisdiction_id=jurisdiction_id,
            scheme=standard.scheme,
            version=standard.version,
            day_rule=standard.day_rule,
            valid_from=standard.valid_from,
            valid_to=standard.valid_to,
            has_pictures=any(category.picture for category in standard.categories.values()),
            area_codes=list(standard.applies.area_codes),
            community_types=list(standard.applies.community_types),
            is_emergency=standard.applies.emergency,
            document=own,
            digest=digest,
            published_at=published_at,
            published_by=published_by,
        )
    )
    categories = [
        {
            "standard_id": standard_id,
            "jurisdiction_id": jurisdiction_id,
            "code": category.code,
            "place": place,
            "name": category.name.zh,
            "document": to_document(category),
        }
        for place, category in enumerate(standard.categories.values(), 1)
    ]
    conditions = [
        {
            "standard_id": standard_id,
            "jurisdiction_id": jurisdiction_id,
            "condition_id": condition.condition_id,
            "category_code": condition.category_code,
            "code": condition.code,
            "place": place,
            "document": to_document(condition),
        }
        for place, condition in enumerate(standard.conditions.values(), 1)
    ]
    await session.execute(insert(CategoryRow), categories)
    await session.execute(insert(ConditionRow), conditions)


async def end_standard(session: WriteSession, standard_id: UUID, on: date) -> None:
    """The first local date on which a version no longer stands."""
    await session.execute(update(StandardRow).where(StandardRow.standard_id == standard_id).values(valid_to=on))


async def calendar_versions(
    session: Session, jurisdiction_id: UUID, wanted: Iterable[tuple[str, int]] | None = None
) -> Mapping[tuple[str, int], WorkingCalendar]:
    """``(calendar_id, version)`` → calendar: all of a jurisdiction, or the wanted ones."""
    versions = select(CalendarRow.calendar_id, CalendarRow.version, CalendarRow.published_at).where(
        CalendarRow.jurisdiction_id == jurisdiction_id
    )
    if wanted is not None:
        versions = versions.where(tuple_(CalendarRow.calendar_id, CalendarRow.version).in_(list(wanted)))
    found = (await session.execute(versions)).all()
    return {(one.calendar_id, one.version): one for one in await _calendars(session, jurisdiction_id, found)}


async def current_calendars(session: Session, jurisdiction_id: UUID) -> Mapping[str, WorkingCalendar]:
    """``calendar_id`` → its newest version."""
    newest = (
        select(CalendarRow.calendar_id, CalendarRow.version, CalendarRow.published_at)
        .where(CalendarRow.jurisdiction_id == jurisdiction_id)
        .ext(distinct_on(CalendarRow.calendar_id))
        .order_by(CalendarRow.calendar_id, CalendarRow.version.desc())
    )
    found = (await session.execute(newest)).all()
    return {one.calendar_id: one for one in await _calendars(session, jurisdiction_id, found)}


async def _calendars(
    session: Session, jurisdiction_id: UUID, versions: Sequence[tuple[str, int, datetime]]
) -> list[WorkingCalendar]:
    known = {one: _read_calendars.get((jurisdiction_id, *one)) for one in versions}
    missing = [one[:2] for one, calendar in known.items() if calendar is None]
    if missing:
        rows = await session.execute(
            select(CalendarRow).where(
                CalendarRow.jurisdiction_id == jurisdiction_id,
                tuple_(CalendarRow.calendar_id, CalendarRow.version).in_(missing),
            )
        )
        for row in rows.scalars():
            one = (row.calendar_id, row.version, row.published_at)
            known[one] = _read_calendars[jurisdiction_id, *one] = read_calendar(row.document)
    while len(_read_calendars) > REMEMBERED:
        _read_calendars.popitem(last=False)
    return [calendar for calendar in known.values() if calendar is not None]


async def add_calendar(
    session: WriteSession,
    calendar: WorkingCalendar,
    *,
    jurisdiction_id: UUID,
    published_at: datetime,
    published_by: UUID | None,
) -> None:
    """Store one version."""
    await session.execute(
        insert(CalendarRow).values(
            jurisdiction_id=jurisdiction_id,
            calendar_id=calendar.calendar_id,
            version=calendar.version,
            document=to_document(calendar),
            published_at=published_at,
            published_by=published_by,
        )
    )
