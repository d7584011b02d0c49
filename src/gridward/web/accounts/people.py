"""The roster over HTTP: who is on it, what they hold, their invites."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

import segno
from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from gridward.domain.accounts import Actor, Relation, Role, ScopeKind, Subject, may, may_anywhere, relations
from gridward.domain.accounts_sign_in import masked_phone
from gridward.domain.disclosures import Personal, Sight
from gridward.domain.errors import Forbidden
from gridward.persistence.accounts import people
from gridward.persistence.accounts.rows import GrantRow, PersonRow
from gridward.persistence.database import ReadSession
from gridward.services.accounts import invites, roster
from gridward.web.deps import Built, CurrentActor, Noted, Now, Read, Write
from gridward.web.page_tokens import read_token, unreadable, write_token

router = APIRouter(prefix="/people", tags=["accounts"])

PAGE = 50


class GrantIn(BaseModel):
    role: Role
    scope_kind: ScopeKind
    scope_id: UUID
    is_lead: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None

    def new(self) -> roster.NewGrant:
        return roster.NewGrant(**self.model_dump())


class PersonIn(BaseModel):
    """A line of the roster. ``community_id``: the community that lists the person."""

    name: str = Field(min_length=1, max_length=60)
    phone: str | None = Field(None, max_length=40)
    community_id: UUID | None = None
    roles: list[GrantIn] = Field(default_factory=list, max_length=20)


class NameIn(BaseModel):
    name: str = Field(min_length=1, max_length=60)


class GrantOut(BaseModel):
    grant_id: UUID
    role: str
    scope_kind: str
    scope_id: UUID
    scope_name: str
    is_lead: bool
    valid_from: datetime
    valid_to: datetime | None


class PersonOut(BaseModel):
    """``phone`` is ``138****1234`` for whoever may not see all of it. ``invited``: an unspent invite is out."""

    person_id: UUID
    name: str
    phone: str | None
    community_id: UUID | None
    disabled_at: datetime | None
    invited: bool
    roles: list[GrantOut]


class PeopleOut(BaseModel):
    people: list[PersonOut]
    next: str | None


class PersonMade(BaseModel):
    person_id: UUID


class GrantMade(BaseModel):
    grant_id: UUID


class InvitedOut(BaseModel):
    """Shown once. ``qr`` is an SVG data address of the link; ``printed_code`` is null for staff."""

    url: str
    qr: str
    printed_code: str | None
    expires_at: datetime | None


class SignedOut(BaseModel):
    sessions: int


@router.get("")
async def list_people(
    noted: Noted,
    session: Read,
    actor: CurrentActor,
    at: Now,
    text: Annotated[str | None, Query(max_length=60)] = None,
    role: Role | None = None,
    community_id: UUID | None = None,
    unit_id: UUID | None = None,
    after: Annotated[str | None, Query(max_length=400)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = PAGE,
) -> PeopleOut:
    """The people that the actor may see, by name. A unit's lead sees the people of that unit."""
    wanted = people.Wanted(
        jurisdiction_id=actor.jurisdiction_id,
        text=text,
        role=role,
        community_id=community_id,
        unit_ids=_units_to_search(actor, unit_id),
    )
    rows = await people.page(session, wanted, at, after=_read_place(after), limit=limit + 1)
    shown = await _shown(session, actor, rows[:limit], at)
    noted.sights |= {Sight(one.person_id, _shown_of(one)) for one in shown}
    last = rows[limit - 1] if len(rows) > limit else None
    return PeopleOut(people=shown, next=None if last is None else _write_place(last))


@router.post("", status_code=201)
async def add(body: PersonIn, session: Write, actor: CurrentActor, at: Now) -> PersonMade:
    new = roster.NewPerson(
        name=body.name,
        phone=body.phone,
        community_id=body.community_id,
        grants=tuple(grant.new() for grant in body.roles),
    )
    return PersonMade(person_id=await roster.add_person(session, actor, new, at))


@router.put("/{person_id}/name", status_code=204)
async def correct_name(person_id: UUID, body: NameIn, session: Write, actor: CurrentActor, at: Now) -> None:
    """A misspelt name put right, wherever it is shown."""
    await roster.correct_name(session, actor, person_id, body.name, at)


@router.post("/{person_id}/invite", status_code=201)
async def invite(person_id: UUID, session: Write, actor: CurrentActor, built: Built, at: Now) -> InvitedOut:
    """A new invite; an earlier unspent one is void."""
    made = await invites.make_invite(session, built.secret_key, actor, person_id, at)
    url = made.url(built.public_url)
    return InvitedOut(
        url=url,
        qr=segno.make(url, error="m", micro=False).svg_data_uri(scale=4, border=4),
        printed_code=made.printed_code,
        expires_at=made.expires_at,
    )


@router.post("/{person_id}/disable", status_code=204)
async def disable(person_id: UUID, session: Write, actor: CurrentActor, at: Now) -> None:
    """Counts at that person's next request."""
    await roster.disable(session, actor, person_id, at)


@router.post("/{person_id}/enable", status_code=204)
async def enable(person_id: UUID, session: Write, actor: CurrentActor, at: Now) -> None:
    await roster.enable(session, actor, person_id, at)


@router.post("/{person_id}/sign-out")
async def sign_out_everywhere(person_id: UUID, session: Write, actor: CurrentActor, at: Now) -> SignedOut:
    """Ends every session of that person: a lost phone."""
    return SignedOut(sessions=await roster.end_sessions(session, actor, person_id, at))


@router.post("/{person_id}/grants", status_code=201)
async def give_grant(person_id: UUID, body: GrantIn, session: Write, actor: CurrentActor, at: Now) -> GrantMade:
    return GrantMade(grant_id=await roster.give_grant(session, actor, person_id, body.new(), at))


@router.delete("/{person_id}/grants/{grant_id}", status_code=204)
async def end_grant(person_id: UUID, grant_id: UUID, session: Write, actor: CurrentActor, at: Now) -> None:
    """The grant ends now; that it was held stays on record."""
    await roster.end_grant(session, actor, person_id, grant_id, at)


def _units_to_search(actor: Actor, unit_id: UUID | None) -> list[UUID] | None:
    if not may_anywhere(actor, "people:read"):
        raise Forbidden("not_permitted", action="people:read")
    everywhere = Subject(jurisdiction_id=actor.jurisdiction_id)
    if may(actor, "people:read", everywhere):
        return None if unit_id is None else [unit_id]
    own = [
        one
        for one in actor.unit_ids
        if may(actor, "people:read", Subject(jurisdiction_id=actor.jurisdiction_id, unit_ids=frozenset({one})))
    ]
    return own if unit_id is None else [one for one in own if one == unit_id]


def _shown_of(person: PersonOut) -> Personal:
    return Personal.name if person.phone is None or "*" in person.phone else Personal.phone


async def _shown(session: ReadSession, actor: Actor, rows: people.Rows, at: datetime) -> list[PersonOut]:
    ids = [row.person_id for row in rows]
    grants: dict[UUID, list[GrantRow]] = {}
    for grant in await people.grants_of(session, ids, at):
        grants.setdefault(grant.person_id, []).append(grant)
    scopes = {(ScopeKind(one.scope_kind), one.scope_id) for held in grants.values() for one in held}
    names = await people.scope_names(session, actor.jurisdiction_id, scopes)
    invited = await people.invited_until(session, ids, at)
    out = []
    for row in rows:
        held = grants.get(row.person_id, [])
        subject = _subject(row, held)
        if not may(actor, "people:read", subject):
            continue
        with_grants = may(actor, "grant:read", subject) or Relation.own_unit in relations(actor, subject)
        out.append(
            PersonOut(
                person_id=row.person_id,
                name=row.name,
                phone=row.phone if may(actor, "people:read_phone", subject) else masked_phone(row.phone),
                community_id=row.community_id,
                disabled_at=row.disabled_at,
                invited=row.person_id in invited,
                roles=[
                    GrantOut(
                        grant_id=one.grant_id,
                        role=one.role,
                        scope_kind=one.scope_kind,
                        scope_id=one.scope_id,
                        scope_name=names.get((ScopeKind(one.scope_kind), one.scope_id), ""),
                        is_lead=one.is_lead,
                        valid_from=one.valid_from,
                        valid_to=one.valid_to,
                    )
                    for one in held
                    if with_grants
                ],
            )
        )
    return out


def _subject(row: PersonRow, held: list[GrantRow]) -> Subject:
    return Subject(
        jurisdiction_id=row.jurisdiction_id,
        owner_ids=frozenset({row.person_id}),
        community_id=row.community_id,
        unit_ids=frozenset(one.scope_id for one in held if one.scope_kind == ScopeKind.unit),
    )


def _write_place(row: PersonRow) -> str:
    return write_token(row.name, str(row.person_id))


def _read_place(text: str | None) -> tuple[str, UUID] | None:
    if text is None:
        return None
    name, person_id = read_token(text, 2)
    try:
        return name, UUID(person_id)
    except ValueError:
        raise unreadable() from None
