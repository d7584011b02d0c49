"""Whether what an operation names is there: units, grids, people of a unit."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, or_, select

from gridward.domain.accounts import UNIT_ROLES, ScopeKind
from gridward.persistence.accounts.rows import GrantRow, PersonRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.rows import GridRow, StewardshipRow, UnitRow
from gridward.persistence.tickets.rows import ReportRow, TicketRow


async def unit_kinds(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, unit_ids: Collection[UUID], at: datetime
) -> dict[UUID, str]:
    """The kinds of these units; those that are not there, or have ended, are absent."""
    query = select(UnitRow.unit_id, UnitRow.kind).where(
        UnitRow.jurisdiction_id == jurisdiction_id,
        UnitRow.unit_id.in_(unit_ids),
        or_(UnitRow.ended_at.is_(None), UnitRow.ended_at > at),
    )
    return {row.unit_id: row.kind for row in await session.execute(query)}


async def works_for(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, person_id: UUID, unit_id: UUID, at: datetime
) -> bool:
    """Whether somebody works for a unit, or leads it, and may sign in."""
    query = select(
        exists().where(
            GrantRow.jurisdiction_id == jurisdiction_id,
            GrantRow.person_id == person_id,
            GrantRow.scope_kind == ScopeKind.unit.value,
            GrantRow.scope_id == unit_id,
            GrantRow.role.in_([role.value for role in UNIT_ROLES]),
            GrantRow.valid_from <= at,
            or_(GrantRow.valid_to.is_(None), GrantRow.valid_to > at),
            PersonRow.person_id == GrantRow.person_id,
            PersonRow.disabled_at.is_(None),
        )
    )
    return bool((await session.execute(query)).scalar_one())


async def stewards_to_ask(session: ReadSession, ticket_id: UUID, at: datetime) -> list[tuple[UUID, str]]:
    """Who holds the grid of a ticket and has not reported it, id and name, the lead first."""
    reporters = select(ReportRow.reporter_id).where(
        ReportRow.ticket_id == ticket_id, ReportRow.reporter_id.is_not(None), ReportRow.erased_at.is_(None)
    )
    query = (
        select(PersonRow.person_id, PersonRow.name)
        .join(StewardshipRow, StewardshipRow.person_id == PersonRow.person_id)
        .join(TicketRow, TicketRow.grid_id == StewardshipRow.grid_id)
        .where(
            TicketRow.ticket_id == ticket_id,
            StewardshipRow.valid_from <= at,
            or_(StewardshipRow.valid_to.is_(None), StewardshipRow.valid_to > at),
            PersonRow.disabled_at.is_(None),
            PersonRow.person_id.not_in(reporters),
        )
        .order_by(StewardshipRow.is_lead.desc(), StewardshipRow.valid_from, PersonRow.person_id)
    )
    return [(row.person_id, row.name) for row in await session.execute(query)]


@dataclass(frozen=True, slots=True)
class GridPlace:
    """A grid that is there, and the community it lies in."""

    grid_id: UUID
    community_id: UUID | None


async def grid_place(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, grid_id: UUID, at: datetime
) -> GridPlace | None:
    """The grid, if it stands now."""
    query = select(GridRow.grid_id, GridRow.community_id).where(
        GridRow.jurisdiction_id == jurisdiction_id,
        GridRow.grid_id == grid_id,
        GridRow.valid_from <= at,
        or_(GridRow.valid_to.is_(None), GridRow.valid_to > at),
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else GridPlace(row.grid_id, row.community_id)
