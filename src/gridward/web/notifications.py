"""A person's messages inside the app."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from gridward.domain.accounts import Actor
from gridward.domain.notifications import MessageKind
from gridward.domain.patrols.plans import read_rota, shift_at
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.persistence.notifications import messages as stored
from gridward.persistence.notifications.rows import NotificationRow
from gridward.persistence.patrols import plans
from gridward.persistence.tickets import lists
from gridward.services.notifications.subscribing import require_own
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.page_tokens import read_moment, write_moment
from gridward.web.tickets.reach import reach_of
from gridward.web.tickets.shapes import TicketBrief, brief, fields_for

router = APIRouter(tags=["notifications"])

READ = "notification:read"


class TurnBrief(BaseModel):
    """The turn of a patrol that a message is about. ``shift``, ``team`` null: the plan has no such one any more."""

    plan_id: UUID
    plan_name: str
    starts_at: datetime
    shift: str | None
    team: str | None


class MessageOut(BaseModel):
    """One message. ``kind`` and ``detail`` are for the reader's language. ``ticket_id`` null: it is about no ticket;
    ``ticket`` null where there is one: no longer for this person. ``turn``: it is about a patrol."""

    notification_id: UUID
    kind: MessageKind
    ticket_id: UUID | None
    ticket: TicketBrief | None
    turn: TurnBrief | None
    detail: dict[str, Any]
    made_at: datetime
    read_at: datetime | None


class MessagesOut(BaseModel):
    """Newest first; ``unread`` counts all of them."""

    notifications: list[MessageOut]
    unread: int
    next: str | None


class ReadUpTo(BaseModel):
    """The newest message that was on the screen."""

    up_to: AwareDatetime


@router.get("/notifications")
async def list_messages(
    session: Read,
    actor: CurrentActor,
    now: Now,
    after: Annotated[str | None, Query(max_length=200)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> MessagesOut:
    """My messages, each with its ticket or its patrol's plan as it stands now."""
    person_id = require_own(actor, READ)
    rows = await stored.messages(session, person_id, after=read_moment(after) if after else None, limit=limit)
    known = await lists.briefs(session, reach_of(actor), sorted({row.ticket_id for row in rows if row.ticket_id}))
    fields = fields_for(actor)
    tickets = {ticket_id: brief(row, fields(row), now) for ticket_id, row in known.items()}
    turns = await _turns(session, actor, rows)
    shown = [
        MessageOut(
            notification_id=row.notification_id,
            kind=MessageKind(row.kind),
            ticket_id=row.ticket_id,
            ticket=TicketBrief(**found) if row.ticket_id and (found := tickets.get(row.ticket_id)) else None,
            turn=turns.get(row.notification_id),
            detail=row.detail,
            made_at=row.made_at,
            read_at=row.read_at,
        )
        for row in rows
    ]
    following = write_moment(rows[-1].made_at, rows[-1].notification_id) if len(rows) == limit else None
    return MessagesOut(notifications=shown, unread=await stored.unread(session, person_id), next=following)


async def _turns(session: ReadSession, actor: Actor, rows: Sequence[NotificationRow]) -> dict[UUID, TurnBrief]:
    """By message. What was said of the turn itself stands in the message; names are the plan's of now."""
    asked = {row.notification_id: row.detail for row in rows if "plan_id" in row.detail}
    if not asked:
        return {}
    wanted = {UUID(detail["plan_id"]) for detail in asked.values()}
    found_plans = await plans.plans(session, jurisdiction_id=actor.jurisdiction_id, plan_ids=wanted)
    known = {str(one.plan_id): (one, read_rota(one.rota)) for one in found_plans}
    zone = await time_zone_of(session, actor.jurisdiction_id)
    found = {}
    for notification_id, detail in asked.items():
        if detail["plan_id"] not in known:
            continue
        plan, rota = known[detail["plan_id"]]
        starts_at, team = datetime.fromisoformat(detail["starts_at"]), detail.get("team")
        found[notification_id] = TurnBrief(
            plan_id=plan.plan_id,
            plan_name=plan.name,
            starts_at=starts_at,
            shift=shift_at(rota, starts_at, zone),
            team=rota.teams[team].name if team is not None and team < len(rota.teams) else None,
        )
    return found


@router.post("/notifications/read", status_code=204)
async def mark_read(session: Write, actor: CurrentActor, now: Now, read: ReadUpTo) -> None:
    """Everything up to here has been seen."""
    await stored.mark_read(session, require_own(actor, READ), read.up_to, now)
