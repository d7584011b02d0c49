"""How far each ticket came in each of its rounds: what figures over tickets are counted from.

A projection like ``clock``: the same facts give the same row, live, replayed and rebuilt.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import ARRAY, Boolean, DateTime, ForeignKey, Index, SmallInteger, Table, Text, Uuid, select, text
from sqlalchemy.orm import Mapped, mapped_column

from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.prepared import Line
from gridward.persistence.writes import Put

Instant = DateTime(timezone=True)


SETTLED = text(
    "\nCASE\n WHEN ended_at IS NOT NULL THEN greatest(ended_at, accepted_at, dispatched_at, resolved_at, first_checked_at, "
    "reopened_at, extended_at, deferred_at, shelved_at, last_listed_at, due_at, done_at)\n ELSE NULL\nEND"
)
"""As PostgreSQL prints it, line by line: so it is compared when drift is looked for."""


class RoundRow(Row):
    """One round of a ticket (see ``domain/tickets/rounds``), with its ``overall`` clock and where it lies.

    ``due_at`` and ``done_at`` are those of the clock that is not void; null where no limit runs. ``exempt``: an appeal
    about a clock of the round was granted. Kind and place are the ticket's own, so that a corrected ticket counts where it
    belongs.

    Lists of instants are in their order, so that ``width_bucket`` tells how many of them had passed at another one:
    ``units[i]`` was named at ``units_at[i]``; of ``shelf_at`` and ``reference_at`` an odd number had passed while it lay on
    the shelf, or while the unit's limit had no basis (参考时限). ``last_listed_at``: the last instant of any list and of
    ``first_reworked_at``.
    """

    __tablename__ = "ticket_round"
    __table_args__ = (
        Index("ix_ticket_round_accepted", "jurisdiction_id", "accepted_at"),
        Index(
            "ix_ticket_round_settled",
            "jurisdiction_id",
            SETTLED,
            "accepted_at",
        ),
        Index(
            "ix_ticket_round_shelved", "jurisdiction_id", "shelved_at", postgresql_where=text("shelved_at IS NOT NULL")
        ),
    )

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"), primary_key=True)
    round: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    jurisdiction_id: Mapped[UUID]
    category_code: Mapped[str] = mapped_column(Text)
    grid_id: Mapped[UUID | None]
    community_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    accepted_at: Mapped[datetime | None] = mapped_column(Instant)
    dispatched_at: Mapped[datetime | None] = mapped_column(Instant)
    resolved_at: Mapped[datetime | None] = mapped_column(Instant)
    first_checked_at: Mapped[datetime | None] = mapped_column(Instant)
    first_reworked_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    reopened_at: Mapped[datetime | None] = mapped_column(Instant)
    extended_at: Mapped[datetime | None] = mapped_column(Instant)
    deferred_at: Mapped[datetime | None] = mapped_column(Instant)
    shelved_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    done_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_as: Mapped[str | None] = mapped_column(Text)
    closing: Mapped[str | None] = mapped_column(Text)
    checks: Mapped[int] = mapped_column(SmallInteger)
    reworks: Mapped[int] = mapped_column(SmallInteger)
    units: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid()))
    units_at: Mapped[list[datetime]] = mapped_column(ARRAY(Instant))
    reference_at: Mapped[list[datetime]] = mapped_column(ARRAY(Instant))
    shelf_at: Mapped[list[datetime]] = mapped_column(ARRAY(Instant))
    steps_at: Mapped[list[datetime]] = mapped_column(ARRAY(Instant))
    late_steps_at: Mapped[list[datetime]] = mapped_column(ARRAY(Instant))
    desk_steps_at: Mapped[list[datetime]] = mapped_column(ARRAY(Instant))
    link_steps_at: Mapped[list[datetime]] = mapped_column(ARRAY(Instant))
    last_listed_at: Mapped[datetime | None] = mapped_column(Instant)
    first_passed: Mapped[bool | None] = mapped_column(Boolean)
    by_rule: Mapped[bool] = mapped_column(Boolean)
    self_solved: Mapped[bool] = mapped_column(Boolean)
    part: Mapped[bool] = mapped_column(Boolean)
    imported: Mapped[bool] = mapped_column(Boolean)
    exempt: Mapped[bool] = mapped_column(Boolean)


ROUND = cast(Table, RoundRow.__table__)
ROUNDS = Put(ROUND, again="replaced", key=("ticket_id", "round"), fixed=("jurisdiction_id",))


async def rounds_of(session: ReadSession | WriteSession, ticket_ids: Collection[UUID]) -> dict[UUID, dict[int, Line]]:
    """The stored rounds of tickets: ticket → number → row."""
    found: dict[UUID, dict[int, Line]] = {ticket_id: {} for ticket_id in ticket_ids}
    for row in await session.execute(select(*ROUND.c).where(ROUND.c.ticket_id.in_(ticket_ids))):
        found[row.ticket_id][row.round] = row
    return found
