"""Programs outside that are told of messages: named, switched on and off, tried out; and dead letters sent again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Malformed, NotFound
from gridward.domain.notifications import PAGE_OF_MONTH, MessageKind, said, told
from gridward.domain.notifications_outward import Channel, State
from gridward.gateways.channels.webhook import WebhookChannel
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.notifications import deliveries
from gridward.persistence.notifications import webhooks as stored
from gridward.persistence.notifications.following import Followed
from gridward.services.noting import note

MOST_AGAIN = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A webhook as somebody wants it."""

    name: str
    address: str
    kinds: frozenset[MessageKind]
    is_on: bool


async def change(
    session: WriteSession, channel: WebhookChannel, actor: Actor, webhook_id: UUID, wish: Wish, now: datetime
) -> None:
    """Make a webhook or change it.

    Raises:
        Malformed: ``webhook.host_unknown`` (``hosts``), ``webhook.kinds``. NotFound: ``webhook.unknown``.
        Unavailable: ``webhook.off``. Forbidden: ``not_permitted``.
    """
    require(actor, "webhook:change", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await stored.one(session, actor.jurisdiction_id, webhook_id)
    taken = known is None and await stored.taken(session, webhook_id)

    if taken:
        raise NotFound("webhook.unknown")
    if not wish.kinds:
        raise Malformed("webhook.kinds")
    channel.check(wish.address)

    await stored.keep(
        session,
        {
            "webhook_id": webhook_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "name": wish.name,
            "address": wish.address,
            "kinds": sorted(kind.value for kind in wish.kinds),
            "is_on": wish.is_on,
            "changed_by": actor.person_id,
            "changed_at": now,
        },
    )
    detail = {"kinds": sorted(kind.value for kind in wish.kinds), "is_on": wish.is_on}
    await note(session, actor, "webhook.changed" if known else "webhook.added", "webhook", webhook_id, detail, now)


async def try_out(session: WriteSession, actor: Actor, webhook_id: UUID, now: datetime) -> UUID:
    """A test message goes out; the id of its delivery.

    Raises:
        NotFound: ``webhook.unknown``. Forbidden: ``not_permitted``.
    """
    require(actor, "webhook:change", Subject(jurisdiction_id=actor.jurisdiction_id))
    known = await stored.one(session, actor.jurisdiction_id, webhook_id)
    if known is None:
        raise NotFound("webhook.unknown")
    delivery_id = new_id()
    body = {"id": str(delivery_id), "kind": "test", "at": now.isoformat()}
    await deliveries.add(session, [_delivery(delivery_id, actor.jurisdiction_id, webhook_id, body, now)])
    return delivery_id


async def try_again(session: WriteSession, actor: Actor, delivery_ids: Collection[UUID], now: datetime) -> list[UUID]:
    """Dead letters go out once more; those that were dead letters no longer are left out.

    Raises:
        Malformed: ``delivery.too_many`` (``most``). Forbidden: ``not_permitted``.
    """
    require(actor, "delivery:try_again", Subject(jurisdiction_id=actor.jurisdiction_id))
    if len(delivery_ids) > MOST_AGAIN:
        raise Malformed("delivery.too_many", most=MOST_AGAIN)
    again = await stored.try_again(session, actor.jurisdiction_id, delivery_ids, now)
    if again:
        detail = {"deliveries": [str(one) for one in again]}
        await note(session, actor, "delivery.tried_again", "delivery", again[0], detail, now)
    return again


async def queue(session: WriteSession, entries: Iterable[Followed], public_url: str, now: datetime) -> None:
    """One call for each webhook and each kind of message that an entry is, whoever is or is not there to be told."""
    entries = list(entries)
    listening = await stored.listening(session, {one.jurisdiction_id for one in entries})
    if not listening:
        return
    rows = []
    for entry in entries:
        parties: dict[MessageKind, list[str]] = {}
        for one in told(entry.verb, entry.detail, in_tray=entry.in_tray):
            parties.setdefault(one.kind, []).append(one.party.value)
        for webhook in listening.get(entry.jurisdiction_id, ()):
            for kind, meant in parties.items():
                if kind.value in webhook.kinds:
                    body = _body(entry, kind, meant, public_url)
                    rows.append(_delivery(new_id(), entry.jurisdiction_id, webhook.webhook_id, body, now))
    await deliveries.add(session, rows)


def _body(entry: Followed, kind: MessageKind, parties: list[str], public_url: str) -> dict[str, Any]:
    return {
        "id": f"{entry.entry_id}:{kind.value}",
        "kind": kind.value,
        "parties": parties,
        "unit_id": str(entry.of_unit) if entry.of_unit else None,
        "ticket_id": str(entry.ticket_id) if entry.ticket_id else None,
        "urgent": entry.urgent,
        "occurred_at": entry.occurred_at.isoformat(),
        "recorded_at": entry.recorded_at.isoformat(),
        "detail": said(entry.detail),
        "link": f"{public_url}{_page(entry)}",
    }


def _page(entry: Followed) -> str:
    if entry.ticket_id is None and entry.verb in PAGE_OF_MONTH:
        return f"{PAGE_OF_MONTH[entry.verb]}?month={entry.detail['month']}"
    return f"/ticket/{entry.ticket_id}"


def _delivery(
    delivery_id: UUID, jurisdiction_id: UUID, webhook_id: UUID, body: Mapping[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "delivery_id": delivery_id,
        "jurisdiction_id": jurisdiction_id,
        "person_id": None,
        "notification_id": None,
        "made_at": now,
        "channel": Channel.webhook.value,
        "subscription_id": None,
        "webhook_id": webhook_id,
        "said": body,
        "text": None,
        "alarm": False,
        "due_at": now,
        "tries": 0,
        "state": State.waiting.value,
    }
