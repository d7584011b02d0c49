"""What a desk keeps: who looks at which ticket, saved views, words used again; and what its sections are counted by.

Revision: 20261129e, after 20261129d
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129e"
down_revision = "20261129d"
branch_labels = None
depends_on = None

Instant = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "ticket_lease",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("until_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("ticket_id", "person_id", name=op.f("pk_ticket_lease")),
    )
    op.create_index("ix_ticket_lease_until", "ticket_lease", ["until_at"])
    op.create_table(
        "saved_view",
        sa.Column("view_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.PrimaryKeyConstraint("view_id", name=op.f("pk_saved_view")),
    )
    op.create_index("ix_saved_view_jurisdiction", "saved_view", ["jurisdiction_id", "owner_id"])
    op.create_table(
        "phrase",
        sa.Column("phrase_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("changed_at", Instant, nullable=False),
        sa.CheckConstraint(
            "use IN ('reject', 'send_back', 'refuse', 'rework', 'cancel', 'ask_more', 'note')",
            name=op.f("ck_phrase_use"),
        ),
        sa.PrimaryKeyConstraint("phrase_id", name=op.f("pk_phrase")),
    )
    op.create_index("ix_phrase_jurisdiction", "phrase", ["jurisdiction_id"])
    op.create_index(
        "ix_ticket_open_near",
        "ticket",
        ["jurisdiction_id", "near_breach_at"],
        postgresql_where=sa.text("is_open AND breached_at IS NULL AND near_breach_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_open_breached",
        "ticket",
        ["jurisdiction_id", "order_at", "ticket_id"],
        postgresql_where=sa.text("is_open AND breached_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_open_breached", table_name="ticket")
    op.drop_index("ix_ticket_open_near", table_name="ticket")
    op.drop_table("phrase")
    op.drop_table("saved_view")
    op.drop_table("ticket_lease")
