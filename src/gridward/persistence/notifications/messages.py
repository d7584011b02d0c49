"""A person's messages inside the app."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, literal, select, tuple_, update

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.notifications.rows import NotificationRow


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
