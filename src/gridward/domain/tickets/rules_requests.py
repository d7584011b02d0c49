"""Rules of asking and deciding: extension, deferral, shelving, send-back, reopening, appeal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from types import MappingProxyType
from uuid import UUID

from gridward.domain.calendar import working_between
from gridward.domain.errors import Conflict, Forbidden, Malformed, Refusal
from gridward.domain.facts import Fact, read_instant, read_limit
from gridward.domain.sla.clocks import UNIT_KINDS, Clock, Extension
from gridward.domain.sla.course import course_of
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ApprovalRule, Standard
from gridward.domain.tickets.rules_desk import OF_THE_UNIT
from gridward.domain.tickets.rules_unit import on_behalf, told_by_unit
from gridward.domain.tickets.state import Appeal, Assignment, Request, TicketState
from gridward.domain.tickets.step import Acting, Step
from gridward.domain.tickets.words import Intent, RequestKind

Facts = tuple[Fact, ...]
Rule = Callable[[Step], Facts]
LEVELS = 2
"""An appeal in one matter is heard at most so often, each time by somebody else."""


def is_asker(request: Request, acting: Acting) -> bool:
    """Whether the request is this person's own, or the own unit's."""
    by_unit = request.unit_id is not None and request.unit_id in acting.unit_ids
    return by_unit or (request.actor_id is not None and request.actor_id == acting.person_id)


def _none_open(step: Step, kind: RequestKind) -> None:
    if step.state.request(kind) is not None:
        raise Conflict("request.open", kind=kind)


def _asked(step: Step, kind: RequestKind, *, unit_id: UUID | None, for_unit: bool = False) -> Facts:
    """``for_unit``: the desk asks for a unit that never signs in (代办)."""
    fact = step.fact(
        counted=step.counted(),
        request_id=step.moment.operation_id,
        kind=kind.value,
        unit_id=unit_id,
        **on_behalf(by_the_unit=not for_unit),
    )
    return (fact,)


def _asked_by_unit(step: Step, kind: RequestKind) -> Facts:
    told_by_unit(step)
    return _asked(step, kind, unit_id=step.assignment.unit_id, for_unit=not step.by_the_unit)


def _running(step: Step, code: str) -> Clock:
    clock = step.resolve_clock
    if clock is None or not clock.running:
        raise Refusal(code)
    return clock


def _ask_extend(step: Step) -> Facts:
    """Asked before due, at most twice; it counts from the instant of asking, whenever it is granted."""
    _none_open(step, RequestKind.EXTEND)
    step.known_reason(RequestKind.EXTEND)
    clock, most = _running(step, "extend.no_clock"), step.standard.terms.max_extensions
    step.require(len(clock.extensions) < most, "extend.too_many", most=most)
    in_time = clock.due_at is None or step.counted().at <= clock.due_at
    step.require(in_time, "extend.after_due")
    return _asked_by_unit(step, RequestKind.EXTEND)


def _until(step: Step) -> datetime:
    return read_instant(step.body.values["until"])


def _ask_defer(step: Step) -> Facts:
    _none_open(step, RequestKind.DEFER)
    step.known_reason(RequestKind.DEFER)
    if _until(step) <= step.moment.now:
        raise Malformed("request.until_past")
    return _asked_by_unit(step, RequestKind.DEFER)


def _ask_shelve(step: Step) -> Facts:
    _none_open(step, RequestKind.SHELVE)
    step.known_reason(RequestKind.SHELVE)
    days = step.standard.terms.shelve_max_days
    if _until(step) <= step.moment.now:
        raise Malformed("request.until_past")
    step.require(_until(step) <= step.moment.now + timedelta(days=days), "shelve.too_long", days=days)
    return _asked_by_unit(step, RequestKind.SHELVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class SendBackWindow:
    """How much of the time for asking to send back (回退时限) was used when it was asked.

    ``worked``: of the unit's working time since it was named, of ``allowed``; ``used``: of the limit, of which ``share``
    may be used at most (None: while its due time is unknown).
    """

    worked: timedelta
    allowed: timedelta
    used: timedelta
    span: timedelta | None
    share: Fraction

    @property
    def in_time(self) -> bool:
        in_share = self.span is None or self.used * self.share.denominator <= self.span * self.share.numerator
        return in_share and self.worked <= self.allowed


def send_back_window(clock: Clock, assignment: Assignment, at: datetime, terms: Terms) -> SendBackWindow:
    """For a unit that asks at ``at``; ``clock`` is the one that judges it."""
    limits, course = terms.standard(clock.standard_id).terms, course_of(clock, terms)
    return SendBackWindow(
        worked=working_between(terms.keeping(clock).own, assignment.dispatched_at, at),
        allowed=limits.send_back_span,
        used=course.counted(at) - course.counted(assignment.dispatched_at),
        span=course.span,
        share=limits.send_back_share,
    )


def _ask_send_back(step: Step) -> Facts:
    """Once per unit and ticket, soon after the dispatch: in the unit's working time, and at most a share of the limit."""
    _none_open(step, RequestKind.SEND_BACK)
    step.known_reason(RequestKind.SEND_BACK)
    assignment, clock = step.assignment, step.resolve_clock
    if assignment.unit_id in step.state.send_backs_asked:
        raise Refusal("send_back.asked_already")
    if clock is not None:
        window = send_back_window(clock, assignment, step.counted().at, step.terms)
        step.require(window.in_time, "send_back.too_late")
    return _asked_by_unit(step, RequestKind.SEND_BACK)


def _ask_reopen(step: Step) -> Facts:
    _none_open(step, RequestKind.REOPEN)
    _in_time_to_reopen(step, step.moment.now)
    return _asked(step, RequestKind.REOPEN, unit_id=None)


def _in_time_to_reopen(step: Step, at: datetime) -> None:
    days, ended_at = step.standard.terms.reopen_days, step.state.ended_at
    in_time = ended_at is not None and at <= ended_at + timedelta(days=days)
    step.require(in_time, "reopen.too_late", days=days)


def _reopen(step: Step) -> Facts:
    """The desk decides, on a request asked in time or by itself in time."""
    request = step.state.request(RequestKind.REOPEN)
    if step.body.has("request_id"):
        request = step.request(RequestKind.REOPEN)
    _in_time_to_reopen(step, request.asked_at if request else step.moment.now)
    if request is not None:
        _approved(step, request, None)
    granted = () if request is None else (_granting(step, request),)
    return (*granted, *step.lapsed(*OF_THE_UNIT), step.fact())


def _granting(step: Step, request: Request) -> Fact:
    return step.side("request.granted", request_id=request.request_id, kind=request.kind.value)


def approval_for(
    state: TicketState, standard: Standard, request: Request, span: timedelta | None
) -> ApprovalRule | None:
    """The line of the standard's table that says who grants this request; ``span``: for how much longer."""
    return standard.approval_of(request.kind, span, first=state.grants.get(request.kind, 0) == 0)


def entered_it(request: Request, acting: Acting) -> bool:
    """Whether this very person asked, for a unit that never signs in: then somebody else decides."""
    return request.actor_id is not None and request.actor_id == acting.person_id


def _by_another(step: Step, request: Request) -> None:
    if entered_it(request, step.acting):
        raise Forbidden("request.own", kind=request.kind)


def _approved(step: Step, request: Request, span: timedelta | None) -> None:
    """Who may grant how much is a table of the standard."""
    rule = approval_for(step.state, step.standard, request, span)
    if rule is None:
        return
    if not step.acting.roles & set(rule.roles):
        raise Forbidden("request.not_yours_to_grant", kind=request.kind, roles=list(rule.roles))
    if rule.form_required and not step.body.has("form"):
        raise Malformed("evidence.missing", intent=step.intent, needs=["form"])


def _grant_extend(step: Step) -> Facts:
    request = step.request(RequestKind.EXTEND)
    _by_another(step, request)
    clock = step.resolve_clock
    by = request.terms["by"]
    _approved(step, request, None if clock is None else longer_by(clock, request, step.moment.now, step.terms))
    return (step.fact(kind=request.kind.value, by=by, asked_at=request.asked_at, unit_id=request.unit_id),)


def longer_by(clock: Clock, request: Request, now: datetime, terms: Terms) -> timedelta | None:
    """By how much the extension asked for would move the due instant, elapsed; None while that is unknown."""
    extension = Extension(
        limit=read_limit(request.terms["by"]),  # type: ignore[arg-type]
        asked_at=request.asked_at,
        granted_at=now,
        basis=str(request.request_id),
    )
    due = course_of(replace(clock, extensions=(*clock.extensions, extension)), terms).due
    return None if due is None or clock.due_at is None else due - clock.due_at


def _grant_pause(kind: RequestKind, *, overtaken: tuple[RequestKind, ...]) -> Rule:
    def rule(step: Step) -> Facts:
        request = step.request(kind)
        _by_another(step, request)
        until = read_instant(str(request.terms["until"]))
        _approved(step, request, until - request.asked_at)
        # Granted when the day is over: it counted, but there is nothing left to wait for.
        moves = until > step.moment.now
        fact = step.fact(moves=moves, kind=kind.value, asked_at=request.asked_at, until=until, unit_id=request.unit_id)
        return (fact, *step.lapsed(*overtaken)) if fact.status else (fact,)

    return rule


def _refuse(kind: RequestKind) -> Rule:
    def rule(step: Step) -> Facts:
        request = step.request(kind)
        return (step.fact(kind=kind.value, unit_id=request.unit_id, clock=request.terms.get("clock")),)

    return rule


def _withdraw(kind: RequestKind) -> Rule:
    def rule(step: Step) -> Facts:
        request = step.request(kind)
        if not is_asker(request, step.acting):
            raise Forbidden("request.not_yours", kind=kind)
        return (step.fact(kind=kind.value, unit_id=request.unit_id),)

    return rule


def _send_back(step: Step) -> Facts:
    request = step.request(RequestKind.SEND_BACK)
    _by_another(step, request)
    _approved(step, request, None)
    kinds = (RequestKind.EXTEND, RequestKind.DEFER, RequestKind.SHELVE)
    return (_granting(step, request), step.fact(unit_id=request.unit_id), *step.lapsed(*kinds))


def _appeal(step: Step) -> Facts:
    """By the unit whose clock it is or at the desk for it (代办), against a breach, twice at most."""
    _none_open(step, RequestKind.APPEAL)
    clock = step.clocks.get(step.body.values["clock"])
    if clock is None or clock.kind not in UNIT_KINDS:
        raise Malformed("appeal.unknown_clock", clock=step.body.get("clock"))
    by_the_unit = clock.unit_id in step.acting.unit_ids
    if not by_the_unit and step.acting.unit_ids:
        raise Forbidden("appeal.not_your_clock")
    told_by_unit(step, by_the_unit=by_the_unit)
    step.require(clock.breached and not clock.exempt, "appeal.nothing_to_appeal")
    heard = _heard(step, clock.key)
    step.require(heard is None or heard.asked < LEVELS, "appeal.heard", levels=LEVELS)
    return _asked(step, RequestKind.APPEAL, unit_id=clock.unit_id, for_unit=not by_the_unit)


def _heard(step: Step, clock: str) -> Appeal | None:
    return next((appeal for appeal in step.state.appeals if appeal.clock == clock), None)


def _decided_by_another(step: Step, request: Request) -> str:
    clock = str(request.terms["clock"])
    heard = _heard(step, clock)
    if heard is not None and step.acting.person_id in heard.refused_by:
        raise Forbidden("appeal.same_person")
    return clock


def _exempt(step: Step) -> Facts:
    request = step.request(RequestKind.APPEAL)
    _by_another(step, request)
    clock = _decided_by_another(step, request)
    _approved(step, request, None)
    return (_granting(step, request), step.fact(clock=clock, unit_id=request.unit_id))


def _refuse_appeal(step: Step) -> Facts:
    _decided_by_another(step, step.request(RequestKind.APPEAL))
    return _refuse(RequestKind.APPEAL)(step)


RULES: Mapping[Intent, Rule] = MappingProxyType(
    {
        Intent.ASK_EXTEND: _ask_extend,
        Intent.ASK_DEFER: _ask_defer,
        Intent.ASK_SHELVE: _ask_shelve,
        Intent.ASK_SEND_BACK: _ask_send_back,
        Intent.ASK_REOPEN: _ask_reopen,
        Intent.APPEAL: _appeal,
        Intent.GRANT_EXTEND: _grant_extend,
        Intent.GRANT_DEFER: _grant_pause(RequestKind.DEFER, overtaken=(RequestKind.SHELVE, RequestKind.SEND_BACK)),
        Intent.GRANT_SHELVE: _grant_pause(RequestKind.SHELVE, overtaken=(RequestKind.DEFER, RequestKind.SEND_BACK)),
        Intent.SEND_BACK: _send_back,
        Intent.REOPEN: _reopen,
        Intent.EXEMPT: _exempt,
        Intent.REFUSE_EXTEND: _refuse(RequestKind.EXTEND),
        Intent.REFUSE_DEFER: _refuse(RequestKind.DEFER),
        Intent.REFUSE_SHELVE: _refuse(RequestKind.SHELVE),
        Intent.REFUSE_SEND_BACK: _refuse(RequestKind.SEND_BACK),
        Intent.REFUSE_REOPEN: _refuse(RequestKind.REOPEN),
        Intent.REFUSE_APPEAL: _refuse_appeal,
        Intent.WITHDRAW_EXTEND: _withdraw(RequestKind.EXTEND),
        Intent.WITHDRAW_DEFER: _withdraw(RequestKind.DEFER),
        Intent.WITHDRAW_SHELVE: _withdraw(RequestKind.SHELVE),
        Intent.WITHDRAW_SEND_BACK: _withdraw(RequestKind.SEND_BACK),
        Intent.WITHDRAW_REOPEN: _withdraw(RequestKind.REOPEN),
        Intent.WITHDRAW_APPEAL: _withdraw(RequestKind.APPEAL),
    }
)
