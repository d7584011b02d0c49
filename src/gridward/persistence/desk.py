"""What belongs to the desk and not to a ticket: who looks at which one, saved views, words used again."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, DateTime, Index, Text, and_, delete, or_, select, true
from sqlalchemy import Row as ResultRow
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.desk import Use
from gridward.persistence.accounts.rows import PersonRow
from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.tickets.rows import TicketRow

Line = ResultRow[*tuple[Any, ...]]
Instant = DateTime(timezone=True)


class LeaseRow(Row):
    """Somebody has this ticket open until ``until_at``. It only informs, so it refers to no row that it would lock, and
    it is nothing that happened to the ticket: no entry tells of it."""

    __tablename__ = "ticket_lease"
    __table_args__ = (Index("ix_ticket_lease_until", "until_at"),)

    ticket_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    community_id: Mapped[UUID | None]
    until_at: Mapped[datetime] = mapped_column(Instant)


class SavedViewRow(Row):
    """A list of the desk under a name. ``query`` is its address after the question mark. ``shared``: with the desk of the
    community, or of the whole jurisdiction where ``community_id`` is null."""

    __tablename__ = "saved_view"
    __table_args__ = (Index("ix_saved_view_jurisdiction", "jurisdiction_id", "owner_id"),)

    view_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    owner_id: Mapped[UUID]
    community_id: Mapped[UUID | None]
    shared: Mapped[bool] = mapped_column(Boolean)
    name: Mapped[str] = mapped_column(Text)
    query: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class PhraseRow(Row):
    """Words that the desk uses again and again, for one kind of field (see ``domain/desk``)."""

    __tablename__ = "phrase"
    __table_args__ = (
        Index("ix_phrase_jurisdiction", "jurisdiction_id"),
        CheckConstraint(f"use IN ({', '.join(repr(one.value) for one in Use)})", name="use"),
    )

    phrase_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    use: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(Instant)


# ---- Who looks at what -------------------------------------------------------------------------------------------


async def hold_lease(session: WriteSession, values: dict[str, Any], now: datetime) -> None:
    """Begin or go on looking at a ticket; what others have let run out goes."""
    await session.execute(
        delete(LeaseRow).where(LeaseRow.jurisdiction_id == values["jurisdiction_id"], LeaseRow.until_at <= now)
    )
    statement = upsert(LeaseRow).values(values)
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["ticket_id", "person_id"], set_={"until_at": statement.excluded.until_at}
        )
    )


async def end_lease(session: WriteSession, ticket_id: UUID, person_id: UUID) -> None:
    await session.execute(delete(LeaseRow).where(LeaseRow.ticket_id == ticket_id, LeaseRow.person_id == person_id))


async def leases(session: ReadSession | WriteSession, now: datetime, ticket_id: UUID | None = None) -> Sequence[Line]:
    """Who looks at which ticket now: ``ticket_id``, ``person_id``, ``name``, and where the ticket lies."""
    query = (
        select(
            LeaseRow.ticket_id,
            LeaseRow.person_id,
            PersonRow.name,
            LeaseRow.jurisdiction_id,
            LeaseRow.community_id,
        )
        .join(PersonRow, PersonRow.person_id == LeaseRow.person_id)
        .where(LeaseRow.until_at > now)
        .order_by(LeaseRow.ticket_id, PersonRow.name)
    )
    if ticket_id is not None:
        query = query.where(LeaseRow.ticket_id == ticket_id)
    return (await session.execute(query)).all()


async def ticket_place(session: ReadSession | WriteSession, ticket_id: UUID) -> Line | None:
    """``jurisdiction_id`` and ``community_id`` of a ticket."""
    query = select(TicketRow.jurisdiction_id, TicketRow.community_id).where(TicketRow.ticket_id == ticket_id)
    return (await session.execute(query)).one_or_none()


# ---- Saved views -------------------------------------------------------------------------------------------------


async def views_for(
    session: ReadSession, jurisdiction_id: UUID, person_id: UUID, *, everywhere: bool, community_ids: Sequence[UUID]
) -> Sequence[Line]:
    """A person's own views and those that were shared with them, by name."""
    of_everybody = SavedViewRow.community_id.is_(None)
    within = true() if everywhere else or_(of_everybody, SavedViewRow.community_id.in_(community_ids))
    query = (
        select(
            SavedViewRow.view_id,
            SavedViewRow.owner_id,
            PersonRow.name.label("owner_name"),
            SavedViewRow.shared,
            SavedViewRow.name,
            SavedViewRow.query,
        )
        .join(PersonRow, PersonRow.person_id == SavedViewRow.owner_id)
        .where(
            SavedViewRow.jurisdiction_id == jurisdiction_id,
            or_(SavedViewRow.owner_id == person_id, and_(SavedViewRow.shared, within)),
        )
        .order_by(SavedViewRow.name, SavedViewRow.view_id)
    )
    return (await session.execute(query)).all()


async def view_by_id(session: WriteSession, view_id: UUID) -> SavedViewRow | None:
    return await session.get(SavedViewRow, view_id, with_for_update=True)


async def count_views(session: WriteSession, person_id: UUID) -> int:
    return len((await session.execute(select(SavedViewRow.view_id).where(SavedViewRow.owner_id == person_id))).all())


async def keep_view(session: WriteSession, values: dict[str, Any]) -> None:
    statement = upsert(SavedViewRow).values(values)
    changed = {name: statement.excluded[name] for name in ("shared", "name", "query", "changed_at")}
    await session.execute(statement.on_conflict_do_update(index_elements=["view_id"], set_=changed))


async def drop_view(session: WriteSession, view_id: UUID) -> None:
    await session.execute(delete(SavedViewRow).where(SavedViewRow.view_id == view_id))


# ---- Phrases -----------------------------------------------------------------------------------------------------


async def phrases(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> Sequence[Line]:
    """In the order in which a form lists them: by use, then title."""
    query = (
        select(PhraseRow.phrase_id, PhraseRow.use, PhraseRow.title, PhraseRow.words)
        .where(PhraseRow.jurisdiction_id == jurisdiction_id)
        .order_by(PhraseRow.use, PhraseRow.title, PhraseRow.phrase_id)
    )
    return (await session.execute(query)).all()


async def phrase_by_id(session: WriteSession, phrase_id: UUID) -> PhraseRow | None:
    return await session.get(PhraseRow, phrase_id, with_for_update=True)


async def keep_phrase(session: WriteSession, values: dict[str, Any]) -> None:
    statement = upsert(PhraseRow).values(values)
    changed = {name: statement.excluded[name] for name in ("use", "title", "words", "changed_at")}
    await session.execute(statement.on_conflict_do_update(index_elements=["phrase_id"], set_=changed))


async def drop_phrase(session: WriteSession, phrase_id: UUID) -> None:
    await session.execute(delete(PhraseRow).where(PhraseRow.phrase_id == phrase_id))
