"""Staged rows become the territory: a handful of set-based statements per layer, all in one transaction.

A row is updated where its code stands already, inserted where it does not. What keeps its past (a grid's boundary, a
service area) is closed at ``:at`` and opened anew; one that began at this very instant is corrected in place. ``:at`` is
the instant of the import, or the one from which the file shall hold (areas and grids only).
"""

from __future__ import annotations

from gridward.domain.territory import Layer
from gridward.persistence.territory.linking import FOOTPRINT, STANDING_BUILDINGS, SURFACE_POINT, placed

CHANGED = "s.import_id = :import_id AND s.outcome = 'changed'"
NEW = "s.import_id = :import_id AND s.outcome = 'new'"

BARE_PARENTS = """
INSERT INTO area (area_id, jurisdiction_id, code, level, name)
SELECT bare.area_id, :jurisdiction_id, bare.code, bare.level, bare.code
FROM unnest(CAST(:ids AS uuid[]), CAST(:codes AS text[]), CAST(:levels AS text[])) AS bare (area_id, code, level)
ON CONFLICT (jurisdiction_id, code) DO NOTHING
"""

MOVED_BUILDINGS = f"""
UPDATE building SET grid_id = now_in.grid_id
FROM (
    WITH zone AS MATERIALIZED (
        SELECT grid_id, boundary FROM grid_boundary
        WHERE jurisdiction_id = :jurisdiction_id AND (valid_from = :since OR valid_to = :since)
    ), concerned AS MATERIALIZED (
        SELECT building_id FROM building WHERE grid_id IN (SELECT grid_id FROM zone)
        UNION
        SELECT found.building_id FROM zone CROSS JOIN LATERAL (
            SELECT s.building_id FROM {STANDING_BUILDINGS}
              AND s.location && zone.boundary AND ST_Intersects(zone.boundary, s.location)
            OFFSET 0) found
    )
    SELECT c.building_id, lies.grid_id
    FROM concerned c
    LEFT JOIN ({placed(STANDING_BUILDINGS, "building_id", "location", "s.location", near="zone")}) lies USING (building_id)
) now_in
WHERE building.building_id = now_in.building_id AND building.grid_id IS DISTINCT FROM now_in.grid_id
"""  # noqa: S608
"""Buildings on ground whose boundaries begin or end at ``:since`` get the grid that holds them at ``:at``."""

AREAS_NOW = """
UPDATE area SET boundary = b.boundary
FROM area_boundary b
WHERE area.jurisdiction_id = :jurisdiction_id AND b.area_id = area.area_id
  AND b.valid_from <= :at AND (b.valid_to IS NULL OR b.valid_to > :at) AND area.boundary IS DISTINCT FROM b.boundary
"""

HOMES_FOLLOW = """
UPDATE household SET community_id = g.community_id
FROM building b LEFT JOIN grid g ON g.grid_id = b.grid_id
WHERE household.jurisdiction_id = :jurisdiction_id AND b.building_id = household.building_id
  AND household.community_id IS DISTINCT FROM g.community_id
"""
"""Households belong to the community in which their building lies now: its desk finds them, the one before no more."""

GRIDS_RENAMED = f"""
UPDATE grid t SET name = coalesce(s.name, t.name), kind = s.kind, community_id = coalesce(s.linked_id, t.community_id)
FROM staged_feature s WHERE {CHANGED} AND t.grid_id = s.target_id
"""  # noqa: S608

AS_OF_NOW = frozenset({MOVED_BUILDINGS, HOMES_FOLLOW, AREAS_NOW, GRIDS_RENAMED})
"""Statements about what is kept as of now: they wait until the instant has come."""

PUBLISH: dict[Layer, tuple[str, ...]] = {
    Layer.area: (
        f"""
UPDATE area t SET name = coalesce(s.name, t.name), level = s.kind,
    parent_code = coalesce(s.attributes ->> 'parent', t.parent_code)
FROM staged_feature s WHERE {CHANGED} AND t.area_id = s.target_id
""",  # noqa: S608
        f"""
UPDATE area_boundary t SET boundary = s.geometry
FROM staged_feature s
WHERE {CHANGED} AND t.area_id = s.target_id AND s.geometry IS NOT NULL AND t.valid_to IS NULL AND t.valid_from = :at
""",  # noqa: S608
        f"""
UPDATE area_boundary t SET valid_to = :at
FROM staged_feature s
WHERE {CHANGED} AND t.area_id = s.target_id AND t.valid_to IS NULL AND t.valid_from < :at AND NOT s.geometry = t.boundary
""",  # noqa: S608
        f"""
INSERT INTO area (area_id, jurisdiction_id, code, level, name, parent_code)
SELECT s.target_id, :jurisdiction_id, s.code, s.kind, coalesce(s.name, s.code), s.attributes ->> 'parent'
FROM staged_feature s WHERE {NEW}
""",  # noqa: S608
        """
INSERT INTO area_boundary (area_boundary_id, jurisdiction_id, area_id, boundary, valid_from)
SELECT gen_random_uuid(), :jurisdiction_id, s.target_id, s.geometry, :at
FROM staged_feature s
WHERE s.import_id = :import_id AND s.outcome IN ('new', 'changed') AND s.geometry IS NOT NULL
  AND NOT EXISTS (SELECT FROM area_boundary b WHERE b.area_id = s.target_id AND b.valid_to IS NULL)
""",
        AREAS_NOW,
    ),
    Layer.grid: (
        GRIDS_RENAMED,
        f"""
UPDATE grid_boundary t SET boundary = s.geometry
FROM staged_feature s
WHERE {CHANGED} AND t.grid_id = s.target_id AND t.valid_to IS NULL AND t.valid_from = :at
""",  # noqa: S608
        f"""
UPDATE grid_boundary t SET valid_to = :at
FROM staged_feature s
WHERE {CHANGED} AND t.grid_id = s.target_id AND t.valid_to IS NULL AND t.valid_from < :at
  AND NOT s.geometry = t.boundary
""",  # noqa: S608
        f"""
INSERT INTO grid (grid_id, jurisdiction_id, code, name, kind, community_id, valid_from)
SELECT s.target_id, :jurisdiction_id, s.code, coalesce(s.name, s.code), s.kind, s.linked_id, :at
FROM staged_feature s WHERE {NEW}
""",  # noqa: S608
        """
INSERT INTO grid_boundary (grid_boundary_id, jurisdiction_id, grid_id, boundary, valid_from)
SELECT gen_random_uuid(), :jurisdiction_id, s.target_id, s.geometry, :at
FROM staged_feature s
WHERE s.import_id = :import_id AND s.outcome IN ('new', 'changed')
  AND NOT EXISTS (SELECT FROM grid_boundary b WHERE b.grid_id = s.target_id AND b.valid_to IS NULL)
""",
        MOVED_BUILDINGS,
        HOMES_FOLLOW,
    ),
    Layer.street: (
        f"""
UPDATE street t SET name = coalesce(s.name, t.name), path = s.geometry
FROM staged_feature s WHERE {CHANGED} AND t.street_id = s.target_id
""",  # noqa: S608
        f"""
INSERT INTO street (street_id, jurisdiction_id, code, name, path)
SELECT s.target_id, :jurisdiction_id, s.code, s.name, s.geometry FROM staged_feature s WHERE {NEW}
""",  # noqa: S608
    ),
    Layer.landmark: (
        f"""
UPDATE landmark t SET name = coalesce(s.name, t.name), kind = coalesce(s.kind, t.kind), location = s.geometry
FROM staged_feature s WHERE {CHANGED} AND t.landmark_id = s.target_id
""",  # noqa: S608
        f"""
INSERT INTO landmark (landmark_id, jurisdiction_id, code, name, kind, location)
SELECT s.target_id, :jurisdiction_id, s.code, s.name, s.kind, s.geometry FROM staged_feature s WHERE {NEW}
""",  # noqa: S608
    ),
    Layer.building: (
        f"""
UPDATE building t SET name = coalesce(s.name, t.name), house_no = coalesce(s.attributes ->> 'house_no', t.house_no),
    height_m = coalesce(CAST(s.attributes ->> 'height_m' AS double precision), t.height_m),
    footprint = {FOOTPRINT}, location = {SURFACE_POINT}, grid_id = s.linked_id
FROM staged_feature s WHERE {CHANGED} AND t.building_id = s.target_id
""",  # noqa: S608
        f"""
INSERT INTO building (building_id, jurisdiction_id, code, name, house_no, height_m, footprint, location, grid_id)
SELECT s.target_id, :jurisdiction_id, s.code, s.name, s.attributes ->> 'house_no',
       CAST(s.attributes ->> 'height_m' AS double precision), {FOOTPRINT}, {SURFACE_POINT}, s.linked_id
FROM staged_feature s WHERE {NEW}
""",  # noqa: S608
        HOMES_FOLLOW,
    ),
    Layer.unit: (
        f"""
UPDATE unit t SET name = coalesce(s.name, t.name), kind = s.kind,
    telephone = coalesce(s.attributes ->> 'telephone', t.telephone), area_id = coalesce(s.linked_id, t.area_id),
    is_last_resort = coalesce(CAST(s.attributes ->> 'last_resort' AS boolean), t.is_last_resort)
FROM staged_feature s WHERE {CHANGED} AND t.unit_id = s.target_id
""",  # noqa: S608
        f"""
INSERT INTO unit (unit_id, jurisdiction_id, code, name, kind, telephone, area_id, is_last_resort)
SELECT s.target_id, :jurisdiction_id, s.code, s.name, s.kind, s.attributes ->> 'telephone', s.linked_id,
       coalesce(CAST(s.attributes ->> 'last_resort' AS boolean), false)
FROM staged_feature s WHERE {NEW}
""",  # noqa: S608
    ),
    Layer.service_area: (
        f"""
UPDATE service_area t SET name = coalesce(s.name, t.name)
FROM staged_feature s WHERE {CHANGED} AND t.service_area_id = s.target_id
""",  # noqa: S608
        f"""
UPDATE service_area t SET kind = s.kind, unit_id = s.linked_id, boundary = s.geometry
FROM staged_feature s WHERE {CHANGED} AND t.service_area_id = s.target_id AND t.valid_from >= :at
""",  # noqa: S608
        f"""
UPDATE service_area t SET valid_to = :at
FROM staged_feature s
WHERE {CHANGED} AND t.service_area_id = s.target_id AND t.valid_from < :at
  AND NOT (s.kind = t.kind AND s.linked_id = t.unit_id AND s.geometry = t.boundary)
""",  # noqa: S608
        """
INSERT INTO service_area (service_area_id, jurisdiction_id, unit_id, code, name, kind, boundary, valid_from)
SELECT CASE s.outcome WHEN 'new' THEN s.target_id ELSE gen_random_uuid() END, :jurisdiction_id, s.linked_id, s.code,
       coalesce(s.name, before.name, s.code), s.kind, s.geometry, :at
FROM staged_feature s
LEFT JOIN service_area before ON before.service_area_id = s.target_id AND s.outcome = 'changed'
WHERE s.import_id = :import_id AND s.outcome IN ('new', 'changed')
  AND (s.outcome = 'new' OR before.valid_to IS NOT NULL)
""",
    ),
}
