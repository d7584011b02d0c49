"""Sixty days of 走访: liaisons go out after supper or at the weekend, knock at a few doors, and hear what people want.

Who is due, in which order one walks and what an outcome counts for are the program's own rules; how often somebody goes
out, who is at home and what is said is chance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import text

from gridward.demo.album import ZONE
from gridward.demo.days import Days
from gridward.demo.stage import in_hours, phone_clock
from gridward.domain import sync
from gridward.domain.households.register import Dwelling
from gridward.domain.households.ties import Rules
from gridward.domain.households.visits import REACHED, Door, Outcome, due, walking_order
from gridward.domain.tickets.words import Status
from gridward.persistence.entries import new_id
from gridward.persistence.prepared import Line
from gridward.services.households import register, visits

RULES = Rules()
DOORS_AN_OUTING = (3, 4, 4, 5, 6)
AT_HOME = {
    Outcome.met: 66,
    Outcome.card_left: 19,
    Outcome.phoned: 9,
    Outcome.not_now: 5,
    Outcome.moved_away: 1,
}
"""How often of a hundred doors."""

SAID = (
    "家里都好，聊了聊近况。",
    "问社区食堂几点开饭，已告知。",
    "问老年卡在哪里办，讲了流程。",
    "想给孩子报暑期托管班，留了社区电话。",
    "讲了电动车不要拉线充电。",
    "提醒燃气软管到期要换。",
    "愿意参加周末清洁日。",
    "家里装修，说好晚上八点后不施工。",
    "建议楼道里放一个旧衣回收箱。",
    "最近常加班，晚上七点以后在家。",
    "刚搬来半年，介绍了社区和联系卡的用法。",
    "说巷子比去年干净多了。",
    "问公园的健身器材什么时候修好，已记下。",
)
SAID_BY_THOSE_CARED_FOR = (
    "需要上门办的事已登记，和网格员约了时间。",
    "一起看了阳台和灶台，没有隐患。",
    "子女周末回来，平时有事打社区电话。",
    "帮忙约了下周陪诊。",
)
NOBODY_THERE = ("邻居说晚上七点后在家。", "按了两次门铃没人应，联系卡插在门上。", "周末再来。")

DEMANDS: Sequence[tuple[str, str]] = (
    ("demand", "楼道的灯坏了两盏，晚上上下楼看不清。"),
    ("demand", "四楼以上早晚水压小。"),
    ("demand", "单元门的锁坏了，关不上。"),
    ("demand", "想在巷口放一张长凳，老人歇脚。"),
    ("demand", "楼下没有地方晾被子。"),
    ("demand", "一楼下雨天地漏返水。"),
    ("noise", "隔壁装修，中午也在打钻。"),
    ("noise", "楼下唱歌到夜里十一点。"),
    ("greenery", "树枝伸到阳台上，怕刮风打破玻璃。"),
    ("street_stall", "早市的摊位堵住楼门口。"),
)
SHARED: Sequence[tuple[str, str]] = (
    ("demand", "水管老了，早晚放出来的水发黄。"),
    ("noise", "楼顶水泵夜里响，睡不好。"),
    ("demand", "电梯厅渗水，地上滑。"),
    ("greenery", "楼前的榕树根把路顶起来了，枝也挡光。"),
    ("demand", "化粪池满了，一楼有味道。"),
)
"""What a whole block of flats is unhappy about: neighbours say the same, one after another."""
LEFT_DAYS = 20
ANEW = timedelta(days=4)
"""What was just passed on is not passed on again from the next door."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Door):
    """A door as its liaison knows it. ``house``: the code of its building; ``since``: from when on it is visited."""

    household_id: UUID
    house: str
    cares: bool
    has_number: bool
    since: date


def hardly_goes(number: int) -> bool:
    """Whether the liaison of that number has other things to do."""
    return number % 19 == 7


@dataclass(slots=True)
class Visits:
    """``work``: whose chance, clock and people this uses."""

    work: Days
    doors: dict[UUID, list[Known]] = field(default_factory=dict)
    reached_on: dict[UUID, date] = field(default_factory=dict)
    raised: dict[UUID, list[UUID]] = field(default_factory=dict)
    gone: set[UUID] = field(default_factory=set)
    shared: dict[str, tuple[str, str]] = field(default_factory=dict)
    complained: dict[str, datetime] = field(default_factory=dict)
    """When a house last said what all of it is unhappy about."""
    made: int = 0
    with_a_way_in: UUID | None = None
    """By whose account a newcomer looks around: hears more than others do."""
    left_for_them: datetime | None = None
    """From then on answers are not carried back to the doors of that one: they wait for whoever tries the demo."""

    async def begin(self, began: datetime) -> None:
        """Everybody's outings of all these days go on the heap; some go out often, a few hardly."""
        rng = self.work.rng
        self.with_a_way_in = self.work.founded.people[self.work.by_role["liaison"][0].phone]
        self.left_for_them = began + timedelta(days=self.work.length - LEFT_DAYS)
        flats = sorted(one.code for one in self.work.city.buildings if one.kind == "flats")
        self.shared = dict(zip(rng.sample(flats, len(SHARED)), SHARED, strict=True))
        for number, liaison in enumerate(self.doors):
            a_month = 5.0 if hardly_goes(number) else min(15.0, max(7.0, rng.gauss(11.5, 2.5)))
            outings = a_month / (sum(DOORS_AN_OUTING) / len(DOORS_AN_OUTING))
            for day in range(self.work.length):
                morning = began + timedelta(days=day)
                weekend = morning.astimezone(ZONE).weekday() >= 5
                if rng.random() < outings / 30 * (1.75 if weekend else 0.7):
                    hour = rng.choice((9.5, 10, 15, 16)) if weekend else rng.choice((9.5, 15.5, 18.75, 19.25))
                    at = morning + timedelta(hours=hour, minutes=rng.uniform(-15, 15))
                    self.work.at(at, partial(self._outing, liaison))

    async def get_to_know(self) -> None:
        """Whose doors are whose."""
        rows = await self.work.session.execute(KNOWN)
        for row in rows:
            known = Known(
                spot=(row.lon, row.lat),
                building=row.building,
                dwelling=Dwelling(row.entrance, row.floor, row.room),
                household_id=row.household_id,
                house=row.code,
                cares=row.cares,
                has_number=row.has_number,
                since=row.valid_from.astimezone(ZONE).date(),
            )
            self.doors.setdefault(row.person_id, []).append(known)

    async def _outing(self, liaison: UUID, now: datetime) -> None:
        """A few doors that are due, near to each other; those to be visited monthly, or with an answer, go first."""
        today = now.astimezone(ZONE).date()
        doors = self.doors[liaison]
        if liaison == self.with_a_way_in and self.left_for_them and now >= self.left_for_them:
            doors = [one for one in doors if one.household_id not in self.raised]
        waiting = walking_order([one for one in doors if self._is_due(one, today)])
        if not waiting:
            return
        urgent = [at for at, one in enumerate(waiting) if one.cares or one.household_id in self.raised]
        start = self.work.rng.choice(urgent) if urgent else self.work.rng.randrange(len(waiting))
        count = self.work.rng.choice(DOORS_AN_OUTING)
        start = max(0, min(start, len(waiting) - count))
        for one in waiting[start : start + count]:
            self.work.at(now, partial(self._visit, liaison, one))
            now += timedelta(minutes=self.work.rng.uniform(4, 13))

    def _is_due(self, one: Known, today: date) -> bool:
        if one.household_id in self.gone:
            return False
        reached_on = self.reached_on.get(one.household_id)
        known = due(cares=one.cares, since=one.since, reached_on=reached_on, today=today, rules=RULES)
        return not known.reached or one.household_id in self.raised

    def _outcome(self, one: Known) -> Outcome:
        found = self.work.rng.choices(list(AT_HOME), list(AT_HOME.values()))[0]
        return Outcome.card_left if found is Outcome.phoned and not one.has_number else found

    async def _visit(self, liaison: UUID, one: Known, now: datetime) -> None:
        if one.household_id in self.gone:
            return
        rng = self.work.rng
        actor = await self.work.actor(liaison, now)
        outcome = self._outcome(one)
        answered = await self._answered(one) if outcome is Outcome.met else None
        satisfied = rng.random() < 0.82 if answered else None
        visit_id = new_id()
        visit = visits.Visit(
            household_id=one.household_id,
            outcome=outcome,
            note=self._note(one, outcome),
            follows=answered.ticket_id if answered else None,
            satisfied=satisfied,
            schema=1,
            digest=str(visit_id),
            clock=phone_clock(now),
        )
        await visits.take(self.work.session, actor, visit_id, visit, now)
        self.made += 1
        if outcome in REACHED:
            self.reached_on[one.household_id] = now.astimezone(ZONE).date()
        if answered:
            self.raised.pop(one.household_id)
            if not satisfied and rng.random() < 0.6:
                await self.work.ask_again(actor, answered, "住户说还没有弄好", "联系党员带回：住户说没有弄好", now)
        elif outcome is Outcome.met and one.household_id not in self.raised:
            await self._listen(liaison, one, visit_id, now)
        elif outcome is Outcome.moved_away and rng.random() < 0.55:
            at = in_hours(now + timedelta(days=rng.uniform(0.5, 5)), 9, 17)
            self.work.at(at, partial(self._settle, one))

    async def _answered(self, one: Known) -> Line | None:
        """What was asked for at this door and is done now."""
        for ticket_id in self.raised.get(one.household_id, ()):
            row = await self.work.row(ticket_id)
            if row.status == Status.CLOSED:
                return row
        return None

    def _note(self, one: Known, outcome: Outcome) -> str | None:
        rng = self.work.rng
        if outcome is Outcome.met and rng.random() < 0.34:
            return rng.choice(SAID_BY_THOSE_CARED_FOR if one.cares and rng.random() < 0.6 else SAID)
        if outcome is Outcome.card_left and rng.random() < 0.2:
            return rng.choice(NOBODY_THERE)
        return None

    async def _listen(self, liaison: UUID, one: Known, visit_id: UUID, now: datetime) -> None:
        """Now and then somebody asks for something; the place is the building, never the phone's."""
        rng = self.work.rng
        shared = self.shared.get(one.house)
        if shared and self.complained.get(one.house, now - ANEW) > now - ANEW:
            shared = None
        if rng.random() >= (0.6 if shared else 0.4 if liaison == self.with_a_way_in else 0.05):
            return
        if shared:
            self.complained[one.house] = now
        category, words = shared or rng.choice(DEMANDS)
        body = sync.ReportBody(
            category=category,
            location=sync.Location(lon=one.spot[0], lat=one.spot[1], accuracy_m=30, age_s=0, source="named"),
            place_note=one.building,
            note=words,
            visit_id=visit_id,
        )
        ticket_id = await self.work.file(await self.work.actor(liaison, now), body, now)
        self.raised.setdefault(one.household_id, []).append(ticket_id)

    async def _settle(self, one: Known, now: datetime) -> None:
        """The desk takes a household off the register that has moved, it is said; some it still has to look at."""
        desk = await self.work.actor(self.work.one("dispatcher"), now)
        await register.move_away(self.work.session, desk, one.household_id, now=now)
        self.gone.add(one.household_id)


KNOWN = text(
    """
    SELECT t.person_id, t.valid_from, h.household_id, h.entrance, h.floor, h.room, h.cares, b.code, b.name AS building,
           ST_X(b.location) AS lon, ST_Y(b.location) AS lat, c.number_sealed IS NOT NULL AS has_number
    FROM tie t JOIN person p USING (person_id) JOIN household h USING (household_id)
    JOIN building b ON b.building_id = h.building_id LEFT JOIN household_contact c USING (household_id)
    WHERE t.valid_to IS NULL ORDER BY p.phone, b.code, h.entrance, h.room
    """
)
