"""What the tables say against what the log says."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import select

from gridward.domain.tickets.act import next_step_at, recall
from gridward.persistence.database import WriteSession
from gridward.persistence.tickets import history
from gridward.persistence.tickets.rows import AssignmentRow, ClockRow, RequestRow, TicketRow
from gridward.services.sla import terms_of
from gridward.services.tickets.projection import clock_values, ticket_values

OF_THE_MOMENT = frozenset({"paused"})
"""Depends on when it is asked."""


async def differences(session: WriteSession, ticket_id: UUID) -> list[str]:
    """Every column in which a stored row is not what a replay of the entries gives; normally none."""
    facts = (await history.facts_of(session, [ticket_id]))[ticket_id]
    row = (await session.execute(select(TicketRow).where(TicketRow.ticket_id == ticket_id))).scalar_one()
    terms = await terms_of(
        session, row.jurisdiction_id, {fact.detail.get("standard_id", row.standard_id) for fact in facts}
    )
    ticket = recall(facts, terms)
    look_at = next_step_at(ticket.state, ticket.clocks, terms)
    wanted = ticket_values(ticket.state, ticket.clocks, terms, next_step_at=look_at, now=row.received_at)
    found = [
        f"ticket.{name}: {getattr(row, name)!r} != {value!r}"
        for name, value in wanted.items()
        if name not in OF_THE_MOMENT and getattr(row, name) != value
    ]
    stored: dict[str, Any] = {
        clock.key: clock
        for clock in (await session.execute(select(ClockRow).where(ClockRow.ticket_id == ticket_id))).scalars()
    }
    replayed = {clock.key: clock_values(ticket_id, row.jurisdiction_id, clock, terms) for clock in ticket.clocks.clocks}
    if stored.keys() != replayed.keys():
        found.append(f"clocks: {sorted(stored)} != {sorted(replayed)}")
    for key in stored.keys() & replayed.keys():
        for name, value in replayed[key].items():
            if getattr(stored[key], name) != value:
                found.append(f"clock {key}.{name}: {getattr(stored[key], name)!r} != {value!r}")
    turns = await session.execute(
        select(AssignmentRow).where(AssignmentRow.ticket_id == ticket_id, AssignmentRow.ended_at.is_(None))
    )
    open_turns = {turn.assignment_id for turn in turns.scalars()}
    if open_turns != ({ticket.state.assignment_id} if ticket.state.assignment_id else set()):
        found.append(f"assignment: {open_turns} != {ticket.state.assignment_id}")
    asked = await session.execute(
        select(RequestRow.request_id).where(RequestRow.ticket_id == ticket_id, RequestRow.decided_at.is_(None))
    )
    if set(asked.scalars()) != {request.request_id for request in ticket.state.requests}:
        found.append("requests differ")
    return found
