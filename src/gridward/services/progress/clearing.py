"""Somebody looks at a photo, or at the unit's sentence, and says whether everybody may see it.

The original is never touched: what everybody may see is a smaller copy, made in the process that opens foreign pictures,
with the parts covered that the person marked. ``hide_photo`` goes further (nobody but the desk sees the photo any more)
and beats whatever was decided here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, require
from gridward.domain.errors import Conflict, NotFound
from gridward.domain.evidence import check_digest
from gridward.domain.progress import LONGEST_SIDE, Box, Decision, check_words, is_offered
from gridward.gateways.blobstore import BlobStore
from gridward.gateways.pictures import Pictures
from gridward.persistence import progress
from gridward.persistence.database import ReadSession, WriteSession
from gridward.services.evidence.uploading import full_key, public_key
from gridward.services.noting import note
from gridward.services.progress.sharing import standing

ACTION = "progress:clear"


async def photo_to_clear(session: ReadSession | WriteSession, actor: Actor, address: UUID, sha256: str) -> Any:
    """The photo of a ticket that this person may decide about: ``ticket_id``, ``photo_id``.

    Raises:
        NotFound: ``ticket_unknown``, ``photo_unknown``. Forbidden: ``not_permitted``.
        Conflict: ``progress.photo_hidden``, ``progress.photo_is_proof``.
    """
    ticket_id, subject = await standing(session, actor, address)
    require(actor, ACTION, subject)
    found = await progress.photos_to_decide(session, ticket_id, check_digest(sha256))
    if not found:
        raise NotFound("photo_unknown")
    if any(one.hidden_at is not None for one in found):
        raise Conflict("progress.photo_hidden")
    if not is_offered(found[0].kind):
        raise Conflict("progress.photo_is_proof")
    return ticket_id, found[0].photo_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A public copy whose file is kept and which has no row yet."""

    rendition_id: UUID
    sha256: str
    width: int
    height: int
    boxes: tuple[Box, ...]


async def make_copy(
    photo_id: UUID, boxes: tuple[Box, ...], *, rendition_id: UUID, pictures: Pictures, blobs: BlobStore
) -> Copy:
    """Make what everybody may see, and keep it; nothing is open in the database meanwhile."""
    original = await blobs.get(full_key(photo_id))
    made = await pictures.redact(original, [box.as_json() for box in boxes], longest=LONGEST_SIDE)
    await blobs.put(public_key(rendition_id), made.full)
    return Copy(
        rendition_id=rendition_id,
        sha256=hashlib.sha256(made.full).hexdigest(),
        width=made.width,
        height=made.height,
        boxes=boxes,
    )


async def decide_photo(
    session: WriteSession, actor: Actor, address: UUID, sha256: str, copy: Copy | None, *, now: datetime
) -> None:
    """Show this copy to everybody, or (None) keep the photo inside. What was decided before no longer counts.

    Raises: as :func:`photo_to_clear`.
    """
    ticket_id, photo_id = await photo_to_clear(session, actor, address, sha256)
    boxes = [] if copy is None else [box.as_json() for box in copy.boxes]
    decision = Decision.kept_back if copy is None else Decision.cleared
    await progress.decide_photo(
        session,
        {
            "photo_id": photo_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "decision": decision.value,
            "boxes": boxes,
            "rendition_id": copy.rendition_id if copy else None,
            "sha256": copy.sha256 if copy else None,
            "width": copy.width if copy else None,
            "height": copy.height if copy else None,
            "decided_by": actor.person_id,
            "decided_at": now,
        },
    )
    detail = {"photos": [sha256], **({"boxes": boxes} if copy else {})}
    await note(session, actor, f"photo.{decision.value}", "ticket", ticket_id, detail, now)


async def decide_words(
    session: WriteSession, actor: Actor, address: UUID, text_id: UUID, decision: Decision, *, now: datetime
) -> None:
    """Show the unit's sentence to everybody, or keep it inside.

    Raises:
        NotFound: ``ticket_unknown``, ``progress.words_unknown``: it is not the newest one. Forbidden: ``not_permitted``.
        Malformed: ``progress.words_with_number``, ``progress.words_with_house_no``.
    """
    ticket_id, subject = await standing(session, actor, address)
    require(actor, ACTION, subject)
    sentence = await progress.unit_sentence(session, ticket_id)
    if sentence is None or sentence.text_id != text_id:
        raise NotFound("progress.words_unknown")
    if decision is Decision.cleared:
        check_words(sentence.body)
    await progress.decide_words(
        session,
        {
            "text_id": text_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "decision": decision.value,
            "decided_by": actor.person_id,
            "decided_at": now,
        },
    )
    await note(session, actor, f"words.{decision.value}", "ticket", ticket_id, {"text_id": str(text_id)}, now)
