"""Webhooks: programs outside that are told of messages, what became of what was sent to them, and dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.errors import NotFound
from gridward.domain.notifications import MessageKind
from gridward.persistence.notifications import webhooks as stored
from gridward.services.notifications import webhooks
from gridward.web.deps import Built, CurrentActor, Now, Read, Write

router = APIRouter(tags=["notifications"])

PAGE = 50


class WebhookIn(BaseModel):
    """``kinds``: of which messages it is told."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[str, Field(min_length=1, max_length=60)]
    address: Annotated[str, Field(min_length=1, max_length=1000)]
    kinds: Annotated[list[MessageKind], Field(max_length=100)]
    is_on: bool


class WebhookOut(BaseModel):
    webhook_id: UUID
    name: str
    address: str
    kinds: list[str]
    is_on: bool
    changed_at: datetime


class WebhooksOut(BaseModel):
    """``hosts``: those that the operator allows; none: this installation calls nobody."""

    hosts: list[str]
    kinds: list[MessageKind]
    webhooks: list[WebhookOut]


class SecretOut(BaseModel):
    """What the receiver checks ``X-Gridward-Signature`` with."""

    secret: str


class DeliveryOut(BaseModel):
    """One message on its way out. ``why``: what the other side said last; of its answer nothing else is kept."""

    delivery_id: UUID
    channel: str
    webhook_id: UUID | None
    kind: str | None
    ticket_id: UUID | None
    state: str
    why: str | None
    tries: int
    made_at: datetime
    due_at: datetime
    ended_at: datetime | None


class DeliveriesOut(BaseModel):
    """The newest first; ``more``: ask again with ``before`` and ``before_id`` of the last."""

    deliveries: list[DeliveryOut]
    more: bool


class Queued(BaseModel):
    delivery_id: UUID


class AgainIn(BaseModel):
    model_config = ConfigDict(extra="forbid")

    delivery_ids: Annotated[list[UUID], Field(min_length=1, max_length=webhooks.MOST_AGAIN)]


class AgainOut(BaseModel):
    """Those that go out once more; what is missing was no dead letter any more."""

    delivery_ids: list[UUID]


@router.get("/webhooks")
async def listed(session: Read, built: Built, who: CurrentActor) -> WebhooksOut:
    """All webhooks of the jurisdiction."""
    require(who, "webhook:read", Subject(jurisdiction_id=who.jurisdiction_id))
    rows = await stored.of_jurisdiction(session, who.jurisdiction_id)
    return WebhooksOut(
        hosts=list(built.webhooks.hosts),
        kinds=list(MessageKind),
        webhooks=[
            WebhookOut(
                webhook_id=row.webhook_id,
                name=row.name,
                address=row.address,
                kinds=row.kinds,
                is_on=row.is_on,
                changed_at=row.changed_at,
            )
            for row in rows
        ],
    )


@router.put("/webhooks/{webhook_id}", status_code=204)
async def change(webhook_id: UUID, wish: WebhookIn, session: Write, built: Built, who: CurrentActor, at: Now) -> None:
    """Make a webhook or change it."""
    meant = webhooks.Wish(name=wish.name, address=wish.address, kinds=frozenset(wish.kinds), is_on=wish.is_on)
    await webhooks.change(session, built.webhooks, who, webhook_id, meant, at)


@router.get("/webhooks/{webhook_id}/secret")
async def secret(webhook_id: UUID, session: Read, built: Built, who: CurrentActor) -> SecretOut:
    """What the receiver checks signatures with."""
    require(who, "webhook:change", Subject(jurisdiction_id=who.jurisdiction_id))
    if await stored.one(session, who.jurisdiction_id, webhook_id) is None:
        raise NotFound("webhook.unknown")
    return SecretOut(secret=built.webhooks.secret(webhook_id))


@router.post("/webhooks/{webhook_id}/test", status_code=202)
async def try_out(webhook_id: UUID, session: Write, who: CurrentActor, at: Now) -> Queued:
    """A test message goes out within seconds."""
    return Queued(delivery_id=await webhooks.try_out(session, who, webhook_id, at))


@router.get("/deliveries")
async def deliveries(
    session: Read,
    who: CurrentActor,
    webhook_id: UUID | None = None,
    failed: bool = False,
    before: Annotated[datetime | None, Query()] = None,
    before_id: UUID | None = None,
) -> DeliveriesOut:
    """What went out or waits: of one webhook, or with ``failed`` the dead letters of every door."""
    require(who, "delivery:read", Subject(jurisdiction_id=who.jurisdiction_id))
    after = (before, before_id) if before is not None and before_id is not None else None
    rows = await stored.receipts(
        session, who.jurisdiction_id, webhook_id=webhook_id, failed=failed, after=after, limit=PAGE + 1
    )
    return DeliveriesOut(deliveries=_shown(rows[:PAGE]), more=len(rows) > PAGE)


@router.post("/deliveries/try-again")
async def try_again(wish: AgainIn, session: Write, who: CurrentActor, at: Now) -> AgainOut:
    """Dead letters go out once more."""
    return AgainOut(delivery_ids=await webhooks.try_again(session, who, wish.delivery_ids, at))


def _shown(rows: Sequence[stored.Receipt]) -> list[DeliveryOut]:
    return [DeliveryOut.model_validate(row, from_attributes=True) for row in rows]
