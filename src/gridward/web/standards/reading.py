"""What can be reported, what the standards say, and how two versions differ."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.standards import (
    Binding,
    Category,
    CategoryKind,
    CommunityType,
    Condition,
    Evidence,
    Standard,
    Text,
    Verification,
)
from gridward.domain.standards_diff import compare
from gridward.domain.territory import UnitKind
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.persistence.standards import queries
from gridward.persistence.standards.emergencies import emergencies
from gridward.web.deps import CurrentActor, Now, Read
from gridward.web.standards.comparing import ComparisonShown, shown

router = APIRouter(tags=["standards"])

Language = Annotated[Literal["zh", "en"], Query(description="Of names; zh where a standard has no other")]


class AnswerShown(BaseModel):
    """One answer to a category's question: the condition that it names."""

    condition_id: str
    code: str
    name: str
    picture: str | None
    urgent: bool


class QuestionShown(BaseModel):
    text: str
    answers: list[AnswerShown]


class EvidenceShown(BaseModel):
    """What must be brought at filing and at closing."""

    filing: list[Evidence]
    closing: list[Evidence]


class CategoryShown(BaseModel):
    """A kind of problem. ``picture`` null: only the desk can name it. ``urgent``: goes out at once, day and night.

    ``offered`` false: switched off; only who asks for those as well is told of it.
    """

    code: str
    name: str
    kind: CategoryKind
    group: str | None
    picture: str | None
    urgent: bool
    question: QuestionShown | None
    condition_id: str | None = Field(description="The condition that the picture names by itself")
    duplicate_radius_m: float
    offered: bool
    evidence: EvidenceShown | None


class CategoriesShown(BaseModel):
    standard_id: str
    version: int
    categories: list[CategoryShown]


class StandardShown(BaseModel):
    """One version in the list, newest first; ``valid_to`` is the first day on which it no longer stands."""

    standard_id: UUID
    scheme: str
    name: str
    version: int
    day_rule: str
    valid_from: date
    valid_to: date | None
    published_at: datetime
    conditions: int
    area_codes: list[str]
    community_types: list[CommunityType]
    is_emergency: bool


class StandardsShown(BaseModel):
    standards: list[StandardShown]


class BasisShown(BaseModel):
    """On what a limit binds a kind of unit."""

    unit_kind: UnitKind
    document: str
    clause: str
    binding: Binding


class BasesShown(BaseModel):
    """``without``: kinds of unit for which every limit is a reference (参考时限), counted in no index.

    ``of_conditions`` have bases of their own.
    """

    standard_id: UUID
    bases: list[BasisShown]
    without: list[UnitKind]
    of_conditions: dict[str, list[BasisShown]]


class ReasonShown(BaseModel):
    """A line of a list; ``en`` is empty where the standard has Chinese only."""

    code: str
    zh: str
    en: str


class ReasonsShown(BaseModel):
    lists: dict[str, list[ReasonShown]]


class ConditionShown(BaseModel):
    """A condition with its limits in words."""

    condition_id: str
    category: str
    code: str
    name: str | None
    filing_text: str
    closing_text: str
    limit: str | None
    limits_by_area_class: dict[str, str]
    milestones: list[str]
    urgent: bool
    verification: Verification
    lead: list[str]
    assist: list[str]
    last_resort: list[str]
    authorities: list[str]


class ConditionsShown(BaseModel):
    standard_id: str
    conditions: list[ConditionShown]


@router.get("/categories")
async def categories(
    session: Read,
    who: CurrentActor,
    at: Now,
    lang: Language = "zh",
    off: Annotated[
        bool, Query(description="Also what is switched off: for filters, since there may be tickets")
    ] = False,
) -> CategoriesShown:
    """What can be reported here today: the pictures in their order, then what only the desk can name.

    While an emergency is on, its own kinds are among them.
    """
    require(who, "category:read", Subject(jurisdiction_id=who.jurisdiction_id))
    standard = await queries.current_standard(session, who.jurisdiction_id, await _today(session, who, at))
    found = [(standard, one) for one in standard.categories.values()]
    for emergency in await emergencies(session, who.jurisdiction_id, not_over_at=at):
        if emergency.is_on(at):
            profile = await queries.standard_by_id(session, emergency.standard_id)
            known = {one.code for _, one in found}
            found += [(profile, one) for code, one in profile.categories.items() if code not in known]
    last = len(found)
    found.sort(key=lambda pair: pair[1].picture.place if pair[1].picture else last)
    return CategoriesShown(
        standard_id=standard.standard_id,
        version=standard.version,
        categories=[_category(of, one, lang) for of, one in found if one.offered or off],
    )


@router.get("/standards")
async def standards(session: Read, who: CurrentActor) -> StandardsShown:
    """Every version that was ever published, newest first."""
    require(who, "standard:read", Subject(jurisdiction_id=who.jurisdiction_id))
    lines = await queries.list_standards(session, who.jurisdiction_id)
    return StandardsShown(standards=[StandardShown.model_validate(line, from_attributes=True) for line in lines])


@router.get("/standards/{standard_id}/conditions")
async def conditions(
    standard_id: UUID, session: Read, who: CurrentActor, category: str | None = None, lang: Language = "zh"
) -> ConditionsShown:
    """The conditions of a version, or of one of its categories."""
    require(who, "standard:read", Subject(jurisdiction_id=who.jurisdiction_id))
    standard = await queries.standard_in(session, who.jurisdiction_id, standard_id)
    wanted = standard.conditions if category is None else standard.category(category).condition_ids
    return ConditionsShown(
        standard_id=standard.standard_id,
        conditions=[_condition(standard.condition(one), lang) for one in wanted],
    )


@router.get("/standards/{standard_id}/bases")
async def bases(standard_id: UUID, session: Read, who: CurrentActor) -> BasesShown:
    """On what each limit binds each kind of unit. Changed by publishing a file that says ``bases``."""
    require(who, "standard:read", Subject(jurisdiction_id=who.jurisdiction_id))
    standard = await queries.standard_in(session, who.jurisdiction_id, standard_id)
    known = {basis.unit_kind for basis in standard.bases}
    return BasesShown(
        standard_id=standard_id,
        bases=[BasisShown.model_validate(basis, from_attributes=True) for basis in standard.bases],
        without=[kind for kind in UnitKind if kind not in known and kind is not UnitKind.volunteers],
        of_conditions={
            key: [BasisShown.model_validate(basis, from_attributes=True) for basis in own]
            for key, own in standard.condition_bases.items()
        },
    )


@router.get("/standards/{standard_id}/reasons")
async def reasons(standard_id: UUID, session: Read, who: CurrentActor) -> ReasonsShown:
    """Its lists of reasons, by the step that wants one."""
    require(who, "standard:read", Subject(jurisdiction_id=who.jurisdiction_id))
    standard = await queries.standard_in(session, who.jurisdiction_id, standard_id)
    return ReasonsShown(
        lists={
            name: [ReasonShown(code=one.code, zh=one.text.zh, en=one.text.en) for one in lines]
            for name, lines in standard.reasons.items()
        }
    )


@router.get("/standards/{standard_id}/diff")
async def diff(
    standard_id: UUID,
    against: Annotated[UUID, Query(description="The version before")],
    session: Read,
    who: CurrentActor,
) -> ComparisonShown:
    """What a version says otherwise than another one, row by row."""
    require(who, "standard:read", Subject(jurisdiction_id=who.jurisdiction_id))
    after = await queries.standard_in(session, who.jurisdiction_id, standard_id)
    before = await queries.standard_in(session, who.jurisdiction_id, against)
    return shown(compare(before, after))


async def _today(session: ReadSession, who: Actor, at: datetime) -> date:
    return at.astimezone(await time_zone_of(session, who.jurisdiction_id)).date()


def _said(words: Text, lang: str) -> str:
    return words.en if lang == "en" and words.en else words.zh


def _category(standard: Standard, category: Category, lang: str) -> CategoryShown:
    named = category.default_condition_id
    default = standard.condition(named) if named else None
    question = category.question
    return CategoryShown(
        code=category.code,
        name=_said(category.name, lang),
        kind=category.kind,
        group=_said(category.parent_name, lang) if category.parent_name else None,
        picture=category.picture.name if category.picture else None,
        urgent=default.urgent if default else False,
        question=None
        if question is None
        else QuestionShown(
            text=_said(question.text, lang),
            answers=[_answer(standard.condition(one), lang) for one in question.answers],
        ),
        condition_id=named,
        duplicate_radius_m=category.duplicate_radius_m,
        offered=category.offered,
        evidence=EvidenceShown(filing=list(default.filing_evidence), closing=list(default.closing_evidence))
        if default
        else None,
    )


def _answer(condition: Condition, lang: str) -> AnswerShown:
    return AnswerShown(
        condition_id=condition.condition_id,
        code=condition.code,
        name=_said(condition.name, lang) if condition.name else condition.filing_text,
        picture=condition.picture,
        urgent=condition.urgent,
    )


def _condition(condition: Condition, lang: str) -> ConditionShown:
    return ConditionShown(
        condition_id=condition.condition_id,
        category=condition.category_code,
        code=condition.code,
        name=_said(condition.name, lang) if condition.name else None,
        filing_text=condition.filing_text,
        closing_text=condition.closing_text,
        limit=condition.limit.words if condition.limit else None,
        limits_by_area_class={letter: limit.words for letter, limit in condition.limits_by_area_class.items()},
        milestones=[f"{stage.name} {stage.limit.words}" for stage in condition.milestones],
        urgent=condition.urgent,
        verification=condition.verification,
        lead=list(condition.lead),
        assist=list(condition.assist),
        last_resort=list(condition.last_resort),
        authorities=list(condition.authorities),
    )
