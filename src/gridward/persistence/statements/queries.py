"""Statements and objections: what is stored, and how a clock is counted at this moment."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, and_, func, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.domain.statements import Verdict
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.statements.rows import (
    ExplanationRow,
    ObjectionRow,
    StatementLineRow,
    StatementRow,
)
from gridward.persistence.statistics.asking import Asked, rows
from gridward.persistence.statistics.sets import SETS, SOURCES
from gridward.persistence.territory.rows import UnitRow

Either = ReadSession | WriteSession

KINDS = ("acknowledge", "respond", "milestone", "resolve")
"""The clocks by which a unit is judged. Shares count all of them but milestones, which stand on the statement as lines."""
VERDICTS = (Verdict.in_time, Verdict.late, Verdict.pending, Verdict.not_yet, Verdict.exempt, Verdict.reference)


async def verdicts(session: Either, asked: Asked) -> dict[tuple[UUID, str], Verdict]:
    """(ticket, key) → how each unit's clock of a period is counted, by the very sets that figures count.

    What is in no set (void, without a limit) is on no statement.
    """
    found: dict[tuple[UUID, str], Verdict] = {}
    for kind in KINDS:
        source = SOURCES[kind]
        of = rows(source, asked)
        cases = " ".join(f"WHEN {SETS[f'{kind}.{one.value}']} THEN '{one.value}'" for one in VERDICTS)
        statement = (
            f"SELECT c.ticket_id, c.key, CASE {cases} END AS verdict FROM {of.from_} "  # noqa: S608 - made of constants
            f"WHERE {of.where} AND c.unit_id IS NOT NULL AND NOT c.imported"
        )
        for row in await session.execute(text(statement), asked.values()):
            if row.verdict is not None:
                found[row.ticket_id, row.key] = Verdict(row.verdict)
    return found


async def months_made(session: Either, jurisdiction_id: UUID, month: date) -> bool:
    """Whether this month has its statements."""
    query = select(StatementRow.statement_id).where(
        StatementRow.jurisdiction_id == jurisdiction_id, StatementRow.month == month
    )
    return (await session.execute(query.limit(1))).first() is not None


async def take_turn(session: WriteSession, jurisdiction_id: UUID) -> None:
    """Statements, publications and corrections of a jurisdiction are made one after the other."""
    await session.execute(
        text("SELECT pg_advisory_xact_lock(hashtextextended('statements ' || CAST(:id AS text), 0))"),
        {"id": str(jurisdiction_id)},
    )


AT_ONCE = 500


async def add(session: WriteSession, statement: Mapping[str, Any], lines: Sequence[Mapping[str, Any]]) -> None:
    await session.execute(insert(StatementRow).values(**statement))
    for at in range(0, len(lines), AT_ONCE):
        await session.execute(insert(cast(Table, StatementLineRow.__table__)), list(lines[at : at + AT_ONCE]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A statement with how its objections stand."""

    statement: StatementRow
    unit: str
    objections: int
    undecided: int


async def listed(
    session: Either, jurisdiction_id: UUID, *, month: date | None = None, unit_ids: Collection[UUID] | None = None
) -> list[Listed]:
    """Statements, the newest month first; of these units only, when they are named."""
    counted = (
        select(
            ObjectionRow.statement_id,
            func.count().label("objections"),
            func.count().filter(ObjectionRow.decided_at.is_(None)).label("undecided"),
        )
        .where(ObjectionRow.jurisdiction_id == jurisdiction_id)
        .group_by(ObjectionRow.statement_id)
        .subquery()
    )
    query = (
        select(StatementRow, UnitRow.name, counted.c.objections, counted.c.undecided)
        .join(UnitRow, UnitRow.unit_id == StatementRow.unit_id)
        .outerjoin(counted, counted.c.statement_id == StatementRow.statement_id)
        .where(StatementRow.jurisdiction_id == jurisdiction_id)
        .order_by(StatementRow.month.desc(), UnitRow.name, StatementRow.statement_id)
    )
    if month is not None:
        query = query.where(StatementRow.month == month)
    if unit_ids is not None:
        query = query.where(StatementRow.unit_id.in_(unit_ids))
    return [
        Listed(statement=row.StatementRow, unit=row.name, objections=row.objections or 0, undecided=row.undecided or 0)
        for row in await session.execute(query)
    ]


async def one(session: Either, jurisdiction_id: UUID, statement_id: UUID) -> StatementRow | None:
    query = select(StatementRow).where(
        StatementRow.jurisdiction_id == jurisdiction_id, StatementRow.statement_id == statement_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def lines(session: Either, statement_id: UUID) -> Sequence[StatementLineRow]:
    query = select(StatementLineRow).where(StatementLineRow.statement_id == statement_id)
    return (await session.execute(query.order_by(StatementLineRow.line))).scalars().all()


async def line(session: Either, statement_id: UUID, number: int) -> StatementLineRow | None:
    query = select(StatementLineRow).where(
        StatementLineRow.statement_id == statement_id, StatementLineRow.line == number
    )
    return (await session.execute(query)).scalar_one_or_none()


async def objections(session: Either, statement_ids: Collection[UUID]) -> Sequence[ObjectionRow]:
    query = select(ObjectionRow).where(ObjectionRow.statement_id.in_(statement_ids))
    return (await session.execute(query.order_by(ObjectionRow.made_at, ObjectionRow.objection_id))).scalars().all()


async def objection(session: WriteSession, jurisdiction_id: UUID, objection_id: UUID) -> ObjectionRow | None:
    """Locked until the transaction ends."""
    query = select(ObjectionRow).where(
        ObjectionRow.jurisdiction_id == jurisdiction_id, ObjectionRow.objection_id == objection_id
    )
    return (await session.execute(query.with_for_update())).scalar_one_or_none()


async def object_to(session: WriteSession, values: Mapping[str, Any]) -> bool:
    """False: the line has an open objection, or this one is there already."""
    made = upsert(ObjectionRow).values(**values).on_conflict_do_nothing().returning(ObjectionRow.objection_id)
    return (await session.execute(made)).first() is not None


async def decide(session: WriteSession, objection_id: UUID, **values: Any) -> None:
    await session.execute(update(ObjectionRow).where(ObjectionRow.objection_id == objection_id).values(**values))


async def explain(session: WriteSession, values: Mapping[str, Any]) -> None:
    changed = {name: value for name, value in values.items() if name not in ("ticket_id", "key")}
    made = upsert(ExplanationRow).values(**values)
    await session.execute(made.on_conflict_do_update(index_elements=["ticket_id", "key"], set_=changed))


async def explanations(session: Either, statement_id: UUID) -> dict[tuple[UUID, str], ExplanationRow]:
    """What the unit said beside the clocks of a statement."""
    query = select(ExplanationRow).join(
        StatementLineRow,
        and_(StatementLineRow.ticket_id == ExplanationRow.ticket_id, StatementLineRow.key == ExplanationRow.key),
    )
    found = (await session.execute(query.where(StatementLineRow.statement_id == statement_id))).scalars()
    return {(row.ticket_id, row.key): row for row in found}


async def explained(session: Either, ticket_ids: Collection[UUID]) -> dict[tuple[UUID, str], ExplanationRow]:
    """What units said beside the clocks of these tickets."""
    query = select(ExplanationRow).where(ExplanationRow.ticket_id.in_(ticket_ids))
    return {(row.ticket_id, row.key): row for row in (await session.execute(query)).scalars()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """An objection that was granted, with its line as it was stated."""

    objection_id: UUID
    ticket_id: UUID
    key: str
    verdict: Verdict
    detail: Mapping[str, Any]


async def granted(session: Either, jurisdiction_id: UUID, month: date) -> list[Granted]:
    query = (
        select(ObjectionRow.objection_id, StatementLineRow)
        .join(StatementRow, StatementRow.statement_id == ObjectionRow.statement_id)
        .join(
            StatementLineRow,
            and_(
                StatementLineRow.statement_id == ObjectionRow.statement_id, StatementLineRow.line == ObjectionRow.line
            ),
        )
        .where(
            StatementRow.jurisdiction_id == jurisdiction_id,
            StatementRow.month == month,
            ObjectionRow.decision == "granted",
        )
    )
    return [
        Granted(
            objection_id=row.objection_id,
            ticket_id=row.StatementLineRow.ticket_id,
            key=row.StatementLineRow.key,
            verdict=Verdict(row.StatementLineRow.verdict),
            detail=row.StatementLineRow.detail,
        )
        for row in await session.execute(query)
    ]
