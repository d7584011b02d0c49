"""Who is on duty when, and what shifts handed to one another."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    DateTime,
    Index,
    Row,
    Text,
    and_,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.duty import Open
from gridward.persistence import database
from gridward.persistence.accounts.rows import PersonRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.rows import AreaRow
from gridward.persistence.tickets.asking import IS_OPEN, Reach
from gridward.persistence.tickets.outer import outer_due_at
from gridward.persistence.tickets.rows import RequestRow, TicketRow

Instant = DateTime(timezone=True)
Line = Row[*tuple[Any, ...]]
Either = ReadSession | WriteSession


class DutyShiftRow(database.Row):
    """值班表: somebody who can be called, from – to, for a community or (``area_id`` null) the whole jurisdiction. The
    name need not be an account's: a street's leader is on duty as well."""

    __tablename__ = "duty_shift"
    __table_args__ = (
        Index("ix_duty_shift_span", "jurisdiction_id", "to_at"),
        CheckConstraint("to_at > from_at", name="span_in_order"),
    )

    shift_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    area_id: Mapped[UUID | None]
    name: Mapped[str] = mapped_column(Text)
    telephone: Mapped[str] = mapped_column(Text)
    from_at: Mapped[datetime] = mapped_column(Instant)
    to_at: Mapped[datetime] = mapped_column(Instant)
    set_by: Mapped[UUID]
    set_at: Mapped[datetime] = mapped_column(Instant)


class HandoverRow(database.Row):
    """交接班: what one shift left to the next, by reason, and who took it. ``lists``: reason → ticket ids."""

    __tablename__ = "handover"
    __table_args__ = (Index("ix_handover_made", "jurisdiction_id", "made_at"),)

    handover_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    area_id: Mapped[UUID | None]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Instant)
    note: Mapped[str | None] = mapped_column(Text)
    lists: Mapped[dict[str, Any]] = mapped_column(JSONB)
    taken_by: Mapped[UUID | None]
    taken_at: Mapped[datetime | None] = mapped_column(Instant)


async def shifts(session: Either, jurisdiction_id: UUID, from_at: datetime, to_at: datetime) -> Sequence[Line]:
    """Shifts that lie in a span, by their beginning; with the name of their community."""
    query = (
        select(DutyShiftRow.__table__, AreaRow.name.label("area_name"))
        .outerjoin(AreaRow, AreaRow.area_id == DutyShiftRow.area_id)
        .where(
            DutyShiftRow.jurisdiction_id == jurisdiction_id, DutyShiftRow.from_at < to_at, DutyShiftRow.to_at > from_at
        )
        .order_by(DutyShiftRow.from_at, DutyShiftRow.shift_id)
    )
    return (await session.execute(query)).all()


async def shift(session: Either, shift_id: UUID) -> DutyShiftRow | None:
    query = select(DutyShiftRow).where(DutyShiftRow.shift_id == shift_id)
    return (await session.execute(query)).scalar_one_or_none()


async def put_shift(session: WriteSession, values: dict[str, Any]) -> None:
    changed = {name: value for name, value in values.items() if name not in ("shift_id", "jurisdiction_id")}
    await session.execute(
        upsert(DutyShiftRow).values(**values).on_conflict_do_update(index_elements=["shift_id"], set_=changed)
    )


async def end_shift(session: WriteSession, shift_id: UUID) -> None:
    await session.execute(delete(DutyShiftRow).where(DutyShiftRow.shift_id == shift_id))


async def open_tickets(session: Either, reach: Reach, area_id: UUID | None) -> list[Open]:
    """Every open ticket that a viewer may find, of one community or of all; what runs out first comes first."""
    until = (
        select(func.max(RequestRow.until_at))
        .where(RequestRow.ticket_id == TicketRow.ticket_id, RequestRow.outcome == "granted", RequestRow.kind == "defer")
        .correlate(TicketRow)
        .scalar_subquery()
    )
    within = [] if reach.everything else [TicketRow.community_id.in_(reach.community_ids)]
    asked_for = [] if area_id is None else [TicketRow.community_id == area_id]
    rows = await session.execute(
        select(
            TicketRow.ticket_id,
            TicketRow.urgent,
            TicketRow.breached_at.is_not(None).label("breached"),
            TicketRow.paused,
            TicketRow.next_due_at,
            outer_due_at(TicketRow.ticket_id).label("outer_due_at"),
            until.label("deferred_until"),
            TicketRow.tray_reason,
        )
        .where(TicketRow.jurisdiction_id == reach.jurisdiction_id, IS_OPEN, *within, *asked_for)
        .order_by(TicketRow.order_at, TicketRow.ticket_id)
    )
    return [Open(**row._mapping) for row in rows]


async def handovers(
    session: Either, jurisdiction_id: UUID, area_ids: Collection[UUID] | None, limit: int
) -> Sequence[Line]:
    """The latest handovers, newest first; ``area_ids`` None: of all communities."""
    made, taken = PersonRow.__table__.alias("made"), PersonRow.__table__.alias("taken")
    within = [] if area_ids is None else [or_(HandoverRow.area_id.in_(area_ids), HandoverRow.area_id.is_(None))]
    query = (
        select(
            HandoverRow.__table__,
            made.c.name.label("made_by_name"),
            taken.c.name.label("taken_by_name"),
            AreaRow.name.label("area_name"),
        )
        .outerjoin(made, made.c.person_id == HandoverRow.made_by)
        .outerjoin(taken, taken.c.person_id == HandoverRow.taken_by)
        .outerjoin(AreaRow, AreaRow.area_id == HandoverRow.area_id)
        .where(HandoverRow.jurisdiction_id == jurisdiction_id, *within)
        .order_by(HandoverRow.made_at.desc())
        .limit(limit)
    )
    return (await session.execute(query)).all()


async def handover(session: Either, handover_id: UUID) -> HandoverRow | None:
    query = select(HandoverRow).where(HandoverRow.handover_id == handover_id)
    return (await session.execute(query)).scalar_one_or_none()


async def add_handover(session: WriteSession, values: dict[str, Any]) -> None:
    await session.execute(insert(HandoverRow).values(**values))


async def take(session: WriteSession, handover_id: UUID, person_id: UUID, now: datetime) -> bool:
    """False: somebody has taken it meanwhile."""
    taken = await session.execute(
        update(HandoverRow)
        .where(HandoverRow.handover_id == handover_id, HandoverRow.taken_at.is_(None))
        .values(taken_by=person_id, taken_at=now)
        .returning(HandoverRow.handover_id)
        .execution_options(synchronize_session=False)
    )
    return taken.scalar_one_or_none() is not None


async def is_community(session: Either, jurisdiction_id: UUID, area_id: UUID) -> bool:
    query = select(exists().where(and_(AreaRow.area_id == area_id, AreaRow.jurisdiction_id == jurisdiction_id)))
    return bool((await session.execute(query)).scalar_one())
