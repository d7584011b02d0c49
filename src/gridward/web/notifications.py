"""A person's messages inside the app."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import AwareDatetime, BaseModel

from gridward.domain.notifications import MessageKind
from gridward.persistence.notifications import messages as stored
from gridward.persistence.tickets import lists
from gridward.services.notifications.subscribing import require_own
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.page_tokens import read_moment, write_moment
from gridward.web.tickets.reach import reach_of
from gridward.web.tickets.shapes import TicketBrief, brief, fields_for

router = APIRouter(tags=["notifications"])

READ = "notification:read"


class MessageOut(BaseModel):
    """One message. ``kind`` and ``detail`` are for the reader's language; ``ticket`` null: no longer for this person."""

    notification_id: UUID
    kind: MessageKind
    ticket_id: UUID | None
    ticket: TicketBrief | None
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
    """My messages, each with its ticket as it stands now."""
    person_id = require_own(actor, READ)
    rows = await stored.messages(session, person_id, after=read_moment(after) if after else None, limit=limit)
    known = await lists.briefs(session, reach_of(actor), sorted({row.ticket_id for row in rows if row.ticket_id}))
    fields = fields_for(actor)
    tickets = {ticket_id: brief(row, fields(row), now) for ticket_id, row in known.items()}
    shown = [
        MessageOut(
            notification_id=row.notification_id,
            kind=MessageKind(row.kind),
            ticket_id=row.ticket_id,
            ticket=TicketBrief(**found) if row.ticket_id and (found := tickets.get(row.ticket_id)) else None,
            detail=row.detail,
            made_at=row.made_at,
            read_at=row.read_at,
        )
        for row in rows
    ]
    following = write_moment(rows[-1].made_at, rows[-1].notification_id) if len(rows) == limit else None
    return MessagesOut(notifications=shown, unread=await stored.unread(session, person_id), next=following)


@router.post("/notifications/read", status_code=204)
async def mark_read(session: Write, actor: CurrentActor, now: Now, read: ReadUpTo) -> None:
    """Everything up to here has been seen."""
    await stored.mark_read(session, require_own(actor, READ), read.up_to, now)
