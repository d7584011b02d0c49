"""What every way in shares: the limits, the new session, the privacy notice; and the way out.

A refused try *returns* its refusal: the try itself must be kept, and a raised refusal would undo it. Who is not known
gets the same answer after the same work as who is known and mistyped.
"""

from __future__ import annotations

import math
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import update

from gridward.domain.accounts import STAFF_ROLES, idle_limit
from gridward.domain.accounts_sign_in import NOTICE_VERSION, Way, token_digest
from gridward.domain.errors import Forbidden, Malformed, Refusal
from gridward.persistence.accounts import sessions, ways_in
from gridward.persistence.accounts.rows import PersonRow
from gridward.persistence.database import WriteSession


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """From where a try comes: the network address, and the cookie that the device still holds."""

    address: str
    cookie: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """Signed in: ``token`` is the new cookie, of use for ``idle_limit`` after each use.

    ``notice_due``: the privacy notice of now was not agreed to yet.
    """

    token: str
    idle_limit: timedelta
    person_id: UUID
    name: str
    notice_due: bool


def check_notice(version: str | None) -> None:
    if version is not None and version != NOTICE_VERSION:
        raise Malformed("notice_unknown", notice_version=NOTICE_VERSION)


def is_staff(known: sessions.Known) -> bool:
    return any(grant.role in STAFF_ROLES for grant in known.grants)


async def gate(
    session: WriteSession, way: Way, number_hash: bytes | None, caller: Caller, now: datetime
) -> Refusal | None:
    place = token_digest(f"{way}/{caller.address}")
    await ways_in.take_turn(session, *([place] if number_hash is None else [place, number_hash]))
    used_up = await ways_in.exceeded(session, way, number_hash, caller.address, now)
    if used_up is None:
        return None
    limit, free_at = used_up
    return Refusal("too_many_tries", per=limit.per, retry_after_s=max(1, math.ceil((free_at - now).total_seconds())))


async def refused_try(session: WriteSession, way: Way, number_hash: bytes, caller: Caller, now: datetime) -> Refusal:
    await ways_in.log(session, way, "sign_in_refused", address=caller.address, at=now, number_hash=number_hash)
    return Forbidden("sign_in_refused")


async def arrive(
    session: WriteSession,
    known: sessions.Known,
    way: Way,
    notice_version: str | None,
    caller: Caller,
    now: datetime,
    number_hash: bytes | None = None,
) -> Arrival:
    if caller.cookie is not None:
        await ways_in.end_session(session, token_digest(caller.cookie), now)
    token = secrets.token_urlsafe(32)
    await ways_in.open_session(
        session,
        token_hash=token_digest(token),
        person_id=known.person_id,
        jurisdiction_id=known.jurisdiction_id,
        factor=way,
        at=now,
    )
    if notice_version is not None:
        await agree_to_notice(session, known.person_id, notice_version, now)
    await ways_in.log(
        session,
        way,
        ways_in.OK,
        address=caller.address,
        at=now,
        number_hash=number_hash,
        jurisdiction_id=known.jurisdiction_id,
        person_id=known.person_id,
    )
    return Arrival(
        token=token,
        idle_limit=idle_limit(grant.role for grant in known.grants),
        person_id=known.person_id,
        name=known.name,
        notice_due=NOTICE_VERSION not in (notice_version, known.notice_version),
    )


async def sign_out(session: WriteSession, token: str, caller: Caller, now: datetime) -> None:
    """Ends the session of this cookie; an unknown one is nothing to complain about."""
    ended = await ways_in.end_session(session, token_digest(token), now)
    if ended is not None:
        jurisdiction_id, person_id = ended
        await ways_in.log(
            session,
            Way.sign_out,
            ways_in.OK,
            address=caller.address,
            at=now,
            jurisdiction_id=jurisdiction_id,
            person_id=person_id,
        )


async def agree_to_notice(session: WriteSession, person_id: UUID, notice_version: str, now: datetime) -> None:
    """Keeps which privacy notice the person has read and agreed to, and when.

    Raises:
        Malformed: ``notice_unknown``: not the notice of now.
    """
    check_notice(notice_version)
    await session.execute(
        update(PersonRow)
        .where(PersonRow.person_id == person_id, PersonRow.notice_version.is_distinct_from(notice_version))
        .values(notice_version=notice_version, notice_at=now)
    )
