"""The figures of a month: what stands before their publication, what was told, what was put right."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, may, require
from gridward.domain.errors import NotFound
from gridward.domain.statements import Month, Moved, Told, why_not_yet
from gridward.domain.statistics.indices import FEW
from gridward.persistence.accounts import people as accounts
from gridward.persistence.database import ReadSession
from gridward.persistence.sealing import last as last_seal
from gridward.persistence.statements import published
from gridward.persistence.statements.rows import CorrectionRow, PublicationRow
from gridward.services.statements import publishing
from gridward.web.deps import CurrentActor, Now, Read, ReadAtHome, WriteAtHome

router = APIRouter(tags=["statements"])


class Words(BaseModel):
    zh: str
    en: str


class Definition(BaseModel):
    """An index as it was defined when it was told. ``better``: which way is good; ``above``: the set of its tickets."""

    code: str
    above: str
    name: Words
    note: Words
    better: str


class FigureTold(BaseModel):
    """``n`` below ``few`` is shown without colour and rank. ``below`` null: a plain count."""

    code: str
    above: int
    below: int | None


class ToldOut(BaseModel):
    """Figures of the whole jurisdiction (``unit_id`` null) or of a unit."""

    unit_id: UUID | None
    unit: str | None
    figures: list[FigureTold]


class SealOut(BaseModel):
    """The newest seal of the log at an instant: its number, and its root in hex."""

    number: int
    root: str


class FigureMoved(BaseModel):
    unit_id: UUID | None
    unit: str | None
    code: str
    before: FigureTold
    after: FigureTold


class CorrectionOut(BaseModel):
    number: int
    as_of: datetime
    by: str | None
    reason: str
    changes: list[FigureMoved]


class MonthOut(BaseModel):
    """``waits``: why it may not be published yet, as the code of the refusal, with its facts.

    ``as_of`` null: not published, ``told`` is what would be told now. ``moved``: figures that are other ones now than
    they were last told; shown to those who may correct.
    """

    month: str
    few: int
    as_of: datetime | None
    by: str | None
    digest: str | None
    seal: SealOut | None
    seal_now: SealOut | None
    definitions: list[Definition]
    told: list[ToldOut]
    corrections: list[CorrectionOut]
    moved: list[FigureMoved]
    waits: str | None
    waits_facts: dict[str, Any]
    may_publish: bool


class PublishedOut(BaseModel):
    month: str
    as_of: datetime
    corrections: int


class PublicationsOut(BaseModel):
    publications: list[PublishedOut]


class CorrectionIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=2000)]


class Numbered(BaseModel):
    number: int


@router.get("/publications")
async def listed(session: Read, who: CurrentActor) -> PublicationsOut:
    """Months whose figures were told, the newest first."""
    require(who, "publication:read", Subject(jurisdiction_id=who.jurisdiction_id))
    rows = await published.listed(session, who.jurisdiction_id)
    return PublicationsOut(
        publications=[
            PublishedOut(
                month=Month(row.month).name,
                as_of=row.as_of,
                corrections=len(await published.corrections(session, row.publication_id)),
            )
            for row in rows
        ]
    )


@router.get("/publications/{month}")
async def month_of(month: str, session: ReadAtHome, who: CurrentActor, at: Now) -> MonthOut:
    """A month as it was told; before that, for those who publish, what would be told."""
    whole = Subject(jurisdiction_id=who.jurisdiction_id)
    require(who, "publication:read", whole)
    wanted, may_publish = Month.read(month), may(who, "publication:publish", whole)
    told = await published.of_month(session, who.jurisdiction_id, wanted.first)
    names = await published.unit_names(session, who.jurisdiction_id)
    seal = await last_seal(session, who.jurisdiction_id)
    seal_now = SealOut(number=seal.number, root=seal.root.hex()) if seal else None
    if told is None:
        if not may_publish:
            raise NotFound("publication.none")
        return await _draft(session, who.jurisdiction_id, wanted, names, seal_now, at)
    corrections = await published.corrections(session, told.publication_id)
    authors = {told.published_by, *(one.made_by for one in corrections)}
    people = {one.person_id: one.name for one in await accounts.by_id(session, who.jurisdiction_id, authors)}
    moved: Sequence[Moved] = ()
    if may_publish:
        moved, _ = await publishing.moved_since(session, told, at)
    return MonthOut(
        month=wanted.name,
        few=FEW,
        as_of=told.as_of,
        by=people.get(told.published_by),
        digest=told.digest.hex(),
        seal=_seal(told),
        seal_now=seal_now,
        definitions=[Definition.model_validate(one) for one in told.definitions],
        told=_told(told.told, told.definitions, names),
        corrections=[_correction(one, names, people) for one in corrections],
        moved=[_change(one.whose, one.code, one.before, one.after, names) for one in moved],
        waits=None,
        waits_facts={},
        may_publish=may_publish,
    )


async def _draft(
    session: ReadSession,
    jurisdiction_id: UUID,
    month: Month,
    names: dict[str, str],
    seal: SealOut | None,
    at: datetime,
) -> MonthOut:
    asked = await publishing.asked_of(session, jurisdiction_id, month, at)
    standing = await publishing.standing(session, jurisdiction_id, month, asked)
    waits = why_not_yet(standing, at, asked.until)
    told = await publishing.told_now(session, asked)
    defined = publishing.defined_for(told)
    return MonthOut(
        month=month.name,
        few=FEW,
        as_of=None,
        by=None,
        digest=None,
        seal=None,
        seal_now=seal,
        definitions=[Definition.model_validate(one) for one in defined],
        told=_told(told, defined, names),
        corrections=[],
        moved=[],
        waits=waits[0] if waits else None,
        waits_facts=dict(waits[1]) if waits else {},
        may_publish=True,
    )


def _seal(row: PublicationRow) -> SealOut | None:
    if row.seal_number is None or row.seal_root is None:
        return None
    return SealOut(number=row.seal_number, root=row.seal_root.hex())


def _told(told: Told, definitions: Sequence[dict[str, Any]], names: dict[str, str]) -> list[ToldOut]:
    shown = []
    for whose in sorted(told, key=lambda one: (one != "", names.get(one, one))):
        counts = told[whose]
        shown.append(
            ToldOut(
                unit_id=UUID(whose) if whose else None,
                unit=names.get(whose),
                figures=[
                    FigureTold(
                        code=one["code"],
                        above=counts.get(one["above"], 0),
                        below=None if one["below"] is None else counts.get(one["below"], 0),
                    )
                    for one in definitions
                    if not whose or one["above"] in counts or not one["above"].startswith(publishing.OF_THE_WHOLE)
                ],
            )
        )
    return shown


def _correction(row: CorrectionRow, names: dict[str, str], people: dict[UUID, str]) -> CorrectionOut:
    return CorrectionOut(
        number=row.number,
        as_of=row.as_of,
        by=people.get(row.made_by),
        reason=row.reason,
        changes=[_change(one["whose"], one["code"], one["before"], one["after"], names) for one in row.changes],
    )


def _change(
    whose: str, code: str, before: Sequence[int | None], after: Sequence[int | None], names: dict[str, str]
) -> FigureMoved:
    def figure(pair: Sequence[int | None]) -> FigureTold:
        return FigureTold(code=code, above=pair[0] or 0, below=pair[1])

    return FigureMoved(
        unit_id=UUID(whose) if whose else None,
        unit=names.get(whose),
        code=code,
        before=figure(before),
        after=figure(after),
    )


@router.put("/publications/{month}", status_code=204)
async def publish(month: str, session: WriteAtHome, who: CurrentActor, at: Now) -> None:
    """Tell the figures of a month, for good."""
    await publishing.publish(session, who, Month.read(month), at)


@router.post("/publications/{month}/corrections")
async def correct(month: str, wish: CorrectionIn, session: WriteAtHome, who: CurrentActor, at: Now) -> Numbered:
    """Tell what has changed since, and why."""
    return Numbered(number=await publishing.correct(session, who, Month.read(month), wish.reason, at))
