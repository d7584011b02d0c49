"""The Typer application and what every command needs: settings, a database, a way to stop with a clear word.

A new command goes into a file of its own beside this one and is named in ``cli/__init__.py``::

    @app.command()
    def explain(lon: float, lat: float) -> None:
        with database(settings()) as url:
            asyncio.run(...)
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

from gridward import settings as environment
from gridward.gateways.cluster import Cluster
from gridward.settings import Settings

DATABASE = "gridward"
NOT_DONE = 1
WRONG_SETTINGS = 2
NO_DATABASE = 3

console = Console(stderr=True, highlight=False)
"""For people: progress and complaints. What a command answers goes to standard output."""

app = typer.Typer(
    name="gridward",
    help="Grid governance for urban communities. `gridward up` starts everything.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)
importing = typer.Typer(no_args_is_help=True, help="Read files of the outside world; without --apply only a preview.")
app.add_typer(importing, name="import")


class Stop(Exception):
    """End the program with this exit code; the text is for the person at the terminal."""

    def __init__(self, text: str, code: int = NOT_DONE) -> None:
        super().__init__(text)
        self.code = code


@cache
def settings() -> Settings:
    return environment.read()


def now() -> datetime:
    return datetime.now(UTC)


def embedded(chosen: Settings) -> Cluster:
    """The cluster of this data folder, not started."""
    environment.make_folder(chosen.folder)
    return Cluster(chosen.folder / "postgres")


@contextmanager
def database(chosen: Settings, *, role: str | None = None) -> Iterator[str]:
    """The address of the given database, of the one that runs already, or of one started for this command.

    Args:
        role: Of the embedded one, the address at which this role comes in; None: the owner's.
    """
    if chosen.database_url is not None:
        yield chosen.database_url.get_secret_value()
        return
    cluster = embedded(chosen)

    def address() -> str:
        return cluster.url(DATABASE) if role is None else cluster.url_as(DATABASE, role)

    if cluster.is_running():
        yield address()
        return
    with cluster:
        cluster.ensure_database(DATABASE)
        yield address()


def checkout(*parts: str) -> Path:
    return environment.CHECKOUT.joinpath(*parts)


def stop(text: str, code: int = NOT_DONE) -> NoReturn:
    raise Stop(text, code)
