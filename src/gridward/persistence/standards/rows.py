"""Rows of standards and calendars. What is published is never edited: a change is a new version.

The database keeps that itself: the programs may insert these rows and close ``standard.valid_to``, nothing else.
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
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.standards import CommunityType, DayRule
from gridward.domain.standards_unit_names import UnitRole
from gridward.domain.territory import UnitKind
from gridward.persistence.database import Row
from gridward.persistence.territory.rows import one_of


class CalendarRow(Row):
    """One version of a working calendar; ``document`` is its JSON form."""

    __tablename__ = "calendar"
    __table_args__ = (CheckConstraint("version >= 1", name="version_counts"),)

    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"), primary_key=True)
    calendar_id: Mapped[str] = mapped_column(Text, primary_key=True)
    version: Mapped[int] = mapped_column(Integer, primary_key=True)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))


class StandardRow(Row):
    """One version of a standard; ``document`` is its JSON form without categories and conditions.

    ``valid_from`` and ``valid_to`` are local dates, the last exclusive. ``digest`` tells whether a file says
    anything new. ``area_codes``, ``community_types`` and ``is_emergency`` say where it goes before the general ones.
    """

    __tablename__ = "standard"
    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "scheme", "version"),
        CheckConstraint("version >= 1", name="version_counts"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        one_of("day_rule", DayRule),
        ExcludeConstraint(
            ("jurisdiction_id", "="),
            ("scheme", "="),
            (text("daterange(valid_from, valid_to)"), "&&"),
            name="ex_standard_stands_alone",
            using="gist",
        ),
    )

    standard_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    scheme: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(Integer)
    day_rule: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    has_pictures: Mapped[bool] = mapped_column(Boolean)
    area_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    community_types: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_emergency: Mapped[bool] = mapped_column(Boolean)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)
    digest: Mapped[str] = mapped_column(Text)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))


class CategoryRow(Row):
    """A category of one version; ``place`` keeps the order of the standard."""

    __tablename__ = "category"
    __table_args__ = (Index("ix_category_code", "jurisdiction_id", "code"),)

    standard_id: Mapped[UUID] = mapped_column(ForeignKey("standard.standard_id"), primary_key=True)
    code: Mapped[str] = mapped_column(Text, primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    place: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ConditionRow(Row):
    """A condition of one version."""

    __tablename__ = "condition"
    __table_args__ = (
        ForeignKeyConstraint(["standard_id", "category_code"], ["category.standard_id", "category.code"]),
        UniqueConstraint("standard_id", "category_code", "code"),
        Index("ix_condition_id", "jurisdiction_id", "condition_id"),
    )

    standard_id: Mapped[UUID] = mapped_column(primary_key=True)
    condition_id: Mapped[str] = mapped_column(Text, primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    category_code: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    place: Mapped[int] = mapped_column(Integer)
    document: Mapped[dict[str, Any]] = mapped_column(JSONB)


class UnitNameRow(Row):
    """Whom a name in a standard means (所属街办, 各产权单位): a kind of unit by place, or one unit; neither: unknown.

    ``area_id`` limits the meaning to a place; without it the line holds wherever no nearer one does. ``role`` says in
    which part the name acts, whatever column it stands in; null: as its column says.
    """

    __tablename__ = "unit_name"
    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "name", "area_id", postgresql_nulls_not_distinct=True),
        CheckConstraint("unit_kind IS NULL OR unit_id IS NULL", name="one_meaning"),
        one_of("unit_kind", UnitKind),
        one_of("role", UnitRole),
    )

    unit_name_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    name: Mapped[str] = mapped_column(Text)
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.area_id"))
    unit_kind: Mapped[str | None] = mapped_column(Text)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.unit_id"))
    role: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))


class PlaceTypeRow(Row):
    """What kind of place a community or a grid is: its type, its area class (A/B/C). A grid's own
    line goes before that of its community. Tickets keep what held when they were filed.
    """

    __tablename__ = "place_type"
    __table_args__ = (
        UniqueConstraint("area_id"),
        UniqueConstraint("grid_id"),
        CheckConstraint("(area_id IS NULL) <> (grid_id IS NULL)", name="one_place"),
        CheckConstraint("area_class IN ('A', 'B', 'C')", name="area_class_known"),
        one_of("community_type", CommunityType),
        Index("ix_place_type_jurisdiction", "jurisdiction_id"),
    )

    place_type_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.area_id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grid.grid_id"))
    community_type: Mapped[str | None] = mapped_column(Text)
    area_class: Mapped[str | None] = mapped_column(Text)
    changed_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))


class EmergencyRow(Row):
    """An emergency (防汛, 重污染) in which a profile holds: from – to, in some areas (none named: everywhere).

    It ends by itself at ``ends_at``; ``ended_at`` is set where a person ended it before. Never edited otherwise.
    """

    __tablename__ = "emergency"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="period_in_order"),
        CheckConstraint("ended_at < ends_at", name="ended_before_its_end"),
        Index("ix_emergency_jurisdiction", "jurisdiction_id", "ends_at"),
    )

    emergency_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    standard_id: Mapped[UUID] = mapped_column(ForeignKey("standard.standard_id"))
    area_codes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    starts_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ends_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    notice: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))
