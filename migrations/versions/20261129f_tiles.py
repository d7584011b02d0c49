"""What tiles of the map need.

Revision: 20261129f, after 20261129e
"""

revision = "20261129f"
down_revision = "20261129e"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
