"""How tickets come to be. A well-formed report is never refused: what is missing is marked, and the desk looks at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from gridward.domain.facts import Fact, read_instant
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets.bodies import Body
from gridward.domain.tickets.step import Acting, Moment
from gridward.domain.tickets.table import Transition
from gridward.domain.tickets.words import Intent, Status

Founding = Callable[[Intent, Body, Acting, Moment, Terms, Transition], tuple[Fact, ...]]


def _founded(
    intent: Intent,
    body: Body,
    acting: Acting,
    moment: Moment,
    terms: Terms,
    transition: Transition,
    *,
    occurred_at: datetime | None = None,
    **more: Any,
) -> tuple[Fact, ...]:
    standard_id, condition_id = body.get("standard_id"), body.get("condition_id")
    condition = terms.condition(standard_id, condition_id)
    detail = {
        "intent": intent.value,
        "operation_id": str(moment.operation_id),
        "status": transition.target,
        "calendars": dict(terms.current),
        **body.values,
        "urgent": bool(body.get("urgent")) or bool(condition and condition.urgent),
        **more,
    }
    if body.refs:
        detail["texts"] = dict(body.refs)
    fact = Fact(
        verb=transition.verb,
        occurred_at=occurred_at or moment.now,
        recorded_at=moment.now,
        actor_id=acting.person_id,
        via=acting.via,
        detail=detail,
    )
    return (fact,)


def _split_off(
    intent: Intent, body: Body, acting: Acting, moment: Moment, terms: Terms, transition: Transition
) -> tuple[Fact, ...]:
    """A child of a split stands at ``assigned`` from its first moment; its assignment has the operation's id."""
    return _founded(intent, body, acting, moment, terms, transition, assignment_id=str(moment.operation_id))


def _imported(
    intent: Intent, body: Body, acting: Acting, moment: Moment, terms: Terms, transition: Transition
) -> tuple[Fact, ...]:
    """One fact says what another system knew: when it was opened, due and closed. No step is invented in between.

    What is still open is with its unit where kind, grid and unit are known; otherwise the desk looks at it.
    """
    if body.has("closed_at"):
        status = Status.CLOSED
    elif all(body.has(name) for name in ("unit_id", "condition_id", "grid_id")):
        status = Status.ASSIGNED
    else:
        status = Status.RECEIVED
    held = body.has("unit_id") and status is not Status.RECEIVED
    more: dict[str, Any] = {"occurred_at": read_instant(body.values["opened_at"]), "status": status.value}
    if held:
        more["assignment_id"] = str(moment.operation_id)
    return _founded(intent, body, acting, moment, terms, transition, **more)


RULES: Mapping[Intent, Founding] = MappingProxyType(
    {
        Intent.FILE: _founded,
        Intent.SELF_RESOLVE: _founded,
        Intent.SPLIT_OFF: _split_off,
        Intent.IMPORT_PAST: _imported,
    }
)
