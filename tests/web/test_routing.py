"""Rules over HTTP: explained for any point, tried as a draft, published as a whole or refused with the fault."""

from __future__ import annotations

import asyncio
import base64
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest
from openpyxl import load_workbook
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

import build
import filing
from cast import ESTATE, LANE, MARKET, OUTSIDE, RIVER, SIDE, SOUTH, WEST, Member, Town
from gridward.app import create_app
from gridward.domain.accounts import program
from gridward.domain.routing.document import write_rules
from gridward.domain.routing.rules import RuleSet, default_rules
from gridward.domain.territory import UnitKind
from gridward.gateways.blobstore import MemoryBlobs
from gridward.gateways.channels.sms import NoSms
from gridward.gateways.phone_numbers import NumberKey
from gridward.gateways.pictures import DirectPictures
from gridward.persistence.changes import ChangeRow
from gridward.persistence.entries import EntryRow
from gridward.persistence.territory.rows import UnitRow
from gridward.services.routing import publish as routing
from gridward.services.standards.publishing import publish_built_in
from gridward.services.tickets.report import file_report
from gridward.web.deps import Parts


@pytest.fixture
async def ruled(town: Town, write, now: datetime) -> Town:
    """The town with our own standard and the rules that everybody starts with."""
    async with write() as session:
        actor = program(town.jurisdiction_id, "cli")
        await publish_built_in(session, actor, valid_from=now.date(), now=now)
        await routing.keep(session, actor, RuleSet(version=1, rules=default_rules(())), now=now)
    return town


class Desk:
    """A signed-in browser."""

    def __init__(self, engine: AsyncEngine, member: Member | None, now: datetime) -> None:
        parts = Parts(
            engine=engine,
            now=lambda: now,
            blobs=MemoryBlobs(),
            pictures=DirectPictures(),
            sms=NoSms(),
            secret_key=b"k" * 32,
            number_key=NumberKey(b"k" * 32),
            public_url="http://127.0.0.1:8000",
            secure_cookies=False,
        )
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(create_app(parts, pages=None), raise_app_exceptions=False),
            base_url="http://127.0.0.1:8000/api/v1",
            headers={"X-Gridward": "1"},
            cookies={"sid": member.token} if member else {},
        )

    async def explain(self, place: tuple[float, float], category: str = "litter_full", **more: Any) -> httpx.Response:
        return await self._client.get(
            "/explain", params={"lon": place[0], "lat": place[1], "category": category, **more}
        )

    async def rules(self) -> httpx.Response:
        return await self._client.get("/routing/rules")

    async def publish(self, based_on: int, rules: object, **more: Any) -> httpx.Response:
        return await self._client.put("/routing/rules", json={"based_on": based_on, "rules": rules, **more})

    async def attempt(self, place: tuple[float, float], category: str = "litter_full", **more: Any) -> httpx.Response:
        return await self._client.post(
            "/routing/try", json={"lon": place[0], "lat": place[1], "category": category, **more}
        )

    async def get(self, path: str, **query: Any) -> httpx.Response:
        return await self._client.get(path, params=query)

    async def post(self, path: str, **body: Any) -> httpx.Response:
        return await self._client.post(path, json=body)


@pytest.fixture
def desk(engine: AsyncEngine, ruled: Town, now: datetime) -> Desk:
    return Desk(engine, ruled["shift_leader"], now)


@pytest.fixture
def office(engine: AsyncEngine, ruled: Town, now: datetime) -> Desk:
    return Desk(engine, ruled["system_admin"], now)


async def test_the_ground_decides(desk: Desk, ruled: Town) -> None:
    expected = {MARKET: ruled.sanitation, LANE: ruled.sanitation, ESTATE: ruled.property_firm}
    expected[RIVER] = ruled.neighbour_sanitation
    for place, unit_id in expected.items():
        told = (await desk.explain(place)).json()
        assert (told["unit_id"], told["sure"], told["outcome"]) == (str(unit_id), True, "assign")
        assert told["role"] == "lead"


async def test_near_the_estates_wall_a_person_decides_among_both(desk: Desk, ruled: Town) -> None:
    wall = WEST + 1.5 * SIDE
    told = (await desk.explain((wall - 0.00005, SOUTH + SIDE / 2), accuracy_m=8)).json()
    assert (told["outcome"], told["doubts"], told["unit_id"]) == ("tray", ["boundary_near"], None)
    assert told["nearest_change_m"] == pytest.approx(5.1, abs=0.2)
    assert {one["unit_id"] for one in told["candidates"]} >= {str(ruled.sanitation), str(ruled.property_firm)}
    sure = (await desk.explain((wall - 0.00005, SOUTH + SIDE / 2), accuracy_m=4)).json()
    assert (sure["sure"], sure["unit_id"]) == (True, str(ruled.sanitation))


async def test_on_a_shared_edge_of_grids_it_is_never_sure(desk: Desk) -> None:
    told = (await desk.explain((WEST + SIDE, SOUTH + SIDE / 2), accuracy_m=0)).json()
    assert (told["sure"], told["doubts"]) == (False, ["grid_shared"])


async def test_outside_of_everything_it_is_left_to_the_desk(desk: Desk) -> None:
    told = (await desk.explain(OUTSIDE)).json()
    assert (told["outcome"], told["grid_id"]) == ("tray", None)
    assert told["doubts"] == ["no_grid", "left_to_desk"]


async def test_a_question_left_open_goes_to_the_desk_and_the_urgent_answer_goes_out(desk: Desk, ruled: Town) -> None:
    wall = (WEST + 1.5 * SIDE - 0.00005, SOUTH + SIDE / 2)
    open_question = (await desk.explain(MARKET, "manhole")).json()
    assert (open_question["outcome"], open_question["doubts"]) == ("tray", ["condition_not_named"])
    urgent = (await desk.explain(wall, "manhole", condition="manhole-missing", accuracy_m=50)).json()
    assert (urgent["outcome"], urgent["role"]) == ("assign", "last_resort")
    assert urgent["unit_id"] == str(ruled.street_office)
    assert "boundary_near" in urgent["doubts"]


async def test_an_open_ticket_of_the_kind_near_by_is_asked_about(desk: Desk, ruled: Town, write, now: datetime) -> None:
    places = {"near": (MARKET[0] + 0.0001, MARKET[1]), "far": (MARKET[0] + 0.0009, MARKET[1])}
    made = {}
    async with write() as session:
        for name, (lon, lat) in places.items():
            made[name] = await build.ticket(
                session, ruled.jurisdiction_id, ruled.community_id, now=now, location=build.point(lon, lat)
            )
    told = (await desk.explain(MARKET)).json()
    assert (told["doubts"], told["meant_unit_id"]) == (["twin_open"], str(ruled.sanitation))
    assert [(twin["ticket_id"], twin["distance_m"]) for twin in told["twins"]] == [
        (str(made["near"]), pytest.approx(10.2, abs=0.2))
    ]
    assert (await desk.explain(MARKET, "litter_ground")).json()["twins"] == []


async def test_a_unit_that_has_ended_gets_nothing(desk: Desk, ruled: Town, write, now: datetime) -> None:
    async with write() as session:
        lamps = await build.unit(session, ruled.jurisdiction_id, "路灯所", UnitKind.department)
        rules = default_rules(())
        duty = [{"category": "lamp", "unit_kind": "department", "unit_id": str(lamps)}]
        lamp = {"rule_id": "lamps", "name": "路灯", "when": {"categories": ["lamp"]}, "choose": {"by": "duty"}}
        listed = [{**lamp, "before": ["estate", "lane"]}, *write_rules(rules)]
        await routing.publish(session, ruled["system_admin"].actor, based_on=1, rules=listed, duties=duty, now=now)
    assert (await desk.explain(ESTATE, "lamp")).json()["unit_id"] == str(lamps)
    async with write() as session:
        await session.execute(update(UnitRow).where(UnitRow.unit_id == lamps).values(ended_at=now))
    told = (await desk.explain(ESTATE, "lamp")).json()
    assert (told["outcome"], told["doubts"]) == ("tray", ["unit_gone"])
    assert {"ended": True} in [one["needed"] for one in told["candidates"]]


STRANGE = {"rule_id": "all", "name": "all", "when": {}, "choose": {"by": "last_resort"}}


async def test_rules_are_published_as_a_new_version_with_one_entry(office: Desk, desk: Desk, ruled: Town, read) -> None:
    before = (await office.rules()).json()
    assert before["version"] == 1
    answer = await office.publish(1, [STRANGE])
    assert (answer.status_code, answer.json()) == (200, {"version": 2})
    after = (await office.rules()).json()
    assert (after["version"], after["rules"]) == (2, [STRANGE])
    assert {unit["name"] for unit in after["units"]} == {"环卫一队", "雪圃花园物业", "水埗环卫队", "街道办"}
    told = (await desk.explain(MARKET)).json()
    assert (told["rule_id"], told["version"], told["unit_id"]) == ("all", 2, str(ruled.street_office))
    async with read() as session:
        entries = await session.scalars(
            select(EntryRow).where(
                EntryRow.jurisdiction_id == ruled.jurisdiction_id, EntryRow.verb == "rules.published"
            )
        )
        changes = await session.scalars(
            select(ChangeRow).where(ChangeRow.scope == f"jurisdiction:{ruled.jurisdiction_id}")
        )
        assert sorted(entry.detail["version"] for entry in entries) == [1, 2]
        assert [change.version for change in changes if change.entity == "rule_set"] == [1, 2]


async def test_two_who_saw_the_same_version_cannot_both_publish(office: Desk) -> None:
    answers = await asyncio.gather(*(office.publish(1, [STRANGE]) for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409]
    late = await office.publish(1, [STRANGE])
    assert (late.status_code, late.json()["code"], late.json()["facts"]) == (409, "rules_moved_on", {"current": 2})


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ([{**STRANGE, "choose": {"by": "unit", "unit_id": "00000000-0000-0000-0000-000000000001"}}], "unit_unknown"),
        ([{**STRANGE, "when": {"categories": ["spaceship"]}}], "category_unknown"),
        ([STRANGE, {**STRANGE, "rule_id": "never"}], "rule_unreachable"),
    ],
)
async def test_bad_rules_are_refused_and_the_old_ones_stand(office: Desk, rules: list[object], code: str) -> None:
    answer = await office.publish(1, rules)
    assert (answer.status_code, answer.json()["code"]) == (409, "rules_refused")
    assert [fault["code"] for fault in answer.json()["facts"]["faults"]] == [code]
    assert (await office.rules()).json()["version"] == 1


async def test_what_is_no_rule_is_malformed_with_its_place(office: Desk) -> None:
    answer = await office.publish(1, [STRANGE, {"rule_id": "x"}])
    assert (answer.status_code, answer.json()["facts"]) == (422, {"place": "rules[1].choose"})


async def test_a_draft_is_tried_and_nothing_changes(office: Desk, ruled: Town) -> None:
    tried = (await office.attempt(MARKET, rules=[STRANGE])).json()
    assert (tried["choice"]["unit_id"], tried["choice"]["version"]) == (str(ruled.street_office), 2)
    assert tried["faults"] == []
    hidden = (await office.attempt(MARKET, rules=[STRANGE, {**STRANGE, "rule_id": "never"}])).json()
    assert [fault["code"] for fault in hidden["faults"]] == ["rule_unreachable"]
    assert (await office.attempt(MARKET)).json()["choice"]["unit_id"] == str(ruled.sanitation)
    assert (await office.rules()).json()["version"] == 1


async def test_versions_say_who_when_and_what_and_an_earlier_one_comes_back(office: Desk, ruled: Town) -> None:
    first = (await office.rules()).json()
    await office.publish(1, [STRANGE])
    told = (await office.get("/routing/versions")).json()["versions"]
    assert [(one["version"], one["publisher"]) for one in told] == [(2, "阮系统"), (1, None)]
    assert {(change["what"], change["rule_id"]) for change in told[0]["changes"]} == {
        ("added", "all"),
        ("removed", "estate"),
        ("removed", "lane"),
        ("removed", "rest"),
    }
    old = (await office.get("/routing/rules", version=1)).json()
    assert (old["version"], old["rules"]) == (1, first["rules"])
    assert (await office.publish(2, old["rules"], duties=old["duties"])).json() == {"version": 3}
    same = (await office.get("/routing/compare", before=1, after=3)).json()
    assert same == {"changes": []}
    missing = await office.get("/routing/rules", version=9)
    assert (missing.status_code, missing.json()["code"]) == (404, "rules_version_unknown")


async def test_a_workbook_goes_out_and_comes_back_as_a_draft(office: Desk, ruled: Town) -> None:
    answer = await office.get("/routing/rules/file")
    assert answer.headers["content-disposition"] == 'attachment; filename="gridward-rules-1.xlsx"'
    content = base64.b64encode(answer.content).decode()
    read = (await office.post("/routing/rules/file", content=content)).json()
    current = (await office.rules()).json()
    assert (read["rules"], read["changes"], read["refused"]) == (current["rules"], [], [])
    book = load_workbook(BytesIO(answer.content))
    book["规则"]["G2"] = "440605001001999 没有的区划"
    out = BytesIO()
    book.save(out)
    wrong = await office.post("/routing/rules/file", content=base64.b64encode(out.getvalue()).decode())
    (refused,) = wrong.json()["refused"]
    assert (refused["place"], refused["field"]) == ("sheet 规则 row 2", "区划")
    nothing = (await office.post("/routing/rules/file", content=base64.b64encode(b"no book").decode())).json()
    assert [one["code"] for one in nothing["refused"]] == ["import.not_a_workbook"]
    assert (await office.rules()).json()["version"] == 1, "reading publishes nothing"


async def test_coverage_of_a_draft_names_grids_and_kinds(office: Desk, ruled: Town) -> None:
    whole = (await office.post("/routing/coverage")).json()
    assert (whole["version"], whole["by_doubt"], whole["gaps"]) == (1, {}, [])
    only_estates = [{**STRANGE, "when": {"grounds": ["estate"]}, "choose": {"by": "service_area", "kind": "estate"}}]
    found = (await office.post("/routing/coverage", rules=only_estates)).json()
    assert found["by_doubt"] == {"no_rule": whole["pairs"]}
    shares = {gap["grid_id"]: round(gap["share"], 2) for gap in found["gaps"]}
    assert shares == {str(ruled.grid_market): 1.0, str(ruled.grid_estate): 0.5, str(ruled.grid_river): 1.0}


async def test_a_dry_run_over_http_gives_the_tickets_and_both_reasons(
    office: Desk, ruled: Town, write, now: datetime
) -> None:
    async with write() as session:
        at = now - timedelta(hours=2)
        await file_report(session, ruled["volunteer"].actor, uuid4(), filing.report(at=MARKET, now=at), at)
    page = (await office.post("/routing/dry-run", rules=[STRANGE], days=7)).json()
    assert (page["total"], page["read"], page["next"]) == (1, 1, None)
    (moved,) = page["moved"]
    assert (moved["before"]["unit_id"], moved["before"]["rule_name"]) == (str(ruled.sanitation), "巷道归作业单位")
    assert (moved["after"]["unit_id"], moved["after"]["rule_name"]) == (str(ruled.street_office), "all")
    assert (moved["category"], moved["grid_id"]) == ("litter_full", str(ruled.grid_market))
    again = (await office.post("/routing/dry-run", version=1)).json()
    assert (again["read"], again["moved"]) == (1, [])


async def test_an_explanation_names_the_rule_and_what_was_asked(desk: Desk) -> None:
    told = (await desk.explain(MARKET)).json()
    assert (told["rule_id"], told["rule_name"]) == ("lane", "巷道归作业单位")
    assert told["asked"]["category"] == "litter_full"
    assert told["asked"]["accuracy_m"] == 10.0


async def test_a_rule_for_some_hours_goes_by_the_clocks_of_the_town(office: Desk) -> None:
    """It is noon there, and four in the morning in Greenwich."""
    hours = {"early": ("03:00", "05:00"), "noon": ("11:00", "13:00")}
    timed = [
        {**STRANGE, "rule_id": name, "when": {"window": {"from_time": start, "to_time": end}}}
        for name, (start, end) in hours.items()
    ]
    rest = {"rule_id": "rest", "name": "其余", "when": {}, "choose": {"by": "tray"}}
    assert (await office.publish(1, [*timed, rest])).status_code == 200
    assert (await office.explain(MARKET)).json()["rule_id"] == "noon"


ALLOWED = {
    "explain": {"lead_steward", "steward", "dispatcher", "shift_leader", "supervisor", "system_admin"},
    "rules": {"dispatcher", "shift_leader", "supervisor", "system_admin", "audit_admin"},
    "try": {"dispatcher", "shift_leader", "system_admin"},
    "publish": {"system_admin"},
}


async def test_who_may(engine: AsyncEngine, ruled: Town, now: datetime) -> None:
    found: dict[str, set[str]] = {name: set() for name in ALLOWED}
    for who, member in ruled.people.items():
        desk = Desk(engine, member, now)
        answers = {
            "explain": await desk.explain(MARKET),
            "rules": await desk.rules(),
            "try": await desk.attempt(MARKET),
            "publish": await desk.publish(0, []),
        }
        for name, answer in answers.items():
            assert answer.status_code in (200, 403, 409), (who, name, answer.text)
            if answer.status_code != 403:
                found[name].add(who)
    assert found["explain"] == ALLOWED["explain"] | {"neighbour_dispatcher"}
    assert found["rules"] == ALLOWED["rules"] | {"neighbour_dispatcher"}
    assert found["try"] == ALLOWED["try"] | {"neighbour_dispatcher"}
    assert found["publish"] == ALLOWED["publish"]


async def test_another_jurisdictions_rules_are_its_own(
    engine: AsyncEngine, ruled: Town, far_town: Town, now: datetime
) -> None:
    far = Desk(engine, far_town["system_admin"], now)
    assert (await far.rules()).json()["version"] == 0
    assert (await far.explain(MARKET)).status_code == 404, "no standard of its own"


@pytest.mark.parametrize("place", [(200, 23), (113, 91), ("nan", 23), ("inf", 23)])
async def test_a_place_that_is_none_is_malformed(desk: Desk, place: tuple[Any, Any]) -> None:
    assert (await desk.explain(place)).status_code == 422


async def test_nobody_asks_without_signing_in(engine: AsyncEngine, ruled: Town, now: datetime, tmp_path: Path) -> None:
    assert (await Desk(engine, None, now).explain(MARKET)).status_code == 401
