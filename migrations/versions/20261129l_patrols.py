"""Patrols: plans, walks, their pieces.

Revision: 20261129l, after 20261129k
"""

revision = "20261129l"
down_revision = "20261129k"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
