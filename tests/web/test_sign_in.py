"""Coming in, over HTTP: what opens the door once, what never does, and what an onlooker learns from the answers."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from cast import NOON, SINCE, Member, Town
from gridward.domain.accounts import Role, ScopeKind, program
from gridward.domain.accounts_sign_in import NOTICE_VERSION
from gridward.gateways.channels.sms import GatewaySms
from gridward.persistence.accounts.rows import GrantRow, PersonRow, SessionRow, SignInLogRow
from gridward.services.accounts import invites, roster
from gridward.services.accounts.invites import Invited
from gridward.services.accounts.passwords import Passwords
from serving import KEY, Served, serve
from webhook_receiver import HANG, OK, Receiver

PASSWORD = "a river of nine lanes"


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


async def invited(write, member: Member, now: datetime = NOON) -> Invited:
    async with write() as session:
        return await invites.make_invite(
            session, KEY, program(member.actor.jurisdiction_id, "cli"), member.person_id, now
        )


async def with_password(write, member: Member) -> None:
    async with write() as session:
        await roster.set_password(
            session,
            Passwords.cheap(),
            program(member.actor.jurisdiction_id, "cli"),
            member.person_id,
            f"desk-{member.phone}",
            PASSWORD,
            NOON,
        )


async def is_in(client: httpx.AsyncClient) -> str | None:
    session = (await client.get("hello")).json()["session"]
    return None if session is None else session["name"]


async def test_opening_a_link_spends_nothing_and_using_it_does(served: Served, volunteer: Member, write) -> None:
    link = await invited(write, volunteer)
    async with served.browser() as phone, served.browser() as other:
        for _ in range(3):
            look = await phone.post("sign-in/invite/look", json={"token": link.token})
            assert look.json()["name"] == "梁阿姨"
            assert look.json()["community"] == "雪圃社区"
        assert await is_in(phone) is None
        entered = await phone.post("sign-in/invite", json={"token": link.token, "notice_version": NOTICE_VERSION})
        assert entered.json() == {"person_id": str(volunteer.person_id), "name": "梁阿姨", "notice_due": False}
        assert await is_in(phone) == "梁阿姨"
        again = await other.post("sign-in/invite", json={"token": link.token})
        assert (again.status_code, again.json()["code"]) == (409, "invite_spent")
        assert (await other.post("sign-in/invite/look", json={"token": link.token})).json()["code"] == "invite_spent"


async def test_two_phones_at_once_and_one_is_in(served: Served, volunteer: Member, write) -> None:
    link = await invited(write, volunteer)
    browsers = [served.browser(address=f"203.0.113.{n}") for n in range(6)]
    answers = await asyncio.gather(*(b.post("sign-in/invite", json={"token": link.token}) for b in browsers))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409, 409, 409]


async def test_a_link_holds_seven_days_and_a_new_one_voids_the_old(served: Served, volunteer: Member, write) -> None:
    old = await invited(write, volunteer)
    new = await invited(write, volunteer)
    async with served.browser() as phone:
        assert (await phone.post("sign-in/invite", json={"token": old.token})).json()["code"] == "invite_revoked"
        served.clock.forward(days=7)
        assert (await phone.post("sign-in/invite", json={"token": new.token})).json()["code"] == "invite_expired"
        served.clock.forward(seconds=-1)
        assert (await phone.post("sign-in/invite", json={"token": new.token})).status_code == 200


async def test_in_wechat_the_page_is_told_so(served: Served, volunteer: Member, write) -> None:
    link = await invited(write, volunteer)
    async with served.browser(**{"User-Agent": "Mozilla/5.0 MicroMessenger/8.0.50"}) as phone:
        assert (await phone.post("sign-in/invite/look", json={"token": link.token})).json()["in_app_hint"] == "wechat"


async def test_a_reusable_link_is_for_invented_people_only(
    town: Town, volunteer: Member, served: Served, write
) -> None:
    operator = program(town.jurisdiction_id, "demo")
    with pytest.raises(Exception, match="reusable_for_invented_people_only"):
        async with write() as session:
            await invites.make_invite(session, KEY, operator, volunteer.person_id, NOON, reusable=True)
    async with write() as session:
        await session.execute(text("UPDATE jurisdiction SET invented = true"))
        link = await invites.make_invite(session, KEY, operator, volunteer.person_id, NOON, reusable=True)
    served.clock.forward(days=400)
    for _ in range(2):
        async with served.browser() as phone:
            assert (await phone.post("sign-in/invite", json={"token": link.token})).status_code == 200


async def test_the_printed_code_works_with_the_number_and_five_wrong_tries_use_it_up(
    served: Served, volunteer: Member, other_volunteer: Member, write
) -> None:
    sheet, other = await invited(write, volunteer), await invited(write, other_volunteer)
    wrong = f"{(int(sheet.printed_code or 0) + 1) % 10**8:08d}"
    async with served.browser() as phone:
        for _ in range(5):
            refused = await phone.post("sign-in/printed", json={"phone": volunteer.phone, "code": wrong})
            assert (refused.status_code, refused.json()["code"]) == (403, "sign_in_refused")
        right = await phone.post("sign-in/printed", json={"phone": volunteer.phone, "code": sheet.printed_code})
        assert right.json()["code"] == "sign_in_refused"
        spaced = f"{other.printed_code[:4]} {other.printed_code[4:]}"
        good = await phone.post("sign-in/printed", json={"phone": f"+86 {other_volunteer.phone}", "code": spaced})
        assert good.json()["name"] == "何伯"
        assert (
            await phone.post("sign-in/printed", json={"phone": other_volunteer.phone, "code": other.printed_code})
        ).json()["code"] == "sign_in_refused"


async def test_a_code_to_the_phone_lets_in_once(served: Served, volunteer: Member) -> None:
    async with served.browser() as phone:
        asked = await phone.post("sign-in/code/ask", json={"phone": volunteer.phone})
        assert asked.json() == {"expires_in_s": 600}
        (sent,) = served.sms.sent
        assert sent.phone == volunteer.phone
        entered = await phone.post("sign-in/code", json={"phone": volunteer.phone, "code": sent.code})
        assert entered.json()["notice_due"] is True
        assert await is_in(phone) == "梁阿姨"
    async with served.browser() as other:
        again = await other.post("sign-in/code", json={"phone": volunteer.phone, "code": sent.code})
        assert again.json()["code"] == "sign_in_refused"


async def test_a_gateway_that_is_away_keeps_nobody_waiting_and_the_next_code_lets_in(
    served: Served, volunteer: Member
) -> None:
    answers = [HANG, OK]
    async with Receiver(answer=lambda n: answers[n - 1]) as gateway:
        channel = GatewaySms(
            key=b"w" * 32, address=gateway.address, clock=served.clock, allow_private=True, timeout_s=0.5
        )
        through = Served(parts=replace(served.parts, sms=channel), clock=served.clock, sms=served.sms)
        async with through.browser() as phone:
            for _ in answers:
                asked = await phone.post("sign-in/code/ask", json={"phone": volunteer.phone})
                assert asked.json() == {"expires_in_s": 600}
                served.clock.forward(minutes=1)
            lost, sent = (one["values"]["code"] for one in gateway.said())
            old = await phone.post("sign-in/code", json={"phone": volunteer.phone, "code": lost})
            assert old.json()["code"] == "sign_in_refused"
            entered = await phone.post("sign-in/code", json={"phone": volunteer.phone, "code": sent})
            assert entered.json()["name"] == "梁阿姨"


async def test_a_code_ends_after_ten_minutes_and_after_five_tries(served: Served, volunteer: Member) -> None:
    async with served.browser() as phone:
        await phone.post("sign-in/code/ask", json={"phone": volunteer.phone})
        code = served.sms.sent[-1].code
        served.clock.forward(minutes=10)
        late = await phone.post("sign-in/code", json={"phone": volunteer.phone, "code": code})
        assert late.json()["code"] == "sign_in_refused"
        await phone.post("sign-in/code/ask", json={"phone": volunteer.phone})
        code = served.sms.sent[-1].code
        for _ in range(5):
            await phone.post("sign-in/code", json={"phone": volunteer.phone, "code": f"{(int(code) + 1) % 10**6:06d}"})
        used_up = await phone.post("sign-in/code", json={"phone": volunteer.phone, "code": code})
        assert used_up.json()["code"] == "sign_in_refused"


async def test_the_answer_never_tells_who_is_on_the_roster(
    served: Served, volunteer: Member, dispatcher: Member, write
) -> None:
    await with_password(write, dispatcher)

    async def answers(phone_number: str, login: str) -> list[tuple[int, object]]:
        async with served.browser(address="203.0.113.99") as phone:
            tries = [
                await phone.post("sign-in/code/ask", json={"phone": phone_number}),
                await phone.post("sign-in/code", json={"phone": phone_number, "code": "000000"}),
                await phone.post("sign-in/printed", json={"phone": phone_number, "code": "00000000"}),
                await phone.post("sign-in/password", json={"login": login, "password": "not the right one"}),
            ]
        return [(answer.status_code, answer.json()) for answer in tries]

    known = await answers(volunteer.phone, f"desk-{dispatcher.phone}")
    assert known == await answers("19912345678", "nobody-here")
    assert known == await answers(dispatcher.phone, "n o b o d y")
    assert [one.phone for one in served.sms.sent] == [volunteer.phone]


async def test_checking_a_password_of_nobody_does_the_same_work() -> None:
    worked: list[str] = []

    class Counting(Argon2Hasher):
        def hash(self, *args: Any, **more: Any) -> str:
            worked.append("argon2")
            return super().hash(*args, **more)

        def verify(self, *args: Any, **more: Any) -> bool:
            worked.append("argon2")
            return super().verify(*args, **more)

    passwords = Passwords(Counting(time_cost=1, memory_cost=8, parallelism=1))
    stored = await passwords.hashed("x")
    worked.clear()
    assert await passwords.matches("x", stored) is True
    of_somebody = list(worked)
    worked.clear()
    assert await passwords.matches("x", None) is False
    assert worked == of_somebody == ["argon2"]


async def test_staff_come_by_password_only(served: Served, dispatcher: Member, write) -> None:
    await with_password(write, dispatcher)
    async with served.browser() as desk:
        assert (await desk.post("sign-in/code/ask", json={"phone": dispatcher.phone})).status_code == 200
        assert served.sms.sent == []
        entered = await desk.post("sign-in/password", json={"login": f" Desk-{dispatcher.phone}", "password": PASSWORD})
        assert entered.json()["name"] == "卢派遣"
        assert await is_in(desk) == "卢派遣"
    assert (await invited(write, dispatcher)).printed_code is None


async def test_two_people_of_one_number_are_asked_which(served: Served, town: Town, volunteer: Member, write) -> None:
    async with write() as session:
        wife = await build.person(
            session, town.jurisdiction_id, "冼婆婆", volunteer.phone, community_id=town.community_id, since=SINCE
        )
        await build.grant(
            session, town.jurisdiction_id, wife, Role.volunteer, ScopeKind.community, town.community_id, since=SINCE
        )
    async with served.browser() as phone:
        await phone.post("sign-in/code/ask", json={"phone": volunteer.phone})
        body = {"phone": volunteer.phone, "code": served.sms.sent[-1].code}
        asked = await phone.post("sign-in/code", json=body)
        assert (asked.status_code, asked.json()["code"]) == (409, "choose_person")
        assert {one["name"] for one in asked.json()["facts"]["people"]} == {"梁阿姨", "冼婆婆"}
        entered = await phone.post("sign-in/code", json={**body, "person_id": str(wife)})
        assert entered.json()["name"] == "冼婆婆"


async def test_codes_are_sent_once_a_minute_and_five_times_an_hour(served: Served, volunteer: Member) -> None:
    async with served.browser() as phone:
        for n in range(5):
            assert (await phone.post("sign-in/code/ask", json={"phone": volunteer.phone})).status_code == 200, n
            early = await phone.post("sign-in/code/ask", json={"phone": volunteer.phone})
            assert (early.status_code, early.json()["code"]) == (429, "too_many_tries")
            assert early.headers["Retry-After"] == "60"
            served.clock.forward(minutes=1)
        sixth = await phone.post("sign-in/code/ask", json={"phone": volunteer.phone})
        assert sixth.status_code == 429
        assert int(sixth.headers["Retry-After"]) == 55 * 60
        served.clock.forward(minutes=55)
        assert (await phone.post("sign-in/code/ask", json={"phone": volunteer.phone})).status_code == 200


async def test_limits_hold_for_tries_at_the_same_moment_in_several_processes(
    served: Served, engine: AsyncEngine, tmp_path: Path, dispatcher: Member, write
) -> None:
    await with_password(write, dispatcher)
    processes = [served, serve(engine, tmp_path), serve(engine, tmp_path)]
    browsers = [processes[n % 3].browser(address=f"198.51.100.{n}") for n in range(15)]
    body = {"login": f"desk-{dispatcher.phone}", "password": "guessed at the same moment"}
    answers = await asyncio.gather(*(browser.post("sign-in/password", json=body) for browser in browsers))
    assert sorted(answer.status_code for answer in answers) == [403] * 10 + [429] * 5
    async with served.browser() as desk:
        right = await desk.post("sign-in/password", json={**body, "password": PASSWORD})
        assert right.status_code == 429


async def test_one_address_cannot_try_everybody(served: Served, write) -> None:
    async with served.browser(address="198.51.100.200") as phone:
        answers = [
            (await phone.post("sign-in/printed", json={"phone": f"1991000{n:04d}", "code": "12345678"})).status_code
            for n in range(31)
        ]
    assert answers == [403] * 30 + [429]


async def test_a_new_password_needs_the_old_one_or_an_invite(served: Served, dispatcher: Member, write) -> None:
    link = await invited(write, dispatcher)
    new = {"login": "desk.lu", "password": PASSWORD}
    async with served.browser() as desk, served.browser() as other:
        await desk.post("sign-in/invite", json={"token": link.token})
        assert (await desk.put("my/password", json=new)).status_code == 204
        await other.post("sign-in/password", json=new)
        assert await is_in(other) == "卢派遣"
        newer = {"login": "desk.lu", "password": "nine lanes and a river"}
        assert (await other.put("my/password", json=newer)).json()["code"] == "sign_in_refused"
        changed = await other.put("my/password", json={**newer, "current": PASSWORD})
        assert changed.status_code == 204
        assert await is_in(other) == "卢派遣"
        assert await is_in(desk) is None


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("short", "password_too_short"),
        ("x" * 129, "password_too_long"),
        ("aaaaaaaaaaaaaa", "password_guessable"),
        ("password1234567", "password_guessable"),
        ("qwertyuiop123456", "password_guessable"),
    ],
)
async def test_a_password_that_anybody_would_try_is_refused(
    served: Served, dispatcher: Member, password: str, code: str
) -> None:
    async with served.browser(dispatcher) as desk:
        refused = await desk.put("my/password", json={"login": "desk.lu2", "password": password})
    assert (refused.status_code, refused.json()["code"]) == (422, code)


async def test_signing_out_ends_the_session_on_the_server(served: Served, volunteer: Member, read) -> None:
    async with served.browser(volunteer) as phone:
        assert await is_in(phone) == "梁阿姨"
        assert (await phone.post("sign-out")).status_code == 204
    async with served.browser(volunteer) as stolen_cookie:
        assert await is_in(stolen_cookie) is None
    async with read() as session:
        query = select(SessionRow.ended_at).where(SessionRow.person_id == volunteer.person_id)
        assert (await session.execute(query)).scalar_one() == NOON


async def test_the_cookie_is_bound_to_the_host_and_out_of_reach_of_scripts(
    served: Served, volunteer: Member, write
) -> None:
    link = await invited(write, volunteer)
    with served.over_https() as https:
        async with https.browser() as phone:
            entered = await phone.post("sign-in/invite", json={"token": link.token})
    cookie = entered.headers["Set-Cookie"].lower()
    assert cookie.startswith("__host-sid=")
    for sign in ("httponly", "secure", "samesite=lax", "path=/", f"max-age={180 * 86400}"):
        assert sign in cookie
    assert "domain" not in cookie


async def test_on_plain_localhost_the_cookie_goes_without_secure(served: Served, volunteer: Member, write) -> None:
    link = await invited(write, volunteer)
    async with served.browser() as phone:
        entered = await phone.post("sign-in/invite", json={"token": link.token})
    cookie = entered.headers["Set-Cookie"].lower()
    assert cookie.startswith("sid=")
    assert "secure" not in cookie
    assert "httponly" in cookie


async def test_hello_knows_roles_and_notices_each_change(served: Served, volunteer: Member, town: Town, write) -> None:
    async with served.browser(volunteer) as phone:
        first = (await phone.get("hello")).json()
        assert first["session"]["roles"] == [
            {
                "role": "volunteer",
                "scope_kind": "community",
                "scope_id": str(town.community_id),
                "scope_name": "雪圃社区",
                "is_lead": False,
            }
        ]
        assert first["session"]["jurisdiction"]["emergency_numbers"] == [{"label": "消防", "number": "119"}]
        assert (await phone.get("hello")).json()["scope_rev"] == first["scope_rev"]
        async with write() as session:
            await session.execute(
                update(GrantRow).where(GrantRow.person_id == volunteer.person_id).values(valid_to=NOON)
            )
        later = (await phone.get("hello")).json()
        assert later["session"]["roles"] == []
        assert later["scope_rev"] != first["scope_rev"]


async def test_the_notice_that_was_agreed_to_is_kept(served: Served, volunteer: Member, read) -> None:
    async with served.browser(volunteer) as phone:
        assert (await phone.get("hello")).json()["session"]["notice_due"] is True
        assert (await phone.post("my/notice", json={"notice_version": "1999"})).json()["code"] == "notice_unknown"
        assert (await phone.post("my/notice", json={"notice_version": NOTICE_VERSION})).status_code == 204
        assert (await phone.get("hello")).json()["session"]["notice_due"] is False
    async with read() as session:
        person = (
            await session.execute(select(PersonRow).where(PersonRow.person_id == volunteer.person_id))
        ).scalar_one()
    assert (person.notice_version, person.notice_at) == (NOTICE_VERSION, NOON)


async def test_use_keeps_the_session_and_idleness_ends_it(served: Served, system_admin: Member) -> None:
    async with served.browser(system_admin) as desk:
        for _ in range(5):
            served.clock.forward(minutes=110)
            assert await is_in(desk) == "阮系统"
        served.clock.forward(minutes=121)
        assert await is_in(desk) is None


async def test_every_try_is_in_the_log_and_no_secret_is(served: Served, volunteer: Member, write, read) -> None:
    link = await invited(write, volunteer)
    async with served.browser(address="192.0.2.55") as phone:
        await phone.post("sign-in/invite", json={"token": "wrong"})
        await phone.post("sign-in/invite", json={"token": link.token})
    async with read() as session:
        rows = (await session.execute(select(SignInLogRow).where(SignInLogRow.address == "192.0.2.55"))).scalars().all()
        stored = (await session.execute(text("SELECT string_agg(t::text, ' ') FROM session t"))).scalar_one()
        stored += (await session.execute(text("SELECT string_agg(t::text, ' ') FROM invite t"))).scalar_one()
    assert {row.outcome: row.person_id for row in rows} == {"invite_unknown": None, "ok": volunteer.person_id}
    assert link.token not in stored


async def test_long_and_odd_input_is_refused_in_words(served: Served) -> None:
    async with served.browser() as phone:
        for address, body in (
            ("sign-in/invite", {"token": "x" * 10_000}),
            ("sign-in/invite", {}),
            ("sign-in/code/ask", {"phone": "12345"}),
            ("sign-in/code", {"phone": "19912345678", "code": "12"}),
            ("sign-in/password", {"login": "a", "password": "p" * 5000}),
        ):
            answer = await phone.post(address, json=body)
            assert answer.status_code == 422, address
            assert answer.headers["Content-Type"] == "application/problem+json"


async def test_nobody_is_let_in_by_a_disabled_persons_link(
    served: Served, volunteer: Member, security_admin: Member, write
) -> None:
    link = await invited(write, volunteer)
    async with served.browser(security_admin) as desk, served.browser(volunteer) as phone:
        assert await is_in(phone) == "梁阿姨"
        assert (await desk.post(f"people/{volunteer.person_id}/disable")).status_code == 204
        assert await is_in(phone) is None
        assert (await phone.post("sign-in/invite", json={"token": link.token})).status_code in (404, 409)
