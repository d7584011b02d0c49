"""Cells of the map are counted in an index alone: the one of the newest open tickets holds what they count too.

Revision: 20261129f, after 20261129e
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129f"
down_revision = "20261129e"
branch_labels = None
depends_on = None

NEWEST = "ix_ticket_open_newest"
ORDER = ["jurisdiction_id", "received_at", "ticket_id"]
COUNTED = [
    "location",
    "status",
    "unit_id",
    "grid_id",
    "community_id",
    "category_code",
    "next_due_at",
    "near_breach_at",
    "breached_at",
    "paused",
]
OPEN = sa.text("is_open")


def upgrade() -> None:
    op.drop_index(NEWEST, table_name="ticket")
    op.create_index(NEWEST, "ticket", ORDER, postgresql_include=COUNTED, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index(NEWEST, table_name="ticket")
    op.create_index(NEWEST, "ticket", ORDER, postgresql_include=["location"], postgresql_where=OPEN)
