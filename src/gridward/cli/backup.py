"""`gridward backup DIR`, `gridward restore DIR`, `gridward adopt`: the only ways a history moves to another database."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from asyncpg import InsufficientPrivilegeError
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.erasing import ledger
from gridward.cli.migrating import bring_up_to_date, config, look
from gridward.cli.program import NO_DATABASE, app, console, database, now, settings, stop
from gridward.domain.erasure import Erasure
from gridward.domain.errors import Malformed, Refusal
from gridward.gateways import dumps
from gridward.gateways.backup_folder import BackupRefused, Description, Reading, Writing
from gridward.gateways.blobstore import BlobStore, blob_store
from gridward.gateways.erasures import FileLedger
from gridward.gateways.sealing import FILE as SEALS
from gridward.gateways.sealing import FileAnchors
from gridward.persistence import backups
from gridward.persistence.database import make_engine, read_transaction, write_transaction
from gridward.persistence.server import Server
from gridward.services import backups as pictures
from gridward.services.erasure import Replayed, replay
from gridward.services.evidence import retention
from gridward.services.sealing import begin_anew
from gridward.settings import Settings

Answer = TypeVar("Answer")

Erasures = Annotated[
    Path | None,
    typer.Option("--erasures", help="Copy of the ledger (erasures.jsonl) of the installation that was lost."),
]
Without = Annotated[
    bool, typer.Option("--without-erasures", help="There is no ledger: nobody was ever erased, or it is lost.")
]


@app.command()
def backup(folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder.")]) -> None:
    """Write database and pictures of one instant into a new folder, while everything goes on."""
    chosen = settings()
    with database(chosen) as url:
        server = look(url, allow_unsafe=True, migrated=True)
        writing = _or_stop(lambda: Writing(folder))
        try:
            made = asyncio.run(
                # As the dump: what is counted and what is dumped are seen with the same eyes.
                _with_engine(url, lambda engine: _write(engine, url, server, writing, chosen), role="gridward_worker")
            )
        except ProgrammingError as error:
            writing.give_up()
            if getattr(error.orig, "sqlstate", None) != InsufficientPrivilegeError.sqlstate:
                raise
            stop(
                "No backup was made: it would be without households, which this login may not see of every jurisdiction. "
                "Give the DATABASE_URL that `gridward migrate` runs with.",
                NO_DATABASE,
            )
        except (dumps.DumpRefused, Refusal, OSError) as error:
            writing.give_up()
            room = shutil.disk_usage(writing.target.parent).free // 1_000_000
            stop(f"No backup was made, {writing.folder} is removed: {error} ({room} MB free there)")
        except BaseException:
            writing.give_up()
            raise
    console.print(
        f"{writing.target}: {sum(made.counts.values())} rows, {made.files} files of pictures "
        f"({made.file_bytes / 1e6:.1f} MB). Not in it: secrets.json, erasures.jsonl and seals.jsonl in {chosen.folder}; keep "
        "a copy of each somewhere else."
    )
    if made.missing:
        some = "\n".join(f"  {key}" for key in made.missing[:20])
        stop(f"The backup is whole but for {len(made.missing)} files that the store has lost or damaged:\n{some}")


async def _write(engine: AsyncEngine, url: str, server: Server, writing: Writing, chosen: Settings) -> Description:
    async with backups.instant(engine) as (session, snapshot):
        counts = await backups.counts(session)
        epoch, identity = await backups.system(session)
        await asyncio.to_thread(dumps.dump, url, writing.database, server_version=server.version, snapshot=snapshot)
        missing = await pictures.copy_out(engine, session, blob_store(chosen.blob_store), writing.files, writing.listed)
    return writing.finish(
        made_at=now().isoformat(),
        program=version("gridward"),
        revision=server.revision,
        server_version=server.version,
        identity=identity,
        feed_epoch=epoch,
        counts=counts,
        missing=tuple(missing),
    )


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `gridward backup` wrote.")],
    erasures: Erasures = None,
    without_erasures: Without = False,
) -> None:
    """Read a backup into an empty database and this installation's store of pictures; erasures are done again."""
    chosen = settings()
    reading = _or_stop(lambda: Reading(folder))
    described = reading.description
    _known_revision(described)
    again = _erasures(chosen, erasures, without=without_erasures)
    console.print(f"reading every byte of {reading.folder} …")
    _or_stop(reading.verify)
    with database(chosen) as url:
        server = look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=False)
        if asyncio.run(_with_engine(url, _tables)):
            stop(
                "This database is not empty. A backup is restored into a new one only; nothing was changed.",
                NO_DATABASE,
            )
        blobs = blob_store(chosen.blob_store)
        try:
            files = asyncio.run(pictures.copy_in(reading.files, reading.entries(), blobs))
            console.print(f"pictures  {files} files in {chosen.blob_store}")
            asyncio.run(_with_engine(url, _ensure_roles))
            dumps.read_in(url, reading.database, server_version=server.version)
            asyncio.run(_with_engine(url, _give_rights))
        except (dumps.DumpRefused, Refusal, OSError) as error:
            stop(f"Not restored; the database is empty as before: {error}")
        _same_counts(described, asyncio.run(_with_engine(url, _counts)))
        console.print(f"database  {sum(described.counts.values())} rows as of {described.made_at}")
        console.print(f"tables    {bring_up_to_date(url)}")
        _begin_anew(url, again, chosen)
        if not (chosen.folder / "secrets.json").exists():
            console.print("There is no secrets.json here: bring the one of that installation, or addresses of progress "
                          "pages, invites and messages to phones end.")  # fmt: skip


@app.command()
def adopt(erasures: Erasures = None, without_erasures: Without = False) -> None:
    """Go on with a database that was recovered, copied or took over by other means than `gridward restore`."""
    chosen = settings()
    with database(chosen) as url:
        server = look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
        if server.identity == server.lived_in:
            console.print("This is the database that its history was written in; there is nothing to adopt.")
            return
        if server.identity == "standby":
            stop("This is a standby: promote it first, or connect to the primary.", NO_DATABASE)
        _begin_anew(url, _erasures(chosen, erasures, without=without_erasures), chosen)


def _begin_anew(url: str, again: tuple[Erasure, ...], chosen: Settings) -> None:
    anchors, blobs = FileAnchors(chosen.folder / SEALS), blob_store(chosen.blob_store)
    epoch, done = asyncio.run(_with_engine(url, lambda engine: _erase_and_begin(engine, again, anchors, blobs)))
    console.print(
        f"erasures  {done.lines} in the ledger, {done.again} done again\n"
        f"feed      epoch {epoch}: every phone fetches anew and keeps what it has not sent"
    )


async def _erase_and_begin(
    engine: AsyncEngine, again: tuple[Erasure, ...], anchors: FileAnchors, blobs: BlobStore
) -> tuple[int, Replayed]:
    async with write_transaction(engine) as session:
        # First: what is written from here on belongs to the new epoch.
        epoch = await backups.begin_anew(session, now())
        done = await replay(session, again, now())
        await begin_anew(session, anchors, epoch, now())
    while True:
        async with read_transaction(engine) as session:
            dropped = await retention.dropped(session)
        if not dropped:
            return epoch, done
        await retention.remove_files(blobs, dropped)
        async with write_transaction(engine) as session:
            await retention.files_removed(session, dropped)


def _erasures(chosen: Settings, given: Path | None, *, without: bool) -> tuple[Erasure, ...]:
    """The ledger of this installation, joined by the given one; none at all must be said."""
    own = ledger(chosen)
    if given is not None and not given.is_file():
        stop(f"{given} is not there. Nothing was changed.")
    if given is None and not own.path.exists() and not without:
        stop(
            f"There is no ledger of erasures: neither {own.path} nor --erasures FILE. Without it, people who were erased "
            "after the backup would be back. If nobody was, or it is lost, say --without-erasures. Nothing was changed."
        )

    async def join() -> tuple[Erasure, ...]:
        known = await own.all()
        if given is not None:
            for one in await FileLedger(given).all():
                if one not in known:
                    await own.add(one)
        return tuple(await own.all())

    try:
        return asyncio.run(join())
    except Malformed as bad:
        stop(f"Line {bad.facts['line']} of the ledger of erasures cannot be read ({own.path} or {given}).")


def _known_revision(described: Description) -> None:
    try:
        known = ScriptDirectory.from_config(config()).get_revision(described.revision)
    except CommandError:
        known = None
    if known is None:
        stop(
            f"This backup was made by gridward {described.program} with tables {described.revision}, which this program "
            f"({version('gridward')}) does not know: install that version or a newer one."
        )


def _same_counts(described: Description, found: dict[str, int]) -> None:
    wrong = [
        f"  {table}: {found.get(table, 0)} rows, {count} were backed up"
        for table, count in described.counts.items()
        if found.get(table) != count
    ]
    if wrong:
        stop("What was read in is not what was backed up; do not use this database:\n" + "\n".join(wrong))


def _or_stop(work: Callable[[], Answer]) -> Answer:
    try:
        return work()
    except BackupRefused as refused:
        stop(str(refused))


async def _with_engine(
    url: str, work: Callable[[AsyncEngine], Awaitable[Answer]], *, role: str | None = None
) -> Answer:
    engine = make_engine(url, role=role, pool_size=2, statement_timeout_ms=0)
    try:
        return await work(engine)
    finally:
        await engine.dispose()


async def _tables(engine: AsyncEngine) -> list[str]:
    async with read_transaction(engine) as session:
        return await backups.tables(session)


async def _counts(engine: AsyncEngine) -> dict[str, int]:
    async with read_transaction(engine) as session:
        return await backups.counts(session)


async def _give_rights(engine: AsyncEngine) -> None:
    async with write_transaction(engine) as session:
        await backups.give_rights_of_tables_to_come(session)


async def _ensure_roles(engine: AsyncEngine) -> None:
    async with write_transaction(engine) as session:
        await backups.ensure_roles(session)
