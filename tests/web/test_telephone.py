"""Whom a stranger may call: in a database of its own, since it matters how many communities there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from cast import Member
from gridward.persistence.database import make_engine
from serving import ORIGIN, Served, serve

CALL = '<a class="call" href="tel:0000-10000000">社区电话 0000-10000000</a>'


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


async def pages_that_do_not_open(served: Served) -> list[str]:
    """The progress page and the one-case link of an address that never was, with the database and without it."""
    away = make_engine("postgresql://nobody@127.0.0.1:1/none")
    alone = Served(parts=replace(served.parts, engine=away), clock=served.clock, sms=served.sms)
    found = []
    for one, status in ((served, 404), (alone, 503)):
        async with one.browser() as stranger:
            for letter in "pu":
                page = await stranger.get(f"{ORIGIN}/{letter}/{'a' * 26}")
                assert page.status_code == status
                found.append(page.text)
    await alone.parts.telephone.learn(away)
    await away.dispose()
    return found


async def test_a_stranger_learns_whom_to_call_where_that_is_one_community_only(
    served: Served, engine: AsyncEngine, volunteer: Member, write
) -> None:
    await served.parts.telephone.learn(engine)
    for page in await pages_that_do_not_open(served):
        assert CALL in page
    assert served.parts.telephone.known == "0000-10000000", "who does not answer has not said that there is none"

    async with served.browser() as stranger:
        assert (await stranger.get("hello")).json()["telephone"] == "0000-10000000"
        async with served.browser(volunteer) as phone:
            assert (await phone.get("hello")).json()["telephone"] is None
        async with write() as session:
            await build.jurisdiction(session, "另一个街道", telephone="0000-20000000")
        assert (await stranger.get("hello")).json()["telephone"] is None
    for page in await pages_that_do_not_open(served):
        assert "tel:" not in page
