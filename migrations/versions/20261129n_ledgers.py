"""Causes to look into, and the street's own forms.

Revision: 20261129n, after 20261129m
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129n"
down_revision = "20261129m"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)


def instant(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, INSTANT, nullable=nullable)


def given(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def of_jurisdiction(table: str) -> sa.ForeignKeyConstraint:
    return to(table, "jurisdiction_id", "jurisdiction.jurisdiction_id")


def upgrade() -> None:
    op.create_table(
        "cause_rule",
        given("jurisdiction_id", sa.Uuid()),
        given("category_code", sa.Text()),
        given("times", sa.SmallInteger()),
        given("days", sa.SmallInteger()),
        given("watched", sa.Boolean()),
        given("set_by", sa.Uuid()),
        instant("set_at"),
        sa.CheckConstraint("times >= 2 AND days >= 1", name=op.f("ck_cause_rule_times_and_days_given")),
        of_jurisdiction("cause_rule"),
        to("cause_rule", "set_by", "person.person_id"),
        sa.PrimaryKeyConstraint("jurisdiction_id", "category_code", name=op.f("pk_cause_rule")),
    )
    op.create_table(
        "cause",
        given("cause_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("building_id", sa.Uuid()),
        given("category_code", sa.Text()),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        given("times", sa.SmallInteger()),
        given("days", sa.SmallInteger()),
        instant("found_at"),
        given("state", sa.Text()),
        sa.Column("words", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        instant("decided_at", nullable=True),
        sa.CheckConstraint("state IN ('open', 'taken_up', 'set_aside')", name=op.f("ck_cause_state")),
        sa.CheckConstraint(
            "(state = 'open') = (decided_at IS NULL) AND (decided_at IS NULL) = (words IS NULL)",
            name=op.f("ck_cause_decided_whole"),
        ),
        of_jurisdiction("cause"),
        to("cause", "building_id", "building.building_id"),
        sa.PrimaryKeyConstraint("cause_id", name=op.f("pk_cause")),
    )
    op.create_index(
        "uq_cause_open",
        "cause",
        ["building_id", "category_code"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_cause_found", "cause", ["jurisdiction_id", "found_at"])
    op.create_index("ix_cause_building", "cause", ["building_id", "category_code", "found_at"])
    op.create_table(
        "cause_ticket",
        given("cause_id", sa.Uuid()),
        given("ticket_id", sa.Uuid()),
        to("cause_ticket", "cause_id", "cause.cause_id"),
        to("cause_ticket", "ticket_id", "ticket.ticket_id"),
        sa.PrimaryKeyConstraint("cause_id", "ticket_id", name=op.f("pk_cause_ticket")),
    )
    op.create_index("ix_cause_ticket_ticket", "cause_ticket", ["ticket_id"])
    op.create_index(
        "ix_ticket_building",
        "ticket",
        ["building_id", "category_code", "received_at"],
        postgresql_where=sa.text("building_id IS NOT NULL"),
    )

    op.create_index(
        "ix_entry_rated", "entry", ["jurisdiction_id", "recorded_at"], postgresql_where=sa.text("verb = 'ticket.rated'")
    )
    op.create_index("ix_visit_follows", "visit", ["follows"], postgresql_where=sa.text("follows IS NOT NULL"))
    op.create_table(
        "street_form",
        given("form_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("register", sa.Text()),
        given("name", sa.Text()),
        given("content", sa.LargeBinary()),
        given("sheet", sa.Text()),
        given("heading_row", sa.Integer()),
        given("first_row", sa.Integer()),
        given("headings", postgresql.JSONB()),
        given("columns", postgresql.JSONB()),
        given("kept_by", sa.Uuid()),
        instant("kept_at"),
        instant("ended_at", nullable=True),
        sa.CheckConstraint("name <> ''", name=op.f("ck_street_form_name_given")),
        sa.CheckConstraint("first_row > heading_row AND heading_row >= 1", name=op.f("ck_street_form_rows_in_order")),
        of_jurisdiction("street_form"),
        to("street_form", "kept_by", "person.person_id"),
        sa.PrimaryKeyConstraint("form_id", name=op.f("pk_street_form")),
    )
    op.create_index("ix_street_form_of", "street_form", ["jurisdiction_id", "kept_at"])


def downgrade() -> None:
    op.drop_table("street_form")
    op.drop_index("ix_visit_follows", "visit")
    op.drop_index("ix_entry_rated", "entry")
    op.drop_index("ix_ticket_building", "ticket")
    for table in ("cause_ticket", "cause", "cause_rule"):
        op.drop_table(table)
