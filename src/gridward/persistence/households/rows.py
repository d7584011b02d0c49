"""Rows of households and visits.

What names somebody (contact, needs, notes) stands in tables of its own and can be erased without touching what happened.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.households.register import Ended, Need
from gridward.domain.households.visits import Outcome
from gridward.persistence.database import Row
from gridward.persistence.territory.rows import in_order, one_of

Instant = DateTime(timezone=True)


def _period() -> Any:
    return func.tstzrange(text("valid_from"), text("valid_to"))


class HouseholdRow(Row):
    """户: people at one dwelling. ``cares``: it needs more than the others (关爱户); what, stands in its needs."""

    __tablename__ = "household"
    __table_args__ = (
        CheckConstraint("(ended_at IS NULL) = (ended IS NULL)", name="ended_whole"),
        CheckConstraint("(ended IS DISTINCT FROM 'merged') = (merged_into_id IS NULL)", name="merged_whole"),
        one_of("ended", Ended),
        Index(
            "uq_household_dwelling",
            "building_id",
            "entrance",
            "room",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_household_community", "community_id", postgresql_where=text("ended_at IS NULL")),
        Index("ix_household_jurisdiction", "jurisdiction_id"),
        Index("ix_household_merged", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
    )

    household_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    community_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.area_id"))
    building_id: Mapped[UUID] = mapped_column(ForeignKey("building.building_id"))
    entrance: Mapped[str] = mapped_column(Text)
    floor: Mapped[str] = mapped_column(Text)
    room: Mapped[str] = mapped_column(Text)
    cares: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    version: Mapped[int] = mapped_column(Integer)
    registered_at: Mapped[datetime] = mapped_column(Instant)
    changed_at: Mapped[datetime] = mapped_column(Instant)
    reached_on: Mapped[date | None] = mapped_column(Date)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended: Mapped[str | None] = mapped_column(Text)
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("household.household_id"))


class HouseholdPastRow(Row):
    """How a household's place stood before a correction; version by version. ``contact_changed``: but not what it was."""

    __tablename__ = "household_past"

    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.household_id"), primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    building_id: Mapped[UUID] = mapped_column(ForeignKey("building.building_id"))
    entrance: Mapped[str] = mapped_column(Text)
    floor: Mapped[str] = mapped_column(Text)
    room: Mapped[str] = mapped_column(Text)
    contact_changed: Mapped[bool] = mapped_column(Boolean)
    until: Mapped[datetime] = mapped_column(Instant)
    changed_by: Mapped[UUID | None]


class HouseholdContactRow(Row):
    """Whom to call, while the household agrees. The number is sealed; ``number_digest`` finds it."""

    __tablename__ = "household_contact"
    __table_args__ = (Index("ix_household_contact_number", "jurisdiction_id", "number_digest"),)

    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.household_id"), primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    name: Mapped[str | None] = mapped_column(Text)
    number_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    number_digest: Mapped[bytes | None] = mapped_column(LargeBinary)
    changed_at: Mapped[datetime] = mapped_column(Instant)


class HouseholdNeedRow(Row):
    """What help a household needs (关爱对象); seen by its liaison only."""

    __tablename__ = "household_need"
    __table_args__ = (one_of("need", Need),)

    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.household_id"), primary_key=True)
    need: Mapped[str] = mapped_column(Text, primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    since: Mapped[datetime] = mapped_column(Instant)


class HouseholdConsentRow(Row):
    """What a household was read and said; the newest counts. INSERT only."""

    __tablename__ = "household_consent"
    __table_args__ = (Index("ix_household_consent_household", "household_id", "at"),)

    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.household_id"))
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    version: Mapped[str] = mapped_column(Text)
    given: Mapped[bool] = mapped_column(Boolean)
    at: Mapped[datetime] = mapped_column(Instant)
    noted_by: Mapped[UUID | None]


class RevealRow(Row):
    """A number that was shown whole, to whom and why; the household can be shown the list."""

    __tablename__ = "household_reveal"
    __table_args__ = (
        Index("ix_household_reveal_household", "household_id", "at"),
        Index("ix_household_reveal_reader", "reader_id", "at"),
        Index("ix_household_reveal_at", "jurisdiction_id", "at"),
    )

    reveal_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.household_id"))
    reader_id: Mapped[UUID]
    purpose: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)


class TieRow(Row):
    """联系户: a liaison visits a household, from – to; never two at once."""

    __tablename__ = "tie"
    __table_args__ = (
        ExcludeConstraint(("household_id", "="), (_period(), "&&"), name="ex_tie_one_liaison_at_a_time", using="gist"),
        in_order(),
        Index("ix_tie_household", "household_id", "valid_from"),
        Index("ix_tie_person", "person_id", postgresql_where=text("valid_to IS NULL")),
        Index("uq_tie_standing", "household_id", unique=True, postgresql_where=text("valid_to IS NULL")),
    )

    tie_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.household_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    valid_from: Mapped[datetime] = mapped_column(Instant)
    valid_to: Mapped[datetime | None] = mapped_column(Instant)
    tied_by: Mapped[UUID | None]
    ended_by: Mapped[UUID | None]


class BuildingStewardshipRow(Row):
    """楼长: who looks after a building, from – to."""

    __tablename__ = "building_stewardship"
    __table_args__ = (
        in_order(),
        Index(
            "uq_building_stewardship_standing", "building_id", unique=True, postgresql_where=text("valid_to IS NULL")
        ),
        Index("ix_building_stewardship_person", "person_id"),
    )

    building_stewardship_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    building_id: Mapped[UUID] = mapped_column(ForeignKey("building.building_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    valid_from: Mapped[datetime] = mapped_column(Instant)
    valid_to: Mapped[datetime | None] = mapped_column(Instant)


class HomeRegistrationRow(Row):
    """双报到: a working member registered where they live. ``employer``: the party branch or company they come from."""

    __tablename__ = "home_registration"
    __table_args__ = (
        in_order(),
        Index("uq_home_registration_standing", "person_id", unique=True, postgresql_where=text("valid_to IS NULL")),
        Index("ix_home_registration_building", "building_id"),
    )

    home_registration_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    building_id: Mapped[UUID] = mapped_column(ForeignKey("building.building_id"))
    employer: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime] = mapped_column(Instant)
    valid_to: Mapped[datetime | None] = mapped_column(Instant)


class VisitRow(Row):
    """走访: a fact. ``visited_on`` by the jurisdiction's days; ``building_id`` and ``community_id`` as they were then."""

    __tablename__ = "visit"
    __table_args__ = (
        one_of("outcome", Outcome),
        Index("ix_visit_household", "household_id", "visited_at"),
        Index("ix_visit_month", "jurisdiction_id", "visited_on"),
        Index("ix_visit_liaison", "liaison_id", "visited_on"),
        Index("ix_visit_follows", "follows", postgresql_where=text("follows IS NOT NULL")),
    )

    visit_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.household_id"))
    liaison_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    building_id: Mapped[UUID] = mapped_column(ForeignKey("building.building_id"))
    community_id: Mapped[UUID | None]
    outcome: Mapped[str] = mapped_column(Text)
    visited_at: Mapped[datetime] = mapped_column(Instant)
    visited_on: Mapped[date] = mapped_column(Date)
    received_at: Mapped[datetime] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(Text)
    clock: Mapped[dict[str, Any]] = mapped_column(JSONB)
    marks: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    follows: Mapped[UUID | None]
    satisfied: Mapped[bool | None] = mapped_column(Boolean)
    erased: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))


class VisitNoteRow(Row):
    """民情日记, in the liaison's own words; kept two years."""

    __tablename__ = "visit_note"
    __table_args__ = (Index("ix_visit_note_written", "written_at"),)

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.visit_id"), primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.household_id"))
    words: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(Instant)
