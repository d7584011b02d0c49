"""Programs outside that are told, what waits for them, and what never came through (dead letters, every door's)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.domain.notifications_outward import Channel, State
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.notifications.rows import DeliveryRow, NotificationRow, WebhookRow


async def of_jurisdiction(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> Sequence[WebhookRow]:
    query = select(WebhookRow).where(WebhookRow.jurisdiction_id == jurisdiction_id)
    return (await session.execute(query.order_by(WebhookRow.name, WebhookRow.webhook_id))).scalars().all()


async def one(session: ReadSession | WriteSession, jurisdiction_id: UUID, webhook_id: UUID) -> WebhookRow | None:
    query = select(WebhookRow).where(WebhookRow.jurisdiction_id == jurisdiction_id, WebhookRow.webhook_id == webhook_id)
    return (await session.execute(query)).scalar_one_or_none()


async def taken(session: WriteSession, webhook_id: UUID) -> bool:
    """Whether this id is a webhook's of any jurisdiction."""
    query = select(WebhookRow.webhook_id).where(WebhookRow.webhook_id == webhook_id)
    return (await session.execute(query)).scalar_one_or_none() is not None


async def keep(session: WriteSession, values: Mapping[str, Any]) -> None:
    changed = {name: value for name, value in values.items() if name not in ("webhook_id", "jurisdiction_id")}
    query = upsert(WebhookRow).values(**values)
    await session.execute(query.on_conflict_do_update(index_elements=["webhook_id"], set_=changed))


async def listening(session: WriteSession, jurisdiction_ids: Collection[UUID]) -> dict[UUID, list[WebhookRow]]:
    """Jurisdiction → webhooks that are on."""
    query = select(WebhookRow).where(WebhookRow.jurisdiction_id.in_(jurisdiction_ids), WebhookRow.is_on)
    found: dict[UUID, list[WebhookRow]] = {}
    for row in (await session.execute(query)).scalars():
        found.setdefault(row.jurisdiction_id, []).append(row)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingCall:
    """A due delivery to a webhook. ``is_on`` False: it was switched off meanwhile."""

    delivery_id: UUID
    webhook_id: UUID
    address: str
    is_on: bool
    said: Mapping[str, Any]
    tries: int


async def due(session: WriteSession, now: datetime, limit: int) -> list[WaitingCall]:
    """Due calls that no other worker has, the oldest first; locked until the transaction ends."""
    query = (
        select(DeliveryRow, WebhookRow.address, WebhookRow.is_on)
        .join(WebhookRow, WebhookRow.webhook_id == DeliveryRow.webhook_id)
        .where(DeliveryRow.state == State.waiting.value, DeliveryRow.due_at <= now)
        .order_by(DeliveryRow.due_at, DeliveryRow.delivery_id)
        .limit(limit)
        .with_for_update(of=DeliveryRow, skip_locked=True)
    )
    return [
        WaitingCall(
            delivery_id=row.DeliveryRow.delivery_id,
            webhook_id=row.DeliveryRow.webhook_id,
            address=row.address,
            is_on=row.is_on,
            said=row.DeliveryRow.said,
            tries=row.DeliveryRow.tries,
        )
        for row in await session.execute(query)
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What became of a delivery. ``why``: what the other side said last; ``kind`` None: a test."""

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


async def receipts(
    session: ReadSession,
    jurisdiction_id: UUID,
    *,
    webhook_id: UUID | None = None,
    failed: bool = False,
    after: tuple[datetime, UUID] | None = None,
    limit: int,
) -> list[Receipt]:
    """Deliveries of a jurisdiction, the newest first: of one webhook, or those that failed by whichever door."""
    query = (
        select(DeliveryRow, NotificationRow.kind, NotificationRow.ticket_id)
        .outerjoin(NotificationRow, NotificationRow.notification_id == DeliveryRow.notification_id)
        .where(DeliveryRow.jurisdiction_id == jurisdiction_id)
        .order_by(DeliveryRow.made_at.desc(), DeliveryRow.delivery_id.desc())
        .limit(limit)
    )
    if webhook_id is not None:
        query = query.where(DeliveryRow.webhook_id == webhook_id)
    if failed:
        query = query.where(DeliveryRow.state == State.failed.value)
    if after is not None:
        query = query.where(tuple_(DeliveryRow.made_at, DeliveryRow.delivery_id) < after)
    return [_receipt(row.DeliveryRow, row.kind, row.ticket_id) for row in await session.execute(query)]


def _receipt(row: DeliveryRow, kind: str | None, ticket_id: UUID | None) -> Receipt:
    said = row.said or {}
    about = said.get("ticket_id")
    return Receipt(
        delivery_id=row.delivery_id,
        channel=row.channel,
        webhook_id=row.webhook_id,
        kind=said.get("kind") if row.channel == Channel.webhook.value else kind,
        ticket_id=UUID(about) if about else ticket_id,
        state=row.state,
        why=row.why,
        tries=row.tries,
        made_at=row.made_at,
        due_at=row.due_at,
        ended_at=row.ended_at,
    )


async def try_again(
    session: WriteSession, jurisdiction_id: UUID, delivery_ids: Collection[UUID], now: datetime
) -> list[UUID]:
    """Dead letters that go out once more, with all their tries; those that are none any more are passed over."""
    query = (
        update(DeliveryRow)
        .where(
            DeliveryRow.jurisdiction_id == jurisdiction_id,
            DeliveryRow.delivery_id.in_(delivery_ids),
            DeliveryRow.state == State.failed.value,
        )
        .values(state=State.waiting.value, ended_at=None, due_at=now, tries=0)
        .returning(DeliveryRow.delivery_id)
        .execution_options(synchronize_session=False)
    )
    return list((await session.execute(query)).scalars())
