"""Who of a unit had its work in hand in a period: the persons whose figures may be asked for, one at a time."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text

from gridward.persistence.database import ReadSession
from gridward.persistence.statistics.asking import Asked

WORKERS = text(
    """
SELECT p.person_id, p.name, count(DISTINCT a.ticket_id) AS tickets
FROM assignment a JOIN person p ON p.person_id = a.worker_id JOIN ticket t ON t.ticket_id = a.ticket_id
WHERE a.jurisdiction_id = :jurisdiction_id AND a.unit_id = :unit_id
  AND (a.ended_at IS NULL OR a.ended_at >= :since) AND a.assigned_at < :until
  AND (CAST(:community_ids AS uuid[]) IS NULL OR t.community_id = ANY(CAST(:community_ids AS uuid[])))
  AND (CAST(:grid_id AS uuid) IS NULL OR t.grid_id = :grid_id)
  AND (CAST(:category AS text) IS NULL OR t.category_code = :category)
GROUP BY p.person_id, p.name
ORDER BY p.name, p.person_id
"""
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """``tickets``: of those that were asked about, how many this person had in hand at some time of the period."""

    person_id: UUID
    name: str
    tickets: int


async def workers(session: ReadSession, asked: Asked) -> list[Worker]:
    """By name: persons are never put in an order of their figures. Places are those that their tickets keep."""
    values, named = (
        asked.values(),
        ("jurisdiction_id", "unit_id", "since", "until", "community_ids", "grid_id", "category"),
    )
    found = await session.execute(WORKERS, {name: values.get(name) for name in named})
    return [Worker(**row._mapping) for row in found]
