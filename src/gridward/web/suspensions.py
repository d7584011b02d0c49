"""Suspensions of limits (时限中止): ordered, ended earlier or later, listed."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.persistence import suspensions as stored
from gridward.services import suspensions
from gridward.web.deps import CurrentActor, Now, Read, Write

router = APIRouter(tags=["suspensions"])

LISTED = 200


class SuspensionWish(BaseModel):
    """``area_ids`` empty: the whole jurisdiction; ``categories`` empty: every kind. ``notice``: what announced it."""

    model_config = ConfigDict(extra="forbid")

    area_ids: Annotated[list[UUID], Field(max_length=500)] = []
    categories: Annotated[list[Annotated[str, Field(min_length=1, max_length=80)]], Field(max_length=500)] = []
    from_at: AwareDatetime
    to_at: AwareDatetime
    reason: Literal["typhoon", "rainstorm", "power_cut", "other"]
    notice: Annotated[str, Field(min_length=1, max_length=400)]
    photo: Annotated[str, Field(pattern="^[0-9a-f]{64}$")] | None = None


class NewEnd(BaseModel):
    """At or before its start: it is taken back whole."""

    model_config = ConfigDict(extra="forbid")

    to_at: AwareDatetime


class Ordered(BaseModel):
    """``made`` False: nothing was new. Tickets learn of it within seconds."""

    made: bool


class SuspensionShown(BaseModel):
    """``waiting``: tickets among ``tickets`` that have not learned of it yet."""

    suspension_id: UUID
    area_ids: list[UUID]
    categories: list[str]
    from_at: datetime
    to_at: datetime
    first_to_at: datetime
    reason: str
    notice: str
    made_by: UUID
    made_at: datetime
    changed_by: UUID
    changed_at: datetime
    tickets: int
    waiting: int


class SuspensionsShown(BaseModel):
    suspensions: list[SuspensionShown]


class TouchedLine(BaseModel):
    """Tickets of one community and kind. ``breached``: those whose breach falls into the time."""

    community_id: UUID | None
    category_code: str
    open: int
    closed: int
    breached: int


class TouchedShown(BaseModel):
    """What would be touched: ``open`` tickets, ``closed`` ones whose time it was, and the sums by community and kind."""

    open: int
    closed: int
    breached: int
    lines: list[TouchedLine]


@router.get("/suspensions")
async def listed(session: Read, who: CurrentActor) -> SuspensionsShown:
    """The latest suspensions, newest first."""
    require(who, "suspension:read", Subject(jurisdiction_id=who.jurisdiction_id))
    rows = await stored.newest(session, who.jurisdiction_id, LISTED)
    return SuspensionsShown(suspensions=[SuspensionShown.model_validate(row, from_attributes=True) for row in rows])


@router.get("/suspensions/preview")
async def preview(
    session: Read,
    who: CurrentActor,
    from_at: AwareDatetime,
    to_at: AwareDatetime,
    area_ids: Annotated[list[UUID], Query(max_length=500)] = [],  # noqa: B006
    categories: Annotated[list[str], Query(max_length=500)] = [],  # noqa: B006
) -> TouchedShown:
    """What such an act would touch if it were ordered now; nothing happens.

    422 ``suspension.no_span``, ``suspension.area_unknown`` · 403 not a supervisor of these areas.
    """
    meant = suspensions.Reached(area_ids=tuple(area_ids), categories=tuple(categories), from_at=from_at, to_at=to_at)
    lines = await suspensions.reached(session, who, meant)
    shown = [TouchedLine.model_validate(line, from_attributes=True) for line in lines]
    return TouchedShown(
        open=sum(one.open for one in shown),
        closed=sum(one.closed for one in shown),
        breached=sum(one.breached for one in shown),
        lines=shown,
    )


@router.put("/suspensions/{suspension_id}")
async def order(suspension_id: UUID, wish: SuspensionWish, session: Write, who: CurrentActor, at: Now) -> Ordered:
    """Let limits stand still; sent again with the same id nothing happens twice."""
    meant = suspensions.Wish(
        area_ids=tuple(wish.area_ids),
        categories=tuple(wish.categories),
        from_at=wish.from_at,
        to_at=wish.to_at,
        reason=wish.reason,
        notice=wish.notice,
        photo=wish.photo,
    )
    return Ordered(made=await suspensions.suspend(session, who, suspension_id, meant, now=at))


@router.put("/suspensions/{suspension_id}/end")
async def end(suspension_id: UUID, wish: NewEnd, session: Write, who: CurrentActor, at: Now) -> Ordered:
    """Let it end earlier or later than announced."""
    return Ordered(made=await suspensions.change(session, who, suspension_id, wish.to_at, now=at))
