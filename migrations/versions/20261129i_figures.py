"""What figures need: the rounds of tickets, who stopped a clock of the desk, what began a unit's turn.

Tickets that are there already get their rows from ``gridward rebuild``, which folds each from its entries; until then
figures say that they are not complete.

Revision: 20261129i, after 20261129h
"""

import sqlalchemy as sa
from alembic import op

revision = "20261129i"
down_revision = "20261129h"
branch_labels = None
depends_on = None

SUPERVISION = sa.text("verb IN ('supervision.ordered', 'supervision.answered')")


def instant(name: str) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=True)


def given(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def upgrade() -> None:
    op.create_table(
        "ticket_round",
        given("ticket_id", sa.Uuid()),
        given("round", sa.SmallInteger()),
        given("jurisdiction_id", sa.Uuid()),
        given("category_code", sa.Text()),
        sa.Column("grid_id", sa.Uuid(), nullable=True),
        sa.Column("community_id", sa.Uuid(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        instant("accepted_at"),
        instant("dispatched_at"),
        instant("resolved_at"),
        instant("first_checked_at"),
        instant("ended_at"),
        instant("reopened_at"),
        instant("extended_at"),
        instant("deferred_at"),
        instant("shelved_at"),
        instant("unshelved_at"),
        instant("due_at"),
        instant("done_at"),
        sa.Column("ended_as", sa.Text(), nullable=True),
        sa.Column("closing", sa.Text(), nullable=True),
        given("checks", sa.SmallInteger()),
        given("reworks", sa.SmallInteger()),
        given("steps", sa.SmallInteger()),
        given("late_steps", sa.SmallInteger()),
        sa.Column("first_passed", sa.Boolean(), nullable=True),
        given("by_rule", sa.Boolean()),
        given("self_solved", sa.Boolean()),
        given("part", sa.Boolean()),
        given("imported", sa.Boolean()),
        given("exempt", sa.Boolean()),
        given("reference", sa.Boolean()),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.ticket_id"], name=op.f("fk_ticket_round_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("ticket_id", "round", name=op.f("pk_ticket_round")),
    )
    op.create_index("ix_ticket_round_accepted", "ticket_round", ["jurisdiction_id", "accepted_at"])
    op.create_index(
        "ix_ticket_round_shelved",
        "ticket_round",
        ["jurisdiction_id", "shelved_at"],
        postgresql_where=sa.text("shelved_at IS NOT NULL"),
    )
    op.add_column("clock", sa.Column("by_rule", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.alter_column("clock", "by_rule", server_default=None)
    op.add_column("assignment", sa.Column("begun_by", sa.Text(), nullable=False, server_default="ticket.assigned"))
    op.alter_column("assignment", "begun_by", server_default=None)
    op.create_index(
        "ix_request_decided",
        "request",
        ["jurisdiction_id", "decided_at"],
        postgresql_where=sa.text("decided_at IS NOT NULL"),
    )
    op.create_index("ix_assignment_begun", "assignment", ["jurisdiction_id", "assigned_at"])
    op.create_index("ix_entry_supervision", "entry", ["jurisdiction_id", "recorded_at"], postgresql_where=SUPERVISION)


def downgrade() -> None:
    op.drop_index("ix_entry_supervision", table_name="entry")
    op.drop_index("ix_assignment_begun", table_name="assignment")
    op.drop_column("assignment", "begun_by")
    op.drop_index("ix_request_decided", table_name="request")
    op.drop_column("clock", "by_rule")
    op.drop_table("ticket_round")
