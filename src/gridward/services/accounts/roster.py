"""The roster: who is on it and what they hold. Each change counts at that person's next request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update

from gridward.domain.accounts import (
    ADMIN_ROLES,
    PUBLIC_ROLES,
    SCOPES_OF_ROLE,
    STAFF_ROLES,
    Actor,
    Role,
    ScopeKind,
    Subject,
    require,
)
from gridward.domain.accounts_sign_in import check_password, normal_login, normal_phone
from gridward.domain.errors import Conflict, Forbidden, Malformed, NotFound
from gridward.persistence.accounts import people, ways_in
from gridward.persistence.accounts.rows import CredentialRow, GrantRow, PersonRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id
from gridward.services.accounts.passwords import Passwords
from gridward.services.noting import note


@dataclass(frozen=True, slots=True, kw_only=True)
class NewGrant:
    """A role for a scope, from ``valid_from`` (None: now on) until ``valid_to`` (None: for good)."""

    role: Role
    scope_kind: ScopeKind
    scope_id: UUID
    is_lead: bool = False
    valid_from: datetime | None = None
    valid_to: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPerson:
    """A line of the roster. ``community_id`` is the community that lists the person."""

    name: str
    phone: str | None
    community_id: UUID | None = None
    grants: tuple[NewGrant, ...] = ()


async def add_person(session: WriteSession, actor: Actor, new: NewPerson, now: datetime) -> UUID:
    """Puts a person on the roster, with what they hold.

    Raises:
        Forbidden: ``not_permitted``. Malformed: ``name_missing``, ``phone_malformed``, ``scope_kind_wrong``.
        Conflict: ``person_known`` (``person_id``). NotFound: ``scope_unknown``.
    """
    place = Subject(jurisdiction_id=actor.jurisdiction_id, community_id=new.community_id)
    require(actor, "people:add", place)
    name, phone = new.name.strip(), None if new.phone is None else normal_phone(new.phone)
    if not name:
        raise Malformed("name_missing")
    if new.community_id is not None:
        await _scope_name(session, actor, ScopeKind.community, new.community_id)
    person_id = new_id()
    values = {
        "person_id": person_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "name": name,
        "phone": phone,
        "community_id": new.community_id,
        "created_at": now,
    }
    if phone is not None and await people.namesake(session, actor.jurisdiction_id, name, phone):
        raise Conflict("person_known")
    await session.execute(insert(PersonRow).values(values))
    await note(session, actor, "person.added", "person", person_id, {"community_id": _id(new.community_id)}, now)
    for grant in new.grants:
        await give_grant(session, actor, person_id, grant, now)
    return person_id


async def correct_name(session: WriteSession, actor: Actor, person_id: UUID, name: str, now: datetime) -> None:
    """Puts a misspelt name right, wherever it is shown. The log says that it was done, never a name.

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``person_unknown``. Malformed: ``name_missing``.
        Conflict: ``person_known``: the same name and number stand on the roster already.
    """
    person = await _person(session, actor, person_id)
    require(actor, "people:correct", _subject(actor, person))
    if person.erased_at is not None:
        raise NotFound("person_unknown")
    meant = name.strip()
    if not meant:
        raise Malformed("name_missing")
    if meant == person.name:
        return
    if person.phone is not None and await people.namesake(session, actor.jurisdiction_id, meant, person.phone):
        raise Conflict("person_known")
    await session.execute(update(PersonRow).where(PersonRow.person_id == person_id).values(name=meant))
    await note(session, actor, "person.corrected", "person", person_id, {"field": "name"}, now)


async def give_grant(session: WriteSession, actor: Actor, person_id: UUID, new: NewGrant, now: datetime) -> UUID:
    """Gives a role. Nobody gives one to themselves; where the administrators are kept apart, nobody is two of them.

    Raises:
        Forbidden: ``not_permitted``, ``grant_to_self``. NotFound: ``person_unknown``, ``scope_unknown``.
        Malformed: ``scope_kind_wrong`` (``allowed``), ``period_over``, ``period_begun``, ``staff_begins_now``.
        Conflict: ``grant_held``, ``admins_apart``.
    """
    person = await _person(session, actor, person_id)
    action = "grant:give_public" if new.role in PUBLIC_ROLES else "grant:give"
    require(actor, action, _subject(actor, person))
    if person_id == actor.person_id:
        raise Forbidden("grant_to_self")
    if new.scope_kind not in SCOPES_OF_ROLE[new.role]:
        raise Malformed("scope_kind_wrong", role=new.role, allowed=sorted(SCOPES_OF_ROLE[new.role]))
    begins = new.valid_from or now
    if begins < now:
        raise Malformed("period_begun")
    if new.valid_to is not None and new.valid_to <= begins:
        raise Malformed("period_over")
    if begins > now and new.role in STAFF_ROLES:
        # Until then a link or a code lets this person in, and that device would become a desk by itself.
        raise Malformed("staff_begins_now")
    await _scope_name(session, actor, new.scope_kind, new.scope_id)
    held = await people.grants_of(session, [person_id], now)
    if any((one.role, one.scope_kind, one.scope_id) == (new.role, new.scope_kind, new.scope_id) for one in held):
        raise Conflict("grant_held")
    if new.role in ADMIN_ROLES and any(one.role in ADMIN_ROLES for one in held):
        jurisdiction = await people.jurisdiction(session, actor.jurisdiction_id)
        if jurisdiction.settings.get("admins_apart"):
            raise Conflict("admins_apart")
    grant_id = new_id()
    values = {
        "grant_id": grant_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "person_id": person_id,
        "role": new.role.value,
        "scope_kind": new.scope_kind.value,
        "scope_id": new.scope_id,
        "is_lead": new.is_lead,
        "valid_from": begins,
        "valid_to": new.valid_to,
        "given_by": actor.person_id,
    }
    await session.execute(insert(GrantRow).values(values))
    if new.role in STAFF_ROLES:
        # A device that came in by a link or a code must not become a desk by somebody else's click.
        await ways_in.end_sessions(session, person_id, now)
    detail = {"grant_id": str(grant_id), "role": new.role, "scope_kind": new.scope_kind, "scope_id": str(new.scope_id)}
    await note(session, actor, "grant.given", "person", person_id, detail, now)
    return grant_id


async def end_grant(session: WriteSession, actor: Actor, person_id: UUID, grant_id: UUID, now: datetime) -> None:
    """Ends a grant now; ending an ended one changes nothing.

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``person_unknown``, ``grant_unknown``. Conflict: ``last_admin``.
    """
    person = await _person(session, actor, person_id)
    require(actor, "grant:end", _subject(actor, person))
    held = await people.grants_of(session, [person_id], now)
    grant = next((one for one in held if one.grant_id == grant_id), None)
    if grant is None:
        raise NotFound("grant_unknown")
    await _keep_an_admin(session, actor, person_id, [grant], now)
    ends = max(now, grant.valid_from)
    await session.execute(
        update(GrantRow).where(GrantRow.grant_id == grant_id).values(valid_to=ends, ended_by=actor.person_id)
    )
    await note(session, actor, "grant.ended", "person", person_id, {"grant_id": str(grant_id)}, now)


async def disable(session: WriteSession, actor: Actor, person_id: UUID, now: datetime) -> None:
    """Shuts a person out: sessions end, invites are void.

    Raises:
        Forbidden: ``not_permitted``, ``disable_self``. NotFound: ``person_unknown``. Conflict: ``last_admin``.
    """
    person = await _person(session, actor, person_id)
    require(actor, "people:disable", _subject(actor, person))
    if person_id == actor.person_id:
        raise Forbidden("disable_self")
    if person.disabled_at is not None:
        return
    await _keep_an_admin(session, actor, person_id, await people.grants_of(session, [person_id], now), now)
    await session.execute(update(PersonRow).where(PersonRow.person_id == person_id).values(disabled_at=now))
    await ways_in.end_sessions(session, person_id, now)
    await ways_in.revoke_invites(session, [person_id], now, also_reusable=True)
    await note(session, actor, "person.disabled", "person", person_id, {}, now)


async def enable(session: WriteSession, actor: Actor, person_id: UUID, now: datetime) -> None:
    """Lets a disabled person in again, by a new invite.

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``person_unknown``.
    """
    person = await _person(session, actor, person_id)
    require(actor, "people:enable", _subject(actor, person))
    if person.disabled_at is None:
        return
    await session.execute(update(PersonRow).where(PersonRow.person_id == person_id).values(disabled_at=None))
    await note(session, actor, "person.enabled", "person", person_id, {}, now)


async def end_sessions(session: WriteSession, actor: Actor, person_id: UUID, now: datetime) -> int:
    """Signs a person out everywhere (a lost phone); answers how many devices.

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``person_unknown``.
    """
    person = await _person(session, actor, person_id)
    require(actor, "session:end", _subject(actor, person))
    ended = await ways_in.end_sessions(session, person_id, now)
    await note(session, actor, "session.ended", "person", person_id, {"sessions": ended}, now)
    return ended


async def set_password(
    session: WriteSession,
    passwords: Passwords,
    actor: Actor,
    person_id: UUID,
    login: str,
    password: str,
    now: datetime,
    *,
    keep: bytes | None = None,
) -> None:
    """Sets or replaces login name and password and ends all other sessions (``keep``: the one that asks).

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``person_unknown``. Conflict: ``login_taken``.
        Malformed: ``login_malformed``, ``password_too_short``, ``password_too_long``, ``password_guessable``.
    """
    person = await _person(session, actor, person_id)
    require(actor, "password:set", _subject(actor, person))
    name = normal_login(login)
    check_password(password, (name, person.phone or "", person.name))
    taken = await ways_in.credential_of_login(session, name)
    if taken is not None and taken.person_id != person_id:
        raise Conflict("login_taken")
    stored = await passwords.hashed(password)
    await ways_in.keep_credential(
        session,
        CredentialRow(
            person_id=person_id,
            jurisdiction_id=actor.jurisdiction_id,
            login=name,
            password_hash=stored,
            changed_at=now,
        ),
    )
    await ways_in.end_sessions(session, person_id, now, but=keep)
    await note(session, actor, "password.set", "person", person_id, {}, now)


async def subject_of(session: ReadSession | WriteSession, actor: Actor, person_id: UUID, now: datetime) -> Subject:
    """What the policy must know of a person. Raises NotFound ``person_unknown``."""
    person = await _person(session, actor, person_id)
    held = await people.grants_of(session, [person_id], now)
    return Subject(
        jurisdiction_id=person.jurisdiction_id,
        owner_ids=frozenset({person_id}),
        community_id=person.community_id,
        unit_ids=frozenset(one.scope_id for one in held if one.scope_kind == ScopeKind.unit),
    )


def _subject(actor: Actor, person: PersonRow) -> Subject:
    return Subject(
        jurisdiction_id=person.jurisdiction_id,
        owner_ids=frozenset({person.person_id}),
        community_id=person.community_id,
    )


async def _keep_an_admin(
    session: WriteSession, actor: Actor, person_id: UUID, ending: Sequence[GrantRow], now: datetime
) -> None:
    """Nobody could give the role again if its last holder lost it."""
    for role in {one.role for one in ending if one.role in ADMIN_ROLES}:
        if not await people.somebody_else_holds(session, actor.jurisdiction_id, role, person_id, now):
            raise Conflict("last_admin", role=role)


async def _person(session: ReadSession | WriteSession, actor: Actor, person_id: UUID) -> PersonRow:
    person = await people.person(session, actor.jurisdiction_id, person_id)
    if person is None:
        raise NotFound("person_unknown")
    return person


async def _scope_name(session: WriteSession, actor: Actor, kind: ScopeKind, scope_id: UUID) -> str:
    names = await people.scope_names(session, actor.jurisdiction_id, [(kind, scope_id)])
    if (kind, scope_id) not in names:
        raise NotFound("scope_unknown", scope_kind=kind)
    return names[kind, scope_id]


def _id(value: UUID | None) -> str | None:
    return None if value is None else str(value)
