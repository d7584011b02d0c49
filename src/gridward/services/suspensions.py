"""时限中止: limits stand still for an area, kinds and a time, by one act of a supervisor with the notice attached.

The act itself is a row; each ticket it touches learns of it from :func:`spread`, a few tickets at a time, so that a typhoon
over a whole city holds up nobody. When the ticket learns of it makes no difference: what counts is from–to, a breach that
was recorded meanwhile is lifted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.entries import Deed
from gridward.domain.errors import Conflict, Malformed, NotFound
from gridward.domain.facts import write_instant
from gridward.domain.tickets.bodies import read_body
from gridward.domain.tickets.step import Acting, Moment
from gridward.domain.tickets.table import LIFECYCLE
from gridward.domain.tickets.words import Intent
from gridward.persistence import evidence as photos
from gridward.persistence import suspensions as stored
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import new_id, record
from gridward.services.tickets.case import Case, save
from gridward.services.tickets.opening import opened

ACTION = "ticket:suspend"
BATCH = 50
"""Tickets told in one transaction: an open writer holds the change feed back for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reached:
    """Where and when. ``area_ids`` empty: everywhere; ``categories`` empty: every kind."""

    area_ids: tuple[UUID, ...]
    categories: tuple[str, ...]
    from_at: datetime
    to_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish(Reached):
    """What is to stand still. ``notice`` names what announced it (whose, number, day); ``photo`` is the digest of its
    picture."""

    reason: str
    notice: str
    photo: str | None = None


async def suspend(session: WriteSession, actor: Actor, suspension_id: UUID, wish: Wish, *, now: datetime) -> bool:
    """Let limits stand still. The same act sent again changes nothing and answers False.

    Raises:
        Malformed: ``suspension.no_span``, ``suspension.no_notice``, ``suspension.area_unknown``, ``photos_missing``.
        Forbidden: not a supervisor of every area named; of everything where none is. Conflict: ``id_taken``.
    """
    await _check_right(session, actor, wish.area_ids)
    assert actor.person_id is not None
    before = await stored.one(session, suspension_id)
    if before is not None:
        said = (before.jurisdiction_id, before.made_by, before.from_at, before.first_to_at, before.notice)
        if said != (actor.jurisdiction_id, actor.person_id, wish.from_at, wish.to_at, wish.notice):
            raise Conflict("id_taken")
        return False
    if not wish.notice.strip():
        raise Malformed("suspension.no_notice")
    within = await _within(session, actor, wish)
    await stored.add(
        session,
        {
            "suspension_id": suspension_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "area_ids": list(wish.area_ids),
            "community_ids": within,
            "categories": list(wish.categories),
            "from_at": wish.from_at,
            "to_at": wish.to_at,
            "first_to_at": wish.to_at,
            "reason": wish.reason,
            "notice": wish.notice.strip(),
            "notice_photo_id": await _picture(session, actor, wish.photo),
            "made_by": actor.person_id,
            "made_at": now,
            "changed_by": actor.person_id,
            "changed_at": now,
            "finished": False,
        },
    )
    detail = {
        "area_ids": [str(one) for one in wish.area_ids],
        "categories": list(wish.categories),
        "from": write_instant(wish.from_at),
        "to": write_instant(wish.to_at),
        "reason": wish.reason,
    }
    await _record(session, actor, "suspension.ordered", suspension_id, detail, now)
    return True


async def reached(session: ReadSession, actor: Actor, wish: Reached) -> Sequence[Any]:
    """What would be touched if it were ordered now, by community and kind (``open``, ``closed``, ``breached`` of each).

    Raises: as :func:`suspend`, as far as it is about where and when.
    """
    await _check_right(session, actor, wish.area_ids)
    values = {
        "jurisdiction_id": actor.jurisdiction_id,
        "community_ids": await _within(session, actor, wish),
        "categories": list(wish.categories),
        "from_at": wish.from_at,
        "to_at": wish.to_at,
    }
    return await stored.touched(session, values)


async def _within(session: ReadSession | WriteSession, actor: Actor, wish: Reached) -> list[UUID] | None:
    """The communities in its areas; None: everywhere. Raises: Malformed: ``suspension.no_span``."""
    if wish.to_at <= wish.from_at:
        raise Malformed("suspension.no_span")
    if not wish.area_ids:
        return None
    return await stored.communities_in(session, actor.jurisdiction_id, wish.area_ids)


async def change(session: WriteSession, actor: Actor, suspension_id: UUID, to_at: datetime, *, now: datetime) -> bool:
    """Let it end earlier or later; an end at or before its start takes it back whole. False: it ends there already.

    Raises:
        NotFound: ``suspension.unknown``. Forbidden: not a supervisor of its areas.
    """
    row = await stored.one(session, suspension_id, lock=True)
    if row is None or row.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("suspension.unknown")
    await _check_right(session, actor, tuple(row.area_ids))
    assert actor.person_id is not None
    end = max(to_at, row.from_at)
    if end == row.to_at:
        return False
    await stored.move_end(session, suspension_id, end, by=actor.person_id, now=now)
    detail = {"from_to": write_instant(row.to_at), "to": write_instant(end)}
    await _record(session, actor, "suspension.moved", suspension_id, detail, now)
    return True


@dataclass(frozen=True, slots=True)
class Spread:
    """What one round did. ``more``: it was full, another one may wait."""

    tickets: int
    more: bool


async def spread(session: WriteSession, now: datetime, limit: int = BATCH) -> Spread:
    """Tell at most ``limit`` tickets of the suspensions that touch them and of ends that moved. Running it twice adds
    nothing."""
    await stored.find_more(session, now)
    pairs = await stored.lock_pending(session, limit)
    if not pairs:
        return Spread(0, more=False)
    acts = await stored.several(session, {suspension_id for suspension_id, _ in pairs})
    cases = await opened(session, {ticket_id for _, ticket_id in pairs})
    for suspension_id, ticket_id in pairs:
        _tell(cases[ticket_id], acts[suspension_id], now)
    for case in cases.values():
        # One at a time: they may be of several jurisdictions.
        await save(session, [case], now=now)
    await stored.told(session, pairs)
    return Spread(len(cases), more=len(pairs) >= limit)


def _tell(case: Case, act: Any, now: datetime) -> None:
    known = case.state.suspensions.get(act.suspension_id)
    intent = Intent.SUSPEND if known is None else Intent.CHANGE_SUSPENSION
    annulled = act.to_at <= act.from_at
    if (case.state.status, intent) not in LIFECYCLE or (annulled if known is None else known[1] == act.to_at):
        return
    raw = {"suspension_id": str(act.suspension_id), "to": act.to_at.isoformat()}
    if known is None:
        raw["from"] = act.from_at.isoformat()
    acting = Acting(person_id=act.changed_by, via="suspension", may=frozenset({ACTION}))
    case.step(intent, read_body(intent, raw), acting, Moment(now=now, operation_id=new_id()))


async def _check_right(session: ReadSession | WriteSession, actor: Actor, area_ids: tuple[UUID, ...]) -> None:
    """A community may be suspended by whoever answers for it, anything larger by whoever answers for the jurisdiction."""
    if not area_ids:
        require(actor, ACTION, Subject(jurisdiction_id=actor.jurisdiction_id))
    unknown = set(area_ids) - await stored.known_areas(session, actor.jurisdiction_id, area_ids)
    if unknown:
        raise Malformed("suspension.area_unknown", areas=sorted(map(str, unknown)))
    for area_id in area_ids:
        require(actor, ACTION, Subject(jurisdiction_id=actor.jurisdiction_id, community_id=area_id))


async def _picture(session: WriteSession, actor: Actor, sha256: str | None) -> UUID | None:
    if sha256 is None or actor.person_id is None:
        return None
    found = await photos.sent_photos(
        session, jurisdiction_id=actor.jurisdiction_id, uploader_id=actor.person_id, sha256s=[sha256]
    )
    if sha256 not in found:
        raise Malformed("photos_missing", photos=[sha256])
    photo_id: UUID = found[sha256].photo_id
    return photo_id


async def _record(
    session: WriteSession, actor: Actor, verb: str, suspension_id: UUID, detail: Mapping[str, Any], now: datetime
) -> None:
    deed = Deed(
        entry_id=new_id(),
        actor_id=actor.person_id,
        via=actor.via,
        verb=verb,
        subject="suspension",
        subject_id=suspension_id,
        occurred_at=now,
        recorded_at=now,
        detail=detail,
    )
    await record(session, [deed], jurisdiction_id=actor.jurisdiction_id)
