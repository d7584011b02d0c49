"""What happened: the append-only log, and the one function that writes it.

An entry names ids, codes, times and numbers, never a person's words or name: those live in rows of their own and can be
erased without touching the log.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    DateTime,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from uuid_utils.compat import uuid7

from gridward.domain.entries import HASH_VERSION, Deed, entry_hash
from gridward.persistence.changes import ChangeRow, Xid8
from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.writes import Put, Writes


def new_id() -> UUID:
    """An id that sorts by the time it was made, for rows that the server founds."""
    return uuid7()


class SystemRow(Row):
    """The one row that says which history this database carries: the epoch changes when it is restored, ``identity`` is
    the database that this history is lived in (see ``server.IDENTITY``)."""

    __tablename__ = "system"

    one: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    feed_epoch: Mapped[int] = mapped_column(Integer)
    identity: Mapped[str] = mapped_column(Text)
    pruned_through: Mapped[str | None] = mapped_column(Xid8())


class EntryRow(Row):
    """One thing that happened. INSERT only, by rights and by trigger."""

    __tablename__ = "entry"
    __table_args__ = (
        Index("ix_entry_order", "epoch", "xid", "entry_id"),
        Index("ix_entry_subject", "jurisdiction_id", "subject", "subject_id"),
        Index(
            "uq_entry_ticket",
            "ticket_id",
            "ticket_version",
            unique=True,
            postgresql_where=text("ticket_id IS NOT NULL"),
        ),
        Index("ix_entry_recorded", "jurisdiction_id", "recorded_at"),
        Index(
            "ix_entry_rated",
            "jurisdiction_id",
            "recorded_at",
            postgresql_where=text("verb = 'ticket.rated'"),
        ),
        Index(
            "ix_entry_supervision",
            "jurisdiction_id",
            "recorded_at",
            postgresql_where=text("verb IN ('supervision.ordered', 'supervision.answered')"),
        ),
        Index(
            "ix_entry_shirking",
            "jurisdiction_id",
            "recorded_at",
            postgresql_where=text("verb = 'shirking.ruled'"),
        ),
    )

    entry_id: Mapped[UUID] = mapped_column(primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer)
    xid: Mapped[str] = mapped_column(Xid8(), server_default=text("pg_current_xact_id()"))
    jurisdiction_id: Mapped[UUID]
    actor_id: Mapped[UUID | None]
    via: Mapped[str] = mapped_column(Text)
    verb: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    subject_id: Mapped[UUID]
    ticket_id: Mapped[UUID | None]
    ticket_version: Mapped[int | None] = mapped_column(Integer)
    occurred_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    recorded_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    hash_version: Mapped[int] = mapped_column(SmallInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


_EPOCH = {"epoch": "(SELECT feed_epoch FROM system)"}
ENTRIES = Put(cast(Table, EntryRow.__table__), stated=_EPOCH)
CHANGES = Put(cast(Table, ChangeRow.__table__), stated=_EPOCH)


@dataclass(frozen=True, slots=True)
class Touched:
    """A thing whose new state a scope must learn of. ``gone`` tells the scope to forget it."""

    scope: str
    entity: str
    entity_id: UUID
    version: int
    gone: bool = False


async def feed_epoch(session: ReadSession | WriteSession) -> int:
    """The epoch that every entry and change of this database carries.

    Raises:
        sqlalchemy.exc.NoResultFound: the database was never migrated.
    """
    return (await session.execute(select(SystemRow.feed_epoch))).scalar_one()


async def record(
    session: WriteSession,
    deeds: Sequence[Deed],
    *,
    jurisdiction_id: UUID,
    touched: Iterable[Touched] = (),
    writes: Writes | None = None,
) -> None:
    """Write what happened and who must learn of it, in the transaction of the change itself.

    One statement, however many deeds; ``writes`` holds what else goes with it. ``deeds`` about one ticket carry
    consecutive ``ticket_version``; a unique index refuses a second history for the same version.
    """
    writes = writes or Writes()
    if deeds:
        _add(writes, deeds, jurisdiction_id, touched)
    await writes.run(session)


def _add(writes: Writes, deeds: Sequence[Deed], jurisdiction_id: UUID, touched: Iterable[Touched]) -> None:
    rows: list[Mapping[str, Any]] = [
        {
            "entry_id": deed.entry_id,
            "jurisdiction_id": jurisdiction_id,
            "actor_id": deed.actor_id,
            "via": deed.via,
            "verb": deed.verb,
            "subject": deed.subject,
            "subject_id": deed.subject_id,
            "ticket_id": deed.ticket_id,
            "ticket_version": deed.ticket_version,
            "occurred_at": deed.occurred_at,
            "recorded_at": deed.recorded_at,
            "detail": deed.detail,
            "hash_version": HASH_VERSION,
            "hash": entry_hash(deed, jurisdiction_id=jurisdiction_id),
        }
        for deed in deeds
    ]
    writes.add(ENTRIES, rows)
    at = max(deed.recorded_at for deed in deeds)
    changes = [
        {
            "at": at,
            "jurisdiction_id": jurisdiction_id,
            "scope": one.scope,
            "entity": one.entity,
            "entity_id": one.entity_id,
            "version": one.version,
            "op": "r" if one.gone else "u",
        }
        for one in touched
    ]
    writes.add(CHANGES, changes)
