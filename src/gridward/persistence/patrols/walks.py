"""One walk: what phones said of it, in the order in which it came."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, literal, select, text, tuple_, update
from sqlalchemy import Row as Line
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.persistence.accounts.rows import PersonRow
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.patrols.rows import (
    CheckInRow,
    CheckpointRow,
    PatrolOperationRow,
    PatrolPlanRow,
    PatrolRow,
)
from gridward.persistence.tickets.rows import ReportRow

Either = ReadSession | WriteSession
Found = Line[*tuple[Any, ...]]


async def begin(session: WriteSession, values: Mapping[str, Any]) -> bool:
    """False: the id is there already."""
    statement = upsert(PatrolRow).values(**values).on_conflict_do_nothing().returning(PatrolRow.patrol_id)
    return (await session.execute(statement)).first() is not None


async def patrol(session: Either, patrol_id: UUID, *, lock: bool = False) -> PatrolRow | None:
    query = select(PatrolRow).where(PatrolRow.patrol_id == patrol_id)
    query = query.execution_options(populate_existing=True)
    return (await session.execute(query.with_for_update() if lock else query)).scalar_one_or_none()


async def change(session: WriteSession, patrol_id: UUID, values: Mapping[str, Any]) -> None:
    await session.execute(
        update(PatrolRow)
        .where(PatrolRow.patrol_id == patrol_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def operation(session: Either, op_id: UUID) -> Found | None:
    """``patrol_id``, ``person_id``, ``digest``, ``type``, ``received_at``, and the ``verdict`` of a check-in."""
    query = (
        select(
            PatrolOperationRow.patrol_id,
            PatrolOperationRow.person_id,
            PatrolOperationRow.digest,
            PatrolOperationRow.type,
            PatrolOperationRow.received_at,
            CheckInRow.verdict,
            CheckInRow.checkpoint_id,
        )
        .outerjoin(CheckInRow, CheckInRow.check_in_id == PatrolOperationRow.op_id)
        .where(PatrolOperationRow.op_id == op_id)
    )
    return (await session.execute(query)).one_or_none()


async def add_operation(session: WriteSession, values: Mapping[str, Any]) -> bool:
    """False: an equal request was quicker."""
    statement = upsert(PatrolOperationRow).values(**values).on_conflict_do_nothing()
    return (await session.execute(statement.returning(PatrolOperationRow.op_id))).first() is not None


ADD_CHECK_IN = text(
    """
    INSERT INTO check_in (check_in_id, patrol_id, checkpoint_id, how, verdict, at, location, accuracy_m)
    VALUES (:check_in_id, :patrol_id, :checkpoint_id, :how, :verdict, :at,
            CASE WHEN CAST(:lon AS float8) IS NULL THEN NULL
                 ELSE ST_SetSRID(ST_MakePoint(CAST(:lon AS float8), CAST(:lat AS float8)), 4326) END, :accuracy_m)
    """
)


async def add_check_in(session: WriteSession, values: Mapping[str, Any]) -> None:
    await session.execute(ADD_CHECK_IN, dict(values))


async def positions(session: Either, patrol_id: UUID) -> Sequence[Found]:
    """The bodies of the messages with positions (``op_id``, ``body``, ``clock``, ``happened_at``), those deleted left out."""
    query = select(PatrolOperationRow.op_id, PatrolOperationRow.body, PatrolOperationRow.clock).where(
        PatrolOperationRow.patrol_id == patrol_id,
        PatrolOperationRow.type == "positions",
        PatrolOperationRow.body.is_not(None),
    )
    return list(await session.execute(query.order_by(PatrolOperationRow.op_id)))


async def check_ins(session: Either, patrol_id: UUID) -> Sequence[Found]:
    query = (
        select(
            CheckInRow.check_in_id,
            CheckInRow.checkpoint_id,
            CheckpointRow.name,
            CheckpointRow.grid_id,
            CheckInRow.how,
            CheckInRow.verdict,
            CheckInRow.at,
        )
        .outerjoin(CheckpointRow, CheckpointRow.checkpoint_id == CheckInRow.checkpoint_id)
        .where(CheckInRow.patrol_id == patrol_id)
        .order_by(CheckInRow.at, CheckInRow.check_in_id)
    )
    return list(await session.execute(query))


REPORTS = text(
    """
    SELECT r.report_id, r.ticket_id, t.short_no, t.category_code, t.status, r.received_at,
           coalesce(r.captured_at, r.received_at) AS at, ST_X(t.location) AS lon, ST_Y(t.location) AS lat
    FROM report r JOIN ticket t ON t.ticket_id = r.ticket_id
    WHERE r.patrol_id = :patrol_id AND r.jurisdiction_id = :jurisdiction_id AND r.reporter_id = :person_id
      AND r.erased_at IS NULL
    ORDER BY at, r.report_id
    """
)


async def reports(session: Either, row: PatrolRow) -> Sequence[Found]:
    """What the walker reported on the way; somebody else's report that names the patrol is none of it."""
    asked = {"patrol_id": row.patrol_id, "jurisdiction_id": row.jurisdiction_id, "person_id": row.person_id}
    return list(await session.execute(REPORTS, asked))


def _of(
    jurisdiction_id: UUID,
    since: datetime,
    until: datetime,
    community_ids: Collection[UUID] | None,
    person_id: UUID | None = None,
    plan_id: UUID | None = None,
) -> list[ColumnElement[bool]]:
    """Which patrols: those begun in a time; None: whosever, whatever the plan, everywhere."""
    found = [
        PatrolRow.jurisdiction_id == jurisdiction_id,
        PatrolRow.started_at >= since,
        PatrolRow.started_at < until,
    ]
    if community_ids is not None:
        found.append(PatrolRow.community_id.in_(community_ids))
    if person_id is not None:
        found.append(PatrolRow.person_id == person_id)
    if plan_id is not None:
        found.append(PatrolRow.plan_id == plan_id)
    return found


def _lines() -> Any:
    """Patrols with name of walker and plan and how many reports and check-ins."""
    reports_ = (
        select(func.count())
        .select_from(ReportRow)
        .where(
            ReportRow.patrol_id == PatrolRow.patrol_id,
            ReportRow.reporter_id == PatrolRow.person_id,
            ReportRow.erased_at.is_(None),
        )
        .scalar_subquery()
    )
    checked = (
        select(func.count(CheckInRow.checkpoint_id.distinct()))
        .where(CheckInRow.patrol_id == PatrolRow.patrol_id, CheckInRow.verdict == "counted")
        .scalar_subquery()
    )
    return (
        select(
            PatrolRow,
            PersonRow.name.label("walker"),
            PatrolPlanRow.name.label("plan_name"),
            reports_.label("reports"),
            checked.label("checked"),
        )
        .join(PersonRow, PersonRow.person_id == PatrolRow.person_id)
        .outerjoin(PatrolPlanRow, PatrolPlanRow.plan_id == PatrolRow.plan_id)
    )


async def listed(
    session: Either,
    jurisdiction_id: UUID,
    *,
    since: datetime,
    until: datetime,
    community_ids: Collection[UUID] | None = None,
    person_id: UUID | None = None,
    plan_id: UUID | None = None,
    limit: int,
) -> Sequence[Found]:
    """Patrols begun in a time, the newest first, with name of walker and plan and how many reports and check-ins."""
    query = _lines().where(*_of(jurisdiction_id, since, until, community_ids, person_id, plan_id))
    return list(await session.execute(query.order_by(PatrolRow.started_at.desc(), PatrolRow.patrol_id).limit(limit)))


async def page(
    session: Either,
    jurisdiction_id: UUID,
    *,
    since: datetime,
    until: datetime,
    community_ids: Collection[UUID] | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
    skip: int,
) -> Sequence[Found]:
    """The same in the order of their beginning: those after one of them, or without one those after so many."""
    query = _lines().where(*_of(jurisdiction_id, since, until, community_ids))
    if after is not None:
        query = query.where(tuple_(PatrolRow.started_at, PatrolRow.patrol_id) > tuple_(*map(literal, after)))
    ordered = query.order_by(PatrolRow.started_at, PatrolRow.patrol_id).offset(skip).limit(limit)
    return list(await session.execute(ordered))


async def count(
    session: Either,
    jurisdiction_id: UUID,
    *,
    since: datetime,
    until: datetime,
    community_ids: Collection[UUID] | None,
) -> int:
    """How many patrols began in a time."""
    query = select(func.count()).select_from(PatrolRow).where(*_of(jurisdiction_id, since, until, community_ids))
    return int(await session.scalar(query) or 0)


async def uncounted(session: WriteSession, limit: int) -> Sequence[UUID]:
    """Patrols that are over and of which something is not counted yet; locked, those another worker has left out."""
    query = (
        select(PatrolRow.patrol_id)
        .where(PatrolRow.uncounted_since.is_not(None), PatrolRow.ended_at.is_not(None))
        .order_by(PatrolRow.uncounted_since)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(query))


async def unheard(session: WriteSession, before: datetime, limit: int) -> Sequence[PatrolRow]:
    """Patrols that nobody ended and of which nothing was heard since."""
    query = (
        select(PatrolRow)
        .where(PatrolRow.ended_at.is_(None), PatrolRow.heard_at < before)
        .order_by(PatrolRow.heard_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return list(await session.scalars(query))


async def walked_turns(session: Either, plan_id: UUID, since: datetime, until: datetime) -> Sequence[Found]:
    """The patrols of turns that start in a time (``patrol_id``, ``turn_starts_at``, ``turn_ends_at``, ``team``, ``started_at``,
    ``ended_at``, ``counted_at``, ``uncounted_since``)."""
    query = select(
        PatrolRow.patrol_id,
        PatrolRow.turn_starts_at,
        PatrolRow.turn_ends_at,
        PatrolRow.team,
        PatrolRow.started_at,
        PatrolRow.ended_at,
        PatrolRow.counted_at,
        PatrolRow.uncounted_since,
    ).where(PatrolRow.plan_id == plan_id, PatrolRow.turn_starts_at >= since, PatrolRow.turn_starts_at < until)
    return list(await session.execute(query))


_FORGET = """
    WITH old AS ({which}),
    operations AS (
        UPDATE patrol_operation SET body = NULL
        FROM old WHERE patrol_operation.patrol_id = old.patrol_id AND type IN ('positions', 'check_in')
    ),
    check_ins AS (
        UPDATE check_in SET location = NULL, accuracy_m = NULL FROM old WHERE check_in.patrol_id = old.patrol_id
    )
    UPDATE patrol SET raw_gone_at = :now, uncounted_since = NULL FROM old WHERE patrol.patrol_id = old.patrol_id
    RETURNING patrol.patrol_id, patrol.jurisdiction_id
"""
FORGET_OLD = text(
    _FORGET.format(
        which="""
        SELECT patrol_id FROM patrol
        WHERE raw_gone_at IS NULL AND greatest(started_at, ended_at) < :before
          AND (uncounted_since IS NULL OR ended_at IS NULL)
        ORDER BY started_at LIMIT :limit FOR UPDATE SKIP LOCKED"""
    )
)
FORGET_PERSON = text(
    _FORGET.format(which="SELECT patrol_id FROM patrol WHERE person_id = :person_id AND raw_gone_at IS NULL FOR UPDATE")
)


async def forget_positions(session: WriteSession, before: datetime, now: datetime, limit: int) -> Sequence[Found]:
    """Delete the positions of patrols that were over before an instant; which patrols those were."""
    return list(await session.execute(FORGET_OLD, {"before": before, "now": now, "limit": limit}))


async def forget_positions_of(session: WriteSession, person_id: UUID, now: datetime) -> None:
    """Delete every position of a person who asked to be forgotten."""
    await session.execute(FORGET_PERSON, {"person_id": person_id, "now": now})
