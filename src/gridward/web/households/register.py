"""The register of households: found by address, shown as far as the policy opens it, put right."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import may
from gridward.domain.accounts_sign_in import masked_phone
from gridward.domain.disclosures import Personal, Sight
from gridward.domain.households.register import CONSENT_VERSION, Dwelling, Ended, Need, dwelling, plain_words
from gridward.domain.households.visits import Outcome
from gridward.persistence.households import register as stored
from gridward.persistence.households import ties, visits
from gridward.services.households import register
from gridward.services.households.ties import communities_of
from gridward.web.deps import Built, CurrentActor, Noted, Now, ReadAtHome, WriteAtHome
from gridward.web.page_tokens import read_token, unreadable, write_token
from gridward.web.tickets.envelopes import Words

router = APIRouter(tags=["households"])

PAGE = 200
SHOWN_VISITS = 50


Short = Annotated[Words, Field(max_length=200)]


class HouseholdLine(BaseModel):
    """A door, and who visits it; nothing of the people behind it. ``ended``: moved, merged."""

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
    ended: str | None


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
    """How it stood before somebody (``by``) put it right; ``contact_changed``: not what the contact was."""

    version: int
    building: str
    label: str
    contact_changed: bool
    until: datetime
    by: str | None


class TieShown(BaseModel):
    """Who visits it; ``valid_to`` null: now."""

    person_id: UUID
    name: str
    valid_from: datetime
    valid_to: datetime | None


class OutcomeShown(BaseModel):
    """A visit as the desk sees it: that somebody was there, and how it went."""

    visit_id: UUID
    outcome: Outcome
    visited_at: datetime
    marks: list[str]
    liaison: str


class ConsentShown(BaseModel):
    """What was read (``version`` of the text) and answered."""

    version: str
    given: bool
    at: datetime


class HistoryShown(BaseModel):
    """The newest of each first. No note, no name of the household."""

    ties: list[TieShown]
    visits: list[OutcomeShown]
    consents: list[ConsentShown]


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
    """``ended``: moved, merged, erased; ``people``, ``history`` null: not for this reader. ``may_…``: what this reader may do."""

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
    history: HistoryShown | None
    may_register: bool
    may_end: bool
    may_tie: bool
    may_erase: bool
    may_read_reveals: bool


class DwellingIn(BaseModel):
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


class Version(BaseModel):
    version: int


class Done(BaseModel):
    done: bool = True


@router.get("/households")
async def listed(
    session: ReadAtHome,
    who: CurrentActor,
    building_id: UUID | None = None,
    liaison_id: UUID | None = None,
    untied: bool = False,
    text: Annotated[str, Query(max_length=120)] = "",
    ended: bool = False,
    after: Annotated[str | None, Query(max_length=400)] = None,
) -> HouseholdPage:
    """Households of one's area by building and door, 200 at a time. ``text``: an address in words (集市一号楼 2单元 301);
    ``ended``: also those that moved away or were merged."""
    rows = await stored.page(
        session,
        who.jurisdiction_id,
        community_ids=_area(communities_of(who, "household:find")),
        building_id=building_id,
        liaison_id=liaison_id,
        untied=untied,
        words=plain_words(text),
        ended=ended,
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


async def _write_after(session: ReadAtHome, last: Any) -> str:
    code = await stored.code_of_building(session, last.building_id)
    return write_token(str(code), last.entrance, last.room, str(last.household_id))


def _read_after(token: str | None) -> tuple[str, str, str, UUID] | None:
    if token is None:
        return None
    code, entrance, room, household_id = read_token(token, 4)
    try:
        return code, entrance, room, UUID(household_id)
    except ValueError:
        raise unreadable() from None


@router.get("/households/{household_id}")
async def one(household_id: UUID, session: ReadAtHome, who: CurrentActor, built: Built, noted: Noted) -> HouseholdShown:
    """A household. Who may read its people leaves a note that they did. 404 ``household.unknown``: also not for you."""
    known = await register.found(session, who, household_id, "household:read")
    subject = register.subject_of(known)
    people = None
    if may(who, "household:read_people", subject):
        noted.sights.add(Sight(household_id, Personal.household))
        people = await _people(session, known, built)
    history = None
    if may(who, "household:read_history", subject) and known.ended != Ended.erased:
        history = await _history(session, household_id)
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
                building=row.building,
                label=Dwelling(row.entrance, row.floor, row.room).label,
                contact_changed=row.contact_changed,
                until=row.until,
                by=row.by,
            )
            for row in await stored.past(session, household_id)
        ],
        people=people,
        history=history,
        may_register=may(who, "household:register", subject),
        may_end=may(who, "household:end", subject),
        may_tie=may(who, "tie:change", subject),
        may_erase=may(who, "household:erase", subject),
        may_read_reveals=may(who, "household:read_reveals", subject),
    )


async def _history(session: ReadAtHome, household_id: UUID) -> HistoryShown:
    return HistoryShown(
        ties=[
            TieShown.model_validate(row, from_attributes=True) for row in await ties.of_household(session, household_id)
        ],
        visits=[
            OutcomeShown.model_validate(row, from_attributes=True)
            for row in await visits.history(session, household_id, SHOWN_VISITS)
        ],
        consents=[
            ConsentShown.model_validate(row, from_attributes=True)
            for row in await stored.consents(session, household_id)
        ],
    )


async def _people(session: ReadAtHome, known: stored.Standing, built: Built) -> PeopleShown:
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
async def put(household_id: UUID, place: DwellingIn, session: WriteAtHome, who: CurrentActor, at: Now) -> Version:
    """Register a household, or put right where it is; 409 ``household.changed`` when somebody was quicker."""
    wish = register.Wish(
        building_id=place.building_id,
        dwelling=dwelling(place.entrance, place.floor, place.room),
        version=place.version,
    )
    return Version(version=await register.put(session, who, household_id, wish, now=at))


@router.put("/households/{household_id}/contact")
async def contact(
    household_id: UUID, said: ContactIn, session: WriteAtHome, who: CurrentActor, built: Built, at: Now
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
async def consent(household_id: UUID, said: ConsentIn, session: WriteAtHome, who: CurrentActor, at: Now) -> Done:
    """What they said when the text was read to them. A withdrawal takes name, number and needs away at once."""
    await register.agree(session, who, household_id, given=said.given, version=said.version, now=at)
    return Done()
