"""Queries of the roster: who is on it, what they hold, and what a scope is called."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, cast, or_, select, tuple_, union_all, update
from sqlalchemy import literal as sql_literal
from sqlalchemy.dialects.postgresql import JSONB

from gridward.domain.accounts import ScopeKind
from gridward.persistence.accounts.rows import GrantRow, InviteRow, JurisdictionRow, PersonRow
from gridward.persistence.accounts.sessions import in_force
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.rows import AreaRow, GridRow, UnitRow

Session = ReadSession | WriteSession
Rows = Sequence[PersonRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which people of a jurisdiction; None leaves a condition out.

    ``text``: a part of the name, or the last four digits of the phone, which everybody who may list people sees anyway.
    ``unit_ids``: people now in those units.
    """

    jurisdiction_id: UUID
    text: str | None = None
    role: str | None = None
    community_id: UUID | None = None
    unit_ids: Collection[UUID] | None = None
    person_id: UUID | None = None


async def page(session: Session, wanted: Wanted, at: datetime, *, after: tuple[str, UUID] | None, limit: int) -> Rows:
    """People by name, from behind ``after`` (name, id)."""
    query = select(PersonRow).where(PersonRow.jurisdiction_id == wanted.jurisdiction_id)
    if wanted.person_id is not None:
        query = query.where(PersonRow.person_id == wanted.person_id)
    if wanted.text:
        last_four = re.fullmatch(r"[0-9]{4}", wanted.text)
        named = PersonRow.name.contains(wanted.text, autoescape=True)
        query = query.where(PersonRow.phone.endswith(wanted.text) if last_four else named)
    if wanted.community_id is not None:
        query = query.where(PersonRow.community_id == wanted.community_id)
    if wanted.role is not None or wanted.unit_ids is not None:
        held: list[ColumnElement[bool]] = [GrantRow.person_id == PersonRow.person_id, in_force(GrantRow, at)]
        if wanted.role is not None:
            held.append(GrantRow.role == wanted.role)
        if wanted.unit_ids is not None:
            held += [GrantRow.scope_kind == ScopeKind.unit.value, GrantRow.scope_id.in_(wanted.unit_ids)]
        query = query.where(select(GrantRow.grant_id).where(*held).exists())
    if after is not None:
        query = query.where(tuple_(PersonRow.name, PersonRow.person_id) > after)
    query = query.order_by(PersonRow.name, PersonRow.person_id).limit(limit)
    return (await session.execute(query)).scalars().all()


async def person(session: Session, jurisdiction_id: UUID, person_id: UUID) -> PersonRow | None:
    query = select(PersonRow).where(PersonRow.jurisdiction_id == jurisdiction_id, PersonRow.person_id == person_id)
    return (await session.execute(query)).scalar_one_or_none()


async def by_id(session: Session, jurisdiction_id: UUID, person_ids: Collection[UUID]) -> Rows:
    """These people of the jurisdiction, by name."""
    query = (
        select(PersonRow)
        .where(PersonRow.jurisdiction_id == jurisdiction_id, PersonRow.person_id.in_(person_ids))
        .order_by(PersonRow.name, PersonRow.person_id)
    )
    return (await session.execute(query)).scalars().all()


async def named(session: Session, jurisdiction_id: UUID, *, name: str | None, phone: str | None) -> Rows:
    """People of exactly that name, that number, or both."""
    query = select(PersonRow).where(PersonRow.jurisdiction_id == jurisdiction_id)
    if name is not None:
        query = query.where(PersonRow.name == name)
    if phone is not None:
        query = query.where(PersonRow.phone == phone)
    return (await session.execute(query.order_by(PersonRow.name, PersonRow.person_id))).scalars().all()


async def grants_of(session: Session, person_ids: Collection[UUID], at: datetime) -> Sequence[GrantRow]:
    """Grants in force or still to come."""
    query = (
        select(GrantRow)
        .where(GrantRow.person_id.in_(person_ids), or_(GrantRow.valid_to.is_(None), GrantRow.valid_to > at))
        .order_by(GrantRow.valid_from, GrantRow.grant_id)
    )
    return (await session.execute(query)).scalars().all()


async def somebody_else_holds(
    session: Session, jurisdiction_id: UUID, role: str, person_id: UUID, at: datetime
) -> bool:
    """Whether another person who is not shut out holds this role, without an end."""
    query = (
        select(GrantRow.grant_id)
        .join(PersonRow, PersonRow.person_id == GrantRow.person_id)
        .where(
            GrantRow.jurisdiction_id == jurisdiction_id,
            GrantRow.role == role,
            GrantRow.person_id != person_id,
            GrantRow.valid_from <= at,
            GrantRow.valid_to.is_(None),
            PersonRow.disabled_at.is_(None),
        )
        .limit(1)
    )
    return (await session.execute(query)).first() is not None


async def invited_until(session: Session, person_ids: Collection[UUID], at: datetime) -> dict[UUID, datetime | None]:
    """Whose invite is out and unspent, and until when it holds."""
    query = select(InviteRow.person_id, InviteRow.expires_at).where(
        InviteRow.person_id.in_(person_ids),
        InviteRow.spent_at.is_(None),
        InviteRow.revoked_at.is_(None),
        or_(InviteRow.expires_at.is_(None), InviteRow.expires_at > at),
    )
    return {row.person_id: row.expires_at for row in await session.execute(query)}


async def scope_names(
    session: Session, jurisdiction_id: UUID, scopes: Collection[tuple[ScopeKind, UUID]]
) -> dict[tuple[ScopeKind, UUID], str]:
    """The names of those scopes that exist in the jurisdiction; what is not there is not a scope of it."""
    ids: dict[ScopeKind, list[UUID]] = {}
    for kind, scope_id in set(scopes):
        ids.setdefault(kind, []).append(scope_id)
    if not ids:
        return {}
    tables: dict[ScopeKind, tuple[Any, Any, Any]] = {
        ScopeKind.jurisdiction: (JurisdictionRow.jurisdiction_id, JurisdictionRow.name, JurisdictionRow),
        ScopeKind.community: (AreaRow.area_id, AreaRow.name, AreaRow),
        ScopeKind.grid: (GridRow.grid_id, GridRow.name, GridRow),
        ScopeKind.unit: (UnitRow.unit_id, UnitRow.name, UnitRow),
    }
    parts = []
    for kind, wanted in ids.items():
        id_column, name, row = tables[kind]
        parts.append(
            select(sql_literal(kind.value).label("kind"), id_column.label("id"), name.label("name")).where(
                and_(id_column.in_(wanted), row.jurisdiction_id == jurisdiction_id)
            )
        )
    rows = (await session.execute(union_all(*parts))).all()
    return {(ScopeKind(row.kind), row.id): row.name for row in rows}


async def jurisdiction(session: Session, jurisdiction_id: UUID) -> JurisdictionRow:
    query = select(JurisdictionRow).where(JurisdictionRow.jurisdiction_id == jurisdiction_id)
    return (await session.execute(query)).scalar_one()


async def set_settings(session: WriteSession, jurisdiction_id: UUID, chosen: Mapping[str, Any]) -> None:
    """These settings as they are given; the others stay."""
    await session.execute(
        update(JurisdictionRow)
        .where(JurisdictionRow.jurisdiction_id == jurisdiction_id)
        .values(settings=JurisdictionRow.settings.op("||")(cast(dict(chosen), JSONB)))
        .execution_options(synchronize_session=False)
    )


async def only_telephone(session: Session) -> str | None:
    """The telephone of the installation's one jurisdiction; None when there are several: nobody knows whose to give."""
    found = (await session.scalars(select(JurisdictionRow.telephone).limit(2))).all()
    return found[0] if len(found) == 1 else None


async def namesake(session: Session, jurisdiction_id: UUID, name: str, phone: str) -> UUID | None:
    """The person of that name and number who is on the roster already."""
    query = select(PersonRow.person_id).where(
        PersonRow.jurisdiction_id == jurisdiction_id, PersonRow.name == name, PersonRow.phone == phone
    )
    return (await session.execute(query)).scalar_one_or_none()


async def community_labels(
    session: Session, jurisdiction_id: UUID, person_ids: Collection[UUID]
) -> dict[UUID, tuple[str, str]]:
    """Code and name of the community that lists each person."""
    query = (
        select(PersonRow.person_id, AreaRow.code, AreaRow.name)
        .join(AreaRow, AreaRow.area_id == PersonRow.community_id)
        .where(PersonRow.jurisdiction_id == jurisdiction_id, PersonRow.person_id.in_(person_ids))
    )
    return {row.person_id: (row.code, row.name) for row in await session.execute(query)}
