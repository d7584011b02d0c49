"""The preview of a step on several tickets."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gridward.domain.accounts import may, may_anywhere
from gridward.domain.errors import Forbidden, Malformed
from gridward.domain.tickets.bulk import MOST, BulkStep, Standing, plan
from gridward.domain.tickets.numbers import spoken_number
from gridward.domain.tickets.table import ACTIONS
from gridward.domain.tickets.words import Status
from gridward.persistence.territory import names
from gridward.persistence.tickets import detail, lists
from gridward.web.deps import CurrentActor, Now, Read
from gridward.web.tickets.reach import reach_of
from gridward.web.tickets.shapes import fields_for, subject_of

router = APIRouter(tags=["tickets"])


class PlanIn(BaseModel):
    """``unit_id``: who is to get them; without one each goes to the unit that its own routing names first."""

    step: BulkStep
    ticket_ids: Annotated[list[UUID], Field(min_length=1, max_length=MOST)]
    unit_id: UUID | None = None


class PlannedUnit(BaseModel):
    """``source``: why it is proposed; null: the desk chose it."""

    unit_id: UUID
    name: str
    kind: str
    source: str | None


class PlannedTicket(BaseModel):
    """``intents`` in their order; none of them when ``why_not`` (a refusal's code, with its facts) stands. The rest is what
    the operations must say and what their sender has seen."""

    ticket_id: UUID
    short_no: str
    intents: list[str]
    why_not: str | None
    facts: dict[str, Any]
    unit: PlannedUnit | None
    condition_id: str | None
    grid_id: UUID | None
    version: int
    assignment_id: UUID | None
    resolution_id: UUID | None


class PlanOut(BaseModel):
    """In the order asked for; tickets that are not for this person are absent."""

    tickets: list[PlannedTicket]


@router.post("/tickets/plan")
async def plan_step(wanted: PlanIn, session: Read, actor: CurrentActor, now: Now) -> PlanOut:
    """What a step of the desk would do to each of these tickets now; nothing is done. Ids of the operations are the
    sender's, and each is judged when it arrives."""
    if not may_anywhere(actor, "ticket:read_trays"):
        raise Forbidden("not_permitted", action="ticket:read_trays")
    unit = None
    if wanted.unit_id is not None:
        known = {row.unit_id: row for row in await names.units(session, actor.jurisdiction_id, now)}
        if wanted.unit_id not in known:
            raise Malformed("unit_unknown")
        row = known[wanted.unit_id]
        unit = {"unit_id": str(row.unit_id), "name": row.name, "kind": row.kind, "source": None}
    rows = await lists.briefs(session, reach_of(actor), wanted.ticket_ids)
    routing = await detail.routings_of(session, list(rows))
    fields = fields_for(actor)
    shown = []
    for ticket_id in dict.fromkeys(wanted.ticket_ids):
        ticket = rows.get(ticket_id)
        if ticket is None or "allowed" not in fields(ticket):
            continue
        subject = subject_of(ticket, actor)
        made = plan(
            wanted.step,
            Standing(
                status=Status(ticket.status),
                may={action for action in ACTIONS if may(actor, action, subject)},
                condition_id=ticket.condition_id,
                grid_id=str(ticket.grid_id) if ticket.grid_id else None,
                unit_id=str(ticket.unit_id) if ticket.unit_id else None,
                candidates=(routing.get(ticket_id) or {}).get("candidates") or (),
            ),
            unit,
        )
        shown.append(
            PlannedTicket(
                ticket_id=ticket_id,
                short_no=spoken_number(ticket.short_no),
                intents=[intent.value for intent in made.intents],
                why_not=made.why_not,
                facts=dict(made.facts),
                unit=PlannedUnit.model_validate(dict(made.unit)) if made.unit is not None else None,
                condition_id=ticket.condition_id,
                grid_id=ticket.grid_id,
                version=ticket.version,
                assignment_id=ticket.assignment_id,
                resolution_id=ticket.resolution_id,
            )
        )
    return PlanOut(tickets=shown)
