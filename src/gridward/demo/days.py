"""Sixty days of work in the invented community, on a simulated clock, through the real services.

People have habits: volunteers walk in the morning and after supper, units answer inside their hours, some are slow, a
few pass things on, a steward looks every day or two. What follows from that (who was late, what the sweep saw, which
clocks paused) nobody wrote down here: the rules made it.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from shapely.geometry import Point, Polygon
from sqlalchemy import Table, bindparam, func, select, text

from gridward.demo.album import ZONE, Album
from gridward.demo.city import City, Place
from gridward.demo.founding import Founded
from gridward.demo.people import UNITS, PersonPlan
from gridward.domain import sync
from gridward.domain.accounts import Actor
from gridward.domain.errors import Forbidden
from gridward.domain.territory import UnitKind
from gridward.domain.tickets.words import Status
from gridward.gateways.blobstore import BlobStore
from gridward.persistence.database import WriteSession
from gridward.persistence.entries import new_id
from gridward.persistence.prepared import Line, Prepared
from gridward.persistence.tickets.rows import RequestRow, TicketRow
from gridward.services.accounts.sign_in import actor_of_person
from gridward.services.tickets.act import DONE, act
from gridward.services.tickets.report import file_report
from gridward.services.tickets.sweep import sweep

DAYS = 60
REPORTS_A_DAY = 25
EVENING_REPORTS = 16
"""Reports after the last working hour, so that the desk finds something in the morning."""
SWEEP_LAG = timedelta(seconds=2)
ANALYZED_ON = (1, 7, 30)
"""Days after which the planner is shown what has grown: inside one transaction nobody else does it."""

KINDS: Mapping[str, tuple[float, tuple[str | None, ...]]] = {
    "litter_full": (22, (None,)),
    "litter_ground": (24, (None,)),
    "dumping": (12, (None,)),
    "manhole": (6, ("manhole-missing", "manhole-broken", "manhole-noisy")),
    "lamp": (8, (None,)),
    "flooding": (6, ("flooding-shallow", "flooding-shallow", "flooding-deep")),
    "parking": (12, (None,)),
    "fire_lane": (5, (None,)),
    "other": (5, (None,)),
}
"""Category → how often, and the conditions that its question offers."""

NOTES = ("", "", "", "", "味道很大", "老人家走路不方便", "昨天就有了", "靠近学校门口", "晚上看不见，危险")
DONE_NOTES = ("已清理干净。", "已处理，请放心。", "已换新。", "已通知业主搬走，现场清好。", "已修好，谢谢反映。")

_ticket = cast(Table, TicketRow.__table__).c
STANDING = Prepared(
    select(
        _ticket.ticket_id,
        _ticket.status,
        _ticket.version,
        _ticket.unit_id,
        _ticket.worker_id,
        _ticket.assignment_id,
        _ticket.resolution_id,
        _ticket.condition_id,
        _ticket.category_code,
        _ticket.grid_id,
        _ticket.urgent,
        _ticket.due_at,
        _ticket.resolve_due_at,
        _ticket.verify_way,
        _ticket.next_step_at,
        _ticket.routing,
        func.ST_X(_ticket.location).label("lon"),
        func.ST_Y(_ticket.location).label("lat"),
    ).where(_ticket.ticket_id == bindparam("ticket"))
)
"""What the people of the demo look at before they act."""

Step = Callable[[datetime], Awaitable[None]]


@dataclass(slots=True)
class Days:
    """The simulation: a heap of things that will happen, and the people who do them."""

    session: WriteSession
    city: City
    founded: Founded
    people: Sequence[PersonPlan]
    blobs: BlobStore
    seed: int
    told: Callable[[int], None]
    length: int = DAYS
    a_day: int = REPORTS_A_DAY
    filed: int = 0
    _rng: random.Random = field(init=False)
    _heap: list[tuple[datetime, int, Step]] = field(init=False, default_factory=list)
    _order: itertools.count[int] = field(init=False, default_factory=itertools.count)
    _actors: dict[UUID, Actor] = field(init=False, default_factory=dict)
    _album: Album = field(init=False)
    _by_role: dict[str, list[PersonPlan]] = field(init=False, default_factory=dict)
    _of_unit: dict[UUID, dict[str, list[UUID]]] = field(init=False, default_factory=dict)
    _slow: dict[UUID, float] = field(init=False, default_factory=dict)
    _kind_of_unit: dict[UUID, UnitKind] = field(init=False, default_factory=dict)
    _swept: dict[UUID, datetime] = field(init=False, default_factory=dict)
    _sent_back_to: dict[UUID, UUID | None] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._rng = random.Random(f"days-{self.seed}")
        self._album = Album(self.blobs, list(self.founded.people.values()))
        for plan in self.people:
            self._by_role.setdefault(plan.role, []).append(plan)
            if plan.unit is not None:
                unit = self.founded.units[plan.unit]
                self._of_unit.setdefault(unit, {}).setdefault(plan.role, []).append(self.founded.people[plan.phone])
        for unit_plan in UNITS:
            unit = self.founded.units[unit_plan.code]
            self._slow[unit] = self._rng.uniform(0.7, 1.5)
            self._kind_of_unit[unit] = unit_plan.kind

    async def run(self, until: datetime) -> None:
        """Everything from ``length`` days before ``until`` up to that instant."""
        began = until - timedelta(days=self.length)
        for day in range(self.length):
            morning = began + timedelta(days=day)
            for _ in range(self.a_day + self._rng.randint(-7, 7)):
                self._at(morning + timedelta(minutes=self._walking_minute()), self._report)
        for number in range(EVENING_REPORTS * self.a_day // REPORTS_A_DAY):
            late = self._report if number % 2 else self._unclear_report
            self._at(until - timedelta(minutes=self._rng.uniform(10, 110)), late)
        for number in ANALYZED_ON:
            self._at(began + timedelta(days=number), self._analyze)
        while self._heap and self._heap[0][0] < until:
            at, _, step = heapq.heappop(self._heap)
            await step(at)
        await sweep(self.session, until, limit=10_000)

    def _at(self, when: datetime, step: Step) -> None:
        heapq.heappush(self._heap, (when, next(self._order), step))

    def _walking_minute(self) -> int:
        """Minutes after midnight: a hump in the morning, one after supper, a few at night."""
        hump = self._rng.choices((8 * 60, 18 * 60 + 30, 13 * 60, 2 * 60), (45, 35, 17, 3))[0]
        return int(min(1439, max(0, self._rng.gauss(hump, 70))))

    async def _analyze(self, _: datetime) -> None:
        await self.session.execute(text("ANALYZE"))

    async def _sweep(self, now: datetime) -> None:
        while (await sweep(self.session, now)).more:
            pass
        for ticket_id, due in list(self._swept.items()):
            if due < now:
                del self._swept[ticket_id]
                await self._row(ticket_id)

    async def _unclear_report(self, now: datetime) -> None:
        await self._report(now, "other")

    async def _report(self, now: datetime, category: str | None = None) -> None:
        plan = self._rng.choices(
            [*self._by_role["volunteer"], *self._by_role["steward"]],
            [3] * len(self._by_role["volunteer"]) + [4] * len(self._by_role["steward"]),
        )[0]
        actor = await self._actor(self.founded.people[plan.phone], now)
        category = category or self._rng.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
        condition = self._rng.choice(KINDS[category][1])
        lon, lat, words = self._somewhere(plan)
        sha256 = await self._album.photo(self.session, actor, category, after=False, now=now)
        exif = {"taken_at": now.isoformat(), "lon": lon, "lat": lat}
        report_id = new_id()
        note = self._rng.choice(NOTES)
        body = sync.ReportBody(
            category=category,
            condition_id=condition,
            location=sync.Location(
                lon=lon, lat=lat, accuracy_m=round(self._rng.uniform(4, 18), 1), age_s=2, source="gps"
            ),
            place_note=words,
            note=note or None,
            photos=(sync.PhotoClaim(sha256=sha256, kind="close", exif=exif),),
        )
        envelope = sync.ReportEnvelope(
            schema=1, digest=str(report_id), body=body, clock=_clock(now), sending=sync.Sending(client_now=now)
        )
        filed = await file_report(self.session, actor, report_id, envelope, now)
        self.filed += 1
        self.told(self.filed)
        if not filed.joined:
            await self._go_on(filed.ticket_id, now)

    async def _go_on(self, ticket_id: UUID, now: datetime) -> None:
        """Who moves next, and when."""
        row = await self._row(ticket_id)
        follow: Mapping[str, Callable[[Line, datetime], None]] = {
            Status.RECEIVED: self._desk_later,
            Status.ACCEPTED: self._desk_later,
            Status.ASSIGNED: self._unit_later,
            Status.IN_PROGRESS: self._unit_later,
            Status.DEFERRED: self._resume_later,
            Status.RESOLVED: self._verify_later,
            Status.CLOSED: self._rate_later,
        }
        if row.status in follow:
            follow[Status(row.status)](row, now)

    # The desk.

    def _desk_later(self, row: Line, now: datetime) -> None:
        self._at(
            _in_hours(now + timedelta(minutes=self._rng.expovariate(1 / 9) + 1), 8, 22), self._step(self._desk, row)
        )

    async def _desk(self, row: Line, now: datetime) -> None:
        desk = await self._actor(self._one("dispatcher"), now)
        if row.status == Status.RECEIVED:
            twins = (row.routing or {}).get("twins") or []
            if twins and self._rng.random() < 0.7:
                target = await self._row(UUID(twins[0]["ticket_id"]))
                if target.status in (Status.ASSIGNED, Status.IN_PROGRESS, Status.ACCEPTED):
                    await self._act(desk, row, "merge", {"into": str(target.ticket_id)}, now)
                    return
            if self._rng.random() < 0.05:
                await self._act(desk, row, "reject", {"answer": "去看过，已经没有了，谢谢您！"}, now)
                return
            condition = row.condition_id or self._rng.choice(
                [one for one in KINDS.get(row.category_code, (0, (None,)))[1] if one] or ["other-general"]
            )
            if row.grid_id is None:
                await self._act(desk, row, "reject", {"answer": "这里不在我们街道，已转告邻近街道。"}, now)
                return
            body = {"condition_id": condition, "grid_id": str(row.grid_id)}
            if not await self._act(desk, row, "accept", body, now):
                return
            row = await self._row(row.ticket_id)
        if row.status == Status.ACCEPTED:
            body = self._assignment(row)
            if not await self._act(desk, row, "assign", body, now):
                raise RuntimeError(f"the demo's desk could not assign: {body}")
        await self._go_on(row.ticket_id, now)

    def _assignment(self, row: Line) -> dict[str, Any]:
        """To the unit that a granted send-back named, else to the first candidate; 兜底 where nobody owns the place."""
        if row.ticket_id in self._sent_back_to:
            owner = self._sent_back_to.pop(row.ticket_id)
            unit_id, role = (owner, "lead") if owner else (self.founded.units["JD"], "last_resort")
        else:
            candidates = (row.routing or {}).get("candidates") or []
            unit_id, role = UUID(candidates[0]["unit_id"]) if candidates else self.founded.units["JD"], "lead"
        kind = self._kind_of_unit[unit_id].value
        return {"unit_id": str(unit_id), "unit_kind": kind, "role": role, "reason": "按现场位置派遣"}

    # The unit.

    def _unit_later(self, row: Line, now: datetime) -> None:
        wait = timedelta(minutes=self._rng.lognormvariate(3.0, 0.8) * self._slow[row.unit_id])
        at = now + wait if row.urgent else _in_hours(now + wait, 7, 21)
        self._at(at, self._step(self._acknowledge if row.status == Status.ASSIGNED else self._work, row))

    async def _acknowledge(self, row: Line, now: datetime) -> None:
        staff = self._of_unit[row.unit_id]
        lead = await self._actor(staff["unit_lead"][0], now)
        if self._rng.random() < 0.04 and await self._act(
            lead, row, "ask_send_back", {"reason": "other_duty", "clause": "合同第三条，作业范围"}, now
        ):
            self._at(
                _in_hours(now + timedelta(minutes=self._rng.uniform(5, 60)), 8, 22), self._step(self._answer_back, row)
            )
            return
        if not await self._act(lead, row, "acknowledge", {}, now):
            return
        row = await self._row(row.ticket_id)
        if self._kind_of_unit[row.unit_id] is UnitKind.work:
            await self._act(lead, row, "hand_to", {"worker_id": str(self._rng.choice(staff["unit_worker"]))}, now)
        if not row.urgent and self._rng.random() < 0.05:
            until = (now + timedelta(days=self._rng.choice((1, 2)))).isoformat()
            if await self._act(lead, row, "ask_defer", {"reason": "rain", "until": until}, now):
                self._at(
                    _in_hours(now + timedelta(minutes=self._rng.uniform(10, 150)), 8, 22),
                    self._step(self._answer_defer, row),
                )
                return
        self._work_later(row, now)

    def _work_later(self, row: Line, now: datetime) -> None:
        due = row.resolve_due_at or row.due_at or now + timedelta(hours=8)
        whole = max(due - now, timedelta(minutes=20))
        share = min(2.2, self._rng.lognormvariate(-1.0, 0.62) * self._slow[row.unit_id])
        at = now + whole * share
        self._at(at if row.urgent else _in_hours(at, 7, 21), self._step(self._work, row))

    async def _answer_back(self, row: Line, now: datetime) -> None:
        request = await self._request(row.ticket_id)
        if request is None:
            return
        desk = await self._actor(self._one("dispatcher"), now)
        if self._rng.random() < 0.4:
            body: dict[str, Any] = {"request_id": str(request), "reason": "现场核过，不在作业范围"}
            law = self.founded.units["ZF"]
            owner = law if row.unit_id != law and self._rng.random() < 0.6 else None
            body |= {"whose_unit_id": str(owner)} if owner else {"ownership_unknown": True}
            if await self._act(desk, row, "send_back", body, now):
                self._sent_back_to[row.ticket_id] = owner
        else:
            body = {"request_id": str(request), "reason": "在合同作业范围内，请处理"}
            await self._act(desk, row, "refuse_send_back", body, now)
        await self._go_on(row.ticket_id, now)

    async def _answer_defer(self, row: Line, now: datetime) -> None:
        request = await self._request(row.ticket_id)
        if request is None:
            return
        leader = await self._actor(self._one("shift_leader"), now)
        if self._rng.random() < 0.75:
            await self._act(leader, row, "grant_defer", {"request_id": str(request), "reason": "下雨，同意"}, now)
        else:
            body = {"request_id": str(request), "reason": "今天不下雨，请按时处理"}
            await self._act(leader, row, "refuse_defer", body, now)
        await self._go_on(row.ticket_id, now)

    def _resume_later(self, row: Line, now: datetime) -> None:
        self._at(_in_hours(now + timedelta(hours=self._rng.uniform(18, 40)), 8, 18), self._step(self._resume, row))

    async def _resume(self, row: Line, now: datetime) -> None:
        if row.status == Status.DEFERRED:
            lead = await self._actor(self._of_unit[row.unit_id]["unit_lead"][0], now)
            await self._act(lead, row, "resume", {"reason": "天晴，恢复施工"}, now)
        self._work_later(await self._row(row.ticket_id), now)

    async def _work(self, row: Line, now: datetime) -> None:
        worker = await self._actor(row.worker_id or self._of_unit[row.unit_id]["unit_lead"][0], now)
        lon, lat = self._near(row)
        if row.status == Status.IN_PROGRESS and (row.urgent or self._rng.random() < 0.4):
            await self._act(worker, row, "arrive", {"lon": lon, "lat": lat, "accuracy_m": 8.0}, now)
            row = await self._row(row.ticket_id)
        now += timedelta(minutes=self._rng.uniform(5, 25))
        self._at(now, self._step(self._resolve, row))

    async def _resolve(self, row: Line, now: datetime) -> None:
        worker = await self._actor(row.worker_id or self._of_unit[row.unit_id]["unit_lead"][0], now)
        lon, lat = self._near(row)
        sha256 = await self._album.photo(self.session, worker, row.category_code, after=True, now=now)
        body = {
            "photos": [{"sha256": sha256, "exif": {"taken_at": now.isoformat(), "lon": lon, "lat": lat}}],
            "lon": lon,
            "lat": lat,
            "accuracy_m": 8.0,
            "note": self._rng.choice(DONE_NOTES),
        }
        await self._act(worker, row, "resolve", body, now)
        await self._go_on(row.ticket_id, now)

    # Whoever looks whether it is so.

    def _verify_later(self, row: Line, now: datetime) -> None:
        at = now + timedelta(minutes=self._rng.lognormvariate(4.2, 0.8))
        self._at(_in_hours(at, 8, 20), self._step(self._verify, row))

    async def _verify(self, row: Line, now: datetime) -> None:
        lon, lat = self._near(row)
        if row.verify_way == "desk":
            verifier = await self._actor(self._one("dispatcher"), now)
            body: dict[str, Any] = {"way": "desk"}
        elif row.verify_way == "phone":
            verifier = await self._actor(self._one("dispatcher"), now)
            body = {"way": "phone", "call": "电话问过上报人，说处理好了"}
        else:
            verifier = await self._actor(self._steward_of(row), now)
            sha256 = await self._album.photo(self.session, verifier, row.category_code, after=True, now=now)
            body = {"way": "spot", "photos": [sha256], "lon": lon, "lat": lat, "accuracy_m": 6.0}
        if self._rng.random() < 0.07:
            sha256 = await self._album.photo(self.session, verifier, row.category_code, after=False, now=now)
            await self._act(verifier, row, "rework", {"reason": "没有清干净，请再处理", "photos": [sha256]}, now)
        else:
            await self._act(verifier, row, "verify", body, now)
        await self._go_on(row.ticket_id, now)

    def _rate_later(self, row: Line, now: datetime) -> None:
        if self._rng.random() < 0.2:
            self._at(_in_hours(now + timedelta(hours=self._rng.uniform(1, 30)), 7, 22), self._step(self._rate, row))

    async def _rate(self, row: Line, now: datetime) -> None:
        reporter = await self.session.scalar(
            text("SELECT reporter_id FROM report WHERE report_id = :id"), {"id": row.ticket_id}
        )
        if reporter is None:
            return
        actor = await self._actor(reporter, now)
        satisfied = self._rng.random() < 0.88
        await self._act(actor, row, "rate", {"satisfied": satisfied}, now)
        if not satisfied and await self._act(actor, row, "ask_reopen", {"reason": "又有了"}, now):
            desk = await self._actor(self._one("dispatcher"), now)
            request = await self._request(row.ticket_id)
            if request is not None and self._rng.random() < 0.7:
                row = await self._row(row.ticket_id)
                await self._act(desk, row, "reopen", {"request_id": str(request), "reason": "上报人说又有了"}, now)
                await self._go_on(row.ticket_id, now)

    # What the steps have in common.

    def _step(self, doing: Callable[[Line, datetime], Awaitable[None]], row: Line) -> Step:
        """Looks again when the time has come: a ticket that has moved on meanwhile is let go."""
        before = row.status

        async def step(now: datetime) -> None:
            current = await self._row(row.ticket_id)
            if current.status == before:
                await doing(current, now)

        return step

    async def _act(self, actor: Actor, row: Line, intent: str, body: Mapping[str, Any], now: datetime) -> bool:
        op_id = new_id()
        try:
            answer = await act(
                self.session,
                actor,
                row.ticket_id,
                op_id,
                sync.OperationEnvelope(
                    schema=1,
                    digest=str(op_id),
                    type=intent,
                    clock=_clock(now),
                    seen=sync.Seen(
                        version=row.version, assignment_id=row.assignment_id, resolution_id=row.resolution_id
                    ),
                    body=body,
                    sending=sync.Sending(client_now=now),
                ),
                now,
                chance=self._rng.random(),
            )
        except Forbidden:
            # The ticket went to somebody else while this person was on the way.
            return False
        return answer.status == DONE

    async def _row(self, ticket_id: UUID) -> Line:
        """The ticket as it stands; when time alone will next do something to it, the sweep comes by."""
        row = await STANDING.one(self.session, {"ticket": ticket_id})
        if row.next_step_at is not None and self._swept.get(ticket_id) != row.next_step_at:
            self._swept[ticket_id] = row.next_step_at
            self._at(row.next_step_at + SWEEP_LAG, self._sweep)
        return row

    async def _request(self, ticket_id: UUID) -> UUID | None:
        open_one = select(RequestRow.request_id).where(
            RequestRow.ticket_id == ticket_id, RequestRow.decided_at.is_(None)
        )
        return await self.session.scalar(open_one)

    async def _actor(self, person_id: UUID, now: datetime) -> Actor:
        if person_id not in self._actors:
            self._actors[person_id] = await actor_of_person(self.session, person_id, now, via="app")
        return self._actors[person_id]

    def _one(self, role: str) -> UUID:
        return self.founded.people[self._rng.choice(self._by_role[role]).phone]

    def _steward_of(self, row: Line) -> UUID:
        code = self.founded.grids[row.grid_id]
        return self.founded.people[next(plan for plan in self._by_role["steward"] if code in plan.grids).phone]

    def _near(self, row: Line) -> tuple[float, float]:
        return row.lon + self._rng.gauss(0, 6e-5), row.lat + self._rng.gauss(0, 6e-5)

    def _somewhere(self, plan: PersonPlan) -> tuple[float, float, str]:
        """A place in the person's community, mostly by a house, in the words that the phone would offer."""
        community = plan.community or ""
        grids = [one for one in self.city.grids if one.parent == community]
        grid = self._rng.choice([one for one in grids if one.code in plan.grids] or grids)
        houses = [one for one in self.city.buildings if one.parent == grid.code]
        if houses and self._rng.random() < 0.8:
            house = self._rng.choice(houses)
            middle = house.shape.centroid
            return middle.x + self._rng.gauss(0, 9e-5), middle.y + self._rng.gauss(0, 9e-5), f"{house.name}旁"
        spot = _random_point(self._rng, grid)
        near = min(self.city.landmarks, key=lambda one: one.shape.distance(spot))
        return spot.x, spot.y, f"{near.name}附近"


def _clock(now: datetime) -> sync.PhoneClock:
    return sync.PhoneClock(captured_at=now, tz="Asia/Shanghai", offset_ms=0, offset_at=now)


def _in_hours(at: datetime, opens: int, closes: int) -> datetime:
    """``at``, or the next opening when it falls outside; a few minutes after, as people arrive."""
    local = at.astimezone(ZONE)
    if local.hour < opens:
        local = local.replace(hour=opens, minute=local.minute // 3)
    elif local.hour >= closes:
        local = (local + timedelta(days=1)).replace(hour=opens, minute=local.minute // 3)
    return local


def _random_point(rng: random.Random, grid: Place) -> Point:
    assert isinstance(grid.shape, Polygon)
    west, south, east, north = grid.shape.bounds
    while True:
        spot = Point(rng.uniform(west, east), rng.uniform(south, north))
        if grid.shape.contains(spot):
            return spot
