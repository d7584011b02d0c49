"""Messages inside the app, and how far the notifier has followed the log."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Index, SmallInteger, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridward.persistence.changes import Xid8
from gridward.persistence.database import Row


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
