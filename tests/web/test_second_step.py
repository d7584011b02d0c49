"""The second step at sign-in, as staff, an intruder with the password, and the security administrator meet it."""

from __future__ import annotations

import base64
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member, Town
from gridward.domain.accounts_second_step import STEP_S, code_at
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


def unpacked(secret: str) -> bytes:
    return base64.b32decode(secret + "=" * (-len(secret) % 8))


def now_shown(served: Served, secret: bytes) -> str:
    return code_at(secret, int(served.clock.at.timestamp()) // STEP_S)


def test_the_digits_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, SHA-1, the last six of eight digits."""
    secret = b"12345678901234567890"
    for at, digits in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
        assert code_at(secret, at // STEP_S) == digits


async def roles(desk: httpx.AsyncClient) -> list[str]:
    return [one["role"] for one in (await desk.get("hello")).json()["session"]["roles"]]


async def set_up(served: Served, desk: httpx.AsyncClient) -> tuple[bytes, list[str]]:
    begun = (await desk.post("my/second-step")).json()
    assert begun["qr"].startswith("data:image/svg+xml")
    secret = unpacked(begun["secret"])
    done = await desk.put("my/second-step", json={"code": now_shown(served, secret)})
    assert done.status_code == 200, done.text
    return secret, done.json()["codes"]


async def test_required_roles_count_only_after_the_step(
    served: Served, town: Town, security_admin: Member, dispatcher: Member, read
) -> None:
    async with served.browser(security_admin) as rights, served.browser(dispatcher) as desk:
        meant = {"admins_apart": True, "required": ["dispatcher", "security_admin"]}
        first = await rights.put("safety", json=meant)
        assert (first.status_code, first.json()["code"]) == (409, "second_step.own_first")
        await set_up(served, rights)
        assert (await rights.put("safety", json=meant)).status_code == 204

        assert await roles(desk) == []
        assert (await desk.get("hello")).json()["session"]["second_step"] == "set_up"
        assert (await desk.get("tickets/counts")).status_code == 403
        secret, _ = await set_up(served, desk)
        assert await roles(desk) == ["dispatcher"]
        assert (await desk.get("tickets/counts")).status_code == 200
        shown = (await rights.get("safety")).json()["staff"]
        assert {one["name"] for one in shown if one["stands"]} == {security_admin.name, dispatcher.name}
    async with read() as session:
        kept = await session.execute(
            text("SELECT secret FROM second_step WHERE person_id = :id"), {"id": dispatcher.person_id}
        )
        assert secret not in kept.scalar_one()


async def by_password(client: httpx.AsyncClient) -> None:
    """A fresh session of the password alone."""
    entered = await client.post("sign-in/password", json={"login": "dispatch.one", "password": "wide river 7 lamps"})
    assert entered.status_code == 200, entered.text


async def test_a_password_alone_opens_no_desk_and_codes_are_used_once(
    served: Served, town: Town, dispatcher: Member, security_admin: Member
) -> None:
    async with served.browser(dispatcher) as desk:
        new = {"login": "dispatch.one", "password": "wide river 7 lamps"}
        assert (await desk.put("my/password", json=new)).status_code == 204
        secret, codes = await set_up(served, desk)
        used = now_shown(served, secret)
    async with served.browser() as thief:
        await by_password(thief)
        assert await roles(thief) == []
        assert (await thief.get("hello")).json()["session"]["second_step"] == "enter"
        assert (await thief.post("my/second-step")).json()["code"] == "second_step.first"
        replayed = await thief.post("my/second-step/enter", json={"code": used})
        assert (replayed.status_code, replayed.json()["code"]) == (403, "second_step.wrong")
        for _ in range(4):
            await thief.post("my/second-step/enter", json={"code": "000000"})
        held_off = await thief.post("my/second-step/enter", json={"code": "000000"})
        assert (held_off.status_code, held_off.json()["code"]) == (429, "too_many_tries")
    served.clock.forward(minutes=20)
    async with served.browser() as own:
        await by_password(own)
        assert (await own.post("my/second-step/enter", json={"code": now_shown(served, secret)})).status_code == 204
        assert await roles(own) == ["dispatcher"]
    async with served.browser() as without:
        await by_password(without)
        typed = f"{codes[0][:5]} - {codes[0][5:].upper()}"
        assert (await without.post("my/second-step/enter", json={"code": typed})).status_code == 204
        assert (await without.get("my/second-step")).json()["recovery_left"] == 9
    async with served.browser() as again:
        await by_password(again)
        assert (await again.post("my/second-step/enter", json={"code": codes[0]})).status_code == 403


async def test_a_lost_authenticator_is_taken_off_by_another(
    served: Served, town: Town, dispatcher: Member, security_admin: Member, system_admin: Member, read
) -> None:
    async with served.browser(dispatcher) as desk, served.browser(security_admin) as rights:
        await set_up(served, desk)
        await set_up(served, rights)
        async with served.browser(system_admin) as system:
            assert (await system.delete(f"people/{dispatcher.person_id}/second-step")).status_code == 403
        own = await rights.delete(f"people/{security_admin.person_id}/second-step")
        assert (own.status_code, own.json()["code"]) == (403, "second_step.own")
        assert (await rights.delete(f"people/{dispatcher.person_id}/second-step")).status_code == 204
        assert (await desk.get("hello")).json()["session"] is None
    async with read() as session:
        verbs = await session.execute(
            text("SELECT verb FROM entry WHERE subject_id = :id AND verb LIKE 'second_step%' ORDER BY entry_id"),
            {"id": dispatcher.person_id},
        )
        assert list(verbs.scalars()) == ["second_step.set_up", "second_step.taken_off"]


async def test_administrators_are_set_apart_only_when_they_are(
    served: Served, town: Town, security_admin: Member, audit_admin: Member
) -> None:
    async with served.browser(security_admin) as rights:
        both = {"role": "system_admin", "scope_kind": "jurisdiction", "scope_id": str(town.jurisdiction_id)}
        made = await rights.post(f"people/{audit_admin.person_id}/grants", json=both)
        assert made.status_code == 201
        refused = await rights.put("safety", json={"admins_apart": True, "required": []})
        assert (refused.json()["code"], refused.json()["facts"]) == ("admins_not_apart", {"name": audit_admin.name})
        await rights.delete(f"people/{audit_admin.person_id}/grants/{made.json()['grant_id']}")
        assert (await rights.put("safety", json={"admins_apart": True, "required": []})).status_code == 204
        again = await rights.post(f"people/{audit_admin.person_id}/grants", json=both)
        assert again.json()["code"] == "admins_apart"
