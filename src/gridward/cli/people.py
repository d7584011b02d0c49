"""``gridward import people``: a roster, and the sheets of invites that let these people in."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.acting import chosen_tenant
from gridward.cli.migrating import look
from gridward.cli.program import console, database, importing, now, settings
from gridward.cli.reports import print_report
from gridward.cli.sheets import local_time, write_sheets
from gridward.domain.accounts import program
from gridward.domain.accounts_roster import RosterLine
from gridward.domain.errors import Malformed
from gridward.domain.imports import Finding, ImportReport
from gridward.gateways.imports.rosters import read_roster
from gridward.persistence.accounts import people, roster
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import ReadSession, WriteSession, make_engine, read_transaction, write_transaction
from gridward.services.accounts.invites import Invited, make_invites
from gridward.services.accounts.roster_import import PublishedPeople, judge_roster, publish_roster, report_of
from gridward.settings import Settings, install_secrets

PATIENCE_MS = 10 * 60 * 1000

QUESTIONS = {
    "headings_missing": "No row has headings for name and phone (姓名, 手机): which column is which?",
    "file_unreadable": "Neither an xlsx workbook nor text in UTF-8 or GB18030: save it as one of these.",
    "file_too_large": "Larger than a roster can be: is it the right file?",
    "too_many_lines": "More lines than one import takes: split the file.",
}


async def preview(engine: AsyncEngine, jurisdiction_id: UUID, lines: Sequence[RosterLine]) -> ImportReport:
    async with read_transaction(engine) as session:
        return report_of(await judge_roster(session, program(jurisdiction_id, "cli"), lines, now()))


async def publish(
    engine: AsyncEngine, jurisdiction_id: UUID, lines: Sequence[RosterLine], key: bytes, *, again: bool
) -> tuple[ImportReport, list[Invited]]:
    """People and invites in one transaction; the invites can be shown only now."""
    actor, at = program(jurisdiction_id, "cli"), now()
    async with write_transaction(engine) as session:
        judged = await judge_roster(session, actor, lines, at)
        published = await publish_roster(session, actor, judged, at)
        chosen = await to_invite(session, published, again=again)
        invited = await make_invites(session, key, actor, chosen, at)
    return report_of(judged).applied_as_read(), invited


async def to_invite(session: WriteSession, published: PublishedPeople, *, again: bool) -> Collection[UUID]:
    if not again:
        return published.added
    return published.added | await roster.never_came(session, published.known)


async def by_community(
    session: ReadSession, jurisdiction_id: UUID, invited: Sequence[Invited]
) -> dict[tuple[str, str], list[Invited]]:
    labels = await people.community_labels(session, jurisdiction_id, [one.person_id for one in invited])
    sheets: dict[tuple[str, str], list[Invited]] = {}
    for one in invited:
        sheets.setdefault(labels.get(one.person_id, ("", "其他")), []).append(one)
    return sheets


async def connected(
    url: str,
    chosen: Settings,
    wanted: str | None,
    lines: Sequence[RosterLine],
    folder: Path,
    *,
    apply: bool,
    again: bool,
) -> tuple[ImportReport, list[Path]]:
    engine = make_engine(url, role="gridward_app", pool_size=2, statement_timeout_ms=PATIENCE_MS)
    try:
        async with read_transaction(engine) as session:
            tenant = chosen_tenant(await tenants(session), wanted)
        if not apply:
            return await preview(engine, tenant.jurisdiction_id, lines), []
        key = install_secrets(chosen.folder).session
        report, invited = await publish(engine, tenant.jurisdiction_id, lines, key, again=again)
        async with read_transaction(engine) as session:
            zone = ZoneInfo((await people.jurisdiction(session, tenant.jurisdiction_id)).time_zone)
            sheets = await by_community(session, tenant.jurisdiction_id, invited)
        until = {
            str(one.invite_id): local_time(one.expires_at.astimezone(zone))
            for one in invited
            if one.expires_at is not None
        }
        paths = write_sheets(
            folder,
            sheets,
            jurisdiction=tenant.name,
            public_url=chosen.origin,
            zone_time=until,
            stamp=f"{now().astimezone(zone):%Y%m%d-%H%M%S}",
        )
        return report, paths
    finally:
        await engine.dispose()


@importing.command("people")
def import_people(
    file: Annotated[
        Path, typer.Argument(help="xlsx or csv: name, phone, community, role, unit, grid.", dir_okay=False)
    ],
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", help="Name or id, when there are several.")
    ] = None,
    sheets: Annotated[
        Path | None,
        typer.Option("--sheets", help="Folder for the sheets of invites; default: in the data folder."),
    ] = None,
    again: Annotated[
        bool,
        typer.Option("--again", help="Invites also for those in the file who never came in; older ones are void."),
    ] = False,
    apply: Annotated[
        bool, typer.Option("--apply", help="Publish and print invites; without it nothing changes.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every row's verdict.")] = False,
) -> None:
    """Read a roster, check it, and with --apply put these people on it and print their invites.

    Headings (English or Chinese): name 姓名, phone 手机, community 社区 (code or name), role 角色 (volunteer when empty),
    unit 单位编码, grid 网格编码. One line per person and role.

    Exit codes: 0 every row is good, 1 some rows were refused (the others are published), 2 the file was refused as a
    whole, 3 no usable database.
    """
    paths: list[Path] = []
    chosen = settings()
    try:
        lines = read_roster(read_file(file))
        with database(chosen) as url:
            look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
            folder = sheets or chosen.folder / "invites"
            report, paths = asyncio.run(connected(url, chosen, jurisdiction, lines, folder, apply=apply, again=again))
    except Malformed as refused:
        question = QUESTIONS.get(refused.code, refused.code)
        report = ImportReport.of_refused_file("people", Finding(code=refused.code, place=file.name, why=question))
    print_report(report, as_json=as_json)
    for path in paths:
        console.print(f"invites to print: {path}", soft_wrap=True)
    if paths and not chosen.secure:
        console.print(
            f"These links lead to {chosen.origin}, this machine: set GRIDWARD_PUBLIC_URL before you hand them out."
        )
    raise typer.Exit(report.exit)


def read_file(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Malformed("file_unreadable") from error
