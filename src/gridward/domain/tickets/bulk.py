"""What a step of the desk on several tickets will do to each of them, told before it is sent.

It is a plan and no promise: the operations are judged one by one when they arrive, and some tickets will have moved on.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from gridward.domain.tickets.table import LIFECYCLE
from gridward.domain.tickets.words import Intent, Status

MOST = 200
"""Tickets in one step: more than anybody looks through in a preview."""


class BulkStep(StrEnum):
    accept = "accept"
    assign = "assign"
    accept_assign = "accept_assign"
    reject = "reject"
    merge = "merge"
    note = "note"
    urge = "urge"


INTENTS: Mapping[BulkStep, tuple[Intent, ...]] = MappingProxyType(
    {
        BulkStep.accept: (Intent.ACCEPT,),
        BulkStep.assign: (Intent.ASSIGN,),
        BulkStep.accept_assign: (Intent.ACCEPT, Intent.ASSIGN),
        BulkStep.reject: (Intent.REJECT,),
        BulkStep.merge: (Intent.MERGE,),
        BulkStep.note: (Intent.NOTE,),
        BulkStep.urge: (Intent.URGE,),
    }
)
"""The operations of each, in their order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is known of a ticket beforehand. ``may``: the policy's actions that this person may on it. ``candidates``: the
    units that its routing named, the likeliest first."""

    status: Status
    may: Collection[str]
    condition_id: str | None = None
    grid_id: str | None = None
    unit_id: str | None = None
    candidates: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """``intents`` will be sent, unless ``why_not`` says why nothing will be. ``unit``: who gets it."""

    intents: tuple[Intent, ...] = ()
    why_not: str | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    unit: Mapping[str, Any] | None = None


def plan(step: BulkStep, ticket: Standing, unit: Mapping[str, Any] | None = None) -> Planned:
    """What will happen to one ticket.

    Args:
        unit: Who is to get it, instead of the unit that its routing names first.
    """
    intents = INTENTS[step]
    if step is BulkStep.accept_assign and ticket.status is not Status.RECEIVED:
        intents = (Intent.ASSIGN,)
    status: Status = ticket.status
    for intent in intents:
        transition = LIFECYCLE.get((status, intent))
        if transition is None:
            return Planned(why_not="ticket.not_a_step", facts={"intent": intent.value, "current": ticket.status.value})
        if transition.action not in ticket.may:
            return Planned(why_not="not_permitted", facts={"action": transition.action})
        status = transition.target or status
    if Intent.ACCEPT in intents and ticket.condition_id is None:
        return Planned(why_not="plan.no_condition")
    if Intent.ACCEPT in intents and ticket.grid_id is None:
        return Planned(why_not="plan.no_grid")
    if Intent.ASSIGN not in intents:
        return Planned(intents=intents)
    chosen = unit or next(iter(ticket.candidates), None)
    if chosen is None:
        return Planned(why_not="plan.no_unit")
    if ticket.unit_id == str(chosen["unit_id"]):
        return Planned(why_not="plan.has_unit")
    return Planned(intents=intents, unit=chosen)
