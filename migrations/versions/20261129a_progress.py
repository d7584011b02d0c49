"""Pages that tell how a report is getting on, open to whoever has the address.

Revision: 20261129a, after 20261122b
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129a"
down_revision = "20261122b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "progress_link",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("shared_by", sa.Uuid(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_progress_link_ticket_id")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_progress_link")),
    )
    op.create_index("uq_progress_link_token", "progress_link", ["token_digest"], unique=True)
    op.create_index(
        "uq_progress_link_open",
        "progress_link",
        ["ticket_id", "shared_by"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_progress_link_sharer", "progress_link", ["shared_by"], postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "public_photo",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("boxes", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("rendition_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.Text(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('cleared', 'kept_back')", name=op.f("ck_public_photo_decision")),
        sa.CheckConstraint(
            "(decision = 'cleared') = (rendition_id IS NOT NULL)", name=op.f("ck_public_photo_cleared_has_a_copy")
        ),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.photo_id"], name=op.f("fk_public_photo_photo_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_public_photo")),
    )
    op.create_table(
        "public_words",
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("decision", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision IN ('cleared', 'kept_back')", name=op.f("ck_public_words_decision")),
        sa.ForeignKeyConstraint(["text_id"], ["ticket_text.text_id"], name=op.f("fk_public_words_text_id")),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_public_words")),
    )


def downgrade() -> None:
    op.drop_table("public_words")
    op.drop_table("public_photo")
    op.drop_table("progress_link")
