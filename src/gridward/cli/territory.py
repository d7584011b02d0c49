"""``gridward import territory``: a file of areas, grids, streets, landmarks, buildings, units or service areas."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar
from uuid import UUID

import typer
from asyncpg import PostgresError
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.acting import chosen_tenant
from gridward.cli.migrating import look
from gridward.cli.program import NO_DATABASE, WRONG_SETTINGS, console, database, importing, now, settings, stop
from gridward.cli.reports import print_report
from gridward.cli.territory_showing import Accept, end, redraw
from gridward.domain.errors import Malformed
from gridward.domain.imports import ImportReport
from gridward.domain.territory import Layer
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import make_engine, read_transaction, write_transaction
from gridward.persistence.entries import new_id
from gridward.persistence.territory.importing import import_turn
from gridward.services.territory import publish, read

Outcome = TypeVar("Outcome")
PATIENCE_MS = 30 * 60 * 1000


def field_names(pairs: Sequence[str]) -> dict[str, str]:
    """``["code=BM", "name=MC"]`` as a mapping."""
    named: dict[str, str] = {}
    for pair in pairs:
        name, equals, at = pair.partition("=")
        if not equals or not name.strip() or not at.strip():
            stop(f"--map takes OURS=THEIRS, such as --map code=BM; this is {pair!r}.", WRONG_SETTINGS)
        named[name.strip()] = at.strip()
    return named


async def run(
    engine: AsyncEngine,
    jurisdiction_id: UUID,
    reading: read.FileReading,
    *,
    apply: bool,
    clock: Callable[[], datetime] = now,
) -> ImportReport:
    """Stage in slices, check, publish: each slice a short transaction, publishing one."""
    layer, import_id = reading.reading.layer, new_id()
    async with import_turn(engine, jurisdiction_id):
        async with write_transaction(engine) as session:
            await publish.begin_import(session, import_id, jurisdiction_id, layer, clock())
        try:
            with console.status("Reading …") as status:
                for rows in reading.slices():
                    async with write_transaction(engine) as session:
                        await publish.stage(session, import_id, rows)
                    status.update(f"{reading.read:,} of {reading.file.count:,} rows read")
                status.update("Checking …")
                async with write_transaction(engine) as session:
                    checked = await publish.check_import(session, import_id, jurisdiction_id, layer, clock())
            report = reading.report(checked)
            if apply:
                async with write_transaction(engine) as session:
                    report = await publish.publish_import(
                        session,
                        import_id,
                        jurisdiction_id,
                        layer,
                        checked,
                        report,
                        actor_id=None,
                        via="cli",
                        now=clock(),
                    )
            return report
        finally:
            async with write_transaction(engine) as session:
                await publish.end_import(session, import_id)


async def connected(url: str, wanted: str | None, work: Callable[[AsyncEngine, UUID], Awaitable[Outcome]]) -> Outcome:
    """Do the work of an import for the jurisdiction that is meant."""
    engine = make_engine(url, role="gridward_app", pool_size=3, statement_timeout_ms=PATIENCE_MS)
    try:
        async with read_transaction(engine) as session:
            found = await tenants(session)
        return await work(engine, chosen_tenant(found, wanted).jurisdiction_id)
    finally:
        await engine.dispose()


@importing.command("territory")
def import_territory(
    file: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage or zipped Shapefile.")],
    layer: Annotated[Layer, typer.Option("--as", help="What the file's features are.")],
    layer_in_file: Annotated[
        str | None, typer.Option("--layer", help="Which layer, when the file has several.")
    ] = None,
    level: Annotated[
        str | None,
        typer.Option("--level", help="Areas: city, district, street or community, for rows that do not say."),
    ] = None,
    kind: Annotated[str | None, typer.Option("--kind", help="Kind of the grids, units or service areas.")] = None,
    names: Annotated[
        list[str] | None, typer.Option("--map", help="Which field holds what: --map code=BM --map name=MC.")
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option("--crs", help="WGS-84, CGCS2000, GCJ-02, BD-09 or an EPSG code, when the file is silent."),
    ] = None,
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", help="Name or id, when there are several.")
    ] = None,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d"],
            help="Areas and grids: the first day the file holds. Shows what would move; all of it is published or nothing.",
        ),
    ] = None,
    accept: Accept = None,
    apply: Annotated[bool, typer.Option("--apply", help="Publish; without it nothing changes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every row's verdict.")] = False,
) -> None:
    """Read territory from a file, check it, and with --apply publish it.

    Exit codes: 0 every row is good, 1 some rows were refused (the others are published), 2 the file was refused as a
    whole, 3 no usable database, 4 --accept is needed (with --from, where 1 means faults and nothing was published).
    """
    if accept and day is None:
        stop("--accept goes with --from.", WRONG_SETTINGS)
    if level is not None and layer is not Layer.area:
        stop("--level is for areas; grids, units and service areas take --kind.", WRONG_SETTINGS)
    try:
        reading = read.open_reading(
            file, layer, layer_in_file=layer_in_file, crs=crs, named=field_names(names or ()), kind=level or kind
        )
        chosen = settings()
        with database(chosen) as url:
            look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
            if day is not None:
                on, agreed = day.date(), tuple(accept or ())
                shown = asyncio.run(
                    connected(
                        url, jurisdiction, lambda engine, at: redraw(engine, at, reading, on, agreed, apply=apply)
                    )
                )
                end(shown, agreed, applied=apply, as_json=as_json)
            report = asyncio.run(connected(url, jurisdiction, lambda engine, at: run(engine, at, reading, apply=apply)))
    except Malformed as refused:
        report = read.refusal_of(file, layer, refused)
    except (SQLAlchemyError, PostgresError, OSError) as error:
        cause = getattr(error, "orig", None) or error
        stop(f"The database failed: {str(cause)[:300]}\nNothing was published.", NO_DATABASE)
    print_report(report, as_json=as_json)
    raise typer.Exit(report.exit)
