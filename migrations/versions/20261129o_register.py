"""Lines merged into a household are found by it; who was shown numbers is listed by time.

Revision: 20261129o, after 20261129r
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129o"
down_revision = "20261129r"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_household_merged",
        "household",
        ["merged_into_id"],
        postgresql_where=sa.text("merged_into_id IS NOT NULL"),
    )
    op.create_index("ix_household_reveal_at", "household_reveal", ["jurisdiction_id", "at"])


def downgrade() -> None:
    op.drop_index("ix_household_reveal_at", "household_reveal")
    op.drop_index("ix_household_merged", "household")
