"""What can be reported, what the standards say, and whom the names in them mean."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.standards import Category, CategoryKind, Condition, Evidence, Standard, Text, Verification
from gridward.domain.territory import UnitKind
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.persistence.standards import queries
from gridward.persistence.standards.unit_names import UnitNameLine
from gridward.services.standards import unit_names
from gridward.web.deps import CurrentActor, Now, Read, Write

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
    """A kind of problem. ``picture`` null: only the desk can name it. ``urgent``: goes out at once, day and night."""

    code: str
    name: str
    kind: CategoryKind
    group: str | None
    picture: str | None
    urgent: bool
    question: QuestionShown | None
    condition_id: str | None = Field(description="The condition that the picture names by itself")
    duplicate_radius_m: float
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


class StandardsShown(BaseModel):
    standards: list[StandardShown]


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


class UnitNameLineShown(BaseModel):
    """What a name means in an area (null: wherever no nearer line holds): a kind of unit found by place, or one unit."""

    model_config = ConfigDict(extra="forbid")

    area_id: UUID | None = None
    unit_kind: UnitKind | None = None
    unit_id: UUID | None = None


class UnitNameShown(BaseModel):
    name: str
    conditions: int
    mapped: bool
    lines: list[UnitNameLineShown]


class UnitNamesShown(BaseModel):
    version: datetime | None
    names: list[UnitNameShown]
    unmapped: list[str]


class UnitNameMeant(BaseModel):
    """The lines of one name, which replace those that stand; none: it is not mapped any more."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    lines: Annotated[list[UnitNameLineShown], Field(max_length=500)]


class UnitNamesMeant(BaseModel):
    """``based_on``: the version that was read."""

    model_config = ConfigDict(extra="forbid")

    based_on: datetime | None
    names: Annotated[list[UnitNameMeant], Field(min_length=1, max_length=1000)]


@router.get("/categories")
async def categories(session: Read, who: CurrentActor, at: Now, lang: Language = "zh") -> CategoriesShown:
    """What can be reported here today: the pictures in their order, then what only the desk can name."""
    require(who, "category:read", Subject(jurisdiction_id=who.jurisdiction_id))
    standard = await queries.current_standard(session, who.jurisdiction_id, await _today(session, who, at))
    places = {one.code: one.picture.place if one.picture else len(standard.categories) for one in _all(standard)}
    return CategoriesShown(
        standard_id=standard.standard_id,
        version=standard.version,
        categories=[_category(standard, one, lang) for one in sorted(_all(standard), key=lambda one: places[one.code])],
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


@router.get("/standards/{standard_id}/unit-names")
async def names(standard_id: UUID, session: Read, who: CurrentActor) -> UnitNamesShown:
    """The names of units in a standard and what each means; ``unmapped`` lists those that nobody has said yet."""
    return _names(await unit_names.names_of(session, who, standard_id))


@router.put("/standards/{standard_id}/unit-names")
async def map_names(
    standard_id: UUID, meant: UnitNamesMeant, session: Write, who: CurrentActor, at: Now
) -> UnitNamesShown:
    """Say what names mean. Names that are not in the body stay as they are."""
    lines = [
        UnitNameLine(name=one.name, area_id=line.area_id, unit_kind=line.unit_kind, unit_id=line.unit_id)
        for one in meant.names
        for line in one.lines or [UnitNameLineShown()]
    ]
    return _names(await unit_names.map_names(session, who, standard_id, lines, based_on=meant.based_on, now=at))


async def _today(session: ReadSession, who: Actor, at: datetime) -> date:
    return at.astimezone(await time_zone_of(session, who.jurisdiction_id)).date()


def _all(standard: Standard) -> tuple[Category, ...]:
    return tuple(standard.categories.values())


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


def _names(found: unit_names.UnitNames) -> UnitNamesShown:
    return UnitNamesShown(
        version=found.version,
        names=[
            UnitNameShown(
                name=one.name,
                conditions=one.conditions,
                mapped=one.is_mapped,
                lines=[
                    UnitNameLineShown(area_id=line.area_id, unit_kind=_kind(line.unit_kind), unit_id=line.unit_id)
                    for line in one.lines
                    if line.is_mapped
                ],
            )
            for one in found.names
        ],
        unmapped=[one.name for one in found.names if not one.is_mapped],
    )


def _kind(word: str | None) -> UnitKind | None:
    return None if word is None else UnitKind(word)
