"""An import as a screen shows it: the same report as the command's, and a mark of what was seen."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from gridward.domain.errors import Conflict
from gridward.domain.imports import Finding, ImportReport, shown

MOST_BASE64 = 8_000_000
"""Of a file in a request: a district's grids, a year of a street's tickets; a whole city is brought by the command line."""

MOST_BODY = MOST_BASE64 + 400_000
"""With what is declared about it, and a little more, so that a file that is too large is told so in words."""

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


@asynccontextmanager
async def laid_down(name: str, content: bytes) -> AsyncIterator[Path]:
    """The file in a folder of its own, for as long as it is read; of the name that was sent only its stem's letters reach
    the path."""

    def lay() -> Path:
        stem = "".join(letter for letter in Path(name).stem if letter.isalnum() or letter in "-_ ")[:60]
        path = Path(tempfile.mkdtemp(prefix="gridward-import-")) / (stem or "file")
        path.write_bytes(content)
        return path

    path = await asyncio.to_thread(lay)
    try:
        yield path
    finally:
        await asyncio.to_thread(shutil.rmtree, path.parent)


def _findings(findings: tuple[Finding, ...]) -> list[FindingShown]:
    few, _ = shown(findings, SHOWN)
    return [FindingShown.model_validate(one, from_attributes=True) for one in few]
