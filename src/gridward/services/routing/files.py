"""Rules as a file: what a workbook says, what would change, and published as a whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from gridward.domain.accounts import Actor, Subject, require
from gridward.domain.errors import Malformed
from gridward.domain.imports import Finding, ImportReport
from gridward.domain.routing.compare import Change, compare
from gridward.domain.routing.rules import RuleSet
from gridward.domain.routing.sheet import Names, from_rows, judged, to_rows
from gridward.gateways.imports.rules import read_rules_workbook, write_rules_workbook
from gridward.persistence.accounts.tenants import time_zone_of
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.routing.naming import codes_and_names
from gridward.persistence.routing.rule_sets import current_rules
from gridward.persistence.standards.queries import standing_standards
from gridward.services.routing.publish import draft, publish

QUESTIONS = {
    "import.too_large": "Larger than a list of rules can be: is it the right file?",
    "import.not_a_workbook": "Not an .xlsx workbook: save it as one.",
    "import.no_headings": "Headings are missing: {needed}. `gridward rules export` writes a file that has them.",
    "rules_malformed": "The file cannot be read at {place}.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOfRules:
    """What a file says. ``rule_set`` is None where rows could not be read; ``changes`` against the rules in force."""

    rule_set: RuleSet | None
    changes: tuple[Change, ...]
    based_on: int
    report: ImportReport
    rules: Sequence[dict[str, Any]] = ()
    duties: Sequence[dict[str, Any]] = ()


async def export_file(session: ReadSession, actor: Actor, rule_set: RuleSet, *, at: datetime) -> bytes:
    """Rules and duty list as a workbook that :func:`read_file` reads back as the same."""
    require(actor, "rules:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    return write_rules_workbook(*to_rows(rule_set, await names_of(session, actor.jurisdiction_id, at)))


async def read_file(session: ReadSession | WriteSession, actor: Actor, content: bytes, *, at: datetime) -> FileOfRules:
    """Judge a workbook. Nothing is stored; a file that is no list of rules is refused in the report as a whole."""
    require(actor, "rules:read", Subject(jurisdiction_id=actor.jurisdiction_id))
    current = await current_rules(session, actor.jurisdiction_id)
    try:
        rows = read_rules_workbook(content)
        read = from_rows(*rows, await names_of(session, actor.jurisdiction_id, at))
        rule_set, faults = await draft(session, actor, read.rules, read.duties, at=at)
    except Malformed as refusal:
        return _refused(refusal, current.version)
    findings = judged(read, faults)
    if read.findings:
        # What could not be read is missing in the draft: what else is wrong with it says nothing yet.
        findings = read.findings
    changes = compare(current, rule_set)
    touched = {(change.rule_id, change.place if change.rule_id is None else 0) for change in changes if change.after}
    ready = 0 if findings else len(touched)
    return FileOfRules(
        rule_set=None if findings else rule_set,
        changes=() if read.findings else changes,
        based_on=current.version,
        report=ImportReport(
            subject="rules",
            read=read.rows,
            ready=ready,
            unchanged=max(0, read.rows - ready - len(findings)),
            refused=tuple(findings),
            facts={"version": current.version, "changes": [change.as_json() for change in changes]},
        ),
        rules=read.rules,
        duties=read.duties,
    )


async def publish_file(session: WriteSession, actor: Actor, content: bytes, *, now: datetime) -> FileOfRules:
    """Put a workbook in force as a new version, unless something in it is refused or nothing differs.

    Raises:
        Conflict: ``rules_moved_on``: somebody published meanwhile.
        Forbidden: no right to publish.
    """
    read = await read_file(session, actor, content, at=now)
    if read.rule_set is None or not read.changes:
        return read
    await publish(session, actor, based_on=read.based_on, rules=read.rules, duties=read.duties, now=now)
    return replace(read, report=replace(read.report, applied=read.report.ready, published=True))


def _refused(refusal: Malformed, version: int) -> FileOfRules:
    needed = "、".join(map(str, refusal.facts.get("needed", ())))
    why = QUESTIONS[refusal.code].format(needed=needed, place=refusal.facts.get("place", ""))
    finding = Finding(code=refusal.code, place="file", why=why, facts=dict(refusal.facts))
    return FileOfRules(
        rule_set=None, changes=(), based_on=version, report=ImportReport.of_refused_file("rules", finding)
    )


async def names_of(session: ReadSession | WriteSession, jurisdiction_id: UUID, at: datetime) -> Names:
    """What everything is called that rules may name now; of a standard in Chinese."""
    on = at.astimezone(await time_zone_of(session, jurisdiction_id)).date()
    standards = await standing_standards(session, jurisdiction_id, on)
    return Names(
        categories={
            code: (code, category.name.zh) for standard in standards for code, category in standard.categories.items()
        },
        conditions={
            one.condition_id: (one.condition_id, one.name.zh if one.name else "")
            for standard in standards
            for one in standard.conditions.values()
        },
        **await codes_and_names(session, jurisdiction_id, at),
    )
