"""The register of households: listed by door, shown as far as the policy opens it, put right, ended, forgotten."""

from __future__ import annotations

import base64
import json
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import may
from gridward.domain.accounts_sign_in import masked_phone
from gridward.domain.disclosures import Personal, Sight
from gridward.domain.errors import Malformed
from gridward.domain.households.register import CONSENT_VERSION, Dwelling, Need, Purpose, dwelling
from gridward.domain.households.visits import Outcome
from gridward.persistence.households import register as stored
from gridward.persistence.households import visits
from gridward.services.households import register
from gridward.services.households.ties import communities_of
from gridward.web.deps import Built, CurrentActor, Noted, Now, Read, Write
from gridward.web.tickets.envelopes import Words

router = APIRouter(tags=["households"])

PAGE = 200
SHOWN_VISITS = 50


Short = Annotated[Words, Field(max_length=200)]


class HouseholdLine(BaseModel):
    """A door, and who visits it; nothing of the people behind it."""

    household_id: UUID
    version: int
    building_id: UUID
    building: str
    entrance: str
    floor: str
    room: str
    label: str
    community: str | None
    liaison_id: UUID | None
    liaison: str | None
    reached_on: date | None


class HouseholdPage(BaseModel):
    households: list[HouseholdLine]
    after: str | None


class VisitShown(BaseModel):
    """``note``: 民情日记, for the liaison who is tied to the household."""

    visit_id: UUID
    outcome: Outcome
    visited_at: datetime
    marks: list[str]
    liaison: str
    note: str | None
    satisfied: bool | None


class PastPlace(BaseModel):
    version: int
    building: str
    label: str
    contact_changed: bool
    until: datetime


class PeopleShown(BaseModel):
    """What only its liaison sees. ``phone`` is masked; ``consents`` null: nobody has asked yet."""

    name: str | None
    phone: str | None
    needs: list[Need]
    consents: bool | None
    consent_version: str
    consent_at: datetime | None
    visits: list[VisitShown]


class HouseholdShown(BaseModel):
    """``ended``: moved, merged, erased; ``people`` null: not for this reader."""

    household_id: UUID
    version: int
    building_id: UUID
    building: str
    entrance: str
    floor: str
    room: str
    label: str
    ended: str | None
    merged_into_id: UUID | None
    past: list[PastPlace]
    people: PeopleShown | None
    may_register: bool
    may_end: bool


class PlaceIn(BaseModel):
    """``version``: what the writer saw; 0 for a new one."""

    model_config = ConfigDict(extra="forbid")

    building_id: UUID
    entrance: Short = ""
    floor: Short = ""
    room: Short = ""
    version: Annotated[int, Field(ge=0)]


class ContactIn(BaseModel):
    """``phone`` null: the number stays as it is; empty: there is none any more."""

    model_config = ConfigDict(extra="forbid")

    name: Short = ""
    phone: Annotated[Words, Field(max_length=40)] | None = None
    needs: Annotated[list[Need], Field(max_length=10)] = []


class ConsentIn(BaseModel):
    """``version`` of the text that was read out."""

    model_config = ConfigDict(extra="forbid")

    given: bool
    version: Annotated[Words, Field(max_length=40)]


class PurposeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    purpose: Purpose


class MergeIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    into_id: UUID


class Version(BaseModel):
    version: int


class Number(BaseModel):
    phone: str


class Done(BaseModel):
    done: bool = True


class RevealShown(BaseModel):
    reader_id: UUID
    purpose: Purpose
    at: datetime


class RevealsShown(BaseModel):
    reveals: list[RevealShown]


@router.get("/households")
async def listed(
    session: Read,
    who: CurrentActor,
    building_id: UUID | None = None,
    liaison_id: UUID | None = None,
    untied: bool = False,
    after: Annotated[str | None, Query(max_length=400)] = None,
) -> HouseholdPage:
    """Households of one's area by building and door, 200 at a time."""
    rows = await stored.page(
        session,
        who.jurisdiction_id,
        community_ids=_area(communities_of(who, "tie:read")),
        building_id=building_id,
        liaison_id=liaison_id,
        untied=untied,
        after=_read_after(after),
        limit=PAGE + 1,
    )
    last = rows[PAGE - 1] if len(rows) > PAGE else None
    return HouseholdPage(
        households=[
            HouseholdLine(**dict(row._mapping), label=Dwelling(row.entrance, row.floor, row.room).label)
            for row in rows[:PAGE]
        ],
        after=None if last is None else await _write_after(session, last),
    )


def _area(found: frozenset[UUID] | None) -> list[UUID] | None:
    return None if found is None else sorted(found)


async def _write_after(session: Read, last: Any) -> str:
    code = await stored.code_of_building(session, last.building_id)
    said = [code, last.entrance, last.room, str(last.household_id)]
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode()


def _read_after(token: str | None) -> tuple[str, str, str, UUID] | None:
    if token is None:
        return None
    try:
        code, entrance, room, household_id = json.loads(base64.urlsafe_b64decode(token))
        return str(code), str(entrance), str(room), UUID(household_id)
    except (ValueError, TypeError, AttributeError):
        raise Malformed("page_unreadable") from None


@router.get("/households/{household_id}")
async def one(household_id: UUID, session: Read, who: CurrentActor, built: Built, noted: Noted) -> HouseholdShown:
    """A household. Who may read its people leaves a note that they did. 404 ``household.unknown``: also not for you."""
    known = await register.found(session, who, household_id, "household:read")
    subject = register.subject_of(known)
    people = None
    if may(who, "household:read_people", subject):
        noted.sights.add(Sight(household_id, Personal.household))
        people = await _people(session, known, built)
    return HouseholdShown(
        household_id=known.household_id,
        version=known.version,
        building_id=known.building_id,
        building=await stored.building_name(session, known.building_id),
        entrance=known.entrance,
        floor=known.floor,
        room=known.room,
        label=Dwelling(known.entrance, known.floor, known.room).label,
        ended=known.ended,
        merged_into_id=known.merged_into_id,
        past=[
            PastPlace(
                version=row.version,
                building=await stored.building_name(session, row.building_id),
                label=Dwelling(row.entrance, row.floor, row.room).label,
                contact_changed=row.contact_changed,
                until=row.until,
            )
            for row in await stored.past(session, household_id)
        ],
        people=people,
        may_register=may(who, "household:register", subject),
        may_end=may(who, "household:end", subject),
    )


async def _people(session: Read, known: stored.Standing, built: Built) -> PeopleShown:
    contact = await stored.contact(session, known.household_id)
    said = await stored.consent(session, known.household_id)
    needs = await stored.needs(session, [known.household_id])
    number = None
    if contact is not None and contact.number_sealed is not None:
        number = built.number_key.unseal(known.household_id, contact.number_sealed)
    return PeopleShown(
        name=contact.name if contact else None,
        phone=masked_phone(number),
        needs=[Need(one) for one in needs.get(known.household_id, [])],
        consents=None if said is None else said.given,
        consent_version=CONSENT_VERSION,
        consent_at=said.at if said else None,
        visits=[
            VisitShown(
                visit_id=row.visit_id,
                outcome=Outcome(row.outcome),
                visited_at=row.visited_at,
                marks=row.marks,
                liaison=row.liaison,
                note=row.words,
                satisfied=row.satisfied,
            )
            for row in await visits.history(session, known.household_id, SHOWN_VISITS)
        ],
    )


@router.put("/households/{household_id}")
async def put(household_id: UUID, place: PlaceIn, session: Write, who: CurrentActor, at: Now) -> Version:
    """Register a household, or put right where it is; 409 ``household.changed`` when somebody was quicker."""
    wish = register.Wish(
        building_id=place.building_id,
        dwelling=dwelling(place.entrance, place.floor, place.room),
        version=place.version,
    )
    return Version(version=await register.put(session, who, household_id, wish, now=at))


@router.put("/households/{household_id}/contact")
async def contact(
    household_id: UUID, said: ContactIn, session: Write, who: CurrentActor, built: Built, at: Now
) -> Version:
    """Whom to call, and what help is needed. 409 ``household.no_consent``: ask first."""
    version = await register.set_contact(
        session,
        who,
        household_id,
        name=said.name,
        phone=said.phone,
        needs=sorted(set(said.needs)),
        key=built.number_key,
        now=at,
    )
    return Version(version=version)


@router.put("/households/{household_id}/consent")
async def consent(household_id: UUID, said: ConsentIn, session: Write, who: CurrentActor, at: Now) -> Done:
    """What they said when the text was read to them. A withdrawal takes name, number and needs away at once."""
    await register.agree(session, who, household_id, given=said.given, version=said.version, now=at)
    return Done()


@router.post("/households/{household_id}/number")
async def number(
    household_id: UUID, asked: PurposeIn, session: Write, who: CurrentActor, built: Built, at: Now
) -> Number:
    """The whole number for one purpose; written into the list that the household can be shown. 429 ``too_many_tries``."""
    found = await register.reveal(session, who, household_id, asked.purpose, key=built.number_key, now=at)
    return Number(phone=found)


@router.get("/households/{household_id}/reveals")
async def reveals(household_id: UUID, session: Read, who: CurrentActor) -> RevealsShown:
    """Who was shown the number, when and why."""
    await register.found(session, who, household_id, "household:read_reveals")
    rows = await stored.reveals_of(session, household_id, PAGE)
    return RevealsShown(reveals=[RevealShown.model_validate(row, from_attributes=True) for row in rows])


@router.post("/households/{household_id}/move-away")
async def move_away(household_id: UUID, session: Write, who: CurrentActor, at: Now) -> Done:
    """It does not live there any more: its contact goes, its visits stay."""
    await register.move_away(session, who, household_id, now=at)
    return Done()


@router.post("/households/{household_id}/merge")
async def merge(household_id: UUID, wish: MergeIn, session: Write, who: CurrentActor, at: Now) -> Done:
    """It was the same household as another: this line of the register ends in that one."""
    await register.merge(session, who, household_id, wish.into_id, now=at)
    return Done()


@router.post("/households/{household_id}/erase")
async def erase(household_id: UUID, session: Write, who: CurrentActor, built: Built, at: Now) -> Done:
    """Forget it: contact, needs, notes and door; that somebody was visited there stays."""
    await register.erase(session, built.erasures, who, household_id, now=at)
    return Done()
