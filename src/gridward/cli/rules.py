"""``gridward rules …`` and ``gridward import rules``: the versions of the rules, as a list and as a file."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy.ext.asyncio import AsyncEngine

from gridward.cli.acting import chosen_tenant
from gridward.cli.migrating import look
from gridward.cli.program import WRONG_SETTINGS, app, console, database, importing, now, settings, stop
from gridward.cli.reports import print_report
from gridward.domain.accounts import Actor, program
from gridward.domain.errors import Refusal
from gridward.domain.routing.compare import Change, compare
from gridward.domain.routing.document import write_duties, write_rules
from gridward.domain.routing.faults import SENTENCES, Fault, in_words
from gridward.domain.routing.rules import RuleSet
from gridward.persistence.accounts.tenants import tenants
from gridward.persistence.database import ReadSession, make_engine, read_transaction, write_transaction
from gridward.services.routing import files
from gridward.services.routing.history import Told, history, version
from gridward.services.routing.publish import publish

PATIENCE_MS = 10 * 60 * 1000

rules_app = typer.Typer(no_args_is_help=True, help="The routing rules: versions, files, what they would mean.")
app.add_typer(rules_app, name="rules")

Result = TypeVar("Result")
Jurisdiction = Annotated[str | None, typer.Option("--jurisdiction", help="Name or id, when there are several.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]


def connected(wanted: str | None, work: Callable[[AsyncEngine, Actor], Awaitable[Result]]) -> Result:
    """Run with the database and as the program in the jurisdiction that was named."""

    async def run(url: str) -> Result:
        engine = make_engine(url, role="gridward_app", pool_size=2, statement_timeout_ms=PATIENCE_MS)
        try:
            async with read_transaction(engine) as session:
                tenant = chosen_tenant(await tenants(session), wanted)
            return await work(engine, program(tenant.jurisdiction_id, "cli"))
        finally:
            await engine.dispose()

    chosen = settings()
    with database(chosen) as url:
        look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
        return asyncio.run(run(url))


def content_of(file: Path) -> bytes:
    if not file.is_file():
        stop(f"There is no file {file}.", WRONG_SETTINGS)
    return file.read_bytes()


async def meant(session: ReadSession, actor: Actor, content: bytes | None, number: int | None) -> RuleSet:
    """The rules of a file, of a version, or those in force."""
    if content is None:
        return await version(session, actor, number)
    read = await files.read_file(session, actor, content, at=now())
    if read.rule_set is None:
        print_report(read.report, as_json=False)
        stop("The file was refused; nothing was tried.")
    return read.rule_set


def print_json(value: Any) -> None:
    json.dump(value, sys.stdout, ensure_ascii=False, indent=2)
    sys.stdout.write("\n")


@importing.command("rules")
def import_rules(
    file: Annotated[Path, typer.Argument(help="A workbook as `gridward rules export` writes it.")],
    jurisdiction: Jurisdiction = None,
    apply: Annotated[bool, typer.Option("--apply", help="Publish; without it nothing changes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Read rules and duty list from a file, judge them, and with --apply put them in force as a new version.

    Exit codes: 0 the file is good, 1 rows were refused (nothing is published then), 2 the file was refused as a whole.
    """
    content = content_of(file)

    async def work(engine: AsyncEngine, actor: Actor) -> files.FileOfRules:
        if apply:
            async with write_transaction(engine) as session:
                return await files.publish_file(session, actor, content, now=now())
        async with read_transaction(engine) as session:
            return await files.read_file(session, actor, content, at=now())

    read = connected(jurisdiction, work)
    print_report(read.report, as_json=as_json)
    if not as_json:
        print_changes(read.changes)
    raise typer.Exit(read.report.exit)


@rules_app.command("list")
def list_versions(jurisdiction: Jurisdiction = None, as_json: AsJson = False) -> None:
    """Every version: who put it in force, when, and what it changed."""

    async def work(engine: AsyncEngine, actor: Actor) -> list[Told]:
        async with read_transaction(engine) as session:
            return [*await history(session, actor)]

    told = connected(jurisdiction, work)
    if as_json:
        print_json({"versions": [as_line(one) for one in told]})
        return
    table = Table("version", "in force from", "by", "rules", "duties", "changed")
    for one in told:
        edition = one.edition
        table.add_row(
            str(edition.rule_set.version),
            f"{edition.published_at:%Y-%m-%d %H:%M} UTC",
            edition.publisher or "the program",
            str(len(edition.rule_set.rules)),
            str(len(edition.rule_set.duties)),
            "; ".join(in_short(change) for change in one.changes) or "nothing",
        )
    Console(highlight=False).print(table)


def as_line(told: Told) -> dict[str, Any]:
    edition = told.edition
    return {
        "version": edition.rule_set.version,
        "published_at": edition.published_at.isoformat(),
        "publisher": edition.publisher,
        "rules": len(edition.rule_set.rules),
        "duties": len(edition.rule_set.duties),
        "changes": [change.as_json() for change in told.changes],
    }


def in_short(change: Change) -> str:
    """``moved 小区内归物业企业 to 2``."""
    if change.rule_id is None:
        line = change.after or change.before or {}
        return f"{change.what.value.replace('_', ' ')} {line.get('category')}"
    fields = f" ({', '.join(change.fields)})" if change.fields else ""
    return f"{change.what.value} {change.name}{fields}" + (f" to {change.place}" if change.what == "moved" else "")


def print_changes(changes: tuple[Change, ...]) -> None:
    for change in changes:
        console.print(f"  {in_short(change)}", markup=False)


@rules_app.command("compare")
def compare_versions(
    before: Annotated[int, typer.Argument(min=1)],
    after: Annotated[int, typer.Argument(min=1)],
    jurisdiction: Jurisdiction = None,
    as_json: AsJson = False,
) -> None:
    """What one version changed against another."""

    async def work(engine: AsyncEngine, actor: Actor) -> tuple[Change, ...]:
        async with read_transaction(engine) as session:
            return compare(await version(session, actor, before), await version(session, actor, after))

    changes = connected(jurisdiction, work)
    if as_json:
        print_json({"before": before, "after": after, "changes": [change.as_json() for change in changes]})
    elif changes:
        print_changes(changes)
    else:
        console.print("Nothing differs.")


@rules_app.command("export")
def export(
    file: Annotated[Path, typer.Argument(help="Where to write the workbook (.xlsx).")],
    number: Annotated[int | None, typer.Option("--version", min=1, help="Otherwise the rules in force.")] = None,
    jurisdiction: Jurisdiction = None,
) -> None:
    """Write a version as a workbook that can be edited and imported again."""

    async def work(engine: AsyncEngine, actor: Actor) -> tuple[int, bytes]:
        async with read_transaction(engine) as session:
            chosen = await version(session, actor, number)
            return chosen.version, await files.export_file(session, actor, chosen, at=now())

    written, content = connected(jurisdiction, work)
    file.write_bytes(content)
    console.print(f"Version {written} is in {file}.", markup=False)


@rules_app.command("republish")
def republish(
    number: Annotated[int, typer.Argument(min=1, help="The earlier version.")],
    jurisdiction: Jurisdiction = None,
    apply: Annotated[bool, typer.Option("--apply", help="Publish; without it nothing changes.")] = False,
) -> None:
    """Put an earlier version in force again, as a new one. It is judged like any other: the world may have changed."""

    async def work(engine: AsyncEngine, actor: Actor) -> tuple[RuleSet, RuleSet]:
        async with read_transaction(engine) as session:
            old, current = await version(session, actor, number), await version(session, actor, None)
        if not apply:
            return current, old
        async with write_transaction(engine) as session:
            made = await publish(
                session,
                actor,
                based_on=current.version,
                rules=write_rules(old.rules),
                duties=write_duties(old.duties),
                now=now(),
            )
        return current, made

    try:
        current, made = connected(jurisdiction, work)
    except Refusal as refused:
        if refused.code == "rules_refused":
            stop("\n".join(["Refused:", *map(sentence, refused.facts["faults"])]))
        raise
    print_changes(compare(current, made))
    done = f"In force as version {made.version}." if apply else "A preview. The same command with --apply publishes it."
    console.print(done)


def sentence(fault: dict[str, Any]) -> str:
    facts = {name: value for name, value in fault.items() if name not in ("code", "place")}
    assert fault["code"] in SENTENCES
    return f"  {fault['place']}: {in_words(Fault(code=fault['code'], place=fault['place'], facts=facts))}"
