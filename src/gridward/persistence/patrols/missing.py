"""What did not happen in time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.patrols.rows import PatrolMissRow

Either = ReadSession | WriteSession
Found = Line[*tuple[Any, ...]]


async def add(session: WriteSession, rows: Sequence[Mapping[str, Any]]) -> set[UUID]:
    """Store what is missing; what is known already is not told twice. The ids of those that are new."""
    if not rows:
        return set()
    statement = upsert(PatrolMissRow).values(list(rows)).on_conflict_do_nothing()
    return set(await session.scalars(statement.returning(PatrolMissRow.miss_id)))


async def lift(session: WriteSession, miss_ids: Collection[UUID], now: datetime) -> None:
    query = update(PatrolMissRow).where(PatrolMissRow.miss_id.in_(miss_ids), PatrolMissRow.lifted_at.is_(None))
    await session.execute(query.values(lifted_at=now))


KNOWN = text(
    """
    SELECT miss_id, turn_starts_at, team, kind, checkpoint_id, at, lifted_at FROM patrol_miss
    WHERE plan_id = :plan_id AND turn_starts_at >= :since AND turn_starts_at < :until
    """
)


async def known(session: Either, plan_id: UUID, since: datetime, until: datetime) -> Sequence[Found]:
    return list(await session.execute(KNOWN, {"plan_id": plan_id, "since": since, "until": until}))


CHECKED = text(
    """
    SELECT p.turn_starts_at, p.team, c.checkpoint_id FROM check_in c JOIN patrol p ON p.patrol_id = c.patrol_id
    WHERE p.plan_id = :plan_id AND p.turn_starts_at >= :since AND p.turn_starts_at < :until AND c.verdict = 'counted'
    """
)


async def checked(session: Either, plan_id: UUID, since: datetime, until: datetime) -> set[tuple[datetime, int, UUID]]:
    """Turn, team and checkpoint of every check-in that counts."""
    rows = await session.execute(CHECKED, {"plan_id": plan_id, "since": since, "until": until})
    return {(row.turn_starts_at, row.team, row.checkpoint_id) for row in rows}


LISTED = text(
    """
    SELECT m.miss_id, m.kind, m.at, m.found_at, m.lifted_at, m.turn_starts_at, m.team, m.plan_id, m.community_id,
           p.name AS plan_name, p.rota, c.checkpoint_id, c.name AS checkpoint_name, c.grid_id
    FROM patrol_miss m JOIN patrol_plan p ON p.plan_id = m.plan_id
    LEFT JOIN checkpoint c ON c.checkpoint_id = m.checkpoint_id
    WHERE m.jurisdiction_id = :jurisdiction_id AND m.at >= :since AND m.at < :until
      AND (CAST(:community_ids AS uuid[]) IS NULL OR m.community_id = ANY (CAST(:community_ids AS uuid[])))
      AND (CAST(:member AS uuid) IS NULL OR p.members @> ARRAY[CAST(:member AS uuid)])
      AND (CAST(:plan_id AS uuid) IS NULL OR m.plan_id = CAST(:plan_id AS uuid))
    ORDER BY m.at DESC, m.miss_id LIMIT :limit
    """
)


async def listed(
    session: Either,
    jurisdiction_id: UUID,
    *,
    since: datetime,
    until: datetime,
    community_ids: Collection[UUID] | None = None,
    member: UUID | None = None,
    plan_id: UUID | None = None,
    limit: int,
) -> Sequence[Found]:
    """The newest first, also those that were lifted."""
    asked = {
        "jurisdiction_id": jurisdiction_id,
        "since": since,
        "until": until,
        "community_ids": None if community_ids is None else list(community_ids),
        "member": member,
        "plan_id": plan_id,
        "limit": limit,
    }
    return list(await session.execute(LISTED, asked))
