"""What was missed stays what it was: judged by what held when the turn began, and lifted by walks alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, Member, Town
from conftest import Write
from filing import open_town
from gridward.persistence.database import write_transaction
from gridward.services.patrols import missing
from serving import Served, serve
from web.test_patrols import Walker, along_the_lane, counted, plan, rota, turned_on

SEPTEMBER = {"from": "2026-09-01", "to": "2026-09-30"}


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


class Watch:
    """The worker's look for what was missed, and the desk's list of it."""

    def __init__(self, served: Served, desk: Member, engine: AsyncEngine, worker_engine: AsyncEngine) -> None:
        self.served, self.engine, self.worker_engine = served, engine, worker_engine
        self.desk = served.browser(desk)

    async def keep(self, plan_id: UUID, wish: dict[str, Any]) -> None:
        answer = await self.desk.put(f"patrol-plans/{plan_id}", json=wish)
        assert answer.status_code == 200, answer.text

    async def look(self) -> list[tuple[str, str, bool]]:
        """Day of the turn, kind, whether it stands."""
        async with write_transaction(self.engine) as session:
            await session.execute(text("UPDATE session SET seen_at = :at"), {"at": self.served.clock()})
        async with write_transaction(self.worker_engine) as session:
            await missing.find(session, self.served.clock())
        rows = (await self.desk.get("patrols/missed", params=SEPTEMBER)).json()["misses"]
        return sorted((one["turn_starts_at"][8:10], one["kind"], one["lifted_at"] is None) for one in rows)


@pytest.fixture
def watch(served: Served, dispatcher: Member, engine: AsyncEngine, worker_engine: AsyncEngine) -> Watch:
    return Watch(served, dispatcher, engine, worker_engine)


async def test_another_rota_rewrites_nothing_that_was_missed(
    watch: Watch, served: Served, town: Town, steward: Member, supervisor: Member
) -> None:
    await turned_on(served, supervisor)
    plan_id, wish = uuid4(), plan(town, steward)
    await watch.keep(plan_id, wish)
    served.clock.forward(hours=3)
    missed = [("01", "patrol", True), ("01", "start_overdue", True)]
    assert await watch.look() == missed

    # The shift moves to half past twelve; of today's, which is over, nothing is known under that hour.
    await watch.keep(plan_id, wish | {"version": 1, "rota": rota(steward, starts="12:30")})
    served.clock.forward(hours=1)
    assert await watch.look() == missed
    # Nor does another checkpoint say that nobody was there before it hung.
    served.clock.forward(hours=20, minutes=40)
    phone = Walker(served, steward)
    await watch.look()
    assert (await phone.send(phone.start(plan_id))).status_code == 201
    for point in wish["checkpoints"]:
        place = {"lon": point["lon"], "lat": point["lat"], "accuracy_m": 5}
        here = phone.check_in(how="position", checkpoint_id=point["checkpoint_id"], location=place)
        assert (await phone.send(here)).json()["verdict"] == "counted"
    served.clock.forward(minutes=30)
    assert (await phone.send(phone.end())).status_code == 200
    await counted(watch.engine, served)
    served.clock.forward(hours=3)
    assert await watch.look() == missed
    well = {"checkpoint_id": str(uuid4()), "name": "古井", "lon": MARKET[0], "lat": MARKET[1], "fence_m": 30}
    more = [*wish["checkpoints"], well]
    await watch.keep(plan_id, wish | {"version": 2, "rota": rota(steward, starts="12:30"), "checkpoints": more})
    assert await watch.look() == missed
    # The day after, both hold.
    served.clock.forward(days=1)
    assert await watch.look() == [*missed, ("03", "patrol", True), ("03", "start_overdue", True)]
    # Taking all of it back lifts nothing either.
    await watch.keep(plan_id, wish | {"version": 3, "rota": rota(steward), "checkpoints": more[:1]})
    assert [one[2] for one in await watch.look()] == [True] * 4


async def test_nothing_was_missed_while_patrols_were_off_or_of_those_who_may_not_walk(
    watch: Watch, served: Served, town: Town, steward: Member, volunteer: Member, supervisor: Member
) -> None:
    await watch.keep(uuid4(), plan(town, steward, name="网格员午巡"))
    await watch.keep(uuid4(), plan(town, volunteer, name="夜间守望"))
    served.clock.forward(hours=4)
    await turned_on(served, supervisor)
    assert await watch.look() == [], "it was off at noon"
    served.clock.forward(days=1)
    assert await watch.look() == [("02", "patrol", True), ("02", "start_overdue", True)]
    rows = (await watch.desk.get("patrols/missed", params=SEPTEMBER)).json()["misses"]
    assert {one["plan_name"] for one in rows} == {"网格员午巡"}, "a volunteer may not start here"
    await turned_on(served, supervisor, "paid_stewards", "safety_patrols")
    served.clock.forward(days=1)
    assert (await watch.look()).count(("03", "patrol", True)) == 2


async def test_a_phone_that_was_silent_for_a_week_lifts_what_was_thought_missed(
    watch: Watch, served: Served, town: Town, steward: Member, supervisor: Member
) -> None:
    await turned_on(served, supervisor)
    plan_id, wish = uuid4(), plan(town, steward)
    await watch.keep(plan_id, wish)
    phone = Walker(served, steward)
    told = [phone.start(plan_id), phone.positions(along_the_lane(280)), phone.end()]
    served.clock.forward(hours=3)
    assert await watch.look() == [("01", "patrol", True), ("01", "start_overdue", True)]
    await watch.keep(plan_id, wish | {"version": 1, "rota": rota(steward, starts="15:00")})
    served.clock.forward(days=7)
    await watch.look()
    for message in told:
        assert (await phone.send(message)).status_code in (200, 201)
    # The plan has other hours by now; the walk is of the turn that held when it began.
    await counted(watch.engine, served)
    first = [one for one in await watch.look() if one[0] == "01"]
    assert first == [("01", "patrol", False), ("01", "start_overdue", False)]


async def test_a_message_names_plan_shift_and_time_of_what_was_missed(
    watch: Watch, served: Served, town: Town, steward: Member, supervisor: Member
) -> None:
    await turned_on(served, supervisor)
    plan_id = uuid4()
    await watch.keep(plan_id, plan(town, steward))
    served.clock.forward(minutes=31)
    await watch.look()
    (news,) = (await served.browser(steward).get("notifications")).json()["notifications"]
    assert (news["kind"], news["ticket_id"], news["ticket"]) == ("patrol_overdue", None, None)
    said = {name: news["turn"][name] for name in ("plan_id", "plan_name", "shift", "team")}
    assert said == {"plan_id": str(plan_id), "plan_name": "午间巡查", "shift": "午班", "team": "一组"}
    assert news["turn"]["starts_at"] == "2026-09-01T12:00:00+08:00"
    assert (await served.browser(town["neighbour_steward"]).get("notifications")).json()["notifications"] == []


async def test_who_is_taken_off_a_plan_loses_nothing_of_the_walk_of_before(
    watch: Watch,
    served: Served,
    town: Town,
    volunteer: Member,
    other_volunteer: Member,
    supervisor: Member,
) -> None:
    await turned_on(served, supervisor, "safety_patrols")
    plan_id, wish = uuid4(), plan(town, volunteer)
    await watch.keep(plan_id, wish)
    phone, never = Walker(served, volunteer), Walker(served, other_volunteer)
    told = [phone.start(plan_id), phone.positions(along_the_lane(280)), phone.end()]
    stranger = await never.send(never.start(plan_id))
    assert (stranger.status_code, stranger.json()["code"]) == (404, "patrol.plan_unknown")
    served.clock.forward(hours=3)
    assert await watch.look() == [("01", "patrol", True), ("01", "start_overdue", True)]
    await watch.keep(plan_id, wish | {"version": 1, "rota": rota(other_volunteer)})
    for message in told:
        assert (await phone.send(message)).status_code in (200, 201)
    await counted(watch.engine, served)
    (line,) = (await phone.browser.get("patrols/mine")).json()["patrols"]
    assert (line["plan_name"], "off_plan" in line["marks"], line["length_m"] > 100) == ("午间巡查", True, True)
    assert await watch.look() == [("01", "patrol", False), ("01", "start_overdue", False)]


async def test_a_walk_of_ones_own_is_offered_to_those_alone_whose_way_may_be_kept(
    watch: Watch, served: Served, town: Town, steward: Member, volunteer: Member, supervisor: Member
) -> None:
    await watch.keep(uuid4(), plan(town, volunteer))

    async def held(who: Member) -> tuple[bool, bool]:
        mine = (await served.browser(who).get("patrols/mine")).json()
        return mine["on"], mine["free"]

    await turned_on(served, supervisor, "safety_patrols")
    assert (await held(volunteer), await held(steward)) == ((True, False), (False, False))
    walker = Walker(served, volunteer)
    assert (await walker.send(walker.start())).json()["code"] == "patrol.off"
    await turned_on(served, supervisor)
    assert (await held(volunteer), await held(steward)) == ((False, False), (True, True))
