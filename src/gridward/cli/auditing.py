"""``gridward audit-sla``: a month proved from its entries, or counted by another rule."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gridward.cli.acting import chosen_tenant
from gridward.cli.migrating import look
from gridward.cli.program import NOT_DONE, WRONG_SETTINGS, app, console, database, now, settings, stop
from gridward.domain.calendar import WorkingCalendar, local_instant
from gridward.domain.sla.what_if import under
from gridward.domain.standards import Standard
from gridward.domain.standards_document import read_calendar, read_standard
from gridward.persistence.accounts.tenants import Tenant, tenants
from gridward.persistence.database import make_engine, read_transaction
from gridward.services.tickets import auditing
from gridward.services.tickets.auditing import Difference, Tally
from gridward.services.tickets.supposing import Counted, Supposed, rule_named

SHOWN = 80
KEPT = 10_000
"""Lines that are kept for the answer: a whole city may differ, and the memory of this program is to stay small."""
PATIENCE_MS = 10 * 60 * 1000


@dataclass(slots=True)
class Lines:
    """The first lines of a list, and how long it is."""

    kept: list[Any] = field(default_factory=list)
    count: int = 0

    def add(self, more: Sequence[Any]) -> None:
        self.count += len(more)
        self.kept.extend(more[: KEPT - len(self.kept)])


@dataclass(slots=True)
class Answer:
    """What went through, and what was found."""

    tenant: Tenant
    start: datetime
    end: datetime
    tally: Tally
    supposed: Supposed | None
    lines: Lines
    took: timedelta = timedelta()


@app.command("audit-sla")
def audit_sla(
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="First day.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="Last day, included.")],
    what_if: Annotated[
        str | None,
        typer.Option(
            "--what-if",
            help="Instead of comparing with what is stored, count by another rule: the id of a standard, scheme/version, "
            "calendar/version (city/2), or a file with either as JSON.",
        ),
    ] = None,
    jurisdiction: Annotated[
        str | None, typer.Option("--jurisdiction", help="Name or id, when there are several.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object with every line.")] = False,
) -> None:
    """Replay every ticket that was filed in the period or had a clock due in it, and compare with what is stored.

    Exit codes: 0 nothing differs, 1 something does, 2 wrong usage, 3 no usable database. With --what-if it only answers.
    """
    if last < first:
        stop("--to lies before --from.", WRONG_SETTINGS)
    rule = rule_in(Path(what_if)) if what_if is not None and Path(what_if).is_file() else None
    chosen = settings()
    with database(chosen) as url:
        look(url, allow_unsafe=chosen.allow_unsafe_database, migrated=True)
        answer = asyncio.run(connected(url, jurisdiction, first.date(), last.date(), what_if, rule))
    if as_json:
        json.dump(in_json(answer), sys.stdout, ensure_ascii=False, indent=2, default=str)
        sys.stdout.write("\n")
    else:
        print_answer(answer)
    raise typer.Exit(NOT_DONE if answer.tally.differences else 0)


async def connected(
    url: str,
    wanted: str | None,
    first: date,
    last: date,
    what_if: str | None,
    rule: Standard | WorkingCalendar | None,
) -> Answer:
    """One transaction that cannot write: everything is as of one instant."""
    engine = make_engine(url, role="gridward_app", pool_size=1, statement_timeout_ms=PATIENCE_MS)
    began = now()
    try:
        async with read_transaction(engine) as session:
            tenant = chosen_tenant(await tenants(session), wanted)
            zone = ZoneInfo(tenant.time_zone)
            start, end = local_instant(zone, first, 0), local_instant(zone, last + timedelta(days=1), 0)
            answer = Answer(tenant, start, end, Tally(), None, Lines())
            other = rule
            if other is None and what_if is not None:
                other = await rule_named(session, tenant.jurisdiction_id, what_if)
            if other is not None:
                answer.supposed = Supposed(start, end)
            # What is read and folded has no circles, and there are millions of it: looking for circles takes a fifth.
            gc.freeze()
            gc.set_threshold(200_000, 20, 100)
            with console.status("Replaying …") as status:
                async for page in auditing.pages(session, tenant.jurisdiction_id, start, end):
                    others = None if other is None else under(page.terms, other)
                    for ticket in page.tickets:
                        if answer.supposed is not None and others is not None:
                            counted = answer.supposed.add(ticket, page.terms, others, began)
                            answer.lines.add([one for one in counted if one.changes_sides])
                        else:
                            found = auditing.differences(ticket, page.terms, began)
                            answer.tally.add(ticket, found)
                            answer.lines.add(found)
                    went = answer.tally.tickets or (answer.supposed.tickets if answer.supposed else 0)
                    status.update(f"{went:,} tickets replayed")
    finally:
        await engine.dispose()
    answer.took = now() - began
    return answer


def rule_in(path: Path) -> Standard | WorkingCalendar:
    """A standard or calendar that nobody has published, in the form in which they are stored."""
    try:
        document = json.loads(path.read_bytes())
    except (OSError, ValueError) as fault:
        stop(f"{path} cannot be read as JSON: {fault}", WRONG_SETTINGS)
    if not isinstance(document, dict):
        stop(f"{path} holds neither a standard nor a calendar.", WRONG_SETTINGS)
    return read_calendar(document) if "weekly" in document else read_standard(document)


def in_json(answer: Answer) -> dict[str, Any]:
    period = {"jurisdiction_id": answer.tenant.jurisdiction_id, "from": answer.start, "to": answer.end}
    took = {"took_s": round(answer.took.total_seconds(), 3)}
    if answer.supposed is None:
        listed = {"differences": [asdict(one) for one in answer.lines.kept]}
        return {**period, **took, "counts": asdict(answer.tally), **listed}
    supposed = answer.supposed
    counts = {"tickets": supposed.tickets, "changed": supposed.changed, "not_comparable": supposed.not_comparable}
    return {
        **period,
        **took,
        "counts": counts,
        "clocks": {kind.value: asdict(one) for kind, one in supposed.sums.items()},
        "changes": [asdict(one) for one in answer.lines.kept],
    }


def print_answer(answer: Answer) -> None:
    out = Console(highlight=False)
    if answer.supposed is None:
        _print_audit(out, answer)
    else:
        _print_supposed(out, answer, answer.supposed)


def _print_audit(out: Console, answer: Answer) -> None:
    tally, found = answer.tally, answer.lines
    if found.count:
        rows = [_cells(one) for one in found.kept[:SHOWN]]
        _table(out, f"Differences: {found.count:,}", ("ticket", "clock", "field", "stored", "recomputed"), rows)
        _more(out, found)
    out.print(
        f"{tally.tickets:,} tickets, {tally.clocks:,} clocks and {tally.entries:,} entries replayed in "
        f"{answer.took.total_seconds():.1f} s: "
        + (f"{tally.tickets_with_differences:,} tickets differ." if tally.differences else "nothing differs."),
    )


def _cells(one: Difference) -> tuple[str, ...]:
    return one.number, one.clock or "", one.field, str(one.stored), str(one.recomputed)


def _print_supposed(out: Console, answer: Answer, supposed: Supposed) -> None:
    rows = [
        (
            kind.value,
            *(f"{number:,}" for number in asdict(one).values()),
        )
        for kind, one in supposed.sums.items()
        if any(asdict(one).values())
    ]
    columns = ("clock", "due then", "on time", "due now", "on time now", "now late", "now on time", "gone", "added")
    _table(out, "Clocks due in the period", columns, rows)
    zone = ZoneInfo(answer.tenant.time_zone)
    changes: list[Counted] = answer.lines.kept[:SHOWN]
    if changes:
        listed = [
            (
                one.number,
                one.clock or "",
                _local(one.due_at, zone),
                _local(one.other_due_at, zone),
                one.other_judged.value,
            )
            for one in changes
        ]
        _table(
            out, f"Change sides: {answer.lines.count:,}", ("ticket", "clock", "due", "other due", "would be"), listed
        )
        _more(out, answer.lines)
    out.print(
        f"{supposed.tickets:,} tickets counted twice in {answer.took.total_seconds():.1f} s: {supposed.changed:,} change "
        f"sides, {supposed.not_comparable:,} have a condition that the other standard does not know. Nothing was written."
    )


def _local(instant: datetime | None, zone: ZoneInfo) -> str:
    return "–" if instant is None else f"{instant.astimezone(zone):%Y-%m-%d %H:%M:%S}"


def _table(out: Console, title: str, columns: Iterable[str], rows: Iterable[Sequence[str]]) -> None:
    table = Table(title=title, title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    out.print(table)


def _more(out: Console, lines: Lines) -> None:
    if lines.count > SHOWN:
        out.print(f"… {lines.count - SHOWN:,} more: the same command with --json lists {min(lines.count, KEPT):,}.")
