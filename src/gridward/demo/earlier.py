"""What was before the days of the demo: one community began with its register two quarters ago, and visited since.

Without it nothing could be overdue, for a quarter in which a household was registered is held against nobody.
"""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from uuid import UUID

from gridward.demo.album import ZONE
from gridward.demo.stage import phone_clock
from gridward.demo.visits import RULES, Known, Visits, hardly_goes
from gridward.domain.households.visits import Outcome, first_of_period
from gridward.persistence.entries import new_id
from gridward.services.households import visits as service

LED_UP_TO = timedelta(days=14)
"""From the register to the quarter that counts."""
ROUND = 88
"""Days in which everybody is visited once: a little less than a quarter."""
KEPT_UP = 0.96
"""Of the doors of most liaisons those that were visited in the last round; of those who hardly go out less."""
HARDLY = 0.5


def opening(until: datetime, length: int) -> datetime:
    """When the office began: early enough that a whole quarter lies between, and never after the first of the days."""
    today = until.astimezone(ZONE).date()
    quarter = first_of_period(today, RULES.quarterly_months)
    before = first_of_period(quarter - timedelta(days=1), RULES.quarterly_months)
    nine = datetime(before.year, before.month, before.day, 9, tzinfo=ZONE)
    return min(nine - LED_UP_TO, until - timedelta(days=length))


async def went_round(visits: Visits, opened: datetime, began: datetime, seed: int) -> None:
    """The last round before the days began, through the service; who was left out then was met once, or never."""
    rng = random.Random(f"earlier-{seed}")
    made: list[tuple[datetime, UUID, Known]] = []
    first = max(opened + timedelta(days=1), began - timedelta(days=ROUND))
    for number, (liaison, doors) in enumerate(visits.doors.items()):
        for one in doors:
            if one.since >= began.astimezone(ZONE).date():
                continue
            hour = timedelta(hours=rng.uniform(9.5, 20))
            if rng.random() < (HARDLY if hardly_goes(number) else KEPT_UP):
                day = rng.randrange(max(1, (began - first).days))
                at = began - timedelta(days=day + 1)
            elif rng.random() < 0.6:
                at = opened + timedelta(days=rng.randrange(1, LED_UP_TO.days - 1))
            else:
                continue
            at = at.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0) + hour
            if opened < at < began:
                made.append((at, liaison, one))
    for at, liaison, one in sorted(made, key=lambda each: each[0]):
        await _visit(visits, liaison, one, rng.random() < 0.93, at)


async def _visit(visits: Visits, liaison: UUID, one: Known, met: bool, at: datetime) -> None:
    visit_id = new_id()
    visit = service.Visit(
        household_id=one.household_id,
        outcome=Outcome.met if met else Outcome.not_now,
        note=None,
        follows=None,
        satisfied=None,
        schema=1,
        digest=str(visit_id),
        clock=phone_clock(at),
    )
    await service.take(visits.work.session, await visits.work.actor(liaison, at), visit_id, visit, at)
    visits.made += 1
    visits.reached_on[one.household_id] = at.astimezone(ZONE).date()
