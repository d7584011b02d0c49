"""The roster over HTTP: who may keep it, and what a change does at the next request."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import NOON, Member, Town
from gridward.persistence.accounts.rows import InviteRow, SessionRow, SignInLogRow, SmsCodeRow
from gridward.services.accounts.retention import forget
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


async def test_a_person_is_added_invited_and_comes_in_by_the_printed_code(
    served: Served, town: Town, system_admin: Member, read
) -> None:
    role = {"role": "volunteer", "scope_kind": "community", "scope_id": str(town.community_id)}
    new = {"name": "冼婆婆", "phone": "199 2222 0001", "community_id": str(town.community_id), "roles": [role]}
    async with served.browser(system_admin) as desk, served.browser() as phone:
        made = await desk.post("people", json=new)
        assert made.status_code == 201
        person_id = made.json()["person_id"]
        assert (await desk.post("people", json=new)).json()["code"] == "person_known"
        invited = (await desk.post(f"people/{person_id}/invite")).json()
        assert invited["url"].startswith("http://127.0.0.1:8000/i#")
        assert invited["qr"].startswith("data:image/svg+xml")
        entered = await phone.post("sign-in/printed", json={"phone": "19922220001", "code": invited["printed_code"]})
        assert entered.json()["name"] == "冼婆婆"
        assert (await phone.get("hello")).json()["session"]["roles"][0]["scope_name"] == "雪圃社区"
    async with read() as session:
        verbs = await session.execute(
            text("SELECT verb FROM entry WHERE subject_id = :person AND actor_id = :admin"),
            {"person": person_id, "admin": system_admin.person_id},
        )
        assert sorted(verbs.scalars()) == ["grant.given", "invite.made", "person.added"]


async def test_a_misspelt_name_is_put_right_everywhere_and_the_log_holds_no_name(
    served: Served, town: Town, volunteer: Member, system_admin: Member, security_admin: Member, read
) -> None:
    at = f"people/{volunteer.person_id}/name"
    async with served.browser(system_admin) as desk, served.browser(volunteer) as phone:
        assert (await desk.put(at, json={"name": " 梁阿怡 "})).status_code == 204
        assert (await phone.get("hello")).json()["session"]["name"] == "梁阿怡"
        assert (await desk.put(at, json={"name": "  "})).json()["code"] == "name_missing"
        assert (await desk.put(f"people/{town.jurisdiction_id}/name", json={"name": "谁"})).status_code == 404
        async with served.browser(security_admin) as other:
            assert (await other.put(at, json={"name": "梁"})).status_code == 403
        assert (await desk.put(at, json={"name": volunteer.name})).status_code == 204
    async with read() as session:
        said = await session.execute(
            text("SELECT detail FROM entry WHERE subject_id = :person AND verb = 'person.corrected'"),
            {"person": volunteer.person_id},
        )
        assert list(said.scalars()) == [{"field": "name"}] * 2


async def test_a_refused_role_leaves_no_half_made_person(
    served: Served, town: Town, system_admin: Member, read
) -> None:
    role = {"role": "dispatcher", "scope_kind": "community", "scope_id": str(town.community_id)}
    async with served.browser(system_admin) as desk:
        refused = await desk.post("people", json={"name": "半个人", "phone": "19922220009", "roles": [role]})
        assert (refused.status_code, refused.json()["facts"]) == (403, {"action": "grant:give"})
    async with read() as session:
        assert (await session.execute(text("SELECT count(*) FROM person WHERE name = '半个人'"))).scalar_one() == 0


async def test_a_role_counts_at_the_next_request_and_ends_devices_that_came_by_link(
    served: Served, town: Town, volunteer: Member, security_admin: Member
) -> None:
    async with served.browser(security_admin) as desk, served.browser(volunteer) as phone:
        steward = {"role": "steward", "scope_kind": "grid", "scope_id": str(town.grid_market)}
        made = await desk.post(f"people/{volunteer.person_id}/grants", json=steward)
        assert made.status_code == 201
        assert {one["role"] for one in (await phone.get("hello")).json()["session"]["roles"]} == {
            "volunteer",
            "steward",
        }
        assert (await desk.post(f"people/{volunteer.person_id}/grants", json=steward)).json()["code"] == "grant_held"
        ended = await desk.delete(f"people/{volunteer.person_id}/grants/{made.json()['grant_id']}")
        assert ended.status_code == 204
        assert [one["role"] for one in (await phone.get("hello")).json()["session"]["roles"]] == ["volunteer"]
        dispatcher = {"role": "dispatcher", "scope_kind": "community", "scope_id": str(town.community_id)}
        await desk.post(f"people/{volunteer.person_id}/grants", json=dispatcher)
        assert (await phone.get("hello")).json()["session"] is None


@pytest.mark.parametrize(
    ("grant", "status", "code"),
    [
        ({"role": "volunteer", "scope_kind": "unit"}, 422, "scope_kind_wrong"),
        ({"role": "supervisor", "scope_kind": "community", "scope": "nowhere"}, 404, "scope_unknown"),
        ({"role": "mayor", "scope_kind": "jurisdiction"}, 422, "malformed"),
        ({"role": "supervisor", "scope_kind": "community", "valid_to": "2020-01-01T00:00:00Z"}, 422, "period_over"),
    ],
)
async def test_a_role_that_makes_no_sense_is_refused(
    served: Served, town: Town, volunteer: Member, security_admin: Member, grant: dict[str, str], status: int, code: str
) -> None:
    scope = str(volunteer.person_id if grant.get("scope") else town.community_id)
    sent = {**{name: value for name, value in grant.items() if name != "scope"}, "scope_id": scope}
    async with served.browser(security_admin) as desk:
        refused = await desk.post(f"people/{volunteer.person_id}/grants", json=sent)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


async def test_a_scope_of_another_jurisdiction_is_no_scope_here(
    served: Served, town: Town, far_town: Town, volunteer: Member, security_admin: Member
) -> None:
    foreign = {"role": "steward", "scope_kind": "grid", "scope_id": str(far_town.grid_market)}
    async with served.browser(security_admin) as desk:
        refused = await desk.post(f"people/{volunteer.person_id}/grants", json=foreign)
        assert refused.json()["code"] == "scope_unknown"
        of_foreigner = await desk.post(f"people/{far_town['volunteer'].person_id}/grants", json=foreign)
        assert (of_foreigner.status_code, of_foreigner.json()["code"]) == (404, "person_unknown")


async def test_administrators_are_apart_where_the_jurisdiction_says_so(
    served: Served, town: Town, security_admin: Member, audit_admin: Member, write
) -> None:
    another = {"role": "system_admin", "scope_kind": "jurisdiction", "scope_id": str(town.jurisdiction_id)}
    async with served.browser(security_admin) as desk:
        own = await desk.post(f"people/{security_admin.person_id}/grants", json=another)
        assert own.json()["code"] == "grant_to_self"
        async with write() as session:
            await session.execute(
                text("UPDATE jurisdiction SET settings = '{\"admins_apart\": true}' WHERE jurisdiction_id = :id"),
                {"id": town.jurisdiction_id},
            )
        refused = await desk.post(f"people/{audit_admin.person_id}/grants", json=another)
        assert (refused.status_code, refused.json()["code"]) == (409, "admins_apart")


async def test_whoever_keeps_the_roster_cannot_become_staff_by_an_invite(
    served: Served, system_admin: Member, dispatcher: Member, security_admin: Member
) -> None:
    async with served.browser(system_admin) as roster, served.browser(security_admin) as rights:
        assert (await roster.post(f"people/{dispatcher.person_id}/invite")).status_code == 403
        assert (await rights.post(f"people/{dispatcher.person_id}/invite")).json()["printed_code"] is None


async def test_a_units_lead_sees_the_own_people_without_their_numbers(
    served: Served, sanitation_lead: Member, sanitation_worker: Member
) -> None:
    async with served.browser(sanitation_lead) as lead:
        people = (await lead.get("people")).json()["people"]
        assert {one["name"] for one in people} == {"霍师傅", "区队长"}
        phones = {one["name"]: one["phone"] for one in people}
        assert phones["霍师傅"] == f"{sanitation_worker.phone[:3]}****{sanitation_worker.phone[-4:]}"
        assert phones["区队长"] == sanitation_lead.phone


async def test_pages_go_on_where_they_ended(served: Served, town: Town, system_admin: Member) -> None:
    async with served.browser(system_admin) as desk:
        names, after = [], None
        while True:
            page = (await desk.get("people", params={"limit": 4, **({"after": after} if after else {})})).json()
            names += [one["name"] for one in page["people"]]
            after = page["next"]
            if after is None:
                break
        assert sorted(names) == sorted(member.name for member in town.people.values())
        found = (await desk.get("people", params={"text": "梁"})).json()["people"]
        assert [one["name"] for one in found] == ["梁阿姨"]
        assert (await desk.get("people", params={"after": "nonsense"})).status_code == 422


async def test_a_lost_phone_is_signed_out_everywhere(served: Served, volunteer: Member, security_admin: Member) -> None:
    async with served.browser(security_admin) as desk, served.browser(volunteer) as phone:
        assert (await desk.post(f"people/{volunteer.person_id}/sign-out")).json() == {"sessions": 1}
        assert (await phone.get("hello")).json()["session"] is None


async def test_what_is_old_is_forgotten_and_the_rest_stays(
    served: Served, volunteer: Member, worker_engine: AsyncEngine, read, write
) -> None:
    async with served.browser() as phone:
        await phone.post("sign-in/code/ask", json={"phone": volunteer.phone})

    async def counts() -> list[int]:
        async with read() as session:
            return [
                (await session.execute(select(func.count()).select_from(row))).scalar_one()
                for row in (SignInLogRow, SessionRow, InviteRow, SmsCodeRow)
            ]

    before = await counts()
    async with write() as session:
        assert await forget(session, NOON + timedelta(hours=23)) is False
    assert await counts() == before
    async with write() as session:
        await forget(session, NOON + timedelta(days=181))
    log, sessions, _, codes = await counts()
    assert (log, sessions, codes) == (0, 0, 0)
