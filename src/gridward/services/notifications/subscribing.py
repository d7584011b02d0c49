"""A phone that wants to be rung: it subscribes, shows that a test message came, and only then is rung."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Conflict
from gridward.domain.notifications_outward import (
    MOST_PHONES,
    TEST_EVERY,
    TEST_LIFE,
    Channel,
    State,
    Wishes,
)
from gridward.gateways.channels.push import PushChannel
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.notifications import deliveries, subscriptions
from gridward.persistence.notifications.rows import PushSubscriptionRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """What a browser says of its subscription."""

    endpoint: str
    p256dh: bytes
    auth: bytes
    language: Literal["zh", "en"]


def require_own(actor: Actor, action: str) -> UUID:
    """The person acting, when that action is allowed on the own things."""
    owners = frozenset() if actor.person_id is None else frozenset({actor.person_id})
    require(actor, action, Subject(jurisdiction_id=actor.jurisdiction_id, owner_ids=owners))
    assert actor.person_id is not None
    return actor.person_id


async def subscribe(
    session: WriteSession,
    push: PushChannel,
    actor: Actor,
    session_id: UUID,
    subscription_id: UUID,
    browser: Browser,
    now: datetime,
) -> None:
    """Keeps the phone for this sign-in; a new one, or one whose address changed, is untested and gets a test message.

    Sent twice it changes nothing. A phone that was tested stays so when its person signs in anew.

    Raises:
        Malformed: ``push_host_unknown``, ``push_keys_unreadable``. Unavailable: ``push_off``.
        Conflict: ``push_unknown``: another person's.
    """
    person_id = require_own(actor, "push:subscribe")
    push.check(browser.endpoint, browser.p256dh)
    known = await subscriptions.locked(session, subscription_id)
    if known is not None and known.person_id != person_id:
        raise Conflict("push_unknown")
    same = known if known is not None and _is_same(known, browser) and known.state != "gone" else None
    await subscriptions.keep(
        session,
        {
            "subscription_id": subscription_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "person_id": person_id,
            "session_id": session_id,
            "endpoint": browser.endpoint,
            "p256dh": browser.p256dh,
            "auth": browser.auth,
            "language": browser.language,
            "made_at": now,
            "state": same.state if same else "untested",
            "test_token": same.test_token if same else None,
            "test_at": same.test_at if same else None,
            "tested_at": same.tested_at if same else None,
        },
    )
    if known is None:
        phones = await subscriptions.of_person(session, person_id)
        await subscriptions.remove(session, [one.subscription_id for one in phones[MOST_PHONES:]])
    if same is None:
        await _send_test(session, actor.jurisdiction_id, person_id, subscription_id, now)


def _is_same(known: PushSubscriptionRow, browser: Browser) -> bool:
    return (known.endpoint, known.p256dh, known.auth) == (browser.endpoint, browser.p256dh, browser.auth)


async def test_again(session: WriteSession, actor: Actor, subscription_id: UUID, now: datetime) -> None:
    """Another test message to an own phone.

    Raises:
        Conflict: ``push_unknown``; ``push_test_too_soon``.
    """
    person_id = require_own(actor, "push:subscribe")
    known = await _own(session, person_id, subscription_id)
    if known.test_at is not None and now < known.test_at + TEST_EVERY:
        raise Conflict("push_test_too_soon", retry_after_s=int(TEST_EVERY.total_seconds()))
    await _send_test(session, actor.jurisdiction_id, person_id, subscription_id, now)


async def arrived(session: WriteSession, actor: Actor, subscription_id: UUID, token: str, now: datetime) -> None:
    """The test message came to this phone, which proves it by what stood in it. Now it is rung.

    Raises:
        Conflict: ``push_unknown``; ``push_test_over``: not the newest test, or it took too long.
    """
    person_id = require_own(actor, "push:subscribe")
    known = await _own(session, person_id, subscription_id)
    if known.test_token is None or known.test_at is None or not secrets.compare_digest(known.test_token, token):
        raise Conflict("push_test_over")
    if now > known.test_at + TEST_LIFE:
        raise Conflict("push_test_over")
    await subscriptions.change(session, subscription_id, state="on", tested_at=now)


async def unsubscribe(session: WriteSession, actor: Actor, subscription_id: UUID) -> None:
    """This phone is rung no more; one that is not there is no more already."""
    person_id = require_own(actor, "push:subscribe")
    known = await subscriptions.locked(session, subscription_id)
    if known is not None and known.person_id == person_id:
        await subscriptions.remove(session, [subscription_id])


async def wish(session: WriteSession, actor: Actor, wished: Wishes, now: datetime) -> None:
    """What this person wants outside the app from now on; what was held is judged anew."""
    person_id = require_own(actor, "notification:wish")
    await subscriptions.wish(session, person_id, actor.jurisdiction_id, wished, now)
    await deliveries.look_again(session, person_id, now)


async def _own(session: WriteSession, person_id: UUID, subscription_id: UUID) -> PushSubscriptionRow:
    known = await subscriptions.locked(session, subscription_id)
    if known is None or known.person_id != person_id:
        raise Conflict("push_unknown")
    return known


async def _send_test(
    session: WriteSession, jurisdiction_id: UUID, person_id: UUID, subscription_id: UUID, now: datetime
) -> None:
    await subscriptions.change(session, subscription_id, test_token=secrets.token_urlsafe(16), test_at=now)
    await deliveries.add(
        session,
        [
            {
                "delivery_id": new_id(),
                "jurisdiction_id": jurisdiction_id,
                "person_id": person_id,
                "channel": Channel.push.value,
                "subscription_id": subscription_id,
                "alarm": True,
                "made_at": now,
                "due_at": now,
                "tries": 0,
                "state": State.waiting.value,
            }
        ],
    )
