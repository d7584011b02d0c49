"""``gridward standards names | places | emergency``: what names mean, what a place is, when a profile holds."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from rich.table import Table

from gridward.cli.acting import Acting, Apply, AsJson, Jurisdiction, reading, writing
from gridward.cli.program import NOT_DONE, WRONG_SETTINGS, stop
from gridward.cli.reports import print_report
from gridward.cli.standards_versions import out, print_json, versions
from gridward.domain.imports import Finding, ImportReport
from gridward.domain.standards import COMMUNITY_TYPE_WORDS
from gridward.domain.standards_emergencies import Emergency
from gridward.gateways.imports.tables import read_table
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards import emergencies as stored
from gridward.persistence.standards import places as places_stored
from gridward.persistence.standards import queries
from gridward.services.standards import emergencies, files, places, unit_names

File = Annotated[Path | None, typer.Option("--file", help="A table to read: .xlsx or .csv.")]
emergency = typer.Typer(no_args_is_help=True, help="Emergencies (防汛, 重污染): a profile holds from – to, in areas.")
versions.add_typer(emergency, name="emergency")


@versions.command("names")
def names(
    standard: Annotated[str, typer.Argument(help="A version: scheme, scheme@2 or its id.")],
    file: File = None,
    jurisdiction: Jurisdiction = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Show what the names of units in a standard mean, or read that from a table.

    Columns of the table: name (单位名称), role (角色: 主办, 协办, 兜底; empty: as the column of the standard says), area (区划代码,
    empty: everywhere), unit_kind (单位类别) or unit (单位代码 or name). The rows of a name replace what stood there.
    """
    if file is None:
        _show_names(reading(jurisdiction, lambda session, acting: _names(session, acting, standard)), as_json=as_json)
        return
    rows = read_table(_content(file), files.NAME_COLUMNS, "name")

    async def judge(session: ReadSession | WriteSession, acting: Acting) -> tuple[UUID, list[Finding], int]:
        found = await queries.standard_called(session, acting.actor.jurisdiction_id, standard)
        standard_id = UUID(found.standard_id)
        lines, findings = await files.names_in_file(session, acting.actor, rows, set(found.unit_names))
        if apply and not findings and isinstance(session, WriteSession):
            known = await unit_names.names_of(session, acting.actor, standard_id)
            await unit_names.map_names(
                session, acting.actor, standard_id, lines, based_on=known.version, now=acting.now
            )
        return standard_id, findings, len(lines)

    _, findings, ready = writing(jurisdiction, judge) if apply else reading(jurisdiction, judge)
    _report("unit names", len(rows), ready, findings, apply=apply, as_json=as_json)


async def _names(session: ReadSession, acting: Acting, standard: str) -> unit_names.UnitNames:
    found = await queries.standard_called(session, acting.actor.jurisdiction_id, standard)
    return await unit_names.names_of(session, acting.actor, UUID(found.standard_id))


def _show_names(found: unit_names.UnitNames, *, as_json: bool) -> None:
    if as_json:
        print_json(
            [
                {
                    "name": one.name,
                    "conditions": one.conditions,
                    "lines": [
                        {
                            "role": line.role,
                            "area_id": str(line.area_id) if line.area_id else None,
                            "unit_kind": line.unit_kind,
                            "unit_id": str(line.unit_id) if line.unit_id else None,
                        }
                        for line in one.lines
                        if line.is_mapped
                    ],
                }
                for one in found.names
            ]
        )
        return
    table = Table("name", "conditions", "means")
    for one in sorted(found.names, key=lambda one: (one.is_mapped, -one.conditions)):
        meant = [
            " ".join(str(part) for part in (line.role, line.unit_kind or line.unit_id, line.area_id) if part)
            for line in one.lines
            if line.is_mapped
        ]
        table.add_row(one.name, f"{one.conditions:,}", "\n".join(meant) or "not mapped yet")
    out.print(table, markup=False)


@versions.command("places")
def place_types(
    file: File = None, jurisdiction: Jurisdiction = None, apply: Apply = False, as_json: AsJson = False
) -> None:
    """Show what kind of place communities and grids are, or read that from a table.

    Columns: code (区划代码), community_type (小区类型: 老旧小区, 商品房小区, 城中村, …), area_class (区域类别: A, B, C).
    """
    if file is None:

        async def ask(session: ReadSession, acting: Acting) -> list[places_stored.PlaceType]:
            return list(await places_stored.place_types(session, acting.actor.jurisdiction_id))

        table = Table("code", "place", "type", "class")
        for one in reading(jurisdiction, ask):
            word = COMMUNITY_TYPE_WORDS[one.community_type] if one.community_type else ""
            table.add_row(one.code, one.name, word, one.area_class or "")
        out.print(table)
        return
    rows = read_table(_content(file), files.PLACE_COLUMNS, "code")

    async def judge(session: ReadSession | WriteSession, acting: Acting) -> tuple[list[Finding], int]:
        lines, findings = await files.places_in_file(session, acting.actor, rows)
        if apply and not findings and isinstance(session, WriteSession):
            await places.set_types(session, acting.actor, lines, now=acting.now)
        return findings, len(lines)

    findings, ready = writing(jurisdiction, judge) if apply else reading(jurisdiction, judge)
    _report("place types", len(rows), ready, findings, apply=apply, as_json=as_json)


@emergency.command("list")
def list_emergencies(jurisdiction: Jurisdiction = None) -> None:
    """Every emergency there was, newest first."""

    async def ask(session: ReadSession, acting: Acting) -> tuple[list[Emergency], datetime]:
        return list(await stored.emergencies(session, acting.actor.jurisdiction_id)), acting.now

    found, at = reading(jurisdiction, ask)
    table = Table("emergency", "profile", "areas", "from", "to", "")
    for one in found:
        state = "on" if one.is_on(at) else "to come" if one.starts_at > at else "over"
        where = ", ".join(one.area_codes) or "everywhere"
        when = (one.starts_at.isoformat(), one.over_at.isoformat())
        table.add_row(str(one.emergency_id), f"{one.scheme}@{one.version} {one.name}", where, *when, state)
    out.print(table)


@emergency.command("start")
def start_emergency(
    profile: Annotated[str, typer.Argument(help="A version of a profile: scheme, scheme@2 or its id.")],
    until: Annotated[datetime, typer.Option(help="When it ends by itself, local time.")],
    since: Annotated[datetime | None, typer.Option("--from", help="When it starts, local time; otherwise now.")] = None,
    area: Annotated[list[str] | None, typer.Option("--area", help="An area's official code; none: everywhere.")] = None,
    notice: Annotated[str, typer.Option(help="Which notice orders it (文号).")] = "",
    jurisdiction: Jurisdiction = None,
) -> None:
    """Let a profile hold: tickets filed in it pin it, live tickets are not touched."""

    async def do(session: WriteSession, acting: Acting) -> Emergency:
        found = await queries.standard_called(session, acting.actor.jurisdiction_id, profile)
        zone = await time_zone_of(session, acting.actor.jurisdiction_id)
        return await emergencies.start(
            session,
            acting.actor,
            UUID(found.standard_id),
            area_codes=area or (),
            starts_at=since.replace(tzinfo=zone) if since else None,
            ends_at=until.replace(tzinfo=zone),
            notice=notice,
            now=acting.now,
        )

    made = writing(jurisdiction, do)
    out.print(f"{made.name} holds from {made.starts_at.isoformat()} to {made.ends_at.isoformat()}: {made.emergency_id}")


@emergency.command("end")
def end_emergency(emergency_id: UUID, jurisdiction: Jurisdiction = None) -> None:
    """End an emergency before its time."""

    async def do(session: WriteSession, acting: Acting) -> None:
        await emergencies.end(session, acting.actor, emergency_id, now=acting.now)

    writing(jurisdiction, do)
    out.print("It is over.")


def _content(file: Path) -> bytes:
    if not file.is_file():
        stop(f"There is no file {file}.", WRONG_SETTINGS)
    return file.read_bytes()


def _report(subject: str, read: int, ready: int, findings: list[Finding], *, apply: bool, as_json: bool) -> None:
    done = apply and not findings
    report = ImportReport(
        subject=subject, read=read, ready=ready, applied=ready if done else 0, published=done, refused=tuple(findings)
    )
    print_report(report, as_json=as_json)
    if findings:
        raise typer.Exit(NOT_DONE)
