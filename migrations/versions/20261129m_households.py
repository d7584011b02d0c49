"""Households, ties, visits.

Revision: 20261129m, after 20261129l
"""

revision = "20261129m"
down_revision = "20261129l"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
