"""What a unit that never signs in said on paper or by telephone is entered by a supervisor, with who said it.

Revision: 20261202t, after 20261201v
"""

import sqlalchemy as sa
from alembic import op

revision = "20261202t"
down_revision = "20261202s"
branch_labels = None
depends_on = None

TABLES = ("objection", "explanation")


def upgrade() -> None:
    for table in TABLES:
        op.add_column(table, sa.Column("said_by", sa.Text(), nullable=True))
        op.add_column(table, sa.Column("way", sa.Text(), nullable=True))
        op.create_check_constraint(
            op.f(f"ck_{table}_said_whole"), table, "(said_by IS NULL) = (way IS NULL) AND way IN ('paper', 'telephone')"
        )


def downgrade() -> None:
    for table in TABLES:
        op.drop_constraint(op.f(f"ck_{table}_said_whole"), table)
        op.drop_column(table, "way")
        op.drop_column(table, "said_by")
