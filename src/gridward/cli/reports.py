"""How the outcome of an import is shown: a table for people, or one JSON object for programs."""

from __future__ import annotations

import json
import sys

from rich.console import Console
from rich.table import Table
from rich.text import Text

from gridward.domain.imports import Finding, ImportReport, shown

SHOWN = 80


def print_report(report: ImportReport, *, as_json: bool) -> None:
    """Print to standard output. People see at most 80 findings of each code."""
    if as_json:
        json.dump(report.as_json(), sys.stdout, ensure_ascii=False, indent=2)
        sys.stdout.write("\n")
        return
    console = Console(highlight=False)
    console.print(_counts(report))
    _print_findings(console, "Refused", report.refused)
    _print_findings(console, "Worth knowing", report.warnings)
    console.print(Text(_last_word(report), style="bold"))


def _counts(report: ImportReport) -> Table:
    table = Table(title=report.subject, title_justify="left", show_header=True)
    numbers = {
        "read": report.read,
        "applied" if report.published else "would apply": report.ready,
        "unchanged": report.unchanged,
        "repaired": report.repaired,
        "refused": len(report.refused),
        "warnings": len(report.warnings),
    }
    for name in numbers:
        table.add_column(name, justify="right")
    table.add_row(*(f"{number:,}" for number in numbers.values()))
    return table


def _print_findings(console: Console, title: str, findings: tuple[Finding, ...]) -> None:
    if not findings:
        return
    table = Table(title=f"{title}: {len(findings):,}", title_justify="left")
    for column in ("place", "field", "text", "why"):
        table.add_column(column, overflow="fold")
    few, more = shown(findings, SHOWN)
    for finding in few:
        table.add_row(Text(finding.place), Text(finding.field), Text(finding.text), Text(finding.why))
    if more:
        table.add_row(Text(f"… {more:,} more"), Text(""), Text(""), Text("All of them: the same command with --json."))
    console.print(table)


def _last_word(report: ImportReport) -> str:
    if report.refused and not report.read:
        return "Nothing was read."
    if report.published:
        return f"Published: {report.applied:,} rows."
    if report.ready:
        return "A preview: nothing was published. The same command with --apply publishes it."
    return "Nothing to publish."
