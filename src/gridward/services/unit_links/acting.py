"""What somebody of a unit does by an address: an ordinary step of the ticket, by whoever handed the address out, for the
unit, with the name that was given there."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain import sync
from gridward.domain.accounts import Actor
from gridward.domain.accounts_sign_in import token_digest
from gridward.domain.entries import canonical
from gridward.domain.errors import Conflict, Malformed, NotFound, Refusal
from gridward.domain.standards import Evidence
from gridward.domain.tickets.words import Status
from gridward.domain.unit_links import ACTS, TOKEN, VIA, Standing, named, standing, too_many
from gridward.persistence import unit_links
from gridward.persistence.accounts import sessions
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards.queries import standard_by_id
from gridward.persistence.unit_links import UnitLinkRow
from gridward.services.tickets.act import Answer, act


async def opened(session: ReadSession | WriteSession, token: str, now: datetime) -> UnitLinkRow:
    """The link of an address.

    Raises:
        NotFound: ``link_unknown``: there is none, it was taken back, or it has run out.
    """
    wanted = token.lower()
    link = await unit_links.opened_by(session, token_digest(wanted), now) if TOKEN.fullmatch(wanted) else None
    if link is None:
        raise NotFound("link_unknown")
    return link


async def count_try(session: WriteSession, token: str, now: datetime) -> Refusal | None:
    """One more changing request of an address, counted whatever becomes of it; the refusal is handed back, so that what
    was counted is kept: ``link_unknown`` or ``too_many_tries``."""
    counted = await unit_links.count_try(session, token_digest(token.lower()), now)
    if counted is None:
        return NotFound("link_unknown")
    return too_many(*counted, now)


async def actor_of(session: ReadSession | WriteSession, link: UnitLinkRow, now: datetime) -> Actor:
    """Who handed the address out, with the rights of this moment: it opens no longer than that person may act.

    Raises:
        NotFound: ``link_unknown``.
    """
    person = await sessions.of_person(session, link.shared_by, now)
    if person is None:
        raise NotFound("link_unknown")
    return Actor(
        person_id=person.person_id,
        jurisdiction_id=person.jurisdiction_id,
        grants=person.grants,
        grids=person.grids,
        via=VIA,
    )


async def say_who(session: WriteSession, token: str, name: str, phone: str, now: datetime) -> None:
    """Who of the unit uses the address; asked once, and the last word counts.

    Raises:
        NotFound: ``link_unknown``. Malformed: ``link.name_missing``, ``link.phone_unreadable``.
    """
    link = await opened(session, token, now)
    who = named(name, phone)
    await unit_links.put_name(session, link.link_id, name=who.name, phone=who.phone, now=now)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What the page sends. ``assignment_id`` is what stood on it; ``words`` what was written."""

    op_id: UUID
    what: str
    assignment_id: UUID | None
    photos: tuple[str, ...] = ()
    words: str | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None


async def take_step(session: WriteSession, token: str, deed: Deed, now: datetime) -> Answer:
    """Take a step of the ticket for the unit; a repeat with the same id gets the same answer.

    Raises:
        NotFound: ``link_unknown``. Malformed: ``link.act_unknown``, ``photos_missing``.
        Conflict: ``link.who_first``: nobody has said who uses the address; ``link.elsewhere``: the unit has no work on
            it now.
    """
    link = await opened(session, token, now)
    intent = ACTS.get(deed.what)
    if intent is None:
        raise Malformed("link.act_unknown")
    if link.name is None:
        raise Conflict("link.who_first")
    actor = await actor_of(session, link, now)
    row = await unit_links.page_of(session, link)
    stands = standing(Status(row.status), link.unit_id, row.unit_id)
    if stands in (Standing.elsewhere, Standing.ended):
        raise Conflict("link.elsewhere")
    body = await _body(session, row, deed, link.name)
    envelope = sync.OperationEnvelope(
        schema=sync.OLDEST_SCHEMA,
        digest=hashlib.sha256(canonical({"type": intent.value, "body": body})).hexdigest(),
        type=intent.value,
        seen=sync.Seen(assignment_id=deed.assignment_id),
        body=body,
        clock=sync.PhoneClock(captured_at=now),
    )
    return await act(session, actor, link.ticket_id, deed.op_id, envelope, now)


async def _body(session: WriteSession, row: Any, deed: Deed, name: str) -> Mapping[str, Any]:
    body: dict[str, Any] = {"taken_by": name}
    if deed.photos:
        body["photos"] = list(deed.photos)
    if deed.lon is not None and deed.lat is not None:
        body |= {"lon": deed.lon, "lat": deed.lat}
        if deed.accuracy_m is not None:
            body["accuracy_m"] = deed.accuracy_m
    if deed.words and deed.what == "resolve":
        standard = await standard_by_id(session, row.standard_id)
        condition = standard.conditions.get(row.condition_id or "")
        heard = condition is not None and Evidence.ANSWER in condition.closing_evidence
        body["answer" if heard else "note"] = deed.words
    return body
