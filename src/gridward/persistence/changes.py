"""The change feed: which thing changed, for whom, in commit order.

A cursor over a sequence or a clock skips rows: a transaction that took a lower number may commit after a reader has
passed it. So the feed is ordered by ``(xid, seq)`` and a reader sees only rows below the oldest transaction still
running (``pg_snapshot_xmin``): everything below that horizon is final.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    Identity,
    Index,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import UserDefinedType

from gridward.persistence.database import Row


class Xid8(UserDefinedType[int]):
    """PostgreSQL's 64-bit transaction id; read as text, because the driver has no number for it."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


class ChangeRow(Row):
    """One row per scope that a change touches; it holds no data, the reader's policy makes that at read time."""

    __tablename__ = "change"
    __table_args__ = (
        CheckConstraint("op IN ('u', 'r')", name="op"),
        Index("ix_change_feed", "jurisdiction_id", "scope", "epoch", "xid", "seq"),
        Index("ix_change_at", "at"),
    )

    seq: Mapped[int] = mapped_column(
        BigInteger, Identity(always=True), primary_key=True
    )
    epoch: Mapped[int] = mapped_column(SmallInteger)
    xid: Mapped[str] = mapped_column(
        Xid8(), server_default=text("pg_current_xact_id()")
    )
    at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    jurisdiction_id: Mapped[UUID]
    scope: Mapped[str] = mapped_column(Text)
    entity: Mapped[str] = mapped_column(Text)
    entity_id: Mapped[UUID]
    version: Mapped[int] = mapped_column(BigInteger)
    op: Mapped[str] = mapped_column(Text)
