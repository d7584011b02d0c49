"""``gridward rebuild``: the tables that lists and figures read, made again from the log."""

from __future__ import annotations

import asyncio
import time
from typing import Annotated

import typer

from gridward.cli.acting import chosen_tenant
from gridward.cli.migrating import look
from gridward.cli.program import app, console, database, now, settings
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import make_engine, read_transaction, write_transaction
from gridward.persistence.tickets.projected import Place
from gridward.services.tickets.rebuilding import rebuild

PATIENCE_MS = 10 * 60 * 1000


@app.command("rebuild")
def rebuild_command(
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", help="Name or id, when there are several.")
    ] = None,
) -> None:
    """Throw away clocks, units' turns, requests and rounds of every ticket and make them again from the entries.

    Work goes on meanwhile: a hundred tickets at a time. Stopped in the middle, it can simply be run again.
    """
    chosen = settings()
    began = time.monotonic()
    with database(chosen) as url:
        look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
        made = asyncio.run(connected(url, jurisdiction))
    console.print(f"rebuilt   {made:,} tickets in {time.monotonic() - began:.0f} s")


async def connected(url: str, wanted: str | None) -> int:
    engine = make_engine(url, role="gridward_app", pool_size=1, statement_timeout_ms=PATIENCE_MS)
    made = 0
    after: Place | None = None
    try:
        async with read_transaction(engine) as session:
            tenant = chosen_tenant(await tenants(session), wanted)
        with console.status("Rebuilding …") as status:
            while True:
                async with write_transaction(engine) as session:
                    done = await rebuild(session, tenant.jurisdiction_id, after, now())
                made, after = made + done.tickets, done.last
                status.update(f"{made:,} tickets made again")
                if after is None:
                    break
    finally:
        await engine.dispose()
    return made
