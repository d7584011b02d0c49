"""Supervision orders (督办), numbered for each year; and finding what was merged into a ticket.

Revision: 20261129h, after 20261129g
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129h"
down_revision = "20261129g"
branch_labels = None
depends_on = None

WHEN = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "supervision_order",
        sa.Column("order_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("text_id", sa.Uuid(), nullable=True),
        sa.Column("ordered_by", sa.Uuid(), nullable=True),
        sa.Column("ordered_at", WHEN, nullable=False),
        sa.Column("answer_by", WHEN, nullable=True),
        sa.Column("answer_text_id", sa.Uuid(), nullable=True),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", WHEN, nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_supervision_order_ticket_id")),
        sa.PrimaryKeyConstraint("order_id", name=op.f("pk_supervision_order")),
    )
    op.create_index(
        "uq_supervision_order_number", "supervision_order", ["jurisdiction_id", "year", "number"], unique=True
    )
    op.create_index("ix_supervision_order_ticket", "supervision_order", ["ticket_id"])
    op.create_index(
        "ix_supervision_order_open",
        "supervision_order",
        ["jurisdiction_id", "ordered_at"],
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_index(
        "ix_ticket_merged_into",
        "ticket",
        ["merged_into_id"],
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    # Orders given before they had numbers get them in the order they were given.
    op.execute(
        """
        INSERT INTO supervision_order (order_id, jurisdiction_id, year, number, ticket_id, unit_id, text_id,
            ordered_by, ordered_at, answer_by, answer_text_id, answered_by, answered_at)
        SELECT o.order_id, o.jurisdiction_id, o.year,
            row_number() OVER (PARTITION BY o.jurisdiction_id, o.year ORDER BY o.recorded_at, o.order_id),
            o.ticket_id, o.unit_id, o.text_id, o.actor_id, o.recorded_at, o.answer_by,
            (a.detail #>> '{texts,answer,text_id}')::uuid, a.actor_id, a.recorded_at
        FROM (
            SELECT e.*, (e.detail ->> 'order_id')::uuid AS order_id,
                extract(year FROM e.recorded_at AT TIME ZONE j.time_zone)::int AS year,
                (e.detail #>> '{texts,text,text_id}')::uuid AS text_id,
                (e.detail ->> 'answer_by')::timestamptz AS answer_by,
                (SELECT s.unit_id FROM assignment s WHERE s.ticket_id = e.ticket_id AND s.assigned_at <= e.recorded_at
                 ORDER BY s.assigned_at DESC LIMIT 1) AS unit_id
            FROM entry e JOIN jurisdiction j USING (jurisdiction_id) WHERE e.verb = 'supervision.ordered'
        ) o
        LEFT JOIN LATERAL (
            SELECT x.* FROM entry x WHERE x.ticket_id = o.ticket_id AND x.verb = 'supervision.answered'
              AND x.detail ->> 'order_id' = o.order_id::text ORDER BY x.recorded_at LIMIT 1
        ) a ON true
        """
    )


def downgrade() -> None:
    op.drop_index("ix_ticket_merged_into", "ticket")
    op.drop_table("supervision_order")
