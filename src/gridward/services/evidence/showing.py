"""Photos are shown to those who sent them and to those who may see a ticket that holds them, unless hidden."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, may
from gridward.domain.errors import NotFound
from gridward.domain.evidence import check_digest
from gridward.persistence import evidence as photos
from gridward.persistence.database import ReadSession, WriteSession
from gridward.services.evidence.uploading import full_key, thumb_key


@dataclass(frozen=True, slots=True)
class View:
    """A file that may be shown: its key in the store and its digest, which never changes; whose it is, and on what."""

    key: str
    sha256: str
    uploader_id: UUID
    ticket_id: UUID | None


async def view(session: ReadSession, actor: Actor, sha256: str, *, thumb: bool) -> View:
    """The file, for somebody who sent it or who may see a ticket that holds it.

    A hidden photo is shown to its sender and to those who may read internal notes of the ticket.

    Raises:
        NotFound: ``photo_unknown``; whether it exists elsewhere is not told.
    """
    held = await photos.holdings(session, jurisdiction_id=actor.jurisdiction_id, sha256=check_digest(sha256))
    standing = {holding.ticket_id for holding in held if holding.ticket_id is not None}
    subjects = await photos.subjects_of(session, sorted(standing))
    for holding in held:
        subject = subjects.get(holding.ticket_id) if holding.ticket_id else None
        if _may_see(actor, holding, subject, thumb=thumb):
            photo = holding.photo
            if thumb:
                return View(thumb_key(photo.photo_id), photo.thumb_sha256, photo.uploader_id, holding.ticket_id)
            return View(full_key(photo.photo_id), photo.stored_sha256, photo.uploader_id, holding.ticket_id)
    raise NotFound("photo_unknown")


def _may_see(actor: Actor, holding: photos.Holding, subject: Subject | None, *, thumb: bool) -> bool:
    own = Subject(jurisdiction_id=actor.jurisdiction_id, owner_ids=frozenset({holding.photo.uploader_id}))
    if actor.person_id == holding.photo.uploader_id and may(actor, "photo:send", own):
        return True
    if subject is None or (holding.hidden and not may(actor, "ticket:read_internal_note", subject)):
        return False
    return may(actor, "photo:read", subject) or (thumb and may(actor, "photo:read_thumbnail", subject))


async def photos_of(
    session: ReadSession | WriteSession, ticket_ids: Sequence[UUID], *, with_hidden: bool
) -> dict[UUID, list[dict[str, Any]]]:
    """The photos of tickets as they are shown: ``[{sha256, kind, taken_at, distance_m, marks, hidden, added_at}]``."""
    shown: dict[UUID, list[dict[str, Any]]] = {ticket_id: [] for ticket_id in ticket_ids}
    for use in await photos.uses_of(session, ticket_ids):
        if use.hidden_at is None or with_hidden:
            shown[use.ticket_id].append(
                {
                    "sha256": use.sha256,
                    "kind": use.kind,
                    "taken_at": use.claim.get("taken_at"),
                    "distance_m": use.distance_m,
                    "marks": use.marks,
                    "hidden": use.hidden_at is not None,
                    "added_at": use.added_at,
                }
            )
    return shown


async def hide(session: WriteSession, actor: Actor, *, ticket_id: UUID, sha256: str, now: datetime) -> None:
    """Hide a photo of a ticket (a face, a plate, a home). Who may is decided by the ticket's policy before.

    Raises:
        NotFound: ``photo_unknown``: the ticket holds no such photo that is open to view.
    """
    if actor.person_id is None or not await photos.hide_use(
        session, ticket_id=ticket_id, sha256=check_digest(sha256), by=actor.person_id, at=now
    ):
        raise NotFound("photo_unknown")
