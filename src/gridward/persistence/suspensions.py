"""Suspensions (时限中止), and which tickets each of them has to be told to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Table,
    Text,
    Uuid,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy import Row as Line
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.sla.clocks import SUSPENDED_KINDS
from gridward.persistence.database import ReadSession, Row, WriteSession

Either = ReadSession | WriteSession
Instant = DateTime(timezone=True)


class SuspensionRow(Row):
    """One act of a supervisor: area × kinds × from–to, with the notice that announced it.

    ``area_ids`` are as they were named, ``community_ids`` the communities in them (null: everywhere); ``categories`` empty:
    every kind. ``finished``: its end has passed and every ticket of its time has been found.
    """

    __tablename__ = "suspension"
    __table_args__ = (
        Index("ix_suspension_made", "jurisdiction_id", "made_at"),
        Index("ix_suspension_unfinished", "suspension_id", postgresql_where=text("NOT finished")),
        CheckConstraint("to_at >= from_at", name="ends_after_it_begins"),
    )

    suspension_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    area_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    community_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    categories: Mapped[list[str]] = mapped_column(ARRAY(Text))
    from_at: Mapped[datetime] = mapped_column(Instant)
    to_at: Mapped[datetime] = mapped_column(Instant)
    first_to_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str] = mapped_column(Text)
    notice: Mapped[str] = mapped_column(Text)
    notice_photo_id: Mapped[UUID | None] = mapped_column(ForeignKey("photo.photo_id"))
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    made_at: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    changed_at: Mapped[datetime] = mapped_column(Instant)
    finished: Mapped[bool] = mapped_column(Boolean)


class SuspensionTicketRow(Row):
    """A ticket that a suspension touches. ``pending``: its clocks do not know yet, or know an end that has moved since."""

    __tablename__ = "suspension_ticket"
    __table_args__ = (Index("ix_suspension_ticket_pending", "suspension_id", postgresql_where=text("pending")),)

    suspension_id: Mapped[UUID] = mapped_column(ForeignKey("suspension.suspension_id"), primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"), primary_key=True)
    pending: Mapped[bool] = mapped_column(Boolean)


SUSPENSION, TOUCHED = (cast(Table, row.__table__) for row in (SuspensionRow, SuspensionTicketRow))

STILL_COMING = timedelta(hours=1)
"""After its end a suspension looks for tickets a while longer: one may be under way in somebody's transaction."""

_TOUCHES = """
    INSERT INTO suspension_ticket (suspension_id, ticket_id, pending)
    SELECT s.suspension_id, t.ticket_id, true FROM suspension s
    JOIN ticket t ON t.jurisdiction_id = s.jurisdiction_id
    WHERE {which} AND t.received_at < s.to_at
      AND (s.community_ids IS NULL OR t.community_id = ANY (s.community_ids))
      AND (s.categories = '{{}}' OR t.category_code = ANY (s.categories))
      AND NOT EXISTS (SELECT FROM suspension_ticket known
                      WHERE known.suspension_id = s.suspension_id AND known.ticket_id = t.ticket_id)
    ON CONFLICT DO NOTHING
"""
FIND_AT_FIRST = text(
    _TOUCHES.format(
        which="s.suspension_id = :suspension_id AND (t.is_open OR (t.status = 'closed' AND t.ended_at > s.from_at))"
    )
)
FIND_SINCE = text(_TOUCHES.format(which="NOT s.finished AND t.is_open"))

WOULD_TOUCH = text(
    """
    SELECT t.community_id, t.category_code, count(*) FILTER (WHERE t.is_open) AS open,
           count(*) FILTER (WHERE NOT t.is_open) AS closed,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM clock c WHERE c.ticket_id = t.ticket_id AND c.breached_at > :from_at AND c.breached_at <= :to_at
                 AND c.kind = ANY (CAST(:kinds AS text[])))) AS breached
    FROM ticket t
    WHERE t.jurisdiction_id = :jurisdiction_id AND t.received_at < :to_at
      AND (t.is_open OR (t.status = 'closed' AND t.ended_at > :from_at))
      AND (CAST(:community_ids AS uuid[]) IS NULL OR t.community_id = ANY (CAST(:community_ids AS uuid[])))
      AND (CAST(:categories AS text[]) = '{}' OR t.category_code = ANY (CAST(:categories AS text[])))
    GROUP BY t.community_id, t.category_code
    """
)
"""The same tickets as :data:`FIND_AT_FIRST` finds once it is ordered."""

COMMUNITIES = text(
    """
    WITH RECURSIVE inside AS (
        SELECT area_id, code, level FROM area WHERE jurisdiction_id = :jurisdiction_id AND area_id = ANY (:area_ids)
        UNION
        SELECT a.area_id, a.code, a.level FROM area a JOIN inside i ON a.parent_code = i.code
        WHERE a.jurisdiction_id = :jurisdiction_id
    )
    SELECT area_id FROM inside WHERE level = 'community'
    """
)


async def known_areas(session: Either, jurisdiction_id: UUID, area_ids: Collection[UUID]) -> set[UUID]:
    """Those of these areas that lie in the jurisdiction."""
    query = text("SELECT area_id FROM area WHERE jurisdiction_id = :jurisdiction_id AND area_id = ANY (:area_ids)")
    found = await session.scalars(query, {"jurisdiction_id": jurisdiction_id, "area_ids": list(area_ids)})
    return set(found)


async def communities_in(session: Either, jurisdiction_id: UUID, area_ids: Collection[UUID]) -> list[UUID]:
    """The communities in these areas, themselves included."""
    asked = {"jurisdiction_id": jurisdiction_id, "area_ids": list(area_ids)}
    return sorted(await session.scalars(COMMUNITIES, asked))


async def add(session: WriteSession, values: Mapping[str, Any]) -> None:
    """Store a suspension and find the tickets of its time, closed ones too."""
    await session.execute(insert(SUSPENSION).values(**values))
    await session.execute(FIND_AT_FIRST, {"suspension_id": values["suspension_id"]})


async def touched(session: Either, values: Mapping[str, Any]) -> Sequence[Line[Any]]:
    """What a suspension with these values (as for :func:`add`) would touch: for each community and kind how many tickets
    are open, how many were closed in its time, and how many breaches fall into it."""
    return (await session.execute(WOULD_TOUCH, {**values, "kinds": sorted(SUSPENDED_KINDS)})).all()


async def one(session: Either, suspension_id: UUID, *, lock: bool = False) -> Line[Any] | None:
    query = select(*SUSPENSION.c).where(SUSPENSION.c.suspension_id == suspension_id)
    return (await session.execute(query.with_for_update() if lock else query)).one_or_none()


async def newest(session: Either, jurisdiction_id: UUID, limit: int) -> Sequence[Line[Any]]:
    """The latest suspensions of a jurisdiction, newest first, each with how many tickets it touches and how many wait."""
    counts = text(
        "SELECT s.*, coalesce(n.tickets, 0) AS tickets, coalesce(n.waiting, 0) AS waiting FROM suspension s"
        " LEFT JOIN LATERAL (SELECT count(*) AS tickets, count(*) FILTER (WHERE pending) AS waiting"
        " FROM suspension_ticket t WHERE t.suspension_id = s.suspension_id) n ON true"
        " WHERE s.jurisdiction_id = :jurisdiction_id ORDER BY s.made_at DESC, s.suspension_id LIMIT :limit"
    )
    return (await session.execute(counts, {"jurisdiction_id": jurisdiction_id, "limit": limit})).all()


async def move_end(session: WriteSession, suspension_id: UUID, to_at: datetime, *, by: UUID, now: datetime) -> None:
    """Another end: everybody it was told to has to be told anew, and tickets are looked for again."""
    await session.execute(
        update(SUSPENSION)
        .where(SUSPENSION.c.suspension_id == suspension_id)
        .values(to_at=to_at, changed_by=by, changed_at=now, finished=False)
    )
    await session.execute(
        update(TOUCHED).where(TOUCHED.c.suspension_id == suspension_id, ~TOUCHED.c.pending).values(pending=True)
    )


async def find_more(session: WriteSession, now: datetime) -> None:
    """Tickets that came since, or have come to lie in the area or kind; of a suspension that is long over for the last time."""
    await session.execute(FIND_SINCE)
    over = update(SUSPENSION).where(~SUSPENSION.c.finished, SUSPENSION.c.to_at < now - STILL_COMING)
    await session.execute(over.values(finished=True))


async def lock_pending(session: WriteSession, limit: int) -> list[tuple[UUID, UUID]]:
    """``(suspension_id, ticket_id)`` still to be told, locked; those that another round holds are left to it."""
    query = (
        select(TOUCHED.c.suspension_id, TOUCHED.c.ticket_id)
        .where(TOUCHED.c.pending)
        .order_by(TOUCHED.c.ticket_id, TOUCHED.c.suspension_id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [(row.suspension_id, row.ticket_id) for row in await session.execute(query)]


async def several(session: Either, suspension_ids: Collection[UUID]) -> dict[UUID, Line[Any]]:
    rows = await session.execute(select(*SUSPENSION.c).where(SUSPENSION.c.suspension_id.in_(suspension_ids)))
    return {row.suspension_id: row for row in rows}


async def told(session: WriteSession, pairs: Iterable[tuple[UUID, UUID]]) -> None:
    key = tuple_(TOUCHED.c.suspension_id, TOUCHED.c.ticket_id)
    await session.execute(update(TOUCHED).where(key.in_(list(pairs))).values(pending=False))
