"""Which standard holds for a kind of problem at a place and an instant, and what kind of place that is.

An emergency goes before an area's own standard (the nearest area first), that before one for a type of community, that
before the general one. All in one statement: it is asked at every filing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ARRAY, Date, DateTime, Text, Uuid, bindparam, text

from gridward.domain.standards import Standard
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.prepared import Prepared
from gridward.persistence.standards.queries import standard_by_id

APPLYING = Prepared(
    text(
        """
WITH RECURSIVE up AS (
    SELECT area_id, code, parent_code, 0 AS rung FROM area
    WHERE area_id = :community_id AND jurisdiction_id = :jurisdiction_id
    UNION ALL
    SELECT a.area_id, a.code, a.parent_code, up.rung + 1 FROM up
    JOIN area a ON a.jurisdiction_id = :jurisdiction_id AND a.code = up.parent_code
),
types AS (
    SELECT p.community_type, p.area_class, coalesce(up.rung, -1) AS rung
    FROM place_type p LEFT JOIN up USING (area_id)
    WHERE p.jurisdiction_id = :jurisdiction_id AND (p.grid_id = :grid_id OR up.area_id IS NOT NULL)
),
here AS (
    SELECT (SELECT area_class FROM types WHERE area_class IS NOT NULL ORDER BY rung LIMIT 1) AS area_class,
           (SELECT community_type FROM types WHERE community_type IS NOT NULL ORDER BY rung LIMIT 1) AS community_type,
           coalesce((SELECT array_agg(code) FROM up), '{}') AS codes
),
standing AS (
    SELECT s.standard_id, s.community_types, s.is_emergency, s.has_pictures, s.valid_from,
           near.rung, near.code AS area_code,
           (SELECT e.emergency_id FROM emergency e
            WHERE s.is_emergency AND e.standard_id = s.standard_id AND e.starts_at <= :at
              AND coalesce(e.ended_at, e.ends_at) > :at AND (e.area_codes = '{}' OR e.area_codes && here.codes)
            ORDER BY e.starts_at DESC, e.emergency_id LIMIT 1) AS emergency_id
    FROM standard s CROSS JOIN here
    LEFT JOIN LATERAL (
        SELECT up.rung, up.code FROM up WHERE up.code = ANY(s.area_codes) ORDER BY up.rung LIMIT 1
    ) near ON true
    WHERE s.jurisdiction_id = :jurisdiction_id
      AND (s.is_emergency OR (s.valid_from <= :on AND (s.valid_to > :on OR s.valid_to IS NULL)))
      AND (s.area_codes = '{}' OR near.code IS NOT NULL)
      AND (s.community_types = '{}' OR here.community_type = ANY(s.community_types))
      AND EXISTS (SELECT FROM category c WHERE c.standard_id = s.standard_id AND c.code = :category)
)
SELECT here.area_class, here.community_type, found.*
FROM here LEFT JOIN LATERAL (
    SELECT standard_id, area_code, community_types, emergency_id FROM standing
    WHERE NOT is_emergency OR emergency_id IS NOT NULL
    ORDER BY is_emergency DESC, rung NULLS LAST, community_types = '{}', has_pictures DESC, valid_from DESC, standard_id
    LIMIT 1
) found ON true
"""
    )
    .bindparams(
        *(bindparam(name, type_=Uuid()) for name in ("jurisdiction_id", "community_id", "grid_id")),
        bindparam("category", type_=Text()),
        bindparam("on", type_=Date()),
        bindparam("at", type_=DateTime(timezone=True)),
    )
    .columns(
        area_class=Text(),
        community_type=Text(),
        standard_id=Uuid(),
        area_code=Text(),
        community_types=ARRAY(Text()),
        emergency_id=Uuid(),
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What holds at a place. ``standard`` None: no standing standard knows the category there.

    ``why``: what made it go before the general one, in the form that a ticket keeps: ``emergency:<id>``,
    ``area:<code>``, ``community_type:<word>``; None for the general standard.
    """

    standard: Standard | None
    why: str | None = None
    area_class: str | None = None
    community_type: str | None = None


async def standard_applying(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    category: str,
    *,
    on: date,
    at: datetime,
    community_id: UUID | None = None,
    grid_id: UUID | None = None,
) -> Applied:
    """The standard for a category at a place. ``on`` is the local date of ``at``; without a place the general one."""
    row = await APPLYING.one(
        session,
        {
            "jurisdiction_id": jurisdiction_id,
            "category": category,
            "on": on,
            "at": at,
            "community_id": community_id,
            "grid_id": grid_id,
        },
    )
    if row.standard_id is None:
        return Applied(standard=None, area_class=row.area_class, community_type=row.community_type)
    why = None
    if row.emergency_id is not None:
        why = f"emergency:{row.emergency_id}"
    elif row.area_code is not None:
        why = f"area:{row.area_code}"
    elif row.community_types:
        why = f"community_type:{row.community_type}"
    standard = await standard_by_id(session, row.standard_id)
    return Applied(standard=standard, why=why, area_class=row.area_class, community_type=row.community_type)
