"""Rows of messages, of the phones they may ring, and of what went out."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    Time,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridward.persistence.changes import Xid8
from gridward.persistence.database import Row


class NotificationRow(Row):
    """One message for one person about one entry. ``detail`` holds ids, codes and times; the reader's language words it."""

    __tablename__ = "notification"
    __table_args__ = (
        Index("uq_notification_once", "entry_id", "person_id", "kind", unique=True),
        Index("ix_notification_person", "person_id", "made_at"),
        Index("ix_notification_unread", "person_id", postgresql_where=text("read_at IS NULL")),
    )

    notification_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    person_id: Mapped[UUID]
    entry_id: Mapped[UUID]
    ticket_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    read_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class FollowerRow(Row):
    """A follower of the log: everything up to this entry has had its consequences."""

    __tablename__ = "follower"

    name: Mapped[str] = mapped_column(Text, primary_key=True)
    epoch: Mapped[int] = mapped_column(Integer)
    xid: Mapped[str] = mapped_column(Xid8())
    entry_id: Mapped[UUID]


class NotificationWishRow(Row):
    """What a person wants outside the app; nobody's row: the usual. Both ends NULL: no quiet hours."""

    __tablename__ = "notification_wish"
    __table_args__ = (
        CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL) AND quiet_from <> quiet_to", name="quiet_has_ends"),
    )

    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"), primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    quiet_from: Mapped[time | None] = mapped_column(Time)
    quiet_to: Mapped[time | None] = mapped_column(Time)
    off: Mapped[list[str]] = mapped_column(ARRAY(Text))
    sms: Mapped[bool] = mapped_column(Boolean)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class PushSubscriptionRow(Row):
    """A browser that can be rung. It belongs to the sign-in of that phone and goes with it.

    ``state``: ``untested`` until the phone has shown that the message with ``test_token`` came, then ``on``; ``gone``
    when its push service knows it no more. ``p256dh`` and ``auth`` are the browser's keys (RFC 8291).
    """

    __tablename__ = "push_subscription"
    __table_args__ = (
        UniqueConstraint("endpoint"),
        CheckConstraint("state IN ('untested', 'on', 'gone')", name="state_known"),
        CheckConstraint("language IN ('zh', 'en')", name="language_known"),
        CheckConstraint("octet_length(p256dh) = 65 AND octet_length(auth) = 16", name="keys_whole"),
        CheckConstraint("state <> 'on' OR tested_at IS NOT NULL", name="on_was_tested"),
        Index("ix_push_subscription_person", "person_id"),
        Index("ix_push_subscription_session", "session_id"),
    )

    subscription_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    session_id: Mapped[UUID] = mapped_column(ForeignKey("session.session_id", ondelete="CASCADE"))
    endpoint: Mapped[str] = mapped_column(Text)
    p256dh: Mapped[bytes] = mapped_column(LargeBinary)
    auth: Mapped[bytes] = mapped_column(LargeBinary)
    language: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    test_token: Mapped[str | None] = mapped_column(Text)
    test_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    tested_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class WebhookRow(Row):
    """A program outside that is told of messages of these kinds. Its secret is derived, see ``gateways.channels.webhook``."""

    __tablename__ = "webhook"

    webhook_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    name: Mapped[str] = mapped_column(Text)
    address: Mapped[str] = mapped_column(Text)
    kinds: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_on: Mapped[bool] = mapped_column(Boolean)
    changed_by: Mapped[UUID | None]
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class DeliveryRow(Row):
    """A message on its way out by one door: the outward queue.

    Whoever takes it moves ``due_at`` on by the lease in a transaction of its own, sends without one, and says in a third
    what became of it. ``state`` is one of :class:`gridward.domain.notifications_outward.State`, ``text`` of its ``Text``;
    without a notification it is the test message of a phone. ``why``: what the other side said last. A webhook's is about an
    entry and for nobody in particular; ``said`` is its body.
    """

    __tablename__ = "delivery"
    __table_args__ = (
        CheckConstraint("(channel = 'push') = (subscription_id IS NOT NULL)", name="push_has_phone"),
        CheckConstraint("channel IN ('push', 'sms', 'webhook')", name="channel_known"),
        CheckConstraint(
            "(channel = 'webhook') = (webhook_id IS NOT NULL AND said IS NOT NULL AND person_id IS NULL)",
            name="webhook_has_body",
        ),
        CheckConstraint("channel = 'webhook' OR person_id IS NOT NULL", name="phones_have_people"),
        CheckConstraint("(channel = 'sms') = (text IS NOT NULL)", name="sms_has_text"),
        CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name="ended_is_final"),
        Index(
            "uq_delivery_push",
            "notification_id",
            "subscription_id",
            unique=True,
            postgresql_where=text("channel = 'push' AND notification_id IS NOT NULL"),
        ),
        Index("uq_delivery_sms", "notification_id", unique=True, postgresql_where=text("channel = 'sms'")),
        Index(
            "uq_delivery_webhook",
            "webhook_id",
            text("(said ->> 'id')"),
            unique=True,
            postgresql_where=text("channel = 'webhook'"),
        ),
        Index("ix_delivery_failed", "jurisdiction_id", "ended_at", postgresql_where=text("state = 'failed'")),
        Index("ix_delivery_due", "due_at", postgresql_where=text("state = 'waiting'")),
        Index("ix_delivery_person", "person_id", "made_at"),
        Index("ix_delivery_subscription", "subscription_id"),
    )

    delivery_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))
    notification_id: Mapped[UUID | None] = mapped_column(ForeignKey("notification.notification_id", ondelete="CASCADE"))
    channel: Mapped[str] = mapped_column(Text)
    subscription_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("push_subscription.subscription_id", ondelete="CASCADE")
    )
    webhook_id: Mapped[UUID | None] = mapped_column(ForeignKey("webhook.webhook_id"))
    said: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    text: Mapped[str | None] = mapped_column(Text)
    alarm: Mapped[bool] = mapped_column(Boolean)
    made_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    due_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    tries: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    why: Mapped[str | None] = mapped_column(Text)
