"""A command loads only its own files: the table that says which ones is whole and right."""

from __future__ import annotations

from collections.abc import Iterator

import typer

from gridward.cli import COMMANDS, files_of, load
from gridward.cli.program import app


def commands(of: typer.Typer, words: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every command by its words, with the file it stands in."""
    for one in of.registered_commands:
        assert one.callback is not None
        yield (*words, one.name or one.callback.__name__), one.callback.__module__.removeprefix("gridward.cli.")
    for group in of.registered_groups:
        assert group.typer_instance is not None
        assert group.name is not None
        yield from commands(group.typer_instance, (*words, group.name))


def test_every_command_is_found_by_its_first_words_and_no_other() -> None:
    load([])
    known = list(commands(app))
    for words, file in known:
        assert file in files_of(words), " ".join(words)
    begins = {" ".join(words[:many]) for words, _ in known for many in (1, 2)}
    assert set(COMMANDS) <= begins


def test_what_is_no_command_loads_all_so_that_help_lists_them() -> None:
    everything = files_of(["--help"])
    assert {"up", "demo", "past", "rules_checks"} <= set(everything)
    assert files_of(["import", "--help"]) == files_of(["no-such-thing"]) == everything
