"""Set-up on screen: a second step at sign-in, three administrators apart.

Revision: 20261129k, after 20261129j
"""

revision = "20261129k"
down_revision = "20261129j"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
