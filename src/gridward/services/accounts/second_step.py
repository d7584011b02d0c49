"""The second step at sign-in: set up by its owner, asked for at each new session, taken off by the security administrator.

Until it is done the staff roles of a session do not count (:func:`.sign_in.standing_of_session`); nothing else is kept
from that person. The secret is stored encrypted with a key that is not in the database.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gridward.domain.accounts import Actor, require
from gridward.domain.accounts_second_step import (
    RECOVERY_CODES,
    RECOVERY_LENGTH,
    RECOVERY_LETTERS,
    SECOND_STEP,
    SECRET_BYTES,
    step_of,
    typed,
)
from gridward.domain.accounts_sign_in import Way, keyed_digest
from gridward.domain.errors import Conflict, Forbidden, Refusal, Unavailable
from gridward.persistence.accounts import second_steps, ways_in
from gridward.persistence.database import ReadSession, WriteSession
from gridward.services.accounts.arriving import Caller, gate
from gridward.services.accounts.roster import subject_of
from gridward.services.accounts.sign_in import Standing
from gridward.services.noting import note

NONCE_BYTES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """``since`` None: not set up. ``recovery_left``: unused recovery codes."""

    since: datetime | None
    recovery_left: int


async def stands(session: ReadSession | WriteSession, person_id: UUID) -> Stands:
    row = await second_steps.of_person(session, person_id)
    if row is None or row.confirmed_at is None:
        return Stands(since=None, recovery_left=0)
    return Stands(since=row.confirmed_at, recovery_left=len(row.recovery))


async def begin(session: WriteSession, key: bytes, standing: Standing, now: datetime) -> bytes:
    """A new secret, good once a code of it was typed; until then the one that stands goes on.

    Raises:
        Forbidden: ``second_step.first``: the one that stands was not passed in this session.
    """
    person_id = _person_id(standing)
    row = await second_steps.of_person(session, person_id)
    if row is not None and row.confirmed_at is not None and SECOND_STEP not in standing.factors:
        raise Forbidden("second_step.first")
    secret = secrets.token_bytes(SECRET_BYTES)
    sealed = _sealed(key, person_id, secret)
    await second_steps.keep_pending(session, person_id, standing.actor.jurisdiction_id, sealed, now)
    return secret


async def confirm(
    session: WriteSession, key: bytes, standing: Standing, code: str, caller: Caller, now: datetime
) -> list[str] | Refusal:
    """The first code of the new secret: from now on it stands. Answers the recovery codes, shown only now.

    Returns:
        ``second_step.wrong``, ``too_many_tries`` as refusals: the try is kept.

    Raises:
        Conflict: ``second_step.not_begun``. Forbidden: ``second_step.first``.
    """
    person_id = _person_id(standing)
    refused, number_hash = await _gated(session, key, person_id, caller, now)
    if refused is not None:
        return refused
    row = await second_steps.of_person(session, person_id, lock=True)
    if row is None or row.pending is None:
        raise Conflict("second_step.not_begun")
    if row.confirmed_at is not None and SECOND_STEP not in standing.factors:
        raise Forbidden("second_step.first")
    bare, _ = typed(code)
    step = step_of(_opened(key, person_id, row.pending), bare, now, after=0)
    if step is None:
        return await _wrong(session, number_hash, caller, now)
    codes = ["".join(secrets.choice(RECOVERY_LETTERS) for _ in range(RECOVERY_LENGTH)) for _ in range(RECOVERY_CODES)]
    digests = [_recovery(key, person_id, one) for one in codes]
    await second_steps.settle(session, person_id, row.pending, digests, step, now)
    await second_steps.prove(session, standing.session_id, SECOND_STEP)
    await note(session, standing.actor, "second_step.set_up", "person", person_id, {}, now)
    return codes


async def enter(
    session: WriteSession, key: bytes, standing: Standing, code: str, caller: Caller, now: datetime
) -> Refusal | None:
    """The six digits, or a recovery code, which is then used up. None: done, the session's roles count.

    Raises:
        Conflict: ``second_step.not_begun``.
    """
    person_id = _person_id(standing)
    refused, number_hash = await _gated(session, key, person_id, caller, now)
    if refused is not None:
        return refused
    row = await second_steps.of_person(session, person_id, lock=True)
    if row is None or row.confirmed_at is None or row.secret is None:
        raise Conflict("second_step.not_begun")
    bare, is_recovery = typed(code)
    if is_recovery:
        digest = _recovery(key, person_id, bare)
        left = [one for one in row.recovery if not hmac.compare_digest(one, digest)]
        if len(left) == len(row.recovery):
            return await _wrong(session, number_hash, caller, now)
        await second_steps.use_recovery(session, person_id, left)
        await note(session, standing.actor, "second_step.recovered", "person", person_id, {}, now)
    else:
        step = step_of(_opened(key, person_id, row.secret), bare, now, after=row.last_step)
        if step is None:
            return await _wrong(session, number_hash, caller, now)
        await second_steps.use_step(session, person_id, step)
    await second_steps.prove(session, standing.session_id, SECOND_STEP)
    await ways_in.log(
        session,
        Way.second_step,
        ways_in.OK,
        address=caller.address,
        at=now,
        number_hash=number_hash,
        jurisdiction_id=standing.actor.jurisdiction_id,
        person_id=person_id,
    )
    return None


async def take_off(session: WriteSession, actor: Actor, person_id: UUID, now: datetime) -> bool:
    """A lost authenticator: the person sets it up anew; all their devices are signed out.

    Returns:
        False: there was none, and nothing was done.

    Raises:
        Forbidden: ``not_permitted``, ``second_step.own``. NotFound: ``person_unknown``.
    """
    require(actor, "second_step:take_off", await subject_of(session, actor, person_id, now))
    if person_id == actor.person_id:
        raise Forbidden("second_step.own")
    if not await second_steps.forget(session, person_id):
        return False
    await ways_in.end_sessions(session, person_id, now)
    await note(session, actor, "second_step.taken_off", "person", person_id, {}, now)
    return True


def _person_id(standing: Standing) -> UUID:
    assert standing.actor.person_id is not None
    return standing.actor.person_id


async def _gated(
    session: WriteSession, key: bytes, person_id: UUID, caller: Caller, now: datetime
) -> tuple[Refusal | None, bytes]:
    number_hash = keyed_digest(key, "second_step", str(person_id))
    return await gate(session, Way.second_step, number_hash, caller, now), number_hash


async def _wrong(session: WriteSession, number_hash: bytes, caller: Caller, now: datetime) -> Refusal:
    code = "second_step.wrong"
    await ways_in.log(session, Way.second_step, code, address=caller.address, at=now, number_hash=number_hash)
    return Forbidden(code)


def _recovery(key: bytes, person_id: UUID, code: str) -> bytes:
    return keyed_digest(key, "recovery", str(person_id), code)


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(keyed_digest(key, "second_step_secret"))


def _sealed(key: bytes, person_id: UUID, secret: bytes) -> bytes:
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, secret, person_id.bytes)


def _opened(key: bytes, person_id: UUID, sealed: bytes) -> bytes:
    try:
        return _cipher(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], person_id.bytes)
    except InvalidTag:
        # Another installation's key: a database that was restored without its secrets.
        raise Unavailable("second_step.unreadable", retry_after_s=60) from None
