"""Every table, generated from the rows in ``gridward.persistence``.

Revision: 20261122a, after
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

import gridward.persistence.changes

revision = "20261122a"
down_revision = None
branch_labels = None
depends_on = None


EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")


def upgrade() -> None:
    for extension in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.create_table(
        "change",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column(
            "xid",
            gridward.persistence.changes.Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.CheckConstraint("op IN ('u', 'r')", name=op.f("ck_change_op")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
    )
    op.create_index("ix_change_at", "change", ["at"], unique=False)
    op.create_index(
        "ix_change_feed",
        "change",
        ["jurisdiction_id", "scope", "epoch", "xid", "seq"],
        unique=False,
    )
    op.create_table(
        "entry",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column(
            "xid",
            gridward.persistence.changes.Xid8(),
            server_default=sa.text("pg_current_xact_id()"),
            nullable=False,
        ),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_version", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hash_version", sa.SmallInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_entry")),
    )
    op.create_index("ix_entry_order", "entry", ["epoch", "xid", "entry_id"], unique=False)
    op.create_index("ix_entry_recorded", "entry", ["jurisdiction_id", "recorded_at"], unique=False)
    op.create_index(
        "ix_entry_subject",
        "entry",
        ["jurisdiction_id", "subject", "subject_id"],
        unique=False,
    )
    op.create_index(
        "uq_entry_ticket",
        "entry",
        ["ticket_id", "ticket_version"],
        unique=True,
        postgresql_where=sa.text("ticket_id IS NOT NULL"),
    )
    op.create_table(
        "system",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("feed_epoch", sa.SmallInteger(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("pruned_through", gridward.persistence.changes.Xid8(), nullable=True),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_system")),
    )


def downgrade() -> None:
    op.drop_table("system")
    op.drop_index(
        "uq_entry_ticket",
        table_name="entry",
        postgresql_where=sa.text("ticket_id IS NOT NULL"),
    )
    op.drop_index("ix_entry_subject", table_name="entry")
    op.drop_index("ix_entry_recorded", table_name="entry")
    op.drop_index("ix_entry_order", table_name="entry")
    op.drop_table("entry")
    op.drop_index("ix_change_feed", table_name="change")
    op.drop_index("ix_change_at", table_name="change")
    op.drop_table("change")
