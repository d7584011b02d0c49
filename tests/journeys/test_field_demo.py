"""A few days of the demo's households, visits and walks: what a newcomer finds, and that its figures are those of the tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from conftest import Read
from gridward.cli.demo import ACCOUNTS, make
from gridward.demo.album import ZONE
from gridward.domain.accounts_sign_in import NOTICE_VERSION
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import reach_homes
from gridward.settings import Settings, install_secrets
from serving import Served, serve

DAYS, REPORTS = 4, 8


class Community:
    """The demo as a newcomer has it: an address, and a list of links to sign in by."""

    def __init__(self, served: Served, accounts: list[Mapping[str, Any]]) -> None:
        self.served, self.accounts = served, accounts
        self._in: dict[str, httpx.AsyncClient] = {}

    async def get(self, role: str, path: str, **query: str) -> Any:
        if role not in self._in:
            link = next(one["sign_in"] for one in self.accounts if one["role"] == role)
            browser = self.served.browser()
            token = {"token": link.partition("#")[2], "notice_version": NOTICE_VERSION}
            entered = await browser.post("sign-in/invite", json=token)
            assert entered.status_code == 200, entered.text
            self._in[role] = browser
        answer = await self._in[role].get(path, params=query)
        assert answer.status_code == 200, answer.text
        return answer.json()


@pytest.fixture(scope="module")
async def community(
    owner_engine: AsyncEngine, engine: AsyncEngine, tmp_path_factory: pytest.TempPathFactory
) -> Community:
    folder: Path = tmp_path_factory.mktemp("demo")
    midnight = datetime.now(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    await make(owner_engine, Settings(data=folder), 1, midnight, DAYS, REPORTS)
    served = serve(engine, folder / "photos")
    served.clock.at = datetime.now(UTC)
    served = Served(
        parts=replace(served.parts, secret_key=install_secrets(folder).session), clock=served.clock, sms=served.sms
    )
    return Community(served, json.loads((folder / ACCOUNTS).read_text()))


async def rows(read: Read, query: str, **asked: object) -> list[Any]:
    async with read() as session:
        await reach_homes(session, (await tenants(session))[0].jurisdiction_id)
        return list((await session.execute(text(query), asked)).all())


async def test_every_household_has_one_liaison_and_nobody_has_too_few_or_too_many(
    community: Community, read: Read
) -> None:
    (counted,) = await rows(
        read,
        "SELECT count(*) AS households, count(DISTINCT h.household_id) AS doors, count(t.tie_id) AS tied FROM household h"
        " LEFT JOIN tie t ON t.household_id = h.household_id AND t.valid_to IS NULL WHERE h.ended_at IS NULL",
    )
    assert 2_590 <= counted.households == counted.doors == counted.tied
    ties = await community.get("dispatcher", "ties")
    loads = [one["load"] for one in ties["liaisons"]]
    assert len(loads) == 80
    assert sum(loads) == counted.households
    assert min(loads) >= 29, "a household or two may have moved since"
    assert max(loads) <= 35
    assert (await community.get("dispatcher", "building-stewards"))["looked_after"] == 12
    assert len((await community.get("dispatcher", "home-registrations"))["homes"]) == 24


async def test_a_liaison_finds_doors_to_knock_at_and_a_steward_a_walk_to_begin(community: Community) -> None:
    mine = await community.get("liaison", "my/households")
    assert 29 <= len(mine["households"]) <= 35
    assert any(not one["reached"] for one in mine["households"])
    assert all(one["label"] or one["building"] for one in mine["households"])
    walks = await community.get("steward", "patrols/mine")
    assert walks["on"]
    assert walks["reason"]
    (plan,) = walks["plans"]
    assert plan["turns"], "nothing to begin within three days"
    assert len(plan["checkpoints"]) >= 3
    assert all(point["name"] and point["grid_id"] in plan["grid_ids"] for point in plan["checkpoints"])


async def test_coverage_and_walks_are_there_and_what_nobody_walked_is_unknown(community: Community, read: Read) -> None:
    today = community.served.clock().astimezone(ZONE).date()
    period = {"from": str(today - timedelta(days=DAYS)), "to": str(today)}
    found = await community.get("supervisor", "patrols/coverage", **period)
    reached = await rows(
        read,
        "SELECT DISTINCT p.grid_id FROM patrol_piece p, patrol_plan a WHERE p.reached AND p.grid_id = ANY (a.grid_ids)",
    )
    assert found["planned"] == 28
    assert 10 <= found["reached"] == len(reached) < 28
    assert sum(not one["planned"] for one in found["grids"]) == 2
    walks = (await community.get("supervisor", "patrols", **period))["patrols"]
    assert len(walks) >= 6
    assert all(one["counted"] for one in walks)
    assert all(300 < one["length_m"] < 5_000 for one in walks if one["length_m"])
    assert sum(one["checked"] for one in walks) > 10
    (verdicts,) = await rows(read, "SELECT array_agg(DISTINCT verdict) AS all FROM check_in")
    assert verdicts.all == ["counted"]


async def test_the_months_figures_are_what_a_plain_count_gives(community: Community, read: Read) -> None:
    month = (community.served.clock().astimezone(ZONE) - timedelta(days=1)).date().replace(day=1)
    line = (await community.get("supervisor", "visits/figures", month=f"{month:%Y-%m}", by="whole"))["lines"][0]
    counted = await rows(
        read,
        "SELECT outcome, count(*) AS visits FROM visit WHERE date_trunc('month', visited_on) = :month GROUP BY 1",
        month=month,
    )
    own = {row.outcome: row.visits for row in counted}
    assert own["met"] > own["card_left"] > 0
    assert {outcome: number for outcome, number in line["visits"].items() if number} == {
        **own,
        "in_person": sum(own.values()) - own.get("phoned", 0),
    }
    quarter = month.replace(month=(month.month - 1) // 3 * 3 + 1)
    (met,) = await rows(
        read,
        "SELECT count(DISTINCT household_id) AS households FROM visit JOIN household USING (household_id)"
        " WHERE ended_at IS NULL AND outcome IN ('met', 'not_now') AND visited_on >= :quarter",
        quarter=quarter,
    )
    assert line["reached"] == met.households
    by_grid = (await community.get("supervisor", "visits/figures", month=f"{month:%Y-%m}", by="grid"))["lines"]
    assert sum(one["visits"]["in_person"] for one in by_grid) == line["visits"]["in_person"]


async def test_a_supervisor_finds_the_few_doors_at_which_nobody_was_met_for_a_quarter(
    community: Community, read: Read
) -> None:
    late = await community.get("supervisor", "visits/overdue")
    told = await rows(
        read,
        "SELECT h.household_id, h.reached_on, h.registered_at, p.name FROM household h"
        " JOIN tie t ON t.household_id = h.household_id AND t.valid_to IS NULL JOIN person p USING (person_id)",
    )
    known = {str(one.household_id): one for one in told}
    assert late["in_all"] == len(late["overdue"])
    assert 15 <= late["in_all"] <= len(known) / 15, "some, as anywhere; most doors are visited"
    today = community.served.clock().astimezone(ZONE).date()
    for one in late["overdue"]:
        door = known[one["household_id"]]
        assert one["liaison"] == door.name, "whom to ask about it"
        assert one["reached_on"] == (str(door.reached_on) if door.reached_on else None)
        assert (today - (door.reached_on or door.registered_at.astimezone(ZONE).date())).days > 90
    assert {one["reached_on"] is None for one in late["overdue"]} == {True, False}, "never, and long ago"
    whose = [one["liaison"] for one in late["overdue"]]
    assert max(map(whose.count, whose)) >= 5, "who hardly goes out leaves most of them"


async def test_what_was_asked_for_at_a_door_went_to_a_unit(community: Community, read: Read) -> None:
    asked = await rows(
        read,
        "SELECT k.category_code, k.status, k.unit_id, v.outcome FROM report r JOIN visit v USING (visit_id)"
        " JOIN ticket k USING (ticket_id)",
    )
    assert asked
    assert {one.outcome for one in asked} == {"met"}
    assert {one.status for one in asked} & {"assigned", "in_progress", "resolved", "closed"}
    (traces,) = await rows(
        read, "SELECT count(*) AS photos FROM photo_use u JOIN report r USING (report_id) WHERE r.visit_id IS NOT NULL"
    )
    assert traces.photos == 0, "no photo is taken at a door"
