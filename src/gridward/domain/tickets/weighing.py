"""What granting a request would do, worked out before anybody decides: the step itself, taken on a copy of the ticket."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any
from uuid import UUID

from gridward.domain.errors import Refusal
from gridward.domain.facts import read_instant
from gridward.domain.sla.clocks import Clock
from gridward.domain.sla.terms import Terms
from gridward.domain.standards import ApprovalRule, ClockKind, Standard
from gridward.domain.tickets.act import Outcome, settled, step_on
from gridward.domain.tickets.apply import LAST_RESORT_AFTER
from gridward.domain.tickets.bodies import Body
from gridward.domain.tickets.printing import who_may
from gridward.domain.tickets.rules_requests import LEVELS, approval_for, longer_by, send_back_window
from gridward.domain.tickets.state import Request
from gridward.domain.tickets.step import Acting, Moment
from gridward.domain.tickets.table import ACTIONS, LIFECYCLE
from gridward.domain.tickets.words import Intent, RequestKind, Status

GRANTS: Mapping[RequestKind, Intent] = MappingProxyType(
    {
        RequestKind.EXTEND: Intent.GRANT_EXTEND,
        RequestKind.DEFER: Intent.GRANT_DEFER,
        RequestKind.SHELVE: Intent.GRANT_SHELVE,
        RequestKind.SEND_BACK: Intent.SEND_BACK,
        RequestKind.REOPEN: Intent.REOPEN,
        RequestKind.APPEAL: Intent.EXEMPT,
    }
)
REFUSES: Mapping[RequestKind, Intent] = MappingProxyType({kind: Intent(f"refuse_{kind.value}") for kind in RequestKind})
_ACTION_OF = {intent: transition.action for (_, intent), transition in LIFECYCLE.items()}
ANYBODY = UUID(int=0)
"""Whoever may grant it: the effect is the same whoever looks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """One line of the rule held against the request. ``values`` are instants, spans in seconds, numbers."""

    code: str
    holds: bool
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A clock that granting would change; ``before`` None: it would begin, ``after.voided_at``: it would be void."""

    before: Clock | None
    after: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Weighed:
    """A request beside its rule.

    Args:
        clock: The one that it is about, as it stands; None for a wish to reopen.
        approval: Who may grant it, by the standard's table; None: whoever the policy lets.
        moved: What granting would change.
        status: Where granting would lead.
        hindrance: Why nobody can grant it any more; then nothing would move.
        not_mine: Why the person who asks may not grant it.
        decide_by: When the decision is due.
    """

    request: Request
    grant: Intent
    refuse: Intent
    clock: Clock | None
    measures: tuple[Measure, ...]
    approval: ApprovalRule | None
    moved: tuple[Moved, ...]
    status: Status | None
    hindrance: Refusal | None
    not_mine: Refusal | None
    may_refuse: bool
    decide_by: datetime | None

    @property
    def roles(self) -> tuple[str, ...]:
        return self.approval.roles if self.approval else tuple(who_may(_ACTION_OF[self.grant]))


def weigh(ticket: Outcome, request: Request, acting: Acting, now: datetime, terms: Terms) -> Weighed:
    """Hold an open request of ``ticket`` against the rule, as ``acting`` would decide it at ``now``."""
    before = settled(ticket, now, terms)
    standard = terms.standard(before.state.standard_id)
    clock = _clock(before, request)
    after, hindrance = _granted(
        before, request, Acting(person_id=ANYBODY, may=ACTIONS, roles=_every_role(standard)), now, terms
    )
    _, not_mine = _granted(before, request, acting, now, terms)
    return Weighed(
        request=request,
        grant=GRANTS[request.kind],
        refuse=REFUSES[request.kind],
        clock=clock,
        measures=tuple(_MEASURES[request.kind](before, request, clock, standard, terms)),
        approval=approval_for(before.state, standard, request, _span(request, clock, now, terms)),
        moved=() if after is None else tuple(_moved(before, after)),
        status=None if after is None else Status(after.state.status),
        hindrance=hindrance,
        not_mine=None if hindrance is not None else not_mine,
        may_refuse=_may_refuse(before, request, acting),
        decide_by=_decide_by(before, request),
    )


def _every_role(standard: Standard) -> frozenset[str]:
    return frozenset(role for rule in standard.approvals for role in rule.roles)


def _may_refuse(ticket: Outcome, request: Request, acting: Acting) -> bool:
    """Whether this person may say no: the policy's row for refusing; an appeal's second level is somebody else's."""
    heard = next((one for one in ticket.state.appeals if one.clock == request.terms.get("clock")), None)
    another = request.kind is not RequestKind.APPEAL or heard is None or acting.person_id not in heard.refused_by
    return another and _ACTION_OF[REFUSES[request.kind]] in acting.may


def _granted(
    before: Outcome, request: Request, acting: Acting, now: datetime, terms: Terms
) -> tuple[Outcome | None, Refusal | None]:
    intent = GRANTS[request.kind]
    values: dict[str, Any] = {"request_id": str(request.request_id), "form": []}
    if intent is Intent.SEND_BACK:
        values["ownership_unknown"] = True
    body = Body(values=values, words={"reason": ""})
    try:
        return step_on(before, intent, body, acting, Moment(now=now, operation_id=request.request_id), terms), None
    except Refusal as refusal:
        return None, refusal


def _clock(ticket: Outcome, request: Request) -> Clock | None:
    match request.kind:
        case RequestKind.APPEAL:
            return ticket.clocks.get(str(request.terms["clock"]))
        case RequestKind.REOPEN:
            return None
        case _:
            return ticket.clocks.judging


def _span(request: Request, clock: Clock | None, now: datetime, terms: Terms) -> timedelta | None:
    match request.kind:
        case RequestKind.EXTEND:
            return None if clock is None else longer_by(clock, request, now, terms)
        case RequestKind.DEFER | RequestKind.SHELVE:
            return read_instant(str(request.terms["until"])) - request.asked_at
        case _:
            return None


def _decide_by(ticket: Outcome, request: Request) -> datetime | None:
    mine = (c for c in ticket.clocks.of(ClockKind.APPROVAL) if c.request_id == request.request_id and c.running)
    return next((clock.due_at for clock in mine), None)


def _moved(before: Outcome, after: Outcome) -> Iterator[Moved]:
    for clock in after.clocks.clocks:
        old = before.clocks.get(clock.key)
        if clock.kind is ClockKind.APPROVAL:
            continue
        if old is None or _shown(old) != _shown(clock):
            yield Moved(before=old, after=clock)


def _shown(clock: Clock) -> tuple[object, ...]:
    return clock.due_at, clock.breached, clock.voided_at is None, clock.exempt, len(clock.pauses)


Measuring = Callable[[Outcome, Request, Clock | None, Standard, Terms], Iterator[Measure]]


def _extend(
    ticket: Outcome, request: Request, clock: Clock | None, standard: Standard, terms: Terms
) -> Iterator[Measure]:
    if clock is None:
        return
    given, most = len(clock.extensions), standard.terms.max_extensions
    yield Measure(code="extend.times", holds=given < most, values={"n": given + 1, "most": most})
    in_time = clock.due_at is None or request.asked_at <= clock.due_at
    yield Measure(code="extend.in_time", holds=in_time, values={"asked_at": request.asked_at, "due_at": clock.due_at})


def _defer(
    ticket: Outcome, request: Request, clock: Clock | None, standard: Standard, terms: Terms
) -> Iterator[Measure]:
    until = read_instant(str(request.terms["until"]))
    span = until - request.asked_at
    given = ticket.state.grants.get(request.kind, 0)
    yield Measure(
        code="defer.until", holds=True, values={"until": until, "span_s": span.total_seconds(), "n": given + 1}
    )


def _shelve(
    ticket: Outcome, request: Request, clock: Clock | None, standard: Standard, terms: Terms
) -> Iterator[Measure]:
    until = read_instant(str(request.terms["until"]))
    span, limits = until - request.asked_at, standard.terms
    yield Measure(
        code="shelve.until",
        holds=span <= timedelta(days=limits.shelve_max_days),
        values={"until": until, "span_s": span.total_seconds(), "most": limits.shelve_max_days},
    )
    yield Measure(code="shelve.reviews", holds=True, values={"days": limits.shelve_review_days})


def _send_back(
    ticket: Outcome, request: Request, clock: Clock | None, standard: Standard, terms: Terms
) -> Iterator[Measure]:
    assignment = ticket.state.assignment
    if clock is not None and assignment is not None:
        window = send_back_window(clock, assignment, request.asked_at, terms)
        yield Measure(
            code="send_back.soon",
            holds=window.worked <= window.allowed,
            values={"worked_s": window.worked.total_seconds(), "allowed_s": window.allowed.total_seconds()},
        )
        if window.span is not None:
            allowed = window.span * window.share.numerator / window.share.denominator
            yield Measure(
                code="send_back.share",
                holds=window.used <= allowed,
                values={"used_s": window.used.total_seconds(), "allowed_s": allowed.total_seconds()},
            )
    number = ticket.state.send_backs_granted + 1
    yield Measure(code="send_back.last_resort", holds=number < LAST_RESORT_AFTER, values={"n": number})


def _reopen(
    ticket: Outcome, request: Request, clock: Clock | None, standard: Standard, terms: Terms
) -> Iterator[Measure]:
    ended_at, days = ticket.state.ended_at, standard.terms.reopen_days
    until = None if ended_at is None else ended_at + timedelta(days=days)
    yield Measure(
        code="reopen.in_time",
        holds=until is not None and request.asked_at <= until,
        values={"ended_at": ended_at, "until": until, "days": days},
    )


def _appeal(
    ticket: Outcome, request: Request, clock: Clock | None, standard: Standard, terms: Terms
) -> Iterator[Measure]:
    heard = next((one for one in ticket.state.appeals if one.clock == request.terms["clock"]), None)
    yield Measure(
        code="appeal.level",
        holds=heard is None or heard.asked <= LEVELS,
        values={"n": heard.asked if heard else 1, "of": LEVELS},
    )
    if heard is not None and heard.refused_by:
        yield Measure(code="appeal.somebody_else", holds=True)
    if clock is not None and clock.breached:
        yield Measure(
            code="appeal.breach", holds=True, values={"due_at": clock.breached_at, "stopped_at": clock.stopped_at}
        )


_MEASURES: Mapping[RequestKind, Measuring] = MappingProxyType(
    {
        RequestKind.EXTEND: _extend,
        RequestKind.DEFER: _defer,
        RequestKind.SHELVE: _shelve,
        RequestKind.SEND_BACK: _send_back,
        RequestKind.REOPEN: _reopen,
        RequestKind.APPEAL: _appeal,
    }
)
