"""The territory as GeoJSON, made in PostgreSQL: one text per layer, as large as its answer and no larger.

Degrees are given with seven decimals, about a centimetre.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from gridward.domain.errors import Refusal
from gridward.domain.territory import Layer
from gridward.persistence.database import ReadSession

MOST_FEATURES = 20_000

IN_COMMUNITY = """(
    CAST(:community_id AS uuid) IS NULL
    OR EXISTS (
        SELECT FROM grid cg JOIN grid_boundary cb USING (grid_id)
        WHERE cg.community_id = :community_id AND cg.jurisdiction_id = :jurisdiction_id
          AND cb.valid_from <= :at AND (cb.valid_to IS NULL OR cb.valid_to > :at)
          AND cb.boundary && {shape} AND ST_Intersects(cb.boundary, {shape}))
    OR EXISTS (
        SELECT FROM area ca
        WHERE ca.area_id = :community_id AND ca.jurisdiction_id = :jurisdiction_id
          AND ca.boundary && {shape} AND ST_Intersects(ca.boundary, {shape}))
)"""

STANDS = "{row}.valid_from <= :at AND ({row}.valid_to IS NULL OR {row}.valid_to > :at)"

LAYERS: dict[Layer, str] = {
    Layer.area: f"""
SELECT a.area_id AS id, b.boundary AS shape,
       jsonb_build_object('area_id', a.area_id, 'code', a.code, 'level', a.level, 'name', a.name,
                          'parent_code', a.parent_code) AS properties
FROM area a LEFT JOIN area_boundary b ON b.area_id = a.area_id AND {STANDS.format(row="b")}
WHERE a.jurisdiction_id = :jurisdiction_id
  AND (CAST(:community_id AS uuid) IS NULL OR a.area_id = :community_id)
""",  # noqa: S608
    Layer.grid: f"""
SELECT g.grid_id AS id, b.boundary AS shape,
       jsonb_build_object('grid_id', g.grid_id, 'code', g.code, 'name', g.name, 'kind', g.kind,
                          'community_id', g.community_id) AS properties
FROM grid g JOIN grid_boundary b USING (grid_id)
WHERE g.jurisdiction_id = :jurisdiction_id AND {STANDS.format(row="g")} AND {STANDS.format(row="b")}
  AND (CAST(:community_id AS uuid) IS NULL OR g.community_id = :community_id)
""",  # noqa: S608
    Layer.street: f"""
SELECT s.street_id AS id, s.path AS shape,
       jsonb_build_object('street_id', s.street_id, 'code', s.code, 'name', s.name) AS properties
FROM street s
WHERE s.jurisdiction_id = :jurisdiction_id AND {IN_COMMUNITY.format(shape="s.path")}
""",  # noqa: S608
    Layer.landmark: f"""
SELECT l.landmark_id AS id, l.location AS shape,
       jsonb_build_object('landmark_id', l.landmark_id, 'code', l.code, 'name', l.name, 'kind', l.kind) AS properties
FROM landmark l
WHERE l.jurisdiction_id = :jurisdiction_id AND {IN_COMMUNITY.format(shape="l.location")}
""",  # noqa: S608
    Layer.building: """
SELECT b.building_id AS id, coalesce(b.footprint, b.location) AS shape,
       jsonb_build_object('building_id', b.building_id, 'code', b.code, 'name', coalesce(b.name, b.house_no),
                          'house_no', b.house_no, 'grid_id', b.grid_id) AS properties
FROM building b LEFT JOIN grid g USING (grid_id)
WHERE b.jurisdiction_id = :jurisdiction_id
  AND (CAST(:community_id AS uuid) IS NULL OR g.community_id = :community_id)
""",
    Layer.service_area: f"""
SELECT s.service_area_id AS id, s.boundary AS shape,
       jsonb_build_object('service_area_id', s.service_area_id, 'code', s.code, 'name', s.name, 'kind', s.kind,
                          'unit_id', s.unit_id, 'unit_name', u.name, 'unit_kind', u.kind) AS properties
FROM service_area s JOIN unit u USING (unit_id)
WHERE s.jurisdiction_id = :jurisdiction_id AND {STANDS.format(row="s")} AND (u.ended_at IS NULL OR u.ended_at > :at)
  AND {IN_COMMUNITY.format(shape="s.boundary")}
""",  # noqa: S608
}
"""A row per feature: ``id, shape, properties``. Units have no shape and so no layer."""


def _collection(features: str) -> str:
    return f"""
WITH features AS ({features} LIMIT {MOST_FEATURES + 1})
SELECT count(*) AS features,
       '{{"type":"FeatureCollection","features":[' || coalesce(string_agg(
           '{{"type":"Feature","id":"' || id || '","geometry":' || coalesce(ST_AsGeoJSON(shape, 7), 'null')
           || ',"properties":' || CAST(properties AS text) || '}}', ',' ORDER BY properties ->> 'code' COLLATE "C"), '')
       || ']}}' AS collection
FROM features
"""  # noqa: S608


STATEMENTS = {layer: text(_collection(features)) for layer, features in LAYERS.items()}


async def layer_geojson(
    session: ReadSession, jurisdiction_id: UUID, layer: Layer, community_id: UUID | None, at: datetime
) -> str:
    """A layer as it stood at ``at``, of one community or of the whole jurisdiction, ordered by code.

    Raises:
        Refusal: ``layer_too_large``: more than 20,000 features; ask for one community.
    """
    statement = STATEMENTS[layer]
    facts = {"jurisdiction_id": jurisdiction_id, "community_id": community_id, "at": at}
    asked = {name: value for name, value in facts.items() if name in statement.compile().params}
    found = (await session.execute(statement, asked)).one()
    if found.features > MOST_FEATURES:
        raise Refusal("layer_too_large", layer=layer.value, most=MOST_FEATURES)
    return str(found.collection)
