"""Queries of building stewards (楼长): of a page of buildings, and who it was before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import text

from gridward.persistence.database import ReadSession, WriteSession

Either = ReadSession | WriteSession

_IN_AREA = """
    FROM building b LEFT JOIN grid g ON g.grid_id = b.grid_id
    LEFT JOIN building_stewardship s ON s.building_id = b.building_id AND s.valid_to IS NULL
    LEFT JOIN person p ON p.person_id = s.person_id
    WHERE b.jurisdiction_id = :jurisdiction_id
      AND (CAST(:community_ids AS uuid[]) IS NULL OR g.community_id = ANY (CAST(:community_ids AS uuid[])))
"""
_PAGE = """
    SELECT b.building_id, b.code, coalesce(b.name, b.house_no, b.code) AS building, s.person_id, p.name, s.valid_from
    {in_area}
      AND (CAST(:after AS text) IS NULL OR b.code > :after)
      AND NOT (:without AND s.person_id IS NOT NULL)
      AND NOT EXISTS (
          SELECT FROM unnest(CAST(:words AS text[])) AS w(word)
          WHERE strpos(upper(concat_ws(' ', b.name, b.house_no, b.code, p.name)), word) = 0)
    ORDER BY b.code LIMIT :limit
"""
PAGE = text(_PAGE.format(in_area=_IN_AREA))


async def page(
    session: Either,
    jurisdiction_id: UUID,
    *,
    community_ids: Collection[UUID] | None,
    words: Sequence[str],
    without: bool,
    after: str | None,
    limit: int,
) -> Sequence[Line[Any]]:
    """``building_id, code, building, person_id, name, valid_from`` by code; the last three None where nobody looks after it.

    ``words``: in capitals, each of them in the building's name or code, or in its steward's name. ``after``: a code.
    """
    asked = {
        "jurisdiction_id": jurisdiction_id,
        "community_ids": None if community_ids is None else list(community_ids),
        "words": list(words),
        "without": without,
        "after": after,
        "limit": limit,
    }
    return (await session.execute(PAGE, asked)).all()


PAST = text(
    """
    SELECT s.building_id, s.person_id, p.name, s.valid_from, s.valid_to
    FROM building_stewardship s JOIN person p USING (person_id)
    WHERE s.building_id = ANY (CAST(:building_ids AS uuid[])) AND s.valid_to IS NOT NULL
    ORDER BY s.valid_from DESC, s.building_stewardship_id
    """
)


async def past(session: Either, building_ids: Collection[UUID]) -> Sequence[Line[Any]]:
    """``building_id, person_id, name, valid_from, valid_to`` of who looked after these buildings before, newest first."""
    return (await session.execute(PAST, {"building_ids": list(building_ids)})).all()


COUNTS = text("SELECT count(*) AS in_all, count(s.person_id) AS looked_after" + _IN_AREA)


async def counts(session: Either, jurisdiction_id: UUID, community_ids: Collection[UUID] | None) -> Line[Any]:
    """``in_all`` buildings of an area, and ``looked_after``."""
    area = None if community_ids is None else list(community_ids)
    return (await session.execute(COUNTS, {"jurisdiction_id": jurisdiction_id, "community_ids": area})).one()
