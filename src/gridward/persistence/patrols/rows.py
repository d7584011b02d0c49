"""Rows of patrols: plans, checkpoints, walks with what phones said of them, and the pieces that stay.

Positions lie in ``patrol_operation.body`` and ``check_in`` only, and are emptied there after 30 days. A piece is what a walk
covered of one grid, drawn no finer than 10 m.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import WKBElement
from sqlalchemy import (
    Boolean,
    CheckConstraint,
    DateTime,
    Float,
    ForeignKey,
    Index,
    Integer,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.patrols.rules import Audience, How, Miss
from gridward.domain.patrols.walk import Verdict
from gridward.persistence.database import Row
from gridward.persistence.territory.rows import one_of, shape, spatial

Instant = DateTime(timezone=True)


class PatrolPolicyRow(Row):
    """Whether a jurisdiction has patrols, for whom and why, and whether their hours are counted. The newest row counts;
    without one everything is off."""

    __tablename__ = "patrol_policy"
    __table_args__ = (
        CheckConstraint(
            f"audiences <@ ARRAY[{', '.join(repr(one.value) for one in Audience)}]", name="audiences_known"
        ),
        CheckConstraint("reason <> ''", name="reason_given"),
        CheckConstraint("NOT hours OR cardinality(audiences) > 0", name="hours_of_somebody"),
        Index("ix_patrol_policy_newest", "jurisdiction_id", "decided_at"),
    )

    policy_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    audiences: Mapped[list[str]] = mapped_column(ARRAY(Text))
    hours: Mapped[bool] = mapped_column(Boolean)
    reason: Mapped[str] = mapped_column(Text)
    decided_by: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    decided_at: Mapped[datetime] = mapped_column(Instant)


class PatrolPlanRow(Row):
    """巡查计划. ``rota`` as ``domain/patrols/plans.Rota``; ``members`` everybody of its teams; ``route`` NULL: whichever way
    they like. Never deleted, ended."""

    __tablename__ = "patrol_plan"
    __table_args__ = (
        CheckConstraint("name <> ''", name="name_given"),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="period_in_order"),
        Index("ix_patrol_plan_jurisdiction", "jurisdiction_id", "community_id"),
        Index("ix_patrol_plan_members", "members", postgresql_using="gin"),
    )

    plan_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    community_id: Mapped[UUID] = mapped_column(ForeignKey("area.area_id"))
    name: Mapped[str] = mapped_column(Text)
    grid_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    members: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    rota: Mapped[dict[str, Any]] = mapped_column(JSONB)
    route: Mapped[WKBElement | None] = mapped_column(shape("MULTILINESTRING"))
    version: Mapped[int] = mapped_column(Integer)
    valid_from: Mapped[datetime] = mapped_column(Instant)
    valid_to: Mapped[datetime | None] = mapped_column(Instant)
    changed_by: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    changed_at: Mapped[datetime] = mapped_column(Instant)


class CheckpointRow(Row):
    """巡查点 of a plan. ``code`` stands on the sheet that hangs there, ``old_codes`` stood on earlier sheets."""

    __tablename__ = "checkpoint"
    __table_args__ = (
        UniqueConstraint("jurisdiction_id", "code"),
        CheckConstraint("name <> ''", name="name_given"),
        CheckConstraint("fence_m BETWEEN 10 AND 200", name="fence_in_range"),
        Index("ix_checkpoint_plan", "plan_id"),
        Index("ix_checkpoint_old_codes", "old_codes", postgresql_using="gin"),
        spatial("checkpoint", "location"),
    )

    checkpoint_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("patrol_plan.plan_id"))
    grid_id: Mapped[UUID | None] = mapped_column(ForeignKey("grid.grid_id"))
    name: Mapped[str] = mapped_column(Text)
    location: Mapped[WKBElement] = mapped_column(shape("POINT"))
    fence_m: Mapped[float] = mapped_column(Float)
    place: Mapped[int] = mapped_column(Integer)
    code: Mapped[str] = mapped_column(Text)
    old_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)


class PatrolRow(Row):
    """巡查: one walk. ``turn_…``, ``team``: which turn of its plan it is, where it is one.

    ``uncounted_since``: something came that its pieces do not hold yet. ``gaps``: ``[{from, to, distance_m}]``.
    ``raw_gone_at``: when its positions were deleted.
    """

    __tablename__ = "patrol"
    __table_args__ = (
        CheckConstraint("ended_at IS NULL OR ended_at >= started_at", name="ends_after_it_starts"),
        CheckConstraint("(plan_id IS NULL) <= (turn_starts_at IS NULL)", name="turn_has_a_plan"),
        CheckConstraint("(turn_starts_at IS NULL) = (team IS NULL)", name="turn_has_a_team"),
        Index("ix_patrol_started", "jurisdiction_id", "started_at"),
        Index("ix_patrol_person", "person_id", "started_at"),
        Index("ix_patrol_turn", "plan_id", "turn_starts_at"),
        Index("ix_patrol_uncounted", "uncounted_since", postgresql_where=text("uncounted_since IS NOT NULL")),
        Index("ix_patrol_open", "heard_at", postgresql_where=text("ended_at IS NULL")),
        Index("ix_patrol_raw", "started_at", postgresql_where=text("raw_gone_at IS NULL")),
    )

    patrol_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    community_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.area_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("patrol_plan.plan_id"))
    turn_starts_at: Mapped[datetime | None] = mapped_column(Instant)
    turn_ends_at: Mapped[datetime | None] = mapped_column(Instant)
    team: Mapped[int | None] = mapped_column(Integer)
    grid_ids: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    started_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)
    heard_at: Mapped[datetime] = mapped_column(Instant)
    digest: Mapped[str] = mapped_column(Text)
    clock: Mapped[dict[str, Any]] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(Integer)
    marks: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"))
    uncounted_since: Mapped[datetime | None] = mapped_column(Instant)
    counted_at: Mapped[datetime | None] = mapped_column(Instant)
    length_m: Mapped[float | None] = mapped_column(Float)
    walked_s: Mapped[float | None] = mapped_column(Float)
    fixes: Mapped[int | None] = mapped_column(Integer)
    gaps: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, server_default=text("'[]'"))
    raw_gone_at: Mapped[datetime | None] = mapped_column(Instant)


class PatrolOperationRow(Row):
    """What a phone sent of a patrol, kept under the phone's id for ever; ``body`` NULL: its positions were deleted."""

    __tablename__ = "patrol_operation"
    __table_args__ = (
        CheckConstraint("type IN ('positions', 'check_in', 'end')", name="type_known"),
        Index("ix_patrol_operation_patrol", "patrol_id"),
    )

    op_id: Mapped[UUID] = mapped_column(primary_key=True)
    patrol_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.patrol_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.person_id"))
    type: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(Text)
    body: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    clock: Mapped[dict[str, Any]] = mapped_column(JSONB)
    happened_at: Mapped[datetime] = mapped_column(Instant)
    received_at: Mapped[datetime] = mapped_column(Instant)


class CheckInRow(Row):
    """到点记录. ``location`` NULL: it had none, or it was deleted with the positions."""

    __tablename__ = "check_in"
    __table_args__ = (
        one_of("how", How),
        one_of("verdict", Verdict),
        Index("ix_check_in_patrol", "patrol_id"),
        Index("ix_check_in_checkpoint", "checkpoint_id", "at"),
    )

    check_in_id: Mapped[UUID] = mapped_column(ForeignKey("patrol_operation.op_id"), primary_key=True)
    patrol_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.patrol_id"))
    checkpoint_id: Mapped[UUID | None] = mapped_column(ForeignKey("checkpoint.checkpoint_id"))
    how: Mapped[str] = mapped_column(Text)
    verdict: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Instant)
    location: Mapped[WKBElement | None] = mapped_column(shape("POINT"))
    accuracy_m: Mapped[float | None] = mapped_column(Float)


class PatrolPieceRow(Row):
    """What one patrol covered of one grid; every figure is made from these. ``streets_m`` 0: no street is known there.

    ``length_m``: track inside. ``area_m2``: of the swath inside, as it was computed; ``piece`` is drawn coarser.
    """

    __tablename__ = "patrol_piece"
    __table_args__ = (
        Index("ix_patrol_piece_walked", "jurisdiction_id", "walked_at"),
        Index("ix_patrol_piece_grid", "grid_id", "walked_at"),
        spatial("patrol_piece", "piece"),
    )

    patrol_id: Mapped[UUID] = mapped_column(ForeignKey("patrol.patrol_id"), primary_key=True)
    grid_id: Mapped[UUID] = mapped_column(ForeignKey("grid.grid_id"), primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    community_id: Mapped[UUID | None] = mapped_column(ForeignKey("area.area_id"))
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("patrol_plan.plan_id"))
    walked_at: Mapped[datetime] = mapped_column(Instant)
    length_m: Mapped[float] = mapped_column(Float)
    seconds: Mapped[float] = mapped_column(Float)
    area_m2: Mapped[float] = mapped_column(Float)
    street_m: Mapped[float] = mapped_column(Float)
    streets_m: Mapped[float] = mapped_column(Float)
    checked_in: Mapped[bool] = mapped_column(Boolean)
    reached: Mapped[bool] = mapped_column(Boolean)
    piece: Mapped[WKBElement | None] = mapped_column(shape("MULTIPOLYGON"))


class PatrolMissRow(Row):
    """What did not happen in time: ``at`` when it became so, ``found_at`` when the worker knew. ``lifted_at``: a phone that
    was without signal told of it later."""

    __tablename__ = "patrol_miss"
    __table_args__ = (
        one_of("kind", Miss),
        CheckConstraint("(kind = 'checkpoint') = (checkpoint_id IS NOT NULL)", name="checkpoint_named"),
        Index(
            "uq_patrol_miss_turn",
            "plan_id",
            "turn_starts_at",
            "team",
            "kind",
            unique=True,
            postgresql_where=text("checkpoint_id IS NULL"),
        ),
        Index(
            "uq_patrol_miss_checkpoint",
            "plan_id",
            "turn_starts_at",
            "team",
            "checkpoint_id",
            unique=True,
            postgresql_where=text("checkpoint_id IS NOT NULL"),
        ),
        Index("ix_patrol_miss_at", "jurisdiction_id", "at"),
    )

    miss_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    community_id: Mapped[UUID] = mapped_column(ForeignKey("area.area_id"))
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("patrol_plan.plan_id"))
    turn_starts_at: Mapped[datetime] = mapped_column(Instant)
    team: Mapped[int] = mapped_column(Integer)
    kind: Mapped[str] = mapped_column(Text)
    checkpoint_id: Mapped[UUID | None] = mapped_column(ForeignKey("checkpoint.checkpoint_id"))
    at: Mapped[datetime] = mapped_column(Instant)
    found_at: Mapped[datetime] = mapped_column(Instant)
    lifted_at: Mapped[datetime | None] = mapped_column(Instant)
