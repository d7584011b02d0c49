"""How an import is shown: cut short for people, never for programs."""

from __future__ import annotations

import json

import pytest

from gridward.cli.reports import print_report
from gridward.domain.imports import Finding, ImportReport

BAD = tuple(
    Finding(code="code_missing", place=f"row {row}", field="code", text="[red]", why="There is no code.")
    for row in range(10_000)
)


def test_people_see_some_of_ten_thousand_and_how_many_more(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(ImportReport(subject="territory.grid", read=10_001, ready=1, refused=BAD), as_json=False)
    shown = capsys.readouterr().out
    assert "Refused: 10,000" in shown
    assert "9,920 more" in shown
    assert "--apply" in shown
    assert len(shown.splitlines()) < 300
    assert "[red]" in shown, "what stood in the file is shown as it stood there"


def test_programs_see_all_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    print_report(ImportReport(subject="territory.grid", read=10_001, ready=1, refused=BAD), as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert len(told["refused"]) == 10_000
    assert told["applied"] == 0
