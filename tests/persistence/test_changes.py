"""The feed under concurrent writers: nothing that was committed is ever passed over, whatever order commits come in."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.domain.sync import Cursor, MustRefetch
from gridward.persistence.changes import ChangeRow, feed_page, prune, start_cursor
from gridward.persistence.database import WriteSession, read_transaction, write_transaction
from gridward.persistence.entries import feed_epoch

AT = datetime(2026, 9, 1, tzinfo=UTC)
WRITERS = 8
TRANSACTIONS = 25


def change(jurisdiction_id: UUID, scope: str, entity_id: UUID, version: int = 1) -> dict[str, object]:
    return {
        "epoch": 1,
        "at": AT,
        "jurisdiction_id": jurisdiction_id,
        "scope": scope,
        "entity": "ticket",
        "entity_id": entity_id,
        "version": version,
        "op": "u",
    }


async def put(session: WriteSession, jurisdiction_id: UUID, scope: str) -> UUID:
    entity_id = uuid4()
    await session.execute(insert(ChangeRow).values(**change(jurisdiction_id, scope, entity_id)))
    return entity_id


class Undone(Exception):
    """A writer that changes its mind."""


@pytest.mark.parametrize("seed", [1, 2])
async def test_no_committed_change_is_passed_over_by_eight_writers(engine: AsyncEngine, seed: int) -> None:
    jurisdiction_id, scopes = uuid4(), [f"person:{uuid4()}", f"community:{uuid4()}"]
    committed: set[UUID] = set()
    writing = asyncio.Event()

    async def writer(number: int) -> None:
        chance = random.Random(seed * 100 + number)
        for _ in range(TRANSACTIONS):
            mine: list[UUID] = []
            try:
                async with write_transaction(engine) as session:
                    for _ in range(chance.choice([1, 1, 2, 5])):
                        if chance.random() < 0.3:
                            async with session.begin_nested():
                                mine.append(await put(session, jurisdiction_id, chance.choice(scopes)))
                        else:
                            mine.append(await put(session, jurisdiction_id, chance.choice(scopes)))
                        # A writer that is slow between its statements commits after others with higher numbers.
                        await session.execute(text("SELECT pg_sleep(:s)"), {"s": chance.choice([0, 0, 0.003, 0.015])})
                    if chance.random() < 0.15:
                        raise Undone
            except Undone:
                continue
            committed.update(mine)

    async def reader(limit: int) -> set[UUID]:
        seen: set[UUID] = set()
        cursor = Cursor(1, 0, 0)
        last_round = False
        while True:
            async with read_transaction(engine) as session:
                page = await feed_page(
                    session, jurisdiction_id=jurisdiction_id, scopes=scopes, cursor=cursor, limit=limit
                )
            seen.update(one.entity_id for one in page.changes)
            assert page.cursor >= cursor
            cursor = page.cursor
            if not page.more:
                if last_round:
                    return seen
                last_round = writing.is_set()

    async with asyncio.TaskGroup() as group:
        readers = [group.create_task(reader(limit)) for limit in (1, 7, 200)]
        writers = [group.create_task(writer(number)) for number in range(WRITERS)]
        await asyncio.wait(writers)
        writing.set()
    assert len(committed) > WRITERS * TRANSACTIONS
    for task in readers:
        assert task.result() == committed


async def test_an_open_writer_holds_back_what_was_committed_after_it_began(engine: AsyncEngine) -> None:
    jurisdiction_id, scope = uuid4(), f"unit:{uuid4()}"

    async def page() -> list[UUID]:
        async with read_transaction(engine) as session:
            found = await feed_page(
                session, jurisdiction_id=jurisdiction_id, scopes=[scope], cursor=Cursor(1, 0, 0), limit=10
            )
        return [one.entity_id for one in found.changes]

    async with write_transaction(engine) as slow:
        first = await put(slow, jurisdiction_id, scope)
        async with write_transaction(engine) as quick:
            second = await put(quick, jurisdiction_id, scope)
        assert await page() == []
    assert await page() == [first, second]


async def test_a_quiet_scope_follows_the_whole_feed(engine: AsyncEngine) -> None:
    """A page that is not full moves on to the newest row of any scope, so a quiet phone never falls behind."""
    jurisdiction_id = uuid4()
    async with read_transaction(engine) as session:
        before = await start_cursor(session)
    async with write_transaction(engine) as session:
        await put(session, uuid4(), "person:somebody-else")
    async with read_transaction(engine) as session:
        page = await feed_page(session, jurisdiction_id=jurisdiction_id, scopes=["person:me"], cursor=before, limit=10)
        newest = await start_cursor(session)
    assert page.changes == ()
    assert page.cursor == newest > before


async def test_one_huge_transaction_is_paged_through(engine: AsyncEngine) -> None:
    jurisdiction_id, scope = uuid4(), "community:one"
    async with write_transaction(engine) as session:
        put_in = [await put(session, jurisdiction_id, scope) for _ in range(23)]
    seen: list[UUID] = []
    cursor, more = Cursor(1, 0, 0), True
    while more:
        async with read_transaction(engine) as session:
            page = await feed_page(session, jurisdiction_id=jurisdiction_id, scopes=[scope], cursor=cursor, limit=5)
        seen += [one.entity_id for one in page.changes]
        cursor, more = page.cursor, page.more
    assert seen == put_in


@pytest.mark.parametrize(
    ("cursor", "reason"),
    [(Cursor(2, 1, 1), "epoch"), (Cursor(0, 1, 1), "epoch"), (Cursor(1, 2**62, 1), "future")],
)
async def test_a_cursor_that_this_feed_never_gave_means_a_new_snapshot(
    engine: AsyncEngine, cursor: Cursor, reason: str
) -> None:
    async with read_transaction(engine) as session:
        assert await feed_epoch(session) == 1
        with pytest.raises(MustRefetch) as refused:
            await feed_page(session, jurisdiction_id=uuid4(), scopes=["person:me"], cursor=cursor, limit=5)
    assert refused.value.facts == {"reason": reason}


async def recorded(engine: AsyncEngine, jurisdiction_id: UUID, at: datetime, count: int) -> Cursor:
    """One transaction with so many changes; answers the cursor of whoever has read them."""
    async with write_transaction(engine) as session:
        rows = [{**change(jurisdiction_id, "person:me", uuid4()), "at": at} for _ in range(count)]
        await session.execute(insert(ChangeRow), rows)
    async with read_transaction(engine) as session:
        return await start_cursor(session)


async def test_old_changes_are_dropped_and_who_was_away_that_long_takes_a_snapshot(
    engine: AsyncEngine, worker_engine: AsyncEngine
) -> None:
    home, day = uuid4(), timedelta(days=1)
    before = AT + 60 * day
    first = await recorded(engine, home, AT + 58 * day, 2)
    second = await recorded(engine, home, AT + 59 * day, 3)
    kept = await recorded(engine, home, before, 2)
    await recorded(engine, home, AT, 1)  # written with a clock that went wrong, after what is kept

    async def ask(cursor: Cursor) -> int:
        async with read_transaction(engine) as session:
            page = await feed_page(session, jurisdiction_id=home, scopes=["person:me"], cursor=cursor, limit=50)
        return len(page.changes)

    assert [await ask(cursor) for cursor in (first, second, kept)] == [6, 3, 1]
    async with write_transaction(worker_engine) as session:
        while await prune(session, before=before, limit=4):
            pass
    for missed in (Cursor(1, first.xid - 1, 1), first, Cursor(1, second.xid, second.seq - 1)):
        with pytest.raises(MustRefetch, match="pruned"):
            await ask(missed)
    assert await ask(kept) == 1

    # However old, the newest stays: a snapshot starts from it, and the feed goes on from there.
    async with write_transaction(worker_engine) as session:
        while await prune(session, before=before + 300 * day, limit=1000):
            pass
    async with read_transaction(engine) as session:
        start = await start_cursor(session)
        assert (await session.execute(text("SELECT count(*) FROM change"))).scalar_one() == 1
    assert await ask(start) == 0
    await recorded(engine, home, before + 301 * day, 1)
    assert await ask(start) == 1


async def test_what_no_reader_can_see_yet_is_not_dropped(engine: AsyncEngine, worker_engine: AsyncEngine) -> None:
    home, late = uuid4(), AT + timedelta(days=900)
    await recorded(engine, home, AT, 1)
    async with write_transaction(engine) as holding:
        await put(holding, home, "person:me")
        await recorded(engine, home, AT, 2)
        await recorded(engine, home, late, 2)
        async with write_transaction(worker_engine) as session:
            while await prune(session, before=late, limit=1000):
                pass
    async with read_transaction(engine) as session:
        assert (await session.execute(text("SELECT count(*) FROM change"))).scalar_one() == 1 + 1 + 2 + 2
