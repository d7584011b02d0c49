"""Whom the names in a standard mean: 主办, 协办, 兜底 by kind and place."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.territory import UnitKind
from gridward.persistence.standards.unit_names import UnitNameLine
from gridward.services.standards import unit_names
from gridward.web.deps import CurrentActor, Now, Read, Write

router = APIRouter(tags=["standards"])


class UnitNameLineShown(BaseModel):
    """What a name means in an area (null: wherever no nearer line holds): a kind of unit found by place, or one unit.

    ``role``: in which part it acts; null: as the column of the standard says.
    """

    model_config = ConfigDict(extra="forbid")

    area_id: UUID | None = None
    unit_kind: UnitKind | None = None
    unit_id: UUID | None = None
    role: Literal["lead", "assist", "last_resort"] | None = None


class UnitNameShown(BaseModel):
    name: str
    conditions: int
    mapped: bool
    lines: list[UnitNameLineShown]


class UnitNamesShown(BaseModel):
    version: datetime | None
    names: list[UnitNameShown]
    unmapped: list[str]


class UnitNameMeant(BaseModel):
    """The lines of one name, which replace those that stand; none: it is not mapped any more."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=200)]
    lines: Annotated[list[UnitNameLineShown], Field(max_length=500)]


class UnitNamesMeant(BaseModel):
    """``based_on``: the version that was read."""

    model_config = ConfigDict(extra="forbid")

    based_on: datetime | None
    names: Annotated[list[UnitNameMeant], Field(min_length=1, max_length=1000)]


@router.get("/standards/{standard_id}/unit-names")
async def names(standard_id: UUID, session: Read, who: CurrentActor) -> UnitNamesShown:
    """The names of units in a standard and what each means; ``unmapped`` lists those that nobody has said yet."""
    return _names(await unit_names.names_of(session, who, standard_id))


@router.put("/standards/{standard_id}/unit-names")
async def map_names(
    standard_id: UUID, meant: UnitNamesMeant, session: Write, who: CurrentActor, at: Now
) -> UnitNamesShown:
    """Say what names mean. Names that are not in the body stay as they are."""
    lines = [
        UnitNameLine(
            name=one.name, area_id=line.area_id, unit_kind=line.unit_kind, unit_id=line.unit_id, role=line.role
        )
        for one in meant.names
        for line in one.lines or [UnitNameLineShown()]
    ]
    return _names(await unit_names.map_names(session, who, standard_id, lines, based_on=meant.based_on, now=at))


def _names(found: unit_names.UnitNames) -> UnitNamesShown:
    return UnitNamesShown(
        version=found.version,
        names=[
            UnitNameShown(
                name=one.name,
                conditions=one.conditions,
                mapped=one.is_mapped,
                lines=[
                    UnitNameLineShown.model_validate(line, from_attributes=True) for line in one.lines if line.is_mapped
                ],
            )
            for one in found.names
        ],
        unmapped=[one.name for one in found.names if not one.is_mapped],
    )
