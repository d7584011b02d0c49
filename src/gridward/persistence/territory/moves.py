"""What a staged change would move, as statements: the territory as it stands at ``:at`` beside the one that would stand.

``before`` and ``after`` are both whole; what is new, changed or ended is ``touched``. Everything else is asked of the
neighbourhood only: a merge of two grids of a city looks at their neighbours, not at the city. Areas are square metres on
the ellipsoid.
"""

from __future__ import annotations

from gridward.domain.territory import Layer
from gridward.domain.territory_change import TOLERATED_M2
from gridward.persistence.territory.linking import IN_FORCE, TIER

_CHANGED = """EXISTS (
    SELECT FROM staged_feature c
    WHERE c.import_id = :import_id AND c.outcome = 'changed' AND c.geometry IS NOT NULL AND c.target_id = {row})"""

_BEFORE = {
    Layer.grid: f"""
SELECT t.grid_id AS id, t.code, t.name, {TIER.format(kind="t.kind")} AS tier, b.boundary AS geometry,
       t.grid_id = ANY(CAST(:ended AS uuid[])) OR {_CHANGED.format(row="t.grid_id")} AS touched
FROM grid t JOIN grid_boundary b USING (grid_id)
WHERE t.jurisdiction_id = :jurisdiction_id AND {IN_FORCE.format(row="t")} AND {IN_FORCE.format(row="b")}
""",  # noqa: S608
    Layer.area: f"""
SELECT t.area_id AS id, t.code, t.name,
       CASE t.level WHEN 'community' THEN 0 WHEN 'street' THEN 1 WHEN 'district' THEN 2 ELSE 3 END AS tier,
       b.boundary AS geometry, {_CHANGED.format(row="t.area_id")} AS touched
FROM area t JOIN area_boundary b USING (area_id)
WHERE t.jurisdiction_id = :jurisdiction_id AND CAST(:ended AS uuid[]) IS NOT NULL AND {IN_FORCE.format(row="b")}
""",  # noqa: S608
}
_TIER_OF_STAGED = {
    Layer.grid: TIER.format(kind="s.kind"),
    Layer.area: "CASE s.kind WHEN 'community' THEN 0 WHEN 'street' THEN 1 WHEN 'district' THEN 2 ELSE 3 END",
}


def both(layer: Layer) -> str:
    """The common table expressions ``before``, ``made``, ``after`` and ``zone`` (the shapes that something happens in)."""
    return f"""
before AS MATERIALIZED ({_BEFORE[layer]}),
made AS MATERIALIZED (
    SELECT s.target_id AS id, s.code, coalesce(s.name, b.name, s.code) AS name, {_TIER_OF_STAGED[layer]} AS tier,
           s.geometry
    FROM staged_feature s LEFT JOIN before b ON b.id = s.target_id
    WHERE s.import_id = :import_id AND s.outcome IN ('new', 'changed') AND s.geometry IS NOT NULL
),
after AS MATERIALIZED (
    SELECT id, code, name, tier, geometry, false AS made FROM before WHERE NOT touched
    UNION ALL SELECT id, code, name, tier, geometry, true FROM made
),
zone AS MATERIALIZED (
    SELECT geometry FROM before WHERE touched UNION ALL SELECT geometry FROM made
)"""  # noqa: S608


def lines(layer: Layer) -> str:
    """Rows ``id, code, name, is_new, ends, before_m2, after_m2, gained_m2, lost_m2, before, after`` (GeoJSON)."""
    return f"""
WITH {both(layer)}
SELECT coalesce(m.id, o.id) AS id, coalesce(m.code, o.code) AS code, coalesce(m.name, o.name) AS name,
       o.id IS NULL AS is_new, m.id IS NULL AS ends,
       coalesce(ST_Area(CAST(o.geometry AS geography)), 0) AS before_m2,
       coalesce(ST_Area(CAST(m.geometry AS geography)), 0) AS after_m2,
       coalesce(ST_Area(CAST(ST_Difference(m.geometry, o.geometry) AS geography)), 0) AS gained_m2,
       coalesce(ST_Area(CAST(ST_Difference(o.geometry, m.geometry) AS geography)), 0) AS lost_m2,
       ST_AsGeoJSON(o.geometry, 7) AS before, ST_AsGeoJSON(m.geometry, 7) AS after
FROM (SELECT * FROM before WHERE touched) o FULL JOIN made m ON m.id = o.id
ORDER BY coalesce(m.code, o.code) COLLATE "C", o.id IS NULL
"""  # noqa: S608


def new_overlaps(layer: Layer) -> str:
    """Rows ``code, other, area_m2, lon, lat``: ground that the change would let two claim, and did not before."""
    return f"""
WITH {both(layer)},
shared AS MATERIALIZED (
    SELECT m.code, a.code AS other, m.tier, a.made,
           ST_CollectionExtract(ST_Intersection(m.geometry, a.geometry), 3) AS ground
    FROM made m JOIN after a
      ON a.tier = m.tier AND a.id <> m.id AND a.geometry && m.geometry AND (NOT a.made OR m.code < a.code)
), fresh AS MATERIALIZED (
    SELECT s.code, s.other, CASE WHEN s.made OR was.geometry IS NULL THEN s.ground
                                 ELSE ST_CollectionExtract(ST_Difference(s.ground, was.geometry), 3) END AS ground
    FROM shared s CROSS JOIN LATERAL (
        SELECT ST_Union(o.geometry) AS geometry FROM before o
        WHERE o.touched AND o.tier = s.tier AND o.geometry && s.ground) was
    WHERE NOT ST_IsEmpty(s.ground)
), measured AS MATERIALIZED (
    SELECT code, other, ground, ST_Area(CAST(ground AS geography)) AS area_m2, ST_PointOnSurface(ground) AS middle
    FROM fresh WHERE NOT ST_IsEmpty(ground)
)
SELECT code, other, area_m2, ST_X(middle) AS lon, ST_Y(middle) AS lat, ST_AsGeoJSON(ground, 7) AS ground
FROM measured WHERE area_m2 >= {TOLERATED_M2} ORDER BY area_m2 DESC
"""  # noqa: S608


def new_gaps(layer: Layer) -> str:
    """Rows ``code, area_m2, lon, lat``: ground of ``code`` that would belong to nobody of its tier."""
    return f"""
WITH {both(layer)},
left_over AS MATERIALIZED (
    SELECT o.code, (ST_Dump(ST_CollectionExtract(
        CASE WHEN now.geometry IS NULL THEN o.geometry ELSE ST_Difference(o.geometry, now.geometry) END, 3))).geom AS ground
    FROM before o CROSS JOIN LATERAL (
        SELECT ST_Union(a.geometry) AS geometry FROM after a
        WHERE a.tier = o.tier AND a.geometry && o.geometry AND ST_Intersects(a.geometry, o.geometry)) now
    WHERE o.touched
), measured AS MATERIALIZED (
    SELECT code, ground, ST_Area(CAST(ground AS geography)) AS area_m2, ST_PointOnSurface(ground) AS middle
    FROM left_over WHERE NOT ST_IsEmpty(ground)
)
SELECT code, area_m2, ST_X(middle) AS lon, ST_Y(middle) AS lat, ST_AsGeoJSON(ground, 7) AS ground
FROM measured WHERE area_m2 >= {TOLERATED_M2} ORDER BY area_m2 DESC
"""  # noqa: S608


def _lies(relation: str, things: str, thing_id: str, point: str) -> str:
    """From each grid near the change to the things in its box; see ``linking.placed``."""
    return f"""
SELECT DISTINCT ON (found.thing_id) found.thing_id, lies.id AS grid_id, lies.code
FROM (
    SELECT r.* FROM {relation} r
    WHERE EXISTS (SELECT FROM zone z WHERE z.geometry && r.geometry)
    OFFSET 0
) lies
CROSS JOIN LATERAL (
    SELECT s.{thing_id} AS thing_id FROM {things}
      AND s.{point} && lies.geometry AND ST_Intersects(lies.geometry, s.{point})
    OFFSET 0
) found
ORDER BY found.thing_id, lies.tier, lies.code COLLATE "C"
"""  # noqa: S608


def _moving(things: str, thing_id: str) -> str:
    return f"""
was AS MATERIALIZED ({_lies("before", things, thing_id, "location")}),
will AS MATERIALIZED ({_lies("after", things, thing_id, "location")}),
moving AS MATERIALIZED (
    SELECT coalesce(was.thing_id, will.thing_id) AS thing_id, was.code AS from_code, will.code AS to_code
    FROM was FULL JOIN will USING (thing_id)
    WHERE was.grid_id IS DISTINCT FROM will.grid_id
)"""  # noqa: S608


BUILDINGS = f"""
WITH {both(Layer.grid)}, {_moving("building s WHERE s.jurisdiction_id = :jurisdiction_id", "building_id")},
named AS (
    SELECT m.from_code, coalesce(b.name, b.house_no, b.code) AS name, ST_X(b.location) AS lon, ST_Y(b.location) AS lat,
           row_number() OVER (ORDER BY b.code COLLATE "C") AS place
    FROM moving m JOIN building b ON b.building_id = m.thing_id WHERE m.to_code IS NULL
)
SELECT from_code, to_code, count(*) AS things,
       CASE WHEN to_code IS NULL THEN (
           SELECT jsonb_agg(jsonb_build_object('name', name, 'from', from_code, 'lon', lon, 'lat', lat) ORDER BY place)
           FROM named WHERE place <= :examples) END AS examples
FROM moving GROUP BY from_code, to_code ORDER BY from_code COLLATE "C" NULLS FIRST, to_code COLLATE "C" NULLS LAST
"""  # noqa: S608
"""How many buildings would change from which grid to which; of those left in none, some by name."""

OPEN_TICKETS = f"""
WITH {both(Layer.grid)}, {_moving("ticket s WHERE s.is_open AND s.jurisdiction_id = :jurisdiction_id", "ticket_id")}
SELECT b.code, b.id = ANY(CAST(:ended AS uuid[])) AS ended, count(t.ticket_id) AS open,
       count(t.ticket_id) FILTER (WHERE m.thing_id IS NOT NULL) AS elsewhere,
       count(t.ticket_id) FILTER (WHERE t.unit_id IS NOT NULL) AS with_unit
FROM before b
LEFT JOIN ticket t ON t.is_open AND t.grid_id = b.id
LEFT JOIN moving m ON m.thing_id = t.ticket_id
WHERE b.touched GROUP BY b.code, b.id ORDER BY b.code COLLATE "C"
"""  # noqa: S608
"""Open tickets by the grid they keep; ``elsewhere``: their place would lie in another grid."""

RECEIVED_SINCE = f"""
WITH {both(Layer.grid)}
SELECT count(*) FROM ticket t
WHERE t.jurisdiction_id = :jurisdiction_id AND t.received_at >= :at AND t.received_at < :now
  AND t.grid_id IN (SELECT id FROM before WHERE touched)
"""  # noqa: S608

SERVICE_AREAS = f"""
WITH {both(Layer.grid)},
moved AS MATERIALIZED (
    SELECT CASE WHEN m.geometry IS NULL THEN o.geometry ELSE ST_Difference(o.geometry, m.geometry) END AS geometry
    FROM before o LEFT JOIN made m ON m.id = o.id WHERE o.touched
)
SELECT s.code, s.name, s.kind, u.name AS unit_name,
       sum(ST_Area(CAST(ST_Intersection(s.boundary, moved.geometry) AS geography))) AS moved_m2
FROM moved
JOIN service_area s ON s.boundary && moved.geometry AND ST_Relate(s.boundary, moved.geometry, 'T********')
JOIN unit u USING (unit_id)
WHERE s.jurisdiction_id = :jurisdiction_id AND {IN_FORCE.format(row="s")} AND NOT ST_IsEmpty(moved.geometry)
GROUP BY s.code, s.name, s.kind, u.name ORDER BY s.code COLLATE "C"
"""  # noqa: S608
"""Where units answer on the ground that changes its grid; they answer there as before."""

GRIDS_OUTSIDE = f"""
WITH {both(Layer.area)}
SELECT g.code, g.name, m.code AS community
FROM made m JOIN grid g ON g.community_id = m.id JOIN grid_boundary gb USING (grid_id)
WHERE {IN_FORCE.format(row="g")} AND {IN_FORCE.format(row="gb")}
  AND NOT ST_Intersects(m.geometry, ST_PointOnSurface(gb.boundary))
ORDER BY g.code COLLATE "C"
"""  # noqa: S608
"""Grids of an area whose middle would lie outside of it."""

HELD = """
SELECT h.stewardship_id, h.grid_id, h.person_id, p.name, h.is_lead, h.valid_from, h.valid_to
FROM stewardship h JOIN person p USING (person_id)
WHERE h.grid_id = ANY(CAST(:grids AS uuid[])) AND (h.valid_to IS NULL OR h.valid_to > :at)
  AND h.jurisdiction_id = :jurisdiction_id
ORDER BY h.grid_id, h.is_lead DESC, h.valid_from, h.person_id
"""

EXTENT = f"""
SELECT ST_XMin(box) AS west, ST_YMin(box) AS south, ST_XMax(box) AS east, ST_YMax(box) AS north
FROM (SELECT ST_Extent(b.boundary) AS box FROM grid_boundary b
      WHERE b.jurisdiction_id = :jurisdiction_id AND {IN_FORCE.format(row="b")}) ground
WHERE box IS NOT NULL
"""  # noqa: S608

STANDING_PIECES = f"""
SELECT t.grid_id, t.code, t.name, t.kind, a.code AS community, t.community_id, b.valid_from, ST_AsBinary(b.boundary) AS wkb,
       (SELECT min(CASE WHEN l.valid_from > :at THEN l.valid_from ELSE l.valid_to END) FROM grid_boundary l
        WHERE l.grid_id = t.grid_id AND (l.valid_from > :at OR l.valid_to > :at)) AS later
FROM grid t JOIN grid_boundary b USING (grid_id) LEFT JOIN area a ON a.area_id = t.community_id
WHERE t.jurisdiction_id = :jurisdiction_id AND t.code = ANY(CAST(:codes AS text[]))
  AND {IN_FORCE.format(row="t")} AND {IN_FORCE.format(row="b")}
ORDER BY t.code COLLATE "C"
"""  # noqa: S608

FIELDS_LATER = """
SELECT s.place, s.code, g.name
FROM staged_feature s JOIN grid g ON g.grid_id = s.target_id
WHERE s.import_id = :import_id AND s.outcome = 'changed'
  AND (coalesce(s.name, g.name) <> g.name OR s.kind <> g.kind
       OR coalesce(s.linked_id, g.community_id) IS DISTINCT FROM g.community_id)
ORDER BY s.row_no
"""
"""Grids that stand and whose name, kind or community the file changes as well: these are kept as of now only."""
