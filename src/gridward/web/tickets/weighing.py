"""The open requests of a ticket beside the rule: what it says of each, who may grant it, and what granting would do."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from gridward.domain.errors import Forbidden, Refusal
from gridward.domain.sla.clocks import Clock
from gridward.domain.sla.ledger import ledger
from gridward.domain.sla.terms import Terms
from gridward.domain.tickets.act import settled
from gridward.domain.tickets.turns import Turn, reassigned, turns
from gridward.domain.tickets.weighing import Moved, Weighed, weigh
from gridward.persistence.territory.names import units_named
from gridward.services.tickets.case import acting_as
from gridward.services.tickets.read import folded
from gridward.web.deps import CurrentActor, Now, Read
from gridward.web.tickets.reading import answer, found
from gridward.web.tickets.shapes import fields_for, subject_of

router = APIRouter(tags=["tickets"])


class MeasureOut(BaseModel):
    """One line of the rule. ``holds`` false: the request does not keep to it. ``values``: instants, spans in seconds."""

    code: str
    holds: bool
    values: dict[str, Any]


class ApprovalOut(BaseModel):
    """The line of the standard's table that fits; ``up_to_s``: for at most this long; ``roles``: any of these may grant."""

    roles: list[str]
    up_to_s: float | None
    first_only: bool
    form_required: bool


class ClockBrief(BaseModel):
    """The clock that the request is about, as it stands now. Spans in seconds of its own calendar."""

    clock: str
    key: str
    limit: str
    basis: str | None
    started_at: datetime
    due_at: datetime | None
    stopped_at: datetime | None
    counted_s: float
    limit_s: float | None
    breached_at: datetime | None


class MovedOut(BaseModel):
    """What granting would do to a clock. ``effect``: ``later``, ``earlier``, ``paused``, ``void``, ``begins``,
    ``exempt``, ``lifted`` (a breach falls away), ``same``."""

    clock: str
    key: str
    effect: str
    due_at: datetime | None
    would_be_due_at: datetime | None


class RefusalOut(BaseModel):
    code: str
    facts: dict[str, Any]


class WeighedOut(BaseModel):
    """An open request held against the rule. ``hindrance``: nobody can grant it any more; ``not_mine``: not this person."""

    request_id: UUID
    kind: str
    grant: str
    refuse: str
    may_grant: bool
    may_refuse: bool
    hindrance: RefusalOut | None
    not_mine: RefusalOut | None
    decide_by: datetime | None
    approval: ApprovalOut
    measures: list[MeasureOut]
    clock: ClockBrief | None
    moved: list[MovedOut]
    would_be: str | None


class TurnOut(BaseModel):
    """One unit's turn. ``shirked``: a supervisor has ruled so (认定推诿)."""

    unit_id: UUID
    unit_name: str | None
    since: datetime
    by_rule: bool
    ended_at: datetime | None
    ended_by: str | None
    shirked: bool


class RequestsWeighed(BaseModel):
    """``reassigned``: 改派次数."""

    requests: list[WeighedOut]
    reassigned: int
    turns: list[TurnOut]


@router.get("/tickets/{ticket_id}/requests", response_model=RequestsWeighed)
async def get_requests(session: Read, actor: CurrentActor, now: Now, ticket_id: UUID) -> Response:
    """Each open request beside its rule, and whose turns there were. 403 for whoever may not see the ticket's clocks."""
    row = await found(session, actor, ticket_id)
    if "ledger" not in fields_for(actor)(row):
        raise Forbidden("not_permitted", action="ticket:read_clocks")
    what = await folded(session, row.jurisdiction_id, row.ticket_id)
    ticket = settled(what.ticket, now, what.terms)
    acting = acting_as(actor, subject_of(row, actor))
    weighed = [weigh(ticket, request, acting, now, what.terms) for request in ticket.state.requests]
    whose = turns(what.facts)
    names = await units_named(session, {turn.unit_id for turn in whose})
    return answer(
        {
            "requests": [_weighed(one, what.terms, now) for one in weighed],
            "reassigned": reassigned(whose),
            "turns": [_turn(turn, names, ticket.state.shirked) for turn in whose],
        }
    )


def _weighed(one: Weighed, terms: Terms, now: datetime) -> dict[str, Any]:
    rule = one.approval
    return {
        "request_id": one.request.request_id,
        "kind": one.request.kind.value,
        "grant": one.grant.value,
        "refuse": one.refuse.value,
        "may_grant": one.hindrance is None and one.not_mine is None,
        "may_refuse": one.may_refuse,
        "hindrance": _refusal(one.hindrance),
        "not_mine": _refusal(one.not_mine),
        "decide_by": one.decide_by,
        "approval": {
            "roles": one.roles,
            "up_to_s": rule.up_to.total_seconds() if rule and rule.up_to else None,
            "first_only": rule.first_only if rule else False,
            "form_required": rule.form_required if rule else False,
        },
        "measures": [{"code": m.code, "holds": m.holds, "values": dict(m.values)} for m in one.measures],
        "clock": None if one.clock is None else _clock(one.clock, terms, now),
        "moved": [_moved(moved) for moved in one.moved],
        "would_be": one.status.value if one.status else None,
    }


def _refusal(refusal: Refusal | None) -> dict[str, Any] | None:
    return None if refusal is None else {"code": refusal.code, "facts": dict(refusal.facts)}


def _clock(clock: Clock, terms: Terms, now: datetime) -> dict[str, Any]:
    read = ledger(clock, terms, now)
    return {
        "clock": clock.kind.value,
        "key": clock.key,
        "limit": clock.limit.words,
        "basis": f"{read.basis.document} {read.basis.clause}".strip() if read.basis else None,
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "stopped_at": clock.stopped_at,
        "counted_s": read.counted.total_seconds(),
        "limit_s": None if read.span is None else read.span.total_seconds(),
        "breached_at": clock.breached_at if clock.breached else None,
    }


def _moved(moved: Moved) -> dict[str, Any]:
    return {
        "clock": moved.after.kind.value,
        "key": moved.after.key,
        "effect": _effect(moved),
        "due_at": moved.before.due_at if moved.before else None,
        "would_be_due_at": moved.after.due_at if moved.after.voided_at is None else None,
    }


def _effect(moved: Moved) -> str:
    before, after = moved.before, moved.after
    if before is None:
        return "begins"
    if after.voided_at is not None:
        return "void"
    if after.exempt and not before.exempt:
        return "exempt"
    if before.breached and not after.breached:
        return "lifted"
    if before.due_at == after.due_at:
        return "same"
    if after.due_at is None:
        return "paused"
    return "later" if before.due_at is None or after.due_at > before.due_at else "earlier"


def _turn(turn: Turn, names: dict[UUID, str], shirked: frozenset[UUID]) -> dict[str, Any]:
    return {
        "unit_id": turn.unit_id,
        "unit_name": names.get(turn.unit_id),
        "since": turn.since,
        "by_rule": turn.by_rule,
        "ended_at": turn.ended_at,
        "ended_by": turn.ended_by,
        "shirked": turn.unit_id in shirked,
    }
