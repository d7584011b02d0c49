"""The notifier: follows the log with a place of its own and leaves messages for the people concerned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Role
from gridward.domain.notifications import TOO_OLD, Party, said, told
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.notifications import following as stored
from gridward.persistence.notifications.following import Followed

FOLLOWER = "notifier"
BATCH = 200


@dataclass(frozen=True, slots=True)
class Notified:
    """What one batch did. ``more``: it was full."""

    entries: int
    messages: int
    more: bool


async def notify(session: WriteSession, now: datetime, limit: int = BATCH) -> Notified:
    """Follow the log for at most ``limit`` entries. Run twice at once, or killed and run again, it tells everything once.

    Nobody is told of what they did themselves.
    """
    entries = await stored.follow(session, FOLLOWER, limit)
    if not entries:
        return Notified(0, 0, False)
    rows: list[dict[str, Any]] = []
    for entry in entries:
        if entry.ticket_id is not None and entry.recorded_at > now - TOO_OLD:
            rows += await _messages(session, entry, now)
    made = await stored.add(session, rows)
    await stored.followed(session, FOLLOWER, entries[-1])
    return Notified(len(entries), len(made), len(entries) >= limit)


async def _messages(session: WriteSession, entry: Followed, now: datetime) -> list[dict[str, Any]]:
    found: dict[tuple[UUID, str], dict[str, Any]] = {}
    for one in told(entry.verb, entry.detail, in_tray=entry.in_tray):
        for person_id in await _people(session, one.party, entry, now):
            if person_id != entry.actor_id:
                found[person_id, one.kind] = {
                    "notification_id": new_id(),
                    "jurisdiction_id": entry.jurisdiction_id,
                    "person_id": person_id,
                    "entry_id": entry.entry_id,
                    "ticket_id": entry.ticket_id,
                    "kind": one.kind,
                    "detail": said(entry.detail),
                    "made_at": now,
                }
    return list(found.values())


async def _people(session: WriteSession, party: Party, entry: Followed, now: datetime) -> set[UUID]:
    areas = [one for one in (entry.community_id, entry.jurisdiction_id) if one is not None]
    match party:
        case Party.reporters:
            return await stored.reporters(session, entry.ticket_id) if entry.ticket_id else set()
        case Party.unit:
            unit_id = entry.unit_id
            return await stored.holders(session, {Role.unit_lead}, [unit_id], now) if unit_id else set()
        case Party.worker:
            return {entry.worker_id} if entry.worker_id else set()
        case Party.asked_steward:
            asked = entry.detail.get("steward_id")
            return {UUID(asked)} if asked else await _stewards(session, entry, now)
        case Party.stewards:
            return await _stewards(session, entry, now)
        case Party.dispatchers:
            return await stored.holders(session, {Role.dispatcher}, areas, now)
        case Party.shift_leaders:
            return await stored.holders(session, {Role.shift_leader}, areas, now)
        case Party.supervisors:
            return await stored.holders(session, {Role.supervisor}, areas, now)


async def _stewards(session: WriteSession, entry: Followed, now: datetime) -> set[UUID]:
    return await stored.stewards(session, entry.grid_id, now) if entry.grid_id else set()
