"""Messages inside the app, and how far the notifier has followed the log."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, SmallInteger, Text, cast, func, literal, select, text, tuple_, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.accounts import Role
from gridward.persistence.accounts.rows import GrantRow, PersonRow
from gridward.persistence.accounts.sessions import in_force
from gridward.persistence.changes import Xid8
from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.territory.queries import stewards_of
from gridward.persistence.tickets.rows import ReportRow


class NotificationRow(Row):
    """One message for one person about one entry. ``detail`` holds ids, codes and times; the reader's language words it."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("uq_notification_once", "entry_id", "person_id", "kind", unique=True),
        Index("ix_notification_person", "person_id", "made_at"),
        Index("ix_notification_unread", "person_id", postgresql_where=text("read_at IS NULL")),
    )

    notification_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    person_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    ticket_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class FollowerRow(Row):
    """A follower of the log: everything up to this entry has had its consequences."""

    __tablename__ = "follower"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    epoch: Mapped[int] = mapped_column(SmallInteger)
    xid: Mapped[str] = mapped_column(Xid8())
    entry_id: Mapped[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """An entry as the notifier reads it, with how its ticket stands now."""

    epoch: int
    xid: int
    entry_id: UUID
    jurisdiction_id: UUID
    actor_id: UUID | None
    verb: str
    recorded_at: datetime
    detail: Mapping[str, Any]
    ticket_id: UUID | None
    grid_id: UUID | None
    community_id: UUID | None
    unit_id: UUID | None
    worker_id: UUID | None
    in_tray: bool


FOLLOW = text(
    """
    SELECT e.epoch, e.xid::text AS xid, e.entry_id, e.jurisdiction_id, e.actor_id, e.verb, e.recorded_at, e.detail,
           t.ticket_id, t.grid_id, t.community_id, t.unit_id, t.worker_id, t.tray_reason IS NOT NULL AS in_tray
    FROM entry e LEFT JOIN ticket t ON t.ticket_id = e.ticket_id
    WHERE (e.epoch, e.xid, e.entry_id) > (CAST(:epoch AS smallint), CAST(:xid AS text)::xid8, CAST(:entry_id AS uuid))
      AND (e.epoch < (SELECT feed_epoch FROM system) OR e.xid < pg_snapshot_xmin(pg_current_snapshot()))
    ORDER BY e.epoch, e.xid, e.entry_id LIMIT :limit
    """
)
"""The log in the order of commits, below the oldest transaction still running; an older epoch is final as a whole."""

NOBODY = UUID(int=0)


async def follow(session: WriteSession, name: str, limit: int) -> list[Followed]:
    """The next entries for a follower, whose place is locked until the transaction ends."""
    await session.execute(
        upsert(FollowerRow).values(name=name, epoch=0, xid=text("'0'::xid8"), entry_id=NOBODY).on_conflict_do_nothing()
    )
    place = (
        await session.execute(
            select(FollowerRow.epoch, cast(FollowerRow.xid, Text).label("xid"), FollowerRow.entry_id)
            .where(FollowerRow.name == name)
            .with_for_update()
        )
    ).one()
    rows = await session.execute(
        FOLLOW, {"epoch": place.epoch, "xid": place.xid, "entry_id": place.entry_id, "limit": limit}
    )
    return [
        Followed(
            epoch=row.epoch,
            xid=int(row.xid),
            entry_id=row.entry_id,
            jurisdiction_id=row.jurisdiction_id,
            actor_id=row.actor_id,
            verb=row.verb,
            recorded_at=row.recorded_at,
            detail=row.detail,
            ticket_id=row.ticket_id,
            grid_id=row.grid_id,
            community_id=row.community_id,
            unit_id=row.unit_id,
            worker_id=row.worker_id,
            in_tray=bool(row.in_tray),
        )
        for row in rows
    ]


async def followed(session: WriteSession, name: str, last: Followed) -> None:
    """Everything up to this entry has had its consequences."""
    await session.execute(
        update(FollowerRow)
        .where(FollowerRow.name == name)
        .values(
            epoch=last.epoch, xid=text("CAST(:xid AS text)::xid8").bindparams(xid=str(last.xid)), entry_id=last.entry_id
        )
    )


async def reporters(session: WriteSession, ticket_id: UUID) -> set[UUID]:
    query = select(ReportRow.reporter_id).where(
        ReportRow.ticket_id == ticket_id, ReportRow.reporter_id.is_not(None), ReportRow.erased_at.is_(None)
    )
    return {one for one in (await session.execute(query)).scalars() if one is not None}


async def holders(session: WriteSession, roles: Collection[Role], scopes: Collection[UUID], at: datetime) -> set[UUID]:
    """People who hold one of these roles in one of these scopes now and may sign in."""
    query = (
        select(GrantRow.person_id)
        .join(PersonRow, PersonRow.person_id == GrantRow.person_id)
        .where(
            GrantRow.role.in_([role.value for role in roles]),
            GrantRow.scope_id.in_(scopes),
            in_force(GrantRow, at),
            PersonRow.disabled_at.is_(None),
        )
    )
    return set((await session.execute(query)).scalars())


async def stewards(session: WriteSession, grid_id: UUID, at: datetime) -> set[UUID]:
    return {one.person_id for one in await stewards_of(session, grid_id, at)}


async def add(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> int:
    """Store messages; one that is there already is not sent twice. How many are new."""
    if not rows:
        return 0
    query = (
        upsert(NotificationRow).values(list(rows)).on_conflict_do_nothing().returning(NotificationRow.notification_id)
    )
    return len((await session.execute(query)).all())


async def messages(
    session: ReadSession, person_id: UUID, *, after: tuple[datetime, UUID] | None, limit: int
) -> Sequence[NotificationRow]:
    """A person's messages, newest first."""
    query = select(NotificationRow).where(NotificationRow.person_id == person_id)
    if after is not None:
        query = query.where(
            tuple_(NotificationRow.made_at, NotificationRow.notification_id) < tuple_(*map(literal, after))
        )
    query = query.order_by(NotificationRow.made_at.desc(), NotificationRow.notification_id.desc()).limit(limit)
    return (await session.execute(query)).scalars().all()


async def unread(session: ReadSession, person_id: UUID) -> int:
    query = (
        select(func.count())
        .select_from(NotificationRow)
        .where(NotificationRow.person_id == person_id, NotificationRow.read_at.is_(None))
    )
    return (await session.execute(query)).scalar_one()


async def mark_read(session: WriteSession, person_id: UUID, up_to: datetime, at: datetime) -> None:
    """Everything that was there when the person looked."""
    await session.execute(
        update(NotificationRow)
        .where(
            NotificationRow.person_id == person_id, NotificationRow.read_at.is_(None), NotificationRow.made_at <= up_to
        )
        .values(read_at=at)
    )
