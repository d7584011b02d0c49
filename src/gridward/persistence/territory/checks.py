"""What is wrong between the features of an import, and between them and what stands: overlaps, gaps, loose ends.

Areas are taken on the ellipsoid. A sliver below 100 cm² is rounding, not a fault.
"""

from __future__ import annotations

from gridward.domain.territory import Layer
from gridward.persistence.territory.linking import IN_FORCE, TIER

SMALLEST_M2 = 0.01

STAGED = """
SELECT s.row_no, s.code, {tier} AS tier, {owner} AS owner, s.geometry
FROM staged_feature s
WHERE s.import_id = :import_id AND s.outcome <> 'refused' AND s.geometry IS NOT NULL
"""

UNREPLACED = """
NOT EXISTS (
    SELECT FROM staged_feature r
    WHERE r.import_id = :import_id AND r.code = t.code AND r.outcome <> 'refused' AND r.geometry IS NOT NULL)
"""

STANDING: dict[Layer, str] = {
    Layer.area: f"""
SELECT t.code, t.level AS tier, t.code AS owner, b.boundary AS geometry
FROM area t JOIN area_boundary b ON b.area_id = t.area_id AND {IN_FORCE.format(row="b")}
WHERE t.jurisdiction_id = :jurisdiction_id AND {UNREPLACED}
""",  # noqa: S608
    Layer.grid: f"""
SELECT t.code, {TIER.format(kind="t.kind")} AS tier, t.code AS owner, b.boundary AS geometry
FROM grid t JOIN grid_boundary b ON b.grid_id = t.grid_id AND {IN_FORCE.format(row="b")}
WHERE t.jurisdiction_id = :jurisdiction_id AND {IN_FORCE.format(row="t")} AND {UNREPLACED}
""",  # noqa: S608
    Layer.service_area: f"""
SELECT t.code, t.kind AS tier, CAST(t.unit_id AS text) AS owner, t.boundary AS geometry FROM service_area t
WHERE t.jurisdiction_id = :jurisdiction_id AND {IN_FORCE.format(row="t")} AND {UNREPLACED}
""",  # noqa: S608
}

OF_STAGED: dict[Layer, str] = {
    Layer.area: STAGED.format(tier="s.kind", owner="s.code"),
    Layer.grid: STAGED.format(tier=TIER.format(kind="s.kind"), owner="s.code"),
    Layer.service_area: STAGED.format(tier="s.kind", owner="CAST(s.linked_id AS text)"),
}

MUST_NOT_OVERLAP = (Layer.area, Layer.grid, Layer.service_area)
MUST_NOT_LEAVE_GAPS = (Layer.area, Layer.grid)


def overlaps(layer: Layer) -> str:
    """Rows ``code, other, area_m2, lon, lat``: each overlapping pair once, the smaller code first."""
    staged, standing = OF_STAGED[layer], STANDING[layer]
    return f"""
WITH pairs AS MATERIALIZED (
    SELECT a.code AS a, b.code AS b, a.geometry AS one, b.geometry AS two
    FROM ({staged}) a JOIN ({staged}) b
      ON a.row_no < b.row_no AND a.tier = b.tier AND a.owner <> b.owner AND a.geometry && b.geometry
    UNION ALL
    SELECT a.code, b.code, a.geometry, b.geometry
    FROM ({staged}) a JOIN ({standing}) b
      ON a.tier = b.tier AND a.owner <> b.owner AND a.geometry && b.geometry
), shared AS MATERIALIZED (
    SELECT least(a COLLATE "C", b COLLATE "C") AS code, greatest(a COLLATE "C", b COLLATE "C") AS other,
           ST_CollectionExtract(ST_Intersection(one, two), 3) AS ground
    FROM pairs
), measured AS MATERIALIZED (
    SELECT code, other, ST_Area(CAST(ground AS geography)) AS area_m2, ST_PointOnSurface(ground) AS middle
    FROM shared WHERE NOT ST_IsEmpty(ground)
)
SELECT code, other, area_m2, ST_X(middle) AS lon, ST_Y(middle) AS lat
FROM measured WHERE area_m2 >= {SMALLEST_M2}
ORDER BY code COLLATE "C", other COLLATE "C"
"""  # noqa: S608


PARENTS: dict[Layer, str] = {
    Layer.area: """
SELECT DISTINCT p.code, p.boundary, s.kind AS tier
FROM staged_feature s JOIN area p ON p.jurisdiction_id = :jurisdiction_id AND p.code = s.attributes ->> 'parent'
WHERE s.import_id = :import_id AND s.outcome <> 'refused' AND s.geometry IS NOT NULL AND p.boundary IS NOT NULL
""",
    Layer.grid: f"""
SELECT DISTINCT p.code, p.boundary, {TIER.format(kind="s.kind")} AS tier
FROM staged_feature s JOIN area p ON p.area_id = s.linked_id
WHERE s.import_id = :import_id AND s.outcome <> 'refused' AND p.boundary IS NOT NULL
""",  # noqa: S608
}


def gaps(layer: Layer) -> str:
    """Rows ``within, beside, area_m2, lon, lat``: ground that belongs to nobody.

    That is a hole between neighbours (``within`` null), or ground at the edge of the area they share out.
    """
    staged, standing = OF_STAGED[layer], STANDING[layer]
    return f"""
WITH pieces AS MATERIALIZED (
    SELECT code, tier, geometry, true AS staged FROM ({staged}) a
    UNION ALL
    SELECT b.code, b.tier, b.geometry, false FROM ({standing}) b
), ground AS MATERIALIZED (
    SELECT tier, ST_Union(geometry) AS geometry FROM pieces GROUP BY tier
), holes AS (
    SELECT tier, NULL AS within, (ring).geom AS geometry
    FROM (SELECT tier, ST_DumpRings((ST_Dump(geometry)).geom) AS ring FROM ground) rings
    WHERE (ring).path[1] > 0
), margins AS MATERIALIZED (
    SELECT p.tier, p.code AS within, (ST_Dump(ST_CollectionExtract(
        ST_Difference(p.boundary, shared_out.geometry), 3))).geom AS geometry, ST_Boundary(p.boundary) AS rim
    FROM ({PARENTS[layer]}) p
    CROSS JOIN LATERAL (
        SELECT ST_Union(i.geometry) AS geometry FROM pieces i
        WHERE i.tier = p.tier AND i.geometry && p.boundary AND ST_Intersects(i.geometry, p.boundary)
    ) shared_out
), found AS (
    SELECT tier, within, geometry FROM holes
    UNION ALL
    SELECT tier, within, geometry FROM margins WHERE ST_Intersects(geometry, rim)
), measured AS MATERIALIZED (
    SELECT tier, within, geometry, ST_Area(CAST(geometry AS geography)) AS area_m2 FROM found
)
SELECT m.within, m.area_m2, ST_X(ST_PointOnSurface(m.geometry)) AS lon, ST_Y(ST_PointOnSurface(m.geometry)) AS lat,
       array_to_string(near.codes[1:4], ', ') AS beside
FROM measured m
CROSS JOIN LATERAL (
    SELECT array_agg(p.code ORDER BY p.code COLLATE "C") AS codes, bool_or(p.staged) AS staged
    FROM pieces p WHERE p.tier = m.tier AND p.geometry && m.geometry AND ST_Intersects(p.geometry, m.geometry)
) near
WHERE m.area_m2 >= {SMALLEST_M2} AND (near.staged OR m.within IS NOT NULL)
ORDER BY m.area_m2 DESC, lon, lat
"""  # noqa: S608


MISSING_PARENTS = """
SELECT s.attributes ->> 'parent' AS code, min(s.kind) AS child_level, count(*) AS children
FROM staged_feature s
WHERE s.import_id = :import_id AND s.outcome <> 'refused' AND s.attributes ? 'parent'
  AND NOT EXISTS (SELECT FROM area a
                  WHERE a.jurisdiction_id = :jurisdiction_id AND a.code = s.attributes ->> 'parent')
  AND NOT EXISTS (SELECT FROM staged_feature p
                  WHERE p.import_id = :import_id AND p.code = s.attributes ->> 'parent' AND p.outcome <> 'refused')
GROUP BY 1 ORDER BY 1
"""

WITHOUT_GRID = """
SELECT count(*) FROM staged_feature
WHERE import_id = :import_id AND outcome <> 'refused' AND linked_id IS NULL
"""

COUNTS = """
SELECT outcome, count(*) AS rows FROM staged_feature WHERE import_id = :import_id GROUP BY outcome
"""
