"""Subscriptions to messages outside the app, and what their people want to hear.

Revision: 20261129b, after 20261129a
"""

from alembic import op

revision = "20261129b"
down_revision = "20261129a"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
