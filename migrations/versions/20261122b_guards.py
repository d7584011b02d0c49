"""Roles and what each may do; rules that only the database can keep.

The role that migrates owns everything. The API acts as ``gridward_app``, the worker as ``gridward_worker``; neither can
log in by itself, the owner's login takes their role on. Roles belong to the whole server, so several databases of one
server share them.

Revision: 20261122b, after 20261122a
"""

from alembic import op

revision = "20261122b"
down_revision = "20261122a"
branch_labels = None
depends_on = None

ROLES = ("gridward_app", "gridward_worker")

KEEP_THE_LOG = (
    """
CREATE FUNCTION refuse_to_rewrite() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the log is append-only: % on % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$
""",
    """
CREATE TRIGGER entry_is_append_only BEFORE UPDATE OR DELETE ON entry
    FOR EACH ROW EXECUTE FUNCTION refuse_to_rewrite()
""",
    """
CREATE TRIGGER entry_is_never_emptied BEFORE TRUNCATE ON entry
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_rewrite()
""",
)

BEGIN_THE_FEED = """
INSERT INTO system (one, feed_epoch, identity)
SELECT true, 1, system_identifier::text FROM pg_control_system()
"""

SPOKEN_NUMBERS = """
CREATE FUNCTION next_short_no(area uuid, day date) RETURNS integer LANGUAGE plpgsql VOLATILE AS $$
DECLARE
    candidate integer;
BEGIN
    SELECT coalesce(max(short_no), 0) + 1 INTO candidate FROM ticket WHERE number_area_id = area AND number_day = day;
    LOOP
        IF pg_try_advisory_xact_lock(hashtextextended(area::text || day::text, candidate)) THEN
            -- Looked for by a statement of its own, so that it sees what was committed before the lock was given.
            IF NOT EXISTS (
                SELECT FROM ticket WHERE number_area_id = area AND number_day = day AND short_no = candidate
            ) THEN
                RETURN candidate;
            END IF;
        END IF;
        candidate := candidate + 1;
    END LOOP;
END $$
"""
"""The next free spoken number (037) of an area's day. Two filings at once take two numbers and neither waits: a number
that another transaction is about to use is passed over. A gap stays where a filing was rolled back."""

STAGING = ("staged_feature", "territory_import")
"""Tables of an import under way: what a crash empties is simply read again. Children first."""

ANALYZE_STAGING = """
CREATE FUNCTION analyze_staging() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    ANALYZE staged_feature;
END $$
"""
"""Only an owner may gather statistics, and without them 5,000 rows just staged are joined as if they were one."""


def upgrade() -> None:
    for table in STAGING:
        op.execute(f"ALTER TABLE {table} SET UNLOGGED")
    for role in ROLES:
        # Two databases of one server may be migrated at the same moment.
        op.execute(
            f"""
            DO $$ BEGIN
                IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
                    CREATE ROLE {role} NOLOGIN;
                END IF;
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END $$
            """
        )
        op.execute(
            f"""
            DO $$ BEGIN
                IF NOT pg_has_role(current_user, '{role}', 'MEMBER') THEN
                    EXECUTE format('GRANT {role} TO %I', current_user);
                END IF;
            EXCEPTION WHEN unique_violation THEN NULL;
            END $$
            """
        )
        op.execute(f"GRANT USAGE ON SCHEMA public TO {role}")
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}")
        op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {role}")
        op.execute(
            f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}"
        )
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {role}")
        op.execute(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {role}")
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON entry FROM {role}")
        # What is published is never edited: a change is a new version, and the old one gets its last day.
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON calendar, standard, category, condition, rule_set FROM {role}")
        op.execute(f"GRANT UPDATE (valid_to) ON standard TO {role}")
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON emergency FROM {role}")
        op.execute(f"GRANT UPDATE (ended_at, ended_by) ON emergency TO {role}")
    for statement in KEEP_THE_LOG:
        op.execute(statement)
    op.execute(SPOKEN_NUMBERS)
    op.execute(ANALYZE_STAGING)
    op.execute(BEGIN_THE_FEED)


def downgrade() -> None:
    op.execute("DROP TRIGGER entry_is_append_only ON entry")
    op.execute("DROP TRIGGER entry_is_never_emptied ON entry")
    op.execute("DROP FUNCTION refuse_to_rewrite")
    op.execute("DROP FUNCTION next_short_no")
    op.execute("DROP FUNCTION analyze_staging")
    op.execute("DELETE FROM system")
    for role in reversed(ROLES):
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON TABLES FROM {role}")
        op.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA public REVOKE ALL ON SEQUENCES FROM {role}")
        op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role}")
        op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {role}")
        op.execute(f"REVOKE ALL ON SCHEMA public FROM {role}")
