"""`gridward verify-entries`: whether the log is what was sealed, and which row is the first that is not."""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from gridward.cli.acting import AsJson
from gridward.cli.migrating import look
from gridward.cli.program import NOT_DONE, app, database, now, settings, stop
from gridward.cli.seal_receiver import copy_of, copy_text
from gridward.domain.errors import Malformed
from gridward.domain.sealing import Fault, Wrong
from gridward.gateways.sealing import FILE, FileAnchors
from gridward.persistence.accounts.tenants import Tenant, tenants
from gridward.persistence.database import make_engine, read_transaction
from gridward.services.sealing import Verified, read_anchors, verify

PATIENCE_MS = 10 * 60 * 1000
LATE = timedelta(minutes=10)

SAID = {
    Wrong.edited: "was changed after it was recorded",
    Wrong.deleted: "is gone",
    Wrong.inserted: "was put in where others had already been sealed",
    Wrong.moved: "stands in another place of the order",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One jurisdiction and what was found there."""

    tenant: Tenant
    verified: Verified


@app.command("verify-entries")
def verify_entries(
    anchors: Annotated[
        Path | None, typer.Option("--anchors", help="A copy of seals.jsonl that was kept elsewhere.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Hold every entry against the seals outside the database, and name the first that is not what was sealed.

    Exit codes: 0 everything is as it was sealed, 1 something is not, 2 wrong usage, 3 no usable database.
    """
    chosen = settings()
    if anchors is not None and not anchors.is_file():
        stop(f"{anchors} is not there.")
    file = FileAnchors(anchors or chosen.folder / FILE)
    with database(chosen) as url:
        look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
        try:
            answers = asyncio.run(connected(url, file))
        except Malformed as bad:
            stop(f"Line {bad.facts['line']} of {file.path} is not what was written there: the seals were changed.")
    if as_json:
        json.dump([in_json(one) for one in answers], sys.stdout, ensure_ascii=False, indent=2, default=str)
        sys.stdout.write("\n")
    else:
        for one in answers:
            show(one, file.path)
        if anchors is None and (copy := copy_of(chosen)) is not None:
            typer.echo(copy_text(copy, now()))
    raise typer.Exit(NOT_DONE if any(one.verified.fault for one in answers) else 0)


async def connected(url: str, file: FileAnchors) -> list[Answer]:
    engine = make_engine(url, role="gridward_app", pool_size=1, statement_timeout_ms=PATIENCE_MS)
    try:
        # The file first: what is sealed while this runs stands in the database already when it is looked for there.
        read_at = now()
        chains = read_anchors(file)
        async with read_transaction(engine) as session:
            return [
                Answer(one, await verify(session, file, one.jurisdiction_id, chains, read_at))
                for one in await tenants(session)
            ]
    finally:
        await engine.dispose()


def in_json(answer: Answer) -> dict[str, Any]:
    found = answer.verified
    fault = None
    if found.fault is not None:
        fault = {
            "wrong": found.fault.wrong.value,
            "entry_id": found.fault.entry_id,
            "seal": found.fault.seal,
            "after": found.fault.after,
        }
    return {
        "jurisdiction_id": found.jurisdiction_id,
        "name": answer.tenant.name,
        "fault": fault,
        "sealed": found.sealed,
        "unsealed": found.unsealed,
        "anchors": found.anchors,
        "last_root": found.last.root.hex() if found.last else None,
        "last_sealed_at": found.last.sealed_at.isoformat() if found.last else None,
        "lost_by_restores": sum(one.entries for one in found.lost),
    }


def show(answer: Answer, path: Path) -> None:
    out, found, name = Console(highlight=False), answer.verified, answer.tenant.name
    zone = ZoneInfo(answer.tenant.time_zone)
    for lost in found.lost:
        out.print(
            f"{name}: {lost.entries} entries of the seals {lost.first}–{lost.last} were lost by the restore of "
            f"{lost.at.astimezone(zone):%Y-%m-%d %H:%M}: they were recorded after its backup."
        )
    if found.fault is not None:
        out.print(f"{name}: {fault_text(found.fault, found, path)}", soft_wrap=True)
        return
    if found.last is None:
        out.print(f"{name}: {found.unsealed} entries, none of them sealed yet.")
    else:
        out.print(
            f"{name}: {found.sealed} entries are as they were sealed, by {found.anchors} seals up to "
            f"{found.last.sealed_at.astimezone(zone):%Y-%m-%d %H:%M:%S}; root {found.last.root.hex()}. "
            f"{found.unsealed} newer ones are not sealed yet.",
            soft_wrap=True,
        )
    if found.unsealed_since is not None and now() - found.unsealed_since > LATE:
        out.print(f"{name}: nothing was sealed for more than {LATE.seconds // 60} minutes: does the worker run?")


def fault_text(fault: Fault, found: Verified, path: Path) -> str:
    after = f", the one after {fault.after}" if fault.after else ""
    before = f"{found.sealed} entries before it are as they were sealed"
    if fault.entry_id is None:
        return (
            f"seal {fault.seal} in {path} and in the database do not say the same: the file was cut or exchanged, or the "
            f"list of seals was changed{after}. {before}; give a copy of the file that was kept elsewhere with --anchors."
        )
    of = f"of seal {fault.seal}" if fault.seal else "not sealed yet"
    return f"entry {fault.entry_id} ({of}{after}) {SAID[fault.wrong]}. {before}."
