"""Rules of the desk's steps, of the reporter's, and of those that anybody may take at any time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from uuid import UUID

from gridward.domain.calendar import end_of_work_day
from gridward.domain.errors import Conflict, Forbidden, Malformed, Unavailable
from gridward.domain.facts import Fact
from gridward.domain.standards import CITY, Condition
from gridward.domain.tickets.rules_unit import on_behalf, told_by_unit
from gridward.domain.tickets.step import Acting, Step
from gridward.domain.tickets.words import Intent, RequestKind, Status

OF_THE_UNIT = (RequestKind.EXTEND, RequestKind.DEFER, RequestKind.SHELVE, RequestKind.SEND_BACK)
"""Requests that end with the unit's turn on the ticket."""

Facts = tuple[Fact, ...]


def _plainly(step: Step) -> Facts:
    return (step.fact(),)


def _supervise(step: Step) -> Facts:
    return (step.fact(order_id=step.moment.operation_id, unit_id=step.state.ordered_unit_id),)


def _join(step: Step) -> Facts:
    if step.body.uuid("report_id") in step.state.reporters:
        raise Conflict("report.joined_already", report_id=step.body.get("report_id"))
    return (step.fact(),)


def _answer_more(step: Step) -> Facts:
    step.require(step.state.waits_for_reporter, "ticket.nothing_asked")
    return (step.fact(),)


def _ask_check(step: Step) -> Facts:
    if step.body.uuid("steward_id") in step.state.reporter_ids:
        raise Forbidden("check.own_report")
    return (step.fact(),)


def _check(step: Step) -> Facts:
    if step.acting.person_id in step.state.reporter_ids:
        raise Forbidden("check.own_report")
    return (step.fact(),)


def _named_condition(step: Step) -> Condition:
    condition = step.standard.condition(step.body.get("condition_id"))
    category = step.standard.categories.get(condition.category_code)
    if category is None or condition.condition_id not in category.condition_ids:
        raise Malformed("condition.without_category", condition_id=condition.condition_id)
    return condition


def _accept(step: Step) -> Facts:
    condition = _named_condition(step)
    return (step.fact(category=condition.category_code, urgent=condition.urgent),)


def _correct(step: Step) -> Facts:
    if not step.body.has("condition_id"):
        return (step.fact(),)
    condition = _named_condition(step)
    return (step.fact(category=condition.category_code, urgent=condition.urgent),)


def _withdraw(step: Step) -> Facts:
    """Gone only if nobody else reported it and nobody was sent; later it is a wish for the tray."""
    state = step.state
    if step.acting.person_id not in state.reporter_ids:
        raise Forbidden("withdraw.not_reporter")
    alone, before_dispatch = len(state.reporters) == 1, not state.unit_ids
    if step.transition.targets and alone and before_dispatch:
        return (step.fact(),)
    return (step.fact(verb="report.withdrawal_wished", moves=False),)


def _cancel(step: Step) -> Facts:
    return (step.fact(), *step.lapsed(*OF_THE_UNIT))


def _in_time_to_restore(step: Step) -> None:
    days = step.standard.terms.restore_days
    ended_at = step.state.ended_at
    in_time = ended_at is not None and step.moment.now <= ended_at + timedelta(days=days)
    step.require(in_time, "restore.too_late", days=days)


def _restore(step: Step) -> Facts:
    _in_time_to_restore(step)
    return (*step.lapsed(*OF_THE_UNIT), step.fact())


def _ask_restore(step: Step) -> Facts:
    _in_time_to_restore(step)
    return (step.fact(),)


def _assign(step: Step) -> Facts:
    """One unit, with a reason or the recorded call. Where nobody owns the place, the last resort acts first."""
    state, unit_id = step.state, step.body.uuid("unit_id")
    step.require(state.condition_id is not None, "assign.no_condition")
    role = step.body.get("role") or "lead"
    step.require(not state.last_resort_due or role == "last_resort", "assign.last_resort_first")
    same = state.assignment is not None and state.assignment.unit_id == unit_id
    overtaken = (RequestKind.SEND_BACK,) if same else OF_THE_UNIT
    fact = step.fact(assignment_id=step.moment.operation_id, role=role, from_unit_id=_unit(step))
    return (fact, *step.lapsed(*overtaken))


def _unit(step: Step) -> str | None:
    return str(step.state.assignment.unit_id) if step.state.assignment else None


def _merge(step: Step) -> Facts:
    step.require(not any(child.open for child in step.state.children), "merge.children_open")
    return (step.fact(), *step.lapsed(*RequestKind))


def _unmerge(step: Step) -> Facts:
    back = step.state.status_before or Status.RECEIVED
    return (step.fact(moves=False, status=back.value),)


def _rate(step: Step) -> Facts:
    if step.state.rated_round >= step.state.round:
        raise Conflict("rate.once")
    return (step.fact(),)


def _answer_supervision(step: Step) -> Facts:
    """By the unit that was ordered to, whoever has the ticket now; or noted for it by the desk (代办)."""
    order_id = step.body.uuid("order_id")
    if order_id is None or order_id not in step.state.orders:
        raise Conflict("supervision.not_open")
    unit_id = step.state.orders[order_id]
    if not may_answer(unit_id, step.acting):
        raise Forbidden("not_permitted", action=step.transition.action)
    # Where no unit was ordered to, the desk answers for itself.
    by_the_unit = unit_id is None or unit_id in step.acting.unit_ids
    told_by_unit(step, by_the_unit=by_the_unit)
    return (step.fact(unit_id=unit_id, **on_behalf(by_the_unit=by_the_unit)),)


def may_answer(unit_id: UUID | None, acting: Acting) -> bool:
    """Whether an order to this unit is theirs to answer: their own, or at the desk anybody's."""
    return unit_id is None or not acting.unit_ids or unit_id in acting.unit_ids


def _rule_shirking(step: Step) -> Facts:
    """推诿 is never counted from how often a ticket changed hands, only from a ruling, once for each unit."""
    unit_id = step.body.uuid("unit_id")
    if unit_id not in step.state.unit_ids:
        raise Malformed("shirking.not_on_ticket", unit_id=step.body.get("unit_id"))
    if unit_id in step.state.shirked:
        raise Conflict("shirking.ruled_already")
    return (step.fact(),)


def _close_unverified(step: Step) -> Facts:
    """Only when verifiers had their working days."""
    resolution, days = step.state.resolution, step.standard.terms.unverified_close_days
    city = step.terms.calendars.get((CITY, step.terms.current.get(CITY, 0)))
    if city is None:
        raise Unavailable("calendar.missing", calendar_id=CITY)
    waited = resolution is not None and step.moment.now >= end_of_work_day(city, resolution.received_at, days)
    step.require(waited, "close.too_early", work_days=days)
    return _close(step)


def _close_informed(step: Step) -> Facts:
    condition = step.condition
    step.require(condition is not None and condition.informed_close_allowed, "close.not_by_informing")
    return _close(step)


def _close(step: Step) -> Facts:
    return (step.fact(), *step.lapsed(RequestKind.SEND_BACK))


def _suspend(step: Step) -> Facts:
    body = step.body
    if body.uuid("suspension_id") in step.state.suspensions:
        raise Conflict("suspension.applied_already")
    if body.values["to"] <= body.values["from"]:
        raise Malformed("suspension.no_span")
    return (step.fact(),)


def _change_suspension(step: Step) -> Facts:
    if step.body.uuid("suspension_id") not in step.state.suspensions:
        raise Conflict("suspension.unknown")
    return (step.fact(),)


RULES: Mapping[Intent, Callable[[Step], Facts]] = MappingProxyType(
    {
        Intent.JOIN: _join,
        Intent.PART: _plainly,
        Intent.ASK_MORE: _plainly,
        Intent.ANSWER_MORE: _answer_more,
        Intent.ASK_CHECK: _ask_check,
        Intent.CHECK: _check,
        Intent.ACCEPT: _accept,
        Intent.REJECT: _plainly,
        Intent.WITHDRAW: _withdraw,
        Intent.CORRECT: _correct,
        Intent.CANCEL: _cancel,
        Intent.ASK_RESTORE: _ask_restore,
        Intent.RESTORE: _restore,
        Intent.ASSIGN: _assign,
        Intent.MERGE: _merge,
        Intent.UNMERGE: _unmerge,
        Intent.RATE: _rate,
        Intent.NOTE: _plainly,
        Intent.ADD_PHOTO: _plainly,
        Intent.HIDE_PHOTO: _plainly,
        Intent.URGE: _plainly,
        Intent.SUPERVISE: _supervise,
        Intent.ANSWER_SUPERVISION: _answer_supervision,
        Intent.RULE_SHIRKING: _rule_shirking,
        Intent.CLOSE_UNVERIFIED: _close_unverified,
        Intent.CLOSE_INFORMED: _close_informed,
        Intent.FORCE_CLOSE: _close,
        Intent.SUSPEND: _suspend,
        Intent.CHANGE_SUSPENSION: _change_suspension,
    }
)
