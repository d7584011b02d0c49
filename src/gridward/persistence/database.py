"""Engines, sessions and the base of all rows.

A :class:`ReadSession` is opened READ ONLY by PostgreSQL itself; a :class:`WriteSession` is committed at one edge (a
request, a job, a command) and nowhere else. The two are distinct types, so that a query that writes cannot be handed a
session that may not.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

from sqlalchemy import MetaData, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.pool import PoolProxiedConnection
from sqlalchemy.util import greenlet_spawn

from gridward.domain.errors import Unavailable

WGS84 = 4326

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(DeclarativeBase):
    """Base of every table. Relations are never loaded lazily: there are none, queries say what they join."""

    metadata = MetaData(naming_convention=NAMING)


class ReadSession(AsyncSession):
    """A session whose transaction PostgreSQL refuses to write in."""


class WriteSession(AsyncSession):
    """A session that may write; only :func:`write_transaction` commits it."""


class Glance:
    """A connection without a transaction: each statement sees what is committed at its own beginning.

    For requests that ask one thing or two and need no common snapshot of both: beginning and ending a transaction
    would cost them more than what they ask. It runs nothing but prepared SELECTs.
    """

    def __init__(self, pooled: PoolProxiedConnection) -> None:
        self.pooled = pooled


def async_url(url: str) -> URL:
    """Accept any PostgreSQL address a person would give and name the driver for them."""
    parsed = make_url(url)
    return parsed.set(drivername="postgresql+asyncpg")


def make_engine(
    url: str,
    *,
    role: str | None = None,
    pool_size: int = 10,
    statement_timeout_ms: int = 30_000,
    **options: Any,
) -> AsyncEngine:
    """An engine whose connections act as ``role`` (see the roles in ``migrations``).

    Pool acquisition is bounded (5 s), as are statements and idle transactions: an open writer holds the horizon of the
    change feed for everybody.
    """
    settings = {
        "application_name": "gridward",
        "statement_timeout": str(statement_timeout_ms),
        "idle_in_transaction_session_timeout": "60000",
        "timezone": "UTC",
        "jit": "off",
    }
    if role is not None:
        settings["role"] = role
    return create_async_engine(
        async_url(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_pre_ping=False,
        connect_args={"server_settings": settings},
        **options,
    )


@asynccontextmanager
async def read_transaction(engine: AsyncEngine) -> AsyncIterator[ReadSession]:
    """One READ ONLY transaction with one snapshot for all its statements."""
    async with ReadSession(engine, expire_on_commit=False, autoflush=False) as session:
        await _connect(session, isolation_level="REPEATABLE READ", postgresql_readonly=True)
        yield session


@asynccontextmanager
async def write_transaction(engine: AsyncEngine) -> AsyncIterator[WriteSession]:
    """The edge: commits when the block ends well, rolls everything back when it does not."""
    async with WriteSession(engine, expire_on_commit=False) as session, session.begin():
        await _connect(session)
        yield session


_REACH = text("SELECT set_config('gridward.jurisdiction', :jurisdiction_id, true)")


async def reach_homes(session: ReadSession | WriteSession, jurisdiction_id: UUID) -> None:
    """From here to its end this transaction reaches people at home of this jurisdiction, and of no other.

    Households, who visits them, visits and where members live stand behind row level security (migration ``20261130t``):
    a query that forgets its jurisdiction finds nothing of another one, a transaction that names none finds nothing. It
    costs a round trip, so only what reads or writes those tables asks for it.
    """
    await session.execute(_REACH, {"jurisdiction_id": str(jurisdiction_id)})


async def plan_for_values(session: ReadSession | WriteSession) -> None:
    """Statements of this transaction are planned for the values at hand: a day and five years want different plans."""
    await session.execute(text("SET LOCAL plan_cache_mode = force_custom_plan"))


@asynccontextmanager
async def glance(engine: AsyncEngine) -> AsyncIterator[Glance]:
    """A connection for a moment.

    Raises:
        Unavailable: ``database_unavailable``.
        sqlalchemy.exc.DBAPIError: The server answers and lets nobody in: it is starting up, or has no connection left.
    """
    with _away():
        try:
            pooled = await engine.raw_connection()
        except engine.dialect.loaded_dbapi.Error as refused:
            # Where SQLAlchemy does not connect by itself it leaves what the driver raises as it is.
            raise DBAPIError("connect", None, refused) from refused
    try:
        yield Glance(pooled)
    finally:
        await greenlet_spawn(pooled.close)


async def _connect(session: AsyncSession, **options: Any) -> None:
    """Take a connection now, so that a database that is away is known before anything was begun.

    Raises:
        Unavailable: ``database_unavailable``.
    """
    with _away():
        await session.connection(execution_options=options)


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (OSError, TimeoutError, PoolTimeout) as away:
        raise Unavailable("database_unavailable") from away
