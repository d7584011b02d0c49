"""Filing a report: taken whatever it lacks, once for ever under its id, and sent on by the rules when they are sure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from gridward.domain import sync
from gridward.domain.accounts import Actor, Subject, may, require
from gridward.domain.errors import Refusal
from gridward.domain.routing.choice import Choice, Outcome
from gridward.domain.tickets.bodies import read_body
from gridward.domain.tickets.filing import FilingMark, KindOfReport, told_for_somebody
from gridward.domain.tickets.numbers import official_number, spoken_number
from gridward.domain.tickets.step import Moment
from gridward.domain.tickets.words import Intent
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.prepared import Line
from gridward.persistence.tickets import found_by, history
from gridward.persistence.writes import Writes
from gridward.services.evidence import proving
from gridward.services.tickets.case import Case, acting_as, named, save, subject_of
from gridward.services.tickets.chance import draw
from gridward.services.tickets.following import BY_RULES
from gridward.services.tickets.gathering import Gathered, gather
from gridward.services.tickets.report_values import (
    DESK_SOURCES,
    community_of,
    file_body,
    marks,
    report_values,
    ticket_values,
)


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
    gathered = await gather(session, actor, envelope, now)

    if (
        envelope.body.unit_id is not None
        and gathered.target is None
        and not _goes_where_told(actor, envelope, gathered)
    ):
        gathered = replace(gathered, marks=(*gathered.marks, FilingMark.not_sent_out))
    if envelope.body.source in DESK_SOURCES:
        envelope = replace(envelope, body=told_for_somebody(envelope.body))
    if gathered.target is not None:
        case = _join(gathered.target, actor, report_id, envelope, now)
    else:
        case = _found(actor, report_id, envelope, gathered, now)

    values = report_values(actor, report_id, envelope, gathered, now)
    if not await history.add_report(session, {**values, "ticket_id": case.ticket_id}):
        # An equal request was committed while this one was deciding; what it decided stands.
        rival = await history.report_standing(session, report_id)
        if rival is None:
            raise Refusal("erased")
        return _again(rival, actor, envelope)
    if case.row is None:
        founded = ticket_values(case, envelope.body, gathered, values, now)
        numbers = await history.add_ticket(session, founded)
        day, number, short_no = founded["number_day"], numbers.number, numbers.short_no
    else:
        day, number, short_no = case.row.number_day, case.row.number, case.row.short_no
    writes = Writes()
    proving.tie(writes, actor, gathered.photos, ticket_id=case.ticket_id, report_id=report_id, now=now)
    await save(session, [case], now=now, writes=writes)
    if case.row is not None:
        await found_by.renew(session, [case.ticket_id])
    return Filed(
        report_id=report_id,
        digest=envelope.digest,
        ticket_id=case.ticket_id,
        ticket_no=official_number(day, number),
        short_no=spoken_number(short_no),
        received_at=now,
        made=True,
    )


def _again(known: Line, actor: Actor, envelope: sync.ReportEnvelope) -> Filed:
    erased = known.erased_at is not None
    # Who had sent it is forgotten with it; whoever knows its id hears that it is gone.
    same = known.jurisdiction_id == actor.jurisdiction_id and (erased or known.reporter_id == actor.person_id)
    sync.check_repeat(known.digest, envelope.digest, same_sender=same, erased=erased)
    return Filed(
        report_id=known.report_id,
        digest=known.digest,
        ticket_id=known.ticket_id,
        ticket_no=official_number(known.number_day, known.number),
        short_no=spoken_number(known.short_no),
        received_at=known.received_at,
        made=False,
    )


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
    case.place = {"community_id": community_of(gathered), "marks": marks(gathered)}
    case.routing = choice.as_json()
    subject = Subject(
        jurisdiction_id=actor.jurisdiction_id,
        grid_id=choice.grid_id,
        community_id=case.place["community_id"],
        unit_ids=actor.unit_ids,
    )
    for action in _actions(envelope.body, done=gathered.self_resolved):
        require(actor, action, subject)
    intent = Intent.SELF_RESOLVE if gathered.self_resolved else Intent.FILE
    raw = file_body(actor, report_id, envelope.body, gathered, case)
    body = named(case, intent, read_body(intent, raw), author=actor.person_id, now=now, report_id=report_id)
    case.step(intent, body, acting_as(actor, subject), _moment(envelope, now, report_id))
    if intent is Intent.FILE and _by_the_rules(envelope.body, gathered):
        _send_out(case, kind, choice, now)
    elif intent is Intent.FILE and FilingMark.not_sent_out not in gathered.marks:
        _send_as_told(case, actor, envelope, gathered, now)
    return case


def _by_the_rules(body: sync.ReportBody, gathered: Gathered) -> bool:
    """Whether the rules send it out alone. A desk that names the same unit says no more than they do."""
    condition, choice = gathered.kind.condition, gathered.choice
    held_back = gathered.marks and not (condition and condition.urgent)
    return choice.outcome is Outcome.assign and not held_back and body.unit_id in (None, choice.unit_id)


def _goes_where_told(actor: Actor, envelope: sync.ReportEnvelope, gathered: Gathered) -> bool:
    """Whether the unit that the desk named can have it: it is there, kind and grid are known, the area is this desk's."""
    if _by_the_rules(envelope.body, gathered):
        return True
    here = Subject(
        jurisdiction_id=actor.jurisdiction_id, grid_id=gathered.choice.grid_id, community_id=community_of(gathered)
    )
    known = gathered.told_kind and gathered.kind.condition and gathered.choice.grid_id
    return bool(known) and all(may(actor, action, here) for action in ("ticket:accept", "ticket:assign"))


def _send_as_told(case: Case, actor: Actor, envelope: sync.ReportEnvelope, gathered: Gathered, now: datetime) -> None:
    """The desk accepts it and sends it to the unit it named, in the same breath as it files it."""
    body, condition = envelope.body, gathered.kind.condition
    if body.unit_id is None or condition is None:
        return
    accept = {"condition_id": condition.condition_id, "grid_id": str(gathered.choice.grid_id)}
    acting = acting_as(actor, subject_of(case))
    case.step(Intent.ACCEPT, read_body(Intent.ACCEPT, accept), acting, _moment(envelope, now, new_id()))
    assign = {"unit_id": str(body.unit_id), "unit_kind": gathered.told_kind, "reason": body.unit_reason}
    told = named(case, Intent.ASSIGN, read_body(Intent.ASSIGN, assign), author=actor.person_id, now=now)
    case.step(Intent.ASSIGN, told, acting, _moment(envelope, now, new_id()))


def _actions(body: sync.ReportBody, *, done: bool) -> list[str]:
    found = ["report:file"] + (["report:self_resolve"] if done else [])
    for_others = (body.speaker, body.outer_no, body.said_at, body.outer_due_at, body.unit_id)
    if any(for_others) or body.source in DESK_SOURCES:
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
