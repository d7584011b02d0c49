"""Bringing things in: buildings of a whole city, tickets of another system; and proving what is there by replay."""

from __future__ import annotations

import asyncio
import csv
import json
import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pyogrio

from bench.installation import RUN, Installation, connect
from bench.report import Line
from gridward.cli.territory import run
from gridward.domain.territory import Layer
from gridward.persistence.database import make_engine
from gridward.services.territory import read

STAGING_S, PUBLISHING_S = 60.0, 10.0
TICKETS_S, REPLAY_S = 300.0, 180.0
KINDS = ("litter_full", "litter_ground", "dumping", "lamp", "parking", "part001", "part007")


async def buildings(installation: Installation) -> list[Line]:
    """The verbs of ``gridward import territory --as building --apply`` on a GeoPackage, with a look at the clock."""
    file = await _geopackage(installation)
    connection = await connect(installation, RUN)
    jurisdiction_id: UUID = await connection.fetchval("SELECT jurisdiction_id FROM jurisdiction")
    await connection.execute("TRUNCATE building CASCADE")
    await connection.close()
    asked_at: list[float] = []

    def clock() -> datetime:
        """The program asks twice: when it begins to stage and when it begins to publish."""
        asked_at.append(time.perf_counter())
        return datetime.now(UTC)

    engine = make_engine(installation.owner(RUN), role="gridward_app", pool_size=3, statement_timeout_ms=1_800_000)
    reading = read.open_reading(file, Layer.building, layer_in_file=None, crs=None, named={}, kind=None)
    report = await run(engine, jurisdiction_id, reading, apply=True, clock=clock)
    ended = time.perf_counter()
    await engine.dispose()
    staging, publishing = asked_at[-1] - asked_at[0], ended - asked_at[-1]
    count = installation.size.imported_buildings
    return [
        Line(
            key="buildings",
            what=f"import of {count:,} buildings: staging and checks",
            measured=f"{staging:.1f} s ({count / staging:,.0f}/s), {len(report.refused)} refused",
            target=f"< {STAGING_S:.0f} s",
            held=staging < STAGING_S and not report.refused,
            details={"file": f"{file.name}, {file.stat().st_size / 1e6:.0f} MB"},
        ),
        Line(
            key="buildings",
            what="publishing them (and clearing what was staged)",
            measured=f"{publishing:.1f} s",
            target=f"< {PUBLISHING_S:.0f} s",
            held=publishing < PUBLISHING_S,
        ),
    ]


async def _geopackage(installation: Installation) -> Path:
    file = installation.folder / f"{installation.template}-buildings.gpkg"
    if not file.exists():
        connection = await connect(installation, RUN)
        rows = await connection.fetch(
            "SELECT code, name, ST_AsBinary(footprint) AS wkb FROM building "
            "WHERE footprint IS NOT NULL AND code LIKE '9907%' ORDER BY code LIMIT $1",
            installation.size.imported_buildings,
        )
        await connection.close()
        pyogrio.raw.write(
            file,
            np.array([row["wkb"] for row in rows], dtype=object),
            [np.array([row[name] for row in rows], dtype=object) for name in ("code", "name")],
            ["code", "name"],
            geometry_type="MultiPolygon",
            crs="EPSG:4326",
            layer="buildings",
        )
    return file


async def past(installation: Installation) -> list[Line]:
    """``gridward import tickets --apply`` on a CSV of another system."""
    count = installation.size.imported_tickets
    file = await _other_system(installation, count)
    report, seconds = await asyncio.to_thread(
        installation.gridward,
        RUN,
        *("import", "tickets", str(file), "--time-zone", "Asia/Shanghai", "--crs", "WGS-84"),
        *(part for kind in KINDS for part in ("--map-category", f"{kind}={kind}")),
        *("--apply", "--json"),
    )
    connection = await connect(installation, RUN)
    there = await connection.fetchval("SELECT count(*) FROM ticket WHERE source = 'import' OR source LIKE 'other%'")
    await connection.close()
    return [
        Line(
            key="past",
            what=f"import of {count:,} past tickets",
            measured=f"{seconds:.0f} s ({count / seconds:,.0f}/s)",
            target=f"< {TICKETS_S:.0f} s",
            held=seconds < TICKETS_S,
            details={"rows there": there, "it says": _short(report)},
        )
    ]


async def _other_system(installation: Installation, count: int) -> Path:
    """A file as another system would give it: local times without an offset, its own flag of on time and overdue."""
    rng = random.Random(installation.seed)
    connection = await connect(installation, RUN)
    rows = await connection.fetch(
        "SELECT ST_X(location) AS lon, ST_Y(location) AS lat FROM building ORDER BY building_id LIMIT 50000"
    )
    if not rows:
        rows = await connection.fetch(
            "SELECT ST_X(p) AS lon, ST_Y(p) AS lat FROM (SELECT ST_PointOnSurface(boundary) AS p FROM grid_boundary) g"
        )
    await connection.close()
    file = installation.folder / f"{installation.template}-tickets.csv"
    began = datetime(2023, 1, 2, 8, tzinfo=UTC)
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(("id", "opened", "due", "closed", "category", "lon", "lat", "on_time"))
        for number in range(count):
            opened = began + timedelta(seconds=number * 600 + rng.randrange(600))
            due = opened + timedelta(hours=rng.choice((4, 24, 48)))
            closed = opened + timedelta(minutes=rng.lognormvariate(6, 1.2))
            place = rng.choice(rows)
            times = (one.strftime("%Y-%m-%d %H:%M:%S") for one in (opened, due, closed))
            writer.writerow(
                (f"A{number:07d}", *times, rng.choice(KINDS), place["lon"], place["lat"], int(closed <= due))
            )
    return file


async def replay(installation: Installation) -> list[Line]:
    """``gridward audit-sla`` over the weeks whose tickets have a whole history."""
    facts = installation.facts
    found, seconds = await asyncio.to_thread(
        installation.gridward,
        RUN,
        *("audit-sla", "--from", facts["audit_from"], "--to", facts["audit_to"], "--json"),
    )
    said = _json(found)
    counts = said.get("counts")
    count = counts["tickets"] if isinstance(counts, dict) else 0
    differ = len(said["differences"]) if isinstance(said.get("differences"), list) else -1
    wanted = installation.size.audited
    allowed = REPLAY_S * max(count / wanted, 1.0)
    return [
        Line(
            key="replay",
            what="replay of tickets with their clocks",
            measured=f"{count:,} in {seconds:.0f} s ({count / seconds:,.0f}/s), {differ} differences",
            target=f"≥ {wanted:,} in {REPLAY_S:.0f} s, none",
            held=count >= wanted * 0.9 and seconds < allowed and differ == 0,
            details={"counts": counts or found[-400:]},
        )
    ]


def _json(text: str) -> dict[str, object]:
    start = text.find("{")
    try:
        found, _ = json.JSONDecoder().raw_decode(text[start:])
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _short(text: str) -> str:
    said = _json(text)
    plain = {name: value for name, value in said.items() if not isinstance(value, list | dict)}
    return json.dumps(plain, ensure_ascii=False) if plain else text[:400]
