"""Messages on their way out: taken in one transaction, sent without any, and what became of them in another.

Whoever is killed between sending and saying so is found out when the lease is over, and the message goes once more. On
the phone it carries the same tag, so it takes the place of the first one; an SMS is then there twice. The other order
would lose messages, and there is no third.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog

from gridward.domain.notifications_outward import (
    KEPT,
    LIFE,
    TEST_LIFE,
    Channel,
    Hold,
    State,
    Text,
    bundles,
    judge,
    next_try,
)
from gridward.gateways.channels.calling import Answer, Outcome
from gridward.gateways.channels.push import Push, PushChannel
from gridward.gateways.channels.sms import SmsChannel, TicketText
from gridward.gateways.channels.webhook import Call, WebhookChannel
from gridward.persistence.database import WriteSession
from gridward.persistence.notifications import deliveries, subscriptions, webhooks
from gridward.persistence.notifications.deliveries import Waiting

log = structlog.get_logger()

PEOPLE_AT_ONCE = 50
CALLS_AT_ONCE = 50
FORGOTTEN_AT_ONCE = 5_000
PADDED_TO = 256
"""Bytes of every payload: by its length nobody on the way can tell what kind of message it is."""

ALARM_LIFE = timedelta(hours=4)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """What goes out in one piece; ``tries`` counts this one."""

    delivery_ids: tuple[UUID, ...]
    tries: int
    content: Push | TicketText | Call
    phone: UUID | None


async def claim(session: WriteSession, now: datetime, public_url: str) -> list[Parcel]:
    """Takes what is due for up to fifty people that no other worker has; what does not go now is held or ended."""
    people = await deliveries.lock_people(session, now, PEOPLE_AT_ONCE)
    if not people:
        return []
    waiting = {one.due.delivery_id: one for one in await deliveries.due(session, people, now)}

    verdicts = dict(_verdicts(waiting.values(), now))

    for delivery_id, verdict in verdicts.items():
        if isinstance(verdict, Hold):
            await deliveries.hold(session, [delivery_id], verdict.until)
        elif verdict is not State.sent:
            await deliveries.end(session, [delivery_id], verdict, now)
    going = [one for delivery_id, one in waiting.items() if verdicts[delivery_id] is State.sent]
    await deliveries.take(session, [one.due.delivery_id for one in going], now)
    return [
        _parcel([waiting[due.delivery_id] for due in bundle], now, public_url)
        for bundle in bundles(one.due for one in going)
    ]


async def claim_calls(session: WriteSession, now: datetime) -> list[Parcel]:
    """Takes what is due for webhooks; what waits for one that was switched off is ended."""
    waiting = await webhooks.due(session, now, CALLS_AT_ONCE)
    off = [one.delivery_id for one in waiting if not one.is_on and one.said.get("kind") != "test"]
    await deliveries.end(session, off, State.switched_off, now)
    going = [one for one in waiting if one.delivery_id not in off]
    await deliveries.take(session, [one.delivery_id for one in going], now)
    return [
        Parcel(
            delivery_ids=(one.delivery_id,),
            tries=one.tries + 1,
            content=Call(delivery_id=one.delivery_id, webhook_id=one.webhook_id, address=one.address, said=one.said),
            phone=None,
        )
        for one in going
    ]


def _verdicts(waiting: Iterable[Waiting], now: datetime) -> Iterator[tuple[UUID, Hold | State]]:
    """The oldest first; of several SMS for one person each counts for the next."""
    texts: dict[UUID, int] = {}
    for one in waiting:
        due = one.due
        earlier = texts.get(one.person_id, 0)
        verdict = judge(due.after(earlier), one.wishes, one.zone, now)
        if due.channel is Channel.sms and verdict is State.sent:
            texts[one.person_id] = earlier + 1
        yield due.delivery_id, verdict


def _parcel(bundle: Sequence[Waiting], now: datetime, public_url: str) -> Parcel:
    first = bundle[0]
    content: Push | TicketText
    if first.phone is None:
        assert first.number is not None
        assert first.text is not None
        link = f"{public_url}/ticket/{first.ticket_id}"
        content = TicketText(phone=first.number, kind=Text(first.text), link=link)
    else:
        content = _push(bundle, now)
    return Parcel(
        delivery_ids=tuple(one.due.delivery_id for one in bundle),
        tries=max(one.tries for one in bundle) + 1,
        content=content,
        phone=first.due.phone,
    )


def _push(bundle: Sequence[Waiting], now: datetime) -> Push:
    first = bundle[0]
    phone = first.phone
    assert phone is not None
    life = TEST_LIFE if first.due.kind is None else ALARM_LIFE if first.due.alarm else LIFE
    said = _said(bundle)
    return Push(
        endpoint=phone.endpoint,
        p256dh=phone.p256dh,
        auth=phone.auth,
        payload=json.dumps({**said, "language": phone.language}).encode().ljust(PADDED_TO),
        topic=_topic(phone.subscription_id, said),
        ttl=max(timedelta(minutes=1), life - (now - min(one.due.made_at for one in bundle))),
        urgency="high" if first.due.alarm or first.due.kind is None else "normal",
    )


def _said(bundle: Sequence[Waiting]) -> Mapping[str, Any]:
    """What the phone's worker makes words from: codes and ids."""
    first = bundle[0]
    if first.due.kind is None:
        assert first.phone is not None
        return {"kind": "test", "subscription_id": str(first.phone.subscription_id), "token": first.phone.test_token}
    if len(bundle) > 1:
        return {"kind": "several", "n": len(bundle)}
    return {"kind": first.due.kind.value, "ticket_id": str(first.ticket_id) if first.ticket_id else None}


def _topic(subscription_id: UUID, said: Mapping[str, Any]) -> str:
    """Messages about one ticket replace each other while the phone is off. Says nothing to whoever carries it."""
    about = said.get("ticket_id") or said["kind"]
    digest = hashlib.sha256(subscription_id.bytes + str(about).encode()).digest()
    return urlsafe_b64encode(digest[:24]).decode()


async def send(parcel: Parcel, push: PushChannel, sms: SmsChannel, webhook: WebhookChannel, now: datetime) -> Answer:
    """Out of the door; no transaction is open. Faults of the other side are answers."""
    if isinstance(parcel.content, Call):
        return await webhook.send(parcel.content, now)
    if isinstance(parcel.content, Push):
        return await push.send(parcel.content, now)
    return await sms.send(parcel.content)


async def settle(session: WriteSession, parcel: Parcel, answer: Answer, now: datetime) -> None:
    """What became of it."""
    again = next_try(parcel.tries, now, answer.wait) if answer.outcome is Outcome.later else None
    if again is not None:
        await deliveries.hold(session, parcel.delivery_ids, again, answer.why)
        return
    # A program outside that has moved is the operator's to look at; a phone that is gone is gone.
    ends = {Outcome.taken: State.sent, Outcome.gone: State.gone if parcel.phone else State.failed}
    state = ends.get(answer.outcome, State.failed)
    await deliveries.end(session, parcel.delivery_ids, state, now, answer.why)
    if answer.outcome is Outcome.gone and parcel.phone is not None:
        await subscriptions.change(session, parcel.phone, state="gone")
        await deliveries.end_for_phone(session, parcel.phone, State.gone, now)
    if state is State.failed:
        log.warning("delivery.failed", why=answer.why, tries=parcel.tries, phone=str(parcel.phone))


async def forget(session: WriteSession, now: datetime) -> bool:
    """What went out is kept thirty days; True when there may be more."""
    return await deliveries.prune(session, now - KEPT, FORGOTTEN_AT_ONCE)
