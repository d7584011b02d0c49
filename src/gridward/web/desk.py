"""The desk's own things: who looks at which ticket, saved views, words used again."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.desk import LONGEST_QUERY, LONGEST_WORDS, Use
from gridward.persistence import desk as stored
from gridward.services import desk
from gridward.web.deps import CurrentActor, Now, Read, Write

router = APIRouter(tags=["desk"])

Words = Annotated[str, Field(max_length=2 * LONGEST_WORDS)]


class LeaseOut(BaseModel):
    """A colleague who has a ticket open."""

    ticket_id: UUID
    person_id: UUID
    name: str


class LeasesOut(BaseModel):
    leases: list[LeaseOut]


@router.put("/tickets/{ticket_id}/lease")
async def look_at_ticket(ticket_id: UUID, session: Write, actor: CurrentActor, now: Now) -> LeasesOut:
    """I have this ticket open for the next two minutes; answers which colleagues have it open too. It stops nobody."""
    others = await desk.look_at(session, actor, ticket_id, now)
    return LeasesOut(leases=[LeaseOut(ticket_id=ticket_id, person_id=one.person_id, name=one.name) for one in others])


@router.delete("/tickets/{ticket_id}/lease", status_code=204)
async def look_away_from_ticket(ticket_id: UUID, session: Write, actor: CurrentActor) -> None:
    """I have closed it."""
    await desk.look_away(session, actor, ticket_id)


class ViewIn(BaseModel):
    """``query``: the address of the desk's list after the question mark."""

    name: Words
    query: Annotated[str, Field(max_length=2 * LONGEST_QUERY)]
    shared: bool = False


class ViewOut(BaseModel):
    view_id: UUID
    name: str
    query: str
    shared: bool
    mine: bool
    owner_name: str


class ViewsOut(BaseModel):
    views: list[ViewOut]


@router.get("/desk/views")
async def list_views(session: Read, actor: CurrentActor) -> ViewsOut:
    """My saved views and those that colleagues share with me."""
    rows = await desk.views(session, actor)
    return ViewsOut(
        views=[
            ViewOut(
                view_id=row.view_id,
                name=row.name,
                query=row.query,
                shared=row.shared,
                mine=row.owner_id == actor.person_id,
                owner_name=row.owner_name,
            )
            for row in rows
        ]
    )


@router.put("/desk/views/{view_id}", status_code=204)
async def keep_view(view_id: UUID, view: ViewIn, session: Write, actor: CurrentActor, now: Now) -> None:
    """Save a list under a name, or change one of mine."""
    await desk.keep_view(
        session, actor, view_id, desk.NewView(name=view.name, query=view.query, shared=view.shared), now
    )


@router.delete("/desk/views/{view_id}", status_code=204)
async def drop_view(view_id: UUID, session: Write, actor: CurrentActor, now: Now) -> None:
    """One of mine is not needed any more."""
    await desk.drop_view(session, actor, view_id, now)


class PhraseIn(BaseModel):
    use: Use
    title: Words
    words: Words


class PhraseOut(BaseModel):
    phrase_id: UUID
    use: Use
    title: str
    words: str


class PhrasesOut(BaseModel):
    phrases: list[PhraseOut]


@router.get("/desk/phrases")
async def list_phrases(session: Read, actor: CurrentActor) -> PhrasesOut:
    """Words that the desk of this jurisdiction uses again and again."""
    require(actor, "phrase:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    rows = await stored.phrases(session, actor.jurisdiction_id)
    return PhrasesOut(phrases=[PhraseOut.model_validate(row, from_attributes=True) for row in rows])


@router.put("/desk/phrases/{phrase_id}", status_code=204)
async def keep_phrase(phrase_id: UUID, phrase: PhraseIn, session: Write, actor: CurrentActor, now: Now) -> None:
    """Add one, or change it."""
    new = desk.NewPhrase(use=phrase.use, title=phrase.title, words=phrase.words)
    await desk.keep_phrase(session, actor, phrase_id, new, now)


@router.delete("/desk/phrases/{phrase_id}", status_code=204)
async def drop_phrase(phrase_id: UUID, session: Write, actor: CurrentActor, now: Now) -> None:
    """Not offered any more; what was written with it stays."""
    await desk.drop_phrase(session, actor, phrase_id, now)
