"""Patrols: plans, walks, their pieces.

Revision: 20261129l, after 20261129k
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

revision = "20261129l"
down_revision = "20261129k"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def shape(kind: str) -> Geometry:
    return Geometry(kind, srid=4326, spatial_index=False)


def upgrade() -> None:
    op.create_table(
        "patrol_policy",
        sa.Column("policy_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("audiences", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("decided_by", sa.Uuid(), nullable=False),
        sa.Column("decided_at", INSTANT, nullable=False),
        sa.CheckConstraint(
            "audiences <@ ARRAY['paid_stewards', 'safety_patrols']", name=op.f("ck_patrol_policy_audiences_known")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_patrol_policy_reason_given")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.person_id"], name=op.f("fk_patrol_policy_decided_by")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_patrol_policy_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("policy_id", name=op.f("pk_patrol_policy")),
    )
    op.create_index("ix_patrol_policy_newest", "patrol_policy", ["jurisdiction_id", "decided_at"], unique=False)
    op.create_table(
        "patrol_plan",
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("grid_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("members", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("rota", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("valid_from", INSTANT, nullable=False),
        sa.Column("valid_to", INSTANT, nullable=True),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", INSTANT, nullable=False),
        sa.CheckConstraint("name <> ''", name=op.f("ck_patrol_plan_name_given")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_patrol_plan_period_in_order")),
        sa.ForeignKeyConstraint(["changed_by"], ["person.person_id"], name=op.f("fk_patrol_plan_changed_by")),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_patrol_plan_community_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_patrol_plan_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("plan_id", name=op.f("pk_patrol_plan")),
    )
    op.create_index("ix_patrol_plan_jurisdiction", "patrol_plan", ["jurisdiction_id", "community_id"], unique=False)
    op.create_index("ix_patrol_plan_members", "patrol_plan", ["members"], unique=False, postgresql_using="gin")
    op.create_table(
        "checkpoint",
        sa.Column("checkpoint_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("location", shape("POINT"), nullable=False),
        sa.Column("fence_m", sa.Float(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("old_codes", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_checkpoint_name_given")),
        sa.CheckConstraint("fence_m BETWEEN 10 AND 200", name=op.f("ck_checkpoint_fence_in_range")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.grid_id"], name=op.f("fk_checkpoint_grid_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_checkpoint_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["patrol_plan.plan_id"], name=op.f("fk_checkpoint_plan_id")),
        sa.PrimaryKeyConstraint("checkpoint_id", name=op.f("pk_checkpoint")),
        sa.UniqueConstraint("jurisdiction_id", "code", name=op.f("uq_checkpoint_jurisdiction_id_code")),
    )
    op.create_index("ix_checkpoint_location", "checkpoint", ["location"], unique=False, postgresql_using="gist")
    op.create_index("ix_checkpoint_old_codes", "checkpoint", ["old_codes"], unique=False, postgresql_using="gin")
    op.create_index("ix_checkpoint_plan", "checkpoint", ["plan_id"], unique=False)
    op.create_table(
        "patrol",
        sa.Column("patrol_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("turn_starts_at", INSTANT, nullable=True),
        sa.Column("turn_ends_at", INSTANT, nullable=True),
        sa.Column("team", sa.Integer(), nullable=True),
        sa.Column("grid_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("started_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.Column("heard_at", INSTANT, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("clock", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("marks", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("uncounted_since", INSTANT, nullable=True),
        sa.Column("counted_at", INSTANT, nullable=True),
        sa.Column("length_m", sa.Float(), nullable=True),
        sa.Column("walked_s", sa.Float(), nullable=True),
        sa.Column("fixes", sa.Integer(), nullable=True),
        sa.Column("gaps", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("raw_gone_at", INSTANT, nullable=True),
        sa.CheckConstraint("(plan_id IS NULL) <= (turn_starts_at IS NULL)", name=op.f("ck_patrol_turn_has_a_plan")),
        sa.CheckConstraint("(turn_starts_at IS NULL) = (team IS NULL)", name=op.f("ck_patrol_turn_has_a_team")),
        sa.CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name=op.f("ck_patrol_ends_after_it_starts")),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_patrol_community_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_patrol_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_patrol_person_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["patrol_plan.plan_id"], name=op.f("fk_patrol_plan_id")),
        sa.PrimaryKeyConstraint("patrol_id", name=op.f("pk_patrol")),
    )
    op.create_index(
        "ix_patrol_open", "patrol", ["heard_at"], unique=False, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_index("ix_patrol_person", "patrol", ["person_id", "started_at"], unique=False)
    op.create_index(
        "ix_patrol_raw", "patrol", ["started_at"], unique=False, postgresql_where=sa.text("raw_gone_at IS NULL")
    )
    op.create_index("ix_patrol_started", "patrol", ["jurisdiction_id", "started_at"], unique=False)
    op.create_index("ix_patrol_turn", "patrol", ["plan_id", "turn_starts_at"], unique=False)
    op.create_index(
        "ix_patrol_uncounted",
        "patrol",
        ["uncounted_since"],
        unique=False,
        postgresql_where=sa.text("uncounted_since IS NOT NULL"),
    )
    op.create_table(
        "patrol_operation",
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("patrol_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("body", postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
        sa.Column("clock", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("happened_at", INSTANT, nullable=False),
        sa.Column("received_at", INSTANT, nullable=False),
        sa.CheckConstraint("type IN ('positions', 'check_in', 'end')", name=op.f("ck_patrol_operation_type_known")),
        sa.ForeignKeyConstraint(["patrol_id"], ["patrol.patrol_id"], name=op.f("fk_patrol_operation_patrol_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_patrol_operation_person_id")),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_patrol_operation")),
    )
    op.create_index("ix_patrol_operation_patrol", "patrol_operation", ["patrol_id"], unique=False)
    op.create_table(
        "check_in",
        sa.Column("check_in_id", sa.Uuid(), nullable=False),
        sa.Column("patrol_id", sa.Uuid(), nullable=False),
        sa.Column("checkpoint_id", sa.Uuid(), nullable=True),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("location", shape("POINT"), nullable=True),
        sa.Column("accuracy_m", sa.Float(), nullable=True),
        sa.CheckConstraint("how IN ('position', 'code')", name=op.f("ck_check_in_how_known")),
        sa.CheckConstraint(
            "verdict IN ('counted', 'outside_fence', 'too_inaccurate', 'old_sheet', 'other_plan', 'unknown')",
            name=op.f("ck_check_in_verdict_known"),
        ),
        sa.ForeignKeyConstraint(["check_in_id"], ["patrol_operation.op_id"], name=op.f("fk_check_in_check_in_id")),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.checkpoint_id"], name=op.f("fk_check_in_checkpoint_id")
        ),
        sa.ForeignKeyConstraint(["patrol_id"], ["patrol.patrol_id"], name=op.f("fk_check_in_patrol_id")),
        sa.PrimaryKeyConstraint("check_in_id", name=op.f("pk_check_in")),
    )
    op.create_index("ix_check_in_checkpoint", "check_in", ["checkpoint_id", "at"], unique=False)
    op.create_index("ix_check_in_patrol", "check_in", ["patrol_id"], unique=False)
    op.create_table(
        "patrol_piece",
        sa.Column("patrol_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("plan_id", sa.Uuid(), nullable=True),
        sa.Column("walked_at", INSTANT, nullable=False),
        sa.Column("length_m", sa.Float(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("area_m2", sa.Float(), nullable=False),
        sa.Column("street_m", sa.Float(), nullable=False),
        sa.Column("streets_m", sa.Float(), nullable=False),
        sa.Column("checked_in", sa.Boolean(), nullable=False),
        sa.Column("reached", sa.Boolean(), nullable=False),
        sa.Column("piece", shape("MULTIPOLYGON"), nullable=True),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_patrol_piece_community_id")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.grid_id"], name=op.f("fk_patrol_piece_grid_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_patrol_piece_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["patrol_id"], ["patrol.patrol_id"], name=op.f("fk_patrol_piece_patrol_id")),
        sa.ForeignKeyConstraint(["plan_id"], ["patrol_plan.plan_id"], name=op.f("fk_patrol_piece_plan_id")),
        sa.PrimaryKeyConstraint("patrol_id", "grid_id", name=op.f("pk_patrol_piece")),
    )
    op.create_index("ix_patrol_piece_grid", "patrol_piece", ["grid_id", "walked_at"], unique=False)
    op.create_index("ix_patrol_piece_piece", "patrol_piece", ["piece"], unique=False, postgresql_using="gist")
    op.create_index("ix_patrol_piece_walked", "patrol_piece", ["jurisdiction_id", "walked_at"], unique=False)
    op.create_table(
        "patrol_miss",
        sa.Column("miss_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("turn_starts_at", INSTANT, nullable=False),
        sa.Column("team", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("checkpoint_id", sa.Uuid(), nullable=True),
        sa.Column("at", INSTANT, nullable=False),
        sa.Column("found_at", INSTANT, nullable=False),
        sa.Column("lifted_at", INSTANT, nullable=True),
        sa.CheckConstraint(
            "(kind = 'checkpoint') = (checkpoint_id IS NOT NULL)", name=op.f("ck_patrol_miss_checkpoint_named")
        ),
        sa.CheckConstraint("kind IN ('start_overdue', 'patrol', 'checkpoint')", name=op.f("ck_patrol_miss_kind_known")),
        sa.ForeignKeyConstraint(
            ["checkpoint_id"], ["checkpoint.checkpoint_id"], name=op.f("fk_patrol_miss_checkpoint_id")
        ),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_patrol_miss_community_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_patrol_miss_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["plan_id"], ["patrol_plan.plan_id"], name=op.f("fk_patrol_miss_plan_id")),
        sa.PrimaryKeyConstraint("miss_id", name=op.f("pk_patrol_miss")),
    )
    op.create_index("ix_patrol_miss_at", "patrol_miss", ["jurisdiction_id", "at"], unique=False)
    op.create_index(
        "uq_patrol_miss_checkpoint",
        "patrol_miss",
        ["plan_id", "turn_starts_at", "team", "checkpoint_id"],
        unique=True,
        postgresql_where=sa.text("checkpoint_id IS NOT NULL"),
    )
    op.create_index(
        "uq_patrol_miss_turn",
        "patrol_miss",
        ["plan_id", "turn_starts_at", "team", "kind"],
        unique=True,
        postgresql_where=sa.text("checkpoint_id IS NULL"),
    )


def downgrade() -> None:
    op.drop_table("patrol_miss")
    op.drop_table("patrol_piece")
    op.drop_table("check_in")
    op.drop_table("patrol_operation")
    op.drop_table("patrol")
    op.drop_table("checkpoint")
    op.drop_table("patrol_plan")
    op.drop_table("patrol_policy")
