"""Who must be told what: one table from what was recorded to the people concerned. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Any


class Party(StrEnum):
    """People concerned by a ticket, found by what they are to it."""

    reporters = "reporters"
    unit = "unit"
    worker = "worker"
    stewards = "stewards"
    asked_steward = "asked_steward"
    dispatchers = "dispatchers"
    shift_leaders = "shift_leaders"
    supervisors = "supervisors"


TOO_OLD = timedelta(hours=24)
"""What was recorded longer ago is news to nobody: a worker that was away passes it over."""

_R, _U, _D = Party.reporters, Party.unit, Party.dispatchers

TABLE: Mapping[str, tuple[tuple[Party, str], ...]] = MappingProxyType(
    {
        "report.filed": ((_D, "to_decide"),),
        "report.more_asked": ((_R, "more_asked"),),
        "report.supplemented": ((_D, "supplemented"),),
        "report.withdrawal_wished": ((_D, "withdrawal_wished"),),
        "ticket.check_asked": ((Party.asked_steward, "check_asked"),),
        "ticket.checked": ((_D, "checked"),),
        "ticket.rejected": ((_R, "rejected"),),
        "ticket.cancelled": ((_R, "cancelled"), (_U, "cancelled")),
        "ticket.merged": ((_R, "merged"), (_U, "merged")),
        "ticket.assigned": ((_U, "assigned"), (Party.worker, "handed"), (_R, "sent_out")),
        "ticket.split_off": ((_U, "assigned"),),
        "ticket.turn_came": ((_U, "assigned"),),
        "ticket.handed": ((Party.worker, "handed"),),
        "ticket.resolved": ((Party.stewards, "to_verify"), (_R, "said_done")),
        "ticket.reworked": ((_U, "rework"), (Party.worker, "rework")),
        "ticket.verified": ((_R, "closed"), (_U, "verified")),
        "ticket.closed_unverified": ((_R, "closed"), (_U, "closed")),
        "ticket.closed_informed": ((_R, "closed"), (_U, "closed")),
        "ticket.force_closed": ((_R, "closed"), (_U, "closed")),
        "ticket.split_finished": ((_R, "closed"),),
        "ticket.reopened": ((_R, "reopened"),),
        "ticket.restore_asked": ((_D, "restore_asked"),),
        "ticket.urged": ((_U, "urged"),),
        "supervision.ordered": ((_U, "supervised"),),
        "supervision.answered": ((Party.supervisors, "supervision_answered"),),
        "operation.conflicted": ((_D, "conflict"),),
        "shelving.review_due": ((Party.shift_leaders, "review_due"),),
    }
)
"""Verb → who is told which kind of message. What stands nowhere is read by those who look."""

REQUESTS: Mapping[str, tuple[tuple[Party, str], ...]] = MappingProxyType(
    {
        "extend": ((Party.shift_leaders, "request_asked"), (Party.supervisors, "request_asked")),
        "defer": ((Party.shift_leaders, "request_asked"), (Party.supervisors, "request_asked")),
        "shelve": ((Party.supervisors, "request_asked"),),
        "send_back": ((_D, "request_asked"), (Party.shift_leaders, "request_asked")),
        "reopen": ((_D, "request_asked"),),
        "appeal": ((Party.supervisors, "request_asked"),),
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

NOTES: Mapping[str, tuple[tuple[Party, str], ...]] = MappingProxyType(
    {"reporter": ((_R, "note"),), "unit": ((_U, "note"),), "internal": ()}
)


@dataclass(frozen=True, slots=True)
class Told:
    """A kind of message for a party."""

    party: Party
    kind: str


def told(verb: str, detail: Mapping[str, Any], *, in_tray: bool) -> Iterator[Told]:
    """Who is told what of an entry. ``in_tray``: the desk has to look at the ticket now."""
    match verb:
        case "report.filed" if not in_tray:
            rows: tuple[tuple[Party, str], ...] = ()
        case "request.asked":
            rows = REQUESTS.get(detail.get("kind", ""), ())
        case "request.granted" | "request.refused":
            who = _R if detail.get("kind") == "reopen" else _U
            rows = ((who, verb.replace(".", "_")),)
        case "clock.reminded":
            parties = [party for rung in detail.get("to", ()) for party in LADDER.get(rung, ())]
            rows = tuple((party, "reminder") for party in parties) if detail.get("send") else ()
        case "note.added":
            rows = NOTES.get(detail.get("audience", "internal"), ())
        case _:
            rows = TABLE.get(verb, ())
    for party, kind in dict.fromkeys(rows):
        yield Told(party, kind)


SAID = frozenset({"clock", "kind", "step", "round", "reason", "until", "status", "request_id", "order_id", "number"})
"""What of an entry's detail goes into the message."""


def said(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Codes, times and numbers for the words of the message."""
    return {name: value for name, value in detail.items() if name in SAID}
