"""Two people use one phone: the cookie of the one never carries what the other has written."""

from __future__ import annotations

import json
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member, Town
from filing import open_town
from gridward.persistence.evidence import PhotoRow
from gridward.persistence.tickets.rows import ReportRow
from phones import Phone
from serving import Served, serve


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


@pytest.fixture(autouse=True)
async def opened(write, town: Town) -> None:
    async with write() as session:
        await open_town(session, town)


async def test_what_the_volunteer_wrote_is_not_taken_under_the_stewards_cookie(
    served: Served, volunteer: Member, steward: Member, read
) -> None:
    phone = Phone(served, steward)
    as_volunteer = {"X-Person": str(volunteer.person_id)}
    photo = await phone.browser.put(f"photos/{'ab' * 32}", content=b"\xff\xd8\xff", headers=as_volunteer)
    report_id = uuid4()
    report = await phone.browser.put(
        f"reports/{report_id}", content=json.dumps(phone.report()), headers=phone.headers() | as_volunteer
    )
    feed = await phone.browser.get("snapshot", params={"scope": f"person:{volunteer.person_id}"}, headers=as_volunteer)
    for answer in (photo, report, feed):
        assert (answer.status_code, answer.json()["code"]) == (401, "other_person")
    async with read() as session:
        assert await session.scalar(select(func.count()).select_from(ReportRow)) == 0
        assert await session.scalar(select(func.count()).select_from(PhotoRow)) == 0

    own = await phone.browser.put(
        f"reports/{report_id}",
        content=json.dumps(phone.report()),
        headers=phone.headers() | {"X-Person": str(steward.person_id)},
    )
    assert own.status_code == 201, own.text


async def test_hello_says_who_it_is_whomever_the_phone_remembers(
    served: Served, volunteer: Member, steward: Member
) -> None:
    async with served.browser(steward) as phone:
        answer = await phone.get("hello", headers={"X-Person": str(volunteer.person_id)})
        assert answer.json()["session"]["person_id"] == str(steward.person_id)


async def test_without_a_session_it_is_asked_to_sign_in(served: Served, volunteer: Member) -> None:
    async with served.browser() as phone:
        answer = await phone.get("changes", headers={"X-Person": str(volunteer.person_id)})
        assert (answer.status_code, answer.json()["code"]) == (401, "not_signed_in")
