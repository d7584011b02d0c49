"""The address for a unit that never signs in: handed out, handed out again the same, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.accounts_sign_in import token_digest
from gridward.domain.errors import Conflict, NotFound
from gridward.domain.tickets.words import Status
from gridward.domain.unit_links import Standing, runs_out, standing, token_of
from gridward.persistence import evidence, unit_links
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.standards.queries import standard_by_id
from gridward.persistence.tickets import history
from gridward.persistence.unit_links import UnitLinkRow
from gridward.services.noting import note


@dataclass(frozen=True, slots=True, kw_only=True)
class Shared:
    """``token`` ends the address; ``made``: it was not there before. ``name`` and ``phone``: who used it, if anybody."""

    ticket_id: UUID
    unit_id: UUID
    token: str
    expires_at: datetime
    name: str | None
    phone: str | None
    made: bool


async def _subject(session: ReadSession | WriteSession, actor: Actor, address: UUID) -> tuple[UUID, Subject]:
    ticket_id = await history.ticket_of_address(session, address)
    if ticket_id is None:
        raise NotFound("ticket_unknown")
    subject = (await evidence.subjects_of(session, [ticket_id]))[ticket_id]
    require(actor, "unit_link:share", subject)
    return ticket_id, subject


async def share(session: WriteSession, key: bytes, actor: Actor, address: UUID, now: datetime) -> Shared:
    """The address for the unit that has this ticket now. Asked again while it opens, it is the same.

    Raises:
        NotFound: ``ticket_unknown``. Forbidden: ``not_permitted``.
        Conflict: ``link.no_unit``: no unit has work to do on it.
    """
    ticket_id, _ = await _subject(session, actor, address)
    row = (await history.lock(session, [ticket_id]))[ticket_id]
    unit_id = row.unit_id
    if unit_id is None or standing(Status(row.status), unit_id, unit_id) is not Standing.open:
        raise Conflict("link.no_unit")
    held = await unit_links.link_of(session, ticket_id, unit_id)
    if held is not None and held.expires_at > now and token_digest(token_of(key, held.link_id)) == held.token_digest:
        return _shared(key, held, made=False)
    # One that has run out, or that another key made, gives way to a new one.
    await unit_links.end(session, ticket_id, by=actor.person_id, now=now)
    standard = await standard_by_id(session, row.standard_id)
    link_id = new_id()
    values = {
        "link_id": link_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "ticket_id": ticket_id,
        "unit_id": unit_id,
        "token_digest": token_digest(token_of(key, link_id)),
        "shared_by": actor.person_id,
        "shared_at": now,
        "expires_at": runs_out(now, standard.terms.link_span),
    }
    await unit_links.add(session, values)
    await note(
        session,
        actor,
        "unit_link.shared",
        "ticket",
        ticket_id,
        {"link_id": str(link_id), "unit_id": str(unit_id)},
        now,
        ticket_id=ticket_id,
    )
    made = await unit_links.link_of(session, ticket_id, unit_id)
    assert made is not None
    return _shared(key, made, made=True)


def _shared(key: bytes, link: UnitLinkRow, *, made: bool) -> Shared:
    return Shared(
        ticket_id=link.ticket_id,
        unit_id=link.unit_id,
        token=token_of(key, link.link_id),
        expires_at=link.expires_at,
        name=link.name,
        phone=link.phone,
        made=made,
    )


async def look(session: ReadSession, key: bytes, actor: Actor, address: UUID, now: datetime) -> Shared | None:
    """The address that opens now, if there is one. Raises as :func:`share`."""
    ticket_id, subject = await _subject(session, actor, address)
    for unit_id in subject.unit_ids:
        link = await unit_links.link_of(session, ticket_id, unit_id)
        if link is not None and link.expires_at > now:
            return _shared(key, link, made=False)
    return None


async def take_back(session: WriteSession, actor: Actor, address: UUID, now: datetime) -> int:
    """No address of this ticket opens any more; how many did. Raises as :func:`share`."""
    ticket_id, _ = await _subject(session, actor, address)
    ended = await unit_links.end(session, ticket_id, by=actor.person_id, now=now)
    if ended:
        await note(
            session,
            actor,
            "unit_link.taken_back",
            "ticket",
            ticket_id,
            {"link_ids": sorted(map(str, ended))},
            now,
            ticket_id=ticket_id,
        )
    return len(ended)
