"""The change feed and the snapshot it starts from: everything a phone can see arrives here.

The feed itself holds no data; what a viewer gets to see of a changed thing is made now, by the policy, so a row that
was once visible is never handed out later to somebody who may no longer see it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from gridward.domain import sync
from gridward.domain.accounts import Actor, scope_revision
from gridward.domain.errors import Forbidden
from gridward.persistence.changes import FeedPage, feed_page, start_cursor
from gridward.persistence.database import Glance, ReadSession
from gridward.persistence.tickets import lists
from gridward.web.deps import AtAGlance, CurrentActor, Now, Read
from gridward.web.page_tokens import read_token, unreadable, write_token
from gridward.web.tickets.reach import reach_of
from gridward.web.tickets.shapes import TicketBrief, brief, fields_for

router = APIRouter(tags=["sync"])

PAGE = 200
KEPT_AFTER_END = timedelta(days=30)
"""How long a ticket that is over stays in snapshots, so that its people see how it ended."""

TICKET = "ticket"


class ChangeOut(BaseModel):
    """One change. ``op`` ``u``: ``data`` is how the thing stands now (null: read it again); ``r``: this scope forgets it."""

    scope: str
    entity: str
    id: UUID
    version: int
    op: str
    data: TicketBrief | None


class FeedOut(BaseModel):
    """``more``: ask again at once. ``scope_rev`` other than yours: drop scopes that are gone, snapshot the new ones."""

    changes: list[ChangeOut]
    cursor: str
    more: bool
    scope_rev: str
    server_time: datetime


class SnapshotRow(BaseModel):
    entity: str
    id: UUID
    version: int
    data: TicketBrief


class SnapshotOut(BaseModel):
    """A page of current rows. After the last one follow the feed from ``start_cursor``, taken before the first."""

    rows: list[SnapshotRow]
    start_cursor: str
    after: str | None
    scope_rev: str
    server_time: datetime


def acknowledged(response: Response) -> None:
    """Mark an answer as this program's own: a captive portal answers 200 too."""
    response.headers["X-App-Ack"] = "1"
    response.headers["Cache-Control"] = "no-store"


@router.get("/changes", response_model=FeedOut)
async def changes(
    session: AtAGlance,
    actor: CurrentActor,
    now: Now,
    response: Response,
    cursor: Annotated[str | None, Query(max_length=120)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = PAGE,
) -> dict[str, Any]:
    """What changed in my scopes after the cursor, in the order in which it was committed.

    409 ``must_refetch`` (facts: ``reason`` no_cursor, epoch, future, pruned): take snapshots of your scopes.
    """
    # No common snapshot is needed: how a thing stands now may be newer than the change that tells of it, and is told again
    # with the newer one.
    acknowledged(response)
    if cursor is None:
        raise sync.MustRefetch("no_cursor")
    page = await feed_page(
        session,
        jurisdiction_id=actor.jurisdiction_id,
        scopes=sync.scopes_of(actor),
        cursor=sync.read_cursor(cursor),
        limit=limit,
    )
    return await changes_shown(session, actor, page, now)


async def changes_shown(session: ReadSession | Glance, actor: Actor, page: FeedPage, now: datetime) -> dict[str, Any]:
    """A page of the feed with the data of its things as they stand now, for this viewer."""
    wanted = {one.entity_id for one in page.changes if one.entity == TICKET and not one.gone}
    data = await ticket_data(session, actor, wanted, now)
    return {
        "changes": [
            {
                "scope": one.scope,
                "entity": one.entity,
                "id": one.entity_id,
                "version": one.version,
                "op": "r" if one.gone or (one.entity == TICKET and one.entity_id not in data) else "u",
                "data": None if one.gone else data.get(one.entity_id),
            }
            for one in page.changes
        ],
        "cursor": str(page.cursor),
        "more": page.more,
        "scope_rev": scope_revision(actor),
        "server_time": now,
    }


async def ticket_data(
    session: ReadSession | Glance, actor: Actor, ticket_ids: set[UUID], now: datetime
) -> dict[UUID, dict[str, Any]]:
    """How tickets stand now, for this viewer; those that are not for the viewer are absent."""
    fields = fields_for(actor)
    rows = await lists.briefs(session, reach_of(actor), sorted(ticket_ids))
    made = {ticket_id: brief(row, fields(row), now) for ticket_id, row in rows.items()}
    return {ticket_id: one for ticket_id, one in made.items() if one is not None}


@router.get("/snapshot", response_model=SnapshotOut)
async def snapshot(
    session: Read,
    actor: CurrentActor,
    now: Now,
    response: Response,
    scope: Annotated[str, Query(max_length=80)],
    after: Annotated[str | None, Query(max_length=300)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = PAGE,
) -> dict[str, Any]:
    """What is in one of my scopes now: open tickets and those that ended lately. 403 ``scope_not_yours``."""
    acknowledged(response)
    if scope not in sync.scopes_of(actor):
        raise Forbidden("scope_not_yours")
    if after is None:
        start, beyond = str(await start_cursor(session)), None
    else:
        start, beyond = _read_page(after)
    kind, _, scope_id = scope.partition(":")
    rows = await lists.snapshot_page(
        session,
        reach_of(actor),
        scope=(kind, UUID(scope_id)),
        ended_since=now - KEPT_AFTER_END,
        after=beyond,
        limit=limit,
    )
    fields = fields_for(actor)
    shown = [one for row in rows if (one := brief(row, fields(row), now)) is not None]
    return {
        "rows": [{"entity": TICKET, "id": one["ticket_id"], "version": one["version"], "data": one} for one in shown],
        "start_cursor": start,
        "after": _write_page(start, rows[-1].ticket_id) if len(rows) == limit else None,
        "scope_rev": scope_revision(actor),
        "server_time": now,
    }


def _write_page(start: str, last: UUID) -> str:
    return write_token(start, str(last))


def _read_page(token: str) -> tuple[str, UUID]:
    start, last = read_token(token, 2)
    try:
        return str(sync.read_cursor(start)), UUID(last)
    except ValueError:
        raise unreadable() from None
