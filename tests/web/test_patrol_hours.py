"""服务时长: off until somebody says why; then of those on patrol alone, by name, and written down as seen."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member, Town
from conftest import Write
from filing import open_town
from serving import Served, serve
from web.test_patrols import Walker, plan, turned_on

SEPTEMBER = {"month": "2026-09"}


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def walked(served: Served, member: Member, minutes: int) -> None:
    phone = Walker(served, member)
    assert (await phone.send(phone.start())).status_code == 201
    served.clock.forward(minutes=minutes)
    assert (await phone.send(phone.end())).status_code == 200


async def decided(
    served: Served, supervisor: Member, *, hours: bool, audiences: tuple[str, ...] = ("paid_stewards",)
) -> httpx.Response:
    wish = {"audiences": audiences, "hours": hours, "reason": "核对夜间补贴"}
    return await served.browser(supervisor).put("patrol-policy", json=wish)


async def test_hours_are_counted_from_the_day_on_which_a_supervisor_said_why(
    served: Served,
    steward: Member,
    lead_steward: Member,
    volunteer: Member,
    supervisor: Member,
    shift_leader: Member,
    dispatcher: Member,
) -> None:
    await turned_on(served, supervisor)
    await walked(served, steward, 40)
    desk, theirs = served.browser(supervisor), served.browser(steward)
    assert (await theirs.get("patrols/mine")).json()["hours"] is False
    for path in ("patrol-hours", "patrol-hours/file"):
        refused = await desk.get(path, params=SEPTEMBER)
        assert (refused.status_code, refused.json()["code"]) == (409, "patrol.hours_off"), path
    nobody = await decided(served, supervisor, hours=True, audiences=())
    assert (nobody.status_code, nobody.json()["code"]) == (422, "patrol.hours_of_nobody")

    assert (await decided(served, supervisor, hours=True)).status_code == 204
    assert (await desk.get("patrol-policy")).json()["hours"] is True
    assert (await theirs.get("patrols/mine")).json()["hours"] is True, "whoever is counted is told"
    await walked(served, steward, 90)
    first, second = Walker(served, steward), Walker(served, steward)
    await first.send(first.start())
    served.clock.forward(minutes=20)
    await second.send(second.start())
    served.clock.forward(minutes=10)
    await first.send(first.end())
    await second.send(second.end())
    await walked(served, lead_steward, 15)
    phone = Walker(served, volunteer)
    assert (await phone.file(phone.report("litter_full"))).status_code == 201, "a volunteer loses nothing by it"

    shown = (await desk.get("patrol-hours", params=SEPTEMBER)).json()["people"]
    hours = {one["name"]: (one["walks"], one["days"], one["hours"]) for one in shown}
    assert hours == {"李网格": (3, 1, 2.0), "麦网格长": (1, 1, 0.25)}, (
        "what was before is not in it, two at once count once"
    )
    assert [one["name"] for one in shown] == sorted(hours), "by name, whoever walked longest"
    assert (await desk.get("patrol-hours", params={"month": "2026-08"})).json()["people"] == []
    file = await served.browser(shift_leader).get("patrol-hours/file", params=SEPTEMBER | {"format": "csv"})
    lines = list(csv.DictReader(io.StringIO(file.content.decode("utf-8-sig"))))
    assert [(one["姓名"], one["时长（小时）"]) for one in lines[:2]] == [("李网格", "2.0"), ("麦网格长", "0.25")]
    assert (await desk.get("patrol-hours/file", params=SEPTEMBER)).content[:2] == b"PK"
    assert (await served.browser(dispatcher).get("patrol-hours", params=SEPTEMBER)).status_code == 403
    seen = (await theirs.get("my/disclosures")).json()["seen"]
    assert {(one["field"], *one["roles"]) for one in seen} == {("name", "supervisor"), ("name", "shift_leader")}

    assert (await decided(served, supervisor, hours=False)).status_code == 204
    assert (await desk.get("patrol-hours", params=SEPTEMBER)).json()["code"] == "patrol.hours_off"
    later = Walker(served, steward)
    assert (await later.send(later.start())).status_code == 201, "patrols go on without"


async def test_of_a_safety_patrol_only_planned_walks_count(
    served: Served, town: Town, volunteer: Member, supervisor: Member, dispatcher: Member
) -> None:
    plan_id = uuid4()
    kept = await served.browser(dispatcher).put(f"patrol-plans/{plan_id}", json=plan(town, volunteer))
    assert kept.status_code == 200
    assert (await decided(served, supervisor, hours=True, audiences=("safety_patrols",))).status_code == 204
    phone = Walker(served, volunteer)
    assert (await phone.send(phone.start(plan_id))).status_code == 201
    served.clock.forward(minutes=60)
    assert (await phone.send(phone.end())).status_code == 200
    alone = Walker(served, volunteer)
    assert (await alone.send(alone.start())).json()["code"] == "patrol.off", "outside of the plan nothing is kept"
    people = (await served.browser(supervisor).get("patrol-hours", params=SEPTEMBER)).json()["people"]
    assert [(one["name"], one["walks"], one["hours"]) for one in people] == [(volunteer.name, 1, 1.0)]
