"""Who must be told what: one table from what was recorded to the people concerned. Pure.

Here everybody's list inside the app is decided. What also rings a phone: :mod:`gridward.domain.notifications_outward`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Party(StrEnum):
    """People concerned by a ticket, or by a month, found by what they are to it."""

    reporters = "reporters"
    unit = "unit"
    worker = "worker"
    stewards = "stewards"
    asked_steward = "asked_steward"
    building_steward = "building_steward"
    dispatchers = "dispatchers"
    shift_leaders = "shift_leaders"
    supervisors = "supervisors"
    leads = "leads"
    """Of every unit."""


class MessageKind(StrEnum):
    """What a message says. Its words are made on the phone, in the reader's language."""

    to_decide = "to_decide"
    more_asked = "more_asked"
    supplemented = "supplemented"
    withdrawal_wished = "withdrawal_wished"
    check_asked = "check_asked"
    checked = "checked"
    rejected = "rejected"
    cancelled = "cancelled"
    merged = "merged"
    assigned = "assigned"
    handed = "handed"
    sent_out = "sent_out"
    to_verify = "to_verify"
    said_done = "said_done"
    rework = "rework"
    verified = "verified"
    closed = "closed"
    reopened = "reopened"
    restore_asked = "restore_asked"
    urged = "urged"
    supervised = "supervised"
    supervision_answered = "supervision_answered"
    conflict = "conflict"
    review_due = "review_due"
    request_asked = "request_asked"
    request_granted = "request_granted"
    request_refused = "request_refused"
    reminder = "reminder"
    outer_near_due = "outer_near_due"
    cause_found = "cause_found"
    note = "note"
    patrol_overdue = "patrol_overdue"
    patrol_missed = "patrol_missed"
    checkpoint_missed = "checkpoint_missed"
    statement_made = "statement_made"
    statement_objected = "statement_objected"
    statement_decided = "statement_decided"
    published = "published"


TOO_OLD = timedelta(hours=24)
"""What was recorded longer ago is news to nobody: a worker that was away passes it over."""

_R, _U, _D = Party.reporters, Party.unit, Party.dispatchers

TABLE: Mapping[str, tuple[tuple[Party, MessageKind], ...]] = MappingProxyType(
    {
        "report.filed": ((_D, MessageKind.to_decide),),
        "report.more_asked": ((_R, MessageKind.more_asked),),
        "report.supplemented": ((_D, MessageKind.supplemented),),
        "report.withdrawal_wished": ((_D, MessageKind.withdrawal_wished),),
        "ticket.check_asked": ((Party.asked_steward, MessageKind.check_asked),),
        "ticket.checked": ((_D, MessageKind.checked),),
        "ticket.rejected": ((_R, MessageKind.rejected),),
        "ticket.cancelled": ((_R, MessageKind.cancelled), (_U, MessageKind.cancelled)),
        "ticket.merged": ((_R, MessageKind.merged), (_U, MessageKind.merged)),
        "ticket.assigned": ((_U, MessageKind.assigned), (Party.worker, MessageKind.handed), (_R, MessageKind.sent_out)),
        "ticket.split_off": ((_U, MessageKind.assigned),),
        "ticket.turn_came": ((_U, MessageKind.assigned),),
        "ticket.handed": ((Party.worker, MessageKind.handed),),
        "ticket.resolved": ((Party.stewards, MessageKind.to_verify), (_R, MessageKind.said_done)),
        "ticket.reworked": ((_U, MessageKind.rework), (Party.worker, MessageKind.rework)),
        "ticket.verified": ((_R, MessageKind.closed), (_U, MessageKind.verified)),
        "ticket.closed_unverified": ((_R, MessageKind.closed), (_U, MessageKind.closed)),
        "ticket.closed_informed": ((_R, MessageKind.closed), (_U, MessageKind.closed)),
        "ticket.force_closed": ((_R, MessageKind.closed), (_U, MessageKind.closed)),
        "ticket.split_finished": ((_R, MessageKind.closed),),
        "ticket.reopened": ((_R, MessageKind.reopened),),
        "ticket.restore_asked": ((_D, MessageKind.restore_asked),),
        "ticket.urged": ((_U, MessageKind.urged),),
        "supervision.ordered": ((_U, MessageKind.supervised),),
        "supervision.answered": ((Party.supervisors, MessageKind.supervision_answered),),
        "operation.conflicted": ((_D, MessageKind.conflict),),
        "outer.near_due": ((_D, MessageKind.outer_near_due),),
        "cause.found": ((_D, MessageKind.cause_found), (Party.building_steward, MessageKind.cause_found)),
        "shelving.review_due": ((Party.shift_leaders, MessageKind.review_due),),
        "statement.made": ((_U, MessageKind.statement_made),),
        "statement.objected": ((Party.supervisors, MessageKind.statement_objected),),
        "statement.decided": ((_U, MessageKind.statement_decided),),
        "publication.made": tuple((one, MessageKind.published) for one in (Party.leads, _D, Party.shift_leaders)),
    }
)
"""Verb → who is told which kind of message. What stands nowhere is read by those who look."""

PAGE_OF_MONTH: Mapping[str, str] = MappingProxyType(
    {
        "statement.made": "/desk/statements",
        "statement.objected": "/desk/statements",
        "statement.decided": "/desk/statements",
        "publication.made": "/desk/report",
    }
)
"""Verbs that are about a month and no ticket → the page of it, to which ``?month=`` is added. Their detail names ``month``,
and ``unit_id`` where they are about one unit."""

REQUESTS: Mapping[str, tuple[tuple[Party, MessageKind], ...]] = MappingProxyType(
    {
        "extend": ((Party.shift_leaders, MessageKind.request_asked), (Party.supervisors, MessageKind.request_asked)),
        "defer": ((Party.shift_leaders, MessageKind.request_asked), (Party.supervisors, MessageKind.request_asked)),
        "shelve": ((Party.supervisors, MessageKind.request_asked),),
        "send_back": ((_D, MessageKind.request_asked), (Party.shift_leaders, MessageKind.request_asked)),
        "reopen": ((_D, MessageKind.request_asked),),
        "appeal": ((Party.supervisors, MessageKind.request_asked),),
    }
)
"""Who is asked, by what is asked for."""

LADDER: Mapping[str, tuple[Party, ...]] = MappingProxyType(
    {
        "unit": (_U, Party.worker),
        "desk": (_D,),
        "dispatcher": (_D,),
        "verifier": (Party.stewards,),
        "approver": (Party.shift_leaders,),
        "shift_leader": (Party.shift_leaders,),
        "community": (_D,),
        "street": (Party.supervisors,),
        "district": (Party.supervisors,),
    }
)
"""Rungs of the ladder as people of this program."""

NOTES: Mapping[str, tuple[tuple[Party, MessageKind], ...]] = MappingProxyType(
    {"reporter": ((_R, MessageKind.note),), "unit": ((_U, MessageKind.note),), "internal": ()}
)


@dataclass(frozen=True, slots=True)
class Told:
    """A kind of message for a party."""

    party: Party
    kind: MessageKind


def told(verb: str, detail: Mapping[str, Any], *, in_tray: bool) -> Iterator[Told]:
    """Who is told what of an entry. ``in_tray``: the desk has to look at the ticket now."""
    match verb:
        case "report.filed" if not in_tray:
            rows: tuple[tuple[Party, MessageKind], ...] = ()
        case "request.asked":
            rows = REQUESTS.get(detail.get("kind", ""), ())
        case "request.granted" | "request.refused":
            who = _R if detail.get("kind") == "reopen" else _U
            rows = ((who, MessageKind.request_granted if verb == "request.granted" else MessageKind.request_refused),)
        case "clock.reminded":
            parties = [party for rung in detail.get("to", ()) for party in LADDER.get(rung, ())]
            rows = tuple((party, MessageKind.reminder) for party in parties) if detail.get("send") else ()
        case "note.added":
            rows = NOTES.get(detail.get("audience", "internal"), ())
        case _:
            rows = TABLE.get(verb, ())
    for party, kind in dict.fromkeys(rows):
        yield Told(party, kind)


MISSES: tuple[tuple[Party, MessageKind], ...] = tuple(
    (Party.stewards, kind)
    for kind in (MessageKind.patrol_overdue, MessageKind.patrol_missed, MessageKind.checkpoint_missed)
)
"""Of patrols, which are about no ticket: told to the team, and to who leads the grids."""

SAID = frozenset(
    {
        "clock",
        "kind",
        "step",
        "round",
        "reason",
        "until",
        "status",
        "request_id",
        "order_id",
        "number",
        "month",
        "object_until",
    }
)
"""What of an entry's detail goes into the message."""


def said(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Codes, times and numbers for the words of the message."""
    return {name: value for name, value in detail.items() if name in SAID}
