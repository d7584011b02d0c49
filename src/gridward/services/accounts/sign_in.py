"""Who is signed in, looked up for every request, so that what was revoked or changed counts at the next one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from gridward.domain.accounts import STAFF_ROLES, Actor, idle_limit
from gridward.domain.accounts_second_step import Due, due
from gridward.domain.accounts_sign_in import token_digest
from gridward.domain.errors import NotFound
from gridward.persistence.accounts import sessions
from gridward.persistence.database import Glance, ReadSession, WriteSession

_TOUCH_EVERY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A signed-in person. ``touch_due``: the session's last sign of life is old enough to be written anew.

    ``second_step``: what the session lacks; until then the actor is without staff roles.
    """

    actor: Actor
    session_id: UUID
    name: str
    phone: str | None
    notice_version: str | None
    factors: tuple[str, ...]
    idle_limit: timedelta
    touch_due: bool
    second_step: Due | None


async def standing_of_session(
    session: ReadSession | WriteSession | Glance, token: str, now: datetime
) -> Standing | None:
    """None when the session is unknown, ended or idle too long, or the person disabled: no answer tells which."""
    return _standing(await sessions.of_session(session, token_digest(token), now), now)


async def still_standing(session: ReadSession, session_ids: Sequence[UUID], now: datetime) -> dict[UUID, Standing]:
    """The same for sessions that go on without new requests; who is not signed in any more is absent."""
    known = await sessions.of_sessions(session, session_ids, now)
    found = {session_id: _standing(one, now) for session_id, one in known.items()}
    return {session_id: standing for session_id, standing in found.items() if standing is not None}


def _standing(known: sessions.Known | None, now: datetime) -> Standing | None:
    if known is None or known.session_id is None or known.seen_at is None:
        return None
    limit = idle_limit(grant.role for grant in known.grants)
    idle = now - known.seen_at
    if idle > limit:
        return None
    lacks = due(known.grants, known.factors, stands=known.second_step, required=known.required)
    actor = _actor(known, "app")
    if lacks is not None:
        actor = replace(actor, grants=tuple(grant for grant in known.grants if grant.role not in STAFF_ROLES))
    return Standing(
        actor=actor,
        session_id=known.session_id,
        name=known.name,
        phone=known.phone,
        notice_version=known.notice_version,
        factors=known.factors,
        idle_limit=limit,
        touch_due=idle > min(limit / 24, _TOUCH_EVERY),
        second_step=lacks,
    )


async def actor_of_person(
    session: ReadSession | WriteSession, person_id: UUID, now: datetime, via: str = "cli"
) -> Actor:
    """A person acting without a session: from the command line, in the demo.

    Raises:
        NotFound: ``person_unknown``, also for a disabled one.
    """
    known = await sessions.of_person(session, person_id, now)
    if known is None:
        raise NotFound("person_unknown")
    return _actor(known, via)


async def touch(session: WriteSession, token: str, now: datetime) -> None:
    """Keep the session alive: it was used just now."""
    await sessions.seen(session, token_digest(token), now)


def _actor(known: sessions.Known, via: str) -> Actor:
    return Actor(
        person_id=known.person_id,
        jurisdiction_id=known.jurisdiction_id,
        grants=known.grants,
        via=via,
        grids=known.grids,
    )
