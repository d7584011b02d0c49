"""What twins, splits, requests and checks at the desk need.

Revision: 20261129h, after 20261129g
"""

revision = "20261129h"
down_revision = "20261129g"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
