"""Photos as evidence: which are taken, why another is not, and how far one agrees with its ticket.

A photo's identity is the SHA-256 of the bytes that the phone hashed. What is stored is another file, made by the
server: upright, JPEG, without any embedded text. What the file said about its place and time is kept as a *claim*, a
second witness that is compared and shown, never trusted alone and never a reason to refuse.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from gridward.domain.errors import Malformed, Refusal
from gridward.domain.geometry import distance_m

SHA256 = re.compile(r"[0-9a-f]{64}")


class PhotoKind(StrEnum):
    """What a photo shows, in the words of the trade: 远景, 近景, 处置前, 处置后, 核查, 依据材料."""

    wide = "wide"
    close = "close"
    before = "before"
    after = "after"
    verification = "verification"
    proof = "proof"


class FileKind(StrEnum):
    """What the first bytes of a file say it is, whatever its name or content type says."""

    jpeg = "jpeg"
    png = "png"
    webp = "webp"
    heic = "heic"
    avif = "avif"
    gif = "gif"
    tiff = "tiff"
    bmp = "bmp"
    svg = "svg"
    pdf = "pdf"
    video = "video"
    unknown = "unknown"


TAKEN = frozenset({FileKind.jpeg, FileKind.png, FileKind.webp})

MAGIC_BYTES = 64
"""How much of a file :func:`recognise` wants to see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhotoRules:
    """Caps, pace and quotas; the defaults are what the program runs with.

    ``bytes_per_s`` is the slowest average that a sending phone may keep after ``grace_s``; ``stall_s`` the longest
    silence. Quotas count the last 24 hours.
    """

    max_bytes: int = 12 * 1024 * 1024
    max_side: int = 12_000
    max_pixels: int = 40_000_000
    thumb_side: int = 320
    grace_s: float = 15.0
    bytes_per_s: int = 2_000
    stall_s: float = 20.0
    person_photos: int = 500
    person_bytes: int = 1024 * 1024 * 1024
    jurisdiction_bytes: int = 64 * 1024 * 1024 * 1024


UNUSED_SPAN = timedelta(days=30)
"""How long a photo waits for the report or operation it was taken for (the design's retention of photos)."""

NEAR_M = 200.0
"""A photo within this distance of the ticket, plus the accuracy of both, was taken there."""

CLOCK_SLACK = timedelta(minutes=10)
"""Cameras' clocks are set by hand: a photo this much too early or late is not marked."""

MAX_ACCURACY_M = 5_000.0
"""A stated accuracy beyond this adds nothing: otherwise a phone could make every distance near."""


class BrokenPhoto(Malformed):
    """The file says it is a picture, but it does not open as one."""


class PhotoRefused(Refusal):
    """A sound file of a kind or size that is not taken; the phone can make it fit."""


def check_digest(sha256: str) -> str:
    """The digest as stored (64 lower-case hexadecimal digits).

    Raises:
        Malformed: ``photo_digest_malformed``.
    """
    if not SHA256.fullmatch(sha256):
        raise Malformed("photo_digest_malformed")
    return sha256


def recognise(head: bytes) -> FileKind:
    """What a file is by its first bytes (``MAGIC_BYTES`` are enough)."""
    head = head[:MAGIC_BYTES]
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.jpeg
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.png
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return FileKind.webp
    if head[4:8] == b"ftyp":
        return _recognise_box(head)
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return FileKind.gif
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return FileKind.tiff
    if head[:2] == b"BM":
        return FileKind.bmp
    if head[:5] == b"%PDF-":
        return FileKind.pdf
    if head[:4] == b"\x1aE\xdf\xa3" or (head[:4] == b"RIFF" and head[8:12] == b"AVI "):
        return FileKind.video
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if text.startswith((b"<svg", b"<?xml", b"<!doctype svg")):
        return FileKind.svg
    return FileKind.unknown


def _recognise_box(head: bytes) -> FileKind:
    brands = {head[8:12], *(head[at : at + 4] for at in range(16, len(head) - 3, 4))}
    if brands & {b"avif", b"avis"}:
        return FileKind.avif
    if brands & {b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"}:
        return FileKind.heic
    return FileKind.video


def check_kind(head: bytes) -> FileKind:
    """The kind, when it is one that is taken.

    Raises:
        BrokenPhoto: ``photo_empty``.
        PhotoRefused: ``photo_<kind>_refused`` with ``kind``; each kind has its own words.
    """
    if not head:
        raise BrokenPhoto("photo_empty")
    kind = recognise(head)
    if kind not in TAKEN:
        raise PhotoRefused(f"photo_{kind}_refused", kind=str(kind), taken=sorted(map(str, TAKEN)))
    return kind


def check_bytes(size: int, rules: PhotoRules) -> None:
    """Raises: PhotoRefused: ``photo_too_large`` with ``limit_bytes``."""
    if size > rules.max_bytes:
        raise PhotoRefused("photo_too_large", limit_bytes=rules.max_bytes)


def check_dimensions(width: int, height: int, rules: PhotoRules) -> None:
    """Judge a picture by its header, before anything is decoded.

    Raises:
        BrokenPhoto: ``photo_broken`` when a side is zero.
        PhotoRefused: ``photo_too_many_pixels`` with ``width``, ``height``, ``limit_pixels``, ``limit_side``.
    """
    if width < 1 or height < 1:
        raise BrokenPhoto("photo_broken", part="header")
    if max(width, height) > rules.max_side or width * height > rules.max_pixels:
        raise PhotoRefused(
            "photo_too_many_pixels",
            width=width,
            height=height,
            limit_pixels=rules.max_pixels,
            limit_side=rules.max_side,
        )


def check_pace(received: int, elapsed_s: float, rules: PhotoRules) -> None:
    """A sender that holds a connection for nothing is let go.

    Raises:
        Malformed: ``photo_too_slow``; the phone tries again later.
    """
    if elapsed_s > rules.grace_s and received < rules.bytes_per_s * elapsed_s:
        raise Malformed("photo_too_slow", bytes_per_s=rules.bytes_per_s)


def check_quota(
    *, person_photos: int, person_bytes: int, jurisdiction_bytes: int, size: int, rules: PhotoRules
) -> None:
    """What came in the last 24 hours, and whether ``size`` more may come.

    Raises:
        Refusal: ``quota_exceeded`` with ``of`` person or ``storage_full`` with ``of`` jurisdiction.
    """
    if person_photos >= rules.person_photos or person_bytes + size > rules.person_bytes:
        raise Refusal("quota_exceeded", of="person", photos=rules.person_photos, retry_after_s=3600)
    if jurisdiction_bytes + size > rules.jurisdiction_bytes:
        raise Refusal("storage_full", of="jurisdiction", retry_after_s=3600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a file, or the phone before it re-encoded the file, says of its own place and time.

    ``lon``/``lat`` are degrees as written, by the EXIF standard WGS-84; some phones write GCJ-02, up to 600 m off.
    ``zone_assumed``: the file's time named no offset, so the phone's or the jurisdiction's was read into it.
    """

    taken_at: datetime | None = None
    lon: float | None = None
    lat: float | None = None
    accuracy_m: float | None = None
    zone_assumed: bool = False

    def as_json(self) -> dict[str, Any]:
        return {
            "taken_at": self.taken_at.astimezone(UTC).isoformat() if self.taken_at else None,
            "lon": self.lon,
            "lat": self.lat,
            "accuracy_m": self.accuracy_m,
            "zone_assumed": self.zone_assumed,
        }


def claim_from(value: Mapping[str, Any] | None) -> Claim:
    """A claim as a phone sent it or a row kept it; what makes no sense in it is dropped, not refused."""
    value = value or {}
    lon, lat = _number(value.get("lon"), 180.0), _number(value.get("lat"), 90.0)
    if lon is None or lat is None or (lon == 0 and lat == 0):
        lon = lat = None
    accuracy = _number(value.get("accuracy_m"), math.inf)
    return Claim(
        taken_at=_instant(value.get("taken_at")),
        lon=lon,
        lat=lat,
        accuracy_m=accuracy if accuracy is not None and accuracy >= 0 else None,
        zone_assumed=value.get("zone_assumed") is True,
    )


def _number(value: object, limit: float) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) and abs(value) <= limit else None


def _instant(value: object) -> datetime | None:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo is not None else None


class Mark(StrEnum):
    """What the verifier is shown, and what is counted; none of them blocks."""

    photo_far = "photo_far"
    photo_early = "photo_early"
    photo_late = "photo_late"
    photo_without_place = "photo_without_place"
    photo_without_time = "photo_without_time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far a photo agrees with its ticket. ``distance_m`` and ``near`` are None without a place."""

    distance_m: float | None
    near: bool | None
    marks: tuple[Mark, ...]


def compare(
    claim: Claim,
    *,
    lon: float | None,
    lat: float | None,
    accuracy_m: float,
    not_before: datetime | None = None,
    not_after: datetime | None = None,
) -> Agreement:
    """Compare a claim with the ticket's place (WGS-84 degrees, accuracy in metres) and the span it must fall in.

    For an after-photo the span runs from the assignment to the moment it was handed in; for a report's photo only the
    end is known. A ticket without a place compares nothing. Without GPS or clock the photo is marked so, which is
    common and means nothing by itself.
    """
    marks: list[Mark] = []
    distance: float | None = None
    near: bool | None = None
    if claim.lon is None or claim.lat is None:
        marks.append(Mark.photo_without_place)
    elif lon is not None and lat is not None:
        distance = distance_m(claim.lon, claim.lat, lon, lat)
        slack = min(accuracy_m, MAX_ACCURACY_M) + min(claim.accuracy_m or 0.0, NEAR_M)
        near = distance <= NEAR_M + slack
        if not near:
            marks.append(Mark.photo_far)
    if claim.taken_at is None:
        marks.append(Mark.photo_without_time)
    elif not_before is not None and claim.taken_at < not_before - CLOCK_SLACK:
        marks.append(Mark.photo_early)
    elif not_after is not None and claim.taken_at > not_after + CLOCK_SLACK:
        marks.append(Mark.photo_late)
    return Agreement(distance_m=distance, near=near, marks=tuple(marks))
