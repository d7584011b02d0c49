"""A steward's walk from the phone to the supervisor's log: told late, twice and in any order, and found when it is missing."""

from __future__ import annotations

import csv
import io
import json
import random
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, NOON, SIDE, SOUTH, WEST, Member, Town
from conftest import Read, Write
from filing import open_town
from gridward.domain.patrols.track import Fix, write_fixes
from gridward.persistence.database import write_transaction
from gridward.services.patrols import counting, missing
from phones import Phone
from serving import Served, serve

LANE_LAT = SOUTH + 0.4 * SIDE
"""雪圃大巷 runs along it through both grids."""


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


def rota(*members: Member, starts: str = "12:00") -> dict[str, Any]:
    return {
        "cycle_days": 1,
        "anchor_on": "2026-09-01",
        "shifts": [{"name": "午班", "starts": starts, "minutes": 120}],
        "teams": [{"name": "一组", "members": [str(one.person_id) for one in members]}],
        "turns": [{"day": 0, "shift": 0, "team": 0}],
        "grace_minutes": 30,
    }


def plan(town: Town, *members: Member, **more: Any) -> dict[str, Any]:
    gate = {"checkpoint_id": str(uuid4()), "name": "学校东门", "lon": MARKET[0], "lat": LANE_LAT, "fence_m": 30}
    hall = {"checkpoint_id": str(uuid4()), "name": "花园祠堂", "lon": WEST + 1.2 * SIDE, "lat": LANE_LAT, "fence_m": 30}
    return {
        "version": 0,
        "community_id": str(town.community_id),
        "name": "午间巡查",
        "grid_ids": [str(town.grid_market), str(town.grid_estate)],
        "rota": rota(*members),
        "checkpoints": [gate, hall],
    } | more


class Walker(Phone):
    """A phone on a patrol. Its messages are made once and can be sent whenever."""

    def __init__(self, served: Served, member: Member) -> None:
        super().__init__(served, member)
        self.patrol_id = uuid4()

    def made(self, type_: str | None, body: dict[str, Any], **clock: Any) -> tuple[str, dict[str, Any]]:
        sent = {"schema": 1, "digest": uuid4().hex, "body": body, "clock": self.clock() | clock}
        if type_ is None:
            return f"patrols/{self.patrol_id}", sent
        return f"patrols/{self.patrol_id}/operations/{uuid4()}", sent | {"type": type_}

    def start(self, plan_id: UUID | None = None, **clock: Any) -> tuple[str, dict[str, Any]]:
        return self.made(None, {"plan_id": str(plan_id) if plan_id else None}, **clock)

    def positions(self, fixes: list[Fix], device: str = "own", **clock: Any) -> tuple[str, dict[str, Any]]:
        body = {"since": self.served.clock().isoformat(), "fixes": write_fixes(fixes), "device": device}
        return self.made("positions", body, **clock)

    def check_in(self, **body: Any) -> tuple[str, dict[str, Any]]:
        return self.made("check_in", body)

    def end(self, **clock: Any) -> tuple[str, dict[str, Any]]:
        return self.made("end", {}, **clock)

    async def send(self, made: tuple[str, dict[str, Any]]) -> httpx.Response:
        return await self.browser.put(made[0], content=json.dumps(made[1]), headers=self.headers())


def along_the_lane(seconds: int, *, begins: int = 0, speed: float = 1.2) -> list[Fix]:
    """Eastwards on 雪圃大巷, seconds from now."""
    per_lon = 1 / 102_500
    return [
        Fix(second, WEST + 0.05 * SIDE + speed * second * per_lon, LANE_LAT, 6.0)
        for second in range(begins, begins + seconds, 4)
    ]


async def turned_on(served: Served, supervisor: Member, *audiences: str) -> None:
    wish = {"audiences": audiences or ["paid_stewards"], "reason": "夜间单人值守，人身安全"}
    answer = await served.browser(supervisor).put("patrol-policy", json=wish)
    assert answer.status_code == 204, answer.text


async def counted(engine: AsyncEngine, served: Served) -> None:
    for _ in range(4):
        async with write_transaction(engine) as session:
            if not await counting.count_due(session, served.clock()):
                return


async def test_nobodys_way_is_kept_until_a_supervisor_says_why(
    served: Served, town: Town, steward: Member, volunteer: Member, supervisor: Member, dispatcher: Member, read: Read
) -> None:
    phone = Walker(served, steward)
    assert (await phone.browser.get("patrols/mine")).json()["on"] is False
    refused = await phone.send(phone.start())
    assert (refused.status_code, refused.json()["code"]) == (409, "patrol.off")
    desk = served.browser(supervisor)
    empty = await desk.put("patrol-policy", json={"audiences": ["paid_stewards"], "reason": " "})
    assert (empty.status_code, empty.json()["code"]) == (422, "patrol.no_reason")
    assert (
        await served.browser(dispatcher).put("patrol-policy", json={"audiences": [], "reason": "x"})
    ).status_code == 403
    await turned_on(served, supervisor)
    assert (await desk.get("patrol-policy")).json()["reason"] == "夜间单人值守，人身安全"
    assert (await phone.send(phone.start())).status_code == 201
    theirs = Walker(served, volunteer)
    assert (await theirs.send(theirs.start())).json()["code"] == "patrol.off"
    assert (await theirs.file(theirs.report("litter_full"))).status_code == 201, "a volunteer loses nothing by it"
    assert (await desk.put("patrol-policy", json={"audiences": [], "reason": "试点结束"})).status_code == 204
    later = Walker(served, steward)
    assert (await later.send(later.start())).json()["code"] == "patrol.off"
    assert (await phone.send(phone.end())).status_code == 200, "what was under way is told to its end"
    async with read() as session:
        said = (await session.execute(text("SELECT string_agg(detail::text, ' ') FROM entry"))).scalar_one()
    assert "人身安全" not in said


async def street_of(engine: AsyncEngine, town: Town) -> str:
    async with write_transaction(engine) as session:
        street = text("SELECT area_id FROM area WHERE jurisdiction_id = :j AND level = 'street'")
        return str((await session.execute(street, {"j": town.jurisdiction_id})).scalar_one())


async def test_a_walk_is_told_covered_and_read(
    served: Served, town: Town, steward: Member, supervisor: Member, dispatcher: Member, engine: AsyncEngine
) -> None:
    await turned_on(served, supervisor)
    lane = [[WEST + 0.1 * SIDE, LANE_LAT], [WEST + 0.9 * SIDE, LANE_LAT]]
    desk, plan_id, wish = served.browser(dispatcher), uuid4(), plan(town, steward, route=[lane])
    beyond = plan(
        town, steward, name="两段路线", route=[lane, [[WEST + 2.6 * SIDE, LANE_LAT], [WEST + 1.8 * SIDE, LANE_LAT]]]
    )
    assert (await desk.put(f"patrol-plans/{plan_id}", json=wish)).json() == {"version": 1}
    assert (await desk.put(f"patrol-plans/{plan_id}", json=wish)).json() == {"version": 1}, (
        "the same again is nothing new"
    )
    moved = await desk.put(f"patrol-plans/{plan_id}", json=wish | {"name": "别的"})
    assert (moved.status_code, moved.json()["code"]) == (409, "patrol.plan_moved")
    sheets = (await desk.get(f"patrol-plans/{plan_id}/sheets")).json()["sheets"]
    assert [one["name"] for one in sheets] == ["学校东门", "花园祠堂"]
    assert sheets[0]["address"].endswith(f"/patrol/at/{sheets[0]['code']}")

    phone = Walker(served, steward)
    held = (await phone.browser.get("patrols/mine")).json()
    (mine,) = held["plans"]
    assert [one["shift"] for one in mine["turns"]][:1] == ["午班"]
    assert sheets[0]["code"] not in json.dumps(held), "a phone that holds the code could check in from home"
    assert {one["name"] for one in held["grids"]} == {"集市网格", "花园网格"}

    assert (await phone.send(phone.start(plan_id))).status_code == 201
    walk = phone.positions(along_the_lane(280))
    served.clock.forward(seconds=100)
    gate = await phone.send(phone.check_in(how="code", code=sheets[0]["code"]))
    assert gate.json()["verdict"] == "counted"
    served.clock.forward(seconds=10)
    away = {"lon": WEST + 1.2 * SIDE, "lat": LANE_LAT + 0.001, "accuracy_m": 8}
    far = await phone.send(
        phone.check_in(how="position", checkpoint_id=mine["checkpoints"][1]["checkpoint_id"], location=away)
    )
    assert far.json()["verdict"] == "outside_fence"
    seen = await phone.file(phone.report("litter_full", patrol_id=str(phone.patrol_id)))
    assert seen.status_code == 201
    served.clock.forward(seconds=190)
    assert (await phone.send(walk)).status_code == 200
    assert (await phone.send(phone.end())).status_code == 200
    await counted(engine, served)

    shown = (await served.browser(supervisor).get(f"patrols/{phone.patrol_id}")).json()
    (leg,) = shown["legs"]
    assert len(leg["path"]) > 20
    pieces = {one["name"]: one for one in shown["pieces"]}
    market, estate = pieces["集市网格"], pieces["花园网格"]
    assert market["length_m"] == pytest.approx(0.95 * SIDE * 102_500, rel=0.1)
    assert (market["reached"], market["checked_in"], estate["reached"]) == (True, True, False)
    assert market["walked_share"] == pytest.approx(0.95, abs=0.1)
    assert [one["ticket_id"] for one in shown["reports"]] == [seen.json()["ticket_id"]]
    assert [one["verdict"] for one in shown["check_ins"]] == ["counted", "outside_fence"]
    as_desk = (await desk.get(f"patrols/{phone.patrol_id}")).json()
    assert as_desk["legs"] is None, "the dispatcher sees what was covered, not whose steps"

    days = {"from": "2026-09-01", "to": "2026-09-01"}
    coverage = (await desk.get("patrols/coverage", params=days)).json()
    assert (coverage["planned"], coverage["reached"], coverage["walked"]) == (2, 1, 2)
    grids = {one["name"]: one for one in coverage["grids"]}
    assert "河边网格" not in grids, "the neighbour's is not this desk's"
    street = {"community_id": await street_of(engine, town)}
    async with served.browser(town["supervisor"]) as above:
        of_street = (await above.get("patrols/coverage", params=days | street)).json()
        assert {one["name"] for one in of_street["grids"]} == {"集市网格", "花园网格", "河边网格"}
        assert (of_street["planned"], of_street["reached"]) == (2, 1)
    assert (await desk.get("patrols/coverage", params=days | street)).status_code == 403
    async with served.browser(town["supervisor"]) as above:
        whole, *units = (await above.get("publications/2026-09")).json()["told"]
        told = {one["code"]: (one["above"], one["below"]) for one in whole["figures"]}
        assert told["patrol_coverage"] == (1, 2), "the month's paper says it too"
        assert not any("patrol_coverage" in str(unit) for unit in units), "no unit walks"
    assert (grids["集市网格"]["reports"], grids["集市网格"]["on_patrol"]) == (1, 1)
    on_map = (await desk.get("patrols/coverage/map", params=days | {"community_id": str(town.community_id)})).json()
    assert {one["name"]: one["piece"] is not None for one in on_map["grids"]} == {"集市网格": True, "花园网格": True}

    assert (await desk.put(f"patrol-plans/{uuid4()}", json=beyond)).json() == {"version": 1}
    routes = (await desk.get("patrol-plans/routes", params={"month": "2026-09"})).json()["routes"]
    assert [(one["walks"], one["whole"]) for one in routes] == [(0, 0), (1, 1)], "nobody has walked the longer one"
    assert routes[0]["best"] is None
    assert routes[1]["best"] == pytest.approx(1.0, abs=0.02)
    # The same walk, had the plan asked for as much beyond its end: half of it is not the route.
    longer = plan(town, steward, version=1, route=beyond["route"], checkpoints=wish["checkpoints"])
    assert (await desk.put(f"patrol-plans/{plan_id}", json=longer)).status_code == 200
    half = (await desk.get("patrol-plans/routes", params={"month": "2026-09"})).json()["routes"][1]
    assert (half["walks"], half["whole"]) == (1, 0)
    assert half["best"] == pytest.approx(0.5, abs=0.1)

    log = await served.browser(supervisor).get("patrols/export", params=days | {"format": "csv"})
    (row,) = csv.DictReader(io.StringIO(log.content.decode("utf-8-sig")))
    assert (row["巡查人"], row["巡查计划"], row["到点数"], row["途中上报数"]) == ("李网格", "午间巡查", "1", "1")
    assert (await served.browser(supervisor).get("patrols/export", params=days)).content[:2] == b"PK"


async def test_whatever_the_network_does_the_walk_is_the_same(
    served: Served, town: Town, steward: Member, supervisor: Member, engine: AsyncEngine, read: Read
) -> None:
    """Reordered, doubled and split, before and after the end, by two phones: every message counts once."""
    await turned_on(served, supervisor)
    whole = along_the_lane(280)
    found = []
    for seed in range(3):
        served.clock.at = NOON + timedelta(days=seed)
        chance, phone = random.Random(seed), Walker(served, steward)
        begin = phone.start()
        parts = [phone.positions(whole[place : place + 20]) for place in range(0, len(whole), 20)]
        served.clock.forward(minutes=5)
        messages = [*parts, phone.end(), *chance.sample(parts, 2)]
        if seed:
            chance.shuffle(messages)
        early = await phone.send(messages[0])
        assert (early.status_code, early.json()["code"]) == (425, "predecessor_unanswered")
        assert [(await phone.send(begin)).status_code for _ in range(2)] == [201, 200]
        for place, message in enumerate(messages):
            assert (await phone.send(message)).status_code == 200
            if place == 3 + seed:
                await counted(engine, served)
        await counted(engine, served)
        shown = (await phone.browser.get(f"patrols/{phone.patrol_id}")).json()
        found.append([(one["name"], one["length_m"], one["seconds"], one["reached"]) for one in shown["pieces"]])
        changed = (messages[0][0], messages[0][1] | {"digest": "another-digest"})
        assert (await phone.send(changed)).json()["code"] == "id_taken"
    assert found[0] == found[1] == found[2]
    other = Walker(served, town["lead_steward"])
    other.patrol_id = phone.patrol_id
    assert (await other.send(other.end())).status_code == 403
    assert (await other.send(other.start())).json()["code"] == "id_taken"
    async with read() as session:
        told = text("SELECT verb, count(*) FROM entry WHERE subject_id = :id GROUP BY verb")
        verbs = dict((await session.execute(told, {"id": phone.patrol_id})).all())
    assert (verbs["patrol.started"], verbs["patrol.ended"]) == (1, 1)


async def test_odd_phones_are_taken_and_marked(
    served: Served, town: Town, steward: Member, supervisor: Member, engine: AsyncEngine
) -> None:
    await turned_on(served, supervisor)
    # Yesterday's clock, measured as such at the last contact.
    wrong = served.clock() - timedelta(days=1)
    clock = {"captured_at": wrong.isoformat(), "offset_ms": 86_400_000, "offset_at": wrong.isoformat()}
    phone = Walker(served, steward)
    begun = await phone.send(phone.start(**clock))
    assert begun.json()["started_at"].startswith("2026-09-01T04:00")
    body = {"since": wrong.isoformat(), "fixes": write_fixes(along_the_lane(280)), "device": "own"}
    served.clock.forward(minutes=5)
    assert (await phone.send(phone.made("positions", body, **clock))).status_code == 200
    # Forty thousand at once, from a second phone that stood still.
    chance = random.Random(1)
    crowd = [Fix(second / 200, MARKET[0] + chance.gauss(0, 2e-5), MARKET[1], 5.0) for second in range(40_000)]
    assert (await phone.send(phone.positions(crowd, device="other"))).status_code == 200
    for fixes in ("?", "é", 7, None):
        body = {"since": wrong.isoformat(), "fixes": fixes}
        broken = await phone.send(phone.made("positions", body))
        assert (broken.status_code, broken.json()["code"]) == (422, "patrol.fixes_unreadable")
    # Twelve hours without a position.
    served.clock.forward(hours=12)
    assert (await phone.send(phone.end())).status_code == 200
    await counted(engine, served)
    (line,) = (await phone.browser.get("patrols/mine")).json()["patrols"]
    assert {"clock_wrong", "two_phones", "long_gap"} <= set(line["marks"])
    assert 200 < line["length_m"] < 420, "standing still and silence gain no metre"

    silent = Walker(served, steward)
    assert (await silent.send(silent.start())).status_code == 201
    served.clock.forward(hours=17)
    await counted(engine, served)
    lines = (await phone.browser.get("patrols/mine")).json()["patrols"]
    (lapsed,) = [one for one in lines if one["patrol_id"] == str(silent.patrol_id)]
    assert set(lapsed["marks"]) == {"lapsed", "no_positions"}


async def test_codes_of_other_places_and_old_sheets_are_kept_and_count_for_nothing(
    served: Served, town: Town, steward: Member, supervisor: Member, shift_leader: Member
) -> None:
    await turned_on(served, supervisor)
    desk, own, theirs = served.browser(shift_leader), uuid4(), uuid4()
    assert (await desk.put(f"patrol-plans/{own}", json=plan(town, steward))).status_code == 200
    river = plan(town, town["neighbour_steward"], community_id=str(town.neighbour_id), grid_ids=[str(town.grid_river)])
    assert (await desk.put(f"patrol-plans/{theirs}", json=river)).status_code == 200
    codes = {key: (await desk.get(f"patrol-plans/{key}/sheets")).json()["sheets"][0] for key in (own, theirs)}
    old = codes[own]
    answer = await desk.post(f"patrol-plans/{own}/checkpoints/{old['checkpoint_id']}/renew")
    new = answer.json()["code"]
    phone = Walker(served, steward)
    assert (await phone.send(phone.start(own))).status_code == 201
    said = [
        (await phone.send(phone.check_in(how="code", code=code))).json()["verdict"]
        for code in (old["code"], codes[theirs]["code"], "http://example.com/x", new)
    ]
    assert said == ["old_sheet", "other_plan", "unknown", "counted"]
    odd = await phone.send(phone.check_in(how="code", code="AB\x00C\ud83d23"))
    assert odd.json()["verdict"] == "unknown"
    walk = await phone.send(phone.positions(along_the_lane(20), device="one\x00\ud83d"))
    assert walk.status_code == 200, walk.text
    broken = await phone.send(phone.check_in(how="smell"))
    assert broken.json()["code"] == "patrol.check_in_unreadable"
    mine = (await phone.browser.get("patrols/mine")).json()["patrols"][0]
    assert mine["checked"] == 1
    for field, wrong in (
        ("patrol.grids_unknown", {"grid_ids": [str(town.grid_river)]}),
        ("patrol.rota_unreadable", {"rota": {}}),
        ("patrol.members_unknown", {"rota": rota(town["dispatcher"])}),
    ):
        refused = await desk.put(f"patrol-plans/{uuid4()}", json=plan(town, steward) | wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, field)
    found = await desk.get(
        "patrol-plans/suggestion", params={"community_id": str(town.community_id), "grid_id": str(town.grid_market)}
    )
    assert "雪圃学校东门" in {one["name"] for one in found.json()["checkpoints"]}


async def test_what_is_missed_is_found_told_and_lifted_by_a_phone_without_signal(
    served: Served,
    town: Town,
    steward: Member,
    lead_steward: Member,
    supervisor: Member,
    dispatcher: Member,
    engine: AsyncEngine,
    worker_engine: AsyncEngine,
) -> None:
    await turned_on(served, supervisor)
    desk, plan_id = served.browser(dispatcher), uuid4()
    assert (await desk.put(f"patrol-plans/{plan_id}", json=plan(town, steward))).status_code == 200
    phone = Walker(served, steward)
    begin, walk = phone.start(plan_id), phone.positions(along_the_lane(280))

    async def look() -> list[tuple[str, bool]]:
        async with write_transaction(worker_engine) as session:
            await missing.find(session, served.clock())
        rows = (await desk.get("patrols/missed", params={"from": "2026-09-01", "to": "2026-09-02"})).json()["misses"]
        return sorted((one["kind"], one["lifted_at"] is None) for one in rows)

    served.clock.forward(minutes=29)
    assert await look() == []
    served.clock.forward(minutes=2)
    assert await look() == [("start_overdue", True)]
    served.clock.forward(hours=2)
    assert await look() == [("patrol", True), ("start_overdue", True)]
    assert await look() == [("patrol", True), ("start_overdue", True)], "told once"
    for who in (steward, lead_steward):
        news = (await served.browser(who).get("notifications")).json()["notifications"]
        assert {one["kind"] for one in news} == {"patrol_overdue", "patrol_missed"}, who.name
    # It had begun in time, under the ground.
    for message in (begin, walk, phone.end()):
        assert (await phone.send(message)).status_code in (200, 201)
    await counted(engine, served)
    assert await look() == [("checkpoint", True), ("checkpoint", True), ("patrol", False), ("start_overdue", False)]


async def test_positions_go_after_thirty_days_and_the_pieces_stay(
    served: Served,
    town: Town,
    steward: Member,
    supervisor: Member,
    engine: AsyncEngine,
    worker_engine: AsyncEngine,
    read: Read,
) -> None:
    await turned_on(served, supervisor)
    phone = Walker(served, steward)
    assert (await phone.send(phone.start())).status_code == 201
    walk = phone.positions(along_the_lane(280))
    place = {"lon": MARKET[0], "lat": MARKET[1], "accuracy_m": 5}
    assert (await phone.send(phone.check_in(how="position", location=place))).status_code == 200
    late = phone.positions(along_the_lane(100, begins=300))
    for message in (walk, phone.end()):
        assert (await phone.send(message)).status_code == 200
    await counted(engine, served)
    before = (await phone.browser.get(f"patrols/{phone.patrol_id}")).json()
    for days, gone in ((29, False), (2, True)):
        served.clock.forward(days=days)
        async with write_transaction(worker_engine) as session:
            await counting.forget_positions(session, served.clock())
        shown = (await phone.browser.get(f"patrols/{phone.patrol_id}")).json()
        assert (shown["legs"] is None) is gone
    assert shown["pieces"] == before["pieces"]
    assert shown["raw_gone_at"]
    assert (await phone.send(late)).status_code == 200, "it is answered, and not kept"
    await counted(engine, served)
    async with read() as session:
        left = text(
            "SELECT (SELECT count(*) FROM patrol_operation WHERE patrol_id = :id AND type <> 'end' AND body IS NOT NULL),"
            " (SELECT count(*) FROM check_in WHERE patrol_id = :id AND location IS NOT NULL)"
        )
        assert (await session.execute(left, {"id": phone.patrol_id})).one() == (0, 0)
    again = (await phone.browser.get(f"patrols/{phone.patrol_id}")).json()
    assert again["pieces"] == before["pieces"]


async def test_a_plan_is_read_turn_by_turn_and_by_the_numbers_that_hold_there(
    served: Served,
    town: Town,
    steward: Member,
    supervisor: Member,
    dispatcher: Member,
    engine: AsyncEngine,
    worker_engine: AsyncEngine,
) -> None:
    await turned_on(served, supervisor)
    desk, above, plan_id = served.browser(dispatcher), served.browser(supervisor), uuid4()
    way = [[[WEST + 0.1 * SIDE, LANE_LAT], [WEST + 0.9 * SIDE, LANE_LAT]]]
    wish = plan(town, steward, route=way)
    for _ in range(2):
        assert (await desk.put(f"patrol-plans/{plan_id}", json=wish)).json() == {"version": 1}
    short = await desk.put(f"patrol-plans/{plan_id}", json=wish | {"version": 1, "route": [[[113.1, 23.0]]]})
    assert (short.status_code, short.json()["code"]) == (422, "patrol.route_unreadable")
    (listed,) = (await desk.get("patrol-plans")).json()["plans"]
    assert listed["route"] == [[pytest.approx(spot, abs=1e-6) for spot in line] for line in way]

    assert (await desk.put("patrol-rules", json={"swath_m": 20, "reach_m": 50})).status_code == 403
    wide = await above.put("patrol-rules", json={"swath_m": 500, "reach_m": 200})
    assert (wide.status_code, wide.json()["facts"]["field"]) == (422, "swath_m")
    assert (await above.put("patrol-rules", json={"swath_m": 30, "reach_m": 60})).status_code == 204
    rules = (await desk.get("patrol-rules")).json()
    assert (rules["swath_m"], rules["reach_m"], rules["default_swath_m"]) == (30, 60, 15)

    phone = Walker(served, steward)
    mine = (await phone.browser.get("patrols/mine")).json()
    assert mine["plans"][0]["route"] == listed["route"]
    told = {name: mine["rules"][name] for name in ("swath_m", "most_swath_m", "route_share")}
    assert told == {"swath_m": 30, "most_swath_m": 25, "route_share": 0.8}, "the phone tells what is left by the same"
    assert (await phone.send(phone.start(plan_id))).status_code == 201

    async def turns() -> list[tuple[str, str, int]]:
        said = (
            await desk.get(f"patrol-plans/{plan_id}/turns", params={"from": "2026-09-01", "to": "2026-09-03"})
        ).json()
        assert said["planned"] == sum(one["state"] not in ("to_come", "awaited", "under_way") for one in said["turns"])
        return [(one["starts_at"][:10], one["state"], one["checked"]) for one in said["turns"]]

    assert await turns() == [("2026-09-03", "to_come", 0), ("2026-09-02", "to_come", 0), ("2026-09-01", "under_way", 0)]
    # Two walks of the lane: the second begins where the first ended.
    assert (await phone.send(phone.positions(along_the_lane(100)))).status_code == 200
    gate = (await desk.get(f"patrol-plans/{plan_id}/sheets")).json()["sheets"][0]["code"]
    served.clock.forward(seconds=100)
    assert (await phone.send(phone.check_in(how="code", code=gate))).json()["verdict"] == "counted"
    assert (await phone.send(phone.end())).status_code == 200
    again = Walker(served, steward)
    assert (await again.send(again.start())).status_code == 201
    assert (await again.send(again.positions(along_the_lane(140, begins=100)))).status_code == 200
    served.clock.forward(seconds=300)
    assert (await again.send(again.end())).status_code == 200
    await counted(worker_engine, served)
    served.clock.forward(days=1, hours=3)
    async with write_transaction(engine) as session:
        await session.execute(text("UPDATE session SET seen_at = :at"), {"at": served.clock()})
    async with write_transaction(worker_engine) as session:
        await missing.find(session, served.clock())
    assert await turns() == [("2026-09-03", "to_come", 0), ("2026-09-02", "missed", 0), ("2026-09-01", "walked", 1)]

    days = {"from": "2026-09-01", "to": "2026-09-02", "community_id": str(town.community_id)}
    single = (await desk.get("patrols/coverage", params=days)).json()["grids"]
    together = (await desk.get("patrols/coverage/map", params=days)).json()["grids"]
    best = {one["name"]: one["walked_share"] for one in single}["集市网格"]
    both = {one["name"]: one["walked_share"] for one in together}["集市网格"]
    assert best < 0.85
    assert both == pytest.approx(0.95, abs=0.1), "what one walk left out the other saw"
    pieces = (await above.get(f"patrols/{phone.patrol_id}")).json()["pieces"]
    market = {one["name"]: one for one in pieces}["集市网格"]
    assert market["reached"], "sixty metres were enough here"
