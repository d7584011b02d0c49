"""An import as a screen shows it: the same report as the command's, and a mark of what was seen."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from pydantic import BaseModel

from gridward.domain.errors import Conflict
from gridward.domain.imports import Finding, ImportReport, shown

SHOWN = 80
"""Findings of each code that a screen lists; the command lists all."""


class FindingShown(BaseModel):
    """A row refused or worth knowing. ``why`` is English; clients translate ``code``."""

    code: str
    place: str
    field: str
    text: str
    why: str


class ImportShown(BaseModel):
    """``read == ready + unchanged + refused_rows``. ``seen`` goes with publishing what was shown."""

    subject: str
    read: int
    ready: int
    applied: int
    unchanged: int
    repaired: int
    published: bool
    refused_rows: int
    warning_rows: int
    refused: list[FindingShown]
    warnings: list[FindingShown]
    facts: dict[str, Any]
    seen: str


def mark_of(report: ImportReport) -> str:
    """Changes whenever the report would read otherwise."""
    told = json.dumps(report.as_json(), sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(told.encode()).hexdigest()[:32]


def check_seen(report: ImportReport, seen: str) -> None:
    """Raises: Conflict: ``import_moved_on``: it would do something else by now than what was shown."""
    if mark_of(report) != seen:
        raise Conflict("import_moved_on")


def shown_import(report: ImportReport) -> ImportShown:
    return ImportShown(
        subject=report.subject,
        read=report.read,
        ready=report.ready,
        applied=report.applied,
        unchanged=report.unchanged,
        repaired=report.repaired,
        published=report.published,
        refused_rows=len(report.refused),
        warning_rows=len(report.warnings),
        refused=_findings(report.refused),
        warnings=_findings(report.warnings),
        facts=dict(report.facts),
        seen=mark_of(report),
    )


def _findings(findings: tuple[Finding, ...]) -> list[FindingShown]:
    few, _ = shown(findings, SHOWN)
    return [FindingShown.model_validate(one, from_attributes=True) for one in few]
