"""Photos come in: judged while they arrive, decoded, kept, and only then given a row.

Nothing is open in the database while bytes arrive or a picture is decoded; the row is the last thing written, so a
photo that has a row has its files.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Forbidden, Malformed
from gridward.domain.evidence import (
    MAGIC_BYTES,
    PhotoRules,
    check_bytes,
    check_digest,
    check_kind,
    check_pace,
    check_quota,
)
from gridward.gateways.blobstore import BlobStore
from gridward.gateways.pictures import Developed, Pictures
from gridward.persistence import evidence as photos
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession

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


def public_key(rendition_id: UUID) -> str:
    """Of a copy that everybody may see; it has an id of its own."""
    return f"public/{rendition_id.hex[-2:]}/{rendition_id.hex}.jpg"


async def develop(
    content: bytes, sha256: str, *, zone: tzinfo, photo_id: UUID, pictures: Pictures, blobs: BlobStore
) -> Stored:
    """Make what is stored from what came, and keep it. Both files are on disk when this returns."""
    picture = await pictures.develop(content, zone)
    await blobs.put(full_key(photo_id), picture.full)
    await blobs.put(thumb_key(photo_id), picture.thumb)
    return Stored(photo_id=photo_id, sha256=sha256, size=len(content), picture=picture)


async def keep(session: WriteSession, actor: Actor, stored: Stored, *, now: datetime) -> bool:
    """Write the row; False when an equal upload by the same person was first. Then those files are the ones in use, and
    these are put on the list of what the worker removes."""
    picture = stored.picture
    made = await photos.add_photo(
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
    if not made:
        await photos.drop_files(session, photo_id=stored.photo_id, now=now)
    return made
