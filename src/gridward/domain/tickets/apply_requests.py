"""What facts about requests do to a ticket: asked, decided, taken back, heard."""

from __future__ import annotations

from types import MappingProxyType
from uuid import UUID

from gridward.domain.facts import Fact
from gridward.domain.tickets.state import Appeal, Request, TicketState
from gridward.domain.tickets.words import RequestKind
from gridward.domain.values import replace


def asked(state: TicketState, fact: Fact) -> TicketState:
    request_id, kind = fact.uuid("request_id"), RequestKind(fact.detail["kind"])
    assert request_id is not None
    request = Request(
        request_id=request_id,
        kind=kind,
        asked_at=fact.occurred_at,
        received_at=fact.recorded_at,
        actor_id=fact.actor_id,
        unit_id=fact.uuid("unit_id"),
        terms=MappingProxyType({k: fact.detail[k] for k in ("by", "until", "clock", "reason") if k in fact.detail}),
    )
    state = replace(state, requests=(*state.requests, request))
    if kind is RequestKind.SEND_BACK and request.unit_id is not None:
        return replace(state, send_backs_asked=state.send_backs_asked | {request.unit_id})
    return _heard(state, fact.detail["clock"], asked=1) if kind is RequestKind.APPEAL else state


def settled(state: TicketState, fact: Fact) -> TicketState:
    request_id = fact.uuid("request_id")
    return replace(state, requests=tuple(r for r in state.requests if r.request_id != request_id))


def granted(state: TicketState, fact: Fact) -> TicketState:
    kind = RequestKind(fact.detail["kind"])
    state = settled(state, fact)
    grants = MappingProxyType({**state.grants, kind: state.grants.get(kind, 0) + 1})
    state = replace(state, grants=grants)
    if kind is RequestKind.EXTEND:
        return replace(state, extensions=state.extensions + 1)
    if fact.status is None:
        return state
    shelved_at = fact.recorded_at if kind is RequestKind.SHELVE else None
    return replace(state, paused_until=fact.instant("until"), shelved_at=shelved_at, reviews=0)


def refused(state: TicketState, fact: Fact) -> TicketState:
    if fact.detail["kind"] == RequestKind.APPEAL:
        state = _heard(state, fact.detail["clock"], refused_by=fact.actor_id)
    return settled(state, fact)


def exempted(state: TicketState, fact: Fact) -> TicketState:
    return _heard(state, fact.detail["clock"], granted=True)


def _heard(
    state: TicketState, clock: str, *, asked: int = 0, refused_by: UUID | bool | None = False, granted: bool = False
) -> TicketState:
    old = next((appeal for appeal in state.appeals if appeal.clock == clock), Appeal(clock=clock, asked=0))
    new = replace(
        old,
        asked=old.asked + asked,
        refused_by=old.refused_by if isinstance(refused_by, bool) else (*old.refused_by, refused_by),
        granted=old.granted or granted,
    )
    return replace(state, appeals=(*(a for a in state.appeals if a.clock != clock), new))
