"""The policy table is what the API does: every route, as every role, on own, neighbouring and foreign things.

The oracle is the table itself (``domain/accounts``): where it says no, the answer is 401, 403 or 404 and nothing is
written; where it says yes, the answer is none of these. Names and numbers of reporters are canaries: none of them may
ever be in an answer to somebody of a unit, and nothing of the other jurisdiction in any answer.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

import build
import cast
import filing
from cast import ESTATE, MARKET, RIVER, Member, Town
from contract.matrix import ROUTES, STEP_TARGETS, STEPS
from contract.probing import About, Probe, Route, Target, seed_of
from contract.routes_households import NOTE
from gridward.domain.accounts import (
    ADMIN_ROLES,
    STAFF_ROLES,
    UNIT_ROLES,
    Role,
    ScopeKind,
    Subject,
    may,
    may_anywhere,
    program,
)
from gridward.domain.households.register import CONSENT_VERSION, Dwelling
from gridward.domain.sync import scopes_of
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.accounts.rows import GrantRow, PersonRow
from gridward.persistence.changes import start_cursor
from gridward.persistence.database import ReadSession, reach_homes, read_transaction, write_transaction
from gridward.persistence.entries import EntryRow
from gridward.persistence.households.rows import HouseholdRow, TieRow
from gridward.persistence.standards.rows import StandardRow
from gridward.persistence.territory.rows import BuildingRow, GridRow
from gridward.persistence.tickets.rows import AssignmentRow, ReportRow, TicketRow
from gridward.services import suspensions
from gridward.services.households import register, ties
from serving import KEY, Served, serve

API = "/api/v1"
HOUSEHOLD_PHONE = "13900010002"
LONG_AGO = cast.NOON - timedelta(days=300)
"""So that nobody was met there in time: what is told of that is told as well."""
CALLERS = (
    "volunteer",
    "other_volunteer",
    "steward",
    "liaison",
    "sanitation_worker",
    "sanitation_lead",
    "property_lead",
    "neighbour_lead",
    "dispatcher",
    "neighbour_dispatcher",
    "shift_leader",
    "supervisor",
    "system_admin",
    "security_admin",
    "audit_admin",
)
RULES_OF_THEIR_OWN = frozenset({"grant_to_self", "disable_self", "erase_self", "report_unknown"})
"""Refusals of somebody who may, because of what was asked; a step's own rules have a dot in their code."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Two towns on the same ground, and in each a ticket at the market, on the estate, and at the river."""

    served: Served
    engine: AsyncEngine
    owner_engine: AsyncEngine
    town: Town
    far: Town
    targets: dict[str, Target]
    canaries: frozenset[str]
    foreign: frozenset[str]
    households: frozenset[str]
    doors: dict[str, Subject]
    """Rooms that cannot be there by chance, with whose they are."""


async def _named_canaries(session, town: Town, mark: str) -> frozenset[str]:
    """Gives everybody who may report a name that cannot be there by chance."""
    found = set()
    for number, (key, member) in enumerate(sorted(town.people.items())):
        if "volunteer" in key or key in ("liaison", "steward", "lead_steward"):
            name = f"金丝雀{mark}{number}号"
            await session.execute(update(PersonRow).where(PersonRow.person_id == member.person_id).values(name=name))
            town.people[key] = replace(member, name=name)
            found |= {name, member.phone}
    return frozenset(found)


async def _ticket(session, town: Town, who: str, at: tuple[float, float], seed: int) -> tuple[UUID, str]:
    reporter = town[who]
    photo = await filing.deliver(session, reporter, seed)
    claim = filing.sync.PhotoClaim(sha256=photo, kind="close")
    filed = await filing.filed(session, reporter, filing.report(at=at, photos=(claim,)))
    return filed.ticket_id, photo


def room_of(target: str) -> str:
    return f"ROOM-{target.upper()}"


async def _household(session, town: Town, building_id: UUID, name: str, prefix: str) -> UUID:
    """An overdue household whose people have canaries for names; the liaison of the town visits the one at the market."""
    household_id = uuid4()
    wish = register.Wish(building_id=building_id, dwelling=Dwelling("", "1", room_of(prefix + name)), version=0)
    await register.put(session, town["shift_leader"].actor, household_id, wish, now=cast.NOON)
    office = program(town.jurisdiction_id, "demo")
    await register.agree(session, office, household_id, given=True, version=CONSENT_VERSION, now=cast.NOON)
    await register.set_contact(
        session,
        office,
        household_id,
        name=f"户主{prefix}{name}",
        phone=HOUSEHOLD_PHONE,
        needs=[],
        key=NumberKey(KEY),
        now=cast.NOON,
    )
    if name == "market":
        await ties.give(session, office, {household_id: town["liaison"].person_id}, now=cast.NOON)
    await session.execute(
        update(HouseholdRow).where(HouseholdRow.household_id == household_id).values(registered_at=LONG_AGO, cares=True)
    )
    await session.execute(update(TieRow).where(TieRow.household_id == household_id).values(valid_from=LONG_AGO))
    return household_id


async def _targets(session, town: Town, prefix: str, seed: int, cursor: str) -> dict[str, Target]:
    await filing.open_town(session, town)
    await reach_homes(session, town.jurisdiction_id)
    query = select(StandardRow.standard_id).where(StandardRow.jurisdiction_id == town.jurisdiction_id)
    standard_id = (await session.execute(query)).scalar_one()
    suspension_id = uuid4()
    wish = suspensions.Wish(
        area_ids=(),
        categories=("lamp",),
        from_at=cast.NOON,
        to_at=cast.NOON + timedelta(hours=5),
        reason="power_cut",
        notice="停电通告",
    )
    await suspensions.suspend(session, town["supervisor"].actor, suspension_id, wish, now=cast.NOON)
    made = {}
    buildings = {
        name: await build.building(session, town.jurisdiction_id, f"{name}楼", *at, grid)
        for name, at, grid in (
            ("market", MARKET, town.grid_market),
            ("estate", ESTATE, town.grid_estate),
            ("river", RIVER, town.grid_river),
        )
    }
    for name, who, at, community_id, worker in (
        ("market", "volunteer", MARKET, town.community_id, "sanitation_worker"),
        ("estate", "other_volunteer", ESTATE, town.community_id, "property_worker"),
        ("river", "neighbour_volunteer", RIVER, town.neighbour_id, "neighbour_lead"),
    ):
        seed += 1
        ticket_id, photo = await _ticket(session, town, who, at, seed)
        person_id = town[who].person_id
        query = select(GrantRow.grant_id).where(GrantRow.person_id == person_id)
        made[prefix + name] = Target(
            name=prefix + name,
            ticket_id=ticket_id,
            person_id=person_id,
            grant_id=(await session.execute(query)).scalar_one(),
            standard_id=standard_id,
            suspension_id=suspension_id,
            household_id=await _household(session, town, buildings[name], name, prefix),
            building_id=buildings[name],
            photo=photo,
            lon=at[0],
            lat=at[1],
            community_id=community_id,
            ids={
                "grid_id": str(town.grid_market),
                "unit_id": str(town.property_firm),
                "whose_unit_id": str(town.property_firm),
                "worker_id": str(town[worker].person_id),
                "steward_id": str(town["steward"].person_id),
            },
            cursor=cursor,
        )
    return made


@pytest.fixture(scope="module")
async def world(engine: AsyncEngine, owner_engine: AsyncEngine, tmp_path_factory: pytest.TempPathFactory) -> World:
    folder: Path = tmp_path_factory.mktemp("photos")
    async with write_transaction(engine) as session:
        town, far = await cast.settle(session), await cast.settle(session, "别处街道")
        canaries = await _named_canaries(session, town, "此")
        foreign = await _named_canaries(session, far, "彼")
        for key in CALLERS:
            if may_anywhere(town[key].actor, "photo:send"):
                await filing.deliver(session, town[key], seed_of(town[key]))
    async with write_transaction(engine) as session:
        # A transaction of its own: the feed is asked from before the first ticket.
        cursor = str(await start_cursor(session))
    async with write_transaction(engine) as session:
        targets = await _targets(session, town, "", 0, cursor) | await _targets(session, far, "far_", 120, cursor)
    served = serve(engine, folder)
    async with read_transaction(owner_engine) as session:
        doors = {room_of(name): await _whose(session, one.household_id) for name, one in targets.items()}
    return World(
        served=Served(parts=replace(served.parts, blobs=filing.BLOBS), clock=served.clock, sms=served.sms),
        engine=engine,
        owner_engine=owner_engine,
        town=town,
        far=far,
        targets=targets,
        canaries=canaries,
        households=frozenset({HOUSEHOLD_PHONE, "新联系人", NOTE, *(f"户主{name}" for name in targets)}),
        doors=doors,
        foreign=foreign | {str(one.ticket_id) for name, one in targets.items() if name.startswith("far_")},
    )


def _routes(served: Served) -> set[tuple[str, str]]:
    found = set()
    for context in iter_route_contexts(served.app.routes):
        if context.path.startswith(API + "/"):
            found |= {(method, context.path.removeprefix(API)) for method in context.methods - {"HEAD"}}
    return found


def test_every_route_is_in_the_matrix(world: World) -> None:
    assert _routes(world.served) - set(ROUTES) == set()


def test_the_matrix_has_no_route_that_is_gone(world: World) -> None:
    assert set(ROUTES) - _routes(world.served) == set()


def test_every_role_calls(world: World) -> None:
    assert {role for key in CALLERS for role in world.town[key].actor.roles} == set(Role)


@pytest.mark.parametrize("route", sorted(ROUTES), ids=lambda route: " ".join(route))
async def test_the_table_is_what_a_route_does(world: World, route: tuple[str, str]) -> None:
    await _check(world, *route, ROUTES[route])


@pytest.mark.parametrize("intent", sorted(STEPS))
async def test_the_table_is_who_may_take_a_step(world: World, intent: str) -> None:
    path = "/tickets/{ticket_id}/operations/{op_id}"
    step = next(step for name, step in STEPS.items() if name == intent)
    await _check(world, "PUT", path, step, only=STEP_TARGETS)


async def test_nobody_who_is_not_signed_in_gets_anything(world: World) -> None:
    async with world.served.browser() as nobody:
        for (method, path), route in ROUTES.items():
            if route.action is not None:
                probe = route.ask(world.targets["market"], world.town["volunteer"])
                answer = await _send(nobody, method, path, probe)
                assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in"), path


async def test_whoever_holds_no_role_any_more_gets_nothing(world: World) -> None:
    async with write_transaction(world.engine) as session:
        town = await cast.settle(session, "无权街道")
        await filing.open_town(session, town)
        await session.execute(
            update(GrantRow).where(GrantRow.person_id == town["shift_leader"].person_id).values(valid_to=cast.NOON)
        )
    async with world.served.browser(town["shift_leader"]) as former:
        for (method, path), route in ROUTES.items():
            if route.action not in (None, "feed:read") and not path.startswith(("/my/notice", "/my/second-step")):
                probe = route.ask(world.targets["market"], town["shift_leader"])
                answer = await _send(former, method, path, probe)
                assert _refused(world, route, answer), (path, answer.text)


async def test_lists_and_feeds_show_what_the_table_opens_and_nothing_else(world: World) -> None:
    for key in CALLERS:
        caller = world.town[key]
        opened = {
            str(target.ticket_id)
            for target in world.targets.values()
            if may(caller.actor, "ticket:read_outline", await _subject(world, About.ticket, target, caller))
        }
        known = {str(target.ticket_id) for target in world.targets.values()}
        async with world.served.browser(caller) as client:
            listed = await client.get("tickets", params={"limit": 200})
            feed = await client.get("changes", params={"cursor": world.targets["market"].cursor, "limit": 500})
            pages = [await client.get("snapshot", params={"scope": one}) for one in scopes_of(caller.actor)]
        shown = {one["ticket_id"] for one in listed.json()["tickets"]} & known
        assert shown == opened, key
        told = {one["id"] for one in feed.json()["changes"] if one["entity"] == "household"}
        visited = [
            one for one in world.targets.values() if caller.person_id in world.doors[room_of(one.name)].owner_ids
        ]
        assert told == {str(one.household_id) for one in visited}, key
        fed = {one["id"] for one in feed.json()["changes"] if one["data"] is not None} & known
        assert fed <= opened, key
        rows = {one["id"] for page in pages for one in page.json()["rows"]} & known
        assert rows <= opened, key
        if not caller.actor.roles & ADMIN_ROLES:
            assert fed == rows, key
        for answer in (listed, feed, *pages):
            _no_canary(world, caller, world.targets["market"], answer)


async def test_the_feed_of_whoever_holds_no_role_any_more_is_empty(world: World) -> None:
    async with write_transaction(world.engine) as session:
        town = await cast.settle(session, "散场街道")
        person = town["dispatcher"].person_id
        await session.execute(update(GrantRow).where(GrantRow.person_id == person).values(valid_to=cast.NOON))
    async with world.served.browser(town["dispatcher"]) as former:
        feed = await former.get("changes", params={"cursor": world.targets["market"].cursor})
        page = await former.get("snapshot", params={"scope": f"person:{person}"})
    assert [one for one in feed.json()["changes"] if one["data"] is not None] == []
    assert page.json()["rows"] == []


async def _check(world: World, method: str, path: str, route: Route, only: frozenset[str] | None = None) -> None:
    """First everybody who may not, then everybody who may: a refusal must leave nothing behind."""
    allowed: list[tuple[Member, Target]] = []
    before = await _written(world)
    targets = [one for one in _asked_for(world, route) if only is None or one.name in only]
    subjects = {one.name: await _subject(world, route.about, one, world.town["volunteer"]) for one in targets}
    for key in CALLERS:
        caller = world.town[key]
        async with world.served.browser(caller) as client:
            for target in targets:
                subject = None if route.about is About.self else subjects[target.name]
                if await _allowed(world, route, target, caller, subject):
                    allowed.append((caller, target))
                    continue
                answer = await _send(client, method, path, route.ask(target, caller))
                assert _refused(world, route, answer), (key, target.name, answer.status_code, answer.text)
                _no_canary(world, caller, target, answer)
    assert await _written(world) == before, "a refused request left an entry"
    for caller, target in allowed[:1] if route.ends_session else allowed:
        fresh = await _fresh(world, target) if route.about is About.person else target
        async with world.served.browser(None if route.ends_session else caller) as client:
            if not await _allowed(world, route, fresh, caller):
                continue
            answer = await _send(client, method, path, route.ask(fresh, caller))
        assert answer.status_code < 500, answer.text
        if route.action is not None and answer.status_code in (401, 403, 404):
            assert _own_rule(answer), (caller.actor.roles, target.name, answer.text)
        _no_canary(world, caller, target, answer)


def _asked_for(world: World, route: Route) -> list[Target]:
    if route.about in (About.whole, About.self):
        return [world.targets["market"]]
    return [one for name, one in world.targets.items() if route.about is not About.place or "far" not in name]


async def _allowed(world: World, route: Route, target: Target, caller: Member, subject: Subject | None = None) -> bool:
    if route.action is None:
        return True
    if route.shows:
        return may_anywhere(caller.actor, route.action)
    subject = subject or await _subject(world, route.about, target, caller)
    if route.action == "people:invite" and await _is_staff(world, target.person_id):
        return may(caller.actor, "people:invite_staff", subject)
    return may(caller.actor, route.action, subject)


async def _is_staff(world: World, person_id: UUID) -> bool:
    async with read_transaction(world.engine) as session:
        query = select(GrantRow.role).where(GrantRow.person_id == person_id, GrantRow.valid_to.is_(None))
        roles = set((await session.execute(query)).scalars())
    return bool(roles & STAFF_ROLES)


async def _subject(world: World, about: About, target: Target, caller: Member) -> Subject:
    """The thing as it stands now, read from the tables and not from the program's own answer."""
    here = caller.actor.jurisdiction_id
    if about is About.whole:
        return Subject(jurisdiction_id=here)
    if about is About.self:
        return Subject(jurisdiction_id=here, owner_ids=frozenset({caller.person_id}))
    async with read_transaction(world.owner_engine) as session:
        if about is About.person:
            person = (
                await session.execute(select(PersonRow).where(PersonRow.person_id == target.person_id))
            ).scalar_one()
            return Subject(
                jurisdiction_id=person.jurisdiction_id,
                owner_ids=frozenset({person.person_id}),
                community_id=person.community_id,
            )
        if about is About.place:
            name = {"market": "grid_market", "estate": "grid_estate", "river": "grid_river"}[target.name]
            grid_id = getattr(world.town, name)
            query = select(GridRow.community_id).where(GridRow.grid_id == grid_id)
            return Subject(
                jurisdiction_id=here, grid_id=grid_id, community_id=(await session.execute(query)).scalar_one()
            )
        if about is About.household:
            return await _whose(session, target.household_id)
        ticket = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == target.ticket_id))).scalar_one()
        reporters = await session.execute(select(ReportRow.reporter_id).where(ReportRow.ticket_id == target.ticket_id))
        units = await session.execute(
            select(AssignmentRow.unit_id).where(
                AssignmentRow.ticket_id == target.ticket_id, AssignmentRow.ended_at.is_(None)
            )
        )
        return Subject(
            jurisdiction_id=ticket.jurisdiction_id,
            owner_ids=frozenset(one for one in reporters.scalars() if one is not None),
            grid_id=ticket.grid_id,
            community_id=ticket.community_id,
            unit_ids=frozenset(units.scalars()),
        )


async def _whose(session: ReadSession, household_id: UUID) -> Subject:
    household = await session.get_one(HouseholdRow, household_id)
    ties = select(TieRow.person_id).where(TieRow.household_id == household_id)
    place = await session.get_one(BuildingRow, household.building_id)
    return Subject(
        jurisdiction_id=household.jurisdiction_id,
        owner_ids=frozenset((await session.scalars(ties)).all()),
        grid_id=place.grid_id,
        community_id=household.community_id,
    )


async def _fresh(world: World, target: Target) -> Target:
    """Another person in the same place, so that one caller's success is not the next one's obstacle."""
    town = world.far if target.name.startswith("far_") else world.town
    async with write_transaction(world.engine) as session:
        person_id = await build.person(
            session, town.jurisdiction_id, f"新人{uuid4().hex[:8]}", community_id=target.community_id, since=cast.SINCE
        )
        await build.grant(
            session,
            town.jurisdiction_id,
            person_id,
            Role.volunteer,
            ScopeKind.community,
            target.community_id,
            since=cast.SINCE,
        )
        grant_id = (
            await session.execute(select(GrantRow.grant_id).where(GrantRow.person_id == person_id))
        ).scalar_one()
    return replace(target, person_id=person_id, grant_id=grant_id)


async def _written(world: World) -> int:
    async with read_transaction(world.engine) as session:
        return (await session.execute(select(func.count()).select_from(EntryRow))).scalar_one()


async def _send(client: httpx.AsyncClient, method: str, path: str, probe: Probe) -> httpx.Response:
    address = path.format(**{name: str(value) for name, value in probe.path.items()}).removeprefix("/")
    query = {name: str(value) for name, value in probe.query.items()}
    if probe.content is not None:
        return await client.request(
            method, address, params=query, content=probe.content, headers={"Content-Type": "image/jpeg"}
        )
    return await client.request(method, address, params=query, json=probe.json)


def _refused(world: World, route: Route, answer: httpx.Response) -> bool:
    """A list may be empty instead; a step that only the program takes is no word of the API at all."""
    if route.shows and answer.status_code == 200:
        ids = {str(one.ticket_id) for one in world.targets.values()} | {
            str(m.person_id) for m in world.town.people.values()
        }
        return not any(one in answer.text for one in ids)
    return answer.status_code in (403, 404) or (
        answer.status_code == 422 and answer.json()["code"] == "operation_unknown"
    )


def _own_rule(answer: httpx.Response) -> bool:
    code = answer.json().get("code", "")
    return code in RULES_OF_THEIR_OWN or "." in code


def _no_canary(world: World, caller: Member, target: Target, answer: httpx.Response) -> None:
    said = answer.content.decode(errors="replace")
    if "\\u" in said:
        said = json.dumps(answer.json(), ensure_ascii=False)
    asked = {str(target.ticket_id)}
    for secret in world.foreign - asked:
        assert secret not in said, (caller.name, secret, said)
    known = f"户主{target.name}" if Role.liaison in caller.actor.roles and target.name == "market" else None
    for secret in world.households - ({known, HOUSEHOLD_PHONE, "新联系人", NOTE} if known else set()):
        assert secret not in said, (caller.name, secret, said)
    for room, whose in world.doors.items():
        if not may(caller.actor, "household:read", whose):
            assert room not in said, (caller.name, room, said)
    if caller.actor.roles <= UNIT_ROLES:
        for secret in world.canaries:
            assert secret not in said, (caller.name, secret, said)
