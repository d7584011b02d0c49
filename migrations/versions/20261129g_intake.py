"""Reports from everywhere, units that never sign in, who is on duty.

Revision: 20261129g, after 20261129f
"""

revision = "20261129g"
down_revision = "20261129f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
