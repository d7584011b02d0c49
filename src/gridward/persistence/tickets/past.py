"""Tickets of other systems: which file brought them, under which number they were known there, and how they are put in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.tickets.past_places import Extent, Point
from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.prepared import Prepared
from gridward.persistence.territory.linking import AREA_AT, TIER
from gridward.persistence.territory.rows import UnitRow
from gridward.persistence.tickets.history import ASSIGNMENTS, CLOCKS, TICKET
from gridward.persistence.tickets.rounds import ROUNDS
from gridward.persistence.writes import Writes

Either = ReadSession | WriteSession


class PastBatchRow(Row):
    """One file of another system's tickets, and how it was read. ``finished_at`` null: cut off, or still under way."""

    __tablename__ = "past_batch"
    __table_args__ = (UniqueConstraint("jurisdiction_id", "name"),)

    batch_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    name: Mapped[str] = mapped_column(Text)
    file_digest: Mapped[bytes] = mapped_column(LargeBinary)
    reading_digest: Mapped[bytes] = mapped_column(LargeBinary)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    finished_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class PastTicketRow(Row):
    """A ticket's number in the system it came from: the same number never comes in twice, whatever file brings it.

    ``system`` tells apart the numbers of several systems. ``digest`` is over everything that was taken from the row.
    """

    __tablename__ = "past_ticket"
    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "system", "outer_no"),
        Index("ix_past_ticket_batch", "batch_id"),
    )

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"), primary_key=True)
    jurisdiction_id: Mapped[UUID]
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("past_batch.batch_id"))
    system: Mapped[str] = mapped_column(Text)
    outer_no: Mapped[str] = mapped_column(Text)
    row_no: Mapped[int] = mapped_column(Integer)
    digest: Mapped[bytes] = mapped_column(LargeBinary)


PAST_TICKET = cast(Table, PastTicketRow.__table__)

ADD_TICKET, ADD_NUMBER = Prepared(insert(TICKET)), Prepared(insert(PAST_TICKET))

EXTENT = text(
    """
SELECT ST_XMin(box) AS west, ST_YMin(box) AS south, ST_XMax(box) AS east, ST_YMax(box) AS north
FROM (
    SELECT ST_Extent(boundary) AS box FROM (
        SELECT boundary FROM grid_boundary WHERE jurisdiction_id = :jurisdiction_id AND valid_to IS NULL
        UNION ALL
        SELECT boundary FROM area WHERE jurisdiction_id = :jurisdiction_id AND boundary IS NOT NULL
    ) known
) whole
WHERE box IS NOT NULL
"""
)

NEAR_M = 50.0
"""A building that far from a place without a stated accuracy is taken for the place's own."""

PLACED = text(
    f"""
SELECT given.place, g.grid_id, coalesce(g.community_id, a.area_id) AS community_id, b.building_id
FROM (
    SELECT place, ST_SetSRID(ST_MakePoint(lon, lat), 4326) AS point
    FROM unnest(CAST(:lons AS float8[]), CAST(:lats AS float8[])) WITH ORDINALITY AS one (lon, lat, place)
) given
LEFT JOIN LATERAL (
    SELECT grid.grid_id, grid.community_id
    FROM grid_boundary lies JOIN grid USING (grid_id)
    WHERE lies.jurisdiction_id = :jurisdiction_id
      AND lies.valid_from <= :at AND (lies.valid_to IS NULL OR lies.valid_to > :at)
      AND grid.valid_from <= :at AND (grid.valid_to IS NULL OR grid.valid_to > :at)
      AND ST_Intersects(lies.boundary, given.point)
    ORDER BY {TIER.format(kind="grid.kind")}, grid.code COLLATE "C" LIMIT 1
) g ON true
LEFT JOIN LATERAL {AREA_AT.format(point="given.point")} a ON g.community_id IS NULL
LEFT JOIN LATERAL (
    SELECT building_id FROM (
        (SELECT building_id, footprint AS shape FROM building
         WHERE jurisdiction_id = :jurisdiction_id AND footprint && ST_Expand(given.point, :near_deg)
         ORDER BY footprint <-> given.point LIMIT 1)
        UNION ALL
        (SELECT building_id, location FROM building
         WHERE jurisdiction_id = :jurisdiction_id AND footprint IS NULL
           AND location && ST_Expand(given.point, :near_deg)
         ORDER BY location <-> given.point LIMIT 1)
    ) near
    WHERE ST_DistanceSphere(shape, given.point) <= :near_m
    ORDER BY ST_DistanceSphere(shape, given.point) LIMIT 1
) b ON true
ORDER BY given.place
"""  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Placed:
    """What stands at a place now; all None where nothing is known of it."""

    grid_id: UUID | None = None
    community_id: UUID | None = None
    building_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A file under way. ``same_file``, ``same_reading``: whether it is the one that began under this name."""

    batch_id: UUID
    name: str
    started_at: datetime
    finished_at: datetime | None
    same_file: bool
    same_reading: bool


async def extent(session: Either, jurisdiction_id: UUID) -> Extent | None:
    """The box around all grids and areas; None where there are none."""
    row = (await session.execute(EXTENT, {"jurisdiction_id": jurisdiction_id})).one_or_none()
    return None if row is None else Extent(row.west, row.south, row.east, row.north)


async def units(session: Either, jurisdiction_id: UUID) -> Sequence[tuple[UUID, str, str, str]]:
    """``(unit_id, code, name, kind)`` of every unit, ended ones too: the past was theirs."""
    query = select(UnitRow.unit_id, UnitRow.code, UnitRow.name, UnitRow.kind).where(
        UnitRow.jurisdiction_id == jurisdiction_id
    )
    return [(row.unit_id, row.code, row.name, row.kind) for row in await session.execute(query)]


async def known(session: Either, jurisdiction_id: UUID, system: str, outer_nos: Iterable[str]) -> dict[str, bytes]:
    """Of these numbers those that were imported, with the digest of what their rows said."""
    query = select(PAST_TICKET.c.outer_no, PAST_TICKET.c.digest).where(
        PAST_TICKET.c.jurisdiction_id == jurisdiction_id,
        PAST_TICKET.c.system == system,
        PAST_TICKET.c.outer_no == func.any(list(outer_nos)),
    )
    return {row.outer_no: row.digest for row in await session.execute(query)}


async def batch(
    session: Either, jurisdiction_id: UUID, name: str, file_digest: bytes, reading_digest: bytes
) -> Batch | None:
    """The batch of this name, held against a file and how it is read."""
    query = select(PastBatchRow).where(PastBatchRow.jurisdiction_id == jurisdiction_id, PastBatchRow.name == name)
    row = (await session.execute(query)).scalar_one_or_none()
    if row is None:
        return None
    return Batch(
        batch_id=row.batch_id,
        name=row.name,
        started_at=row.started_at,
        finished_at=row.finished_at,
        same_file=row.file_digest == file_digest,
        same_reading=row.reading_digest == reading_digest,
    )


async def begin(session: WriteSession, values: Mapping[str, Any]) -> None:
    """Open a batch; one of this name that is there stays as it is."""
    await session.execute(upsert(PastBatchRow).values(**values).on_conflict_do_nothing())


async def finish(session: WriteSession, batch_id: UUID, at: datetime) -> None:
    query = update(PastBatchRow).where(PastBatchRow.batch_id == batch_id, PastBatchRow.finished_at.is_(None))
    await session.execute(query.values(finished_at=at))


async def under_way(session: Either, jurisdiction_id: UUID) -> bool:
    """Whether a file is not in whole."""
    query = select(PastBatchRow.batch_id).where(
        PastBatchRow.jurisdiction_id == jurisdiction_id, PastBatchRow.finished_at.is_(None)
    )
    return (await session.execute(query.limit(1))).first() is not None


async def placed(session: Either, jurisdiction_id: UUID, points: Sequence[Point | None], at: datetime) -> list[Placed]:
    """Grid, community and building of each point, as they stand at an instant: one statement for all."""
    given = [point for point in points if point is not None]
    if not given:
        return [Placed()] * len(points)
    rows = await session.execute(
        PLACED,
        {
            "jurisdiction_id": jurisdiction_id,
            "at": at,
            "lons": [lon for lon, _ in given],
            "lats": [lat for _, lat in given],
            "near_m": NEAR_M,
            "near_deg": 0.001,
        },
    )
    found = iter([Placed(row.grid_id, row.community_id, row.building_id) for row in rows])
    return [Placed() if point is None else next(found) for point in points]


async def last_short_nos(session: Either, number_area_id: UUID, days: Iterable[date]) -> dict[date, int]:
    """The highest spoken number of each of these days in a series."""
    query = (
        select(TICKET.c.number_day, func.max(TICKET.c.short_no).label("newest"))
        .where(TICKET.c.number_area_id == number_area_id, TICKET.c.number_day.in_(list(days)))
        .group_by(TICKET.c.number_day)
    )
    return {row.number_day: row.newest for row in await session.execute(query)}


async def add(
    session: WriteSession,
    *,
    tickets: Sequence[Mapping[str, Any]],
    numbers: Sequence[Mapping[str, Any]],
    clocks: Sequence[Mapping[str, Any]],
    assignments: Sequence[Mapping[str, Any]],
    rounds: Sequence[Mapping[str, Any]],
) -> None:
    """Put founded tickets in; their entries are recorded beside this."""
    await ADD_TICKET.run(session, tickets)
    await ADD_NUMBER.run(session, numbers)
    writes = Writes()
    writes.add(CLOCKS, clocks)
    writes.add(ASSIGNMENTS, assignments)
    writes.add(ROUNDS, rounds)
    await writes.run(session)
