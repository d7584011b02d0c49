"""Statements of units: listed, read, objected to, explained, decided."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Actor, Role, Subject, may, require
from gridward.domain.errors import NotFound
from gridward.domain.statements import Decision, Month, SaidFor, SaidWay
from gridward.domain.statistics.figures import figure
from gridward.domain.statistics.indices import told_beside
from gridward.persistence.database import ReadSession
from gridward.persistence.statements import published
from gridward.persistence.statements import queries as stored
from gridward.persistence.statements.rows import ExplanationRow, ObjectionRow, StatementLineRow, StatementRow
from gridward.services.statements import objecting
from gridward.web.deps import CurrentActor, Now, Read, Write

router = APIRouter(tags=["statements"])

Words = Annotated[str, Field(min_length=1, max_length=2000)]


class StatementOut(BaseModel):
    """A unit's statement. ``verdicts``: how many lines are counted how; ``may_object``: this person, now;
    ``may_object_for``: enter what somebody of the unit said."""

    statement_id: UUID
    unit_id: UUID
    unit: str
    month: str
    made_at: datetime
    object_until: datetime
    lines: int
    verdicts: dict[str, int]
    objections: int
    undecided: int
    published_at: datetime | None
    may_object: bool
    may_object_for: bool


class StatementsOut(BaseModel):
    statements: list[StatementOut]


class PauseOut(BaseModel):
    """``why``: ``defer``, ``shelve``, ``suspension``, ``reporter``, ``verification``, ``away``, ``merged``."""

    from_: datetime = Field(alias="from")
    to: datetime
    why: str


class ObjectionOut(BaseModel):
    objection_id: UUID
    words: str
    made_at: datetime
    said_by: str | None
    way: SaidWay | None
    decision: Decision | None
    answer: str | None
    decided_at: datetime | None


class LineOut(BaseModel):
    """One clock as it stood when the statement was made. ``explanation``: the unit's own words beside a breach.

    ``explained_by``, ``explained_way``: where a supervisor entered them, who of the unit said so, and how.
    """

    line: int
    ticket_id: UUID
    number: str
    category: str
    clock: str
    kind: str
    verdict: str
    limit: str
    basis: str | None
    started_at: datetime
    due_at: datetime | None
    first_due_at: datetime | None
    stopped_at: datetime | None
    breached_at: datetime | None
    counted_s: float
    limit_s: float | None
    extensions: int
    pauses: list[PauseOut]
    objections: list[ObjectionOut]
    explanation: str | None
    explained_by: str | None
    explained_way: SaidWay | None


class BesideOut(BaseModel):
    """A figure that is no clock, by the code of its index; ``below`` null: a plain count. ``apart``: as its index has it."""

    code: str
    above: int
    below: int | None
    apart: dict[str, int]


class StatementPage(BaseModel):
    """A statement with every line. ``beside``: figures that are no clocks, as they were when it was made."""

    statement: StatementOut
    beside: list[BesideOut]
    lines: list[LineOut]
    may_decide: bool


class SaidForIn(BaseModel):
    """Who of the unit said it, and how it came. 403 for whoever is of the unit: that person says it without."""

    model_config = ConfigDict(extra="forbid")

    said_by: Annotated[str, Field(min_length=1, max_length=60)]
    way: SaidWay

    def read(self) -> SaidFor:
        return SaidFor(self.said_by, self.way)


class ObjectionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    statement_id: UUID
    line: Annotated[int, Field(ge=1)]
    words: Words
    said_for: SaidForIn | None = None


class DecisionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    decision: Decision
    answer: Words


class ExplanationIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    words: Words
    said_for: SaidForIn | None = None


def _subject(actor: Actor, unit_id: UUID | None = None) -> Subject:
    return Subject(jurisdiction_id=actor.jurisdiction_id, unit_ids=frozenset({unit_id} if unit_id else ()))


def _units(actor: Actor) -> frozenset[UUID] | None:
    """Those whose statements this person reads; None: all."""
    if may(actor, "statement:read", _subject(actor)):
        return None
    units = frozenset(grant.scope_id for grant in actor.grants if grant.role is Role.unit_lead)
    for unit_id in units or (None,):
        require(actor, "statement:read", _subject(actor, unit_id))
    return units


@router.get("/statements")
async def listed(session: Read, who: CurrentActor, at: Now, month: str | None = None) -> StatementsOut:
    """Statements, the newest month first; a unit's people see their own. ``month``: ``2026-11``."""
    units = _units(who)
    wanted = Month.read(month).first if month is not None else None
    rows = await stored.listed(session, who.jurisdiction_id, month=wanted, unit_ids=units)
    told = {one.month: one.as_of for one in await published.listed(session, who.jurisdiction_id)}
    return StatementsOut(statements=[_shown(one, told.get(one.statement.month), who, at) for one in rows])


def _shown(one: stored.Listed, published_at: datetime | None, who: Actor, at: datetime) -> StatementOut:
    row = one.statement
    return StatementOut(
        statement_id=row.statement_id,
        unit_id=row.unit_id,
        unit=one.unit,
        month=Month(row.month).name,
        made_at=row.made_at,
        object_until=row.object_until,
        lines=row.lines,
        verdicts=row.verdicts,
        objections=one.objections,
        undecided=one.undecided,
        published_at=published_at,
        may_object=at <= row.object_until and may(who, "statement:object", _subject(who, row.unit_id)),
        may_object_for=at <= row.object_until and may(who, "statement:object_for", _subject(who, row.unit_id)),
    )


async def statement_for(session: ReadSession, who: Actor, statement_id: UUID) -> StatementRow:
    """Raises: NotFound: ``statement.unknown``. Forbidden: ``not_permitted``."""
    row = await stored.one(session, who.jurisdiction_id, statement_id)
    if row is None:
        raise NotFound("statement.unknown")
    require(who, "statement:read", _subject(who, row.unit_id))
    return row


@router.get("/statements/{statement_id}")
async def page(statement_id: UUID, session: Read, who: CurrentActor, at: Now) -> StatementPage:
    """Every line, with its objections and what the unit said beside it."""
    row = await statement_for(session, who, statement_id)
    listed = await stored.listed(session, who.jurisdiction_id, month=row.month, unit_ids=[row.unit_id])
    told = await published.of_month(session, who.jurisdiction_id, row.month)
    lines = await lines_of(session, statement_id)
    return StatementPage(
        statement=_shown(listed[0], told.as_of if told else None, who, at),
        beside=_beside(row),
        lines=lines,
        may_decide=may(who, "statement:decide", _subject(who)),
    )


def _beside(row: StatementRow) -> list[BesideOut]:
    told = [figure(one, row.beside) for one in told_beside(row.beside)]
    return [
        BesideOut(
            code=one.index.code,
            above=one.above,
            below=one.below,
            apart={name: row.beside.get(name, 0) for name in one.index.apart},
        )
        for one in told
    ]


async def lines_of(session: ReadSession, statement_id: UUID) -> list[LineOut]:
    """Every line, with its objections and what the unit said beside it."""
    objected: dict[int, list[ObjectionRow]] = {}
    for one in await stored.objections(session, [statement_id]):
        objected.setdefault(one.line, []).append(one)
    explained = await stored.explanations(session, statement_id)
    return [
        _line(row, objected.get(row.line, ()), explained.get((row.ticket_id, row.key)))
        for row in await stored.lines(session, statement_id)
    ]


def _line(row: StatementLineRow, objections: Sequence[ObjectionRow], explanation: ExplanationRow | None) -> LineOut:
    return LineOut(
        line=row.line,
        ticket_id=row.ticket_id,
        clock=row.key,
        kind=row.kind,
        verdict=row.verdict,
        objections=[ObjectionOut.model_validate(one, from_attributes=True) for one in objections],
        explanation=explanation.words if explanation else None,
        explained_by=explanation.said_by if explanation else None,
        explained_way=SaidWay(explanation.way) if explanation and explanation.way else None,
        **row.detail,
    )


@router.put("/objections/{objection_id}", status_code=204)
async def object_to(objection_id: UUID, wish: ObjectionIn, session: Write, who: CurrentActor, at: Now) -> None:
    """The unit says that a line is wrong, and why; ``said_for``: a supervisor enters what it said outside of here."""
    said = wish.said_for.read() if wish.said_for else None
    await objecting.object_to(session, who, wish.statement_id, wish.line, objection_id, wish.words, at, said)


@router.put("/objections/{objection_id}/decision", status_code=204)
async def decide(objection_id: UUID, wish: DecisionIn, session: Write, who: CurrentActor, at: Now) -> None:
    """A supervisor's word on it; it is given once."""
    await objecting.decide(session, who, objection_id, wish.decision, wish.answer, at)


@router.put("/statements/{statement_id}/lines/{line}/explanation", status_code=204)
async def explain(
    statement_id: UUID, line: int, wish: ExplanationIn, session: Write, who: CurrentActor, at: Now
) -> None:
    """What the unit has to say beside a breach; it changes no number."""
    said = wish.said_for.read() if wish.said_for else None
    await objecting.explain(session, who, statement_id, line, wish.words, at, said)
