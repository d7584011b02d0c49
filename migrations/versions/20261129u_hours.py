"""Whether hours are counted (服务时长) is part of the decision about patrols; no decision that stands counted them.

Revision: 20261129u, after 20261129s
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129u"
down_revision = "20261129s"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("patrol_policy", sa.Column("hours", sa.Boolean(), nullable=False, server_default="false"))
    op.alter_column("patrol_policy", "hours", server_default=None)
    op.create_check_constraint(
        op.f("ck_patrol_policy_hours_of_somebody"), "patrol_policy", "NOT hours OR cardinality(audiences) > 0"
    )


def downgrade() -> None:
    op.drop_constraint(op.f("ck_patrol_policy_hours_of_somebody"), "patrol_policy")
    op.drop_column("patrol_policy", "hours")
