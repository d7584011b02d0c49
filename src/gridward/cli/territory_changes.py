"""``gridward territory``: grids merged and split from a day on, changes listed, tickets counted by grid.

Boundaries drawn anew come by ``gridward import territory FILE --as grid --from DATE``.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gridward.cli.acting import Acting, Apply, AsJson, Jurisdiction, reading, writing
from gridward.cli.program import app, stop
from gridward.cli.territory_showing import Accept, ChangeExit, as_one_json, end, may_apply
from gridward.domain.territory import Layer
from gridward.domain.territory_change import ChangeKind as Kind
from gridward.domain.territory_change import Consent, Wanted
from gridward.domain.territory_preview import Preview
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.territory import change as stored
from gridward.services.territory import change, read
from gridward.services.territory.proposing import Proposal

territory = typer.Typer(no_args_is_help=True, help="Change grids from a day on; without --apply only shown.")
app.add_typer(territory, name="territory")

From = Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day it holds; today is now.")]
LeadOf = Annotated[str | None, typer.Option("--lead-of", help="Of several leads the one of this grid leads on.")]


@territory.command("merge")
def merge(
    grids: Annotated[list[str], typer.Argument(help="Codes of the grids that become one.")],
    into: Annotated[str, typer.Option("--into", help="Code of the one; one of theirs goes on under it.")],
    day: From,
    name: Annotated[str | None, typer.Option("--name", help="Its name.")] = None,
    lead_of: LeadOf = None,
    accept: Accept = None,
    jurisdiction: Jurisdiction = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Make several adjoining grids one, from a day on. Exit codes: 0 fine, 1 faults, 4 --accept is needed."""
    wanted = (Wanted(code=into, name=name),)
    proposal = Proposal(kind=Kind.merge, on=day.date(), grids=tuple(grids), wanted=wanted, lead_of=lead_of)
    _do(proposal, jurisdiction, accept or (), apply=apply, as_json=as_json)


@territory.command("split")
def split(
    grid: Annotated[str, typer.Argument(help="Code of the grid.")],
    file: Annotated[Path, typer.Argument(help="Its parts with code and name: GeoJSON, GeoPackage, zipped Shapefile.")],
    day: From,
    crs: Annotated[str | None, typer.Option("--crs", help="When the file is silent.")] = None,
    accept: Accept = None,
    jurisdiction: Jurisdiction = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Make several grids of one, from a day on; a part with its code is the grid itself, going on."""
    opened = read.open_reading(file, Layer.grid, layer_in_file=None, crs=crs, named={}, kind=None)
    rows = [row for found in opened.slices() for row in found]
    if opened.refused:
        first = opened.refused[0]
        stop(f"{first.place}: {first.why}\nNothing was changed.", ChangeExit.faults)
    wanted = tuple(Wanted(code=row.code, name=row.name, geometry=row.geometry) for row in rows)
    proposal = Proposal(kind=Kind.split, on=day.date(), grids=(grid,), wanted=wanted)
    _do(proposal, jurisdiction, accept or (), apply=apply, as_json=as_json)


@territory.command("changes")
def changes(jurisdiction: Jurisdiction = None, as_json: AsJson = False) -> None:
    """Changes made and planned, the latest day first."""

    async def ask(session: ReadSession, acting: Acting) -> list[dict[str, object]]:
        return [
            {
                "change_id": str(row.change_id),
                "kind": row.kind,
                "from": row.facts["from"],
                "in_force": row.in_force_at is not None,
                "grids": row.facts["codes"],
            }
            for row in await stored.changes(session, acting.actor.jurisdiction_id)
        ]

    found = reading(jurisdiction, ask)
    if as_json:
        as_one_json(found)
        return
    table = Table("from", "kind", "in force", "grids")
    for one in found:
        codes = one["grids"]
        assert isinstance(codes, list)
        few = ", ".join(codes[:6]) + (" …" if len(codes) > 6 else "")
        table.add_row(str(one["from"]), str(one["kind"]), "yes" if one["in_force"] else "not yet", few)
    Console(highlight=False).print(table)


def _do(proposal: Proposal, jurisdiction: str | None, accept: Sequence[Consent], *, apply: bool, as_json: bool) -> None:
    async def work(session: WriteSession, acting: Acting) -> Preview:
        shown = await change.preview(session, acting.actor, proposal, acting.now)
        if apply and may_apply(shown, accept):
            await change.publish(session, acting.actor, proposal, seen=shown.seen, consents=accept, now=acting.now)
        return shown

    end(writing(jurisdiction, work), accept, applied=apply, as_json=as_json)
