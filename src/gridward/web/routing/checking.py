"""What rules would mean: for every kind and grid (coverage), and for the reports of the last months (dry run)."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Actor
from gridward.domain.routing.rules import RuleSet
from gridward.persistence.database import ReadSession
from gridward.services.routing import dry_run
from gridward.services.routing.coverage import coverage_of
from gridward.services.routing.history import version
from gridward.services.routing.publish import draft
from gridward.web.deps import CurrentActor, Now, Read
from gridward.web.routing.rules import MOST_DUTIES, MOST_RULES

router = APIRouter(tags=["routing"])

MOST_DAYS = 400


class Which(BaseModel):
    """A draft, an earlier version, or without either the rules in force."""

    model_config = ConfigDict(extra="forbid")

    version: int | None = Field(None, ge=1)
    rules: list[dict[str, Any]] | None = Field(None, max_length=MOST_RULES)
    duties: list[dict[str, Any]] | None = Field(None, max_length=MOST_DUTIES)


class GapShown(BaseModel):
    """Kinds without one unit in ``share`` of a grid; ``conditions`` where only some of a category are meant."""

    grid_id: UUID
    doubt: str
    share: float
    categories: list[str]
    conditions: list[str]
    rule_id: str | None
    unit_ids: list[UUID]


class CoverageShown(BaseModel):
    """``pairs`` are all (category, grid); ``by_doubt`` counts those with a gap, each once under its worst."""

    version: int
    pairs: int
    by_doubt: dict[str, int]
    gaps: list[GapShown]


class After(BaseModel):
    """Where the last page ended."""

    received_at: AwareDatetime
    ticket_id: UUID


class DryRunAsked(Which):
    """``until`` and ``after`` are those of the page before."""

    days: int = Field(dry_run.DAYS, ge=1, le=MOST_DAYS)
    until: AwareDatetime | None = None
    after: After | None = None


class WayShown(BaseModel):
    """Where rules sent a report; no unit: to the dispatcher's tray."""

    unit_id: UUID | None
    role: str | None
    rule_id: str | None
    rule_name: str | None
    version: int
    doubts: list[str]


class MovedShown(BaseModel):
    ticket_id: UUID
    ticket_no: str
    received_at: datetime
    category: str
    grid_id: UUID | None
    lon: float | None
    lat: float | None
    before: WayShown
    after: WayShown


class DryRunPage(BaseModel):
    """``total`` reports are to be read in all; ``next`` is null when they have been."""

    total: int
    read: int
    moved: list[MovedShown]
    until: datetime
    next: After | None


async def meant(session: ReadSession, who: Actor, which: Which, at: datetime) -> RuleSet:
    if which.rules is not None:
        return (await draft(session, who, which.rules, which.duties, at=at))[0]
    return await version(session, who, which.version)


@router.post("/routing/coverage")
async def check_coverage(which: Which, session: Read, who: CurrentActor, at: Now) -> CoverageShown:
    """Which (category, grid) pairs have no unit, or several, and in which share of the grid."""
    rule_set = await meant(session, who, which, at)
    found = await coverage_of(session, who, rule_set, at=at)
    return CoverageShown(
        version=rule_set.version,
        pairs=found.pairs,
        by_doubt=dict(found.by_doubt),
        gaps=[
            GapShown(
                grid_id=gap.grid_id,
                doubt=gap.doubt,
                share=gap.share,
                categories=list(gap.kinds),
                conditions=list(gap.conditions),
                rule_id=gap.rule_id,
                unit_ids=list(gap.unit_ids),
            )
            for gap in found.gaps
        ],
    )


@router.post("/routing/dry-run")
async def run_dry(asked: DryRunAsked, session: Read, who: CurrentActor, at: Now) -> DryRunPage:
    """The next thousand past reports under other rules: which would have gone elsewhere. Nothing is stored."""
    rule_set = await meant(session, who, asked, at)
    span = dry_run.last_days(asked.days, asked.until or at)
    total = await dry_run.how_many(session, who, span)
    after = None if asked.after is None else (asked.after.received_at, asked.after.ticket_id)
    page = await dry_run.dry_run_page(session, who, rule_set, span, after=after)
    return DryRunPage(
        total=total,
        read=page.read,
        moved=[MovedShown.model_validate(one.as_json()) for one in page.moved],
        until=span.until,
        next=None if page.next is None else After(received_at=page.next[0], ticket_id=page.next[1]),
    )
