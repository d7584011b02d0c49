"""Staged rows find the rows that stand: by code which row is meant, by code or place what it belongs to.

Each statement works on all rows of an import at once. ``TARGET`` leaves every row ``new``, ``changed`` or
``unchanged``; what cannot be linked is ``refused`` and comes back with its place.
"""

from __future__ import annotations

from gridward.domain.territory import Layer

SURFACE_POINT = "CASE WHEN GeometryType(s.geometry) = 'POINT' THEN s.geometry ELSE ST_PointOnSurface(s.geometry) END"
FOOTPRINT = "CASE WHEN GeometryType(s.geometry) = 'POINT' THEN NULL ELSE s.geometry END"
STAGED_THINGS = "staged_feature s WHERE s.import_id = :import_id AND s.outcome <> 'refused'"
STANDING_BUILDINGS = "building s WHERE s.jurisdiction_id = :jurisdiction_id"
IN_FORCE = "{row}.valid_from <= :at AND ({row}.valid_to IS NULL OR {row}.valid_to > :at)"
"""A period holds at the instant asked about: that of the import, or the one from which it shall hold."""
TIER = "CASE {kind} WHEN 'cell' THEN 1 WHEN 'micro' THEN 2 ELSE 0 END"


def placed(things: str, thing_id: str, shape: str, point: str, *, near: str = "") -> str:
    """Rows ``{thing_id}, grid_id`` at ``:at``: of the answering tier, the smallest code on an edge or in an overlap.

    Goes from each grid to the things in its box, never the other way: PostGIS then prepares a boundary once for all its
    points (a hundred times faster than asking each point). ``near`` names a relation of shapes beside which the grids
    must lie.
    """
    beside = f"AND EXISTS (SELECT FROM {near} n WHERE n.boundary && b.boundary)" if near else ""
    return f"""
SELECT DISTINCT ON (found.{thing_id}) found.{thing_id}, lies.grid_id
FROM (
    SELECT g.grid_id, g.code, {TIER.format(kind="g.kind")} AS tier, b.boundary
    FROM grid_boundary b JOIN grid g USING (grid_id)
    WHERE b.jurisdiction_id = :jurisdiction_id AND {IN_FORCE.format(row="b")} AND {IN_FORCE.format(row="g")}
      {beside}
    OFFSET 0
) lies
CROSS JOIN LATERAL (
    SELECT s.{thing_id} FROM {things} AND s.{shape} && lies.boundary AND ST_Intersects(lies.boundary, {point})
    OFFSET 0
) found
ORDER BY found.{thing_id}, lies.tier, lies.code COLLATE "C"
"""  # noqa: S608


AREA_AT = """(
    SELECT a.area_id FROM area a JOIN area_boundary b USING (area_id)
    WHERE a.jurisdiction_id = :jurisdiction_id AND b.valid_from <= :at AND (b.valid_to IS NULL OR b.valid_to > :at)
      AND ST_DWithin(b.boundary, {point}, 1e-7)
    ORDER BY CASE a.level WHEN 'community' THEN 0 WHEN 'street' THEN 1 WHEN 'district' THEN 2 ELSE 3 END,
             a.code COLLATE "C"
    LIMIT 1
)"""
"""The smallest area known around a point, at the instant of the import."""


def _by_code(attribute: str, table: str, row_id: str) -> str:
    return f"""
UPDATE staged_feature s SET linked_id = t.{row_id}
FROM {table} t
WHERE s.import_id = :import_id AND t.jurisdiction_id = :jurisdiction_id AND t.code = s.attributes ->> '{attribute}'
"""  # noqa: S608


BELONGS: dict[Layer, tuple[str, ...]] = {
    Layer.grid: (
        _by_code("community", "area", "area_id"),
        f"""
UPDATE staged_feature s SET linked_id = {AREA_AT.format(point="ST_PointOnSurface(s.geometry)")}
WHERE s.import_id = :import_id AND s.outcome <> 'refused' AND NOT s.attributes ? 'community'
""",  # noqa: S608
    ),
    Layer.building: (
        f"""
UPDATE staged_feature SET linked_id = placed.grid_id
FROM ({placed(STAGED_THINGS, "row_no", "geometry", SURFACE_POINT)}) placed
WHERE staged_feature.import_id = :import_id AND staged_feature.row_no = placed.row_no
""",  # noqa: S608
    ),
    Layer.unit: (_by_code("area", "area", "area_id"),),
    Layer.service_area: (
        _by_code("unit", "unit", "unit_id"),
        """
UPDATE staged_feature s SET kind = CASE u.kind WHEN 'estate' THEN 'estate' ELSE 'work' END
FROM unit u WHERE s.import_id = :import_id AND s.kind IS NULL AND u.unit_id = s.linked_id
""",
    ),
}
"""Sets ``linked_id``: a grid's community, a building's grid, a unit's area, a service area's unit."""

MUST_BELONG: dict[Layer, tuple[str, str]] = {
    Layer.grid: ("community", "No area has this code; import the areas first."),
    Layer.unit: ("area", "No area has this code; import the areas first."),
    Layer.service_area: ("unit", "No unit has this code; import the units first."),
}
"""The attribute that names a row which must stand already, and what is said when it does not."""

UNKNOWN = """
UPDATE staged_feature SET outcome = 'refused'
WHERE import_id = :import_id AND outcome <> 'refused' AND attributes ? :attribute AND linked_id IS NULL
RETURNING row_no, place, attributes ->> :attribute AS text
"""


CHANGES_LATER = f"""
UPDATE staged_feature SET outcome = 'refused'
FROM (
    SELECT DISTINCT ON (s.row_no) s.row_no, g.code, CASE WHEN b.valid_from > :at THEN b.valid_from ELSE b.valid_to END AS at
    FROM staged_feature s
    JOIN grid_boundary b ON b.boundary && s.geometry
    JOIN grid g USING (grid_id)
    WHERE s.import_id = :import_id AND s.outcome <> 'refused' AND b.jurisdiction_id = :jurisdiction_id
      AND (b.valid_from > :at OR b.valid_to > :at)
      AND {TIER.format(kind="g.kind")} = {TIER.format(kind="s.kind")}
      AND ST_Relate(b.boundary, s.geometry, 'T********')
    ORDER BY s.row_no, b.valid_from
) later
WHERE staged_feature.import_id = :import_id AND staged_feature.row_no = later.row_no
RETURNING staged_feature.row_no, staged_feature.place, later.code AS text, later.at
"""  # noqa: S608
"""Ground of a staged grid that changes hands at a later instant than the one it shall hold from: changes are made in the
order of their dates, each on what the one before left."""


def _target(table: str, row_id: str, same: str, standing: str = "") -> str:
    return f"""
UPDATE staged_feature s SET target_id = t.{row_id}, outcome = CASE WHEN {same} THEN 'unchanged' ELSE 'changed' END
FROM {table} t {standing}
WHERE s.import_id = :import_id AND s.outcome <> 'refused' AND t.jurisdiction_id = :jurisdiction_id AND t.code = s.code
"""  # noqa: S608


def _kept(column: str, value: str) -> str:
    return f"coalesce({value}, t.{column}) IS NOT DISTINCT FROM t.{column}"


def _all(*conditions: str) -> str:
    return " AND ".join(conditions)


NAME = _kept("name", "s.name")

TARGET: dict[Layer, str] = {
    Layer.area: _target(
        "area",
        "area_id",
        _all(
            NAME,
            "s.kind = t.level",
            _kept("parent_code", "s.attributes ->> 'parent'"),
            "coalesce(s.geometry, b.boundary) IS NOT DISTINCT FROM b.boundary",
        ),
        f"LEFT JOIN area_boundary b ON b.area_id = t.area_id AND {IN_FORCE.format(row='b')}",
    ),
    Layer.grid: _target(
        "grid",
        "grid_id",
        _all(NAME, "s.kind = t.kind", _kept("community_id", "s.linked_id"), "s.geometry = b.boundary"),
        f"JOIN grid_boundary b ON b.grid_id = t.grid_id AND {IN_FORCE.format(row='b')} AND {IN_FORCE.format(row='t')}",
    ),
    Layer.street: _target("street", "street_id", _all(NAME, "s.geometry = t.path")),
    Layer.landmark: _target("landmark", "landmark_id", _all(NAME, _kept("kind", "s.kind"), "s.geometry = t.location")),
    Layer.building: _target(
        "building",
        "building_id",
        _all(
            NAME,
            _kept("house_no", "s.attributes ->> 'house_no'"),
            _kept("height_m", "CAST(s.attributes ->> 'height_m' AS double precision)"),
            f"{FOOTPRINT} IS NOT DISTINCT FROM t.footprint",
            f"{SURFACE_POINT} = t.location",
            "s.linked_id IS NOT DISTINCT FROM t.grid_id",
        ),
    ),
    Layer.unit: _target(
        "unit",
        "unit_id",
        _all(
            NAME,
            "s.kind = t.kind",
            _kept("telephone", "s.attributes ->> 'telephone'"),
            _kept("area_id", "s.linked_id"),
            _kept("is_last_resort", "CAST(s.attributes ->> 'last_resort' AS boolean)"),
        ),
    ),
    Layer.service_area: _target(
        "service_area",
        "service_area_id",
        _all(NAME, "s.kind = t.kind", "s.linked_id = t.unit_id", "s.geometry = t.boundary"),
        "JOIN (SELECT TRUE) AS standing ON t.valid_to IS NULL",
    ),
}
