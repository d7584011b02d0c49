"""楼长: who looks after which building, found by the words of a building or a name, a page at a time."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict

from gridward.domain.households.register import plain_words
from gridward.persistence.households import stewards as stored
from gridward.services.households import ties
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.page_tokens import read_token, write_token

router = APIRouter(tags=["households"])

PAGE = 100


class StewardShown(BaseModel):
    """``valid_to`` null: looks after it now."""

    person_id: UUID
    name: str
    valid_from: datetime
    valid_to: datetime | None


class LookedAfter(BaseModel):
    """A building. ``steward`` null: nobody looks after it; ``past`` who did, the newest first."""

    building_id: UUID
    building: str
    code: str
    steward: StewardShown | None
    past: list[StewardShown]


class StewardsShown(BaseModel):
    """By the codes of the buildings. ``looked_after`` of ``in_all`` buildings of the area have somebody, whatever was asked
    for; ``after``: ask again with it."""

    buildings: list[LookedAfter]
    looked_after: int
    in_all: int
    after: str | None


class StewardIn(BaseModel):
    """``person_id`` null: nobody any more."""

    model_config = ConfigDict(extra="forbid")

    person_id: UUID | None


class Appointed(BaseModel):
    changed: int


@router.get("/building-stewards")
async def listed(
    session: Read,
    who: CurrentActor,
    text: Annotated[str, Query(max_length=120)] = "",
    without: bool = False,
    after: Annotated[str | None, Query(max_length=400)] = None,
) -> StewardsShown:
    """Who looks after which building of one's area, 100 at a time. ``text``: of a building, its code or its steward's name;
    ``without``: only those that nobody looks after. 422 ``page_unreadable``."""
    found = ties.communities_of(who, "tie:read")
    area = None if found is None else sorted(found)
    rows = await stored.page(
        session,
        who.jurisdiction_id,
        community_ids=area,
        words=plain_words(text),
        without=without,
        after=read_token(after, 1)[0] if after else None,
        limit=PAGE + 1,
    )
    shown = rows[:PAGE]
    past: dict[UUID, list[StewardShown]] = {}
    for row in await stored.past(session, [one.building_id for one in shown]):
        past.setdefault(row.building_id, []).append(StewardShown.model_validate(row, from_attributes=True))
    counted = await stored.counts(session, who.jurisdiction_id, area)
    return StewardsShown(
        buildings=[
            LookedAfter(
                building_id=one.building_id,
                building=one.building,
                code=one.code,
                steward=_now(one),
                past=past.get(one.building_id, []),
            )
            for one in shown
        ],
        looked_after=counted.looked_after,
        in_all=counted.in_all,
        after=write_token(shown[-1].code) if len(rows) > PAGE else None,
    )


def _now(row: Any) -> StewardShown | None:
    if row.person_id is None:
        return None
    return StewardShown(person_id=row.person_id, name=row.name, valid_from=row.valid_from, valid_to=None)


@router.put("/building-stewards/{building_id}")
async def appoint(building_id: UUID, wish: StewardIn, session: Write, who: CurrentActor, at: Now) -> Appointed:
    """Somebody looks after a building from now on."""
    await ties.appoint(session, who, building_id, wish.person_id, now=at)
    return Appointed(changed=1)
