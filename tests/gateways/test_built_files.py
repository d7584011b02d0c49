"""What a page of an earlier build still gets from the server."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from cast import NOON
from gridward.gateways.built_files import with_earlier


def build(folder: Path, **files: str) -> Path:
    """Another build in the same place: nothing of the one before is left there."""
    folder.mkdir(exist_ok=True)
    for file in folder.iterdir():
        file.unlink()
    for name, content in files.items():
        (folder / f"{name}.js").write_text(content)
    return folder


def names(folder: Path) -> set[str]:
    return {file.stem for file in folder.iterdir()}


def test_the_files_of_a_build_are_given_out_for_thirty_days_after_it_was_replaced(tmp_path: Path) -> None:
    built, kept = tmp_path / "built", tmp_path / "kept"
    build(built, map_1a2b="old", same_9f8e="both")
    for day in range(40):  # it is started again and again meanwhile
        with_earlier(built, kept, NOON + timedelta(days=day))
    replaced = NOON + timedelta(days=40)
    build(built, map_3c4d="new", same_9f8e="both")
    assert with_earlier(built, kept, replaced) == kept
    assert names(kept) == {"map_1a2b", "map_3c4d", "same_9f8e"}
    assert (kept / "map_1a2b.js").read_text() == "old"
    with_earlier(built, kept, replaced + timedelta(days=28))
    assert "map_1a2b" in names(kept)
    with_earlier(built, kept, replaced + timedelta(days=32))
    assert names(kept) == {"map_3c4d", "same_9f8e"}
