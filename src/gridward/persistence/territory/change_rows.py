"""Rows of a territory that changes: what was changed from when, who came after whom, where an area lay.

A change is published before or after the instant from which it holds. What the program keeps as of now (a building's
grid, an area's boundary) moves when that instant has come: at once, or by the worker (``in_force_at``).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import WKBElement
from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Text, text
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.territory_change import ChangeKind
from gridward.persistence.database import Row
from gridward.persistence.territory.rows import in_order, one_of, period, shape, sound, spatial


class TerritoryChangeRow(Row):
    """One act that moved boundaries. ``facts`` are the counts its author was shown, numbers and codes only."""

    __tablename__ = "territory_change"
    __table_args__ = (
        one_of("kind", ChangeKind),
        Index("ix_territory_change_from", "jurisdiction_id", "valid_from"),
        Index(
            "ix_territory_change_waiting",
            "valid_from",
            postgresql_where=text("in_force_at IS NULL"),
        ),
    )

    change_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    kind: Mapped[str] = mapped_column(Text)
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))
    in_force_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    facts: Mapped[dict[str, Any]] = mapped_column(JSONB)


class GridSuccessionRow(Row):
    """Which grid came after which, from when. Successors of successors have rows of their own (``is_direct`` false),

    so that whoever holds a grid is found for the tickets of all that went into it by one look.
    """

    __tablename__ = "grid_succession"
    __table_args__ = (
        CheckConstraint("predecessor_id <> successor_id", name="not_its_own_successor"),
        Index("ix_grid_succession_successor", "successor_id"),
    )

    predecessor_id: Mapped[UUID] = mapped_column(ForeignKey("grid.grid_id"), primary_key=True)
    successor_id: Mapped[UUID] = mapped_column(ForeignKey("grid.grid_id"), primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    change_id: Mapped[UUID] = mapped_column(ForeignKey("territory_change.change_id"))
    is_direct: Mapped[bool]
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class AreaBoundaryRow(Row):
    """Where an area lies, from – to; ``area.boundary`` repeats the one that holds now."""

    __tablename__ = "area_boundary"
    __table_args__ = (
        ExcludeConstraint(
            ("area_id", "="),
            (period(), "&&"),
            name="ex_area_boundary_one_at_a_time",
            using="gist",
        ),
        in_order(),
        sound("boundary"),
        spatial("area_boundary", "boundary"),
    )

    area_boundary_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    area_id: Mapped[UUID] = mapped_column(ForeignKey("area.area_id"))
    boundary: Mapped[WKBElement] = mapped_column(shape("MULTIPOLYGON"))
    valid_from: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    valid_to: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
