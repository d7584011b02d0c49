"""Queries of visits: what one liaison has to do, what was done, what is overdue, what people asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import delete, insert, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.households.rows import HouseholdRow, VisitNoteRow, VisitRow

Either = ReadSession | WriteSession

MINE = text(
    """
    SELECT h.household_id, h.version, h.building_id, coalesce(b.name, b.house_no, b.code) AS building,
           ST_X(b.location) AS lon, ST_Y(b.location) AS lat, h.entrance, h.floor, h.room, h.cares, h.reached_on,
           (greatest(h.registered_at, (SELECT min(valid_from) FROM tie f WHERE f.household_id = h.household_id))
              AT TIME ZONE :zone)::date AS since,
           last.outcome AS last_outcome, last.visited_on AS last_on
    FROM tie t
    JOIN household h ON h.household_id = t.household_id AND h.ended_at IS NULL
    JOIN building b USING (building_id)
    LEFT JOIN LATERAL (
        SELECT outcome, visited_on FROM visit v
        WHERE v.household_id = ANY (ARRAY (SELECT h.household_id UNION ALL
                                           SELECT m.household_id FROM household m WHERE m.merged_into_id = h.household_id))
        ORDER BY visited_at DESC, visit_id DESC LIMIT 1
    ) last ON true
    WHERE t.person_id = :person_id AND t.valid_to IS NULL
    """
)

FOLLOW_UPS = text(
    """
    WITH lines AS (
        SELECT household_id, household_id AS line_id FROM unnest(CAST(:household_ids AS uuid[])) AS own(household_id)
        UNION ALL
        SELECT merged_into_id, household_id FROM household WHERE merged_into_id = ANY (CAST(:household_ids AS uuid[]))
    )
    SELECT l.household_id, k.ticket_id, k.category_code, k.standard_id, k.ended_at
    FROM lines l JOIN visit v ON v.household_id = l.line_id
    JOIN report r ON r.visit_id = v.visit_id AND r.erased_at IS NULL
    JOIN ticket k ON k.ticket_id = r.ticket_id
    WHERE k.status = 'closed' AND k.ended_at >= :since
      AND NOT EXISTS (SELECT FROM visit f WHERE f.household_id IN (l.household_id, l.line_id)
                      AND f.follows = k.ticket_id AND f.visited_at >= k.ended_at)
    ORDER BY k.ended_at
    """
)
"""What somebody asked for at a visit and what is done now, until somebody was there again to ask whether it is good."""


async def mine(session: Either, person_id: UUID, zone: str) -> Sequence[Line[Any]]:
    """The households that a liaison visits: place, what happened last; nobody's name."""
    return (await session.execute(MINE, {"person_id": person_id, "zone": zone})).all()


async def follow_ups(session: Either, household_ids: Collection[UUID], since: datetime) -> Sequence[Line[Any]]:
    return (await session.execute(FOLLOW_UPS, {"household_ids": list(household_ids), "since": since})).all()


async def month_of(session: Either, liaison_id: UUID, first: date, until: date) -> int:
    """Visits in person of one liaison in ``[first, until)``."""
    query = text(
        "SELECT count(*) FROM visit WHERE liaison_id = :liaison_id AND visited_on >= :first AND visited_on < :until"
        " AND outcome <> 'phoned'"
    )
    return int((await session.execute(query, {"liaison_id": liaison_id, "first": first, "until": until})).scalar_one())


async def one(session: Either, visit_id: UUID) -> VisitRow | None:
    return await session.scalar(select(VisitRow).where(VisitRow.visit_id == visit_id))


async def add(session: WriteSession, values: Mapping[str, Any]) -> bool:
    """False: a visit of that id was there already, or came in this very moment."""
    made = upsert(VisitRow).values(**values).on_conflict_do_nothing(index_elements=["visit_id"])
    return (await session.execute(made.returning(VisitRow.visit_id))).first() is not None


async def add_note(session: WriteSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(VisitNoteRow), [dict(values)])


async def reached(session: WriteSession, household_id: UUID, on: date) -> None:
    """Somebody met this household; what arrives late never takes a later day back."""
    await session.execute(
        update(HouseholdRow)
        .where(
            HouseholdRow.household_id == household_id,
            (HouseholdRow.reached_on.is_(None)) | (HouseholdRow.reached_on < on),
        )
        .values(reached_on=on)
        .execution_options(synchronize_session=False)
    )


async def history(session: Either, household_id: UUID, limit: int) -> Sequence[Line[Any]]:
    """Visits of a household, and of the lines merged into it, with their notes, newest first."""
    query = text(
        """
        SELECT v.visit_id, v.outcome, v.visited_at, v.visited_on, v.marks, v.follows, v.satisfied, v.liaison_id,
               p.name AS liaison, n.words
        FROM visit v JOIN person p ON p.person_id = v.liaison_id LEFT JOIN visit_note n USING (visit_id)
        WHERE v.household_id = ANY (ARRAY (
            SELECT CAST(:household_id AS uuid) UNION ALL
            SELECT m.household_id FROM household m WHERE m.merged_into_id = :household_id))
        ORDER BY v.visited_at DESC, v.visit_id DESC LIMIT :limit
        """
    )
    return (await session.execute(query, {"household_id": household_id, "limit": limit})).all()


async def forget_notes_of(session: WriteSession, household_id: UUID) -> None:
    await session.execute(delete(VisitNoteRow).where(VisitNoteRow.household_id == household_id))


async def forget_notes(session: WriteSession, before: datetime, limit: int) -> bool:
    """Notes past their time; True: there may be more."""
    old = select(VisitNoteRow.visit_id).where(VisitNoteRow.written_at < before).limit(limit)
    gone = await session.execute(
        delete(VisitNoteRow)
        .where(VisitNoteRow.visit_id.in_(old))
        .returning(VisitNoteRow.visit_id)
        .execution_options(synchronize_session=False)
    )
    return len(gone.all()) >= limit


_HOUSEHOLDS = """
    SELECT {key} AS key, count(*) AS households,
           count(*) FILTER (WHERE EXISTS (
               SELECT FROM visit v WHERE v.household_id = h.household_id AND v.outcome IN ('met', 'not_now')
               AND v.visited_on >= :quarter AND v.visited_on < :until)
               OR h.household_id IN (
               SELECT m.merged_into_id FROM household m JOIN visit v ON v.household_id = m.household_id
               WHERE m.merged_into_id IS NOT NULL AND v.outcome IN ('met', 'not_now')
               AND v.visited_on >= :quarter AND v.visited_on < :until)) AS reached
    FROM household h {joined}
    WHERE h.jurisdiction_id = :jurisdiction_id AND h.registered_at < :over_at
      AND (h.ended_at IS NULL OR h.ended_at >= :over_at)
      AND (CAST(:community_ids AS uuid[]) IS NULL OR h.community_id = ANY (CAST(:community_ids AS uuid[])))
    GROUP BY 1
"""

_VISITS = """
    SELECT {key} AS key, v.outcome, count(*) AS visits FROM visit v {joined}
    WHERE v.jurisdiction_id = :jurisdiction_id AND v.visited_on >= :first AND v.visited_on < :until
      AND (CAST(:community_ids AS uuid[]) IS NULL OR v.community_id = ANY (CAST(:community_ids AS uuid[])))
    GROUP BY 1, 2
"""

_OF_MONTH_END = (
    "LEFT JOIN tie t ON t.household_id = h.household_id AND t.valid_from < :over_at"
    " AND (t.valid_to IS NULL OR t.valid_to >= :over_at)"
)

KEYS = {
    "whole": ("NULL::uuid", "", "NULL::uuid", ""),
    "grid": (
        "b.grid_id",
        "JOIN building b USING (building_id)",
        "b.grid_id",
        "JOIN building b ON b.building_id = v.building_id",
    ),
    "building": ("h.building_id", "", "v.building_id", ""),
    "liaison": ("t.person_id", _OF_MONTH_END, "v.liaison_id", ""),
}

NAMES = {
    "grid": "SELECT grid_id AS key, name, code AS place FROM grid WHERE grid_id = ANY (:keys)",
    "building": "SELECT building_id AS key, coalesce(name, house_no, code) AS name, code AS place FROM building"
    " WHERE building_id = ANY (:keys)",
    "liaison": "SELECT person_id AS key, name, name AS place FROM person WHERE person_id = ANY (:keys)",
}


async def figures(
    session: Either, by: str, asked: Mapping[str, Any]
) -> tuple[Sequence[Line[Any]], Sequence[Line[Any]]]:
    """A month by ``whole``, ``grid``, ``building`` or ``liaison``: households with those reached since the quarter began,
    and visits by outcome.

    ``asked``: ``jurisdiction_id, community_ids, first, until`` (days of the month), ``quarter`` (its first day), ``over_at``
    (the instant at which the month is over).
    """
    key, joined, of_visit, joined_visit = KEYS[by]
    households = text(_HOUSEHOLDS.format(key=key, joined=joined))
    visits = text(_VISITS.format(key=of_visit, joined=joined_visit))
    of_visits = {name: value for name, value in asked.items() if name not in ("quarter", "over_at")}
    return (await session.execute(households, asked)).all(), (await session.execute(visits, of_visits)).all()


async def names(session: Either, by: str, keys: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Name, and what it is ordered by."""
    if by not in NAMES:
        return {}
    rows = await session.execute(text(NAMES[by]), {"keys": list(keys)})
    return {row.key: (row.name, row.place) for row in rows}


OVERDUE = text(
    """
    SELECT h.household_id, h.building_id, coalesce(b.name, b.house_no, b.code) AS building, b.code, h.entrance, h.floor,
           h.room, h.reached_on, t.person_id AS liaison_id, p.name AS liaison, count(*) OVER () AS all_of_them
    FROM household h JOIN building b USING (building_id)
    LEFT JOIN tie t ON t.household_id = h.household_id AND t.valid_to IS NULL
    LEFT JOIN person p ON p.person_id = t.person_id
    WHERE h.jurisdiction_id = :jurisdiction_id AND h.ended_at IS NULL
      AND (CAST(:community_ids AS uuid[]) IS NULL OR h.community_id = ANY (CAST(:community_ids AS uuid[])))
      AND (h.reached_on IS NULL OR h.reached_on < :before)
      AND greatest(h.registered_at, (SELECT min(valid_from) FROM tie f WHERE f.household_id = h.household_id))
          < :before_is_over
    ORDER BY h.reached_on NULLS FIRST, b.code, h.entrance, h.room LIMIT :limit
    """
)
"""The same as ``domain.households.visits.due`` says of one household without needs."""


async def overdue(session: Either, asked: Mapping[str, Any]) -> Sequence[Line[Any]]:
    """Households whom nobody met for a whole period, longest first; ``all_of_them`` says how many there are.

    One measure for all of them: who is to be visited more often must not be seen by it. ``asked``: ``jurisdiction_id,
    community_ids, before`` (first day of the last whole period), ``before_is_over`` (the instant after that day), ``limit``.
    """
    return (await session.execute(OVERDUE, asked)).all()


CARED_FOR = text(
    """
    SELECT count(*) AS households, count(*) FILTER (WHERE h.reached_on IS NULL OR h.reached_on < :before) AS late
    FROM household h
    WHERE h.jurisdiction_id = :jurisdiction_id AND h.ended_at IS NULL AND h.cares
      AND (CAST(:community_ids AS uuid[]) IS NULL OR h.community_id = ANY (CAST(:community_ids AS uuid[])))
      AND greatest(h.registered_at, (SELECT min(valid_from) FROM tie f WHERE f.household_id = h.household_id))
          < :before_is_over
    """
)


async def cared_for(session: Either, asked: Mapping[str, Any]) -> Line[Any]:
    """``households`` (关爱户) of an area that are to be visited by their own measure, and how many are ``late``."""
    return (await session.execute(CARED_FOR, asked)).one()


SAID_TO_HAVE_MOVED = text(
    """
    SELECT h.household_id, coalesce(b.name, b.house_no, b.code) AS building, h.entrance, h.floor, h.room, h.version,
           last.visited_on
    FROM visit last JOIN household h USING (household_id) JOIN building b ON b.building_id = h.building_id
    WHERE last.jurisdiction_id = :jurisdiction_id AND last.outcome = 'moved_away' AND h.ended_at IS NULL
      AND (CAST(:community_ids AS uuid[]) IS NULL OR h.community_id = ANY (CAST(:community_ids AS uuid[])))
      AND NOT EXISTS (SELECT FROM visit v WHERE v.household_id = last.household_id
                      AND (v.visited_at, v.visit_id) > (last.visited_at, last.visit_id))
    ORDER BY last.visited_on, b.code LIMIT :limit
    """
)


async def said_to_have_moved(
    session: Either, jurisdiction_id: UUID, community_ids: Collection[UUID] | None, limit: int
) -> Sequence[Line[Any]]:
    """Where the last who came found somebody else, or nobody: for the desk to settle."""
    wanted = None if community_ids is None else list(community_ids)
    asked = {"jurisdiction_id": jurisdiction_id, "community_ids": wanted, "limit": limit}
    return (await session.execute(SAID_TO_HAVE_MOVED, asked)).all()


DEMANDS = text(
    """
    SELECT k.category_code, v.building_id, coalesce(b.name, b.house_no, b.code) AS building,
           ST_X(b.location) AS lon, ST_Y(b.location) AS lat, count(*) AS demands,
           count(*) FILTER (WHERE k.is_open) AS open,
           count(*) FILTER (WHERE EXISTS (SELECT FROM visit f WHERE f.follows = k.ticket_id AND f.satisfied)) AS satisfied,
           count(*) FILTER (WHERE EXISTS (SELECT FROM visit f WHERE f.follows = k.ticket_id AND NOT f.satisfied))
               AS unhappy
    FROM visit v JOIN report r ON r.visit_id = v.visit_id AND r.erased_at IS NULL
    JOIN ticket k ON k.ticket_id = r.ticket_id JOIN building b ON b.building_id = v.building_id
    WHERE v.jurisdiction_id = :jurisdiction_id AND v.visited_on >= :first AND v.visited_on < :until
      AND (CAST(:community_ids AS uuid[]) IS NULL OR v.community_id = ANY (CAST(:community_ids AS uuid[])))
    GROUP BY 1, 2, 3, 4, 5 ORDER BY demands DESC, k.category_code, building
    """
)


async def demands(session: Either, asked: Mapping[str, Any]) -> Sequence[Line[Any]]:
    """What people asked for at visits of a month, by kind and building."""
    return (await session.execute(DEMANDS, asked)).all()
