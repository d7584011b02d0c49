"""Coverage, misses, and one walk with what was reported on it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query
from pydantic import BaseModel

from gridward.domain.accounts import Subject, may, require
from gridward.domain.errors import Malformed, NotFound
from gridward.domain.patrols.plans import read_rota, shift_at
from gridward.domain.patrols.rules import Miss
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession
from gridward.persistence.patrols import missing, pieces
from gridward.persistence.patrols import walks as stored
from gridward.persistence.suspensions import communities_in
from gridward.services.patrols import counting
from gridward.services.patrols.seeing import reach
from gridward.web.deps import CurrentActor, Read
from gridward.web.statistics.question import local_start

router = APIRouter(tags=["patrols"])

LONGEST = timedelta(days=100)
MOST_LISTED, MOST_ON_MAP = 500, 600
First = Annotated[date, Query(alias="from", description="First local day")]
Last = Annotated[date, Query(alias="to", description="Last local day")]
MonthText = Annotated[str, Query(pattern=r"^\d{4}-\d{2}$")]


async def days(
    session: ReadSession, jurisdiction_id: UUID, first: date, last: date
) -> tuple[datetime, datetime, ZoneInfo]:
    """From the beginning of the first to the end of the last local day. Raises: Malformed: ``period_unreadable``."""
    if last < first or last - first > LONGEST:
        raise Malformed("period_unreadable", field="to", text=last.isoformat())
    zone = await time_zone_of(session, jurisdiction_id)
    return local_start(first, zone), local_start(last + timedelta(days=1), zone), zone


class GridCovered(BaseModel):
    """A grid in a period. ``patrols`` 0: nobody walked it, so nothing is known of it, which is not clean.

    ``reports`` counts everybody's, ``on_patrol`` those filed on a patrol. ``per_hour``: of these for each hour walked;
    null below a quarter of an hour. ``walked_share``: of the length of its streets, the best single patrol (of all patrols
    together: :class:`GridOnMap`); null where no street is known.
    """

    grid_id: UUID
    code: str
    name: str
    community_id: UUID | None
    planned: bool
    patrols: int
    times_reached: int
    hours: float
    length_m: float
    last_at: datetime | None
    walked_share: float | None
    reports: int
    on_patrol: int
    per_hour: float | None


class Coverage(BaseModel):
    """``reached`` of ``planned`` is the 巡查覆盖率: planned grids with a patrol that reached them in the period. ``walked``:
    grids with any patrol, planned or not."""

    planned: int
    reached: int
    walked: int
    grids: list[GridCovered]


@router.get("/patrols/coverage")
async def coverage(
    session: Read,
    actor: CurrentActor,
    first: First,
    last: Last,
    plan_id: UUID | None = None,
    community_id: UUID | None = None,
) -> Coverage:
    """What was walked of every grid of my area, also of those where nobody was."""
    area = await _area(session, actor, community_id)
    since, until, _ = await days(session, actor.jurisdiction_id, first, last)
    rows = await pieces.by_grid(
        session, actor.jurisdiction_id, since=since, until=until, community_ids=area, plan_id=plan_id
    )
    grids = [_covered(row) for row in rows]
    planned = [one for one in grids if one.planned]
    return Coverage(
        planned=len(planned),
        reached=sum(one.times_reached > 0 for one in planned),
        walked=sum(one.patrols > 0 for one in grids),
        grids=grids,
    )


async def _area(session: ReadSession, actor: CurrentActor, community_id: UUID | None) -> frozenset[UUID] | None:
    """A community, or a street with all its communities; None: wherever this person may look."""
    if community_id is None:
        found = reach(actor, "patrol:read_coverage")
        return found.community_ids
    require(actor, "patrol:read_coverage", Subject(jurisdiction_id=actor.jurisdiction_id, community_id=community_id))
    return frozenset(await communities_in(session, actor.jurisdiction_id, [community_id]))


def _covered(row: Any) -> GridCovered:
    hours = row.seconds / 3600
    return GridCovered(
        grid_id=row.grid_id,
        code=row.code,
        name=row.name,
        community_id=row.community_id,
        planned=row.planned,
        patrols=row.patrols,
        times_reached=row.times_reached,
        hours=round(hours, 3),
        length_m=round(row.length_m, 1),
        last_at=row.last_at,
        walked_share=None if row.best_share is None else round(min(1.0, row.best_share), 4),
        reports=row.reports,
        on_patrol=row.on_patrol,
        per_hour=round(row.on_patrol / hours, 2) if hours >= 0.25 else None,
    )


class GridOnMap(BaseModel):
    """``boundary`` and ``piece`` (what all patrols of the period covered together; null: nothing) as GeoJSON.

    ``walked_share``: of the length of its streets, all patrols of the period together; null where no street is known, or
    nobody walked.
    """

    grid_id: UUID
    name: str
    boundary: dict[str, Any]
    piece: dict[str, Any] | None
    walked_share: float | None


class CoverageOnMap(BaseModel):
    grids: list[GridOnMap]


@router.get("/patrols/coverage/map")
async def coverage_on_map(
    session: Read, actor: CurrentActor, first: First, last: Last, community_id: UUID, plan_id: UUID | None = None
) -> CoverageOnMap:
    """The ground that was covered in a community, at most 600 grids."""
    area = await _area(session, actor, community_id)
    since, until, _ = await days(session, actor.jurisdiction_id, first, last)
    rows = await pieces.by_grid(
        session, actor.jurisdiction_id, since=since, until=until, community_ids=area, plan_id=None
    )
    wanted = [row.grid_id for row in rows][:MOST_ON_MAP]
    found = await pieces.on_map(session, wanted, since=since, until=until, plan_id=plan_id)
    shares = await pieces.shares(session, wanted, since=since, until=until, plan_id=plan_id)
    shown = [
        GridOnMap(
            grid_id=one.grid_id,
            name=one.name,
            boundary=one.boundary,
            piece=one.piece,
            walked_share=round(shares[one.grid_id], 4) if one.grid_id in shares else None,
        )
        for one in found
    ]
    return CoverageOnMap(grids=shown)


class MissShown(BaseModel):
    """``at``: when it became true. ``lifted_at``: a phone that was without signal told otherwise then."""

    miss_id: UUID
    kind: Miss
    at: datetime
    found_at: datetime
    lifted_at: datetime | None
    turn_starts_at: datetime
    plan_id: UUID
    plan_name: str
    shift: str | None
    team: str | None
    checkpoint_name: str | None


class MissesShown(BaseModel):
    """``cut``: there are more in the period than are shown."""

    misses: list[MissShown]
    cut: bool


@router.get("/patrols/missed")
async def missed(
    session: Read, actor: CurrentActor, first: First, last: Last, plan_id: UUID | None = None
) -> MissesShown:
    """What did not happen in time in my area, or by my own plans; the newest first, at most 500."""
    area = reach(actor, "patrol:read")
    since, until, zone = await days(session, actor.jurisdiction_id, first, last)
    alone = area.community_ids is not None and not area.community_ids
    rows = await missing.listed(
        session,
        actor.jurisdiction_id,
        since=since,
        until=until,
        community_ids=None if alone else area.community_ids,
        member=actor.person_id if alone else None,
        plan_id=plan_id,
        limit=MOST_LISTED + 1,
    )
    return MissesShown(misses=[_miss(row, zone) for row in rows[:MOST_LISTED]], cut=len(rows) > MOST_LISTED)


def _miss(row: Any, zone: ZoneInfo) -> MissShown:
    rota = read_rota(row.rota)
    return MissShown(
        miss_id=row.miss_id,
        kind=row.kind,
        at=row.at,
        found_at=row.found_at,
        lifted_at=row.lifted_at,
        turn_starts_at=row.turn_starts_at,
        plan_id=row.plan_id,
        plan_name=row.plan_name,
        shift=shift_at(rota, row.turn_starts_at, zone),
        team=rota.teams[row.team].name if row.team < len(rota.teams) else None,
        checkpoint_name=row.checkpoint_name,
    )


class PatrolShown(BaseModel):
    """``counted`` false: what it covered is still being computed."""

    patrol_id: UUID
    person_id: UUID
    walker: str
    plan_id: UUID | None
    plan_name: str | None
    turn_starts_at: datetime | None
    started_at: datetime
    ended_at: datetime | None
    counted: bool
    length_m: float | None
    walked_s: float | None
    reports: int
    checked: int
    marks: list[str]


class PatrolsShown(BaseModel):
    """``cut``: there are more in the period than are shown."""

    patrols: list[PatrolShown]
    cut: bool


@router.get("/patrols")
async def listed(
    session: Read, actor: CurrentActor, first: First, last: Last, plan_id: UUID | None = None
) -> PatrolsShown:
    """The patrols of my area, or my own; the newest first, at most 500. By time, never by who did more."""
    area = reach(actor, "patrol:read")
    since, until, _ = await days(session, actor.jurisdiction_id, first, last)
    alone = area.community_ids is not None and not area.community_ids
    rows = await stored.listed(
        session,
        actor.jurisdiction_id,
        since=since,
        until=until,
        community_ids=None if alone else area.community_ids,
        person_id=actor.person_id if alone else None,
        plan_id=plan_id,
        limit=MOST_LISTED + 1,
    )
    return PatrolsShown(patrols=[_shown(row) for row in rows[:MOST_LISTED]], cut=len(rows) > MOST_LISTED)


def _shown(row: Any) -> PatrolShown:
    one = row.PatrolRow
    return PatrolShown(
        patrol_id=one.patrol_id,
        person_id=one.person_id,
        walker=row.walker,
        plan_id=one.plan_id,
        plan_name=row.plan_name,
        turn_starts_at=one.turn_starts_at,
        started_at=one.started_at,
        ended_at=one.ended_at,
        counted=one.counted_at is not None and one.uncounted_since is None,
        length_m=one.length_m,
        walked_s=one.walked_s,
        reports=row.reports,
        checked=row.checked,
        marks=one.marks,
    )


class LegShown(BaseModel):
    """``path``: ``[lon, lat]`` in order; between two legs nothing is known and no line is drawn."""

    path: list[tuple[float, float]]
    started_at: float
    ended_at: float


class WalkGap(BaseModel):
    from_at: datetime
    to_at: datetime
    distance_m: float


class CheckInShown(BaseModel):
    checkpoint_id: UUID | None
    name: str | None
    how: str
    verdict: str
    at: datetime


class ReportOnWay(BaseModel):
    report_id: UUID
    ticket_id: UUID
    short_no: int
    category_code: str
    status: str
    at: datetime
    lon: float | None
    lat: float | None


class PieceShown(BaseModel):
    grid_id: UUID
    name: str
    length_m: float
    seconds: float
    walked_share: float | None
    checked_in: bool
    reached: bool
    piece: dict[str, Any] | None


class Walk(BaseModel):
    """``legs`` null: not for this reader, or deleted (``raw_gone_at``)."""

    patrol_id: UUID
    started_at: datetime
    ended_at: datetime | None
    turn_starts_at: datetime | None
    turn_ends_at: datetime | None
    marks: list[str]
    length_m: float | None
    walked_s: float | None
    raw_gone_at: datetime | None
    legs: list[LegShown] | None
    gaps: list[WalkGap]
    check_ins: list[CheckInShown]
    reports: list[ReportOnWay]
    pieces: list[PieceShown]


@router.get("/patrols/{patrol_id}")
async def walk(patrol_id: UUID, session: Read, actor: CurrentActor) -> Walk:
    """One walk as it was: legs and gaps, check-ins, reports on the way, and what it covered. 404 ``patrol.unknown``."""
    row = await stored.patrol(session, patrol_id)
    if row is None or row.jurisdiction_id != actor.jurisdiction_id:
        raise NotFound("patrol.unknown")
    subject = Subject(
        jurisdiction_id=row.jurisdiction_id, owner_ids=frozenset({row.person_id}), community_id=row.community_id
    )
    require(actor, "patrol:read", subject)
    legs = None
    if row.raw_gone_at is None and may(actor, "patrol:read_track", subject):
        track, _, _ = await counting.track(session, patrol_id)
        legs = [LegShown(path=list(leg.path), started_at=leg.started_at, ended_at=leg.ended_at) for leg in track.legs]
    return Walk(
        patrol_id=row.patrol_id,
        started_at=row.started_at,
        ended_at=row.ended_at,
        turn_starts_at=row.turn_starts_at,
        turn_ends_at=row.turn_ends_at,
        marks=row.marks,
        length_m=row.length_m,
        walked_s=row.walked_s,
        raw_gone_at=row.raw_gone_at,
        legs=legs,
        gaps=[WalkGap(from_at=one["from"], to_at=one["to"], distance_m=one["distance_m"]) for one in row.gaps],
        check_ins=[
            CheckInShown.model_validate(one, from_attributes=True) for one in await stored.check_ins(session, patrol_id)
        ],
        reports=[ReportOnWay.model_validate(one, from_attributes=True) for one in await stored.reports(session, row)],
        pieces=[_piece(one) for one in await pieces.of_patrol(session, patrol_id)],
    )


def _piece(row: Any) -> PieceShown:
    return PieceShown(
        grid_id=row.grid_id,
        name=row.name,
        length_m=row.length_m,
        seconds=row.seconds,
        walked_share=round(min(1.0, row.street_m / row.streets_m), 4) if row.streets_m else None,
        checked_in=row.checked_in,
        reached=row.reached,
        piece=row.piece,
    )
