"""The cast: one town, and one person per role who lives or works there. Each test gets a town of its own.

The town, west to east, each grid 0.002° (about 200 m) wide and high, from 113.100° E, 23.000° N::

    雪圃社区: grid_market 集市 | grid_estate 花园      水埗社区 (the neighbour): grid_river 河边

环卫一队 sweeps 雪圃社区, 雪圃花园物业 answers for the eastern half of grid_estate, 水埗环卫队 sweeps the neighbour's,
街道办 is everybody's last resort. It is Tuesday noon (:data:`NOON`); all of it has stood for a month.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

import build
from gridward.domain.accounts import Actor, Grant, Role, ScopeKind
from gridward.domain.territory import AreaLevel, ServiceKind, UnitKind
from gridward.persistence.database import WriteSession

NOON = datetime(2026, 9, 1, 4, 0, tzinfo=UTC)
SINCE = NOON - timedelta(days=30)
WEST, SOUTH, SIDE = 113.100, 23.000, 0.002

MARKET = (WEST + 0.5 * SIDE, SOUTH + 0.5 * SIDE)
LANE = (WEST + 1.2 * SIDE, SOUTH + 0.5 * SIDE)
ESTATE = (WEST + 1.75 * SIDE, SOUTH + 0.5 * SIDE)
RIVER = (WEST + 2.5 * SIDE, SOUTH + 0.5 * SIDE)
OUTSIDE = (WEST + 9.0 * SIDE, SOUTH + 0.5 * SIDE)
"""Points ``(lon, lat)``: in grid_market; in grid_estate outside and inside the estate; at the neighbour's; nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of the cast: as actor, and the cookie value of the device that person is signed in on."""

    name: str
    phone: str
    actor: Actor
    token: str

    @property
    def person_id(self) -> UUID:
        assert self.actor.person_id is not None
        return self.actor.person_id


@dataclass(slots=True, kw_only=True)
class Town:
    """One jurisdiction with its places, units and people by name of fixture."""

    jurisdiction_id: UUID
    name: str
    community_id: UUID
    neighbour_id: UUID
    grid_market: UUID
    grid_estate: UUID
    grid_river: UUID
    sanitation: UUID
    property_firm: UUID
    neighbour_sanitation: UUID
    street_office: UUID
    people: dict[str, Member] = field(default_factory=dict)

    def __getitem__(self, who: str) -> Member:
        return self.people[who]


async def _ground(session: WriteSession, name: str) -> Town:
    jurisdiction_id = await build.jurisdiction(session, name)

    def strip(first: float, last: float) -> object:
        return build.rectangle(WEST + first * SIDE, SOUTH, WEST + last * SIDE, SOUTH + SIDE)

    office = await build.area(session, jurisdiction_id, name, level=AreaLevel.street, code="440605001")
    home = await build.area(
        session, jurisdiction_id, "雪圃社区", code="440605001001", parent_code="440605001", boundary=strip(0, 2)
    )
    neighbour = await build.area(
        session, jurisdiction_id, "水埗社区", code="440605001002", parent_code="440605001", boundary=strip(2, 3)
    )
    town = Town(
        jurisdiction_id=jurisdiction_id,
        name=name,
        community_id=home,
        neighbour_id=neighbour,
        grid_market=await build.grid(
            session, jurisdiction_id, home, "集市网格", strip(0, 1), since=SINCE, code="440605001001001"
        ),
        grid_estate=await build.grid(
            session, jurisdiction_id, home, "花园网格", strip(1, 2), since=SINCE, code="440605001001002"
        ),
        grid_river=await build.grid(
            session, jurisdiction_id, neighbour, "河边网格", strip(2, 3), since=SINCE, code="440605001002001"
        ),
        sanitation=await build.unit(session, jurisdiction_id, "环卫一队", UnitKind.work, area_id=office),
        property_firm=await build.unit(session, jurisdiction_id, "雪圃花园物业", UnitKind.estate, area_id=home),
        neighbour_sanitation=await build.unit(session, jurisdiction_id, "水埗环卫队", UnitKind.work, area_id=office),
        street_office=await build.unit(
            session, jurisdiction_id, "街道办", UnitKind.street, area_id=office, is_last_resort=True
        ),
    )
    for unit_id, kind, first, last in (
        (town.sanitation, ServiceKind.work, 0, 2),
        (town.property_firm, ServiceKind.estate, 1.5, 2),
        (town.neighbour_sanitation, ServiceKind.work, 2, 3),
    ):
        await build.service_area(session, jurisdiction_id, unit_id, strip(first, last), kind, SINCE)
    await build.landmark(session, jurisdiction_id, "雪圃学校东门", WEST + 0.6 * SIDE, SOUTH + 0.5 * SIDE)
    await build.street(
        session, jurisdiction_id, "雪圃大巷", (WEST, SOUTH + 0.4 * SIDE), (WEST + 2 * SIDE, SOUTH + 0.4 * SIDE)
    )
    await build.building(session, jurisdiction_id, "花园一座", ESTATE[0], ESTATE[1], town.grid_estate)
    return town


def _roles(town: Town) -> dict[str, tuple[str, tuple[tuple[Role, ScopeKind, UUID], ...]]]:
    home, all_of_it = (ScopeKind.community, town.community_id), (ScopeKind.jurisdiction, town.jurisdiction_id)
    return {
        "volunteer": ("梁阿姨", ((Role.volunteer, *home),)),
        "other_volunteer": ("何伯", ((Role.volunteer, *home),)),
        "neighbour_volunteer": ("陈姨", ((Role.volunteer, ScopeKind.community, town.neighbour_id),)),
        "steward": ("李网格", ((Role.steward, ScopeKind.grid, town.grid_market),)),
        "lead_steward": ("麦网格长", ((Role.steward, *home),)),
        "neighbour_steward": ("苏网格", ((Role.steward, ScopeKind.grid, town.grid_river),)),
        "liaison": ("罗联系", ((Role.liaison, *home),)),
        "sanitation_worker": ("霍师傅", ((Role.unit_worker, ScopeKind.unit, town.sanitation),)),
        "sanitation_lead": ("区队长", ((Role.unit_lead, ScopeKind.unit, town.sanitation),)),
        "property_lead": ("冼经理", ((Role.unit_lead, ScopeKind.unit, town.property_firm),)),
        "property_worker": ("关师傅", ((Role.unit_worker, ScopeKind.unit, town.property_firm),)),
        "neighbour_lead": ("邓队长", ((Role.unit_lead, ScopeKind.unit, town.neighbour_sanitation),)),
        "dispatcher": ("卢派遣", ((Role.dispatcher, *home),)),
        "neighbour_dispatcher": ("潘派遣", ((Role.dispatcher, ScopeKind.community, town.neighbour_id),)),
        "shift_leader": ("谭值班", ((Role.shift_leader, *all_of_it),)),
        "supervisor": ("欧考核", ((Role.supervisor, *all_of_it),)),
        "system_admin": ("阮系统", ((Role.system_admin, *all_of_it),)),
        "security_admin": ("叶安全", ((Role.security_admin, *all_of_it),)),
        "audit_admin": ("曾审计", ((Role.audit_admin, *all_of_it),)),
    }


STEWARDSHIPS = {"steward": "grid_market", "lead_steward": "grid_estate", "neighbour_steward": "grid_river"}
COMMUNITY_OF_GRID = {"grid_market": "community_id", "grid_estate": "community_id", "grid_river": "neighbour_id"}


async def _person(
    session: WriteSession, town: Town, key: str, name: str, roles: tuple[tuple[Role, ScopeKind, UUID], ...]
) -> Member:
    jurisdiction_id = town.jurisdiction_id
    phone = f"199{int(jurisdiction_id.int % 100_000):05d}{len(town.people):03d}"
    person_id = await build.person(session, jurisdiction_id, name, phone, community_id=town.community_id, since=SINCE)
    held = STEWARDSHIPS.get(key)
    grants: list[Grant] = [
        await build.grant(
            session,
            jurisdiction_id,
            person_id,
            role,
            kind,
            scope_id,
            since=SINCE,
            is_lead=key == "lead_steward",
            community_id=getattr(town, COMMUNITY_OF_GRID[held]) if held else None,
        )
        for role, kind, scope_id in roles
    ]
    if held:
        await build.stewardship(
            session, jurisdiction_id, getattr(town, held), person_id, since=SINCE, is_lead=key == "lead_steward"
        )
    return Member(
        name=name,
        phone=phone,
        actor=Actor(
            person_id=person_id,
            jurisdiction_id=jurisdiction_id,
            grants=tuple(grants),
            grids=frozenset({getattr(town, held)}) if held else frozenset(),
        ),
        token=await build.signed_in(session, jurisdiction_id, person_id, NOON),
    )


async def settle(session: WriteSession, name: str = "试验街道") -> Town:
    """Builds a whole town with everybody in it."""
    async with build.together(session):
        town = await _ground(session, name)
        for key, (person_name, roles) in _roles(town).items():
            town.people[key] = await _person(session, town, key, person_name, roles)
    return town


@pytest.fixture
def now() -> datetime:
    """Tuesday noon in the town."""
    return NOON


@pytest.fixture
async def town(write) -> Town:  # type: ignore[no-untyped-def]
    """A jurisdiction of its own, committed."""
    async with write() as session:
        return await settle(session)


@pytest.fixture
async def far_town(write) -> Town:  # type: ignore[no-untyped-def]
    """Another jurisdiction on the same ground: nothing of it may ever be seen from ``town``."""
    async with write() as session:
        return await settle(session, "别处街道")


@pytest.fixture
def volunteer(town: Town) -> Member:
    """梁阿姨, volunteer of 雪圃社区."""
    return town["volunteer"]


@pytest.fixture
def other_volunteer(town: Town) -> Member:
    """何伯, another volunteer of 雪圃社区."""
    return town["other_volunteer"]


@pytest.fixture
def steward(town: Town) -> Member:
    """李网格, steward of grid_market."""
    return town["steward"]


@pytest.fixture
def lead_steward(town: Town) -> Member:
    """麦网格长, steward of all 雪圃社区 and grid leader of grid_estate."""
    return town["lead_steward"]


@pytest.fixture
def liaison(town: Town) -> Member:
    return town["liaison"]


@pytest.fixture
def sanitation_worker(town: Town) -> Member:
    return town["sanitation_worker"]


@pytest.fixture
def sanitation_lead(town: Town) -> Member:
    """区队长, leads 环卫一队."""
    return town["sanitation_lead"]


@pytest.fixture
def property_lead(town: Town) -> Member:
    """冼经理, leads 雪圃花园物业."""
    return town["property_lead"]


@pytest.fixture
def dispatcher(town: Town) -> Member:
    """卢派遣, the desk of 雪圃社区."""
    return town["dispatcher"]


@pytest.fixture
def shift_leader(town: Town) -> Member:
    return town["shift_leader"]


@pytest.fixture
def supervisor(town: Town) -> Member:
    return town["supervisor"]


@pytest.fixture
def system_admin(town: Town) -> Member:
    return town["system_admin"]


@pytest.fixture
def security_admin(town: Town) -> Member:
    return town["security_admin"]


@pytest.fixture
def audit_admin(town: Town) -> Member:
    return town["audit_admin"]
