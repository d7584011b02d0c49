"""Pages that tell how a report is getting on, open to whoever has the address.

Revision: 20261129a, after 20261122b
"""

from alembic import op

revision = "20261129a"
down_revision = "20261122b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
