"""Coming in by what a person was given: a link (or its QR), or the printed code."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from gridward.domain.accounts_sign_in import (
    PRINTED_DIGITS,
    PRINTED_TRIES,
    Way,
    code_digits,
    keyed_digest,
    normal_phone,
    token_digest,
)
from gridward.domain.errors import Conflict, NotFound, Refusal
from gridward.persistence.accounts import sessions, ways_in
from gridward.persistence.accounts.rows import InviteRow, JurisdictionRow, PersonRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory.rows import AreaRow
from gridward.services.accounts.arriving import Arrival, Caller, arrive, check_notice, gate, is_staff, refused_try


@dataclass(frozen=True, slots=True, kw_only=True)
class InviteLook:
    """What a link shows before anybody presses the button."""

    name: str
    community: str | None
    jurisdiction: str
    expires_at: datetime | None


async def look_at_invite(session: ReadSession, token: str, now: datetime) -> InviteLook:
    """Spends nothing: previews, scanners and curious people may open a link.

    Raises:
        NotFound: ``invite_unknown``. Refusal: ``invite_expired``. Conflict: ``invite_spent``, ``invite_revoked``.
    """
    invite = await ways_in.invite_of_token(session, token_digest(token))
    wrong = _wrong_with(invite, now)
    if wrong is not None or invite is None:
        raise wrong or NotFound("invite_unknown")
    query = (
        select(PersonRow.name, AreaRow.name.label("community"), JurisdictionRow.name.label("jurisdiction"))
        .join(JurisdictionRow, JurisdictionRow.jurisdiction_id == PersonRow.jurisdiction_id)
        .outerjoin(AreaRow, AreaRow.area_id == PersonRow.community_id)
        .where(PersonRow.person_id == invite.person_id, PersonRow.disabled_at.is_(None))
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        raise NotFound("invite_unknown")
    return InviteLook(
        name=row.name, community=row.community, jurisdiction=row.jurisdiction, expires_at=invite.expires_at
    )


async def enter_by_invite(
    session: WriteSession, token: str, notice_version: str | None, caller: Caller, now: datetime
) -> Arrival | Refusal:
    """「在这台手机上开始用」: the invite is spent, by one device only."""
    check_notice(notice_version)
    refused = await gate(session, Way.invite, None, caller, now)
    if refused is not None:
        return refused
    invite = await ways_in.invite_of_token(session, token_digest(token))
    wrong = _wrong_with(invite, now)
    if wrong is None and invite is not None:
        known = await sessions.of_person(session, invite.person_id, now)
        if known is None:
            wrong = NotFound("invite_unknown")
        elif not invite.reusable and not await ways_in.spend_invite(session, invite.invite_id, now):
            wrong = Conflict("invite_spent")
        else:
            return await arrive(session, known, Way.invite, notice_version, caller, now)
    wrong = wrong or NotFound("invite_unknown")
    await ways_in.log(session, Way.invite, wrong.code, address=caller.address, at=now)
    return wrong


async def enter_by_printed_code(
    session: WriteSession,
    key: bytes,
    phone: str,
    code: str,
    notice_version: str | None,
    caller: Caller,
    now: datetime,
) -> Arrival | Refusal:
    """The eight digits of the printed sheet with the phone number of the roster.

    The number says whose code it is, so that five wrong tries use up that person's code and not everybody's patience.

    Raises:
        Malformed: ``phone_malformed``, ``code_malformed``.
    """
    check_notice(notice_version)
    number, digits = normal_phone(phone), code_digits(code, PRINTED_DIGITS)
    number_hash = keyed_digest(key, "phone", number)
    refused = await gate(session, Way.printed, number_hash, caller, now)
    if refused is not None:
        return refused
    people = {known.person_id: known for known in await sessions.of_phone(session, number, now) if not is_staff(known)}
    invites = await ways_in.live_invites(session, list(people), now)
    open_ones = [invite for invite in invites if invite.printed_tries < PRINTED_TRIES]
    match = next((invite for invite in open_ones if _is_printed(key, invite, digits)), None)
    await ways_in.count_printed_try(session, [] if match else [invite.invite_id for invite in open_ones])
    if match is None or not (match.reusable or await ways_in.spend_invite(session, match.invite_id, now)):
        return await refused_try(session, Way.printed, number_hash, caller, now)
    return await arrive(session, people[match.person_id], Way.printed, notice_version, caller, now, number_hash)


def _wrong_with(invite: InviteRow | None, now: datetime) -> Refusal | None:
    if invite is None:
        return NotFound("invite_unknown")
    if invite.spent_at is not None:
        return Conflict("invite_spent")
    if invite.revoked_at is not None:
        return Conflict("invite_revoked")
    if invite.expires_at is not None and invite.expires_at <= now:
        return Refusal("invite_expired")
    return None


def _is_printed(key: bytes, invite: InviteRow, digits: str) -> bool:
    return hmac.compare_digest(invite.printed_hash, keyed_digest(key, "printed", str(invite.invite_id), digits))
