"""What rings a person's phones outside the app: push to this browser, SMS, quiet hours, switches."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from datetime import datetime, time
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from gridward.domain.accounts_sign_in import masked_phone
from gridward.domain.notifications import MessageKind
from gridward.domain.notifications_outward import ON_DUTY, Quiet, Wishes, kinds_for
from gridward.gateways.channels.sms import is_open
from gridward.persistence.notifications import subscriptions
from gridward.services.notifications import subscribing
from gridward.web.deps import Built, CurrentActor, Now, Read, SignedIn, Write

router = APIRouter(tags=["notifications"])


P256DH, AUTH = r"^[A-Za-z0-9_-]{87}=?$", r"^[A-Za-z0-9_-]{22}(==)?$"
"""A point of 65 bytes and a secret of 16 in base64url, with or without padding."""


class PhoneOut(BaseModel):
    """A browser that asked to be rung. ``here``: this sign-in's own.

    ``state``: ``untested`` until the test message of ``test_at`` has come, then ``on``; ``gone``: it must ask anew.
    """

    subscription_id: UUID
    state: Literal["untested", "on", "gone"]
    here: bool
    made_at: datetime
    test_at: datetime | None
    tested_at: datetime | None


class PushOut(BaseModel):
    """``key``: what the browser subscribes with; null: this installation sends no push."""

    key: str | None
    phones: list[PhoneOut]


class SubscriptionIn(BaseModel):
    """As the browser says it: ``endpoint``, and ``p256dh`` and ``auth`` in base64url."""

    endpoint: str = Field(max_length=1000)
    p256dh: str = Field(pattern=P256DH)
    auth: str = Field(pattern=AUTH)
    language: Literal["zh", "en"]


class ArrivedIn(BaseModel):
    """What stood in the test message."""

    token: str = Field(max_length=100)


class QuietHours(BaseModel):
    """By the clock of the jurisdiction, to the minute; ``starts`` later than ``ends``: over midnight."""

    starts: time
    ends: time


class SmsOut(BaseModel):
    """``offered``: there is a channel, this person is on duty by role, and has a number (``phone``, masked)."""

    offered: bool
    on: bool
    phone: str | None


class WishesOut(BaseModel):
    """``kinds``: all that this person can be told, true: it rings. ``quiet`` null: no quiet hours."""

    quiet: QuietHours | None
    kinds: dict[MessageKind, bool]
    sms: SmsOut


class WishesIn(BaseModel):
    """``off``: kinds that do not ring; they are read in the list."""

    quiet: QuietHours | None
    off: list[MessageKind] = Field(max_length=100)
    sms: bool


@router.get("/my/push")
async def my_push(session: Read, built: Built, standing: SignedIn) -> PushOut:
    """My phones."""
    person_id = subscribing.require_own(standing.actor, "push:subscribe")
    phones = [
        PhoneOut(
            subscription_id=row.subscription_id,
            state=row.state,
            here=row.session_id == standing.session_id,
            made_at=row.made_at,
            test_at=row.test_at,
            tested_at=row.tested_at,
        )
        for row in await subscriptions.of_person(session, person_id)
    ]
    return PushOut(key=built.push.key, phones=phones)


@router.put("/my/push/{subscription_id}", status_code=204)
async def subscribe(
    session: Write, built: Built, standing: SignedIn, now: Now, subscription_id: UUID, said: SubscriptionIn
) -> None:
    """This browser asks to be rung; a test message goes out to it."""
    browser = subscribing.Browser(
        endpoint=said.endpoint, p256dh=_bytes(said.p256dh), auth=_bytes(said.auth), language=said.language
    )
    await subscribing.subscribe(session, built.push, standing.actor, standing.session_id, subscription_id, browser, now)


@router.post("/my/push/{subscription_id}/test", status_code=202)
async def test_again(session: Write, actor: CurrentActor, now: Now, subscription_id: UUID) -> None:
    """Another test message."""
    await subscribing.test_again(session, actor, subscription_id, now)


@router.put("/my/push/{subscription_id}/arrived", status_code=204)
async def arrived(session: Write, actor: CurrentActor, now: Now, subscription_id: UUID, said: ArrivedIn) -> None:
    """The phone's own word that the test message came."""
    await subscribing.arrived(session, actor, subscription_id, said.token, now)


@router.delete("/my/push/{subscription_id}", status_code=204)
async def unsubscribe(session: Write, actor: CurrentActor, subscription_id: UUID) -> None:
    """This phone is rung no more."""
    await subscribing.unsubscribe(session, actor, subscription_id)


@router.get("/my/wishes")
async def my_wishes(session: Read, built: Built, standing: SignedIn) -> WishesOut:
    """What I want outside the app; nothing said yet: the usual."""
    person_id = subscribing.require_own(standing.actor, "notification:wish")
    wished, roles = await subscriptions.wishes(session, person_id), standing.actor.roles
    offered = is_open(built.sms) and bool(roles & ON_DUTY) and standing.phone is not None
    return WishesOut(
        quiet=QuietHours(starts=wished.quiet.starts, ends=wished.quiet.ends) if wished.quiet else None,
        kinds={kind: kind not in wished.off for kind in kinds_for(roles)},
        sms=SmsOut(offered=offered, on=wished.sms, phone=masked_phone(standing.phone)),
    )


@router.put("/my/wishes", status_code=204)
async def wish(session: Write, actor: CurrentActor, now: Now, said: WishesIn) -> None:
    """From now on."""
    quiet = Quiet(said.quiet.starts, said.quiet.ends) if said.quiet else None
    await subscribing.wish(session, actor, Wishes(quiet=quiet, off=frozenset(said.off), sms=said.sms), now)


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
