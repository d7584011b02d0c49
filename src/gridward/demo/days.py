"""Sixty days of work in the invented community, on a simulated clock, through the real services.

People have habits: volunteers walk in the morning and after supper, units answer inside their hours, some are slow, a
few pass things on, a steward looks every day or two. What follows from that (who was late, what the sweep saw, which
clocks paused) nobody wrote down here: the rules made it.
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from gridward.demo.stage import Stage, in_hours, phone_clock
from gridward.domain import sync
from gridward.domain.accounts import Actor
from gridward.domain.territory import UnitKind
from gridward.domain.tickets.words import Status
from gridward.persistence.entries import new_id
from gridward.persistence.prepared import Line
from gridward.services.tickets.report import file_report
from gridward.services.tickets.sweep import sweep

DAYS = 60
REPORTS_A_DAY = 25
EVENING_REPORTS = 16
"""Reports after the last working hour, so that the desk finds something in the morning."""
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
ANSWERED = frozenset({"demand", "noise"})
"""Kinds that end with an answer that was heard."""
ANSWERS = (
    "已上门看过，约好本周内修好，住户知道了。",
    "已电话答复住户，表示清楚。",
    "已当面劝止，对方答应晚上十点后不再响。",
    "已和物业商定处理办法，并告诉了住户。",
)
DONE_NOTES = ("已清理干净。", "已处理，请放心。", "已换新。", "已通知业主搬走，现场清好。", "已修好，谢谢反映。")


@dataclass(slots=True, kw_only=True)
class Days(Stage):
    """The simulation: what each of them does when a ticket comes to them."""

    told: Callable[[int], None]
    length: int = DAYS
    a_day: int = REPORTS_A_DAY
    filed: int = 0

    async def run(self, until: datetime) -> None:
        """Everything from ``length`` days before ``until`` up to that instant."""
        began = until - timedelta(days=self.length)
        for day in range(self.length):
            morning = began + timedelta(days=day)
            for _ in range(self.a_day + self.rng.randint(-7, 7)):
                self.at(morning + timedelta(minutes=self._walking_minute()), self._report)
        for number in range(EVENING_REPORTS * self.a_day // REPORTS_A_DAY):
            late = self._report if number % 2 else self._unclear_report
            self.at(until - timedelta(minutes=self.rng.uniform(10, 110)), late)
        for number in ANALYZED_ON:
            self.at(began + timedelta(days=number), self._analyze)
        while self.heap and self.heap[0][0] < until:
            at, _, step = heapq.heappop(self.heap)
            await step(at)
        await sweep(self.session, until, limit=10_000)

    def _walking_minute(self) -> int:
        """Minutes after midnight: a hump in the morning, one after supper, a few at night."""
        hump = self.rng.choices((8 * 60, 18 * 60 + 30, 13 * 60, 2 * 60), (45, 35, 17, 3))[0]
        return int(min(1439, max(0, self.rng.gauss(hump, 70))))

    async def _analyze(self, _: datetime) -> None:
        await self.session.execute(text("ANALYZE"))

    async def _unclear_report(self, now: datetime) -> None:
        await self._report(now, "other")

    async def _report(self, now: datetime, category: str | None = None) -> None:
        plan = self.rng.choices(
            [*self.by_role["volunteer"], *self.by_role["steward"]],
            [3] * len(self.by_role["volunteer"]) + [4] * len(self.by_role["steward"]),
        )[0]
        actor = await self.actor(self.founded.people[plan.phone], now)
        category = category or self.rng.choices(list(KINDS), [weight for weight, _ in KINDS.values()])[0]
        condition = self.rng.choice(KINDS[category][1])
        lon, lat, words = self.somewhere(plan)
        sha256 = await self.album.photo(self.session, actor, category, after=False, now=now)
        exif = {"taken_at": now.isoformat(), "lon": lon, "lat": lat}
        note = self.rng.choice(NOTES)
        body = sync.ReportBody(
            category=category,
            condition_id=condition,
            location=sync.Location(
                lon=lon, lat=lat, accuracy_m=round(self.rng.uniform(4, 18), 1), age_s=2, source="gps"
            ),
            place_note=words,
            note=note or None,
            photos=(sync.PhotoClaim(sha256=sha256, kind="close", exif=exif),),
        )
        await self.file(actor, body, now)

    async def file(self, actor: Actor, body: sync.ReportBody, now: datetime) -> UUID:
        """A report as a phone sends it, and all that follows from it; the id of its ticket."""
        report_id = new_id()
        envelope = sync.ReportEnvelope(
            schema=1, digest=str(report_id), body=body, clock=phone_clock(now), sending=sync.Sending(client_now=now)
        )
        filed = await file_report(self.session, actor, report_id, envelope, now)
        self.filed += 1
        self.told(self.filed)
        if not filed.joined:
            await self._go_on(filed.ticket_id, now)
        return filed.ticket_id

    def beside(self, words: str) -> Days:
        """The same people under the same clock with another chance: what they do of it changes nothing in what this one does."""
        other = copy(self)
        other.rng = random.Random(f"{words}-{self.seed}")
        other.told = lambda _: None
        return other

    async def _go_on(self, ticket_id: UUID, now: datetime) -> None:
        """Who moves next, and when."""
        row = await self.row(ticket_id)
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
        self.at(in_hours(now + timedelta(minutes=self.rng.expovariate(1 / 9) + 1), 8, 22), self.step(self._desk, row))

    async def _desk(self, row: Line, now: datetime) -> None:
        desk = await self.actor(self.one("dispatcher"), now)
        if row.status == Status.RECEIVED:
            twins = (row.routing or {}).get("twins") or []
            if twins and self.rng.random() < 0.7:
                target = await self.row(UUID(twins[0]["ticket_id"]))
                if target.status in (Status.ASSIGNED, Status.IN_PROGRESS, Status.ACCEPTED):
                    await self.act(desk, row, "merge", {"into": str(target.ticket_id)}, now)
                    return
            if self.rng.random() < 0.05:
                await self.act(desk, row, "reject", {"answer": "去看过，已经没有了，谢谢您！"}, now)
                return
            condition = row.condition_id or self.rng.choice(
                [one for one in KINDS.get(row.category_code, (0, (None,)))[1] if one] or ["other-general"]
            )
            if row.grid_id is None:
                await self.act(desk, row, "reject", {"answer": "这里不在我们街道，已转告邻近街道。"}, now)
                return
            body = {"condition_id": condition, "grid_id": str(row.grid_id)}
            if not await self.act(desk, row, "accept", body, now):
                return
            row = await self.row(row.ticket_id)
        if row.status == Status.ACCEPTED:
            body = self._assignment(row)
            if not await self.act(desk, row, "assign", body, now):
                raise RuntimeError(f"the demo's desk could not assign: {body}")
        await self._go_on(row.ticket_id, now)

    def _assignment(self, row: Line) -> dict[str, Any]:
        """To the unit that a granted send-back named, else to the first candidate; 兜底 where nobody owns the place."""
        if row.ticket_id in self.sent_back_to:
            owner = self.sent_back_to.pop(row.ticket_id)
            unit_id, role = (owner, "lead") if owner else (self.founded.units["JD"], "last_resort")
        else:
            candidates = (row.routing or {}).get("candidates") or []
            unit_id, role = UUID(candidates[0]["unit_id"]) if candidates else self.founded.units["JD"], "lead"
        kind = self.kind_of_unit[unit_id].value
        return {"unit_id": str(unit_id), "unit_kind": kind, "role": role, "reason": "按现场位置派遣"}

    # The unit.

    def _unit_later(self, row: Line, now: datetime) -> None:
        wait = timedelta(minutes=self.rng.lognormvariate(3.0, 0.8) * self.slow[row.unit_id])
        at = now + wait if row.urgent else in_hours(now + wait, 7, 21)
        self.at(at, self.step(self._acknowledge if row.status == Status.ASSIGNED else self._work, row))

    async def _acknowledge(self, row: Line, now: datetime) -> None:
        staff = self.of_unit[row.unit_id]
        lead = await self.actor(staff["unit_lead"][0], now)
        if self.rng.random() < 0.04 and await self.act(
            lead, row, "ask_send_back", {"reason": "other_duty", "clause": "合同第三条，作业范围"}, now
        ):
            self.at(
                in_hours(now + timedelta(minutes=self.rng.uniform(5, 60)), 8, 22), self.step(self._answer_back, row)
            )
            return
        if not await self.act(lead, row, "acknowledge", {}, now):
            return
        row = await self.row(row.ticket_id)
        if self.kind_of_unit[row.unit_id] is UnitKind.work:
            await self.act(lead, row, "hand_to", {"worker_id": str(self.rng.choice(staff["unit_worker"]))}, now)
        if not row.urgent and self.rng.random() < 0.05:
            until = (now + timedelta(days=self.rng.choice((1, 2)))).isoformat()
            if await self.act(lead, row, "ask_defer", {"reason": "rain", "until": until}, now):
                self.at(
                    in_hours(now + timedelta(minutes=self.rng.uniform(10, 150)), 8, 22),
                    self.step(self._answer_defer, row),
                )
                return
        self._work_later(row, now)

    def _work_later(self, row: Line, now: datetime) -> None:
        due = row.resolve_due_at or row.due_at or now + timedelta(hours=8)
        whole = max(due - now, timedelta(minutes=20))
        share = min(2.2, self.rng.lognormvariate(-1.0, 0.62) * self.slow[row.unit_id])
        at = now + whole * share
        self.at(at if row.urgent else in_hours(at, 7, 21), self.step(self._work, row))

    async def _answer_back(self, row: Line, now: datetime) -> None:
        request = await self.request(row.ticket_id)
        if request is None:
            return
        desk = await self.actor(self.one("dispatcher"), now)
        if self.rng.random() < 0.4:
            body: dict[str, Any] = {"request_id": str(request), "reason": "现场核过，不在作业范围"}
            law = self.founded.units["ZF"]
            owner = law if row.unit_id != law and self.rng.random() < 0.6 else None
            body |= {"whose_unit_id": str(owner)} if owner else {"ownership_unknown": True}
            if await self.act(desk, row, "send_back", body, now):
                # After the second one the last resort acts first, whoever owns the place.
                self.sent_back_to[row.ticket_id] = None if row.ticket_id in self.sent_back else owner
                self.sent_back.add(row.ticket_id)
        else:
            body = {"request_id": str(request), "reason": "在合同作业范围内，请处理"}
            await self.act(desk, row, "refuse_send_back", body, now)
        await self._go_on(row.ticket_id, now)

    async def _answer_defer(self, row: Line, now: datetime) -> None:
        request = await self.request(row.ticket_id)
        if request is None:
            return
        leader = await self.actor(self.one("shift_leader"), now)
        if self.rng.random() < 0.75:
            await self.act(leader, row, "grant_defer", {"request_id": str(request), "reason": "下雨，同意"}, now)
        else:
            body = {"request_id": str(request), "reason": "今天不下雨，请按时处理"}
            await self.act(leader, row, "refuse_defer", body, now)
        await self._go_on(row.ticket_id, now)

    def _resume_later(self, row: Line, now: datetime) -> None:
        self.at(in_hours(now + timedelta(hours=self.rng.uniform(18, 40)), 8, 18), self.step(self._resume, row))

    async def _resume(self, row: Line, now: datetime) -> None:
        if row.status == Status.DEFERRED:
            lead = await self.actor(self.of_unit[row.unit_id]["unit_lead"][0], now)
            await self.act(lead, row, "resume", {"reason": "天晴，恢复施工"}, now)
        self._work_later(await self.row(row.ticket_id), now)

    async def _work(self, row: Line, now: datetime) -> None:
        worker = await self.actor(row.worker_id or self.of_unit[row.unit_id]["unit_lead"][0], now)
        lon, lat = self.near(row)
        if row.status == Status.IN_PROGRESS and (row.urgent or self.rng.random() < 0.4):
            await self.act(worker, row, "arrive", {"lon": lon, "lat": lat, "accuracy_m": 8.0}, now)
            row = await self.row(row.ticket_id)
        now += timedelta(minutes=self.rng.uniform(5, 25))
        self.at(now, self.step(self._resolve, row))

    async def _resolve(self, row: Line, now: datetime) -> None:
        worker = await self.actor(row.worker_id or self.of_unit[row.unit_id]["unit_lead"][0], now)
        body = self._answer(now) if row.category_code in ANSWERED else await self._after(worker, row, now)
        if not await self.act(worker, row, "resolve", body, now):
            # Somebody was quicker; what is refused for another reason would be tried again for ever.
            current = await self.row(row.ticket_id)
            if (current.status, current.version) == (row.status, row.version):
                raise RuntimeError(f"the demo's unit could not finish {row.category_code}: {body}")
        await self._go_on(row.ticket_id, now)

    async def _after(self, worker: Actor, row: Line, now: datetime) -> dict[str, Any]:
        """The photo of after, taken on the spot."""
        lon, lat = self.near(row)
        sha256 = await self.album.photo(self.session, worker, row.category_code, after=True, now=now)
        return {
            "photos": [{"sha256": sha256, "exif": {"taken_at": now.isoformat(), "lon": lon, "lat": lat}}],
            "lon": lon,
            "lat": lat,
            "accuracy_m": 8.0,
            "note": self.rng.choice(DONE_NOTES),
        }

    def _answer(self, now: datetime) -> dict[str, Any]:
        """Where there is nothing to photograph: what somebody was told."""
        return {"answer": self.rng.choice(ANSWERS), "told_at": now.isoformat()}

    # Whoever looks whether it is so.

    def _verify_later(self, row: Line, now: datetime) -> None:
        at = now + timedelta(minutes=self.rng.lognormvariate(4.2, 0.8))
        self.at(in_hours(at, 8, 20), self.step(self._verify, row))

    async def _verify(self, row: Line, now: datetime) -> None:
        lon, lat = self.near(row)
        if row.verify_way == "desk":
            verifier = await self.actor(self.one("dispatcher"), now)
            body: dict[str, Any] = {"way": "desk"}
        elif row.verify_way == "phone":
            verifier = await self.actor(self.one("dispatcher"), now)
            body = {"way": "phone", "call": "电话问过上报人，说处理好了"}
        else:
            verifier = await self.actor(self.steward_of(row), now)
            sha256 = await self.album.photo(self.session, verifier, row.category_code, after=True, now=now)
            body = {"way": "spot", "photos": [sha256], "lon": lon, "lat": lat, "accuracy_m": 6.0}
        if self.rng.random() < 0.07:
            sha256 = await self.album.photo(self.session, verifier, row.category_code, after=False, now=now)
            await self.act(verifier, row, "rework", {"reason": "没有清干净，请再处理", "photos": [sha256]}, now)
        else:
            await self.act(verifier, row, "verify", body, now)
        await self._go_on(row.ticket_id, now)

    def _rate_later(self, row: Line, now: datetime) -> None:
        if self.rng.random() < 0.2:
            self.at(in_hours(now + timedelta(hours=self.rng.uniform(1, 30)), 7, 22), self.step(self._rate, row))

    async def _rate(self, row: Line, now: datetime) -> None:
        reporter = await self.session.scalar(
            text("SELECT reporter_id FROM report WHERE report_id = :id"), {"id": row.ticket_id}
        )
        if reporter is None:
            return
        actor = await self.actor(reporter, now)
        satisfied = self.rng.random() < 0.88
        await self.act(actor, row, "rate", {"satisfied": satisfied}, now)
        if not satisfied:
            await self.ask_again(actor, row, "又有了", "上报人说又有了", now)

    async def ask_again(self, reporter: Actor, row: Line, why: str, granted: str, now: datetime) -> None:
        """Whoever reported it is not content: asks for it to be taken up again, and mostly is heard."""
        if await self.act(reporter, row, "ask_reopen", {"reason": why}, now):
            desk = await self.actor(self.one("dispatcher"), now)
            request = await self.request(row.ticket_id)
            if request is not None and self.rng.random() < 0.7:
                row = await self.row(row.ticket_id)
                await self.act(desk, row, "reopen", {"request_id": str(request), "reason": granted}, now)
                await self._go_on(row.ticket_id, now)
