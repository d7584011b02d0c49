"""``gridward demo``: the invented community with sixty days of work behind it."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.migrating import look
from gridward.cli.program import NOT_DONE, app, console, database, now, settings, stop
from gridward.cli.up import ACCOUNTS
from gridward.demo.album import ZONE
from gridward.demo.city import build_city
from gridward.demo.days import DAYS, REPORTS_A_DAY, Days
from gridward.demo.earlier import opening
from gridward.demo.field import begin
from gridward.demo.founding import accounts, found
from gridward.demo.people import roster
from gridward.gateways.blobstore import blob_store
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import make_engine, read_transaction, write_transaction
from gridward.services.accounts.passwords import Passwords
from gridward.settings import Settings, install_secrets

PATIENCE_MS = 10 * 60 * 1000


async def make(
    engine: AsyncEngine,
    chosen: Settings,
    seed: int,
    until: datetime,
    length: int,
    a_day: int = REPORTS_A_DAY,
    *,
    field_work: bool = True,
) -> Made:
    """The whole demo in one transaction: it is there completely or not at all."""
    city, people = build_city(seed), roster(seed, field_work=field_work)
    secrets = install_secrets(chosen.folder)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:.0f} %"),
        TimeElapsedColumn(),
        console=console,
    ) as progress:
        task = progress.add_task("demo      founding the community", total=length * a_day)
        async with write_transaction(engine) as session:
            founded = await found(session, city, people, opening(until, length))
            progress.update(task, description=f"demo      {length} days of work")
            days = Days(
                session=session,
                city=city,
                founded=founded,
                people=people,
                blobs=blob_store(chosen.blob_store),
                seed=seed,
                told=lambda filed: progress.update(task, completed=filed),
                length=length,
                a_day=a_day,
            )
            field = await begin(days, NumberKey(secrets.household), until) if field_work else None
            await days.run(until)
            ways_in = await accounts(
                session, Passwords(), founded, people, key=secrets.session, origin=chosen.origin, now=now()
            )
        progress.update(task, completed=length * a_day)
    keep_private(chosen.folder / ACCOUNTS, json.dumps(ways_in, ensure_ascii=False, indent=2) + "\n")
    return Made(days.filed, field.visits.made if field else 0, field.patrols.walked if field else 0)


@dataclass(frozen=True, slots=True)
class Made:
    """How much there is: ``reports`` of volunteers and stewards, visits, walks."""

    reports: int
    visits: int
    walks: int


def keep_private(path: Path, content: str) -> None:
    """Only the owner may read it: it holds ways in."""
    draft = path.with_suffix(".new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(content)
    draft.replace(path)


async def connected(
    url: str,
    chosen: Settings,
    seed: int,
    until: datetime,
    length: int,
    a_day: int,
    *,
    if_empty: bool,
    field_work: bool,
) -> Made | None:
    engine = make_engine(url, pool_size=2, statement_timeout_ms=PATIENCE_MS)
    try:
        async with read_transaction(engine) as session:
            standing = await tenants(session)
        if standing and if_empty:
            return None
        if standing:
            stop(
                f"The database is in use by {', '.join(one.name for one in standing)}; the demo wants an empty one.",
                NOT_DONE,
            )
        return await make(engine, chosen, seed, until, length, a_day, field_work=field_work)
    finally:
        await engine.dispose()


@app.command()
def demo(
    seed: Annotated[int, typer.Option(help="The same seed and last day give the same community.")] = 1,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The day at whose start the history ends; default today."),
    ] = None,
    days: Annotated[int, typer.Option(min=1, max=365, help="How many days of history.")] = DAYS,
    a_day: Annotated[int, typer.Option("--reports", min=8, help="How many reports a day.")] = REPORTS_A_DAY,
    field_work: Annotated[
        bool, typer.Option("--field-work/--reports-only", help="With households, visits and patrols, or without.")
    ] = True,
    if_empty: Annotated[bool, typer.Option("--if-empty", help="Do nothing when somebody is there already.")] = False,
) -> None:
    """Make the invented community: 3 communities, 30 grids, 2,600 households, 60 days of work through the real services."""
    chosen = settings()
    last = now().astimezone(ZONE) if until is None else until.replace(tzinfo=ZONE)
    midnight = last.replace(hour=0, minute=0, second=0, microsecond=0)
    began = time.monotonic()
    with database(chosen) as url:
        look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
        made = uvloop.run(connected(url, chosen, seed, midnight, days, a_day, if_empty=if_empty, field_work=field_work))
    if made is None:
        console.print("demo      there already")
        return
    field = f", {made.visits} visits, {made.walks} walks" if field_work else ""
    took = time.monotonic() - began
    console.print(f"demo      {made.reports} reports{field} of {days} days in {took:.0f} s, all invented")
