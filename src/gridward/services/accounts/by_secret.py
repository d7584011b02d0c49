"""Coming in by a code to the phone, or by a password."""

from __future__ import annotations

import hmac
import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update

from gridward.domain.accounts_sign_in import (
    CODE_DIGITS,
    CODE_SPAN,
    CODE_TRIES,
    Way,
    code_digits,
    keyed_digest,
    normal_login,
    normal_phone,
    token_digest,
)
from gridward.domain.errors import Conflict, Malformed, Refusal
from gridward.gateways.channels.sms import SignInCode
from gridward.persistence.accounts import sessions, ways_in
from gridward.persistence.accounts.rows import SmsCodeRow
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.services.accounts import roster
from gridward.services.accounts.arriving import Arrival, Caller, arrive, check_notice, gate, is_staff, refused_try
from gridward.services.accounts.passwords import Passwords
from gridward.services.accounts.sign_in import Standing


async def ask_code(
    session: WriteSession, key: bytes, phone: str, caller: Caller, now: datetime
) -> SignInCode | Refusal | None:
    """Makes a code for a number, whoever's it is.

    Returns:
        The message to send once this is committed; None when that number is on no roster or staff's: then nothing is
        sent, and the answer to the asker is the same.

    Raises:
        Malformed: ``phone_malformed``.
    """
    number = normal_phone(phone)
    number_hash = keyed_digest(key, "phone", number)
    refused = await gate(session, Way.code_ask, number_hash, caller, now)
    if refused is not None:
        return refused
    people = await sessions.of_phone(session, number, now)
    code = f"{secrets.randbelow(10**CODE_DIGITS):0{CODE_DIGITS}d}"
    sms_code_id = new_id()
    values = {
        "sms_code_id": sms_code_id,
        "number_hash": number_hash,
        "code_hash": keyed_digest(key, "code", str(sms_code_id), code),
        "made_at": now,
        "expires_at": now + CODE_SPAN,
    }
    await session.execute(insert(SmsCodeRow).values(values))
    await ways_in.log(session, Way.code_ask, ways_in.OK, address=caller.address, at=now, number_hash=number_hash)
    if all(is_staff(known) for known in people):
        return None
    return SignInCode(phone=number, code=code, minutes=int(CODE_SPAN.total_seconds() // 60))


async def enter_by_code(
    session: WriteSession,
    key: bytes,
    phone: str,
    code: str,
    person_id: UUID | None,
    notice_version: str | None,
    caller: Caller,
    now: datetime,
) -> Arrival | Refusal:
    """The six digits that were sent. Several people of one number are asked which (``choose_person``), after the code
    was right, and it stays good for the answer.

    Raises:
        Malformed: ``phone_malformed``, ``code_malformed``.
    """
    check_notice(notice_version)
    number, digits = normal_phone(phone), code_digits(code, CODE_DIGITS)
    number_hash = keyed_digest(key, "phone", number)
    refused = await gate(session, Way.code, number_hash, caller, now)
    if refused is not None:
        return refused
    people = [known for known in await sessions.of_phone(session, number, now) if not is_staff(known)]
    sent = await ways_in.latest_code(session, number_hash, now)
    if sent is None or sent.tries >= CODE_TRIES:
        return await refused_try(session, Way.code, number_hash, caller, now)
    if not hmac.compare_digest(sent.code_hash, keyed_digest(key, "code", str(sent.sms_code_id), digits)):
        await _change_code(session, sent, tries=sent.tries + 1)
        return await refused_try(session, Way.code, number_hash, caller, now)
    chosen = [known for known in people if person_id in (None, known.person_id)]
    if len(chosen) > 1:
        return Conflict(
            "choose_person", people=[{"person_id": str(known.person_id), "name": known.name} for known in chosen]
        )
    await _change_code(session, sent, spent_at=now)
    if not chosen:
        return await refused_try(session, Way.code, number_hash, caller, now)
    return await arrive(session, chosen[0], Way.code, notice_version, caller, now, number_hash)


async def enter_by_password(
    session: WriteSession,
    key: bytes,
    passwords: Passwords,
    login: str,
    password: str,
    notice_version: str | None,
    caller: Caller,
    now: datetime,
) -> Arrival | Refusal:
    """Login name and password. The second step, where there is one, is asked of the session that this opens."""
    check_notice(notice_version)
    try:
        name = normal_login(login)
    except Malformed:
        name = ""
    number_hash = keyed_digest(key, "login", name)
    refused = await gate(session, Way.password, number_hash, caller, now)
    if refused is not None:
        return refused
    credential = await ways_in.credential_of_login(session, name)
    right = await passwords.matches(password, credential.password_hash if credential else None)
    known = await sessions.of_person(session, credential.person_id, now) if credential and right else None
    if known is None:
        return await refused_try(session, Way.password, number_hash, caller, now)
    return await arrive(session, known, Way.password, notice_version, caller, now, number_hash)


async def change_password(
    session: WriteSession,
    key: bytes,
    passwords: Passwords,
    standing: Standing,
    login: str,
    password: str,
    current: str | None,
    caller: Caller,
    now: datetime,
) -> Refusal | None:
    """A person sets the own login and password; all other devices are signed out.

    Who came in by a fresh invite may replace a forgotten password, everybody else must know the one that holds.

    Returns:
        A refusal (``sign_in_refused``, ``too_many_tries``), or None when it is done.

    Raises:
        Malformed, Conflict: see :func:`.roster.set_password`.
    """
    person_id = standing.actor.person_id
    assert person_id is not None
    credential = await ways_in.credential_of_person(session, person_id)
    if credential is not None and Way.invite not in standing.factors:
        number_hash = keyed_digest(key, "login", credential.login)
        refused = await gate(session, Way.password, number_hash, caller, now)
        if refused is not None:
            return refused
        if not await passwords.matches(current or "", credential.password_hash):
            return await refused_try(session, Way.password, number_hash, caller, now)
    keep = None if caller.cookie is None else token_digest(caller.cookie)
    await roster.set_password(session, passwords, standing.actor, person_id, login, password, now, keep=keep)
    return None


async def _change_code(session: WriteSession, sent: SmsCodeRow, **values: object) -> None:
    await session.execute(update(SmsCodeRow).where(SmsCodeRow.sms_code_id == sent.sms_code_id).values(**values))
