"""Layers, a place in words, units and one's own scope, over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from cast import ESTATE, MARKET, OUTSIDE, SINCE, Member, Town
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


def named(collection: dict) -> list[str]:
    return [feature["properties"]["name"] for feature in collection["features"]]


async def test_a_volunteer_draws_the_grids_of_the_community(served: Served, town: Town, volunteer: Member) -> None:
    async with served.browser(volunteer) as phone:
        answer = await phone.get("territory/grid", params={"community_id": str(town.community_id)})
        everything = await phone.get("territory/grid")
    assert answer.headers["content-type"] == "application/geo+json"
    assert named(answer.json()) == ["集市网格", "花园网格"]
    feature = answer.json()["features"][0]
    assert feature["id"] == feature["properties"]["grid_id"] == str(town.grid_market)
    assert feature["geometry"]["type"] == "MultiPolygon"
    assert named(everything.json()) == ["集市网格", "花园网格", "河边网格"]


@pytest.mark.parametrize(
    ("layer", "names"),
    [
        ("area", ["雪圃社区"]),
        ("street", ["雪圃大巷"]),
        ("landmark", ["雪圃学校东门"]),
        ("building", ["花园一座"]),
    ],
)
async def test_each_layer_of_a_community(
    served: Served, town: Town, volunteer: Member, layer: str, names: list[str]
) -> None:
    async with served.browser(volunteer) as phone:
        answer = await phone.get(f"territory/{layer}", params={"community_id": str(town.community_id)})
    assert named(answer.json()) == names


async def test_a_layer_that_has_not_changed_is_not_sent_again(served: Served, town: Town, volunteer: Member) -> None:
    async with served.browser(volunteer) as phone:
        first = await phone.get("territory/grid")
        again = await phone.get("territory/grid", headers={"If-None-Match": first.headers["etag"]})
        other = await phone.get("territory/grid", headers={"If-None-Match": 'W/"something else"'})
    assert first.headers["cache-control"] == "private, no-cache"
    assert again.status_code == 304
    assert again.content == b""
    assert other.status_code == 200


async def test_where_units_answer_is_for_those_who_work_here(
    served: Served, town: Town, volunteer: Member, dispatcher: Member
) -> None:
    async with served.browser(volunteer) as phone:
        refused = await phone.get("territory/service-area")
    assert refused.status_code == 403
    assert refused.json()["code"] == "not_permitted"
    async with served.browser(dispatcher) as desk:
        answer = await desk.get("territory/service-area", params={"community_id": str(town.neighbour_id)})
    whose = {feature["properties"]["unit_name"] for feature in answer.json()["features"]}
    assert "水埗环卫队" in whose


async def test_units_have_no_layer_and_nobody_has_one_without_signing_in(served: Served, volunteer: Member) -> None:
    async with served.browser(volunteer) as phone:
        assert (await phone.get("territory/unit")).status_code == 404
        assert (await phone.get("territory/volcano")).status_code == 422
    async with served.browser() as stranger:
        assert (await stranger.get("territory/grid")).status_code == 401


async def test_another_jurisdictions_community_is_empty_ground(
    served: Served, town: Town, volunteer: Member, write
) -> None:
    async with write() as session:
        other = await build.jurisdiction(session, "邻区")
        community = await build.area(session, other, "别家社区")
        ground = build.rectangle(113.0, 23.0, 113.3, 23.1)
        await build.grid(session, other, community, "别家网格", ground, since=SINCE)
        await build.landmark(session, other, "别家祠堂", *OUTSIDE)
    async with served.browser(volunteer) as phone:
        answer = await phone.get("territory/grid", params={"community_id": str(community)})
        assert answer.json()["features"] == []
        words = await phone.get("place-words", params={"lon": OUTSIDE[0], "lat": OUTSIDE[1]})
        assert words.json() == {"words": "", "near": []}


async def test_a_place_in_words_with_what_else_it_could_be(served: Served, volunteer: Member) -> None:
    async with served.browser(volunteer) as phone:
        gate = (await phone.get("place-words", params={"lon": MARKET[0] + 0.0003, "lat": MARKET[1]})).json()
        house = (await phone.get("place-words", params={"lon": ESTATE[0], "lat": ESTATE[1], "lang": "en"})).json()
        nonsense = await phone.get("place-words", params={"lon": 999, "lat": 23})
    assert gate["words"] == "雪圃学校东门旁"
    assert {(one["kind"], one["name"]) for one in gate["near"]} >= {
        ("landmark", "雪圃学校东门"),
        ("street", "雪圃大巷"),
    }
    assert house["words"] == "at 花园一座"
    assert nonsense.status_code == 422


async def test_units_for_the_desk(served: Served, volunteer: Member, dispatcher: Member) -> None:
    async with served.browser(dispatcher) as desk:
        units = (await desk.get("units")).json()["units"]
    assert {unit["name"]: unit["kind"] for unit in units}["雪圃花园物业"] == "estate"
    assert [unit["name"] for unit in units if unit["is_last_resort"]] == ["街道办"]
    async with served.browser(volunteer) as phone:
        assert (await phone.get("units")).status_code == 403


async def test_my_own_is_what_my_roles_reach(
    served: Served, town: Town, volunteer: Member, steward: Member, sanitation_worker: Member, supervisor: Member
) -> None:
    async with served.browser(volunteer) as phone:
        own = (await phone.get("my/scope")).json()
    assert [one["name"] for one in own["communities"]] == ["雪圃社区"]
    assert [one["name"] for one in own["grids"]] == ["集市网格", "花园网格"]
    assert f"community:{town.community_id}" in own["scopes"]
    async with served.browser(steward) as phone:
        assert [one["name"] for one in (await phone.get("my/scope")).json()["grids"]] == ["集市网格"]
    async with served.browser(sanitation_worker) as phone:
        own = (await phone.get("my/scope")).json()
    assert [(one["name"], one["kind"]) for one in own["units"]] == [("环卫一队", "work")]
    assert own["grids"] == []
    async with served.browser(supervisor) as desk:
        assert {one["name"] for one in (await desk.get("my/scope")).json()["communities"]} >= {"雪圃社区"}
