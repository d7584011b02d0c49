"""Whom a stranger may call: in a database of its own, since it matters how many communities there are."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

import build
from cast import Member
from serving import Served, serve


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
