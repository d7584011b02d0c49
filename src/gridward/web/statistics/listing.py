"""What a figure opens: its numerator, its denominator, and what stands apart, as lists of tickets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel

from gridward.domain.errors import Malformed
from gridward.domain.tickets.numbers import official_number
from gridward.persistence.database import ReadSession
from gridward.persistence.statements import queries as statements
from gridward.persistence.statistics import counting
from gridward.persistence.statistics.listing import Member, Place, members
from gridward.persistence.statistics.sets import SETS, SUMMED
from gridward.web.deps import Built
from gridward.web.statistics.question import Question, Step, question

router = APIRouter(tags=["figures"])

MOST = 500

SetName = Annotated[str, Query(alias="set", max_length=60, description="As an index names it: resolve.in_time")]
After = Annotated[
    str | None, Query(max_length=200, description="The place of the last row that came: instant,ticket_id,key")
]


class MemberOut(BaseModel):
    """``at``: by which it lies in the period. ``due_at``, ``done_at``: what it was held against. ``spent_s``: in a set of times, how long
    it took. ``place``: go on after it. ``explanation``: what the unit said beside a breach."""

    at: datetime
    ticket_id: UUID
    ticket_no: str
    key: str
    place: str
    counted: int
    spent_s: float | None
    status: str
    category: str
    category_name: str | None
    community_name: str | None
    grid_name: str | None
    unit_name: str | None
    place_note: str | None
    received_at: datetime
    due_at: datetime | None
    done_at: datetime | None
    ended_at: datetime | None
    explanation: str | None


class MembersOut(BaseModel):
    """``n`` is the figure's number, ``rows`` how many rows it is made of, ``file_rows`` how many of them one file holds.

    ``next`` null: that was all.
    """

    set: str
    n: int
    rows: int
    file_rows: int
    as_of: datetime
    judged: datetime
    tickets: list[MemberOut]
    next: str | None


def known_set(name: str) -> str:
    """Raises: Malformed: ``query_unreadable``."""
    if name not in SETS:
        raise Malformed("query_unreadable", field="set")
    return name


def write_place(one: Member) -> str:
    return f"{one.at.isoformat()},{one.ticket_id},{one.key}"


def read_place(words: str | None) -> Place | None:
    """Raises: Malformed: ``page_unreadable``."""
    if not words:
        return None
    try:
        at, ticket_id, key = words.split(",", 2)
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError
        return Place(moment, UUID(ticket_id), key)
    except ValueError:
        raise Malformed("page_unreadable") from None


async def explanations(session: ReadSession, name: str, found: Sequence[Member]) -> Mapping[tuple[UUID, str], str]:
    """(ticket, key) → what the unit said (情况说明), in a set of late clocks; elsewhere nobody has anything to explain."""
    if not name.endswith(".late") or not found:
        return {}
    said = await statements.explained(session, {one.ticket_id for one in found})
    return {place: row.words for place, row in said.items()}


@router.get("/figures/tickets")
async def tickets(
    asks: Annotated[Question, Depends(question("figures:read"))],
    step: Step,
    built: Built,
    name: SetName,
    after: After = None,
    limit: Annotated[int, Query(ge=1, le=MOST)] = 100,
) -> MembersOut:
    """The rows of a set, the newest first; a ticket is there as often as it counts. Say the same ``as_of`` for all pages."""
    asked = asks.of_step(step).asked
    known_set(name)
    n = (await counting.counts(asks.session, asked, names=[name])).get(counting.WHOLE, {}).get(name, 0)
    found = await members(asks.session, asked, name, read_place(after), limit)
    said = await explanations(asks.session, name, found)
    return MembersOut(
        set=name,
        n=n,
        rows=await counting.row_count(asks.session, asked, name) if name in SUMMED else n,
        file_rows=built.file_rows,
        as_of=asked.at,
        judged=asked.judged,
        tickets=[
            MemberOut(
                at=one.at,
                ticket_id=one.ticket_id,
                ticket_no=official_number(one.number_day, one.number),
                key=one.key,
                place=write_place(one),
                counted=one.counted,
                spent_s=one.spent_s,
                status=one.status,
                category=one.category_code,
                category_name=one.category_name,
                community_name=one.community_name,
                grid_name=one.grid_name,
                unit_name=one.unit_name,
                place_note=one.place_note,
                received_at=one.received_at,
                due_at=one.due_at,
                done_at=one.done_at,
                ended_at=one.ended_at,
                explanation=said.get((one.ticket_id, one.key)),
            )
            for one in found
        ],
        next=write_place(found[-1]) if len(found) == limit else None,
    )
