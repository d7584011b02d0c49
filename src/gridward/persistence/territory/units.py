"""Queries of a unit that is kept at the desk: its row, what still hangs on it, its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import BindParameter, DateTime, func, literal, or_, select, update

from gridward.domain.accounts import ScopeKind
from gridward.persistence.accounts.rows import GrantRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.rows import ServiceAreaRow, UnitRow
from gridward.persistence.tickets.rows import AssignmentRow

Session = ReadSession | WriteSession


def _instant(at: datetime) -> BindParameter[datetime]:
    return literal(at, DateTime(timezone=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class Holds:
    """What hangs on a unit now: tickets that are with it, people who work for it, areas it answers for."""

    tickets: int
    people: int
    service_areas: int


async def unit(
    session: Session, jurisdiction_id: UUID, *, unit_id: UUID | None = None, code: str = ""
) -> UnitRow | None:
    """A unit of the jurisdiction by id or code, also one that was closed."""
    mine = UnitRow.code == code if unit_id is None else UnitRow.unit_id == unit_id
    query = select(UnitRow).where(UnitRow.jurisdiction_id == jurisdiction_id, mine)
    return (await session.execute(query)).scalar_one_or_none()


async def holds(session: Session, unit_id: UUID, at: datetime) -> Holds:
    tickets = select(func.count()).where(AssignmentRow.unit_id == unit_id, AssignmentRow.ended_at.is_(None))
    people = select(func.count(func.distinct(GrantRow.person_id))).where(
        GrantRow.scope_kind == ScopeKind.unit.value,
        GrantRow.scope_id == unit_id,
        or_(GrantRow.valid_to.is_(None), GrantRow.valid_to > at),
    )
    areas = select(func.count()).where(
        ServiceAreaRow.unit_id == unit_id, or_(ServiceAreaRow.valid_to.is_(None), ServiceAreaRow.valid_to > at)
    )
    query = select(
        tickets.scalar_subquery().label("tickets"),
        people.scalar_subquery().label("people"),
        areas.scalar_subquery().label("areas"),
    )
    row = (await session.execute(query)).one()
    return Holds(tickets=row.tickets, people=row.people, service_areas=row.areas)


async def end(session: WriteSession, unit_id: UUID, ended_by: UUID | None, at: datetime) -> list[tuple[UUID, UUID]]:
    """The unit, its areas and its people's roles in it end; answers (person, grant) of each role."""
    await session.execute(update(UnitRow).where(UnitRow.unit_id == unit_id).values(ended_at=at))
    await session.execute(
        update(ServiceAreaRow)
        .where(ServiceAreaRow.unit_id == unit_id, ServiceAreaRow.valid_to.is_(None))
        .values(valid_to=at)
        .execution_options(synchronize_session=False)
    )
    ended = await session.execute(
        update(GrantRow)
        .where(
            GrantRow.scope_kind == ScopeKind.unit.value,
            GrantRow.scope_id == unit_id,
            or_(GrantRow.valid_to.is_(None), GrantRow.valid_to > at),
        )
        .values(valid_to=func.greatest(_instant(at), GrantRow.valid_from), ended_by=ended_by)
        .returning(GrantRow.person_id, GrantRow.grant_id)
        .execution_options(synchronize_session=False)
    )
    return [(row.person_id, row.grant_id) for row in ended]


async def service_area(session: Session, jurisdiction_id: UUID, service_area_id: UUID) -> ServiceAreaRow | None:
    query = select(ServiceAreaRow).where(
        ServiceAreaRow.jurisdiction_id == jurisdiction_id, ServiceAreaRow.service_area_id == service_area_id
    )
    return (await session.execute(query)).scalar_one_or_none()


async def end_service_area(session: WriteSession, service_area_id: UUID, at: datetime) -> None:
    await session.execute(
        update(ServiceAreaRow).where(ServiceAreaRow.service_area_id == service_area_id).values(valid_to=at)
    )
