"""Builders: rows of a small town, one call each, with nothing to fill in that a story does not need.

Geometry is WGS-84 degrees. A tenth of a thousandth of a degree is about ten metres here (23° N).
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any
from uuid import UUID

from geoalchemy2 import WKTElement
from sqlalchemy import insert, text

from gridward.domain.accounts import Grant, Role, ScopeKind
from gridward.domain.territory import AreaLevel, GridKind, ServiceKind, UnitKind
from gridward.persistence.accounts.rows import GrantRow, JurisdictionRow, PersonRow, SessionRow
from gridward.persistence.database import WGS84, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.territory.change_rows import AreaBoundaryRow
from gridward.persistence.territory.rows import (
    AreaRow,
    BuildingRow,
    GridBoundaryRow,
    GridRow,
    LandmarkRow,
    ServiceAreaRow,
    StewardshipRow,
    StreetRow,
    UnitRow,
)
from gridward.persistence.tickets.rows import TicketRow

_numbers = count(1)
LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def rectangle(west: float, south: float, east: float, north: float) -> WKTElement:
    """A MULTIPOLYGON of one rectangle, in degrees."""
    ring = f"{west} {south}, {east} {south}, {east} {north}, {west} {north}, {west} {south}"
    return WKTElement(f"MULTIPOLYGON((({ring})))", srid=WGS84)


def point(lon: float, lat: float) -> WKTElement:
    return WKTElement(f"POINT({lon} {lat})", srid=WGS84)


GATHERED = "rows that are built together"


@asynccontextmanager
async def together(session: WriteSession) -> AsyncIterator[None]:
    """What is built meanwhile is stored at the end, all rows of a table at once: a town has a hundred of them.

    Tables come in the order of their first rows.
    """
    gathered: dict[type[Any], list[dict[str, Any]]] = {}
    session.info[GATHERED] = gathered
    try:
        yield
    finally:
        del session.info[GATHERED]
    for row, many in gathered.items():
        await session.execute(insert(row.__table__), many)


async def _keep(session: WriteSession, row: type[Any], values: dict[str, Any]) -> None:
    gathered = session.info.get(GATHERED)
    if gathered is None:
        await session.execute(insert(row).values(values))
    else:
        gathered.setdefault(row, []).append(values)


async def _put(session: WriteSession, row: type[Any], id_column: str, values: dict[str, Any]) -> UUID:
    made = new_id()
    await _keep(session, row, {id_column: made, **values})
    return made


async def jurisdiction(session: WriteSession, name: str = "试验街道", **more: Any) -> UUID:
    values = {
        "name": name,
        "telephone": "0000-10000000",
        "time_zone": "Asia/Shanghai",
        "emergency_numbers": [{"label": "消防", "number": "119"}],
        **more,
    }
    return await _put(session, JurisdictionRow, "jurisdiction_id", values)


async def area(
    session: WriteSession,
    jurisdiction_id: UUID,
    name: str,
    *,
    level: AreaLevel = AreaLevel.community,
    code: str | None = None,
    parent_code: str | None = None,
    boundary: WKTElement | None = None,
) -> UUID:
    values = {
        "jurisdiction_id": jurisdiction_id,
        "code": code or f"4406050{next(_numbers):05d}",
        "level": level.value,
        "name": name,
        "parent_code": parent_code,
        "boundary": boundary,
    }
    area_id = await _put(session, AreaRow, "area_id", values)
    if boundary is not None:
        lies = {"jurisdiction_id": jurisdiction_id, "area_id": area_id, "boundary": boundary, "valid_from": LONG_AGO}
        await _put(session, AreaBoundaryRow, "area_boundary_id", lies)
    return area_id


async def grid(
    session: WriteSession,
    jurisdiction_id: UUID,
    community_id: UUID | None,
    name: str,
    boundary: WKTElement,
    *,
    since: datetime,
    code: str | None = None,
) -> UUID:
    values = {
        "jurisdiction_id": jurisdiction_id,
        "code": code or f"440605001001{next(_numbers):03d}",
        "name": name,
        "kind": GridKind.basic.value,
        "community_id": community_id,
        "valid_from": since,
    }
    grid_id = await _put(session, GridRow, "grid_id", values)
    lies = {"jurisdiction_id": jurisdiction_id, "grid_id": grid_id, "boundary": boundary, "valid_from": since}
    await _put(session, GridBoundaryRow, "grid_boundary_id", lies)
    return grid_id


async def unit(
    session: WriteSession,
    jurisdiction_id: UUID,
    name: str,
    kind: UnitKind,
    *,
    area_id: UUID | None = None,
    is_last_resort: bool = False,
) -> UUID:
    values = {
        "jurisdiction_id": jurisdiction_id,
        "code": f"U{next(_numbers):04d}",
        "name": name,
        "kind": kind.value,
        "telephone": "0000-10000001",
        "area_id": area_id,
        "is_last_resort": is_last_resort,
    }
    return await _put(session, UnitRow, "unit_id", values)


async def service_area(
    session: WriteSession,
    jurisdiction_id: UUID,
    unit_id: UUID,
    boundary: WKTElement,
    kind: ServiceKind,
    since: datetime,
) -> UUID:
    number = next(_numbers)
    values = {
        "jurisdiction_id": jurisdiction_id,
        "unit_id": unit_id,
        "code": f"S{number:04d}",
        "name": f"责任范围{number}",
        "kind": kind.value,
        "boundary": boundary,
        "valid_from": since,
    }
    return await _put(session, ServiceAreaRow, "service_area_id", values)


async def building(
    session: WriteSession, jurisdiction_id: UUID, name: str, lon: float, lat: float, grid_id: UUID | None = None
) -> UUID:
    side = 0.00005
    values = {
        "jurisdiction_id": jurisdiction_id,
        "code": f"B{next(_numbers):05d}",
        "name": name,
        "footprint": rectangle(lon - side, lat - side, lon + side, lat + side),
        "location": point(lon, lat),
        "grid_id": grid_id,
    }
    return await _put(session, BuildingRow, "building_id", values)


async def landmark(session: WriteSession, jurisdiction_id: UUID, name: str, lon: float, lat: float) -> UUID:
    values = {
        "jurisdiction_id": jurisdiction_id,
        "code": f"L{next(_numbers):04d}",
        "name": name,
        "kind": "gate",
        "location": point(lon, lat),
    }
    return await _put(session, LandmarkRow, "landmark_id", values)


async def street(
    session: WriteSession, jurisdiction_id: UUID, name: str, start: tuple[float, float], end: tuple[float, float]
) -> UUID:
    path = WKTElement(f"MULTILINESTRING(({start[0]} {start[1]}, {end[0]} {end[1]}))", srid=WGS84)
    values = {"jurisdiction_id": jurisdiction_id, "code": f"R{next(_numbers):04d}", "name": name, "path": path}
    return await _put(session, StreetRow, "street_id", values)


async def person(
    session: WriteSession,
    jurisdiction_id: UUID,
    name: str,
    phone: str | None = None,
    *,
    community_id: UUID | None = None,
    since: datetime,
) -> UUID:
    """Phones are given out from 1990001…, one each."""
    values = {
        "jurisdiction_id": jurisdiction_id,
        "name": name,
        "phone": phone or f"1990001{next(_numbers):04d}",
        "community_id": community_id,
        "created_at": since,
    }
    return await _put(session, PersonRow, "person_id", values)


async def grant(
    session: WriteSession,
    jurisdiction_id: UUID,
    person_id: UUID,
    role: Role,
    scope_kind: ScopeKind,
    scope_id: UUID,
    *,
    since: datetime,
    until: datetime | None = None,
    is_lead: bool = False,
    community_id: UUID | None = None,
) -> Grant:
    """Stores the grant and gives it back as the domain sees it; ``community_id`` is where a grid's scope lies."""
    values = {
        "jurisdiction_id": jurisdiction_id,
        "person_id": person_id,
        "role": role.value,
        "scope_kind": scope_kind.value,
        "scope_id": scope_id,
        "is_lead": is_lead,
        "valid_from": since,
        "valid_to": until,
    }
    await _put(session, GrantRow, "grant_id", values)
    return Grant(
        role=role,
        scope_kind=scope_kind,
        scope_id=scope_id,
        valid_from=since,
        valid_to=until,
        is_lead=is_lead,
        community_id=scope_id if scope_kind is ScopeKind.community else community_id,
    )


async def stewardship(
    session: WriteSession,
    jurisdiction_id: UUID,
    grid_id: UUID,
    person_id: UUID,
    *,
    since: datetime,
    is_lead: bool = False,
) -> UUID:
    values = {
        "jurisdiction_id": jurisdiction_id,
        "grid_id": grid_id,
        "person_id": person_id,
        "is_lead": is_lead,
        "valid_from": since,
    }
    return await _put(session, StewardshipRow, "stewardship_id", values)


async def signed_in(
    session: WriteSession, jurisdiction_id: UUID, person_id: UUID, now: datetime, device: str = "cookie"
) -> str:
    """A device of that person: the value of its session cookie."""
    token = f"{device}-of-{person_id}"
    values = {
        "token_hash": hashlib.sha256(token.encode()).digest(),
        "session_id": new_id(),
        "jurisdiction_id": jurisdiction_id,
        "person_id": person_id,
        "factors": ["invite"],
        "created_at": now,
        "seen_at": now,
    }
    await _keep(session, SessionRow, values)
    return token


async def ticket(session: WriteSession, jurisdiction_id: UUID, area_id: UUID, *, now: datetime, **more: Any) -> UUID:
    """An open ticket that is nobody's history: for tests of queries that only need it to be there."""
    values = {
        "jurisdiction_id": jurisdiction_id,
        "number_day": now.date(),
        "number_area_id": area_id,
        "short_no": next(_numbers),
        "status": "assigned",
        "is_open": True,
        "version": 1,
        "round": 1,
        "source": "volunteer",
        "category_code": "litter_full",
        "standard_id": new_id(),
        "urgent": False,
        "received_at": now,
        "captured_at": now,
        "order_at": now,
        "paused": False,
        "conflict": False,
        "reports_count": 1,
        "marks": [],
        "search": text("''::tsvector"),
        **more,
    }
    return await _put(session, TicketRow, "ticket_id", values)
