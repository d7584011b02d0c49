"""What belongs to the desk itself: who looks at which ticket, saved views, words used again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import POLICY, Actor, Grant, Relation, Subject, may_anywhere, require
from gridward.domain.desk import (
    LEASE,
    LONGEST_NAME,
    LONGEST_TITLE,
    LONGEST_WORDS,
    MOST_PHRASES,
    MOST_VIEWS,
    Use,
    check_room,
    named,
    view_query,
)
from gridward.domain.errors import Forbidden, Malformed, NotFound
from gridward.persistence import desk
from gridward.persistence.database import ReadSession, WriteSession
from gridward.services.noting import note


async def look_at(session: WriteSession, actor: Actor, ticket_id: UUID, now: datetime) -> Sequence[Any]:
    """Tell the others that this person has the ticket open for the next two minutes; who has it open now.

    Raises:
        NotFound: ``ticket_unknown``. Forbidden: ``not_permitted``.
    """
    place = await _place(session, actor, ticket_id)
    await desk.hold_lease(
        session,
        {
            "ticket_id": ticket_id,
            "person_id": actor.person_id,
            "jurisdiction_id": place.jurisdiction_id,
            "community_id": place.community_id,
            "until_at": now + LEASE,
        },
        now,
    )
    return [one for one in await desk.leases(session, now, ticket_id) if one.person_id != actor.person_id]


async def look_away(session: WriteSession, actor: Actor, ticket_id: UUID) -> None:
    """End it; that it had ended already is no error. Raises as :func:`look_at`."""
    await _place(session, actor, ticket_id)
    assert actor.person_id is not None
    await desk.end_lease(session, ticket_id, actor.person_id)


async def _place(session: WriteSession, actor: Actor, ticket_id: UUID) -> Any:
    place = await desk.ticket_place(session, ticket_id)
    if place is None or place.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("ticket_unknown")
    require(actor, "ticket:lease", Subject(jurisdiction_id=place.jurisdiction_id, community_id=place.community_id))
    return place


async def views(session: ReadSession, actor: Actor) -> Sequence[Any]:
    """The actor's own views and those that are shared with the actor's desk. Raises: Forbidden: ``not_permitted``."""
    if not may_anywhere(actor, "saved_view:read"):
        raise Forbidden("not_permitted", action="saved_view:read")
    assert actor.person_id is not None
    desks = _desk_grants(actor)
    return await desk.views_for(
        session,
        actor.jurisdiction_id,
        actor.person_id,
        everywhere=any(grant.community_id is None for grant in desks),
        community_ids=sorted(grant.community_id for grant in desks if grant.community_id is not None),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewView:
    """A list of the desk as its address says it, under a name."""

    name: str
    query: str
    shared: bool


async def keep_view(session: WriteSession, actor: Actor, view_id: UUID, new: NewView, now: datetime) -> None:
    """Save a view, or change one's own. Sent again it changes nothing.

    Raises:
        Forbidden: ``not_permitted``, also for another person's. Malformed: ``title_missing``, ``words_too_long``,
        ``view_unreadable``. Conflict: ``desk_full``. NotFound: ``view_unknown``: of another jurisdiction.
    """
    known = await desk.view_by_id(session, view_id)
    if known is not None and known.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("view_unknown")
    owner_id = actor.person_id if known is None else known.owner_id
    _require_view(actor, owner_id)
    name, query = named(new.name, LONGEST_NAME), view_query(new.query)
    if known is not None and (known.name, known.query, known.shared) == (name, query, new.shared):
        return
    assert actor.person_id is not None
    if known is None:
        check_room(await desk.count_views(session, actor.person_id), MOST_VIEWS)
    values = {
        "view_id": view_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "owner_id": owner_id,
        "community_id": _desk_community(actor),
        "shared": new.shared,
        "name": name,
        "query": query,
        "changed_at": now,
    }
    await desk.keep_view(session, values)
    await note(session, actor, "saved_view.kept", "saved_view", view_id, {"shared": new.shared}, now)


async def drop_view(session: WriteSession, actor: Actor, view_id: UUID, now: datetime) -> None:
    """That it is gone already is no error. Raises: Forbidden: ``not_permitted``: another person's."""
    known = await desk.view_by_id(session, view_id)
    here = known is not None and known.jurisdiction_id == actor.jurisdiction_id
    _require_view(actor, known.owner_id if known is not None and here else actor.person_id)
    if not here:
        return
    await desk.drop_view(session, view_id)
    await note(session, actor, "saved_view.dropped", "saved_view", view_id, {}, now)


def _require_view(actor: Actor, owner_id: UUID | None) -> None:
    owners = frozenset() if owner_id is None else frozenset({owner_id})
    require(actor, "saved_view:keep", Subject(jurisdiction_id=actor.jurisdiction_id, owner_ids=owners))


def _desk_grants(actor: Actor) -> list[Grant]:
    """The roles by which the actor works at a desk."""
    return [grant for grant in actor.grants if Relation.own_area in POLICY["ticket:read_trays"].get(grant.role, ())]


def _desk_community(actor: Actor) -> UUID | None:
    """The community whose desk a shared view is for; None: the desk of the whole jurisdiction."""
    places = {grant.community_id for grant in _desk_grants(actor)}
    return None if None in places else min((place for place in places if place is not None), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPhrase:
    use: Use
    title: str
    words: str


async def keep_phrase(session: WriteSession, actor: Actor, phrase_id: UUID, new: NewPhrase, now: datetime) -> None:
    """Add a phrase to the jurisdiction's list or change one.

    Raises:
        Forbidden: ``not_permitted``. Malformed: ``title_missing``, ``words_too_long``. Conflict: ``desk_full``.
        NotFound: ``phrase_unknown``: of another jurisdiction.
    """
    require(actor, "phrase:keep", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await desk.phrase_by_id(session, phrase_id)
    if known is not None and known.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("phrase_unknown")
    title, words = named(new.title, LONGEST_TITLE), new.words.strip()
    if not words:
        raise Malformed("title_missing")
    if len(words) > LONGEST_WORDS:
        raise Malformed("words_too_long", most=LONGEST_WORDS)
    if known is not None and (known.use, known.title, known.words) == (new.use, title, words):
        return
    if known is None:
        check_room(len(await desk.phrases(session, actor.jurisdiction_id)), MOST_PHRASES)
    values = {
        "phrase_id": phrase_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "use": new.use.value,
        "title": title,
        "words": words,
        "changed_at": now,
    }
    await desk.keep_phrase(session, values)
    await note(session, actor, "phrase.kept", "phrase", phrase_id, {"use": new.use.value}, now)


async def drop_phrase(session: WriteSession, actor: Actor, phrase_id: UUID, now: datetime) -> None:
    """Not offered any more; that it is gone already is no error. Raises: Forbidden: ``not_permitted``."""
    require(actor, "phrase:keep", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await desk.phrase_by_id(session, phrase_id)
    if known is None or known.jurisdiction_id != actor.jurisdiction_id:
        return
    await desk.drop_phrase(session, phrase_id)
    await note(session, actor, "phrase.dropped", "phrase", phrase_id, {"use": known.use}, now)
