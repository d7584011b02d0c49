"""Changing territory over HTTP: shown first, published as shown, listed; and tickets counted by grid, then or now."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

import shapely
from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from shapely.errors import ShapelyError
from shapely.geometry import shape
from shapely.geometry.base import BaseGeometry

from gridward.domain.accounts import Subject, require
from gridward.domain.errors import Malformed
from gridward.domain.territory_change import ChangeKind, Consent, Wanted
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.territory import change as stored
from gridward.persistence.territory import figures
from gridward.services.territory import change
from gridward.services.territory.proposing import Proposal
from gridward.web.deps import CurrentActor, Now, Read, Write

router = APIRouter(tags=["territory"])

Code = Annotated[str, Field(min_length=1, max_length=80)]
MOST_POINTS = 200_000
LONGEST_PERIOD = timedelta(days=3 * 366)


class WantedGrid(BaseModel):
    """A grid as it shall be. ``geometry``: GeoJSON Polygon or MultiPolygon in WGS-84, longitude first."""

    model_config = ConfigDict(extra="forbid")

    code: Code
    name: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    geometry: dict[str, Any] | None = None


class ChangeProposal(BaseModel):
    """What is wanted from a day on (local date; today means from now on).

    ``merge``: ``grids`` become the one of ``wanted``. ``split``: the one of ``grids`` becomes those of ``wanted``, by their
    geometries or cut in two by ``line`` (west first). ``redraw``: ``wanted`` get these geometries.
    """

    model_config = ConfigDict(extra="forbid")

    kind: Literal["redraw", "merge", "split"]
    from_on: date = Field(alias="from")
    grids: list[Code] = Field(default_factory=list, max_length=500)
    wanted: list[WantedGrid] = Field(max_length=500)
    line: list[tuple[float, float]] = Field(default_factory=list, max_length=1_000)
    lead_of: Code | None = None

    def read(self) -> Proposal:
        return Proposal(
            kind=ChangeKind(self.kind),
            on=self.from_on,
            grids=tuple(self.grids),
            wanted=tuple(Wanted(code=one.code, name=one.name, geometry=_geometry(one)) for one in self.wanted),
            line=tuple(self.line),
            lead_of=self.lead_of,
        )


class ChangePublication(ChangeProposal):
    """The same, with what its author has seen (the preview's ``seen``) and agreed to."""

    seen: Annotated[str, Field(max_length=64)]
    consents: list[Literal["past", "outside"]] = Field(default_factory=list, max_length=2)


class ChangedLine(BaseModel):
    """A grid that is made, redrawn or ends. ``before`` and ``after`` are GeoJSON geometries as text."""

    id: UUID
    code: str
    name: str
    is_new: bool
    ends: bool
    before_m2: float
    after_m2: float
    gained_m2: float
    lost_m2: float
    before: str | None
    after: str | None


class MovedBuildings(BaseModel):
    from_code: str | None
    to_code: str | None
    things: int


class BuildingOutside(BaseModel):
    name: str
    from_code: str
    lon: float
    lat: float


class TicketsKept(BaseModel):
    """Open tickets keep grid and unit; stewards of ``duty`` look after them."""

    code: str
    open: int
    elsewhere: int
    with_unit: int
    duty: list[str]


class StewardGoesOn(BaseModel):
    person_id: UUID
    name: str
    from_code: str
    to_code: str
    was_lead: bool
    is_lead: bool


class RuleConcerned(BaseModel):
    place: str
    name: str
    carried: bool


class ServiceAreaConcerned(BaseModel):
    code: str
    name: str
    kind: str
    unit_name: str
    moved_m2: float


class GroundPatch(BaseModel):
    """Ground claimed twice (``other``) or by nobody; ``ground`` is a GeoJSON geometry as text."""

    code: str
    other: str | None
    area_m2: float
    lon: float
    lat: float
    ground: str


class Succession(BaseModel):
    from_code: str
    to_code: str


class ChangePreview(BaseModel):
    """What a change would move; nothing is moved yet. ``faults`` forbid it, ``needs`` must be agreed to."""

    kind: str
    from_on: date = Field(alias="from")
    at: datetime
    past: bool
    seen: str
    needs: list[str]
    counts: dict[str, float]
    received_since: int
    succession: list[Succession]
    grids_outside: list[str]
    faults: list[dict[str, Any]]
    lines: list[ChangedLine]
    buildings: list[MovedBuildings]
    outside: list[BuildingOutside]
    tickets: list[TicketsKept]
    stewards: list[StewardGoesOn]
    rules: list[RuleConcerned]
    service_areas: list[ServiceAreaConcerned]
    overlaps: list[GroundPatch]
    gaps: list[GroundPatch]


class ChangePublished(BaseModel):
    change_id: UUID
    at: datetime


class TerritoryChange(BaseModel):
    """One act; ``in_force_at`` null: its day has not come. ``counts`` are those its author was shown."""

    change_id: UUID
    kind: str
    valid_from: datetime
    published_at: datetime
    in_force_at: datetime | None
    codes: list[str]
    counts: dict[str, float]


class TerritoryChanges(BaseModel):
    changes: list[TerritoryChange]


class GridCounts(BaseModel):
    """One grid's tickets; ``grid_id`` null: in no grid."""

    grid_id: UUID | None
    code: str | None
    name: str | None
    community_id: UUID | None
    ended_at: datetime | None
    received: int
    closed: int
    open: int
    breached: int


class TicketsByGrid(BaseModel):
    """``received`` and ``closed`` in the period; ``open`` at its end, ``breached`` of those."""

    since: datetime
    until: datetime
    territory: figures.Territory
    grids: list[GridCounts]


def _geometry(one: WantedGrid) -> BaseGeometry | None:
    if one.geometry is None:
        return None
    try:
        made = shape(one.geometry)
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        raise Malformed("geometry_unreadable", field="geometry", text=one.code) from None
    if shapely.get_num_coordinates(made) > MOST_POINTS:
        raise Malformed("geometry_too_detailed", field="geometry", text=one.code, most=MOST_POINTS)
    return made


@router.post("/territory/changes/preview")
async def preview_change(proposal: ChangeProposal, session: Write, who: CurrentActor, at: Now) -> ChangePreview:
    """What a change would move: ground, buildings, open tickets, stewards, rules. Nothing is kept of it."""
    made = await change.preview(session, who, proposal.read(), at)
    return ChangePreview.model_validate(made.as_json())


@router.post("/territory/changes")
async def publish_change(proposal: ChangePublication, session: Write, who: CurrentActor, at: Now) -> ChangePublished:
    """Make a change, all of it or nothing. 409 ``territory_moved_on``: look again. ``territory_refused`` has ``faults``."""
    change_id, made = await change.publish(
        session, who, proposal.read(), seen=proposal.seen, consents=[Consent(one) for one in proposal.consents], now=at
    )
    return ChangePublished(change_id=change_id, at=made.at)


@router.get("/territory/changes")
async def list_changes(session: Read, who: CurrentActor) -> TerritoryChanges:
    """Changes made and planned, the latest day first."""
    require(who, "territory:read_changes", Subject(jurisdiction_id=who.jurisdiction_id))
    rows = await stored.changes(session, who.jurisdiction_id)
    return TerritoryChanges(
        changes=[
            TerritoryChange(
                change_id=row.change_id,
                kind=row.kind,
                valid_from=row.valid_from,
                published_at=row.published_at,
                in_force_at=row.in_force_at,
                codes=row.facts["codes"],
                counts={name: one for name, one in row.facts.items() if isinstance(one, int | float)},
            )
            for row in rows
        ]
    )


@router.get("/territory/figures")
async def count_tickets(
    session: Read,
    who: CurrentActor,
    at: Now,
    first: Annotated[date, Query(alias="from", description="First local day")],
    last: Annotated[date, Query(alias="to", description="Last local day")],
    territory: figures.Territory = figures.Territory.then,
    community_id: UUID | None = None,
) -> TicketsByGrid:
    """Tickets by grid: as each was filed (``then``), or by its place under the boundaries that hold now (``now``)."""
    require(who, "territory:count", Subject(jurisdiction_id=who.jurisdiction_id, community_id=community_id))
    if last < first or last - first > LONGEST_PERIOD:
        raise Malformed("period_unreadable", field="to", text=last.isoformat())
    zone = await time_zone_of(session, who.jurisdiction_id)
    since = datetime.combine(first, time.min, zone)
    until = datetime.combine(last + timedelta(days=1), time.min, zone)
    counted = await figures.tickets_by_grid(
        session,
        who.jurisdiction_id,
        since=since,
        until=until,
        territory=territory,
        community_id=community_id,
        at=at,
    )
    made = [GridCounts(**{name: getattr(one, name) for name in GridCounts.model_fields}) for one in counted]
    return TicketsByGrid(since=since, until=until, territory=territory, grids=made)
