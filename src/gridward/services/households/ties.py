"""Ties: suggested by distance and load, given, taken over. The load of each liaison is checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, may, require
from gridward.domain.entries import Deed
from gridward.domain.errors import Conflict, Forbidden, Malformed, NotFound
from gridward.domain.households.ties import Rules, Suggestion, suggest
from gridward.domain.sync import person_scope
from gridward.persistence.accounts import people
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import Touched, new_id, record
from gridward.persistence.households import register
from gridward.persistence.households import ties as stored
from gridward.persistence.households.rows import BuildingStewardshipRow, HomeRegistrationRow

Either = ReadSession | WriteSession
ACTION = "tie:change"


async def rules_of(session: Either, jurisdiction_id: UUID) -> Rules:
    return Rules.read((await people.jurisdiction(session, jurisdiction_id)).settings)


def communities_of(actor: Actor, action: str) -> frozenset[UUID] | None:
    """Where the actor may do this: None means everywhere in the jurisdiction.

    Raises:
        Forbidden: ``not_permitted``: nowhere.
    """
    if may(actor, action, Subject(jurisdiction_id=actor.jurisdiction_id)):
        return None
    areas = {grant.community_id for grant in actor.grants if grant.community_id is not None}
    here = frozenset(
        area for area in areas if may(actor, action, Subject(jurisdiction_id=actor.jurisdiction_id, community_id=area))
    )
    if not here:
        raise Forbidden("not_permitted", action=action)
    return here


async def suggestion(
    session: Either, actor: Actor, community_id: UUID, *, leaving: UUID | None, now: datetime
) -> Suggestion:
    """Who should visit the households of a community that nobody visits; ``leaving``: whose are to be handed over.

    Raises:
        Forbidden: ``not_permitted``.
    """
    require(actor, ACTION, Subject(jurisdiction_id=actor.jurisdiction_id, community_id=community_id))
    rules = await rules_of(session, actor.jurisdiction_id)
    rows = await stored.liaisons(session, actor.jurisdiction_id, [community_id], now)
    liaisons = [stored.as_liaison(row) for row in rows if row.person_id != leaving]
    waiting = await stored.untied(session, actor.jurisdiction_id, community_id, leaving=leaving)
    return suggest(liaisons, waiting, rules)


async def give(session: WriteSession, actor: Actor, wanted: Mapping[UUID, UUID | None], *, now: datetime) -> int:
    """Tie households to liaisons (None: to nobody); how many ties changed. All or none; the same again changes nothing.

    Raises:
        NotFound: ``household.unknown``: one of them is not there, or not in the actor's area.
        Malformed: ``tie.not_a_liaison``: of that household's community.
        Conflict: ``tie.too_many`` with ``person_id``, ``load`` and ``most``.
    """
    await register.take_turn(session, actor.jurisdiction_id)
    rows = {row.household_id: row for row in await stored.places(session, wanted)}
    if rows.keys() != wanted.keys():
        raise NotFound("household.unknown")
    allowed: dict[tuple[UUID | None, UUID | None], bool] = {}
    for row in rows.values():
        here = Subject(jurisdiction_id=row.jurisdiction_id, community_id=row.community_id, grid_id=row.grid_id)
        key = (row.community_id, row.grid_id)
        if key not in allowed:
            allowed[key] = row.jurisdiction_id == actor.jurisdiction_id and may(actor, ACTION, here)
        if not allowed[key]:
            raise NotFound("household.unknown")
    rules = await rules_of(session, actor.jurisdiction_id)
    communities = {row.community_id for row in rows.values() if row.community_id is not None}
    known = await stored.liaisons(session, actor.jurisdiction_id, communities, now)
    pairs = {(row.person_id, row.community_id) for row in known}
    before = await stored.liaisons_of(session, wanted)
    changed = {one: who for one, who in wanted.items() if before.get(one) != who}
    loads = Counter({row.person_id: row.load for row in known})
    for one, who in changed.items():
        if one in before:
            loads[before[one]] -= 1
        if who is not None:
            if (who, rows[one].community_id) not in pairs:
                raise Malformed("tie.not_a_liaison", person_id=str(who))
            loads[who] += 1
    for who in sorted({who for who in changed.values() if who is not None}):
        if loads[who] > rules.most:
            raise Conflict("tie.too_many", person_id=str(who), load=loads[who], most=rules.most)
    if not changed:
        return 0
    await stored.end(session, [one for one in changed if one in before], actor.person_id, now)
    made = [
        {
            "tie_id": new_id(),
            "jurisdiction_id": actor.jurisdiction_id,
            "household_id": one,
            "person_id": who,
            "valid_from": now,
            "tied_by": actor.person_id,
        }
        for one, who in changed.items()
        if who is not None
    ]
    await stored.tie(session, made)
    versions = {one: rows[one].version for one in changed}
    deeds, touched = _told(actor, changed, before, versions, now)
    await record(session, deeds, jurisdiction_id=actor.jurisdiction_id, touched=touched)
    return len(changed)


async def move(
    session: WriteSession,
    actor: Actor,
    building_id: UUID,
    entrance: str | None,
    person_id: UUID | None,
    *,
    now: datetime,
) -> dict[UUID, UUID | None]:
    """Tie a whole building, or what lies behind one entrance of it, to one liaison; whose the households were that are
    another's now, so that it can be taken back.

    Raises:
        NotFound: ``household.unknown``: nobody is registered there, or not in the actor's area. Else as :func:`give`.
    """
    there = await stored.of_house(session, building_id, entrance)
    if not there:
        raise NotFound("household.unknown")
    before = await stored.liaisons_of(session, there)
    await give(session, actor, dict.fromkeys(there, person_id), now=now)
    return {one: before.get(one) for one in there if before.get(one) != person_id}


def _told(
    actor: Actor,
    changed: Mapping[UUID, UUID | None],
    before: Mapping[UUID, UUID],
    versions: Mapping[UUID, int],
    now: datetime,
) -> tuple[list[Deed], list[Touched]]:
    """One entry per liaison, and on each one's phone what came and what went."""
    came: dict[UUID, list[UUID]] = {}
    went: dict[UUID, list[UUID]] = {}
    for one, who in changed.items():
        if who is not None:
            came.setdefault(who, []).append(one)
        if one in before:
            went.setdefault(before[one], []).append(one)
    deeds = []
    for who in sorted({*came, *went}):
        detail = {"given": _ids(came.get(who, ())), "ended": _ids(went.get(who, ()))}
        deeds.append(_deed(actor, "ties.changed", "person", who, detail, now))
    touched = [
        Touched(person_scope(who), "household", one, versions[one], gone=whose is went)
        for whose in (went, came)
        for who, several in whose.items()
        for one in several
    ]
    return deeds, touched


def _ids(several: Collection[UUID]) -> list[str]:
    return sorted(map(str, several))


async def appoint(
    session: WriteSession, actor: Actor, building_id: UUID, person_id: UUID | None, *, now: datetime
) -> None:
    """Who looks after a building (楼长); None: nobody any more.

    Raises:
        NotFound: ``household.building_unknown``, ``person_unknown``. Forbidden: ``not_permitted``.
    """
    await _at_building(session, actor, building_id, person_id)
    await stored.end_stewardship(session, building_id, now)
    if person_id is not None:
        values = {
            "building_stewardship_id": new_id(),
            "jurisdiction_id": actor.jurisdiction_id,
            "building_id": building_id,
            "person_id": person_id,
            "valid_from": now,
        }
        await stored.add_row(session, BuildingStewardshipRow, values)
    detail = {"person_id": str(person_id) if person_id else None}
    deed = _deed(actor, "building_stewardship.changed", "building", building_id, detail, now)
    await record(session, [deed], jurisdiction_id=actor.jurisdiction_id)


async def register_home(
    session: WriteSession, actor: Actor, person_id: UUID, building_id: UUID | None, employer: str, *, now: datetime
) -> None:
    """双报到: where a working member lives and whose member it is; ``building_id`` None: not here any more.

    Raises:
        NotFound: ``household.building_unknown``, ``person_unknown``. Malformed: ``household.employer_missing``.
        Forbidden: ``not_permitted``.
    """
    if building_id is not None:
        await _at_building(session, actor, building_id, person_id)
        if not employer.strip():
            raise Malformed("household.employer_missing")
    else:
        if await people.person(session, actor.jurisdiction_id, person_id) is None:
            raise NotFound("person_unknown")
        home_id = await stored.home_of(session, person_id)
        if home_id is None:
            communities_of(actor, ACTION)
            return
        await _at_building(session, actor, home_id, person_id)
    await stored.end_home(session, person_id, now)
    if building_id is not None:
        values = {
            "home_registration_id": new_id(),
            "jurisdiction_id": actor.jurisdiction_id,
            "person_id": person_id,
            "building_id": building_id,
            "employer": employer.strip(),
            "valid_from": now,
        }
        await stored.add_row(session, HomeRegistrationRow, values)
    detail = {"building_id": str(building_id) if building_id else None}
    deed = _deed(actor, "home.registered", "person", person_id, detail, now)
    await record(session, [deed], jurisdiction_id=actor.jurisdiction_id)


async def _at_building(session: WriteSession, actor: Actor, building_id: UUID, person_id: UUID | None) -> None:
    ground = await register.community_of(session, actor.jurisdiction_id, building_id)
    if ground is None:
        raise NotFound("household.building_unknown")
    here = Subject(jurisdiction_id=actor.jurisdiction_id, community_id=ground.community_id, grid_id=ground.grid_id)
    require(actor, ACTION, here)
    if person_id is not None and await people.person(session, actor.jurisdiction_id, person_id) is None:
        raise NotFound("person_unknown")


def _deed(actor: Actor, verb: str, subject: str, subject_id: UUID, detail: Mapping[str, Any], now: datetime) -> Deed:
    return Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb=verb,
        subject=subject,
        subject_id=subject_id,
        occurred_at=now,
        recorded_at=now,
        detail=detail,
    )


def pairs(given: Mapping[UUID, Sequence[UUID]]) -> dict[UUID, UUID | None]:
    """A suggestion as what :func:`give` takes."""
    return {household: who for who, several in given.items() for household in several}
