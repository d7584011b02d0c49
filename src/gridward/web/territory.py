"""The territory over HTTP: layers as GeoJSON, a place in words, units, and what is the actor's own."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Header, Query, Response
from pydantic import BaseModel

from gridward.domain.accounts import Actor, ScopeKind, Subject, require
from gridward.domain.errors import NotFound
from gridward.domain.sync import scopes_of
from gridward.domain.territory import Language, Layer, describe_place
from gridward.persistence.territory import names
from gridward.persistence.territory.layers import layer_geojson
from gridward.persistence.territory.queries import near_names
from gridward.web.deps import Built, CurrentActor, Now, Read

router = APIRouter(tags=["territory"])

Lon = Annotated[float, Query(ge=-180, le=180, allow_inf_nan=False)]
Lat = Annotated[float, Query(ge=-90, le=90, allow_inf_nan=False)]


class NearOut(BaseModel):
    """Something named near by, nearest first."""

    kind: Literal["building", "street", "landmark"]
    name: str
    distance_m: float


class PlaceWordsOut(BaseModel):
    """``words`` is empty where nothing named lies within 150 m."""

    words: str
    near: list[NearOut]


class UnitOut(BaseModel):
    """A unit; ``is_last_resort``: 兜底 of ``area_id`` and all below it, everywhere when that is null."""

    unit_id: UUID
    code: str
    name: str
    kind: str
    telephone: str | None
    area_id: UUID | None
    is_last_resort: bool


class UnitsOut(BaseModel):
    units: list[UnitOut]


class CommunityNamed(BaseModel):
    community_id: UUID
    name: str


class GridNamed(BaseModel):
    grid_id: UUID
    name: str
    community_id: UUID | None


class UnitNamed(BaseModel):
    unit_id: UUID
    name: str
    kind: str


class MyScopeOut(BaseModel):
    """What the actor follows, and the places and units it lies in. Grids: the steward's own, else the communities'.

    ``stewarded``: the grids whose tickets are the actor's to check, those that its own came from included.
    """

    scopes: list[str]
    stewarded: list[UUID]
    communities: list[CommunityNamed]
    grids: list[GridNamed]
    units: list[UnitNamed]


class BaseMapOut(BaseModel):
    """Tiles of others, ``{x} {y} {z}`` in the Web-Mercator scheme, drawn over one another; to be shown with its owner.

    ``approval`` is its 审图号, or empty. Tiles in GCJ-02 must be moved to WGS-84 where they are drawn.
    """

    tiles: list[str]
    datum: Literal["WGS-84", "CGCS2000", "GCJ-02"]
    attribution: str
    approval: str
    most_zoom: int


class BaseMapAnswer(BaseModel):
    """Null: this installation has none, and nothing foreign is to be asked."""

    base_map: BaseMapOut | None


def whole_of(actor: Actor) -> Subject:
    """The actor's jurisdiction as the policy sees it."""
    return Subject(jurisdiction_id=actor.jurisdiction_id)


GEOJSON = "application/geo+json"
FEATURE_COLLECTION: dict[str, Any] = {
    "type": "object",
    "required": ["type", "features"],
    "properties": {
        "type": {"const": "FeatureCollection"},
        "features": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["type", "id", "geometry", "properties"],
                "properties": {
                    "type": {"const": "Feature"},
                    "id": {"type": "string", "format": "uuid"},
                    "geometry": {"type": ["object", "null"], "additionalProperties": True},
                    "properties": {"type": "object", "additionalProperties": True},
                },
            },
        },
    },
}


@router.get(
    "/territory/{layer}",
    response_class=Response,
    responses={200: {"content": {GEOJSON: {"schema": FEATURE_COLLECTION}}}, 304: {"description": "Unchanged"}},
)
async def territory_layer(
    layer: Layer,
    session: Read,
    actor: CurrentActor,
    at: Now,
    community_id: UUID | None = None,
    if_none_match: Annotated[str | None, Header(max_length=200)] = None,
) -> Response:
    """A layer as a GeoJSON FeatureCollection (WGS-84), of one community or of the whole jurisdiction.

    304 when ``If-None-Match`` has the layer's ``ETag``; 404 for units, which have no shape; 409 ``layer_too_large``.
    """
    require(actor, _action(layer), whole_of(actor))
    if layer is Layer.unit:
        raise NotFound("not_found")
    collection = (await layer_geojson(session, actor.jurisdiction_id, layer, community_id, at)).encode()
    tag = f'W/"{hashlib.sha256(collection).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if if_none_match is not None and tag in if_none_match:
        return Response(status_code=304, headers=headers)
    return Response(collection, media_type=GEOJSON, headers=headers)


def _action(layer: Layer) -> str:
    return "territory:read_service_area" if layer is Layer.service_area else "territory:read"


@router.get("/base-map")
async def base_map(actor: CurrentActor, built: Built) -> BaseMapAnswer:
    """The base map that the operator chose to lie under the grid map when a person asks for it."""
    require(actor, "territory:read", whole_of(actor))
    chosen = built.base_map
    return BaseMapAnswer(base_map=None if chosen is None else BaseMapOut.model_validate(chosen, from_attributes=True))


@router.get("/place-words")
async def place_words(session: Read, actor: CurrentActor, lon: Lon, lat: Lat, lang: Language = "zh") -> PlaceWordsOut:
    """A place as a neighbour would name it, and the names it could be changed to."""
    require(actor, "territory:read", whole_of(actor))
    near = await near_names(session, actor.jurisdiction_id, lon, lat)
    return PlaceWordsOut(
        words=describe_place(near, lang) or "",
        near=[NearOut(kind=one.kind, name=one.name, distance_m=round(one.distance_m, 1)) for one in near],
    )


@router.get("/units")
async def list_units(session: Read, actor: CurrentActor, at: Now) -> UnitsOut:
    """The units that stand, by code."""
    require(actor, "unit:read", whole_of(actor))
    found = await names.units(session, actor.jurisdiction_id, at)
    return UnitsOut(
        units=[
            UnitOut(
                unit_id=unit.unit_id,
                code=unit.code,
                name=unit.name,
                kind=unit.kind,
                telephone=unit.telephone,
                area_id=unit.area_id,
                is_last_resort=unit.is_last_resort,
            )
            for unit in found
        ]
    )


@router.get("/my/scope")
async def my_scope(session: Read, actor: CurrentActor, at: Now) -> MyScopeOut:
    """What is the actor's own: feeds, communities, grids and units."""
    require(actor, "scope:read", Subject(jurisdiction_id=actor.jurisdiction_id, owner_ids=_owners(actor)))
    everywhere = any(grant.scope_kind is ScopeKind.jurisdiction for grant in actor.grants)
    own_communities = {grant.community_id for grant in actor.grants if grant.community_id is not None}
    communities = await names.communities(session, actor.jurisdiction_id, None if everywhere else own_communities)
    own_grids = actor.scope_ids(ScopeKind.grid) | actor.grids
    of_communities = [] if own_grids else [community.id for community in communities]
    grids = await names.grids(session, actor.jurisdiction_id, own_grids, of_communities, at)
    units = [unit for unit in await names.units(session, actor.jurisdiction_id, at) if unit.unit_id in actor.unit_ids]
    return MyScopeOut(
        scopes=list(scopes_of(actor)),
        stewarded=sorted(actor.grids),
        communities=[CommunityNamed(community_id=one.id, name=one.name) for one in communities],
        grids=[GridNamed(grid_id=one.id, name=one.name, community_id=one.community_id) for one in grids],
        units=[UnitNamed(unit_id=unit.unit_id, name=unit.name, kind=unit.kind) for unit in units],
    )


def _owners(actor: Actor) -> frozenset[UUID]:
    return frozenset() if actor.person_id is None else frozenset({actor.person_id})
