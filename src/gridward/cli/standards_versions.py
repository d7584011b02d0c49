"""``gridward standards``: the versions that were published, compared, written out, and published from a file."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from gridward.cli.acting import Acting, Apply, AsJson, Jurisdiction, reading, writing
from gridward.cli.program import NOT_DONE, WRONG_SETTINGS, app, stop
from gridward.cli.standards import BareDay, BareHour
from gridward.domain.errors import Malformed
from gridward.domain.imports import Finding
from gridward.domain.standards import DayRule, LimitKind, Standard
from gridward.domain.standards_diff import Comparison, FieldChange, Row, compare
from gridward.domain.standards_in_use import InUse
from gridward.domain.standards_reading import LimitWords
from gridward.domain.standards_words import FIELD_WORDS, VALUE_WORDS
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards import queries
from gridward.services.standards import documents, importing, judging

versions = typer.Typer(no_args_is_help=True, help="Standards: compare, write out, publish, say what names mean.")
app.add_typer(versions, name="standards")

Acknowledge = Annotated[
    list[str] | None,
    typer.Option("--acknowledge", help="A condition that vanishes although something uses it; once for each."),
]
ValidFrom = Annotated[datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; otherwise today.")]
out = Console(highlight=False)


@versions.command("list")
def list_versions(jurisdiction: Jurisdiction = None, as_json: AsJson = False) -> None:
    """Every version that was ever published, newest first."""

    async def ask(session: ReadSession, acting: Acting) -> list[queries.StandardLine]:
        return list(await queries.list_standards(session, acting.actor.jurisdiction_id))

    found = reading(jurisdiction, ask)
    if as_json:
        print_json([{name: str(getattr(one, name)) for name in queries.StandardLine.__slots__} for one in found])
        return
    table = Table("standard", "name", "valid from", "to", "days", "conditions", "holds", "id")
    for one in found:
        where = [*one.area_codes, *one.community_types, *(["emergency"] if one.is_emergency else [])]
        to = str(one.valid_to) if one.valid_to else ""
        cells = (f"{one.scheme}@{one.version}", one.name, str(one.valid_from), to, one.day_rule)
        table.add_row(*cells, f"{one.conditions:,}", ", ".join(where) or "everywhere", str(one.standard_id))
    out.print(table)


@versions.command("diff")
def diff(
    before: Annotated[str, typer.Argument(metavar="A", help="A version: scheme, scheme@2 or its id.")],
    after: Annotated[str, typer.Argument(metavar="B|FILE", help="Another version, or a file: .xlsx or .json.")],
    bare_day: Annotated[BareDay | None, typer.Option(help="What a bare 天 means in the workbook.")] = None,
    bare_hour: Annotated[BareHour | None, typer.Option(help="What a bare 小时 means in the workbook.")] = None,
    day_rule: Annotated[DayRule | None, typer.Option(help="Of the workbook; otherwise as in A.")] = None,
    jurisdiction: Jurisdiction = None,
    as_json: AsJson = False,
) -> None:
    """Compare row by row: conditions that came, went, or say something else; and who uses what would go.

    Exit codes: 0 they say the same or only differ, 1 the file has rows that cannot be read, 2 no file can be read so.
    """

    file = Path(after) if Path(after).is_file() else None
    content = file.read_bytes() if file else b""

    async def ask(session: ReadSession, acting: Acting) -> tuple[Comparison, tuple[InUse, ...], tuple[Finding, ...]]:
        a = await queries.standard_called(session, acting.actor.jurisdiction_id, before)
        refused: tuple[Finding, ...] = ()
        if file is not None:
            words = _words(a, file, bare_day, bare_hour, day_rule)
            b, refused = await _of_file(session, acting, content, a, words)
        else:
            b = await queries.standard_called(session, acting.actor.jurisdiction_id, after)
        used = await judging.uses_of_vanishing(session, acting.actor.jurisdiction_id, a, b, on=acting.today)
        return compare(a, b), used, refused

    comparison, used, refused = reading(jurisdiction, ask)
    if as_json:
        print_json(comparison_json(comparison, used, refused))
    else:
        print_comparison(comparison)
        print_used(used)
        for finding in refused:
            out.print(f"cannot be read: {finding.place} {finding.text!r}: {finding.why}", style="red", markup=False)
    if refused:
        raise typer.Exit(NOT_DONE)


async def _of_file(
    session: ReadSession,
    acting: Acting,
    content: bytes,
    a: Standard,
    words: LimitWords | None,
) -> tuple[Standard, tuple[Finding, ...]]:
    if words is None:
        document = {"scheme": a.scheme, **json_in(content)}
        read = await documents.read_document(session, document, acting.actor, on=acting.today, today=acting.today)
        return read.draft, ()
    wish = importing.Wish(scheme=a.scheme, name=a.name.zh, words=words, valid_from=acting.today)
    sheets = importing.open_workbook(content)
    preview = await importing.preview(session, sheets, wish, acting.actor, today=acting.today)
    return preview.draft, preview.report.refused


def _words(
    a: Standard, file: Path, bare_day: BareDay | None, bare_hour: BareHour | None, day_rule: DayRule | None
) -> LimitWords | None:
    """What a person declares about a workbook; None for a JSON file, which needs nothing."""
    if file.suffix == ".json":
        return None
    if bare_day is None or bare_hour is None:
        stop("A workbook does not say what a bare 天 and 小时 mean: --bare-day and --bare-hour.", WRONG_SETTINGS)
    return LimitWords(LimitKind(bare_day), LimitKind(bare_hour), day_rule or a.day_rule)


@versions.command("export")
def export(
    standard: Annotated[str, typer.Argument(help="A version: scheme, scheme@2 or its id.")],
    jurisdiction: Jurisdiction = None,
) -> None:
    """Write a version as the JSON file that would say the same: change it and publish it."""

    async def ask(session: ReadSession, acting: Acting) -> Standard:
        return await queries.standard_called(session, acting.actor.jurisdiction_id, standard)

    print_json(documents.file_of(reading(jurisdiction, ask)))


@versions.command("publish")
def publish(
    file: Annotated[Path, typer.Argument(help="A .json file; what it does not say stays as it is.")],
    valid_from: ValidFrom = None,
    acknowledge: Acknowledge = None,
    jurisdiction: Jurisdiction = None,
    apply: Apply = False,
    as_json: AsJson = False,
) -> None:
    """Publish a version from a JSON file: all of it (as ``export`` writes it), or only what changes.

    Without --apply it says what would change, and who uses what would vanish. Workbooks: ``gridward import standard``.
    """
    document = read_json(file)

    async def ask(session: ReadSession, acting: Acting) -> documents.DocumentReading:
        return await documents.read_document(
            session, document, acting.actor, on=first_day(valid_from, acting), today=acting.today
        )

    async def do(session: WriteSession, acting: Acting) -> str:
        made = await documents.publish_document(
            session,
            document,
            acting.actor,
            valid_from=first_day(valid_from, acting),
            today=acting.today,
            now=acting.now,
            acknowledged=acknowledge or (),
        )
        return f"version {made.version} {'published' if made.is_new else 'says the same already'}: {made.standard_id}"

    if apply:
        out.print(writing(jurisdiction, do))
        return
    read = reading(jurisdiction, ask)
    if read.previous is None:
        out.print(f"a first version of {read.draft.scheme}: {len(read.draft.conditions):,} conditions")
        return
    comparison = compare(read.previous, read.draft)
    if as_json:
        print_json(comparison_json(comparison, read.used, ()))
        return
    print_comparison(comparison)
    print_used(read.used)


def first_day(valid_from: datetime | None, acting: Acting) -> date:
    return valid_from.date() if valid_from else acting.today


def read_json(file: Path) -> Mapping[str, Any]:
    """The object in a file. Raises as :func:`json_in`."""
    if not file.is_file():
        stop(f"There is no file {file}.", WRONG_SETTINGS)
    return json_in(file.read_bytes())


def json_in(content: bytes) -> Mapping[str, Any]:
    """Raises: Malformed: ``file_unreadable`` with line and column."""
    try:
        document = json.loads(content)
    except (json.JSONDecodeError, UnicodeDecodeError) as fault:
        line, column = getattr(fault, "lineno", 1), getattr(fault, "colno", 1)
        raise Malformed("file_unreadable", line=line, column=column) from fault
    if not isinstance(document, dict):
        raise Malformed("file_unreadable", line=1, column=1)
    return document


def print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2) + "\n")


def said(field: str, words: tuple[str, ...]) -> str:
    return "、".join(VALUE_WORDS.get(field, {}).get(word, word) for word in words) or "（无）"


def change_words(change: FieldChange) -> str:
    """One change in the words of the screen: 处置时限 4工作时 → 2工作时."""
    name = FIELD_WORDS.get(change.field, change.field)
    return f"{name} {said(change.field, change.before)} → {said(change.field, change.after)}"


def print_comparison(found: Comparison) -> None:
    if found.empty:
        out.print("They say the same.")
        return
    counts = f"{len(found.added):,} came, {len(found.gone):,} went, {len(found.changed):,} changed"
    out.print(f"{counts}, {found.same:,} stay as they are.", style="bold")
    for title, rows in (("came", found.added), ("went", found.gone), ("changed", found.changed)):
        if not rows:
            continue
        table = Table(title=title, title_justify="left")
        for column in ("condition", "kind", "filed when", "what changes"):
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(row.condition.condition_id, row.category.name.zh, row.condition.filing_text, _what(row))
        out.print(table, markup=False)
    for change in found.whole:
        out.print(change_words(change), markup=False)


def _what(row: Row) -> str:
    lines = [change_words(change) for change in row.changes]
    return "\n".join(lines) or (f"perhaps now {row.like}" if row.like else "")


def print_used(used: tuple[InUse, ...]) -> None:
    for one in used:
        numbers = "、".join(number for _, number in one.tickets.examples)
        by = [f"{one.tickets.count:,} open tickets ({numbers})"] if one.tickets.count else []
        by += [f"rules {', '.join(one.rules)}"] if one.rules else []
        by += [f"duties {', '.join(map(str, one.duties))}"] if one.duties else []
        words = f"{one.condition_id} {one.category_name} {one.filing_text} would vanish; it is used by {'; '.join(by)}"
        out.print(words, style="yellow", markup=False)
    if used:
        out.print("Live tickets keep what they pin. To publish: --acknowledge for each of these.")


def comparison_json(found: Comparison, used: tuple[InUse, ...], refused: tuple[Finding, ...]) -> dict[str, Any]:
    def row(one: Row) -> dict[str, Any]:
        return {
            "condition_id": one.condition.condition_id,
            "category": one.category.code,
            "category_name": one.category.name.zh,
            "filing_text": one.condition.filing_text,
            "like": one.like,
            "changes": [change(each) for each in one.changes],
        }

    def change(one: FieldChange) -> dict[str, Any]:
        return {"field": one.field, "before": list(one.before), "after": list(one.after)}

    return {
        "same": found.same,
        "added": [row(one) for one in found.added],
        "gone": [row(one) for one in found.gone],
        "changed": [row(one) for one in found.changed],
        "whole": [change(one) for one in found.whole],
        "in_use": [one.as_json() for one in used],
        "refused": [one.as_json() for one in refused],
    }
