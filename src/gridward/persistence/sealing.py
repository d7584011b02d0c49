"""Seals over the log, and the log read in the order in which it is sealed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    cast,
    func,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.entries import BEGINNING, HASH_VERSION, Deed, Place, entry_hash
from gridward.domain.sealing import MARK, Found, Seal
from gridward.persistence.changes import Xid8
from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.notifications.rows import FollowerRow


class SealRow(Row):
    """One seal; see :class:`gridward.domain.sealing.Seal`. INSERT only, but for when it was anchored outside."""

    __tablename__ = "seal"
    __table_args__ = (
        CheckConstraint("octet_length(root) = 32 AND octet_length(previous) = 32", name="roots_whole"),
        Index("ix_seal_to_anchor", "sealed_at", postgresql_where=text("anchored_at IS NULL")),
    )

    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sealed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    epoch: Mapped[int] = mapped_column(Integer)
    xid: Mapped[int] = mapped_column(Xid8())
    entry_id: Mapped[UUID]
    marks: Mapped[bytes] = mapped_column(LargeBinary)
    previous: Mapped[bytes] = mapped_column(LargeBinary)
    root: Mapped[bytes] = mapped_column(LargeBinary)
    anchored_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class New:
    """An entry that no seal covers yet."""

    place: Place
    jurisdiction_id: UUID
    hash: bytes


NEW = text(
    """
    SELECT e.epoch, e.xid::text AS xid, e.entry_id, e.jurisdiction_id, e.hash
    FROM entry e
    WHERE (e.epoch, e.xid, e.entry_id) > (CAST(:epoch AS integer), CAST(:xid AS text)::xid8, CAST(:entry_id AS uuid))
      AND (e.epoch < (SELECT feed_epoch FROM system) OR e.xid < pg_snapshot_xmin(pg_current_snapshot()))
    ORDER BY e.epoch, e.xid, e.entry_id LIMIT :limit
    """
)
"""In the order of commits, below the oldest transaction still running; an older epoch is final as a whole."""


async def new(session: WriteSession, after: Place, limit: int) -> list[New]:
    rows = await session.execute(
        NEW, {"epoch": after.epoch, "xid": str(after.xid), "entry_id": after.entry_id, "limit": limit}
    )
    return [New(Place(row.epoch, int(row.xid), row.entry_id), row.jurisdiction_id, bytes(row.hash)) for row in rows]


async def newest(
    session: ReadSession | WriteSession, jurisdiction_ids: Collection[UUID]
) -> dict[UUID, tuple[int, bytes]]:
    """Number and root of the last seal of each of these jurisdictions that has one."""
    last = select(SealRow.jurisdiction_id, func.max(SealRow.number)).group_by(SealRow.jurisdiction_id)
    query = select(SealRow.jurisdiction_id, SealRow.number, SealRow.root).where(
        tuple_(SealRow.jurisdiction_id, SealRow.number).in_(last.where(SealRow.jurisdiction_id.in_(jurisdiction_ids)))
    )
    return {row.jurisdiction_id: (row.number, bytes(row.root)) for row in await session.execute(query)}


async def add(session: WriteSession, seals: Sequence[Seal]) -> None:
    for seal in seals:
        session.add(
            SealRow(
                jurisdiction_id=seal.jurisdiction_id,
                number=seal.number,
                sealed_at=seal.sealed_at,
                epoch=seal.through.epoch,
                xid=seal.through.xid,
                entry_id=seal.through.entry_id,
                marks=seal.marks,
                previous=seal.previous,
                root=seal.root,
                anchored_at=None,
            )
        )
    await session.flush()


def _seal(row: Any) -> Seal:
    return Seal(
        jurisdiction_id=row.jurisdiction_id,
        number=row.number,
        sealed_at=row.sealed_at,
        through=Place(row.epoch, int(row.xid), row.entry_id),
        marks=bytes(row.marks),
        previous=bytes(row.previous),
        root=bytes(row.root),
    )


async def to_anchor(session: ReadSession, limit: int) -> list[Seal]:
    """Seals that do not stand outside the database yet, in the order in which they were made."""
    query = (
        select(SealRow)
        .where(SealRow.anchored_at.is_(None))
        .order_by(SealRow.sealed_at, SealRow.jurisdiction_id, SealRow.number)
        .limit(limit)
    )
    return [_seal(row) for row in (await session.execute(query)).scalars()]


async def anchored(session: WriteSession, seals: Sequence[Seal], at: datetime) -> None:
    keys = [(seal.jurisdiction_id, seal.number) for seal in seals]
    await session.execute(
        update(SealRow)
        .where(tuple_(SealRow.jurisdiction_id, SealRow.number).in_(keys))
        .values(anchored_at=at)
        .execution_options(synchronize_session=False)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A seal as people are shown it. ``count``: how many entries it covers."""

    number: int
    sealed_at: datetime
    count: int
    root: bytes
    anchored_at: datetime | None


async def last(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> Standing | None:
    """The newest seal of a jurisdiction."""
    query = select(
        SealRow.number,
        SealRow.sealed_at,
        (func.octet_length(SealRow.marks) / (16 + MARK)).label("covered"),
        SealRow.root,
        SealRow.anchored_at,
    ).where(SealRow.jurisdiction_id == jurisdiction_id)
    row = (await session.execute(query.order_by(SealRow.number.desc()).limit(1))).one_or_none()
    if row is None:
        return None
    return Standing(
        number=row.number,
        sealed_at=row.sealed_at,
        count=row.covered,
        root=bytes(row.root),
        anchored_at=row.anchored_at,
    )


async def roots(session: ReadSession, jurisdiction_id: UUID) -> dict[int, tuple[bytes, datetime | None]]:
    """Root of each seal by its number, and when it was anchored."""
    query = select(SealRow.number, SealRow.root, SealRow.anchored_at).where(SealRow.jurisdiction_id == jurisdiction_id)
    return {row.number: (bytes(row.root), row.anchored_at) for row in await session.execute(query)}


async def standing_numbers(session: ReadSession | WriteSession) -> dict[UUID, int]:
    """The last number of every jurisdiction that has a seal."""
    query = select(SealRow.jurisdiction_id, func.max(SealRow.number).label("last")).group_by(SealRow.jurisdiction_id)
    return {row.jurisdiction_id: row.last for row in await session.execute(query)}


async def anchor_again(session: WriteSession, known: Collection[tuple[UUID, int]]) -> None:
    """Seals that the file outside does not have are to be written there."""
    statement = update(SealRow).values(anchored_at=None).execution_options(synchronize_session=False)
    if known:
        statement = statement.where(tuple_(SealRow.jurisdiction_id, SealRow.number).not_in(known))
    await session.execute(statement)


ENTRIES = text(
    """
    SELECT epoch, xid::text AS xid, entry_id, jurisdiction_id, actor_id, via, verb, subject, subject_id, ticket_id,
           ticket_version, occurred_at, recorded_at, detail, hash_version, hash
    FROM entry
    WHERE jurisdiction_id = :jurisdiction_id
      AND (epoch, xid, entry_id) > (CAST(:epoch AS integer), CAST(:xid AS text)::xid8, CAST(:entry_id AS uuid))
      AND (epoch, xid, entry_id)
          <= (CAST(:to_epoch AS integer), CAST(:to_xid AS text)::xid8, CAST(:to_entry_id AS uuid))
    ORDER BY epoch, xid, entry_id LIMIT :limit
    """
)
END = Place(2**31 - 1, 2**63 - 1, UUID(int=2**128 - 1))


async def entries(session: ReadSession, jurisdiction_id: UUID, after: Place, through: Place, limit: int) -> list[Found]:
    """What stands between two places now, each with the hash of what it says."""
    rows = await session.execute(
        ENTRIES,
        {
            "jurisdiction_id": jurisdiction_id,
            "epoch": after.epoch,
            "xid": str(after.xid),
            "entry_id": after.entry_id,
            "to_epoch": through.epoch,
            "to_xid": str(through.xid),
            "to_entry_id": through.entry_id,
            "limit": limit,
        },
    )
    return [
        Found(
            place=Place(row.epoch, int(row.xid), row.entry_id),
            stored_hash=bytes(row.hash),
            said_hash=_said(row) if row.hash_version == HASH_VERSION else None,
        )
        for row in rows
    ]


def _said(row: Any) -> bytes:
    deed = Deed(
        entry_id=row.entry_id,
        actor_id=row.actor_id,
        via=row.via,
        verb=row.verb,
        subject=row.subject,
        subject_id=row.subject_id,
        ticket_id=row.ticket_id,
        ticket_version=row.ticket_version,
        occurred_at=row.occurred_at,
        recorded_at=row.recorded_at,
        detail=row.detail,
    )
    return entry_hash(deed, jurisdiction_id=row.jurisdiction_id)


async def exists(session: ReadSession, entry_id: UUID) -> bool:
    """Whether a row with this id stands anywhere in the log."""
    return bool(await session.scalar(text("SELECT EXISTS (SELECT FROM entry WHERE entry_id = :id)"), {"id": entry_id}))


async def followed_to(session: ReadSession, name: str) -> Place:
    """How far a follower has come, without locking it."""
    query = select(FollowerRow.epoch, cast(FollowerRow.xid, Text).label("xid"), FollowerRow.entry_id)
    row = (await session.execute(query.where(FollowerRow.name == name))).one_or_none()
    return BEGINNING if row is None else Place(row.epoch, int(row.xid), row.entry_id)


async def sealed_to(session: ReadSession, jurisdiction_id: UUID) -> Place:
    """Where the newest seal of a jurisdiction ends, anchored or not."""
    query = select(SealRow.epoch, cast(SealRow.xid, Text).label("xid"), SealRow.entry_id)
    query = query.where(SealRow.jurisdiction_id == jurisdiction_id).order_by(SealRow.number.desc()).limit(1)
    row = (await session.execute(query)).one_or_none()
    return BEGINNING if row is None else Place(row.epoch, int(row.xid), row.entry_id)


async def oldest_after(session: ReadSession, jurisdiction_id: UUID, after: Place) -> datetime | None:
    """When the first entry after a place was recorded."""
    found: datetime | None = await session.scalar(
        text(
            "SELECT recorded_at FROM entry WHERE jurisdiction_id = :jurisdiction_id AND (epoch, xid, entry_id) > "
            "(CAST(:epoch AS integer), CAST(:xid AS text)::xid8, CAST(:entry_id AS uuid)) "
            "ORDER BY epoch, xid, entry_id LIMIT 1"
        ),
        {
            "jurisdiction_id": jurisdiction_id,
            "epoch": after.epoch,
            "xid": str(after.xid),
            "entry_id": after.entry_id,
        },
    )
    return found
