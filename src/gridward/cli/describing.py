"""What can be set, as a table."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Literal, get_args, get_origin

from gridward.cli.program import app
from gridward.settings import VARIABLES, Settings


def shown(kind: object, default: object) -> str:
    if default in (None, "", ()):
        return ""
    text = str(default).lower() if isinstance(default, bool) else str(default)
    if get_origin(kind) is Literal:
        return f"{text} ({', '.join(str(one) for one in get_args(kind) if one != default)})"
    return str(Path(text)) if isinstance(default, Path) else text


@app.command(name="settings")
def table() -> None:
    """Print every setting as a Markdown table."""
    rows = ["| variable | default | what it is |", "| --- | --- | --- |"]
    for variable, field in VARIABLES.items():
        info = Settings.model_fields[field]
        rows.append(f"| `{variable}` | {shown(info.annotation, info.default)} | {info.description} |")
    sys.stdout.write("\n".join(rows) + "\n")
