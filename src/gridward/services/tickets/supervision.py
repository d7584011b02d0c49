"""Supervision orders (督办): their numbers, and the rows that lists read; the steps themselves are a ticket's."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from gridward.domain.facts import Fact
from gridward.domain.tickets.state import TicketState
from gridward.persistence.database import WriteSession
from gridward.persistence.tickets import supervision as stored


async def numbered(session: WriteSession, jurisdiction_id: UUID, today: date) -> dict[str, int]:
    """The number of an order given ``today``, the city's own date: each year begins with 1 and leaves none out."""
    return {"order_no": await stored.next_number(session, jurisdiction_id, today.year), "order_year": today.year}


async def project(
    session: WriteSession, jurisdiction_id: UUID, ticket_id: UUID, state: TicketState, fact: Fact
) -> None:
    """The rows as this fact leaves them; ``state`` is the ticket after it."""
    order_id = fact.uuid("order_id")
    # Orders of before there were numbers have none in their facts; the migration numbered their rows.
    if fact.verb == "supervision.ordered" and "order_no" in fact.detail:
        await stored.add(
            session,
            {
                "order_id": order_id,
                "jurisdiction_id": jurisdiction_id,
                "year": fact.detail["order_year"],
                "number": fact.detail["order_no"],
                "ticket_id": ticket_id,
                "unit_id": state.ordered_unit_id,
                "text_id": _text(fact, "text"),
                "ordered_by": fact.actor_id,
                "ordered_at": fact.recorded_at,
                "answer_by": fact.instant("answer_by"),
            },
        )
    elif fact.verb == "supervision.answered" and order_id is not None:
        await stored.answer(
            session,
            order_id,
            answered_by=fact.actor_id,
            answered_at=fact.recorded_at,
            text_id=_text(fact, "answer"),
            on_behalf=bool(fact.detail.get("on_behalf")),
        )


def _text(fact: Fact, name: str) -> UUID | None:
    named = (fact.detail.get("texts") or {}).get(name)
    return None if named is None else UUID(named["text_id"])
