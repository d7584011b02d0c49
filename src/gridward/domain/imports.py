"""What an import says when it is done: one shape for territory, standards and people.

A file is judged row by row: a row is new or changed (*ready*, and *applied* once published), *unchanged*, or *refused*
with its place, field, text and reason. So ``read == ready + unchanged + len(refused)`` always holds. A file that cannot
be judged at all (an unknown CRS, several layers) is refused as a whole: nothing is read, and the one refusal asks the
question whose answer lets it in.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any


class ImportExit(IntEnum):
    """How a command ends, so that a script can tell the three apart."""

    good = 0
    some_refused = 1
    file_refused = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One row refused, or one thing worth knowing about a file.

    Args:
        code: Stable name of the reason (``ring_open``, ``duplicate_code``); clients may translate it.
        place: Where in the file: ``row 12``, ``sheet 部件 row 7``, or a pair of codes.
        field: Which field or option it is about; empty when it is about the row.
        text: What stood there, as it stood there.
        why: One English sentence; for the file's own refusal the question and how to answer it.
        facts: Further JSON-ready values (``area_m2``, ``lon``, ``lat``).
    """

    code: str
    place: str
    why: str
    field: str = ""
    text: str = ""
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """``{place, field, text, why, code}`` and the facts beside them."""
        return {
            **self.facts,
            "place": self.place,
            "field": self.field,
            "text": self.text,
            "why": self.why,
            "code": self.code,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportReport:
    """The outcome of reading one file.

    Args:
        subject: What was read: ``territory.area``, ``standard``, ``people``.
        read: Rows found in the file.
        ready: Rows that are new or changed and would be (or were) published.
        applied: Rows published; 0 in a preview.
        unchanged: Rows that already stand as the file has them.
        repaired: Rows among ready and unchanged whose content was put right; each is listed in ``warnings``.
        published: False for a preview and for a file refused as a whole.
        facts: Counts a preview wants to show (how many rows a bare 天 decides), JSON-ready.
    """

    subject: str
    read: int = 0
    ready: int = 0
    applied: int = 0
    unchanged: int = 0
    repaired: int = 0
    published: bool = False
    refused: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    facts: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @classmethod
    def of_refused_file(cls, subject: str, refusal: Finding) -> ImportReport:
        """The file as a whole is refused; nothing of it was read."""
        return cls(subject=subject, refused=(refusal,))

    @property
    def exit(self) -> ImportExit:
        """2 when nothing could be read, 1 when rows were refused beside others that are good, otherwise 0."""
        if self.refused and not self.read:
            return ImportExit.file_refused
        return ImportExit.some_refused if self.refused else ImportExit.good

    def applied_as_read(self) -> ImportReport:
        """The same report after everything that was ready has been published."""
        return replace(self, applied=self.ready, published=True)

    def as_json(self) -> dict[str, Any]:
        """The one object of ``--json``: every refusal and warning in full, never shortened."""
        return {
            "subject": self.subject,
            "published": self.published,
            "read": self.read,
            "ready": self.ready,
            "applied": self.applied,
            "unchanged": self.unchanged,
            "repaired": self.repaired,
            "refused": [finding.as_json() for finding in self.refused],
            "warnings": [finding.as_json() for finding in self.warnings],
            "facts": dict(self.facts),
        }


def shown(findings: tuple[Finding, ...], of_each_code: int) -> tuple[tuple[Finding, ...], int]:
    """The findings a person is shown on a screen, and how many more the full list holds.

    So many of each code, in order, so that ten thousand rows of one fault never hide another.
    """
    seen: Counter[str] = Counter()
    chosen: list[Finding] = []
    for finding in findings:
        seen[finding.code] += 1
        if seen[finding.code] <= of_each_code:
            chosen.append(finding)
    return tuple(chosen), len(findings) - len(chosen)
