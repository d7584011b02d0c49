"""What the tables say against what the log says, and whether the log tells a life that the table of states allows."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select

from gridward.domain.tickets.table import LIFECYCLE
from gridward.domain.tickets.words import Intent, Status
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import EntryRow
from gridward.persistence.tickets.rows import TicketRow
from gridward.services.tickets import auditing


async def differences(session: WriteSession, ticket_id: UUID) -> list[str]:
    """Every column in which a stored row is not what a replay of the entries gives; normally none."""
    query = select(TicketRow.jurisdiction_id).where(TicketRow.ticket_id == ticket_id)
    jurisdiction_id = (await session.execute(query)).scalar_one()
    page = await auditing.read(session, jurisdiction_id, [ticket_id])
    (ticket,) = page.tickets
    found = auditing.differences(ticket, page.terms, ticket.facts[-1].recorded_at)
    return [f"{one.clock or 'ticket'}.{one.field}: {one.stored!r} != {one.recomputed!r}" for one in found]


async def path_of_the_table(session: WriteSession, jurisdiction_id: UUID) -> None:
    """Every history is a path of the state table, each entry there once and in order."""
    rows = await session.execute(
        select(EntryRow.ticket_id, EntryRow.ticket_version, EntryRow.detail)
        .where(EntryRow.jurisdiction_id == jurisdiction_id, EntryRow.ticket_version.is_not(None))
        .order_by(EntryRow.ticket_id, EntryRow.ticket_version)
    )
    standing: dict[UUID, tuple[int, Status | None]] = {}
    for ticket_id, version, detail in rows:
        before, status = standing.get(ticket_id, (0, None))
        assert version == before + 1, (ticket_id, before, version, detail)
        to = Status(detail["status"]) if "status" in detail else status
        if to is not status:
            intent = Intent(detail["intent"])
            transition = LIFECYCLE[status, intent]
            assert to in transition.targets, (status, intent, to)
        standing[ticket_id] = (version, to)
