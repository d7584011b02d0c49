"""Statements, publications, corrections and seals.

Revision: 20261129j, after 20261129i
"""

revision = "20261129j"
down_revision = "20261129i"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
