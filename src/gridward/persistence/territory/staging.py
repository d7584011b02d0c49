"""Rows of an import under way: what was read, what was found wrong, before anything is published.

The two tables are unlogged: after a crash they are empty, and the import is simply run again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import WKBElement
from sqlalchemy import DateTime, ForeignKey, Index, Integer, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridward.persistence.database import Row
from gridward.persistence.territory.rows import shape, spatial


class TerritoryImportRow(Row):
    """One file being read into one layer."""

    __tablename__ = "territory_import"
    import_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    layer: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))


class StagedFeatureRow(Row):
    """One feature of the file, repaired and checked by itself.

    ``target_id`` is the row that stands under the same code (``outcome`` changed or unchanged), or the id that a new
    one will bear. A refused row keeps its place, so that everything else can name it.
    """

    __tablename__ = "staged_feature"
    __table_args__ = (
        Index("ix_staged_feature_code", "import_id", "code"),
        spatial("staged_feature", "geometry"),
    )

    import_id: Mapped[UUID] = mapped_column(
        ForeignKey("territory_import.import_id", ondelete="CASCADE"), primary_key=True
    )
    row_no: Mapped[int] = mapped_column(Integer, primary_key=True)
    place: Mapped[str] = mapped_column(Text)
    code: Mapped[str] = mapped_column(Text)
    name: Mapped[str | None] = mapped_column(Text)
    kind: Mapped[str | None] = mapped_column(Text)
    attributes: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    geometry: Mapped[WKBElement | None] = mapped_column(shape("GEOMETRY"))
    target_id: Mapped[UUID | None]
    linked_id: Mapped[UUID | None]
    outcome: Mapped[str | None] = mapped_column(Text)
