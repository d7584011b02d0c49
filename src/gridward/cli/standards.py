"""``gridward import standard``: a city's 立案、处置和结案标准 from its workbook."""

from __future__ import annotations

import asyncio
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from gridward.cli.acting import chosen_tenant
from gridward.cli.migrating import look
from gridward.cli.program import WRONG_SETTINGS, console, database, importing, now, settings, stop
from gridward.cli.reports import print_report
from gridward.domain.accounts import program
from gridward.domain.calendar import zone_named
from gridward.domain.errors import Malformed
from gridward.domain.imports import ImportReport
from gridward.domain.standards import Applies, CommunityType, DayRule, LimitKind
from gridward.domain.standards_import import RawSheet
from gridward.domain.standards_reading import LimitWords
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import make_engine, read_transaction, write_transaction
from gridward.services.standards import importing as standards


class BareDay(StrEnum):
    work_day = "work_day"
    natural_day = "natural_day"


class BareHour(StrEnum):
    work_hour = "work_hour"
    urgent_hour = "urgent_hour"


@importing.command("standard")
def import_standard(
    file: Annotated[Path, typer.Argument(help="The workbook (.xlsx).")],
    scheme: Annotated[str, typer.Option(help="Whose codes: cjt-214, gbt-30428.2, local, a city's name, …")],
    day_rule: Annotated[
        DayRule, typer.Option(help="next_day: the first day does not count; hours: a work day is 8 working hours.")
    ],
    bare_day: Annotated[BareDay, typer.Option(help="What a bare 天 means in this file.")],
    bare_hour: Annotated[BareHour, typer.Option(help="What a bare 小时 means in this file.")],
    name: Annotated[str | None, typer.Option(help="Of the standard; otherwise the file's name.")] = None,
    valid_from: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; otherwise today.")
    ] = None,
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", help="Name or id, when there are several.")
    ] = None,
    leave_out_refused: Annotated[
        bool, typer.Option("--leave-out-refused", help="Publish although rows were refused.")
    ] = False,
    area: Annotated[
        list[str] | None, typer.Option("--area", help="It holds in this area only (official code); once for each.")
    ] = None,
    community_type: Annotated[
        list[CommunityType] | None, typer.Option(help="It holds in communities of this type only; once for each.")
    ] = None,
    emergency: Annotated[
        bool, typer.Option("--emergency", help="A profile: it holds only while an emergency names it.")
    ] = False,
    acknowledge: Annotated[
        list[str] | None,
        typer.Option("--acknowledge", help="A condition that vanishes although something uses it; once for each."),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="Publish; without it nothing changes.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every row's verdict.")] = False,
) -> None:
    """Read a city's standard, show what it says, and with --apply publish it as a new version.

    Exit codes: 0 every row is good, 1 some rows were refused, 2 the file was refused as a whole, 3 no usable database.
    """
    words = LimitWords(LimitKind(bare_day), LimitKind(bare_hour), day_rule)
    if not file.is_file():
        stop(f"There is no file {file}.", WRONG_SETTINGS)
    try:
        with console.status("Reading …"):
            sheets = standards.open_workbook(file.read_bytes())
    except Malformed as refusal:
        report = standards.refusal_of(str(file), refusal)
    else:
        chosen = settings()
        with database(chosen) as url:
            look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
            first_day = valid_from.date() if valid_from else None
            report = asyncio.run(
                connected(
                    url,
                    jurisdiction,
                    sheets,
                    scheme=scheme,
                    name=name or file.stem,
                    words=words,
                    first_day=first_day,
                    leave_out_refused=leave_out_refused,
                    applies=Applies(
                        area_codes=tuple(area or ()),
                        community_types=tuple(community_type or ()),
                        emergency=emergency,
                    )
                    if area or community_type or emergency
                    else None,
                    acknowledged=frozenset(acknowledge or ()),
                    apply=apply,
                )
            )
    print_report(report, as_json=as_json)
    if report.facts and not as_json:
        print_decisions(report)
    raise typer.Exit(report.exit)


async def connected(
    url: str,
    wanted: str | None,
    sheets: tuple[RawSheet, ...],
    *,
    scheme: str,
    name: str,
    words: LimitWords,
    first_day: date | None,
    leave_out_refused: bool,
    applies: Applies | None,
    acknowledged: frozenset[str],
    apply: bool,
) -> ImportReport:
    """Preview in a transaction that cannot write, or publish in one that does."""
    engine = make_engine(url, role="gridward_app", pool_size=2)
    try:
        async with read_transaction(engine) as session:
            tenant = chosen_tenant(await tenants(session), wanted)
        actor, at = program(tenant.jurisdiction_id, "cli"), now()
        today = at.astimezone(zone_named(tenant.time_zone)).date()
        wish = standards.Wish(
            scheme=scheme,
            name=name,
            words=words,
            valid_from=first_day or today,
            leave_out_refused=leave_out_refused,
            applies=applies,
            acknowledged=acknowledged,
        )
        if apply:
            async with write_transaction(engine) as session:
                return await standards.publish(session, sheets, wish, actor, today=today, now=at)
        async with read_transaction(engine) as session:
            return (await standards.preview(session, sheets, wish, actor, today=today)).report
    finally:
        await engine.dispose()


def print_decisions(report: ImportReport) -> None:
    """What the declarations decided, and which names of units nobody has mapped yet."""
    facts, out = report.facts, Console(highlight=False)
    table = Table(title="Declared", title_justify="left")
    for column in ("declared", "means", "rows"):
        table.add_column(column)
    for word, key in (("天", "bare_day"), ("小时", "bare_hour")):
        table.add_row(f"a bare {word}", facts[key]["means"], f"{facts[key]['rows']:,}")
    table.add_row("days", facts["day_rule"], "all")
    out.print(table)
    kinds = ", ".join(f"{rows:,} {kind}" for kind, rows in facts["limits"].items())
    out.print(
        f"{facts['conditions']:,} conditions in {facts['categories']:,} categories; limits: {kinds}.\n"
        f"{facts['rows_with_several_units']:,} conditions name two or more units.\n"
        f"Everything that the file does not say comes from {facts['settings_from']}.",
        markup=False,
    )
    if facts["vanished_conditions"]:
        out.print(f"{facts['vanished_conditions']:,} conditions of the version before are not in this file.")
    for used in facts["vanishing_in_use"]:
        out.print(
            f"{used['condition_id']} {used['filing_text']} would vanish, but {used['tickets']:,} open tickets, "
            f"{len(used['rules'])} rules and {len(used['duties'])} duties use it: --acknowledge {used['condition_id']}",
            style="yellow",
            markup=False,
        )
    unmapped = facts["unmapped_unit_names"]
    if unmapped:
        out.print(
            f"{len(unmapped):,} of {facts['unit_names']:,} names of units are not mapped yet: {'、'.join(unmapped)}",
            markup=False,
        )
