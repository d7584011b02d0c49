"""How tickets come to be. A well-formed report is never refused: what is missing is marked, and the desk looks at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from gridward.domain.facts import Fact
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets.bodies import Body
from gridward.domain.tickets.step import Acting, Moment
from gridward.domain.tickets.table import Transition
from gridward.domain.tickets.words import Intent, Status

Founding = Callable[[Intent, Body, Acting, Moment, Terms, Transition], tuple[Fact, ...]]


def _founded(
    intent: Intent, body: Body, acting: Acting, moment: Moment, terms: Terms, transition: Transition, **more: Any
) -> tuple[Fact, ...]:
    standard_id, condition_id = body.get("standard_id"), body.get("condition_id")
    condition = terms.condition(standard_id, condition_id)
    (status,) = transition.targets
    detail = {
        "intent": intent.value,
        "operation_id": str(moment.operation_id),
        "status": Status(status).value,
        "calendars": dict(terms.current),
        **body.values,
        "urgent": bool(body.get("urgent")) or bool(condition and condition.urgent),
        **more,
    }
    if body.refs:
        detail["texts"] = dict(body.refs)
    fact = Fact(
        verb=transition.verb,
        occurred_at=moment.now,
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
    more = {"assignment_id": str(moment.operation_id)}
    return _founded(intent, body, acting, moment, terms, transition, **more)


RULES: Mapping[Intent, Founding] = MappingProxyType(
    {Intent.FILE: _founded, Intent.SELF_RESOLVE: _founded, Intent.SPLIT_OFF: _split_off}
)
