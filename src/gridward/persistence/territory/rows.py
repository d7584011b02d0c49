"""Rows of the territory: who answers where.

All geometry is WGS-84 (EPSG:4326), x before y. What changes in the course of years (a grid's boundary, a service area,
a stewardship) has ``valid_from`` and ``valid_to``: the instant from which it holds and the first at which it no longer
does, null while it stands.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.territory import AreaLevel, GridKind, ServiceKind, UnitKind
from gridward.persistence.database import WGS84, Row


def one_of(column: str, words: type[Any]) -> CheckConstraint:
    """A CHECK that a text column holds one of an enumeration's words."""
    listed = ", ".join(f"'{word.value}'" for word in words)
    return CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def sound(column: str) -> CheckConstraint:
    """A CHECK that a geometry is valid and not empty."""
    return CheckConstraint(f"ST_IsValid({column}) AND NOT ST_IsEmpty({column})", name=f"{column}_sound")


def in_order() -> CheckConstraint:
    """A CHECK that a period does not end before it begins."""
    return CheckConstraint("valid_to IS NULL OR valid_to > valid_from", name="period_in_order")


def shape(kind: str) -> Geometry:
    """A WGS-84 geometry column; its index is declared beside the others of the table."""
    return Geometry(kind, srid=WGS84, spatial_index=False)


def spatial(table: str, column: str) -> Index:
    """The GiST index of a geometry column."""
    return Index(f"ix_{table}_{column}", column, postgresql_using="gist")


def period() -> Any:
    """``valid_from`` … ``valid_to`` as a range, for exclusion."""
    return func.tstzrange(text("valid_from"), text("valid_to"))


class AreaRow(Row):
    """区划: a district, street or community by its official code. May be known by code and name alone."""

    __tablename__ = "area"
    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "code"),
        ForeignKeyConstraint(
            ["jurisdiction_id", "parent_code"],
            ["area.jurisdiction_id", "area.code"],
            deferrable=True,
            initially="DEFERRED",
        ),
        one_of("level", AreaLevel),
        sound("boundary"),
        CheckConstraint("code <> ''", name="code_given"),
        CheckConstraint("parent_code <> code", name="not_its_own_parent"),
        Index("ix_area_parent", "jurisdiction_id", "parent_code"),
        spatial("area", "boundary"),
    )

    area_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    code: Mapped[str] = mapped_column(Text)
    level: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    parent_code: Mapped[str | None] = mapped_column(Text)
    boundary: Mapped[WKBElement | None] = mapped_column(shape("MULTIPOLYGON"))


class GridRow(Row):
    """网格: who it is stays, where it lies is in :class:`GridBoundaryRow`."""

    __tablename__ = "grid"
    __table_args__ = (
        one_of("kind", GridKind),
        in_order(),
        CheckConstraint("code <> ''", name="code_given"),
        Index(
            "uq_grid_code",
            "jurisdiction_id",
            "code",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index("ix_grid_community", "community_id"),
    )

    grid_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    community_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.area_id"))
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class GridBoundaryRow(Row):
    """Where a grid lies, from – to. A grid has at most one boundary at any instant."""

    __tablename__ = "grid_boundary"
    __table_args__ = (
        ExcludeConstraint(
            ("grid_id", "="),
            (period(), "&&"),
            name="ex_grid_boundary_one_at_a_time",
            using="gist",
        ),
        in_order(),
        sound("boundary"),
        spatial("grid_boundary", "boundary"),
        Index("ix_grid_boundary_jurisdiction", "jurisdiction_id"),
    )

    grid_boundary_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    grid_id: Mapped[UUID] = mapped_column(ForeignKey("grid.grid_id"))
    boundary: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class StreetRow(Row):
    """A street, lane or path, by its centre line."""

    __tablename__ = "street"
    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "code"),
        sound("path"),
        spatial("street", "path"),
    )

    street_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    path: Mapped[WKBElement] = mapped_column(shape("MULTILINESTRING"))


class LandmarkRow(Row):
    """A place people name: a school gate, a market, an ancestral hall."""

    __tablename__ = "landmark"
    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "code"),
        sound("location"),
        spatial("landmark", "location"),
    )

    landmark_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(Text)
    location: Mapped[WKBElement] = mapped_column(shape("POINT"))


class BuildingRow(Row):
    """楼栋. ``location`` is a point on its surface and decides its grid; a house known by a point has no footprint."""

    __tablename__ = "building"
    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "code"),
        sound("footprint"),
        sound("location"),
        CheckConstraint("height_m > 0", name="height_above_ground"),
        Index("ix_building_grid", "grid_id"),
        spatial("building", "footprint"),
        spatial("building", "location"),
        Index(
            "ix_building_without_footprint",
            "location",
            postgresql_using="gist",
            postgresql_where=text("footprint IS NULL"),
        ),
    )

    building_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    house_no: Mapped[str | None] = mapped_column(Text)
    height_m: Mapped[float | None] = mapped_column(Float)
    footprint: Mapped[WKBElement | None] = mapped_column(shape("MULTIPOLYGON"))
    location: Mapped[WKBElement] = mapped_column(shape("POINT"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grid.grid_id"))


class UnitRow(Row):
    """责任单位. A last resort (兜底) answers for ``area_id`` and all below it, or everywhere when that is null."""

    __tablename__ = "unit"
    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "code"),
        one_of("kind", UnitKind),
        CheckConstraint("code <> ''", name="code_given"),
        Index("ix_unit_area", "jurisdiction_id", "area_id"),
        Index(
            "ix_unit_last_resort",
            "jurisdiction_id",
            "area_id",
            postgresql_where=text("is_last_resort"),
        ),
    )

    unit_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    telephone: Mapped[str | None] = mapped_column(Text)
    area_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.area_id"))
    is_last_resort: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    ended_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class ServiceAreaRow(Row):
    """责任范围: where a unit answers, from – to. Several may lie over one another: the rules choose."""

    __tablename__ = "service_area"
    __table_args__ = (
        one_of("kind", ServiceKind),
        in_order(),
        sound("boundary"),
        Index(
            "uq_service_area_code",
            "jurisdiction_id",
            "code",
            unique=True,
            postgresql_where=text("valid_to IS NULL"),
        ),
        Index("ix_service_area_unit", "unit_id"),
        spatial("service_area", "boundary"),
    )

    service_area_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.unit_id"))
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    boundary: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))


class StewardshipRow(Row):
    """网格分工: who holds a grid, from – to. Never two leads of one grid at once."""

    __tablename__ = "stewardship"
    __table_args__ = (
        ExcludeConstraint(
            ("grid_id", "="),
            (period(), "&&"),
            name="ex_stewardship_one_lead",
            using="gist",
            where=text("is_lead"),
        ),
        ExcludeConstraint(
            ("grid_id", "="),
            ("person_id", "="),
            (period(), "&&"),
            name="ex_stewardship_once_per_person",
            using="gist",
        ),
        in_order(),
        Index("ix_stewardship_person", "person_id"),
    )

    stewardship_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    grid_id: Mapped[UUID] = mapped_column(ForeignKey("grid.grid_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    is_lead: Mapped[bool] = mapped_column(Boolean, server_default=text("false"))
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
