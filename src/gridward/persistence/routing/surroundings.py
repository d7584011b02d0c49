"""What the rules ask of the database beside the ground itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import DateTime, Double, Text, Uuid, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from gridward.domain.routing.choice import Twin, UnitFact
from gridward.domain.standards_unit_names import Meaning, UnitRole
from gridward.domain.territory import UnitKind
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.prepared import Prepared
from gridward.persistence.territory.queries import around


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Beside the ground: the community's rungs, the units that count there, what of the kind is open near by."""

    area_ids: frozenset[UUID]
    units: Mapping[UUID, UnitFact]
    twins: tuple[Twin, ...]
    meanings: tuple[Meaning, ...] = ()


SURROUNDINGS = Prepared(
    text(
        """
WITH RECURSIVE up AS (
    SELECT area_id, parent_code, level FROM area
    WHERE area_id = :community_id AND jurisdiction_id = :jurisdiction_id
    UNION
    SELECT a.area_id, a.parent_code, a.level FROM up
    JOIN area a ON a.jurisdiction_id = :jurisdiction_id AND a.code = up.parent_code
),
rungs AS (
    SELECT area_id, CASE level WHEN 'community' THEN 0 WHEN 'street' THEN 1 WHEN 'district' THEN 2 ELSE 3 END AS rung
    FROM up
),
meanings AS (
    SELECT n.name, n.role, n.unit_kind, n.unit_id, n.area_id, coalesce(r.rung, 9) AS rung
    FROM unit_name n LEFT JOIN rungs r USING (area_id)
    WHERE n.jurisdiction_id = :jurisdiction_id AND n.name = ANY(:names)
      AND (n.area_id IS NULL OR r.area_id IS NOT NULL) AND (n.unit_kind IS NOT NULL OR n.unit_id IS NOT NULL)
),
twins AS (
    SELECT ticket_id, status, short_no,
           ST_Distance(ST_Scale(ST_SetSRID(location, 0), :per_lon, :per_lat),
                       ST_MakePoint(:lon * :per_lon, :lat * :per_lat)) AS distance_m
    FROM ticket
    WHERE is_open AND location && ST_MakeEnvelope(:west, :south, :east, :north, 4326)
      AND jurisdiction_id = :jurisdiction_id AND category_code = :category
      AND ticket_id IS DISTINCT FROM :except_ticket_id
)
SELECT jsonb_build_object(
    'areas', (SELECT jsonb_agg(area_id) FROM rungs),
    'units', (
        SELECT jsonb_agg(jsonb_build_object(
            'unit_id', u.unit_id, 'name', u.name, 'kind', u.kind,
            'ended', coalesce(u.ended_at <= :at, false),
            'rung', CASE WHEN u.area_id IS NULL THEN 4 ELSE r.rung END))
        FROM (
            SELECT unit_id FROM unit WHERE jurisdiction_id = :jurisdiction_id AND area_id IS NULL
            UNION SELECT b.unit_id FROM rungs CROSS JOIN LATERAL (
                SELECT unit_id FROM unit WHERE jurisdiction_id = :jurisdiction_id AND area_id = rungs.area_id OFFSET 0) b
            UNION SELECT unnest(:unit_ids)
            UNION SELECT unit_id FROM meanings
        ) found
        CROSS JOIN LATERAL (
            SELECT * FROM unit WHERE unit_id = found.unit_id AND jurisdiction_id = :jurisdiction_id OFFSET 0) u
        LEFT JOIN rungs r ON r.area_id = u.area_id),
    'meanings', (SELECT jsonb_agg(to_jsonb(m)) FROM meanings m),
    'twins', (
        SELECT jsonb_agg(to_jsonb(t) ORDER BY t.distance_m)
        FROM (SELECT * FROM twins WHERE distance_m <= :radius_m ORDER BY distance_m, ticket_id LIMIT 5) t)
)::text AS found
"""
    )
    .bindparams(
        *(bindparam(name, type_=Uuid()) for name in ("jurisdiction_id", "community_id", "except_ticket_id")),
        *(bindparam(name, type_=Double()) for name in ("lon", "lat", "per_lon", "per_lat", "radius_m")),
        *(bindparam(name, type_=Double()) for name in ("west", "south", "east", "north")),
        bindparam("unit_ids", type_=ARRAY(Uuid())),
        bindparam("names", type_=ARRAY(Text())),
        bindparam("category", type_=Text()),
        bindparam("at", type_=DateTime(timezone=True)),
    )
    .columns(found=Text())
)
"""``OFFSET 0`` keeps the planner, which takes a ladder of three areas for a hundred, from reading every unit."""


async def surroundings(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    *,
    community_id: UUID | None,
    unit_ids: Sequence[UUID],
    names: Sequence[str] = (),
    category: str,
    lon: float,
    lat: float,
    radius_m: float,
    at: datetime,
    except_ticket_id: UUID | None = None,
) -> Surroundings:
    """Gather in one statement. ``unit_ids`` are asked for by name, wherever they answer; ``names`` are those of a standard;
    ``radius_m`` is of twins.
    """
    row = await SURROUNDINGS.one(
        session,
        {
            "jurisdiction_id": jurisdiction_id,
            "community_id": community_id,
            "unit_ids": list(unit_ids),
            "names": list(names),
            "category": category,
            "radius_m": radius_m,
            "at": at,
            "except_ticket_id": except_ticket_id,
            **around(lon, lat, radius_m),
        },
    )
    found = json.loads(row.found)
    units = (
        UnitFact(
            unit_id=UUID(unit["unit_id"]),
            name=unit["name"],
            kind=UnitKind(unit["kind"]),
            ended=unit["ended"],
            rung=unit["rung"],
        )
        for unit in found["units"] or ()
    )
    return Surroundings(
        area_ids=frozenset(map(UUID, found["areas"] or ())),
        units={unit.unit_id: unit for unit in units},
        twins=tuple(
            Twin(
                ticket_id=UUID(twin["ticket_id"]),
                distance_m=twin["distance_m"],
                status=twin["status"],
                short_no=twin["short_no"],
            )
            for twin in found["twins"] or ()
        ),
        meanings=tuple(
            Meaning(
                name=line["name"],
                role=UnitRole(line["role"]) if line["role"] else None,
                unit_kind=UnitKind(line["unit_kind"]) if line["unit_kind"] else None,
                unit_id=UUID(line["unit_id"]) if line["unit_id"] else None,
                area_id=UUID(line["area_id"]) if line["area_id"] else None,
                rung=line["rung"],
            )
            for line in found["meanings"] or ()
        ),
    )
