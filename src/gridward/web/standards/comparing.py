"""The shape of a comparison and of who uses what would vanish."""

from __future__ import annotations

from uuid import UUID

from pydantic import BaseModel, Field

from gridward.domain.standards_diff import Comparison, FieldChange, Row
from gridward.domain.standards_in_use import InUse


class FieldChangeShown(BaseModel):
    """Words of the standard, or codes of enumerations; empty: nothing stood there."""

    field: str
    before: list[str]
    after: list[str]


class RowShown(BaseModel):
    condition_id: str
    category: str
    category_name: str
    filing_text: str
    limit: str | None
    like: str | None = Field(description="Of one that went: what perhaps came in its place")
    changes: list[FieldChangeShown]


class ComparisonShown(BaseModel):
    """``whole``: what belongs to no condition. ``same``: conditions that say the same."""

    added: list[RowShown]
    gone: list[RowShown]
    changed: list[RowShown]
    same: int
    whole: list[FieldChangeShown]


class ExampleShown(BaseModel):
    ticket_id: UUID
    number: str


class InUseShown(BaseModel):
    """A condition that would vanish although something uses it; publishing wants it acknowledged."""

    condition_id: str
    category: str
    category_name: str
    filing_text: str
    tickets: int
    examples: list[ExampleShown]
    rules: list[str]
    duties: list[int]


def shown(found: Comparison) -> ComparisonShown:
    return ComparisonShown(
        added=[_row(one) for one in found.added],
        gone=[_row(one) for one in found.gone],
        changed=[_row(one) for one in found.changed],
        same=found.same,
        whole=[_change(one) for one in found.whole],
    )


def used(found: tuple[InUse, ...]) -> list[InUseShown]:
    return [InUseShown.model_validate(one.as_json()) for one in found]


def _row(one: Row) -> RowShown:
    return RowShown(
        condition_id=one.condition.condition_id,
        category=one.category.code,
        category_name=one.category.name.zh,
        filing_text=one.condition.filing_text,
        limit=one.condition.limit.words if one.condition.limit else None,
        like=one.like,
        changes=[_change(each) for each in one.changes],
    )


def _change(one: FieldChange) -> FieldChangeShown:
    return FieldChangeShown(field=one.field, before=list(one.before), after=list(one.after))
