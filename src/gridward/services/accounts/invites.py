"""Invites: one person's way in, on paper or as a link."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert

from gridward.domain.accounts import STAFF_ROLES, Actor, Subject, require
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
    (invited,) = await _handed_out(
        session,
        key,
        actor,
        [(person_id, person.name, is_staff)],
        now,
        expires_at=None if reusable else now + INVITE_SPAN,
    )
    return invited


async def make_invites(
    session: WriteSession, key: bytes, actor: Actor, person_ids: Collection[UUID], now: datetime
) -> list[Invited]:
    """Invites for many people of the actor's jurisdiction at once: the sheets of a roster.

    Raises:
        Forbidden: ``not_permitted``.
    """
    everywhere = Subject(jurisdiction_id=actor.jurisdiction_id)
    require(actor, "people:invite", everywhere)
    rows = await people.by_id(session, actor.jurisdiction_id, person_ids)
    grants = await people.grants_of(session, [row.person_id for row in rows], now)
    staff = {one.person_id for one in grants if one.role in STAFF_ROLES}
    if staff:
        require(actor, "people:invite_staff", everywhere)
    chosen = [(row.person_id, row.name, row.person_id in staff) for row in rows if row.disabled_at is None]
    return await _handed_out(session, key, actor, chosen, now, expires_at=now + INVITE_SPAN)


async def _handed_out(
    session: WriteSession,
    key: bytes,
    actor: Actor,
    chosen: Sequence[tuple[UUID, str, bool]],
    now: datetime,
    *,
    expires_at: datetime | None,
) -> list[Invited]:
    if not chosen:
        return []
    reusable = expires_at is None
    await ways_in.revoke_invites(session, [person_id for person_id, _, _ in chosen], now, also_reusable=reusable)
    made: list[Invited] = []
    rows, deeds = [], []
    for person_id, name, is_staff in chosen:
        invite_id, token = new_id(), secrets.token_urlsafe(32)
        code = f"{secrets.randbelow(10**PRINTED_DIGITS):0{PRINTED_DIGITS}d}"
        rows.append(
            {
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
        )
        deeds.append(
            Deed(
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
        )
        made.append(
            Invited(
                invite_id=invite_id,
                person_id=person_id,
                name=name,
                token=token,
                printed_code=None if is_staff else code,
                expires_at=expires_at,
            )
        )
    await session.execute(insert(InviteRow), rows)
    await record(session, deeds, jurisdiction_id=actor.jurisdiction_id)
    return made
