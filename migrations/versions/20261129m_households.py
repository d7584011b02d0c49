"""Households, ties, visits.

Revision: 20261129m, after 20261129l
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "20261129m"
down_revision = "20261129l"
branch_labels = None
depends_on = None

ROLES = ("gridward_app", "gridward_worker")
INSTANT = sa.DateTime(timezone=True)
TABLES = (
    "visit_note",
    "visit",
    "home_registration",
    "building_stewardship",
    "tie",
    "household_reveal",
    "household_consent",
    "household_need",
    "household_contact",
    "household_past",
    "household",
)


def instant(name: str, nullable: bool = False) -> sa.Column:
    return sa.Column(name, INSTANT, nullable=nullable)


def given(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=False)


def maybe(name: str, kind: sa.types.TypeEngine) -> sa.Column:
    return sa.Column(name, kind, nullable=True)


def to(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def of_jurisdiction(table: str) -> sa.ForeignKeyConstraint:
    return to(table, "jurisdiction_id", "jurisdiction.jurisdiction_id")


def period(table: str) -> tuple[sa.Column, sa.Column, sa.CheckConstraint]:
    in_order = sa.CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name=op.f(f"ck_{table}_period_in_order"))
    return instant("valid_from"), instant("valid_to", nullable=True), in_order


def upgrade() -> None:
    register()
    people()
    ties()
    visits()
    for role in ROLES:
        op.execute(f"REVOKE UPDATE, DELETE, TRUNCATE ON household_consent, household_reveal FROM {role}")
        op.execute(f"REVOKE DELETE, TRUNCATE ON household, visit FROM {role}")


def register() -> None:
    op.create_table(
        "household",
        given("household_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        maybe("community_id", sa.Uuid()),
        given("building_id", sa.Uuid()),
        given("entrance", sa.Text()),
        given("floor", sa.Text()),
        given("room", sa.Text()),
        sa.Column("cares", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        given("version", sa.Integer()),
        instant("registered_at"),
        instant("changed_at"),
        maybe("reached_on", sa.Date()),
        instant("ended_at", nullable=True),
        maybe("ended", sa.Text()),
        maybe("merged_into_id", sa.Uuid()),
        sa.CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name=op.f("ck_household_ended_whole")),
        sa.CheckConstraint(
            "(ended IS DISTINCT FROM 'merged') = (merged_into_id IS NULL)", name=op.f("ck_household_merged_whole")
        ),
        sa.CheckConstraint("ended IN ('moved', 'merged', 'erased')", name=op.f("ck_household_ended_known")),
        of_jurisdiction("household"),
        to("household", "community_id", "area.area_id"),
        to("household", "building_id", "building.building_id"),
        to("household", "merged_into_id", "household.household_id"),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_household")),
    )
    stands = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_household_dwelling",
        "household",
        ["building_id", "entrance", "room"],
        unique=True,
        postgresql_where=stands,
    )
    op.create_index("ix_household_community", "household", ["community_id"], postgresql_where=stands)
    op.create_index("ix_household_jurisdiction", "household", ["jurisdiction_id"])
    op.create_table(
        "household_past",
        given("household_id", sa.Uuid()),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        given("jurisdiction_id", sa.Uuid()),
        given("building_id", sa.Uuid()),
        given("entrance", sa.Text()),
        given("floor", sa.Text()),
        given("room", sa.Text()),
        given("contact_changed", sa.Boolean()),
        instant("until"),
        maybe("changed_by", sa.Uuid()),
        of_jurisdiction("household_past"),
        to("household_past", "household_id", "household.household_id"),
        to("household_past", "building_id", "building.building_id"),
        sa.PrimaryKeyConstraint("household_id", "version", name=op.f("pk_household_past")),
    )


def people() -> None:
    op.create_table(
        "household_contact",
        given("household_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        maybe("name", sa.Text()),
        maybe("number_sealed", sa.LargeBinary()),
        maybe("number_digest", sa.LargeBinary()),
        instant("changed_at"),
        of_jurisdiction("household_contact"),
        to("household_contact", "household_id", "household.household_id"),
        sa.PrimaryKeyConstraint("household_id", name=op.f("pk_household_contact")),
    )
    op.create_index("ix_household_contact_number", "household_contact", ["jurisdiction_id", "number_digest"])
    op.create_table(
        "household_need",
        given("household_id", sa.Uuid()),
        given("need", sa.Text()),
        given("jurisdiction_id", sa.Uuid()),
        instant("since"),
        sa.CheckConstraint("need IN ('at_home', 'escort', 'lives_alone')", name=op.f("ck_household_need_need_known")),
        of_jurisdiction("household_need"),
        to("household_need", "household_id", "household.household_id"),
        sa.PrimaryKeyConstraint("household_id", "need", name=op.f("pk_household_need")),
    )
    op.create_table(
        "household_consent",
        given("consent_id", sa.Uuid()),
        given("household_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("version", sa.Text()),
        given("given", sa.Boolean()),
        instant("at"),
        maybe("noted_by", sa.Uuid()),
        of_jurisdiction("household_consent"),
        to("household_consent", "household_id", "household.household_id"),
        sa.PrimaryKeyConstraint("consent_id", name=op.f("pk_household_consent")),
    )
    op.create_index("ix_household_consent_household", "household_consent", ["household_id", "at"])
    op.create_table(
        "household_reveal",
        given("reveal_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("household_id", sa.Uuid()),
        given("reader_id", sa.Uuid()),
        given("purpose", sa.Text()),
        instant("at"),
        of_jurisdiction("household_reveal"),
        to("household_reveal", "household_id", "household.household_id"),
        sa.PrimaryKeyConstraint("reveal_id", name=op.f("pk_household_reveal")),
    )
    op.create_index("ix_household_reveal_household", "household_reveal", ["household_id", "at"])
    op.create_index("ix_household_reveal_reader", "household_reveal", ["reader_id", "at"])


def ties() -> None:
    stands = sa.text("valid_to IS NULL")
    op.create_table(
        "tie",
        given("tie_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("household_id", sa.Uuid()),
        given("person_id", sa.Uuid()),
        *period("tie"),
        maybe("tied_by", sa.Uuid()),
        maybe("ended_by", sa.Uuid()),
        of_jurisdiction("tie"),
        to("tie", "household_id", "household.household_id"),
        to("tie", "person_id", "person.person_id"),
        postgresql.ExcludeConstraint(
            (sa.column("household_id"), "="),
            (sa.text("tstzrange(valid_from, valid_to)"), "&&"),
            using="gist",
            name="ex_tie_one_liaison_at_a_time",
        ),
        sa.PrimaryKeyConstraint("tie_id", name=op.f("pk_tie")),
    )
    op.create_index("ix_tie_person", "tie", ["person_id"], postgresql_where=stands)
    op.create_index("uq_tie_standing", "tie", ["household_id"], unique=True, postgresql_where=stands)
    op.create_table(
        "building_stewardship",
        given("building_stewardship_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("building_id", sa.Uuid()),
        given("person_id", sa.Uuid()),
        *period("building_stewardship"),
        of_jurisdiction("building_stewardship"),
        to("building_stewardship", "building_id", "building.building_id"),
        to("building_stewardship", "person_id", "person.person_id"),
        sa.PrimaryKeyConstraint("building_stewardship_id", name=op.f("pk_building_stewardship")),
    )
    op.create_index(
        "uq_building_stewardship_standing",
        "building_stewardship",
        ["building_id"],
        unique=True,
        postgresql_where=stands,
    )
    op.create_index("ix_building_stewardship_person", "building_stewardship", ["person_id"])
    op.create_table(
        "home_registration",
        given("home_registration_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("person_id", sa.Uuid()),
        given("building_id", sa.Uuid()),
        given("employer", sa.Text()),
        *period("home_registration"),
        of_jurisdiction("home_registration"),
        to("home_registration", "person_id", "person.person_id"),
        to("home_registration", "building_id", "building.building_id"),
        sa.PrimaryKeyConstraint("home_registration_id", name=op.f("pk_home_registration")),
    )
    op.create_index(
        "uq_home_registration_standing", "home_registration", ["person_id"], unique=True, postgresql_where=stands
    )
    op.create_index("ix_home_registration_building", "home_registration", ["building_id"])


def visits() -> None:
    op.create_table(
        "visit",
        given("visit_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("household_id", sa.Uuid()),
        given("liaison_id", sa.Uuid()),
        given("building_id", sa.Uuid()),
        maybe("community_id", sa.Uuid()),
        given("outcome", sa.Text()),
        instant("visited_at"),
        given("visited_on", sa.Date()),
        instant("received_at"),
        given("digest", sa.Text()),
        given("clock", postgresql.JSONB()),
        sa.Column("marks", postgresql.ARRAY(sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        maybe("follows", sa.Uuid()),
        maybe("satisfied", sa.Boolean()),
        sa.Column("erased", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.CheckConstraint(
            "outcome IN ('met', 'card_left', 'not_now', 'moved_away', 'phoned')", name=op.f("ck_visit_outcome_known")
        ),
        of_jurisdiction("visit"),
        to("visit", "household_id", "household.household_id"),
        to("visit", "liaison_id", "person.person_id"),
        to("visit", "building_id", "building.building_id"),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visit")),
    )
    op.create_index("ix_visit_household", "visit", ["household_id", "visited_at"])
    op.create_index("ix_visit_month", "visit", ["jurisdiction_id", "visited_on"])
    op.create_index("ix_visit_liaison", "visit", ["liaison_id", "visited_on"])
    op.create_table(
        "visit_note",
        given("visit_id", sa.Uuid()),
        given("jurisdiction_id", sa.Uuid()),
        given("household_id", sa.Uuid()),
        given("words", sa.Text()),
        instant("written_at"),
        of_jurisdiction("visit_note"),
        to("visit_note", "visit_id", "visit.visit_id"),
        to("visit_note", "household_id", "household.household_id"),
        sa.PrimaryKeyConstraint("visit_id", name=op.f("pk_visit_note")),
    )
    op.create_index("ix_visit_note_written", "visit_note", ["written_at"])
    op.create_index("ix_report_visit", "report", ["visit_id"], postgresql_where=sa.text("visit_id IS NOT NULL"))


def downgrade() -> None:
    op.drop_index("ix_report_visit", table_name="report")
    for table in TABLES:
        op.drop_table(table)
