"""Filing a report: taken whatever it lacks, once for ever under its id, and sent on by the rules when they are sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain import sync
from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Refusal
from gridward.domain.evidence import PhotoKind, claim_from
from gridward.domain.facts import write_instant
from gridward.domain.routing.choice import Choice, Outcome
from gridward.domain.routing.route import route
from gridward.domain.sla.terms import Terms
from gridward.domain.territory import Located
from gridward.domain.tickets.bodies import read_body
from gridward.domain.tickets.filing import FilingMark, KindOfReport, captured, kind_of, lacks_evidence
from gridward.domain.tickets.numbers import official_number, spoken_number
from gridward.domain.tickets.step import Moment
from gridward.domain.tickets.words import Intent
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.tickets import history
from gridward.persistence.tickets.search import search_vector
from gridward.services import evidence, routing
from gridward.services.sla import local_date, standing_terms
from gridward.services.tickets.case import Case, acting_as, columns, named, save, subject_of
from gridward.services.tickets.chance import draw
from gridward.services.tickets.following import BY_RULES
from gridward.services.tickets.opening import opened

DESK_SOURCES = frozenset({"hotline", "visit", "media", "superior", "walk_in", "other_system"})
"""来源 of reports that the desk files for others; whoever files for himself names none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """The acknowledgement of a report, the same each time it is asked for. ``made``: this call stored it."""

    report_id: UUID
    digest: str
    ticket_id: UUID
    ticket_no: str
    short_no: str
    received_at: datetime
    made: bool

    @property
    def joined(self) -> bool:
        """Whether it was added to a ticket that another report had founded."""
        return self.ticket_id != self.report_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """Everything that decides what becomes of a report."""

    terms: Terms
    standard_id: str
    kind: KindOfReport
    choice: Choice
    located: Located | None
    captured_at: datetime
    marks: tuple[FilingMark, ...]
    photos: tuple[evidence.Attached, ...]
    target: Case | None


async def file_report(
    session: WriteSession, actor: Actor, report_id: UUID, envelope: sync.ReportEnvelope, now: datetime
) -> Filed:
    """Take a report. A repeat with the same id and digest, also a simultaneous one, gets the same answer.

    Raises:
        Conflict: ``id_taken``: the id with other content, or somebody else's.
        Refusal: ``erased``.
        Malformed: ``photos_missing`` with what has not arrived yet.
        Forbidden: no right to file.
    """
    known = await history.report_standing(session, report_id)
    if known is not None:
        return _again(known, actor, envelope)
    gathered = await _gather(session, actor, envelope, now)

    if gathered.target is not None:
        case = _join(gathered.target, actor, report_id, envelope, now)
    else:
        case = _found(actor, report_id, envelope, gathered, now)

    values = _report_values(actor, report_id, envelope, gathered, now)
    if not await history.add_report(session, {**values, "ticket_id": case.ticket_id}):
        # An equal request was committed while this one was deciding; what it decided stands.
        rival = await history.report_standing(session, report_id)
        if rival is None:
            raise Refusal("erased")
        return _again(rival, actor, envelope)
    if case.row is None:
        founded = _ticket_values(case, envelope.body, gathered, values, now)
        numbers = await history.add_ticket(session, founded)
        day, number, short_no = founded["number_day"], numbers.number, numbers.short_no
    else:
        day, number, short_no = case.row.number_day, case.row.number, case.row.short_no
    await save(session, [case], now=now)
    await evidence.tie(session, actor, gathered.photos, ticket_id=case.ticket_id, report_id=report_id, now=now)
    return Filed(
        report_id=report_id,
        digest=envelope.digest,
        ticket_id=case.ticket_id,
        ticket_no=official_number(day, number),
        short_no=spoken_number(short_no),
        received_at=now,
        made=True,
    )


def _again(known: history.Line, actor: Actor, envelope: sync.ReportEnvelope) -> Filed:
    same = known.jurisdiction_id == actor.jurisdiction_id and known.reporter_id == actor.person_id
    sync.check_repeat(known.digest, envelope.digest, same_sender=same, erased=known.erased_at is not None)
    return Filed(
        report_id=known.report_id,
        digest=known.digest,
        ticket_id=known.ticket_id,
        ticket_no=official_number(known.number_day, known.number),
        short_no=spoken_number(known.short_no),
        received_at=known.received_at,
        made=False,
    )


async def _gather(session: WriteSession, actor: Actor, envelope: sync.ReportEnvelope, now: datetime) -> Gathered:
    body = envelope.body
    place = body.location
    photos = await evidence.examine(
        session,
        actor,
        _shown(body),
        at=evidence.Place(lon=place.lon, lat=place.lat, accuracy_m=place.accuracy_m or 0.0) if place else None,
        not_after=now,
    )
    standard, terms = await standing_terms(session, actor.jurisdiction_id, body.category, now)
    kind = kind_of(standard, body)
    asked, rules = await routing.gather(
        session,
        jurisdiction_id=actor.jurisdiction_id,
        category=kind.category,
        condition=kind.condition,
        named=kind.named,
        place=_routed_from(place),
        at=now,
    )
    choice = route(asked, rules)
    captured_at, ahead = captured(envelope.clock, now)
    target = None
    marks = list(kind.marks)
    if lacks_evidence(kind.condition, body):
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
        kind=kind,
        choice=choice,
        located=asked.located,
        captured_at=captured_at,
        marks=tuple(marks),
        photos=photos,
        target=target,
    )


UNSAID_ACCURACY_M = 50.0
"""What a position without a stated accuracy is taken for."""


def _routed_from(place: sync.Location | None) -> routing.Place | None:
    if place is None:
        return None
    accuracy_m = UNSAID_ACCURACY_M if place.accuracy_m is None else place.accuracy_m
    return routing.Place(lon=place.lon, lat=place.lat, accuracy_m=accuracy_m)


def _community_of(gathered: Gathered) -> UUID | None:
    """Of the grid that the ticket gets; a place outside of all grids may lie in a community all the same."""
    located = gathered.located
    if located is None:
        return None
    hit = next((hit for hit in located.grids if hit.grid_id == gathered.choice.grid_id), None)
    return hit.community_id if hit else located.community_id


async def _target(session: WriteSession, actor: Actor, body: sync.ReportBody) -> Case | None:
    """The open ticket of the same kind that the reporter also saw; None: it is not there any more."""
    assert body.join_ticket_id is not None
    address = await history.ticket_of_address(session, body.join_ticket_id)
    case = None if address is None else (await opened(session, [address])).get(address)
    if case is None or case.jurisdiction_id != actor.jurisdiction_id or not case.state.is_open:
        return None
    return case if case.state.category == body.category else None


def _moment(envelope: sync.ReportEnvelope, now: datetime, operation_id: UUID) -> Moment:
    return Moment(now=now, operation_id=operation_id, clock=envelope.clock, sending=envelope.sending, draw=draw())


def _join(case: Case, actor: Actor, report_id: UUID, envelope: sync.ReportEnvelope, now: datetime) -> Case:
    given = {"report_id": str(report_id), "reporter_id": str(actor.person_id) if actor.person_id else None}
    raw = {name: value for name, value in given.items() if value is not None}
    if envelope.body.note:
        raw["note"] = envelope.body.note
    body = named(case, Intent.JOIN, read_body(Intent.JOIN, raw), author=actor.person_id, now=now, report_id=report_id)
    case.step(Intent.JOIN, body, acting_as(actor, subject_of(case)), _moment(envelope, now, report_id))
    return case


def _found(actor: Actor, report_id: UUID, envelope: sync.ReportEnvelope, gathered: Gathered, now: datetime) -> Case:
    """A new ticket: filed, and where the rules are sure, or it is urgent, accepted and assigned at once."""
    choice, kind = gathered.choice, gathered.kind
    case = Case(ticket_id=report_id, jurisdiction_id=actor.jurisdiction_id, terms=gathered.terms)
    case.place = {"community_id": _community_of(gathered), "marks": _marks(gathered)}
    case.routing = choice.as_json()
    subject = Subject(
        jurisdiction_id=actor.jurisdiction_id,
        grid_id=choice.grid_id,
        community_id=case.place["community_id"],
        unit_ids=actor.unit_ids,
    )
    for action in _actions(envelope.body):
        require(actor, action, subject)
    intent = Intent.SELF_RESOLVE if envelope.body.self_resolved else Intent.FILE
    raw = _file_body(actor, report_id, envelope.body, gathered, case)
    body = named(case, intent, read_body(intent, raw), author=actor.person_id, now=now, report_id=report_id)
    case.step(intent, body, acting_as(actor, subject), _moment(envelope, now, report_id))
    held_back = gathered.marks and not (kind.condition and kind.condition.urgent)
    if intent is Intent.FILE and choice.outcome is Outcome.assign and not held_back:
        _send_out(case, kind, choice, now)
    return case


def _actions(body: sync.ReportBody) -> list[str]:
    found = ["report:self_resolve" if body.self_resolved else "report:file"]
    if body.speaker or body.outer_no or body.said_at or body.source in DESK_SOURCES:
        found.append("report:file_on_behalf")
    return found


def _send_out(case: Case, kind: KindOfReport, choice: Choice, now: datetime) -> None:
    if kind.condition is None or choice.grid_id is None or choice.unit_id is None or choice.unit_kind is None:
        return
    rule = choice.rule_id or "none"
    accept = {"condition_id": kind.condition.condition_id, "grid_id": str(choice.grid_id), "by_rule": rule}
    case.step(Intent.ACCEPT, read_body(Intent.ACCEPT, accept), BY_RULES, _by_rules(now))
    assign = {
        "unit_id": str(choice.unit_id),
        "unit_kind": choice.unit_kind.value,
        "role": choice.role or "lead",
        "by_rule": rule,
        "rule_version": choice.version,
    }
    case.step(Intent.ASSIGN, read_body(Intent.ASSIGN, assign), BY_RULES, _by_rules(now))


def _by_rules(now: datetime) -> Moment:
    return Moment(now=now, operation_id=new_id(), draw=draw())


def _file_body(actor: Actor, report_id: UUID, body: sync.ReportBody, gathered: Gathered, case: Case) -> dict[str, Any]:
    kind, choice = gathered.kind, gathered.choice
    photos = [photo.sha256 for photo in body.photos]
    raw: dict[str, Any] = {
        "report_id": str(report_id),
        "reporter_id": str(actor.person_id) if actor.person_id else None,
        "standard_id": gathered.standard_id,
        "category": kind.category.code,
        "condition_id": kind.condition.condition_id if kind.condition else None,
        "grid_id": str(choice.grid_id) if choice.grid_id else None,
        "community_id": str(case.place["community_id"]) if case.place["community_id"] else None,
        "captured_at": write_instant(gathered.captured_at),
        "marks": [mark.value for mark in gathered.marks] or None,
        "photos": photos or None,
    }
    if body.self_resolved:
        after = [body.after_photo] if body.after_photo else []
        raw |= {"after_photos": after, "photos": [one for one in photos if one not in after], "note": body.done_note}
    else:
        raw |= {
            "urgent": bool(kind.condition and kind.condition.urgent),
            "source": _source(actor, body),
            "said_at": write_instant(body.said_at) if body.said_at else None,
            "outer_due_at": write_instant(body.outer_due_at) if body.outer_due_at else None,
            "note": body.note,
        }
    return {name: value for name, value in raw.items() if value is not None and value != ""}


def _source(actor: Actor, body: sync.ReportBody) -> str:
    """Where it came from, for units to read: 志愿者, 网格员, 热线…; never who."""
    if body.source in DESK_SOURCES:
        return body.source
    return min((role.value for role in actor.roles), key=SOURCES.index, default="program")


SOURCES = (
    "dispatcher",
    "shift_leader",
    "steward",
    "liaison",
    "volunteer",
    "unit_worker",
    "unit_lead",
    "supervisor",
    "system_admin",
    "security_admin",
    "audit_admin",
)
"""Of several roles the first is named."""


def _shown(body: sync.ReportBody) -> list[evidence.Shown]:
    return [
        evidence.Shown(sha256=photo.sha256, kind=_photo_kind(photo, body), claim=claim_from(photo.exif))
        for photo in body.photos
    ]


def _photo_kind(photo: sync.PhotoClaim, body: sync.ReportBody) -> PhotoKind:
    if photo.sha256 == body.after_photo:
        return PhotoKind.after
    try:
        return PhotoKind(photo.kind)
    except ValueError:
        return PhotoKind.close


def _point(body: sync.ReportBody) -> str | None:
    return f"SRID=4326;POINT({body.location.lon} {body.location.lat})" if body.location else None


def _report_values(
    actor: Actor, report_id: UUID, envelope: sync.ReportEnvelope, gathered: Gathered, now: datetime
) -> dict[str, Any]:
    body, place = envelope.body, envelope.body.location
    return {
        "report_id": report_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "digest": envelope.digest,
        "schema": envelope.schema,
        "reporter_id": actor.person_id,
        "source": _source(actor, body),
        "speaker": body.speaker,
        "said_at": body.said_at,
        "outer_no": body.outer_no,
        "outer_due_at": body.outer_due_at,
        "patrol_id": body.patrol_id,
        "visit_id": body.visit_id,
        "category_code": body.category,
        "condition_id": body.condition_id,
        "location": _point(body),
        "accuracy_m": place.accuracy_m if place else None,
        "location_age_s": place.age_s if place else None,
        "location_source": place.source if place else None,
        "place_note": body.place_note,
        "captured_at": gathered.captured_at,
        "received_at": now,
        "clock": envelope.clock.as_json(),
        "agent": envelope.sending.agent,
        "self_resolved": body.self_resolved,
        "marks": _marks(gathered),
    }


def _marks(gathered: Gathered) -> list[str]:
    of_photos = {mark.value for photo in gathered.photos for mark in photo.agreement.marks}
    return [mark.value for mark in gathered.marks] + sorted(of_photos)


def _ticket_values(
    case: Case, body: sync.ReportBody, gathered: Gathered, report: dict[str, Any], now: datetime
) -> dict[str, Any]:
    community_id = case.place["community_id"]
    building = gathered.located.building if gathered.located else None
    words: Sequence[str | None] = (body.place_note, gathered.kind.category.name.zh, body.outer_no)
    return {
        **columns(case, now),
        "ticket_id": case.ticket_id,
        "jurisdiction_id": case.jurisdiction_id,
        "number_day": local_date(gathered.terms, now),
        "number_area_id": community_id or case.jurisdiction_id,
        "source": report["source"],
        "place_note": body.place_note,
        "location": report["location"],
        "accuracy_m": report["accuracy_m"],
        "building_id": building.building_id if building else None,
        "received_at": now,
        "captured_at": gathered.captured_at,
        "photo_sha256": body.photos[0].sha256 if body.photos else None,
        "conflict": False,
        "search": search_vector(words, (body.note,)),
    }
