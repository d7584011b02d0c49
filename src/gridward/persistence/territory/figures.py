"""Tickets counted by grid, as the territory was then or as it is now.

*Then*: by the grid that the ticket keeps since it was filed; a grid that has ended counts its own. *Now*: by the place of
the ticket under the boundaries that hold now; a ticket without a place, or outside of every grid, counts to none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import text

from gridward.persistence.database import ReadSession, plan_for_values
from gridward.persistence.territory.linking import IN_FORCE, TIER


class Territory(StrEnum):
    """Whose boundaries count."""

    then = "then"
    now = "now"


@dataclass(frozen=True, slots=True, kw_only=True)
class GridFigures:
    """Counts of one grid for a period; a null ``grid_id`` counts what belongs to none.

    ``received`` and ``closed`` in the period; ``open`` at its end; ``breached``: of those, past their due time then.
    """

    grid_id: UUID | None
    code: str | None
    name: str | None
    community_id: UUID | None
    ended_at: datetime | None
    received: int
    closed: int
    open: int
    breached: int


COUNTED = """
counted AS MATERIALIZED (
    SELECT ticket_id, grid_id, community_id, location, received_at, due_at, NULL::timestamptz AS closed_at, true AS open_then
    FROM ticket
    WHERE jurisdiction_id = :jurisdiction_id AND is_open AND received_at < :until
    UNION ALL
    SELECT ticket_id, grid_id, community_id, location, received_at, due_at,
           CASE WHEN status = 'closed' AND ended_at < :until THEN ended_at END, ended_at >= :until
    FROM ticket
    WHERE jurisdiction_id = :jurisdiction_id AND ended_at >= :since AND received_at < :until AND NOT is_open
    UNION ALL
    SELECT ticket_id, grid_id, community_id, location, received_at, due_at, NULL, false
    FROM ticket
    WHERE jurisdiction_id = :jurisdiction_id AND received_at >= :since AND received_at < :until
      AND NOT is_open AND (ended_at IS NULL OR ended_at < :since)
)"""
"""Each ticket that has a part in the period, once: open ones, those that ended in it or later, and the rest received in it
(ended before their own receipt was counted: merged from outside, imported)."""

PLACED = f"""
at_home AS MATERIALIZED (
    SELECT c.ticket_id, c.grid_id
    FROM (SELECT ticket_id, grid_id, location FROM counted WHERE location IS NOT NULL ORDER BY grid_id OFFSET 0) c
    JOIN grid_boundary b USING (grid_id) JOIN grid g USING (grid_id)
    WHERE {IN_FORCE.format(row="b")} AND {IN_FORCE.format(row="g")} AND ST_Intersects(b.boundary, c.location)
),
placed AS MATERIALIZED (
    SELECT ticket_id, grid_id FROM at_home
    UNION ALL
    SELECT c.ticket_id, lies.grid_id
    FROM counted c LEFT JOIN LATERAL (
        SELECT g.grid_id
        FROM grid_boundary b JOIN grid g USING (grid_id)
        WHERE b.jurisdiction_id = :jurisdiction_id AND ST_Intersects(b.boundary, c.location)
          AND {IN_FORCE.format(row="b")} AND {IN_FORCE.format(row="g")}
        ORDER BY {TIER.format(kind="g.kind")}, g.code COLLATE "C" LIMIT 1
    ) lies ON true
    WHERE NOT EXISTS (SELECT FROM at_home h WHERE h.ticket_id = c.ticket_id)
)"""  # noqa: S608
"""Most places still lie in the grid that their ticket keeps: that is looked at first, grid by grid, so that PostGIS prepares
each boundary once; the others are searched for."""

SUMS = """
SELECT {grid} AS grid_id,
       count(*) FILTER (WHERE received_at >= :since) AS received,
       count(closed_at) AS closed,
       count(*) FILTER (WHERE open_then) AS open,
       count(*) FILTER (WHERE open_then AND due_at < :judged) AS breached
FROM counted {join}
WHERE CAST(:community_id AS uuid) IS NULL OR {community} = :community_id
GROUP BY 1
"""

NAMED = """
SELECT s.grid_id, g.code, g.name, g.community_id, CASE WHEN g.valid_to <= :at THEN g.valid_to END AS ended_at,
       s.received, s.closed, s.open, s.breached
FROM sums s LEFT JOIN grid g USING (grid_id)
ORDER BY g.code COLLATE "C" NULLS LAST, g.valid_from
"""

_THEN = SUMS.format(grid="counted.grid_id", join="", community="counted.community_id")
_NOW = SUMS.format(
    grid="placed.grid_id",
    join="JOIN placed USING (ticket_id) LEFT JOIN grid pg ON pg.grid_id = placed.grid_id",
    community="coalesce(pg.community_id, counted.community_id)",
)
STATEMENTS = {
    Territory.then: f"WITH {COUNTED}, sums AS ({_THEN}) {NAMED}",
    Territory.now: f"WITH {COUNTED}, {PLACED}, sums AS ({_NOW}) {NAMED}",
}


async def tickets_by_grid(
    session: ReadSession,
    jurisdiction_id: UUID,
    *,
    since: datetime,
    until: datetime,
    territory: Territory,
    community_id: UUID | None,
    at: datetime,
) -> list[GridFigures]:
    """Counts of [since, until) by grid, by code; what belongs to none comes last. ``at`` is now.

    A period that is not over yet is judged at ``at``.
    """
    await plan_for_values(session)
    facts = {
        "jurisdiction_id": jurisdiction_id,
        "since": since,
        "until": until,
        "judged": min(until, at),
        "community_id": community_id,
        "at": at,
    }
    rows = await session.execute(text(STATEMENTS[territory]), facts)
    return [GridFigures(**row._mapping) for row in rows]
