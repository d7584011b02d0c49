"""A household with all that can be known of one."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select

from cast import NOON, Town
from gridward.domain.accounts import program
from gridward.domain.households.register import CONSENT_VERSION, Dwelling, Need, Purpose
from gridward.domain.households.visits import Outcome
from gridward.domain.sync import PhoneClock
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.database import WriteSession, reach_homes
from gridward.persistence.territory.rows import BuildingRow
from gridward.services.households import register, ties, visits
from serving import KEY


async def live(session: WriteSession, town: Town, room: str) -> tuple[UUID, UUID]:
    """A household and a visit to it, with a row or more in each table of homes; the ids of both."""
    here, liaison, office = town.jurisdiction_id, town["liaison"], program(town.jurisdiction_id, "demo")
    household_id, visit_id, key = uuid4(), uuid4(), NumberKey(KEY)
    building_id = (
        await session.execute(select(BuildingRow.building_id).where(BuildingRow.jurisdiction_id == here))
    ).scalar_one()
    await reach_homes(session, here)
    for version, floor in enumerate("12"):
        wish = register.Wish(building_id=building_id, dwelling=Dwelling("", floor, room), version=version)
        await register.put(session, office, household_id, wish, now=NOON)
    await register.agree(session, office, household_id, given=True, version=CONSENT_VERSION, now=NOON)
    await register.set_contact(
        session, office, household_id, name="梁秀英", phone="13800138000", needs=[Need.escort], key=key, now=NOON
    )
    await ties.give(session, office, {household_id: liaison.person_id}, now=NOON)
    await register.reveal(session, liaison.actor, household_id, Purpose.arrange, key=key, now=NOON)
    said = visits.Visit(
        household_id=household_id,
        outcome=Outcome.met,
        note="楼道灯坏了",
        follows=None,
        satisfied=None,
        schema=1,
        digest="d",
        clock=PhoneClock(captured_at=NOON, offset_ms=0),
    )
    await visits.take(session, liaison.actor, visit_id, said, NOON)
    await ties.register_home(session, office, town["volunteer"].person_id, building_id, "街道工会", now=NOON)
    return household_id, visit_id
