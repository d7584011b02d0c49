"""Territory changed over HTTP: shown, agreed to, published; and tickets counted as it was then or as it is now."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from shapely.geometry import box, mapping
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from cast import ESTATE, LANE, MARKET, NOON, SIDE, SOUTH, WEST, Member, Town
from serving import Served, serve

MARKET_CODE, ESTATE_CODE = "440605001001001", "440605001001002"
IN_AUGUST = NOON.replace(month=8)
PERIOD = {"from": "2026-08-01", "to": "2026-09-30"}


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


def strip(first: float, last: float) -> dict[str, Any]:
    return mapping(box(WEST + first * SIDE, SOUTH, WEST + last * SIDE, SOUTH + SIDE))


def moved_wall(day: str = "2026-09-01") -> dict[str, Any]:
    """The market grid takes all but the last tenth of the estate's."""
    wanted = [{"code": MARKET_CODE, "geometry": strip(0, 1.9)}, {"code": ESTATE_CODE, "geometry": strip(1.9, 2)}]
    return {"kind": "redraw", "from": day, "wanted": wanted}


async def test_shown_then_published_then_everybody_has_the_new_grid(
    served: Served, town: Town, system_admin: Member, volunteer: Member
) -> None:
    async with served.browser(system_admin) as office, served.browser(volunteer) as phone:
        held = (await phone.get("territory/grid")).headers["etag"]
        shown = (await office.post("territory/changes/preview", json=moved_wall())).json()
        assert shown["buildings"] == [{"from_code": ESTATE_CODE, "to_code": MARKET_CODE, "things": 1}]
        assert (shown["faults"], shown["needs"]) == ([], [])
        assert shown["lines"][0]["before"].startswith('{"type":"MultiPolygon"')

        unseen = await office.post("territory/changes", json={**moved_wall(), "seen": "something else"})
        assert (unseen.status_code, unseen.json()["code"]) == (409, "territory_moved_on")
        done = await office.post("territory/changes", json={**moved_wall(), "seen": shown["seen"]})
        assert done.status_code == 200, done.text
        listed = (await office.get("territory/changes")).json()["changes"]
        assert [(one["kind"], one["codes"]) for one in listed] == [("redraw", [MARKET_CODE, ESTATE_CODE])]
        assert listed[0]["in_force_at"] is not None

        again = await phone.get("territory/grid", headers={"If-None-Match": held})
        assert again.status_code == 200
        house = (await phone.get("territory/building")).json()["features"][0]["properties"]
        assert house["grid_id"] == str(town.grid_market)


async def test_the_feed_tells_phones_to_read_the_grids_again(
    served: Served, town: Town, system_admin: Member, volunteer: Member
) -> None:
    async with served.browser(system_admin) as office, served.browser(volunteer) as phone:
        scope = f"community:{town.community_id}"
        start = (await phone.get("snapshot", params={"scope": scope})).json()["start_cursor"]
        shown = (await office.post("territory/changes/preview", json=moved_wall())).json()
        await office.post("territory/changes", json={**moved_wall(), "seen": shown["seen"]})
        feed = (await phone.get("changes", params={"cursor": start})).json()["changes"]
    assert [(one["scope"], one["entity"], one["op"]) for one in feed] == [(scope, "territory", "u")]


async def test_a_day_that_is_over_is_published_only_with_a_word(
    served: Served, town: Town, system_admin: Member
) -> None:
    past = moved_wall("2026-08-20")
    async with served.browser(system_admin) as office:
        shown = (await office.post("territory/changes/preview", json=past)).json()
        assert (shown["past"], shown["needs"]) == (True, ["past"])
        silent = await office.post("territory/changes", json={**past, "seen": shown["seen"]})
        assert (silent.status_code, silent.json()["code"]) == (409, "consent_needed")
        assert silent.json()["facts"]["needs"] == ["past"]
        agreed = await office.post("territory/changes", json={**past, "seen": shown["seen"], "consents": ["past"]})
    assert agreed.status_code == 200


@pytest.mark.parametrize(
    ("geometry", "code"),
    [
        ({"type": "Polygon", "coordinates": "nonsense"}, "geometry_unreadable"),
        ({"type": "Banana"}, "geometry_unreadable"),
        ({}, "geometry_unreadable"),
    ],
)
async def test_a_geometry_that_cannot_be_read_is_named(
    served: Served, town: Town, system_admin: Member, geometry: dict[str, Any], code: str
) -> None:
    body = {"kind": "redraw", "from": "2026-09-01", "wanted": [{"code": MARKET_CODE, "geometry": geometry}]}
    async with served.browser(system_admin) as office:
        answer = await office.post("territory/changes/preview", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["facts"]["text"] == MARKET_CODE


async def test_tickets_are_counted_as_of_then_and_as_of_now(
    served: Served, town: Town, write: Any, system_admin: Member, supervisor: Member, dispatcher: Member
) -> None:
    async with write() as session:
        common = {"jurisdiction_id": town.jurisdiction_id, "area_id": town.community_id}
        for at, grid_id, more in (
            (MARKET, town.grid_market, {}),
            (LANE, town.grid_estate, {"due_at": NOON}),
            (ESTATE, town.grid_estate, {"is_open": False, "status": "closed", "ended_at": NOON}),
            (ESTATE, town.grid_estate, {"is_open": False, "status": "rejected", "ended_at": NOON}),
            (None, None, {}),
        ):
            lies = {
                "location": build.point(*at) if at else None,
                "grid_id": grid_id,
                "community_id": town.community_id,
                **more,
            }
            await build.ticket(session, **common, now=IN_AUGUST, **lies)
        await build.ticket(
            session, **common, now=NOON.replace(month=3), location=build.point(*MARKET), grid_id=town.grid_market
        )

    served.clock.forward(hours=1)
    async with served.browser(system_admin) as office:
        shown = (await office.post("territory/changes/preview", json=moved_wall())).json()
        assert [(one["code"], one["open"], one["elsewhere"]) for one in shown["tickets"]] == [
            (MARKET_CODE, 2, 0),
            (ESTATE_CODE, 1, 1),
        ]
        await office.post("territory/changes", json={**moved_wall(), "seen": shown["seen"]})

    async def counted(who: Member, **more: str) -> dict[str | None, tuple[int, int, int, int]]:
        async with served.browser(who) as desk:
            answer = await desk.get("territory/figures", params={**PERIOD, **more})
        assert answer.status_code == 200, answer.text
        return {
            one["code"]: (one["received"], one["closed"], one["open"], one["breached"])
            for one in answer.json()["grids"]
        }

    assert await counted(supervisor, territory="then") == {
        MARKET_CODE: (1, 0, 2, 0),
        ESTATE_CODE: (3, 1, 1, 1),
        None: (1, 0, 1, 0),
    }
    assert await counted(supervisor, territory="now") == {MARKET_CODE: (4, 1, 3, 1), None: (1, 0, 1, 0)}
    of_community = await counted(dispatcher, community_id=str(town.community_id))
    assert of_community[ESTATE_CODE] == (3, 1, 1, 1)
    async with served.browser(dispatcher) as desk:
        assert (await desk.get("territory/figures", params=PERIOD)).status_code == 403
        odd = await desk.get(
            "territory/figures",
            params={"from": "2026-09-30", "to": "2026-08-01", "community_id": str(town.community_id)},
        )
    assert odd.json()["code"] == "period_unreadable"
