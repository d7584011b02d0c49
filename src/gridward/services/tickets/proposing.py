"""From what a dispatcher pasted to what it would become: place, kind, unit, twins. Nothing is stored."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from gridward.domain.accounts import Actor, ScopeKind, Subject, require
from gridward.domain.errors import NotFound
from gridward.domain.routing.choice import Choice
from gridward.domain.standards import Standard
from gridward.domain.tickets.intake import (
    Message,
    NamedPlace,
    SaidPlace,
    beyond_places,
    places_said,
    read_message,
    windows,
)
from gridward.domain.tickets.intake_kinds import Likely, likely_kinds
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.persistence.standards.queries import current_standard
from gridward.persistence.territory.names import things_named
from gridward.services.routing import choose as routing


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What was pasted, and what a person has settled already: each overrules what the text would say."""

    text: str
    place: routing.Place | None = None
    category: str | None = None
    condition_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """``choice`` is what the rules say of the kind and place that the proposal starts with; None while one is missing."""

    message: Message
    places: tuple[SaidPlace, ...]
    kinds: tuple[Likely, ...]
    standard: Standard
    category: str | None
    condition_id: str | None
    place: routing.Place | None
    choice: Choice | None


async def propose(session: ReadSession, actor: Actor, wish: Wish, now: datetime) -> Proposal:
    """What a report of this text would be.

    Raises:
        Forbidden: ``not_permitted``: whoever may not file for others.
        Malformed: ``message_too_long``. NotFound: ``standard.none``: no standard is in force.
    """
    require(actor, "report:file_on_behalf", Subject(jurisdiction_id=actor.jurisdiction_id))
    zone = await time_zone_of(session, actor.jurisdiction_id)
    standard = await current_standard(session, actor.jurisdiction_id, now.astimezone(zone).date())
    message = read_message(wish.text, now, zone)
    known = await _known(session, actor, windows(message.note))

    places = places_said(message.note, known)
    kinds = likely_kinds(beyond_places(message.note, places), standard)
    category, condition_id = _kind(wish, kinds)
    place = wish.place or _place(places)

    choice = None
    if category is not None and place is not None:
        choice = await _choice(session, actor, place, category, condition_id, now)
    return Proposal(
        message=message,
        places=places,
        kinds=kinds,
        standard=standard,
        category=category,
        condition_id=condition_id,
        place=place,
        choice=choice,
    )


async def _known(session: ReadSession, actor: Actor, words: Iterable[str]) -> list[NamedPlace]:
    communities = actor.scope_ids(ScopeKind.community)
    rows = await things_named(session, actor.jurisdiction_id, dict.fromkeys(words), communities)
    return [NamedPlace(**row._mapping) for row in rows]


def _kind(wish: Wish, kinds: Sequence[Likely]) -> tuple[str | None, str | None]:
    if wish.category is not None:
        return wish.category, wish.condition_id
    return (kinds[0].category, kinds[0].condition_id) if kinds else (None, None)


def _place(places: Sequence[SaidPlace]) -> routing.Place | None:
    if not places:
        return None
    first = places[0]
    return routing.Place(lon=first.lon, lat=first.lat, accuracy_m=first.accuracy_m)


async def _choice(
    session: ReadSession, actor: Actor, place: routing.Place, category: str, condition_id: str | None, now: datetime
) -> Choice | None:
    """What the rules say; None where the standard of that place does not know the kind: then a person names another."""
    try:
        return await routing.explain(session, actor, place, category=category, condition_id=condition_id, at=now)
    except NotFound as unknown:
        if unknown.code in ("category.unknown", "condition.unknown"):
            return None
        raise
