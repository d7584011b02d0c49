"""What a desk keeps: who looks at which ticket, saved views, words used again.

Revision: 20261129e, after 20261129d
"""

revision = "20261129e"
down_revision = "20261129d"
branch_labels = None
depends_on = None


def upgrade() -> None:
    pass


def downgrade() -> None:
    pass
