"""The address for a unit that never signs in, for the desk that hands it out."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from gridward.services.unit_links import sharing
from gridward.web.deps import Built, CurrentActor, Now, Read, Write

router = APIRouter(prefix="/tickets/{ticket_id}", tags=["unit_links"])


class UnitLink(BaseModel):
    """``url`` acts for the unit until ``expires_at``, for whoever has it. ``name`` and ``phone``: who used it, if anybody."""

    url: str
    unit_id: UUID
    expires_at: datetime
    name: str | None
    phone: str | None


class UnitLinkStanding(BaseModel):
    """The address that opens now; null: there is none."""

    link: UnitLink | None


class UnitLinksEnded(BaseModel):
    """How many addresses stopped opening."""

    ended: int


def _shown(origin: str, shared: sharing.Shared) -> UnitLink:
    return UnitLink(
        url=f"{origin}/u/{shared.token}",
        unit_id=shared.unit_id,
        expires_at=shared.expires_at,
        name=shared.name,
        phone=shared.phone,
    )


@router.put("/unit-link")
async def share_unit_link(ticket_id: UUID, session: Write, built: Built, actor: CurrentActor, now: Now) -> UnitLink:
    """单案链接: the address for the unit that has this ticket now; asked again while it opens it is the same one."""
    return _shown(built.public_url, await sharing.share(session, built.secret_key, actor, ticket_id, now))


@router.get("/unit-link")
async def look_at_unit_link(
    ticket_id: UUID, session: Read, built: Built, actor: CurrentActor, now: Now
) -> UnitLinkStanding:
    """Whether an address opens, and who used it."""
    shared = await sharing.look(session, built.secret_key, actor, ticket_id, now)
    return UnitLinkStanding(link=None if shared is None else _shown(built.public_url, shared))


@router.delete("/unit-link")
async def take_unit_link_back(ticket_id: UUID, session: Write, actor: CurrentActor, now: Now) -> UnitLinksEnded:
    """No address of this ticket acts for a unit any more."""
    return UnitLinksEnded(ended=await sharing.take_back(session, actor, ticket_id, now))
