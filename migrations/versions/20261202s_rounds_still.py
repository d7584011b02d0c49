"""Rounds keep the instants of what may happen several times, so that a month is judged at its end for good.

A month that was told must not change because a ticket of it went on: who had it, on the shelf or not, by a mere reference or
not, reworked, and how many steps were taken are asked as of the judged instant.

Run ``gridward rebuild`` after this update: rounds that are there know none of these instants and are taken away; until they
are folded again the page of figures says that they are not complete.

Revision: 20261202s, after 20261201v
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261202s"
down_revision = "20261202n"
branch_labels = None
depends_on = None

INSTANT = sa.DateTime(timezone=True)
LISTS = {
    "units": sa.Uuid(),
    **dict.fromkeys(
        (
            "units_at",
            "reference_at",
            "shelf_at",
            "steps_at",
            "late_steps_at",
            "desk_steps_at",
            "link_steps_at",
        ),
        INSTANT,
    ),
}
COUNTS = ("steps", "late_steps", "desk_steps", "link_steps")
SETTLED = (
    "CASE WHEN {of}ended_at IS NOT NULL THEN greatest({of}ended_at, {of}accepted_at, {of}dispatched_at, {of}resolved_at, "
    "{of}first_checked_at, {of}reopened_at, {of}extended_at, {of}deferred_at, {of}shelved_at, {of}LAST, {of}due_at, "
    "{of}done_at) END"
)
MARK = """
CREATE OR REPLACE FUNCTION mark_ticket_round_stale() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP <> 'INSERT' THEN PERFORM mark_figures_stale(OLD.jurisdiction_id, {old}); END IF;
    IF TG_OP <> 'DELETE' THEN PERFORM mark_figures_stale(NEW.jurisdiction_id, {new}); END IF;
    RETURN NULL;
END $$
"""
TRIGGERS = {
    "inserted": "INSERT ON ticket_round FOR EACH ROW WHEN ({new} IS NOT NULL)",
    "deleted": "DELETE ON ticket_round FOR EACH ROW WHEN ({old} IS NOT NULL)",
    "updated": "UPDATE ON ticket_round FOR EACH ROW "
    "WHEN (OLD.* IS DISTINCT FROM NEW.* AND ({old} IS NOT NULL OR {new} IS NOT NULL))",
}


def upgrade() -> None:
    _take_down()
    for name in ("unshelved_at", "reference", *COUNTS):
        op.drop_column("ticket_round", name)
    op.add_column("ticket_round", sa.Column("first_reworked_at", INSTANT, nullable=True))
    op.add_column("ticket_round", sa.Column("last_listed_at", INSTANT, nullable=True))
    for name, kind in LISTS.items():
        op.add_column("ticket_round", sa.Column(name, postgresql.ARRAY(kind), nullable=False))
    _put_up("last_listed_at")


def downgrade() -> None:
    _take_down()
    for name in ("first_reworked_at", "last_listed_at", *LISTS):
        op.drop_column("ticket_round", name)
    op.add_column("ticket_round", sa.Column("unshelved_at", INSTANT, nullable=True))
    op.add_column("ticket_round", sa.Column("reference", sa.Boolean(), nullable=False))
    for name in COUNTS:
        op.add_column("ticket_round", sa.Column(name, sa.SmallInteger(), nullable=False))
    _put_up("unshelved_at")


def _take_down() -> None:
    """Also every row, and all sums of them."""
    op.execute("TRUNCATE ticket_round")
    for when in TRIGGERS:
        op.execute(f"DROP TRIGGER stale_{when} ON ticket_round")
    op.execute("DROP INDEX ix_ticket_round_settled")


def _put_up(last: str) -> None:
    def settled(of: str) -> str:
        return f"({SETTLED.replace('LAST', last).format(of=of)})"

    words = {"old": settled("OLD."), "new": settled("NEW.")}
    op.execute(f"CREATE INDEX ix_ticket_round_settled ON ticket_round (jurisdiction_id, {settled('')}, accepted_at)")
    op.execute(MARK.format(**words))
    for when, what in TRIGGERS.items():
        op.execute(
            f"CREATE TRIGGER stale_{when} AFTER {what.format(**words)} EXECUTE FUNCTION mark_ticket_round_stale()"
        )
