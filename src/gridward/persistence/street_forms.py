"""Forms of the street (台账模板): a workbook with headings, uploaded once, and which of our columns fills which of its."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import CheckConstraint, DateTime, ForeignKey, Index, Integer, LargeBinary, Row, Text, select, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from gridward.persistence import database
from gridward.persistence.accounts.rows import PersonRow
from gridward.persistence.database import ReadSession, WriteSession

Either = ReadSession | WriteSession
Instant = DateTime(timezone=True)


class StreetFormRow(database.Row):
    """One form. ``headings``: place (1 is A, as text) → heading; ``columns``: place → key of the register's column."""

    __tablename__ = "street_form"
    __table_args__ = (
        Index("ix_street_form_of", "jurisdiction_id", "kept_at"),
        CheckConstraint("name <> ''", name="name_given"),
        CheckConstraint("first_row > heading_row AND heading_row >= 1", name="rows_in_order"),
    )

    form_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    register: Mapped[str] = mapped_column(Text)
    name: Mapped[str] = mapped_column(Text)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    sheet: Mapped[str] = mapped_column(Text)
    heading_row: Mapped[int] = mapped_column(Integer)
    first_row: Mapped[int] = mapped_column(Integer)
    headings: Mapped[dict[str, str]] = mapped_column(JSONB)
    columns: Mapped[dict[str, str]] = mapped_column(JSONB)
    kept_by: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    kept_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


async def form(session: Either, form_id: UUID) -> StreetFormRow | None:
    query = select(StreetFormRow).where(StreetFormRow.form_id == form_id)
    return (await session.execute(query)).scalar_one_or_none()


async def forms(session: ReadSession, jurisdiction_id: UUID) -> Sequence[Row[Any]]:
    """The forms in use, by name, without their files; with ``kept_by_name``."""
    shown = [column for column in StreetFormRow.__table__.c if column.name != "content"]
    query = (
        select(*shown, PersonRow.name.label("kept_by_name"))
        .outerjoin(PersonRow, PersonRow.person_id == StreetFormRow.kept_by)
        .where(StreetFormRow.jurisdiction_id == jurisdiction_id, StreetFormRow.ended_at.is_(None))
        .order_by(StreetFormRow.name, StreetFormRow.form_id)
    )
    return cast(Sequence[Row[Any]], (await session.execute(query)).all())


async def put(session: WriteSession, values: Mapping[str, Any]) -> None:
    changed = {name: value for name, value in values.items() if name not in ("form_id", "jurisdiction_id")}
    await session.execute(
        upsert(StreetFormRow).values(**values).on_conflict_do_update(index_elements=["form_id"], set_=changed)
    )


async def change(session: WriteSession, form_id: UUID, **values: Any) -> None:
    await session.execute(
        update(StreetFormRow)
        .where(StreetFormRow.form_id == form_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )
