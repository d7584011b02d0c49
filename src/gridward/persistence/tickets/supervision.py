"""Supervision orders (督办): numbered for each year of a jurisdiction, open until the unit has answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import (
    Boolean,
    ColumnElement,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    and_,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy import Row as Line
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, aliased, mapped_column

from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.tickets.asking import Reach
from gridward.persistence.tickets.lists import within
from gridward.persistence.tickets.rows import TicketRow, TicketTextRow

Instant = DateTime(timezone=True)


class SupervisionOrderRow(Row):
    """One order. ``unit_id`` has to answer it, whoever has the ticket later; None: no unit had it then.

    ``text_id`` and ``answer_text_id`` are its words and the unit's; ``on_behalf``: the desk noted the answer for the
    unit; null while there is none.
    """

    __tablename__ = "supervision_order"
    __table_args__ = (
        Index("uq_supervision_order_number", "jurisdiction_id", "year", "number", unique=True),
        Index("ix_supervision_order_ticket", "ticket_id"),
        Index("ix_supervision_order_unit", "unit_id", postgresql_where=text("unit_id IS NOT NULL")),
        Index(
            "ix_supervision_order_open",
            "jurisdiction_id",
            "ordered_at",
            postgresql_where=text("answered_at IS NULL"),
        ),
    )

    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    year: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int] = mapped_column(Integer)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"))
    unit_id: Mapped[UUID | None]
    text_id: Mapped[UUID | None]
    ordered_by: Mapped[UUID | None]
    ordered_at: Mapped[datetime] = mapped_column(Instant)
    answer_by: Mapped[datetime | None] = mapped_column(Instant)
    answer_text_id: Mapped[UUID | None]
    answered_by: Mapped[UUID | None]
    answered_at: Mapped[datetime | None] = mapped_column(Instant)
    on_behalf: Mapped[bool | None] = mapped_column(Boolean)


ORDER = cast(Table, SupervisionOrderRow.__table__)


async def next_number(session: WriteSession, jurisdiction_id: UUID, year: int) -> int:
    """The next number of a year. Whoever asks second waits until the first transaction is over: no number is left out."""
    name = f"supervision {jurisdiction_id} {year}"
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
    query = select(func.coalesce(func.max(ORDER.c.number), 0) + 1).where(
        ORDER.c.jurisdiction_id == jurisdiction_id, ORDER.c.year == year
    )
    number: int = (await session.execute(query)).scalar_one()
    return number


async def add(session: WriteSession, values: Mapping[str, Any]) -> None:
    """Keep an order; one that is here already (a ticket's rows are made again from its entries) stays as it is."""
    await session.execute(insert(ORDER).values(**values).on_conflict_do_nothing(index_elements=["order_id"]))


async def answer(
    session: WriteSession,
    order_id: UUID,
    *,
    answered_by: UUID | None,
    answered_at: datetime,
    text_id: UUID | None,
    on_behalf: bool,
) -> None:
    """The unit has answered, or the desk for it; the first answer stands."""
    await session.execute(
        update(ORDER)
        .where(ORDER.c.order_id == order_id, ORDER.c.answered_at.is_(None))
        .values(answered_by=answered_by, answered_at=answered_at, answer_text_id=text_id, on_behalf=on_behalf)
    )


def _within(reach: Reach) -> ColumnElement[bool]:
    """On tickets of the area; of a unit those that it has to answer, also when the ticket went elsewhere or was split."""
    of_area = within(replace(reach, unit_ids=frozenset()))
    if not reach.unit_ids:
        return of_area
    nobodys = and_(ORDER.c.unit_id.is_(None), TicketRow.unit_id.in_(reach.unit_ids))
    return or_(of_area, ORDER.c.unit_id.in_(reach.unit_ids), nobodys)


async def count(session: ReadSession, reach: Reach, *, open_only: bool) -> int:
    """How many orders :func:`orders` lists in all."""
    query = (
        select(func.count())
        .select_from(ORDER)
        .join(TicketRow, TicketRow.ticket_id == ORDER.c.ticket_id)
        .where(ORDER.c.jurisdiction_id == reach.jurisdiction_id, _within(reach))
    )
    if open_only:
        query = query.where(ORDER.c.answered_at.is_(None))
    return int(await session.scalar(query) or 0)


async def orders(
    session: ReadSession, reach: Reach, *, open_only: bool, limit: int, skip: int = 0
) -> Sequence[Line[Any]]:
    """The orders within reach, open ones first by when they must be answered, then the newest answered."""
    asked, said = aliased(TicketTextRow), aliased(TicketTextRow)
    query = (
        select(*ORDER.c, asked.body.label("text"), said.body.label("answer"))
        .outerjoin(asked, asked.text_id == ORDER.c.text_id)
        .outerjoin(said, said.text_id == ORDER.c.answer_text_id)
        .join(TicketRow, TicketRow.ticket_id == ORDER.c.ticket_id)
        .where(ORDER.c.jurisdiction_id == reach.jurisdiction_id, _within(reach))
        .order_by(
            ORDER.c.answered_at.is_not(None),
            ORDER.c.answered_at.desc(),
            ORDER.c.answer_by.nulls_last(),
            ORDER.c.ordered_at,
            ORDER.c.order_id,
        )
        .offset(skip)
        .limit(limit)
    )
    if open_only:
        query = query.where(ORDER.c.answered_at.is_(None))
    return cast(Sequence[Line[Any]], (await session.execute(query)).all())


async def unanswered(session: ReadSession, reach: Reach, now: datetime) -> tuple[int, int]:
    """How many orders within reach are not answered, and for how many of them the time is over."""
    query = (
        select(func.count(), func.count().filter(ORDER.c.answer_by < now))
        .select_from(ORDER)
        .join(TicketRow, TicketRow.ticket_id == ORDER.c.ticket_id)
        .where(ORDER.c.jurisdiction_id == reach.jurisdiction_id, _within(reach), ORDER.c.answered_at.is_(None))
    )
    open_ones, late = (await session.execute(query)).one()
    return open_ones, late
