"""The outward queue: one table, taken by ``SKIP LOCKED``, given back by time.

A table of our own and no job library: what a job library brings (scheduling, its own tables and migrations, a second
loop in the worker) is more than this file, and quiet hours, bundles and daily limits have to look at the waiting rows
of a person together, which jobs that run one by one cannot.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import DateTime, and_, bindparam, delete, exists, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.domain.notifications import MessageKind
from gridward.domain.notifications_outward import LEASE, Channel, Due, State, Wishes
from gridward.persistence.accounts.rows import JurisdictionRow, PersonRow, SessionRow
from gridward.persistence.database import Glance, WriteSession
from gridward.persistence.notifications.rows import (
    DeliveryRow,
    NotificationRow,
    NotificationWishRow,
    PushSubscriptionRow,
)
from gridward.persistence.notifications.subscriptions import wishes_of
from gridward.persistence.prepared import Prepared


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """A due delivery with what it takes to send it: the phone's row for a push, number and template for an SMS."""

    due: Due
    tries: int
    person_id: UUID
    ticket_id: UUID | None
    zone: ZoneInfo
    wishes: Wishes
    phone: PushSubscriptionRow | None
    number: str | None
    text: str | None


async def add(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> None:
    """Deliveries for messages; one that is there already is not made twice."""
    if rows:
        await session.execute(upsert(DeliveryRow).values(list(rows)).on_conflict_do_nothing())


# The state is said in the statement itself: the index holds the waiting ones alone.
_DUE = (
    DeliveryRow.state == literal_column(f"'{State.waiting.value}'"),
    DeliveryRow.due_at <= bindparam("now", type_=DateTime(timezone=True)),
)
DUE = Prepared(select(exists(select(DeliveryRow.delivery_id).where(*_DUE)).label("some")))


async def is_some_due(glance: Glance, now: datetime) -> bool:
    """Whether anything waits for now, for people or for webhooks."""
    (found,) = await DUE.rows(glance, {"now": now})
    return bool(found.some)


async def lock_people(session: WriteSession, now: datetime, limit: int) -> Sequence[UUID]:
    """People with something due, locked for us: all that waits for one person is decided by one worker.

    Whoever another worker has is passed over.
    """
    waiting = select(DeliveryRow.person_id).where(
        DeliveryRow.state == State.waiting.value, DeliveryRow.due_at <= now, DeliveryRow.person_id.is_not(None)
    )
    query = (
        select(PersonRow.person_id)
        .where(PersonRow.person_id.in_(waiting))
        .limit(limit)
        .with_for_update(key_share=True, skip_locked=True)
    )
    return (await session.execute(query)).scalars().all()


async def due(session: WriteSession, person_ids: Collection[UUID], now: datetime) -> list[Waiting]:
    """What is due for these people, the oldest first."""
    day_began = func.timezone(
        JurisdictionRow.time_zone, func.date_trunc("day", func.timezone(JurisdictionRow.time_zone, now))
    )
    earlier = DeliveryRow.__table__.alias("earlier")
    under_way = and_(earlier.c.state == State.waiting.value, earlier.c.tries > 0, earlier.c.due_at > now)
    texts = (
        select(func.count())
        .select_from(earlier)
        .where(
            earlier.c.person_id == DeliveryRow.person_id,
            earlier.c.channel == Channel.sms.value,
            or_(and_(earlier.c.state == State.sent.value, earlier.c.ended_at >= day_began), under_way),
        )
        .correlate(DeliveryRow, JurisdictionRow)
        .scalar_subquery()
    )
    query = (
        select(
            DeliveryRow,
            NotificationRow.kind,
            NotificationRow.ticket_id,
            NotificationRow.read_at,
            PushSubscriptionRow,
            SessionRow.ended_at.label("session_ended_at"),
            PersonRow.disabled_at,
            PersonRow.phone,
            JurisdictionRow.time_zone,
            NotificationWishRow,
            texts.label("texts"),
        )
        .join(PersonRow, PersonRow.person_id == DeliveryRow.person_id)
        .join(JurisdictionRow, JurisdictionRow.jurisdiction_id == DeliveryRow.jurisdiction_id)
        .outerjoin(NotificationRow, NotificationRow.notification_id == DeliveryRow.notification_id)
        .outerjoin(PushSubscriptionRow, PushSubscriptionRow.subscription_id == DeliveryRow.subscription_id)
        .outerjoin(SessionRow, SessionRow.session_id == PushSubscriptionRow.session_id)
        .outerjoin(NotificationWishRow, NotificationWishRow.person_id == DeliveryRow.person_id)
        .where(
            DeliveryRow.person_id.in_(person_ids),
            DeliveryRow.state == State.waiting.value,
            DeliveryRow.due_at <= now,
        )
        .order_by(DeliveryRow.made_at, DeliveryRow.delivery_id)
    )
    return [_waiting(row) for row in await session.execute(query)]


def _waiting(row: Any) -> Waiting:
    delivery, phone = row.DeliveryRow, row.PushSubscriptionRow
    if phone is None:
        reachable = row.phone is not None
    else:
        wanted = ("on",) if row.kind else ("on", "untested")
        reachable = row.session_ended_at is None and phone.state in wanted
    return Waiting(
        due=Due(
            delivery_id=delivery.delivery_id,
            channel=Channel(delivery.channel),
            phone=delivery.subscription_id,
            kind=MessageKind(row.kind) if row.kind else None,
            alarm=delivery.alarm,
            made_at=delivery.made_at,
            read=row.read_at is not None,
            reachable=reachable and row.disabled_at is None,
            texts_today=row.texts,
        ),
        tries=delivery.tries,
        person_id=delivery.person_id,
        ticket_id=row.ticket_id,
        zone=ZoneInfo(row.time_zone),
        wishes=wishes_of(row.NotificationWishRow),
        phone=phone,
        number=row.phone,
        text=delivery.text,
    )


async def take(session: WriteSession, delivery_ids: Collection[UUID], now: datetime) -> None:
    """These are sent now. If nobody says what became of them, they are due again when the lease is over."""
    await _change(session, delivery_ids, due_at=now + LEASE, tries=DeliveryRow.tries + 1)


async def hold(session: WriteSession, delivery_ids: Collection[UUID], until: datetime, why: str | None = None) -> None:
    """Not before ``until``."""
    await _change(session, delivery_ids, due_at=until, **({} if why is None else {"why": why}))


async def end(
    session: WriteSession, delivery_ids: Collection[UUID], state: State, at: datetime, why: str | None = None
) -> None:
    """Final; one that has ended already stays as it is."""
    await _change(session, delivery_ids, state=state.value, ended_at=at, why=why)


async def end_for_phone(session: WriteSession, subscription_id: UUID, state: State, at: datetime) -> None:
    """All that still waits for a phone."""
    await session.execute(
        update(DeliveryRow)
        .where(DeliveryRow.subscription_id == subscription_id, DeliveryRow.state == State.waiting.value)
        .values(state=state.value, ended_at=at)
    )


async def look_again(session: WriteSession, person_id: UUID, now: datetime) -> None:
    """What was held for a person is judged anew: the wishes have changed."""
    await session.execute(
        update(DeliveryRow)
        .where(
            DeliveryRow.person_id == person_id,
            DeliveryRow.state == State.waiting.value,
            DeliveryRow.tries == 0,
            DeliveryRow.due_at > now,
        )
        .values(due_at=now)
    )


async def prune(session: WriteSession, before: datetime, limit: int) -> bool:
    """Forget what ended, and phones that never answered or are gone, before this; True: there may be more."""
    old = select(DeliveryRow.delivery_id).where(DeliveryRow.ended_at < before).limit(limit)
    gone = await session.execute(
        delete(DeliveryRow)
        .where(DeliveryRow.delivery_id.in_(old))
        .returning(DeliveryRow.delivery_id)
        .execution_options(synchronize_session=False)
    )
    await session.execute(
        delete(PushSubscriptionRow)
        .where(PushSubscriptionRow.state != "on", PushSubscriptionRow.made_at < before)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all()) >= limit


async def _change(session: WriteSession, delivery_ids: Collection[UUID], **values: Any) -> None:
    if delivery_ids:
        await session.execute(
            update(DeliveryRow)
            .where(DeliveryRow.delivery_id.in_(delivery_ids), DeliveryRow.state == State.waiting.value)
            .values(**values)
            .execution_options(synchronize_session=False)
        )
