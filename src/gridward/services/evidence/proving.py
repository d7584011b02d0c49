"""Photos that a person sent become evidence of a report or an operation, compared with its place and time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor
from gridward.domain.errors import Malformed
from gridward.domain.evidence import Agreement, Claim, PhotoKind, check_digest, claim_from, compare
from gridward.persistence import evidence as photos
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.prepared import Line
from gridward.persistence.writes import Writes
from gridward.services.evidence.uploading import sender


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


def tie(
    writes: Writes,
    actor: Actor,
    attached: Sequence[Attached],
    *,
    ticket_id: UUID,
    now: datetime,
    report_id: UUID | None = None,
    operation_id: UUID | None = None,
    kind: PhotoKind | None = None,
) -> None:
    """Make examined photos evidence of a report or an operation (exactly one) on a ticket, when ``writes`` are run; a
    repeat changes nothing.

    ``kind`` replaces what each was said to show.
    """
    writes.add(
        photos.USES,
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


def _attached(
    one: Shown, photo: Line, at: Place | None, not_before: datetime | None, not_after: datetime | None
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
