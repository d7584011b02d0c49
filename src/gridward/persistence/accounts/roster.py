"""Queries of a roster being imported: what it may refer to, and its publication in few statements."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from gridward.domain.accounts import Role, ScopeKind
from gridward.domain.accounts_roster import KnownGround, KnownPerson
from gridward.domain.territory import AreaLevel
from gridward.persistence.accounts.rows import GrantRow, JurisdictionRow, PersonRow, SessionRow
from gridward.persistence.accounts.sessions import in_force
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.rows import AreaRow, GridRow, StewardshipRow, UnitRow

Session = ReadSession | WriteSession


async def ground(session: Session, jurisdiction_id: UUID, phones: Collection[str], at: datetime) -> KnownGround:
    """The communities, units, grids and leads of a jurisdiction, and who of these numbers is known."""
    settings = (
        await session.execute(
            select(JurisdictionRow.settings).where(JurisdictionRow.jurisdiction_id == jurisdiction_id)
        )
    ).scalar_one()
    areas = await session.execute(
        select(AreaRow.area_id, AreaRow.code, AreaRow.name).where(
            AreaRow.jurisdiction_id == jurisdiction_id, AreaRow.level == AreaLevel.community.value
        )
    )
    communities = [(row.area_id, row.code, row.name) for row in areas]
    names = Counter(name for _, _, name in communities)
    units = await session.execute(
        select(UnitRow.code, UnitRow.unit_id).where(
            UnitRow.jurisdiction_id == jurisdiction_id, UnitRow.ended_at.is_(None)
        )
    )
    grids = await session.execute(
        select(GridRow.code, GridRow.grid_id, GridRow.community_id).where(
            GridRow.jurisdiction_id == jurisdiction_id, GridRow.valid_to.is_(None)
        )
    )
    leads = await session.execute(
        select(StewardshipRow.grid_id, StewardshipRow.person_id).where(
            StewardshipRow.jurisdiction_id == jurisdiction_id, StewardshipRow.is_lead, in_force(StewardshipRow, at)
        )
    )
    return KnownGround(
        jurisdiction_id=jurisdiction_id,
        admins_apart=bool(settings.get("admins_apart")),
        communities={name: area_id for area_id, _, name in communities if names[name] == 1}
        | {code: area_id for area_id, code, _ in communities},
        units={row.code: row.unit_id for row in units},
        grids={row.code: (row.grid_id, row.community_id) for row in grids},
        grid_leads={row.grid_id: row.person_id for row in leads},
        people=await _people(session, jurisdiction_id, phones, at),
    )


async def _people(
    session: Session, jurisdiction_id: UUID, phones: Collection[str], at: datetime
) -> dict[tuple[str, str], KnownPerson]:
    rows = (
        await session.execute(
            select(PersonRow.person_id, PersonRow.name, PersonRow.phone, PersonRow.disabled_at).where(
                PersonRow.jurisdiction_id == jurisdiction_id, PersonRow.phone.in_(phones)
            )
        )
    ).all()
    ids = [row.person_id for row in rows]
    held: dict[UUID, set[tuple[Role, ScopeKind, UUID]]] = {}
    for grant in await session.execute(
        select(GrantRow.person_id, GrantRow.role, GrantRow.scope_kind, GrantRow.scope_id).where(
            GrantRow.person_id.in_(ids), in_force(GrantRow, at)
        )
    ):
        held.setdefault(grant.person_id, set()).add((Role(grant.role), ScopeKind(grant.scope_kind), grant.scope_id))
    grids: dict[UUID, set[UUID]] = {}
    for stewardship in await session.execute(
        select(StewardshipRow.person_id, StewardshipRow.grid_id).where(
            StewardshipRow.person_id.in_(ids), in_force(StewardshipRow, at)
        )
    ):
        grids.setdefault(stewardship.person_id, set()).add(stewardship.grid_id)
    return {
        (row.name, row.phone): KnownPerson(
            person_id=row.person_id,
            disabled=row.disabled_at is not None,
            held=frozenset(held.get(row.person_id, ())),
            grids=frozenset(grids.get(row.person_id, ())),
        )
        for row in rows
    }


async def put(
    session: WriteSession,
    *,
    persons: Sequence[Mapping[str, Any]],
    grants: Sequence[Mapping[str, Any]],
    stewardships: Sequence[Mapping[str, Any]],
) -> None:
    """Three statements, however many rows."""
    for row, values in ((PersonRow, persons), (GrantRow, grants), (StewardshipRow, stewardships)):
        if values:
            await session.execute(insert(row), list(values))


async def never_came(session: Session, person_ids: Collection[UUID]) -> set[UUID]:
    """Those of them who were never signed in."""
    came = await session.execute(select(SessionRow.person_id).where(SessionRow.person_id.in_(person_ids)).distinct())
    return set(person_ids) - set(came.scalars())
