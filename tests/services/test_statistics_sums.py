"""Months that are over are summed: the same figures as from the rows, whatever happens to the rows afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from cast import Town
from conftest import Read, Write
from filing import open_town
from gridward.domain.statements import Month
from gridward.domain.statistics.months import month_of
from gridward.persistence.database import WriteSession
from gridward.persistence.statistics import sums
from gridward.persistence.statistics.asking import Asked, Group
from gridward.persistence.statistics.counting import WHOLE, counts
from gridward.persistence.statistics.sets import SETS
from gridward.services.statistics import sum_month
from lives import Life, lived

CHINA = "Asia/Shanghai"
OCTOBER_IS_OVER = datetime(2026, 11, 20, 4, tzinfo=UTC)
DAYS_MIN = (7, 45, 600, 1_300, 2_800)
"""Pauses of a life that takes some two months."""


def local(month: int, day: int) -> datetime:
    """Midnight in China, in 2026."""
    return datetime(2026, month, day, tzinfo=UTC) - timedelta(hours=8)


PERIODS = {
    "all of it": (local(8, 1), local(11, 21)),
    "september": (local(9, 1), local(10, 1)),
    "october": (local(10, 1), local(11, 1)),
    "from the middle to the middle": (local(9, 11), local(11, 12)),
    "two weeks": (local(9, 11), local(9, 25)),
}


def questions(town: Town) -> Iterator[tuple[str, Asked, Group]]:
    def asked(name: str, at: datetime, **more: Any) -> Asked:
        since, until = PERIODS[name]
        return Asked(jurisdiction_id=town.jurisdiction_id, since=since, until=until, at=at, time_zone=CHINA, **more)

    for at in (OCTOBER_IS_OVER, local(10, 9)):
        for group in (Group.none, Group.unit, Group.month, Group.week):
            yield f"all of it by {group}, judged {at}", asked("all of it", at), group
        for name in PERIODS:
            yield f"{name}, judged {at}", asked(name, at), Group.none
    yield "a step", asked("all of it", OCTOBER_IS_OVER, step=PERIODS["september"]), Group.none


async def different(read: Read, write: Write, town: Town) -> list[str]:
    """The questions that sums answer in another way than rows: a writer counts rows."""
    found = []
    for name, asked, group in questions(town):
        async with read() as session:
            summed = await counts(session, asked, group, tuple(SETS))
        async with write() as session:
            rows = await counts(session, asked, group, tuple(SETS))
        if summed != rows:
            found.append(name)
    return found


async def sum_all(write: Write) -> int:
    months = 0
    while True:
        async with write() as session:
            if not await sum_month(session, OCTOBER_IS_OVER):
                return months
        months += 1


async def stale(write: Write) -> int:
    """How often something changed that is summed, and was not summed again."""
    async with write() as session:
        marks = text("SELECT count(*) FROM figure_stale WHERE settled_at < :november")
        return int((await session.execute(marks, {"november": local(11, 1)})).scalar_one())


@pytest.fixture
async def autumn(write: Write, town: Town) -> Life:
    """Two months of a life, of which both are over and summed."""
    async with write() as session:
        await open_town(session, town)
    life = await lived(write, town, 2, 110, DAYS_MIN)
    assert local(10, 10) < life.now < local(11, 20), "the life is as long as this story needs it"
    assert await sum_all(write) >= 2
    async with write() as session:
        summed = set((await session.execute(text("SELECT source FROM figure_sum WHERE counts[1] > 0"))).scalars())
    assert summed >= {"ticket", "turn", "acknowledge", "resolve", "verify"}
    return life


async def test_sums_say_what_the_rows_say(autumn: Life, town: Town, read: Read, write: Write) -> None:
    assert await different(read, write, town) == []
    async with write() as session:
        await session.execute(text("UPDATE figure_sum SET counts[1] = counts[1] + 1"))
    wrong = await different(read, write, town)
    assert any(name.startswith("all of it by none,") for name in wrong), "sums are not read at all"
    assert not any("two weeks" in name or "by week" in name for name in wrong), "no month of these is whole"


async def test_what_changes_afterwards_is_counted_at_once(autumn: Life, town: Town, read: Read, write: Write) -> None:
    """Old tickets are reopened, exempted, corrected, moved; nobody waits for the worker to see it."""
    first = None
    async with write() as session:
        (first, *_) = await autumn.family(session, everything=True)
    marked = rounds = 0
    # Whether a step falls on what was summed is chance.
    while rounds < 3 or (not marked and rounds < 15):
        rounds += 1
        for _ in range(15):
            autumn.now += timedelta(minutes=45)
            async with write() as session:
                ticket_id = autumn.chance.choice(await autumn.family(session, everything=True))
                await autumn.step(session, ticket_id, first)
        assert await different(read, write, town) == []
        marked += await stale(write)
        await sum_all(write)
        assert await stale(write) == 0
        assert await different(read, write, town) == []
    assert marked, "nothing that was summed has changed: nothing was tried"


async def test_a_row_that_goes_or_comes_back_is_noticed(autumn: Life, town: Town, read: Read, write: Write) -> None:
    of = {"j": town.jurisdiction_id}
    chosen = "FROM clock c WHERE c.jurisdiction_id = :j AND c.state = 'stopped' AND c.is_final"
    async with write() as session:
        kept = (await session.execute(text(f"SELECT json_agg(c)::text {chosen}"), of)).scalar_one()
        await session.execute(text(f"DELETE {chosen}"), of)
    assert await stale(write)
    assert await different(read, write, town) == []
    await sum_all(write)
    async with write() as session:
        again = text("INSERT INTO clock SELECT * FROM json_populate_recordset(NULL::clock, CAST(:kept AS json))")
        await session.execute(again, {"kept": kept})
    assert await stale(write)
    assert await different(read, write, town) == []
    await sum_all(write)
    assert await different(read, write, town) == []


async def test_a_unit_that_becomes_volunteers_solves_in_its_grid(
    autumn: Life, town: Town, read: Read, write: Write
) -> None:
    (asked,) = [
        one for name, one, group in questions(town) if name.startswith("all of it by none,") and one.at > local(11, 1)
    ]

    async def in_grid() -> int:
        async with read() as session:
            return (await counts(session, asked))[WHOLE]["ticket.in_grid"]

    before = await in_grid()
    async with write() as session:
        await session.execute(
            text("UPDATE unit SET kind = 'volunteers' WHERE jurisdiction_id = :j"), {"j": town.jurisdiction_id}
        )
    after = await in_grid()
    assert after > before
    await sum_all(write)
    assert await in_grid() == after
    assert await different(read, write, town) == []


async def test_what_changes_while_a_month_is_summed_is_summed_again(
    autumn: Life, town: Town, read: Read, write: Write
) -> None:
    """The worker has counted and not yet committed; somebody's late change lies between."""
    september = Month.read("2026-09")
    change = text(
        "UPDATE clock SET exempt = NOT exempt WHERE jurisdiction_id = :j AND kind = 'resolve' AND state = 'stopped' AND is_final"
    )

    async def changed(session: WriteSession) -> None:
        done = await session.execute(change, {"j": town.jurisdiction_id})
        assert done.rowcount, "there is nothing to change"  # type: ignore[attr-defined]

    async with write() as worker:
        await sums.add_month(worker, town.jurisdiction_id, CHINA, september, OCTOBER_IS_OVER)
        async with write() as late:
            await changed(late)
    assert await different(read, write, town) == []
    assert await sum_all(write)
    assert await different(read, write, town) == []


async def test_a_summed_month_is_marked_also_where_the_database_is_behind_the_program(
    autumn: Life, town: Town, write: Write
) -> None:
    """For the database the month is not over; the program, whose clock is ahead, has summed it."""
    now = datetime.now(UTC)
    of = {"j": town.jurisdiction_id, "now": now}
    async with write() as session:
        await sums.add_month(session, town.jurisdiction_id, CHINA, month_of(now, ZoneInfo(CHINA)), now)
    async with write() as session:
        await session.execute(
            text("UPDATE clock SET stopped_at = :now WHERE jurisdiction_id = :j AND state = 'stopped' AND is_final"), of
        )
    async with write() as session:
        marks = text("SELECT count(*) FROM figure_stale WHERE jurisdiction_id = :j AND settled_at = :now")
        assert (await session.execute(marks, of)).scalar_one()
