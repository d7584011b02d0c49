"""``gridward calendars``: which there are, what a new version would change, and publishing it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from gridward.cli.acting import Acting, Apply, Jurisdiction, reading, writing
from gridward.cli.program import app
from gridward.cli.standards_versions import out, print_json, read_json
from gridward.domain.calendar import Shift, WorkingCalendar
from gridward.domain.calendar_changes import years_unpublished
from gridward.domain.standards_document import to_document
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards import queries
from gridward.services.standards import calendars as verbs

calendars = typer.Typer(no_args_is_help=True, help="Working calendars: always a new version, never an edit.")
app.add_typer(calendars, name="calendars")


@calendars.command("list")
def list_calendars(jurisdiction: Jurisdiction = None) -> None:
    """The calendars in force, and the years over which a due time is provisional (暂定)."""

    async def ask(session: ReadSession, acting: Acting) -> tuple[Mapping[str, WorkingCalendar], date]:
        return await queries.current_calendars(session, acting.actor.jurisdiction_id), acting.today

    found, today = reading(jurisdiction, ask)
    table = Table("calendar", "version", "official years", "provisional (暂定)", "special days")
    for one in found.values():
        years = "needs none" if one.holiday_free else _years(one.published_years)
        missing = ", ".join(map(str, years_unpublished(one, today)))
        table.add_row(one.calendar_id, str(one.version), years, missing, f"{len(one.exceptions):,}")
    out.print(table)


@calendars.command("export")
def export(calendar_id: str, jurisdiction: Jurisdiction = None) -> None:
    """Write a calendar as the JSON file that would say the same."""

    async def ask(session: ReadSession, acting: Acting) -> WorkingCalendar:
        return await verbs.calendar_named(session, acting.actor.jurisdiction_id, calendar_id)

    document = to_document(reading(jurisdiction, ask))
    print_json({name: value for name, value in document.items() if name != "version"})


@calendars.command("publish")
def publish(
    file: Annotated[
        Path, typer.Argument(help="A .json file: calendar_id, and what changes (exceptions_changed, years_added, …).")
    ],
    past: Annotated[bool, typer.Option("--past", help="I know that days gone by will count otherwise.")] = False,
    jurisdiction: Jurisdiction = None,
    apply: Apply = False,
) -> None:
    """Say what a new version of a calendar would change, and with --apply publish it.

    Only running clocks move, each by an entry that names both versions; stopped ones never.
    """
    document = read_json(file)

    async def ask(session: ReadSession, acting: Acting) -> verbs.Effect:
        return await verbs.effect_of(session, acting.actor, document, now=acting.now)

    effect = reading(jurisdiction, ask)
    print_effect(effect)
    if not apply:
        return

    async def do(session: WriteSession, acting: Acting) -> int:
        return await verbs.publish_file(
            session, acting.actor, document, based_on=effect.based_on, past_acknowledged=past, now=acting.now
        )

    out.print(f"{effect.calendar.calendar_id}: version {writing(jurisdiction, do)} stands")


def print_effect(effect: verbs.Effect) -> None:
    change = effect.change
    if change is None:
        out.print(f"{effect.calendar.calendar_id} is a new calendar.")
        return
    if change.empty:
        out.print("It says the same as the version that stands.")
        return
    table = Table("day", "until now", "then", "why", "")
    for day in change.days:
        gone_by = "gone by" if day.past else ""
        table.add_row(str(day.on), _shifts(day.before), _shifts(day.after), day.why or "", gone_by)
    if change.days:
        out.print(table)
    if change.weekly:
        out.print(
            f"Ordinary shifts change on weekdays {', '.join(str(day + 1) for day in change.weekly)} (1 is Monday)."
        )
    if change.years_added:
        out.print(f"Official from now on: {_years(frozenset(change.years_added))}.")
    out.print(
        f"{effect.tickets:,} open tickets have clocks on this calendar; {effect.moved:,} clocks would move, "
        f"{effect.turn_late:,} would be over their limit, {effect.turn_in_time:,} no longer.",
        style="bold",
    )
    for move in effect.moves:
        words = {"late": " (over its limit)", "in_time": " (no longer over)"}.get(move.turns, "")
        due = (move.from_due_at.isoformat() if move.from_due_at else "–", move.to_due_at)
        to = due[1].isoformat() if due[1] else "–"
        out.print(f"  {move.number} {move.kind}: {due[0]} → {to}{words}", markup=False)
    if change.touches_past:
        out.print("Days gone by would count otherwise: publishing needs --past.", style="yellow")


def _shifts(shifts: tuple[Shift, ...]) -> str:
    def hour(minute: int) -> str:
        return f"{minute // 60:02d}:{minute % 60:02d}"

    return ", ".join(f"{hour(one.start_minute)}–{hour(one.end_minute)}" for one in shifts) or "off"


def _years(years: frozenset[int]) -> str:
    return (
        f"{min(years)}–{max(years)}"
        if years and len(years) == max(years) - min(years) + 1
        else ", ".join(map(str, sorted(years)))
    )
