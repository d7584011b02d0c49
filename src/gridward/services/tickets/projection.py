"""From the fold of a ticket's facts to the rows that lists, maps and the sweep read. Pure: what it needs is passed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from gridward.domain.sla.clocks import Clock, Clocks, ClockState, clock_id
from gridward.domain.sla.course import course_of
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ClockKind
from gridward.domain.tickets.filing import FilingMark
from gridward.domain.tickets.rounds import Instants, Round
from gridward.domain.tickets.state import TicketState
from gridward.domain.tickets.words import Status

FAR = datetime(9999, 12, 31, tzinfo=UTC)
"""Where lists by due time put what has none."""

NEAR_PERCENT = 80
"""临期: so much of the span of a running clock has been used up, whoever answers for it."""


def clock_values(ticket_id: UUID, jurisdiction_id: UUID, clock: Clock, terms: Terms) -> dict[str, Any]:
    """The row of one clock; the same facts give the same row, live or replayed."""
    state = "void" if clock.voided_at is not None else "running" if clock.stopped_at is None else "stopped"
    basis = terms.basis(clock)
    return {
        "ticket_id": ticket_id,
        "key": clock.key,
        "clock_id": clock_id(ticket_id, clock.key),
        "jurisdiction_id": jurisdiction_id,
        "kind": clock.kind.value,
        "round": clock.round,
        "number": clock.number,
        "assignment_id": clock.assignment_id,
        "unit_id": clock.unit_id,
        "unit_kind": clock.unit_kind,
        "request_id": clock.request_id,
        "way": clock.way.value if clock.way else None,
        "binding": basis.binding.value if basis else None,
        "state": state,
        "started_at": clock.started_at,
        "first_due_at": clock.first_due_at,
        "due_at": clock.due_at,
        "stopped_at": clock.stopped_at,
        "is_final": clock.final,
        "ended_by": clock.ended_by,
        "voided_at": clock.voided_at,
        "void_why": clock.void_why,
        "breached_at": clock.breached_at if clock.breached else None,
        "lifted_at": clock.lifted_at,
        "extensions": len(clock.extensions),
        "pauses": len(clock.pauses),
        "exempt": clock.exempt,
        "provisional": clock.provisional,
        "by_rule": clock.by_rule,
        "imported": clock.imported,
        "calendars": dict(clock.calendars),
    }


def round_values(
    ticket_id: UUID,
    jurisdiction_id: UUID,
    state: TicketState,
    clocks: Clocks,
    terms: Terms,
    *,
    community_id: UUID | None,
) -> list[dict[str, Any]]:
    """The rows of a ticket's rounds, first round first."""
    place = {
        "category_code": state.category or "",
        "grid_id": state.grid_id,
        "community_id": community_id,
    }
    founded = {"ticket_id": ticket_id, "jurisdiction_id": jurisdiction_id}
    return [{**founded, **place, **_of_round(one, clocks, terms)} for one in state.rounds]


def _of_round(one: Round, clocks: Clocks, terms: Terms) -> dict[str, Any]:
    own = [clock for clock in clocks.clocks if clock.round == one.number and clock.voided_at is None]
    overall = next((clock for clock in reversed(own) if clock.kind is ClockKind.OVERALL), None)
    reference_at = _references([clock for clock in clocks.clocks if clock.round == one.number], terms)
    lists: tuple[Instants, ...] = (
        tuple(at for at, _ in one.named),
        reference_at,
        one.shelf,
        one.steps,
        () if one.first_reworked_at is None else (one.first_reworked_at,),
    )
    return {
        "round": one.number,
        "unit_id": one.unit_id,
        "units": [unit_id for _, unit_id in one.named],
        "units_at": [at for at, _ in one.named],
        "accepted_at": one.accepted_at,
        "dispatched_at": one.dispatched_at,
        "resolved_at": one.resolved_at,
        "first_checked_at": one.first_checked_at,
        "first_reworked_at": one.first_reworked_at,
        "ended_at": one.ended_at,
        "reopened_at": one.reopened_at,
        "extended_at": one.extended_at,
        "deferred_at": one.deferred_at,
        "shelved_at": one.shelved_at,
        "shelf_at": list(one.shelf),
        "due_at": overall.due_at if overall else None,
        "done_at": overall.stopped_at if overall else None,
        "ended_as": one.ended_as,
        "closing": one.closing,
        "checks": one.checks,
        "reworks": one.reworks,
        "steps_at": list(one.steps),
        "late_steps_at": list(one.late_steps),
        "desk_steps_at": list(one.desk_steps),
        "link_steps_at": list(one.link_steps),
        "first_passed": one.first_passed,
        "by_rule": one.by_rule,
        "self_solved": one.self_solved,
        "part": one.part,
        "imported": one.imported,
        "exempt": any(clock.exempt for clock in own),
        "reference_at": list(reference_at),
        "last_listed_at": max((listed[-1] for listed in lists if listed), default=None),
    }


def _references(own: Sequence[Clock], terms: Terms) -> Instants:
    """When the unit's limit became a mere reference, had a basis again, …: as the ``resolve`` clock had it that stood then."""
    resolves = [clock for clock in own if clock.kind is ClockKind.RESOLVE]
    turns: list[datetime] = []
    for at in sorted({at for clock in resolves for at in (clock.started_at, clock.voided_at) if at is not None}):
        standing = (
            clock
            for clock in reversed(resolves)
            if clock.started_at <= at and (clock.voided_at is None or clock.voided_at > at)
        )
        stood = next(standing, None)
        if (stood is not None and terms.basis(stood) is None) != bool(len(turns) % 2):
            turns.append(at)
    return tuple(turns)


def ticket_values(
    state: TicketState, clocks: Clocks, terms: Terms, *, next_step_at: datetime | None, now: datetime
) -> dict[str, Any]:
    """The columns of ``ticket`` that follow from its facts."""
    resolve = clocks.current(ClockKind.RESOLVE)
    overall = clocks.current(ClockKind.OVERALL)
    running = [clock for clock in clocks.clocks if clock.running and clock.round == clocks.round]
    upcoming = min(
        (clock for clock in running if clock.due_at is not None),
        key=lambda clock: (clock.due_at, clock.kind is ClockKind.OVERALL, clock.key),
        default=None,
    )
    assignment = state.assignment
    return {
        "status": state.status.value,
        "is_open": state.is_open,
        "version": state.version,
        "round": state.round,
        "standard_id": UUID(state.standard_id),
        "category_code": state.category or "",
        "condition_id": state.condition_id,
        "urgent": state.urgent,
        "grid_id": state.grid_id,
        "unit_id": assignment.unit_id if assignment else None,
        "worker_id": assignment.worker_id if assignment else None,
        "assignment_id": state.assignment_id,
        "resolution_id": state.resolution_id,
        "verify_way": state.resolution.way if state.resolution else None,
        "ended_at": state.ended_at,
        "closing": state.closing.value if state.closing else None,
        "due_at": overall.due_at if overall else None,
        "resolve_due_at": resolve.due_at if resolve else None,
        "order_at": _order_at(state, resolve, overall, upcoming),
        "next_clock": upcoming.kind.value if upcoming else None,
        "next_due_at": upcoming.due_at if upcoming else None,
        "near_breach_at": min((at for clock in running if (at := _near(clock, terms)) is not None), default=None),
        "breached_at": _breached(clocks, running),
        "paused": any(clock.state(now) is ClockState.PAUSED for clock in running),
        "next_step_at": next_step_at,
        "reports_count": len(state.reporters),
        "merged_into_id": state.merged_into,
        "parent_id": state.parent_id,
    }


def _order_at(state: TicketState, resolve: Clock | None, overall: Clock | None, upcoming: Clock | None) -> datetime:
    if not state.is_open:
        return FAR
    candidates = [clock for clock in (resolve, overall) if clock is not None and clock.running]
    return next((c.due_at for c in (*candidates, upcoming) if c is not None and c.due_at is not None), FAR)


def _near(clock: Clock, terms: Terms) -> datetime | None:
    if clock.due_at is None:
        return None
    return course_of(clock, terms).instant_at(NEAR_PERCENT)


def _breached(clocks: Clocks, running: Sequence[Clock]) -> datetime | None:
    """The breach that is shown: of the work (``resolve``, ``overall``) even when stopped, of others while they run."""
    work = (clock for kind in (ClockKind.RESOLVE, ClockKind.OVERALL) for clock in clocks.of(kind))
    standing = {c.key: c.breached_at for c in (*work, *running) if c.breached and c.breached_at is not None}
    return min(standing.values(), default=None)


ENTERED: Mapping[str, str] = {
    "ticket.sent_back": "sent_back",
    "ticket.reopened": "reopened",
    "ticket.restored": "restored",
    "ticket.unmerged": "unmerged",
}
"""How a ticket came back to the desk; otherwise it never left it and the routing says why."""


def tray_reason(
    state: TicketState,
    *,
    entered_by: str | None,
    routing: Mapping[str, Any] | None,
    marks: Sequence[str],
    conflict: bool,
) -> str | None:
    """Why the desk has to look at this ticket; None when it need not. The most pressing reason only."""
    if conflict:
        return "conflict"
    if state.requests:
        return f"request_{state.requests[0].kind.value}"
    if state.wishes:
        return f"wish_{min(state.wishes)}"
    if state.status not in (Status.RECEIVED, Status.ACCEPTED):
        return None
    if state.waits_for_reporter:
        return "waits_for_reporter"
    if entered_by is not None and entered_by in ENTERED:
        return ENTERED[entered_by]
    doubts = (routing or {}).get("doubts") or ()
    odd = [mark for mark in marks if mark in frozenset(FilingMark)]
    first = next(iter((*doubts, *odd)), None)
    return str(first) if first else "to_decide" if state.status is Status.RECEIVED else "to_assign"
