"""One ticket with its timeline, its evidence and its reasons, as far as this viewer may see them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Role
from gridward.domain.standards import Reason, Standard
from gridward.domain.tickets.bodies import FIELDS
from gridward.domain.tickets.intake_people import masked
from gridward.domain.tickets.words import LINK, Intent
from gridward.persistence.database import ReadSession
from gridward.persistence.tickets import detail as stored
from gridward.persistence.tickets.detail import Line
from gridward.persistence.tickets.rows import ClockRow, RequestRow
from gridward.services.evidence import showing
from gridward.services.tickets.read import Folded, folded, steps_for
from gridward.web.tickets.parts import AssignmentShown, ResolutionShown
from gridward.web.tickets.shapes import subject_of

SHOWN_DETAIL = frozenset(
    [
        "status",
        "condition_id",
        "category",
        "unit_id",
        "unit_kind",
        "role",
        "worker_id",
        "request_id",
        "kind",
        "reason",
        "until",
        "by",
        "way",
        "way_why",
        "marks",
        "distance_m",
        "clock",
        "step",
        "to",
        "send",
        "round",
        "late",
        "captured_at",
        "counted_why",
        "satisfied",
        "found",
        "number",
        "by_rule",
        "rule_version",
        "order_no",
        "order_year",
        "answer_by",
        "order_id",
        "on_behalf",
        "told_at",
        "implied",
        "resolution_id",
        "assignment_id",
        "into",
        "child_id",
        "next_child_id",
        "audience",
        "parallel",
        "from_version",
        "to_version",
        "calendar_id",
        "breached_at",
        "why",
        "suspension_id",
        "from",
        "in_order",
        "code",
        "intent",
        "operation_id",
        "source",
        "urgent",
        "grid_id",
        "outer_due_at",
    ]
)
"""What of an entry is shown; a reporter's id never is."""


async def detail(
    session: ReadSession, viewer: Actor, row: Line, brief: Mapping[str, Any], fields: frozenset[str], now: datetime
) -> dict[str, Any]:
    """Everything around the brief, each part by the field of the policy that opens it."""
    ticket_id = row.ticket_id
    what = await folded(session, row.jurisdiction_id, ticket_id)
    reports = await stored.reports_of(session, ticket_id)
    standard = what.terms.standard(str(row.standard_id))
    turns = await stored.assignments_of(session, ticket_id) if "assignment" in fields else ()
    requests = await stored.requests_of(session, ticket_id) if "requests" in fields else ()
    hidden_too = "internal_notes" in fields
    photos = (await showing.photos_of(session, [ticket_id], with_hidden=hidden_too))[ticket_id]
    routing = await stored.routing_of(session, ticket_id) if fields & {"routing", "candidates"} else None
    timeline = await _timeline(session, viewer, row, fields, reports) if "timeline" in fields else []
    return {
        **brief,
        "source": row.source if "source" in fields else None,
        "timeline": timeline,
        "clocks": [_clock(one) for one in await stored.clocks_of(session, ticket_id)] if "clocks" in fields else [],
        "photos": photos if "photos" in fields else [],
        "routing": routing if "routing" in fields else None,
        "candidates": _candidates(routing) if "candidates" in fields else [],
        "assignment": next((_assignment(one) for one in turns if one.assignment_id == row.assignment_id), None),
        "resolution": _resolution(what) if "resolution" in fields else None,
        "requests": [_request(one) for one in requests],
        "condition": _condition(standard, row.condition_id) if "condition" in fields else None,
        "allowed": _offered(viewer, row, what, standard) if "allowed" in fields else [],
        "reporter": [_reporter(one) for one in reports] if "reporter" in fields else None,
        "conflict": row.conflict if "conflicts" in fields else None,
        "reasons_said": _said(standard, {one["detail"].get("reason") for one in timeline}),
    }


async def _timeline(
    session: ReadSession, viewer: Actor, row: Line, fields: frozenset[str], reports: Sequence[Line]
) -> list[dict[str, Any]]:
    entries = await stored.entries_of(session, row.ticket_id)
    people = await stored.people_of(session, {one.actor_id for one in entries if one.actor_id is not None})
    reporters = {one.reporter_id for one in reports} | {
        one.actor_id for one in entries if one.verb in ("report.filed", "report.joined")
    }
    texts = {
        str(one.text_id): one.body
        for one in await stored.texts_of(session, row.ticket_id)
        if _may_read(one, viewer, row, fields)
    }
    shown = []
    for one in entries:
        who = _kind_of_person(one, people, reporters)
        said = {
            name: texts[ref["text_id"]]
            for name, ref in (one.detail.get("texts") or {}).items()
            if ref["text_id"] in texts
        }
        shown.append(
            {
                "at": one.occurred_at,
                "recorded_at": one.recorded_at,
                "verb": one.verb,
                "who": who,
                "who_label": _label(one, who, people, viewer, fields),
                "via": one.via,
                "text": next(iter(said.values()), None),
                "texts": said,
                "photos": list(one.detail.get("photos") or ()) if "photos" in fields else [],
                "detail": {name: value for name, value in one.detail.items() if name in SHOWN_DETAIL},
            }
        )
    return shown


def _may_read(text: Line, viewer: Actor, row: Line, fields: frozenset[str]) -> bool:
    """Its author, the desk, and whoever it is for."""
    if "internal_notes" in fields or (text.author_id is not None and text.author_id == viewer.person_id):
        return True
    return ("unit" in text.audiences and "unit_notes" in fields) or ("reporter" in text.audiences and row.mine)


KINDS: Sequence[tuple[str, frozenset[str]]] = (
    ("unit", frozenset({Role.unit_worker.value, Role.unit_lead.value})),
    ("desk", frozenset({Role.dispatcher.value, Role.shift_leader.value})),
    ("supervisor", frozenset({Role.supervisor.value})),
    ("steward", frozenset({Role.steward.value})),
)


def _kind_of_person(entry: Line, people: Mapping[UUID, tuple[str, frozenset[str]]], reporters: set[UUID]) -> str:
    if entry.actor_id is None:
        return "program"
    if entry.via == LINK:
        # Somebody of the unit, by the address that the desk had handed out.
        return "unit"
    if entry.actor_id in reporters:
        return "reporter"
    _, roles = people.get(entry.actor_id, ("", frozenset()))
    return next((kind for kind, wanted in KINDS if roles & wanted), "person")


NAMED_FOR = {"reporter": "reporter", "unit": "assignment", "steward": "unit_notes", "person": "internal_notes"}
"""Whose name opens with which field; the desk's and the supervisor's with the internal notes."""


def _label(
    entry: Line,
    who: str,
    people: Mapping[UUID, tuple[str, frozenset[str]]],
    viewer: Actor,
    fields: frozenset[str],
) -> str:
    if entry.actor_id is None or entry.via == LINK:
        return who
    known = entry.actor_id == viewer.person_id or NAMED_FOR.get(who, "internal_notes") in fields
    name, _ = people.get(entry.actor_id, (who, frozenset()))
    return name if known else who


def _clock(row: ClockRow) -> dict[str, Any]:
    return {
        "clock": row.kind,
        "key": row.key,
        "round": row.round,
        "number": row.number,
        "unit_id": row.unit_id,
        "state": row.state,
        "started_at": row.started_at,
        "due_at": row.due_at,
        "first_due_at": row.first_due_at,
        "stopped_at": row.stopped_at,
        "breached_at": row.breached_at,
        "exempt": row.exempt,
        "provisional": row.provisional,
        "binding": row.binding,
    }


def _candidates(routing: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return [
        {
            "unit_id": one["unit_id"],
            "unit_name": one["name"],
            "unit_kind": one["kind"],
            "source": one["source"],
            "needed": one["needed"],
        }
        for one in (routing or {}).get("candidates") or ()
    ]


def _assignment(turn: Line) -> dict[str, Any]:
    return {name: getattr(turn, name) for name in AssignmentShown.model_fields}


def _resolution(what: Folded) -> dict[str, Any] | None:
    resolution = what.ticket.state.resolution
    if resolution is None:
        return None
    return {name: getattr(resolution, name) for name in ResolutionShown.model_fields}


def _request(row: RequestRow) -> dict[str, Any]:
    return {
        "request_id": row.request_id,
        "kind": row.kind,
        "state": row.outcome or "open",
        "reason": row.reason,
        "asked_at": row.asked_at,
        "until_at": row.until_at,
        "by": row.detail.get("by"),
        "decided_at": row.decided_at,
    }


def _condition(standard: Standard, condition_id: str | None) -> dict[str, Any] | None:
    if condition_id is None:
        return None
    condition = standard.condition(condition_id)
    return {
        "condition_id": condition.condition_id,
        "code": condition.code,
        "name": condition.name.zh if condition.name else None,
        "filing_text": condition.filing_text,
        "closing_text": condition.closing_text,
        "limit_text": condition.limit.words if condition.limit else None,
        "evidence": [one.value for one in condition.closing_evidence],
        "verification": condition.verification.value,
        "milestones": [
            {
                "number": one.number,
                "name": one.name,
                "limit_text": one.limit.words,
                "proof": [p.value for p in one.proof],
            }
            for one in condition.milestones
        ],
    }


def _offered(viewer: Actor, row: Line, what: Folded, standard: Standard) -> list[dict[str, Any]]:
    return [
        {
            "intent": step.intent.value,
            "needs": [
                {
                    "name": need.name,
                    "kind": need.kind.value,
                    "required": need.required,
                    "given": need.given,
                    "choices": list(need.choices),
                }
                for need in FIELDS[step.intent]
            ],
            "reasons": reasons_shown(standard.reasons.get(step.intent.value.removeprefix("ask_"), ())),
        }
        for step in steps_for(viewer, subject_of(row, viewer), what)
        if step.intent is not Intent.REACH or _stages_left(row, what, standard)
    ]


def _stages_left(row: Line, what: Folded, standard: Standard) -> bool:
    """Whether the unit on duty has a stage of this condition before it."""
    assignment = what.ticket.state.assignment
    if row.condition_id is None or assignment is None:
        return False
    return any(one.number not in assignment.reached for one in standard.condition(row.condition_id).milestones)


def reasons_shown(lines: Iterable[Reason]) -> list[dict[str, str]]:
    return [{"code": one.code, "zh": one.text.zh, "en": one.text.en} for one in lines]


def _said(standard: Standard, codes: Collection[object]) -> list[dict[str, str]]:
    every = {one.code: one for lines in standard.reasons.values() for one in lines if one.code in codes}
    return reasons_shown(every.values())


def _reporter(report: Line) -> dict[str, Any]:
    return {
        "report_id": report.report_id,
        "name": report.reporter_name,
        "source": report.source,
        "speaker": masked(report.speaker) if report.speaker else None,
        "said_at": report.said_at,
        "outer_no": report.outer_no,
        "outer_due_at": report.outer_due_at,
        "received_at": report.received_at,
    }
