"""Queries of the ways in: invites, codes, credentials, new sessions, and the log that limits are counted from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import and_, delete, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.domain.accounts_sign_in import LIMITS, Limit, Per, Way
from gridward.persistence.accounts.rows import CredentialRow, InviteRow, SessionRow, SignInLogRow, SmsCodeRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id

OK = "ok"


async def take_turn(session: WriteSession, *keys: bytes) -> None:
    """Hold these keys until the transaction ends: tries for one number or address are counted one after the other.

    The lock takes no transaction id, so that a slow password check under it hides nothing from the change feed.
    """
    for number in sorted(int.from_bytes(key[:8], signed=True) for key in keys):
        await session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": number})


async def exceeded(
    session: WriteSession, way: Way, number_hash: bytes | None, address: str, at: datetime
) -> tuple[Limit, datetime] | None:
    """The first limit that is used up, and when its oldest try leaves the span; None while another try is free."""
    for limit in LIMITS.get(way, ()):
        if limit.per is Per.number and number_hash is None:
            continue
        mine = SignInLogRow.number_hash == number_hash if limit.per is Per.number else SignInLogRow.address == address
        tries = (
            select(SignInLogRow.at)
            .where(mine, SignInLogRow.way == way.value, SignInLogRow.at > at - limit.span)
            .order_by(SignInLogRow.at.desc())
            .limit(limit.tries)
        )
        if limit.failures_only:
            tries = tries.where(SignInLogRow.outcome != OK)
        found = (await session.execute(tries)).scalars().all()
        if len(found) >= limit.tries:
            return limit, found[-1] + limit.span
    return None


async def log(
    session: WriteSession,
    way: Way,
    outcome: str,
    *,
    address: str,
    at: datetime,
    number_hash: bytes | None = None,
    jurisdiction_id: UUID | None = None,
    person_id: UUID | None = None,
) -> None:
    values = {
        "sign_in_log_id": new_id(),
        "jurisdiction_id": jurisdiction_id,
        "person_id": person_id,
        "way": way.value,
        "outcome": outcome,
        "number_hash": number_hash,
        "address": address,
        "at": at,
    }
    await session.execute(insert(SignInLogRow).values(values))


async def invite_of_token(session: ReadSession | WriteSession, token_hash: bytes) -> InviteRow | None:
    return (await session.execute(select(InviteRow).where(InviteRow.token_hash == token_hash))).scalar_one_or_none()


async def live_invites(session: WriteSession, person_ids: Sequence[UUID], at: datetime) -> Sequence[InviteRow]:
    """Unspent invites of these people that still hold, locked, newest first."""
    query = (
        select(InviteRow)
        .where(
            InviteRow.person_id.in_(person_ids),
            InviteRow.spent_at.is_(None),
            InviteRow.revoked_at.is_(None),
            or_(InviteRow.expires_at.is_(None), InviteRow.expires_at > at),
        )
        .order_by(InviteRow.made_at.desc(), InviteRow.invite_id)
        .with_for_update()
    )
    return (await session.execute(query)).scalars().all()


async def spend_invite(session: WriteSession, invite_id: UUID, at: datetime) -> bool:
    """True for exactly one caller."""
    spent = (
        update(InviteRow)
        .where(InviteRow.invite_id == invite_id, InviteRow.spent_at.is_(None), InviteRow.revoked_at.is_(None))
        .values(spent_at=at)
        .returning(InviteRow.invite_id)
    )
    return (await session.execute(spent)).scalar_one_or_none() is not None


async def count_printed_try(session: WriteSession, invite_ids: Sequence[UUID]) -> None:
    await session.execute(
        update(InviteRow)
        .where(InviteRow.invite_id.in_(invite_ids))
        .values(printed_tries=InviteRow.printed_tries + 1)
        .execution_options(synchronize_session=False)
    )


async def revoke_invites(
    session: WriteSession, person_ids: Collection[UUID], at: datetime, *, also_reusable: bool
) -> None:
    chosen = [InviteRow.person_id.in_(person_ids), InviteRow.spent_at.is_(None), InviteRow.revoked_at.is_(None)]
    if not also_reusable:
        chosen.append(InviteRow.reusable.is_(False))
    await session.execute(
        update(InviteRow).where(and_(*chosen)).values(revoked_at=at).execution_options(synchronize_session=False)
    )


async def latest_code(session: WriteSession, number_hash: bytes, at: datetime) -> SmsCodeRow | None:
    """The newest unspent code of a number that still holds, locked."""
    query = (
        select(SmsCodeRow)
        .where(SmsCodeRow.number_hash == number_hash, SmsCodeRow.spent_at.is_(None), SmsCodeRow.expires_at > at)
        .order_by(SmsCodeRow.made_at.desc(), SmsCodeRow.sms_code_id.desc())
        .limit(1)
        .with_for_update()
    )
    return (await session.execute(query)).scalar_one_or_none()


async def credential_of_login(session: ReadSession | WriteSession, login: str) -> CredentialRow | None:
    return (await session.execute(select(CredentialRow).where(CredentialRow.login == login))).scalar_one_or_none()


async def credential_of_person(session: ReadSession | WriteSession, person_id: UUID) -> CredentialRow | None:
    query = select(CredentialRow).where(CredentialRow.person_id == person_id)
    return (await session.execute(query)).scalar_one_or_none()


async def keep_credential(session: WriteSession, new: CredentialRow) -> None:
    """One login per person: the new one replaces the old one."""
    values = {
        "jurisdiction_id": new.jurisdiction_id,
        "login": new.login,
        "password_hash": new.password_hash,
        "changed_at": new.changed_at,
    }
    made = upsert(CredentialRow).values(person_id=new.person_id, **values)
    await session.execute(made.on_conflict_do_update(index_elements=["person_id"], set_=values))


async def open_session(
    session: WriteSession, *, token_hash: bytes, person_id: UUID, jurisdiction_id: UUID, factor: str, at: datetime
) -> UUID:
    session_id = new_id()
    values = {
        "token_hash": token_hash,
        "session_id": session_id,
        "jurisdiction_id": jurisdiction_id,
        "person_id": person_id,
        "factors": [factor],
        "created_at": at,
        "seen_at": at,
    }
    await session.execute(insert(SessionRow).values(values))
    return session_id


async def end_session(session: WriteSession, token_hash: bytes, at: datetime) -> tuple[UUID, UUID] | None:
    """(jurisdiction, person) of the session that was open."""
    ended = (
        update(SessionRow)
        .where(SessionRow.token_hash == token_hash, SessionRow.ended_at.is_(None))
        .values(ended_at=at)
        .returning(SessionRow.jurisdiction_id, SessionRow.person_id)
    )
    row = (await session.execute(ended)).one_or_none()
    return None if row is None else (row.jurisdiction_id, row.person_id)


async def end_sessions(session: WriteSession, person_id: UUID, at: datetime, *, but: bytes | None = None) -> int:
    """Ends every open session of a person, one excepted; answers how many."""
    chosen = [SessionRow.person_id == person_id, SessionRow.ended_at.is_(None)]
    if but is not None:
        chosen.append(SessionRow.token_hash != but)
    ended = update(SessionRow).where(and_(*chosen)).values(ended_at=at).returning(SessionRow.session_id)
    return len((await session.execute(ended.execution_options(synchronize_session=False))).all())


async def forget(session: WriteSession, *, before: datetime, codes_before: datetime, limit: int) -> bool:
    """Deletes the oldest rows, at most ``limit`` of each table; True when one of them was that many."""
    old = (
        (SignInLogRow, SignInLogRow.sign_in_log_id, SignInLogRow.at < before),
        (SessionRow, SessionRow.token_hash, SessionRow.seen_at < before),
        (
            InviteRow,
            InviteRow.invite_id,
            or_(InviteRow.spent_at < before, InviteRow.revoked_at < before, InviteRow.expires_at < before),
        ),
        (SmsCodeRow, SmsCodeRow.sms_code_id, SmsCodeRow.made_at < codes_before),
    )
    most = 0
    for row, key, is_old in old:
        chosen = select(key).where(is_old).limit(limit)
        gone = await session.execute(
            delete(row).where(key.in_(chosen)).returning(key).execution_options(synchronize_session=False)
        )
        most = max(most, len(gone.all()))
    return most >= limit
