"""Reports from everywhere, units that never sign in, who is on duty.

Revision: 20261129g, after 20261129f
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129g"
down_revision = "20261129f"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("report", sa.Column("outer_warn_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_report_outer_warn", "report", ["outer_warn_at"], postgresql_where=sa.text("outer_warn_at IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_index("ix_report_outer_warn", table_name="report")
    op.drop_column("report", "outer_warn_at")
