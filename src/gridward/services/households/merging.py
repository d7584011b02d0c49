"""Two lines of the register were one household: looked at first, then the first ends in the second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor
from gridward.domain.errors import Conflict
from gridward.domain.households.merging import Contact, Merged, Side, TieAfter, alike, merged
from gridward.domain.households.register import Dwelling, Ended, Need
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.households import register as stored
from gridward.persistence.households import ties
from gridward.persistence.households.register import Standing
from gridward.persistence.households.rows import HouseholdConsentRow
from gridward.services.households.register import changed, end, found

Either = ReadSession | WriteSession
ACTION = "household:end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """``visits``: made at the line that ends; they stay under it and are read with those of the second."""

    stays: Standing
    after: Merged
    visits: int
    same_building: bool


async def preview(session: ReadSession, actor: Actor, household_id: UUID, into_id: UUID, now: datetime) -> Preview:
    """What :func:`merge` would do; nothing is done.

    Raises: as :func:`merge`.
    """
    ends, stays = await _both(session, actor, household_id, into_id)
    held = await stored.held_of(session, [household_id])
    return Preview(
        stays=stays,
        after=await _after(session, ends, stays, now),
        visits=held.visits,
        same_building=ends.building_id == stays.building_id,
    )


async def like(session: ReadSession, actor: Actor, household_id: UUID) -> Sequence[Standing]:
    """Others of its building whose door reads like the same one written another way.

    Raises:
        NotFound: ``household.unknown``.
    """
    known = await found(session, actor, household_id, ACTION)
    door = Dwelling(known.entrance, known.floor, known.room)
    near = await stored.standing(session, [known.building_id])
    doubles = [
        one.household_id
        for (_, entrance, room), one in sorted(near.items())
        if one.household_id != household_id and alike(door, Dwelling(entrance, one.floor, room))
    ]
    return [one for each in doubles if (one := await stored.one(session, each)) is not None]


async def merge(
    session: WriteSession, actor: Actor, household_id: UUID, into_id: UUID, *, key: NumberKey, now: datetime
) -> None:
    """The first ends in the second: a contact, needs, a tie and the day of the last meeting that only the first one had go on
    with the second. Visits stay where they were made. The same again is nothing.

    Raises:
        NotFound: ``household.unknown``. Conflict: ``household.ended``, ``household.merge_self``.
    """
    await stored.take_turn(session, actor.jurisdiction_id)
    known = await found(session, actor, household_id, ACTION, lock=True)
    if known.ended == Ended.merged and known.merged_into_id == into_id:
        return
    ends, stays = await _both(session, actor, household_id, into_id, lock=True)
    after = await _after(session, ends, stays, now)
    await _carry_over(session, ends, stays, after, key, now)
    detail = {"into_id": str(into_id)}
    await end(session, actor, ends, Ended.merged, detail, "household.merged", now, merged_into_id=into_id)
    await stored.follow(session, household_id, into_id)
    told: frozenset[UUID] = frozenset()
    if after.tie is TieAfter.taken_over:
        assert after.liaison_id is not None
        told = frozenset({after.liaison_id})
        tie = {
            "tie_id": new_id(),
            "jurisdiction_id": stays.jurisdiction_id,
            "household_id": into_id,
            "person_id": after.liaison_id,
            "valid_from": now,
            "tied_by": actor.person_id,
        }
        await ties.tie(session, [tie])
    await changed(
        session,
        actor,
        stays,
        {"cares": bool(after.needs), "reached_on": after.reached_on},
        "household.merged_with",
        now,
        detail={"ended_id": str(household_id)},
        contact_changed=after.contact in (Contact.taken_over, Contact.withdrawn),
        told=told,
    )


async def _both(
    session: Either, actor: Actor, household_id: UUID, into_id: UUID, *, lock: bool = False
) -> tuple[Standing, Standing]:
    ends = await found(session, actor, household_id, ACTION, lock=lock)
    if household_id == into_id:
        raise Conflict("household.merge_self")
    stays = await found(session, actor, into_id, ACTION, lock=lock)
    for one in (ends, stays):
        if one.ended is not None:
            raise Conflict("household.ended", ended=one.ended)
    return ends, stays


async def _after(session: Either, ends: Standing, stays: Standing, now: datetime) -> Merged:
    there = [] if stays.community_id is None else [stays.community_id]
    liaisons = await ties.liaisons(session, stays.jurisdiction_id, there, now)
    return merged(
        await _side(session, ends),
        await _side(session, stays),
        visits_there=frozenset(row.person_id for row in liaisons),
    )


async def _side(session: Either, one: Standing) -> Side:
    said = await stored.consent(session, one.household_id)
    needs = await stored.needs(session, [one.household_id])
    return Side(
        has_contact=await stored.contact(session, one.household_id) is not None,
        said=None if said is None else (said.given, said.at),
        needs=frozenset(map(Need, needs.get(one.household_id, ()))),
        liaison_id=next(iter(one.liaison_ids), None),
        reached_on=one.reached_on,
    )


async def _carry_over(
    session: WriteSession, ends: Standing, stays: Standing, after: Merged, key: NumberKey, now: datetime
) -> None:
    if after.copies_consent:
        said = await stored.consent(session, ends.household_id)
        assert said is not None
        row = {
            "consent_id": new_id(),
            "household_id": stays.household_id,
            "jurisdiction_id": stays.jurisdiction_id,
            "version": said.version,
            "given": said.given,
            "at": said.at,
            "noted_by": said.noted_by,
        }
        await stored.add(session, HouseholdConsentRow, [row])
    if after.contact is Contact.withdrawn:
        await stored.drop_contacts(session, [stays.household_id])
    elif after.contact is Contact.taken_over:
        contact = await stored.contact(session, ends.household_id)
        assert contact is not None
        sealed = None
        if contact.number_sealed is not None:
            # A number is sealed for its household: copied it would open for nobody.
            number = key.unseal(ends.household_id, contact.number_sealed)
            sealed = key.seal(stays.household_id, number)
        row = {
            "household_id": stays.household_id,
            "jurisdiction_id": stays.jurisdiction_id,
            "name": contact.name,
            "number_sealed": sealed,
            "number_digest": contact.number_digest,
            "changed_at": now,
        }
        await stored.put_contacts(session, [row])
    await stored.put_needs(session, stays.jurisdiction_id, {stays.household_id: sorted(after.needs)}, now)
