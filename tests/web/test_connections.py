"""A small server: one connection to the database is enough, however many phones come at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member, Town
from conftest import Write
from filing import open_town
from gridward.persistence.database import make_engine
from phones import Phone
from serving import serve


@pytest.fixture
async def narrow(engine: AsyncEngine) -> AsyncIterator[AsyncEngine]:
    one = make_engine(engine.url.render_as_string(hide_password=False), role="gridward_app", pool_size=1)
    yield one
    await one.dispose()


async def test_nobody_waits_for_a_second_connection_while_holding_one(
    narrow: AsyncEngine, write: Write, town: Town, volunteer: Member, tmp_path: Path
) -> None:
    async with write() as session:
        await open_town(session, town)
    served = serve(narrow, tmp_path)
    phones = [Phone(served, volunteer) for _ in range(6)]
    answers = await asyncio.gather(*(phone.file(phone.report()) for phone in phones))
    assert [answer.status_code for answer in answers] == [201] * len(phones)
    lists = await asyncio.gather(*(phone.browser.get("tickets") for phone in phones))
    assert [answer.status_code for answer in lists] == [200] * len(phones)
