"""Vector tiles for any map that reads them: the ground, where units answer, and open tickets.

Tiles are asked for again and again and seldom differ. Each carries a tag made of the newest change of what it shows; who
asks with that tag is told 304 before any shape is looked at. The tag holds what its viewer may see, so a copy left in a
browser by somebody else answers for nobody else. Tickets change often and many desks look at the same ones: who may see the
same of them is given the same tile, made once for each change.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Query, Response
from pydantic import BaseModel

from gridward.domain.accounts import Actor, Subject, require, scope_revision
from gridward.domain.errors import Malformed
from gridward.domain.sync import jurisdiction_scope
from gridward.domain.tickets.words import OPEN
from gridward.domain.tiles import FARTHEST, NEAREST, Tile
from gridward.persistence.changes import state_of
from gridward.persistence.territory.tiles import bounds, ground_state, ground_tile
from gridward.persistence.tickets.asking import Wanted
from gridward.persistence.tickets.tiles import ticket_tile
from gridward.web.deps import AtAGlance, Built, CurrentActor, Now, OneReader, Read, Reader
from gridward.web.tickets.on_map import on_map
from gridward.web.tickets.reading import statuses_of

router = APIRouter(tags=["tiles"])

MVT = "application/vnd.mapbox-vector-tile"
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {MVT: {"schema": {"type": "string", "format": "binary"}}}},
    304: {"description": "Unchanged"},
}


class MapExtent(BaseModel):
    """West, south, east, north of all grids in degrees; null where there are none. Zooms for which tiles are made."""

    bounds: tuple[float, float, float, float] | None
    farthest: int
    nearest: int


def _tile(z: Annotated[int, Path(ge=0)], x: Annotated[int, Path(ge=0)], y: Annotated[int, Path(ge=0)]) -> Tile:
    return Tile(z, x, y)


Asked = Annotated[Tile, Depends(_tile)]
Held = Annotated[str | None, Header(alias="If-None-Match", max_length=400)]


class Tag:
    """What a tile is named by, and whether that is what the sender holds."""

    def __init__(self, held: str | None, actor: Actor, state: str) -> None:
        self.tag = f'"{hashlib.sha256(f"{scope_revision(actor)} {state}".encode()).hexdigest()[:24]}"'
        self.known = held is not None and self.tag in held.replace("W/", "").split(", ")
        self.headers = {"ETag": self.tag, "Cache-Control": "private, no-cache", "Vary": "Cookie"}

    def unchanged(self) -> Response:
        return Response(status_code=304, headers=self.headers)

    def answer(self, tile: bytes) -> Response:
        return Response(tile, media_type=MVT, headers=self.headers)


@router.get("/tiles")
async def extent(session: Read, actor: CurrentActor, at: Now) -> MapExtent:
    """Where a map of this jurisdiction begins."""
    require(actor, "territory:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    return MapExtent(bounds=await bounds(session, actor.jurisdiction_id, at), farthest=FARTHEST, nearest=NEAREST)


@router.get("/tiles/base/{z}/{x}/{y}", response_class=Response, responses=ANSWERS)
async def base_tile(reader: OneReader, actor: CurrentActor, at: Now, tile: Asked, held: Held = None) -> Response:
    """Areas, grids, lanes, houses and names.

    Layers ``area``, ``grid``, ``grid_name``, ``street``, ``building``, ``building_name``, ``landmark``, each from the zoom on at
    which it can be told apart.
    """
    require(actor, "territory:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    return await _ground(reader, actor, "base", tile, at, held)


@router.get("/tiles/service-areas/{z}/{x}/{y}", response_class=Response, responses=ANSWERS)
async def service_area_tile(
    reader: OneReader, actor: CurrentActor, at: Now, tile: Asked, held: Held = None
) -> Response:
    """Where units answer: layers ``service_area`` and ``service_area_name``."""
    require(actor, "territory:read_service_area", Subject(jurisdiction_id=actor.jurisdiction_id))
    return await _ground(reader, actor, "service-areas", tile, at, held)


async def _ground(reader: Reader, actor: Actor, layers: str, tile: Tile, at: datetime, held: str | None) -> Response:
    tag = Tag(held, actor, await ground_state(await reader.glance(), actor.jurisdiction_id))
    if tag.known:
        return tag.unchanged()
    return tag.answer(await ground_tile(await reader.session(), actor.jurisdiction_id, layers, tile, at))


@router.get("/tiles/tickets/{z}/{x}/{y}", response_class=Response, responses=ANSWERS)
async def tickets_tile(
    session: AtAGlance,
    actor: CurrentActor,
    built: Built,
    tile: Asked,
    status: Annotated[str | None, Query(description="open (the default) or open statuses with commas")] = None,
    unit_id: UUID | None = None,
    grid_id: UUID | None = None,
    category: Annotated[str | None, Query(max_length=80)] = None,
    held: Held = None,
) -> Response:
    """Open tickets: layer ``ticket``, and before zoom 12 layer ``cell`` with exact counts.

    A point says ``status``, whether it is ``urgent``, and of its times ``due``, ``near`` (seconds since 1970), ``late`` and
    ``paused``, each only where it is so; from zoom 14 on ``id``, ``no`` and ``category`` too. A cell says how many (``n``),
    how many in each status and ``late``, and the first ``due`` and ``near`` of those that run. What the viewer may not see
    of every ticket within reach is left out.
    """
    reach, shown = on_map(actor, unit_id=unit_id, grid_id=grid_id, category=category)
    statuses = statuses_of(status)
    if not OPEN.issuperset(statuses):
        raise Malformed("query_unreadable", field="status")
    scope = jurisdiction_scope(actor.jurisdiction_id)
    state = await state_of(session, actor.jurisdiction_id, scope)
    tag = Tag(held, actor, state)
    if tag.known:
        return tag.unchanged()
    wanted = Wanted(
        bbox=tile.box, only_open=True, statuses=statuses, unit_id=unit_id, grid_id=grid_id, category=category
    )
    key = (state, reach, shown, tile, tuple(statuses), unit_id, grid_id, category)
    return tag.answer(await built.tiles.get(key, lambda: ticket_tile(session, reach, wanted, tile, shown)))
