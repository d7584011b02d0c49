"""What kind of PostgreSQL this is: whether it keeps what it confirms, has PostGIS, and has our tables."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

OLDEST_POSTGRESQL = 150_000
OLDEST_POSTGIS = (3, 1)
IDENTITY = """
    SELECT CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE concat_ws('/',
        (SELECT system_identifier FROM pg_control_system()),
        ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int,
        'system'::regclass::oid) END
"""
"""The cluster, its timeline (another one after a failover or a recovery to an earlier moment), and the table itself
(another one after a dump was read in by hand)."""

DURABILITY = ("fsync", "full_page_writes", "synchronous_commit")


@dataclass(frozen=True, slots=True)
class Server:
    """Facts of one database, as its role sees them.

    ``postgis`` is the text of ``postgis_full_version()``, empty without the extension. ``unsafe`` names the durability
    settings that are off. ``revision`` is the schema's, None before the first migration. ``identity`` says which database
    this is, ``lived_in`` in which one its history was written; both None before there was a history.
    """

    version: int
    postgis: str
    unsafe: tuple[str, ...]
    revision: str | None
    identity: str | None = None
    lived_in: str | None = None

    @property
    def postgis_version(self) -> tuple[int, ...]:
        number = self.postgis.removeprefix('POSTGIS="').split(" ", 1)[0].split("-", 1)[0]
        return tuple(int(part) for part in number.split(".")[:2] if part.isdigit())


async def ask(engine: AsyncEngine) -> Server:
    """One look at the server; connection errors are the caller's to explain."""
    async with engine.connect() as connection:

        async def one(statement: str) -> str | None:
            value = (await connection.execute(text(statement))).scalar()
            return None if value is None else str(value)

        version = int(await one("SHOW server_version_num") or 0)
        has_postgis = await one("SELECT 1 FROM pg_extension WHERE extname = 'postgis'")
        postgis = await one("SELECT postgis_full_version()") if has_postgis else None
        unsafe = [name for name in DURABILITY if await one(f"SHOW {name}") == "off"]
        has_tables = await one("SELECT to_regclass('public.alembic_version')")
        revision = await one("SELECT version_num FROM alembic_version") if has_tables else None
        has_history = await one("SELECT to_regclass('public.system')")
        identity = await one(IDENTITY) if has_history else None
        lived_in = await one("SELECT identity FROM system") if has_history else None
    return Server(version, postgis or "", tuple(unsafe), revision, identity, lived_in)


def strange(server: Server) -> str | None:
    """Why phones must not go on with this database as if nothing had happened, and what to do; None when they may.

    After any restore, or a failover that lost the last moments, transaction numbers come a second time: phones would pass
    over what is recorded under numbers that they have seen.
    """
    if server.identity == server.lived_in:
        return None
    if server.identity == "standby":
        return "this is a standby, which cannot be written to: connect to the primary"
    return (
        f"this is not the database that its history was written in (that was {server.lived_in}, this is "
        f"{server.identity}): it was restored, copied, or took over from another one. If it is the one to go on with, "
        "stop every program that uses it and run `gridward adopt`: erasures are done again and all phones fetch anew. "
        "If not, look at DATABASE_URL and GRIDWARD_DATA. Nothing was changed"
    )


def complaints(server: Server, *, head: str | None, allow_unsafe: bool) -> Sequence[str]:
    """Why a program must not run on this server, one sentence each, with what to do; empty when it may.

    Args:
        head: The revision that this program's tables have; None before migrations, when it is not looked at.
        allow_unsafe: The named setting of the tests.
    """
    found = []
    if server.version < OLDEST_POSTGRESQL:
        found.append(f"PostgreSQL {server.version // 10_000} is too old: 15 or newer is needed")
    if server.unsafe and not allow_unsafe:
        found.append(
            f"the database would lose what it has confirmed when the power fails: turn on {', '.join(server.unsafe)}"
        )
    if head is not None and not server.postgis:
        found.append("the database has no PostGIS: CREATE EXTENSION postgis")
    if server.postgis and server.postgis_version < OLDEST_POSTGIS:
        found.append(f"PostGIS is too old, 3.1 or newer is needed: {server.postgis}")
    if server.postgis and "LIBPROTOBUF" not in server.postgis:
        found.append("this PostGIS was built without protobuf and cannot make map tiles")
    if head is not None and server.revision != head:
        found.append(
            f"the tables are of revision {server.revision or 'none'}, this program needs {head}: run `gridward migrate`"
        )
    return found
