"""``gridward import tickets``: what a city's earlier system knew of its tickets."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from asyncpg import PostgresError
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.acting import chosen_tenant
from gridward.cli.migrating import look
from gridward.cli.program import NO_DATABASE, WRONG_SETTINGS, console, database, importing, now, settings, stop
from gridward.cli.reports import print_report
from gridward.cli.territory import field_names
from gridward.domain.accounts import Actor, program
from gridward.domain.errors import Malformed
from gridward.domain.imports import ImportReport
from gridward.domain.tickets.past_times import DateOrder
from gridward.gateways.imports.tickets import read_words
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import make_engine, read_transaction, write_transaction
from gridward.persistence.territory.importing import import_turn
from gridward.services.tickets import past, past_batch
from gridward.services.tickets.past_ground import Wish
from gridward.services.tickets.past_routing import compare_routing

PATIENCE_MS = 10 * 60 * 1000
ALL = "all"
SHOWN_PAIRS = 20


def mapped(pairs: Sequence[str], option: str) -> dict[str, str]:
    """``["噪音=noise", "words.csv"]`` as one mapping; what has no ``=`` is a file of two columns."""
    words: dict[str, str] = {}
    for pair in pairs:
        theirs, equals, ours = pair.rpartition("=")
        if equals and theirs.strip() and ours.strip():
            words[theirs.strip()] = ours.strip()
        elif not equals:
            words |= read_words(Path(pair))
        else:
            stop(f"{option} takes THEIRS=OURS or a file of two columns; this is {pair!r}.", WRONG_SETTINGS)
    return words


def sample_size(said: str | None) -> int | None:
    """Of ``--compare-routing``: so many rows, None: all of them."""
    if said is None or said == ALL:
        return None
    if not said.isdecimal() or int(said) == 0:
        stop("--compare-routing takes a number of rows, or all.", WRONG_SETTINGS)
    return int(said)


async def put_in(
    engine: AsyncEngine, actor: Actor, reading: past.PastReading, found: past.JudgedFile, name: str
) -> None:
    """Every batch of rows a transaction of its own: cut off anywhere, the same command goes on from there."""
    ready, done = found.judged.ready, 0
    async with write_transaction(engine) as session:
        under = await past_batch.begin_batch(session, actor.jurisdiction_id, reading, name, now())
    with console.status("Putting in …") as status:
        for first in range(0, len(ready), past_batch.SIZE):
            rows = ready[first : first + past_batch.SIZE]
            async with write_transaction(engine) as session:
                await past_batch.put_in(session, actor, under, rows, now())
            done += len(rows)
            words = f"{done:,} of {len(ready):,} rows committed under batch {name}"
            if console.is_terminal:
                status.update(words)
            else:
                console.print(words)
    async with write_transaction(engine) as session:
        await past_batch.finish_batch(session, under, now())


async def connected(
    url: str,
    wanted: str | None,
    reading: past.PastReading,
    *,
    batch: str | None,
    compare: str | None,
    apply: bool,
) -> ImportReport:
    engine = make_engine(url, role="gridward_app", pool_size=3, statement_timeout_ms=PATIENCE_MS)
    name = batch or past_batch.name_of(reading)
    try:
        async with read_transaction(engine) as session:
            tenant = chosen_tenant(await tenants(session), wanted)
        actor = program(tenant.jurisdiction_id, "cli")
        async with import_turn(engine, tenant.jurisdiction_id, "tickets"):
            async with read_transaction(engine) as session:
                begun = await past_batch.check_batch(session, tenant.jurisdiction_id, reading, name)
                found = await past.judge_file(session, tenant.jurisdiction_id, reading, now())
                facts = {**found.report.facts, "batch": past_batch.under_facts(begun, name)}
                if compare is not None:
                    with console.status("Asking the rules …"):
                        facts["routing"] = await compare_routing(
                            session,
                            tenant.jurisdiction_id,
                            reading,
                            found,
                            most=sample_size(compare),
                            now=now(),
                        )
            report = replace(found.report, facts=facts)
            if not apply:
                return report
            await put_in(engine, actor, reading, found, name)
            return report.applied_as_read()
    finally:
        await engine.dispose()


@importing.command("tickets")
def import_tickets(
    file: Annotated[Path, typer.Argument(help="CSV, xlsx or GeoJSON; one row per ticket.", dir_okay=False)],
    names: Annotated[
        list[str] | None,
        typer.Option("--map", help='Which column holds what: --map id="Unique Key" --map opened="Created Date".'),
    ] = None,
    categories: Annotated[
        list[str] | None,
        typer.Option(
            "--map-category", help="WORD=CODE of a category or condition, or a file of such lines; *=CODE: the rest."
        ),
    ] = None,
    units: Annotated[
        list[str] | None, typer.Option("--map-unit", help="WORD=CODE of a unit, or a file of such lines.")
    ] = None,
    time_zone: Annotated[
        str | None, typer.Option("--time-zone", help="Of times without an offset: Asia/Shanghai, America/New_York, …")
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option("--crs", help="WGS-84, CGCS2000, GCJ-02, BD-09 or an EPSG code, when the file is silent."),
    ] = None,
    exchanged: Annotated[
        bool, typer.Option("--exchanged", help="Latitude stands where longitude belongs, y where x belongs.")
    ] = False,
    dates: Annotated[
        DateOrder | None, typer.Option("--dates", help="What 05/01/2026 means, when no row of the file tells.")
    ] = None,
    compare: Annotated[
        str | None,
        typer.Option(
            "--compare-routing", help="Ask the rules of today about so many rows, or all, and count who differs."
        ),
    ] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", help="Name of this import; default: made of the file's content.")
    ] = None,
    system: Annotated[
        str, typer.Option("--system", help="Which system the numbers are of, when there were several.")
    ] = "",
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", help="Name or id, when there are several.")
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Put them in; without it nothing changes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every row's verdict.")] = False,
) -> None:
    """Read another system's tickets, check them, and with --apply put them in, a thousand rows at a time.

    Columns (--map OURS=THEIRS, or known by their usual headings): id, opened, category; due, closed, unit, on_time or
    overdue (the file's own flag); lon and lat, x and y, or point (WKT). Cut off anywhere, the same command goes on from
    there and nothing comes in twice.

    Exit codes: 0 every row is good, 1 some rows were refused (the others come in), 2 the file was refused as a whole, 3 no
    usable database.
    """
    sample_size(compare)
    try:
        wish = Wish(
            named=field_names(names or ()),
            categories=mapped(categories or (), "--map-category"),
            units=mapped(units or (), "--map-unit"),
            time_zone=time_zone,
            crs=crs,
            dates=dates,
            exchanged=exchanged,
            system=system,
        )
        with console.status("Reading …"):
            reading = past.read_file(file, wish, now())
        chosen = settings()
        with database(chosen) as url:
            look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
            report = asyncio.run(connected(url, jurisdiction, reading, batch=batch, compare=compare, apply=apply))
    except Malformed as refused:
        report = past.refusal_of(file, refused)
    except (SQLAlchemyError, PostgresError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        again = "\nWhat was committed stands; the same command goes on from there." if apply else ""
        stop(f"The database failed: {str(cause)[:300]}{again}", NO_DATABASE)
    print_report(report, as_json=as_json)
    if report.facts and not as_json:
        print_facts(report)
    raise typer.Exit(report.exit)


def print_facts(report: ImportReport) -> None:
    """What a person looks at before --apply: words nobody has mapped, the file's flag against its times, routing."""
    facts, out = report.facts, Console(highlight=False)
    out.print(
        f"batch {facts['batch']['name']}: {facts['closed']:,} closed, {facts['open']:,} open, "
        f"{facts['without_place']:,} without a place; times in {facts['time_zone']}, places in {facts['crs'] or 'none'}",
        markup=False,
    )
    unmapped = facts["unmapped_categories"]
    if unmapped:
        words = "、".join(f"{word} ({rows:,})" for word, rows in unmapped.items())
        out.print(f"{len(unmapped):,} words for categories mean nothing here: {words}", markup=False)
    print_on_time(out, facts["on_time"])
    if "routing" in facts:
        print_routing(out, facts["routing"])


def print_on_time(out: Console, on_time: dict[str, Any]) -> None:
    counted = {(row, flag): rows for row, flag, rows in on_time["cells"]}
    out.print(
        f"Counted from the times and held against the file's own flag: {on_time['agree']:,} agree, "
        f"{on_time['disagree']:,} differ (--json names them).",
        soft_wrap=True,
    )
    flags = ("on_time", "overdue", "none")
    table = Table("counted")
    for flag in flags:
        table.add_column(f"flag: {flag}", justify="right")
    for row in dict.fromkeys(row for row, _, _ in on_time["cells"]):
        table.add_row(row, *(f"{counted.get((row, flag), 0):,}" for flag in flags))
    out.print(table)


def print_routing(out: Console, routing: dict[str, Any]) -> None:
    out.print(
        f"Asked the rules of today about {routing['asked']:,} of {routing['askable']:,} rows: {routing['same']:,} same "
        f"unit, {routing['other']:,} another, {routing['tray']:,} to the tray.",
        soft_wrap=True,
    )
    for doubt, rows in routing["doubts"].items():
        out.print(f"  {doubt}: {rows:,}")
    table = Table("unit in the file", "unit of the rules", "rows")
    for file_unit, rule_unit, rows in routing["pairs"][:SHOWN_PAIRS]:
        table.add_row(Text(file_unit), Text(rule_unit), f"{rows:,}")
    if routing["pairs"]:
        out.print(table)
