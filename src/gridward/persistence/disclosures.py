"""Rows of who saw what: added to by reading, shown to auditors and to the person, forgotten in time."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, ForeignKey, Index, Integer, Select, Text, delete, func, or_, select, tuple_
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, aliased, mapped_column

from gridward.persistence.accounts.rows import GrantRow, PersonRow
from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.households.rows import HouseholdRow
from gridward.persistence.territory.rows import BuildingRow


class DisclosureRow(Row):
    """A personal field that somebody was shown, ``times`` times within an hour."""

    __tablename__ = "disclosure"
    __table_args__ = (
        Index(
            "uq_disclosure_hour",
            "subject_id",
            "reader_id",
            "field",
            "about_id",
            "hour",
            unique=True,
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_disclosure_last", "jurisdiction_id", "last_at"),
    )

    disclosure_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    reader_id: Mapped[UUID | None]
    via: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    field: Mapped[str] = mapped_column(Text)
    about_id: Mapped[UUID | None]
    hour: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    first_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    last_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    times: Mapped[int] = mapped_column(Integer)


async def add(session: WriteSession, rows: Collection[Mapping[str, Any]]) -> None:
    """In one order for everybody: two readers of the same people never wait for each other crosswise."""
    ordered = sorted(rows, key=lambda row: (row["subject_id"], row["field"], str(row["about_id"])))
    made = upsert(DisclosureRow).values(ordered)
    await session.execute(
        made.on_conflict_do_update(
            index_elements=["subject_id", "reader_id", "field", "about_id", "hour"],
            set_={"times": DisclosureRow.times + 1, "last_at": made.excluded.last_at},
        )
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A reading with names as they are now; ``roles``: what the reader is.

    The subject is a person (``subject``) or a household: ``building``, ``door`` (entrance, floor, room), nobody's name.
    """

    disclosure_id: UUID
    reader_id: UUID | None
    reader: str | None
    roles: list[str]
    via: str
    subject_id: UUID
    subject: str | None
    building: str | None
    door: tuple[str, str, str] | None
    field: str
    about_id: UUID | None
    first_at: datetime
    last_at: datetime
    times: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which readings: of whom and by whom, by id or by a part of the name (of a household: of its building), in
    ``[since, until)`` by when it was read last."""

    jurisdiction_id: UUID
    subject_id: UUID | None = None
    reader_id: UUID | None = None
    subject: str | None = None
    reader: str | None = None
    since: datetime | None = None
    until: datetime | None = None


Place = tuple[datetime, UUID]
"""Where a list goes on: behind the reading that was last on the page."""


def _chosen(query: Select[Any], wanted: Wanted) -> Select[Any]:
    query = query.where(DisclosureRow.jurisdiction_id == wanted.jurisdiction_id)
    if wanted.subject_id is not None:
        query = query.where(DisclosureRow.subject_id == wanted.subject_id)
    if wanted.reader_id is not None:
        query = query.where(DisclosureRow.reader_id == wanted.reader_id)
    if wanted.subject:
        of = HouseholdRow.building_id == BuildingRow.building_id
        homes = (
            select(HouseholdRow.household_id)
            .join(BuildingRow, of)
            .where(
                HouseholdRow.jurisdiction_id == wanted.jurisdiction_id,
                _named(_BUILDING, wanted.subject),
            )
        )
        query = query.where(
            or_(DisclosureRow.subject_id.in_(_people(wanted, wanted.subject)), DisclosureRow.subject_id.in_(homes))
        )
    if wanted.reader:
        query = query.where(DisclosureRow.reader_id.in_(_people(wanted, wanted.reader)))
    if wanted.since is not None:
        query = query.where(DisclosureRow.last_at >= wanted.since)
    if wanted.until is not None:
        query = query.where(DisclosureRow.last_at < wanted.until)
    return query


_BUILDING = func.coalesce(BuildingRow.name, BuildingRow.house_no, BuildingRow.code)


def _named(column: Any, words: str) -> Any:
    return column.contains(words, autoescape=True)


def _people(wanted: Wanted, words: str) -> Select[UUID]:
    return select(PersonRow.person_id).where(
        PersonRow.jurisdiction_id == wanted.jurisdiction_id, _named(PersonRow.name, words)
    )


async def count(session: ReadSession, wanted: Wanted) -> int:
    query = _chosen(select(func.count()).select_from(DisclosureRow), wanted)
    return int(await session.scalar(query) or 0)


async def page(
    session: ReadSession, wanted: Wanted, *, after: Place | None = None, skip: int = 0, limit: int
) -> list[Seen]:
    """The newest first. Doors of households only where the session reaches them (``reach_homes``)."""
    reader, subject = aliased(PersonRow), aliased(PersonRow)
    roles = (
        select(func.array_agg(aggregate_order_by(GrantRow.role.distinct(), GrantRow.role.asc()), type_=ARRAY(Text)))
        .where(GrantRow.person_id == DisclosureRow.reader_id, GrantRow.valid_to.is_(None))
        .scalar_subquery()
    )
    columns = (
        DisclosureRow,
        reader.name.label("reader"),
        subject.name.label("subject"),
        roles.label("roles"),
        _BUILDING.label("building"),
        HouseholdRow.entrance,
        HouseholdRow.floor,
        HouseholdRow.room,
    )
    query = (
        _chosen(select(*columns), wanted)
        .outerjoin(reader, reader.person_id == DisclosureRow.reader_id)
        .outerjoin(subject, subject.person_id == DisclosureRow.subject_id)
        .outerjoin(HouseholdRow, HouseholdRow.household_id == DisclosureRow.subject_id)
        .outerjoin(BuildingRow, BuildingRow.building_id == HouseholdRow.building_id)
        .order_by(DisclosureRow.last_at.desc(), DisclosureRow.disclosure_id.desc())
        .offset(skip)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(DisclosureRow.last_at, DisclosureRow.disclosure_id) < after)
    return [
        Seen(
            disclosure_id=row.DisclosureRow.disclosure_id,
            reader_id=row.DisclosureRow.reader_id,
            reader=row.reader,
            roles=list(row.roles or ()),
            via=row.DisclosureRow.via,
            subject_id=row.DisclosureRow.subject_id,
            subject=row.subject,
            building=row.building,
            door=None if row.room is None else (row.entrance, row.floor, row.room),
            field=row.DisclosureRow.field,
            about_id=row.DisclosureRow.about_id,
            first_at=row.DisclosureRow.first_at,
            last_at=row.DisclosureRow.last_at,
            times=row.DisclosureRow.times,
        )
        for row in await session.execute(query)
    ]


async def prune(session: WriteSession, before: datetime, limit: int) -> bool:
    """Forget what was last read before an instant; True: there may be more."""
    old = select(DisclosureRow.disclosure_id).where(DisclosureRow.last_at < before).limit(limit)
    gone = await session.execute(
        delete(DisclosureRow)
        .where(DisclosureRow.disclosure_id.in_(old))
        .returning(DisclosureRow.disclosure_id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all()) >= limit
