"""Where a report would go and why, by the rules in force or by a draft."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.routing.faults import Fault
from gridward.domain.routing.rules import RuleSet
from gridward.services.routing import choose as routing
from gridward.services.routing import publish as publishing
from gridward.web.deps import CurrentActor, Now, Read

router = APIRouter(tags=["routing"])

Lon = Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False, description="Degrees east, WGS-84")]
Lat = Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False, description="Degrees north, WGS-84")]
Accuracy = Annotated[float, Field(ge=0, le=5_000, allow_inf_nan=False, description="Metres")]
Code = Annotated[str, Field(min_length=1, max_length=80)]


class Boundary(BaseModel):
    """A boundary that was asked about; ``changes_unit``: beyond it the rules would mean another unit."""

    of: str
    id: UUID
    name: str
    inside: bool
    boundary_m: float
    changes_unit: bool


class CandidateShown(BaseModel):
    """A unit to think of; ``needed`` is what it lacked (empty: the rules meant it)."""

    unit_id: UUID
    name: str
    kind: str
    source: str
    needed: dict[str, Any]


class TwinShown(BaseModel):
    """An open ticket of the same kind near by."""

    ticket_id: UUID
    distance_m: float
    status: str
    short_no: int


class AskedShown(BaseModel):
    """What the rules were asked about beside the place."""

    category: str
    condition_id: str | None
    condition_named: bool
    urgent: bool
    automatic: bool
    area_class: str | None
    accuracy_m: float | None


class NameShown(BaseModel):
    """A name in the standard, the part in which it acts, and the units it means here."""

    name: str
    role: str
    mapped: bool
    unit_ids: list[UUID]


class Explanation(BaseModel):
    """What the rules say of a place and a kind, and why; a ticket keeps the same of its own routing."""

    asked: AskedShown
    rule_id: str | None
    rule_name: str | None
    version: int
    outcome: str
    unit_id: UUID | None
    unit_kind: str | None
    role: str | None
    meant_unit_id: UUID | None
    grid_id: UUID | None
    sure: bool
    doubts: list[str]
    boundaries: list[Boundary]
    nearest_change_m: float | None
    nearest_change_id: UUID | None
    accuracy_m: float | None
    reach_m: float | None
    candidates: list[CandidateShown]
    assists: list[UUID]
    names: list[NameShown] = []
    twins: list[TwinShown]


class Trial(BaseModel):
    """A place and a kind to try, with the rules in force or with a draft."""

    model_config = ConfigDict(extra="forbid")

    lon: Lon
    lat: Lat
    accuracy_m: Accuracy = 10.0
    category: Code
    condition: Code | None = None
    rules: list[dict[str, Any]] | None = Field(None, max_length=500)
    duties: list[dict[str, Any]] | None = Field(None, max_length=5_000)


class Tried(BaseModel):
    """``faults`` would stop the draft from being published; ``choice`` is what it says all the same."""

    choice: Explanation
    faults: list[dict[str, Any]]


@router.get("/explain")
async def explain(
    session: Read,
    who: CurrentActor,
    at: Now,
    lon: Annotated[Lon, Query()],
    lat: Annotated[Lat, Query()],
    category: Annotated[Code, Query()],
    accuracy_m: Annotated[Accuracy, Query()] = 10.0,
    condition: Annotated[Code | None, Query()] = None,
) -> Explanation:
    """Where a report of this kind at this place would go now, and why. Nothing is filed."""
    place = routing.Place(lon=lon, lat=lat, accuracy_m=accuracy_m)
    choice = await routing.explain(session, who, place, category=category, condition_id=condition, at=at)
    return Explanation.model_validate(choice.as_json())


@router.post("/routing/try")
async def try_rules(trial: Trial, session: Read, who: CurrentActor, at: Now) -> Tried:
    """Ask the rules in force, or a draft, about one place and kind. Nothing is stored."""
    require(who, "rules:try", Subject(jurisdiction_id=who.jurisdiction_id))
    rule_set: RuleSet | None = None
    faults: tuple[Fault, ...] = ()
    if trial.rules is not None:
        rule_set, faults = await publishing.draft(session, who, trial.rules, trial.duties, at=at)
    place = routing.Place(lon=trial.lon, lat=trial.lat, accuracy_m=trial.accuracy_m)
    choice = await routing.explain(
        session, who, place, category=trial.category, condition_id=trial.condition, at=at, rule_set=rule_set
    )
    return Tried(choice=Explanation.model_validate(choice.as_json()), faults=[fault.as_json() for fault in faults])
