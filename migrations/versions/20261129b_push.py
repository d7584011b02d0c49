"""Subscriptions to messages outside the app, and what their people want to hear.

Revision: 20261129b, after 20261129a
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129b"
down_revision = "20261129a"
branch_labels = None
depends_on = None


def instant(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    op.create_table(
        "notification_wish",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_to", sa.Time(), nullable=True),
        sa.Column("off", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("sms", sa.Boolean(), nullable=False),
        instant("changed_at"),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_to IS NULL) AND quiet_from <> quiet_to",
            name=op.f("ck_notification_wish_quiet_has_ends"),
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.jurisdiction_id"],
            name=op.f("fk_notification_wish_jurisdiction_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_notification_wish_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notification_wish")),
    )
    op.create_table(
        "push_subscription",
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("p256dh", sa.LargeBinary(), nullable=False),
        sa.Column("auth", sa.LargeBinary(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        instant("made_at"),
        sa.Column("test_token", sa.Text(), nullable=True),
        instant("test_at", nullable=True),
        instant("tested_at", nullable=True),
        sa.CheckConstraint("language IN ('zh', 'en')", name=op.f("ck_push_subscription_language_known")),
        sa.CheckConstraint(
            "octet_length(p256dh) = 65 AND octet_length(auth) = 16", name=op.f("ck_push_subscription_keys_whole")
        ),
        sa.CheckConstraint("state <> 'on' OR tested_at IS NOT NULL", name=op.f("ck_push_subscription_on_was_tested")),
        sa.CheckConstraint("state IN ('untested', 'on', 'gone')", name=op.f("ck_push_subscription_state_known")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"],
            ["jurisdiction.jurisdiction_id"],
            name=op.f("fk_push_subscription_jurisdiction_id"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_push_subscription_person_id")),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["session.session_id"],
            name=op.f("fk_push_subscription_session_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", name=op.f("pk_push_subscription")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscription_endpoint")),
    )
    op.create_index("ix_push_subscription_person", "push_subscription", ["person_id"])
    op.create_index("ix_push_subscription_session", "push_subscription", ["session_id"])
    op.create_table(
        "delivery",
        sa.Column("delivery_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=True),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("alarm", sa.Boolean(), nullable=False),
        instant("made_at"),
        instant("due_at"),
        sa.Column("tries", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        instant("ended_at", nullable=True),
        sa.Column("why", sa.Text(), nullable=True),
        sa.CheckConstraint("channel IN ('push', 'sms')", name=op.f("ck_delivery_channel_known")),
        sa.CheckConstraint("(state = 'waiting') = (ended_at IS NULL)", name=op.f("ck_delivery_ended_is_final")),
        sa.CheckConstraint(
            "(channel = 'push') = (subscription_id IS NOT NULL)", name=op.f("ck_delivery_push_has_phone")
        ),
        sa.CheckConstraint("(channel = 'sms') = (text IS NOT NULL)", name=op.f("ck_delivery_sms_has_text")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_delivery_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notification.notification_id"],
            name=op.f("fk_delivery_notification_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_delivery_person_id")),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["push_subscription.subscription_id"],
            name=op.f("fk_delivery_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("delivery_id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_due", "delivery", ["due_at"], postgresql_where=sa.text("state = 'waiting'"))
    op.create_index("ix_delivery_person", "delivery", ["person_id", "made_at"])
    op.create_index("ix_delivery_subscription", "delivery", ["subscription_id"])
    op.create_index(
        "uq_delivery_push",
        "delivery",
        ["notification_id", "subscription_id"],
        unique=True,
        postgresql_where=sa.text("channel = 'push' AND notification_id IS NOT NULL"),
    )
    op.create_index(
        "uq_delivery_sms",
        "delivery",
        ["notification_id"],
        unique=True,
        postgresql_where=sa.text("channel = 'sms'"),
    )


def downgrade() -> None:
    op.drop_table("delivery")
    op.drop_table("push_subscription")
    op.drop_table("notification_wish")
