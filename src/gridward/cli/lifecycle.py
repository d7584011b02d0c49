"""The life of a ticket, printed."""

from __future__ import annotations

import json
import sys
from typing import Annotated

import typer

from gridward.cli.program import app, stop
from gridward.domain.tickets.printing import as_json, as_markdown, as_mermaid


@app.command()
def lifecycle(
    as_data: Annotated[
        bool, typer.Option("--json", help="For programs: what leads from which status to which.")
    ] = False,
    diagram: Annotated[bool, typer.Option("--mermaid", help="A state diagram.")] = False,
    table: Annotated[
        bool, typer.Option("--markdown", help="The table for people (what it does without an option).")
    ] = False,
) -> None:
    """Print the table that every ticket follows: status × intent → status, who may, what it must bring, which clocks."""
    if as_data + diagram + table > 1:
        stop("One of --json, --mermaid, --markdown.", 2)
    if as_data:
        sys.stdout.write(json.dumps(as_json(), ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(as_mermaid() if diagram else as_markdown())
