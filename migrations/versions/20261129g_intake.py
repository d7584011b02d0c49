"""Reports from everywhere, units that never sign in, who is on duty.

Revision: 20261129g, after 20261129f
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129g"
down_revision = "20261129f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("outer_warn_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_report_outer_warn", "report", ["outer_warn_at"], postgresql_where=sa.text("outer_warn_at IS NOT NULL")
    )
    op.create_table(
        "unit_link",
        sa.Column("link_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("token_digest", sa.LargeBinary(), nullable=False),
        sa.Column("shared_by", sa.Uuid(), nullable=False),
        sa.Column("shared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("named_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("tries_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_unit_link_ticket_id")),
        sa.PrimaryKeyConstraint("link_id", name=op.f("pk_unit_link")),
    )
    op.create_index("uq_unit_link_token", "unit_link", ["token_digest"], unique=True)
    op.create_index(
        "uq_unit_link_open",
        "unit_link",
        ["ticket_id", "unit_id"],
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_unit_link_named", "unit_link", ["expires_at"], postgresql_where=sa.text("name IS NOT NULL"))
    op.create_table(
        "duty_shift",
        sa.Column("shift_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Uuid(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("to_at > from_at", name=op.f("ck_duty_shift_span_in_order")),
        sa.PrimaryKeyConstraint("shift_id", name=op.f("pk_duty_shift")),
    )
    op.create_index("ix_duty_shift_span", "duty_shift", ["jurisdiction_id", "to_at"])
    op.create_table(
        "handover",
        sa.Column("handover_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("lists", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("taken_by", sa.Uuid(), nullable=True),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("handover_id", name=op.f("pk_handover")),
    )
    op.create_index("ix_handover_made", "handover", ["jurisdiction_id", "made_at"])


def downgrade() -> None:
    op.drop_table("handover")
    op.drop_table("duty_shift")
    op.drop_table("unit_link")
    op.drop_index("ix_report_outer_warn", table_name="report")
    op.drop_column("report", "outer_warn_at")
