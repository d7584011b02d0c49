"""The database is down, full or refuses: the answer is to come again, never a fault, and nothing is half done."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from cast import Member
from gridward.app import create_app
from gridward.gateways.blobstore import MemoryBlobs
from gridward.gateways.channels.sms import NoSms
from gridward.gateways.phone_numbers import NumberKey
from gridward.gateways.pictures import DirectPictures
from gridward.persistence.database import make_engine, write_transaction
from gridward.web.deps import Parts


def parts_on(engine: AsyncEngine) -> Parts:
    return Parts(
        engine=engine,
        now=lambda: datetime(2026, 11, 20, 2, 0, tzinfo=UTC),
        blobs=MemoryBlobs(),
        pictures=DirectPictures(),
        sms=NoSms(),
        secret_key=b"k" * 32,
        number_key=NumberKey(b"k" * 32),
        public_url="http://testserver",
        secure_cookies=False,
    )


async def client_of(engine: AsyncEngine) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(parts_on(engine), pages=None), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://testserver") as client:
        client.headers["X-Gridward"] = "1"
        client.cookies.set("sid", "somebody-who-was-signed-in")
        yield client


def assert_come_again(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == "database_unavailable"
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("path", ["hello", "tickets", "changes", "tickets/01900000-0000-7000-8000-000000000000"])
async def test_a_database_that_is_gone_asks_the_phone_to_come_again(tmp_path: Path, path: str) -> None:
    engine = make_engine(f"postgresql://app@/gridward?host={tmp_path}")
    async for client in client_of(engine):
        answer = await client.get(f"/api/v1/{path}")
        assert_come_again(answer)
    await engine.dispose()


async def test_a_report_to_a_database_that_is_gone_is_not_taken(tmp_path: Path) -> None:
    engine = make_engine(f"postgresql://app@/gridward?host={tmp_path}")
    async for client in client_of(engine):
        body = {
            "schema": 1,
            "digest": "d" * 64,
            "body": {"category": "litter_full"},
            "clock": {"captured_at": "2026-11-20T10:00:00+08:00"},
        }
        answer = await client.put(f"/api/v1/reports/{uuid4()}", json=body)
        assert answer.status_code == 503, answer.text
        assert "Retry-After" in answer.headers
    await engine.dispose()


async def test_a_full_disk_is_said_so_and_nothing_is_kept(owner_engine: AsyncEngine, engine: AsyncEngine) -> None:
    """PostgreSQL's own code for a full disk (53100), raised where a sign-in writes."""
    async with write_transaction(owner_engine) as session:
        await session.execute(
            text(
                "CREATE FUNCTION disk_full() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
                " RAISE EXCEPTION 'no space left on device' USING ERRCODE = '53100'; END $$"
            )
        )
        await session.execute(
            text("CREATE TRIGGER full_disk BEFORE INSERT ON sign_in_log EXECUTE FUNCTION disk_full()")
        )
    async for client in client_of(engine):
        answer = await client.post("/api/v1/sign-in/password", json={"login": "nobody.000", "password": "wrong wrong"})
        assert answer.status_code == 507, answer.text
        assert answer.json()["code"] == "storage_full"
        assert "Retry-After" in answer.headers


@pytest.mark.parametrize("path", ["hello", "tickets", "changes"])
async def test_a_server_that_lets_nobody_in_asks_the_phone_to_come_again(
    engine: AsyncEngine, owner_engine: AsyncEngine, path: str
) -> None:
    """It has no connection left for us (53300); one that is starting up refuses in the same way."""
    async with owner_engine.begin() as connection:
        await connection.execute(text("CREATE ROLE nobody_gets_in LOGIN CONNECTION LIMIT 0"))
    try:
        crowded = make_engine(engine.url.set(username="nobody_gets_in").render_as_string(hide_password=False))
        async for client in client_of(crowded):
            answer = await client.get(f"/api/v1/{path}")
            assert_come_again(answer)
        await crowded.dispose()
    finally:
        async with owner_engine.begin() as connection:
            await connection.execute(text("DROP ROLE nobody_gets_in"))


async def test_after_the_database_came_back_every_connection_works_again(
    engine: AsyncEngine, owner_engine: AsyncEngine, volunteer: Member
) -> None:
    one = make_engine(engine.url.render_as_string(hide_password=False), role="gridward_app", pool_size=1)
    async for client in client_of(one):
        client.cookies.set("sid", volunteer.token)
        assert (await client.get("/api/v1/tickets")).status_code == 200
        async with owner_engine.connect() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND usename = current_user AND pid <> pg_backend_pid()"
                )
            )
        answer = await client.get("/api/v1/tickets")
        assert answer.status_code == 503, answer.text
        assert answer.json()["code"] == "database_unavailable"
        assert (await client.get("/api/v1/tickets")).status_code == 200
    await one.dispose()
