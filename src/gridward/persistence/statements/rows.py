"""Rows of what was told: statements and their lines, objections, explanations, publications, corrections."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    Date,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridward.persistence.database import Row

Instant = DateTime(timezone=True)


def _said_whole() -> CheckConstraint:
    return CheckConstraint("(said_by IS NULL) = (way IS NULL) AND way IN ('paper', 'telephone')", name="said_whole")


class StatementRow(Row):
    """A unit's statement of a month, as of ``made_at``. INSERT only, with its lines.

    ``beside``: set → how many, for the figures that are told beside the clocks; empty: made before there were any.
    """

    __tablename__ = "statement"
    __table_args__ = (UniqueConstraint("jurisdiction_id", "month", "unit_id"),)

    statement_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.unit_id"))
    month: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(Instant)
    object_until: Mapped[datetime] = mapped_column(Instant)
    lines: Mapped[int] = mapped_column(Integer)
    verdicts: Mapped[dict[str, Any]] = mapped_column(JSONB)
    beside: Mapped[dict[str, Any]] = mapped_column(JSONB)


class StatementLineRow(Row):
    """One clock on a statement. ``detail``: number, kind of problem, limit, basis, pauses and readings, as they were then."""

    __tablename__ = "statement_line"
    __table_args__ = (Index("ix_statement_line_ticket", "ticket_id"),)

    statement_id: Mapped[UUID] = mapped_column(ForeignKey("statement.statement_id"), primary_key=True)
    line: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"))
    key: Mapped[str] = mapped_column(Text)
    kind: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)


class ObjectionRow(Row):
    """A unit's objection to a line, and what was decided. One at a time for a line.

    ``said_by``, ``way``: who of the unit said it, and how it came, where a supervisor entered it.
    """

    __tablename__ = "objection"
    __table_args__ = (
        ForeignKeyConstraint(["statement_id", "line"], ["statement_line.statement_id", "statement_line.line"]),
        CheckConstraint("decision IN ('granted', 'noted', 'refused')", name="decision_known"),
        CheckConstraint(
            "(decision IS NULL) = (decided_at IS NULL) AND (decision IS NULL) = (answer IS NULL)", name="decided_whole"
        ),
        _said_whole(),
        Index("uq_objection_open", "statement_id", "line", unique=True, postgresql_where=text("decided_at IS NULL")),
        Index("ix_objection_statement", "statement_id"),
    )

    objection_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    statement_id: Mapped[UUID]
    line: Mapped[int] = mapped_column(Integer)
    words: Mapped[str] = mapped_column(Text)
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Instant)
    said_by: Mapped[str | None] = mapped_column(Text)
    way: Mapped[str | None] = mapped_column(Text)
    decision: Mapped[str | None] = mapped_column(Text)
    answer: Mapped[str | None] = mapped_column(Text)
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


class ExplanationRow(Row):
    """What a unit has to say beside a breach (情况说明). It changes no number; the newest stands.

    ``said_by``, ``way``: as of an objection.
    """

    __tablename__ = "explanation"
    __table_args__ = (ForeignKeyConstraint(["ticket_id", "key"], ["clock.ticket_id", "clock.key"]), _said_whole())

    ticket_id: Mapped[UUID] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    unit_id: Mapped[UUID] = mapped_column(ForeignKey("unit.unit_id"))
    words: Mapped[str] = mapped_column(Text)
    made_by: Mapped[UUID]
    made_at: Mapped[datetime] = mapped_column(Instant)
    said_by: Mapped[str | None] = mapped_column(Text)
    way: Mapped[str | None] = mapped_column(Text)


class PublicationRow(Row):
    """The figures of a month as they were told. INSERT only.

    ``told``: whose → set → count; ``definitions``: the indices with their words, as they were then. ``digest`` is over
    both and stands in the log, which ``seal_number`` and ``seal_root`` had sealed up to then.
    """

    __tablename__ = "publication"
    __table_args__ = (UniqueConstraint("jurisdiction_id", "month"),)

    publication_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    month: Mapped[date] = mapped_column(Date)
    as_of: Mapped[datetime] = mapped_column(Instant)
    published_by: Mapped[UUID]
    told: Mapped[dict[str, Any]] = mapped_column(JSONB)
    definitions: Mapped[list[Any]] = mapped_column(JSONB)
    digest: Mapped[bytes] = mapped_column(LargeBinary)
    seal_number: Mapped[int | None] = mapped_column(Integer)
    seal_root: Mapped[bytes | None] = mapped_column(LargeBinary)


class CorrectionRow(Row):
    """What of a publication was told anew. INSERT only. ``changes``: whose, code, before and after."""

    __tablename__ = "correction"

    publication_id: Mapped[UUID] = mapped_column(ForeignKey("publication.publication_id"), primary_key=True)
    number: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    as_of: Mapped[datetime] = mapped_column(Instant)
    made_by: Mapped[UUID]
    reason: Mapped[str] = mapped_column(Text)
    changes: Mapped[list[Any]] = mapped_column(JSONB)
    told: Mapped[dict[str, Any]] = mapped_column(JSONB)
