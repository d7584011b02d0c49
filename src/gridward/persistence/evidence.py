"""Photos and what they are evidence of.

A photo belongs to the person who sent it: another person who sends the same bytes gets a row of their own, so that
nobody learns from an answer that a picture is known already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    CursorResult,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.accounts import Subject
from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.prepared import Line, Prepared
from gridward.persistence.tickets.rows import ReportRow, TicketRow
from gridward.persistence.writes import Put


class PhotoRow(Row):
    """One picture as one person sent it.

    ``sha256`` and ``size`` are of the bytes that came; ``stored_*`` and ``thumb_*`` of the files the server made. The
    blobs are named by ``photo_id``. ``claim`` is what the file said of its place and time.
    """

    __tablename__ = "photo"
    __table_args__ = (
        Index("uq_photo_sender", "jurisdiction_id", "uploader_id", "sha256", unique=True),
        Index("ix_photo_sha256", "jurisdiction_id", "sha256"),
        Index("ix_photo_received", "jurisdiction_id", "received_at", postgresql_include=["size"]),
        CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name="sha256"),
        CheckConstraint("size > 0", name="size"),
    )

    photo_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    uploader_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    sha256: Mapped[str] = mapped_column(Text)
    size: Mapped[int] = mapped_column(Integer)
    file_kind: Mapped[str] = mapped_column(Text)
    stored_sha256: Mapped[str] = mapped_column(Text)
    stored_size: Mapped[int] = mapped_column(Integer)
    thumb_sha256: Mapped[str] = mapped_column(Text)
    thumb_size: Mapped[int] = mapped_column(Integer)
    width: Mapped[int] = mapped_column(Integer)
    height: Mapped[int] = mapped_column(Integer)
    claim: Mapped[dict[str, Any]] = mapped_column(JSONB)
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class PhotoUseRow(Row):
    """One photo as evidence in one report or one operation, on the ticket that it now belongs to.

    ``taken_at``/``claim`` is what the phone read before it re-encoded the file, joined with what the file still said;
    ``distance_m`` and ``marks`` compare it with the ticket. A hidden photo stays evidence for the desk.
    """

    __tablename__ = "photo_use"
    __table_args__ = (
        Index(
            "uq_photo_use_report", "report_id", "photo_id", unique=True, postgresql_where=text("report_id IS NOT NULL")
        ),
        Index(
            "uq_photo_use_operation",
            "operation_id",
            "photo_id",
            unique=True,
            postgresql_where=text("operation_id IS NOT NULL"),
        ),
        Index("ix_photo_use_ticket", "ticket_id", "place"),
        Index("ix_photo_use_photo", "photo_id"),
        CheckConstraint("num_nonnulls(report_id, operation_id) = 1", name="one_source"),
    )

    photo_use_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.photo_id"))
    sha256: Mapped[str] = mapped_column(Text)
    ticket_id: Mapped[UUID]
    report_id: Mapped[UUID | None]
    operation_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(Text)
    place: Mapped[int] = mapped_column(SmallInteger)
    claim: Mapped[dict[str, Any]] = mapped_column(JSONB)
    distance_m: Mapped[float | None] = mapped_column(Float)
    marks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    added_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    hidden_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    hidden_by: Mapped[UUID | None]


class DroppedPhotoRow(Row):
    """Files that nothing refers to any more and that are still to be removed: written in the transaction that let go of
    them, so that a store which is away, or a crash, leaves no picture behind."""

    __tablename__ = "dropped_photo"

    photo_id: Mapped[UUID] = mapped_column(primary_key=True)
    dropped_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


@dataclass(frozen=True, slots=True)
class Usage:
    """What was received since an instant: photos and bytes of one person, bytes of the whole jurisdiction."""

    person_photos: int
    person_bytes: int
    jurisdiction_bytes: int


async def usage(
    session: ReadSession | WriteSession, *, jurisdiction_id: UUID, uploader_id: UUID, since: datetime
) -> Usage:
    own = PhotoRow.uploader_id == uploader_id
    row = (
        await session.execute(
            select(
                func.count().filter(own),
                func.coalesce(func.sum(PhotoRow.size).filter(own), 0),
                func.coalesce(func.sum(PhotoRow.size), 0),
            ).where(PhotoRow.jurisdiction_id == jurisdiction_id, PhotoRow.received_at > since)
        )
    ).one()
    return Usage(int(row[0]), int(row[1]), int(row[2]))


async def add_photo(session: WriteSession, values: Mapping[str, Any]) -> bool:
    """Store the row of a photo; False when this sender's row for these bytes is there already."""
    statement = (
        upsert(PhotoRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["jurisdiction_id", "uploader_id", "sha256"])
        .returning(PhotoRow.photo_id)
    )
    return (await session.execute(statement)).scalar_one_or_none() is not None


PHOTO = cast(Table, PhotoRow.__table__)
SENT = select(PHOTO).where(
    PHOTO.c.jurisdiction_id == bindparam("jurisdiction"),
    PHOTO.c.uploader_id == bindparam("uploader"),
    PHOTO.c.sha256 == func.any(bindparam("sha256s", type_=ARRAY(Text))),
)
SENT_PHOTOS = Prepared(SENT)
KEPT_PHOTOS = Prepared(SENT.with_for_update(read=True, key_share=True))


async def sent_photos(
    session: ReadSession | WriteSession, *, jurisdiction_id: UUID, uploader_id: UUID, sha256s: Sequence[str]
) -> dict[str, Line]:
    """The photos that this person has sent, by digest. For whoever is about to refer to them (a writer) they cannot be
    dropped until the transaction ends."""
    of = {"jurisdiction": jurisdiction_id, "uploader": uploader_id, "sha256s": list(sha256s)}
    asked = KEPT_PHOTOS if isinstance(session, WriteSession) else SENT_PHOTOS
    return {row.sha256: row for row in await asked.rows(session, of)}


@dataclass(frozen=True, slots=True)
class Holding:
    """One way in which a photo may be seen: as its sender, or through a ticket that holds it."""

    photo: PhotoRow
    ticket_id: UUID | None
    hidden: bool


async def holdings(session: ReadSession, *, jurisdiction_id: UUID, sha256: str) -> list[Holding]:
    """Every photo of the jurisdiction with this digest and every ticket that holds it."""
    rows = await session.execute(
        select(PhotoRow, PhotoUseRow.ticket_id, PhotoUseRow.hidden_at)
        .outerjoin(PhotoUseRow, PhotoUseRow.photo_id == PhotoRow.photo_id)
        .where(PhotoRow.jurisdiction_id == jurisdiction_id, PhotoRow.sha256 == sha256)
    )
    return [Holding(photo, ticket_id, hidden_at is not None) for photo, ticket_id, hidden_at in rows]


async def subjects_of(session: ReadSession | WriteSession, ticket_ids: Sequence[UUID]) -> dict[UUID, Subject]:
    """What the policy must know of tickets that hold a photo."""
    rows = await session.execute(
        select(
            TicketRow.ticket_id,
            TicketRow.jurisdiction_id,
            TicketRow.grid_id,
            TicketRow.community_id,
            TicketRow.unit_id,
            func.array_agg(ReportRow.reporter_id).filter(ReportRow.reporter_id.is_not(None)),
        )
        .outerjoin(ReportRow, ReportRow.ticket_id == TicketRow.ticket_id)
        .where(TicketRow.ticket_id.in_(ticket_ids))
        .group_by(TicketRow.ticket_id)
    )
    return {
        ticket_id: Subject(
            jurisdiction_id=jurisdiction_id,
            owner_ids=frozenset(one for one in reporters or () if one is not None),
            grid_id=grid_id,
            community_id=community_id,
            unit_ids=frozenset() if unit_id is None else frozenset({unit_id}),
        )
        for ticket_id, jurisdiction_id, grid_id, community_id, unit_id, reporters in rows
    }


USES = Put(cast(Table, PhotoUseRow.__table__), again="left")
"""Photos that prove something; what is attached already to the same report or operation stays as it is."""


async def uses_of(session: ReadSession | WriteSession, ticket_ids: Sequence[UUID]) -> list[PhotoUseRow]:
    """The photos of some tickets in the order in which they came."""
    rows = await session.scalars(
        select(PhotoUseRow)
        .where(PhotoUseRow.ticket_id.in_(ticket_ids))
        .order_by(PhotoUseRow.ticket_id, PhotoUseRow.added_at, PhotoUseRow.place, PhotoUseRow.photo_use_id)
    )
    return list(rows)


async def move_uses(session: WriteSession, *, report_ids: Sequence[UUID], to_ticket_id: UUID) -> None:
    """The photos of these reports follow them to another ticket."""
    await session.execute(
        update(PhotoUseRow).where(PhotoUseRow.report_id.in_(report_ids)).values(ticket_id=to_ticket_id)
    )


async def hide_use(session: WriteSession, *, ticket_id: UUID, sha256: str, by: UUID, at: datetime) -> int:
    """Hide a photo of a ticket from everybody but the desk; how many uses of it were open to view."""
    result = await session.execute(
        update(PhotoUseRow)
        .where(PhotoUseRow.ticket_id == ticket_id, PhotoUseRow.sha256 == sha256, PhotoUseRow.hidden_at.is_(None))
        .values(hidden_at=at, hidden_by=by)
        .returning(PhotoUseRow.photo_use_id)
    )
    return len(result.all())


UNUSED = """NOT EXISTS (SELECT FROM photo_use WHERE photo_use.photo_id = photo.photo_id)
          AND NOT EXISTS (SELECT FROM suspension WHERE notice_photo_id = photo.photo_id)"""
LOCK_UNUSED = text(
    f"""
    SELECT photo_id FROM photo WHERE received_at < :received_before AND {UNUSED}
    ORDER BY received_at, photo_id LIMIT :limit FOR UPDATE SKIP LOCKED
    """  # noqa: S608
)
DROP_UNUSED = text(
    f"""
    WITH gone AS (DELETE FROM photo WHERE photo_id = ANY(:photo_ids) AND {UNUSED} RETURNING photo_id)
    INSERT INTO dropped_photo (photo_id, dropped_at) SELECT photo_id, :now FROM gone
    """  # noqa: S608
)


async def drop_unused(session: WriteSession, *, received_before: datetime, now: datetime, limit: int) -> int:
    """Delete rows of photos that nothing ever referred to and put their files on the list of those to be removed; how
    many. A photo that a report is just being filed with is passed over.

    Asked twice: a report that was filed between the look and the lock is seen only by a statement that begins later.
    """
    aged = {"received_before": received_before, "limit": limit}
    photo_ids = list(await session.scalars(LOCK_UNUSED, aged))
    done = await session.execute(DROP_UNUSED, {"photo_ids": photo_ids, "now": now})
    return cast(CursorResult[Any], done).rowcount


async def drop_files(session: WriteSession, *, photo_id: UUID, now: datetime) -> None:
    """Put the files of a photo that has no row on the list of those to be removed."""
    await session.execute(insert(DroppedPhotoRow).values(photo_id=photo_id, dropped_at=now))


async def dropped(session: ReadSession, *, limit: int) -> list[UUID]:
    """Photos whose files are to be removed, those that have waited longest first."""
    order = DroppedPhotoRow.dropped_at, DroppedPhotoRow.photo_id
    return list(await session.scalars(select(DroppedPhotoRow.photo_id).order_by(*order).limit(limit)))


async def files_removed(session: WriteSession, photo_ids: Sequence[UUID]) -> None:
    """Take photos off that list."""
    await session.execute(delete(DroppedPhotoRow).where(DroppedPhotoRow.photo_id.in_(photo_ids)))
