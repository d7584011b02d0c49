"""The rows of ground, people and rules, beside the demo community that is there already."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import asyncpg
import shapely

from bench.city.ground import Ground, fresh
from bench.city.people import People
from bench.city.standard import FIRST_DAY, large_duties, large_standard
from bench.copying import copy_rows, many
from gridward.domain.accounts import program
from gridward.domain.accounts_sign_in import token_digest
from gridward.domain.routing.rules import RuleSet
from gridward.persistence.database import make_engine, write_transaction
from gridward.persistence.routing.rule_sets import current_rules
from gridward.services.routing import publish as routing
from gridward.services.standards.publishing import publish_standard

SINCE = datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=UTC)
SESSIONS = 400


def cookie(number: int) -> str:
    """The session cookie of the nth volunteer; of dispatchers the numbers are negative, from -1."""
    return f"bench-cookie-{number}"


async def settle(
    connection: asyncpg.Connection, jurisdiction_id: UUID, ground: Ground, people: People, rng: random.Random
) -> None:
    here = jurisdiction_id
    await copy_rows(
        connection,
        "area",
        ("area_id", "jurisdiction_id", "code", "level", "name", "parent_code", "boundary"),
        (
            (one.area_id, here, one.code, one.level, one.name, one.parent, many(one.boundary) if one.boundary else None)
            for one in ground.areas
        ),
    )
    await copy_rows(
        connection,
        "grid",
        ("grid_id", "jurisdiction_id", "code", "name", "kind", "community_id", "valid_from"),
        ((one.grid_id, here, one.code, one.name, "basic", one.community.area_id, SINCE) for one in ground.grids),
    )
    await copy_rows(
        connection,
        "grid_boundary",
        ("grid_boundary_id", "jurisdiction_id", "grid_id", "boundary", "valid_from"),
        ((fresh(rng), here, one.grid_id, many(one.boundary), SINCE) for one in ground.grids),
    )
    await copy_rows(
        connection,
        "building",
        ("building_id", "jurisdiction_id", "code", "name", "footprint", "location", "grid_id"),
        (
            (
                one.building_id,
                here,
                one.code,
                one.name,
                many(one.footprint),
                shapely.Point(one.lon, one.lat),
                one.grid.grid_id,
            )
            for one in ground.buildings
        ),
    )
    await copy_rows(
        connection,
        "unit",
        ("unit_id", "jurisdiction_id", "code", "name", "kind", "telephone", "area_id", "is_last_resort"),
        (
            (one.unit_id, here, one.code, one.name, one.kind, "0000-20000000", one.area_id, one.last_resort)
            for one in ground.units
        ),
    )
    estates = (
        (grid.estate_unit_id, grid.code, grid.name, "estate", grid.estate) for grid in ground.grids if grid.estate
    )
    lanes = ((unit.unit_id, area.code, area.name, "work", shape) for unit, area, shape in ground.work_areas)
    await copy_rows(
        connection,
        "service_area",
        ("service_area_id", "jurisdiction_id", "unit_id", "code", "name", "kind", "boundary", "valid_from"),
        (
            (fresh(rng), here, unit_id, f"S{code}-{kind}", name, kind, many(shape), SINCE)
            for unit_id, code, name, kind, shape in (*estates, *lanes)
        ),
    )
    await _bring_in(connection, jurisdiction_id, people, rng)


async def _bring_in(connection: asyncpg.Connection, here: UUID, people: People, rng: random.Random) -> None:
    await copy_rows(
        connection,
        "person",
        ("person_id", "jurisdiction_id", "name", "phone", "community_id", "created_at", "notice_version"),
        ((one.person_id, here, one.name, one.phone, one.community_id, SINCE, "1") for one in people.everybody),
    )
    await copy_rows(
        connection,
        "role_grant",
        ("grant_id", "jurisdiction_id", "person_id", "role", "scope_kind", "scope_id", "is_lead", "valid_from"),
        (
            (fresh(rng), here, one.person_id, one.role, one.scope_kind, one.scope_id, bool(one.grids), SINCE)
            for one in people.everybody
        ),
    )
    await copy_rows(
        connection,
        "stewardship",
        ("stewardship_id", "jurisdiction_id", "grid_id", "person_id", "is_lead", "valid_from"),
        (
            (fresh(rng), here, grid.grid_id, one.person_id, True, SINCE)
            for one in people.everybody
            for grid in one.grids
        ),
    )
    signed_in = [*enumerate(people.volunteers[:SESSIONS]), *((-1 - n, one) for n, one in enumerate(people.dispatchers))]
    await copy_rows(
        connection,
        "session",
        ("token_hash", "session_id", "jurisdiction_id", "person_id", "factors", "created_at", "seen_at"),
        (
            (token_digest(cookie(number)), fresh(rng), here, one.person_id, "{password}", SINCE, SINCE)
            for number, one in signed_in
        ),
    )


async def backdate(connection: asyncpg.Connection) -> None:
    """What the demo founded two weeks before its end has stood for years: tickets of those years lie in it."""
    for table in ("grid", "grid_boundary", "service_area", "stewardship", "role_grant"):
        await connection.execute(f"UPDATE {table} SET valid_from = $1 WHERE valid_to IS NULL", SINCE)
    await connection.execute("UPDATE standard SET valid_from = $1 WHERE version = 1", FIRST_DAY)


async def publish_rules(
    url: str,
    jurisdiction_id: UUID,
    ground: Ground,
    departments: dict[str, UUID],
    conditions: int,
    at: datetime,
    rng: random.Random,
) -> int:
    """The large standard and its duty list, as an office would publish them; answers how many conditions it has."""
    standard = large_standard(conditions)
    streets = [area.area_id for area in ground.areas if area.level == "street"]
    duties = large_duties(rng, standard, departments, streets)
    office = program(jurisdiction_id, "cli")
    engine = make_engine(url)
    try:
        async with write_transaction(engine) as session:
            await publish_standard(session, standard, office, valid_from=at.date(), today=at.date(), now=at)
            standing = await current_rules(session, jurisdiction_id)
            listed = frozenset(duty.category for duty in duties)
            rules = tuple(
                replace(rule, when=replace(rule.when, categories=(rule.when.categories or frozenset()) | listed))
                if rule.rule_id == "duty"
                else rule
                for rule in standing.rules
            )
            rule_set = RuleSet(version=standing.version + 1, rules=rules, duties=(*standing.duties, *duties))
            await routing.keep(session, office, rule_set, now=at)
    finally:
        await engine.dispose()
    return len(standard.conditions)
