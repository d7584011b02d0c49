"""A ticket as the fold of its facts. It believes them: what was legal was decided before they were written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Any
from uuid import UUID

from gridward.domain.facts import Fact, read_instant
from gridward.domain.tickets import apply_requests, rounds
from gridward.domain.tickets.state import Assignment, Child, Resolution, TicketState
from gridward.domain.tickets.words import OPEN, Closing, Status
from gridward.domain.values import replace

Handler = Callable[[TicketState, Fact], TicketState]


def fold(facts: Iterable[Fact]) -> TicketState:
    """The ticket after these facts, in order. The first must found it (``report.filed`` or ``ticket.split_off``)."""
    state: TicketState | None = None
    for fact in facts:
        state = apply(state, fact)
    if state is None:
        raise ValueError("a ticket without facts is no ticket")
    return state


def apply(state: TicketState | None, fact: Fact) -> TicketState:
    """The ticket after one more fact."""
    if state is None:
        state = _imported(fact) if fact.verb == "ticket.imported" else _founded(fact)
        return replace(state, rounds=rounds.founded(fact))
    handler = _HANDLERS.get(fact.verb)
    if handler is not None:
        state = handler(state, fact)
    if fact.detail.get("counted_why") == "capped":
        state = _capped(state, fact)
    state = replace(state, rounds=rounds.counted(state.rounds, fact))
    version, status = state.version + 1, fact.status
    if status is None:
        return replace(state, version=version)
    if status in OPEN:
        return replace(state, version=version, status=Status(status), ended_at=None)
    return replace(state, version=version, status=Status(status), ended_at=fact.recorded_at, waits_for_reporter=False)


def _capped(state: TicketState, fact: Fact) -> TicketState:
    operation_id, captured_at = fact.uuid("operation_id"), fact.instant("captured_at")
    if operation_id is None or captured_at is None:
        return state
    return replace(state, late_work=MappingProxyType({**state.late_work, operation_id: captured_at}))


def _founded(fact: Fact) -> TicketState:
    detail, status = fact.detail, Status(fact.detail["status"])
    report_id = fact.uuid("report_id")
    state = TicketState(
        status=status,
        standard_id=detail["standard_id"],
        category=detail.get("category"),
        condition_id=detail.get("condition_id"),
        urgent=detail.get("urgent", False),
        grid_id=fact.uuid("grid_id"),
        area_class=detail.get("area_class"),
        reporters=MappingProxyType({report_id: fact.uuid("reporter_id")} if report_id else {}),
        received_at=fact.recorded_at,
        captured_at=fact.instant("captured_at") or fact.recorded_at,
        parent_id=fact.uuid("parent_id"),
        waiting_turn=detail.get("waiting", False),
    )
    if state.parent_id is not None:
        state = assigned(replace(state, accepted_at=fact.recorded_at), fact)
    if not state.is_open:
        state = replace(state, ended_at=fact.recorded_at, closing=Closing.SELF_RESOLVED)
    return state


def _imported(fact: Fact) -> TicketState:
    """A ticket of another system, with that system's times. Whoever reported it there is not known here."""
    detail, opened_at = fact.detail, fact.occurred_at
    state = TicketState(
        status=Status(detail["status"]),
        standard_id=detail["standard_id"],
        category=detail["category"],
        condition_id=detail.get("condition_id"),
        urgent=detail.get("urgent", False),
        grid_id=fact.uuid("grid_id"),
        received_at=opened_at,
        captured_at=opened_at,
        ended_at=fact.instant("closed_at"),
    )
    if not state.is_open:
        state = replace(state, closing=Closing.IMPORTED)
    return assigned(replace(state, accepted_at=opened_at), fact) if "assignment_id" in detail else state


def known(state: TicketState, fact: Fact) -> TicketState:
    detail = fact.detail
    return replace(
        state,
        category=detail.get("category", state.category),
        condition_id=detail.get("condition_id", state.condition_id),
        urgent=detail.get("urgent", state.urgent),
        grid_id=fact.uuid("grid_id") or state.grid_id,
        area_class=detail.get("area_class", state.area_class),
    )


def accepted(state: TicketState, fact: Fact) -> TicketState:
    return replace(known(state, fact), accepted_at=fact.recorded_at, waits_for_reporter=False)


def joined(state: TicketState, fact: Fact) -> TicketState:
    report_id = fact.uuid("report_id")
    assert report_id is not None
    return replace(state, reporters=MappingProxyType({**state.reporters, report_id: fact.uuid("reporter_id")}))


def parted(state: TicketState, fact: Fact) -> TicketState:
    gone = {UUID(report_id) for report_id in fact.detail["report_ids"]}
    return replace(state, reporters=MappingProxyType({r: p for r, p in state.reporters.items() if r not in gone}))


def new_round(state: TicketState, fact: Fact) -> TicketState:
    return replace(
        state,
        round=state.round + 1,
        dispatched=False,
        assignment=None,
        answerable_unit_id=None,
        resolution=None,
        reworks=0,
        extensions=0,
        grants=MappingProxyType({}),
        last_resort_due=False,
        paused_until=None,
        shelved_at=None,
        reviews=0,
        closing=None,
        merged_into=None,
        status_before=None,
        wishes=frozenset(),
    )


def assigned(state: TicketState, fact: Fact) -> TicketState:
    unit_id, assignment_id = fact.uuid("unit_id"), fact.uuid("assignment_id")
    assert unit_id is not None
    assert assignment_id is not None
    role = fact.detail.get("role", "lead")
    same = state.assignment if state.assignment and state.assignment.unit_id == unit_id else None
    assignment = Assignment(
        assignment_id=assignment_id,
        unit_id=unit_id,
        unit_kind=fact.detail["unit_kind"],
        assigned_at=fact.recorded_at,
        dispatched_at=same.dispatched_at if same else fact.recorded_at,
        worker_id=fact.uuid("worker_id"),
        role=role,
        arrived=same.arrived if same else False,
        reached=same.reached if same else frozenset(),
    )
    return replace(
        state,
        assignment=assignment,
        dispatched=True,
        unit_ids=state.unit_ids | {unit_id},
        answerable_unit_id=state.answerable_unit_id or unit_id,
        last_resort_due=state.last_resort_due and role != "last_resort",
        paused_until=None,
        shelved_at=None,
    )


def _on_duty(state: TicketState, **changes: Any) -> TicketState:
    if state.assignment is None:
        return state
    return replace(state, assignment=replace(state.assignment, **changes))


def acknowledged(state: TicketState, fact: Fact) -> TicketState:
    unit = state.assignment.unit_id if state.assignment else None
    return replace(_on_duty(state, acknowledged=True), answerable_unit_id=unit)


def reached(state: TicketState, fact: Fact) -> TicketState:
    before = state.assignment.reached if state.assignment else frozenset()
    return _on_duty(state, reached=before | {fact.detail["number"]})


def handed(state: TicketState, fact: Fact) -> TicketState:
    return _on_duty(state, worker_id=fact.uuid("worker_id"))


LAST_RESORT_AFTER = 2
"""Granted send-backs after which the last resort acts first."""


def sent_back(state: TicketState, fact: Fact) -> TicketState:
    granted = state.send_backs_granted + 1
    due = granted >= LAST_RESORT_AFTER or fact.detail.get("ownership_unknown", False)
    return replace(state, assignment=None, send_backs_granted=granted, last_resort_due=due)


def resolved(state: TicketState, fact: Fact) -> TicketState:
    resolution_id, unit_id = fact.uuid("resolution_id"), fact.uuid("unit_id")
    assert resolution_id is not None
    assert unit_id is not None
    resolution = Resolution(
        resolution_id=resolution_id,
        unit_id=unit_id,
        way=fact.detail["way"],
        counted_at=fact.occurred_at,
        received_at=fact.recorded_at,
        has_photo=bool(fact.detail.get("photos")),
    )
    return replace(_on_duty(state, acknowledged=True), resolution=resolution, answerable_unit_id=unit_id)


def reworked(state: TicketState, fact: Fact) -> TicketState:
    changed = _on_duty(
        state, assignment_id=fact.uuid("assignment_id"), assigned_at=fact.recorded_at, acknowledged=False
    )
    return replace(changed, reworks=state.reworks + 1)


def closed(state: TicketState, fact: Fact) -> TicketState:
    return replace(state, closing=rounds.CLOSINGS[fact.verb])


def resumed(state: TicketState, fact: Fact) -> TicketState:
    return replace(state, paused_until=None, shelved_at=None)


def split(state: TicketState, fact: Fact) -> TicketState:
    in_order = fact.detail.get("in_order", False)
    children = tuple(
        Child(
            child_id=UUID(part["child_id"]),
            unit_id=UUID(part["unit_id"]),
            lead=part["lead"],
            on_turn=not in_order or place == 0,
        )
        for place, part in enumerate(fact.detail["parts"])
    )
    units = state.unit_ids | {child.unit_id for child in children}
    return replace(state, children=children, in_order=in_order, assignment=None, dispatched=True, unit_ids=units)


def _child(state: TicketState, child_id: UUID | None, **changes: Any) -> TicketState:
    return replace(
        state, children=tuple(replace(c, **changes) if c.child_id == child_id else c for c in state.children)
    )


def split_resumed(state: TicketState, fact: Fact) -> TicketState:
    if fact.status is not None:
        state = replace(new_round(state, fact), dispatched=True)
    return _child(state, fact.uuid("child_id"), open=True)


def child_ended(state: TicketState, fact: Fact) -> TicketState:
    """A child is closed; in an ordered split the next one's turn comes."""
    state = _child(state, fact.uuid("child_id"), open=False)
    return _child(state, fact.uuid("next_child_id"), on_turn=True)


def merged(state: TicketState, fact: Fact) -> TicketState:
    return replace(state, merged_into=fact.uuid("into"), status_before=state.status)


def unmerged(state: TicketState, fact: Fact) -> TicketState:
    return replace(state, merged_into=None, status_before=None)


def ordered(state: TicketState, fact: Fact) -> TicketState:
    order_id = UUID(fact.detail["order_id"])
    return replace(state, orders=MappingProxyType({**state.orders, order_id: state.ordered_unit_id}))


def answered(state: TicketState, fact: Fact) -> TicketState:
    gone = UUID(fact.detail["order_id"])
    return replace(state, orders=MappingProxyType({o: unit for o, unit in state.orders.items() if o != gone}))


def suspended(state: TicketState, fact: Fact) -> TicketState:
    suspension = UUID(fact.detail["suspension_id"])
    start = fact.instant("from") or state.suspensions[suspension][0]
    window = (start, read_instant(fact.detail["to"]))
    return replace(state, suspensions=MappingProxyType({**state.suspensions, suspension: window}))


def reporter_erased(state: TicketState, fact: Fact) -> TicketState:
    """The report still counts; nobody stands behind it, and nobody is waited for."""
    reporters = MappingProxyType({**state.reporters, UUID(fact.detail["report_id"]): None})
    nobody = all(person is None for person in reporters.values())
    return replace(state, reporters=reporters, waits_for_reporter=state.waits_for_reporter and not nobody)


_HANDLERS: Mapping[str, Handler] = MappingProxyType(
    {
        "report.joined": joined,
        "report.more_asked": lambda state, fact: replace(state, waits_for_reporter=True),
        "report.supplemented": lambda state, fact: replace(state, waits_for_reporter=False),
        "report.withdrawal_wished": lambda state, fact: replace(state, wishes=state.wishes | {"withdraw"}),
        "ticket.restore_asked": lambda state, fact: replace(state, wishes=state.wishes | {"restore"}),
        "ticket.check_asked": lambda state, fact: replace(state, checks_asked=state.checks_asked + 1),
        "ticket.accepted": accepted,
        "ticket.corrected": known,
        "ticket.restored": new_round,
        "ticket.reopened": new_round,
        "ticket.assigned": assigned,
        "ticket.handed": handed,
        "ticket.acknowledged": acknowledged,
        "ticket.arrived": lambda state, fact: _on_duty(state, arrived=True),
        "milestone.reached": reached,
        "ticket.sent_back": sent_back,
        "ticket.resolved": resolved,
        "ticket.reworked": reworked,
        **dict.fromkeys(rounds.CLOSINGS, closed),
        "ticket.rated": lambda state, fact: replace(state, rated_round=state.round),
        "request.asked": apply_requests.asked,
        "request.granted": apply_requests.granted,
        "request.refused": apply_requests.refused,
        "request.withdrawn": apply_requests.settled,
        "request.lapsed": apply_requests.settled,
        "clock.exempted": apply_requests.exempted,
        "ticket.resumed": resumed,
        "shelving.review_due": lambda state, fact: replace(state, reviews=fact.detail["number"]),
        "ticket.split": split,
        "ticket.split_resumed": split_resumed,
        "ticket.turn_came": lambda state, fact: _on_duty(
            replace(state, waiting_turn=False), assigned_at=fact.recorded_at
        ),
        "ticket.child_ended": child_ended,
        "report.parted": parted,
        "report.erased": reporter_erased,
        "ticket.merged": merged,
        "ticket.unmerged": unmerged,
        "supervision.ordered": ordered,
        "supervision.answered": answered,
        "shirking.ruled": lambda state, fact: replace(state, shirked=state.shirked | {UUID(fact.detail["unit_id"])}),
        "suspension.applied": suspended,
        "suspension.changed": suspended,
    }
)
