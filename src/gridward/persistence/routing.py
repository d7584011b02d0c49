"""Published rules, and what they ask of the database beside the ground itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Double, ForeignKey, Integer, Text, UniqueConstraint, Uuid, bindparam, select, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Mapped, mapped_column

from gridward.domain.routing.check import World
from gridward.domain.routing.choice import Twin, UnitFact
from gridward.domain.routing.document import read_duties, read_rules, write_duties, write_rules
from gridward.domain.routing.rules import RuleSet
from gridward.domain.territory import UnitKind
from gridward.persistence.database import ReadSession, Row, WriteSession
from gridward.persistence.territory.queries import around
from gridward.persistence.territory.rows import UnitRow


class RuleSetRow(Row):
    """One version of a jurisdiction's rules and duty list; published once, never edited, never deleted."""

    __tablename__ = "rule_set"
    __table_args__ = (UniqueConstraint("jurisdiction_id", "version"),)

    rule_set_id: Mapped[UUID] = mapped_column(primary_key=True)
    jurisdiction_id: Mapped[UUID] = mapped_column(ForeignKey("jurisdiction.jurisdiction_id"))
    version: Mapped[int] = mapped_column(Integer)
    rules: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    duties: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    published_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.person_id"))


@lru_cache(maxsize=64)
def _rule_set(version: int, rules: str, duties: str) -> RuleSet:
    return RuleSet(version=version, rules=read_rules(json.loads(rules)), duties=read_duties(json.loads(duties)))


CURRENT = text(
    """
SELECT version, rules::text AS rules, duties::text AS duties FROM rule_set
WHERE jurisdiction_id = :jurisdiction_id ORDER BY version DESC LIMIT 1
"""
)


async def current_rules(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> RuleSet:
    """The rules in force; version 0 and empty where none were published."""
    row = (await session.execute(CURRENT, {"jurisdiction_id": jurisdiction_id})).one_or_none()
    return RuleSet(version=0, rules=()) if row is None else _rule_set(row.version, row.rules, row.duties)


async def add_rules(
    session: WriteSession,
    jurisdiction_id: UUID,
    rule_set: RuleSet,
    *,
    rule_set_id: UUID,
    published_at: datetime,
    published_by: UUID | None,
) -> bool:
    """Store a new version; False when somebody else has published that version meanwhile."""
    statement = (
        upsert(RuleSetRow)
        .values(
            rule_set_id=rule_set_id,
            jurisdiction_id=jurisdiction_id,
            version=rule_set.version,
            rules=write_rules(rule_set.rules),
            duties=write_duties(rule_set.duties),
            published_at=published_at,
            published_by=published_by,
        )
        .on_conflict_do_nothing(index_elements=["jurisdiction_id", "version"])
        .returning(RuleSetRow.rule_set_id)
    )
    return (await session.execute(statement)).scalar_one_or_none() is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Beside the ground: the community's rungs, the units that count there, what of the kind is open near by."""

    area_ids: frozenset[UUID]
    units: Mapping[UUID, UnitFact]
    twins: tuple[Twin, ...]


SURROUNDINGS = text(
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
        FROM unit u LEFT JOIN rungs r USING (area_id)
        WHERE u.jurisdiction_id = :jurisdiction_id
          AND (u.area_id IS NULL OR r.area_id IS NOT NULL OR u.unit_id = ANY(:unit_ids))),
    'twins', (
        SELECT jsonb_agg(to_jsonb(t) ORDER BY t.distance_m)
        FROM (SELECT * FROM twins WHERE distance_m <= :radius_m ORDER BY distance_m, ticket_id LIMIT 5) t)
)::text
"""
).bindparams(
    *(bindparam(name, type_=Uuid()) for name in ("jurisdiction_id", "community_id", "except_ticket_id")),
    *(bindparam(name, type_=Double()) for name in ("lon", "lat", "per_lon", "per_lat", "radius_m")),
    *(bindparam(name, type_=Double()) for name in ("west", "south", "east", "north")),
    bindparam("unit_ids", type_=ARRAY(Uuid())),
    bindparam("category", type_=Text()),
    bindparam("at", type_=DateTime(timezone=True)),
)


async def surroundings(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    *,
    community_id: UUID | None,
    unit_ids: Sequence[UUID],
    category: str,
    lon: float,
    lat: float,
    radius_m: float,
    at: datetime,
    except_ticket_id: UUID | None = None,
) -> Surroundings:
    """Gather in one statement. ``unit_ids`` are asked for by name, wherever they answer; ``radius_m`` is of twins."""
    found = json.loads(
        (
            await session.execute(
                SURROUNDINGS,
                {
                    "jurisdiction_id": jurisdiction_id,
                    "community_id": community_id,
                    "unit_ids": list(unit_ids),
                    "category": category,
                    "radius_m": radius_m,
                    "at": at,
                    "except_ticket_id": except_ticket_id,
                    **around(lon, lat, radius_m),
                },
            )
        ).scalar_one()
    )
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
    )


WORLD = text(
    """
WITH RECURSIVE up AS (
    SELECT area_id, area_id AS above, parent_code FROM area WHERE jurisdiction_id = :jurisdiction_id
    UNION
    SELECT up.area_id, a.area_id, a.parent_code FROM up
    JOIN area a ON a.jurisdiction_id = :jurisdiction_id AND a.code = up.parent_code
),
above AS (SELECT area_id, jsonb_agg(above) AS areas FROM up GROUP BY area_id)
SELECT jsonb_build_object(
    'units', (SELECT jsonb_object_agg(unit_id, kind) FROM unit
              WHERE jurisdiction_id = :jurisdiction_id AND (ended_at IS NULL OR ended_at > :at)),
    'areas', (SELECT jsonb_object_agg(area_id, areas) FROM above),
    'grids', (SELECT jsonb_object_agg(g.grid_id, coalesce(above.areas, '[]')) FROM grid g
              LEFT JOIN above ON above.area_id = g.community_id
              WHERE g.jurisdiction_id = :jurisdiction_id AND (g.valid_to IS NULL OR g.valid_to > :at))
)::text
"""
)


async def world(
    session: ReadSession | WriteSession,
    jurisdiction_id: UUID,
    at: datetime,
    *,
    categories: frozenset[str],
    conditions: Mapping[str, str],
) -> World:
    """Everything that rules may name at an instant; kinds of problem come from the standards."""
    found = json.loads((await session.execute(WORLD, {"jurisdiction_id": jurisdiction_id, "at": at})).scalar_one())

    def within(name: str) -> dict[UUID, frozenset[UUID]]:
        return {UUID(one): frozenset(map(UUID, areas)) for one, areas in (found[name] or {}).items()}

    return World(
        units={UUID(unit_id): UnitKind(kind) for unit_id, kind in (found["units"] or {}).items()},
        categories=categories,
        conditions=conditions,
        grids=within("grids"),
        areas=within("areas"),
    )


async def standing_units(session: ReadSession, jurisdiction_id: UUID, at: datetime) -> Sequence[UnitRow]:
    """The units that have not ended, by code."""
    rows = await session.scalars(
        select(UnitRow)
        .where(
            UnitRow.jurisdiction_id == jurisdiction_id,
            UnitRow.ended_at.is_(None) | (UnitRow.ended_at > at),
        )
        .order_by(UnitRow.code)
    )
    return rows.all()
