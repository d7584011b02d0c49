"""What an import report promises to people and to scripts."""

from __future__ import annotations

from gridward.domain.imports import Finding, ImportExit, ImportReport, shown


def refusal(code: str, row: int) -> Finding:
    return Finding(code=code, place=f"row {row}", field="code", text="", why="no code")


def test_ten_thousand_bad_rows_do_not_hide_the_one_that_is_bad_for_another_reason() -> None:
    findings = (*(refusal("code_missing", row) for row in range(10_000)), refusal("ring_open", 10_000))

    seen, more = shown(findings, 20)

    assert len(seen) == 21
    assert more == 9_980
    assert {finding.code for finding in seen} == {"code_missing", "ring_open"}


def test_a_short_list_is_shown_whole() -> None:
    findings = (refusal("code_missing", 1), refusal("code_missing", 2))
    assert shown(findings, 20) == (findings, 0)


def test_a_script_can_tell_a_good_file_a_partly_bad_one_and_a_refused_one() -> None:
    bad = refusal("code_missing", 3)
    assert ImportReport(subject="territory.area", read=3, ready=3).exit is ImportExit.good
    assert ImportReport(subject="territory.area", read=3, ready=2, refused=(bad,)).exit is ImportExit.some_refused
    assert ImportReport.of_refused_file("territory.area", bad).exit is ImportExit.file_refused


def test_the_json_object_has_the_promised_keys_and_nothing_is_cut() -> None:
    bad = tuple(refusal("code_missing", row) for row in range(500))
    told = ImportReport(subject="territory.area", read=500, refused=bad).as_json()

    assert {"read", "applied", "unchanged", "repaired", "refused", "warnings"} <= told.keys()
    assert len(told["refused"]) == 500
    assert {"place", "field", "text", "why"} <= told["refused"][0].keys()


def test_publishing_counts_what_was_ready() -> None:
    preview = ImportReport(subject="territory.area", read=5, ready=3, unchanged=2)
    assert preview.applied == 0
    assert preview.applied_as_read().applied == 3
