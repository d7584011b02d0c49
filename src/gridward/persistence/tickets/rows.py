"""What people reported, the duties that follow, and how far each has come.

The log (``entry``) is the truth about a ticket; ``ticket``, ``assignment``, ``request`` and ``clock`` are its
projection, written in the same transaction, so that lists, maps and the sweep need not fold histories.

Hot tables have no foreign key to ``jurisdiction`` or ``unit``: thousands of filings a minute would all lock that one
row. Inside the capability every reference is a foreign key.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import Geometry, WKBElement
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from gridward.persistence.database import WGS84, Row

Instant = DateTime(timezone=True)
POINT = Geometry("POINT", srid=WGS84, spatial_index=False)


class TicketRow(Row):
    """One duty. ``number`` and ``number_day`` make the official number, ``short_no`` the spoken one (see ``numbers``).

    ``is_open`` repeats what ``status`` says, so that the indexes of everything live are partial on a column and not on
    a list of words. ``version`` is the ``ticket_version`` of the newest entry. ``next_step_at`` is when the sweep must
    look next; null when nothing will happen by itself. ``due_at`` is the ``overall`` clock's, shown to reporters;
    ``order_at`` is what lists by due time go by: the unit's due, else the whole's, else the next one, else far away.
    ``search`` carries weight A for what every viewer of the ticket may see, D for the reporter's words.
    """

    __tablename__ = "ticket"
    __table_args__ = (
        Index("uq_ticket_number", "jurisdiction_id", "number_day", "number", unique=True),
        Index("uq_ticket_short_no", "number_area_id", "number_day", "short_no", unique=True),
        Index("ix_ticket_open_place", "location", postgresql_using="gist", postgresql_where=text("is_open")),
        Index(
            "ix_ticket_open_newest",
            "jurisdiction_id",
            "received_at",
            "ticket_id",
            postgresql_include=[
                "location",
                "status",
                "unit_id",
                "grid_id",
                "community_id",
                "category_code",
                "next_due_at",
                "near_breach_at",
                "breached_at",
                "paused",
            ],
            postgresql_where=text("is_open"),
        ),
        Index("ix_ticket_open_due", "jurisdiction_id", "order_at", "ticket_id", postgresql_where=text("is_open")),
        Index(
            "ix_ticket_open_near",
            "jurisdiction_id",
            "near_breach_at",
            postgresql_where=text("is_open AND breached_at IS NULL AND near_breach_at IS NOT NULL"),
        ),
        Index(
            "ix_ticket_open_breached",
            "jurisdiction_id",
            "order_at",
            "ticket_id",
            postgresql_where=text("is_open AND breached_at IS NOT NULL"),
        ),
        Index("ix_ticket_open_unit", "unit_id", "order_at", postgresql_where=text("is_open AND unit_id IS NOT NULL")),
        Index("ix_ticket_open_short_no", "jurisdiction_id", "short_no", postgresql_where=text("is_open")),
        Index("ix_ticket_open_grid", "grid_id", postgresql_where=text("is_open")),
        Index("ix_ticket_open_community", "community_id", postgresql_where=text("is_open")),
        Index("ix_ticket_tray", "jurisdiction_id", "received_at", postgresql_where=text("tray_reason IS NOT NULL")),
        Index("ix_ticket_next_step", "next_step_at", postgresql_where=text("next_step_at IS NOT NULL")),
        Index("ix_ticket_received", "jurisdiction_id", "received_at", "ticket_id"),
        Index("ix_ticket_community", "community_id", "received_at"),
        Index(
            "ix_ticket_ended",
            "jurisdiction_id",
            "ended_at",
            postgresql_where=text("ended_at IS NOT NULL"),
        ),
        Index(
            "ix_ticket_building",
            "building_id",
            "category_code",
            "received_at",
            postgresql_where=text("building_id IS NOT NULL"),
        ),
        Index("ix_ticket_search", "search", postgresql_using="gin"),
        Index("ix_ticket_parent", "parent_id", postgresql_where=text("parent_id IS NOT NULL")),
        Index("ix_ticket_merged_into", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        CheckConstraint("merged_into_id <> ticket_id", name="merged_elsewhere"),
    )

    ticket_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    number_day: Mapped[date] = mapped_column(Date)
    number_area_id: Mapped[UUID]
    short_no: Mapped[int] = mapped_column(Integer)
    status: Mapped[str] = mapped_column(Text)
    is_open: Mapped[bool] = mapped_column(Boolean)
    version: Mapped[int] = mapped_column(Integer)
    round: Mapped[int] = mapped_column(SmallInteger)
    source: Mapped[str] = mapped_column(Text)
    category_code: Mapped[str] = mapped_column(Text)
    standard_id: Mapped[UUID]
    condition_id: Mapped[str | None] = mapped_column(Text)
    urgent: Mapped[bool] = mapped_column(Boolean)
    place_note: Mapped[str | None] = mapped_column(Text)
    location: Mapped[WKBElement | None] = mapped_column(POINT)
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    grid_id: Mapped[UUID | None]
    community_id: Mapped[UUID | None]
    building_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    worker_id: Mapped[UUID | None]
    assignment_id: Mapped[UUID | None]
    resolution_id: Mapped[UUID | None]
    received_at: Mapped[datetime] = mapped_column(Instant)
    captured_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    closing: Mapped[str | None] = mapped_column(Text)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    resolve_due_at: Mapped[datetime | None] = mapped_column(Instant)
    order_at: Mapped[datetime] = mapped_column(Instant)
    next_clock: Mapped[str | None] = mapped_column(Text)
    next_due_at: Mapped[datetime | None] = mapped_column(Instant)
    near_breach_at: Mapped[datetime | None] = mapped_column(Instant)
    breached_at: Mapped[datetime | None] = mapped_column(Instant)
    paused: Mapped[bool] = mapped_column(Boolean)
    next_step_at: Mapped[datetime | None] = mapped_column(Instant)
    verify_way: Mapped[str | None] = mapped_column(Text)
    tray_reason: Mapped[str | None] = mapped_column(Text)
    conflict: Mapped[bool] = mapped_column(Boolean)
    routing: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    photo_sha256: Mapped[str | None] = mapped_column(Text)
    reports_count: Mapped[int] = mapped_column(SmallInteger)
    marks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("ticket.ticket_id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("ticket.ticket_id"))
    search: Mapped[str] = mapped_column(TSVECTOR)


class ReportRow(Row):
    """What somebody saw; never changed, only erased (then ``erased_at`` stays and every word and place is gone).

    ``digest`` is the phone's own over the body it keeps; to us it is opaque and decides whether a repeat is the same.
    ``ticket_id`` is where the report belongs now: the ticket it founded, or the one it was joined to. The row is the
    first one a filing writes, before its ticket, so that of two equal requests at once the second waits here.
    ``speaker`` is whom the desk filed it for; forgotten some time after the ticket ended.
    ``outer_warn_at`` is when the desk is to be told that another system's limit (``outer_due_at``) runs out; null once told.
    """

    __tablename__ = "report"
    __table_args__ = (
        Index("ix_report_ticket", "ticket_id"),
        Index("ix_report_reporter", "reporter_id", "received_at"),
        Index("ix_report_outer_warn", "outer_warn_at", postgresql_where=text("outer_warn_at IS NOT NULL")),
        Index("ix_report_outer_no", "jurisdiction_id", "outer_no", postgresql_where=text("outer_no IS NOT NULL")),
        Index("ix_report_speaker", "ticket_id", postgresql_where=text("speaker IS NOT NULL")),
        Index("ix_report_visit", "visit_id", postgresql_where=text("visit_id IS NOT NULL")),
    )

    report_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    ticket_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("ticket.ticket_id", deferrable=True, initially="DEFERRED")
    )
    digest: Mapped[str] = mapped_column(Text)
    schema: Mapped[int] = mapped_column(SmallInteger)
    reporter_id: Mapped[UUID | None]
    source: Mapped[str] = mapped_column(Text)
    speaker: Mapped[str | None] = mapped_column(Text)
    said_at: Mapped[datetime | None] = mapped_column(Instant)
    outer_no: Mapped[str | None] = mapped_column(Text)
    outer_due_at: Mapped[datetime | None] = mapped_column(Instant)
    outer_warn_at: Mapped[datetime | None] = mapped_column(Instant)
    patrol_id: Mapped[UUID | None]
    visit_id: Mapped[UUID | None]
    category_code: Mapped[str | None] = mapped_column(Text)
    condition_id: Mapped[str | None] = mapped_column(Text)
    location: Mapped[WKBElement | None] = mapped_column(POINT)
    accuracy_m: Mapped[float | None] = mapped_column(Double)
    location_age_s: Mapped[float | None] = mapped_column(Double)
    location_source: Mapped[str | None] = mapped_column(Text)
    place_note: Mapped[str | None] = mapped_column(Text)
    captured_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    clock: Mapped[dict[str, Any]] = mapped_column(JSONB)
    agent: Mapped[str | None] = mapped_column(Text)
    self_resolved: Mapped[bool] = mapped_column(Boolean)
    marks: Mapped[list[str]] = mapped_column(ARRAY(Text))
    erased_at: Mapped[datetime | None] = mapped_column(Instant)


class AssignmentRow(Row):
    """One unit answering for one ticket, from–to. ``begun_by`` and ``ended_by`` are verbs: a rework begins a new one, too.

    ``routing`` keeps why it was chosen (ids and distances only).
    """

    __tablename__ = "assignment"
    __table_args__ = (
        Index("ix_assignment_ticket", "ticket_id"),
        Index("uq_assignment_open", "ticket_id", unique=True, postgresql_where=text("ended_at IS NULL")),
        Index("ix_assignment_unit_ended", "unit_id", "ended_at"),
        Index("ix_assignment_begun", "jurisdiction_id", "assigned_at"),
        Index("ix_assignment_settled", "jurisdiction_id", text("greatest(assigned_at, ended_at)"), "assigned_at"),
    )

    assignment_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"))
    unit_id: Mapped[UUID]
    worker_id: Mapped[UUID | None]
    by_rule: Mapped[bool] = mapped_column(Boolean)
    assigned_at: Mapped[datetime] = mapped_column(Instant)
    begun_by: Mapped[str] = mapped_column(Text)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    ended_by: Mapped[str | None] = mapped_column(Text)
    routing: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class RequestRow(Row):
    """Something a unit asked for and somebody must decide; one open request of a kind per ticket."""

    __tablename__ = "request"
    __table_args__ = (
        Index("ix_request_ticket", "ticket_id"),
        Index("uq_request_open", "ticket_id", "kind", unique=True, postgresql_where=text("decided_at IS NULL")),
        Index("ix_request_open", "jurisdiction_id", "asked_at", postgresql_where=text("decided_at IS NULL")),
        Index("ix_request_decided", "jurisdiction_id", "decided_at", postgresql_where=text("decided_at IS NOT NULL")),
    )

    request_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"))
    kind: Mapped[str] = mapped_column(Text)
    asked_by_id: Mapped[UUID | None]
    asked_at: Mapped[datetime] = mapped_column(Instant)
    reason: Mapped[str | None] = mapped_column(Text)
    until_at: Mapped[datetime | None] = mapped_column(Instant)
    detail: Mapped[dict[str, Any]] = mapped_column(JSONB)
    outcome: Mapped[str | None] = mapped_column(Text)
    decided_by_id: Mapped[UUID | None]
    decided_at: Mapped[datetime | None] = mapped_column(Instant)


CLOCK_SETTLED = text("\nCASE\n WHEN state = 'stopped' AND is_final THEN stopped_at\n ELSE NULL\nEND")
"""As PostgreSQL prints it, line by line: so it is compared when drift is looked for."""


class ClockRow(Row):
    """One clock of one ticket as its facts leave it; ``key`` names it within the ticket (see ``domain/sla/clocks``).

    ``state`` is ``running``, ``stopped`` or ``void``; whether a running one pauses at an instant is asked of the facts.
    ``breached_at`` is the breach that stands; one that was lifted is null here and has ``lifted_at``. ``binding`` null:
    a reference (参考时限), counted in no index. ``by_rule``: the rules stopped it, nobody at the desk. ``imported``: another
    system's times, which are no reading of ours.
    """

    __tablename__ = "clock"
    __table_args__ = (
        Index("ix_clock_due", "jurisdiction_id", "kind", "due_at"),
        Index(
            "ix_clock_settled",
            "jurisdiction_id",
            "kind",
            CLOCK_SETTLED,
            "due_at",
            postgresql_where=text("state <> 'void'"),
        ),
        Index("ix_clock_unit_due", "unit_id", "kind", "due_at", postgresql_where=text("unit_id IS NOT NULL")),
        CheckConstraint("state IN ('running', 'stopped', 'void')", name="state"),
    )

    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"), primary_key=True)
    key: Mapped[str] = mapped_column(Text, primary_key=True)
    clock_id: Mapped[UUID] = mapped_column(unique=True)
    jurisdiction_id: Mapped[UUID]
    kind: Mapped[str] = mapped_column(Text)
    round: Mapped[int] = mapped_column(SmallInteger)
    number: Mapped[int | None] = mapped_column(SmallInteger)
    assignment_id: Mapped[UUID | None]
    unit_id: Mapped[UUID | None]
    unit_kind: Mapped[str | None] = mapped_column(Text)
    request_id: Mapped[UUID | None]
    way: Mapped[str | None] = mapped_column(Text)
    binding: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(Text)
    started_at: Mapped[datetime] = mapped_column(Instant)
    first_due_at: Mapped[datetime | None] = mapped_column(Instant)
    due_at: Mapped[datetime | None] = mapped_column(Instant)
    stopped_at: Mapped[datetime | None] = mapped_column(Instant)
    is_final: Mapped[bool] = mapped_column(Boolean)
    ended_by: Mapped[str | None] = mapped_column(Text)
    voided_at: Mapped[datetime | None] = mapped_column(Instant)
    void_why: Mapped[str | None] = mapped_column(Text)
    breached_at: Mapped[datetime | None] = mapped_column(Instant)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
    extensions: Mapped[int] = mapped_column(SmallInteger)
    pauses: Mapped[int] = mapped_column(SmallInteger)
    exempt: Mapped[bool] = mapped_column(Boolean)
    provisional: Mapped[bool] = mapped_column(Boolean)
    by_rule: Mapped[bool] = mapped_column(Boolean)
    imported: Mapped[bool] = mapped_column(Boolean)
    calendars: Mapped[dict[str, int]] = mapped_column(JSONB)


class OperationRow(Row):
    """One intent sent by somebody, with the one answer it will ever get (200, 409 or 422)."""

    __tablename__ = "operation"
    __table_args__ = (Index("ix_operation_ticket", "ticket_id"),)

    op_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"))
    actor_id: Mapped[UUID]
    digest: Mapped[str] = mapped_column(Text)
    type: Mapped[str] = mapped_column(Text)
    after_id: Mapped[UUID | None]
    status: Mapped[int] = mapped_column(SmallInteger)
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    clock: Mapped[dict[str, Any]] = mapped_column(JSONB)
    received_at: Mapped[datetime] = mapped_column(Instant)


class TicketTextRow(Row):
    """Words that somebody wrote on a ticket. Entries name them by id and salted digest; erasing leaves the entry whole.

    ``audiences``: ``reporter``, ``unit``, ``internal``; besides these the author and the desk read them.
    ``kind`` is the step and its field (``resolve.note``).
    """

    __tablename__ = "ticket_text"
    __table_args__ = (
        Index("ix_ticket_text_ticket", "ticket_id"),
        CheckConstraint("audiences <@ ARRAY['reporter', 'unit', 'internal']", name="audiences"),
    )

    text_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("ticket.ticket_id"))
    report_id: Mapped[UUID | None] = mapped_column(ForeignKey("report.report_id"))
    author_id: Mapped[UUID | None]
    kind: Mapped[str] = mapped_column(Text)
    audiences: Mapped[list[str]] = mapped_column(ARRAY(Text))
    body: Mapped[str | None] = mapped_column(Text)
    salt: Mapped[bytes | None] = mapped_column(LargeBinary)
    written_at: Mapped[datetime] = mapped_column(Instant)
    erased_at: Mapped[datetime | None] = mapped_column(Instant)
