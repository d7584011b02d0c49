"""Tickets on a map that tiles cannot choose: by words, by age, by a shape that somebody drew."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import AwareDatetime, BaseModel

from gridward.persistence.tickets.asking import Wanted
from gridward.persistence.tickets.points import points
from gridward.web.deps import AtAGlance, CurrentActor
from gridward.web.tickets.on_map import Within, corners_of, on_map
from gridward.web.tickets.reading import searched, statuses_of

router = APIRouter(tags=["tickets"])

MOST = 2_000


class TicketPoint(BaseModel):
    """A ticket on a map, in a tile's words: times are seconds since 1970. What the viewer may not see is absent."""

    id: UUID
    lon: float
    lat: float
    status: str
    urgent: bool | None = None
    paused: bool | None = None
    due: int | None = None
    near: int | None = None
    late: bool | None = None
    no: int | None = None
    category: str | None = None


class TicketPoints(BaseModel):
    """``cut``: there are more; these are the newest 2,000."""

    points: list[TicketPoint]
    cut: bool


@router.get("/tickets/points", response_model=TicketPoints)
async def ticket_points(
    session: AtAGlance,
    actor: CurrentActor,
    status: Annotated[str | None, Query(description="open (the default), all, or statuses with commas")] = None,
    unit_id: UUID | None = None,
    grid_id: UUID | None = None,
    category: Annotated[str | None, Query(max_length=80)] = None,
    text: Annotated[str | None, Query(max_length=80, description="words, 037, or an official number")] = None,
    received_before: AwareDatetime | None = None,
    received_after: AwareDatetime | None = None,
    within: Within = None,
) -> Response:
    """At most 2,000 points; which are meant by a shape, by words or by age."""
    reach, shown = on_map(actor, unit_id=unit_id, grid_id=grid_id, category=category)
    wanted = Wanted(
        limit=MOST + 1,
        statuses=statuses_of(status),
        any_status=status == "all",
        unit_id=unit_id,
        grid_id=grid_id,
        category=category,
        received_before=received_before,
        received_after=received_after,
        within=corners_of(within) if within else None,
        **await searched(session, text, actor),
    )
    found = await points(session, reach, wanted, shown)
    cut = "true" if len(found) > MOST else "false"
    return Response(f'{{"points":[{",".join(found[:MOST])}],"cut":{cut}}}', media_type="application/json")
