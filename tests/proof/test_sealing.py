"""Whoever owns the database can rewrite the log. Whatever they do to what was sealed, the first wrong row is named.

Each case tampers as the owner, with every trigger off, looks, and takes it all back.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import MARKET, NOON, Town
from conftest import Write
from filing import Story, deliver, filed, open_town, report
from gridward.domain import sync
from gridward.domain.entries import Deed, entry_hash
from gridward.domain.sealing import Wrong
from gridward.gateways.blobstore import MemoryBlobs
from gridward.gateways.sealing import MemoryAnchors
from gridward.persistence.database import WriteSession
from gridward.services.sealing import Verified, read_anchors, verify
from gridward.services.tickets.sweep import sweep
from gridward.worker import Tools, seal_entries
from proof.sizes import size

CASES = size(20, 200)
OFF = ("entry_is_append_only", "entry_is_never_emptied")


class Tampering:
    """A transaction of the owner on a sealed log, never committed."""

    def __init__(self, session: WriteSession, town: Town, seed: int, rows: Sequence[Any]) -> None:
        self.session, self.town, self.dice, self.rows = session, town, Random(seed), rows

    async def sql(self, statement: str, **values: Any) -> Any:
        return await self.session.execute(text(statement), values)

    def any_row(self) -> int:
        return self.dice.randrange(len(self.rows))

    async def rehash(self, entry_id: UUID) -> None:
        """As somebody who knows how the row's hash is made."""
        row = (await self.sql("SELECT * FROM entry WHERE entry_id = :id", id=entry_id)).mappings().one()
        deed = Deed(**{name: row[name] for name in Deed.__slots__})
        new = entry_hash(deed, jurisdiction_id=row["jurisdiction_id"])
        await self.sql("UPDATE entry SET hash = :hash WHERE entry_id = :id", hash=new, id=entry_id)


async def edit(case: Tampering) -> tuple[Wrong, UUID]:
    entry_id = case.rows[case.any_row()].entry_id
    change = case.dice.choice(
        (
            "occurred_at = occurred_at - interval '1 second'",
            "recorded_at = recorded_at - interval '1 day'",
            "actor_id = gen_random_uuid()",
            "via = 'desk2'",
            "verb = verb || '2'",
            "subject_id = gen_random_uuid()",
            """detail = detail || '{"forged": true}'""",
            "hash = sha256(hash)",
            "hash_version = 2",
        )
    )
    await case.sql(f"UPDATE entry SET {change} WHERE entry_id = :id", id=entry_id)
    if case.dice.random() < 0.6 and not change.startswith("hash"):
        await case.rehash(entry_id)
    return Wrong.edited, entry_id


async def delete(case: Tampering) -> tuple[Wrong, UUID]:
    first = case.any_row()
    gone = [row.entry_id for row in case.rows[first : first + case.dice.choice((1, 1, 3))]]
    await case.sql("DELETE FROM entry WHERE entry_id = ANY(:ids)", ids=gone)
    return Wrong.deleted, gone[0]


async def insert(case: Tampering) -> tuple[Wrong, UUID]:
    """A copy of a row with an id of its own, whole and rightly hashed, at the place of another transaction."""
    like, forged = case.rows[case.any_row()], uuid4()
    await case.sql(
        "INSERT INTO entry SELECT (jsonb_populate_record(e, jsonb_build_object('entry_id', CAST(:id AS text), "
        "'ticket_id', NULL, 'ticket_version', NULL))).* FROM entry e WHERE entry_id = :like",
        id=str(forged),
        like=like.entry_id,
    )
    await case.rehash(forged)
    return Wrong.inserted, forged


async def reorder(case: Tampering) -> tuple[Wrong, UUID]:
    """Two rows change places, as if the later transaction had come first."""
    one = case.any_row()
    others = [at for at, row in enumerate(case.rows) if row.xid != case.rows[one].xid]
    first, last = sorted((one, case.dice.choice(others)))
    early, late = case.rows[first], case.rows[last]
    for row, other in ((early, late), (late, early)):
        await case.sql(
            "UPDATE entry SET xid = CAST(CAST(:xid AS text) AS xid8) WHERE entry_id = :id",
            xid=str(other.xid),
            id=row.entry_id,
        )
    return Wrong.moved, early.entry_id


async def truncate(case: Tampering) -> tuple[Wrong, UUID]:
    """The end is cut off, or everything is."""
    at = case.dice.choice((0, case.any_row(), len(case.rows) - 1))
    if at == 0:
        await case.sql("TRUNCATE entry")
    else:
        await case.sql(
            "DELETE FROM entry WHERE jurisdiction_id = :own AND entry_id = ANY(:ids)",
            own=case.town.jurisdiction_id,
            ids=[row.entry_id for row in case.rows[at:]],
        )
    if case.dice.random() < 0.5:
        await case.sql("ALTER TABLE seal DISABLE TRIGGER USER")
        await case.sql("DELETE FROM seal WHERE number > 1")
    return Wrong.deleted, case.rows[at].entry_id


TRICKS: Sequence[Callable[[Tampering], Awaitable[tuple[Wrong, UUID]]]] = (edit, delete, insert, reorder, truncate)


@pytest.fixture(scope="module")
def anchors() -> MemoryAnchors:
    return MemoryAnchors()


@pytest.fixture
async def sealed_log(
    write: Write, worker_engine: AsyncEngine, town: Town, far_town: Town, anchors: MemoryAnchors
) -> Sequence[Any]:
    """An afternoon of one town beside another, sealed every few minutes."""
    tools = Tools(engine=worker_engine, blobs=MemoryBlobs(), now=lambda: NOON, anchors=anchors)
    for each in (town, far_town):
        async with write() as session:
            await open_town(session, each)
    for seed in range(6):
        home = far_town if seed % 3 == 2 else town
        who = home["volunteer"]
        async with write() as session:
            photo = await deliver(session, who, seed)
            at = (MARKET[0] + seed * 0.0003 - 0.0006, MARKET[1])
            claim = (sync.PhotoClaim(sha256=photo, kind="before"),)
            taken = await filed(session, who, report(at=at, photos=claim))
        async with write() as session:
            await Story(taken.ticket_id, NOON).does(
                session, home["supervisor"], "note", text="看过", audience="internal"
            )
            await sweep(session, NOON + timedelta(hours=seed))
        while await seal_entries(tools):
            pass
    async with write() as session:
        rows = await session.execute(
            text(
                "SELECT entry_id, xid::text::bigint AS xid FROM entry WHERE jurisdiction_id = :own "
                "ORDER BY epoch, xid, entry_id"
            ),
            {"own": town.jurisdiction_id},
        )
        return rows.all()


async def looked(session: Any, anchors: MemoryAnchors, town: Town) -> Verified:
    return await verify(session, anchors, town.jurisdiction_id, read_anchors(anchors), NOON + timedelta(days=1))


async def test_whatever_is_done_to_what_was_sealed_the_first_wrong_row_is_named(
    owner_engine: AsyncEngine, town: Town, far_town: Town, sealed_log: Sequence[Any], anchors: MemoryAnchors
) -> None:
    for case in range(CASES):
        trick = TRICKS[case % len(TRICKS)]
        async with WriteSession(owner_engine) as session, session.begin() as transaction:
            for name in OFF:
                await session.execute(text(f"ALTER TABLE entry DISABLE TRIGGER {name}"))
            expected = await trick(Tampering(session, town, case, sealed_log))
            found = await looked(session, anchors, town)
            beside = await looked(session, anchors, far_town)
            await transaction.rollback()
        assert found.fault is not None, (case, trick.__name__)
        assert (found.fault.wrong, found.fault.entry_id) == expected, (case, trick.__name__)
        first = (
            next(at for at, row in enumerate(sealed_log) if row.entry_id == expected[1]) if trick is not insert else 0
        )
        assert trick is insert or found.fault.after == (sealed_log[first - 1].entry_id if first else None), case
        assert beside.fault is None or trick is truncate, (case, trick.__name__)

    async with WriteSession(owner_engine) as session:
        whole = await looked(session, anchors, town)
    assert (whole.fault, whole.sealed, whole.unsealed) == (None, len(sealed_log), 0)
