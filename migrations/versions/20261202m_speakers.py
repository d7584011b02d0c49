"""Whoever complained is forgotten 180 days after the ticket ended, and found by the number of the other system until then.

Both look at few of all reports: those that the desk filed for somebody.

Revision: 20261202m, after 20261201v
"""

import sqlalchemy as sa
from alembic import op

revision = "20261202m"
down_revision = "20261201v"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_report_speaker", "report", ["ticket_id"], postgresql_where=sa.text("speaker IS NOT NULL"))
    there = sa.text("outer_no IS NOT NULL")
    op.create_index("ix_report_outer_no", "report", ["jurisdiction_id", "outer_no"], postgresql_where=there)


def downgrade() -> None:
    op.drop_index("ix_report_outer_no", "report")
    op.drop_index("ix_report_speaker", "report")
