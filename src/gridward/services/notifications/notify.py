"""The notifier: follows the log with a place of its own and leaves messages for the people concerned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Role
from gridward.domain.notifications import PAGE_OF_MONTH, TOO_OLD, Party, said, told
from gridward.domain.notifications_outward import Alarm, Channel, State, Text, alarm_of
from gridward.persistence.database import Glance, WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.households.register import building_name
from gridward.persistence.households.ties import building_stewards
from gridward.persistence.notifications import deliveries, subscriptions
from gridward.persistence.notifications import following as stored
from gridward.persistence.notifications.following import Followed
from gridward.services.notifications import webhooks

FOLLOWER = "notifier"
BATCH = 200


@dataclass(frozen=True, slots=True)
class Notified:
    """What one batch did. ``more``: it was full."""

    entries: int
    messages: int
    more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """The doors outward that this installation has; for one that it has not, nothing is queued.

    ``public_url``: where those who are told find the pages.
    """

    push: bool = False
    sms: bool = False
    webhooks: bool = False
    public_url: str = ""


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the list inside the app, and the alarm that it is, if it is one."""

    row: dict[str, Any]
    alarm: Alarm | None


async def has_news(glance: Glance) -> bool:
    """Whether :func:`notify` would find an entry."""
    return await stored.has_news(glance, FOLLOWER)


async def notify(session: WriteSession, now: datetime, limit: int = BATCH, *, doors: Doors = Doors()) -> Notified:
    """Follow the log for at most ``limit`` entries. Run twice at once, or killed and run again, it tells everything once.

    Nobody is told of what they did themselves. What is to ring phones is queued with the messages.
    """
    entries = await stored.follow(session, FOLLOWER, limit)
    if not entries:
        return Notified(0, 0, False)
    messages: list[Message] = []
    news = [
        one
        for one in entries
        if (one.ticket_id is not None or one.verb in PAGE_OF_MONTH) and one.recorded_at > now - TOO_OLD
    ]
    for entry in news:
        messages += await _messages(session, entry, now)
    made = await stored.add(session, [one.row for one in messages])
    await queue(session, [one for one in messages if one.row["notification_id"] in made], doors)
    if doors.webhooks and news:
        await webhooks.queue(session, news, doors.public_url, now)
    await stored.followed(session, FOLLOWER, entries[-1])
    return Notified(len(entries), len(made), len(entries) >= limit)


async def _messages(session: WriteSession, entry: Followed, now: datetime) -> list[Message]:
    found: dict[tuple[UUID, str], Message] = {}
    detail = said(entry.detail) | (await _of_cause(session, entry) if entry.verb == "cause.found" else {})
    for one in told(entry.verb, entry.detail, in_tray=entry.in_tray):
        alarm = alarm_of(one.party, one.kind, urgent=entry.urgent, detail=entry.detail)
        for person_id in await _people(session, one.party, entry, now):
            if person_id == entry.actor_id or (alarm is None and (person_id, one.kind) in found):
                continue
            row = {
                "notification_id": new_id(),
                "jurisdiction_id": entry.jurisdiction_id,
                "person_id": person_id,
                "entry_id": entry.entry_id,
                "ticket_id": entry.ticket_id,
                "kind": one.kind,
                "detail": detail,
                "made_at": now,
            }
            found[person_id, one.kind] = Message(row, alarm)
    return list(found.values())


async def _of_cause(session: WriteSession, entry: Followed) -> dict[str, Any]:
    """What comes back where, how often, in how many days: a building steward has no desk on which to look it up."""
    told = {name: entry.detail[name] for name in ("category", "days")}
    building = await building_name(session, UUID(entry.detail["building_id"]))
    return {**told, "building": building, "tickets": len(entry.detail["tickets"])}


async def queue(session: WriteSession, messages: list[Message], doors: Doors) -> None:
    """One delivery for each phone that shows push, one for each SMS that an alarm names; when they go is judged later."""
    people = {one.row["person_id"] for one in messages}
    called = {one.row["person_id"] for one in messages if one.alarm and one.alarm.text}
    phones = await subscriptions.phones_on(session, people) if doors.push and people else {}
    texted = await subscriptions.wanting_texts(session, called) if doors.sms and called else set()
    rows = []
    for message in messages:
        person_id, text = message.row["person_id"], message.alarm.text if message.alarm else None
        rows += [_delivery(message, Channel.push, phone) for phone in phones.get(person_id, ())]
        if text is not None and person_id in texted:
            rows.append(_delivery(message, Channel.sms, None, text))
    await deliveries.add(session, rows)


def _delivery(message: Message, channel: Channel, phone: UUID | None, text: Text | None = None) -> dict[str, Any]:
    return {
        "delivery_id": new_id(),
        **{name: message.row[name] for name in ("jurisdiction_id", "person_id", "notification_id", "made_at")},
        "channel": channel.value,
        "subscription_id": phone,
        "text": text,
        "alarm": message.alarm is not None,
        "due_at": message.row["made_at"],
        "tries": 0,
        "state": State.waiting.value,
    }


async def _people(session: WriteSession, party: Party, entry: Followed, now: datetime) -> set[UUID]:
    areas = [one for one in (entry.community_id, entry.jurisdiction_id) if one is not None]
    whole = entry.jurisdiction_id if entry.verb in PAGE_OF_MONTH else None
    match party:
        case Party.reporters:
            return await stored.reporters(session, entry.ticket_id) if entry.ticket_id else set()
        case Party.unit:
            return await _unit(session, entry, areas, now)
        case Party.worker:
            return {entry.worker_id} if entry.worker_id else set()
        case Party.asked_steward:
            asked = entry.detail.get("steward_id")
            if asked:
                return {UUID(asked)}
            # Nobody checks what is one's own report.
            own = await stored.reporters(session, entry.ticket_id) if entry.ticket_id else set()
            return await _stewards(session, entry, now) - own
        case Party.building_steward:
            building = entry.detail.get("building_id")
            return await building_stewards(session, UUID(building)) if building else set()
        case Party.stewards:
            return await _stewards(session, entry, now)
        case Party.dispatchers if whole:
            return await stored.everybody(session, {Role.dispatcher}, whole, now)
        case Party.shift_leaders if whole:
            return await stored.everybody(session, {Role.shift_leader}, whole, now)
        case Party.dispatchers:
            return await stored.holders(session, {Role.dispatcher}, areas, now)
        case Party.shift_leaders:
            return await stored.holders(session, {Role.shift_leader}, areas, now)
        case Party.leads:
            return await stored.everybody(session, {Role.unit_lead}, entry.jurisdiction_id, now)
        case Party.supervisors:
            return await stored.holders(session, {Role.supervisor}, areas, now)


async def _unit(session: WriteSession, entry: Followed, areas: list[UUID], now: datetime) -> set[UUID]:
    """Who leads the unit that it is about; of an order the unit that has to answer it, or where nobody of it ever signs
    in the desk, which answers for it."""
    ordered = entry.detail.get("unit_id") if entry.verb == "supervision.ordered" else None
    unit_id = UUID(ordered) if ordered else entry.of_unit
    leads = await stored.holders(session, {Role.unit_lead}, [unit_id], now) if unit_id else set()
    if leads or entry.verb != "supervision.ordered":
        return leads
    return await stored.holders(session, {Role.dispatcher}, areas, now)


async def _stewards(session: WriteSession, entry: Followed, now: datetime) -> set[UUID]:
    return await stored.stewards(session, entry.grid_id, now) if entry.grid_id else set()
