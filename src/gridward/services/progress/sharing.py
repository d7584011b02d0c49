"""The address of a ticket's progress page: handed out, handed out again the same, taken back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, may, require
from gridward.domain.accounts_sign_in import token_digest
from gridward.domain.errors import NotFound
from gridward.domain.progress import token_of
from gridward.persistence import evidence, progress
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.tickets import history
from gridward.services.noting import note

READING = ("ticket:read", "ticket:read_outline")


async def standing(session: ReadSession | WriteSession, actor: Actor, address: UUID) -> tuple[UUID, Subject]:
    """The ticket that an address leads to, and how the policy knows it. One that was merged leads on.

    Raises:
        NotFound: ``ticket_unknown``: none, or none that this person may know of.
    """
    named = await history.ticket_of_address(session, address)
    if named is None:
        raise NotFound("ticket_unknown")
    ticket_id = await progress.where_now(session, named)
    subject = (await evidence.subjects_of(session, [ticket_id]))[ticket_id]
    if not any(may(actor, action, subject) for action in READING):
        raise NotFound("ticket_unknown")
    return ticket_id, subject


@dataclass(frozen=True, slots=True)
class Shared:
    """``token`` ends the address; ``made``: it was not there before."""

    ticket_id: UUID
    token: str
    made: bool


async def share(session: WriteSession, key: bytes, actor: Actor, address: UUID, now: datetime) -> Shared:
    """The address of this person for this ticket, made when there is none. Asked again it is the same.

    Args:
        key: The installation's secret. After it was changed, an address can no longer be shown again: a new one takes
            its place.

    Raises:
        NotFound: ``ticket_unknown``. Forbidden: ``not_permitted``.
    """
    ticket_id, subject = await standing(session, actor, address)
    require(actor, "progress:share", subject)
    assert actor.person_id is not None
    held = await progress.link_of(session, ticket_id, actor.person_id)
    if held is not None:
        token = token_of(key, held.link_id)
        if token_digest(token) == held.token_digest:
            return Shared(ticket_id, token, made=False)
        await progress.end_links(
            session, by=actor.person_id, now=now, ticket_ids=[ticket_id], shared_by=actor.person_id
        )
    link_id = new_id()
    token = token_of(key, link_id)
    made = await progress.add_link(
        session,
        {
            "link_id": link_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "ticket_id": ticket_id,
            "token_digest": token_digest(token),
            "shared_by": actor.person_id,
            "shared_at": now,
        },
    )
    if not made:
        return await share(session, key, actor, address, now)
    await note(session, actor, "progress.shared", "ticket", ticket_id, {"link_id": str(link_id)}, now)
    return Shared(ticket_id, token, made=True)


async def take_back(session: WriteSession, actor: Actor, address: UUID, *, everyones: bool, now: datetime) -> int:
    """Close the addresses that this person handed out for a ticket, or everybody's; how many. None is no error.

    Raises:
        NotFound: ``ticket_unknown``. Forbidden: ``not_permitted``.
    """
    ticket_id, subject = await standing(session, actor, address)
    require(actor, "progress:take_back" if everyones else "progress:share", subject)
    ended = await progress.end_links(
        session,
        by=actor.person_id,
        now=now,
        ticket_ids=[ticket_id],
        shared_by=None if everyones else actor.person_id,
    )
    if ended:
        await note(
            session, actor, "progress.taken_back", "ticket", ticket_id, {"link_ids": sorted(map(str, ended))}, now
        )
    return len(ended)
