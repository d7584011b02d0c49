"""Invites: one person's way in, on paper or as a link."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert

from gridward.domain.accounts import STAFF_ROLES, Actor, require
from gridward.domain.accounts_sign_in import INVITE_SPAN, PRINTED_DIGITS, keyed_digest, token_digest
from gridward.domain.entries import Deed
from gridward.domain.errors import Conflict, NotFound, Refusal
from gridward.persistence.accounts import people, ways_in
from gridward.persistence.accounts.rows import InviteRow
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id, record
from gridward.services.accounts.roster import subject_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """What is handed to the person; of token and code only digests are kept, so they can be shown only now.

    ``printed_code`` is None for staff, who come in by the link once and by their password from then on.
    ``expires_at`` is None for a reusable one.
    """

    invite_id: UUID
    person_id: UUID
    name: str
    token: str
    printed_code: str | None
    expires_at: datetime | None

    def url(self, public_url: str) -> str:
        """The link. What follows the ``#`` stays in the browser: no server and no proxy logs it."""
        return f"{public_url}/i#{self.token}"


async def make_invite(
    session: WriteSession, key: bytes, actor: Actor, person_id: UUID, now: datetime, *, reusable: bool = False
) -> Invited:
    """A new invite; an earlier unspent one of that person is void from now on.

    Args:
        key: The installation's secret, which printed codes are digested with.
        reusable: Signs in again and again while it stands; in an invented jurisdiction only.

    Raises:
        NotFound: ``person_unknown``. Forbidden: ``not_permitted``. Conflict: ``person_disabled``.
        Refusal: ``reusable_for_invented_people_only``.
    """
    subject = await subject_of(session, actor, person_id, now)
    person = await people.person(session, actor.jurisdiction_id, person_id)
    if person is None:
        raise NotFound("person_unknown")
    is_staff = any(one.role in STAFF_ROLES for one in await people.grants_of(session, [person_id], now))
    require(actor, "people:invite_staff" if is_staff else "people:invite", subject)
    if person.disabled_at is not None:
        raise Conflict("person_disabled")
    if reusable and not (await people.jurisdiction(session, actor.jurisdiction_id)).invented:
        raise Refusal("reusable_for_invented_people_only")
    await ways_in.revoke_invites(session, person_id, now, also_reusable=reusable)
    invite_id, token = new_id(), secrets.token_urlsafe(32)
    code = f"{secrets.randbelow(10**PRINTED_DIGITS):0{PRINTED_DIGITS}d}"
    expires_at = None if reusable else now + INVITE_SPAN
    values = {
        "invite_id": invite_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "person_id": person_id,
        "token_hash": token_digest(token),
        "printed_hash": keyed_digest(key, "printed", str(invite_id), code),
        "reusable": reusable,
        "made_by": actor.person_id,
        "made_at": now,
        "expires_at": expires_at,
    }
    await session.execute(insert(InviteRow).values(values))
    deed = Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb="invite.made",
        subject="person",
        subject_id=person_id,
        occurred_at=now,
        recorded_at=now,
        detail={"invite_id": str(invite_id), "reusable": reusable},
    )
    await record(session, [deed], jurisdiction_id=actor.jurisdiction_id)
    return Invited(
        invite_id=invite_id,
        person_id=person_id,
        name=person.name,
        token=token,
        printed_code=None if is_staff else code,
        expires_at=expires_at,
    )
