"""Supervision orders (督办): the open ones first, with what was ordered and what the unit answered."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel

from gridward.domain.accounts import TICKET_FIELDS, Actor, Subject, may, may_anywhere
from gridward.domain.errors import Forbidden
from gridward.persistence.territory.names import units_named
from gridward.persistence.tickets import lists
from gridward.persistence.tickets import supervision as stored
from gridward.web.deps import CurrentActor, Now, Read
from gridward.web.tickets.reach import reach_of
from gridward.web.tickets.shapes import TicketBrief, brief, fields_for

router = APIRouter(tags=["supervision"])

LISTED = 500
READ, ANSWER = "supervision:read", "ticket:answer_supervision"
Answers = Literal["unit", "desk"] | None


class OrderOut(BaseModel):
    """One order, called 督办〔year〕number号, and the unit that has to answer it, whoever has the ticket now.

    ``late``: not answered although the time for it is over. ``on_behalf``: the desk noted the unit's answer (代办).
    ``answers``: the viewer may answer it as the ``unit``, or at the ``desk`` for it; null: not, or it is answered.
    """

    order_id: UUID
    year: int
    number: int
    ticket: TicketBrief
    unit_id: UUID | None
    unit_name: str | None
    text: str | None
    ordered_at: datetime
    answer_by: datetime | None
    answered_at: datetime | None
    answer: str | None
    on_behalf: bool
    late: bool
    answers: Answers


class OrdersOut(BaseModel):
    """``unanswered`` and ``late`` count all there are; ``more``: there are more than are listed."""

    orders: list[OrderOut]
    unanswered: int
    late: int
    more: bool


@router.get("/supervision-orders")
async def list_orders(
    session: Read,
    actor: CurrentActor,
    now: Now,
    open_only: Annotated[bool, Query(alias="open", description="only those not answered")] = False,
) -> OrdersOut:
    """The orders of the desk's area and of the own unit, open ones first by when they must be answered."""
    if not may_anywhere(actor, READ):
        raise Forbidden("not_permitted", action=READ)
    # Not what somebody merely reported: an order is between the supervisor, the desk and the unit.
    reach = reach_of(actor, (READ,))
    found = await stored.orders(session, reach, open_only=open_only, limit=LISTED + 1)
    unanswered, late = await stored.unanswered(session, reach, now)
    rows = found[:LISTED]
    tickets = await lists.briefs(session, reach_of(actor), list({row.ticket_id for row in rows}))
    names = await units_named(session, {row.unit_id for row in rows if row.unit_id is not None})
    elsewhere = await lists.rows_for_many(session, {row.ticket_id for row in rows} - tickets.keys())
    # The unit that has to answer needs to know of what, also where the ticket is another's by now.
    outlines = {ticket.ticket_id: brief(ticket, TICKET_FIELDS["ticket:read_outline"], now) for ticket in elsewhere}
    seen = fields_for(actor)
    shown = []
    for row in rows:
        ticket = tickets.get(row.ticket_id)
        short = outlines.get(row.ticket_id) if ticket is None else brief(ticket, seen(ticket), now)
        if short is not None:
            shown.append(_order(row, short, names, _answers(actor, row, ticket), now))
    return OrdersOut(orders=shown, unanswered=unanswered, late=late, more=len(found) > LISTED)


def _answers(actor: Actor, row: Any, ticket: Any) -> Answers:
    """As whom this person may answer; ``ticket`` None: it is not theirs to read."""
    if row.answered_at is not None:
        return None
    held = row.unit_id if row.unit_id is not None or ticket is None else ticket.unit_id
    subject = Subject(
        jurisdiction_id=row.jurisdiction_id,
        community_id=None if ticket is None else ticket.community_id,
        unit_ids=frozenset() if held is None else frozenset({held}),
    )
    if not may(actor, ANSWER, subject):
        return None
    return "unit" if held in actor.unit_ids else "desk"


def _order(row: Any, ticket: dict[str, Any], names: dict[UUID, str], answers: Answers, now: datetime) -> OrderOut:
    over = row.answer_by is not None and row.answer_by < (row.answered_at or now)
    return OrderOut(
        order_id=row.order_id,
        year=row.year,
        number=row.number,
        ticket=TicketBrief.model_validate(ticket),
        unit_id=row.unit_id,
        unit_name=names.get(row.unit_id),
        text=row.text,
        ordered_at=row.ordered_at,
        answer_by=row.answer_by,
        answered_at=row.answered_at,
        answer=row.answer,
        on_behalf=bool(row.on_behalf),
        late=over,
        answers=answers,
    )
