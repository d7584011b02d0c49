"""How much of a plan's route was walked: from the pieces that stay, so that it is known when positions are long gone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row as Line
from sqlalchemy import text

from gridward.persistence.database import ReadSession, WriteSession

WALKED = text(
    """
    WITH route AS (
        SELECT plan_id, name, route, ST_Length(route::geography) AS length_m FROM patrol_plan
        WHERE jurisdiction_id = :jurisdiction_id AND route IS NOT NULL AND valid_from < :until
          AND (valid_to IS NULL OR valid_to > :since)
          AND (CAST(:community_ids AS uuid[]) IS NULL OR community_id = ANY (CAST(:community_ids AS uuid[])))
    ),
    walk AS (
        SELECT w.plan_id, coalesce(ST_Length(ST_Intersection(r.route, covered.ground)::geography) / r.length_m, 0) AS share
        FROM route r JOIN patrol w ON w.plan_id = r.plan_id AND w.started_at >= :since AND w.started_at < :until
                                  AND w.counted_at IS NOT NULL
        CROSS JOIN LATERAL (SELECT ST_Union(c.piece) AS ground FROM patrol_piece c WHERE c.patrol_id = w.patrol_id) covered
        WHERE r.length_m > 0
    )
    SELECT r.plan_id, count(walk.share) AS walks, count(*) FILTER (WHERE walk.share >= :whole) AS whole,
           max(walk.share) AS best
    FROM route r LEFT JOIN walk USING (plan_id) GROUP BY r.plan_id, r.name ORDER BY r.name, r.plan_id
    """
)


async def walked(session: ReadSession | WriteSession, asked: Mapping[str, Any]) -> Sequence[Line[Any]]:
    """``plan_id, walks, whole, best``: of each plan with a route its counted walks, those that covered at least the share
    ``whole`` of the route's length, and the most that one of them covered (None: nobody walked).

    ``asked``: ``jurisdiction_id, community_ids`` (None: everywhere)``, since, until, whole``. The route is the plan's of now.
    """
    return (await session.execute(WALKED, asked)).all()
