"""The map's tiles and points: everything that is open in its place, exact counts from afar, and nothing of anybody's own."""

from __future__ import annotations

import math
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import ESTATE, MARKET, NOON, RIVER, Member, Town
from conftest import Write
from filing import open_town
from gridward.persistence.changes import ChangeRow, state_of
from phones import Phone
from serving import Served, serve
from vector_tiles import Feature, read_tile

EXTENT = 4096
METRE = 1e-5


SCATTER = """
INSERT INTO ticket OVERRIDING SYSTEM VALUE
SELECT copied.* FROM ticket t CROSS JOIN generate_series(1, 2100) n CROSS JOIN LATERAL jsonb_populate_record(
    t, jsonb_build_object(
        'ticket_id', gen_random_uuid(), 'short_no', 1000 + n, 'number', 5000 + n,
        'location', ST_SetSRID(ST_MakePoint(112.5 + (n % 64) * 360.0 / 2048 / 16, 22.9 + (n / 64) * 0.01), 4326))) copied
WHERE t.ticket_id = :like
"""


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write: Write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


def over(place: tuple[float, float], z: int) -> tuple[int, int]:
    """Column and row of the tile over a place, by the published formula."""
    lon, lat = place
    row = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z
    return int((lon + 180) / 360 * 2**z), int(row)


def lies(feature: Feature, place: tuple[float, float], z: int) -> tuple[float, float]:
    """Where a feature of the tile over a place lies, in degrees, by the published formula."""
    x, y = over(place, z)
    column, row = x + (feature.at[0] + 0.5) / EXTENT, y + (feature.at[1] + 0.5) / EXTENT
    return 360 * column / 2**z - 180, math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / 2**z))))


async def asked(
    who: Phone, place: tuple[float, float], z: int, layers: str = "tickets", **query: Any
) -> httpx.Response:
    x, y = over(place, z)
    headers = {"If-None-Match": query.pop("held")} if "held" in query else {}
    return await who.browser.get(f"tiles/{layers}/{z}/{x}/{y}", params=query, headers=headers)


async def tile(who: Phone, place: tuple[float, float], z: int, layers: str = "tickets", **query: Any) -> Any:
    answer = await asked(who, place, z, layers, **query)
    assert answer.status_code == 200, answer.text
    return read_tile(answer.content)


async def filed(phone: Phone, *places: tuple[float, float], **more: Any) -> list[str]:
    """With a photo each, so that the rules choose a unit."""
    found = []
    for number, place in enumerate(places):
        phone.served.clock.forward(minutes=1)
        photo = {"sha256": await phone.photo(40 * number + 1), "kind": "before"}
        answer = await phone.file(phone.report(at=place, **({"photos": [photo]} | more)))
        assert answer.status_code == 201, answer.text
        found.append(str(answer.json()["ticket_id"]))
    return found


@pytest.mark.parametrize("z", [12, 14, 17])
async def test_a_ticket_lies_in_its_place_and_says_what_a_map_needs(
    served: Served, volunteer: Member, shift_leader: Member, z: int
) -> None:
    (ticket_id,) = await filed(Phone(served, volunteer), MARKET)
    desk = Phone(served, shift_leader)
    (point,) = (await tile(desk, MARKET, z))["ticket"]
    lon, lat = lies(point, MARKET, z)
    step = 360 / 2**z / EXTENT
    assert (lon, lat) == (pytest.approx(MARKET[0], abs=step), pytest.approx(MARKET[1], abs=step))
    seen = await desk.look(ticket_id)
    assert point.says["status"] == seen["status"] == "assigned"
    assert not {"urgent", "late", "paused"} & set(point.says)
    assert point.says["due"] == datetime.fromisoformat(seen["next_due"]["due_at"]).timestamp()
    assert point.says.get("id") == (ticket_id if z >= 14 else None)
    assert set(point.says) <= {"status", "urgent", "paused", "due", "near", "late", "id", "no", "category"}


async def test_what_cannot_wait_says_so_on_the_map(served: Served, volunteer: Member, shift_leader: Member) -> None:
    phone = Phone(served, volunteer)
    photos = [{"sha256": await phone.photo(73), "kind": "before"}]
    filed = await phone.file(phone.report("manhole", condition_id="manhole-missing", at=MARKET, photos=photos))
    assert filed.status_code == 201, filed.text
    on_the_map = (await tile(Phone(served, shift_leader), MARKET, 14))["ticket"]
    assert [point.says["id"] for point in on_the_map if point.says.get("urgent")] == [filed.json()["ticket_id"]]


async def test_from_afar_every_ticket_is_counted_once(
    served: Served, town: Town, volunteer: Member, shift_leader: Member, write: Write
) -> None:
    places = [(MARKET[0] + 0.0004 * n, MARKET[1]) for n in range(5)]
    tickets = await filed(Phone(served, volunteer), *places)
    desk = Phone(served, shift_leader)
    assert (await desk.does(tickets[0], "cancel", reason="other", photos=[await desk.photo(900)])).status_code == 200
    async with write() as session:
        # A scatter over the city, in steps that fall on edges of tiles and of cells too.
        await session.execute(text(SCATTER), {"like": tickets[1]})
        states = dict((await session.execute(text(
            "SELECT status, count(*) FROM ticket WHERE jurisdiction_id = :here AND is_open GROUP BY 1"
        ), {"here": town.jurisdiction_id})).all())  # fmt: skip
    for z in (9, 10, 11):
        west, north = over((112.4, 23.5), z)
        east, south = over((113.8, 22.8), z)
        counted: Counter[str] = Counter()
        for x in range(west, east + 1):
            for y in range(north, south + 1):
                answer = await desk.browser.get(f"tiles/tickets/{z}/{x}/{y}")
                for cell in read_tile(answer.content).get("cell", []):
                    said = {name: cell.says[name] for name in states if name in cell.says}
                    assert sum(said.values()) == cell.says["n"]
                    assert cell.says["late"] == 0
                    counted.update(said)
        assert counted == states, z
    listed = (await desk.browser.get("tickets/points")).json()
    assert (len(listed["points"]), listed["cut"]) == (2000, True)


async def test_tiles_and_points_are_chosen_by_the_same_words(
    served: Served, town: Town, volunteer: Member, shift_leader: Member
) -> None:
    phone, desk = Phone(served, volunteer), Phone(served, shift_leader)
    (market,) = await filed(phone, MARKET, place_note="雪圃学校东门旁")
    served.clock.forward(hours=8)
    (estate,) = await filed(phone, ESTATE, category="lamp", place_note="花园一座")

    async def found(**query: Any) -> list[str]:
        listed = (await desk.browser.get("tickets/points", params=query)).json()
        assert listed["cut"] is False
        return sorted(one["id"] for one in listed["points"])

    statuses = {one: (await desk.look(one))["status"] for one in (market, estate)}
    choices: tuple[tuple[dict[str, str], list[str]], ...] = (
        ({"category": "lamp"}, [estate]),
        ({"grid_id": str(town.grid_market)}, [market]),
        ({"unit_id": str(town.sanitation)}, [market]),
        ({"status": "assigned"}, [one for one in (market, estate) if statuses[one] == "assigned"]),
        ({"status": "resolved"}, []),
        ({}, [market, estate]),
    )
    for query, meant in choices:
        shown = (await tile(desk, MARKET, 14, **query)).get("ticket", [])
        assert sorted(one.says["id"] for one in shown) == sorted(meant) == await found(**query), query
        cells = (await tile(desk, MARKET, 10, **query)).get("cell", [])
        assert sum(one.says["n"] for one in cells) == len(meant), query
    assert await found(text="学校") == [market]
    earlier = (served.clock() - timedelta(hours=1)).isoformat()
    assert await found(received_before=earlier) == [market]
    assert await found(received_after=earlier) == [estate]
    west, east = MARKET[0] - 20 * METRE, MARKET[0] + 20 * METRE
    south, north = MARKET[1] - 20 * METRE, MARKET[1] + 20 * METRE
    around = f"{west},{south};{east},{south};{east},{north};{west},{north}"
    assert await found(within=around) == [market]
    crossed = f"{west},{south};{east},{north};{east},{south};{west},{north}"
    assert await found(within=crossed) == [market]
    for query in ({"within": around}, {"received_before": earlier}):
        listed = (await desk.browser.get("tickets", params=query)).json()["tickets"]
        assert [one["ticket_id"] for one in listed] == [market], query
    for query in ({"within": "1,2;3,4"}, {"within": "1,2;3;4"}, {"status": "sleeping"}):
        answer = await desk.browser.get("tickets/points", params=query)
        assert (answer.status_code, answer.json()["code"]) == (422, "query_unreadable"), query
    for wrong in ("tiles/tickets/14/99999/1", "tiles/tickets/2/1/1", "tiles/base/30/1/1"):
        answer = await desk.browser.get(wrong)
        assert (answer.status_code, answer.json()["code"]) == (422, "tile_unknown"), wrong
    answer = await asked(desk, MARKET, 14, status="closed")
    assert (answer.status_code, answer.json()["facts"]) == (422, {"field": "status"})


async def test_what_has_not_changed_is_not_made_again(
    served: Served, town: Town, volunteer: Member, shift_leader: Member
) -> None:
    phone, desk = Phone(served, volunteer), Phone(served, shift_leader)
    (ticket_id,) = await filed(phone, MARKET)
    first = await asked(desk, MARKET, 14)
    assert first.headers["cache-control"] == "private, no-cache"
    again = await asked(desk, MARKET, 14, held=first.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    other = await asked(Phone(served, town["neighbour_dispatcher"]), MARKET, 14, held=first.headers["etag"])
    assert (other.status_code, read_tile(other.content)) == (200, {}), "what another person left in a browser"
    await Phone(served, shift_leader).does(ticket_id, "note", text="看过了", audience="internal")
    assert (await desk.does(ticket_id, "cancel", reason="other", photos=[await desk.photo(900)])).status_code == 200
    changed = await asked(desk, MARKET, 14, held=first.headers["etag"])
    assert (changed.status_code, read_tile(changed.content)) == (200, {})


async def test_a_change_that_is_committed_late_is_a_change_too(engine: AsyncEngine, town: Town, write: Write) -> None:
    """The one that began first ends last: its number is lower than what was seen before."""
    scope = f"jurisdiction:{town.jurisdiction_id}"

    def change(n: int) -> ChangeRow:
        return ChangeRow(
            epoch=1, at=NOON, jurisdiction_id=town.jurisdiction_id, scope=scope, entity="ticket",
            entity_id=town.community_id, version=n, op="u",
        )  # fmt: skip

    seen = []
    async with write() as slow:
        slow.add(change(1))
        await slow.flush()
        for n in (2, 3):
            async with write() as quick:
                quick.add(change(n))
            async with write() as session:
                seen.append(await state_of(session, town.jurisdiction_id, scope))
    async with write() as session:
        seen.append(await state_of(session, town.jurisdiction_id, scope))
        seen.append(await state_of(session, town.jurisdiction_id, scope))
    assert len(set(seen)) == 3
    assert seen[-1] == seen[-2]


async def test_a_tile_shows_nobody_more_than_the_least_that_the_table_opens(
    served: Served,
    town: Town,
    volunteer: Member,
    other_volunteer: Member,
    steward: Member,
    sanitation_lead: Member,
    property_lead: Member,
    dispatcher: Member,
    shift_leader: Member,
    system_admin: Member,
) -> None:
    canaries = [volunteer.name, volunteer.phone, str(volunteer.person_id), "梁阿姨的钥匙", "学校东门旁"]
    (market,) = await filed(Phone(served, volunteer), MARKET, note="梁阿姨的钥匙", place_note="学校东门旁")
    (river,) = await filed(Phone(served, town["neighbour_volunteer"]), RIVER)
    sees: dict[str, tuple[Member, set[str], bool]] = {
        "shift_leader": (shift_leader, {market, river}, True),
        "dispatcher": (dispatcher, {market}, True),
        "steward": (steward, {market}, True),
        "sanitation_lead": (sanitation_lead, {market}, True),
        "property_lead": (property_lead, set(), True),
        "other_volunteer": (other_volunteer, {market}, False),
        "volunteer": (volunteer, {market}, False),
    }
    for name, (member, meant, timed) in sees.items():
        who = Phone(served, member)
        answers = [await asked(who, MARKET, z) for z in (14, 12, 10)]
        answers.append(await who.browser.get("tickets/points"))
        shown = read_tile(answers[0].content).get("ticket", [])
        assert {one.says["id"] for one in shown} == meant, name
        assert all(("due" in one.says) is timed for one in shown), name
        assert {one["id"] for one in answers[-1].json()["points"]} == meant, name
        assert sum(one.says["n"] for one in read_tile(answers[2].content).get("cell", [])) == len(meant), name
        for answer in answers:
            assert not [one for one in canaries if one.encode() in answer.content], name
    for guess in ({"unit_id": str(town.sanitation)},):
        answer = await asked(Phone(served, other_volunteer), MARKET, 14, **guess)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_permitted")
    assert (await asked(Phone(served, system_admin), MARKET, 14)).status_code == 403


async def test_the_ground_and_where_units_answer(
    served: Served, town: Town, volunteer: Member, shift_leader: Member, write: Write
) -> None:
    desk = Phone(served, shift_leader)
    ground = await tile(desk, MARKET, 17, "base")
    assert {one.says["name"] for one in ground["grid_name"]} >= {"集市网格"}
    assert str(town.grid_market) in {one.says["id"] for one in ground["grid"]}
    assert {one.says["name"] for one in ground["street"]} == {"雪圃大巷"}
    assert {one.says["name"] for one in ground["landmark"]} == {"雪圃学校东门"}
    assert "building" not in await tile(desk, MARKET, 12, "base")
    areas = await tile(desk, ESTATE, 14, "service-areas")
    assert {one.says["name"] for one in areas["service_area_name"]} >= {"环卫一队", "雪圃花园物业"}
    whole = (await desk.browser.get("tiles")).json()["bounds"]
    assert whole == pytest.approx([113.1, 23.0, 113.106, 23.002])
    held = (await asked(desk, MARKET, 14, "base")).headers["etag"]
    assert (await asked(desk, MARKET, 14, "base", held=held)).status_code == 304
