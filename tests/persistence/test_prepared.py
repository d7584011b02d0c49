"""Prepared statements behave as SQLAlchemy's own: one transaction, the same refusals, the same values in and out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import pytest
from sqlalchemy import Integer, Table, Text, bindparam, column, func, insert, select, table, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.persistence.accounts.rows import JurisdictionRow
from gridward.persistence.database import WriteSession, glance, read_transaction, write_transaction
from gridward.persistence.entries import EntryRow, new_id
from gridward.persistence.prepared import Prepared
from gridward.persistence.tickets import pages
from gridward.persistence.tickets.asking import Reach, Wanted
from gridward.web.tickets.shapes import TicketBrief

ENTRY = cast(Table, EntryRow.__table__)
ADD = Prepared(insert(ENTRY))
OF = Prepared(
    select(ENTRY.c.entry_id, ENTRY.c.detail, ENTRY.c.occurred_at, ENTRY.c.hash).where(
        ENTRY.c.entry_id == bindparam("entry")
    )
)
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)


def an_entry(entry_id: UUID, **other: object) -> dict[str, object]:
    return {
        "entry_id": entry_id,
        "epoch": 1,
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
        "detail": {"name": "沙面", "parts": [1, 2.5, None]},
        "hash_version": 1,
        "hash": b"\x00\xff",
        **other,
    }


async def test_what_goes_in_comes_out(engine: AsyncEngine) -> None:
    entry_id = new_id()
    async with write_transaction(engine) as session:
        await ADD.run(session, [an_entry(entry_id)])
        row = await OF.one(session, {"entry": entry_id})
    assert (row.entry_id, row.occurred_at, row.hash) == (entry_id, NOON, b"\x00\xff")
    assert row.detail == {"name": "沙面", "parts": [1, 2.5, None]}


async def test_the_first_statement_of_a_transaction_is_undone_with_it(engine: AsyncEngine) -> None:
    entry_id = new_id()
    with pytest.raises(RuntimeError, match="something else went wrong"):
        async with write_transaction(engine) as session:
            await ADD.run(session, [an_entry(entry_id)])
            raise RuntimeError("something else went wrong")
    async with read_transaction(engine) as session:
        assert await OF.one_or_none(session, {"entry": entry_id}) is None


async def test_it_sees_what_sqlalchemy_wrote_in_the_same_transaction_and_the_other_way_round(
    engine: AsyncEngine,
) -> None:
    first, second = new_id(), new_id()
    async with write_transaction(engine) as session:
        await session.execute(insert(ENTRY), an_entry(first))
        assert await OF.one_or_none(session, {"entry": first}) is not None
        await ADD.run(session, [an_entry(second), an_entry(new_id())])
        found = await session.execute(select(func.count()).where(ENTRY.c.entry_id.in_([first, second])))
        assert found.scalar_one() == 2
        await session.rollback()


async def test_a_constraint_that_says_no_is_sqlalchemys_refusal_with_its_name(engine: AsyncEngine) -> None:
    entry_id = new_id()
    with pytest.raises(IntegrityError, match="pk_entry") as refused:
        async with write_transaction(engine) as session:
            await ADD.run(session, [an_entry(entry_id), an_entry(entry_id)])
    assert refused.value.orig is not None
    assert getattr(refused.value.orig.__cause__, "constraint_name", None) == "pk_entry"


async def test_a_session_that_may_only_read_cannot_write_with_it(engine: AsyncEngine) -> None:
    async with read_transaction(engine) as session:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await ADD.run(cast(WriteSession, session), [an_entry(new_id())])


async def test_what_cannot_be_prepared_says_so(engine: AsyncEngine) -> None:
    changing_list = Prepared(select(ENTRY.c.verb).where(ENTRY.c.verb.in_(bindparam("verbs", expanding=True))))
    lacking = Prepared(update(cast(Table, JurisdictionRow.__table__)).where(text("name = :wanted")))
    async with write_transaction(engine) as session:
        with pytest.raises(TypeError, match="cannot be prepared"):
            await changing_list.rows(session, {"verbs": ["grid.drawn"]})
        with pytest.raises(TypeError, match="wanted"):
            await lacking.run(session, [{"name": "x"}])


async def test_a_glance_runs_one_select_after_another_and_nothing_else(engine: AsyncEngine) -> None:
    entry_id = new_id()
    async with glance(engine) as looking:
        assert await OF.rows(looking, {"entry": entry_id}) == []
        async with write_transaction(engine) as session:
            await ADD.run(session, [an_entry(entry_id)])
        assert [row.entry_id for row in await OF.rows(looking, {"entry": entry_id})] == [entry_id]
        with pytest.raises(TypeError, match="more than a glance"):
            await ADD.rows(looking, an_entry(new_id()))


async def test_a_connection_that_broke_at_a_glance_is_not_given_out_again(engine: AsyncEngine) -> None:
    mine = Prepared(select(func.pg_backend_pid().label("process")))
    async with glance(engine) as looking:
        process = (await mine.one(looking, {})).process
        async with write_transaction(engine) as session:
            await session.execute(text("SET LOCAL ROLE NONE"))
            await session.execute(text("SELECT pg_terminate_backend(:process)"), {"process": process})
        with pytest.raises(DBAPIError):
            await mine.one(looking, {})
    async with glance(engine) as looking:
        assert (await mine.one(looking, {})).process != process


async def test_a_list_is_planned_for_the_box_at_hand_however_often_it_was_asked(engine: AsyncEngine) -> None:
    everything = Reach(jurisdiction_id=new_id(), person_id=new_id(), everything=True)
    shown = frozenset(TicketBrief.model_fields)
    kept = Prepared(
        select(
            column("custom_plans", Integer),
            column("generic_plans", Integer),
        )
        .select_from(table("pg_prepared_statements"))
        .where(column("statement", Text).contains("row_to_json"), ~column("statement", Text).contains("custom_plans"))
    )
    async with glance(engine) as looking:
        for east in range(12):
            box = Wanted(bbox=(113.0, 22.0, 113.1 + east, 23.0))
            await pages.page(looking, everything, box, shown, NOON)
        plans = await kept.rows(looking, {})
    assert [(row.custom_plans, row.generic_plans) for row in plans] == [(12, 0)]
