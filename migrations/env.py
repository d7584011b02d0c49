"""How Alembic reaches the database and what it compares: our rows, told apart from what PostGIS brings along.

The address comes from ``config.attributes["url"]`` (``gridward migrate`` and the tests) or from ``DATABASE_URL``.
"""

import asyncio
import os
from typing import Any, Literal, cast

from alembic import context
from geoalchemy2 import alembic_helpers
from sqlalchemy import pool, text
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from gridward.persistence.changes import Xid8
from gridward.persistence.database import async_url
from gridward.persistence.tables import metadata

ONE_AT_A_TIME = 0x6772_6964  # several programs may start at once and all bring the schema up to date

ischema_names["xid8"] = Xid8  # SQLAlchemy does not know it when it reads a schema


def address() -> str:
    url = context.config.attributes.get("url") or os.environ.get("DATABASE_URL")
    if not url:
        raise SystemExit("alembic: no database. Use `gridward migrate`, or set DATABASE_URL.")
    return str(url)


def render_item(kind: str, item: Any, autogenerate: Any) -> str | Literal[False]:
    """Our own column types need their import in the generated file."""
    module = type(item).__module__
    if kind == "type" and module.startswith("gridward."):
        autogenerate.imports.add(f"import {module}")
    return cast("str | Literal[False]", alembic_helpers.render_item(kind, item, autogenerate))


def migrate(connection: Connection) -> None:
    options: dict[str, Any] = {
        "target_metadata": metadata,
        "include_object": alembic_helpers.include_object,
        "process_revision_directives": alembic_helpers.writer,
        "render_item": render_item,
        "compare_type": True,
    }
    context.configure(connection=connection, **options)
    with context.begin_transaction():
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ONE_AT_A_TIME})
        context.run_migrations()


async def run() -> None:
    engine = create_async_engine(async_url(address()), poolclass=pool.NullPool)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(migrate)
    finally:
        await engine.dispose()


if context.is_offline_mode():
    raise SystemExit("alembic: --sql is not supported, PostGIS columns need a connection")
asyncio.run(run())
