"""The other half of the demo's work: the households and who visits them, the walks, and what keeps coming back.

It runs under the clock of the days beside it, by a chance of its own: their tickets are the same with it and without.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from sqlalchemy import text

from gridward.demo import earlier, households
from gridward.demo.city import COMMUNITIES
from gridward.demo.days import Days
from gridward.demo.patrols import Patrols
from gridward.demo.stage import in_hours
from gridward.demo.visits import Visits
from gridward.gateways.phone_numbers import NumberKey
from gridward.services import causes

TAKEN_UP = (
    "已约物业和居民代表现场看，分段更换。",
    "和责任单位商定每周固定巡修一次。",
    "已列入本季度小修计划。",
)
SET_ASIDE = ("三次是同一件事，已经办好。", "施工期间的临时情况，下月完工。")


@dataclass(slots=True)
class Field:
    """What was begun: how much of it was done says each part."""

    visits: Visits
    patrols: Patrols
    causes: Causes


async def begin(days: Days, key: NumberKey, until: datetime) -> Field:
    """Everything that stands when the days begin, and what will happen in them on their heap."""
    began, opened = until - timedelta(days=days.length), earlier.opening(until, days.length)
    session, work = days.session, days.beside("field")
    desk = households.Desk(days.founded.office, await work.actor(work.one("shift_leader"), opened))
    found = households.homes(days.city, days.people, days.seed)
    pioneer, *others = [plan.code for plan in COMMUNITIES]
    await households.at_home(session, days.founded, desk, days.people, days.city, days.seed, opened)
    for codes, at in (([pioneer], opened), (others, began)):
        theirs = [one for one in found if one.building.startswith(tuple(codes))]
        await households.bring_in(session, desk, theirs, key, at)
        await households.tie(session, desk, codes, at)
    await households.look_after(session, desk, began)
    await session.execute(text("ANALYZE household, tie, building_stewardship"))
    field = Field(Visits(work), Patrols(days.beside("walks")), Causes(days.beside("causes")))
    await field.visits.get_to_know()
    await earlier.went_round(field.visits, opened, began, days.seed)
    await field.visits.begin(began)
    await field.patrols.begin(began, until)
    field.causes.begin(began)
    return field


@dataclass(slots=True)
class Causes:
    """What came back too often in a building, looked for each night; the desk decides about most of it.

    The worker follows the log for that, of which it sees nothing before this transaction ends.
    """

    work: Days

    def begin(self, began: datetime) -> None:
        for day in range(1, self.work.length + 1):
            self.work.at(began + timedelta(days=day, minutes=-1), self._look)

    async def _look(self, now: datetime) -> None:
        session, rng = self.work.session, self.work.rng
        filed = await session.scalars(
            text("SELECT ticket_id FROM ticket WHERE received_at > :since"), {"since": now - timedelta(days=1)}
        )
        await causes.weigh(session, set(filed), now)
        new = await session.scalars(
            text("SELECT cause_id FROM cause WHERE found_at = :now ORDER BY building_id, category_code"), {"now": now}
        )
        for cause_id in new.all():
            if rng.random() < 0.6:
                at = in_hours(now + timedelta(days=rng.uniform(1, 6)), 9, 17)
                self.work.at(at, partial(self._decide, cause_id))

    async def _decide(self, cause_id: UUID, now: datetime) -> None:
        desk = await self.work.actor(self.work.one("shift_leader"), now)
        if self.work.rng.random() < 0.75:
            await causes.take_up(self.work.session, desk, cause_id, self.work.rng.choice(TAKEN_UP), now)
        else:
            await causes.set_aside(self.work.session, desk, cause_id, self.work.rng.choice(SET_ASIDE), now)
