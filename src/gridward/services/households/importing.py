"""A spreadsheet of households: judged against what stands, then published whole or not at all."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.accounts_sign_in import normal_phone
from gridward.domain.entries import Deed
from gridward.domain.errors import Malformed
from gridward.domain.households.importing import Ground, Judged, Line, Planned, judge
from gridward.domain.households.register import CONSENT_VERSION, Need
from gridward.domain.sync import person_scope
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import Touched, new_id, record
from gridward.persistence.households import register as stored
from gridward.persistence.households import ties
from gridward.persistence.households.rows import HouseholdConsentRow, HouseholdPastRow, HouseholdRow

ACTION = "household:register"


async def judge_file(
    session: ReadSession | WriteSession, actor: Actor, lines: Sequence[Line], key: NumberKey
) -> Judged:
    """What publishing these lines would do; nothing is written.

    Raises:
        Forbidden: ``not_permitted``.
    """
    require(actor, ACTION, Subject(jurisdiction_id=actor.jurisdiction_id))
    buildings: dict[str, UUID | None] = {}
    codes: dict[str, UUID | None] = {}
    for row in await stored.buildings(session, actor.jurisdiction_id):
        codes[row.code] = row.building_id
        for called in {row.name, row.house_no} - {None, ""}:
            buildings[called] = None if called in buildings else row.building_id
    ground = Ground(buildings=buildings | codes)
    named = {ground.buildings.get(line.cell("building")) for line in lines} - {None}
    households = await stored.standing(session, [one for one in named if one is not None])
    digests = {}
    for line in lines:
        try:
            number = normal_phone(line.cell("phone"))
        except Malformed:
            continue
        digests[number] = key.digest(actor.jurisdiction_id, number)
    return judge(lines, Ground(buildings=ground.buildings, households=households), digests)


async def publish(
    session: WriteSession, actor: Actor, lines: Sequence[Line], content: bytes, key: NumberKey, now: datetime
) -> Judged:
    """Judged anew and published, all rows that are ready or none. Phones of those who visit them learn of it.

    Raises:
        Forbidden: ``not_permitted``.
    """
    await stored.take_turn(session, actor.jurisdiction_id)
    judged = await judge_file(session, actor, lines, key)
    communities = {row.building_id: row.community_id for row in await stored.buildings(session, actor.jurisdiction_id)}
    writing = _Writing(actor, key, communities, now)
    for plan in judged.ready:
        writing.take(plan)
    await stored.add(session, HouseholdPastRow, writing.past)
    await stored.add(session, HouseholdRow, writing.added)
    await stored.change_many(session, writing.changed)
    await stored.put_contacts(session, writing.contacts)
    await stored.drop_contacts(session, writing.silent)
    await stored.put_needs(session, actor.jurisdiction_id, writing.needs, now)
    await stored.add(session, HouseholdConsentRow, writing.consents)
    if judged.ready:
        detail = {
            "added": len(writing.added),
            "changed": len(writing.changed),
            "refused": len(judged.refused),
            "file": hashlib.sha256(content).hexdigest(),
        }
        liaisons = await ties.liaisons_of(session, [row["household_id"] for row in writing.changed])
        versions = {row["household_id"]: row["version"] for row in writing.changed}
        touched = [Touched(person_scope(who), "household", one, versions[one]) for one, who in liaisons.items()]
        deed = Deed(
            entry_id=new_id(),
            actor_id=actor.person_id,
            via=actor.via,
            verb="households.imported",
            subject="household",
            subject_id=new_id(),
            occurred_at=now,
            recorded_at=now,
            detail=detail,
        )
        await record(session, [deed], jurisdiction_id=actor.jurisdiction_id, touched=touched)
    return judged


class _Writing:
    """The rows of one import."""

    def __init__(self, actor: Actor, key: NumberKey, communities: dict[UUID, UUID | None], now: datetime) -> None:
        self.actor, self.key, self.communities, self.now = actor, key, communities, now
        self.added: list[dict[str, Any]] = []
        self.changed: list[dict[str, Any]] = []
        self.past: list[dict[str, Any]] = []
        self.contacts: list[dict[str, Any]] = []
        self.silent: list[UUID] = []
        self.consents: list[dict[str, Any]] = []
        self.needs: dict[UUID, tuple[Need, ...]] = {}

    def take(self, plan: Planned) -> None:
        household_id = new_id() if plan.known is None else plan.known.household_id
        of = {"household_id": household_id, "jurisdiction_id": self.actor.jurisdiction_id}
        if plan.known is None:
            self._add(plan, of)
        else:
            self._change(plan, of)
        if plan.writes_needs:
            self.needs[household_id] = plan.needs
        if plan.withdraws:
            self.silent.append(household_id)
        elif plan.contact:
            self.contacts.append({**of, **self._contact(plan, household_id), "changed_at": self.now})
        if plan.noted is not None:
            self.consents.append(
                {
                    **of,
                    "consent_id": new_id(),
                    "version": CONSENT_VERSION,
                    "given": plan.noted,
                    "at": self.now,
                    "noted_by": self.actor.person_id,
                }
            )

    def _contact(self, plan: Planned, household_id: UUID) -> dict[str, Any]:
        if plan.phone is not None:
            sealed: bytes | None = self.key.seal(household_id, plan.phone)
            digest: bytes | None = self.key.digest(self.actor.jurisdiction_id, plan.phone)
        else:
            sealed = plan.known.number_sealed if plan.known else None
            digest = plan.known.phone_digest if plan.known else None
        return {"name": plan.name, "number_sealed": sealed, "number_digest": digest}

    def _add(self, plan: Planned, of: dict[str, Any]) -> None:
        self.added.append(
            {
                **of,
                "community_id": self.communities[plan.building_id],
                "building_id": plan.building_id,
                "entrance": plan.dwelling.entrance,
                "floor": plan.dwelling.floor,
                "room": plan.dwelling.room,
                "cares": bool(plan.needs),
                "version": 1,
                "registered_at": self.now,
                "changed_at": self.now,
            }
        )

    def _change(self, plan: Planned, of: dict[str, Any]) -> None:
        assert plan.known is not None
        self.past.append(
            {
                **of,
                "version": plan.known.version,
                "building_id": plan.building_id,
                "entrance": plan.dwelling.entrance,
                "floor": plan.known.floor,
                "room": plan.dwelling.room,
                "contact_changed": plan.withdraws or plan.contact or plan.writes_needs,
                "until": self.now,
                "changed_by": self.actor.person_id,
            }
        )
        self.changed.append(
            {
                **of,
                "floor": plan.dwelling.floor,
                "cares": bool(plan.needs),
                "version": plan.known.version + 1,
                "changed_at": self.now,
            }
        )
