"""The feed under concurrent writers: nothing that was committed is ever passed over, whatever order commits come in."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.domain.sync import Cursor, MustRefetch
from gridward.persistence.changes import ChangeRow, feed_page, start_cursor
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


async def test_a_cursor_before_what_was_dropped_means_a_new_snapshot(
    engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    async with write_transaction(engine) as session:
        await put(session, uuid4(), "person:any")
    async with read_transaction(engine) as session:
        newest = await start_cursor(session)
    async with write_transaction(owner_engine) as session:
        await session.execute(text("UPDATE system SET pruned_through = CAST(:x AS text)::xid8"), {"x": str(newest.xid)})
    try:
        async with read_transaction(engine) as session:
            still = await feed_page(session, jurisdiction_id=uuid4(), scopes=["person:me"], cursor=newest, limit=5)
            assert still.cursor == newest
            with pytest.raises(MustRefetch, match="pruned"):
                await feed_page(
                    session, jurisdiction_id=uuid4(), scopes=["person:me"], cursor=Cursor(1, newest.xid - 1, 9), limit=5
                )
    finally:
        async with write_transaction(owner_engine) as session:
            await session.execute(text("UPDATE system SET pruned_through = NULL"))
