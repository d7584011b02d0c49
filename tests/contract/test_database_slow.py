"""The database is slow, failing over or has no connection to spare: come again, and nothing is half done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from conftest import Read
from gridward.persistence.accounts.rows import SignInLogRow
from gridward.persistence.database import make_engine, read_transaction, write_transaction
from serving import serve

WRONG = {"login": "nobody.000", "password": "wrong wrong"}


@asynccontextmanager
async def browser_on(engine: AsyncEngine, folder: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with serve(engine, folder).browser() as browser:
        yield browser
    await engine.dispose()


def again(answer: httpx.Response) -> bool:
    return answer.status_code == 503 and answer.json()["code"] == "database_unavailable" and seconds(answer) > 0


def seconds(answer: httpx.Response) -> int:
    return int(answer.headers["Retry-After"])


async def test_a_statement_that_takes_too_long_ends_and_leaves_nothing(
    owner_engine: AsyncEngine, database_url: str, read: Read, tmp_path: Path
) -> None:
    async with write_transaction(owner_engine) as session:
        await session.execute(
            text(
                "CREATE FUNCTION slow_disk() RETURNS trigger LANGUAGE plpgsql AS"
                " $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$"
            )
        )
        await session.execute(text("CREATE TRIGGER slow AFTER INSERT ON sign_in_log EXECUTE FUNCTION slow_disk()"))
    impatient = make_engine(database_url, role="gridward_app", statement_timeout_ms=200)
    async with browser_on(impatient, tmp_path) as browser:
        assert again(await browser.post("sign-in/password", json=WRONG))
    async with write_transaction(owner_engine) as session:
        await session.execute(text("DROP TRIGGER slow ON sign_in_log"))
    async with read() as session:
        assert await session.scalar(select(func.count()).select_from(SignInLogRow)) == 0


async def test_a_server_that_may_only_read_is_failing_over(
    owner_engine: AsyncEngine, database_url: str, tmp_path: Path
) -> None:
    async with owner_engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        name = await connection.scalar(text("SELECT quote_ident(current_database())"))
        await connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
        async with browser_on(make_engine(database_url, role="gridward_app"), tmp_path) as browser:
            assert again(await browser.post("sign-in/password", json=WRONG))
        await connection.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE"))
        await connection.execute(text(f"ALTER DATABASE {name} RESET default_transaction_read_only"))


async def test_without_a_connection_to_spare_the_wait_is_bounded(database_url: str, tmp_path: Path) -> None:
    one = make_engine(database_url, role="gridward_app", pool_size=1)
    async with browser_on(one, tmp_path) as browser, read_transaction(one):
        heard = {seconds(await browser.get("hello")) for _ in range(2)}
        assert heard <= set(range(3, 11))
