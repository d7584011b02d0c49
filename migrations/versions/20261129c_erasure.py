"""What was erased, and which database this is.

Revision: 20261129c, after 20261129b
"""

from alembic import op

revision = "20261129c"
down_revision = "20261129b"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    raise NotImplementedError("restore a backup instead")
