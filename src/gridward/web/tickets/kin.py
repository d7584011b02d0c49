"""What belongs to a ticket (merged here, parts, the whole) and its likely twins, as far as this viewer may see them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from fastapi import APIRouter, Response
from pydantic import BaseModel

from gridward.domain.errors import Forbidden
from gridward.domain.tickets.numbers import spoken_number
from gridward.persistence.database import ReadSession
from gridward.persistence.tickets import lists
from gridward.services.tickets import kin
from gridward.services.tickets.read import folded
from gridward.web.deps import CurrentActor, Now, Read
from gridward.web.tickets.reach import reach_of
from gridward.web.tickets.reading import answer, found
from gridward.web.tickets.shapes import TicketBrief, brief, fields_for

router = APIRouter(tags=["tickets"])


class PartOut(BaseModel):
    """One part of a split: what everybody who works on another part may know of it."""

    ticket_id: UUID
    short_no: str
    status: str
    unit_id: UUID
    unit_name: str | None
    lead: bool
    on_turn: bool
    due_at: datetime | None
    breached_at: datetime | None


class SplitOut(BaseModel):
    """The whole and its parts in their order. ``in_order``: one after the other; the lead answers for the whole."""

    whole_id: UUID
    whole_no: str
    whole_status: str
    in_order: bool
    parts: list[PartOut]


class TwinOut(BaseModel):
    """An open ticket that probably tells of the same. Parts and score 0…1; ``words`` null: nothing to compare."""

    ticket: TicketBrief
    score: float
    kind: float
    distance: float
    time: float
    words: float | None
    distance_m: float
    apart_s: float


class KinOut(BaseModel):
    """``merged_into``: where this ticket's reports are now; ``merged_here``: what brought its reports here."""

    split: SplitOut | None
    merged_into: TicketBrief | None
    merged_here: list[TicketBrief]
    twins: list[TwinOut]


@router.get("/tickets/{ticket_id}/kin", response_model=KinOut)
async def get_kin(session: Read, actor: CurrentActor, now: Now, ticket_id: UUID) -> Response:
    """Whole, parts, merged tickets and likely twins. 403 ``not_permitted`` for whoever may not see the ticket's clocks."""
    row = await found(session, actor, ticket_id)
    fields = fields_for(actor)(row)
    if "ledger" not in fields:
        raise Forbidden("not_permitted", action="ticket:read_clocks")
    seen = fields_for(actor)

    def shown(one: Any) -> dict[str, Any] | None:
        return brief(one, seen(one), now)

    reach = reach_of(actor)
    target = row.merged_into_id
    into = (await lists.briefs(session, reach, [target])).get(target) if target is not None else None
    here = await kin.merged_here(session, reach, row.ticket_id)
    twins = []
    if "candidates" in fields:
        twins = await kin.twins_of(session, reach, row, await folded(session, row.jurisdiction_id, row.ticket_id))
    return answer(
        {
            "split": await _split(session, row),
            "merged_into": shown(into) if into is not None else None,
            "merged_here": [one for one in map(shown, here) if one is not None],
            "twins": [{"ticket": shown(twin.row), **_alike(twin)} for twin in twins],
        }
    )


def _alike(twin: kin.Twin) -> dict[str, Any]:
    alike = twin.alike
    return {
        "score": round(alike.score, 3),
        "kind": alike.kind,
        "distance": round(alike.distance, 3),
        "time": round(alike.time, 3),
        "words": None if alike.words is None else round(alike.words, 3),
        "distance_m": round(alike.distance_m, 1),
        "apart_s": alike.apart.total_seconds(),
    }


async def _split(session: ReadSession, row: Any) -> dict[str, Any] | None:
    split = await kin.split_of(session, row)
    if split is None:
        return None
    return {
        "whole_id": split.whole.ticket_id,
        "whole_no": spoken_number(split.whole.short_no),
        "whole_status": split.whole.status,
        "in_order": split.in_order,
        "parts": [
            {
                "ticket_id": part.child_id,
                "short_no": spoken_number(split.rows[part.child_id].short_no),
                "status": split.rows[part.child_id].status,
                "unit_id": part.unit_id,
                "unit_name": split.rows[part.child_id].unit_name,
                "lead": part.lead,
                "on_turn": part.on_turn,
                "due_at": split.rows[part.child_id].due_at,
                "breached_at": split.rows[part.child_id].breached_at,
            }
            for part in split.parts
        ],
    }
