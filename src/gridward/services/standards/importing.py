"""A city's workbook becomes a version of its standard: first a preview, then, if wished, one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from gridward.domain.accounts import Actor
from gridward.domain.errors import Malformed, NotFound
from gridward.domain.imports import Finding, ImportReport
from gridward.domain.standards import Applies, Category, Standard, Text
from gridward.domain.standards_builtin import built_in_standard
from gridward.domain.standards_import import Judged, RawSheet, judge
from gridward.domain.standards_in_use import InUse
from gridward.domain.standards_reading import LimitWords
from gridward.gateways.imports.standards import read_workbook
from gridward.persistence.database import ReadSession, WriteSession
from gridward.persistence.standards import queries, unit_names
from gridward.services.standards.judging import uses_of_vanishing
from gridward.services.standards.publishing import publish_standard

SUBJECT = "standard"
QUESTIONS = {
    "import.too_large": "The file is larger than a standard can be. Is it the right one?",
    "import.not_a_workbook": "This is no .xlsx workbook. Older .xls files: save them as .xlsx first.",
    "import.no_headings": "No sheet has a line of headings with 小类代码, 小类名称, 立案条件. Which row holds them?",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What the person who imports declares about the file.

    Args:
        scheme: What its codes belong to; a second import of the scheme becomes its next version.
        name: Of the standard, for people.
        words: What a bare 天 and 小时 mean and how days are counted.
        valid_from: First local day of the new version.
        leave_out_refused: Publish although rows were refused; without it nothing is published then.
        applies: Where the standard holds; None: as the version before, or everywhere.
        acknowledged: Conditions that vanish although something uses them, and the publisher knows.
    """

    scheme: str
    name: str
    words: LimitWords
    valid_from: date
    leave_out_refused: bool = False
    applies: Applies | None = None
    acknowledged: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Reading:
    """A workbook read and judged against what stands: the report of a preview, and the draft it would publish."""

    report: ImportReport
    draft: Standard
    previous: Standard | None
    used: tuple[InUse, ...]


def open_workbook(content: bytes) -> tuple[RawSheet, ...]:
    """The sheets of a file. Raises :class:`Malformed` as :func:`refusal_of` tells people."""
    return read_workbook(content)


def refusal_of(file: str, refusal: Malformed) -> ImportReport:
    """The report on a file that was refused as a whole."""
    why = QUESTIONS.get(refusal.code, refusal.code)
    finding = Finding(code=refusal.code, place=file, why=why, facts=refusal.facts)
    return ImportReport.of_refused_file(SUBJECT, finding)


async def preview(
    session: ReadSession | WriteSession, sheets: tuple[RawSheet, ...], wish: Wish, actor: Actor, *, today: date
) -> Reading:
    """What publishing would do. Writes nothing."""
    latest = await queries.latest_of_scheme(session, actor.jurisdiction_id, wish.scheme)
    previous = None if latest is None else await queries.standard_by_id(session, latest.standard_id)
    settings, settings_from = await _settings(session, previous, actor, today)

    judged = judge(sheets, wish.words, scheme=wish.scheme, previous=previous)
    draft = replace(
        settings,
        scheme=wish.scheme,
        name=Text(wish.name),
        day_rule=wish.words.day_rule,
        categories=_as_switched(judged.categories, previous),
        conditions=judged.conditions,
        applies=wish.applies if wish.applies is not None else previous.applies if previous else Applies(),
    )
    used = await uses_of_vanishing(session, actor.jurisdiction_id, previous, draft, on=wish.valid_from)

    names = draft.unit_names
    mapped = {line.name for line in await unit_names.lines_of(session, actor.jurisdiction_id, names) if line.is_mapped}
    unmapped = [name for name in names if name not in mapped]
    return Reading(_report(judged, wish, draft, unmapped, settings_from, used), draft, previous, used)


async def publish(
    session: WriteSession, sheets: tuple[RawSheet, ...], wish: Wish, actor: Actor, *, today: date, now: datetime
) -> ImportReport:
    """Judge again in the transaction that publishes, and publish all of it or nothing.

    Raises:
        Conflict, Refusal: see :func:`publish_standard`.
    """
    await queries.take_turn(session, actor.jurisdiction_id)
    reading = await preview(session, sheets, wish, actor, today=today)
    report = reading.report
    if report.refused and not wish.leave_out_refused:
        why = "Rows were refused, so nothing was published. Correct them, or say --leave-out-refused."
        return replace(report, warnings=(*report.warnings, Finding(code="not_published", place="file", why=why)))
    if not reading.draft.conditions:
        return report
    published = await publish_standard(
        session,
        reading.draft,
        actor,
        valid_from=wish.valid_from,
        today=today,
        now=now,
        acknowledged=wish.acknowledged,
    )
    stands = {"standard_id": str(published.standard_id), "version": published.version}
    if not published.is_new:
        return replace(report, facts={**report.facts, "stands": stands})
    return replace(report.applied_as_read(), facts={**report.facts, "stands": stands})


def _as_switched(categories: Mapping[str, Category], previous: Standard | None) -> dict[str, Category]:
    """A workbook has no word for it: what was switched off on screen stays so."""
    before = previous.categories if previous else {}
    return {
        code: replace(one, offered=before[code].offered) if code in before else one for code, one in categories.items()
    }


async def _settings(
    session: ReadSession | WriteSession, previous: Standard | None, actor: Actor, today: date
) -> tuple[Standard, str]:
    """Everything that a workbook does not say: who grants what, reasons, reminders, the limits of desk and verifiers.

    From the version before; for a first version from the standard in force, without its basis, which a city must state.
    """
    if previous is not None:
        return previous, f"version {previous.version}"
    try:
        standing = await queries.current_standard(session, actor.jurisdiction_id, today)
        origin = f"{standing.scheme} version {standing.version}"
    except NotFound:
        standing, origin = built_in_standard("draft"), "the built-in standard"
    return replace(standing, bases=(), condition_bases={}), origin


def _report(
    judged: Judged, wish: Wish, draft: Standard, unmapped: list[str], settings_from: str, used: tuple[InUse, ...]
) -> ImportReport:
    facts: dict[str, Any] = {
        "scheme": wish.scheme,
        "day_rule": str(wish.words.day_rule),
        "categories": len(judged.categories),
        "conditions": len(judged.conditions),
        "bare_day": {"means": str(wish.words.bare_day), "rows": judged.decided["day"]},
        "bare_hour": {"means": str(wish.words.bare_hour), "rows": judged.decided["hour"]},
        "limits": dict(judged.kinds),
        "rows_with_several_units": judged.several_units,
        "continued_lines": judged.continued,
        "vanished_conditions": len(judged.vanished),
        "vanishing_in_use": [one.as_json() for one in used],
        "unit_names": len(draft.unit_names),
        "unmapped_unit_names": unmapped,
        "settings_from": settings_from,
    }
    vanished = tuple(
        Finding(code="condition_vanishes", place=key, why="The version before has it, this file has not.")
        for key in judged.vanished
    )
    return ImportReport(
        subject=SUBJECT,
        read=judged.read,
        ready=judged.changed,
        unchanged=len(judged.conditions) - judged.changed,
        repaired=judged.repaired,
        refused=judged.refused,
        warnings=(*judged.warnings, *vanished),
        facts=facts,
    )
