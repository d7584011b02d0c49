"""``gridward explain``: where a report would go, and why."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Annotated

import typer
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.acting import chosen_tenant
from gridward.cli.program import app, console, database, now, settings
from gridward.domain.routing.choice import Choice, Outcome
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import make_engine, read_transaction
from gridward.services.routing import choose as routing


async def asked(
    engine: AsyncEngine, jurisdiction: str | None, place: routing.Place, category: str, condition: str | None
) -> Choice:
    async with read_transaction(engine) as session:
        tenant = chosen_tenant(await tenants(session), jurisdiction)
        kind, found = await routing.kind_named(session, tenant.jurisdiction_id, category, condition, now())
        return await routing.choose(
            session,
            jurisdiction_id=tenant.jurisdiction_id,
            category=kind,
            condition=found,
            named=found is not None,
            place=place,
            at=now(),
        )


def in_words(needed: str, value: object, choice: Choice) -> str:
    """What a candidate would have needed."""
    match needed:
        case "place_in_area_m":
            return f"the place {value} m farther over"
        case "rule":
            return f"rule {choice.rule_name} not to go first" if value else "a rule that holds"
        case "choice_among":
            return f"a person to choose among {value}"
    return "to exist still"


def print_choice(choice: Choice) -> None:
    """For a person: the answer first, then what it rests on."""
    names = {one.unit_id: one.name for one in choice.candidates}
    if choice.outcome is Outcome.assign and choice.unit_id is not None:
        console.print(f"goes to {names.get(choice.unit_id, choice.unit_id)} ({choice.role})", style="bold")
    else:
        console.print("goes to the dispatcher's tray", style="bold")
    rule = "no rule" if choice.rule_id is None else f"rule {choice.rule_name} ({choice.rule_id})"
    console.print(f"{rule} of version {choice.version}, {'sure' if choice.sure else 'not sure'}", markup=False)
    if choice.doubts:
        console.print(f"because: {', '.join(choice.doubts)}")
    change = "none within reach" if choice.nearest_change_m is None else f"{choice.nearest_change_m:.1f} m away"
    console.print(f"nearest boundary that would change the unit: {change}")
    boundaries = Table("boundary", "side", "metres", "changes the unit")
    for tested in choice.boundaries:
        side = "inside" if tested.inside else "outside"
        boundaries.add_row(tested.name, side, f"{tested.boundary_m:.1f}", "yes" if tested.changes_unit else "no")
    candidates = Table("candidate", "kind", "by", "would have needed")
    for one in choice.candidates:
        needed = ", ".join(in_words(name, value, choice) for name, value in one.needed.items())
        candidates.add_row(one.name, one.kind, one.source, needed or "–")
    console.print(boundaries, candidates)


@app.command(context_settings={"ignore_unknown_options": True})
def explain(
    lon: Annotated[float, typer.Argument(min=-180, max=180, help="Degrees east, WGS-84.")],
    lat: Annotated[float, typer.Argument(min=-90, max=90, help="Degrees north, WGS-84.")],
    category: Annotated[str, typer.Argument(help="Code of a kind of problem, such as litter_full.")],
    condition: Annotated[str | None, typer.Option(help="Its condition, where the kind leaves a question.")] = None,
    accuracy: Annotated[float, typer.Option(min=0, max=5_000, help="Of the position, in metres.")] = 10.0,
    jurisdiction: Annotated[str | None, typer.Option(help="Name or id, when there are several.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")] = False,
) -> None:
    """Say where a report of this kind at this place would go now, and why. Nothing is filed."""

    async def ask(url: str) -> Choice:
        engine = make_engine(url, role="gridward_app", pool_size=1)
        try:
            place = routing.Place(lon=lon, lat=lat, accuracy_m=accuracy)
            return await asked(engine, jurisdiction, place, category, condition)
        finally:
            await engine.dispose()

    with database(settings()) as url:
        choice = asyncio.run(ask(url))
    if as_json:
        sys.stdout.write(json.dumps(choice.as_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        print_choice(choice)
