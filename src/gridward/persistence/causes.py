"""Causes to look into (成因): the rules that propose them, the tickets that belong to them, what was decided."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    SmallInteger,
    Text,
    func,
    insert,
    select,
    text,
    tuple_,
    update,
)
from sqlalchemy import Row as Line
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.causes import Before, CauseState, Occurrence, Rule
from gridward.persistence.accounts.rows import PersonRow
from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.households.rows import BuildingStewardshipRow
from gridward.persistence.territory.rows import AreaRow, BuildingRow, GridRow
from gridward.persistence.tickets.asking import Reach
from gridward.persistence.tickets.rows import TicketRow

Either = ReadSession | WriteSession
Instant = DateTime(timezone=True)

EVERY_KIND = ""
"""The category code of the rule that holds for all kinds without one of their own."""


class CauseRuleRow(Row):
    """How often is too often; ``category_code`` empty: for every kind that has no rule of its own."""

    __tablename__ = "cause_rule"
    __table_args__ = (CheckConstraint("times >= 2 AND days >= 1", name="times_and_days_given"),)

    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"), primary_key=True)
    category_code: Mapped[str] = mapped_column(Text, primary_key=True)
    times: Mapped[int] = mapped_column(SmallInteger)
    days: Mapped[int] = mapped_column(SmallInteger)
    watched: Mapped[bool] = mapped_column(Boolean)
    set_by: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    set_at: Mapped[datetime] = mapped_column(Instant)


class CauseRow(Row):
    """A kind of ticket that came back in a building. ``times`` and ``days`` are the rule that found it; ``words``: what was
    done, or why it was set aside. One at a time waits for each kind and building."""

    __tablename__ = "cause"
    __table_args__ = (
        Index("uq_cause_open", "building_id", "category_code", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_cause_found", "jurisdiction_id", "found_at"),
        Index("ix_cause_building", "building_id", "category_code", "found_at"),
        CheckConstraint("state IN ('open', 'taken_up', 'set_aside')", name="state"),
        CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (words IS NULL)", name="decided_whole"
        ),
    )

    cause_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    building_id: Mapped[UUID] = mapped_column(ForeignKey("building.building_id"))
    category_code: Mapped[str] = mapped_column(Text)
    community_id: Mapped[UUID | None]
    grid_id: Mapped[UUID | None]
    times: Mapped[int] = mapped_column(SmallInteger)
    days: Mapped[int] = mapped_column(SmallInteger)
    found_at: Mapped[datetime] = mapped_column(Instant)
    state: Mapped[str] = mapped_column(Text)
    words: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class CauseTicketRow(Row):
    """A ticket that was counted for a cause."""

    __tablename__ = "cause_ticket"
    __table_args__ = (Index("ix_cause_ticket_ticket", "ticket_id"),)

    cause_id: Mapped[UUID] = mapped_column(ForeignKey("cause.cause_id"), primary_key=True)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"), primary_key=True)


COUNTS = TicketRow.status.not_in(["merged", "rejected", "withdrawn", "cancelled"]) & TicketRow.parent_id.is_(None)
"""Tickets that stand for something that happened once: no duplicates, no parts of another."""


class Pair(NamedTuple):
    """A kind of ticket in a building."""

    building_id: UUID
    category_code: str


class Seen(NamedTuple):
    """Where a pair lies, by its newest ticket, and what happened there."""

    jurisdiction_id: UUID
    community_id: UUID | None
    grid_id: UUID | None
    occurrences: tuple[Occurrence, ...]


async def pairs_of(session: WriteSession, ticket_ids: Collection[UUID]) -> set[Pair]:
    """The kinds and buildings of some tickets, as they stand now; those in no building are absent."""
    rows = await session.execute(
        select(TicketRow.building_id, TicketRow.category_code)
        .where(TicketRow.ticket_id.in_(ticket_ids), TicketRow.building_id.is_not(None))
        .distinct()
    )
    return {Pair(building_id, code) for building_id, code in rows if building_id is not None}


def _of_pairs(pairs: Collection[Pair]) -> Any:
    return tuple_(TicketRow.building_id, TicketRow.category_code).in_([tuple(pair) for pair in pairs])


async def occurrences(session: Either, pairs: Collection[Pair], since: datetime) -> Mapping[Pair, Seen]:
    """What happened in each pair since an instant, the oldest first."""
    if not pairs:
        return {}
    rows = await session.execute(
        select(
            TicketRow.building_id,
            TicketRow.category_code,
            TicketRow.jurisdiction_id,
            TicketRow.community_id,
            TicketRow.grid_id,
            TicketRow.ticket_id,
            TicketRow.received_at,
        )
        .where(_of_pairs(pairs), TicketRow.received_at > since, COUNTS)
        .order_by(TicketRow.received_at, TicketRow.ticket_id)
    )
    found: dict[Pair, list[Any]] = defaultdict(list)
    for row in rows:
        found[Pair(row.building_id, row.category_code)].append(row)
    return {
        pair: Seen(
            of[-1].jurisdiction_id,
            of[-1].community_id,
            of[-1].grid_id,
            tuple(Occurrence(row.ticket_id, row.received_at) for row in of),
        )
        for pair, of in found.items()
    }


async def newest(session: WriteSession, pairs: Collection[Pair]) -> Mapping[Pair, Before]:
    """The newest cause of each pair that has one."""
    if not pairs:
        return {}
    of_pairs = tuple_(CauseRow.building_id, CauseRow.category_code).in_([tuple(pair) for pair in pairs])
    rows = (
        await session.execute(
            select(CauseRow.building_id, CauseRow.category_code, CauseRow.cause_id, CauseRow.decided_at)
            .where(of_pairs)
            .ext(distinct_on(CauseRow.building_id, CauseRow.category_code))
            .order_by(CauseRow.building_id, CauseRow.category_code, CauseRow.found_at.desc())
        )
    ).all()
    tickets = await tickets_of(session, [row.cause_id for row in rows])
    return {
        Pair(row.building_id, row.category_code): Before(
            cause_id=row.cause_id, decided_at=row.decided_at, ticket_ids=frozenset(tickets.get(row.cause_id, ()))
        )
        for row in rows
    }


async def tickets_of(session: Either, cause_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    rows = await session.execute(
        select(CauseTicketRow.cause_id, CauseTicketRow.ticket_id).where(CauseTicketRow.cause_id.in_(cause_ids))
    )
    found: dict[UUID, list[UUID]] = defaultdict(list)
    for cause_id, ticket_id in rows:
        found[cause_id].append(ticket_id)
    return found


async def add(session: WriteSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(CauseRow).values(**values))


async def add_tickets(session: WriteSession, cause_id: UUID, ticket_ids: Collection[UUID]) -> None:
    await session.execute(
        upsert(CauseTicketRow)
        .values([{"cause_id": cause_id, "ticket_id": one} for one in ticket_ids])
        .on_conflict_do_nothing()
    )


async def cause(session: Either, jurisdiction_id: UUID, cause_id: UUID) -> Line[Any] | None:
    """One cause with its names (see :func:`causes`)."""
    query = _named().where(CauseRow.jurisdiction_id == jurisdiction_id, CauseRow.cause_id == cause_id)
    return (await session.execute(query)).one_or_none()


async def decide(
    session: WriteSession, cause_id: UUID, state: CauseState, words: str, person_id: UUID | None, now: datetime
) -> bool:
    """False: somebody has decided meanwhile."""
    changed = await session.execute(
        update(CauseRow)
        .where(CauseRow.cause_id == cause_id, CauseRow.state == CauseState.open.value)
        .values(state=state.value, words=words, decided_by=person_id, decided_at=now)
        .returning(CauseRow.cause_id)
        .execution_options(synchronize_session=False)
    )
    return changed.scalar_one_or_none() is not None


def _named() -> Any:
    """A cause's row with ``building``, ``grid``, ``community``, ``decided_by_name`` and how many tickets were counted."""
    counted = (
        select(func.count())
        .where(CauseTicketRow.cause_id == CauseRow.cause_id)
        .correlate(CauseRow)
        .scalar_subquery()
        .label("tickets")
    )
    return (
        select(
            *CauseRow.__table__.c,
            func.coalesce(BuildingRow.name, BuildingRow.house_no, BuildingRow.code).label("building"),
            GridRow.name.label("grid"),
            AreaRow.name.label("community"),
            PersonRow.name.label("decided_by_name"),
            counted,
        )
        .join(BuildingRow, BuildingRow.building_id == CauseRow.building_id)
        .outerjoin(GridRow, GridRow.grid_id == CauseRow.grid_id)
        .outerjoin(AreaRow, AreaRow.area_id == CauseRow.community_id)
        .outerjoin(PersonRow, PersonRow.person_id == CauseRow.decided_by)
    )


async def causes(
    session: ReadSession,
    reach: Reach,
    *,
    state: CauseState | None = None,
    pair: Pair | None = None,
    ticket_id: UUID | None = None,
    limit: int,
) -> Sequence[Line[Any]]:
    """Causes that a viewer may find, the newest first."""
    query = _named().where(CauseRow.jurisdiction_id == reach.jurisdiction_id)
    if not reach.everything:
        query = query.where(CauseRow.community_id.in_(reach.community_ids))
    if state is not None:
        query = query.where(CauseRow.state == state.value)
    if pair is not None:
        query = query.where(CauseRow.building_id == pair.building_id, CauseRow.category_code == pair.category_code)
    if ticket_id is not None:
        query = query.where(
            CauseRow.cause_id.in_(select(CauseTicketRow.cause_id).where(CauseTicketRow.ticket_id == ticket_id))
        )
    query = query.order_by(CauseRow.found_at.desc(), CauseRow.cause_id.desc()).limit(limit)
    rows: Sequence[Line[Any]] = (await session.execute(query)).all()
    return rows


async def in_buildings_of(
    session: ReadSession, jurisdiction_id: UUID, person_id: UUID, limit: int
) -> Sequence[Line[Any]]:
    """Causes in the buildings that a person looks after now (楼长), the newest first."""
    theirs = select(BuildingStewardshipRow.building_id).where(
        BuildingStewardshipRow.person_id == person_id, BuildingStewardshipRow.valid_to.is_(None)
    )
    query = (
        _named()
        .where(CauseRow.jurisdiction_id == jurisdiction_id, CauseRow.building_id.in_(theirs))
        .order_by(CauseRow.found_at.desc(), CauseRow.cause_id.desc())
        .limit(limit)
    )
    rows: Sequence[Line[Any]] = (await session.execute(query)).all()
    return rows


async def counts(session: ReadSession, reach: Reach) -> dict[str, int]:
    """How many causes of each state a viewer may find."""
    within = [] if reach.everything else [CauseRow.community_id.in_(reach.community_ids)]
    rows = await session.execute(
        select(CauseRow.state, func.count().label("n"))
        .where(CauseRow.jurisdiction_id == reach.jurisdiction_id, *within)
        .group_by(CauseRow.state)
    )
    return {row.state: row.n for row in rows}


async def rules(session: Either, jurisdiction_ids: Collection[UUID]) -> dict[tuple[UUID, str], Rule]:
    """The rules that were set, by jurisdiction and kind (:data:`EVERY_KIND`: the others)."""
    rows = await session.execute(
        select(CauseRuleRow.__table__).where(CauseRuleRow.jurisdiction_id.in_(jurisdiction_ids))
    )
    return {
        (row.jurisdiction_id, row.category_code): Rule(times=row.times, days=row.days, watched=row.watched)
        for row in rows
    }


async def put_rule(session: WriteSession, values: Mapping[str, Any]) -> None:
    changed = {name: value for name, value in values.items() if name not in ("jurisdiction_id", "category_code")}
    await session.execute(
        upsert(CauseRuleRow)
        .values(**values)
        .on_conflict_do_update(index_elements=["jurisdiction_id", "category_code"], set_=changed)
    )
