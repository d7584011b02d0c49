"""Who is signed in: from the digest of a cookie, or from a person, to what holds at this moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    DateTime,
    Select,
    Uuid,
    and_,
    any_,
    bindparam,
    case,
    func,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import ARRAY

from gridward.domain.accounts import Grant, Role, ScopeKind
from gridward.persistence.accounts.rows import GrantRow, JurisdictionRow, PersonRow, SecondStepRow, SessionRow
from gridward.persistence.database import Glance, ReadSession, WriteSession
from gridward.persistence.prepared import Line, Prepared
from gridward.persistence.territory.change_rows import GridSuccessionRow
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
    second_step: bool = False
    """Set up by this person."""
    required: tuple[str, ...] = ()
    """Roles for which the jurisdiction wants the second step."""


def in_force(row: type[GrantRow] | type[StewardshipRow], at: datetime | BindParameter[datetime]) -> ColumnElement[bool]:
    return and_(row.valid_from <= at, or_(row.valid_to.is_(None), row.valid_to > at))


async def of_session(session: ReadSession | WriteSession | Glance, token_hash: bytes, at: datetime) -> Known | None:
    """The person of a session that was not ended, in one statement."""
    return _one(await OF_SESSION.rows(session, {"token_hash": token_hash, "now": at}))


async def of_sessions(session: ReadSession, session_ids: Sequence[UUID], at: datetime) -> dict[UUID, Known]:
    """The same for sessions that were found before; those that ended since are absent."""
    rows = await OF_SESSIONS.rows(session, {"session_ids": list(session_ids), "now": at})
    by_session: dict[UUID, list[Line]] = {}
    for row in rows:
        by_session.setdefault(row.session_id, []).append(row)
    return {session_id: known for session_id, group in by_session.items() if (known := _one(group)) is not None}


async def of_person(session: ReadSession | WriteSession, person_id: UUID, at: datetime) -> Known | None:
    return _one(await OF_PERSON.rows(session, {"person": person_id, "now": at}))


async def of_phone(session: ReadSession | WriteSession, phone: str, at: datetime) -> list[Known]:
    """Everybody on any roster with that number; a couple may share one."""
    rows = await OF_PHONE.rows(session, {"phone": phone, "now": at})
    by_person: dict[UUID, list[Line]] = {}
    for row in rows:
        by_person.setdefault(row.person_id, []).append(row)
    return [known for group in by_person.values() if (known := _one(group)) is not None]


async def seen(session: WriteSession, token_hash: bytes, at: datetime) -> None:
    await session.execute(
        update(SessionRow).where(SessionRow.token_hash == token_hash, SessionRow.seen_at < at).values(seen_at=at)
    )


NOW = bindparam("now", type_=DateTime(timezone=True))


def _known(at: BindParameter[datetime]) -> Select[*tuple[Any, ...]]:
    held = select(StewardshipRow.grid_id).where(
        StewardshipRow.person_id == PersonRow.person_id, in_force(StewardshipRow, at)
    )
    # Tickets keep the grid they were filed in: whoever holds what came after it looks after them.
    before = (
        select(GridSuccessionRow.predecessor_id)
        .join(GridRow, and_(GridRow.grid_id == GridSuccessionRow.predecessor_id, GridRow.valid_to <= at))
        .join(StewardshipRow, StewardshipRow.grid_id == GridSuccessionRow.successor_id)
        .where(StewardshipRow.person_id == PersonRow.person_id, in_force(StewardshipRow, at))
    )
    both = union_all(held.correlate(PersonRow), before.correlate(PersonRow)).subquery("held").lateral()
    grids = select(func.array_agg(both.c.grid_id)).scalar_subquery().label("grids")
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


_SIGNED_IN = (
    _known(NOW)
    .add_columns(
        SessionRow.session_id,
        SessionRow.seen_at,
        SessionRow.factors,
        SecondStepRow.confirmed_at.is_not(None).label("second_step"),
        JurisdictionRow.settings["second_step"].label("required"),
    )
    .join(SessionRow, SessionRow.person_id == PersonRow.person_id)
    .join(JurisdictionRow, JurisdictionRow.jurisdiction_id == PersonRow.jurisdiction_id)
    .outerjoin(SecondStepRow, SecondStepRow.person_id == PersonRow.person_id)
    .where(SessionRow.ended_at.is_(None))
)
OF_SESSION = Prepared(_SIGNED_IN.where(SessionRow.token_hash == bindparam("token_hash")))
OF_SESSIONS = Prepared(_SIGNED_IN.where(SessionRow.session_id == any_(bindparam("session_ids", type_=ARRAY(Uuid())))))
OF_PERSON = Prepared(_known(NOW).where(PersonRow.person_id == bindparam("person")))
OF_PHONE = Prepared(_known(NOW).where(PersonRow.phone == bindparam("phone")))


def _one(rows: Sequence[Line]) -> Known | None:
    if not rows:
        return None
    first = rows[0]
    grants = tuple(
        Grant(
            role=Role(row.role),
            scope_kind=ScopeKind(row.scope_kind),
            scope_id=row.scope_id,
            valid_from=row.valid_from,
            valid_to=row.valid_to,
            is_lead=row.is_lead,
            community_id=row.community_id,
        )
        for row in rows
        if row.role is not None
    )
    return Known(
        person_id=first.person_id,
        jurisdiction_id=first.jurisdiction_id,
        name=first.name,
        phone=first.phone,
        notice_version=first.notice_version,
        grants=grants,
        grids=frozenset(first.grids or ()),
        session_id=getattr(first, "session_id", None),
        seen_at=getattr(first, "seen_at", None),
        factors=tuple(getattr(first, "factors", None) or ()),
        second_step=bool(getattr(first, "second_step", False)),
        required=tuple(getattr(first, "required", None) or ()),
    )
