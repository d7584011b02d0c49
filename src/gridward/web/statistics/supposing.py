"""假如: a period counted by another standard or calendar, with its progress; whoever stops listening stops it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel
from pydantic_core import to_json

from gridward.domain.calendar import WorkingCalendar
from gridward.domain.sla.what_if import under
from gridward.domain.standards import Standard
from gridward.persistence.database import read_transaction
from gridward.persistence.statistics.supposing import tickets_of
from gridward.services.tickets import auditing
from gridward.services.tickets.auditing import Page
from gridward.services.tickets.supposing import Counted, Supposed, rule_named
from gridward.web.deps import Built, Parts
from gridward.web.gate import TurnedAway, Work
from gridward.web.statistics.question import Question, question

router = APIRouter(tags=["figures"])

PAGE = 100
MOST_ROWS = 20_000
"""Counted clocks that are listed: a month of a big jurisdiction. The sums count all."""
PATIENCE = 60


class SumOut(BaseModel):
    """Clocks of a kind due in the period by the rule that held; see ``services/tickets/supposing``."""

    due: int
    on_time: int
    other_due: int
    other_on_time: int
    to_late: int
    to_on_time: int
    gone: int
    added: int


class CountedOut(BaseModel):
    """A clock by both rules; ``sums``: the numbers of its ``kind`` in which it was counted. Without a clock: a ticket that
    is ``not_comparable``."""

    ticket_id: UUID
    number: str
    clock: str | None
    kind: str | None
    due_at: datetime | None
    other_due_at: datetime | None
    judged: str
    other_judged: str
    sums: list[str]


class SupposedLine(BaseModel):
    """One line of the answer (NDJSON). Those before the last tell how far it is, and in ``rows`` what was counted since the
    line before: what the sums open. ``done`` true on the last one only, which has the sums; ``cut``: there were more rows
    than are told."""

    done: bool
    tickets: int
    of: int
    rows: list[CountedOut] | None = None
    clocks: dict[str, SumOut] | None = None
    changed: int | None = None
    not_comparable: int | None = None
    cut: bool | None = None


@router.get(
    "/figures/suppose",
    response_class=Response,
    responses={200: {"model": SupposedLine, "description": "One such object a line (NDJSON)"}},
)
async def suppose(
    asks: Annotated[Question, Depends(question("figures:suppose"))],
    built: Built,
    rule: Annotated[
        str, Query(max_length=120, description="The id of a standard, scheme/version, or calendar/version (city/2)")
    ],
) -> Response:
    """What another rule would have meant for the clocks that the question is about. Nothing is written.

    404 ``rule.unknown``.
    """
    other = await rule_named(asks.session, asks.asked.jurisdiction_id, rule)
    ticket_ids = await tickets_of(asks.session, asks.asked)
    # Compressed, the lines would wait for one another.
    told = {"Content-Encoding": "identity", "Cache-Control": "no-store"}
    return StreamingResponse(_lines(built, asks, other, ticket_ids), media_type="application/x-ndjson", headers=told)


async def _lines(
    built: Parts, asks: Question, other: Standard | WorkingCalendar, ticket_ids: list[UUID]
) -> AsyncIterator[bytes]:
    asked = asks.asked
    supposed = Supposed(asked.since, asked.until, asked.unit_id)
    left, cut = MOST_ROWS, False
    # The place of the request itself is given back with the first line; each page then takes one of its own.
    yield _line(done=False, tickets=0, of=len(ticket_ids))
    async with aclosing(_pages(built, asks, ticket_ids)) as pages:
        async for page in pages:
            found = await asyncio.to_thread(_counted, supposed, page, other, asked.at)
            rows = found[:left]
            left, cut = left - len(rows), cut or len(rows) < len(found)
            yield _line(done=False, tickets=supposed.tickets, of=len(ticket_ids), rows=[asdict(one) for one in rows])
    yield _line(
        done=True,
        tickets=supposed.tickets,
        of=len(ticket_ids),
        clocks={kind.value: asdict(one) for kind, one in supposed.sums.items() if any(asdict(one).values())},
        changed=supposed.changed,
        not_comparable=supposed.not_comparable,
        cut=cut,
    )


async def _pages(built: Parts, asks: Question, ticket_ids: list[UUID]) -> AsyncGenerator[Page, None]:
    """A page at a time, each in a transaction and under a place of its own: a quarter takes minutes."""
    for start in range(0, len(ticket_ids), PAGE):
        await _enter(built)
        try:
            async with read_transaction(built.engine) as session:
                page = await auditing.read(session, asks.asked.jurisdiction_id, ticket_ids[start : start + PAGE])
        finally:
            built.gate.leave(Work.EXPORT)
        yield page


async def _enter(built: Parts) -> None:
    """Raises: TurnedAway: for a minute nothing was free; the answer breaks off and its reader sees that it did."""
    for left in reversed(range(PATIENCE)):
        try:
            await built.gate.enter(Work.EXPORT)
        except TurnedAway:
            if not left:
                raise
        else:
            return


def _counted(supposed: Supposed, page: Page, other: Standard | WorkingCalendar, at: datetime) -> list[Counted]:
    others = under(page.terms, other)
    return [one for ticket in page.tickets for one in supposed.add(ticket, page.terms, others, at)]


def _line(**facts: Any) -> bytes:
    return to_json(facts) + b"\n"
