"""Who was shown which household's number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row as Line
from sqlalchemy import func, select, text

from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.households.rows import RevealRow

Either = ReadSession | WriteSession
Values = Mapping[str, Any]


async def revealed_since(session: Either, reader_id: UUID, since: datetime) -> int:
    query = select(func.count()).select_from(RevealRow)
    return int(await session.scalar(query.where(RevealRow.reader_id == reader_id, RevealRow.at >= since)) or 0)


async def reveals_of(session: Either, household_id: UUID, limit: int) -> Sequence[RevealRow]:
    """Newest first."""
    query = select(RevealRow).where(RevealRow.household_id == household_id)
    return (await session.scalars(query.order_by(RevealRow.at.desc(), RevealRow.reveal_id).limit(limit))).all()


REVEALS = text(
    """
    SELECT r.reveal_id, r.household_id, coalesce(b.name, b.house_no, b.code) AS building, h.entrance, h.floor, h.room,
           h.ended, r.reader_id, p.name AS reader, r.purpose, r.at
    FROM household_reveal r JOIN household h USING (household_id) JOIN building b USING (building_id)
    LEFT JOIN person p ON p.person_id = r.reader_id
    WHERE r.jurisdiction_id = :jurisdiction_id
      AND (CAST(:community_ids AS uuid[]) IS NULL OR h.community_id = ANY (CAST(:community_ids AS uuid[])))
      AND (CAST(:reader_id AS uuid) IS NULL OR r.reader_id = :reader_id)
      AND (CAST(:before AS timestamptz) IS NULL OR (r.at, r.reveal_id) < (:before, CAST(:before_id AS uuid)))
    ORDER BY r.at DESC, r.reveal_id DESC LIMIT :limit
    """
)


async def reveals(session: Either, asked: Values) -> Sequence[Line[Any]]:
    """Numbers that were shown, the newest first; doors without names.

    ``asked``: ``jurisdiction_id, community_ids, reader_id, before, before_id, limit``.
    """
    return (await session.execute(REVEALS, asked)).all()
