"""A household's number shown whole for a purpose, and the list of who was shown which."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict

from gridward.domain.errors import Malformed
from gridward.domain.households.register import Dwelling, Purpose
from gridward.persistence.households import reveals as listed
from gridward.services.households import register
from gridward.services.households.ties import communities_of
from gridward.web.deps import Built, CurrentActor, Now, ReadAtHome, WriteAtHome

router = APIRouter(tags=["households"])

PAGE = 200
LISTED = 50


class PurposeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    purpose: Purpose


class Number(BaseModel):
    phone: str


class RevealShown(BaseModel):
    reader_id: UUID
    purpose: Purpose
    at: datetime


class RevealsShown(BaseModel):
    reveals: list[RevealShown]


class RevealLine(BaseModel):
    """A number that somebody was shown. The door, never a name; ``ended``: moved, merged, erased since."""

    reveal_id: UUID
    household_id: UUID
    building: str
    label: str
    ended: str | None
    reader_id: UUID
    reader: str | None
    purpose: Purpose
    at: datetime


class RevealPage(BaseModel):
    """The newest first; ``more``: ask again with ``before`` and ``before_id`` of the last."""

    reveals: list[RevealLine]
    more: bool


@router.post("/households/{household_id}/number")
async def number(
    household_id: UUID, asked: PurposeIn, session: WriteAtHome, who: CurrentActor, built: Built, at: Now
) -> Number:
    """The whole number for one purpose; written into the list that the household can be shown. 429 ``too_many_tries``."""
    found = await register.reveal(session, who, household_id, asked.purpose, key=built.number_key, now=at)
    return Number(phone=found)


@router.get("/households/{household_id}/reveals")
async def reveals(household_id: UUID, session: ReadAtHome, who: CurrentActor) -> RevealsShown:
    """Who was shown the number, when and why."""
    await register.found(session, who, household_id, "household:read_reveals")
    rows = await listed.reveals_of(session, household_id, PAGE)
    return RevealsShown(reveals=[RevealShown.model_validate(row, from_attributes=True) for row in rows])


@router.get("/reveals")
async def of_everybody(
    session: ReadAtHome,
    who: CurrentActor,
    reader_id: UUID | None = None,
    before: AwareDatetime | None = None,
    before_id: UUID | None = None,
) -> RevealPage:
    """Who was shown a household's number in one's area, when and for what. 422 ``query_unreadable`` for half a place."""
    if (before is None) != (before_id is None):
        raise Malformed("query_unreadable", field="before" if before is None else "before_id")
    area = communities_of(who, "household:list_reveals")
    asked = {
        "jurisdiction_id": who.jurisdiction_id,
        "community_ids": None if area is None else sorted(area),
        "reader_id": reader_id,
        "before": before,
        "before_id": before_id,
        "limit": LISTED + 1,
    }
    rows = await listed.reveals(session, asked)
    return RevealPage(
        reveals=[
            RevealLine(
                **{name: getattr(row, name) for name in RevealLine.model_fields if name != "label"},
                label=Dwelling(row.entrance, row.floor, row.room).label,
            )
            for row in rows[:LISTED]
        ],
        more=len(rows) > LISTED,
    )
