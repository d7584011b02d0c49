"""Persons that were erased; which database this is; epochs that two restores never share.

Revision: 20261129c, after 20261129b
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129c"
down_revision = "20261129b"
branch_labels = None
depends_on = None

EPOCHS = (("system", "feed_epoch"), ("change", "epoch"), ("entry", "epoch"), ("follower", "epoch"))

NAME_THE_DATABASE = """
UPDATE system SET identity = concat_ws('/', identity,
    ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int,
    'system'::regclass::oid)
WHERE identity = (SELECT system_identifier::text FROM pg_control_system())
"""
"""A copy that somebody made by hand keeps the identity of its original, and is found out by that."""


def upgrade() -> None:
    op.add_column("person", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    for table, column in EPOCHS:
        op.alter_column(table, column, type_=sa.Integer(), existing_type=sa.SmallInteger(), existing_nullable=False)
    op.execute(NAME_THE_DATABASE)


def downgrade() -> None:
    op.execute("UPDATE system SET identity = split_part(identity, '/', 1)")
    for table, column in EPOCHS:
        op.alter_column(table, column, type_=sa.SmallInteger(), existing_type=sa.Integer(), existing_nullable=False)
    op.drop_column("person", "erased_at")
