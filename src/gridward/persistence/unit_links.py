"""Addresses by which a unit that never signs in takes the steps of one ticket. Of an address only its digest is kept."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Row,
    Text,
    case,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.unit_links import NAME_KEPT, TRIES_SPAN
from gridward.persistence import database
from gridward.persistence.accounts.rows import JurisdictionRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.rows import CategoryRow
from gridward.persistence.territory.rows import AreaRow, GridRow, UnitRow
from gridward.persistence.tickets.rows import TicketRow, TicketTextRow

Instant = DateTime(timezone=True)
Line = Row[*tuple[Any, ...]]
Either = ReadSession | WriteSession


class UnitLinkRow(database.Row):
    """One address for one unit on one ticket; it opens until ``expires_at`` or ``ended_at``.

    ``name`` and ``phone`` are what somebody of the unit gave there, and go after a time. ``tries`` are its changing
    requests until ``tries_until``.
    """

    __tablename__ = "unit_link"
    __table_args__ = (
        Index("uq_unit_link_token", "token_digest", unique=True),
        Index("uq_unit_link_open", "ticket_id", "unit_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_unit_link_named", "expires_at", postgresql_where=text("name IS NOT NULL")),
    )

    link_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"))
    unit_id: Mapped[UUID]
    token_digest: Mapped[bytes] = mapped_column(LargeBinary)
    shared_by: Mapped[UUID]
    shared_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[UUID | None]
    name: Mapped[str | None] = mapped_column(Text)
    phone: Mapped[str | None] = mapped_column(Text)
    named_at: Mapped[datetime | None] = mapped_column(Instant)
    tries: Mapped[int] = mapped_column(Integer, server_default=text("0"))
    tries_until: Mapped[datetime | None] = mapped_column(Instant)


_OPEN = UnitLinkRow.ended_at.is_(None)
QUIETLY: dict[str, Any] = {"synchronize_session": False}


async def link_of(session: Either, ticket_id: UUID, unit_id: UUID) -> UnitLinkRow | None:
    """The address of this unit on this ticket that was not taken back; it may have run out."""
    query = select(UnitLinkRow).where(UnitLinkRow.ticket_id == ticket_id, UnitLinkRow.unit_id == unit_id, _OPEN)
    return (await session.execute(query)).scalar_one_or_none()


async def add(session: WriteSession, values: dict[str, Any]) -> bool:
    """False: it was made meanwhile by the same call sent twice."""
    made = await session.execute(
        upsert(UnitLinkRow).values(**values).on_conflict_do_nothing().returning(UnitLinkRow.link_id)
    )
    return made.scalar_one_or_none() is not None


async def end(session: WriteSession, ticket_id: UUID, *, by: UUID | None, now: datetime) -> list[UUID]:
    """No address of this ticket opens any more; which did."""
    ended = await session.execute(
        update(UnitLinkRow)
        .where(UnitLinkRow.ticket_id == ticket_id, _OPEN)
        .values(ended_at=now, ended_by=by)
        .returning(UnitLinkRow.link_id)
        .execution_options(**QUIETLY)
    )
    return list(ended.scalars())


async def opened_by(session: Either, token_digest: bytes, now: datetime) -> UnitLinkRow | None:
    """The link behind an address. One that never was, was taken back or has run out is looked for in the same way, and
    not found."""
    query = select(UnitLinkRow).where(UnitLinkRow.token_digest == token_digest, _OPEN, UnitLinkRow.expires_at > now)
    return (await session.execute(query)).scalar_one_or_none()


async def count_try(session: WriteSession, token_digest: bytes, now: datetime) -> tuple[int, datetime] | None:
    """One more changing request of this address: how many in its span, and until when that runs. None: there is none."""
    fresh = or_(UnitLinkRow.tries_until.is_(None), UnitLinkRow.tries_until <= now)
    counted = await session.execute(
        update(UnitLinkRow)
        .where(UnitLinkRow.token_digest == token_digest, _OPEN, UnitLinkRow.expires_at > now)
        .values(
            tries=case((fresh, 1), else_=UnitLinkRow.tries + 1),
            tries_until=case((fresh, now + TRIES_SPAN), else_=UnitLinkRow.tries_until),
        )
        .returning(UnitLinkRow.tries, UnitLinkRow.tries_until)
        .execution_options(**QUIETLY)
    )
    row = counted.one_or_none()
    return None if row is None else (row.tries, row.tries_until)


async def put_name(session: WriteSession, link_id: UUID, *, name: str, phone: str, now: datetime) -> None:
    await session.execute(
        update(UnitLinkRow)
        .where(UnitLinkRow.link_id == link_id)
        .values(name=name, phone=phone, named_at=now)
        .execution_options(**QUIETLY)
    )


async def forget_names(session: WriteSession, now: datetime) -> int:
    """Who used addresses that ran out long ago; how many."""
    gone = await session.execute(
        update(UnitLinkRow)
        .where(UnitLinkRow.name.is_not(None), UnitLinkRow.expires_at < now - NAME_KEPT)
        .values(name=None, phone=None)
        .returning(UnitLinkRow.link_id)
        .execution_options(**QUIETLY)
    )
    return len(gone.all())


async def page_of(session: Either, link: UnitLinkRow) -> Line:
    """Everything that the page says of a ticket and of the unit; nothing of whoever reported it."""
    query = (
        select(
            TicketRow.ticket_id,
            TicketRow.jurisdiction_id,
            TicketRow.status,
            TicketRow.version,
            TicketRow.short_no,
            TicketRow.urgent,
            TicketRow.standard_id,
            TicketRow.condition_id,
            TicketRow.place_note,
            TicketRow.unit_id,
            TicketRow.assignment_id,
            TicketRow.resolve_due_at,
            TicketRow.next_due_at,
            TicketRow.due_at,
            func.ST_X(TicketRow.location).label("lon"),
            func.ST_Y(TicketRow.location).label("lat"),
            CategoryRow.name.label("category_name"),
            GridRow.name.label("grid_name"),
            AreaRow.name.label("community"),
            UnitRow.name.label("unit_name"),
            JurisdictionRow.name.label("jurisdiction"),
            JurisdictionRow.telephone,
            JurisdictionRow.time_zone,
        )
        .join(JurisdictionRow, JurisdictionRow.jurisdiction_id == TicketRow.jurisdiction_id)
        .outerjoin(GridRow, GridRow.grid_id == TicketRow.grid_id)
        .outerjoin(AreaRow, AreaRow.area_id == TicketRow.community_id)
        .outerjoin(UnitRow, UnitRow.unit_id == link.unit_id)
        .outerjoin(
            CategoryRow,
            (CategoryRow.standard_id == TicketRow.standard_id) & (CategoryRow.code == TicketRow.category_code),
        )
        .where(TicketRow.ticket_id == link.ticket_id)
    )
    return (await session.execute(query)).one()


async def words_for_units(session: Either, ticket_id: UUID) -> list[str]:
    """What was said for units to read: of the report, of a rework, of an urging; oldest first."""
    kinds = ("file.note", "join.note", "rework.reason", "urge.text", "note.text")
    query = (
        select(TicketTextRow.body)
        .where(
            TicketTextRow.ticket_id == ticket_id,
            TicketTextRow.kind.in_(kinds),
            TicketTextRow.audiences.contains(["unit"]),
            TicketTextRow.body.is_not(None),
        )
        .order_by(TicketTextRow.written_at, TicketTextRow.text_id)
    )
    return [body for body in await session.scalars(query) if body]
