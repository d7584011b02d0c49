"""What an operation brings: its body read, its photos examined, distances measured, a corrected place looked up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from gridward.domain import sync
from gridward.domain.accounts import Actor
from gridward.domain.errors import Malformed
from gridward.domain.evidence import PhotoKind, claim_from
from gridward.domain.geometry import distance_m
from gridward.domain.tickets.bodies import FIELDS, Body, read_body
from gridward.domain.tickets.readers import Kind
from gridward.domain.tickets.words import Intent
from gridward.persistence.database import WriteSession
from gridward.persistence.tickets import history
from gridward.services.evidence import proving
from gridward.services.sla import local_date
from gridward.services.tickets import supervision
from gridward.services.tickets.case import Case
from gridward.services.tickets.checking import checked

SHOWS: Mapping[Intent, PhotoKind] = {
    Intent.RESOLVE: PhotoKind.after,
    Intent.VERIFY: PhotoKind.verification,
    Intent.REWORK: PhotoKind.verification,
    Intent.CHECK: PhotoKind.verification,
    Intent.ADD_PHOTO: PhotoKind.close,
    Intent.ANSWER_MORE: PhotoKind.close,
}
"""What the photos of a step show; of any other step they are proof."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """``raw`` as it was sent, photos as plain digests; ``place`` columns of the ticket that a correction moves."""

    raw: Mapping[str, Any]
    body: Body
    photos: tuple[proving.Attached, ...] = ()
    place: Mapping[str, Any] = field(default_factory=dict)


async def bring(
    session: WriteSession,
    actor: Actor,
    case: Case,
    intent: Intent,
    envelope: sync.OperationEnvelope,
    now: datetime,
) -> Brought:
    """Read and examine an operation's body.

    Raises:
        Malformed: ``body.…`` from the reader; ``photos_missing`` with the digests that have not arrived.
    """
    plain, claims = _plain(intent, envelope.body)
    raw, place = await checked(session, case, intent, plain, now)
    read_body(intent, raw, _moved_reports(intent, case))
    kind = SHOWS.get(intent, PhotoKind.proof)
    shown = [proving.Shown(sha256=sha256, kind=kind, claim=claim_from(exif)) for sha256, exif in claims]
    assignment = case.state.assignment
    at = _place_of(case)
    hides = intent is Intent.HIDE_PHOTO
    photos = await proving.examine(
        session,
        actor,
        [] if hides else shown,
        at=at,
        not_before=assignment.assigned_at if assignment and kind is PhotoKind.after else None,
        not_after=now,
    )
    given = _given(intent, raw, photos, at) | _moved_reports(intent, case)
    if intent is Intent.SUPERVISE:
        given |= await supervision.numbered(session, case.jurisdiction_id, local_date(case.terms, now))
    given |= await _parallel(session, actor, case, intent, envelope.seen)
    return Brought(raw=raw, body=read_body(intent, raw, given), photos=photos, place=place)


def _moved_reports(intent: Intent, case: Case) -> dict[str, Any]:
    """A merge takes all reports along."""
    reports = [str(report_id) for report_id in case.state.reporters]
    return {"report_ids": reports} if intent is Intent.MERGE and reports else {}


CORRECTED = ("condition_id", "grid_id", "area_class", "lon")


async def _parallel(
    session: WriteSession, actor: Actor, case: Case, intent: Intent, seen: sync.Seen
) -> dict[str, list[str]]:
    """What others have corrected since this correction's sender looked; it holds all the same, the last received wins."""
    if intent is not Intent.CORRECT or seen.version is None or seen.version >= case.state.version:
        return {}
    others = await history.corrections_since(session, case.ticket_id, seen.version, not_by=actor.person_id)
    fields = sorted({name for detail in others for name in CORRECTED if name in detail})
    return {"parallel": fields} if fields else {}


def _plain(
    intent: Intent, body: Mapping[str, Any]
) -> tuple[dict[str, Any], list[tuple[str, Mapping[str, Any] | None]]]:
    """Photos may be written as digests or as ``{sha256, exif}``; the rules want digests."""
    raw = dict(body)
    claims: list[tuple[str, Mapping[str, Any] | None]] = []
    for one in FIELDS[intent]:
        value = raw.get(one.name)
        if one.kind is not Kind.PHOTOS or not isinstance(value, Sequence) or isinstance(value, str):
            continue
        digests = []
        for photo in value:
            sha256 = photo.get("sha256") if isinstance(photo, Mapping) else photo
            exif = photo.get("exif") if isinstance(photo, Mapping) else None
            if not isinstance(sha256, str):
                raise Malformed("body.unreadable", intent=intent, field=one.name)
            digests.append(sha256)
            claims.append((sha256, exif if isinstance(exif, Mapping) else None))
        raw[one.name] = digests
    return raw, claims


def _place_of(case: Case) -> proving.Place | None:
    row = case.row
    if row is None or row.lon is None:
        return None
    return proving.Place(lon=row.lon, lat=row.lat, accuracy_m=row.accuracy_m or 0.0)


def _given(
    intent: Intent, raw: Mapping[str, Any], photos: Sequence[proving.Attached], at: proving.Place | None
) -> dict[str, Any]:
    """What the server adds: how far from the ticket it was done, and what is odd about its photos."""
    wanted = {one.name for one in FIELDS[intent] if one.given}
    given: dict[str, Any] = {}
    marks = {mark.value for photo in photos for mark in photo.agreement.marks}
    lon, lat = raw.get("lon"), raw.get("lat")
    if at is not None and isinstance(lon, int | float) and isinstance(lat, int | float):
        away: float | None = distance_m(float(lon), float(lat), at.lon, at.lat)
    else:
        away = min((p.agreement.distance_m for p in photos if p.agreement.distance_m is not None), default=None)
    if "distance_m" in wanted and away is not None:
        given["distance_m"] = round(away, 1)
    if "marks" in wanted and marks:
        given["marks"] = sorted(marks)
    return given
