"""The newest open tickets of a view are found in the index alone: it holds their places too.

Revision: 20261129d, after 20261129c
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129d"
down_revision = "20261129c"
branch_labels = None
depends_on = None

NEWEST = "ix_ticket_open_newest"
ORDER = ["jurisdiction_id", "received_at", "ticket_id"]
OPEN = sa.text("is_open")


def upgrade() -> None:
    op.drop_index(NEWEST, table_name="ticket")
    op.create_index(NEWEST, "ticket", ORDER, postgresql_include=["location"], postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index(NEWEST, table_name="ticket")
    op.create_index(NEWEST, "ticket", ORDER, postgresql_where=OPEN)
