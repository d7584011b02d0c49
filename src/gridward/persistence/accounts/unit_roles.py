"""Queries of the roles that people hold in a unit."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, DateTime, and_, func, literal, or_, select, update

from gridward.domain.accounts import ScopeKind
from gridward.persistence.accounts.rows import GrantRow
from gridward.persistence.database import ReadSession, WriteSession


def _held(unit_id: UUID, at: datetime) -> ColumnElement[bool]:
    return and_(
        GrantRow.scope_kind == ScopeKind.unit.value,
        GrantRow.scope_id == unit_id,
        or_(GrantRow.valid_to.is_(None), GrantRow.valid_to > at),
    )


async def people_of(session: ReadSession | WriteSession, unit_id: UUID, at: datetime) -> int:
    """How many people hold a role in the unit now or later."""
    query = select(func.count(func.distinct(GrantRow.person_id))).where(_held(unit_id, at))
    return int((await session.execute(query)).scalar_one())


async def end_roles(
    session: WriteSession, unit_id: UUID, ended_by: UUID | None, at: datetime
) -> list[tuple[UUID, UUID]]:
    """Ends every role in the unit; answers (person, grant) of each."""
    ended = await session.execute(
        update(GrantRow)
        .where(_held(unit_id, at))
        .values(valid_to=func.greatest(literal(at, DateTime(timezone=True)), GrantRow.valid_from), ended_by=ended_by)
        .returning(GrantRow.person_id, GrantRow.grant_id)
        .execution_options(synchronize_session=False)
    )
    return [(row.person_id, row.grant_id) for row in ended]
