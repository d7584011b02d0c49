"""Files of other systems, invented: one in the manner of public 311 exports, one as the town of the cast had it before."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

from pyproj import Transformer

import build
from cast import SOUTH, WEST
from gridward.domain.accounts import program
from gridward.domain.routing.rules import RuleSet, default_rules
from gridward.domain.territory import ServiceKind, UnitKind
from gridward.persistence.database import WriteSession
from gridward.services.routing import publish as routing
from gridward.services.standards.publishing import publish_built_in

HEADINGS = (
    "Unique Key",
    "Created Date",
    "Closed Date",
    "Agency",
    "Complaint Type",
    "Due Date",
    "On Time",
    "Latitude",
    "Longitude",
    "X Coordinate (State Plane)",
    "Y Coordinate (State Plane)",
)
WORDS = {"Dirty Condition": "litter_ground", "Street Light Condition": "lamp", "Noise - Residential": "noise"}
CATEGORIES = tuple(part for theirs, ours in WORDS.items() for part in ("--map-category", f"{theirs}={ours}"))
BROADWAY = (-73.987, 40.744)
READ_AT = datetime(2026, 9, 1, 16, 0, tzinfo=UTC)
"""When the tests that hand in a clock read their files."""

_TO_FEET = Transformer.from_crs("EPSG:4326", "EPSG:2263", always_xy=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Two grids on either side of 40.75° N; DSNY sweeps the southern, DOT answers in the northern."""

    jurisdiction_id: UUID
    south: UUID
    north: UUID
    community: UUID
    dsny: UUID
    dot: UUID


async def new_york(session: WriteSession, name: str) -> City:
    """A jurisdiction over there, with our standard and the rules one starts with; ``name`` also in its units' names."""
    since = datetime(2026, 1, 1, tzinfo=UTC)
    jurisdiction_id = await build.jurisdiction(session, name, time_zone="America/New_York")
    whole = build.rectangle(-74.02, 40.70, -73.93, 40.80)
    community = await build.area(session, jurisdiction_id, "Midtown", boundary=whole)
    halves = (build.rectangle(-74.02, 40.70, -73.93, 40.75), build.rectangle(-74.02, 40.75, -73.93, 40.80))
    south, north = [
        await build.grid(session, jurisdiction_id, community, word, half, since=since)
        for word, half in zip(("South", "North"), halves, strict=True)
    ]
    dsny = await build.unit(session, jurisdiction_id, "DSNY", UnitKind.work, area_id=community)
    dot = await build.unit(session, jurisdiction_id, "DOT", UnitKind.work, area_id=community)
    for unit_id, half in zip((dsny, dot), halves, strict=True):
        await build.service_area(session, jurisdiction_id, unit_id, half, ServiceKind.work, since)
    await build.building(session, jurisdiction_id, "Flatiron", -73.9897, 40.7411, south)
    by = program(jurisdiction_id, "demo")
    await publish_built_in(session, by, valid_from=date(2026, 1, 1), now=since)
    await routing.keep(session, by, RuleSet(version=1, rules=default_rules(()), duties=()), now=since)
    return City(jurisdiction_id=jurisdiction_id, south=south, north=north, community=community, dsny=dsny, dot=dot)


def said(at: datetime | None) -> str:
    """As that city's export writes a local time."""
    return "" if at is None else at.strftime("%m/%d/%Y %I:%M:%S %p")


def row(number: int, **more: str) -> dict[str, str]:
    """A clean row; every one a little elsewhere, opened by day, due in three days, closed in one."""
    opened = datetime(2025, 3, 3, 9, 0, tzinfo=UTC) + timedelta(days=number % 200, minutes=7 * (number % 90))
    lon, lat = BROADWAY[0] + (number % 97) * 1e-4, BROADWAY[1] + (number // 97 % 89) * 1e-4
    x, y = _TO_FEET.transform(lon, lat)
    values = {
        "Unique Key": str(60_000_000 + number),
        "Created Date": said(opened),
        "Closed Date": said(opened + timedelta(days=1)),
        "Agency": "DSNY",
        "Complaint Type": "Dirty Condition",
        "Due Date": said(opened + timedelta(days=3)),
        "On Time": "Y",
        "Latitude": f"{lat:.7f}",
        "Longitude": f"{lon:.7f}",
        "X Coordinate (State Plane)": f"{x:.0f}",
        "Y Coordinate (State Plane)": f"{y:.0f}",
    }
    return {**values, **more}


def write_csv(path: Path, rows: Iterable[Mapping[str, str]]) -> Path:
    path.write_text(as_csv(HEADINGS, rows), "utf-8", newline="")
    return path


OLD_HEADINGS = (
    "工单编号",
    "上报时间",
    "截止时间",
    "办结时间",
    "小类",
    "责任单位",
    "是否超期",
    "经度",
    "纬度",
    "市民电话",
)


def old_row(number: int, **more: str) -> dict[str, str]:
    """A clean row of the town's earlier system, away from every boundary; due in three days, closed in one."""
    opened = datetime(2025, 3, 3, 9, 0, tzinfo=UTC) + timedelta(days=number % 200, minutes=7 * (number % 90))
    values = {
        "工单编号": f"旧{number:06d}",
        "上报时间": f"{opened:%Y-%m-%d %H:%M}",
        "截止时间": f"{opened + timedelta(days=3):%Y-%m-%d %H:%M}",
        "办结时间": f"{opened + timedelta(days=1):%Y-%m-%d %H:%M}",
        "小类": "地上垃圾",
        "责任单位": "环卫一队",
        "是否超期": "否",
        "经度": f"{WEST + 0.0006 + number % 20 * 1e-4:.6f}",
        "纬度": f"{SOUTH + 0.0007 + number // 20 % 6 * 1e-4:.6f}",
        "市民电话": "13900000001",
    }
    return {**values, **more}


def as_csv(headings: Iterable[str], rows: Iterable[Mapping[str, str]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, list(headings), extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return file.getvalue()
