"""A supervision order is the unit's that it was given to: it finds it by that, and the desk may note its answer (代办).

Revision: 20261202n, after 20261202m
"""

import sqlalchemy as sa
from alembic import op

revision = "20261202n"
down_revision = "20261202m"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("supervision_order", sa.Column("on_behalf", sa.Boolean(), nullable=True))
    op.execute("UPDATE supervision_order SET on_behalf = false WHERE answered_at IS NOT NULL")
    op.create_index(
        "ix_supervision_order_unit",
        "supervision_order",
        ["unit_id"],
        postgresql_where=sa.text("unit_id IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_supervision_order_unit", "supervision_order")
    op.drop_column("supervision_order", "on_behalf")
