"""Addresses of progress pages, and what somebody has made fit for them.

Of an address only its digest is kept. A photo's public copy is a file of its own (``rendition_id``); which parts of the
original were covered stays beside it, so that the next person sees what was hidden and can hide more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    Text,
    and_,
    bindparam,
    delete,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    true,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, aliased, mapped_column

from gridward.domain.progress import STEPS, Decision
from gridward.persistence import database
from gridward.persistence.accounts.rows import JurisdictionRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import EntryRow
from gridward.persistence.evidence import DroppedPhotoRow, PhotoRow, PhotoUseRow
from gridward.persistence.standards.rows import CategoryRow
from gridward.persistence.territory.rows import AreaRow, GridRow, UnitRow
from gridward.persistence.tickets.rows import RequestRow, TicketRow, TicketTextRow

Instant = DateTime(timezone=True)
Line = Row[*tuple[Any, ...]]
Either = ReadSession | WriteSession


class ProgressLinkRow(database.Row):
    """One address of one ticket's page, as one person handed it out; it opens until ``ended_at``."""

    __tablename__ = "progress_link"
    __table_args__ = (
        Index("uq_progress_link_token", "token_digest", unique=True),
        Index(
            "uq_progress_link_open", "ticket_id", "shared_by", unique=True, postgresql_where=text("ended_at IS NULL")
        ),
        Index("ix_progress_link_sharer", "shared_by", postgresql_where=text("ended_at IS NULL")),
    )

    link_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"))
    token_digest: Mapped[bytes] = mapped_column(LargeBinary)
    shared_by: Mapped[UUID]
    shared_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[UUID | None]


class PublicPhotoRow(database.Row):
    """What was decided last about showing a photo to everybody. ``boxes`` are the parts that are covered in its copy:
    ``[x, y, width, height]`` as fractions; the copy is ``rendition_id``."""

    __tablename__ = "public_photo"
    __table_args__ = (
        CheckConstraint("decision IN ('cleared', 'kept_back')", name="decision"),
        CheckConstraint("(decision = 'cleared') = (rendition_id IS NOT NULL)", name="cleared_has_a_copy"),
    )

    photo_id: Mapped[UUID] = mapped_column(ForeignKey("photo.photo_id"), primary_key=True)
    jurisdiction_id: Mapped[UUID]
    decision: Mapped[str] = mapped_column(Text)
    boxes: Mapped[list[list[float]]] = mapped_column(JSONB)
    rendition_id: Mapped[UUID | None]
    sha256: Mapped[str | None] = mapped_column(Text)
    width: Mapped[int | None] = mapped_column(Integer)
    height: Mapped[int | None] = mapped_column(Integer)
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime] = mapped_column(Instant)


class PublicWordsRow(database.Row):
    """What was decided last about showing a unit's sentence to everybody."""

    __tablename__ = "public_words"
    __table_args__ = (CheckConstraint("decision IN ('cleared', 'kept_back')", name="decision"),)

    text_id: Mapped[UUID] = mapped_column(ForeignKey("ticket_text.text_id"), primary_key=True)
    jurisdiction_id: Mapped[UUID]
    decision: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[UUID]
    decided_at: Mapped[datetime] = mapped_column(Instant)


# ---- Addresses ---------------------------------------------------------------------------------------------------

_OPEN = ProgressLinkRow.ended_at.is_(None)


async def link_of(session: Either, ticket_id: UUID, shared_by: UUID) -> ProgressLinkRow | None:
    """The address that this person handed out and that still opens."""
    query = select(ProgressLinkRow).where(
        ProgressLinkRow.ticket_id == ticket_id, ProgressLinkRow.shared_by == shared_by, _OPEN
    )
    return (await session.execute(query)).scalar_one_or_none()


async def links(session: Either, ticket_id: UUID) -> int:
    """How many addresses of a ticket's page open."""
    query = select(func.count()).where(ProgressLinkRow.ticket_id == ticket_id, _OPEN)
    return int((await session.execute(query)).scalar_one())


async def add_link(session: WriteSession, values: dict[str, Any]) -> bool:
    """False: this person's address of this ticket was made meanwhile by the same call sent twice."""
    made = await session.execute(
        upsert(ProgressLinkRow).values(**values).on_conflict_do_nothing().returning(ProgressLinkRow.link_id)
    )
    return made.scalar_one_or_none() is not None


async def end_links(
    session: WriteSession,
    *,
    by: UUID | None,
    now: datetime,
    ticket_ids: Collection[UUID] = (),
    shared_by: UUID | None = None,
) -> list[UUID]:
    """Close addresses: of tickets, of one person's handing out, or those of one person on these tickets; which."""
    wanted: list[ColumnElement[bool]] = [_OPEN]
    if ticket_ids or shared_by is None:
        wanted.append(ProgressLinkRow.ticket_id.in_(ticket_ids))
    if shared_by is not None:
        wanted.append(ProgressLinkRow.shared_by == shared_by)
    ended = await session.execute(
        update(ProgressLinkRow).where(*wanted).values(ended_at=now, ended_by=by).returning(ProgressLinkRow.link_id)
    )
    return list(ended.scalars())


async def where_now(session: Either, ticket_id: UUID) -> UUID:
    """The ticket itself, or the one that it ended in by being merged, however often."""
    query = select(TicketRow.merged_into_id).where(TicketRow.ticket_id == bindparam("ticket_id"))
    while (into := (await session.execute(query, {"ticket_id": ticket_id})).scalar_one_or_none()) is not None:
        ticket_id = into
    return ticket_id


async def place_of(session: Either, ticket_id: UUID) -> Line:
    """Where a ticket is and when it must be done: ``lon``, ``lat``, ``grid_name``, ``due_at``."""
    query = (
        select(
            func.ST_X(TicketRow.location).label("lon"),
            func.ST_Y(TicketRow.location).label("lat"),
            GridRow.name.label("grid_name"),
            TicketRow.due_at,
        )
        .outerjoin(GridRow, GridRow.grid_id == TicketRow.grid_id)
        .where(TicketRow.ticket_id == ticket_id)
    )
    return (await session.execute(query)).one()


# ---- The page ----------------------------------------------------------------------------------------------------


async def opened_by(session: ReadSession, token_digest: bytes) -> UUID | None:
    """The ticket whose page this address opens. An address that never was and one that was taken back are both looked
    for in the same way, and not found."""
    query = select(ProgressLinkRow.ticket_id).where(ProgressLinkRow.token_digest == token_digest, _OPEN)
    found: UUID | None = (await session.execute(query)).scalar_one_or_none()
    return found


async def page_of(session: ReadSession, ticket_id: UUID) -> Line:
    """Everything that the page says of a ticket itself."""
    until = (
        select(RequestRow.until_at)
        .where(RequestRow.ticket_id == TicketRow.ticket_id, RequestRow.outcome == "granted", RequestRow.kind == "defer")
        .order_by(RequestRow.decided_at.desc())
        .limit(1)
        .correlate(TicketRow)
        .scalar_subquery()
    )
    query = (
        select(
            TicketRow.ticket_id,
            TicketRow.jurisdiction_id,
            TicketRow.short_no,
            TicketRow.status,
            TicketRow.closing,
            TicketRow.due_at,
            func.ST_X(TicketRow.location).label("lon"),
            func.ST_Y(TicketRow.location).label("lat"),
            UnitRow.kind.label("unit_kind"),
            GridRow.name.label("grid_name"),
            CategoryRow.name.label("category_name"),
            CategoryRow.document.label("category"),
            AreaRow.name.label("community"),
            JurisdictionRow.name.label("jurisdiction"),
            JurisdictionRow.telephone,
            JurisdictionRow.time_zone,
            until.label("deferred_until"),
        )
        .join(JurisdictionRow, JurisdictionRow.jurisdiction_id == TicketRow.jurisdiction_id)
        .outerjoin(UnitRow, UnitRow.unit_id == TicketRow.unit_id)
        .outerjoin(GridRow, GridRow.grid_id == TicketRow.grid_id)
        .outerjoin(AreaRow, AreaRow.area_id == TicketRow.community_id)
        .outerjoin(
            CategoryRow,
            and_(CategoryRow.standard_id == TicketRow.standard_id, CategoryRow.code == TicketRow.category_code),
        )
        .where(TicketRow.ticket_id == ticket_id)
    )
    return (await session.execute(query)).one()


async def short_no_of(session: ReadSession, ticket_id: UUID) -> int:
    query = select(TicketRow.short_no).where(TicketRow.ticket_id == ticket_id)
    return int((await session.execute(query)).scalar_one())


async def steps_of(session: ReadSession, ticket_id: UUID) -> Sequence[Line]:
    """What happened, without anybody who did it: ``verb``, ``occurred_at``, ``unit_kind``; in order."""
    query = (
        select(
            EntryRow.verb,
            EntryRow.occurred_at,
            EntryRow.detail["unit_kind"].astext.label("unit_kind"),
            EntryRow.detail["reason"].astext.label("reason"),
        )
        .where(EntryRow.ticket_id == ticket_id, EntryRow.ticket_version.is_not(None), EntryRow.verb.in_(STEPS))
        .order_by(EntryRow.ticket_version)
    )
    return (await session.execute(query)).all()


def _shown() -> Any:
    """Cleared, and hidden in no ticket that holds it: a photo hidden somewhere was hidden for what is on it."""
    use = aliased(PhotoUseRow)
    hidden = select(literal(1)).where(use.photo_id == PhotoUseRow.photo_id, use.hidden_at.is_not(None)).exists()
    return and_(PublicPhotoRow.decision == Decision.cleared, PhotoUseRow.hidden_at.is_(None), ~hidden)


async def public_photos(session: ReadSession, ticket_id: UUID) -> Sequence[Line]:
    """Copies that may be shown: ``rendition_id``, ``kind``, ``width``, ``height``, ``sha256``; in the order they came."""
    query = (
        select(
            PublicPhotoRow.rendition_id,
            PublicPhotoRow.sha256,
            PublicPhotoRow.width,
            PublicPhotoRow.height,
            PhotoUseRow.kind,
        )
        .join(PhotoUseRow, PhotoUseRow.photo_id == PublicPhotoRow.photo_id)
        .where(PhotoUseRow.ticket_id == ticket_id, _shown())
        .order_by(PhotoUseRow.added_at, PhotoUseRow.place, PhotoUseRow.photo_use_id)
    )
    return (await session.execute(query)).all()


UNIT_SENTENCES = ("resolve.note", "resolve.answer")
"""Kinds of words with which a unit says what it did."""


async def unit_sentence(session: Either, ticket_id: UUID) -> Line | None:
    """The newest sentence of the unit: ``text_id``, ``body``, ``decision`` (null: nobody has decided)."""
    query = (
        select(TicketTextRow.text_id, TicketTextRow.body, PublicWordsRow.decision)
        .outerjoin(PublicWordsRow, PublicWordsRow.text_id == TicketTextRow.text_id)
        .where(
            TicketTextRow.ticket_id == ticket_id,
            TicketTextRow.kind.in_(UNIT_SENTENCES),
            TicketTextRow.body.is_not(None),
        )
        .order_by(TicketTextRow.written_at.desc(), TicketTextRow.text_id.desc())
        .limit(1)
    )
    return (await session.execute(query)).one_or_none()


# ---- Deciding ----------------------------------------------------------------------------------------------------


async def photos_to_decide(session: Either, ticket_id: UUID, sha256: str | None = None) -> Sequence[Line]:
    """The photos of a ticket with what was decided about each, in the order they came."""
    query = (
        select(
            PhotoUseRow.photo_id,
            PhotoUseRow.sha256,
            PhotoUseRow.kind,
            PhotoUseRow.hidden_at,
            PhotoRow.width,
            PhotoRow.height,
            PublicPhotoRow.decision,
            PublicPhotoRow.boxes,
            PublicPhotoRow.rendition_id,
            PublicPhotoRow.decided_at,
        )
        .join(PhotoRow, PhotoRow.photo_id == PhotoUseRow.photo_id)
        .outerjoin(PublicPhotoRow, PublicPhotoRow.photo_id == PhotoUseRow.photo_id)
        .where(PhotoUseRow.ticket_id == ticket_id)
        .order_by(PhotoUseRow.added_at, PhotoUseRow.place, PhotoUseRow.photo_use_id)
    )
    if sha256 is not None:
        query = query.where(PhotoUseRow.sha256 == sha256)
    return (await session.execute(query)).all()


async def decide_photo(session: WriteSession, values: dict[str, Any]) -> None:
    """Keep a decision in place of an earlier one, whose copy goes on the list of files to be removed."""
    photo_id, now = values["photo_id"], values["decided_at"]
    # Two decisions at once, the first two as well, follow one another, so that no copy is forgotten.
    await session.execute(
        select(PhotoRow.photo_id).where(PhotoRow.photo_id == photo_id).with_for_update(key_share=True)
    )
    before = select(PublicPhotoRow.rendition_id).where(PublicPhotoRow.photo_id == photo_id)
    replaced = (await session.execute(before)).scalar_one_or_none()
    if replaced is not None:
        await session.execute(insert(DroppedPhotoRow).values(photo_id=replaced, dropped_at=now))
    statement = upsert(PublicPhotoRow).values(**values)
    changed = {name: statement.excluded[name] for name in values if name not in ("photo_id", "jurisdiction_id")}
    await session.execute(statement.on_conflict_do_update(index_elements=["photo_id"], set_=changed))


async def decide_words(session: WriteSession, values: dict[str, Any]) -> None:
    statement = upsert(PublicWordsRow).values(**values)
    changed = {name: statement.excluded[name] for name in ("decision", "decided_by", "decided_at")}
    await session.execute(statement.on_conflict_do_update(index_elements=["text_id"], set_=changed))


async def forget_photos(session: WriteSession, photo_ids: Collection[UUID], now: datetime) -> None:
    """Take these photos' public copies away, files and rows: before the photos themselves are erased."""
    gone = await session.execute(
        delete(PublicPhotoRow).where(PublicPhotoRow.photo_id.in_(photo_ids)).returning(PublicPhotoRow.rendition_id)
    )
    copies = [{"photo_id": one, "dropped_at": now} for one in gone.scalars() if one is not None]
    if copies:
        await session.execute(insert(DroppedPhotoRow), copies)


_WAITING_KINDS = ("wide", "close", "before", "after", "verification")


async def waiting(
    session: ReadSession,
    jurisdiction_id: UUID,
    *,
    everywhere: bool,
    community_ids: Sequence[UUID],
    grid_ids: Sequence[UUID],
    limit: int,
) -> Sequence[Line]:
    """Tickets whose address somebody handed out and that hold a photo nobody has decided about; oldest address first.

    Args:
        everywhere: Of the whole jurisdiction; else of these communities and grids.
    """
    within = true() if everywhere else or_(TicketRow.community_id.in_(community_ids), TicketRow.grid_id.in_(grid_ids))
    undecided = (
        select(literal(1))
        .select_from(PhotoUseRow)
        .outerjoin(PublicPhotoRow, PublicPhotoRow.photo_id == PhotoUseRow.photo_id)
        .where(
            PhotoUseRow.ticket_id == TicketRow.ticket_id,
            PhotoUseRow.hidden_at.is_(None),
            PhotoUseRow.kind.in_(_WAITING_KINDS),
            PublicPhotoRow.photo_id.is_(None),
        )
        .exists()
    )
    query = (
        select(
            TicketRow.ticket_id,
            TicketRow.short_no,
            TicketRow.status,
            TicketRow.category_code,
            CategoryRow.name.label("category_name"),
            func.min(ProgressLinkRow.shared_at).label("shared_at"),
        )
        .join(ProgressLinkRow, ProgressLinkRow.ticket_id == TicketRow.ticket_id)
        .outerjoin(
            CategoryRow,
            and_(CategoryRow.standard_id == TicketRow.standard_id, CategoryRow.code == TicketRow.category_code),
        )
        .where(TicketRow.jurisdiction_id == jurisdiction_id, _OPEN, within, undecided)
        .group_by(TicketRow.ticket_id, CategoryRow.name)
        .order_by(func.min(ProgressLinkRow.shared_at))
        .limit(limit)
    )
    return (await session.execute(query)).all()
