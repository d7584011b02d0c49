"""Steps taken for a unit counted apart, rulings of shirking found by their time, figures beside a statement's clocks.

Rounds that are there already say 0 until ``gridward rebuild`` has folded them again; what a month was told stays.

Revision: 20261129s, after 20261129p
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129s"
down_revision = "20261129p"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name in ("desk_steps", "link_steps"):
        op.add_column("ticket_round", sa.Column(name, sa.SmallInteger(), nullable=False, server_default="0"))
        op.alter_column("ticket_round", name, server_default=None)
    op.add_column("statement", sa.Column("beside", postgresql.JSONB(), nullable=False, server_default="{}"))
    op.alter_column("statement", "beside", server_default=None)
    op.create_index(
        "ix_entry_shirking",
        "entry",
        ["jurisdiction_id", "recorded_at"],
        postgresql_where=sa.text("verb = 'shirking.ruled'"),
    )


def downgrade() -> None:
    op.drop_index("ix_entry_shirking", table_name="entry")
    op.drop_column("statement", "beside")
    for name in ("link_steps", "desk_steps"):
        op.drop_column("ticket_round", name)
