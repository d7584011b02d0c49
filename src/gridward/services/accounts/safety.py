"""How strictly a jurisdiction keeps its staff: which roles need the second step, and whether administrators are apart."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import ADMIN_ROLES, STAFF_ROLES, Actor, Role, Subject, require
from gridward.domain.errors import Conflict, Malformed
from gridward.persistence.accounts import people, second_steps
from gridward.persistence.database import ReadSession, WriteSession
from gridward.services.noting import note

APART = "admins_apart"
REQUIRED = "second_step"
"""Names in a jurisdiction's ``settings``."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holder:
    """Somebody who holds a staff role now. ``stands``: that person's second step is set up."""

    person_id: UUID
    name: str
    role: Role
    stands: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Safety:
    admins_apart: bool
    required: frozenset[Role]
    holders: tuple[Holder, ...]


async def read(session: ReadSession | WriteSession, actor: Actor, now: datetime) -> Safety:
    """Raises: Forbidden: ``not_permitted``."""
    require(actor, "safety:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    settings = (await people.jurisdiction(session, actor.jurisdiction_id)).settings
    rows = await second_steps.holders(session, actor.jurisdiction_id, sorted(STAFF_ROLES), now)
    return Safety(
        admins_apart=bool(settings.get(APART)),
        required=frozenset(Role(one) for one in settings.get(REQUIRED, ())),
        holders=tuple(Holder(person_id=row[0], name=row[1], role=Role(row[2]), stands=row[3]) for row in rows),
    )


async def change(
    session: WriteSession, actor: Actor, *, admins_apart: bool, required: Collection[Role], now: datetime
) -> None:
    """Counts at everybody's next request. Nobody locks themselves out, and what would not hold at once is refused.

    Raises:
        Forbidden: ``not_permitted``. Malformed: ``staff_only`` (``role``).
        Conflict: ``admins_not_apart`` (``name``), ``second_step.own_first``.
    """
    require(actor, "safety:change", Subject(jurisdiction_id=actor.jurisdiction_id))
    standing = await read(session, actor, now)
    for role in required:
        if role not in STAFF_ROLES:
            raise Malformed("staff_only", role=role)
    if admins_apart:
        held: dict[UUID, set[Role]] = {}
        for one in standing.holders:
            held.setdefault(one.person_id, set()).add(one.role)
        both = [one.name for one in standing.holders if len(held[one.person_id] & ADMIN_ROLES) > 1]
        if both:
            raise Conflict("admins_not_apart", name=both[0])
    own = [one for one in standing.holders if one.person_id == actor.person_id]
    if any(one.role in required and not one.stands for one in own):
        raise Conflict("second_step.own_first")
    if (admins_apart, frozenset(required)) == (standing.admins_apart, standing.required):
        return
    chosen = {APART: admins_apart, REQUIRED: sorted(required)}
    await people.set_settings(session, actor.jurisdiction_id, chosen)
    await note(session, actor, "safety.changed", "jurisdiction", actor.jurisdiction_id, chosen, now)
