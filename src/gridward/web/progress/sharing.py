"""The address of a ticket's progress page, for those who may hand it out."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from gridward.domain.progress import public_place
from gridward.domain.territory import Language
from gridward.persistence import progress
from gridward.persistence.territory.queries import near_names
from gridward.services.progress import sharing
from gridward.web.deps import Built, CurrentActor, Now, Write

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["progress"])


class ProgressLink(BaseModel):
    """``url`` opens for whoever has it, until it is taken back. ``place`` names the place as that page does; empty where
    the community's map names nothing."""

    url: str
    place: str
    due_at: datetime | None


class TakenBack(BaseModel):
    """How many addresses stopped opening."""

    ended: int


@router.put("/progress-link")
async def share_progress(
    ticket_id: UUID,
    session: Write,
    built: Built,
    actor: CurrentActor,
    now: Now,
    lang: Annotated[Language, Query(description="of the words for the place")] = "zh",
) -> ProgressLink:
    """The address that this person hands out for this ticket; asked again it is the same one."""
    shared = await sharing.share(session, built.secret_key, actor, ticket_id, now)
    where = await progress.place_of(session, shared.ticket_id)
    near = () if where.lon is None else await near_names(session, actor.jurisdiction_id, where.lon, where.lat)
    return ProgressLink(
        url=f"{built.public_url}/p/{shared.token}",
        place=public_place(near, where.grid_name, lang),
        due_at=where.due_at,
    )


@router.delete("/progress-link")
async def take_progress_back(ticket_id: UUID, session: Write, actor: CurrentActor, now: Now) -> TakenBack:
    """What this person handed out stops opening."""
    return TakenBack(ended=await sharing.take_back(session, actor, ticket_id, everyones=False, now=now))


@router.delete("/progress-links")
async def take_all_progress_back(ticket_id: UUID, session: Write, actor: CurrentActor, now: Now) -> TakenBack:
    """No address of this ticket's page opens any more, whoever handed it out."""
    return TakenBack(ended=await sharing.take_back(session, actor, ticket_id, everyones=True, now=now))
