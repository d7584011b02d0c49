"""What figures need.

Revision: 20261129i, after 20261129h
"""

revision = "20261129i"
down_revision = "20261129h"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
