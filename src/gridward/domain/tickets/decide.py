"""Whether a step may be taken, by whom and with what, and which facts it leaves. Nothing happens here: facts come out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gridward.domain.errors import Conflict, Forbidden, NotFound, Refusal
from gridward.domain.facts import Fact
from gridward.domain.sla.clocks import Clocks
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets import rules_desk, rules_filing, rules_requests, rules_split, rules_unit
from gridward.domain.tickets.bodies import Body
from gridward.domain.tickets.state import TicketState
from gridward.domain.tickets.step import Acting, Moment, Step
from gridward.domain.tickets.table import LIFECYCLE, Transition, transitions_from
from gridward.domain.tickets.words import Intent, JudgedOn, RequestKind, Status

Rule = Callable[[Step], tuple[Fact, ...]]

RULES: Mapping[Intent, Rule] = MappingProxyType(
    {**rules_desk.RULES, **rules_unit.RULES, **rules_requests.RULES, **rules_split.RULES}
)
_ACTION_OF = {intent: transition.action for (_, intent), transition in LIFECYCLE.items()}


def decide(
    state: TicketState | None,
    intent: Intent,
    body: Body,
    acting: Acting,
    moment: Moment,
    terms: Terms,
    clocks: Clocks | None = None,
) -> tuple[Fact, ...]:
    """The facts that a step leaves.

    Args:
        state: None for the steps that found a ticket.
        body: From :func:`.bodies.read_body`, its words named by the service.
        clocks: Of the ticket now; needed wherever a clock is asked (requests, appeals, the credit of late work).

    Raises:
        Forbidden: ``not_permitted``, ``verify.own_unit``, … : not this person.
        Conflict: ``ticket.not_a_step``, ``ticket.merged`` (``into``), ``ticket.stale_assignment``,
            ``ticket.stale_resolution``, ``request.open``, …: the ticket has moved on.
        Refusal: a rule of the step (``send_back.too_late``, ``extend.too_many``, …).
        Malformed: something that it must bring is missing or unknown.
    """
    if _ACTION_OF[intent] not in acting.may:
        raise Forbidden("not_permitted", action=_ACTION_OF[intent])
    transition = _transition(state, intent)
    if state is None:
        return rules_filing.RULES[intent](intent, body, acting, moment, terms, transition)
    step = Step(
        state=state,
        transition=transition,
        body=body,
        acting=acting,
        moment=moment,
        terms=terms,
        clocks=clocks or Clocks(),
    )
    _check_seen(step)
    if state.waiting_turn and transition.by_unit:
        raise Refusal("split.not_yet")
    return RULES[intent](step)


def _transition(state: TicketState | None, intent: Intent) -> Transition:
    transition = LIFECYCLE.get((state.status if state else None, intent))
    if transition is not None:
        return transition
    if state is None:
        raise NotFound("ticket.unknown")
    if state.merged_into is not None:
        raise Conflict("ticket.merged", into=str(state.merged_into))
    raise Conflict("ticket.not_a_step", intent=intent, current=state.status)


def _check_seen(step: Step) -> None:
    seen, state = step.moment.seen, step.state
    if seen is None:
        return
    if step.transition.judged_on is JudgedOn.ASSIGNMENT and seen.assignment_id != state.assignment_id:
        raise Conflict("ticket.stale_assignment", current=_text(state.assignment_id))
    if step.transition.judged_on is JudgedOn.RESOLUTION and seen.resolution_id != state.resolution_id:
        raise Conflict("ticket.stale_resolution", current=_text(state.resolution_id))


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _asks(kind: RequestKind) -> Callable[[TicketState, Acting], bool]:
    return lambda state, acting: state.request(kind) is None


def _decides(kind: RequestKind) -> Callable[[TicketState, Acting], bool]:
    return lambda state, acting: state.request(kind) is not None


def _grants(kind: RequestKind) -> Callable[[TicketState, Acting], bool]:
    def offered(state: TicketState, acting: Acting) -> bool:
        request = state.request(kind)
        return request is not None and not rules_requests.entered_it(request, acting)

    return offered


def _withdraws(kind: RequestKind) -> Callable[[TicketState, Acting], bool]:
    def offered(state: TicketState, acting: Acting) -> bool:
        request = state.request(kind)
        return request is not None and rules_requests.is_asker(request, acting)

    return offered


def _may_verify(state: TicketState, acting: Acting) -> bool:
    return not acting.unit_ids & state.unit_ids


def _ask_send_back(state: TicketState, acting: Acting) -> bool:
    unit = state.assignment.unit_id if state.assignment else None
    return unit not in state.send_backs_asked and state.request(RequestKind.SEND_BACK) is None


_OFFERED: Mapping[Intent, Callable[[TicketState, Acting], bool]] = MappingProxyType(
    {
        Intent.ANSWER_MORE: lambda state, acting: state.waits_for_reporter,
        Intent.CHECK: lambda state, acting: acting.person_id not in state.reporter_ids,
        Intent.WITHDRAW: lambda state, acting: acting.person_id in state.reporter_ids,
        Intent.VERIFY: _may_verify,
        Intent.REWORK: _may_verify,
        Intent.RATE: lambda state, acting: state.rated_round < state.round,
        Intent.ANSWER_SUPERVISION: lambda state, acting: any(
            rules_desk.may_answer(unit_id, acting) for unit_id in state.orders.values()
        ),
        Intent.RULE_SHIRKING: lambda state, acting: bool(state.unit_ids - state.shirked),
        Intent.ASK_SEND_BACK: _ask_send_back,
        Intent.SEND_BACK: _grants(RequestKind.SEND_BACK),
        Intent.REFUSE_SEND_BACK: _decides(RequestKind.SEND_BACK),
        Intent.WITHDRAW_SEND_BACK: _withdraws(RequestKind.SEND_BACK),
        Intent.ASK_EXTEND: _asks(RequestKind.EXTEND),
        Intent.GRANT_EXTEND: _grants(RequestKind.EXTEND),
        Intent.REFUSE_EXTEND: _decides(RequestKind.EXTEND),
        Intent.WITHDRAW_EXTEND: _withdraws(RequestKind.EXTEND),
        Intent.ASK_DEFER: _asks(RequestKind.DEFER),
        Intent.GRANT_DEFER: _grants(RequestKind.DEFER),
        Intent.REFUSE_DEFER: _decides(RequestKind.DEFER),
        Intent.WITHDRAW_DEFER: _withdraws(RequestKind.DEFER),
        Intent.ASK_SHELVE: _asks(RequestKind.SHELVE),
        Intent.GRANT_SHELVE: _grants(RequestKind.SHELVE),
        Intent.REFUSE_SHELVE: _decides(RequestKind.SHELVE),
        Intent.WITHDRAW_SHELVE: _withdraws(RequestKind.SHELVE),
        Intent.ASK_REOPEN: _asks(RequestKind.REOPEN),
        Intent.REFUSE_REOPEN: _decides(RequestKind.REOPEN),
        Intent.WITHDRAW_REOPEN: _withdraws(RequestKind.REOPEN),
        Intent.APPEAL: _asks(RequestKind.APPEAL),
        Intent.EXEMPT: _grants(RequestKind.APPEAL),
        Intent.REFUSE_APPEAL: _decides(RequestKind.APPEAL),
        Intent.WITHDRAW_APPEAL: _withdraws(RequestKind.APPEAL),
    }
)
BY_PROGRAM = frozenset(
    {
        Intent.JOIN,
        Intent.PART,
        Intent.TAKE_TURN,
        Intent.CHILD_ENDED,
        Intent.FINISH_SPLIT,
        Intent.RETURN_TO_SPLIT,
        Intent.SUSPEND,
        Intent.CHANGE_SUSPENSION,
    }
)
"""Steps that follow from acts elsewhere; nobody is offered a button for them."""


def allowed(state: TicketState, acting: Acting) -> tuple[Transition, ...]:
    """The steps to offer: in the table, permitted, and not plainly out of place. Times and limits are judged on taking."""

    def offered(transition: Transition) -> bool:
        intent = transition.intent
        if transition.action not in acting.may or intent in BY_PROGRAM:
            return False
        if state.waiting_turn and transition.by_unit:
            return False
        guard = _OFFERED.get(intent)
        return guard is None or guard(state, acting)

    return tuple(transition for transition in transitions_from(Status(state.status)) if offered(transition))
