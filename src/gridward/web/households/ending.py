"""Where a household ends: it moved away, it was another one, it asked to be forgotten. Looked at first, then done."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from gridward.domain.households.merging import Contact, TieAfter
from gridward.domain.households.register import Dwelling
from gridward.persistence.households import register as stored
from gridward.services.households import merging, register
from gridward.web.deps import Built, CurrentActor, Now, ReadAtHome, WriteAtHome

router = APIRouter(tags=["households"])


class MergeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    into_id: UUID


class Done(BaseModel):
    done: bool = True


class Door(BaseModel):
    household_id: UUID
    building: str
    label: str


class Doors(BaseModel):
    doors: list[Door]


class MergeShown(BaseModel):
    """What merging would leave at ``into``; who needs help is not told to a desk. ``visits``: of the line that ends, read with
    it from then on."""

    into: Door
    same_building: bool
    contact: Contact
    tie: TieAfter
    visits: int


class EraseShown(BaseModel):
    """What goes (``has_contact``, what help is needed, ``notes``, ``corrections``, other ``lines`` merged into it, ``tied``) and what
    is left: visits by day and outcome, who was shown the number."""

    has_contact: bool
    notes: int
    corrections: int
    lines: int
    tied: bool
    visits_left: int
    reveals_left: int


async def _door(session: ReadAtHome, one: stored.Standing) -> Door:
    return Door(
        household_id=one.household_id,
        building=await stored.building_name(session, one.building_id),
        label=Dwelling(one.entrance, one.floor, one.room).label,
    )


@router.post("/households/{household_id}/move-away")
async def move_away(household_id: UUID, session: WriteAtHome, who: CurrentActor, at: Now) -> Done:
    """It does not live there any more: its contact goes, its visits stay."""
    await register.move_away(session, who, household_id, now=at)
    return Done()


@router.get("/households/{household_id}/doubles")
async def doubles(household_id: UUID, session: ReadAtHome, who: CurrentActor) -> Doors:
    """Others of the same building whose door reads like this one written another way."""
    return Doors(doors=[await _door(session, one) for one in await merging.like(session, who, household_id)])


@router.get("/households/{household_id}/merge")
async def look_at_merge(
    household_id: UUID, into_id: UUID, session: ReadAtHome, who: CurrentActor, at: Now
) -> MergeShown:
    """What would happen. 409 ``household.ended``, ``household.merge_self``."""
    found = await merging.preview(session, who, household_id, into_id, at)
    return MergeShown(
        into=await _door(session, found.stays),
        same_building=found.same_building,
        contact=found.after.contact,
        tie=found.after.tie,
        visits=found.visits,
    )


@router.post("/households/{household_id}/merge")
async def merge(
    household_id: UUID, wish: MergeIn, session: WriteAtHome, who: CurrentActor, built: Built, at: Now
) -> Done:
    """It was the same household as another: this line of the register ends in that one."""
    await merging.merge(session, who, household_id, wish.into_id, key=built.number_key, now=at)
    return Done()


@router.get("/households/{household_id}/erase")
async def look_at_erase(household_id: UUID, session: ReadAtHome, who: CurrentActor) -> EraseShown:
    """What would go and what would be left."""
    found = await register.erasing(session, who, household_id)
    return EraseShown.model_validate(found, from_attributes=True)


@router.post("/households/{household_id}/erase")
async def erase(household_id: UUID, session: WriteAtHome, who: CurrentActor, built: Built, at: Now) -> Done:
    """Forget it: contact, needs, notes and door; that somebody was visited there stays."""
    await register.erase(session, built.erasures, who, household_id, now=at)
    return Done()
