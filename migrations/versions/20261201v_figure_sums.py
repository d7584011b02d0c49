"""Sums of months that are over: a year of figures is a dozen rows and one month, not millions of clocks.

A row that figures count is *settled* from the last instant on that it tells of, once it counts the same whenever it is
judged: a clock that stopped for good, a round that ended, a turn. What settled in a month that is over is summed (``figure_sum``) and the month
noted (``figure_month``). What changes such a row all the same leaves its instant in ``figure_stale``, in the same
transaction; a reader who sees it counts the rows of that month themselves, and the worker sums it anew. Each change leaves
one of its own: one that another transaction left may be what the worker is taking away.

A trigger marks what settled more than two days before its transaction began, and whatever else lies in a month that it sees
summed; a month is summed three days after its end. Between the two no row is missed, however its transaction and the worker's
overlap.

Revision: 20261201v, after 20261130t
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261201v"
down_revision = "20261130t"
branch_labels = None
depends_on = None

INSTANTS = (
    "ended_at, {of}accepted_at, {of}dispatched_at, {of}resolved_at, {of}first_checked_at, {of}reopened_at, {of}extended_at, "
    "{of}deferred_at, {of}shelved_at, {of}unshelved_at, {of}due_at, {of}done_at"
)
SETTLED = {
    "clock": "CASE WHEN {of}state = 'stopped' AND {of}is_final THEN {of}stopped_at END",
    "ticket_round": f"CASE WHEN {{of}}ended_at IS NOT NULL THEN greatest({{of}}{INSTANTS}) END",
    "assignment": "greatest({of}assigned_at, {of}ended_at)",
}
MARK = """
CREATE FUNCTION mark_{table}_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM mark_figures_stale(OLD.jurisdiction_id, {old}); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM mark_figures_stale(NEW.jurisdiction_id, {new}); END IF;
    RETURN NULL;
END $$
"""
TRIGGERS = (
    "CREATE TRIGGER stale_inserted AFTER INSERT ON {table} FOR EACH ROW WHEN ({new} IS NOT NULL) "
    "EXECUTE FUNCTION mark_{table}_stale()",
    "CREATE TRIGGER stale_deleted AFTER DELETE ON {table} FOR EACH ROW WHEN ({old} IS NOT NULL) "
    "EXECUTE FUNCTION mark_{table}_stale()",
    "CREATE TRIGGER stale_updated AFTER UPDATE ON {table} FOR EACH ROW "
    "WHEN (OLD.* IS DISTINCT FROM NEW.* AND ({old} IS NOT NULL OR {new} IS NOT NULL)) "
    "EXECUTE FUNCTION mark_{table}_stale()",
    "CREATE TRIGGER stale_truncated AFTER TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION mark_all_figures_stale()",
)


def upgrade() -> None:
    op.create_table(
        "figure_month",
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("settled_month", sa.Date(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("summed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("jurisdiction_id", "settled_month", name=op.f("pk_figure_month")),
    )
    op.create_table(
        "figure_sum",
        sa.Column("figure_sum_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=False),
        sa.Column("settled_month", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("counts", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.PrimaryKeyConstraint("figure_sum_id", name=op.f("pk_figure_sum")),
    )
    op.create_index("ix_figure_sum_month", "figure_sum", ["jurisdiction_id", "source", "whole", "month"])
    op.create_index("ix_figure_sum_settled", "figure_sum", ["jurisdiction_id", "settled_month"])
    op.create_table(
        "figure_stale",
        sa.Column("figure_stale_id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("jurisdiction_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("figure_stale_id", name=op.f("pk_figure_stale")),
    )
    op.create_index("ix_figure_stale_settled", "figure_stale", ["jurisdiction_id", "settled_at"])

    settled = {table: expression.format(of="") for table, expression in SETTLED.items()}
    op.execute(
        f"CREATE INDEX ix_clock_settled ON clock (jurisdiction_id, kind, ({settled['clock']}), due_at) WHERE state <> 'void'"
    )
    op.execute(
        f"CREATE INDEX ix_ticket_round_settled ON ticket_round (jurisdiction_id, ({settled['ticket_round']}), accepted_at)"
    )
    op.execute(
        f"CREATE INDEX ix_assignment_settled ON assignment (jurisdiction_id, ({settled['assignment']}), assigned_at)"
    )
    op.execute(
        """
CREATE FUNCTION mark_figures_stale(of_jurisdiction uuid, settled timestamptz) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF settled < now() - interval '2 days' OR settled IS NOT NULL AND EXISTS (
        SELECT FROM figure_month f
        WHERE f.jurisdiction_id = of_jurisdiction
          AND f.settled_month = date_trunc('month', settled AT TIME ZONE f.time_zone)::date
    ) THEN
        INSERT INTO figure_stale (jurisdiction_id, settled_at) VALUES (of_jurisdiction, settled);
    END IF;
END $$"""
    )
    op.execute(
        """
CREATE FUNCTION mark_all_figures_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO figure_stale (settled_at) VALUES ('-infinity');
    RETURN NULL;
END $$"""
    )
    op.execute(
        """
CREATE FUNCTION mark_unit_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO figure_stale (jurisdiction_id, settled_at) VALUES (NEW.jurisdiction_id, '-infinity');
    RETURN NULL;
END $$"""
    )
    op.execute(
        "CREATE TRIGGER stale_updated AFTER UPDATE OF kind ON unit FOR EACH ROW WHEN (OLD.kind IS DISTINCT FROM NEW.kind) "
        "EXECUTE FUNCTION mark_unit_stale()"
    )
    for table, expression in SETTLED.items():
        words = {
            "table": table,
            "old": f"({expression.format(of='OLD.')})",
            "new": f"({expression.format(of='NEW.')})",
        }
        op.execute(MARK.format(**words))
        for trigger in TRIGGERS:
            op.execute(trigger.format(**words))


def downgrade() -> None:
    for table in SETTLED:
        for when in ("inserted", "deleted", "updated", "truncated"):
            op.execute(f"DROP TRIGGER stale_{when} ON {table}")
        op.execute(f"DROP FUNCTION mark_{table}_stale()")
        op.execute(f"DROP INDEX ix_{table}_settled")
    op.execute("DROP TRIGGER stale_updated ON unit")
    for function in ("mark_unit_stale()", "mark_all_figures_stale()", "mark_figures_stale(uuid, timestamptz)"):
        op.execute(f"DROP FUNCTION {function}")
    for table in ("figure_stale", "figure_sum", "figure_month"):
        op.drop_table(table)
