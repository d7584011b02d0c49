"""``gridward rules dry-run`` and ``gridward rules coverage``: what rules would mean, before they are in force."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.program import console, now
from gridward.cli.rules import AsJson, Jurisdiction, connected, content_of, meant, print_json, rules_app
from gridward.domain.accounts import Actor
from gridward.domain.routing.coverage import Coverage
from gridward.domain.routing.dry_run import Moved, Way
from gridward.persistence.database import read_transaction
from gridward.persistence.routing.naming import Named, codes_and_names
from gridward.services.routing import dry_run as trial
from gridward.services.routing.coverage import coverage_of

SHOWN = 40

FileOfRules = Annotated[
    Path | None, typer.Argument(help="A workbook of rules; otherwise a version, or those in force.")
]
Number = Annotated[int | None, typer.Option("--version", min=1, help="An earlier version.")]


@rules_app.command("dry-run")
def dry_run(
    file: FileOfRules = None,
    number: Number = None,
    days: Annotated[int, typer.Option(min=1, max=400, help="How far back.")] = trial.DAYS,
    jurisdiction: Jurisdiction = None,
    as_json: AsJson = False,
) -> None:
    """Which reports of the last days would have gone elsewhere, held against what the rules of their day did."""

    content = None if file is None else content_of(file)

    async def work(engine: AsyncEngine, actor: Actor) -> tuple[int, int, list[Moved], dict[str, Named]]:
        at, read = now(), 0
        found: list[Moved] = []
        async with read_transaction(engine) as session:
            rule_set = await meant(session, actor, content, number)
            names = await codes_and_names(session, actor.jurisdiction_id, at)
            span = trial.last_days(days, at)
            total = await trial.how_many(session, actor, span)
            with Progress(console=console, transient=True) as progress:
                task = progress.add_task("Asking the rules", total=total)
                async for page in trial.dry_run(session, actor, rule_set, span):
                    read += page.read
                    found += page.moved
                    progress.update(task, completed=read)
        return rule_set.version, read, found, names

    version, read, found, names = connected(jurisdiction, work)
    ways = Counter((one.past.before.unit_id, one.after.unit_id) for one in found)
    if as_json:
        print_json(
            {
                "version": version,
                "days": days,
                "read": read,
                "moved": len(found),
                "ways": [
                    {"from": _id(start), "to": _id(end), "reports": reports}
                    for (start, end), reports in ways.most_common()
                ],
                "reports": [one.as_json() for one in found],
            }
        )
        return
    out = Console(highlight=False)
    out.print(f"{len(found):,} of {read:,} reports of the last {days} days would have gone elsewhere.")
    if not found:
        return
    table = Table("from", "to", "reports")
    for (start, end), reports in ways.most_common():
        table.add_row(_unit(start, names), _unit(end, names), f"{reports:,}")
    out.print(table)
    table = Table("ticket", "kind", "grid", "before", "after")
    for one in found[:SHOWN]:
        grid = names["grids"].get(str(one.past.grid_id), ("", "–"))[1]
        before, after = _told(one.past.before, names), _told(one.after, names)
        table.add_row(one.past.ticket_no, one.past.category, grid, before, after)
    out.print(table)
    if len(found) > SHOWN:
        out.print(f"… {len(found) - SHOWN:,} more: the same command with --json.")


def _id(value: object) -> str | None:
    return None if value is None else str(value)


def _unit(unit_id: object, names: dict[str, Named]) -> str:
    return "the tray" if unit_id is None else names["units"].get(str(unit_id), ("", str(unit_id)))[1]


def _told(way: Way, names: dict[str, Named]) -> str:
    why = f": {', '.join(way.doubts)}" if way.doubts else ""
    return f"{_unit(way.unit_id, names)} ({way.rule_name or 'no rule'}{why})"


@rules_app.command("coverage")
def coverage(
    file: FileOfRules = None, number: Number = None, jurisdiction: Jurisdiction = None, as_json: AsJson = False
) -> None:
    """Which kinds in which grids have no unit, or several, and in which share of the grid."""

    content = None if file is None else content_of(file)

    async def work(engine: AsyncEngine, actor: Actor) -> tuple[Coverage, dict[str, Named]]:
        async with read_transaction(engine) as session:
            rule_set = await meant(session, actor, content, number)
            with console.status("Asking the rules of every grid …"):
                found = await coverage_of(session, actor, rule_set, at=now())
            return found, await codes_and_names(session, actor.jurisdiction_id, now())

    found, names = connected(jurisdiction, work)
    if as_json:
        print_json(as_document(found))
        return
    out = Console(highlight=False)
    gaps = sum(found.by_doubt.values())
    out.print(f"{found.pairs - gaps:,} of {found.pairs:,} pairs of a kind and a grid have exactly one unit everywhere.")
    for doubt, pairs in found.by_doubt.items():
        out.print(f"  {doubt.value}: {pairs:,}")
    if not found.gaps:
        return
    table = Table("grid", "why", "share", "kinds", "units")
    for gap in sorted(found.gaps, key=lambda one: -one.share)[:SHOWN]:
        table.add_row(
            names["grids"].get(str(gap.grid_id), ("", "–"))[1],
            gap.doubt.value,
            f"{gap.share:.1%}",
            _few((*gap.kinds, *gap.conditions)),
            ", ".join(_unit(one, names) for one in gap.unit_ids),
        )
    out.print(table)
    if len(found.gaps) > SHOWN:
        out.print(f"… {len(found.gaps) - SHOWN:,} more: the same command with --json.")


def _few(words: tuple[str, ...], most: int = 6) -> str:
    return ", ".join(words[:most]) + (f" and {len(words) - most} more" if len(words) > most else "")


def as_document(found: Coverage) -> dict[str, Any]:
    return {
        "pairs": found.pairs,
        "by_doubt": {doubt.value: pairs for doubt, pairs in found.by_doubt.items()},
        "gaps": [
            {
                "grid_id": str(gap.grid_id),
                "doubt": gap.doubt.value,
                "share": round(gap.share, 4),
                "categories": list(gap.kinds),
                "conditions": list(gap.conditions),
                "rule_id": gap.rule_id,
                "unit_ids": [str(one) for one in gap.unit_ids],
            }
            for gap in found.gaps
        ],
    }
