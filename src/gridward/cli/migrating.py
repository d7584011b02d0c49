"""Bring the tables up to date, and look at the server before any program relies on it."""

from __future__ import annotations

import asyncio

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from asyncpg import PostgresError
from sqlalchemy.exc import SQLAlchemyError

from gridward.cli.program import NO_DATABASE, app, checkout, console, database, settings, stop
from gridward.persistence import server
from gridward.persistence.database import make_engine


def config(url: str | None = None) -> Config:
    made = Config(checkout("alembic.ini"))
    made.attributes["url"] = url
    return made


def head() -> str:
    """The revision that this program's tables have."""
    revision = ScriptDirectory.from_config(config()).get_current_head()
    assert revision is not None
    return revision


def look(url: str, *, allow_unsafe: bool, migrated: bool) -> server.Server:
    """Refuse a server that is unreachable, too old, not durable, or (``migrated``) whose tables are of another time."""

    async def ask() -> server.Server:
        engine = make_engine(url, pool_size=1)
        try:
            return await server.ask(engine)
        finally:
            await engine.dispose()

    try:
        found = asyncio.run(ask())
    except (OSError, SQLAlchemyError, PostgresError) as error:
        cause = getattr(error, "orig", None) or error
        stop(f"The database cannot be reached: {cause}", NO_DATABASE)
    wrong = server.complaints(found, head=head() if migrated else None, allow_unsafe=allow_unsafe)
    if wrong:
        stop("The database cannot be used:\n" + "\n".join(f"  {one}" for one in wrong), NO_DATABASE)
    return found


def insist(found: server.Server) -> None:
    """Refuse a database that took the place of another one without anybody saying so."""
    why = server.strange(found)
    if why is not None:
        stop(f"Not started: {why}.", NO_DATABASE)


def bring_up_to_date(url: str) -> str:
    """Run what migrations lack; answers what was done, in words."""
    before = look(url, allow_unsafe=True, migrated=False).revision
    if before == head():
        return "up to date"
    command.upgrade(config(url), "head")
    return f"brought from {before or 'nothing'} to {head()}"


@app.command()
def migrate() -> None:
    """Bring the tables of the database up to date."""
    with database(settings()) as url:
        console.print(f"tables: {bring_up_to_date(url)}")
