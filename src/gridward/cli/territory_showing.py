"""A change of territory at the command line: a file drawn anew from a day on, and how any change is shown."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from enum import IntEnum
from typing import Annotated
from uuid import UUID

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.program import now
from gridward.domain.accounts import program
from gridward.domain.errors import Malformed
from gridward.domain.imports import Finding
from gridward.domain.territory import Layer
from gridward.domain.territory_change import ChangeKind, Consent, begins, misplaced
from gridward.domain.territory_preview import Preview
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import read_transaction, write_transaction
from gridward.persistence.entries import new_id
from gridward.persistence.territory import change as stored
from gridward.persistence.territory.change import Staged
from gridward.persistence.territory.importing import import_turn
from gridward.services.territory import change, publish, read
from gridward.services.territory.looking import Looked, look
from gridward.services.territory.proposing import Plan

SHOWN = 20

Accept = Annotated[
    list[Consent] | None,
    typer.Option("--accept", help="Having seen it: past (a day that is over), outside (buildings in no grid)."),
]


class ChangeExit(IntEnum):
    """How a change ends: shown or made, forbidden by a fault, or waiting for a word of consent."""

    good = 0
    faults = 1
    consent = 4


def may_apply(shown: Preview, accept: Sequence[Consent]) -> bool:
    return shown.changes and not shown.faults and not set(shown.needs) - set(accept)


async def redraw(
    engine: AsyncEngine,
    jurisdiction_id: UUID,
    opened: read.FileReading,
    day: date,
    accept: Sequence[Consent],
    *,
    apply: bool,
    clock: Callable[[], datetime] = now,
) -> Preview:
    """A file of areas or grids as they shall be from a day on: staged in slices, looked at, published at once.

    Every row must be good: a change is made whole or not at all.

    Raises:
        Malformed: ``date_too_early``, ``field_unknown`` for layers without a history.
    """
    layer, import_id, actor = opened.reading.layer, new_id(), program(jurisdiction_id, "cli")
    if layer not in (Layer.area, Layer.grid):
        raise Malformed("field_unknown", field="--from", text=layer.value, why="Only areas and grids have a first day.")
    async with import_turn(engine, jurisdiction_id):
        async with read_transaction(engine) as reads:
            at = begins(day, clock(), await time_zone_of(reads, jurisdiction_id))
            ground = await stored.extent(reads, jurisdiction_id, at)
        async with write_transaction(engine) as session:
            await publish.begin_import(session, import_id, jurisdiction_id, layer, clock())
        odd: list[Finding] = []
        try:
            for rows in opened.slices():
                odd += [
                    found
                    for row in rows
                    if row.geometry is not None and (found := misplaced(row.code, row.geometry, ground)) is not None
                ]
                async with write_transaction(engine) as session:
                    await publish.stage(session, import_id, rows)
            staged = Staged(import_id=import_id, jurisdiction_id=jurisdiction_id, layer=layer, at=at)
            plan = Plan(kind=ChangeKind.redraw, on=day, at=at, layer=layer)
            async with write_transaction(engine) as session:
                looked: Looked = await look(session, staged, plan, clock(), (*opened.refused, *odd))
                if apply and may_apply(looked.preview, accept):
                    await change.publish_staged(session, actor, staged, plan, looked, consents=accept, now=clock())
            return looked.preview
        finally:
            async with write_transaction(engine) as session:
                await publish.end_import(session, import_id)


def end(shown: Preview, accept: Sequence[Consent], *, applied: bool, as_json: bool) -> None:
    """Print a preview and leave with its exit code."""
    done = applied and may_apply(shown, accept)
    if as_json:
        as_one_json({"published": done, **shown.as_json()})
    else:
        _print(shown, accept, done=done)
    missing = set(shown.needs) - set(accept)
    code = ChangeExit.faults if shown.faults else ChangeExit.consent if applied and missing else ChangeExit.good
    raise typer.Exit(code)


def as_one_json(value: object) -> None:
    """One JSON object on standard output."""
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


def _print(shown: Preview, accept: Sequence[Consent], *, done: bool) -> None:
    console = Console(highlight=False)
    title = f"{shown.kind.value} from {shown.on:%Y-%m-%d}: {len(shown.lines):,} changed"
    table = Table("code", "name", "", "m² before", "m² after", "gained", "lost", title=title, title_justify="left")
    for line in shown.lines[:SHOWN]:
        word = "new" if line.is_new else "ends" if line.ends else ""
        sizes = (line.before_m2, line.after_m2, line.gained_m2, line.lost_m2)
        table.add_row(line.code, Text(line.name), word, *(f"{size:,.0f}" for size in sizes))
    console.print(table)
    for words in _sentences(shown):
        console.print(Text(words))
    for fault in shown.faults[:SHOWN]:
        console.print(Text(f"Refused: {fault.place}: {fault.why} [{fault.code}]", style="red"))
    if len(shown.faults) > SHOWN:
        console.print(Text(f"… {len(shown.faults) - SHOWN:,} more; all of them with --json.", style="red"))
    missing = [one.value for one in shown.needs if one not in accept]
    if done:
        last = "Published."
    elif shown.faults:
        last = "Nothing was changed: put right what is refused first."
    elif not shown.changes:
        last = "Nothing would change."
    elif missing:
        last = f"Nothing was changed. Having seen this, say {' '.join(f'--accept {one}' for one in missing)} --apply."
    else:
        last = "A preview: nothing was changed. The same command with --apply makes it so."
    console.print(Text(last, style="bold"))


def _sentences(shown: Preview) -> list[str]:
    said = [
        f"{one.things:,} buildings from {one.from_code or 'no grid'} to {one.to_code or 'NO GRID'}"
        for one in shown.buildings[:SHOWN]
    ]
    said += [f"  in no grid: {one.name} ({one.lon:.6f}, {one.lat:.6f})" for one in shown.outside]
    said += [
        f"{one.open:,} open tickets keep {one.code} and their units; looked after in {', '.join(one.duty)}"
        for one in shown.tickets[:SHOWN]
        if one.open
    ]
    if shown.received_since:
        said.append(f"{shown.received_since:,} tickets were filed there since that day; they keep their grid")
    said += [f"steward {one.name} goes on in {one.to_code}{' (lead)' if one.is_lead else ''}" for one in shown.stewards]
    said += [f"rule {one.name}: {'gets the new grids' if one.carried else 'stays as it is'}" for one in shown.rules]
    said += [
        f"{one.unit_name} answers as before on {one.moved_m2:,.0f} m² that change grid" for one in shown.service_areas
    ]
    said += [
        f"{one.area_m2:,.0f} m² of {one.code} would belong to nobody, at {one.lon:.6f}, {one.lat:.6f}"
        for one in shown.gaps[:SHOWN]
    ]
    said += [f"grid {code} lies mostly outside of its community then" for code in shown.grids_outside[:SHOWN]]
    return said
