"""Rules of working together (分办): one ticket becomes several, each with one unit, and ends when all of them have."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from gridward.domain.errors import Conflict, Malformed
from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import Clocks
from gridward.domain.sla.starting import write_course
from gridward.domain.standards import ClockKind
from gridward.domain.tickets.bodies import Body, read_body
from gridward.domain.tickets.rules_desk import OF_THE_UNIT
from gridward.domain.tickets.state import Child, TicketState
from gridward.domain.tickets.step import Step
from gridward.domain.tickets.words import Intent

Facts = tuple[Fact, ...]
FEWEST, MOST = 2, 10


def _split(step: Step) -> Facts:
    parts = step.body.values["parts"]
    step.require(step.state.condition_id is not None, "assign.no_condition")
    if not FEWEST <= len(parts) <= MOST:
        raise Malformed("split.parts", fewest=FEWEST, most=MOST)
    if sum(part["lead"] for part in parts) != 1:
        raise Malformed("split.one_lead")
    for name in ("child_id", "unit_id"):
        if len({part[name] for part in parts}) != len(parts):
            raise Malformed("split.twice", field=name)
    return (step.fact(), *step.lapsed(*OF_THE_UNIT))


def _take_turn(step: Step) -> Facts:
    if not step.state.waiting_turn:
        raise Conflict("split.on_turn")
    return (step.fact(),)


def _child(step: Step) -> Child:
    child_id = step.body.uuid("child_id")
    child = next((child for child in step.state.children if child.child_id == child_id), None)
    if child is None:
        raise Malformed("split.unknown_child", child_id=step.body.get("child_id"))
    return child


def _child_ended(step: Step) -> Facts:
    child = _child(step)
    if not child.open:
        raise Conflict("split.child_not_open")
    following = next((other for other in step.state.children if not other.on_turn), None)
    return (step.fact(next_child_id=following.child_id if following else None),)


def _finish(step: Step) -> Facts:
    """When no child is open any more, the lead's among them."""
    still = [str(child.child_id) for child in step.state.children if child.open]
    step.require(not still, "split.child_open", children=still)
    return (step.fact(),)


def _return(step: Step) -> Facts:
    if _child(step).open:
        raise Conflict("split.child_open")
    return (step.fact(),)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildTicket:
    """A child to be founded by ``decide(None, Intent.SPLIT_OFF, body, …)`` under ``child_id``."""

    child_id: UUID
    body: Body


def children_of(parent_id: UUID, state: TicketState, fact: Fact, clocks: Clocks) -> tuple[ChildTicket, ...]:
    """The children that a ``ticket.split`` asks for. ``state`` and ``clocks``: of the parent, after that fact."""
    overall = clocks.current(ClockKind.OVERALL)
    inherited: dict[str, Any] = {
        "parent_id": str(parent_id),
        "standard_id": state.standard_id,
        "category": state.category,
        "condition_id": state.condition_id,
        "grid_id": str(state.grid_id) if state.grid_id else None,
        "area_class": state.area_class,
        "overall": write_course(overall) if overall else None,
    }
    return tuple(
        ChildTicket(
            child_id=child.child_id,
            body=read_body(
                Intent.SPLIT_OFF,
                {
                    **inherited,
                    "unit_id": part["unit_id"],
                    "unit_kind": part["unit_kind"],
                    "lead": part["lead"],
                    "waiting": not child.on_turn,
                },
            ),
        )
        for child, part in zip(state.children, fact.detail["parts"], strict=True)
    )


RULES: Mapping[Intent, Callable[[Step], Facts]] = MappingProxyType(
    {
        Intent.SPLIT: _split,
        Intent.TAKE_TURN: _take_turn,
        Intent.CHILD_ENDED: _child_ended,
        Intent.FINISH_SPLIT: _finish,
        Intent.RETURN_TO_SPLIT: _return,
    }
)
