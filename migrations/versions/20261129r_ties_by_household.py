"""Since when somebody visits a household, without asking the constraint that keeps two apart.

Revision: 20261129r, after 20261129n
"""

from alembic import op

revision = "20261129r"
down_revision = "20261129n"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_tie_household", "tie", ["household_id", "valid_from"])


def downgrade() -> None:
    op.drop_index("ix_tie_household", table_name="tie")
