"""Everything that decides what becomes of a report, fetched before it is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gridward.domain import sync
from gridward.domain.accounts import Actor, may
from gridward.domain.evidence import MAX_ACCURACY_M, PhotoKind, claim_from
from gridward.domain.routing.choice import Choice
from gridward.domain.routing.route import route
from gridward.domain.sla.terms import Terms
from gridward.domain.territory import Located
from gridward.domain.tickets.filing import FilingMark, KindOfReport, captured, kind_of, lacks_evidence
from gridward.persistence.database import WriteSession
from gridward.persistence.standards.applying import Applied
from gridward.persistence.tickets import history
from gridward.persistence.tickets.named import unit_kinds
from gridward.services.evidence import proving
from gridward.services.routing import choose as routing
from gridward.services.sla import standing_terms
from gridward.services.tickets.case import Case, subject_of
from gridward.services.tickets.opening import opened


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """``target`` is the open ticket that the report joins; None: it founds its own.

    ``told_kind`` is of the unit that the desk named; None: it named none, or there is no such unit.
    """

    terms: Terms
    standard_id: str
    applied: Applied
    kind: KindOfReport
    choice: Choice
    located: Located | None
    captured_at: datetime
    marks: tuple[FilingMark, ...]
    photos: tuple[proving.Attached, ...]
    target: Case | None
    self_resolved: bool
    told_kind: str | None = None


async def gather(session: WriteSession, actor: Actor, envelope: sync.ReportEnvelope, now: datetime) -> Gathered:
    body = envelope.body
    place = body.location
    photos = await proving.examine(
        session,
        actor,
        _shown(body),
        at=proving.Place(lon=place.lon, lat=place.lat, accuracy_m=place.accuracy_m or 0.0) if place else None,
        not_after=now,
    )
    routed_from = _routed_from(place)
    around = await routing.look_around(session, actor.jurisdiction_id, routed_from, now)
    standard, terms, applied = await standing_terms(
        session,
        actor.jurisdiction_id,
        body.category,
        now,
        community_id=around.community_id if around else None,
        grid_id=around.grid.grid_id if around and around.grid else None,
    )
    kind = kind_of(standard, body)
    asked, rules = await routing.gather(
        session,
        jurisdiction_id=actor.jurisdiction_id,
        category=kind.category,
        condition=kind.condition,
        named=kind.named,
        place=routed_from,
        located=around,
        area_class=applied.area_class,
        at=now,
    )
    choice = route(asked, rules)
    captured_at, ahead = captured(envelope.clock, now)
    target = None
    marks = list(kind.marks)
    done = _did_it_himself(body)
    if lacks_evidence(kind.condition, body) or (body.self_resolved and not done):
        marks.append(FilingMark.evidence_missing)
    if ahead:
        marks.append(FilingMark.clock_ahead)
    if body.join_ticket_id is not None:
        target = await _target(session, actor, body)
        if target is None:
            marks.append(FilingMark.join_failed)
    return Gathered(
        terms=terms,
        standard_id=standard.standard_id,
        applied=applied,
        kind=kind,
        choice=choice,
        located=asked.located,
        captured_at=captured_at,
        marks=tuple(marks),
        photos=photos,
        target=target,
        self_resolved=done,
        told_kind=await _told_kind(session, actor, body, now),
    )


async def _told_kind(session: WriteSession, actor: Actor, body: sync.ReportBody, now: datetime) -> str | None:
    if body.unit_id is None:
        return None
    return (await unit_kinds(session, actor.jurisdiction_id, {body.unit_id}, now)).get(body.unit_id)


UNSAID_ACCURACY_M = 50.0
"""What a position without a stated accuracy is taken for."""


def _routed_from(place: sync.Location | None) -> routing.Place | None:
    if place is None:
        return None
    accuracy_m = UNSAID_ACCURACY_M if place.accuracy_m is None else min(place.accuracy_m, MAX_ACCURACY_M)
    return routing.Place(lon=place.lon, lat=place.lat, accuracy_m=accuracy_m)


async def _target(session: WriteSession, actor: Actor, body: sync.ReportBody) -> Case | None:
    """The open ticket of the same kind that the reporter also saw; None: it is not there any more."""
    assert body.join_ticket_id is not None
    address = await history.ticket_of_address(session, body.join_ticket_id)
    case = None if address is None else (await opened(session, [address])).get(address)
    if case is None or not case.state.is_open or case.state.category != body.category:
        return None
    return case if may(actor, "ticket:join", subject_of(case)) else None


def _did_it_himself(body: sync.ReportBody) -> bool:
    """我已顺手处理 with a photo of before and one of after; without them it is a report like any other."""
    before = [photo for photo in body.photos if photo.sha256 != body.after_photo]
    return body.self_resolved and body.after_photo is not None and bool(before)


def _shown(body: sync.ReportBody) -> list[proving.Shown]:
    return [
        proving.Shown(sha256=photo.sha256, kind=_photo_kind(photo, body), claim=claim_from(photo.exif))
        for photo in body.photos
    ]


def _photo_kind(photo: sync.PhotoClaim, body: sync.ReportBody) -> PhotoKind:
    if photo.sha256 == body.after_photo:
        return PhotoKind.after
    try:
        return PhotoKind(photo.kind)
    except ValueError:
        return PhotoKind.close
