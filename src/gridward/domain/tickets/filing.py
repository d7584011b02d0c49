"""What a report says it is, and what must be marked about it. A well-formed report is never refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from gridward.domain.standards import Category, CategoryKind, Condition, Evidence, Standard, Text
from gridward.domain.sync import PhoneClock, ReportBody
from gridward.domain.tickets.intake_people import set_apart
from gridward.domain.values import replace

CLOCK_SLACK = timedelta(minutes=5)
"""A phone's clock this far ahead of ours is ordinary."""


class FilingMark(StrEnum):
    """What is odd about a report; each sends it to the tray unless it is urgent."""

    category_unknown = "category_unknown"
    category_off = "category_off"
    """The kind was switched off while the report was on its way, or on the phone."""
    condition_unknown = "condition_unknown"
    evidence_missing = "evidence_missing"
    clock_ahead = "clock_ahead"
    join_failed = "join_failed"
    not_sent_out = "not_sent_out"
    """The desk named a unit, and it could not go there: no condition, no grid, another desk's area, a unit that ended."""


@dataclass(frozen=True, slots=True)
class KindOfReport:
    """Category and condition as the standard in force knows them. ``named``: by the picture or by the reporter."""

    category: Category
    condition: Condition | None
    named: bool
    marks: tuple[FilingMark, ...]


def kind_of(standard: Standard, body: ReportBody) -> KindOfReport:
    """Category and condition of a report.

    A condition that is retired, or belongs to another category, is dropped and marked: the dispatcher names one. A
    category that nobody knows stays as it was sent; one that is switched off keeps its condition and its limits.
    """
    category = standard.categories.get(body.category)
    if category is None:
        unknown = Category(
            code=body.category,
            scheme=standard.scheme,
            name=Text(body.category),
            kind=CategoryKind.MATTER,
            condition_ids=(),
        )
        return KindOfReport(unknown, None, False, (FilingMark.category_unknown,))
    marks = () if category.offered else (FilingMark.category_off,)
    if body.condition_id is not None:
        if body.condition_id in category.condition_ids:
            return KindOfReport(category, standard.condition(body.condition_id), True, marks)
        return KindOfReport(category, None, False, (*marks, FilingMark.condition_unknown))
    if category.default_condition_id is not None:
        return KindOfReport(category, standard.condition(category.default_condition_id), True, marks)
    return KindOfReport(category, None, False, marks)


def lacks_evidence(condition: Condition | None, body: ReportBody) -> bool:
    """Whether the condition wants a photo at filing and there is none."""
    wanted = condition.filing_evidence if condition else (Evidence.PHOTO,)
    return Evidence.PHOTO in wanted and not body.photos


def told_for_somebody(body: ReportBody) -> ReportBody:
    """A report that the desk files for somebody, with whoever that is taken out of what units read.

    It was done on screen already, unless the server could not be asked then. What the desk wrote itself of the speaker and
    of the other system's number stands.
    """
    if not body.note:
        return body
    apart = set_apart(body.note)
    return replace(
        body,
        note=apart.note,
        speaker=body.speaker or apart.speaker(),
        outer_no=body.outer_no or apart.outer_no,
    )


def captured(clock: PhoneClock, received_at: datetime) -> tuple[datetime, bool]:
    """When it was seen, for the age that citizens are told, and whether the phone's clock was ahead of ours.

    The phone's clock is corrected by the offset of its last contact; nothing is seen after it was received.
    """
    at = clock.captured_at
    if clock.offset_ms is not None and abs(clock.offset_ms) < MOST_OFFSET_MS:
        at += timedelta(milliseconds=clock.offset_ms)
    return min(at, received_at), at > received_at + CLOCK_SLACK


MOST_OFFSET_MS = 20 * 365 * 86_400_000.0
"""A clock that is further off than twenty years is broken beyond correction."""
