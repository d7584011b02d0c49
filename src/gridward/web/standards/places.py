"""What kind of place a community or a grid is, and emergencies: where and when which standard holds."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.standards import CommunityType
from gridward.persistence.standards import emergencies as stored
from gridward.persistence.standards.places import PlaceType, place_types
from gridward.services.standards import emergencies, places
from gridward.web.deps import CurrentActor, Now, Read, Write

router = APIRouter(tags=["standards"])

Code = Annotated[str, Field(min_length=1, max_length=40)]


class PlaceTypeShown(BaseModel):
    code: str
    name: str
    is_grid: bool
    community_type: CommunityType | None
    area_class: str | None


class PlaceTypesShown(BaseModel):
    places: list[PlaceTypeShown]


class PlaceTypeMeant(BaseModel):
    """Both null: nothing is said of it any more."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    community_type: CommunityType | None = None
    area_class: Literal["A", "B", "C"] | None = None


class PlaceTypesMeant(BaseModel):
    model_config = ConfigDict(extra="forbid")

    places: Annotated[list[PlaceTypeMeant], Field(min_length=1, max_length=5_000)]


class EmergencyShown(BaseModel):
    """``ends_at``: when it ends by itself; ``ended_at``: when a person ended it before that."""

    emergency_id: UUID
    standard_id: UUID
    scheme: str
    version: int
    name: str
    area_codes: list[str]
    starts_at: datetime
    ends_at: datetime
    ended_at: datetime | None
    notice: str
    on: bool


class EmergenciesShown(BaseModel):
    emergencies: list[EmergencyShown]


class EmergencyMeant(BaseModel):
    """``starts_at`` null: now. No ``area_codes``: everywhere. ``notice``: which notice orders it (文号)."""

    model_config = ConfigDict(extra="forbid")

    standard_id: UUID
    area_codes: Annotated[list[Code], Field(max_length=500)] = []
    starts_at: AwareDatetime | None = None
    ends_at: AwareDatetime
    notice: Annotated[str, Field(max_length=200)] = ""


class EmergencyStarted(BaseModel):
    emergency_id: UUID


@router.get("/place-types")
async def read_place_types(session: Read, who: CurrentActor) -> PlaceTypesShown:
    """Types of communities and classes of areas, as far as anybody has said them."""
    require(who, "standard:read", Subject(jurisdiction_id=who.jurisdiction_id))
    lines = await place_types(session, who.jurisdiction_id)
    return PlaceTypesShown(places=[PlaceTypeShown.model_validate(line, from_attributes=True) for line in lines])


@router.put("/place-types", status_code=204)
async def set_place_types(body: PlaceTypesMeant, session: Write, who: CurrentActor, at: Now) -> None:
    """Say what kind of place areas and grids are; those that are not named stay. What was filed keeps what held then."""
    require(who, "standard:map_units", Subject(jurisdiction_id=who.jurisdiction_id))
    lines = [
        PlaceType(code=one.code, community_type=one.community_type, area_class=one.area_class) for one in body.places
    ]
    await places.set_types(session, who, lines, now=at)


@router.get("/emergencies")
async def read_emergencies(session: Read, who: CurrentActor, at: Now) -> EmergenciesShown:
    """Every emergency there was, newest first."""
    require(who, "standard:read", Subject(jurisdiction_id=who.jurisdiction_id))
    found = await stored.emergencies(session, who.jurisdiction_id)
    return EmergenciesShown(
        emergencies=[
            EmergencyShown(
                emergency_id=one.emergency_id,
                standard_id=one.standard_id,
                scheme=one.scheme,
                version=one.version,
                name=one.name,
                area_codes=list(one.area_codes),
                starts_at=one.starts_at,
                ends_at=one.ends_at,
                ended_at=one.ended_at,
                notice=one.notice,
                on=one.is_on(at),
            )
            for one in found
        ]
    )


@router.post("/emergencies")
async def start_emergency(body: EmergencyMeant, session: Write, who: CurrentActor, at: Now) -> EmergencyStarted:
    """Let a profile hold: what is filed in it pins it, live tickets are not touched. It ends by itself."""
    made = await emergencies.start(
        session,
        who,
        body.standard_id,
        area_codes=body.area_codes,
        starts_at=body.starts_at,
        ends_at=body.ends_at,
        notice=body.notice,
        now=at,
    )
    return EmergencyStarted(emergency_id=made.emergency_id)


@router.post("/emergencies/{emergency_id}/end", status_code=204)
async def end_emergency(emergency_id: UUID, session: Write, who: CurrentActor, at: Now) -> None:
    """End it before its time."""
    await emergencies.end(session, who, emergency_id, now=at)
