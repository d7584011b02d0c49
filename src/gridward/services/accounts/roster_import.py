"""A whole roster at once: judged against what is known, then published together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import PUBLIC_ROLES, STAFF_ROLES, Actor, Subject, may, require
from gridward.domain.accounts_roster import JudgedRoster, Planned, Powers, RosterLine, judge, within
from gridward.domain.accounts_sign_in import normal_phone
from gridward.domain.entries import Deed
from gridward.domain.errors import Malformed
from gridward.domain.imports import ImportReport
from gridward.persistence.accounts import roster, ways_in
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id, record


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPeople:
    """Who the file is about: ``added`` are new on the roster, ``known`` were there before."""

    added: frozenset[UUID]
    known: frozenset[UUID]


async def judge_roster(
    session: ReadSession | WriteSession, actor: Actor, lines: Sequence[RosterLine], now: datetime
) -> JudgedRoster:
    """What publishing these lines would do, as far as it is this actor's to do; nothing is written."""
    phones = {phone for line in lines if (phone := _phone(line)) is not None}
    judged = judge(lines, await roster.ground(session, actor.jurisdiction_id, phones, now))
    everywhere = Subject(jurisdiction_id=actor.jurisdiction_id)
    powers = Powers(
        person_id=actor.person_id,
        add=may(actor, "people:add", everywhere),
        give_public=may(actor, "grant:give_public", everywhere),
        give=may(actor, "grant:give", everywhere),
    )
    return within(judged, powers)


async def publish_roster(session: WriteSession, actor: Actor, judged: JudgedRoster, now: datetime) -> PublishedPeople:
    """Adds the people, grants and stewardships that are ready, all or none.

    Raises:
        Forbidden: ``not_permitted``.
    """
    everywhere = Subject(jurisdiction_id=actor.jurisdiction_id)
    for action in sorted({action for plan in judged.ready for action in _actions(plan)}):
        require(actor, action, everywhere)
    ids = {plan.person: plan.person_id for plan in (*judged.ready, *judged.unchanged) if plan.person_id is not None}
    known = frozenset(ids.values())
    persons: list[dict[str, Any]] = []
    deeds: list[Deed] = []
    for plan in judged.ready:
        if plan.person not in ids:
            ids[plan.person] = new_id()
            persons.append(_person(actor, plan, ids[plan.person], now))
            community = None if plan.community_id is None else str(plan.community_id)
            deeds.append(_deed(actor, "person.added", ids[plan.person], {"community_id": community}, now))
    grants = [_grant(actor, plan, ids[plan.person], now) for plan in judged.ready if plan.gives_grant]
    held = [_stewardship(actor, plan, ids[plan.person], now) for plan in judged.ready if plan.gives_grid]
    deeds += [
        _deed(
            actor,
            "grant.given",
            grant["person_id"],
            {name: str(grant[name]) for name in ("grant_id", "role", "scope_kind", "scope_id")},
            now,
        )
        for grant in grants
    ]
    deeds += [
        _deed(actor, "stewardship.begun", one["person_id"], {"grid_id": str(one["grid_id"])}, now) for one in held
    ]
    await roster.put(session, persons=persons, grants=grants, stewardships=held)
    for grant in grants:
        if grant["role"] in STAFF_ROLES and grant["person_id"] in known:
            await ways_in.end_sessions(session, grant["person_id"], now)
    await record(session, deeds, jurisdiction_id=actor.jurisdiction_id)
    return PublishedPeople(added=frozenset(ids.values()) - known, known=known)


def report_of(judged: JudgedRoster) -> ImportReport:
    """The preview as every import shows it."""
    return ImportReport(
        subject="people",
        read=judged.read,
        ready=len(judged.ready),
        unchanged=len(judged.unchanged),
        refused=judged.refused,
        warnings=judged.warnings,
    )


def _actions(plan: Planned) -> set[str]:
    gives = "grant:give_public" if plan.role in PUBLIC_ROLES else "grant:give"
    return ({"people:add"} if plan.person_id is None else set()) | (
        {gives} if plan.gives_grant or plan.gives_grid else set()
    )


def _phone(line: RosterLine) -> str | None:
    try:
        return normal_phone(line.cell("phone"))
    except Malformed:
        return None


def _person(actor: Actor, plan: Planned, person_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "person_id": person_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "name": plan.name,
        "phone": plan.phone,
        "community_id": plan.community_id,
        "created_at": now,
    }


def _grant(actor: Actor, plan: Planned, person_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "grant_id": new_id(),
        "jurisdiction_id": actor.jurisdiction_id,
        "person_id": person_id,
        "role": plan.role.value,
        "scope_kind": plan.scope_kind.value,
        "scope_id": plan.scope_id,
        "is_lead": plan.is_lead,
        "valid_from": now,
        "given_by": actor.person_id,
    }


def _stewardship(actor: Actor, plan: Planned, person_id: UUID, now: datetime) -> dict[str, Any]:
    return {
        "stewardship_id": new_id(),
        "jurisdiction_id": actor.jurisdiction_id,
        "grid_id": plan.grid_id,
        "person_id": person_id,
        "is_lead": plan.is_lead,
        "valid_from": now,
    }


def _deed(actor: Actor, verb: str, person_id: UUID, detail: dict[str, Any], now: datetime) -> Deed:
    return Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb=verb,
        subject="person",
        subject_id=person_id,
        occurred_at=now,
        recorded_at=now,
        detail=detail,
    )
