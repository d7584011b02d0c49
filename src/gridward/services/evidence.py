"""Photos: taken in, shown to those who may see them, tied to what they prove.

Nothing is open in the database while bytes arrive or a picture is decoded; the row is the last thing written, so a
photo that has a row has its files.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.accounts import Actor, Subject, may, require
from gridward.domain.errors import Forbidden, Malformed, NotFound
from gridward.domain.evidence import (
    MAGIC_BYTES,
    Agreement,
    Claim,
    PhotoKind,
    PhotoRules,
    check_bytes,
    check_digest,
    check_kind,
    check_pace,
    check_quota,
    claim_from,
    compare,
)
from gridward.gateways.blobstore import BlobStore
from gridward.gateways.pictures import Developed, Pictures
from gridward.persistence import evidence as photos
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id

QUOTA_SPAN = timedelta(hours=24)


def sender(actor: Actor) -> UUID:
    """The person who sends: a program has no photos of its own.

    Raises:
        Forbidden: ``not_permitted``.
    """
    if actor.person_id is None:
        raise Forbidden("not_permitted", action="photo:send")
    require(
        actor,
        "photo:send",
        Subject(jurisdiction_id=actor.jurisdiction_id, owner_ids=frozenset({actor.person_id})),
    )
    return actor.person_id


@dataclass(frozen=True, slots=True)
class Opening:
    """What is known before the bytes come: the zone of bare camera times, and whether this photo was sent before."""

    zone: ZoneInfo
    sent_size: int | None


async def open_upload(session: ReadSession, actor: Actor, sha256: str, *, rules: PhotoRules, now: datetime) -> Opening:
    """Whether this person may send this photo now. A repeat is always welcome: it costs no room.

    Raises:
        Forbidden: no right to send.
        Refusal: ``quota_exceeded``, ``storage_full``.
    """
    uploader_id = sender(actor)
    own = await photos.sent_photos(
        session, jurisdiction_id=actor.jurisdiction_id, uploader_id=uploader_id, sha256s=[check_digest(sha256)]
    )
    zone = await time_zone_of(session, actor.jurisdiction_id)
    if sha256 in own:
        return Opening(zone, own[sha256].size)
    used = await photos.usage(
        session, jurisdiction_id=actor.jurisdiction_id, uploader_id=uploader_id, since=now - QUOTA_SPAN
    )
    check_quota(
        person_photos=used.person_photos,
        person_bytes=used.person_bytes,
        jurisdiction_bytes=used.jurisdiction_bytes,
        size=1,
        rules=rules,
    )
    return Opening(zone, None)


async def receive(
    chunks: AsyncIterator[bytes], sha256: str, *, rules: PhotoRules, monotonic: Callable[[], float]
) -> bytes:
    """Take the bytes of one photo, judging them as they come.

    Args:
        sha256: What the phone says they hash to.
        monotonic: Seconds on a clock that only goes forward.

    Raises:
        PhotoRefused: by kind (after the first bytes), ``photo_too_large`` (at the byte that is too much).
        BrokenPhoto: ``photo_empty``.
        Malformed: ``photo_too_slow``, ``photo_digest_malformed``, ``photo_digest_differs``.
    """
    check_digest(sha256)
    digest, content, known = hashlib.sha256(), bytearray(), False
    began = monotonic()
    coming = aiter(chunks)
    while True:
        try:
            async with asyncio.timeout(rules.stall_s):
                chunk = await anext(coming)
        except StopAsyncIteration:
            break
        except TimeoutError as error:
            raise Malformed("photo_too_slow", bytes_per_s=rules.bytes_per_s) from error
        content += chunk
        digest.update(chunk)
        check_bytes(len(content), rules)
        check_pace(len(content), monotonic() - began, rules)
        if not known and len(content) >= MAGIC_BYTES:
            check_kind(bytes(content[:MAGIC_BYTES]))
            known = True
    check_kind(bytes(content[:MAGIC_BYTES]))
    if digest.hexdigest() != sha256:
        raise Malformed("photo_digest_differs", received_bytes=len(content))
    return bytes(content)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A photo whose files are kept durably and which has no row yet. ``size`` is of the bytes that came."""

    photo_id: UUID
    sha256: str
    size: int
    picture: Developed


def full_key(photo_id: UUID) -> str:
    return f"photos/{photo_id.hex[-2:]}/{photo_id.hex}.jpg"


def thumb_key(photo_id: UUID) -> str:
    return f"thumbs/{photo_id.hex[-2:]}/{photo_id.hex}.jpg"


async def develop(
    content: bytes, sha256: str, *, zone: tzinfo, photo_id: UUID, pictures: Pictures, blobs: BlobStore
) -> Stored:
    """Make what is stored from what came, and keep it. Both files are on disk when this returns."""
    picture = await pictures.develop(content, zone)
    await blobs.put(full_key(photo_id), picture.full)
    await blobs.put(thumb_key(photo_id), picture.thumb)
    return Stored(photo_id=photo_id, sha256=sha256, size=len(content), picture=picture)


async def keep(session: WriteSession, actor: Actor, stored: Stored, *, now: datetime) -> bool:
    """Write the row; False when an equal upload by the same person was first, whose files then are the ones in use."""
    picture = stored.picture
    return await photos.add_photo(
        session,
        {
            "photo_id": stored.photo_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "uploader_id": sender(actor),
            "sha256": stored.sha256,
            "size": stored.size,
            "file_kind": picture.kind,
            "stored_sha256": hashlib.sha256(picture.full).hexdigest(),
            "stored_size": len(picture.full),
            "thumb_sha256": hashlib.sha256(picture.thumb).hexdigest(),
            "thumb_size": len(picture.thumb),
            "width": picture.width,
            "height": picture.height,
            "claim": picture.claim.as_json(),
            "received_at": now,
        },
    )


async def discard(blobs: BlobStore, photo_id: UUID) -> None:
    """Remove the files of a photo that has no row."""
    await blobs.delete(full_key(photo_id))
    await blobs.delete(thumb_key(photo_id))


@dataclass(frozen=True, slots=True)
class View:
    """A file that may be shown: its key in the store and its digest, which never changes."""

    key: str
    sha256: str


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
                return View(thumb_key(photo.photo_id), photo.thumb_sha256)
            return View(full_key(photo.photo_id), photo.stored_sha256)
    raise NotFound("photo_unknown")


def _may_see(actor: Actor, holding: photos.Holding, subject: Subject | None, *, thumb: bool) -> bool:
    own = Subject(jurisdiction_id=actor.jurisdiction_id, owner_ids=frozenset({holding.photo.uploader_id}))
    if actor.person_id == holding.photo.uploader_id and may(actor, "photo:send", own):
        return True
    if subject is None or (holding.hidden and not may(actor, "ticket:read_internal_note", subject)):
        return False
    return may(actor, "photo:read", subject) or (thumb and may(actor, "photo:read_thumbnail", subject))


async def missing(session: ReadSession | WriteSession, actor: Actor, sha256s: Sequence[str]) -> list[str]:
    """Which of these photos this person has not delivered, in the order given."""
    found = await photos.sent_photos(
        session,
        jurisdiction_id=actor.jurisdiction_id,
        uploader_id=sender(actor),
        sha256s=[check_digest(one) for one in sha256s],
    )
    return [one for one in dict.fromkeys(sha256s) if one not in found]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A photo as a report or operation names it; ``claim`` is what the phone read before it re-encoded the file."""

    sha256: str
    kind: PhotoKind
    claim: Claim | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """WGS-84 degrees; accuracy in metres."""

    lon: float
    lat: float
    accuracy_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Attached:
    """A photo that is now evidence, and how far it agrees with the ticket."""

    photo_use_id: UUID
    photo_id: UUID
    sha256: str
    kind: PhotoKind
    claim: Claim
    agreement: Agreement


async def examine(
    session: ReadSession | WriteSession,
    actor: Actor,
    shown: Sequence[Shown],
    *,
    at: Place | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> tuple[Attached, ...]:
    """Compare photos that this person sent with a place and a span of time, before it is known what they will prove.

    What the phone says of a photo's place and time goes before what the file still says; both are claims.

    Raises:
        Malformed: ``photos_missing`` with the digests.
    """
    if not shown:
        return ()
    delivered = await photos.sent_photos(
        session,
        jurisdiction_id=actor.jurisdiction_id,
        uploader_id=sender(actor),
        sha256s=[check_digest(one.sha256) for one in shown],
    )
    lacking = [one.sha256 for one in shown if one.sha256 not in delivered]
    if lacking:
        raise Malformed("photos_missing", missing=lacking)
    first_of_each = {one.sha256: one for one in reversed(shown)}.values()
    return tuple(_attached(one, delivered[one.sha256], at, not_before, not_after) for one in first_of_each)[::-1]


async def tie(
    session: WriteSession,
    actor: Actor,
    attached: Sequence[Attached],
    *,
    ticket_id: UUID,
    now: datetime,
    report_id: UUID | None = None,
    operation_id: UUID | None = None,
    kind: PhotoKind | None = None,
) -> None:
    """Make examined photos evidence of a report or an operation (exactly one) on a ticket; a repeat changes nothing.

    ``kind`` replaces what each was said to show.
    """
    await photos.add_uses(
        session,
        [
            {
                "photo_use_id": one.photo_use_id,
                "jurisdiction_id": actor.jurisdiction_id,
                "photo_id": one.photo_id,
                "sha256": one.sha256,
                "ticket_id": ticket_id,
                "report_id": report_id,
                "operation_id": operation_id,
                "kind": kind or one.kind,
                "place": place,
                "claim": one.claim.as_json(),
                "distance_m": one.agreement.distance_m,
                "marks": list(one.agreement.marks),
                "added_at": now,
            }
            for place, one in enumerate(attached)
        ],
    )


async def attach(
    session: WriteSession,
    actor: Actor,
    shown: Sequence[Shown],
    *,
    ticket_id: UUID,
    now: datetime,
    report_id: UUID | None = None,
    operation_id: UUID | None = None,
    at: Place | None = None,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> tuple[Attached, ...]:
    """:func:`examine` and :func:`tie` in one.

    Raises:
        Malformed: ``photos_missing`` with the digests; ask :func:`missing` first.
    """
    attached = await examine(session, actor, shown, at=at, not_before=not_before, not_after=not_after)
    await tie(
        session,
        actor,
        attached,
        ticket_id=ticket_id,
        now=now,
        report_id=report_id,
        operation_id=operation_id,
    )
    return attached


def _attached(
    one: Shown, photo: photos.PhotoRow, at: Place | None, not_before: datetime | None, not_after: datetime | None
) -> Attached:
    in_file, by_phone = claim_from(photo.claim), one.claim or Claim()
    with_place = by_phone if by_phone.lon is not None else in_file
    with_time = by_phone if by_phone.taken_at is not None else in_file
    claim = Claim(
        taken_at=with_time.taken_at,
        zone_assumed=with_time.zone_assumed,
        lon=with_place.lon,
        lat=with_place.lat,
        accuracy_m=with_place.accuracy_m,
    )
    agreement = compare(
        claim,
        lon=at.lon if at else None,
        lat=at.lat if at else None,
        accuracy_m=at.accuracy_m if at else 0.0,
        not_before=not_before,
        not_after=not_after,
    )
    return Attached(
        photo_use_id=new_id(),
        photo_id=photo.photo_id,
        sha256=one.sha256,
        kind=one.kind,
        claim=claim,
        agreement=agreement,
    )


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
