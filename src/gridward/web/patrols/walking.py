"""What a phone sends of a patrol, each a PUT under the phone's own id, and what it holds to walk without a signal."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gridward.domain.accounts import Subject, require
from gridward.domain.patrols.plans import read_rota, turns_between
from gridward.domain.patrols.rules import ROUTE_WALKED
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.patrols import pieces, plans
from gridward.persistence.patrols import walks as stored
from gridward.services.patrols import walking
from gridward.services.patrols.deciding import may_walk, rules_of
from gridward.web.deps import CurrentActor, Now, Read, Write
from gridward.web.tickets.envelopes import ClockIn, Connection, Digest, clean_all

router = APIRouter(tags=["patrols"])

ACKNOWLEDGED = {"X-App-Ack": "1", "Cache-Control": "no-store"}
AHEAD, BEHIND = timedelta(days=3), timedelta(days=14)
MOST_BODY = 700_000
SHOWN = 30


class StartBodyIn(BaseModel):
    """``plan_id`` null: a walk of one's own accord."""

    plan_id: UUID | None = None


class StartIn(BaseModel):
    schema_: int = Field(alias="schema")
    digest: Digest
    body: StartBodyIn
    clock: ClockIn


class PatrolOperationIn(BaseModel):
    """``positions`` ``{since, fixes, device}``: see ``docs/sync.md``; ``check_in`` ``{how, checkpoint_id | code,
    location}``; ``end`` ``{}``."""

    schema_: int = Field(alias="schema")
    digest: Digest
    type: Annotated[str, Field(max_length=20)]
    body: Annotated[dict[str, Any], BeforeValidator(clean_all)] = Field(default_factory=dict)
    clock: ClockIn


class PatrolTaken(BaseModel):
    """The acknowledgement; a repeat gets the same. ``verdict``: what a check-in is worth."""

    model_config = ConfigDict(extra="forbid")

    patrol_id: UUID
    op_id: UUID | None = None
    digest: str
    version: int
    received_at: datetime
    started_at: datetime
    verdict: str | None = None
    checkpoint_id: UUID | None = None


@router.put(
    "/patrols/{patrol_id}",
    status_code=201,
    responses={200: {"model": PatrolTaken, "description": "It was here before; nothing was done twice"}},
)
async def put_patrol(
    patrol_id: UUID,
    sent: StartIn,
    connection: Connection,
    session: Write,
    actor: CurrentActor,
    now: Now,
    answer: Response,
) -> PatrolTaken:
    """Begin a patrol.

    409 ``patrol.off``: patrols are not turned on for this person, nothing is kept · ``id_taken`` · 404
    ``patrol.plan_unknown``.
    """
    begun = walking.Start(
        schema=sent.schema_,
        digest=sent.digest,
        clock=sent.clock.read(),
        sending=connection,
        plan_id=sent.body.plan_id,
    )
    taken = await walking.start(session, actor, patrol_id, begun, now)
    answer.status_code = 201 if taken.made else 200
    answer.headers.update(ACKNOWLEDGED)
    return _taken(patrol_id, None, taken)


@router.put("/patrols/{patrol_id}/operations/{op_id}", response_model=PatrolTaken, max_body_size=MOST_BODY)
async def put_patrol_operation(
    patrol_id: UUID,
    op_id: UUID,
    sent: PatrolOperationIn,
    connection: Connection,
    session: Write,
    actor: CurrentActor,
    now: Now,
) -> Response:
    """Tell of a patrol: positions, a check-in, its end. Taken late, again, and in any order.

    425 ``predecessor_unanswered``: its start has not arrived · 403 somebody else's · 409 ``id_taken`` · 422 not readable.
    """
    told = walking.Operation(
        schema=sent.schema_,
        digest=sent.digest,
        type=sent.type,
        clock=sent.clock.read(),
        sending=connection,
        body=sent.body,
    )
    taken = await walking.operate(session, actor, patrol_id, op_id, told, now)
    return JSONResponse(_taken(patrol_id, op_id, taken).model_dump(mode="json"), headers=ACKNOWLEDGED)


def _taken(patrol_id: UUID, op_id: UUID | None, taken: walking.Taken) -> PatrolTaken:
    return PatrolTaken(
        patrol_id=patrol_id,
        op_id=op_id,
        digest=taken.digest,
        version=taken.version,
        received_at=taken.received_at,
        started_at=taken.started_at,
        verdict=taken.verdict,
        checkpoint_id=taken.checkpoint_id,
    )


class HeldCheckpoint(BaseModel):
    checkpoint_id: UUID
    name: str
    lon: float
    lat: float
    fence_m: float
    grid_id: UUID | None


class HeldTurn(BaseModel):
    """A shift of mine. ``shift`` and ``team`` by name."""

    starts_at: datetime
    ends_at: datetime
    shift: str
    team: str


class HeldPlan(BaseModel):
    plan_id: UUID
    name: str
    grid_ids: list[UUID]
    checkpoints: list[HeldCheckpoint]
    turns: list[HeldTurn]
    route: list[list[tuple[float, float]]]


class HeldGrid(BaseModel):
    """``boundary``: GeoJSON, WGS-84."""

    grid_id: UUID
    name: str
    boundary: dict[str, Any]


class HeldPatrol(BaseModel):
    """One of mine of the last two weeks. ``counted`` false: what it covered is still being computed."""

    patrol_id: UUID
    plan_id: UUID | None
    plan_name: str | None
    started_at: datetime
    ended_at: datetime | None
    counted: bool
    length_m: float | None
    walked_s: float | None
    reports: int
    checked: int
    marks: list[str]


class WalkNumbers(BaseModel):
    """By what the phone judges its own positions, so that its picture is the one that counts.

    ``swath_m``, ``most_swath_m``: as this jurisdiction chose. ``route_share``: so much of a line of a route, and it was walked.
    """

    gap_s: float
    gap_m: float
    most_accuracy_m: float
    most_speed_ms: float
    swath_m: float
    most_swath_m: float
    route_share: float


class MyPatrols(BaseModel):
    """Everything a phone needs to walk without a signal. ``on`` false: no position of this person is kept, and the screen
    says so; ``free`` false: only walks of a plan are; ``reason`` is the one that the jurisdiction gave for keeping them;
    ``hours``: how long its patrols take is counted."""

    on: bool
    free: bool
    hours: bool
    reason: str | None
    plans: list[HeldPlan]
    grids: list[HeldGrid]
    patrols: list[HeldPatrol]
    rules: WalkNumbers
    server_time: datetime


@router.get("/patrols/mine")
async def mine(session: Read, actor: CurrentActor, now: Now) -> MyPatrols:
    """My plans with their checkpoints and turns, the grids to walk, and my latest patrols."""
    owner = frozenset() if actor.person_id is None else frozenset({actor.person_id})
    require(actor, "patrol:walk", Subject(jurisdiction_id=actor.jurisdiction_id, owner_ids=owner))
    assert actor.person_id is not None
    decided = await plans.policy(session, actor.jurisdiction_id)
    audiences = await plans.audiences(session, actor.jurisdiction_id)
    own = await plans.plans(session, jurisdiction_id=actor.jurisdiction_id, at=now, member=actor.person_id)
    on = may_walk(actor, audiences, in_plan=bool(own))
    zone = await time_zone_of(session, actor.jurisdiction_id)
    points = (
        await plans.checkpoints(session, actor.jurisdiction_id, plan_ids=[one.plan_id for one in own]) if own else []
    )
    held = []
    for plan in own if on else []:
        rota = read_rota(plan.rota)
        turns = [
            HeldTurn(
                starts_at=turn.starts_at,
                ends_at=turn.ends_at,
                shift=rota.shifts[turn.shift].name,
                team=rota.teams[turn.team].name,
            )
            for turn in turns_between(rota, now - timedelta(days=1), now + AHEAD, zone)
            if actor.person_id in rota.teams[turn.team].members and turn.ends_at > now
        ]
        held.append(
            HeldPlan(
                plan_id=plan.plan_id,
                name=plan.name,
                grid_ids=plan.grid_ids,
                checkpoints=[
                    HeldCheckpoint.model_validate(one, from_attributes=True)
                    for one in points
                    if one.plan_id == plan.plan_id
                ],
                turns=turns,
                route=plan.route or [],
            )
        )
    wanted = {grid_id for plan in held for grid_id in plan.grid_ids} | set(actor.grids if on else ())
    grids = await pieces.on_map(session, sorted(wanted), since=now, until=now, plan_id=None) if wanted else []
    rows = await stored.listed(
        session,
        actor.jurisdiction_id,
        since=now - BEHIND,
        until=now + timedelta(seconds=1),
        person_id=actor.person_id,
        limit=SHOWN,
    )
    rules = await rules_of(session, actor.jurisdiction_id)
    return MyPatrols(
        on=on,
        free=may_walk(actor, audiences, in_plan=False),
        hours=bool(decided and on and decided.hours),
        reason=decided.reason if decided and on else None,
        plans=held,
        grids=[HeldGrid(grid_id=one.grid_id, name=one.name, boundary=one.boundary) for one in grids],
        patrols=[_held(row) for row in rows],
        rules=WalkNumbers(
            gap_s=rules.gap_s,
            gap_m=rules.gap_m,
            most_accuracy_m=rules.most_accuracy_m,
            most_speed_ms=rules.most_speed_ms,
            swath_m=rules.swath_m,
            most_swath_m=rules.most_swath_m,
            route_share=ROUTE_WALKED,
        ),
        server_time=now,
    )


def _held(row: Any) -> HeldPatrol:
    one = row.PatrolRow
    return HeldPatrol(
        patrol_id=one.patrol_id,
        plan_id=one.plan_id,
        plan_name=row.plan_name,
        started_at=one.started_at,
        ended_at=one.ended_at,
        counted=one.counted_at is not None and one.uncounted_since is None,
        length_m=one.length_m,
        walked_s=one.walked_s,
        reports=row.reports,
        checked=row.checked,
        marks=one.marks,
    )
