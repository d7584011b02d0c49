"""What of a ticket everybody may see: looked at, covered where need be, and said so by somebody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel, Field

from gridward.domain.accounts import POLICY, Actor, Grant, Relation, ScopeKind, may, require
from gridward.domain.errors import Forbidden, NotFound
from gridward.domain.progress import Decision, fit, is_offered, is_result, read_boxes
from gridward.domain.tickets.numbers import spoken_number
from gridward.persistence import progress
from gridward.persistence.entries import new_id
from gridward.services.evidence.uploading import public_key
from gridward.services.progress import clearing
from gridward.services.progress.sharing import standing
from gridward.web.deps import Built, CurrentActor, Now, OneReader, Read, Write

router = APIRouter(tags=["progress"])

MOST_WAITING = 50

AS_PICTURE = {
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Accept-Ranges": "none",
}


class ClearingPhoto(BaseModel):
    """A photo and what was decided about it. ``boxes`` are covered parts, ``[x, y, width, height]`` as fractions;
    ``copy_id`` changes with each new copy, null: everybody sees none."""

    sha256: str
    kind: str
    after: bool
    hidden: bool
    width: int
    height: int
    decision: Literal["cleared", "kept_back"] | None
    boxes: list[list[float]]
    copy_id: str | None
    decided_at: datetime | None


class ClearingWords(BaseModel):
    """The unit's newest sentence. ``fit`` false: something in it looks like a phone or house number, nobody may clear it."""

    text_id: UUID
    body: str
    fit: bool
    decision: Literal["cleared", "kept_back"] | None


class Clearing(BaseModel):
    """``links``: how many addresses of the page open now; ``may_take_back`` all of them."""

    ticket_id: UUID
    links: int
    may_take_back: bool
    photos: list[ClearingPhoto]
    words: ClearingWords | None


class PhotoDecision(BaseModel):
    """``cleared`` shows the photo with ``boxes`` covered; ``kept_back`` leaves it inside."""

    decision: Literal["cleared", "kept_back"]
    boxes: list[Annotated[list[float], Field(min_length=4, max_length=4)]] = Field(default_factory=list, max_length=100)


class WordsDecision(BaseModel):
    decision: Literal["cleared", "kept_back"]


@router.get("/tickets/{ticket_id}/public")
async def what_is_public(ticket_id: UUID, session: Read, actor: CurrentActor) -> Clearing:
    """Everything about a ticket that could be shown to everybody, and what was decided about it."""
    found, subject = await standing(session, actor, ticket_id)
    require(actor, clearing.ACTION, subject)
    said = await progress.unit_sentence(session, found)
    shown = {one.sha256: one for one in await progress.photos_to_decide(session, found) if is_offered(one.kind)}
    return Clearing(
        ticket_id=found,
        links=await progress.links(session, found),
        may_take_back=may(actor, "progress:take_back", subject),
        photos=[
            ClearingPhoto(
                sha256=one.sha256,
                kind=one.kind,
                after=is_result(one.kind),
                hidden=one.hidden_at is not None,
                width=one.width,
                height=one.height,
                decision=one.decision,
                boxes=one.boxes or [],
                copy_id=one.rendition_id.hex if one.rendition_id else None,
                decided_at=one.decided_at,
            )
            for one in shown.values()
        ],
        words=ClearingWords(text_id=said.text_id, body=said.body, fit=fit(said.body), decision=said.decision)
        if said is not None
        else None,
    )


async def made(
    ticket_id: UUID, sha256: str, decided: PhotoDecision, one: OneReader, built: Built, actor: CurrentActor
) -> clearing.Copy | None:
    """The copy that everybody will see. Nothing is open in the database while it is made."""
    boxes = read_boxes(decided.boxes)
    _, photo_id = await clearing.photo_to_clear(await one.session(), actor, ticket_id, sha256)
    await one.close()
    if decided.decision == Decision.kept_back:
        return None
    return await clearing.make_copy(photo_id, boxes, rendition_id=new_id(), pictures=built.pictures, blobs=built.blobs)


@router.put("/tickets/{ticket_id}/public/photos/{sha256}", status_code=204)
async def decide_photo(
    ticket_id: UUID,
    sha256: str,
    copy: Annotated[clearing.Copy | None, Depends(made)],
    session: Write,
    actor: CurrentActor,
    now: Now,
) -> None:
    """Show a photo to everybody, with parts covered, or keep it inside; the last word counts."""
    await clearing.decide_photo(session, actor, ticket_id, sha256, copy, now=now)


@router.put("/tickets/{ticket_id}/public/words/{text_id}", status_code=204)
async def decide_words(
    ticket_id: UUID, text_id: UUID, decided: WordsDecision, session: Write, actor: CurrentActor, now: Now
) -> None:
    """Show the unit's newest sentence to everybody, or keep it inside; the last word counts."""
    await clearing.decide_words(session, actor, ticket_id, text_id, Decision(decided.decision), now=now)


@router.get(
    "/tickets/{ticket_id}/public/copies/{sha256}",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}},
)
async def public_copy(ticket_id: UUID, sha256: str, one: OneReader, built: Built, actor: CurrentActor) -> Response:
    """The copy of a photo as everybody sees it: for whoever decides about it."""
    session = await one.session()
    found, subject = await standing(session, actor, ticket_id)
    require(actor, clearing.ACTION, subject)
    photos = await progress.photos_to_decide(session, found, sha256)
    await one.close()
    copy_id = next((photo.rendition_id for photo in photos if photo.rendition_id is not None), None)
    if copy_id is None:
        raise NotFound("progress.no_copy")
    return Response(await built.blobs.get(public_key(copy_id)), media_type="image/jpeg", headers=AS_PICTURE)


class Waiting(BaseModel):
    """A ticket whose page somebody has handed out, with a photo that nobody has decided about."""

    ticket_id: UUID
    short_no: str
    status: str
    category: str
    category_name: str | None
    shared_at: datetime


class WaitingList(BaseModel):
    tickets: list[Waiting]


@router.get("/public/waiting")
async def waiting_for_a_look(session: Read, actor: CurrentActor) -> WaitingList:
    """What this person should look at so that everybody can see it; the longest shared first, at most 50."""
    row = POLICY[clearing.ACTION]
    grants = [grant for grant in actor.grants if grant.role in row]
    if not grants:
        raise Forbidden("not_permitted", action=clearing.ACTION)
    in_area = [grant for grant in grants if Relation.own_area in row[grant.role]]
    rows = await progress.waiting(
        session,
        actor.jurisdiction_id,
        everywhere=any(grant.scope_kind is ScopeKind.jurisdiction for grant in in_area),
        community_ids=[grant.community_id for grant in in_area if grant.community_id is not None],
        grid_ids=_own_grids(actor, grants),
        limit=MOST_WAITING,
    )
    return WaitingList(
        tickets=[
            Waiting(
                ticket_id=one.ticket_id,
                short_no=spoken_number(one.short_no),
                status=one.status,
                category=one.category_code,
                category_name=one.category_name,
                shared_at=one.shared_at,
            )
            for one in rows
        ]
    )


def _own_grids(actor: Actor, grants: Sequence[Grant]) -> list[UUID]:
    if not any(Relation.own_grid in POLICY[clearing.ACTION][grant.role] for grant in grants):
        return []
    named = {grant.scope_id for grant in grants if grant.scope_kind is ScopeKind.grid}
    return sorted(named | actor.grids)
