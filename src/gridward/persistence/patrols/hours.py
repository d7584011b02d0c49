"""Hours of patrols by person: from the beginnings and ends of walks, for those alone for whom they are counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row as Line
from sqlalchemy import text

from gridward.persistence.database import ReadSession, WriteSession

HOURS = text(
    """
    WITH decided AS (
        SELECT audiences, hours, decided_at, lead(decided_at) OVER (ORDER BY decided_at, policy_id) AS until
        FROM patrol_policy WHERE jurisdiction_id = :jurisdiction_id
    ),
    walk AS (
        SELECT w.person_id, w.started_at, w.ended_at, coalesce(w.walked_s, 0) AS walked_s,
               'lapsed' = ANY (w.marks) AS lapsed
        FROM patrol w
        JOIN decided d ON d.hours AND w.started_at >= d.decided_at AND (d.until IS NULL OR w.started_at < d.until)
        WHERE w.jurisdiction_id = :jurisdiction_id AND w.started_at >= :since AND w.started_at < :until
          AND w.ended_at IS NOT NULL
          AND (CAST(:community_ids AS uuid[]) IS NULL OR w.community_id = ANY (CAST(:community_ids AS uuid[])))
          AND ('safety_patrols' = ANY (d.audiences) AND w.plan_id IS NOT NULL
               OR 'paid_stewards' = ANY (d.audiences) AND EXISTS (
                   SELECT FROM role_grant g WHERE g.person_id = w.person_id AND g.role = 'steward'
                     AND g.valid_from <= w.started_at AND (g.valid_to IS NULL OR g.valid_to > w.started_at)))
    ),
    person_walks AS (
        SELECT person_id, count(*) AS walks, count(DISTINCT (started_at AT TIME ZONE :zone)::date) AS days,
               sum(walked_s) AS walked_s, count(*) FILTER (WHERE lapsed) AS lapsed,
               range_agg(tstzrange(started_at, ended_at)) AS together
        FROM walk GROUP BY person_id
    )
    SELECT w.person_id, p.name, w.walks, w.days, w.walked_s, w.lapsed,
           coalesce((SELECT sum(extract(epoch FROM upper(one) - lower(one))) FROM unnest(w.together) AS one), 0)::float8
               AS seconds
    FROM person_walks w JOIN person p USING (person_id) ORDER BY p.name, w.person_id
    """
)


async def by_person(session: ReadSession | WriteSession, asked: Mapping[str, Any]) -> Sequence[Line[Any]]:
    """``person_id, name, walks, days, seconds, walked_s, lapsed`` in the order of names.

    A walk counts if hours were on for its walker when it began; two at the same time count once. ``asked``:
    ``jurisdiction_id, since, until, community_ids`` (None: everywhere)``, zone`` (the name of the time zone of the days).
    """
    return (await session.execute(HOURS, asked)).all()
