"""Plans, their checkpoints, and whether a jurisdiction has patrols at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from geoalchemy2 import WKTElement
from sqlalchemy import Row as Line
from sqlalchemy import func, insert, or_, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from gridward.domain.patrols.rules import Audience
from gridward.domain.patrols.walk import Checkpoint
from gridward.persistence.accounts.rows import GrantRow, PersonRow
from gridward.persistence.accounts.sessions import in_force
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.patrols.rows import CheckpointRow, PatrolPlanRow, PatrolPolicyRow
from gridward.persistence.territory.rows import GridRow

Either = ReadSession | WriteSession
Found = Line[*tuple[Any, ...]]


async def policy(session: Either, jurisdiction_id: UUID) -> Found | None:
    """The newest decision: ``audiences``, ``hours``, ``reason``, ``decided_at``, ``decided_by``; None: never decided, so off."""
    query = select(
        PatrolPolicyRow.audiences,
        PatrolPolicyRow.hours,
        PatrolPolicyRow.reason,
        PatrolPolicyRow.decided_at,
        PatrolPolicyRow.decided_by,
    )
    query = query.where(PatrolPolicyRow.jurisdiction_id == jurisdiction_id)
    return (await session.execute(query.order_by(PatrolPolicyRow.decided_at.desc()).limit(1))).one_or_none()


async def audiences(session: Either, jurisdiction_id: UUID) -> frozenset[Audience]:
    found = await policy(session, jurisdiction_id)
    return frozenset(Audience(one) for one in found.audiences) if found else frozenset()


async def decide(session: WriteSession, values: Mapping[str, Any]) -> None:
    await session.execute(insert(PatrolPolicyRow).values(**values))


def _plans() -> Any:
    return select(
        PatrolPlanRow.plan_id,
        PatrolPlanRow.jurisdiction_id,
        PatrolPlanRow.community_id,
        PatrolPlanRow.name,
        PatrolPlanRow.grid_ids,
        PatrolPlanRow.members,
        PatrolPlanRow.rota,
        func.ST_AsGeoJSON(PatrolPlanRow.route, 6).cast(JSONB)["coordinates"].label("route"),
        PatrolPlanRow.version,
        PatrolPlanRow.valid_from,
        PatrolPlanRow.valid_to,
        PatrolPlanRow.changed_at,
    )


async def plan(session: Either, plan_id: UUID, *, lock: bool = False) -> Found | None:
    query = _plans().where(PatrolPlanRow.plan_id == plan_id)
    return (await session.execute(query.with_for_update() if lock else query)).one_or_none()


async def plans(
    session: Either,
    *,
    at: datetime | None = None,
    jurisdiction_id: UUID | None = None,
    community_ids: Collection[UUID] | None = None,
    member: UUID | None = None,
    plan_ids: Collection[UUID] | None = None,
) -> Sequence[Found]:
    """Plans by name. ``at``: only those in force then; ``community_ids``, ``plan_ids`` None: all; ``member``: of this
    person."""
    query = _plans()
    if plan_ids is not None:
        query = query.where(PatrolPlanRow.plan_id.in_(plan_ids))
    if jurisdiction_id is not None:
        query = query.where(PatrolPlanRow.jurisdiction_id == jurisdiction_id)
    if at is not None:
        query = query.where(
            PatrolPlanRow.valid_from <= at, or_(PatrolPlanRow.valid_to.is_(None), PatrolPlanRow.valid_to > at)
        )
    if community_ids is not None:
        query = query.where(PatrolPlanRow.community_id.in_(community_ids))
    if member is not None:
        query = query.where(PatrolPlanRow.members.contains([member]))
    return list(await session.execute(query.order_by(PatrolPlanRow.name, PatrolPlanRow.plan_id)))


LEFT = text(
    """
    SELECT EXISTS (
        SELECT FROM entry
        WHERE jurisdiction_id = :jurisdiction_id AND subject = 'patrol_plan' AND subject_id = :plan_id
          AND verb = 'patrol_plan.kept' AND detail @> jsonb_build_object('left', jsonb_build_array(CAST(:person AS text)))
    )
    """
)


async def was_taken_off(session: Either, jurisdiction_id: UUID, plan_id: UUID, person_id: UUID) -> bool:
    """Whether somebody stood in a plan before it was changed."""
    asked = {"jurisdiction_id": jurisdiction_id, "plan_id": plan_id, "person": str(person_id)}
    return bool(await session.scalar(LEFT, asked))


def route_of(lines: Sequence[Sequence[tuple[float, float]]]) -> WKTElement | None:
    """A route as it is stored; None: the plan has none."""
    if not lines:
        return None
    words = ", ".join("(" + ", ".join(f"{lon:.6f} {lat:.6f}" for lon, lat in line) + ")" for line in lines)
    return WKTElement(f"MULTILINESTRING({words})", srid=4326)


async def keep(session: WriteSession, values: Mapping[str, Any]) -> None:
    statement = upsert(PatrolPlanRow).values(**values)
    changed = {name: statement.excluded[name] for name in values if name not in ("plan_id", "jurisdiction_id")}
    await session.execute(statement.on_conflict_do_update(index_elements=["plan_id"], set_=changed))


async def end(session: WriteSession, plan_id: UUID, at: datetime) -> None:
    ending = {"valid_to": func.greatest(PatrolPlanRow.valid_from, at), "version": PatrolPlanRow.version + 1}
    await session.execute(update(PatrolPlanRow).where(PatrolPlanRow.plan_id == plan_id).values(**ending))


CHECKPOINTS = text(
    """
    SELECT c.checkpoint_id, c.plan_id, c.grid_id, c.name, ST_X(c.location) AS lon, ST_Y(c.location) AS lat, c.fence_m,
           c.place, c.code, c.old_codes
    FROM checkpoint c
    WHERE c.jurisdiction_id = :jurisdiction_id AND c.ended_at IS NULL
      AND (CAST(:plan_ids AS uuid[]) IS NULL OR c.plan_id = ANY (CAST(:plan_ids AS uuid[])))
      AND (CAST(:code AS text) IS NULL OR c.code = :code OR c.old_codes @> ARRAY[CAST(:code AS text)])
      AND (CAST(:checkpoint_id AS uuid) IS NULL OR c.checkpoint_id = CAST(:checkpoint_id AS uuid))
    ORDER BY c.plan_id, c.place, c.checkpoint_id
    """
)


async def checkpoints(
    session: Either,
    jurisdiction_id: UUID,
    *,
    plan_ids: Collection[UUID] | None = None,
    code: str | None = None,
    checkpoint_id: UUID | None = None,
) -> Sequence[Found]:
    """Checkpoints that stand, in their order: of these plans, with this code now or formerly, or the one."""
    asked = {
        "jurisdiction_id": jurisdiction_id,
        "plan_ids": None if plan_ids is None else list(plan_ids),
        "code": code,
        "checkpoint_id": checkpoint_id,
    }
    return list(await session.execute(CHECKPOINTS, asked))


def as_checkpoint(row: Found) -> Checkpoint:
    return Checkpoint(
        checkpoint_id=row.checkpoint_id,
        plan_id=row.plan_id,
        grid_id=row.grid_id,
        lon=row.lon,
        lat=row.lat,
        fence_m=row.fence_m,
        code=row.code,
        old_codes=tuple(row.old_codes),
    )


KEEP_CHECKPOINT = text(
    """
    INSERT INTO checkpoint (checkpoint_id, jurisdiction_id, plan_id, grid_id, name, location, fence_m, place, code)
    SELECT :checkpoint_id, :jurisdiction_id, :plan_id, (
        SELECT g.grid_id FROM grid_boundary g
        WHERE g.jurisdiction_id = :jurisdiction_id AND g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at)
          AND ST_Intersects(g.boundary, p.location)
        ORDER BY g.grid_id = ANY (CAST(:grid_ids AS uuid[])) DESC, g.grid_id LIMIT 1
    ), :name, p.location, :fence_m, :place, :code
    FROM (SELECT ST_SetSRID(ST_MakePoint(:lon, :lat), 4326) AS location) p
    ON CONFLICT (checkpoint_id) DO UPDATE
    SET name = excluded.name, location = excluded.location, grid_id = excluded.grid_id, fence_m = excluded.fence_m,
        place = excluded.place, ended_at = NULL
    WHERE checkpoint.plan_id = excluded.plan_id
    RETURNING checkpoint_id
    """
)


async def keep_checkpoint(session: WriteSession, values: Mapping[str, Any]) -> bool:
    """Add or change one; its code stays. False: the id is another plan's."""
    return (await session.execute(KEEP_CHECKPOINT, dict(values))).first() is not None


async def end_other_checkpoints(session: WriteSession, plan_id: UUID, kept: Collection[UUID], at: datetime) -> None:
    query = update(CheckpointRow).where(
        CheckpointRow.plan_id == plan_id, CheckpointRow.checkpoint_id.not_in(kept), CheckpointRow.ended_at.is_(None)
    )
    await session.execute(query.values(ended_at=at))


async def renew_code(session: WriteSession, checkpoint_id: UUID, code: str) -> None:
    """Another code for the sheet; the old one is known as old."""
    query = update(CheckpointRow).where(CheckpointRow.checkpoint_id == checkpoint_id)
    olds = func.array_append(CheckpointRow.old_codes, CheckpointRow.code)
    await session.execute(query.values(code=code, old_codes=olds))


SUGGEST = text(
    """
    WITH g AS (
        SELECT boundary FROM grid_boundary
        WHERE grid_id = :grid_id AND jurisdiction_id = :jurisdiction_id AND valid_from <= :at
          AND (valid_to IS NULL OR valid_to > :at)
    ),
    lane AS (
        SELECT s.name, (ST_Dump(ST_CollectionExtract(ST_Intersection(s.path, g.boundary), 2))).geom AS path
        FROM street s JOIN g ON ST_Intersects(s.path, g.boundary) WHERE s.jurisdiction_id = :jurisdiction_id
    ),
    crossing AS (
        SELECT (ST_Dump(ST_CollectionExtract(ST_Intersection(a.path, b.path), 1))).geom AS at,
               concat_ws('·', nullif(a.name, ''), nullif(b.name, '')) AS name
        FROM lane a JOIN lane b ON a.path < b.path AND ST_Intersects(a.path, b.path)
    ),
    found AS (
        SELECT at, name, 1 AS rank FROM crossing
        UNION ALL
        SELECT ST_LineInterpolatePoint(path, part), coalesce(name, ''), 2
        FROM lane, unnest(ARRAY[0.1, 0.5, 0.9]) AS part WHERE ST_Length(path::geography) > 60
        UNION ALL
        SELECT l.location, l.name, 0 FROM landmark l JOIN g ON ST_Intersects(l.location, g.boundary)
        WHERE l.jurisdiction_id = :jurisdiction_id
        UNION ALL
        SELECT ST_PointOnSurface(boundary), '', 3 FROM g
    )
    SELECT ST_X(at) AS lon, ST_Y(at) AS lat, name FROM found ORDER BY rank, name, at LIMIT 200
    """
)
"""Landmarks, crossings, the ends and middles of lanes, and where there is nothing the middle of the grid."""


async def suggested(session: Either, jurisdiction_id: UUID, grid_id: UUID, at: datetime) -> Sequence[Found]:
    """Places for checkpoints of a grid (``lon``, ``lat``, ``name``), the best first; many lie close together."""
    return list(await session.execute(SUGGEST, {"jurisdiction_id": jurisdiction_id, "grid_id": grid_id, "at": at}))


FOLLOW = text(
    """
    UPDATE patrol_plan p SET grid_ids = carried.grid_ids, version = p.version + 1
    FROM (
        SELECT plan.plan_id, array_agg(now_in.grid_id ORDER BY now_in.code) AS grid_ids
        FROM patrol_plan plan CROSS JOIN LATERAL (
            SELECT DISTINCT g.grid_id, g.code
            FROM grid old
            LEFT JOIN grid_succession s ON s.predecessor_id = old.grid_id AND old.valid_to <= :at
            JOIN grid g ON g.grid_id = coalesce(s.successor_id, old.grid_id)
            WHERE old.grid_id = ANY (plan.grid_ids) AND g.community_id = plan.community_id
              AND g.valid_from <= :at AND (g.valid_to IS NULL OR g.valid_to > :at)
        ) now_in
        WHERE plan.jurisdiction_id = :jurisdiction_id AND (plan.valid_to IS NULL OR plan.valid_to > :at)
          AND EXISTS (SELECT FROM grid WHERE grid_id = ANY (plan.grid_ids) AND valid_to <= :at)
        GROUP BY plan.plan_id
    ) carried
    WHERE p.plan_id = carried.plan_id
    RETURNING p.plan_id, p.version, p.members, cardinality(p.grid_ids) AS grids
    """
)
LIE = text(
    """
    UPDATE checkpoint c SET grid_id = lies.grid_id
    FROM (
        SELECT one.checkpoint_id, (
            SELECT g.grid_id FROM grid_boundary g
            WHERE g.jurisdiction_id = :jurisdiction_id AND g.valid_from <= :at
              AND (g.valid_to IS NULL OR g.valid_to > :at) AND ST_Intersects(g.boundary, one.location)
            ORDER BY g.grid_id = ANY (plan.grid_ids) DESC, g.grid_id LIMIT 1
        ) AS grid_id
        FROM checkpoint one JOIN patrol_plan plan ON plan.plan_id = one.plan_id
        WHERE one.jurisdiction_id = :jurisdiction_id AND one.ended_at IS NULL
    ) lies
    WHERE c.checkpoint_id = lies.checkpoint_id AND c.grid_id IS DISTINCT FROM lies.grid_id
    """
)


async def follow_territory(session: WriteSession, jurisdiction_id: UUID, at: datetime) -> Sequence[Found]:
    """Plans name what came after their grids that have ended, in their own community, and checkpoints the grid that holds
    them now. The plans that changed (``plan_id``, ``version``, ``members``, ``grids``); one of whose grids nothing is left
    stays as it was."""
    facts = {"jurisdiction_id": jurisdiction_id, "at": at}
    changed = list(await session.execute(FOLLOW, facts))
    await session.execute(LIE, facts)
    return changed


async def grids_in(
    session: Either, jurisdiction_id: UUID, grid_ids: Collection[UUID], at: datetime
) -> dict[UUID, UUID | None]:
    """Of these grids those that stand in the jurisdiction, with their communities."""
    query = select(GridRow.grid_id, GridRow.community_id).where(
        GridRow.jurisdiction_id == jurisdiction_id,
        GridRow.grid_id.in_(grid_ids),
        GridRow.valid_from <= at,
        or_(GridRow.valid_to.is_(None), GridRow.valid_to > at),
    )
    return {row.grid_id: row.community_id for row in await session.execute(query)}


async def walkers(session: Either, jurisdiction_id: UUID, at: datetime) -> Sequence[Found]:
    """Who can stand in a plan: stewards and volunteers with a role in force (``person_id``, ``name``, ``role``,
    ``scope_id``, ``community_id``)."""
    query = (
        select(PersonRow.person_id, PersonRow.name, GrantRow.role, GrantRow.scope_id, PersonRow.community_id)
        .join(GrantRow, GrantRow.person_id == PersonRow.person_id)
        .where(
            PersonRow.jurisdiction_id == jurisdiction_id,
            PersonRow.disabled_at.is_(None),
            GrantRow.role.in_(["steward", "volunteer"]),
            in_force(GrantRow, at),
        )
        .order_by(GrantRow.role, PersonRow.name, PersonRow.person_id)
    )
    return list(await session.execute(query))
