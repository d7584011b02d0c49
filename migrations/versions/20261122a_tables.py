"""Every table, generated from the rows in ``gridward.persistence``.

Revision: 20261122a, after
"""

import sqlalchemy as sa
from alembic import op
from geoalchemy2 import Geometry
from sqlalchemy.dialects import postgresql

import gridward.persistence.changes

revision = "20261122a"
down_revision = None
branch_labels = None
depends_on = None


EXTENSIONS = ("postgis", "pg_trgm", "btree_gist")


def upgrade() -> None:
    for extension in EXTENSIONS:
        op.execute(f"CREATE EXTENSION IF NOT EXISTS {extension}")
    op.create_table(
        "change",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column(
            "xid", gridward.persistence.changes.Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("op", sa.Text(), nullable=False),
        sa.CheckConstraint("op IN ('u', 'r')", name=op.f("ck_change_op")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_change")),
    )
    op.create_index("ix_change_feed", "change", ["jurisdiction_id", "scope", "epoch", "xid", "seq"], unique=False)
    op.create_index("ix_change_order", "change", ["epoch", "xid", "seq"], unique=False)
    op.create_table(
        "dropped_photo",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_dropped_photo")),
    )
    op.create_table(
        "entry",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column(
            "xid", gridward.persistence.changes.Xid8(), server_default=sa.text("pg_current_xact_id()"), nullable=False
        ),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("via", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("ticket_version", sa.Integer(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("hash_version", sa.SmallInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_entry")),
    )
    op.create_index("ix_entry_order", "entry", ["epoch", "xid", "entry_id"], unique=False)
    op.create_index("ix_entry_recorded", "entry", ["jurisdiction_id", "recorded_at"], unique=False)
    op.create_index("ix_entry_subject", "entry", ["jurisdiction_id", "subject", "subject_id"], unique=False)
    op.create_index(
        "uq_entry_ticket",
        "entry",
        ["ticket_id", "ticket_version"],
        unique=True,
        postgresql_where=sa.text("ticket_id IS NOT NULL"),
    )
    op.create_table(
        "follower",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("epoch", sa.SmallInteger(), nullable=False),
        sa.Column("xid", gridward.persistence.changes.Xid8(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_follower")),
    )
    op.create_table(
        "jurisdiction",
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), server_default=sa.text("'Asia/Shanghai'"), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column(
            "emergency_numbers", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'[]'"), nullable=False
        ),
        sa.Column("invented", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.PrimaryKeyConstraint("jurisdiction_id", name=op.f("pk_jurisdiction")),
    )
    op.create_table(
        "notification",
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("notification_id", name=op.f("pk_notification")),
    )
    op.create_index("ix_notification_person", "notification", ["person_id", "made_at"], unique=False)
    op.create_index(
        "ix_notification_unread",
        "notification",
        ["person_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.create_index("uq_notification_once", "notification", ["entry_id", "person_id", "kind"], unique=True)
    op.create_table(
        "sms_code",
        sa.Column("sms_code_id", sa.Uuid(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("sms_code_id", name=op.f("pk_sms_code")),
    )
    op.create_index("ix_sms_code_made", "sms_code", ["made_at"], unique=False)
    op.create_index("ix_sms_code_number", "sms_code", ["number_hash", "made_at"], unique=False)
    op.create_table(
        "system",
        sa.Column("one", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("feed_epoch", sa.SmallInteger(), nullable=False),
        sa.Column("identity", sa.Text(), nullable=False),
        sa.Column("pruned_through", gridward.persistence.changes.Xid8(), nullable=True),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_system")),
    )
    op.create_geospatial_table(
        "ticket",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("number_day", sa.Date(), nullable=False),
        sa.Column("number_area_id", sa.Uuid(), nullable=False),
        sa.Column("short_no", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("standard_id", sa.Uuid(), nullable=False),
        sa.Column("condition_id", sa.Text(), nullable=True),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("place_note", sa.Text(), nullable=True),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("building_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("resolution_id", sa.Uuid(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resolve_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("order_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_clock", sa.Text(), nullable=True),
        sa.Column("next_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("near_breach_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused", sa.Boolean(), nullable=False),
        sa.Column("next_step_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verify_way", sa.Text(), nullable=True),
        sa.Column("tray_reason", sa.Text(), nullable=True),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("routing", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.Column("photo_sha256", sa.Text(), nullable=True),
        sa.Column("reports_count", sa.SmallInteger(), nullable=False),
        sa.Column("marks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("merged_into_id", sa.Uuid(), nullable=True),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("search", postgresql.TSVECTOR(), nullable=False),
        sa.CheckConstraint("merged_into_id <> ticket_id", name=op.f("ck_ticket_merged_elsewhere")),
        sa.ForeignKeyConstraint(["merged_into_id"], ["ticket.ticket_id"], name=op.f("fk_ticket_merged_into_id")),
        sa.ForeignKeyConstraint(["parent_id"], ["ticket.ticket_id"], name=op.f("fk_ticket_parent_id")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_ticket")),
    )
    op.create_index("ix_ticket_community", "ticket", ["community_id", "received_at"], unique=False)
    op.create_index(
        "ix_ticket_ended",
        "ticket",
        ["jurisdiction_id", "ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_next_step",
        "ticket",
        ["next_step_at"],
        unique=False,
        postgresql_where=sa.text("next_step_at IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_open_community", "ticket", ["community_id"], unique=False, postgresql_where=sa.text("is_open")
    )
    op.create_index(
        "ix_ticket_open_due",
        "ticket",
        ["jurisdiction_id", "order_at", "ticket_id"],
        unique=False,
        postgresql_where=sa.text("is_open"),
    )
    op.create_index("ix_ticket_open_grid", "ticket", ["grid_id"], unique=False, postgresql_where=sa.text("is_open"))
    op.create_index(
        "ix_ticket_open_newest",
        "ticket",
        ["jurisdiction_id", "received_at", "ticket_id"],
        unique=False,
        postgresql_where=sa.text("is_open"),
    )
    op.create_geospatial_index(
        "ix_ticket_open_place",
        "ticket",
        ["location"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("is_open"),
        postgresql_ops={},
    )
    op.create_index(
        "ix_ticket_open_short_no",
        "ticket",
        ["jurisdiction_id", "short_no"],
        unique=False,
        postgresql_where=sa.text("is_open"),
    )
    op.create_index(
        "ix_ticket_open_unit",
        "ticket",
        ["unit_id", "order_at"],
        unique=False,
        postgresql_where=sa.text("is_open AND unit_id IS NOT NULL"),
    )
    op.create_index(
        "ix_ticket_parent", "ticket", ["parent_id"], unique=False, postgresql_where=sa.text("parent_id IS NOT NULL")
    )
    op.create_index("ix_ticket_received", "ticket", ["jurisdiction_id", "received_at", "ticket_id"], unique=False)
    op.create_index("ix_ticket_search", "ticket", ["search"], unique=False, postgresql_using="gin")
    op.create_index(
        "ix_ticket_tray",
        "ticket",
        ["jurisdiction_id", "received_at"],
        unique=False,
        postgresql_where=sa.text("tray_reason IS NOT NULL"),
    )
    op.create_index("uq_ticket_number", "ticket", ["jurisdiction_id", "number_day", "number"], unique=True)
    op.create_index("uq_ticket_short_no", "ticket", ["number_area_id", "number_day", "short_no"], unique=True)
    op.create_geospatial_table(
        "area",
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("level", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("parent_code", sa.Text(), nullable=True),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.CheckConstraint("code <> ''", name=op.f("ck_area_code_given")),
        sa.CheckConstraint("level IN ('city', 'district', 'street', 'community')", name=op.f("ck_area_level_known")),
        sa.CheckConstraint("ST_IsValid(boundary) AND NOT ST_IsEmpty(boundary)", name=op.f("ck_area_boundary_sound")),
        sa.CheckConstraint("parent_code <> code", name=op.f("ck_area_not_its_own_parent")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id", "parent_code"],
            ["area.jurisdiction_id", "area.code"],
            name=op.f("fk_area_jurisdiction_id_parent_code"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_area_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("area_id", name=op.f("pk_area")),
        sa.UniqueConstraint("jurisdiction_id", "code", name=op.f("uq_area_jurisdiction_id_code")),
    )
    op.create_geospatial_index(
        "ix_area_boundary", "area", ["boundary"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_area_parent", "area", ["jurisdiction_id", "parent_code"], unique=False)
    op.create_table(
        "assignment",
        sa.Column("assignment_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("worker_id", sa.Uuid(), nullable=True),
        sa.Column("by_rule", sa.Boolean(), nullable=False),
        sa.Column("assigned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("routing", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_assignment_ticket_id")),
        sa.PrimaryKeyConstraint("assignment_id", name=op.f("pk_assignment")),
    )
    op.create_index("ix_assignment_ticket", "assignment", ["ticket_id"], unique=False)
    op.create_index("ix_assignment_unit_ended", "assignment", ["unit_id", "ended_at"], unique=False)
    op.create_index(
        "uq_assignment_open", "assignment", ["ticket_id"], unique=True, postgresql_where=sa.text("ended_at IS NULL")
    )
    op.create_table(
        "clock",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("clock_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("round", sa.SmallInteger(), nullable=False),
        sa.Column("number", sa.SmallInteger(), nullable=True),
        sa.Column("assignment_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("unit_kind", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Uuid(), nullable=True),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("binding", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stopped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_final", sa.Boolean(), nullable=False),
        sa.Column("ended_by", sa.Text(), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("void_why", sa.Text(), nullable=True),
        sa.Column("breached_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("extensions", sa.SmallInteger(), nullable=False),
        sa.Column("pauses", sa.SmallInteger(), nullable=False),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("calendars", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("state IN ('running', 'stopped', 'void')", name=op.f("ck_clock_state")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_clock_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", "key", name=op.f("pk_clock")),
        sa.UniqueConstraint("clock_id", name=op.f("uq_clock_clock_id")),
    )
    op.create_index("ix_clock_due", "clock", ["jurisdiction_id", "kind", "due_at"], unique=False)
    op.create_index(
        "ix_clock_unit_due",
        "clock",
        ["unit_id", "kind", "due_at"],
        unique=False,
        postgresql_where=sa.text("unit_id IS NOT NULL"),
    )
    op.create_geospatial_table(
        "landmark",
        sa.Column("landmark_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "ST_IsValid(location) AND NOT ST_IsEmpty(location)", name=op.f("ck_landmark_location_sound")
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_landmark_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("landmark_id", name=op.f("pk_landmark")),
        sa.UniqueConstraint("jurisdiction_id", "code", name=op.f("uq_landmark_jurisdiction_id_code")),
    )
    op.create_geospatial_index(
        "ix_landmark_location", "landmark", ["location"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "operation",
        sa.Column("op_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("after_id", sa.Uuid(), nullable=True),
        sa.Column("status", sa.SmallInteger(), nullable=False),
        sa.Column("answer", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("clock", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_operation_ticket_id")),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_operation")),
    )
    op.create_index("ix_operation_ticket", "operation", ["ticket_id"], unique=False)
    op.create_table(
        "past_batch",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("file_digest", sa.LargeBinary(), nullable=False),
        sa.Column("reading_digest", sa.LargeBinary(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_past_batch_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("batch_id", name=op.f("pk_past_batch")),
        sa.UniqueConstraint("jurisdiction_id", "name", name=op.f("uq_past_batch_jurisdiction_id_name")),
    )
    op.create_geospatial_table(
        "report",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("schema", sa.SmallInteger(), nullable=False),
        sa.Column("reporter_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("speaker", sa.Text(), nullable=True),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outer_no", sa.Text(), nullable=True),
        sa.Column("outer_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("patrol_id", sa.Uuid(), nullable=True),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("category_code", sa.Text(), nullable=True),
        sa.Column("condition_id", sa.Text(), nullable=True),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column("accuracy_m", sa.Double(), nullable=True),
        sa.Column("location_age_s", sa.Double(), nullable=True),
        sa.Column("location_source", sa.Text(), nullable=True),
        sa.Column("place_note", sa.Text(), nullable=True),
        sa.Column("captured_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("clock", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("agent", sa.Text(), nullable=True),
        sa.Column("self_resolved", sa.Boolean(), nullable=False),
        sa.Column("marks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_report_ticket_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_report")),
    )
    op.create_index("ix_report_reporter", "report", ["reporter_id", "received_at"], unique=False)
    op.create_index("ix_report_ticket", "report", ["ticket_id"], unique=False)
    op.create_table(
        "request",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("asked_by_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("detail", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.Column("decided_by_id", sa.Uuid(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_request_ticket_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_request")),
    )
    op.create_index(
        "ix_request_open",
        "request",
        ["jurisdiction_id", "asked_at"],
        unique=False,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_index("ix_request_ticket", "request", ["ticket_id"], unique=False)
    op.create_index(
        "uq_request_open", "request", ["ticket_id", "kind"], unique=True, postgresql_where=sa.text("decided_at IS NULL")
    )
    op.create_geospatial_table(
        "street",
        sa.Column("street_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column(
            "path",
            Geometry(
                geometry_type="MULTILINESTRING",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.CheckConstraint("ST_IsValid(path) AND NOT ST_IsEmpty(path)", name=op.f("ck_street_path_sound")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_street_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("street_id", name=op.f("pk_street")),
        sa.UniqueConstraint("jurisdiction_id", "code", name=op.f("uq_street_jurisdiction_id_code")),
    )
    op.create_geospatial_index(
        "ix_street_path", "street", ["path"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_table(
        "territory_import",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("layer", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_territory_import_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_territory_import")),
    )
    op.create_geospatial_table(
        "area_boundary",
        sa.Column("area_boundary_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=False),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("area_id"), "="),
            (sa.text("tstzrange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_area_boundary_one_at_a_time",
        ),
        sa.CheckConstraint(
            "ST_IsValid(boundary) AND NOT ST_IsEmpty(boundary)", name=op.f("ck_area_boundary_boundary_sound")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_area_boundary_period_in_order")),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_area_boundary_area_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_area_boundary_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("area_boundary_id", name=op.f("pk_area_boundary")),
    )
    op.create_geospatial_index(
        "ix_area_boundary_boundary",
        "area_boundary",
        ["boundary"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "grid",
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("code <> ''", name=op.f("ck_grid_code_given")),
        sa.CheckConstraint("kind IN ('cell', 'basic', 'dedicated', 'micro')", name=op.f("ck_grid_kind_known")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_period_in_order")),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_grid_community_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_grid_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("grid_id", name=op.f("pk_grid")),
    )
    op.create_index("ix_grid_community", "grid", ["community_id"], unique=False)
    op.create_index(
        "uq_grid_code", "grid", ["jurisdiction_id", "code"], unique=True, postgresql_where=sa.text("valid_to IS NULL")
    )
    op.create_table(
        "past_ticket",
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("system", sa.Text(), nullable=False),
        sa.Column("outer_no", sa.Text(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["past_batch.batch_id"], name=op.f("fk_past_ticket_batch_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_past_ticket_ticket_id")),
        sa.PrimaryKeyConstraint("ticket_id", name=op.f("pk_past_ticket")),
        sa.UniqueConstraint(
            "jurisdiction_id", "system", "outer_no", name=op.f("uq_past_ticket_jurisdiction_id_system_outer_no")
        ),
    )
    op.create_index("ix_past_ticket_batch", "past_ticket", ["batch_id"], unique=False)
    op.create_table(
        "person",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice_version", sa.Text(), nullable=True),
        sa.Column("notice_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_person_name_given")),
        sa.CheckConstraint("phone ~ '^1[0-9]{10}$'", name=op.f("ck_person_phone_readable")),
        sa.ForeignKeyConstraint(["community_id"], ["area.area_id"], name=op.f("fk_person_community_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_person_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person")),
        sa.UniqueConstraint("jurisdiction_id", "phone", "name", name=op.f("uq_person_jurisdiction_id_phone_name")),
    )
    op.create_index("ix_person_community", "person", ["jurisdiction_id", "community_id"], unique=False)
    op.create_index("ix_person_phone", "person", ["phone"], unique=False, postgresql_where=sa.text("phone IS NOT NULL"))
    op.create_geospatial_table(
        "staged_feature",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=True),
        sa.Column(
            "attributes", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False
        ),
        sa.Column(
            "geometry",
            Geometry(srid=4326, dimension=2, spatial_index=False, from_text="ST_GeomFromEWKT", name="geometry"),
            nullable=True,
        ),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("linked_id", sa.Uuid(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"], ["territory_import.import_id"], name=op.f("fk_staged_feature_import_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("import_id", "row_no", name=op.f("pk_staged_feature")),
    )
    op.create_index("ix_staged_feature_code", "staged_feature", ["import_id", "code"], unique=False)
    op.create_geospatial_index(
        "ix_staged_feature_geometry",
        "staged_feature",
        ["geometry"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_table(
        "ticket_text",
        sa.Column("text_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("author_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("audiences", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("body", sa.Text(), nullable=True),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("audiences <@ ARRAY['reporter', 'unit', 'internal']", name=op.f("ck_ticket_text_audiences")),
        sa.ForeignKeyConstraint(["report_id"], ["report.report_id"], name=op.f("fk_ticket_text_report_id")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_ticket_text_ticket_id")),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_ticket_text")),
    )
    op.create_index("ix_ticket_text_ticket", "ticket_text", ["ticket_id"], unique=False)
    op.create_table(
        "unit",
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("telephone", sa.Text(), nullable=True),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("is_last_resort", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("code <> ''", name=op.f("ck_unit_code_given")),
        sa.CheckConstraint(
            "kind IN ('work', 'estate', 'department', 'owner', 'street', 'community', 'volunteers')",
            name=op.f("ck_unit_kind_known"),
        ),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_unit_area_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_unit_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("unit_id", name=op.f("pk_unit")),
        sa.UniqueConstraint("jurisdiction_id", "code", name=op.f("uq_unit_jurisdiction_id_code")),
    )
    op.create_index("ix_unit_area", "unit", ["jurisdiction_id", "area_id"], unique=False)
    op.create_index(
        "ix_unit_last_resort",
        "unit",
        ["jurisdiction_id", "area_id"],
        unique=False,
        postgresql_where=sa.text("is_last_resort"),
    )
    op.create_geospatial_table(
        "building",
        sa.Column("building_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("house_no", sa.Text(), nullable=True),
        sa.Column("height_m", sa.Float(), nullable=True),
        sa.Column(
            "footprint",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
            ),
            nullable=True,
        ),
        sa.Column(
            "location",
            Geometry(
                geometry_type="POINT",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "ST_IsValid(footprint) AND NOT ST_IsEmpty(footprint)", name=op.f("ck_building_footprint_sound")
        ),
        sa.CheckConstraint(
            "ST_IsValid(location) AND NOT ST_IsEmpty(location)", name=op.f("ck_building_location_sound")
        ),
        sa.CheckConstraint("height_m > 0", name=op.f("ck_building_height_above_ground")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.grid_id"], name=op.f("fk_building_grid_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_building_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("building_id", name=op.f("pk_building")),
        sa.UniqueConstraint("jurisdiction_id", "code", name=op.f("uq_building_jurisdiction_id_code")),
    )
    op.create_geospatial_index(
        "ix_building_footprint", "building", ["footprint"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_index("ix_building_grid", "building", ["grid_id"], unique=False)
    op.create_geospatial_index(
        "ix_building_location", "building", ["location"], unique=False, postgresql_using="gist", postgresql_ops={}
    )
    op.create_geospatial_index(
        "ix_building_without_footprint",
        "building",
        ["location"],
        unique=False,
        postgresql_using="gist",
        postgresql_where=sa.text("footprint IS NULL"),
        postgresql_ops={},
    )
    op.create_table(
        "calendar",
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("calendar_id", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_calendar_version_counts")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_calendar_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["published_by"], ["person.person_id"], name=op.f("fk_calendar_published_by")),
        sa.PrimaryKeyConstraint("jurisdiction_id", "calendar_id", "version", name=op.f("pk_calendar")),
    )
    op.create_table(
        "credential",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("login = lower(login)", name=op.f("ck_credential_login_lower")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_credential_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_credential_person_id")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_credential")),
        sa.UniqueConstraint("login", name=op.f("uq_credential_login")),
    )
    op.create_geospatial_table(
        "grid_boundary",
        sa.Column("grid_boundary_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("grid_id"), "="),
            (sa.text("tstzrange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_grid_boundary_one_at_a_time",
        ),
        sa.CheckConstraint(
            "ST_IsValid(boundary) AND NOT ST_IsEmpty(boundary)", name=op.f("ck_grid_boundary_boundary_sound")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_grid_boundary_period_in_order")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.grid_id"], name=op.f("fk_grid_boundary_grid_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_grid_boundary_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("grid_boundary_id", name=op.f("pk_grid_boundary")),
    )
    op.create_geospatial_index(
        "ix_grid_boundary_boundary",
        "grid_boundary",
        ["boundary"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_grid_boundary_jurisdiction", "grid_boundary", ["jurisdiction_id"], unique=False)
    op.create_table(
        "invite",
        sa.Column("invite_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("printed_hash", sa.LargeBinary(), nullable=False),
        sa.Column("printed_tries", sa.SmallInteger(), server_default=sa.text("0"), nullable=False),
        sa.Column("reusable", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("spent_at IS NULL OR NOT reusable", name=op.f("ck_invite_reusable_unspent")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_invite_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.person_id"], name=op.f("fk_invite_made_by")),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_invite_person_id")),
        sa.PrimaryKeyConstraint("invite_id", name=op.f("pk_invite")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invite_token_hash")),
    )
    op.create_index("ix_invite_person", "invite", ["person_id"], unique=False)
    op.create_table(
        "photo",
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("uploader_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("file_kind", sa.Text(), nullable=False),
        sa.Column("stored_sha256", sa.Text(), nullable=False),
        sa.Column("stored_size", sa.Integer(), nullable=False),
        sa.Column("thumb_sha256", sa.Text(), nullable=False),
        sa.Column("thumb_size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("claim", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("sha256 ~ '^[0-9a-f]{64}$'", name=op.f("ck_photo_sha256")),
        sa.CheckConstraint("size > 0", name=op.f("ck_photo_size")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_photo_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["uploader_id"], ["person.person_id"], name=op.f("fk_photo_uploader_id")),
        sa.PrimaryKeyConstraint("photo_id", name=op.f("pk_photo")),
    )
    op.create_index(
        "ix_photo_received", "photo", ["jurisdiction_id", "received_at"], unique=False, postgresql_include=["size"]
    )
    op.create_index("ix_photo_sha256", "photo", ["jurisdiction_id", "sha256"], unique=False)
    op.create_index("uq_photo_sender", "photo", ["jurisdiction_id", "uploader_id", "sha256"], unique=True)
    op.create_table(
        "place_type",
        sa.Column("place_type_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("community_type", sa.Text(), nullable=True),
        sa.Column("area_class", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("area_class IN ('A', 'B', 'C')", name=op.f("ck_place_type_area_class_known")),
        sa.CheckConstraint(
            "community_type IN ('old_estate', 'estate', 'urban_village', 'resettlement', 'unit_housing', 'self_built', 'business', 'village')",
            name=op.f("ck_place_type_community_type_known"),
        ),
        sa.CheckConstraint("(area_id IS NULL) <> (grid_id IS NULL)", name=op.f("ck_place_type_one_place")),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_place_type_area_id")),
        sa.ForeignKeyConstraint(["changed_by"], ["person.person_id"], name=op.f("fk_place_type_changed_by")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.grid_id"], name=op.f("fk_place_type_grid_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_place_type_jurisdiction_id")
        ),
        sa.PrimaryKeyConstraint("place_type_id", name=op.f("pk_place_type")),
        sa.UniqueConstraint("area_id", name=op.f("uq_place_type_area_id")),
        sa.UniqueConstraint("grid_id", name=op.f("uq_place_type_grid_id")),
    )
    op.create_index("ix_place_type_jurisdiction", "place_type", ["jurisdiction_id"], unique=False)
    op.create_table(
        "role_grant",
        sa.Column("grant_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("scope_kind", sa.Text(), nullable=False),
        sa.Column("scope_id", sa.Uuid(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "role IN ('volunteer', 'steward', 'liaison', 'unit_worker', 'unit_lead', 'dispatcher', 'shift_leader', 'supervisor', 'system_admin', 'security_admin', 'audit_admin')",
            name=op.f("ck_role_grant_role_known"),
        ),
        sa.CheckConstraint(
            "scope_kind IN ('jurisdiction', 'community', 'grid', 'unit')", name=op.f("ck_role_grant_scope_kind_known")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_role_grant_period_in_order")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.person_id"], name=op.f("fk_role_grant_ended_by")),
        sa.ForeignKeyConstraint(["given_by"], ["person.person_id"], name=op.f("fk_role_grant_given_by")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_role_grant_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_role_grant_person_id")),
        sa.PrimaryKeyConstraint("grant_id", name=op.f("pk_role_grant")),
    )
    op.create_index("ix_role_grant_person", "role_grant", ["person_id"], unique=False)
    op.create_index("ix_role_grant_scope", "role_grant", ["jurisdiction_id", "scope_id", "role"], unique=False)
    op.create_index(
        "uq_role_grant_standing",
        "role_grant",
        ["person_id", "role", "scope_kind", "scope_id"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "rule_set",
        sa.Column("rule_set_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rules", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("duties", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_rule_set_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["published_by"], ["person.person_id"], name=op.f("fk_rule_set_published_by")),
        sa.PrimaryKeyConstraint("rule_set_id", name=op.f("pk_rule_set")),
        sa.UniqueConstraint("jurisdiction_id", "version", name=op.f("uq_rule_set_jurisdiction_id_version")),
    )
    op.create_geospatial_table(
        "service_area",
        sa.Column("service_area_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column(
            "boundary",
            Geometry(
                geometry_type="MULTIPOLYGON",
                srid=4326,
                dimension=2,
                spatial_index=False,
                from_text="ST_GeomFromEWKT",
                name="geometry",
                nullable=False,
            ),
            nullable=False,
        ),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind IN ('work', 'estate')", name=op.f("ck_service_area_kind_known")),
        sa.CheckConstraint(
            "ST_IsValid(boundary) AND NOT ST_IsEmpty(boundary)", name=op.f("ck_service_area_boundary_sound")
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_service_area_period_in_order")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_service_area_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_service_area_unit_id")),
        sa.PrimaryKeyConstraint("service_area_id", name=op.f("pk_service_area")),
    )
    op.create_geospatial_index(
        "ix_service_area_boundary",
        "service_area",
        ["boundary"],
        unique=False,
        postgresql_using="gist",
        postgresql_ops={},
    )
    op.create_index("ix_service_area_unit", "service_area", ["unit_id"], unique=False)
    op.create_index(
        "uq_service_area_code",
        "service_area",
        ["jurisdiction_id", "code"],
        unique=True,
        postgresql_where=sa.text("valid_to IS NULL"),
    )
    op.create_table(
        "session",
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("factors", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_session_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_session_person_id")),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_session")),
        sa.UniqueConstraint("session_id", name=op.f("uq_session_session_id")),
    )
    op.create_index("ix_session_person", "session", ["person_id"], unique=False)
    op.create_table(
        "sign_in_log",
        sa.Column("sign_in_log_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("number_hash", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_sign_in_log_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_sign_in_log_person_id")),
        sa.PrimaryKeyConstraint("sign_in_log_id", name=op.f("pk_sign_in_log")),
    )
    op.create_index("ix_sign_in_log_address", "sign_in_log", ["address", "way", "at"], unique=False)
    op.create_index("ix_sign_in_log_jurisdiction", "sign_in_log", ["jurisdiction_id", "at"], unique=False)
    op.create_index(
        "ix_sign_in_log_number",
        "sign_in_log",
        ["number_hash", "way", "at"],
        unique=False,
        postgresql_where=sa.text("number_hash IS NOT NULL"),
    )
    op.create_table(
        "standard",
        sa.Column("standard_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("scheme", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("day_rule", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("has_pictures", sa.Boolean(), nullable=False),
        sa.Column("area_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("community_types", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("is_emergency", sa.Boolean(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("jurisdiction_id"), "="),
            (sa.column("scheme"), "="),
            (sa.text("daterange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_standard_stands_alone",
        ),
        sa.CheckConstraint("day_rule IN ('next_day', 'hours')", name=op.f("ck_standard_day_rule_known")),
        sa.CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name=op.f("ck_standard_period_in_order")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_standard_version_counts")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_standard_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["published_by"], ["person.person_id"], name=op.f("fk_standard_published_by")),
        sa.PrimaryKeyConstraint("standard_id", name=op.f("pk_standard")),
        sa.UniqueConstraint(
            "jurisdiction_id", "scheme", "version", name=op.f("uq_standard_jurisdiction_id_scheme_version")
        ),
    )
    op.create_table(
        "stewardship",
        sa.Column("stewardship_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("grid_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("is_lead", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=True),
        postgresql.ExcludeConstraint(
            (sa.column("grid_id"), "="),
            (sa.column("person_id"), "="),
            (sa.text("tstzrange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_stewardship_once_per_person",
        ),
        postgresql.ExcludeConstraint(
            (sa.column("grid_id"), "="),
            (sa.text("tstzrange(valid_from, valid_to)"), "&&"),
            where=sa.text("is_lead"),
            using="gist",
            name="ex_stewardship_one_lead",
        ),
        sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f("ck_stewardship_period_in_order")),
        sa.ForeignKeyConstraint(["grid_id"], ["grid.grid_id"], name=op.f("fk_stewardship_grid_id")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_stewardship_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.person_id"], name=op.f("fk_stewardship_person_id")),
        sa.PrimaryKeyConstraint("stewardship_id", name=op.f("pk_stewardship")),
    )
    op.create_index("ix_stewardship_person", "stewardship", ["person_id"], unique=False)
    op.create_table(
        "territory_change",
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(), nullable=True),
        sa.Column("in_force_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("facts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.CheckConstraint("kind IN ('redraw', 'merge', 'split')", name=op.f("ck_territory_change_kind_known")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_territory_change_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["published_by"], ["person.person_id"], name=op.f("fk_territory_change_published_by")),
        sa.PrimaryKeyConstraint("change_id", name=op.f("pk_territory_change")),
    )
    op.create_index("ix_territory_change_from", "territory_change", ["jurisdiction_id", "valid_from"], unique=False)
    op.create_index(
        "ix_territory_change_waiting",
        "territory_change",
        ["valid_from"],
        unique=False,
        postgresql_where=sa.text("in_force_at IS NULL"),
    )
    op.create_table(
        "unit_name",
        sa.Column("unit_name_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("area_id", sa.Uuid(), nullable=True),
        sa.Column("unit_kind", sa.Text(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("role", sa.Text(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("role IN ('lead', 'assist', 'last_resort')", name=op.f("ck_unit_name_role_known")),
        sa.CheckConstraint(
            "unit_kind IN ('work', 'estate', 'department', 'owner', 'street', 'community', 'volunteers')",
            name=op.f("ck_unit_name_unit_kind_known"),
        ),
        sa.CheckConstraint("unit_kind IS NULL OR unit_id IS NULL", name=op.f("ck_unit_name_one_meaning")),
        sa.ForeignKeyConstraint(["area_id"], ["area.area_id"], name=op.f("fk_unit_name_area_id")),
        sa.ForeignKeyConstraint(["changed_by"], ["person.person_id"], name=op.f("fk_unit_name_changed_by")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_unit_name_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.unit_id"], name=op.f("fk_unit_name_unit_id")),
        sa.PrimaryKeyConstraint("unit_name_id", name=op.f("pk_unit_name")),
        sa.UniqueConstraint(
            "jurisdiction_id",
            "name",
            "area_id",
            name=op.f("uq_unit_name_jurisdiction_id_name_area_id"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "category",
        sa.Column("standard_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_category_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.standard_id"], name=op.f("fk_category_standard_id")),
        sa.PrimaryKeyConstraint("standard_id", "code", name=op.f("pk_category")),
    )
    op.create_index("ix_category_code", "category", ["jurisdiction_id", "code"], unique=False)
    op.create_table(
        "emergency",
        sa.Column("emergency_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("standard_id", sa.Uuid(), nullable=False),
        sa.Column("area_codes", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("ended_at < ends_at", name=op.f("ck_emergency_ended_before_its_end")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_emergency_period_in_order")),
        sa.ForeignKeyConstraint(["ended_by"], ["person.person_id"], name=op.f("fk_emergency_ended_by")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_emergency_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["standard_id"], ["standard.standard_id"], name=op.f("fk_emergency_standard_id")),
        sa.ForeignKeyConstraint(["started_by"], ["person.person_id"], name=op.f("fk_emergency_started_by")),
        sa.PrimaryKeyConstraint("emergency_id", name=op.f("pk_emergency")),
    )
    op.create_index("ix_emergency_jurisdiction", "emergency", ["jurisdiction_id", "ends_at"], unique=False)
    op.create_table(
        "grid_succession",
        sa.Column("predecessor_id", sa.Uuid(), nullable=False),
        sa.Column("successor_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.Uuid(), nullable=False),
        sa.Column("is_direct", sa.Boolean(), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("predecessor_id <> successor_id", name=op.f("ck_grid_succession_not_its_own_successor")),
        sa.ForeignKeyConstraint(
            ["change_id"], ["territory_change.change_id"], name=op.f("fk_grid_succession_change_id")
        ),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_grid_succession_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["predecessor_id"], ["grid.grid_id"], name=op.f("fk_grid_succession_predecessor_id")),
        sa.ForeignKeyConstraint(["successor_id"], ["grid.grid_id"], name=op.f("fk_grid_succession_successor_id")),
        sa.PrimaryKeyConstraint("predecessor_id", "successor_id", name=op.f("pk_grid_succession")),
    )
    op.create_index("ix_grid_succession_successor", "grid_succession", ["successor_id"], unique=False)
    op.create_table(
        "photo_use",
        sa.Column("photo_use_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("photo_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("operation_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place", sa.SmallInteger(), nullable=False),
        sa.Column("claim", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("distance_m", sa.Float(), nullable=True),
        sa.Column("marks", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("hidden_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("hidden_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint("num_nonnulls(report_id, operation_id) = 1", name=op.f("ck_photo_use_one_source")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_photo_use_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["photo_id"], ["photo.photo_id"], name=op.f("fk_photo_use_photo_id")),
        sa.PrimaryKeyConstraint("photo_use_id", name=op.f("pk_photo_use")),
    )
    op.create_index("ix_photo_use_photo", "photo_use", ["photo_id"], unique=False)
    op.create_index("ix_photo_use_ticket", "photo_use", ["ticket_id", "place"], unique=False)
    op.create_index(
        "uq_photo_use_operation",
        "photo_use",
        ["operation_id", "photo_id"],
        unique=True,
        postgresql_where=sa.text("operation_id IS NOT NULL"),
    )
    op.create_index(
        "uq_photo_use_report",
        "photo_use",
        ["report_id", "photo_id"],
        unique=True,
        postgresql_where=sa.text("report_id IS NOT NULL"),
    )
    op.create_table(
        "suspension",
        sa.Column("suspension_id", sa.Uuid(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("area_ids", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("community_ids", postgresql.ARRAY(sa.Uuid()), nullable=True),
        sa.Column("categories", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_to_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("notice", sa.Text(), nullable=False),
        sa.Column("notice_photo_id", sa.Uuid(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.CheckConstraint("to_at >= from_at", name=op.f("ck_suspension_ends_after_it_begins")),
        sa.ForeignKeyConstraint(["changed_by"], ["person.person_id"], name=op.f("fk_suspension_changed_by")),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_suspension_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.person_id"], name=op.f("fk_suspension_made_by")),
        sa.ForeignKeyConstraint(["notice_photo_id"], ["photo.photo_id"], name=op.f("fk_suspension_notice_photo_id")),
        sa.PrimaryKeyConstraint("suspension_id", name=op.f("pk_suspension")),
    )
    op.create_index("ix_suspension_made", "suspension", ["jurisdiction_id", "made_at"], unique=False)
    op.create_index(
        "ix_suspension_unfinished",
        "suspension",
        ["suspension_id"],
        unique=False,
        postgresql_where=sa.text("NOT finished"),
    )
    op.create_table(
        "condition",
        sa.Column("standard_id", sa.Uuid(), nullable=False),
        sa.Column("condition_id", sa.Text(), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("category_code", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("document", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["jurisdiction_id"], ["jurisdiction.jurisdiction_id"], name=op.f("fk_condition_jurisdiction_id")
        ),
        sa.ForeignKeyConstraint(
            ["standard_id", "category_code"],
            ["category.standard_id", "category.code"],
            name=op.f("fk_condition_standard_id_category_code"),
        ),
        sa.PrimaryKeyConstraint("standard_id", "condition_id", name=op.f("pk_condition")),
        sa.UniqueConstraint(
            "standard_id", "category_code", "code", name=op.f("uq_condition_standard_id_category_code_code")
        ),
    )
    op.create_index("ix_condition_id", "condition", ["jurisdiction_id", "condition_id"], unique=False)
    op.create_table(
        "suspension_ticket",
        sa.Column("suspension_id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["suspension_id"], ["suspension.suspension_id"], name=op.f("fk_suspension_ticket_suspension_id")
        ),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_suspension_ticket_ticket_id")),
        sa.PrimaryKeyConstraint("suspension_id", "ticket_id", name=op.f("pk_suspension_ticket")),
    )
    op.create_index(
        "ix_suspension_ticket_pending",
        "suspension_ticket",
        ["suspension_id"],
        unique=False,
        postgresql_where=sa.text("pending"),
    )


def downgrade() -> None:
    op.drop_index("ix_suspension_ticket_pending", table_name="suspension_ticket", postgresql_where=sa.text("pending"))
    op.drop_table("suspension_ticket")
    op.drop_index("ix_condition_id", table_name="condition")
    op.drop_table("condition")
    op.drop_index("ix_suspension_unfinished", table_name="suspension", postgresql_where=sa.text("NOT finished"))
    op.drop_index("ix_suspension_made", table_name="suspension")
    op.drop_table("suspension")
    op.drop_index("uq_photo_use_report", table_name="photo_use", postgresql_where=sa.text("report_id IS NOT NULL"))
    op.drop_index(
        "uq_photo_use_operation", table_name="photo_use", postgresql_where=sa.text("operation_id IS NOT NULL")
    )
    op.drop_index("ix_photo_use_ticket", table_name="photo_use")
    op.drop_index("ix_photo_use_photo", table_name="photo_use")
    op.drop_table("photo_use")
    op.drop_index("ix_grid_succession_successor", table_name="grid_succession")
    op.drop_table("grid_succession")
    op.drop_index("ix_emergency_jurisdiction", table_name="emergency")
    op.drop_table("emergency")
    op.drop_index("ix_category_code", table_name="category")
    op.drop_table("category")
    op.drop_table("unit_name")
    op.drop_index(
        "ix_territory_change_waiting", table_name="territory_change", postgresql_where=sa.text("in_force_at IS NULL")
    )
    op.drop_index("ix_territory_change_from", table_name="territory_change")
    op.drop_table("territory_change")
    op.drop_index("ix_stewardship_person", table_name="stewardship")
    op.drop_table("stewardship")
    op.drop_table("standard")
    op.drop_index(
        "ix_sign_in_log_number", table_name="sign_in_log", postgresql_where=sa.text("number_hash IS NOT NULL")
    )
    op.drop_index("ix_sign_in_log_jurisdiction", table_name="sign_in_log")
    op.drop_index("ix_sign_in_log_address", table_name="sign_in_log")
    op.drop_table("sign_in_log")
    op.drop_index("ix_session_person", table_name="session")
    op.drop_table("session")
    op.drop_index("uq_service_area_code", table_name="service_area", postgresql_where=sa.text("valid_to IS NULL"))
    op.drop_index("ix_service_area_unit", table_name="service_area")
    op.drop_geospatial_index(
        "ix_service_area_boundary", table_name="service_area", postgresql_using="gist", column_name="boundary"
    )
    op.drop_geospatial_table("service_area")
    op.drop_table("rule_set")
    op.drop_index("uq_role_grant_standing", table_name="role_grant", postgresql_where=sa.text("valid_to IS NULL"))
    op.drop_index("ix_role_grant_scope", table_name="role_grant")
    op.drop_index("ix_role_grant_person", table_name="role_grant")
    op.drop_table("role_grant")
    op.drop_index("ix_place_type_jurisdiction", table_name="place_type")
    op.drop_table("place_type")
    op.drop_index("uq_photo_sender", table_name="photo")
    op.drop_index("ix_photo_sha256", table_name="photo")
    op.drop_index("ix_photo_received", table_name="photo", postgresql_include=["size"])
    op.drop_table("photo")
    op.drop_index("ix_invite_person", table_name="invite")
    op.drop_table("invite")
    op.drop_index("ix_grid_boundary_jurisdiction", table_name="grid_boundary")
    op.drop_geospatial_index(
        "ix_grid_boundary_boundary", table_name="grid_boundary", postgresql_using="gist", column_name="boundary"
    )
    op.drop_geospatial_table("grid_boundary")
    op.drop_table("credential")
    op.drop_table("calendar")
    op.drop_geospatial_index(
        "ix_building_without_footprint",
        table_name="building",
        postgresql_using="gist",
        postgresql_where=sa.text("footprint IS NULL"),
        column_name="location",
    )
    op.drop_geospatial_index(
        "ix_building_location", table_name="building", postgresql_using="gist", column_name="location"
    )
    op.drop_index("ix_building_grid", table_name="building")
    op.drop_geospatial_index(
        "ix_building_footprint", table_name="building", postgresql_using="gist", column_name="footprint"
    )
    op.drop_geospatial_table("building")
    op.drop_index("ix_unit_last_resort", table_name="unit", postgresql_where=sa.text("is_last_resort"))
    op.drop_index("ix_unit_area", table_name="unit")
    op.drop_table("unit")
    op.drop_index("ix_ticket_text_ticket", table_name="ticket_text")
    op.drop_table("ticket_text")
    op.drop_geospatial_index(
        "ix_staged_feature_geometry", table_name="staged_feature", postgresql_using="gist", column_name="geometry"
    )
    op.drop_index("ix_staged_feature_code", table_name="staged_feature")
    op.drop_geospatial_table("staged_feature")
    op.drop_index("ix_person_phone", table_name="person", postgresql_where=sa.text("phone IS NOT NULL"))
    op.drop_index("ix_person_community", table_name="person")
    op.drop_table("person")
    op.drop_index("ix_past_ticket_batch", table_name="past_ticket")
    op.drop_table("past_ticket")
    op.drop_index("uq_grid_code", table_name="grid", postgresql_where=sa.text("valid_to IS NULL"))
    op.drop_index("ix_grid_community", table_name="grid")
    op.drop_table("grid")
    op.drop_geospatial_index(
        "ix_area_boundary_boundary", table_name="area_boundary", postgresql_using="gist", column_name="boundary"
    )
    op.drop_geospatial_table("area_boundary")
    op.drop_table("territory_import")
    op.drop_geospatial_index("ix_street_path", table_name="street", postgresql_using="gist", column_name="path")
    op.drop_geospatial_table("street")
    op.drop_index("uq_request_open", table_name="request", postgresql_where=sa.text("decided_at IS NULL"))
    op.drop_index("ix_request_ticket", table_name="request")
    op.drop_index("ix_request_open", table_name="request", postgresql_where=sa.text("decided_at IS NULL"))
    op.drop_table("request")
    op.drop_index("ix_report_ticket", table_name="report")
    op.drop_index("ix_report_reporter", table_name="report")
    op.drop_geospatial_table("report")
    op.drop_table("past_batch")
    op.drop_index("ix_operation_ticket", table_name="operation")
    op.drop_table("operation")
    op.drop_geospatial_index(
        "ix_landmark_location", table_name="landmark", postgresql_using="gist", column_name="location"
    )
    op.drop_geospatial_table("landmark")
    op.drop_index("ix_clock_unit_due", table_name="clock", postgresql_where=sa.text("unit_id IS NOT NULL"))
    op.drop_index("ix_clock_due", table_name="clock")
    op.drop_table("clock")
    op.drop_index("uq_assignment_open", table_name="assignment", postgresql_where=sa.text("ended_at IS NULL"))
    op.drop_index("ix_assignment_unit_ended", table_name="assignment")
    op.drop_index("ix_assignment_ticket", table_name="assignment")
    op.drop_table("assignment")
    op.drop_index("ix_area_parent", table_name="area")
    op.drop_geospatial_index("ix_area_boundary", table_name="area", postgresql_using="gist", column_name="boundary")
    op.drop_geospatial_table("area")
    op.drop_index("uq_ticket_short_no", table_name="ticket")
    op.drop_index("uq_ticket_number", table_name="ticket")
    op.drop_index("ix_ticket_tray", table_name="ticket", postgresql_where=sa.text("tray_reason IS NOT NULL"))
    op.drop_index("ix_ticket_search", table_name="ticket", postgresql_using="gin")
    op.drop_index("ix_ticket_received", table_name="ticket")
    op.drop_index("ix_ticket_parent", table_name="ticket", postgresql_where=sa.text("parent_id IS NOT NULL"))
    op.drop_index(
        "ix_ticket_open_unit", table_name="ticket", postgresql_where=sa.text("is_open AND unit_id IS NOT NULL")
    )
    op.drop_index("ix_ticket_open_short_no", table_name="ticket", postgresql_where=sa.text("is_open"))
    op.drop_geospatial_index(
        "ix_ticket_open_place",
        table_name="ticket",
        postgresql_using="gist",
        postgresql_where=sa.text("is_open"),
        column_name="location",
    )
    op.drop_index("ix_ticket_open_newest", table_name="ticket", postgresql_where=sa.text("is_open"))
    op.drop_index("ix_ticket_open_grid", table_name="ticket", postgresql_where=sa.text("is_open"))
    op.drop_index("ix_ticket_open_due", table_name="ticket", postgresql_where=sa.text("is_open"))
    op.drop_index("ix_ticket_open_community", table_name="ticket", postgresql_where=sa.text("is_open"))
    op.drop_index("ix_ticket_next_step", table_name="ticket", postgresql_where=sa.text("next_step_at IS NOT NULL"))
    op.drop_index("ix_ticket_ended", table_name="ticket", postgresql_where=sa.text("ended_at IS NOT NULL"))
    op.drop_index("ix_ticket_community", table_name="ticket")
    op.drop_geospatial_table("ticket")
    op.drop_table("system")
    op.drop_index("ix_sms_code_number", table_name="sms_code")
    op.drop_index("ix_sms_code_made", table_name="sms_code")
    op.drop_table("sms_code")
    op.drop_index("uq_notification_once", table_name="notification")
    op.drop_index("ix_notification_unread", table_name="notification", postgresql_where=sa.text("read_at IS NULL"))
    op.drop_index("ix_notification_person", table_name="notification")
    op.drop_table("notification")
    op.drop_table("jurisdiction")
    op.drop_table("follower")
    op.drop_index("uq_entry_ticket", table_name="entry", postgresql_where=sa.text("ticket_id IS NOT NULL"))
    op.drop_index("ix_entry_subject", table_name="entry")
    op.drop_index("ix_entry_recorded", table_name="entry")
    op.drop_index("ix_entry_order", table_name="entry")
    op.drop_table("entry")
    op.drop_table("dropped_photo")
    op.drop_index("ix_change_order", table_name="change")
    op.drop_index("ix_change_feed", table_name="change")
    op.drop_table("change")
