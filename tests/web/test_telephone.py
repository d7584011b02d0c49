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


@pytest.fixture
def served(engine: AsyncEngine, tmp_path: Path) -> Served:
    return serve(engine, tmp_path)


async def test_a_stranger_learns_whom_to_call_where_that_is_one_community_only(
    served: Served, volunteer: Member, write
) -> None:
    async with served.browser() as stranger:
        assert (await stranger.get("hello")).json()["telephone"] == "0000-10000000"
        async with served.browser(volunteer) as phone:
            assert (await phone.get("hello")).json()["telephone"] is None
        async with write() as session:
            await build.jurisdiction(session, "另一个街道", telephone="0000-20000000")
        assert (await stranger.get("hello")).json()["telephone"] is None


async def test_whoever_opens_an_address_that_does_not_open_reads_whom_to_call(
    served: Served, volunteer: Member, engine: AsyncEngine
) -> None:
    await served.parts.telephone.learn(engine)
    away = make_engine("postgresql://nobody@127.0.0.1:1/none")
    alone = Served(parts=replace(served.parts, engine=away), clock=served.clock, sms=served.sms)
    for address in (f"{ORIGIN}/p/{'a' * 26}", f"{ORIGIN}/u/{'a' * 26}"):
        async with served.browser() as stranger:
            unknown = await stranger.get(address)
        async with alone.browser() as stranger:
            busy = await stranger.get(address)
        assert (unknown.status_code, busy.status_code) == (404, 503)
        for page in (unknown, busy):
            assert '<a class="call" href="tel:0000-10000000">社区电话 0000-10000000</a>' in page.text
    await alone.parts.telephone.learn(away)
    assert alone.parts.telephone.known == "0000-10000000", "who does not answer has not said that there is none"
    await away.dispose()
