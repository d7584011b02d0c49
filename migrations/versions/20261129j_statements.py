"""Statements, publications, corrections, seals, webhooks, and who saw what.

Revision: 20261129j, after 20261129i
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from gridward.persistence.changes import Xid8

revision = "20261129j"
down_revision = "20261129i"
branch_labels = None
depends_on = None

ROLES = ("gridward_app", "gridward_worker")
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
    seals()
    statements()
    publications()
    webhooks()
    disclosures()


def seals() -> None:
    op.create_table(
        "seal",
        given("jurisdiction_id", sa.Uuid()),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        instant("sealed_at"),
        given("epoch", sa.Integer()),
        given("xid", Xid8()),
        given("entry_id", sa.Uuid()),
        given("marks", sa.LargeBinary()),
        given("previous", sa.LargeBinary()),
        given("root", sa.LargeBinary()),
        instant("anchored_at", nullable=True),
        sa.CheckConstraint("octet_length(root) = 32 AND octet_length(previous) = 32", name=op.f("ck_seal_roots_whole")),
        of_jurisdiction("seal"),
        sa.PrimaryKeyConstraint("jurisdiction_id", "number", name=op.f("pk_seal")),
    )
    op.create_index("ix_seal_to_anchor", "seal", ["sealed_at"], postgresql_where=sa.text("anchored_at IS NULL"))
    for role in ROLES:
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON seal FROM {role}")
        op.execute(f"GRANT UPDATE (anchored_at) ON seal TO {role}")


def statements() -> None:
    op.create_table(
        "statement",
        given("statement_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("unit_id", sa.Uuid()),
        given("month", sa.Date()),
        instant("made_at"),
        instant("object_until"),
        given("lines", sa.Integer()),
        given("verdicts", postgresql.JSONB()),
        of_jurisdiction("statement"),
        to("statement", "unit_id", "unit.unit_id"),
        sa.PrimaryKeyConstraint("statement_id", name=op.f("pk_statement")),
        sa.UniqueConstraint(
            "jurisdiction_id", "month", "unit_id", name=op.f("uq_statement_jurisdiction_id_month_unit_id")
        ),
    )
    op.create_table(
        "statement_line",
        given("statement_id", sa.Uuid()),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        given("ticket_id", sa.Uuid()),
        given("key", sa.Text()),
        given("kind", sa.Text()),
        given("verdict", sa.Text()),
        given("detail", postgresql.JSONB()),
        to("statement_line", "statement_id", "statement.statement_id"),
        to("statement_line", "ticket_id", "ticket.ticket_id"),
        sa.PrimaryKeyConstraint("statement_id", "line", name=op.f("pk_statement_line")),
    )
    op.create_index("ix_statement_line_ticket", "statement_line", ["ticket_id"])
    op.create_table(
        "objection",
        given("objection_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("statement_id", sa.Uuid()),
        given("line", sa.Integer()),
        given("words", sa.Text()),
        given("made_by", sa.Uuid()),
        instant("made_at"),
        sa.Column("decision", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        instant("decided_at", nullable=True),
        sa.CheckConstraint("decision IN ('granted', 'noted', 'refused')", name=op.f("ck_objection_decision_known")),
        sa.CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (answer IS NULL)",
            name=op.f("ck_objection_decided_whole"),
        ),
        of_jurisdiction("objection"),
        sa.ForeignKeyConstraint(
            ["statement_id", "line"],
            ["statement_line.statement_id", "statement_line.line"],
            name=op.f("fk_objection_statement_id_line"),
        ),
        sa.PrimaryKeyConstraint("objection_id", name=op.f("pk_objection")),
    )
    op.create_index(
        "uq_objection_open",
        "objection",
        ["statement_id", "line"],
        unique=True,
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    op.create_index("ix_objection_statement", "objection", ["statement_id"])
    op.create_table(
        "explanation",
        given("ticket_id", sa.Uuid()),
        given("key", sa.Text()),
        given("jurisdiction_id", sa.Uuid()),
        given("unit_id", sa.Uuid()),
        given("words", sa.Text()),
        given("made_by", sa.Uuid()),
        instant("made_at"),
        of_jurisdiction("explanation"),
        sa.ForeignKeyConstraint(
            ["ticket_id", "key"], ["clock.ticket_id", "clock.key"], name=op.f("fk_explanation_ticket_id_key")
        ),
        to("explanation", "unit_id", "unit.unit_id"),
        sa.PrimaryKeyConstraint("ticket_id", "key", name=op.f("pk_explanation")),
    )
    for role in ROLES:
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON statement, statement_line FROM {role}")
        op.execute(f"REVOKE DELETE, TRUNCATE ON objection, explanation FROM {role}")


def publications() -> None:
    op.create_table(
        "publication",
        given("publication_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("month", sa.Date()),
        instant("as_of"),
        given("published_by", sa.Uuid()),
        given("told", postgresql.JSONB()),
        given("definitions", postgresql.JSONB()),
        given("digest", sa.LargeBinary()),
        sa.Column("seal_number", sa.Integer(), nullable=True),
        sa.Column("seal_root", sa.LargeBinary(), nullable=True),
        of_jurisdiction("publication"),
        sa.PrimaryKeyConstraint("publication_id", name=op.f("pk_publication")),
        sa.UniqueConstraint("jurisdiction_id", "month", name=op.f("uq_publication_jurisdiction_id_month")),
    )
    op.create_table(
        "correction",
        given("publication_id", sa.Uuid()),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        given("jurisdiction_id", sa.Uuid()),
        instant("as_of"),
        given("made_by", sa.Uuid()),
        given("reason", sa.Text()),
        given("changes", postgresql.JSONB()),
        given("told", postgresql.JSONB()),
        of_jurisdiction("correction"),
        to("correction", "publication_id", "publication.publication_id"),
        sa.PrimaryKeyConstraint("publication_id", "number", name=op.f("pk_correction")),
    )
    for role in ROLES:
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON publication, correction FROM {role}")


def webhooks() -> None:
    op.create_table(
        "webhook",
        given("webhook_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("name", sa.Text()),
        given("address", sa.Text()),
        given("kinds", postgresql.ARRAY(sa.Text())),
        given("is_on", sa.Boolean()),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        instant("changed_at"),
        of_jurisdiction("webhook"),
        sa.PrimaryKeyConstraint("webhook_id", name=op.f("pk_webhook")),
    )
    op.alter_column("delivery", "person_id", nullable=True)
    op.add_column("delivery", sa.Column("webhook_id", sa.Uuid(), nullable=True))
    op.add_column("delivery", sa.Column("said", postgresql.JSONB(), nullable=True))
    op.create_foreign_key(op.f("fk_delivery_webhook_id"), "delivery", "webhook", ["webhook_id"], ["webhook_id"])
    op.drop_constraint(op.f("ck_delivery_channel_known"), "delivery")
    op.create_check_constraint(op.f("ck_delivery_channel_known"), "delivery", "channel IN ('push', 'sms', 'webhook')")
    op.create_check_constraint(
        op.f("ck_delivery_webhook_has_body"),
        "delivery",
        "(channel = 'webhook') = (webhook_id IS NOT NULL AND said IS NOT NULL AND person_id IS NULL)",
    )
    op.create_check_constraint(
        op.f("ck_delivery_phones_have_people"), "delivery", "channel = 'webhook' OR person_id IS NOT NULL"
    )
    op.create_index(
        "uq_delivery_webhook",
        "delivery",
        ["webhook_id", sa.text("(said ->> 'id')")],
        unique=True,
        postgresql_where=sa.text("channel = 'webhook'"),
    )
    op.create_index(
        "ix_delivery_failed",
        "delivery",
        ["jurisdiction_id", "ended_at"],
        postgresql_where=sa.text("state = 'failed'"),
    )


def disclosures() -> None:
    op.create_table(
        "disclosure",
        given("disclosure_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        sa.Column("reader_id", sa.Uuid(), nullable=True),
        given("via", sa.Text()),
        given("subject_id", sa.Uuid()),
        given("field", sa.Text()),
        sa.Column("about_id", sa.Uuid(), nullable=True),
        instant("hour"),
        instant("first_at"),
        instant("last_at"),
        given("times", sa.Integer()),
        of_jurisdiction("disclosure"),
        sa.PrimaryKeyConstraint("disclosure_id", name=op.f("pk_disclosure")),
    )
    op.create_index(
        "uq_disclosure_hour",
        "disclosure",
        ["subject_id", "reader_id", "field", "about_id", "hour"],
        unique=True,
        postgresql_nulls_not_distinct=True,
    )
    op.create_index("ix_disclosure_last", "disclosure", ["jurisdiction_id", "last_at"])


def downgrade() -> None:
    op.execute("DELETE FROM delivery WHERE channel = 'webhook'")
    op.drop_index("ix_delivery_failed", table_name="delivery")
    op.drop_index("uq_delivery_webhook", table_name="delivery")
    for name in ("channel_known", "webhook_has_body", "phones_have_people"):
        op.drop_constraint(op.f(f"ck_delivery_{name}"), "delivery")
    op.drop_column("delivery", "said")
    op.drop_column("delivery", "webhook_id")
    op.alter_column("delivery", "person_id", nullable=False)
    op.create_check_constraint(op.f("ck_delivery_channel_known"), "delivery", "channel IN ('push', 'sms')")
    for table in (
        "disclosure",
        "webhook",
        "correction",
        "publication",
        "explanation",
        "objection",
        "statement_line",
        "statement",
        "seal",
    ):
        op.drop_table(table)
