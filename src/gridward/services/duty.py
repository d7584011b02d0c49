"""Who is on duty, and what one shift hands to the next."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.duty import MOST_NOTE, as_json, check_shift, handed_over
from gridward.domain.errors import Conflict, Forbidden, Malformed, NotFound
from gridward.persistence import duty as stored
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.tickets.asking import Reach
from gridward.services import noting


async def _allowed(session: ReadSession | WriteSession, actor: Actor, action: str, area_id: UUID | None) -> None:
    if area_id is not None and not await stored.is_community(session, actor.jurisdiction_id, area_id):
        raise NotFound("area_unknown")
    require(actor, action, Subject(jurisdiction_id=actor.jurisdiction_id, community_id=area_id))


async def put_shift(
    session: WriteSession,
    actor: Actor,
    shift_id: UUID,
    *,
    area_id: UUID | None,
    name: str,
    telephone: str,
    from_at: datetime,
    to_at: datetime,
    now: datetime,
) -> None:
    """Set who is on duty; the same id again changes it.

    Raises:
        Forbidden: ``not_permitted``: not this actor's area, before or after. NotFound: ``area_unknown``.
        Malformed: ``duty.name_missing``, ``duty.telephone_unreadable``, ``duty.no_span``. Conflict: ``id_taken``.
    """
    await _allowed(session, actor, "duty:write", area_id)
    known = await stored.shift(session, shift_id)
    if known is not None:
        if known.jurisdiction_id != actor.jurisdiction_id:
            raise Conflict("id_taken")
        await _allowed(session, actor, "duty:write", known.area_id)
    plain, number = check_shift(name, telephone, from_at, to_at)
    values = {
        "shift_id": shift_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "area_id": area_id,
        "name": plain,
        "telephone": number,
        "from_at": from_at,
        "to_at": to_at,
        "set_by": actor.person_id,
        "set_at": now,
    }
    await stored.put_shift(session, values)
    detail = {"from_at": from_at.isoformat(), "to_at": to_at.isoformat()} | _of(area_id)
    await noting.note(session, actor, "duty.set", "duty_shift", shift_id, detail, now)


async def end_shift(session: WriteSession, actor: Actor, shift_id: UUID, now: datetime) -> None:
    """Take a shift off the list, with the name and the number. Raises as :func:`put_shift`; NotFound: ``duty.unknown``."""
    require(actor, "duty:read_handover", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await stored.shift(session, shift_id)
    if known is None or known.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("duty.unknown")
    await _allowed(session, actor, "duty:write", known.area_id)
    await stored.end_shift(session, shift_id)
    await noting.note(session, actor, "duty.ended", "duty_shift", shift_id, _of(known.area_id), now)


async def hand_over(
    session: WriteSession, actor: Actor, reach: Reach, area_id: UUID | None, note: str | None, now: datetime
) -> UUID:
    """Write down what is left to the next shift.

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``area_unknown``. Malformed: ``handover.note_too_long``.
    """
    await _allowed(session, actor, "duty:write", area_id)
    words = (note or "").strip() or None
    if words is not None and len(words) > MOST_NOTE:
        raise Malformed("handover.note_too_long", most=MOST_NOTE)
    lists = as_json(handed_over(await stored.open_tickets(session, reach, area_id), now))
    handover_id = new_id()
    values = {
        "handover_id": handover_id,
        "jurisdiction_id": actor.jurisdiction_id,
        "area_id": area_id,
        "made_by": actor.person_id,
        "made_at": now,
        "note": words,
        "lists": lists,
    }
    await stored.add_handover(session, values)
    counts = {name: len(ids) for name, ids in lists.items()}
    await noting.note(session, actor, "handover.made", "handover", handover_id, {"counts": counts} | _of(area_id), now)
    return handover_id


async def take_over(session: WriteSession, actor: Actor, handover_id: UUID, now: datetime) -> None:
    """The next person has read it.

    Raises:
        NotFound: ``handover.unknown``. Forbidden: ``not_permitted``, ``handover.own``: whoever wrote it does not take it.
        Conflict: ``handover.taken``.
    """
    require(actor, "duty:read_handover", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await stored.handover(session, handover_id)
    if known is None or known.jurisdiction_id != actor.jurisdiction_id or actor.person_id is None:
        raise NotFound("handover.unknown")
    await _allowed(session, actor, "duty:write", known.area_id)
    if known.made_by == actor.person_id:
        raise Forbidden("handover.own")
    if not await stored.take(session, handover_id, actor.person_id, now):
        raise Conflict("handover.taken")
    await noting.note(session, actor, "handover.taken", "handover", handover_id, {}, now)


def _of(area_id: UUID | None) -> dict[str, Any]:
    return {} if area_id is None else {"area_id": str(area_id)}
