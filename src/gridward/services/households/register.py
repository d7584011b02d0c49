"""Verbs of one household: registered, corrected, agreed, shown, moved away, forgotten; :mod:`merging` has its own place.

Every verb checks the policy by the household's own relation: ``own`` is the liaison who is tied to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, may, program, require
from gridward.domain.accounts_sign_in import normal_phone
from gridward.domain.erasure import Erasure, Kind
from gridward.domain.errors import Conflict, Malformed, NotFound, Refusal
from gridward.domain.households.register import (
    CONSENT_VERSION,
    REVEAL_SPAN,
    REVEALS,
    Dwelling,
    Ended,
    Need,
    Purpose,
    name_of,
)
from gridward.domain.sync import person_scope
from gridward.gateways.erasures import Ledger
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import Touched, new_id
from gridward.persistence.households import register as stored
from gridward.persistence.households import reveals, ties, visits
from gridward.persistence.households.register import Standing
from gridward.persistence.households.rows import HouseholdConsentRow, HouseholdPastRow, HouseholdRow, RevealRow
from gridward.services.noting import note

Either = ReadSession | WriteSession


def subject_of(one: Standing) -> Subject:
    return Subject(
        jurisdiction_id=one.jurisdiction_id,
        owner_ids=one.liaison_ids,
        grid_id=one.grid_id,
        community_id=one.community_id,
    )


async def found(session: Either, actor: Actor, household_id: UUID, action: str, *, lock: bool = False) -> Standing:
    """The household, for somebody who may do this to it.

    Raises:
        NotFound: ``household.unknown``: there is none, or not for this actor; the two are not told apart.
    """
    one = await stored.one(session, household_id, lock=lock)
    if one is None or one.jurisdiction_id != actor.jurisdiction_id or not may(actor, action, subject_of(one)):
        raise NotFound("household.unknown")
    return one


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """How a household should stand. ``version``: what the writer saw; 0: it is new."""

    building_id: UUID
    dwelling: Dwelling
    version: int


async def put(session: WriteSession, actor: Actor, household_id: UUID, wish: Wish, *, now: datetime) -> int:
    """Register a household under the writer's own id, or put its place right; the new version. The same again is nothing.

    Raises:
        NotFound: ``household.building_unknown``. Conflict: ``household.changed`` (somebody was quicker),
        ``household.room_taken``, ``household.ended``, ``id_taken``. Forbidden: ``not_permitted``.
    """
    await stored.take_turn(session, actor.jurisdiction_id)
    ground = await stored.community_of(session, actor.jurisdiction_id, wish.building_id)
    if ground is None:
        raise NotFound("household.building_unknown")
    here = Subject(jurisdiction_id=actor.jurisdiction_id, community_id=ground.community_id, grid_id=ground.grid_id)
    require(actor, "household:register", here)
    known = await stored.one(session, household_id, lock=True)
    place = {
        "building_id": wish.building_id,
        "community_id": ground.community_id,
        "entrance": wish.dwelling.entrance,
        "floor": wish.dwelling.floor,
        "room": wish.dwelling.room,
    }
    if known is not None:
        if known.jurisdiction_id != actor.jurisdiction_id:
            raise Conflict("id_taken")
        require(actor, "household:register", subject_of(known))
        if known.ended is not None:
            raise Conflict("household.ended", ended=known.ended)
        if all(getattr(known, name) == value for name, value in place.items()):
            return known.version
        if known.version != wish.version:
            raise Conflict("household.changed", version=known.version)
    standing = await stored.standing(session, [wish.building_id])
    rival = standing.get((wish.building_id, wish.dwelling.entrance, wish.dwelling.room))
    if rival is not None and rival.household_id != household_id:
        raise Conflict("household.room_taken")
    if known is None:
        values = {**place, "household_id": household_id, "jurisdiction_id": actor.jurisdiction_id}
        times = {"registered_at": now, "changed_at": now, "version": 1}
        await stored.add(session, HouseholdRow, [values | times])
        await note(session, actor, "household.registered", "household", household_id, {}, now)
        return 1
    return await changed(session, actor, known, place, "household.corrected", now)


async def set_contact(
    session: WriteSession,
    actor: Actor,
    household_id: UUID,
    *,
    name: str,
    phone: str | None,
    needs: Sequence[Need],
    key: NumberKey,
    now: datetime,
) -> int:
    """Whom to call (``phone`` None: the number stays) and what help is needed, while the household agrees; the new version.

    Raises:
        Conflict: ``household.no_consent``, ``household.ended``.
        Malformed: ``phone_malformed``, ``household.id_number``. NotFound.
    """
    known = await found(session, actor, household_id, "household:keep_people", lock=True)
    if known.ended is not None:
        raise Conflict("household.ended", ended=known.ended)
    said = await stored.consent(session, household_id)
    if said is None or not said.given:
        raise Conflict("household.no_consent")
    number = normal_phone(phone) if phone and phone.strip() else None
    before = await stored.contact(session, household_id) if phone is None else None
    contact = {
        "household_id": household_id,
        "jurisdiction_id": known.jurisdiction_id,
        "name": name_of(name) or None,
        "number_sealed": key.seal(household_id, number) if number else before and before.number_sealed,
        "number_digest": key.digest(known.jurisdiction_id, number) if number else before and before.number_digest,
        "changed_at": now,
    }
    await stored.put_contacts(session, [contact])
    await stored.put_needs(session, known.jurisdiction_id, {household_id: needs}, now)
    values = {"cares": bool(needs)}
    return await changed(session, actor, known, values, "household.contact_set", now, contact_changed=True)


async def agree(
    session: WriteSession, actor: Actor, household_id: UUID, *, given: bool, version: str, now: datetime
) -> None:
    """What the household said when it was read the text. Withdrawn: name, number and needs go at once.

    Raises:
        Malformed: ``household.consent_version``: not the text that is read now. NotFound.
    """
    known = await found(session, actor, household_id, "household:keep_people", lock=True)
    if version != CONSENT_VERSION:
        raise Malformed("household.consent_version", version=CONSENT_VERSION)
    row = {
        "consent_id": new_id(),
        "household_id": household_id,
        "jurisdiction_id": known.jurisdiction_id,
        "version": version,
        "given": given,
        "at": now,
        "noted_by": actor.person_id,
    }
    await stored.add(session, HouseholdConsentRow, [row])
    if not given:
        await stored.drop_contacts(session, [household_id])
        await stored.put_needs(session, known.jurisdiction_id, {household_id: ()}, now)
    values: dict[str, Any] = {} if given else {"cares": False}
    verb = "household.agreed" if given else "household.withdrew"
    await changed(session, actor, known, values, verb, now, contact_changed=not given)


async def reveal(
    session: WriteSession, actor: Actor, household_id: UUID, purpose: Purpose, *, key: NumberKey, now: datetime
) -> str:
    """The whole number, once, for a purpose; it is written down who was shown it and why.

    Raises:
        NotFound: ``household.unknown``, ``household.no_number``.
        Refusal: ``too_many_tries``: more numbers in a day than anybody needs.
    """
    known = await found(session, actor, household_id, "household:reveal_number")
    assert actor.person_id is not None
    if await reveals.revealed_since(session, actor.person_id, now - REVEAL_SPAN) >= REVEALS:
        raise Refusal("too_many_tries")
    contact = await stored.contact(session, household_id)
    if contact is None or contact.number_sealed is None:
        raise NotFound("household.no_number")
    number = key.unseal(household_id, contact.number_sealed)
    row = {
        "reveal_id": new_id(),
        "jurisdiction_id": known.jurisdiction_id,
        "household_id": household_id,
        "reader_id": actor.person_id,
        "purpose": purpose.value,
        "at": now,
    }
    await stored.add(session, RevealRow, [row])
    await note(session, actor, "household.number_shown", "household", household_id, {"purpose": purpose.value}, now)
    return number


async def move_away(session: WriteSession, actor: Actor, household_id: UUID, *, now: datetime) -> None:
    """It does not live there any more. Contact and needs go, its tie ends; visits stay. The same again is nothing.

    Raises:
        NotFound: ``household.unknown``. Conflict: ``household.ended``.
    """
    known = await found(session, actor, household_id, "household:end", lock=True)
    if known.ended == Ended.moved:
        return
    await end(session, actor, known, Ended.moved, {}, "household.moved", now)


async def erase(session: WriteSession, ledger: Ledger, actor: Actor, household_id: UUID, *, now: datetime) -> None:
    """Forgotten: contact, needs, notes of visits and its place within the building, also of the lines merged into it. What is
    left is that there was one.

    Raises:
        NotFound: ``household.unknown``, also when it is erased already; and what the ledger raises.
    """
    await stored.take_turn(session, actor.jurisdiction_id)
    known = await found(session, actor, household_id, "household:erase", lock=True)
    if known.ended == Ended.erased:
        raise NotFound("household.unknown")
    # Lines that were merged into this one are the same people.
    for line_id in (household_id, *await stored.lines_of(session, household_id)):
        line = known if line_id == household_id else await stored.one(session, line_id, lock=True)
        assert line is not None
        await ledger.add(
            Erasure(
                kind=Kind.household,
                jurisdiction_id=line.jurisdiction_id,
                subject_id=line_id,
                report_ids=(),
                at=now,
            )
        )
        await _erase(session, actor, line, now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasing:
    """What forgetting a household takes away, and what it leaves: visits by day and outcome, who was shown its number."""

    has_contact: bool
    notes: int
    corrections: int
    lines: int
    tied: bool
    visits_left: int
    reveals_left: int


async def erasing(session: ReadSession, actor: Actor, household_id: UUID) -> Erasing:
    """What :func:`erase` would do; nothing is done. ``lines``: others that were merged into it and go with it.

    Raises:
        NotFound: ``household.unknown``, also when it is erased already.
    """
    known = await found(session, actor, household_id, "household:erase")
    if known.ended == Ended.erased:
        raise NotFound("household.unknown")
    lines = [household_id, *await stored.lines_of(session, household_id)]
    held = await stored.held_of(session, lines)
    return Erasing(
        has_contact=await stored.contact(session, household_id) is not None,
        notes=held.notes,
        corrections=held.corrections,
        lines=len(lines) - 1,
        tied=bool(known.liaison_ids),
        visits_left=held.visits,
        reveals_left=held.reveals,
    )


async def erase_again(session: WriteSession, jurisdiction_id: UUID, household_id: UUID, now: datetime) -> bool:
    """What a restored database does not know to be erased; False: it knows."""
    known = await stored.one(session, household_id, lock=True)
    if known is None or known.ended == Ended.erased:
        return False
    await _erase(session, program(jurisdiction_id, "restore"), known, now)
    return True


async def _erase(session: WriteSession, actor: Actor, known: Standing, now: datetime) -> None:
    await visits.forget_notes_of(session, known.household_id)
    nowhere = {"entrance": "", "floor": "", "room": ""}
    await end(session, actor, known, Ended.erased, {}, "household.forgotten", now, again=True, **nowhere)
    await stored.forget_past(session, known.household_id)


async def end(
    session: WriteSession,
    actor: Actor,
    known: Standing,
    ended: Ended,
    detail: Mapping[str, Any],
    verb: str,
    now: datetime,
    *,
    again: bool = False,
    **values: Any,
) -> None:
    """It is visited no more: contact and needs go, its tie ends. Raises: Conflict: ``household.ended``."""
    if known.ended is not None and not again:
        raise Conflict("household.ended", ended=known.ended)
    await stored.drop_contacts(session, [known.household_id])
    await stored.put_needs(session, known.jurisdiction_id, {known.household_id: ()}, now)
    await ties.end(session, [known.household_id], actor.person_id, now)
    state = {"ended": ended.value, "ended_at": now, "merged_into_id": None, "cares": False}
    await changed(session, actor, known, state | values, verb, now, detail=detail, gone=True, contact_changed=True)


async def changed(
    session: WriteSession,
    actor: Actor,
    known: Standing,
    values: Mapping[str, Any],
    verb: str,
    now: datetime,
    *,
    detail: Mapping[str, Any] | None = None,
    contact_changed: bool = False,
    gone: bool = False,
    told: frozenset[UUID] = frozenset(),
) -> int:
    """A new version, with how the place stood before; the phones of its liaisons (and of ``told``) learn of it."""
    past = {
        "household_id": known.household_id,
        "version": known.version,
        "jurisdiction_id": known.jurisdiction_id,
        "building_id": known.building_id,
        "entrance": known.entrance,
        "floor": known.floor,
        "room": known.room,
        "contact_changed": contact_changed,
        "until": now,
        "changed_by": actor.person_id,
    }
    await stored.add(session, HouseholdPastRow, [past])
    version = known.version + 1
    await stored.change(session, known.household_id, {**values, "version": version, "changed_at": now})
    touched = [
        Touched(person_scope(who), "household", known.household_id, version, gone=gone)
        for who in sorted(known.liaison_ids | told)
    ]
    await note(session, actor, verb, "household", known.household_id, detail or {}, now, touched=touched)
    return version
