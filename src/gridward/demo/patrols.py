"""Sixty days of 巡查: turned on with a reason, planned for two teams in each community, walked, late, missed, without signal.

The steward teams are paid, walk alone and in the evening too; nobody else's way is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import UUID

from shapely.geometry import Polygon
from sqlalchemy import text

from gridward.demo.album import ZONE
from gridward.demo.city import COMMUNITIES, grid_code
from gridward.demo.days import Days
from gridward.demo.people import PersonPlan
from gridward.demo.ways import Spot, Step, lanes, moved, recorded, through
from gridward.domain import sync
from gridward.domain.geometry import distance_m
from gridward.domain.patrols.plans import Rota, Turn, read_rota, turns_between
from gridward.domain.patrols.rules import LAPSES_AFTER, Audience
from gridward.domain.patrols.track import Fix, write_fixes
from gridward.persistence.entries import new_id
from gridward.persistence.patrols import plans as stored
from gridward.services.patrols import counting, deciding, missing, planning, walking

REASON = "专职网格员常单人、夜间巡查，记录路线是为了人身安全；只在开始巡查后记录，原始定位三十天后删除。时长只用于核对夜间补贴。"
PARTS = (("北片巡查", (4, 3, 2)), ("南片巡查", (1, 0)))
"""Which rows of its grids a team walks."""
LEFT_OUT = {(3, 4), (5, 0)}
"""In no plan: nothing is known of them."""
FENCED = {(5, 1)}
"""Planned, but behind the shipyard's fence: nobody ever got in."""
SHIFTS = (("上午班", "08:30", 180), ("晚班", "19:00", 150))
CYCLE = 4
"""Days: each team has a morning, a day off, an evening, a day off; the southern one begins."""
CHECKPOINTS_A_GRID, OFFERED = 1, 4
PART_S = 900.0
LAG = timedelta(seconds=4)
LOOK = timedelta(minutes=1)

SEEN: Sequence[tuple[str, str]] = (
    ("street_stall", "摊位摆到了巷子中间。"),
    ("street_stall", "店外堆货，婴儿车过不去。"),
    ("greenery", "树枝垂下来，挡住路灯。"),
    ("greenery", "断枝挂在电线上。"),
    ("building_work", "楼顶正在搭铁皮棚。"),
)
REPORTS = 0.4
"""For each walk."""


@dataclass(frozen=True, slots=True)
class Plan:
    """``stops``: checkpoints with their ids and codes, in the order of the plan."""

    plan_id: UUID
    rota: Rota
    grids: Sequence[Polygon]
    members: Sequence[UUID]
    stops: Sequence[tuple[UUID, Spot, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One message of a walk: told at ``at`` by the phone's clock."""

    at: datetime
    type: str
    body: Mapping[str, Any]


@dataclass(slots=True)
class Patrols:
    """``work``: whose chance, clock and people this uses."""

    work: Days
    plans: list[Plan] = field(default_factory=list)
    walked: int = 0

    async def begin(self, began: datetime, until: datetime) -> None:
        """Turned on, planned, and every turn of these days on the heap."""
        work = self.work
        supervisor = await work.actor(work.one("supervisor"), began)
        await deciding.decide(work.session, supervisor, {Audience.paid_stewards}, REASON, began, hours=True)
        for community in COMMUNITIES:
            for order, (name, rows) in enumerate(PARTS):
                self.plans.append(await self._plan(community.code, name, rows, order, began, until))
        for plan in self.plans:
            for turn in turns_between(plan.rota, began, until, ZONE):
                self._turn(plan, turn)
        for week in range(1, work.length // 7 + 1):
            work.at(began + timedelta(days=7 * week, hours=3), self._forget)

    async def _plan(
        self, community: str, name: str, rows: Sequence[int], order: int, began: datetime, until: datetime
    ) -> Plan:
        work = self.work
        leader = await work.actor(work.one("shift_leader"), began)
        cells = [cell for cell in _cells(community, rows) if cell not in LEFT_OUT]
        ids = {code: grid_id for grid_id, code in work.founded.grids.items()}
        community_id = await work.session.scalar(
            text("SELECT area_id FROM area WHERE code = :code"), {"code": community}
        )
        stewards = [plan for plan in work.by_role["steward"] if _holds_any(plan, cells)]
        members = [work.founded.people[plan.phone] for plan in stewards]
        points: list[planning.CheckpointWish] = []
        for cell in cells:
            if cell not in FENCED:
                grid_id = ids[grid_code(*cell)]
                offered = await planning.suggest(work.session, leader, community_id, grid_id, OFFERED, began)
                points += [one for one in offered if one.name and _is_apart(one, points)][:CHECKPOINTS_A_GRID]
        shapes = {one.code: one.shape for one in work.city.grids}
        short = next(one.name for one in COMMUNITIES if one.code == community).removesuffix("社区")
        rota = {
            "cycle_days": CYCLE,
            # Today is a morning of the southern teams: whoever tries the demo has something to walk.
            "anchor_on": until.astimezone(ZONE).date().isoformat(),
            "shifts": [{"name": each, "starts": starts, "minutes": long} for each, starts, long in SHIFTS],
            "teams": [{"name": f"{short}{name[:2]}组", "members": [str(one) for one in members]}],
            "turns": [{"day": 1 - order, "shift": 0, "team": 0}, {"day": 3 - order, "shift": 1, "team": 0}],
            "grace_minutes": 30,
        }
        wish = planning.PlanWish(
            version=0,
            community_id=community_id,
            name=short + name,
            grid_ids=[ids[grid_code(*cell)] for cell in cells],
            rota=rota,
            checkpoints=points,
            route=[lanes(shapes[grid_code(*cell)]) for cell in cells if cell not in FENCED] if order else (),
        )
        plan_id = new_id()
        await planning.keep(work.session, leader, plan_id, wish, began)
        found = await stored.checkpoints(work.session, work.founded.jurisdiction_id, plan_ids=[plan_id])
        return Plan(
            plan_id,
            read_rota(rota),
            [shapes[grid_code(*cell)] for cell in cells if cell not in FENCED],
            members,
            [(one.checkpoint_id, (one.lon, one.lat), one.code) for one in found],
        )

    def _turn(self, plan: Plan, turn: Turn) -> None:
        """Whether and when somebody goes; the program looks again where it will find that something was missed."""
        rng, work = self.work.rng, self.work
        grace = turn.starts_at + timedelta(minutes=plan.rota.grace_minutes) + LOOK
        if rng.random() < 0.06:
            work.at(grace, self._look)
            work.at(turn.ends_at + LOOK, self._look)
            return
        late = rng.random() < 0.08
        wait = rng.uniform(38, 70) if late else rng.uniform(2, 27)
        work.at(turn.starts_at + timedelta(minutes=wait), partial(self._walk, plan, turn))
        if late:
            work.at(grace, self._look)

    async def _walk(self, plan: Plan, turn: Turn, now: datetime) -> None:
        """A whole walk is thought out when it begins; its messages go when the phone has a signal."""
        rng = self.work.rng
        person = rng.choice(plan.members)
        # The last grids are left for another day now and then.
        grids = plan.grids[: max(2, len(plan.grids) - rng.choice((0, 0, 0, 1, 2)))]
        if rng.random() < 0.5:
            grids = grids[::-1]
        steps = through(rng, grids, [spot for _, spot, _ in plan.stops])
        silent = rng.random() < 0.03
        fixes = [] if silent else recorded(rng, steps, rng.choice((0, 0, 1, 1, 2)))
        patrol_id = new_id()
        checks = self._checks(plan, steps, now, by_code=silent)
        parts = [*_positions(fixes, now), *checks]
        ended = now + timedelta(seconds=steps[-1].at + rng.uniform(20, 120))
        lapses = rng.random() < 0.02
        if not lapses:
            parts.append(Part(at=ended, type="end", body={}))
        # Some parts of the quarter have no signal: everything comes together afterwards.
        online_at = ended + timedelta(minutes=rng.uniform(5, 90)) if rng.random() < 0.08 else None
        start = walking.Start(
            schema=1,
            digest=str(patrol_id),
            clock=_clock(now),
            sending=sync.Sending(client_now=online_at or now),
            plan_id=plan.plan_id,
        )
        work = self.work
        work.at(online_at or now, partial(self._start, person, patrol_id, start))
        for part in sorted(parts, key=lambda one: one.at):
            work.at(online_at or part.at + LAG, partial(self._tell, person, patrol_id, part))
        if online_at is None and rng.random() < REPORTS:
            spot = rng.choice(steps[len(steps) // 5 :])
            work.at(now + timedelta(seconds=spot.at) + LAG, partial(self._report, person, patrol_id, spot))
        counted = (ended + LAPSES_AFTER if lapses else online_at or ended) + 2 * LAG
        work.at(counted, self._count)
        if len(checks) < len(plan.stops) or online_at:
            work.at(max(counted, turn.ends_at) + LOOK, self._look)
        self.walked += 1

    def _checks(self, plan: Plan, steps: Sequence[Step], began: datetime, *, by_code: bool) -> list[Part]:
        """One of ten checkpoints is forgotten; of the others some are read from their sheets."""
        rng = self.work.rng
        found = []
        for step in steps:
            if step.stop is None or rng.random() < 0.1:
                continue
            checkpoint_id, spot, code = plan.stops[step.stop]
            at = began + timedelta(seconds=step.at + rng.uniform(3, 12))
            lon, lat = moved(spot, rng.gauss(0, 5), rng.gauss(0, 5))
            if by_code or rng.random() < 0.3:
                body: dict[str, Any] = {"how": "code", "code": code}
            else:
                place = {"lon": lon, "lat": lat, "accuracy_m": float(round(rng.uniform(4, 12)))}
                body = {"how": "position", "checkpoint_id": str(checkpoint_id), "location": place}
            found.append(Part(at=at, type="check_in", body=body))
        return found

    async def _start(self, person: UUID, patrol_id: UUID, start: walking.Start, now: datetime) -> None:
        await walking.start(self.work.session, await self.work.actor(person, now), patrol_id, start, now)

    async def _tell(self, person: UUID, patrol_id: UUID, part: Part, now: datetime) -> None:
        op_id = new_id()
        told = walking.Operation(
            schema=1,
            digest=str(op_id),
            type=part.type,
            clock=_clock(part.at),
            sending=sync.Sending(client_now=now),
            body=part.body,
        )
        await walking.operate(self.work.session, await self.work.actor(person, now), patrol_id, op_id, told, now)

    async def _report(self, person: UUID, patrol_id: UUID, spot: Step, now: datetime) -> None:
        work = self.work
        actor = await work.actor(person, now)
        category, words = work.rng.choice(SEEN)
        sha256 = await work.album.photo(work.session, actor, category, after=False, now=now)
        exif = {"taken_at": now.isoformat(), "lon": spot.lon, "lat": spot.lat}
        body = sync.ReportBody(
            category=category,
            location=sync.Location(lon=spot.lon, lat=spot.lat, accuracy_m=8.0, age_s=2, source="gps"),
            note=words,
            photos=(sync.PhotoClaim(sha256=sha256, kind="close", exif=exif),),
            patrol_id=patrol_id,
        )
        await work.file(actor, body, now)

    async def _count(self, now: datetime) -> None:
        while await counting.count_due(self.work.session, now):
            pass

    async def _look(self, now: datetime) -> None:
        await missing.find(self.work.session, now)

    async def _forget(self, now: datetime) -> None:
        while await counting.forget_positions(self.work.session, now):
            pass


def _cells(community: str, rows: Sequence[int]) -> list[tuple[int, int]]:
    """Row by row, there and back again."""
    columns = next(one.columns for one in COMMUNITIES if one.code == community)
    return [(column, row) for turn, row in enumerate(rows) for column in (columns if turn % 2 == 0 else columns[::-1])]


def _is_apart(one: planning.CheckpointWish, others: Sequence[planning.CheckpointWish]) -> bool:
    """Two grids may offer the crossing between them."""
    return all(distance_m(one.lon, one.lat, other.lon, other.lat) >= planning.APART_M for other in others)


def _holds_any(person: PersonPlan, cells: Sequence[tuple[int, int]]) -> bool:
    return any(grid_code(*cell) in person.grids for cell in cells)


def _positions(fixes: Sequence[Fix], began: datetime) -> list[Part]:
    """In messages of a quarter of an hour, as the phone sends them."""
    parts: dict[int, list[Fix]] = {}
    for fix in fixes:
        parts.setdefault(int(fix.at // PART_S), []).append(fix)
    return [
        Part(
            at=began + timedelta(seconds=several[-1].at),
            type="positions",
            body={"since": began.isoformat(), "fixes": write_fixes(several), "device": "demo"},
        )
        for several in parts.values()
    ]


def _clock(at: datetime) -> sync.PhoneClock:
    """Of a phone that goes right."""
    return sync.PhoneClock(captured_at=at, tz="Asia/Shanghai", offset_ms=0, offset_at=at)
