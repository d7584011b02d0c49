"""巡查计划: kept, ended, its checkpoints and their sheets."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Conflict, Malformed, NotFound
from gridward.domain.geometry import distance_m
from gridward.domain.patrols.plans import MOST_CHECKPOINTS, MOST_GRIDS, Line, named, read_rota, read_route
from gridward.domain.patrols.walk import CODE_LENGTH, CODE_LETTERS, LEAST_FENCE_M, MOST_FENCE_M
from gridward.domain.sync import person_scope
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.entries import Touched, new_id
from gridward.persistence.patrols import plans as stored
from gridward.services.noting import note

KEEP = "patrol_plan:keep"
APART_M = 60.0
"""Suggested checkpoints lie no closer together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointWish:
    """WGS-84 degrees; ``fence_m`` from 10 to 200."""

    checkpoint_id: UUID
    name: str
    lon: float
    lat: float
    fence_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanWish:
    """``version``: of the plan as it was seen, 0 for a new one. ``rota``: see ``domain/patrols/plans.read_rota``; ``route``:
    lines of longitude and latitude, empty for none."""

    version: int
    community_id: UUID
    name: str
    grid_ids: Sequence[UUID]
    rota: Mapping[str, Any]
    checkpoints: Sequence[CheckpointWish]
    route: Sequence[Sequence[Sequence[float]]] = ()


async def keep(session: WriteSession, actor: Actor, plan_id: UUID, wish: PlanWish, now: datetime) -> int:
    """Make a plan or change it from now on; its new version. Sent again as it stands, nothing happens.

    What was walked keeps the plan that it was walked by: turns are matched when a patrol begins.

    Raises:
        Forbidden: ``not_permitted``. NotFound: ``patrol.plan_unknown``. Conflict: ``patrol.plan_moved``: somebody else was
        quicker. Malformed: ``patrol.rota_unreadable``, ``patrol.grids_unknown``, ``patrol.checkpoint_unreadable``,
        ``patrol.route_unreadable``.
    """
    require(actor, KEEP, Subject(jurisdiction_id=actor.jurisdiction_id, community_id=wish.community_id))
    before = await stored.plan(session, plan_id, lock=True)
    if before is not None:
        if before.jurisdiction_id != actor.jurisdiction_id:
            raise NotFound("patrol.plan_unknown")
        require(actor, KEEP, Subject(jurisdiction_id=actor.jurisdiction_id, community_id=before.community_id))
    rota, name = read_rota(wish.rota), named(wish.name, "name")
    grid_ids = list(dict.fromkeys(wish.grid_ids))
    here = await stored.grids_in(session, actor.jurisdiction_id, grid_ids, now)
    missing = [str(one) for one in grid_ids if here.get(one) != wish.community_id]
    if missing or not 0 < len(grid_ids) <= MOST_GRIDS:
        raise Malformed("patrol.grids_unknown", grid_ids=missing[:20], most=MOST_GRIDS)
    points = _checked(wish.checkpoints)
    route = read_route(wish.route)
    if before is not None and await _as_it_stands(session, before, wish, grid_ids, rota.as_json(), points, route):
        return int(before.version)
    if wish.version != (before.version if before else 0):
        raise Conflict("patrol.plan_moved", version=before.version if before else 0)
    version = wish.version + 1
    members = list(dict.fromkeys(one for team in rota.teams for one in team.members))
    known = {one.person_id for one in await stored.walkers(session, actor.jurisdiction_id, now)}
    if strangers := [str(one) for one in members if one not in known]:
        raise Malformed("patrol.members_unknown", person_ids=strangers[:20])
    await stored.keep(
        session,
        {
            "plan_id": plan_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "community_id": wish.community_id,
            "name": name,
            "grid_ids": grid_ids,
            "members": members,
            "rota": rota.as_json(),
            "route": stored.route_of(route),
            "version": version,
            "valid_from": before.valid_from if before else now,
            "valid_to": None,
            "changed_by": actor.person_id,
            "changed_at": now,
        },
    )
    await _keep_checkpoints(session, actor, plan_id, grid_ids, points, now)
    left = sorted({*(before.members if before else ())} - {*members})
    touched = _touched(plan_id, version, {*members, *left})
    # Of a walk that one of those who left has begun without signal it is known later that the plan was theirs.
    detail = {
        "version": version,
        "grids": len(grid_ids),
        "checkpoints": len(points),
        "teams": len(rota.teams),
        "left": [str(one) for one in left],
    }
    await note(session, actor, "patrol_plan.kept", "patrol_plan", plan_id, detail, now, touched=touched)
    return version


def _checked(wishes: Sequence[CheckpointWish]) -> Sequence[CheckpointWish]:
    if len(wishes) > MOST_CHECKPOINTS or len({one.checkpoint_id for one in wishes}) < len(wishes):
        raise Malformed("patrol.checkpoint_unreadable", place=len(wishes), most=MOST_CHECKPOINTS)
    for place, one in enumerate(wishes):
        if not one.name.strip() or len(one.name) > 60 or not LEAST_FENCE_M <= one.fence_m <= MOST_FENCE_M:
            raise Malformed("patrol.checkpoint_unreadable", place=place, least=LEAST_FENCE_M, most=MOST_FENCE_M)
    return wishes


async def _as_it_stands(
    session: WriteSession,
    before: Any,
    wish: PlanWish,
    grid_ids: Sequence[UUID],
    rota: Mapping[str, Any],
    points: Sequence[CheckpointWish],
    route: Sequence[Line],
) -> bool:
    said = (wish.name.strip(), wish.community_id, list(grid_ids), rota, None)
    if said != (before.name, before.community_id, list(before.grid_ids), before.rota, before.valid_to):
        return False
    if [[[round(part, 6) for part in spot] for spot in line] for line in route] != (before.route or []):
        return False
    there = await stored.checkpoints(session, before.jurisdiction_id, plan_ids=[before.plan_id])
    stand = [(one.checkpoint_id, one.name, one.lon, one.lat, one.fence_m) for one in there]
    return stand == [(one.checkpoint_id, one.name.strip(), one.lon, one.lat, one.fence_m) for one in points]


async def _keep_checkpoints(
    session: WriteSession,
    actor: Actor,
    plan_id: UUID,
    grid_ids: Sequence[UUID],
    points: Sequence[CheckpointWish],
    now: datetime,
) -> None:
    for place, one in enumerate(points):
        values = {
            "checkpoint_id": one.checkpoint_id,
            "jurisdiction_id": actor.jurisdiction_id,
            "plan_id": plan_id,
            "name": one.name.strip(),
            "lon": one.lon,
            "lat": one.lat,
            "fence_m": one.fence_m,
            "place": place,
            "code": new_code(),
            "grid_ids": list(grid_ids),
            "at": now,
        }
        if not await stored.keep_checkpoint(session, values):
            raise Conflict("id_taken")
    await stored.end_other_checkpoints(session, plan_id, [one.checkpoint_id for one in points] or [plan_id], now)


def new_code() -> str:
    """Of a sheet: six of 32 letters, so that one cannot be guessed from another."""
    return "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LENGTH))


async def end(session: WriteSession, actor: Actor, plan_id: UUID, now: datetime) -> None:
    """Nothing is due by it any more. That it has ended already is no error. Raises: as :func:`keep`."""
    before = await _own(session, actor, plan_id)
    if before.valid_to is not None and before.valid_to <= now:
        return
    await stored.end(session, plan_id, now)
    touched = _touched(plan_id, before.version + 1, before.members)
    await note(session, actor, "patrol_plan.ended", "patrol_plan", plan_id, {}, now, touched=touched)


async def renew_sheet(session: WriteSession, actor: Actor, plan_id: UUID, checkpoint_id: UUID, now: datetime) -> str:
    """Another code for a checkpoint, after which its old sheet counts for nothing; the new code.

    Raises: as :func:`keep`; NotFound: ``patrol.checkpoint_unknown``.
    """
    before = await _own(session, actor, plan_id)
    there = await stored.checkpoints(session, actor.jurisdiction_id, plan_ids=[plan_id], checkpoint_id=checkpoint_id)
    if not there:
        raise NotFound("patrol.checkpoint_unknown")
    code = new_code()
    await stored.renew_code(session, checkpoint_id, code)
    touched = _touched(plan_id, before.version, before.members)
    await note(session, actor, "checkpoint.sheet_renewed", "checkpoint", checkpoint_id, {}, now, touched=touched)
    return code


async def _own(session: WriteSession, actor: Actor, plan_id: UUID) -> Any:
    before = await stored.plan(session, plan_id, lock=True)
    if before is None or before.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("patrol.plan_unknown")
    require(actor, KEEP, Subject(jurisdiction_id=actor.jurisdiction_id, community_id=before.community_id))
    return before


async def follow_territory(session: WriteSession, actor: Actor, now: datetime) -> None:
    """Plans and their checkpoints go on in what came after grids that have ended. That is no change of their shifts."""
    for plan in await stored.follow_territory(session, actor.jurisdiction_id, now):
        touched = _touched(plan.plan_id, plan.version, plan.members)
        detail = {"version": plan.version, "grids": plan.grids}
        await note(session, actor, "patrol_plan.carried", "patrol_plan", plan.plan_id, detail, now, touched=touched)


def _touched(plan_id: UUID, version: int, people: Collection[UUID]) -> list[Touched]:
    return [Touched(person_scope(one), "patrol_plan", plan_id, version) for one in sorted(people)]


async def suggest(
    session: ReadSession | WriteSession, actor: Actor, community_id: UUID, grid_id: UUID, most: int, now: datetime
) -> list[CheckpointWish]:
    """Checkpoints made from what the grid holds: landmarks, crossings, ends and middles of lanes, apart from each other.

    Raises: Forbidden: ``not_permitted``. Malformed: ``patrol.grids_unknown``: the grid is none of the community.
    """
    require(actor, KEEP, Subject(jurisdiction_id=actor.jurisdiction_id, community_id=community_id))
    here = await stored.grids_in(session, actor.jurisdiction_id, [grid_id], now)
    if here.get(grid_id) != community_id:
        raise Malformed("patrol.grids_unknown", grid_ids=[str(grid_id)])
    found: list[CheckpointWish] = []
    for row in await stored.suggested(session, actor.jurisdiction_id, grid_id, now):
        if len(found) >= most:
            break
        if all(distance_m(row.lon, row.lat, one.lon, one.lat) >= APART_M for one in found):
            found.append(CheckpointWish(checkpoint_id=new_id(), name=row.name, lon=row.lon, lat=row.lat, fence_m=30.0))
    return found
