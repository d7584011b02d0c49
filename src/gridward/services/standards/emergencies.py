"""Starting an emergency, and ending it before its time. It ends by itself otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Conflict, Malformed, NotFound
from gridward.domain.standards_emergencies import Emergency, check_start
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.standards import emergencies as stored
from gridward.persistence.standards import queries
from gridward.services.noting import note


async def start(
    session: WriteSession,
    actor: Actor,
    standard_id: UUID,
    *,
    area_codes: Sequence[str],
    starts_at: datetime | None,
    ends_at: datetime,
    notice: str,
    now: datetime,
) -> Emergency:
    """Let a profile hold from ``starts_at`` (None: now) to ``ends_at``, in areas and all below them.

    Raises:
        Malformed: ``emergency.not_a_profile``, ``emergency.areas`` with the codes nobody knows, ``emergency.period``.
        Conflict: ``emergency.overlaps``.
        NotFound: ``standard.unknown``. Forbidden: ``not_permitted``.
    """
    require(actor, "emergency:start", Subject(jurisdiction_id=actor.jurisdiction_id))
    await queries.take_turn(session, actor.jurisdiction_id)
    standard = await queries.standard_in(session, actor.jurisdiction_id, standard_id)
    unknown = await stored.areas_unknown(session, actor.jurisdiction_id, area_codes)
    others = await stored.emergencies(session, actor.jurisdiction_id, not_over_at=now)

    if not standard.applies.emergency:
        raise Malformed("emergency.not_a_profile")
    if unknown:
        raise Malformed("emergency.areas", unknown=list(unknown))
    emergency = Emergency(
        emergency_id=new_id(),
        standard_id=standard_id,
        scheme=standard.scheme,
        version=standard.version,
        name=standard.name.zh,
        area_codes=tuple(dict.fromkeys(area_codes)),
        starts_at=starts_at or now,
        ends_at=ends_at,
        notice=notice.strip(),
    )
    check_start(emergency, others, now)

    await stored.add_emergency(session, actor.jurisdiction_id, emergency, at=now, by=actor.person_id)
    detail = {
        "standard_id": str(standard_id),
        "scheme": emergency.scheme,
        "version": emergency.version,
        "area_codes": list(emergency.area_codes),
        "starts_at": emergency.starts_at.isoformat(),
        "ends_at": emergency.ends_at.isoformat(),
    }
    await note(session, actor, "emergency.started", "emergency", emergency.emergency_id, detail, now)
    return emergency


async def end(session: WriteSession, actor: Actor, emergency_id: UUID, *, now: datetime) -> None:
    """End it now. What was filed in it keeps what it pins.

    Raises:
        NotFound: ``emergency.unknown``. Conflict: ``emergency.over``. Forbidden: ``not_permitted``.
    """
    require(actor, "emergency:start", Subject(jurisdiction_id=actor.jurisdiction_id))
    await queries.take_turn(session, actor.jurisdiction_id)
    known = await stored.emergencies(session, actor.jurisdiction_id)
    emergency = next((one for one in known if one.emergency_id == emergency_id), None)

    if emergency is None:
        raise NotFound("emergency.unknown")
    if emergency.over_at <= now:
        raise Conflict("emergency.over", over_at=emergency.over_at.isoformat())

    await stored.end_emergency(session, emergency_id, at=now, by=actor.person_id)
    await note(session, actor, "emergency.ended", "emergency", emergency_id, {"ended_at": now.isoformat()}, now)
