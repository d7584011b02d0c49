"""Phones that can be rung, and what their people wish."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.domain.notifications import MessageKind
from gridward.domain.notifications_outward import Quiet, Wishes
from gridward.persistence.accounts.rows import PersonRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.notifications.rows import NotificationWishRow, PushSubscriptionRow


async def of_person(session: ReadSession | WriteSession, person_id: UUID) -> Sequence[PushSubscriptionRow]:
    """A person's phones, the newest first."""
    query = (
        select(PushSubscriptionRow)
        .where(PushSubscriptionRow.person_id == person_id)
        .order_by(PushSubscriptionRow.made_at.desc(), PushSubscriptionRow.subscription_id)
    )
    return (await session.execute(query)).scalars().all()


async def locked(session: WriteSession, subscription_id: UUID) -> PushSubscriptionRow | None:
    """The row, whosever it is, for a change."""
    query = select(PushSubscriptionRow).where(PushSubscriptionRow.subscription_id == subscription_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def keep(session: WriteSession, values: Mapping[str, Any]) -> None:
    """Stores a phone. A browser has one subscription: another row with this endpoint is an older state of it."""
    await session.execute(
        delete(PushSubscriptionRow).where(
            PushSubscriptionRow.endpoint == values["endpoint"],
            PushSubscriptionRow.subscription_id != values["subscription_id"],
        )
    )
    changed = {name: value for name, value in values.items() if name not in ("subscription_id", "made_at")}
    query = upsert(PushSubscriptionRow).values(**values)
    await session.execute(query.on_conflict_do_update(index_elements=["subscription_id"], set_=changed))


async def change(session: WriteSession, subscription_id: UUID, **values: Any) -> None:
    await session.execute(
        update(PushSubscriptionRow).where(PushSubscriptionRow.subscription_id == subscription_id).values(**values)
    )


async def remove(session: WriteSession, subscription_ids: Collection[UUID]) -> None:
    await session.execute(delete(PushSubscriptionRow).where(PushSubscriptionRow.subscription_id.in_(subscription_ids)))


async def phones_on(session: WriteSession, person_ids: Collection[UUID]) -> dict[UUID, list[UUID]]:
    """Person → subscriptions that have shown that push arrives."""
    query = select(PushSubscriptionRow.person_id, PushSubscriptionRow.subscription_id).where(
        PushSubscriptionRow.person_id.in_(person_ids), PushSubscriptionRow.state == "on"
    )
    found: dict[UUID, list[UUID]] = {}
    for person_id, subscription_id in await session.execute(query):
        found.setdefault(person_id, []).append(subscription_id)
    return found


async def wanting_texts(session: WriteSession, person_ids: Collection[UUID]) -> set[UUID]:
    """Those of them who agreed to SMS and have a number on the roster."""
    query = (
        select(NotificationWishRow.person_id)
        .join(PersonRow, PersonRow.person_id == NotificationWishRow.person_id)
        .where(NotificationWishRow.person_id.in_(person_ids), NotificationWishRow.sms, PersonRow.phone.is_not(None))
    )
    return set((await session.execute(query)).scalars())


def wishes_of(row: NotificationWishRow | None) -> Wishes:
    """What was wished; without a row the usual. A kind that a later version dropped is dropped here too."""
    if row is None:
        return Wishes()
    quiet = None if row.quiet_from is None or row.quiet_to is None else Quiet(row.quiet_from, row.quiet_to)
    return Wishes(quiet=quiet, off=frozenset(kind for kind in MessageKind if kind in row.off), sms=row.sms)


async def wishes(session: ReadSession | WriteSession, person_id: UUID) -> Wishes:
    query = select(NotificationWishRow).where(NotificationWishRow.person_id == person_id)
    return wishes_of((await session.execute(query)).scalar_one_or_none())


async def wish(session: WriteSession, person_id: UUID, jurisdiction_id: UUID, wished: Wishes, at: datetime) -> None:
    values = {
        "person_id": person_id,
        "jurisdiction_id": jurisdiction_id,
        "quiet_from": wished.quiet.starts if wished.quiet else None,
        "quiet_to": wished.quiet.ends if wished.quiet else None,
        "off": sorted(wished.off),
        "sms": wished.sms,
        "changed_at": at,
    }
    query = upsert(NotificationWishRow).values(**values)
    await session.execute(query.on_conflict_do_update(index_elements=["person_id"], set_=values))
