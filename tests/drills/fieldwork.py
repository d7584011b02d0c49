"""Walks and doors of a schedule's town: what a steward patrols, whom a liaison visits, and what becomes of households."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

from sqlalchemy import text

import build
from cast import LANE, MARKET, SINCE, Town
from drills.people import CHECKPOINT, CODE, checkpoint_of, plan_of
from gridward.domain.accounts import Role, ScopeKind, program
from gridward.domain.errors import NotFound
from gridward.domain.households.register import CONSENT_VERSION, Dwelling, Need
from gridward.domain.patrols.rules import Audience
from gridward.gateways.erasures import FileLedger
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.database import WriteSession
from gridward.services.households import merging, register, ties
from gridward.services.patrols import deciding, planning

KEY = NumberKey(b"d" * 32)
ROOMS = ("101", "201", "301", "401", "501", "601")
CHANGES = ("hand_over", "hand_over", "give_back", "move_away", "merge", "erase_household")
"""What may become of a household while somebody visits it."""
ROTA = {
    "cycle_days": 1,
    "anchor_on": "2026-09-01",
    "shifts": [{"name": "全天", "starts": "00:00", "minutes": 1440}],
    "turns": [{"day": 0, "shift": 0, "team": 0}],
    "grace_minutes": 30,
}


def household_of(town: Town, room: str) -> UUID:
    return uuid5(town.jurisdiction_id, room)


def households(town: Town) -> list[UUID]:
    return [household_of(town, room) for room in ROOMS]


async def open_field(session: WriteSession, town: Town, now: datetime) -> None:
    """Patrols are on, 李网格 has a plan with one checkpoint, and 罗联系 visits six households in two buildings."""
    supervisor, steward = town["supervisor"], town["steward"]
    await deciding.decide(session, supervisor.actor, [Audience.paid_stewards], "夜间单人值守，人身安全", now)
    gate = planning.CheckpointWish(
        checkpoint_id=checkpoint_of(town), name="学校东门", lon=CHECKPOINT[0], lat=CHECKPOINT[1], fence_m=30
    )
    wish = planning.PlanWish(
        version=0,
        community_id=town.community_id,
        name="午间巡查",
        grid_ids=[town.grid_market, town.grid_estate],
        rota={**ROTA, "teams": [{"name": "一组", "members": [str(steward.person_id)]}]},
        checkpoints=[gate],
    )
    await planning.keep(session, town["dispatcher"].actor, plan_of(town), wish, now)
    query = text("UPDATE checkpoint SET code = :code WHERE checkpoint_id = :id")
    await session.execute(query, {"code": CODE, "id": checkpoint_of(town)})
    await _second_liaison(session, town)
    await _register(session, town, now)


async def _second_liaison(session: WriteSession, town: Town) -> None:
    leader = town["lead_steward"]
    grant = await build.grant(
        session,
        town.jurisdiction_id,
        leader.person_id,
        Role.liaison,
        ScopeKind.community,
        town.community_id,
        since=SINCE,
    )
    town.people["lead_steward"] = replace(leader, actor=replace(leader.actor, grants=(*leader.actor.grants, grant)))


async def _register(session: WriteSession, town: Town, now: datetime) -> None:
    office = program(town.jurisdiction_id, "demo")
    buildings = [
        await build.building(session, town.jurisdiction_id, f"{name}一号楼", *at, grid)
        for name, at, grid in (("集市", MARKET, town.grid_market), ("大巷", LANE, town.grid_estate))
    ]
    for number, room in enumerate(ROOMS):
        household_id = household_of(town, room)
        wish = register.Wish(building_id=buildings[number % 2], dwelling=Dwelling("", room[0], room), version=0)
        await register.put(session, town["shift_leader"].actor, household_id, wish, now=now)
        await register.agree(session, office, household_id, given=True, version=CONSENT_VERSION, now=now)
        needs = [Need.lives_alone] if number == 0 else []
        await register.set_contact(
            session, office, household_id, name="梁秀英", phone="13800138000", needs=needs, key=KEY, now=now
        )
    tied: dict[UUID, UUID | None] = dict.fromkeys(households(town), town["liaison"].person_id)
    await ties.give(session, office, tied, now=now)


async def change(
    session: WriteSession, ledger: FileLedger, town: Town, what: str, pair: Sequence[UUID], now: datetime
) -> None:
    """One of :data:`CHANGES` to the first of two households; one that has ended already stays as it is.

    Asked again when the database was killed after the commit and before it said so.
    """
    household_id, other = pair
    ended = {one: await _ended(session, one) for one in pair}
    match what:
        case _ if ended[household_id] is not None:
            return
        case "hand_over" | "give_back":
            heir = town["lead_steward" if what == "hand_over" else "liaison"].person_id
            await ties.give(session, town["dispatcher"].actor, {household_id: heir}, now=now)
        case "move_away":
            await register.move_away(session, town["dispatcher"].actor, household_id, now=now)
        case "merge" if ended[other] is None:
            await merging.merge(session, town["dispatcher"].actor, household_id, other, key=KEY, now=now)
        case "erase_household":
            try:
                await register.erase(session, ledger, town["security_admin"].actor, household_id, now=now)
            except NotFound:
                return


async def _ended(session: WriteSession, household_id: UUID) -> str | None:
    query = text("SELECT ended FROM household WHERE household_id = :id")
    ended: str | None = (await session.execute(query, {"id": household_id})).scalar_one()
    return ended
