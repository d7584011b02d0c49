"""Ledgers and forms that go upward.

Revision: 20261129n, after 20261129m
"""

revision = "20261129n"
down_revision = "20261129m"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
