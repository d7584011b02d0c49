"""Rows of several tables go out as one statement, and come to lie there as they would one by one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast

import pytest
from sqlalchemy import Table, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.persistence.changes import ChangeRow
from gridward.persistence.database import read_transaction, write_transaction
from gridward.persistence.entries import CHANGES, ENTRIES, EntryRow, new_id
from gridward.persistence.standards.rows import StandardRow
from gridward.persistence.writes import Put, Writes

NOON = datetime(2026, 11, 20, 4, 0, 0, 123456, tzinfo=UTC)
DETAIL = {"name": '沙面 \\ "一号"', "parts": [1, 2.5, None], "nested": {"at": "2026-11-20"}}


def an_entry(**other: object) -> dict[str, object]:
    return {
        "entry_id": new_id(),
        "jurisdiction_id": new_id(),
        "actor_id": None,
        "via": "app",
        "verb": "grid.drawn",
        "subject": "grid",
        "subject_id": new_id(),
        "ticket_id": None,
        "ticket_version": None,
        "occurred_at": NOON,
        "recorded_at": NOON,
        "detail": DETAIL,
        "hash_version": 1,
        "hash": b"\x00\xff\\",
        **other,
    }


def a_change(entity_id: object) -> dict[str, object]:
    return {
        "at": NOON,
        "jurisdiction_id": new_id(),
        "scope": "person:1",
        "entity": "grid",
        "entity_id": entity_id,
        "version": 7,
        "op": "u",
    }


async def test_bytes_microseconds_and_chinese_come_out_as_they_went_in(engine: AsyncEngine) -> None:
    first, second = an_entry(), an_entry(verb="grid.renamed")
    writes = Writes()
    writes.add(ENTRIES, [first])
    writes.add(CHANGES, [a_change(first["subject_id"])])
    writes.add(ENTRIES, [second])
    async with write_transaction(engine) as session:
        await writes.run(session)
    async with read_transaction(engine) as session:
        found = {
            row.entry_id: row
            for row in await session.scalars(
                select(EntryRow).where(EntryRow.entry_id.in_([first["entry_id"], second["entry_id"]]))
            )
        }
        changes = (await session.scalars(select(ChangeRow).where(ChangeRow.entity_id == first["subject_id"]))).all()
    row = found[first["entry_id"]]
    assert (row.occurred_at, row.hash, row.detail, row.ticket_id) == (NOON, b"\x00\xff\\", DETAIL, None)
    assert found[second["entry_id"]].verb == "grid.renamed"
    assert [(one.version, one.epoch, one.xid) for one in changes] == [(7, row.epoch, row.xid)]


async def test_what_one_table_refuses_none_has(engine: AsyncEngine) -> None:
    entry = an_entry()
    writes = Writes()
    writes.add(CHANGES, [a_change(entry["subject_id"])])
    writes.add(ENTRIES, [entry, entry])
    with pytest.raises(IntegrityError):
        async with write_transaction(engine) as session:
            await writes.run(session)
    async with read_transaction(engine) as session:
        count = await session.scalar(select(func.count()).where(ChangeRow.entity_id == entry["subject_id"]))
    assert count == 0


async def test_rows_are_written_once_however_often_it_is_run(engine: AsyncEngine) -> None:
    entry = an_entry()
    writes = Writes()
    writes.add(ENTRIES, [entry])
    assert writes.holds(ENTRIES)
    async with write_transaction(engine) as session:
        await writes.run(session)
        await writes.run(session)
    assert not writes.holds(ENTRIES)


def test_a_column_that_is_not_there_is_named() -> None:
    with pytest.raises(TypeError, match="colour"):
        Put(cast(Table, StandardRow.__table__)).sql(["standard_id", "colour"], 1)
