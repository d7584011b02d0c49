"""The second wall: whatever a query forgets, people at home of another jurisdiction are not seen, written or deleted."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import insert, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import NOON, Town
from gridward.gateways.cluster import Cluster
from gridward.persistence.database import (
    ReadSession,
    WriteSession,
    make_engine,
    reach_homes,
    read_transaction,
    write_transaction,
)
from gridward.persistence.households import register as stored
from gridward.persistence.households import rows
from gridward.persistence.households.rows import BuildingStewardshipRow, HouseholdContactRow
from homes import live
from serving import serve

OF_HOMES = sorted(
    row.__tablename__
    for row in vars(rows).values()
    if isinstance(row, type)
    and issubclass(row, rows.Row)
    and hasattr(row, "__table__")
    and row is not BuildingStewardshipRow  # a duty in a house, not somebody's home
)


@pytest.fixture
async def homes(write, town: Town, far_town: Town) -> dict[str, tuple[UUID, UUID]]:
    made = {}
    for name, one in (("here", town), ("far", far_town)):
        async with write() as session:
            made[name] = await live(session, one, f"ROOM-{name}")
    return made


async def whose(session: ReadSession | WriteSession, table: str) -> Sequence[UUID]:
    """By a query that forgot its condition."""
    return (await session.scalars(text(f"SELECT DISTINCT jurisdiction_id FROM {table}"))).all()


async def test_nothing_of_another_jurisdiction_is_seen_and_nothing_at_all_before_one_is_named(
    engine: AsyncEngine,
    worker_engine: AsyncEngine,
    owner_engine: AsyncEngine,
    homes: dict[str, tuple[UUID, UUID]],
    town: Town,
    far_town: Town,
) -> None:
    both = {town.jurisdiction_id, far_town.jurisdiction_id}
    for everything in (worker_engine, owner_engine):
        async with read_transaction(everything) as session:
            for table in OF_HOMES:
                assert both <= set(await whose(session, table)), f"{table}: nothing to see, so nothing is shown"
    async with read_transaction(engine) as session:
        for table in OF_HOMES:
            assert await whose(session, table) == [], table
        await reach_homes(session, town.jurisdiction_id)
        for table in OF_HOMES:
            assert await whose(session, table) == [town.jurisdiction_id], table


async def test_a_name_given_in_one_transaction_is_gone_in_the_next_of_the_same_connection(
    database_url: str, homes: dict[str, tuple[UUID, UUID]], town: Town
) -> None:
    engine = make_engine(database_url, role="gridward_app", pool_size=1)
    try:
        async with write_transaction(engine) as session:
            await reach_homes(session, town.jurisdiction_id)
            assert await whose(session, "household") == [town.jurisdiction_id]
        async with read_transaction(engine) as session:
            assert await whose(session, "household") == []
    finally:
        await engine.dispose()


async def test_without_a_condition_only_ones_own_rows_are_changed_or_deleted(
    engine: AsyncEngine, owner_engine: AsyncEngine, homes: dict[str, tuple[UUID, UUID]], town: Town, far_town: Town
) -> None:
    async def there() -> dict[str, int]:
        async with read_transaction(owner_engine) as session:
            query = "SELECT count(*) FROM {} WHERE jurisdiction_id = :far"
            return {
                table: (
                    await session.execute(text(query.format(table)), {"far": far_town.jurisdiction_id})
                ).scalar_one()
                for table in OF_HOMES
            }

    before = await there()
    for statement in (
        "UPDATE household SET floor = '9', reached_on = NULL",
        "UPDATE household_contact SET name = '无名'",
        "UPDATE visit SET outcome = 'phoned'",
        "DELETE FROM visit_note",
        "DELETE FROM household_need",
        "DELETE FROM household_contact",
        "DELETE FROM tie",
    ):
        async with write_transaction(engine) as session:
            assert (await session.execute(text(statement))).rowcount == 0, f"{statement}: nobody was named"  # type: ignore[attr-defined]
            await reach_homes(session, town.jurisdiction_id)
            assert (await session.execute(text(statement))).rowcount >= 1, statement  # type: ignore[attr-defined]
    assert await there() == before
    async with read_transaction(owner_engine) as session:
        household_id, visit_id = homes["far"]
        found = await session.execute(
            text(
                "SELECT h.floor, h.reached_on IS NOT NULL, c.name, v.outcome, n.words FROM household h"
                " JOIN household_contact c USING (household_id) JOIN visit v USING (household_id)"
                " JOIN visit_note n USING (visit_id) JOIN tie t ON t.household_id = h.household_id"
                " WHERE h.household_id = :household_id AND v.visit_id = :visit_id"
            ),
            {"household_id": household_id, "visit_id": visit_id},
        )
        assert tuple(found.one()) == ("2", True, "梁秀英", "met", "楼道灯坏了")


@pytest.mark.parametrize("named", [True, False])
async def test_no_row_is_written_into_another_jurisdiction_or_moved_there(
    engine: AsyncEngine, homes: dict[str, tuple[UUID, UUID]], town: Town, far_town: Town, named: bool
) -> None:
    far = {"household_id": homes["far"][0], "jurisdiction_id": far_town.jurisdiction_id, "changed_at": NOON}
    moved = text("UPDATE household SET jurisdiction_id = :far")
    for refused in (insert(HouseholdContactRow).values(**far), moved):
        if refused is moved and not named:
            continue  # finds nothing to move
        with pytest.raises(DBAPIError, match="row-level security"):
            async with write_transaction(engine) as session:
                if named:
                    await reach_homes(session, town.jurisdiction_id)
                await session.execute(refused, {"far": far_town.jurisdiction_id} if refused is moved else {})


async def test_a_query_that_lost_its_jurisdiction_still_answers_its_own(
    engine: AsyncEngine, owner_engine: AsyncEngine, homes: dict[str, tuple[UUID, UUID]], town: Town, monkeypatch
) -> None:
    """The bug, planted: the page of the register without its first condition."""
    forgot = {
        which: text(
            query.text.replace("h.jurisdiction_id = :jurisdiction_id", "CAST(:jurisdiction_id AS uuid) IS NOT NULL")
        )
        for which, query in stored._PAGES.items()
    }
    monkeypatch.setattr(stored, "_PAGES", forgot)

    async def page(session: ReadSession) -> set[UUID]:
        asked = dict.fromkeys(("community_ids", "building_id", "liaison_id"))
        found = await stored.page(session, town.jurisdiction_id, **asked, untied=False, limit=1000)
        return {row.household_id for row in found}

    async with read_transaction(owner_engine) as session:
        assert {homes["here"][0], homes["far"][0]} <= await page(session), "the bug is not planted"
    async with read_transaction(engine) as session:
        await reach_homes(session, town.jurisdiction_id)
        shown = await page(session)
        assert homes["here"][0] in shown
        assert homes["far"][0] not in shown
        assert await stored.one(session, homes["far"][0]) is None, "a query that never had one"


async def test_an_id_of_another_jurisdiction_is_taken_and_nothing_more_is_told(
    engine: AsyncEngine, tmp_path: Path, homes: dict[str, tuple[UUID, UUID]], town: Town
) -> None:
    served, (household_id, visit_id) = serve(engine, tmp_path), homes["far"]
    async with served.browser(town["shift_leader"]) as desk:
        line = (await desk.get("households")).json()["households"][0]
        body = {"building_id": line["building_id"], "room": "7", "version": 0}
        answer = await desk.put(f"households/{household_id}", json=body)
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")
    async with served.browser(town["liaison"]) as phone:
        said = {
            "schema": 1,
            "digest": uuid4().hex,
            "clock": {"captured_at": NOON.isoformat(), "offset_ms": 0},
            "body": {"household_id": line["household_id"], "outcome": "met"},
        }
        answer = await phone.put(f"visits/{visit_id}", json=said)
        assert (answer.status_code, answer.json()["code"]) == (409, "id_taken")


async def test_every_table_of_homes_stands_behind_the_wall(owner_engine: AsyncEngine) -> None:
    async with read_transaction(owner_engine) as session:
        walled = await session.scalars(
            text("SELECT relname FROM pg_class WHERE relrowsecurity AND relforcerowsecurity ORDER BY relname")
        )
        assert list(walled) == OF_HOMES


async def test_the_login_of_the_api_owns_nothing_and_cannot_become_anybody_else(
    cluster: Cluster, database_url: str, homes: dict[str, tuple[UUID, UUID]]
) -> None:
    engine = make_engine(cluster.url_as(make_url(database_url).database or "", "gridward_app"), role="gridward_app")
    try:
        async with read_transaction(engine) as session:
            assert await whose(session, "household") == []
            owned = "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole"
            assert (await session.execute(text(owned))).scalar_one() == 0
        for role in ("gridward_owner", "gridward_worker", "postgres"):
            with pytest.raises(DBAPIError, match="permission denied to set role"):
                async with read_transaction(engine) as session:
                    await session.execute(text("SELECT set_config('role', :role, true)"), {"role": role})
    finally:
        await engine.dispose()
