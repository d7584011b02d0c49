"""Queries of the second step at sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.persistence.accounts.rows import GrantRow, PersonRow, SecondStepRow, SessionRow
from gridward.persistence.database import ReadSession, WriteSession


async def of_person(
    session: ReadSession | WriteSession, person_id: UUID, *, lock: bool = False
) -> SecondStepRow | None:
    query = select(SecondStepRow).where(SecondStepRow.person_id == person_id)
    return (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()


async def keep_pending(
    session: WriteSession, person_id: UUID, jurisdiction_id: UUID, sealed: bytes, at: datetime
) -> None:
    made = upsert(SecondStepRow).values(
        person_id=person_id, jurisdiction_id=jurisdiction_id, pending=sealed, begun_at=at, recovery=[]
    )
    await session.execute(
        made.on_conflict_do_update(index_elements=["person_id"], set_={"pending": sealed, "begun_at": at})
    )


async def settle(
    session: WriteSession, person_id: UUID, sealed: bytes, recovery: Sequence[bytes], step: int, at: datetime
) -> None:
    await _change(
        session, person_id, secret=sealed, pending=None, recovery=list(recovery), last_step=step, confirmed_at=at
    )


async def use_step(session: WriteSession, person_id: UUID, step: int) -> None:
    await _change(session, person_id, last_step=step)


async def use_recovery(session: WriteSession, person_id: UUID, left: Sequence[bytes]) -> None:
    await _change(session, person_id, recovery=list(left))


async def prove(session: WriteSession, session_id: UUID, factor: str) -> None:
    """The session has this proof from now on."""
    await session.execute(
        update(SessionRow)
        .where(SessionRow.session_id == session_id, ~SessionRow.factors.contains([factor]))
        .values(factors=func.array_append(SessionRow.factors, factor))
        .execution_options(synchronize_session=False)
    )


async def forget(session: WriteSession, person_id: UUID) -> bool:
    gone = await session.execute(
        delete(SecondStepRow).where(SecondStepRow.person_id == person_id).returning(SecondStepRow.person_id)
    )
    return gone.scalar_one_or_none() is not None


async def holders(
    session: ReadSession | WriteSession, jurisdiction_id: UUID, roles: Sequence[str], at: datetime
) -> list[tuple[UUID, str, str, bool]]:
    """(person, name, role, whether the second step stands) of everybody who holds one of these roles now."""
    stands: ColumnElement[bool] = (
        select(SecondStepRow.person_id)
        .where(SecondStepRow.person_id == PersonRow.person_id, SecondStepRow.confirmed_at.is_not(None))
        .exists()
    )
    query = (
        select(PersonRow.person_id, PersonRow.name, GrantRow.role, stands.label("stands"))
        .join(GrantRow, GrantRow.person_id == PersonRow.person_id)
        .where(
            PersonRow.jurisdiction_id == jurisdiction_id,
            PersonRow.disabled_at.is_(None),
            GrantRow.role.in_(roles),
            GrantRow.valid_from <= at,
            GrantRow.valid_to.is_(None) | (GrantRow.valid_to > at),
        )
        .distinct()
        .order_by(PersonRow.name, PersonRow.person_id)
    )
    return [(row.person_id, row.name, row.role, row.stands) for row in await session.execute(query)]


async def _change(session: WriteSession, person_id: UUID, **values: object) -> None:
    await session.execute(
        update(SecondStepRow)
        .where(SecondStepRow.person_id == person_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
