"""The way a patrol plan is to be walked, where somebody drew one.

Revision: 20261129p, after 20261129o
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry

revision = "20261129p"
down_revision = "20261129o"
branch_labels = None
depends_on = None


def upgrade() -> None:
    route = Geometry("MULTILINESTRING", srid=4326, spatial_index=False)
    op.add_column("patrol_plan", sa.Column("route", route, nullable=True))


def downgrade() -> None:
    op.drop_column("patrol_plan", "route")
