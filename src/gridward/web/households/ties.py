"""Who visits whom: loads, suggestions, ties; members registered at home (双报到)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Role, Subject, require
from gridward.persistence.households import register
from gridward.persistence.households import ties as stored
from gridward.services.households import ties
from gridward.web.deps import CurrentActor, Now, ReadAtHome, WriteAtHome
from gridward.web.tickets.envelopes import Words

router = APIRouter(tags=["households"])

READ = "tie:read"


class LiaisonShown(BaseModel):
    """``lon``, ``lat``: the middle of the households, else the home (双报到), else null."""

    person_id: UUID
    community_id: UUID
    name: str
    load: int
    lon: float | None
    lat: float | None


class BuildingShown(BaseModel):
    """``tied``: of its ``households`` those that somebody visits."""

    building_id: UUID
    building: str
    grid_id: UUID | None
    lon: float
    lat: float
    households: int
    tied: int


class TiesShown(BaseModel):
    """Liaisons by name with their loads; ``least`` and ``most`` are what one should and may have.

    ``former``: who holds households there without being its liaison (any more): to be handed over. ``load``: these.
    """

    least: int
    most: int
    liaisons: list[LiaisonShown]
    former: list[LiaisonShown]
    buildings: list[BuildingShown]


class Pair(BaseModel):
    """``person_id`` null: nobody visits it."""

    model_config = ConfigDict(extra="forbid")

    household_id: UUID
    person_id: UUID | None


class TiesIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    ties: Annotated[list[Pair], Field(min_length=1, max_length=5_000)]


class Changed(BaseModel):
    changed: int


class Given(BaseModel):
    person_id: UUID
    household_ids: list[UUID]


class SuggestionShown(BaseModel):
    """Nothing is done yet; ``left``: nobody has room for them."""

    given: list[Given]
    left: list[UUID]


class BehindEntrance(BaseModel):
    """Households of one liaison behind one entrance; ``person_id`` null: nobody visits them."""

    entrance: str
    person_id: UUID | None
    households: int


class HouseShown(BaseModel):
    building_id: UUID
    building: str
    lon: float
    lat: float
    behind: list[BehindEntrance]


class HousesShown(BaseModel):
    houses: list[HouseShown]


class HouseIn(BaseModel):
    """``entrance`` null: the whole building; ``person_id`` null: nobody visits it."""

    model_config = ConfigDict(extra="forbid")

    entrance: Annotated[str, Field(max_length=40)] | None
    person_id: UUID | None


class Moved(BaseModel):
    """``before``: whose each household was that is another's now; sent as ties it is as it was."""

    before: list[Pair]


class AtHand(BaseModel):
    """Somebody who walks, visits or reports here, with what they are."""

    person_id: UUID
    name: str
    roles: list[Role]


class PeopleAtHand(BaseModel):
    people: list[AtHand]


class HomeShown(BaseModel):
    person_id: UUID
    name: str
    building_id: UUID
    building: str
    employer: str
    valid_from: datetime


class HomesShown(BaseModel):
    homes: list[HomeShown]


class HomeIn(BaseModel):
    """``building_id`` null: does not live here any more."""

    model_config = ConfigDict(extra="forbid")

    building_id: UUID | None
    employer: Annotated[Words, Field(max_length=200)] = ""


@router.get("/ties")
async def listed(session: ReadAtHome, who: CurrentActor, at: Now) -> TiesShown:
    """Liaisons and buildings of one's area."""
    area = ties.communities_of(who, READ)
    rules = await ties.rules_of(session, who.jurisdiction_id)
    liaisons = await stored.liaisons(session, who.jurisdiction_id, area, at)
    former = await stored.former(session, who.jurisdiction_id, area, at)
    buildings = await register.counts(session, who.jurisdiction_id, area)
    return TiesShown(
        least=rules.least,
        most=rules.most,
        liaisons=[LiaisonShown.model_validate(row, from_attributes=True) for row in liaisons],
        former=[LiaisonShown.model_validate(row, from_attributes=True) for row in former],
        buildings=[BuildingShown.model_validate(row, from_attributes=True) for row in buildings],
    )


@router.get("/ties/people")
async def at_hand(session: ReadAtHome, who: CurrentActor, at: Now) -> PeopleAtHand:
    """Who can look after a building or be registered at home."""
    rows = await stored.at_hand(session, who.jurisdiction_id, ties.communities_of(who, ties.ACTION), at)
    return PeopleAtHand(people=[AtHand.model_validate(row, from_attributes=True) for row in rows])


@router.get("/ties/suggestion")
async def suggestion(
    session: ReadAtHome, who: CurrentActor, at: Now, community_id: UUID, leaving: UUID | None = None
) -> SuggestionShown:
    """Who should visit the households that nobody visits; with ``leaving`` also those of that liaison (hand-over)."""
    found = await ties.suggestion(session, who, community_id, leaving=leaving, now=at)
    given = [Given(person_id=one, household_ids=list(several)) for one, several in found.given.items()]
    return SuggestionShown(given=given, left=list(found.left))


@router.get("/ties/houses")
async def houses(session: ReadAtHome, who: CurrentActor, community_id: UUID) -> HousesShown:
    """Who visits how many behind each entrance of a community's buildings."""
    require(who, READ, Subject(jurisdiction_id=who.jurisdiction_id, community_id=community_id))
    found: dict[UUID, HouseShown] = {}
    for row in await stored.by_entrance(session, who.jurisdiction_id, community_id):
        house = HouseShown(building_id=row.building_id, building=row.building, lon=row.lon, lat=row.lat, behind=[])
        behind = BehindEntrance(entrance=row.entrance, person_id=row.person_id, households=row.households)
        found.setdefault(row.building_id, house).behind.append(behind)
    return HousesShown(houses=list(found.values()))


@router.put("/ties/houses/{building_id}")
async def move(building_id: UUID, wish: HouseIn, session: WriteAtHome, who: CurrentActor, at: Now) -> Moved:
    """A building, or one entrance of it, to one liaison. 409 ``tie.too_many`` (``person_id``, ``load``, ``most``)."""
    before = await ties.move(session, who, building_id, wish.entrance, wish.person_id, now=at)
    return Moved(before=[Pair(household_id=one, person_id=whose) for one, whose in before.items()])


@router.put("/ties")
async def give(wish: TiesIn, session: WriteAtHome, who: CurrentActor, at: Now) -> Changed:
    """Tie households to liaisons, all or none. 409 ``tie.too_many`` (``person_id``, ``load``, ``most``)."""
    wanted = {one.household_id: one.person_id for one in wish.ties}
    return Changed(changed=await ties.give(session, who, wanted, now=at))


@router.get("/home-registrations")
async def homes(session: ReadAtHome, who: CurrentActor) -> HomesShown:
    """Working members who are registered where they live."""
    rows = await stored.homes(session, who.jurisdiction_id, ties.communities_of(who, READ))
    return HomesShown(homes=[HomeShown.model_validate(row, from_attributes=True) for row in rows])


@router.put("/home-registrations/{person_id}")
async def register_home(person_id: UUID, wish: HomeIn, session: WriteAtHome, who: CurrentActor, at: Now) -> Changed:
    """A member registers at home, or moves."""
    await ties.register_home(session, who, person_id, wish.building_id, wish.employer, now=at)
    return Changed(changed=1)
