"""An office without a shell: roster, units and service areas from the desk, shown before they are published."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, Member, Town
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


def packed(content: str) -> str:
    return base64.b64encode(content.encode()).decode()


async def test_two_administrators_bring_one_roster_and_each_does_their_part(
    served: Served, town: Town, system_admin: Member, security_admin: Member, read
) -> None:
    async with read() as session:
        named = await session.execute(
            text(
                "SELECT a.code AS community, g.code AS grid FROM area a, grid g WHERE area_id = :area AND grid_id = :grid"
            ),
            {"area": town.community_id, "grid": town.grid_market},
        )
        community, grid = named.one()
    roster = packed(
        "姓名,手机,社区,角色,网格\n"
        f"冼婆婆,19933330001,{community},志愿者,\n"
        f"甘网格,19933330002,{community},网格员,{grid}\n"
        f"错号码,12345,{community},志愿者,\n"
    )
    async with served.browser(system_admin) as system, served.browser(security_admin) as security:
        shown = (await system.post("people/import/draft", json={"content": roster})).json()
        assert (shown["read"], shown["ready"], shown["refused_rows"]) == (3, 2, 1)
        assert [one["code"] for one in shown["refused"]] == ["phone_malformed"]
        assert "role_left" in [one["code"] for one in shown["warnings"]]
        unseen = await system.post("people/import", json={"content": roster, "seen": "another"})
        assert (unseen.status_code, unseen.json()["code"]) == (409, "import_moved_on")

        # The security administrator alone puts nobody on the roster.
        early = (await security.post("people/import/draft", json={"content": roster})).json()
        assert (early["ready"], [one["code"] for one in early["refused"]].count("person_not_yours")) == (0, 2)

        done = await system.post("people/import", json={"content": roster, "seen": shown["seen"], "invite": True})
        assert done.json()["added"] == 2
        invites = {one["name"]: one for one in done.json()["invites"]}
        assert set(invites) == {"冼婆婆", "甘网格"}
        assert invites["冼婆婆"]["community"] == "雪圃社区"
        async with served.browser() as phone:
            code = {"phone": "19933330001", "code": invites["冼婆婆"]["printed_code"]}
            assert (await phone.post("sign-in/printed", json=code)).status_code == 200

        late = (await security.post("people/import/draft", json={"content": roster})).json()
        assert (late["ready"], late["unchanged"]) == (1, 1)
        given = await security.post("people/import", json={"content": roster, "seen": late["seen"]})
        assert given.json()["report"]["applied"] == 1
        people = (await system.get("people", params={"text": "甘网格"})).json()["people"]
        assert [one["role"] for one in people[0]["roles"]] == ["steward"]


async def test_a_unit_is_made_gets_an_area_and_is_closed_when_nothing_hangs_on_it(
    served: Served, town: Town, system_admin: Member, security_admin: Member, dispatcher: Member, read
) -> None:
    async with served.browser(system_admin) as system, served.browser(security_admin) as security:
        kept = {"name": "雪圃排水队", "kind": "work", "telephone": "020-81110000"}
        unit_id = (await system.put("units/U-DRAIN", json=kept)).json()["unit_id"]
        renamed = await system.put("units/U-DRAIN", json={**kept, "name": "雪圃排水一队"})
        assert renamed.json()["unit_id"] == unit_id
        nowhere = await system.put("units/U-DRAIN", json={**kept, "area_code": "不存在", "is_last_resort": True})
        assert (nowhere.status_code, nowhere.json()["code"]) == (422, "area_unknown")

        lon, lat = MARKET
        ring = [[lon, lat], [lon + 0.002, lat], [lon + 0.002, lat + 0.002], [lon, lat]]
        feature = {
            "type": "Feature",
            "properties": {"code": "S-DRAIN", "name": "排水片区", "unit": "U-DRAIN", "kind": "work"},
            "geometry": {"type": "Polygon", "coordinates": [ring]},
        }
        drawn = {
            "layer": "service-area",
            "name": "排水.geojson",
            "content": packed(json.dumps({"type": "FeatureCollection", "features": [feature]})),
        }
        asked = (await system.post("territory/imports/draft", json=drawn)).json()
        assert (asked["read"], [one["code"] for one in asked["refused"]]) == (0, ["crs_needed"])
        drawn["crs"] = "WGS-84"
        shown = (await system.post("territory/imports/draft", json=drawn)).json()
        assert (shown["ready"], shown["facts"]["new"]) == (1, 1)
        assert (await system.post("territory/imports", json={**drawn, "seen": shown["seen"]})).json()["applied"] == 1

        role = {"role": "unit_worker", "scope_kind": "unit", "scope_id": unit_id}
        worker = town["other_volunteer"].person_id
        assert (await security.post(f"people/{worker}/grants", json=role)).status_code == 201
        holds = (await system.get(f"units/{unit_id}/holds")).json()
        assert holds == {"tickets": 0, "people": 1, "service_areas": 1, "rules": []}

        served.clock.forward(minutes=1)
        async with served.browser(dispatcher) as desk:
            assert (await desk.post(f"units/{unit_id}/close")).status_code == 403
        assert (await system.post(f"units/{unit_id}/close")).status_code == 200
        assert "U-DRAIN" not in [one["code"] for one in (await system.get("units")).json()["units"]]
        again = await system.put("units/U-DRAIN", json=kept)
        assert (again.status_code, again.json()["code"]) == (409, "unit.closed")
        roles = (await system.get("people", params={"text": town["other_volunteer"].name})).json()["people"][0]["roles"]
        assert "unit_worker" not in [one["role"] for one in roles]
    async with read() as session:
        verbs = await session.execute(text("SELECT verb FROM entry WHERE subject_id = :unit"), {"unit": unit_id})
        assert list(verbs.scalars()) == ["unit.closed"]


async def test_a_districts_file_is_larger_than_other_requests(served: Served, system_admin: Member) -> None:
    large = {"layer": "grid", "name": "网格.geojson", "content": packed("{}" + " " * 2_000_000)}
    async with served.browser(system_admin) as system:
        told = await system.post("territory/imports/draft", json=large)
        assert (told.status_code, [one["code"] for one in told.json()["refused"]]) == (200, ["not_geojson"])
        other = await system.put(f"desk/phrases/{uuid4()}", json={"use": "reject", "text": large["content"]})
        assert other.status_code == 413


async def test_a_unit_that_rules_or_tickets_need_is_not_closed(
    served: Served, town: Town, system_admin: Member
) -> None:
    async with served.browser(system_admin) as system:
        named = {one["code"]: one for one in (await system.get("units")).json()["units"]}
        last = next(one for one in named.values() if one["is_last_resort"])
        refused = await system.post(f"units/{last['unit_id']}/close")
        assert (refused.status_code, refused.json()["code"]) == (409, "unit.is_last_resort")


async def test_the_last_administrator_keeps_the_role(
    served: Served, system_admin: Member, security_admin: Member, audit_admin: Member
) -> None:
    async with served.browser(security_admin) as security:
        person = (await security.get("people", params={"role": "audit_admin"})).json()["people"][0]
        grant_id = person["roles"][0]["grant_id"]
        kept = await security.delete(f"people/{person['person_id']}/grants/{grant_id}")
        assert (kept.status_code, kept.json()["code"]) == (409, "last_admin")
        shut = await security.post(f"people/{system_admin.person_id}/disable")
        assert (shut.status_code, shut.json()["facts"]) == (409, {"role": "system_admin"})


async def test_a_role_begins_and_ends_on_its_days(
    served: Served, town: Town, volunteer: Member, security_admin: Member
) -> None:
    async with served.browser(security_admin) as security, served.browser(volunteer) as phone:
        begins, ends = served.clock.at.replace(day=20), served.clock.at.replace(day=25)
        role = {"role": "steward", "scope_kind": "grid", "scope_id": str(town.grid_market)}
        spans = {**role, "valid_from": begins.isoformat(), "valid_to": ends.isoformat()}
        backwards = {**role, "valid_from": ends.isoformat(), "valid_to": begins.isoformat()}
        at = f"people/{volunteer.person_id}/grants"
        assert (await security.post(at, json=backwards)).json()["code"] == "period_over"
        desk = {"role": "dispatcher", "scope_kind": "community", "scope_id": str(town.community_id)}
        later = await security.post(at, json={**desk, "valid_from": begins.isoformat()})
        assert (later.status_code, later.json()["code"]) == (422, "staff_begins_now")
        assert (await security.post(at, json=spans)).status_code == 201

        async def roles() -> list[str]:
            return sorted(one["role"] for one in (await phone.get("hello")).json()["session"]["roles"])

        assert await roles() == ["volunteer"]
        served.clock.at = begins
        assert await roles() == ["steward", "volunteer"]
        served.clock.at = ends
        assert await roles() == ["volunteer"]
