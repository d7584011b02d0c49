"""The city, made once per size, seed and shape of the tables, and kept."""

from __future__ import annotations

import asyncio
import json
import random
import time
from datetime import UTC, date, datetime, timedelta

import asyncpg

from bench.city import past, settling
from bench.city.ground import build_ground
from bench.city.people import build_people
from bench.installation import Installation, connect
from gridward.cli.migrating import bring_up_to_date
from gridward.gateways.cluster import identifier
from gridward.gateways.holidays import official_days_of_china

DEMO_GRIDS = 30
QUIET_BEFORE, QUIET_AFTER = timedelta(days=24), timedelta(days=24)


def ensure_city(installation: Installation, today: date) -> None:
    """Make the template unless it is there."""
    exists = installation.cluster.sql(
        f"SELECT 1 FROM pg_database WHERE datname = '{installation.template}' AND datistemplate"
    )
    if exists and installation.facts_file.exists():
        return
    began = time.monotonic()
    for old in installation.cluster.sql(
        f"SELECT datname FROM pg_database WHERE datname LIKE '{installation.size.name}\\_%'"
    ).split():
        installation.cluster.sql(f"ALTER DATABASE {identifier(old)} IS_TEMPLATE false")
        installation.cluster.drop_database(old)
    url = installation.cluster.ensure_database(installation.template)
    bring_up_to_date(url)
    facts = asyncio.run(_make(installation, today))
    facts["seconds"] = round(time.monotonic() - began, 1)
    installation.facts_file.write_text(json.dumps(facts, indent=2))
    installation.cluster.sql(f"ALTER DATABASE {identifier(installation.template)} IS_TEMPLATE true")
    print(f"the city is there after {facts['seconds']:.0f} s", flush=True)


async def _make(installation: Installation, today: date) -> dict[str, object]:
    size, seed, database = installation.size, installation.seed, installation.template
    rng = random.Random(f"city-{seed}")
    official = official_days_of_china(today.year - 1, today.year + 1)
    until = quiet_monday(today, frozenset(official.special))
    print(f"{size.name}: {size.days} days of the demo up to {until} …", flush=True)
    installation.gridward(
        database,
        "demo",
        "--seed",
        str(seed),
        "--until",
        str(until),
        "--days",
        str(size.days),
        "--reports",
        str(size.reports),
        "--reports-only",
    )
    connection = await connect(installation, database)
    jurisdiction_id = await connection.fetchval("SELECT jurisdiction_id FROM jurisdiction")
    print("ground and people …", flush=True)
    ground = build_ground(rng, size.grids - DEMO_GRIDS, size.buildings)
    people = build_people(rng, ground, jurisdiction_id, size.people)
    await settling.settle(connection, jurisdiction_id, ground, people, rng)
    print("a million tickets, or fewer …", flush=True)
    facts = await past.fill_past(installation.superuser(database), ground, people, size, seed, " ")
    departments = {
        row["code"]: row["unit_id"]
        for row in await connection.fetch("SELECT code, unit_id FROM unit WHERE kind = 'department'")
    }
    at = datetime(until.year, until.month, until.day, tzinfo=UTC)
    conditions = await settling.publish_rules(
        installation.owner(database), jurisdiction_id, ground, departments, size.conditions, at, rng
    )
    await settling.backdate(connection)
    print("VACUUM ANALYZE …", flush=True)
    await connection.execute("VACUUM (ANALYZE)")
    counts = await _counts(connection)
    await connection.close()
    return {**facts, **counts, "conditions": conditions, "until": str(until), "jurisdiction_id": str(jurisdiction_id)}


def quiet_monday(today: date, odd: frozenset[date]) -> date:
    """The latest Monday, today or before, around which no day differs from its weekday."""
    monday = today - timedelta(days=today.weekday())
    while any(monday - QUIET_BEFORE <= day <= monday + QUIET_AFTER for day in odd):
        monday -= timedelta(weeks=1)
    return monday


async def _counts(connection: asyncpg.Connection) -> dict[str, int]:
    tables = ("area", "grid", "building", "unit", "service_area", "person", "ticket", "clock", "entry", "report")
    found = {f"{table} rows": await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables}
    found["open tickets"] = await connection.fetchval("SELECT count(*) FROM ticket WHERE is_open")
    found["megabytes"] = await connection.fetchval("SELECT pg_database_size(current_database()) / 1000000")
    return found
