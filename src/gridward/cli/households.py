"""``gridward import households``: a spreadsheet of households, first looked at, then published."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated
from uuid import UUID

import typer
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.acting import Apply, AsJson, Jurisdiction, chosen_tenant
from gridward.cli.migrating import look
from gridward.cli.people import PATIENCE_MS, QUESTIONS, read_file
from gridward.cli.program import console, database, importing, now, settings
from gridward.cli.reports import print_report
from gridward.domain.accounts import program
from gridward.domain.errors import Malformed
from gridward.domain.households.importing import Line
from gridward.domain.imports import Finding, ImportReport
from gridward.gateways.imports.households import read_households
from gridward.gateways.phone_numbers import NumberKey
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import make_engine, reach_homes, read_transaction, write_transaction
from gridward.services.households.importing import judge_file, publish
from gridward.settings import install_secrets

HEADINGS = "No row has headings for building and room (楼栋, 房号): which column is which?"


async def read_or_publish(
    engine: AsyncEngine, jurisdiction_id: UUID, lines: tuple[Line, ...], content: bytes, key: NumberKey, *, apply: bool
) -> ImportReport:
    actor = program(jurisdiction_id, "cli")
    if not apply:
        async with read_transaction(engine) as session:
            await reach_homes(session, jurisdiction_id)
            return (await judge_file(session, actor, lines, key)).report
    async with write_transaction(engine) as session:
        await reach_homes(session, jurisdiction_id)
        judged = await publish(session, actor, lines, content, key, now())
    return judged.report.applied_as_read()


@importing.command("households")
def import_households(
    file: Annotated[
        Path,
        typer.Argument(
            help="xlsx or csv: building, entrance, floor, room, contact, phone, consent, needs.", dir_okay=False
        ),
    ],
    jurisdiction: Jurisdiction = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Read a spreadsheet of households, check it row by row, and with --apply publish what is ready.

    Headings (Chinese or English): building 楼栋 (code or name), entrance 单元, floor 楼层, room 房号, name 联系人, phone 电话,
    consent 同意 (是/否), needs 关爱 (需上门、需陪诊、独居). Without consent a household is registered without name, number and
    needs. An empty cell or a missing column leaves what is registered as it is; only a written 否 withdraws consent.

    Exit codes: 0 every row is good, 1 some rows were refused (the others are published), 2 the file was refused as a
    whole, 3 no usable database.
    """
    chosen = settings()
    unread: tuple[str, ...] = ()
    try:
        content = read_file(file)
        lines, unread = read_households(content)

        async def connected(url: str) -> ImportReport:
            engine = make_engine(url, role="gridward_app", pool_size=2, statement_timeout_ms=PATIENCE_MS)
            try:
                async with read_transaction(engine) as session:
                    tenant = chosen_tenant(await tenants(session), jurisdiction)
                key = NumberKey(install_secrets(chosen.folder).household)
                return await read_or_publish(engine, tenant.jurisdiction_id, lines, content, key, apply=apply)
            finally:
                await engine.dispose()

        with database(chosen) as url:
            look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
            report = asyncio.run(connected(url))
    except Malformed as refused:
        question = HEADINGS if refused.code == "headings_missing" else QUESTIONS.get(refused.code, refused.code)
        report = ImportReport.of_refused_file("households", Finding(code=refused.code, place=file.name, why=question))
    print_report(report, as_json=as_json)
    if unread and not as_json:
        console.print(f"not read, because it is not kept here: {', '.join(unread)}")
    raise typer.Exit(report.exit)
