"""The database that every other test stands on: roles, transactions, and that the migrations say what the rows say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.persistence.database import read_transaction

CONFIG = Path(__file__).parents[2] / "alembic.ini"


async def test_the_programs_act_as_roles_that_own_nothing(
    engine: AsyncEngine, worker_engine: AsyncEngine, owner_engine: AsyncEngine
) -> None:
    for each, role in ((engine, "gridward_app"), (worker_engine, "gridward_worker"), (owner_engine, "gridward_owner")):
        async with each.connect() as connection:
            assert (await connection.execute(text("SELECT current_user"))).scalar_one() == role
    for each in (engine, worker_engine):
        async with each.connect() as connection:
            with pytest.raises(DBAPIError, match="must be owner"):
                await connection.execute(text("DROP TABLE entry"))
        async with each.connect() as connection:
            with pytest.raises(DBAPIError, match="permission denied"):
                await connection.execute(text("DELETE FROM alembic_version"))


async def test_a_read_session_cannot_write(engine: AsyncEngine) -> None:
    async with read_transaction(engine) as session:
        with pytest.raises(DBAPIError, match="read-only transaction"):
            await session.execute(text("DELETE FROM system"))


async def test_postgis_is_there_with_vector_tiles(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        version = (await connection.execute(text("SELECT postgis_full_version()"))).scalar_one()
    assert "LIBPROTOBUF" in version


def test_migrations_have_one_head_and_say_what_the_rows_say(database_url: str) -> None:
    config = Config(CONFIG)
    config.attributes["url"] = database_url
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
    with ThreadPoolExecutor(1) as thread:
        thread.submit(command.check, config).result()
