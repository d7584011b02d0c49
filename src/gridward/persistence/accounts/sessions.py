"""Who is signed in: from the digest of a cookie, or from a person, to what holds at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select, update

from gridward.domain.accounts import Grant, Role, ScopeKind
from gridward.persistence.accounts.rows import GrantRow, PersonRow, SessionRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.rows import GridRow, StewardshipRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A person who is not disabled, with everything in force at the moment asked about."""

    person_id: UUID
    jurisdiction_id: UUID
    name: str
    phone: str | None
    notice_version: str | None
    grants: tuple[Grant, ...]
    grids: frozenset[UUID]
    session_id: UUID | None = None
    seen_at: datetime | None = None
    factors: tuple[str, ...] = ()


def in_force(row: type[GrantRow] | type[StewardshipRow], at: datetime) -> ColumnElement[bool]:
    return and_(row.valid_from <= at, or_(row.valid_to.is_(None), row.valid_to > at))


async def of_session(session: ReadSession | WriteSession, token_hash: bytes, at: datetime) -> Known | None:
    """The person of a session that was not ended, in one statement."""
    query = (
        _known(at)
        .add_columns(SessionRow.session_id, SessionRow.seen_at, SessionRow.factors)
        .join(SessionRow, SessionRow.person_id == PersonRow.person_id)
        .where(SessionRow.token_hash == token_hash, SessionRow.ended_at.is_(None))
    )
    return _one((await session.execute(query)).all())


async def of_person(session: ReadSession | WriteSession, person_id: UUID, at: datetime) -> Known | None:
    return _one((await session.execute(_known(at).where(PersonRow.person_id == person_id))).all())


async def of_phone(session: ReadSession | WriteSession, phone: str, at: datetime) -> list[Known]:
    """Everybody on any roster with that number; a couple may share one."""
    rows = (await session.execute(_known(at).where(PersonRow.phone == phone))).all()
    by_person: dict[UUID, list[Row[*tuple[Any, ...]]]] = {}
    for row in rows:
        by_person.setdefault(row.person_id, []).append(row)
    return [known for group in by_person.values() if (known := _one(group)) is not None]


async def seen(session: WriteSession, token_hash: bytes, at: datetime) -> None:
    await session.execute(
        update(SessionRow).where(SessionRow.token_hash == token_hash, SessionRow.seen_at < at).values(seen_at=at)
    )


def _known(at: datetime) -> Select[*tuple[Any, ...]]:
    grids = (
        select(func.array_agg(StewardshipRow.grid_id))
        .where(StewardshipRow.person_id == PersonRow.person_id, in_force(StewardshipRow, at))
        .correlate(PersonRow)
        .scalar_subquery()
        .label("grids")
    )
    community = case(
        (GrantRow.scope_kind == ScopeKind.community.value, GrantRow.scope_id),
        (GrantRow.scope_kind == ScopeKind.grid.value, GridRow.community_id),
    ).label("community_id")
    return (
        select(
            PersonRow.person_id,
            PersonRow.jurisdiction_id,
            PersonRow.name,
            PersonRow.phone,
            PersonRow.notice_version,
            GrantRow.role,
            GrantRow.scope_kind,
            GrantRow.scope_id,
            GrantRow.valid_from,
            GrantRow.valid_to,
            GrantRow.is_lead,
            community,
            grids,
        )
        .outerjoin(GrantRow, and_(GrantRow.person_id == PersonRow.person_id, in_force(GrantRow, at)))
        .outerjoin(GridRow, and_(GrantRow.scope_kind == ScopeKind.grid.value, GridRow.grid_id == GrantRow.scope_id))
        .where(PersonRow.disabled_at.is_(None))
        .order_by(GrantRow.valid_from, GrantRow.grant_id)
    )


def _one(rows: Sequence[Row[*tuple[Any, ...]]]) -> Known | None:
    if not rows:
        return None
    first = rows[0]._mapping
    grants = tuple(
        Grant(
            role=Role(row["role"]),
            scope_kind=ScopeKind(row["scope_kind"]),
            scope_id=row["scope_id"],
            valid_from=row["valid_from"],
            valid_to=row["valid_to"],
            is_lead=row["is_lead"],
            community_id=row["community_id"],
        )
        for row in (one._mapping for one in rows)
        if row["role"] is not None
    )
    return Known(
        person_id=first["person_id"],
        jurisdiction_id=first["jurisdiction_id"],
        name=first["name"],
        phone=first["phone"],
        notice_version=first["notice_version"],
        grants=grants,
        grids=frozenset(first["grids"] or ()),
        session_id=first.get("session_id"),
        seen_at=first.get("seen_at"),
        factors=tuple(first.get("factors") or ()),
    )
